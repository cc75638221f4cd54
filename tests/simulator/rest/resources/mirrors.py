# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/snapmirror/relationships and their transfers"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...model import active_sync, expansion, mirror_change, peers, svm_dr, svm_failback
from ...model.errors import Refused, not_found
from ...model.jobs import Job
from ...model.mirror_change import UNSET, Flags
from ...model.mirrors import Relationship, SourceEntry
from ...model.pairing import NewMirror
from ...model.transfers import Transfer
from ...model.volumes import Volume
from ..resource import Resource, Written, picked
from .documents import Body, iso_duration, iso_time, known, ref


class Relationships(Resource):
    path = "/snapmirror/relationships"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        if _at_source(params):
            return [source_document(entry) for entry in self.cluster.source_entries.values()]
        return [document(each) for each in self.cluster.relationships.values()]

    def select(
        self, scope: Mapping[str, str], params: Mapping[str, Any], wanted: Mapping[str, frozenset[str]]
    ) -> Iterable[dict[str, Any]] | None:
        if _at_source(params):
            return None
        tells: dict[str, Callable[[Relationship], str]] = {
            "uuid": lambda each: each.uuid,
            "destination.path": lambda each: each.destination_path,
            "destination.svm.name": lambda each: each.destination.svm.name,
        }
        found = picked(self.cluster.relationships.values(), tells, wanted)
        return None if found is None else map(document, found)

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        if given.take("create_destination.enabled"):
            raise Refused("13303868", "Provisioning of destinations is not simulated.", "create_destination.enabled")
        if given.take("state") is not None:
            raise Refused("13303873", "state can only be given together with create_destination.", "state")
        if given.take("restore"):
            raise Refused("13303841", "Restore relationships are not simulated.", "restore")
        policy, policy_uuid = _policy(given)
        wanted = NewMirror(
            source_path=given.take("source.path"),
            destination_path=given.take("destination.path"),
            source_cluster=(given.take("source.cluster.name"), given.take("source.cluster.uuid")),
            policy=policy,
            policy_uuid=policy_uuid,
            schedule=given.named("transfer_schedule"),
            throttle=given.take("throttle", 0),
            source_volumes=given.take("source.consistency_group_volumes") or (),
            destination_volumes=given.take("destination.consistency_group_volumes") or (),
            identity_preservation=given.take("identity_preservation"),
        )
        uuid, job = mirror_change.create(self.cluster, wanted)
        return Written({"uuid": uuid}, job)

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        relationship = self._find(record)
        given = Body(body)
        if self._swaps_roles(relationship, given):
            return Written({"uuid": relationship.uuid}, active_sync.fail_over(relationship))
        self._check_paths(relationship, given)
        if _names_members(given):
            return Written({"uuid": relationship.uuid}, self._expand(relationship, given))
        if any(params.get(name) for name in ("failover", "force-failover", "failback")):
            return Written({"uuid": relationship.uuid}, self._fail_over(relationship, given, params))
        policy, policy_uuid = _policy(given)
        schedule = UNSET
        if "transfer_schedule" in given.rest:
            schedule = given.named("transfer_schedule")
        flags = Flags(
            force=bool(params.get("force")),
            restore_to_snapshot=given.take("restore_to_snapshot"),
            recover_after_break=bool(given.take("recover_after_break")),
            preserve=bool(given.take("preserve")),
            quick_resync=bool(given.take("quick_resync")),
        )
        if given.take("identity_preservation"):
            raise Refused("13304081", "identity_preservation cannot be modified.", "identity_preservation")
        job = mirror_change.modify(
            relationship,
            state=given.take("state"),
            flags=flags,
            policy=policy,
            policy_uuid=policy_uuid,
            schedule=schedule,
            throttle=given.take("throttle"),
        )
        return Written({"uuid": relationship.uuid}, job)

    def _fail_over(self, relationship: Relationship, given: Body, params: Mapping[str, Any]) -> Job:
        name = next(name for name in ("failover", "force-failover", "failback") if params.get(name))
        if relationship.group_type != "svm_dr":
            raise Refused("13303828", f"{name} is for SVM disaster recovery relationships only.", name)
        for field in ("transfer_schedule", "throttle"):
            if field in given.rest:
                raise Refused("13304082", f"{name} and {field} exclude each other.", field)
        if name == "failback":
            if given.take("state") != relationship.settled_state:
                raise Refused("13303837", f'{name} needs the state "{relationship.settled_state}".', "state")
            return svm_failback.fail_back(relationship)
        if given.rest.get("state"):
            raise Refused("13304156", f"state and {name} exclude each other.", "state")
        return svm_dr.fail_over(relationship, force=name == "force-failover")

    def _expand(self, relationship: Relationship, given: Body) -> Job:
        sources = given.take("source.consistency_group_volumes") or ()
        destinations = given.take("destination.consistency_group_volumes") or ()
        if given.rest:
            field = next(iter(given.rest))
            raise Refused("13304082", f"consistency_group_volumes and {field} exclude each other.", field)
        return expansion.expand(relationship, sources, destinations)

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        flags = [name for name in ("destination_only", "source_only", "source_info_only") if params.get(name)]
        if len(flags) > 1:
            raise Refused("13304082", f"{flags[0]} and {flags[1]} exclude each other.", flags[1])
        if flags and flags[0] != "destination_only":
            entry = self.cluster.source_entries[record["uuid"]]
            job = mirror_change.release(self.cluster, entry, info_only=flags[0] == "source_info_only")
        else:
            lun_maps = bool(params.get("delete_lun_maps_in_destination"))
            job = mirror_change.delete(self._find(record), destination_only=bool(flags), lun_maps=lun_maps)
        return Written({"uuid": record["uuid"]}, job)

    def _find(self, record: Mapping[str, Any]) -> Relationship:
        found = self.cluster.relationships.get(record["uuid"])
        if found is None:
            raise not_found(target="uuid")
        return found

    def _swaps_roles(self, relationship: Relationship, given: Body) -> bool:
        """A planned failover: the paths change places, together with the state that they come to."""
        swapped = {
            "source": {"path": relationship.destination_path},
            "destination": {"path": relationship.source_path},
            "state": "in_sync",
        }
        return relationship.policy.is_automated_failover and given.rest == swapped

    def _check_paths(self, relationship: Relationship, given: Body) -> None:
        """Paths in a PATCH reverse a relationship; the simulator offers only paths that say what is."""
        for side, is_now in (("source", relationship.source_path), ("destination", relationship.destination_path)):
            path = given.take(f"{side}.path")
            if path not in (None, is_now):
                raise Refused(
                    "13304120", f'{side}.path "{path}" differs from the relationship\'s "{is_now}".', f"{side}.path"
                )


