# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an SVM can give its volumes: export policies with their rules, snapshot policies, QoS policies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..model.presentation import ExportPolicy
from ..transport.rest import dig, literal
from .rest_cluster import FLOOR, RestCluster, Version

POLICIES = "/protocols/nfs/export-policies"
POLICY_FIELDS: Mapping[str, Version] = {
    **dict.fromkeys(("id", "name", "svm.name", "rules"), FLOOR),
    "are_rules_truncated": (9, 18, 1),
}
RULE_FIELDS: Mapping[str, Version] = {
    **dict.fromkeys(("clients", "protocols", "ro_rule", "rw_rule", "superuser", "anonymous_user"), FLOOR),
    **dict.fromkeys(("chown_mode", "allow_suid", "allow_device_creation", "ntfs_unix_security"), (9, 9, 1)),
}
SNAPSHOT_POLICIES, SNAPSHOT_POLICY_FIELDS = "/storage/snapshot-policies", ("name", "scope", "svm.name")
QOS_POLICIES = "/storage/qos/policies"
QOS_FIELDS: Mapping[str, Version] = {**dict.fromkeys(("name", "svm.name"), FLOOR), "scope": (9, 11, 1)}


class RestExports(RestCluster):
    def export_policies(self) -> dict[str, ExportPolicy]:
        query = {"svm.name": literal(self.svm)}
        return {
            str(document.get("name")): ExportPolicy(str(document.get("name")), self._rules(document))
            for document in self._rest.collection(POLICIES, self._fields(POLICY_FIELDS), query)
        }

    def _rules(self, document: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        """All of a policy's rules; a long list is cut short in the policy's own document (from 9.18.1)."""
        rules = document.get("rules") or []
        if document.get("are_rules_truncated") is True:
            rules = self._rest.collection(
                f"{POLICIES}/{document.get('id')}/rules", ["index", *self._fields(RULE_FIELDS)]
            )
        return tuple(rule_from_rest(rule) for rule in sorted(rules, key=lambda rule: rule.get("index") or 0))

    def snapshot_policies(self) -> frozenset[str]:
        """Names of those that this SVM can use."""
        return self._usable(SNAPSHOT_POLICIES, SNAPSHOT_POLICY_FIELDS)

    def qos_policies(self) -> frozenset[str]:
        """Names of those that this SVM can use; before 9.11.1 the array does not tell, and all are named."""
        return self._usable(QOS_POLICIES, self._fields(QOS_FIELDS))

    def _usable(self, path: str, fields: Collection[str]) -> frozenset[str]:
        found = self._rest.collection(path, fields)
        return frozenset(
            str(one.get("name"))
            for one in found
            if dig(one, "svm.name") in (None, self.svm) or one.get("scope") != "svm"
        )

    def export_policy_create(self, name: str, rules: Collection[Mapping[str, Any]]) -> str | None:
        known = self._fields(RULE_FIELDS)
        body = {"name": name, "svm": {"name": self.svm}, "rules": [rule_to_rest(rule, known) for rule in rules]}
        return self._rest.post_now(POLICIES, {name: value for name, value in body.items() if value != []})


def rule_from_rest(document: Mapping[str, Any]) -> dict[str, Any]:
    rule = {name: document[name] for name in RULE_FIELDS if document.get(name) is not None}
    rule["clients"] = [str(client.get("match")) for client in document.get("clients") or ()]
    return rule


def rule_to_rest(rule: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    body = {name: value for name, value in rule.items() if name in known}
    return {**body, "clients": [{"match": client} for client in rule.get("clients") or ()]}
