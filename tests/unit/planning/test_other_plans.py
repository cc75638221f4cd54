# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates, SVM peers, the fence, and the checks of a target."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput, PlanRefused
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State, SvmPeer
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture, Side
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import DESTINATION, SOURCE, Verb, find
from ansible_collections.ontap.data_motion.plugins.module_utils.model.san import Lun
from ansible_collections.ontap.data_motion.plugins.module_utils.model.snapshot import Snapshot, fence_name
from ansible_collections.ontap.data_motion.plugins.module_utils.planning import presentation
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.fence import WantedFence, plan_fence
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.peers import WantedPeering, plan_peering
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.readiness import (
    Candidate,
    assess,
    choose,
    wanted_volumes,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.updates import WantedUpdates, plan_updates
from tests.unit.planning.pictures import (
    LYON,
    ORIGIN,
    PARIS,
    mirror,
    protected,
    source_volume,
    synchronous,
    there,
    verbs,
    verdict,
    with_mirror,
)

S = State


# -- updates


@pytest.mark.parametrize(
    "one, wait, planned, refused",
    [
        pytest.param(mirror("v1"), False, ["update"], False, id="idle"),
        pytest.param(mirror("v1", healthy=False), True, ["update"], False, id="unhealthy"),
        pytest.param(mirror("v1", transfer_state="transferring"), False, [], False, id="transferring already"),
        pytest.param(
            mirror("v1", transfer_state="transferring"), True, ["await_idle", "update"], False, id="one after the other"
        ),
        pytest.param(mirror("v1", transfer_state="queued"), True, ["await_idle", "update"], False, id="queued"),
        pytest.param(synchronous("v1"), True, [], False, id="synchronous needs none"),
        pytest.param(mirror("v1", S.PAUSED), True, [], True, id="paused"),
        pytest.param(mirror("v1", S.BROKEN_OFF), True, [], True, id="broken off"),
        pytest.param(mirror("v1", S.UNINITIALIZED), True, [], True, id="uninitialized"),
        pytest.param(mirror("v1", S.UNKNOWN), True, [], True, id="unknown"),
    ],
)
def test_updates(one, wait, planned, refused):
    plan = plan_updates(with_mirror(protected("v1"), one), WantedUpdates(ORIGIN, ("v1",), wait))
    assert verbs(plan) == planned
    assert bool(verdict(plan).refused) is refused
    assert verdict(plan).in_progress == (one.transferring and not wait)
    assert {step.side for step in plan.steps()} <= {DESTINATION}


def test_an_update_knows_the_transfer_before_it():
    plan = plan_updates(protected("v1"), WantedUpdates(ORIGIN, ("v1",)))
    assert find(plan, Verb.UPDATE).args["before"] == mirror("v1").transfer_mark


def test_an_update_of_what_has_no_mirror_is_refused_beside_the_others():
    plan = plan_updates(protected("v1"), WantedUpdates(ORIGIN, ("v*", "v7")))
    assert (verbs(plan), verdict(plan, "v7").refused) == (["update"], "v7 has no mirror on SVM dr")


def test_a_paused_mirror_takes_no_update_and_the_way_on_is_told():
    paused = with_mirror(protected("v1"), mirror("v1", state=State.PAUSED))
    assert "relationship_state: active" in verdict(plan_updates(paused, WantedUpdates(ORIGIN, ("v1",)))).refused


# -- SVM peers


def ours(state, applications=("snapmirror",)):
    return SvmPeer("prod", "dr", "prod", "paris", state, applications, "p1")


def theirs(state, applications=("snapmirror",)):
    return SvmPeer("dr", "prod", "dr", "lyon", state, applications, "p2")


def pair(here=None, there=None):
    destination = Side("dr", about=LYON, peers=(here,) if here else ())
    return Picture(destination, Side("prod", about=PARIS, peers=(there,) if there else ()))


@pytest.mark.parametrize(
    "have, planned",
    [
        pytest.param(pair(), [("svm_peer_create", DESTINATION), ("svm_peer_accept", SOURCE)], id="strangers"),
        pytest.param(pair(ours("peered"), theirs("peered")), [], id="peered"),
        pytest.param(pair(ours("initiated"), theirs("pending")), [("svm_peer_accept", SOURCE)], id="asked by us"),
        pytest.param(pair(ours("initiated")), [("svm_peer_accept", SOURCE)], id="asked by us, not heard of"),
        pytest.param(
            pair(ours("pending"), theirs("initiated")), [("svm_peer_accept", DESTINATION)], id="asked by them"
        ),
        pytest.param(pair(ours("initiated"), theirs("peered")), [], id="accepted, not heard of"),
        pytest.param(pair(None, theirs("initiated")), [("svm_peer_accept", DESTINATION)], id="asked by them, unheard"),
        pytest.param(
            pair(ours("peered", ("flexcache",)), theirs("peered", ("flexcache",))),
            [("svm_peer_modify", DESTINATION)],
            id="for something else",
        ),
    ],
)
def test_peering(have, planned):
    steps = list(plan_peering(have, WantedPeering()).steps())
    assert [(step.verb.value, step.side) for step in steps] == planned


def test_a_peering_is_extended_never_replaced():
    plan = plan_peering(pair(ours("peered", ("flexcache",)), theirs("peered", ("flexcache",))), WantedPeering())
    assert find(plan, Verb.PEER_MODIFY).args["applications"] == ["flexcache", "snapmirror"]


@pytest.mark.parametrize("state", ["rejected", "suspended"])
@pytest.mark.parametrize("side", ["here", "there"])
def test_what_an_administrator_decided_is_left(state, side):
    have = pair(here=ours(state), there=theirs("peered")) if side == "here" else pair(ours("peered"), theirs(state))
    with pytest.raises(PlanRefused, match=state):
        plan_peering(have, WantedPeering())


def test_a_peering_of_a_same_named_svm_elsewhere_is_not_ours():
    stranger = replace(ours("peered"), peer_cluster="rome")
    assert plan_peering(pair(stranger), WantedPeering()).verbs() == ["svm_peer_create", "svm_peer_accept"]


def test_within_one_cluster_nobody_accepts():
    have = Picture(Side("dr", about=PARIS), Side("prod", about=PARIS))
    assert plan_peering(have, WantedPeering()).verbs() == ["svm_peer_create"]


def test_an_svm_has_no_peering_with_itself():
    with pytest.raises(BadInput, match="same SVM prod"):
        plan_peering(Picture(Side("prod", about=PARIS), Side("prod", about=PARIS)), WantedPeering())


# -- the fence

NESTED = there(
    source_volume("top", junction_path="/top"),
    source_volume("mid", junction_path="/top/mid"),
    source_volume("low", junction_path="/top/mid/low"),
    source_volume("side", junction_path="/side"),
    source_volume("loose", junction_path=None),
)


def stages(plan):
    return [[(step.verb.value, step.volume) for chain in stage for step in chain.steps] for stage in plan.stages]


def fenced(side, want):
    return plan_fence(Picture(Side(""), side), want)


def rows_of(plan, verb):
    return {
        step.volume: number
        for number, stage in enumerate(plan.stages)
        for chain in stage
        for step in chain.steps
        if step.verb is verb
    }


@pytest.mark.parametrize("absent", [False, True])
def test_what_a_fence_asks_of_each_junction_does_not_grow_with_their_number(monkeypatch, absent):
    asked = []
    above = presentation.paths_above
    monkeypatch.setattr(presentation, "paths_above", lambda path: asked.append(path) or above(path))
    names = [f"v{number}" for number in range(100)]
    side = there(*(source_volume(name, junction_path=None if absent else f"/{name}") for name in names))
    plan = fenced(side, WantedFence(("*",), absent, {name: f"/{name}" for name in names} if absent else {}))
    assert len(rows_of(plan, Verb.MOUNT if absent else Verb.UNMOUNT)) == 100
    assert len(asked) <= 200


def test_the_deepest_is_unmounted_first_and_the_snapshot_that_proves_the_fence_comes_last():
    plan = fenced(NESTED, WantedFence(("*",)))
    order = rows_of(plan, Verb.UNMOUNT)
    assert order["low"] < order["mid"] < order["top"]
    assert set(order) == {"low", "mid", "top", "side"}
    proofs = rows_of(plan, Verb.SNAPSHOT_CREATE)
    assert set(proofs) == {"low", "mid", "top", "side", "loose"}
    assert min(proofs.values()) > max(order.values())
    assert {step.side for step in plan.steps()} == {SOURCE}
    needs = {chain.volume: chain.needs for stage in plan.stages for chain in stage}
    assert needs["top"] == ("low", "mid")
    assert {one.volume: one.facts["junction"] for one in plan.verdicts} == {
        "top": "/top",
        "mid": "/top/mid",
        "low": "/top/mid/low",
        "side": "/side",
        "loose": "",
    }


def test_luns_go_offline_before_the_volume_is_unmounted_and_come_back_after_it_is_mounted():
    lun = Lun("/vol/side/lun1", "side", "u1", enabled=True)
    plan = fenced(replace(NESTED, luns=(lun,)), WantedFence(("side",)))
    assert plan.verbs() == ["lun_offline", "unmount", "snapshot_create"]
    asleep = there(replace(NESTED.volumes["side"], junction_path=None))
    side = replace(asleep, luns=(replace(lun, enabled=False),))
    want = WantedFence(("side",), absent=True, junction_paths={"side": "/side"}, luns={"side": ["/vol/side/lun1"]})
    assert fenced(side, want).verbs() == ["mount", "lun_online"]


def test_a_lun_that_was_offline_before_the_fence_stays_so():
    side = replace(there(source_volume("side")), luns=(Lun("/vol/side/lun1", "side", "u1", enabled=False),))
    want = WantedFence(("side",), absent=True, junction_paths={"side": "/side"})
    assert fenced(side, want).verbs() == []


def test_the_proof_of_the_fence_goes_before_the_volume_serves_again():
    proof = Snapshot(fence_name("prod"), "side", "s1")
    side = replace(there(replace(NESTED.volumes["side"], junction_path=None)), snapshots={"side": (proof,)})
    want = WantedFence(("side",), absent=True, junction_paths={"side": "/side"})
    assert fenced(side, want).verbs() == ["snapshot_delete", "mount"]


def test_the_way_back_mounts_the_shallowest_first():
    paths = {"top": "/top", "mid": "/top/mid", "low": "/top/mid/low"}
    side = there(*(replace(NESTED.volumes[name], junction_path=None) for name in paths))
    plan = fenced(side, WantedFence(("*",), absent=True, junction_paths=paths))
    assert stages(plan) == [[("mount", "top")], [("mount", "mid")], [("mount", "low")]]
    assert {chain.volume: chain.needs for stage in plan.stages for chain in stage} == {
        "top": (),
        "mid": ("top",),
        "low": ("mid", "top"),
    }


def test_a_volume_of_others_below_ours_forbids_the_fence():
    plan = fenced(NESTED, WantedFence(("top",)))
    assert plan.verbs() == []
    assert "low, mid, which is not in the set" in verdict(plan, "top").refused


def test_volumes_whose_namespaces_take_writes_are_refused():
    plan = fenced(replace(NESTED, namespaces={"side": 2}), WantedFence(("side",)))
    assert (plan.verbs(), "2 NVMe namespace(s)" in verdict(plan, "side").refused) == ([], True)


def test_a_refused_child_keeps_its_parent_mounted():
    """The parent needs its children, and whoever needs a refused volume is not tried."""
    plan = fenced(replace(NESTED, namespaces={"low": 1}), WantedFence(("*",)))
    assert verdict(plan, "low").refused
    needs = {chain.volume: chain.needs for stage in plan.stages for chain in stage}
    assert "low" in needs["mid"]
    assert "low" in needs["top"]


def test_a_fence_that_stands_asks_for_nothing():
    proof = Snapshot(fence_name("prod"), "v1", "s1")
    side = replace(there(source_volume("v1", junction_path=None)), snapshots={"v1": (proof,)})
    assert fenced(side, WantedFence(("v1",))).verbs() == []
    back = WantedFence(("v1",), absent=True, junction_paths={"v1": "/v1"})
    assert fenced(there(source_volume("v1")), back).verbs() == []


def test_what_is_mounted_elsewhere_is_not_moved():
    plan = fenced(NESTED, WantedFence(("side",), absent=True, junction_paths={"side": "/other"}))
    assert (plan.verbs(), "unmount it first" in verdict(plan, "side").refused) == ([], True)


def test_junction_paths_of_strangers_are_told():
    with pytest.raises(BadInput, match="nobody is not among volumes"):
        fenced(NESTED, WantedFence(("side",), absent=True, junction_paths={"nobody": "/x"}))


# -- the checks of a target


def checks(candidate, wanted=("v1", "v2"), rpo_s=None):
    return {one.name: one.result for one in assess(candidate, wanted, rpo_s).checks}


def lyon(*mirrors):
    return Candidate("lyon", {one.source.volume: one for one in mirrors})


GOOD = {"reachable": "pass", "coverage": "pass", "state": "pass", "health": "pass", "lag": "pass"}


@pytest.mark.parametrize(
    "candidate, changed",
    [
        pytest.param(lyon(mirror("v1"), mirror("v2")), {}, id="well"),
        pytest.param(lyon(mirror("v1"), mirror("v2"), mirror("x", S.UNKNOWN)), {}, id="others do not matter"),
        pytest.param(lyon(mirror("v1")), {"coverage": "fail"}, id="a volume without a mirror"),
        pytest.param(lyon(mirror("v1"), mirror("v2", S.UNINITIALIZED)), {"state": "fail"}, id="a mirror without data"),
        pytest.param(lyon(mirror("v1"), mirror("v2", S.UNKNOWN)), {"state": "fail"}, id="a state that is unknown"),
        pytest.param(lyon(mirror("v1"), mirror("v2", healthy=False)), {"health": "warn"}, id="unhealthy"),
        pytest.param(lyon(mirror("v1"), mirror("v2", healthy=None)), {"health": "unknown"}, id="health not told"),
        pytest.param(lyon(mirror("v1"), mirror("v2", lag_s=None)), {"lag": "unknown"}, id="lag not told"),
        pytest.param(lyon(mirror("v1"), mirror("v2", lag_s=9000.0)), {"lag": "warn"}, id="beyond the RPO"),
    ],
)
def test_checks(candidate, changed):
    assert checks(candidate, rpo_s=7200.0) == {**GOOD, **changed}


def test_every_check_that_does_not_pass_has_a_remedy():
    bad = lyon(mirror("v1", S.UNINITIALIZED, healthy=False, lag_s=None))
    shown = [one for one in assess(bad, ("v1", "v2"), 60.0).checks if one.result != "pass"]
    assert len(shown) == 4
    assert all(one.remedy and one.detail for one in shown)


def test_a_target_that_cannot_be_read_has_one_check():
    assert checks(Candidate("lyon", unreachable="no answer")) == {"reachable": "fail"}


def test_no_target_at_all():
    assert choose([]) == (None, "no target is fit for a failover: ")


@pytest.mark.parametrize(
    "named, manifest, expected",
    [
        (["v9", "v1"], {"volumes": {"v2": {}}}, (("v1", "v9"), "option")),
        ([], {"volumes": {"v2": {}, "v1": {}}}, (("v1", "v2"), "manifest")),
        ([], {}, (("v1", "v3"), "union")),
        ([], {"volumes": {}}, (("v1", "v3"), "union")),
    ],
)
def test_which_volumes_must_come_up_and_how_that_is_known(named, manifest, expected):
    assert wanted_volumes(named, manifest, [lyon(mirror("v1")), lyon(mirror("v3"))]) == expected
