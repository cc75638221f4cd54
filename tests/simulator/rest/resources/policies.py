# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/snapmirror/policies"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import policies
from ...model.errors import Refused, not_found
from ...model.policies import MirrorPolicy, Rule
from ..resource import Resource, Written
from .documents import Body, known, ref


class MirrorPolicies(Resource):
    path = "/snapmirror/policies"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [document(policy) for policy in self.cluster.mirror_policies]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        name, uuid = given.take("svm.name"), given.take("svm.uuid")
        kind = given.take("type", "async")
        policy = MirrorPolicy(
            uuid=self.cluster.world.ids.new("snapmirror-policy"),
            name=given.take("name"),
            type=kind,
            sync_type=given.take("sync_type") or ("sync" if kind == "sync" else None),
            svm=self.cluster.find_svm(name, uuid) if name or uuid else None,
            comment=given.take("comment", ""),
            copies=_copies(given),
            takes_snapshot=given.take("create_snapshot_on_source", True),
            rules=self._rules(given.take("retention")),
            transfer_schedule=self._schedule(given.named("transfer_schedule")),
            throttle=given.take("throttle", 0),
            identity_preservation=given.take("identity_preservation"),
            network_compression=given.take("network_compression_enabled", False),
        )
        policies.create(self.cluster, policy)
        return Written({"uuid": policy.uuid, "name": policy.name})

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        policy = self._find(record)
        policies.check_changeable(policy)
        given = Body(body)
        if "retention" in given.rest:
            policy.rules = self._rules(given.take("retention"))
        if "transfer_schedule" in given.rest:
            policy.transfer_schedule = self._schedule(given.named("transfer_schedule"))
        for name, attribute in (
            ("comment", "comment"),
            ("throttle", "throttle"),
            ("network_compression_enabled", "network_compression"),
            ("identity_preservation", "identity_preservation"),
        ):
            value = given.take(name)
            if value is not None:
                setattr(policy, attribute, value)
        for relationship in self.cluster.relationships.values():
            if relationship.policy is policy:
                relationship.arm()
                relationship.set_throttle(relationship.throttle)
        return Written({"uuid": policy.uuid, "name": policy.name})

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        policy = self._find(record)
        policies.delete(self.cluster, policy)
        return Written({"uuid": policy.uuid, "name": policy.name})

    def _find(self, record: Mapping[str, Any]) -> MirrorPolicy:
        for policy in self.cluster.mirror_policies:
            if policy.uuid == record["uuid"]:
                return policy
        raise not_found(target="uuid")

    def _schedule(self, name: str | None) -> Any:
        if name is None:
            return None
        for schedule in self.cluster.schedules.values():
            if name in (schedule.name, schedule.uuid):
                return schedule
        raise Refused("6619699", f'Schedule "{name}" does not exist.', "transfer_schedule.name")

    def _rules(self, given: list[Mapping[str, Any]] | None) -> tuple[Rule, ...]:
        rules = []
        for each in given or []:
            schedule = each.get("creation_schedule") or {}
            count = int(each.get("count", 1))
            if not 1 <= count <= 1023:
                raise Refused("13304126", f"The count {count} is out of range.", "retention.count")
            rules.append(
                Rule(
                    each["label"],
                    count,
                    each.get("prefix", ""),
                    self._schedule(schedule.get("name") or schedule.get("uuid")),
                )
            )
        if len(rules) > 10:
            raise Refused("13303887", "A policy cannot have more than 10 retention rules.", "retention")
        return tuple(rules)


def _copies(given: Body) -> str:
    if given.take("copy_all_source_snapshots"):
        return "all"
    return "latest" if given.take("copy_latest_source_snapshot") else "rules"


def document(policy: MirrorPolicy) -> dict[str, Any]:
    is_async = policy.type == "async"
    return known(
        {
            "uuid": policy.uuid,
            "name": policy.name,
            "type": policy.type,
            "sync_type": policy.sync_type,
            "scope": "svm" if policy.svm else "cluster",
            "svm": ref(policy.svm) if policy.svm else None,
            "comment": policy.comment,
            "copy_all_source_snapshots": True if policy.copies == "all" else None,
            "copy_latest_source_snapshot": True if policy.copies == "latest" else None,
            "create_snapshot_on_source": policy.takes_snapshot if is_async else None,
            "identity_preservation": policy.identity_preservation,
            "network_compression_enabled": policy.network_compression,
            "retention": [
                known(
                    {
                        "label": rule.label,
                        "count": str(rule.count),
                        "prefix": rule.prefix or None,
                        "creation_schedule": ref(rule.schedule) if rule.schedule else None,
                        "preserve": False,
                        "warn": 0,
                    }
                )
                for rule in policy.rules
            ]
            or None,
            "throttle": policy.throttle if is_async else None,
            "transfer_schedule": ref(policy.transfer_schedule) if policy.transfer_schedule else None,
        }
    )
