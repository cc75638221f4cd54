# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/storage/volumes/{volume.uuid}/snapshots"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import content, snapshots
from ...model.errors import Refused, not_found
from ...model.snapshots import Snapshot
from ...model.volumes import Volume
from ..resource import Resource, Written
from .documents import iso_duration, iso_time, known, ref


class Snapshots(Resource):
    path = "/storage/volumes/{volume.uuid}/snapshots"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [document(volume, each) for volume in self._volumes(scope) for each in volume.snapshots]

    def select(
        self, scope: Mapping[str, str], params: Mapping[str, Any], wanted: Mapping[str, frozenset[str]]
    ) -> Iterable[dict[str, Any]] | None:
        names = wanted.get("name")
        uuids = wanted.get("uuid")
        if names is None and uuids is None:
            return None
        found = []
        for volume in self._volumes(scope):
            chosen = [
                each
                for each in volume.snapshots
                if (names is None or each.name in names) and (uuids is None or each.uuid in uuids)
            ]
            followers = [*chosen[1:], None] if names is not None and len(names) == 2 else [None] * len(chosen)
            found += [document(volume, each, follower) for each, follower in zip(chosen, followers)]
        return found

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        """Below a star each record names its volume."""
        below = scope["volume.uuid"]
        named = (body.get("volume") or {}).get("uuid") if below == "*" else below
        if not named:
            raise Refused("2", 'The field "volume.uuid" is missing.', "volume.uuid")
        volume = self.cluster.find_volume(named)
        uuid, job = snapshots.create(
            volume,
            body["name"],
            comment=body.get("comment"),
            label=body.get("snapmirror_label"),
            expiry_time=body.get("expiry_time"),
        )
        return Written({"uuid": uuid, "name": body["name"], "volume.uuid": volume.uuid}, job)

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        volume, snapshot = self._find(record)
        job = snapshots.modify(
            volume, snapshot, name=body.get("name"), comment=body.get("comment"), label=body.get("snapmirror_label")
        )
        return Written({"uuid": snapshot.uuid, "name": snapshot.name, "volume.uuid": volume.uuid}, job)

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        volume, snapshot = self._find(record)
        key = {"uuid": snapshot.uuid, "name": snapshot.name, "volume.uuid": volume.uuid}
        return Written(key, snapshots.delete(volume, snapshot))

    def _volumes(self, scope: Mapping[str, str]) -> list[Volume]:
        uuid = scope["volume.uuid"]
        return list(self.cluster.volumes()) if uuid == "*" else [self.cluster.find_volume(uuid)]

    def _find(self, record: Mapping[str, Any]) -> tuple[Volume, Snapshot]:
        volume = self.cluster.find_volume(record["volume"]["uuid"])
        for snapshot in volume.snapshots:
            if snapshot.uuid == record["uuid"]:
                return volume, snapshot
        raise not_found(target="uuid")


def document(volume: Volume, snapshot: Snapshot, until: Snapshot | None = None) -> dict[str, Any]:
    """until: the younger one of two that `name=a,b` names, which the older one's `delta` is measured against.

    Against what a lone one is measured is not documented; here it is the active file system.
    """
    after, moment = (volume.active, volume.world.now()) if until is None else (until.content, until.create_time)
    return known(
        {
            "uuid": snapshot.uuid,
            "name": snapshot.name,
            "version_uuid": snapshot.version_uuid,
            "create_time": iso_time(snapshot.create_time),
            "comment": snapshot.comment,
            "snapmirror_label": snapshot.snapmirror_label,
            "expiry_time": snapshot.expiry_time,
            "owners": list(dict.fromkeys(snapshot.owners)) or None,
            "state": "valid",
            "size": snapshot.size_bytes,
            "logical_size": content.union_bytes([snapshot.content]),
            "provenance_volume": {"uuid": snapshot.provenance_volume_uuid},
            "volume": ref(volume),
            "svm": ref(volume.svm),
            "delta": {
                "size_consumed": content.missing_bytes([after], [snapshot.content]),
                "time_elapsed": iso_duration(moment - snapshot.create_time),
            },
        }
    )
