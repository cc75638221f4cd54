# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed of the two sides, as one value that planning reads and predictions change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Tuple

from .array import Aggregate, ClusterAbout, Mediator, Policy, SvmAbout
from .mirror import Mirror, SourceRecord, SvmPeer
from .policy import MirrorPolicy
from .presentation import ExportPolicy, Igroup, LunMap, Share
from .san import Lun
from .snapshot import Snapshot
from .volume import Volume


@dataclass(frozen=True)
class Side:
    """One SVM.

    volumes: {volume name: Volume}.  mirrors: {destination volume name: Mirror}, destination is here.
    records: what this side remembers as a source.  luns: all of the SVM.  namespaces: {volume: how many take writes}.
    snapshots: {volume: its snapshots}.  export_policies, shares, igroups: {name: it}.
    snapshot_policies, qos_policies: names of those that the SVM can use.  None in a field: not read.
    whole: the SVM itself.
    constituents: {FlexGroup: the aggregate of each of its constituents}.
    changed_bytes: {volume: what changed between the two snapshots that were asked for}; not there: the array did not tell.
    """

    svm: str
    about: Optional[ClusterAbout] = None
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    mirrors: Mapping[str, Mirror] = field(default_factory=dict)
    records: Tuple[SourceRecord, ...] = ()
    peers: Tuple[SvmPeer, ...] = ()
    aggregates: Optional[Mapping[str, Aggregate]] = None
    policies: Optional[Mapping[str, Policy]] = None
    luns: Optional[Tuple[Lun, ...]] = None
    namespaces: Optional[Mapping[str, int]] = None
    svm_uuid: str = ""
    snapshots: Optional[Mapping[str, Tuple[Snapshot, ...]]] = None
    export_policies: Optional[Mapping[str, ExportPolicy]] = None
    shares: Optional[Mapping[str, Share]] = None
    lun_maps: Optional[Tuple[LunMap, ...]] = None
    igroups: Optional[Mapping[str, Igroup]] = None
    snapshot_policies: Optional[FrozenSet[str]] = None
    qos_policies: Optional[FrozenSet[str]] = None
    constituents: Optional[Mapping[str, Tuple[str, ...]]] = None
    mirror_policies: Optional[Mapping[str, MirrorPolicy]] = None
    changed_bytes: Mapping[str, int] = field(default_factory=dict)
    mediators: Optional[Tuple[Mediator, ...]] = None
    whole: Optional[SvmAbout] = None

    @property
    def stopped(self) -> bool:
        """Whether the SVM is known to serve nobody."""
        return self.whole is not None and self.whole.stopped

    @cached_property
    def luns_of(self) -> Mapping[str, List[Lun]]:
        """{volume: its LUNs}, without those that have none or of which nothing was read."""
        found: Dict[str, List[Lun]] = {}
        for lun in self.luns or ():
            found.setdefault(lun.volume, []).append(lun)
        return found

    @cached_property
    def mounted_at(self) -> Mapping[str, List[str]]:
        """{junction path: names of the volumes that are mounted there}"""
        found: Dict[str, List[str]] = {}
        for volume in self.volumes.values():
            if volume.junction_path:
                found.setdefault(volume.junction_path, []).append(volume.name)
        return found

    @cached_property
    def records_of(self) -> Mapping[str, List[SourceRecord]]:
        """{volume, group end, or "" for the whole SVM: the records of its destinations}, without those that have none."""
        found: Dict[str, List[SourceRecord]] = {}
        for record in self.records:
            found.setdefault(record.source.volume, []).append(record)
        return found

    @cached_property
    def map_of(self) -> Mapping[Tuple[str, str], LunMap]:
        """{(path of a LUN, igroup): the map}"""
        return {(one.lun, one.igroup): one for one in reversed(self.lun_maps or ())}

    def block_devices(self, volume: str) -> Optional[int]:
        """How many LUNs and namespaces of a volume take writes; None where that was not read."""
        if self.luns is None or self.namespaces is None:
            return None
        taking = [lun for lun in self.luns_of.get(volume, ()) if lun.enabled is not False]
        return len(taking) + self.namespaces.get(volume, 0)

    def with_volume(self, volume: Volume) -> Side:
        return replace(self, volumes={**self.volumes, volume.name: volume})

    def with_mirror(self, mirror: Mirror) -> Side:
        return replace(self, mirrors={**self.mirrors, mirror.destination.volume: mirror})


@dataclass(frozen=True)
class Picture:
    """source is None where the run must not or does not look at the source."""

    destination: Side
    source: Optional[Side] = None

    def side(self, name: str) -> Side:
        found = self.destination if name == "destination" else self.source
        if found is None:
            raise LookupError(f"the {name} was not observed")
        return found

    def with_side(self, name: str, side: Side) -> Picture:
        return replace(self, destination=side) if name == "destination" else replace(self, source=side)


Prediction = Dict[str, Any]
