# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of consistency groups: one of each volume, all of the same instant and name, or none at all.

Each part is a snapshot of its volume like any other. Where the published facts are silent, this is what the model does:
- a snapshot needs a name that is free in the group and in all of its volumes;
- it is partial when a volume of the group has no part in it, because the part was deleted or the volume came later;
- it is gone when its last part is; with the group it goes, and its parts stay;
- a group of `dp` volumes takes none, and does not tell those that were carried to it;
- it is deleted as a whole, and not at all while one of its parts is in use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import snapshots
from .errors import Refused, not_found

if TYPE_CHECKING:
    from .groups import ConsistencyGroup
    from .jobs import Job
    from .snapshots import Snapshot
    from .volumes import Volume

TYPES = ("crash", "application")


@dataclass(eq=False)
class GroupSnapshot:
    """parts: those that there were at first; consistency_type says what hosts did before, and changes nothing here."""

    uuid: str
    name: str
    create_time: float
    consistency_type: str = "crash"
    comment: str | None = None
    snapmirror_label: str | None = None
    parts: list[tuple[Volume, Snapshot]] = field(default_factory=list, repr=False)

    def living(self) -> list[tuple[Volume, Snapshot]]:
        return [(volume, part) for volume, part in self.parts if not volume.deleted and part in volume.snapshots]

    def missing(self, group: ConsistencyGroup) -> list[Volume]:
        held = [volume for volume, _part in self.living()]
        return [volume for volume in group.volumes if volume not in held]


def of(group: ConsistencyGroup) -> list[GroupSnapshot]:
    group.snapshots = [each for each in group.snapshots if each.living()]
    return list(group.snapshots)


def find(group: ConsistencyGroup, uuid: str) -> GroupSnapshot:
    for snapshot in of(group):
        if snapshot.uuid == uuid:
            return snapshot
    raise not_found(target="uuid")


def create(
    group: ConsistencyGroup, name: str, *, consistency_type: str, comment: str | None, label: str | None
) -> tuple[str, Job]:
    """The uuid that the snapshot will have, and the job that takes it."""
    world = group.world
    uuid = world.ids.new("group-snapshot")

    def check() -> None:
        if any(volume.type != "rw" for volume in group.volumes):
            raise Refused("53411918", f'Snapshots of "{group.path}" are not permitted: its volumes are not read-write.')
        if any(each.name == name for each in of(group)):
            raise _failure(group, f'it has a snapshot "{name}" already')
        for volume in group.volumes:
            try:
                snapshots.check_new(volume, name)
            except Refused as refused:
                raise _failure(group, f'volume "{volume.name}": {refused.message}') from refused

    def work() -> None:
        check()
        parts = [(each, snapshots.take(each, name, comment=comment, label=label)) for each in group.volumes]
        group.snapshots.append(GroupSnapshot(uuid, name, world.now(), consistency_type, comment, label, parts))

    fault = world.consult(group.cluster.name, "consistency_group_snapshot.create", group.path)
    check()
    text = f"POST /api/application/consistency-groups/{group.uuid}/snapshots"
    job = group.cluster.start_job(
        "consistency_group_snapshot.create", group.path, text, work, svm=group.svm, fault=fault
    )
    return uuid, job


def _failure(group: ConsistencyGroup, why: str) -> Refused:
    return Refused("53411921", f'The snapshot of consistency group "{group.name}" failed: {why}')


def delete(group: ConsistencyGroup, snapshot: GroupSnapshot) -> Job:
    """A job that takes the snapshot and all of its parts away."""

    def check() -> None:
        if snapshot not in of(group):
            raise not_found(target="uuid")
        for volume, part in snapshot.living():
            if part.owners:
                raise Refused("53412008", f'Snapshot "{part.name}" of volume "{volume.name}" is in use.')

    def work() -> None:
        check()
        for volume, part in snapshot.living():
            snapshots.drop(volume, [part])
        group.snapshots.remove(snapshot)

    fault = group.world.consult(group.cluster.name, "consistency_group_snapshot.delete", group.path)
    check()
    text = f"DELETE /api/application/consistency-groups/{group.uuid}/snapshots/{snapshot.uuid}"
    return group.cluster.start_job(
        "consistency_group_snapshot.delete", group.path, text, work, svm=group.svm, fault=fault
    )