def _names_members(given: Body) -> bool:
    sides = (given.rest.get(side) for side in ("source", "destination"))
    return any(isinstance(side, Mapping) and "consistency_group_volumes" in side for side in sides)


def _at_source(params: Mapping[str, Any]) -> bool:
    return any(params.get(name) for name in ("list_destinations_only", "source_only", "source_info_only"))


def _policy(given: Body) -> tuple[str | None, str | None]:
    policy = given.take("policy")
    if isinstance(policy, Mapping):
        return policy.get("name"), policy.get("uuid")
    return policy, None


def _members(each: Relationship | SourceEntry, volumes: Iterable[Volume]) -> list[dict[str, str]] | None:
    return [{"name": volume.name} for volume in volumes] if each.group_type == "consistency_group" else None


def document(each: Relationship) -> dict[str, Any]:
    return known(
        {
            "uuid": each.uuid,
            "source": {
                "path": each.source_path,
                "svm": ref(each.source.svm),
                "cluster": _cluster(each.source.cluster, each.cluster),
                "consistency_group_volumes": _members(each, (leg.source for leg in each.legs)),
            },
            "destination": {
                "path": each.destination_path,
                "svm": ref(each.destination.svm),
                "cluster": ref(each.cluster),
                "consistency_group_volumes": _members(each, (leg.destination for leg in each.legs)),
            },
            "policy": {**ref(each.policy), "type": each.policy.type},
            "state": each.state,
            "consistency_group_failover": _failover(each),
            "healthy": each.healthy,
            "unhealthy_reason": [{"code": code, "message": message} for code, message in each.unhealthy] or None,
            "lag_time": iso_duration(each.lag_s()),
            "exported_snapshot": each.exported.name if each.exported and each.group_type != "svm_dr" else None,
            "restore": False,
            "transfer": _transfer(each),
            "transfer_schedule": ref(each.schedule) if each.schedule else None,
            "throttle": each.throttle,
            "group_type": each.group_type,
            "last_transfer_type": each.last_transfer_type,
            "total_transfer_bytes": each.total_bytes,
            "total_transfer_duration": iso_duration(each.total_duration_s),
            "backoff_level": "high",
            "identity_preservation": each.identity if each.group_type == "svm_dr" else None,
        }
    )


