# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every plan from every picture: it comes to rest after its own effects, and it never oversteps."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import Mirror, State, SvmPeer
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import SOURCE, Chain, Plan, Verb
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import Volume, VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.difference import difference
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.effects import BOTH_SIDES, EFFECTS, apply
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.failover import WantedBreak, plan_break
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.fence import WantedFence, plan_fence
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.mirrors import WantedMirrors, plan_mirrors
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.targets import WantedTargets, plan_targets
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.updates import WantedUpdates, plan_updates
from tests.unit.planning.pictures import (
    GIB,
    ORIGIN,
    PEER,
    here,
    protected,
    record,
    source_volume,
    target_volume,
    there,
)

NAMES = ("v1", "v2", "v3")
OTHER = SvmPeer("test", "dr", "test", "rome", "peered", ("snapmirror",), "p9")
SIZES = st.sampled_from([GIB, 10 * GIB, 20 * GIB])
PATHS = {"v1": ("/v1", "/a", None), "v2": ("/a/v2", "/v2", None), "v3": ("/a/v2/v3", "/v3", None)}
TRANSFERS = (None, "success", "failed", "aborted", "queued", "transferring")
KINDS = (
    ("MirrorAllSnapshots", "async", None),
    ("Synchronous", "sync", "sync"),
    ("AutomatedFailOver", "sync", "automated_failover"),
)


def some(values):
    return st.sampled_from(list(values))


@st.composite
def sources(draw, name):
    return source_volume(
        name,
        size_bytes=draw(SIZES),
        junction_path=draw(some(PATHS[name])),
        style=draw(some(["flexvol"] * 5 + ["flexgroup"])),
        state=draw(some(["online"] * 5 + ["offline"])),
        aggregates=("aggr1_paris",),
    )


@st.composite
def targets(draw, source, name):
    comment = draw(some(["ours", "", "ticket 42", "another's"]))
    told = {"comment": comment} if comment in ("", "ticket 42") else {}
    of = replace(source, svm="test") if comment == "another's" else source
    return target_volume(
        name,
        of=of,
        type=draw(some([VolumeType.DP, VolumeType.DP, VolumeType.RW])),
        size_bytes=draw(SIZES),
        junction_path=draw(some([None, None, "/ro", source.junction_path])),
        language=draw(some(["c.utf_8", "en"])),
        **told,
    )


@st.composite
def mirrors(draw, source, name):
    policy, kind, sync = draw(some(KINDS))
    return Mirror(
        Path(draw(some(["prod", "prod", "prod", "test"])), source.name),
        Path("dr", name),
        f"m-{name}",
        draw(some(State)),
        healthy=draw(some([True, False, None])),
        transfer_state=draw(some(TRANSFERS)),
        transfer_uuid=draw(some([None, "t1"])),
        policy=policy,
        policy_type=kind,
        sync_type=sync,
        schedule=draw(some(["hourly", "", None])),
        throttle_kbps=draw(some([0, 100, None])),
    )


@st.composite
def pictures(draw):
    volumes = [draw(sources(name)) for name in NAMES[: draw(st.integers(1, 3))]]
    kept, related, records = [], [], []
    for volume in volumes:
        name = draw(some([volume.name, f"{volume.name}_dr"]))
        if draw(st.booleans()):
            kept.append(draw(targets(volume, name)))
        if draw(st.booleans()):
            related.append(draw(mirrors(volume, name)))
        if draw(st.booleans()):
            records.append(record(volume.name, f"m-{name}", to=name))
    side = here(*kept, mirrors=tuple(related), peers=(PEER, OTHER))
    return Picture(side, there(*volumes, records=tuple(records)))


VOLUMES = some([("*",), ("v1",), ("v1", "v2"), ("~v[12]",)])
NAMED = some(["{volume}", "{volume}_dr"])
MAPS = {"aggr1_paris": "aggr1_lyon"}
ACCEPTED = some([{}, {"v1": "unknown"}, dict.fromkeys(NAMES, "unknown"), {"v1": 60}])


@st.composite
def wanted_targets(draw):
    return WantedTargets(ORIGIN, draw(VOLUMES), draw(st.booleans()), draw(NAMED), MAPS)


