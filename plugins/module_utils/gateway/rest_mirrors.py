# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror relationships over REST, seen from the destination, and what the source remembers of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Collection, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..model import duration
from ..model.errors import BadInput
from ..model.mirror import Members, Mirror, MirrorSpec, SourceRecord, State
from ..model.path import Path
from ..model.told import Told
from ..transport.http import Query
from ..transport.rest import Rest, any_of, dig, literal
from .rest_cluster import CHUNK, FLOOR, RestCluster, Version, number

RELATIONSHIPS = "/snapmirror/relationships"
V9_11_1: Version = (9, 11, 1)
FIELDS: Mapping[str, Version] = {
    **dict.fromkeys(
        (
            "uuid", "source.path", "source.svm.name", "source.cluster.name", "destination.path",
            "destination.svm.name", "state", "healthy", "unhealthy_reason", "lag_time", "exported_snapshot",
            "policy.name", "policy.type", "restore", "transfer.uuid", "transfer.state", "transfer.bytes_transferred",
        ),
        FLOOR,
    ),
    **dict.fromkeys(("source.consistency_group_volumes.name", "destination.consistency_group_volumes.name"), FLOOR),
    "consistency_group_failover.error": FLOOR,
    "consistency_group_failover.state": (9, 14, 1),
    "transfer.end_time": (9, 9, 1),
    **dict.fromkeys(
        ("transfer_schedule.name", "throttle", "group_type", "last_transfer_type", "identity_preservation"), V9_11_1
    ),
}  # fmt: skip
PATH_FIELDS = (
    "uuid",
    "source.path",
    "source.svm.name",
    "source.cluster.name",
    "destination.path",
    "destination.svm.name",
    "state",
    "restore",
)
SOURCE_FIELDS = (
    "uuid",
    "source.path",
    "source.svm.name",
    "destination.path",
    "destination.svm.name",
    "destination.cluster.name",
)


