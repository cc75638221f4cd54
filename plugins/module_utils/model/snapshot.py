# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots, and what two volumes have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

FENCE_PREFIX = "data_motion_fence."
COMING = "the snapshot of the update to come"
"""What a mirror exports after an update that is only predicted; nobody knows its name before."""


@dataclass(frozen=True)
class Snapshot:
    """One snapshot as read.

    version_uuid: equal on both sides of a mirror; None below ONTAP 9.11.1.
    create_time: UTC-aware, by the clock of the cluster on which it was first taken; None when unreadable.
    predicted: a task before would take it; only in check mode.
    """

    name: str
    volume: str
    uuid: str | None = None
    version_uuid: str | None = None
    create_time: datetime | None = None
    comment: str = ""
    predicted: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for predictions; what was read keeps its time."""
        return {**asdict(self), "create_time": self.create_time.isoformat() if self.create_time else None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Snapshot:
        """The inverse of as_dict."""
        time = data.get("create_time")
        return cls(**{**data, "create_time": datetime.fromisoformat(time) if time else None})

    def same_as(self, other: Snapshot) -> bool:
        """Equal version_uuid; below that equal name and create time, never the name alone."""
        if self.version_uuid and other.version_uuid:
            return self.version_uuid == other.version_uuid
        return self.name == other.name and self.create_time is not None and self.create_time == other.create_time


@dataclass(frozen=True)
class Delta:
    """A question: what changed in a volume between two of its snapshots, which are named."""

    volume: str
    volume_uuid: str
    older: str
    newer: str


def newest(snapshots: Iterable[Snapshot]) -> Snapshot | None:
    """The youngest of those whose time is known."""
    dated = [one for one in snapshots if one.create_time is not None]
    return max(dated, key=lambda one: (one.create_time, one.name), default=None)


def newest_common(one: Iterable[Snapshot], other: Iterable[Snapshot]) -> Snapshot | None:
    """The newest snapshot that both volumes have, as the first tells it."""
    others = list(other)
    return newest(snapshot for snapshot in one if any(snapshot.same_as(twin) for twin in others))


def shown(exported: str | None, held: Iterable[Snapshot], whole_svm: bool) -> Snapshot | None:
    """What a mirror's destination shows, of the snapshots that it holds.

    Of a whole SVM nothing tells which one that is. It is the newest of each volume: its copy takes none of its own.
    """
    if exported is None and whole_svm:
        return newest(held)
    return next((one for one in held if one.name == exported), None)


def fence_name(svm: str) -> str:
    """The snapshot that a fence takes of each volume of *svm*; its create time is the time of the fence."""
    return FENCE_PREFIX + svm


def fence_of(svm: str, snapshots: Iterable[Snapshot]) -> Snapshot | None:
    """The fence's snapshot; a replica of the other side's fence has that side's name."""
    return next((one for one in snapshots if one.name == fence_name(svm) and one.create_time is not None), None)