EITHER = st.booleans()


@st.composite
def wanted_mirrors(draw, absent=EITHER):
    return WantedMirrors(
        ORIGIN,
        draw(VOLUMES),
        draw(absent),
        draw(NAMED),
        draw(some([None, True, False])),
        draw(some([None, "MirrorAllSnapshots", "Asynchronous", "Synchronous"])),
        draw(some([None, "", "daily"])),
        draw(some([None, 0, 100])),
        draw(st.booleans()),
        draw(st.booleans()),
        60.0,
        draw(some(["source_info_only", "source_only", "none"])),
        draw(ACCEPTED),
    )


@st.composite
def wanted_breaks(draw):
    return WantedBreak(
        ORIGIN,
        draw(VOLUMES),
        draw(some([0.0, 60.0])),
        draw(some(["abort", "fail"])),
        draw(st.booleans()),
        draw(some([{}, {"v1": "/a"}, {"v2": ""}])),
        draw(some([{}, {"volumes": {"v1": {"junction_path": "/v1"}, "v3": {"junction_path": ""}}}])),
    )


@st.composite
def wanted_fences(draw):
    paths = draw(some([{}, {"v1": "/v1"}]))
    return WantedFence(draw(VOLUMES), draw(st.booleans()), paths)


CASES = {
    "targets": (plan_targets, wanted_targets()),
    "mirrors": (plan_mirrors, wanted_mirrors()),
    "break": (plan_break, wanted_breaks()),
    "fence": (plan_fence, wanted_fences()),
}
OFTEN = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


def planned(plan, have, want):
    """The plan; pictures that do not fit the wish (an unknown name) are no example."""
    try:
        return plan(have, want)
    except BadInput:
        assume(False)
        raise


def before_and_verb(have, plan):
    """Each step with the picture that it meets when all before it succeeded."""
    for number, step in enumerate(plan.steps()):
        done = replace(plan, stages=((replace_steps(plan, number),),))
        yield apply(have, done), step


def replace_steps(plan, number):
    chain = plan.stages[0][0]
    return replace(chain, steps=tuple(plan.steps())[:number])


@pytest.mark.parametrize("case", CASES)
def test_a_plan_comes_to_rest_after_its_own_effects(case):
    plan, wants = CASES[case]

    @OFTEN
    @given(pictures(), wants)
    def check(have, want):
        first = planned(plan, have, want)
        after = apply(have, first)
        assert plan(after, want).verbs() == []
        shown = difference(have, after)
        assert shown["before"].keys() == shown["after"].keys()

    check()


@pytest.mark.parametrize("case", CASES)
def test_every_plan_keeps_to_its_set_and_its_refusals(case):
    plan, wants = CASES[case]

    @OFTEN
    @given(pictures(), wants)
    def check(have, want):
        made = planned(plan, have, want)
        told = {one.volume: one for one in made.verdicts}
        assert len(told) == len(made.verdicts)
        for step in made.steps():
            assert not told[step.volume].refused
        for stage in made.stages:
            assert len({chain.volume for chain in stage}) == len(stage)
            assert all(chain.steps for chain in stage)

    check()


@OFTEN
@given(pictures(), wanted_targets())
def test_no_volume_is_created_over_another_or_deleted_while_in_use(have, want):
    made = planned(plan_targets, have, want)
    for picture, step in before_and_verb(have, made):
        name = Path.parse(step.target).volume
        volume = picture.destination.volumes.get(name)
        assert step.side != SOURCE
        if step.verb is Verb.VOLUME_CREATE:
            assert volume is None
        else:
            assert volume.type is VolumeType.DP
        if step.verb is Verb.VOLUME_GROW:
            assert step.args["size_bytes"] > volume.size_bytes
        if step.verb is Verb.VOLUME_DELETE:
            assert name not in picture.destination.mirrors
            assert not volume.junction_path


