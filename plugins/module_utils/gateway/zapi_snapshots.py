# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of one SVM over ZAPI."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timezone
from typing import Any

from ..model.snapshot import Snapshot
from ..transport.zapi import Document, Zapi
from .zapi_cluster import leaves, number
from .zapi_volumes import ZapiVolumes

FIELDS = {
    "snapshot-info": leaves(
        "name", "volume", "vserver", "access-time", "comment", "snapshot-instance-uuid", "snapshot-version-uuid"
    )
}


class ZapiSnapshots(ZapiVolumes):
    def __init__(self, zapi: Zapi, svm: str) -> None:
        super().__init__(zapi, svm)
        self._snapshot_names: dict[str, str] = {}

    def snapshots(
        self, volumes: Collection[str] | None = None, prefix: str | None = None
    ) -> dict[str, tuple[Snapshot, ...]]:
        """One bulk request for all volumes of the SVM."""
        wanted = None if volumes is None else set(volumes)
        query: dict[str, str] = {}
        if wanted is not None and len(wanted) == 1:
            query["volume"] = next(iter(wanted))
        if prefix is not None:
            query["name"] = prefix + "*"
        found: dict[str, list[Snapshot]] = {name: [] for name in wanted or ()}
        for record in self._records("snapshot-get-iter", FIELDS, {"snapshot-info": query} if query else None):
            snapshot = snapshot_from_zapi(record)
            if snapshot.uuid:
                self._snapshot_names[snapshot.uuid] = snapshot.name
            if wanted is None or snapshot.volume in wanted:
                found.setdefault(snapshot.volume, []).append(snapshot)
        return {name: tuple(snapshots) for name, snapshots in found.items()}

    def snapshot_delta_bytes(self, volume_uuid: str, older: str, newer: str) -> int | None:
        args = {"volume": self._volume_name(volume_uuid), "snapshot1": older, "snapshot2": newer}
        changed: int | None = number(self._zapi.read("snapshot-delta-info", args).get("consumed-size"))
        return changed

    def snapshot_create(self, volume_uuid: str, name: str, comment: str) -> str | None:
        args = {"volume": self._volume_name(volume_uuid), "snapshot": name, "comment": comment}
        self._zapi.write("snapshot-create", args)
        return None

    def snapshot_delete(self, volume_uuid: str, snapshot_uuid: str) -> str | None:
        """The array compares the uuid, so another snapshot of the same name is never meant."""
        args: dict[str, Any] = {
            "volume": self._volume_name(volume_uuid),
            "snapshot": self._snapshot_name(snapshot_uuid),
            "snapshot-instance-uuid": snapshot_uuid,
        }
        self._zapi.write("snapshot-delete", args)
        return None

    def _snapshot_name(self, uuid: str) -> str:
        if uuid not in self._snapshot_names:
            for record in self._records(
                "snapshot-get-iter", FIELDS, {"snapshot-info": {"snapshot-instance-uuid": uuid}}
            ):
                self._snapshot_names[str(record.get("snapshot-instance-uuid"))] = str(record.get("name"))
        if uuid not in self._snapshot_names:
            raise self._gone(f"snapshot {uuid} in SVM {self.svm}")
        return self._snapshot_names[uuid]


def snapshot_from_zapi(record: Document) -> Snapshot:
    taken = number(record.get("access-time"))
    return Snapshot(
        name=str(record.get("name") or ""),
        volume=str(record.get("volume") or ""),
        uuid=record.get("snapshot-instance-uuid") or None,
        version_uuid=record.get("snapshot-version-uuid") or None,
        create_time=None if taken is None else datetime.fromtimestamp(taken, timezone.utc),
        comment=str(record.get("comment") or ""),
    )