class RestMirrors(RestCluster):
    def __init__(self, rest: Rest, svm: str) -> None:
        super().__init__(rest, svm)
        self._sync_types: Dict[str, Optional[str]] = {}

    def mirrors(self, uuids: Optional[Collection[str]] = None, paths_only: bool = False) -> Tuple[Mirror, ...]:
        """More uuids than fit into one URL are picked from the whole collection, which is one request all the same."""
        if uuids is not None and not uuids:
            return ()
        query = {"destination.svm.name": literal(self.svm)}
        if uuids is not None and len(uuids) <= CHUNK:
            query["uuid"] = any_of(sorted(set(uuids)))
        fields = list(PATH_FIELDS) if paths_only else self._fields(FIELDS)
        documents = self._rest.collection(RELATIONSHIPS, fields, query)
        told = not paths_only and self.about().version >= V9_11_1
        found = [mirror_from_rest(document, schedule_told=told) for document in documents if self._here(document)]
        if paths_only and any(mirror.group_type == "consistency_group" for mirror in found):
            return self.mirrors(uuids)  # only the full reading tells the members
        return tuple(self._with_sync_types(mirror for mirror in found if uuids is None or mirror.uuid in uuids))

    def source_records(self) -> Tuple[SourceRecord, ...]:
        query: Query = {"list_destinations_only": True, "source.svm.name": literal(self.svm)}
        documents = self._rest.collection(RELATIONSHIPS, SOURCE_FIELDS, query)
        return tuple(source_record_from_rest(document) for document in documents)

    # -- writes

    def create(self, spec: MirrorSpec) -> Optional[str]:
        return self._rest.post(RELATIONSHIPS, self._new(spec))

    def create_many(self, specs: Sequence[MirrorSpec]) -> List[Told]:
        return self._rest.post_many(RELATIONSHIPS, [self._new(spec) for spec in specs])

    def fail_over(self, uuid: str, source: str, destination: str) -> Optional[str]:
        ends = {"source": {"path": source}, "destination": {"path": destination}}
        return self._mirror_patch(uuid, {**ends, "state": State.IN_SYNC.value})

    def expand(self, uuid: str, members: Members) -> Optional[str]:
        sources, destinations = _consistency_group_volumes(members)
        return self._mirror_patch(uuid, {"source": sources, "destination": destinations})

    def modify(self, uuid: str, changes: Mapping[str, Any]) -> Optional[str]:
        return self._mirror_patch(uuid, self._settings(changes))

    def initialize(self, uuid: str, synchronous: bool = False) -> Optional[str]:
        """A synchronous one is asked for its state; a transfer can be asked for only where there are updates."""
        if synchronous:
            return self._mirror_patch(uuid, {"state": State.IN_SYNC.value})
        return self._rest.post(f"{RELATIONSHIPS}/{uuid}/transfers", {})

    def initialize_many(self, uuids: Sequence[str]) -> List[Told]:
        return self._settle_many(uuids, State.UNINITIALIZED)

    def update(self, uuid: str) -> Optional[str]:
        """The same request as initialize: the array chooses by the state of the relationship."""
        return self._rest.post(f"{RELATIONSHIPS}/{uuid}/transfers", {})

    def quiesce(self, uuid: str) -> Optional[str]:
        return self._mirror_patch(uuid, {"state": State.PAUSED.value})

    def quiesce_many(self, uuids: Sequence[str]) -> List[Told]:
        return self._rest.patch_matching(RELATIONSHIPS, uuids, {"state": State.PAUSED.value})

    def resume(self, uuid: str, synchronous: bool = False) -> Optional[str]:
        return self._mirror_patch(uuid, {"state": _settled(synchronous)})

    def break_(self, uuid: str, snapshot: Optional[str] = None) -> Optional[str]:
        older = {"restore_to_snapshot": snapshot} if snapshot else {}
        return self._mirror_patch(uuid, {"state": State.BROKEN_OFF.value, **older})

    def break_many(self, uuids: Sequence[str]) -> List[Told]:
        return self._rest.patch_matching(RELATIONSHIPS, uuids, {"state": State.BROKEN_OFF.value})

    def resume_many(self, uuids: Sequence[str]) -> List[Told]:
        return self._settle_many(uuids, State.PAUSED)

    def resync_many(self, uuids: Sequence[str]) -> List[Told]:
        return self._settle_many(uuids, State.BROKEN_OFF)

    def resync(self, uuid: str, synchronous: bool = False) -> Optional[str]:
        """The same request as resume: the array chooses by the state of the relationship."""
        return self._mirror_patch(uuid, {"state": _settled(synchronous)})

    def abort(self, uuid: str, transfer_uuid: str) -> Optional[str]:
        return self._rest.patch_now(f"{RELATIONSHIPS}/{uuid}/transfers/{transfer_uuid}", {"state": "aborted"})

    def delete(self, uuid: str) -> Optional[str]:
        return self._rest.delete(f"{RELATIONSHIPS}/{uuid}", {"destination_only": True})

    def release(self, uuid: str, keep_snapshots: bool = True) -> Optional[str]:
        return self._rest.delete(
            f"{RELATIONSHIPS}/{uuid}", {"source_info_only" if keep_snapshots else "source_only": True}
        )

    def delete_many(self, uuids: Sequence[str]) -> List[Told]:
        return self._rest.delete_matching(RELATIONSHIPS, uuids, {"destination_only": True})

    def release_many(self, uuids: Sequence[str], keep_snapshots: bool = True) -> List[Told]:
        flag = "source_info_only" if keep_snapshots else "source_only"
        return self._rest.delete_matching(RELATIONSHIPS, uuids, {flag: True})

    # -- parts

    def _settle_many(self, uuids: Sequence[str], now: State) -> List[Told]:
        """One value initializes, resumes and resyncs, by the state: the array itself sees to it that it is still *now*."""
        only = {"state": now.value, "policy.type": "async"}
        return self._rest.patch_matching(RELATIONSHIPS, uuids, {"state": State.SNAPMIRRORED.value}, only)

    def _new(self, spec: MirrorSpec) -> Dict[str, Any]:
        given = (
            ("policy", spec.policy or None),
            ("schedule", spec.schedule or None),
            ("throttle_kbps", spec.throttle_kbps),
        )
        sources, destinations = _consistency_group_volumes(spec.members)
        ends = {
            "source": {"path": str(spec.source), **sources},
            "destination": {"path": str(spec.destination), **destinations},
        }
        identity = {"identity_preservation": spec.identity_preservation} if spec.identity_preservation else {}
        return {**ends, **identity, **self._settings({name: value for name, value in given if value is not None})}

    def _mirror_patch(self, uuid: str, body: Mapping[str, Any]) -> Optional[str]:
        return self._rest.patch(f"{RELATIONSHIPS}/{uuid}", body)

    def _settings(self, settings: Mapping[str, Any]) -> Dict[str, Any]:
        """policy, schedule ("" clears it), throttle_kbps, as a body. Raises BadInput for what the release cannot do."""
        unknown = set(settings) - {"policy", "schedule", "throttle_kbps"}
        if unknown:
            raise BadInput(f"a relationship has no setting {', '.join(sorted(unknown))}")
        own = [name for name in ("schedule", "throttle_kbps") if name in settings]
        if own and self.about().version < V9_11_1:
            release = ".".join(map(str, self.about().version))
            raise BadInput(
                f"{self.address} runs ONTAP {release}, where a relationship has no {' and '.join(own)} of its own "
                "(from 9.11.1 on): put it into the SnapMirror policy and leave the option out"
            )
        body: Dict[str, Any] = {}
        if "policy" in settings:
            body["policy"] = {"name": settings["policy"]}
        if "schedule" in settings:
            body["transfer_schedule"] = (
                {"name": settings["schedule"]} if settings["schedule"] else {"uuid": None, "name": None}
            )
        if "throttle_kbps" in settings:
            body["throttle"] = settings["throttle_kbps"]
        return body

    def _here(self, document: Mapping[str, Any]) -> bool:
        path = str(dig(document, "destination.path") or "")
        return (dig(document, "destination.svm.name") or path.partition(":")[0]) == self.svm

    def _with_sync_types(self, found: Iterable[Mirror]) -> List[Mirror]:
        """A relationship names its policy; how it is synchronous only the policy tells, and there it cannot change."""
        mirrors = list(found)
        asked = {mirror.policy or "" for mirror in mirrors if mirror.synchronous}
        if asked - set(self._sync_types):
            policies = self.policies()
            self._sync_types = {name: policy.sync_type for name, policy in policies.items()}
            self._sync_types.update((name, None) for name in asked - set(policies))
        kinds = self._sync_types
        return [
            replace(mirror, sync_type=kinds.get(mirror.policy or "")) if mirror.synchronous else mirror
            for mirror in mirrors
        ]


