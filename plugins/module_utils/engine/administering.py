# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs that are about no single volume: SVMs, their peerings, and SnapMirror policies."""

from __future__ import annotations

from typing import Callable, Dict

from ..model.errors import NotYet
from ..model.plan import Step, Verb
from .act import Act, Hopeless, Kind, Seen
from .ports import Array, JobId


def _peer_create(array: Array, step: Step, _uuid: str) -> JobId:
    args = step.args
    return array.peer_create(args["peer_svm"], args.get("peer_cluster"), args["applications"], args.get("local_name"))


def _peer_accept(array: Array, step: Step, _uuid: str) -> JobId:
    """The peering may have come into being a moment ago, so its uuid is read now."""
    wanted = (step.args["peer_svm"], step.args.get("peer_cluster"))
    for peer in array.svm_peers():
        if peer.uuid and peer.peer_svm == wanted[0] and (wanted[1] is None or peer.peer_cluster in (None, wanted[1])):
            return array.peer_accept(peer.uuid)
    raise NotYet(f"SVM {array.svm} has not heard of a peering with {wanted[0]} yet")


def _has_applications(step: Step, seen: Seen) -> bool:
    return seen.peer is not None and set(step.args["applications"]) <= set(seen.peer.applications)


def _policy_says(step: Step, seen: Seen) -> bool:
    have = seen.mirror_policy.as_dict() if seen.mirror_policy is not None else {}
    wanted = step.args["changes"] if step.verb is Verb.POLICY_MODIFY else step.args["declared"]
    return bool(have) and all(have[name] == value for name, value in wanted.items())


def _svm_is(state: str) -> Callable[[Step, Seen], bool]:
    def proof(step: Step, seen: Seen) -> bool:
        if seen.svm is None:
            raise Hopeless(f"SVM {step.target.rstrip(':')} is not there")
        return seen.svm.state == state

    return proof


ADMINISTERING: Dict[Verb, Act] = {
    Verb.SVM_STOP: Act(
        lambda array, step, _: array.svm_set_running(step.args["uuid"], False), _svm_is("stopped"), (Kind.SVM,)
    ),
    Verb.SVM_START: Act(
        lambda array, step, _: array.svm_set_running(step.args["uuid"], True), _svm_is("running"), (Kind.SVM,)
    ),
    Verb.PEER_CREATE: Act(_peer_create, lambda step, seen: seen.peer is not None, (Kind.PEER,)),
    Verb.PEER_MODIFY: Act(
        lambda array, step, _: array.peer_modify(step.args["uuid"], step.args["applications"]),
        _has_applications,
        (Kind.PEER,),
    ),
    Verb.PEER_ACCEPT: Act(
        _peer_accept,
        lambda step, seen: seen.peer is not None and seen.peer.state == "peered",
        (Kind.PEER,),
    ),
    Verb.POLICY_CREATE: Act(
        lambda array, step, _: array.policy_create(step.args["name"], step.args["declared"]),
        _policy_says,
        (Kind.MIRROR_POLICY,),
    ),
    Verb.POLICY_MODIFY: Act(
        lambda array, step, _: array.policy_modify(step.args["uuid"], step.args["changes"]),
        _policy_says,
        (Kind.MIRROR_POLICY,),
    ),
}