@OFTEN
@given(pictures(), wanted_mirrors(absent=st.just(False)))
def test_no_mirror_overwrites_what_may_be_newer(have, want):
    made = planned(plan_mirrors, have, want)
    for picture, step in before_and_verb(have, made):
        name = Path.parse(step.target).volume
        found = picture.destination.mirrors.get(name)
        assert step.side != SOURCE
        assert step.verb not in (Verb.BREAK, Verb.DELETE, Verb.RELEASE, Verb.ABORT, Verb.VOLUME_CREATE)
        if step.verb is Verb.RESYNC:
            assert want.active is True
            assert want.accepted.get(step.volume) == "unknown"
            assert found.state is State.BROKEN_OFF
        if step.verb is Verb.INITIALIZE:
            assert found.state is State.UNINITIALIZED
            assert not found.transferring
        if step.verb is Verb.RESUME:
            assert want.active is True
        if step.verb is Verb.CREATE:
            assert found is None
            assert picture.destination.volumes[name].type is VolumeType.DP
        if step.verb is Verb.QUIESCE:
            assert want.active is False


@OFTEN
@given(pictures(), wanted_breaks(), st.booleans())
def test_a_break_writes_to_the_target_only_and_aborts_nothing_synchronous(have, want, source_is_read):
    made = planned(plan_break, have if source_is_read else replace(have, source=None), want)
    for picture, step in before_and_verb(have, made):
        found = picture.destination.mirrors[Path.parse(step.target).volume]
        assert step.side != SOURCE
        assert step.verb in (Verb.QUIESCE, Verb.AWAIT_IDLE, Verb.ABORT, Verb.BREAK, Verb.UNMOUNT, Verb.MOUNT)
        assert found.source.svm == "prod"
        assert found.sync_type != "automated_failover"
        if step.verb is Verb.QUIESCE and found.synchronous:
            assert step.args["on_timeout"] == "fail"
        if step.verb is Verb.ABORT:
            assert not found.synchronous
        if step.verb in (Verb.MOUNT, Verb.UNMOUNT):
            assert found.state is State.BROKEN_OFF
            assert picture.destination.volumes[found.destination.volume].type is VolumeType.RW


@OFTEN
@given(pictures(), VOLUMES, st.booleans())
def test_updates_go_to_replicating_mirrors_only(have, volumes, wait):
    made = planned(plan_updates, have, WantedUpdates(ORIGIN, volumes, wait))
    for step in made.steps():
        found = have.destination.mirrors[Path.parse(step.target).volume]
        assert found.replicating
        assert step.verb is not Verb.UPDATE or (found.state is State.SNAPMIRRORED and not found.synchronous)
        assert step.side != SOURCE


# -- effects and records


@pytest.mark.parametrize("case", CASES)
def test_a_plan_leads_to_what_its_steps_lead_to_one_by_one(case):
    plan, wants = CASES[case]

    @settings(OFTEN, max_examples=50)
    @given(pictures(), wants)
    def check(have, want):
        made, after = planned(plan, have, want), have
        unchanged = deepcopy(have)
        for step in made.steps():
            after = apply(after, Plan(((Chain(step.volume, (step,)),),)))
        assert apply(have, made) == after
        assert have == unchanged

    check()


def test_every_verb_has_an_effect():
    assert {*EFFECTS, *BOTH_SIDES} == set(Verb)


def test_a_difference_shows_what_changes_and_nothing_else():
    have = protected("v1", "v2")
    after = apply(have, plan_break(have, WantedBreak(ORIGIN, ("v1",))))
    shown = difference(have, after)
    assert shown["before"] == {
        "mirror dr:v1": {"state": "snapmirrored"},
        "volume dr:v1": {"junction_path": None, "type": "dp"},
    }
    assert shown["after"] == {
        "mirror dr:v1": {"state": "broken_off"},
        "volume dr:v1": {"junction_path": "/v1", "type": "rw"},
    }


def test_nothing_to_do_has_no_difference():
    have = protected("v1")
    assert difference(have, apply(have, plan_mirrors(have, WantedMirrors(ORIGIN, ("v1",))))) == {
        "before": {},
        "after": {},
    }


@given(st.data())
def test_records_survive_a_prediction(data):
    volume = data.draw(sources("v1"))
    found = data.draw(mirrors(volume, "v1"))
    assert Volume.from_dict(volume.as_dict()) == volume
    assert Mirror.from_dict(found.as_dict()) == found
    assert SvmPeer.from_dict(PEER.as_dict()) == PEER
