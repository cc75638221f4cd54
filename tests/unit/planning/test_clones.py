# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clones as plans: what is cloned, where it is mounted, what may be removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture
from ansible_collections.ontap.data_motion.plugins.module_utils.model.snapshot import Snapshot
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.planning import clones, presentation
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.clone_marks import Mark, WantedClones, mark_in
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.clones import plan_clones
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.effects import apply
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.names import Origin
from tests.unit.planning.pictures import ORIGIN, here, mirror, source_volume, target_volume, verbs, verdict

NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
HERE = Origin("")


def wanted(*volumes: str, **more: Any) -> WantedClones:
    return WantedClones(**{"origin": ORIGIN, "volumes": volumes or ("*",), "now": NOW, **more})


def snapshots(volume: str, *names: str) -> tuple[Snapshot, ...]:
    """The last one is an hour old, each one before it an hour older."""
    return tuple(
        Snapshot(name, volume, create_time=NOW - timedelta(hours=len(names) - number))
        for number, name in enumerate(names)
    )


def mirrored(*names: str, junctions: dict[str, str] | None = None, **of_mirror: Any) -> Picture:
    """Mirrors of dr that export s1 and hold s0 before it; {volume: junction at the source}."""
    places = junctions or {}
    targets = [target_volume(name, source_volume(name, junction_path=places.get(name, f"/{name}"))) for name in names]
    mirrors = tuple(mirror(name, **of_mirror) for name in names)
    held = {name: snapshots(name, "s0", "s1") for name in names}
    return Picture(here(*targets, mirrors=mirrors, snapshots=held))


def after(have: Picture, want: WantedClones) -> Picture:
    return apply(have, plan_clones(have, want))


def test_a_mark_is_read_as_it_was_written_and_nothing_else_is_taken_for_one():
    mark = Mark("v1", "rehearsal", "s1", "prod:v1")
    assert mark_in("owner: us " + mark.text()) == mark
    assert [
        mark_in(text) for text in ("", "ontap.data_motion.clone", "ontap.data_motion.clone:{", mark.text()[:-1])
    ] == [None] * 4


@pytest.mark.parametrize(
    "of_mirror, more, snapshot, age_s",
    [
        pytest.param({}, {}, "s1", 600.0, id="the exported one, as old as the array says"),
        pytest.param({"lag_s": None}, {}, "s1", 3600.0, id="its time, where there is no lag"),
        pytest.param({"exported_snapshot": None}, {}, "s1", 3600.0, id="the newest where none is exported"),
        pytest.param({"exported_snapshot": "gone"}, {}, "s1", 3600.0, id="the newest where the exported one is gone"),
        pytest.param({}, {"snapshot": "s0"}, "s0", 7200.0, id="the one that is named"),
    ],
)
def test_which_snapshot_of_a_mirror_is_cloned(of_mirror, more, snapshot, age_s):
    plan = plan_clones(mirrored("v1", **of_mirror), wanted(**more))
    (step,) = plan.steps()
    assert (step.target, step.args["parent"], step.args["snapshot"]) == ("dr:v1_clone", "v1", snapshot)
    assert verdict(plan).facts["data_age_s"] == age_s
    assert mark_in(step.args["comment"]) == Mark("v1", "clone", snapshot, "prod:v1")


@pytest.mark.parametrize(
    "have, more, said",
    [
        pytest.param(mirrored("v1"), {"snapshot": "s9"}, "no snapshot s9", id="a snapshot that is not there"),
        pytest.param(
            Picture(here(target_volume("v1"), mirrors=(mirror("v1", State.UNINITIALIZED, exported_snapshot=None),))),
            {},
            "never initialized",
            id="no snapshot at all",
        ),
        pytest.param(
            Picture(here(target_volume("v1", type=VolumeType.RW), mirrors=(mirror("v1", State.BROKEN_OFF),))),
            {},
            "is failed over",
            id="failed over",
        ),
        pytest.param(
            Picture(here(target_volume("v1", state="offline"), mirrors=(mirror("v1"),))), {}, "offline", id="offline"
        ),
        pytest.param(Picture(here(mirrors=(mirror("v1"),))), {}, "not there", id="no volume"),
        pytest.param(
            Picture(
                here(
                    target_volume("v1"),
                    source_volume("v1_clone"),
                    mirrors=(mirror("v1"),),
                    snapshots={"v1": snapshots("v1", "s1")},
                )
            ),
            {},
            "no mark of ours",
            id="the name is taken",
        ),
        pytest.param(
            Picture(
                here(
                    target_volume("v1"),
                    source_volume("other", junction_path="/apart_v1"),
                    mirrors=(mirror("v1"),),
                    snapshots={"v1": snapshots("v1", "s1")},
                )
            ),
            {"junction_path": "/apart_{junction}"},
            "dr:other is mounted there",
            id="the place is taken",
        ),
    ],
)
def test_refused_and_nothing_is_written(have, more, said):
    plan = plan_clones(have, wanted(**more))
    assert said in verdict(plan).refused
    assert plan.verbs() == []


