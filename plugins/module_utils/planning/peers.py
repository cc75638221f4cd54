# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVM peering: exists, serves the applications, and is accepted on both sides."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.errors import BadInput, PlanRefused
from ..model.mirror import SvmPeer
from ..model.picture import Picture, Side
from ..model.plan import DESTINATION, SOURCE, Plan, Step, Verb, VolumePlan, join
from .names import Origin, peer_of


@dataclass(frozen=True)
class WantedPeering:
    applications: tuple[str, ...] = ("snapmirror",)


def plan_peering(have: Picture, want: WantedPeering) -> Plan:
    """The destination asks, the source accepts; what exists is extended, never replaced.

    Raises BadInput for two SVMs of one name on one cluster; PlanRefused for a peering that was rejected.
    """
    here, there = have.destination, have.side("source")
    same_cluster = here.about is not None and there.about is not None and here.about.uuid == there.about.uuid
    if same_cluster and here.svm == there.svm:
        raise BadInput(f"source and destination are the same SVM {here.svm}: a mirror needs two")
    ours, theirs = peer_of(here, _origin(there)), peer_of(there, _origin(here))
    for side, peer in ((here, ours), (there, theirs)):
        if peer is not None and peer.state in ("rejected", "suspended"):
            raise PlanRefused(
                f"the peering of SVM {side.svm} with {peer.peer_svm} is {peer.state}: an administrator decided that, so it is left"
            )
    stages = {
        0: _create_or_extend(ours, theirs, here, there, want),
        1: _accept(ours, theirs, here, there, same_cluster),
    }
    name = f"{there.svm}<>{here.svm}"
    plan = VolumePlan.of(name, message="peered", facts={"source": there.svm, "destination": here.svm})
    return join({name: VolumePlan(plan.verdict, {number: steps for number, steps in stages.items() if steps})})


def _origin(side: Side) -> Origin:
    return Origin(side.svm, side.about.name if side.about else None)


def _create_or_extend(
    ours: SvmPeer | None, theirs: SvmPeer | None, here: Side, there: Side, want: WantedPeering
) -> tuple[Step, ...]:
    name, known = f"{there.svm}<>{here.svm}", _known_as(there)
    if ours is None and theirs is None:
        args = {**known, "applications": list(want.applications), "local_name": _local_name(here, there)}
        return (Step(Verb.PEER_CREATE, name, here.svm, DESTINATION, args),)
    if ours is None or set(want.applications) <= set(ours.applications):
        return ()
    args = {**known, "uuid": ours.uuid, "applications": sorted({*ours.applications, *want.applications})}
    return (Step(Verb.PEER_MODIFY, name, here.svm, DESTINATION, args),)


def _accept(
    ours: SvmPeer | None, theirs: SvmPeer | None, here: Side, there: Side, same_cluster: bool
) -> tuple[Step, ...]:
    """The side that did not ask accepts; inside one cluster there is nobody to ask."""
    name = f"{there.svm}<>{here.svm}"
    if same_cluster or (ours is not None and ours.state == "peered"):
        return ()
    asker = ours is None and theirs is not None and theirs.state == "initiated"
    if asker or (ours is not None and ours.state == "pending"):
        args = {**_known_as(there), "uuid": ours.uuid if ours else None}
        return (Step(Verb.PEER_ACCEPT, name, here.svm, DESTINATION, args),)
    if theirs is not None and theirs.state == "peered":
        return ()
    args = {**_known_as(here), "uuid": theirs.uuid if theirs else None}
    return (Step(Verb.PEER_ACCEPT, name, there.svm, SOURCE, args),)


def _local_name(here: Side, there: Side) -> str | None:
    """A name of its own for a peer whose name is taken on this cluster; None where its own will do."""
    if there.svm != here.svm and there.svm not in {peer.name for peer in here.peers}:
        return None
    return f"{there.svm}_{there.about.name}" if there.about else None


def _known_as(side: Side) -> dict[str, str | None]:
    return {"peer_svm": side.svm, "peer_cluster": side.about.name if side.about else None}
