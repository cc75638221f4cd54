# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups: what was observed of them becomes one mirror per volume, and the volumes' plans become one request."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import Mirror, State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import SOURCE, Step, Verb, VolumePlan, join
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.groups import expand, fold, members_of
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.presentation import comment_for
from tests.unit.planning.pictures import here, source_volume, target_volume, there

NAMES = ("v1", "v2", "v3")
ENDS = (Path("svm_paris", "/cg/erp"), Path("svm_lyon", "/cg/erp_dr"))
TARGET = str(ENDS[1])


def group(*members, **more):
    pairs = members or tuple((name, name) for name in NAMES)
    return Mirror(*ENDS, uuid="g", state=State.SNAPMIRRORED, policy_type="async", members=pairs, **more)


def side_with(mirror, *volumes):
    side = here(*(volumes or map(target_volume, NAMES)))
    return replace(side, mirrors={mirror.destination.volume: mirror})


def protected(*members):
    return Picture(expand(side_with(group(*members))), there(*map(source_volume, NAMES)))


def on_group(verb, name, **args):
    return Step(verb, name, TARGET, args={"uuid": "g", **args})


def on_volume(verb, name, **more):
    return Step(verb, name, f"svm_lyon:{name}", **more)


def rows(plan):
    """Per stage: chain -> verbs."""
    return [{chain.volume: [step.verb.value for step in chain.steps] for chain in stage} for stage in plan.stages]


# -- expand


def test_each_member_gets_a_mirror_that_knows_its_group():
    side = expand(side_with(group()))
    assert sorted(side.mirrors) == list(NAMES)
    assert {(one.group, one.group_source, one.target, one.uuid) for one in side.mirrors.values()} == {
        (ENDS[1], ENDS[0], TARGET, "g")
    }
    assert members_of(side, ENDS[1]) == {name: name for name in NAMES}


def test_a_comment_tells_the_source_of_a_target_better_than_an_order():
    targets = [replace(target_volume(f"t{n}"), comment=comment_for(source_volume(f"v{n}"))) for n in (1, 2, 3)]
    told = group(("v1", "t3"), ("v2", "t1"), ("v3", "t2"))
    assert members_of(expand(side_with(told, *targets)), ENDS[1]) == {"v1": "t1", "v2": "t2", "v3": "t3"}


@pytest.mark.parametrize("comments", [{}, {"t1": "v1"}, {"t1": "v9", "t2": "v2", "t3": "v3"}])
def test_where_not_every_comment_fits_the_order_counts(comments):
    targets = [
        replace(target_volume(name), comment=comment_for(source_volume(comments[name])) if name in comments else "")
        for name in ("t1", "t2", "t3")
    ]
    told = (("v1", "t1"), ("v2", "t2"), ("v3", "t3"))
    assert members_of(expand(side_with(group(*told), *targets)), ENDS[1]) == dict(told)


def test_a_group_without_known_members_is_kept_as_it_is():
    side = side_with(replace(group(), members=()))
    assert expand(side) == side


def test_an_expanded_mirror_survives_a_prediction():
    for mirror in expand(side_with(group())).mirrors.values():
        assert Mirror.from_dict(mirror.as_dict()) == mirror


# -- fold


def test_a_plan_without_groups_stays_as_it_is():
    plan = join({name: VolumePlan.of(name, on_volume(Verb.MOUNT, name)) for name in NAMES})
    assert fold(plan, protected()) is plan


def test_what_the_members_ask_of_their_group_is_asked_once():
    plan = join({name: VolumePlan.of(name, on_group(Verb.QUIESCE, name), on_group(Verb.BREAK, name)) for name in NAMES})
    folded = fold(plan, protected())
    assert rows(folded) == [{TARGET: ["quiesce", "break"]}]
    assert {step.volumes for step in folded.steps()} == {NAMES}
    assert list(folded.steps())[1].args["volumes"] == list(NAMES)
    assert folded.verdicts == plan.verdicts


def test_what_members_do_before_and_after_stands_before_and_after_and_needs_the_group():
    plan = join(
        {
            name: VolumePlan.of(
                name, on_volume(Verb.UNMOUNT, name), on_group(Verb.BREAK, name), on_volume(Verb.MOUNT, name)
            )
            for name in NAMES
        }
    )
    folded = fold(plan, protected())
    assert rows(folded) == [
        {name: ["unmount"] for name in NAMES},
        {TARGET: ["break"]},
        {name: ["mount"] for name in NAMES},
    ]
    assert set(folded.stages[1][0].needs) == set(NAMES)
    assert all(chain.needs == (TARGET,) for chain in folded.stages[2])


def test_later_stages_of_a_member_need_the_group_too():
    plans = {name: VolumePlan.of(name, on_group(Verb.BREAK, name)) for name in NAMES}
    child = plans["v3"]
    plans["v3"] = VolumePlan(child.verdict, {**child.stages, 2: (on_volume(Verb.MOUNT, "v3"),)}, ("v1",))
    (last,) = fold(join(plans), protected()).stages[-1]
    assert last.needs == ("v1", TARGET)


