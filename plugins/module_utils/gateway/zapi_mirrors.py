# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror relationships over ZAPI, seen from the destination, and what the source remembers of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from typing import Any

from ..model.errors import BadInput
from ..model.mirror import Mirror, MirrorSpec, SourceRecord, State, SvmPeer
from ..model.path import Path
from ..transport.zapi import Document, Zapi
from .zapi_cluster import CHUNK, POLICY_TYPES, flag, leaves, number
from .zapi_peers import ZapiPeers

FIELDS = {
    "snapmirror-info": leaves(
        "relationship-id", "source-location", "source-vserver", "destination-location", "destination-vserver",
        "mirror-state", "relationship-status", "relationship-type", "relationship-group-type", "is-constituent",
        "is-healthy", "unhealthy-reason", "lag-time", "exported-snapshot", "policy", "policy-type", "schedule",
        "max-transfer-rate", "current-operation-id", "relationship-progress", "last-transfer-type",
        "last-transfer-error", "last-transfer-size", "last-transfer-end-timestamp",
    )
}  # fmt: skip
SOURCE_FIELDS = {
    "snapmirror-destination-info": leaves(
        "relationship-id", "source-location", "destination-location", "relationship-type", "is-constituent"
    )
}
MIRROR_STATES = {
    "uninitialized": State.UNINITIALIZED,
    "snapmirrored": State.SNAPMIRRORED,
    "broken-off": State.BROKEN_OFF,
}
RUNNING = ("transferring", "preparing", "finalizing", "checking", "aborting", "quiescing")
GROUP_TYPES = {"vserver": "svm_dr", "consistencygroup": "consistency_group"}
LOAD_SHARING = "load_sharing"


class ZapiMirrors(ZapiPeers):
    """ONTAPI names a relationship by its destination; its relationship-id is the uuid that REST tells."""

    def __init__(self, zapi: Zapi, svm: str) -> None:
        super().__init__(zapi, svm)
        self._destinations: dict[str, Path] = {}
        self._records_at_source: dict[str, SourceRecord] = {}
        self._peers_by_name: dict[str, SvmPeer] = {}

    def mirrors(self, uuids: Collection[str] | None = None, paths_only: bool = False) -> tuple[Mirror, ...]:
        """More uuids than one filter holds are picked from all, which is one request all the same."""
        if uuids is not None and not uuids:
            return ()
        query = {"destination-vserver": self.svm}
        if uuids is not None and len(uuids) <= CHUNK:
            query["relationship-id"] = "|".join(sorted(set(uuids)))
        records = [
            record
            for record in self._records("snapmirror-get-iter", FIELDS, {"snapmirror-info": query})
            if record.get("destination-vserver") == self.svm
            and flag(record.get("is-constituent")) is not True
            and record.get("relationship-type") != LOAD_SHARING
        ]
        origins = self._origins({str(record.get("source-vserver") or "") for record in records})
        found = [mirror_from_zapi(record, origins.get(str(record.get("source-vserver")))) for record in records]
        self._destinations.update((mirror.uuid, mirror.destination) for mirror in found if mirror.uuid)
        return tuple(mirror for mirror in found if uuids is None or mirror.uuid in uuids)

    def source_records(self) -> tuple[SourceRecord, ...]:
        """The cluster of a destination is told by the peering with it."""
        query = {"snapmirror-destination-info": {"source-vserver": self.svm}}
        records = [
            record
            for record in self._records("snapmirror-get-destination-iter", SOURCE_FIELDS, query)
            if flag(record.get("is-constituent")) is not True and record.get("relationship-type") != LOAD_SHARING
        ]
        paths = [(_path(record, "source"), _path(record, "destination"), record) for record in records]
        origins = self._origins({destination.svm for _source, destination, _record in paths})
        found = [
            SourceRecord(source, destination, record.get("relationship-id") or None, _cluster(origins, destination.svm))
            for source, destination, record in paths
        ]
        self._records_at_source.update((record.uuid, record) for record in found if record.uuid)
        return tuple(found)

    # -- writes

    def create(self, spec: MirrorSpec) -> str | None:
        if not spec.destination.volume:
            raise self._unsupported("mirrors of whole SVMs are")
        if spec.members:
            raise self._unsupported("mirrors of consistency groups are")
        self._check_policy(spec.policy)
        args: dict[str, Any] = {
            "source-location": str(spec.source),
            "destination-location": str(spec.destination),
            "relationship-type": "extended_data_protection",
        }
        if spec.policy:
            args["policy"] = spec.policy
        if spec.schedule:
            args["schedule"] = spec.schedule
        if spec.throttle_kbps is not None:
            args["max-transfer-rate"] = spec.throttle_kbps
        self._zapi.write("snapmirror-create", args)
        return None

    def modify(self, uuid: str, changes: Mapping[str, Any]) -> str | None:
        unknown = set(changes) - {"policy", "schedule", "throttle_kbps"}
        if unknown:
            raise BadInput(f"a relationship has no setting {', '.join(sorted(unknown))}")
        args: dict[str, Any] = dict(self._where(uuid))
        if "schedule" in changes:
            if not changes["schedule"]:
                raise self._unsupported(
                    "taking the schedule away from a relationship is", "name a schedule, or use REST"
                )
            args["schedule"] = changes["schedule"]
        if "policy" in changes:
            self._check_policy(changes["policy"])
            args["policy"] = changes["policy"]
        if "throttle_kbps" in changes:
            args["max-transfer-rate"] = changes["throttle_kbps"]
        self._zapi.write("snapmirror-modify", args)
        return None

    def initialize(self, uuid: str, synchronous: bool = False) -> str | None:
        return self._do("snapmirror-initialize", uuid)

    def update(self, uuid: str) -> str | None:
        return self._do("snapmirror-update", uuid)

    def quiesce(self, uuid: str) -> str | None:
        return self._do("snapmirror-quiesce", uuid)

    def resume(self, uuid: str, synchronous: bool = False) -> str | None:
        return self._do("snapmirror-resume", uuid)

    def break_(self, uuid: str, snapshot: str | None = None) -> str | None:
        older = {"restore-destination-to-snapshot": snapshot} if snapshot else {}
        return self._do("snapmirror-break", uuid, older)

    def resync(self, uuid: str, synchronous: bool = False) -> str | None:
        return self._do("snapmirror-resync", uuid)

    def abort(self, uuid: str, transfer_uuid: str) -> str | None:
        """A relationship has one transfer at a time, so it names none."""
        return self._do("snapmirror-abort", uuid)

    def delete(self, uuid: str) -> str | None:
        return self._do("snapmirror-destroy", uuid)

    def release(self, uuid: str, keep_snapshots: bool = True) -> str | None:
        if uuid not in self._records_at_source:
            self.source_records()
        known = self._records_at_source.get(uuid)
        if known is None:
            raise self._gone(f"source record of relationship {uuid}")
        args = {
            "relationship-id": uuid,
            "source-location": str(known.source),
            "destination-location": str(known.destination),
            "relationship-info-only": keep_snapshots,
        }
        self._zapi.write("snapmirror-release", args)
        return None

    # -- parts

    def _do(self, call: str, uuid: str, more: Mapping[str, Any] | None = None) -> str | None:
        """A transfer goes on by itself, without a job: its progress is read."""
        told = self._zapi.write(call, {**self._where(uuid), **(more or {})})
        return str(told["result-jobid"]) if told.get("result-jobid") else None

    def _where(self, uuid: str) -> dict[str, str]:
        if uuid not in self._destinations:
            self.mirrors([uuid])
        if uuid not in self._destinations:
            raise self._gone(f"relationship {uuid} to SVM {self.svm}")
        return {"destination-location": str(self._destinations[uuid])}

    def _origins(self, names: Collection[str]) -> dict[str, SvmPeer]:
        """{local name of a peer: its peering}, read again where a name is new."""
        if set(names) - set(self._peers_by_name) - {self.svm, ""}:
            self._peers_by_name = {peer.name: peer for peer in self.svm_peers()}
        return self._peers_by_name

    def _check_policy(self, name: str | None) -> None:
        """Raises BadInput for a synchronous one, whose states have no published words over ZAPI."""
        if not name:
            return
        policy = self.policies().get(name)
        if policy is not None and policy.type != "async":
            raise self._unsupported(f"policies of type {policy.type} (here {name}) are")


