# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of one volume, and what ONTAP refuses about them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .content import Log, missing_bytes, union_bytes
from .devices import Devices
from .errors import Refused

if TYPE_CHECKING:
    from .jobs import Job
    from .volumes import Volume

_NAME = re.compile(r"^[^\s/*?\[\]\\|:\"<>][^/*?\[\]\\|:\"<>]{0,254}$")
_RESERVED = ("snapmirror.",)


@dataclass(eq=False)
class Snapshot:
    """uuid is the volume's own; version_uuid is equal on all volumes that hold this very snapshot.

    owners: who keeps it busy ("snapmirror", "volume clone"); created_by: uuid of the relationship that
    made it for a transfer; size_bytes: what it holds that its predecessor did not.
    """

    uuid: str
    version_uuid: str
    name: str
    create_time: float
    content: Log
    size_bytes: int
    provenance_volume_uuid: str
    comment: str | None = None
    snapmirror_label: str | None = None
    expiry_time: str | None = None
    owners: list[str] = field(default_factory=list)
    created_by: str | None = None
    devices: Devices = ()


def take(
    volume: Volume,
    name: str,
    *,
    comment: str | None = None,
    label: str | None = None,
    created_by: str | None = None,
    expiry_time: str | None = None,
) -> Snapshot:
    """Freeze what the volume holds now."""
    world = volume.world
    before = volume.snapshots[-1].content if volume.snapshots else ()
    snapshot = Snapshot(
        uuid=world.ids.new("snapshot"),
        version_uuid=world.ids.new("snapshot-version"),
        name=name,
        create_time=world.now(),
        content=volume.active,
        size_bytes=missing_bytes([volume.active], [before]),
        provenance_volume_uuid=volume.uuid,
        comment=comment,
        snapmirror_label=label,
        expiry_time=expiry_time,
        created_by=created_by,
        devices=volume.devices,
    )
    volume.snapshots.append(snapshot)
    volume.touch()
    return snapshot


def carried(snapshot: Snapshot, onto: Volume) -> Snapshot:
    """The same snapshot as it lies on a mirror's destination."""
    return replace(snapshot, uuid=onto.world.ids.new("snapshot"), owners=[])


def newest_common(source: Volume, destination: Volume) -> Snapshot | None:
    """The destination's copy of the newest snapshot that both volumes hold."""
    there = {snapshot.version_uuid for snapshot in source.snapshots}
    both = [snapshot for snapshot in destination.snapshots if snapshot.version_uuid in there]
    return max(reversed(both), key=lambda snapshot: snapshot.create_time, default=None)


def drop(volume: Volume, doomed: list[Snapshot]) -> None:
    """Remove without asking."""
    gone = {id(snapshot) for snapshot in doomed}
    volume.snapshots = [snapshot for snapshot in volume.snapshots if id(snapshot) not in gone]
    volume.touch()


def revert(volume: Volume, snapshot: Snapshot) -> None:
    """Make the snapshot's content the active one and remove all younger snapshots. Refuses when one is busy."""
    younger = volume.snapshots[volume.snapshots.index(snapshot) + 1 :]
    for each in younger:
        if each.owners:
            raise Refused("524511", f'Snapshot "{each.name}" of volume "{volume.name}" is busy: {each.owners[0]}.')
    drop(volume, younger)
    volume.hold(snapshot.content, snapshot.devices)


def check_new(volume: Volume, name: str) -> None:
    """Raises Refused where the volume cannot have a user's snapshot of this name."""
    if volume.state != "online":
        raise Refused("524479", f'Cannot create snapshot: volume "{volume.name}" is not online.')
    if volume.type != "rw":
        raise Refused("1638461", "Snapshots can only be created on read/write (RW) volumes.")
    if not _NAME.match(name):
        raise Refused("1638518", f'The specified snapshot name "{name}" is invalid.', "name")
    if name.startswith(_RESERVED):
        raise Refused("1638477", "User-created snapshot names cannot begin with the specified prefix.", "name")
    if volume.snapshot_named(name) is not None:
        raise Refused("525059", f'A snapshot named "{name}" already exists.', "name")
    if len(volume.snapshots) >= 1023:
        raise Refused("525062", "The volume has the maximum number of snapshots.")


def create(
    volume: Volume,
    name: str,
    *,
    comment: str | None = None,
    label: str | None = None,
    expiry_time: str | None = None,
) -> tuple[str, Job]:
    """The uuid that a user's snapshot will have, and the job that takes it."""
    uuid = volume.world.ids.new("snapshot")

    def work() -> None:
        check_new(volume, name)
        take(volume, name, comment=comment, label=label, expiry_time=expiry_time).uuid = uuid

    fault = volume.world.consult(volume.cluster.name, "snapshot.create", volume.path)
    check_new(volume, name)
    text = f"POST /api/storage/volumes/{volume.uuid}/snapshots"
    job = volume.cluster.start_job("snapshot.create", volume.path, text, work, svm=volume.svm, fault=fault)
    return uuid, job


def delete(volume: Volume, snapshot: Snapshot) -> Job:
    def check() -> None:
        if volume.type != "rw":
            raise Refused("1638521", "Snapshots can only be deleted on read/write (RW) volumes.")
        if snapshot not in volume.snapshots:
            raise Refused("1638600", "The snapshot does not exist.", status=404)
        if snapshot.owners:
            raise Refused("1638543", f'Snapshot "{snapshot.name}" is busy: it is in use by {snapshot.owners[0]}.')

    def work() -> None:
        check()
        drop(volume, [snapshot])

    fault = volume.world.consult(volume.cluster.name, "snapshot.delete", volume.path)
    check()
    text = f"DELETE /api/storage/volumes/{volume.uuid}/snapshots/{snapshot.uuid}"
    return volume.cluster.start_job("snapshot.delete", volume.path, text, work, svm=volume.svm, fault=fault)


def modify(volume: Volume, snapshot: Snapshot, *, name: str | None, comment: str | None, label: str | None) -> Job:
    def work() -> None:
        if name is not None and name != snapshot.name:
            if volume.type != "rw":
                raise Refused("1638539", "Snapshots can only be renamed on read/write (RW) volumes.")
            if volume.snapshot_named(name) is not None:
                raise Refused("524508", f'A snapshot named "{name}" already exists.', "name")
            snapshot.name = name
        if comment is not None:
            snapshot.comment = comment
        if label is not None:
            snapshot.snapmirror_label = label or None

    fault = volume.world.consult(volume.cluster.name, "snapshot.modify", volume.path)
    text = f"PATCH /api/storage/volumes/{volume.uuid}/snapshots/{snapshot.uuid}"
    return volume.cluster.start_job("snapshot.modify", volume.path, text, work, svm=volume.svm, fault=fault)


def used_bytes(volume: Volume) -> int:
    """What only the snapshots hold."""
    return union_bytes([snapshot.content for snapshot in volume.snapshots] + [volume.active]) - union_bytes(
        [volume.active]
    )