def test_others_go_on_beside_the_group():
    plans = {name: VolumePlan.of(name, on_group(Verb.BREAK, name)) for name in NAMES}
    plans["alone"] = VolumePlan.of("alone", on_volume(Verb.BREAK, "alone"))
    assert rows(fold(join(plans), protected())) == [{"alone": ["break"], TARGET: ["break"]}]


def test_one_refused_member_holds_back_the_others_and_only_them():
    plans = {name: VolumePlan.of(name, on_group(Verb.BREAK, name)) for name in NAMES}
    plans["v2"] = VolumePlan.refuse("v2", "no common snapshot")
    plans["alone"] = VolumePlan.of("alone", on_volume(Verb.BREAK, "alone"))
    folded = fold(join(plans), protected())
    assert rows(folded) == [{"alone": ["break"]}]
    reasons = {verdict.volume: verdict.refused for verdict in folded.verdicts}
    assert reasons["v2"] == "no common snapshot"
    assert "v2 is refused: no common snapshot" in reasons["v1"]
    assert reasons["alone"] == ""


def test_a_set_that_leaves_a_member_out_is_refused():
    plan = join({name: VolumePlan.of(name, on_group(Verb.UPDATE, name)) for name in NAMES[:2]})
    folded = fold(plan, protected())
    assert list(folded.steps()) == []
    assert all("name v3 too" in verdict.refused for verdict in folded.verdicts)


def test_a_set_may_have_the_names_of_either_side():
    members = tuple((name, f"t{name}") for name in NAMES)
    have = Picture(expand(side_with(group(*members), *(target_volume(f"t{name}") for name in NAMES))))
    plan = join({f"t{name}": VolumePlan.of(f"t{name}", on_group(Verb.UPDATE, f"t{name}")) for name in NAMES})
    assert rows(fold(plan, have)) == [{TARGET: ["update"]}]


def test_members_that_want_different_things_get_none_of_them():
    plans = {name: VolumePlan.of(name, on_group(Verb.QUIESCE, name, timeout_s=60)) for name in NAMES}
    plans["v2"] = VolumePlan.of("v2", on_group(Verb.QUIESCE, "v2", timeout_s=0))
    folded = fold(join(plans), protected())
    assert list(folded.steps()) == []
    assert all("different things" in verdict.refused for verdict in folded.verdicts)


def test_a_group_to_be_made_is_held_back_by_any_of_its_volumes():
    members = {name: name for name in NAMES}
    plans = {name: VolumePlan.of(name, on_group(Verb.CREATE, name, members=members)) for name in NAMES[:2]}
    plans["v3"] = VolumePlan.refuse("v3", "it is mounted")
    assert list(fold(join(plans), Picture(here())).steps()) == []


MEMBER_VERBS = st.sampled_from([Verb.UNMOUNT, Verb.MOUNT, Verb.VOLUME_COMMENT])
GROUP_VERBS = st.sampled_from([Verb.QUIESCE, Verb.BREAK, Verb.DELETE, Verb.RELEASE])
ROW = st.lists(st.one_of(MEMBER_VERBS, GROUP_VERBS), max_size=6)


@given(shape=st.lists(ROW, min_size=1, max_size=3), refused=st.sets(st.sampled_from(NAMES)))
def test_whatever_is_asked_each_volume_sees_its_steps_in_their_order(shape, refused):
    """Per volume, its own steps and those of its group come in the order in which they were planned, none twice."""

    def step(verb, name, place):
        whole = verb in (Verb.QUIESCE, Verb.BREAK, Verb.DELETE, Verb.RELEASE)
        side = SOURCE if verb is Verb.RELEASE else "destination"
        return replace((on_group if whole else on_volume)(verb, name), side=side, args={"place": place})

    def planned(name):
        stages = {
            row: tuple(step(verb, name, (row, n)) for n, verb in enumerate(verbs)) for row, verbs in enumerate(shape)
        }
        return VolumePlan(VolumePlan.of(name).verdict, {row: steps for row, steps in stages.items() if steps})

    plans = {name: VolumePlan.refuse(name, "not this one") if name in refused else planned(name) for name in NAMES}
    folded = fold(join(plans), protected())
    whole = any(verb in (Verb.QUIESCE, Verb.BREAK, Verb.DELETE, Verb.RELEASE) for verbs in shape for verb in verbs)
    wanted = [(row, n) for row, verbs in enumerate(shape) for n, _verb in enumerate(verbs)]
    for name in NAMES:
        seen = [one.args["place"] for one in folded.steps() if name in one.volumes]
        assert seen == ([] if name in refused or (whole and refused) else wanted)
    for stage in folded.stages:
        chains = [chain.volume for chain in stage]
        assert len(chains) == len(set(chains))
