# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NFS export policies and what else an SVM can give its volumes by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import exports
from ...model.exports import ExportPolicy, ExportRule
from ...model.svms import Svm
from .. import errors
from ..errors import Failed
from ..iterators import Listing, Record
from ..reply import Handler, Reply
from ..scope import Scope
from ..wire import Call

# ONTAPI's name of a rule's property: REST's
LISTS = {"protocol": "protocols", "ro-rule": "ro_rule", "rw-rule": "rw_rule", "super-user-security": "superuser"}
PLAIN = {
    "anonymous-user-id": "anonymous_user",
    "export-chown-mode": "chown_mode",
    "export-ntfs-unix-security-ops": "ntfs_unix_security",
}
FLAGS = {"is-allow-dev-is-enabled": "allow_device_creation", "is-allow-set-uid-enabled": "allow_suid"}


def _policies(scope: Scope) -> Iterable[Record]:
    for svm in scope.svms:
        for policy in svm.export_policies.values():
            yield {"policy-id": policy.id, "policy-name": policy.name, "vserver": svm.name}


def _rules(scope: Scope) -> Iterable[Record]:
    for svm in scope.svms:
        for policy in svm.export_policies.values():
            for rule in policy.rules:
                yield _rule(svm, policy, rule)


def _rule(svm: Svm, policy: ExportPolicy, rule: ExportRule) -> Record:
    has = rule.properties
    return {
        "policy-name": policy.name,
        "vserver-name": svm.name,
        "rule-index": rule.index,
        "client-match": ",".join(str(client["match"]) for client in has.get("clients") or ()),
        **{name: list(has[rest]) for name, rest in LISTS.items() if has.get(rest)},
        **{name: has[rest] for name, rest in {**PLAIN, **FLAGS}.items() if has.get(rest) is not None},
    }


def _create(scope: Scope, call: Call) -> Reply:
    svm, name = scope.svm, call.need("policy-name")
    made = exports.create(svm, name)
    if not call.flag("return-record"):
        return Reply()
    return Reply({"result": {"policy-id": made.id, "policy-name": name, "vserver": svm.name}})


def _policy(scope: Scope, call: Call) -> ExportPolicy:
    found = scope.svm.export_policies.get(call.need("policy-name"))
    if found is None:
        raise Failed(errors.NOT_FOUND, f'entry doesn\'t exist: export policy "{call.need("policy-name")}"')
    return found


def _destroy(scope: Scope, call: Call) -> Reply:
    exports.delete(_policy(scope, call))
    return Reply()


def _rename(scope: Scope, call: Call) -> Reply:
    exports.rename(_policy(scope, call), call.need("new-policy-name"))
    return Reply()


def _create_rule(scope: Scope, call: Call) -> Reply:
    properties: dict[str, Any] = {
        "clients": [{"match": client} for client in call.need("client-match").split(",")],
        **{rest: call.items(name) for name, rest in LISTS.items() if call.items(name)},
        **{rest: call.text(name) for name, rest in PLAIN.items() if call.text(name)},
        **{rest: call.flag(name) for name, rest in FLAGS.items() if call.text(name)},
    }
    _policy(scope, call).add_rule(properties, call.number("rule-index"))
    return Reply()


def _snapshot_policies(scope: Scope) -> Iterable[Record]:
    for policy in scope.cluster.snapshot_policies:
        yield {
            "policy": policy.name,
            "enabled": policy.enabled,
            "comment": policy.comment,
            "policy-owner": "cluster_admin",
            "vserver-name": scope.cluster.name,
            "total-schedules": len(policy.copies),
        }


def _qos_policies(scope: Scope) -> Iterable[Record]:
    for policy in scope.cluster.qos_policies.values():
        if scope.tunnel is None or policy.svm in (None, scope.tunnel):
            yield {
                "policy-group": policy.name,
                "uuid": policy.uuid,
                "vserver": policy.svm.name if policy.svm else scope.cluster.name,
                "policy-group-class": "user_defined",
            }


LISTINGS: Mapping[str, Listing] = {
    "export-policy-get-iter": Listing(_policies, ("vserver", "policy-name")),
    "export-rule-get-iter": Listing(_rules, ("vserver-name", "policy-name", "rule-index")),
    "snapshot-policy-get-iter": Listing(_snapshot_policies, ("policy",)),
    "qos-policy-group-get-iter": Listing(_qos_policies, ("vserver", "policy-group")),
}
HANDLERS: Mapping[str, Handler] = {
    "export-policy-create": _create,
    "export-policy-destroy": _destroy,
    "export-policy-rename": _rename,
    "export-rule-create": _create_rule,
}
