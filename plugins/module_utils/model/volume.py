# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes as observed, and the mirror target volumes and clones that we want."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Dict, Optional, Tuple

from .path import group_end


class VolumeType(str, Enum):
    RW = "rw"
    DP = "dp"
    LS = "ls"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, text: Optional[str]) -> VolumeType:
        try:
            return cls((text or "").lower())
        except ValueError:
            return cls.UNKNOWN


@dataclass(frozen=True)
class Volume:
    """One volume as read from an array; None means "not told", never a default.

    state: online, offline, restricted, mixed, error, or unknown.
    style: flexvol or flexgroup.  aggregates: names, one for a FlexVol.
    dedupe, compression, compaction, cross_volume_dedupe: none, inline, background, both, mixed.
    guarantee: none or volume.  junction_path: None when not mounted.
    clone_parent, clone_parent_snapshot: names; read only where clones matter, None for what is no clone.
    consistency_group: name of the one that holds the volume, None where there is none.
    """

    name: str
    svm: str
    uuid: Optional[str] = None
    type: VolumeType = VolumeType.UNKNOWN
    state: str = "unknown"
    style: str = "flexvol"
    size_bytes: Optional[int] = None
    used_bytes: Optional[int] = None
    aggregates: Tuple[str, ...] = ()
    language: Optional[str] = None
    guarantee: Optional[str] = None
    snapshot_reserve_percent: Optional[int] = None
    dedupe: Optional[str] = None
    compression: Optional[str] = None
    compaction: Optional[str] = None
    cross_volume_dedupe: Optional[str] = None
    encrypted: Optional[bool] = None
    junction_path: Optional[str] = None
    export_policy: Optional[str] = None
    security_style: Optional[str] = None
    snapshot_policy: Optional[str] = None
    qos_policy: Optional[str] = None
    comment: str = ""
    is_svm_root: bool = False
    is_clone: bool = False
    clone_parent: Optional[str] = None
    clone_parent_snapshot: Optional[str] = None
    is_flexcache: bool = False
    consistency_group: Optional[str] = None

    @property
    def group_end(self) -> Optional[str]:
        """Its consistency group as that stands in a path, None where there is none."""
        return group_end(self.consistency_group) if self.consistency_group else None

    @property
    def online(self) -> bool:
        return self.state == "online"

    def as_dict(self) -> Dict[str, Any]:
        """Plain values for diffs and predictions."""
        return {**asdict(self), "type": self.type.value, "aggregates": list(self.aggregates)}

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> Volume:
        """The inverse of as_dict."""
        return cls(
            **{**data, "type": VolumeType.of(data.get("type")), "aggregates": tuple(data.get("aggregates") or ())}
        )


@dataclass(frozen=True)
class TargetSpec:
    """What is asked of the array when a mirror target volume is created (type dp, never mounted).

    constituents_per_aggregate: of a FlexGroup, None for a FlexVol.
    """

    name: str
    size_bytes: int
    aggregates: Tuple[str, ...]
    language: Optional[str] = None
    guarantee: Optional[str] = None
    snapshot_reserve_percent: Optional[int] = None
    dedupe: Optional[str] = None
    compression: Optional[str] = None
    encrypted: Optional[bool] = None
    comment: str = ""
    constituents_per_aggregate: Optional[int] = None


@dataclass(frozen=True)
class CloneSpec:
    """What is asked of the array when a FlexClone is made.

    snapshot: of the parent, None: the array takes one.  parent_svm: None for the SVM of the clone.  junction_path: None or "" where it is not mounted.
    """

    name: str
    parent: str
    comment: str
    snapshot: Optional[str] = None
    junction_path: Optional[str] = None
    parent_svm: Optional[str] = None