def _consistency_group_volumes(members: Members) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """As both ends name them, in pairs by their order; nothing for a relationship between volumes."""
    if not members:
        return {}, {}
    sources, destinations = zip(*members)
    return tuple({"consistency_group_volumes": [{"name": name} for name in names]} for names in (sources, destinations))  # type: ignore[return-value]


def _members(document: Mapping[str, Any]) -> Members:
    """Pairs by equal names where all are equal, else by their order, which is that of the request that made them."""
    ends = [dig(document, f"{end}.consistency_group_volumes") or () for end in ("source", "destination")]
    sources, destinations = ([str(one["name"]) for one in end if one.get("name")] for end in ends)
    if set(sources) == set(destinations):
        return tuple((name, name) for name in sources)
    return tuple(zip(sources, destinations)) if len(sources) == len(destinations) else ()


def _settled(synchronous: bool) -> str:
    return State.IN_SYNC.value if synchronous else State.SNAPMIRRORED.value


def mirror_from_rest(document: Mapping[str, Any], schedule_told: bool = True) -> Mirror:
    """schedule_told: whether the release tells schedules; unset properties are left out, so absent then means none."""
    schedule = dig(document, "transfer_schedule.name")
    destination = _path(document, "destination")
    return Mirror(
        source=_path(document, "source"),
        destination=destination,
        uuid=document.get("uuid"),
        state=State.of(document.get("state")),
        source_svm_name=dig(document, "source.svm.name"),
        source_cluster=dig(document, "source.cluster.name"),
        healthy=document.get("healthy"),
        unhealthy_reasons=_reasons(document.get("unhealthy_reason")),
        lag_s=duration.seconds(document.get("lag_time")),
        exported_snapshot=document.get("exported_snapshot"),
        transfer_uuid=dig(document, "transfer.uuid"),
        transfer_state=dig(document, "transfer.state"),
        transfer_end_time=dig(document, "transfer.end_time"),
        transferred_bytes=number(dig(document, "transfer.bytes_transferred")),
        last_transfer_type=document.get("last_transfer_type"),
        policy=dig(document, "policy.name"),
        policy_type=dig(document, "policy.type"),
        schedule=schedule or ("" if schedule_told else None),
        throttle_kbps=number(document.get("throttle")),
        is_restore=document.get("restore") is True,
        members=_members(document),
        identity_preservation=document.get("identity_preservation"),
        failover=dig(document, "consistency_group_failover.state"),
        failover_error=dig(document, "consistency_group_failover.error.message"),
        group_type=str(document.get("group_type") or _group_type(destination)),
    )


def source_record_from_rest(document: Mapping[str, Any]) -> SourceRecord:
    return SourceRecord(
        _path(document, "source"),
        _path(document, "destination"),
        document.get("uuid"),
        dig(document, "destination.cluster.name"),
    )


def _path(document: Mapping[str, Any], end: str) -> Path:
    """A path in no form that we know stays visible as a volume of its SVM, so that it is never taken for absent."""
    text = str(dig(document, f"{end}.path") or "")
    try:
        return Path.parse(text)
    except ValueError:
        return Path(str(dig(document, f"{end}.svm.name") or ""), text)


def _reasons(found: Any) -> Tuple[str, ...]:
    """An array of {code, message}; older releases are known to answer one such object."""
    rows = found if isinstance(found, list) else [found]
    said = [(str(row.get("message") or ""), str(row.get("code") or "")) for row in rows if isinstance(row, dict)]
    return tuple(f"{message} ({code})".strip() if code else message for message, code in said if message or code)


def _group_type(destination: Path) -> str:
    """For releases that do not tell it."""
    if not destination.volume:
        return "svm_dr"
    return "consistency_group" if destination.group else "none"
