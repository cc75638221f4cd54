# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an SVM can give its volumes, over ZAPI; and empty export policies as locks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..model.errors import ApiError, BadInput
from ..model.presentation import ExportPolicy
from ..transport import codes
from ..transport.zapi import Document, listed
from .zapi_cluster import ZapiCluster, flag, leaves, number

POLICY_FIELDS = {"export-policy-info": leaves("policy-name", "vserver")}
FLAVOR = "security-flavor"
RULE_FIELDS = {
    "export-rule-info": leaves(
        "policy-name", "rule-index", "client-match", "protocol", "ro-rule", "rw-rule", "super-user-security",
        "anonymous-user-id", "export-chown-mode", "export-ntfs-unix-security-ops", "is-allow-set-uid-enabled",
        "is-allow-dev-is-enabled",
    )
}  # fmt: skip
MAKING = "dm_making_"
"""How the names of export policies begin that are not complete; what is left of such a one is made anew."""
ITEMS = {"protocols": "access-protocol", "ro_rule": FLAVOR, "rw_rule": FLAVOR, "superuser": FLAVOR}
LISTS = {"protocols": "protocol", "ro_rule": "ro-rule", "rw_rule": "rw-rule", "superuser": "super-user-security"}
WORDS = {
    "anonymous_user": "anonymous-user-id",
    "chown_mode": "export-chown-mode",
    "ntfs_unix_security": "export-ntfs-unix-security-ops",
}
FLAGS = {"allow_suid": "is-allow-set-uid-enabled", "allow_device_creation": "is-allow-dev-is-enabled"}


class ZapiExports(ZapiCluster):
    def export_policies(self) -> dict[str, ExportPolicy]:
        """Two bulk requests."""
        rules: dict[str, list[Document]] = {}
        for record in self._records("export-rule-get-iter", RULE_FIELDS):
            rules.setdefault(str(record.get("policy-name")), []).append(record)
        found = {}
        for record in self._records("export-policy-get-iter", POLICY_FIELDS):
            name = str(record.get("policy-name"))
            ordered = sorted(rules.get(name, ()), key=lambda rule: number(rule.get("rule-index")) or 0)
            found[name] = ExportPolicy(name, tuple(map(rule_from_zapi, ordered)))
        return found

    def export_policy_create(self, name: str, rules: Collection[Mapping[str, Any]]) -> str | None:
        """Under a name of its own, which it loses when its last rule is there: a policy is never seen half made."""
        wanted = [rule_to_zapi(rule) for rule in rules]
        making, there = MAKING + name, self.locks("")
        if name in there:
            raise ApiError(
                f"{self.address} has an export policy {name} in SVM {self.svm} already", 409, codes.DUPLICATE
            )
        if making in there:
            self._zapi.write("export-policy-destroy", {"policy-name": making})
        self._zapi.write("export-policy-create", {"policy-name": making})
        for index, rule in enumerate(wanted, 1):
            self._zapi.write("export-rule-create", {"policy-name": making, "rule-index": index, **rule})
        self._zapi.write("export-policy-rename", {"policy-name": making, "new-policy-name": name})
        return None

    def snapshot_policies(self) -> frozenset[str]:
        found = self._records("snapshot-policy-get-iter", {"snapshot-policy-info": leaves("policy")})
        return frozenset(str(record.get("policy")) for record in found)

    def qos_policies(self) -> frozenset[str]:
        found = self._records("qos-policy-group-get-iter", {"qos-policy-group-info": leaves("policy-group")})
        return frozenset(str(record.get("policy-group")) for record in found)

    # -- locks

    def lock_create(self, name: str) -> None:
        """Raises ApiError with code 1 where the name is taken."""
        self._zapi.write("export-policy-create", {"policy-name": name})

    def locks(self, prefix: str) -> dict[str, str]:
        """The name of a lock is its id as well."""
        query = {"export-policy-info": {"policy-name": prefix + "*"}}
        names = [
            str(record.get("policy-name")) for record in self._records("export-policy-get-iter", POLICY_FIELDS, query)
        ]
        return {name: name for name in names if name.startswith(prefix)}

    def lock_delete(self, lock_id: str) -> None:
        self._zapi.write("export-policy-destroy", {"policy-name": lock_id})


def rule_from_zapi(record: Document) -> dict[str, Any]:
    """In REST's names, as ExportPolicy holds rules."""
    rule: dict[str, Any] = {name: listed(record[element]) for name, element in LISTS.items() if record.get(element)}
    rule.update((name, record[element]) for name, element in WORDS.items() if record.get(element))
    told = {name: flag(record.get(element)) for name, element in FLAGS.items()}
    rule.update((name, value) for name, value in told.items() if value is not None)
    rule["clients"] = [client for client in str(record.get("client-match") or "").split(",") if client]
    return rule


def rule_to_zapi(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse. Raises BadInput for a rule that says not who may read and write, which ONTAPI must be told."""
    missing = [name for name in ("clients", "ro_rule", "rw_rule") if not rule.get(name)]
    if missing:
        raise BadInput(f"an export rule needs {' and '.join(missing)} to be made over ZAPI")
    made: dict[str, Any] = {"client-match": ",".join(map(str, rule["clients"]))}
    made.update(
        (element, [(ITEMS[name], str(item)) for item in rule[name]])
        for name, element in LISTS.items()
        if rule.get(name)
    )
    made.update((element, rule[name]) for name, element in {**WORDS, **FLAGS}.items() if rule.get(name) is not None)
    return made