def test_a_volume_without_a_mirror_is_refused_and_others_go_on():
    plan = plan_clones(mirrored("v1"), wanted("v1", "v2"))
    assert ("no mirror" in verdict(plan, "v2").refused, verbs(plan)) == (True, ["clone_create"])


@pytest.mark.parametrize(
    "junctions, expected",
    [
        pytest.param({"v1": "/v1"}, {"v1": "/r_v1"}, id="flat"),
        pytest.param({"v1": "/a", "v2": "/a/b/c"}, {"v1": "/r_a", "v2": "/r_a/b/c"}, id="below its parent's clone"),
        pytest.param({"v2": "/a/b"}, {"v2": "/r_a_b"}, id="the folder above is nobody's clone"),
        pytest.param({"v1": ""}, {"v1": ""}, id="not mounted in production"),
        pytest.param(
            {"v1": "/a", "v2": "/a/b", "v3": "/a/b/c"}, {"v1": "/r_a", "v2": "/r_a/b", "v3": "/r_a/b/c"}, id="deep"
        ),
        pytest.param({"v1": "/a", "v2": "/ab"}, {"v1": "/r_a", "v2": "/r_ab"}, id="a name that begins like another"),
    ],
)
def test_clones_are_mounted_apart(junctions, expected):
    plan = plan_clones(mirrored(*junctions, junctions=junctions), wanted(junction_path="/r_{junction}"))
    assert {one.volume: one.facts["junction"] for one in plan.verdicts} == expected
    made = {step.volume: stage for stage, chains in enumerate(plan.stages) for chain in chains for step in chain.steps}
    for name, path in junctions.items():
        above = [other for other, higher in junctions.items() if higher and path.startswith(higher + "/")]
        assert all(made[other] < made[name] for other in above)


@pytest.mark.parametrize(
    "more, said",
    [
        pytest.param({"junction_path": "/{junction}"}, "place of production", id="production"),
        pytest.param({"junction_path": "apart_{junction}"}, "no junction path", id="no slash"),
        pytest.param({"junction_path": "/same"}, "same value", id="one place for two"),
        pytest.param({"clone_name": "same"}, "same value", id="one name for two"),
        pytest.param({"clone_name": "{svm}"}, "may hold only {volume}, {parent}", id="unknown word"),
    ],
)
def test_templates_that_cannot_be(more, said):
    with pytest.raises(BadInput, match=said.replace("{", r"\{")):
        plan_clones(mirrored("v1", "v2"), wanted(**more))


def test_after_its_own_effects_a_plan_is_empty_and_a_removal_leaves_what_was_before():
    want = wanted(junction_path="/r_{junction}")
    have = mirrored("v1", "v2", junctions={"v1": "/a", "v2": "/a/b"})
    made = after(have, want)
    assert plan_clones(made, want).verbs() == []
    gone = plan_clones(made, replace(want, absent=True))
    assert [step.target for step in gone.steps() if step.verb.value == "clone_delete"] == ["dr:v2_clone", "dr:v1_clone"]
    assert apply(made, gone) == have


@pytest.mark.parametrize(
    "change, more, steps, drift",
    [
        pytest.param({"junction_path": None}, {}, ["mount"], [], id="lost its place"),
        pytest.param({"junction_path": "/else"}, {}, [], ["junction_path"], id="moved by somebody"),
        pytest.param({"state": "offline", "junction_path": None}, {}, [], ["state", "junction_path"], id="offline"),
        pytest.param({}, {"snapshot": "s0"}, [], ["parent_snapshot"], id="of another snapshot"),
        pytest.param({}, {"split": True}, ["clone_split"], [], id="to be split"),
        pytest.param({"is_clone": False}, {"split": True}, [], [], id="split already"),
    ],
)
def test_a_clone_that_is_there_gets_what_is_missing_only(change, more, steps, drift):
    want = wanted(junction_path="/r_{junction}")
    have = after(mirrored("v1"), want)
    changed = replace(have.destination.volumes["v1_clone"], **change)
    plan = plan_clones(replace(have, destination=have.destination.with_volume(changed)), replace(want, **more))
    assert (verbs(plan), [one.property for one in verdict(plan).drift]) == (steps, drift)


