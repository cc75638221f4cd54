# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of one SVM over REST."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ..model.snapshot import Snapshot
from ..model.told import Told
from ..transport.rest import dig, literal
from .rest_cluster import FLOOR, RestCluster, Version, number

SNAPSHOTS = "/storage/volumes/*/snapshots"
V9_12_1: Version = (9, 12, 1)
SNAPSHOT_FIELDS: Mapping[str, Version] = {
    **dict.fromkeys(("name", "uuid", "volume.name", "create_time", "comment"), FLOOR),
    "version_uuid": (9, 11, 1),
}


class RestSnapshots(RestCluster):
    def snapshots(
        self, volumes: Collection[str] | None = None, prefix: str | None = None
    ) -> dict[str, tuple[Snapshot, ...]]:
        """One bulk request for all volumes of the SVM."""
        wanted = None if volumes is None else set(volumes)
        query = {"svm.name": literal(self.svm)}
        if wanted is not None and len(wanted) == 1:
            query["volume.name"] = literal(next(iter(wanted)))
        if prefix is not None:
            query["name"] = literal(prefix) + "*"
        found: dict[str, list[Snapshot]] = {name: [] for name in wanted or ()}
        for document in self._rest.collection(SNAPSHOTS, self._fields(SNAPSHOT_FIELDS), query):
            snapshot = snapshot_from_rest(document)
            if wanted is None or snapshot.volume in wanted:
                found.setdefault(snapshot.volume, []).append(snapshot)
        return {name: tuple(snapshots) for name, snapshots in found.items()}

    def snapshot_delta_bytes(self, volume_uuid: str, older: str, newer: str) -> int | None:
        """Bytes that changed between two snapshots; None where the release does not tell (before 9.12.1)."""
        if self.about().version < V9_12_1:
            return None
        query = {"name": f"{literal(older)},{literal(newer)}"}
        path = f"/storage/volumes/{volume_uuid}/snapshots"
        told = {
            str(document.get("name")): number(dig(document, "delta.size_consumed"))
            for document in self._rest.collection(path, ("name", "delta"), query)
        }
        return told.get(older)

    def snapshot_create(self, volume_uuid: str, name: str, comment: str) -> str | None:
        return self._rest.post(f"/storage/volumes/{volume_uuid}/snapshots", {"name": name, "comment": comment})

    def snapshot_create_many(self, wanted: Sequence[tuple[str, str, str]]) -> list[Told]:
        records = [{"volume": {"uuid": uuid}, "name": name, "comment": comment} for uuid, name, comment in wanted]
        return self._rest.post_many(SNAPSHOTS, records)

    def snapshot_delete_many(self, doomed: Sequence[tuple[str, str]]) -> list[Told]:
        """Each is named with its volume; never by a query, which might match more than was meant."""
        return self._rest.delete_many(
            SNAPSHOTS, [{"volume": {"uuid": volume}, "uuid": uuid} for volume, uuid in doomed]
        )

    def snapshot_delete(self, volume_uuid: str, snapshot_uuid: str) -> str | None:
        return self._rest.delete(f"/storage/volumes/{volume_uuid}/snapshots/{snapshot_uuid}")


def snapshot_from_rest(document: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        name=str(document.get("name") or ""),
        volume=str(dig(document, "volume.name") or ""),
        uuid=document.get("uuid"),
        version_uuid=document.get("version_uuid"),
        create_time=_time(document.get("create_time")),
        comment=str(document.get("comment") or ""),
    )


def _time(text: Any) -> datetime | None:
    """ISO 8601 with an offset, in UTC; None where it cannot be read."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
