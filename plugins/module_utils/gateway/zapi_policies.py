# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror policies over ZAPI: their kind, their comment and their rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..model.errors import ApiError
from ..model.policy import MirrorPolicy, RetentionRule
from ..transport import codes
from ..transport.zapi import Document, listed
from .zapi_cluster import POLICY_SETTINGS, ZapiCluster, leaves, number, policy_from_zapi

FIELDS = {"snapmirror-policy-info": leaves("policy-name", "type", "vserver-name", "comment", "snapmirror-policy-rules")}
EVERY = "all_source_snapshots"
OWN_RULES = ("sm_created", EVERY)
"""Labels of rules that say what is copied, not how much is kept."""


class ZapiPolicies(ZapiCluster):
    """The name of a policy stands for its uuid. Transfer schedules and throttles have no word in ONTAPI."""

    def mirror_policies(self) -> dict[str, MirrorPolicy]:
        """Those that this SVM can use; its own goes before one of the cluster with the same name."""
        found = [detail_from_zapi(record, self.svm) for record in self._records("snapmirror-policy-get-iter", FIELDS)]
        return {policy.name: policy for policy in sorted(found, key=lambda policy: policy.svm is not None)}

    def policy_create(self, name: str, declared: Mapping[str, Any]) -> str | None:
        """With its rules. What is left of a try whose answer was lost is made whole, so it may be asked for again."""
        self._check(declared)
        args = {"policy-name": name, "type": _type(declared)}
        if declared.get("comment"):
            args["comment"] = declared["comment"]
        try:
            self._zapi.write("snapmirror-policy-create", args)
        except ApiError as refused:
            if refused.code != codes.DUPLICATE or not self._is_left_over(name, declared):
                raise
        self._converge_rules(name, declared)
        return None

    def policy_modify(self, uuid: str, changes: Mapping[str, Any]) -> str | None:
        self._check(changes)
        if "comment" in changes:
            self._zapi.write("snapmirror-policy-modify", {"policy-name": uuid, "comment": changes["comment"]})
        self._converge_rules(uuid, changes)
        return None

    # -- parts

    def _check(self, declared: Mapping[str, Any]) -> None:
        unknown = sorted(set(declared) - set(POLICY_SETTINGS))
        if unknown:
            raise self._unsupported(f"{' and '.join(unknown)} of SnapMirror policies are")
        if declared.get("type", "async") != "async":
            raise self._unsupported(f"making policies of type {declared['type']} is")
        if any(rule.get("prefix") or rule.get("schedule") for rule in declared.get("retention") or ()):
            raise self._unsupported("rules of SnapMirror policies with a prefix or a schedule are")

    def _is_left_over(self, name: str, declared: Mapping[str, Any]) -> bool:
        """Whether the SVM's own policy of that name is of the kind that was asked for."""
        there = self.mirror_policies().get(name)
        return there is not None and there.svm == self.svm and _kind(there) == _type(declared)

    def _converge_rules(self, name: str, declared: Mapping[str, Any]) -> None:
        held = self._rules(name)
        if declared.get("copy_all_source_snapshots") and EVERY not in held:
            self._rule("add", name, EVERY, 1)
        if "retention" not in declared:
            return
        asked = {str(rule["label"]): int(rule["count"]) for rule in declared["retention"]}
        for label in set(held) - set(asked) - set(OWN_RULES):
            self._rule("remove", name, label)
        for label, count in asked.items():
            if held.get(label) != count:
                self._rule("modify" if label in held else "add", name, label, count)

    def _rules(self, name: str) -> dict[str, int | None]:
        """{label: how many are kept}"""
        query = {"snapmirror-policy-info": {"policy-name": name, "vserver-name": self.svm}}
        for record in self._records("snapmirror-policy-get-iter", FIELDS, query):
            if record.get("policy-name") == name and record.get("vserver-name") == self.svm:
                return {str(rule.get("snapmirror-label")): number(rule.get("keep")) for rule in _rules_of(record)}
        raise self._gone(f"SnapMirror policy {name} in SVM {self.svm}")

    def _rule(self, verb: str, policy: str, label: str, keep: int | None = None) -> None:
        args: dict[str, Any] = {"policy-name": policy, "snapmirror-label": label}
        if keep is not None:
            args["keep"] = keep
        self._zapi.write(RULE_CALLS[verb], args)


RULE_CALLS = {
    "add": "snapmirror-policy-add-rule",
    "modify": "snapmirror-policy-modify-rule",
    "remove": "snapmirror-policy-remove-rule",
}


def _type(declared: Mapping[str, Any]) -> str:
    if declared.get("copy_all_source_snapshots"):
        return "async_mirror"
    return "vault" if declared.get("create_snapshot_on_source") is False else "mirror_vault"


def _kind(policy: MirrorPolicy) -> str:
    """The same of one that is there."""
    if policy.copy_all_source_snapshots or policy.copy_latest_source_snapshot:
        return "async_mirror"
    return "vault" if policy.create_snapshot_on_source is False else "mirror_vault"


def _rules_of(record: Document) -> Collection[Document]:
    return [rule for rule in listed(record.get("snapmirror-policy-rules")) if isinstance(rule, dict)]


def detail_from_zapi(record: Document, svm: str) -> MirrorPolicy:
    """Of an asynchronous one its type says whether a transfer takes a snapshot, and what else is copied."""
    plain, rules = policy_from_zapi(record, svm), _rules_of(record)
    mirrors_all = any(rule.get("snapmirror-label") == EVERY for rule in rules)
    kind = str(record.get("type") or "")
    return MirrorPolicy(
        name=plain.name,
        svm=plain.svm,
        uuid=plain.name,
        type=plain.type,
        sync_type=plain.sync_type,
        comment=str(record.get("comment") or ""),
        retention=tuple(
            sorted(map(rule_from_zapi, (one for one in rules if one.get("snapmirror-label") not in OWN_RULES)))
        ),
        copy_all_source_snapshots=mirrors_all,
        copy_latest_source_snapshot=kind == "async_mirror" and not mirrors_all,
        create_snapshot_on_source=kind != "vault" if plain.type == "async" else None,
    )


def rule_from_zapi(rule: Document) -> RetentionRule:
    return RetentionRule(
        str(rule.get("snapmirror-label") or ""),
        number(rule.get("keep")) or 1,
        str(rule.get("prefix") or ""),
        "" if rule.get("schedule") in (None, "-") else str(rule["schedule"]),
    )