def test_a_newer_snapshot_is_no_reason_to_touch_a_clone():
    have = after(mirrored("v1"), wanted())
    moved = have.destination.with_mirror(replace(have.destination.mirrors["v1"], exported_snapshot="s2"))
    held = {"v1": snapshots("v1", "s1", "s2")}
    plan = plan_clones(Picture(replace(moved, snapshots=held)), wanted())
    assert (plan.verbs(), verdict(plan).drift) == ([], ())
    assert verdict(plan).facts["parent_snapshot"] == "s1"


@pytest.mark.parametrize(
    "change, more, removed",
    [
        pytest.param({}, {}, ["dr:v1_clone"], id="ours"),
        pytest.param({}, {"clone_name": "{volume}_clone"}, ["dr:v1_clone"], id="by its name"),
        pytest.param({}, {"clone_name": "other_{volume}"}, [], id="another name"),
        pytest.param({}, {"purpose": "rehearsal"}, [], id="another purpose"),
        pytest.param({}, {"origin": Origin("svm_nice")}, [], id="of another backend"),
        pytest.param({"comment": ""}, {}, [], id="no mark"),
        pytest.param({"is_clone": False}, {}, [], id="split"),
    ],
)
def test_only_clones_with_our_mark_are_removed(change, more, removed):
    have = after(mirrored("v1"), wanted())
    side = have.destination.with_volume(replace(have.destination.volumes["v1_clone"], **change))
    plan = plan_clones(Picture(side), wanted(absent=True, **more))
    assert [step.target for step in plan.steps()] == removed


def test_a_clone_goes_after_those_that_are_mounted_below_it():
    want = wanted(junction_path="/r_{junction}")
    have = after(mirrored("v1", "v2", "v3", junctions={"v1": "/a", "v2": "/a/b", "v3": "/c"}), want)
    plan = plan_clones(have, replace(want, absent=True))
    needs = {chain.volume: chain.needs for stage in plan.stages for chain in stage}
    assert needs == {"v1": ("v2",), "v2": (), "v3": ()}
    stages = [{chain.volume for chain in stage} for stage in plan.stages]
    assert [("v2" in stage, "v1" in stage) for stage in stages] == [(True, False), (False, True)]


def test_what_clones_ask_of_each_junction_does_not_grow_with_their_number(monkeypatch):
    asked = []
    above = presentation.paths_above
    for module in (presentation, clones):
        monkeypatch.setattr(module, "paths_above", lambda path: asked.append(path) or above(path))
    want = wanted(junction_path="/r_{junction}")
    have = after(mirrored(*(f"v{number}" for number in range(100))), want)
    assert len(asked) <= 200
    asked.clear()
    assert len(plan_clones(have, replace(want, absent=True)).stages[0]) == 100
    assert len(asked) <= 200


def test_a_removal_needs_no_mirror():
    have = after(mirrored("v1"), wanted())
    plan = plan_clones(Picture(replace(have.destination, mirrors={}, snapshots=None)), wanted(absent=True))
    assert plan.verbs() == ["clone_delete"]


def test_a_clone_below_which_somebody_mounted_a_volume_is_not_removed():
    have = after(mirrored("v1"), wanted(junction_path="/r_{junction}"))
    side = have.destination.with_volume(source_volume("theirs", junction_path="/r_v1/theirs"))
    plan = plan_clones(Picture(side), wanted(absent=True))
    assert ("theirs" in verdict(plan).refused, plan.verbs()) == (True, [])


def test_of_a_volume_that_takes_writes_the_array_takes_the_snapshot():
    have = Picture(here(source_volume("v1"), target_volume("v2"), mirrors=(mirror("v2"),)))
    plan = plan_clones(have, wanted(origin=HERE, split=True))
    assert [(step.verb.value, step.args.get("snapshot")) for step in plan.steps()] == [
        ("clone_create", None),
        ("clone_split", None),
    ]
    assert [one.volume for one in plan.verdicts] == ["v1"]


def test_a_dp_volume_is_cloned_where_it_is_named():
    have = mirrored("v1")
    plan = plan_clones(have, wanted("v1", origin=HERE))
    (step,) = plan.steps()
    assert (step.args["snapshot"], mark_in(step.args["comment"]).source) == ("s1", "")
