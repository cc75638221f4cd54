# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/protocols/nfs/export-policies and their rules"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...model import exports
from ...model.errors import not_found
from ...model.exports import ExportPolicy, ExportRule
from ..resource import Resource, Written
from .documents import Body, known, ref

if TYPE_CHECKING:
    from ...model.cluster import Cluster

_RULE_DEFAULTS = {
    "allow_device_creation": True,
    "allow_suid": True,
    "anonymous_user": "none",
    "chown_mode": "restricted",
    "ntfs_unix_security": "fail",
    "protocols": ["any"],
    "superuser": ["any"],
    "ro_rule": ["any"],
    "rw_rule": ["any"],
}


class ExportPolicies(Resource):
    path = "/protocols/nfs/export-policies"
    key = ("id",)

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [
            {
                "id": policy.id,
                "name": policy.name,
                "svm": ref(svm),
                "rules": [{"index": rule.index, **rule.properties} for rule in policy.rules],
            }
            for svm in self.cluster.svms.values()
            for policy in svm.export_policies.values()
        ]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        svm = self.cluster.find_svm(given.take("svm.name"), given.take("svm.uuid"))
        rules = [rule_properties(rule) for rule in given.take("rules") or []]
        policy = exports.create(svm, given.take("name"), rules)
        return Written({"id": policy.id, "name": policy.name, "svm.name": svm.name})

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        policy = find(self.cluster, record["id"])
        if body.get("name") is not None:
            exports.rename(policy, body["name"])
        if body.get("rules") is not None:
            policy.rules = []
            for rule in body["rules"]:
                policy.add_rule(rule_properties(rule))
        return Written({"id": policy.id, "name": policy.name})

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        policy = find(self.cluster, record["id"])
        exports.delete(policy)
        return Written({"id": policy.id, "name": policy.name})


class ExportRules(Resource):
    path = "/protocols/nfs/export-policies/{policy.id}/rules"
    key = ("index",)

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [
            known(
                {
                    "index": rule.index,
                    **rule.properties,
                    "policy": {"id": policy.id, "name": policy.name},
                    "svm": ref(policy.svm),
                }
            )
            for policy in self._policies(scope)
            for rule in policy.rules
        ]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        policy = find(self.cluster, scope["policy.id"])
        rule = policy.add_rule(rule_properties(body), body.get("index"))
        return Written({"index": rule.index, "policy.id": policy.id})

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        policy, rule = self._find(scope, record)
        rule.properties = {**rule.properties, **{name: value for name, value in body.items() if name != "index"}}
        if body.get("index") not in (None, rule.index):
            policy.rules.remove(rule)
            rule = policy.add_rule(rule.properties, body["index"])
        return Written({"index": rule.index, "policy.id": policy.id})

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        policy, rule = self._find(scope, record)
        policy.rules.remove(rule)
        return Written({"index": rule.index, "policy.id": policy.id})

    def _policies(self, scope: Mapping[str, str]) -> list[ExportPolicy]:
        if scope["policy.id"] == "*":
            return [policy for svm in self.cluster.svms.values() for policy in svm.export_policies.values()]
        return [find(self.cluster, scope["policy.id"])]

    def _find(self, scope: Mapping[str, str], record: Mapping[str, Any]) -> tuple[ExportPolicy, ExportRule]:
        policy = find(self.cluster, record["policy"]["id"])
        return policy, policy.rule(record["index"])


def find(cluster: Cluster, policy_id: Any) -> ExportPolicy:
    for svm in cluster.svms.values():
        for policy in svm.export_policies.values():
            if str(policy.id) == str(policy_id):
                return policy
    raise not_found(target="policy.id")


def rule_properties(given: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in given.items() if name not in ("index", "policy", "svm")}
    return {**_RULE_DEFAULTS, **own}
