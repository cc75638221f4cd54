# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror policies over REST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.policy import MirrorPolicy, RetentionRule
from ..transport.rest import dig
from .rest_cluster import FLOOR, RestCluster
from .rest_cluster import number as as_number

POLICIES = "/snapmirror/policies"
DETAIL_FIELDS = {
    "uuid": FLOOR,
    "name": FLOOR,
    "svm.name": FLOOR,
    "type": FLOOR,
    "sync_type": FLOOR,
    "comment": FLOOR,
    "transfer_schedule.name": FLOOR,
    "throttle": FLOOR,
    "retention": FLOOR,
    "copy_all_source_snapshots": (9, 10, 1),
    "copy_latest_source_snapshot": (9, 11, 1),
    "create_snapshot_on_source": (9, 11, 1),
}


class RestPolicies(RestCluster):
    def mirror_policies(self) -> dict[str, MirrorPolicy]:
        """Those that this SVM can use; its own goes before one of the cluster with the same name."""
        found = map(detail_from_rest, self._rest.collection(POLICIES, self._fields(DETAIL_FIELDS)))
        usable = [policy for policy in found if policy.svm in (None, self.svm)]
        return {policy.name: policy for policy in sorted(usable, key=lambda policy: policy.svm is not None)}

    def policy_create(self, name: str, declared: Mapping[str, Any]) -> str | None:
        return self._rest.post(POLICIES, {"name": name, "svm": {"name": self.svm}, **body_of(declared)})

    def policy_modify(self, uuid: str, changes: Mapping[str, Any]) -> str | None:
        return self._rest.patch(f"{POLICIES}/{uuid}", body_of(changes))


def body_of(declared: Mapping[str, Any]) -> dict[str, Any]:
    """declared: fields of MirrorPolicy."""
    body = {name: value for name, value in declared.items() if name not in ("schedule", "throttle_kbps", "retention")}
    if "schedule" in declared:
        body["transfer_schedule"] = {"name": declared["schedule"]}
    if "throttle_kbps" in declared:
        body["throttle"] = declared["throttle_kbps"]
    if "retention" in declared:
        body["retention"] = [_rule_body(rule) for rule in declared["retention"]]
    return body


def _rule_body(rule: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"label": rule["label"], "count": str(rule["count"])}
    if rule.get("prefix"):
        body["prefix"] = rule["prefix"]
    if rule.get("schedule"):
        body["creation_schedule"] = {"name": rule["schedule"]}
    return body


def detail_from_rest(document: Mapping[str, Any]) -> MirrorPolicy:
    rules = [
        RetentionRule(
            str(rule.get("label") or ""),
            as_number(rule.get("count")) or 1,
            str(rule.get("prefix") or ""),
            str(dig(rule, "creation_schedule.name") or ""),
        )
        for rule in document.get("retention") or ()
    ]
    return MirrorPolicy(
        name=str(document.get("name") or ""),
        svm=dig(document, "svm.name"),
        uuid=document.get("uuid"),
        type=document.get("type"),
        sync_type=document.get("sync_type"),
        comment=str(document.get("comment") or ""),
        schedule=str(dig(document, "transfer_schedule.name") or ""),
        throttle_kbps=as_number(document.get("throttle")) or 0,
        retention=tuple(sorted(rules)),
        copy_all_source_snapshots=bool(document.get("copy_all_source_snapshots")),
        copy_latest_source_snapshot=bool(document.get("copy_latest_source_snapshot")),
        create_snapshot_on_source=document.get("create_snapshot_on_source"),
    )