def source_document(entry: SourceEntry) -> dict[str, Any]:
    source, destination = entry.source, entry.destination
    alias = peers.alias_of(source.svm, destination.svm)
    return known(
        {
            "uuid": entry.uuid,
            "source": {
                "path": source.path,
                "svm": ref(source.svm),
                "cluster": ref(source.cluster),
                "consistency_group_volumes": _members(entry, entry.volumes),
            },
            "destination": {
                "path": f"{alias}:{destination.locator}",
                "svm": {"name": alias, "uuid": destination.svm.uuid},
                "cluster": _cluster(destination.cluster, source.cluster),
            },
            "policy": {"type": entry.policy_type},
            "group_type": entry.group_type,
            "restore": False,
        }
    )


def _failover(each: Relationship) -> dict[str, Any] | None:
    failover = each.failover
    if failover is None:
        return None
    code, message = failover.error or (None, None)
    return {
        "type": failover.type,
        "state": failover.state,
        "status": {"message": failover.message},
        "error": {"code": code, "message": message},
    }


def _cluster(remote: Any, seen_from: Any) -> dict[str, str]:
    """A cluster by the name under which another one knows it."""
    peer = seen_from.cluster_peers.get(remote.uuid)
    return {"name": peer.name if peer else remote.name, "uuid": remote.uuid}


def _transfer(each: Relationship) -> dict[str, Any] | None:
    transfer = each.transfer
    if transfer is None:
        return None
    if transfer.state == "queued":
        return {"uuid": transfer.uuid, "state": "queued", "type": transfer.kind}
    return {
        "uuid": transfer.uuid,
        "state": transfer.state,
        "type": transfer.kind,
        "bytes_transferred": transfer.bytes_transferred,
        "total_duration": iso_duration(transfer.duration_s),
        "end_time": iso_time(transfer.ended_at),
        "last_updated_time": iso_time(each.world.now() if transfer.active else transfer.ended_at),
    }


class Transfers(Resource):
    path = "/snapmirror/relationships/{relationship.uuid}/transfers"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        """Those running and, in newer versions, those that ended in the last 24 hours; never queued ones."""
        return [
            transfer_document(each)
            for relationship in self._relationships(scope)
            for each in relationship.transfers()
            if each.state != "queued" and (each.active or self._tells_ended)
        ]

    def select(
        self, scope: Mapping[str, str], params: Mapping[str, Any], wanted: Mapping[str, frozenset[str]]
    ) -> Iterable[dict[str, Any]] | None:
        """By its uuid, which the relationship tells, a queued one can be found as well."""
        if "uuid" not in wanted:
            return None
        return [
            transfer_document(each)
            for relationship in self._relationships(scope)
            for each in relationship.transfers()
            if each.uuid in wanted["uuid"]
        ]

    @property
    def _tells_ended(self) -> bool:
        return tuple(int(part) for part in self.cluster.version.split(".")) >= (9, 10, 1)

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        relationship = self._relationship(scope)
        if body.get("files"):
            raise Refused("13303847", "files is for restore relationships only.", "files")
        transfer = mirror_change.start_transfer(
            relationship, source_snapshot=body.get("source_snapshot"), throttle=body.get("throttle") or 0
        )
        return Written({"uuid": transfer.uuid, "relationship.uuid": relationship.uuid})

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        for relationship in self._relationships(scope):
            for transfer in relationship.transfers():
                if transfer.uuid == record["uuid"]:
                    mirror_change.abort(transfer, str(body.get("state")))
                    return Written({"uuid": transfer.uuid, "relationship.uuid": relationship.uuid})
        raise not_found(target="uuid")

    def _relationships(self, scope: Mapping[str, str]) -> list[Relationship]:
        if scope["relationship.uuid"] == "*":
            return list(self.cluster.relationships.values())
        return [self._relationship(scope)]

    def _relationship(self, scope: Mapping[str, str]) -> Relationship:
        found = self.cluster.relationships.get(scope["relationship.uuid"])
        if found is None:
            raise not_found(target="relationship.uuid")
        return found


def transfer_document(transfer: Transfer) -> dict[str, Any]:
    relationship = transfer.relationship
    return known(
        {
            "uuid": transfer.uuid,
            "state": transfer.state,
            "bytes_transferred": transfer.bytes_transferred,
            "checkpoint_size": transfer.bytes_transferred if transfer.active else relationship.checkpoint_bytes,
            "end_time": iso_time(transfer.ended_at),
            "error_info": {"code": int(transfer.error[0]), "message": transfer.error[1]} if transfer.error else None,
            "last_updated_time": iso_time(relationship.world.now() if transfer.active else transfer.ended_at),
            "snapshot": transfer.snapshot_name,
            "throttle": transfer.throttle,
            "total_duration": iso_duration(transfer.duration_s),
            "relationship": {
                "uuid": relationship.uuid,
                "restore": False,
                "destination": {"path": relationship.destination_path, "svm": ref(relationship.destination.svm)},
            },
        }
    )