def mirror_from_zapi(record: Document, origin: SvmPeer | None) -> Mirror:
    """origin: the peering with the source's SVM; None where it is not known, or for a source in the same SVM."""
    source, destination = _path(record, "source"), _path(record, "destination")
    status = str(record.get("relationship-status") or "")
    kind, sync_type = POLICY_TYPES.get(str(record.get("policy-type")), (record.get("policy-type") or None, None))
    busy = status in RUNNING or status == "queued"
    size = record.get("relationship-progress") if busy else record.get("last-transfer-size")
    group = str(record.get("relationship-group-type") or "none")
    return Mirror(
        source=source,
        destination=destination,
        uuid=record.get("relationship-id") or None,
        state=_state(record, status),
        source_svm_name=origin.peer_svm if origin else (source.svm if source.svm == destination.svm else None),
        source_cluster=origin.peer_cluster if origin else None,
        healthy=flag(record.get("is-healthy")),
        unhealthy_reasons=(str(record["unhealthy-reason"]),) if record.get("unhealthy-reason") else (),
        lag_s=number(record.get("lag-time"), float),
        exported_snapshot=record.get("exported-snapshot") or None,
        transfer_uuid=(record.get("current-operation-id") or None) if busy else None,
        transfer_state=_transfer_state(record, status),
        transfer_end_time=None if busy else _iso(record.get("last-transfer-end-timestamp")),
        transferred_bytes=number(size),
        last_transfer_type=record.get("last-transfer-type") or None,
        policy=record.get("policy") or None,
        policy_type=kind,
        sync_type=sync_type,
        schedule=record.get("schedule") or "",
        throttle_kbps=number(record.get("max-transfer-rate")),
        is_restore=record.get("relationship-type") == "restore",
        group_type=GROUP_TYPES.get(group, group),
    )


def _state(record: Document, status: str) -> State:
    """ONTAPI tells what the mirror is and what it does apart; REST's paused is both."""
    state = MIRROR_STATES.get(str(record.get("mirror-state")), State.UNKNOWN)
    return State.PAUSED if status == "quiesced" and state is State.SNAPMIRRORED else state


def _transfer_state(record: Document, status: str) -> str | None:
    if status in RUNNING:
        return "transferring"
    if status == "queued":
        return "queued"
    if not record.get("last-transfer-type"):
        return None
    return "failed" if record.get("last-transfer-error") else "success"


def _iso(seconds: Any) -> str | None:
    moment = number(seconds)
    return None if moment is None else datetime.fromtimestamp(moment, timezone.utc).isoformat()


def _path(record: Document, side: str) -> Path:
    """A path in no form that we know stays visible as a volume of its SVM, so that it is never taken for absent."""
    text = str(record.get(f"{side}-location") or "")
    try:
        return Path.parse(text)
    except ValueError:
        return Path(str(record.get(f"{side}-vserver") or ""), text)


def _cluster(origins: Mapping[str, SvmPeer], svm: str) -> str | None:
    return origins[svm].peer_cluster if svm in origins else None
