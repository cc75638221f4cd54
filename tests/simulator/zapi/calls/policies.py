# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror policies and their rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...model import policies
from ...model.policies import MirrorPolicy, Rule
from .. import errors
from ..errors import Failed
from ..iterators import Listing, Record
from ..reply import Handler, Reply
from ..scope import Scope
from ..wire import Call

_SYNC_TYPES = {
    "sync": "sync_mirror",
    "strict_sync": "strict_sync_mirror",
    "automated_failover": "automated_failover",
    "automated_failover_duplex": "automated_failover_duplex",
}
_KINDS: Mapping[str, Mapping[str, Any]] = {
    "async_mirror": {"copies": "latest"},
    "vault": {"takes_snapshot": False},
    "mirror_vault": {},
    **{word: {"type": "sync", "sync_type": name} for name, word in _SYNC_TYPES.items()},
}
TAKEN, EVERY = "sm_created", "all_source_snapshots"
MOST_RULES = 10


def _policies(scope: Scope) -> Iterable[Record]:
    for each in scope.cluster.mirror_policies:
        if scope.tunnel is None or each.svm in (None, scope.tunnel):
            yield _policy(each, scope.cluster.name)


def _policy(policy: MirrorPolicy, cluster: str) -> Record:
    rules = [_rule(rule) for rule in (*_own_rules(policy), *policy.rules)]
    return {
        "policy-name": policy.name,
        "vserver-name": policy.svm.name if policy.svm else cluster,
        "owner": "vserver_admin" if policy.svm else "cluster_admin",
        "type": policy_type(policy),
        "comment": policy.comment,
        "create-snapshot": policy.takes_snapshot,
        "total-rules": len(rules),
        "snapmirror-policy-rules": rules,
    }


def _own_rules(policy: MirrorPolicy) -> Iterable[Rule]:
    """ONTAPI tells as rules what REST tells apart: what a transfer takes, and that all is copied."""
    if policy.type == "async" and policy.takes_snapshot:
        yield Rule(TAKEN, 1)
    if policy.copies == "all":
        yield Rule(EVERY, 1)


def _rule(rule: Rule) -> Record:
    return {
        "snapmirror-label": rule.label,
        "keep": str(rule.count),
        "prefix": rule.prefix or None,
        "schedule": rule.schedule.name if rule.schedule else None,
        "preserve": False,
        "warn": 0,
    }


def policy_type(policy: MirrorPolicy) -> str:
    """As ONTAPI names the kinds of policies."""
    if policy.type != "async":
        return _SYNC_TYPES.get(policy.sync_type or "", policy.type)
    if policy.copies != "rules":
        return "async_mirror"
    return "mirror_vault" if policy.takes_snapshot else "vault"


# ---- making and changing


def _create(scope: Scope, call: Call) -> Reply:
    name, kind = call.need("policy-name"), call.need("type")
    if kind not in _KINDS:
        raise Failed(errors.BAD_INPUT, f'Invalid value for type: "{kind}"')
    fields = _KINDS[kind]
    uuid = scope.cluster.world.ids.new("snapmirror-policy")
    made = MirrorPolicy(uuid, name, svm=scope.svm, comment=call.text("comment") or "", **fields)
    policies.create(scope.cluster, made)
    return Reply({"result": _policy(made, scope.cluster.name)} if call.flag("return-record") else {})


def _modify(scope: Scope, call: Call) -> Reply:
    policy, comment = _own(scope, call), call.text("comment")
    policy.comment = policy.comment if comment is None else comment
    return Reply()


def _delete(scope: Scope, call: Call) -> Reply:
    policies.delete(scope.cluster, _own(scope, call))
    return Reply()


def _own(scope: Scope, call: Call) -> MirrorPolicy:
    """An SVM changes its own policies only."""
    name = call.need("policy-name")
    for policy in scope.cluster.mirror_policies:
        if policy.name == name and policy.svm is scope.svm:
            return policy
    raise Failed(errors.NOT_FOUND, f'entry doesn\'t exist: SnapMirror policy "{name}"')


def _add_rule(scope: Scope, call: Call) -> Reply:
    policy, label = _own(scope, call), call.need("snapmirror-label")
    count = _count(call.need("keep"))
    if any(rule.label == label for rule in (*_own_rules(policy), *policy.rules)):
        raise Failed(errors.DUPLICATE, f'duplicate entry: rule "{label}" of policy "{policy.name}"')
    if label in (TAKEN, EVERY) or policy.copies != "rules":
        if label != EVERY or policy.copies != "latest" or count != 1:
            raise Failed(errors.GENERIC, f'Rule "{label}" cannot be added to policy "{policy.name}".')
        policy.copies = "all"
        return Reply()
    if len(policy.rules) >= MOST_RULES:
        raise Failed(errors.GENERIC, f'Policy "{policy.name}" cannot have more than {MOST_RULES} rules.')
    policy.rules = (*policy.rules, Rule(label, count))
    return Reply()


def _modify_rule(scope: Scope, call: Call) -> Reply:
    policy, found = _with_rule(scope, call)
    keep = call.text("keep")
    if keep:
        policy.rules = tuple(replace(rule, count=_count(keep)) if rule is found else rule for rule in policy.rules)
    return Reply()


def _remove_rule(scope: Scope, call: Call) -> Reply:
    policy, found = _with_rule(scope, call)
    policy.rules = tuple(rule for rule in policy.rules if rule is not found)
    return Reply()


def _with_rule(scope: Scope, call: Call) -> tuple[MirrorPolicy, Rule]:
    policy, label = _own(scope, call), call.need("snapmirror-label")
    for rule in policy.rules:
        if rule.label == label:
            return policy, rule
    raise Failed(
        errors.NOT_FOUND, f'entry doesn\'t exist: rule "{label}" of policy "{policy.name}" that can be changed'
    )


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1023:
        raise Failed(errors.BAD_INPUT, f'Invalid value for keep: "{text}"')
    return int(text)


LISTINGS: Mapping[str, Listing] = {"snapmirror-policy-get-iter": Listing(_policies, ("vserver-name", "policy-name"))}
HANDLERS: Mapping[str, Handler] = {
    "snapmirror-policy-create": _create,
    "snapmirror-policy-modify": _modify,
    "snapmirror-policy-delete": _delete,
    "snapmirror-policy-add-rule": _add_rule,
    "snapmirror-policy-modify-rule": _modify_rule,
    "snapmirror-policy-remove-rule": _remove_rule,
}
