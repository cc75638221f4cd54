# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of volumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...model import content, snapshots
from ...model.volumes import Volume
from .. import errors
from ..errors import Failed
from ..iterators import Listing, Record
from ..reply import Handler, Reply
from ..scope import Scope
from ..wire import Call


def _snapshots(scope: Scope) -> Iterable[Record]:
    for volume in scope.volumes():
        for each in volume.snapshots:
            yield {
                "name": each.name,
                "volume": volume.name,
                "vserver": volume.svm.name,
                "access-time": int(each.create_time),
                "busy": bool(each.owners),
                "dependency": ",".join(dict.fromkeys(each.owners)) or None,
                "comment": each.comment,
                "snapmirror-label": each.snapmirror_label,
                "snapshot-instance-uuid": each.uuid,
                "snapshot-version-uuid": each.version_uuid,
                "volume-provenance-uuid": each.provenance_volume_uuid,
                "state": "valid",
            }


def _create(scope: Scope, call: Call) -> Reply:
    volume = scope.volume(call.need("volume"))
    comment, label = call.text("comment"), call.text("snapmirror-label")
    return Reply(job=snapshots.create(volume, call.need("snapshot"), comment=comment, label=label)[1])


def _named(volume: Volume, name: str) -> snapshots.Snapshot:
    found = volume.snapshot_named(name)
    if found is None:
        raise Failed(errors.NOT_FOUND, f'Snapshot "{name}" of volume "{volume.name}" does not exist.')
    return found


def _delete(scope: Scope, call: Call) -> Reply:
    volume = scope.volume(call.need("volume"))
    snapshot = _named(volume, call.need("snapshot"))
    wanted = call.text("snapshot-instance-uuid")
    if wanted and wanted != snapshot.uuid:
        raise Failed(errors.NOT_FOUND, f'Snapshot "{snapshot.name}" has another snapshot-instance-uuid.')
    return Reply(job=snapshots.delete(volume, snapshot))


def _delta(scope: Scope, call: Call) -> Reply:
    volume = scope.volume(call.need("volume"))
    older, name = _named(volume, call.need("snapshot1")), call.text("snapshot2")
    newer = _named(volume, name) if name else None
    after, moment = (newer.content, newer.create_time) if newer else (volume.active, volume.world.now())
    return Reply(
        {
            "consumed-size": content.missing_bytes([after], [older.content]),
            "elapsed-time": int(moment - older.create_time),
        }
    )


LISTINGS: Mapping[str, Listing] = {
    "snapshot-get-iter": Listing(_snapshots, ("vserver", "volume", "access-time", "name"))
}
HANDLERS: Mapping[str, Handler] = {
    "snapshot-create": _create,
    "snapshot-delete": _delete,
    "snapshot-delta-info": _delta,
}
