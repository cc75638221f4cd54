# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The break: each state, the time-outs, and mounting in the right order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import DESTINATION, Verb, find
from ansible_collections.ontap.data_motion.plugins.module_utils.model.snapshot import Snapshot
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.failover import WantedBreak, plan_break
from tests.unit.planning.pictures import (
    ORIGIN,
    here,
    mirror,
    protected,
    source_volume,
    synchronous,
    target_volume,
    verbs,
    verdict,
    with_mirror,
    without_source,
)

WANT = WantedBreak(ORIGIN, ("v1",), quiesce_timeout_s=60.0)
S = State


def at_dr(*mirrors, volumes=None, **more):
    """What an unplanned run sees: the destination alone."""
    kept = volumes or [target_volume(one.destination.volume, source_volume(one.source.volume)) for one in mirrors]
    kept = [
        replace(volume, type=VolumeType.RW) if state_of(mirrors, volume.name) is S.BROKEN_OFF else volume
        for volume in kept
    ]
    return Picture(here(*kept, mirrors=mirrors, **more))


def state_of(mirrors, name):
    return next((one.state for one in mirrors if one.destination.volume == name), None)


BREAK = ["quiesce", "break", "mount"]


@pytest.mark.parametrize(
    "one, planned",
    [
        pytest.param(mirror("v1"), BREAK, id="snapmirrored"),
        pytest.param(mirror("v1", transfer_state="transferring"), BREAK, id="a transfer that may hang"),
        pytest.param(mirror("v1", transfer_state="aborted"), BREAK, id="after an abort"),
        pytest.param(mirror("v1", transfer_state="failed"), BREAK, id="after an update of a dead source"),
        pytest.param(mirror("v1", transfer_state=None), BREAK, id="before the first update"),
        pytest.param(mirror("v1", healthy=False), BREAK, id="unhealthy"),
        pytest.param(mirror("v1", lag_s=None), BREAK, id="a lag that cannot be read"),
        pytest.param(mirror("v1", S.PAUSED), ["break", "mount"], id="paused"),
        pytest.param(mirror("v1", S.PAUSED, transfer_state="transferring"), BREAK, id="paused and still transferring"),
        pytest.param(mirror("v1", S.BROKEN_OFF), ["mount"], id="broken off but not mounted"),
        pytest.param(
            mirror("v1", S.BROKEN_OFF, transfer_state="transferring"),
            ["abort", "break", "mount"],
            id="a resync under way",
        ),
        pytest.param(synchronous("v1"), BREAK, id="in sync"),
        pytest.param(synchronous("v1", S.OUT_OF_SYNC), BREAK, id="out of sync"),
        pytest.param(synchronous("v1", S.SYNCHRONIZING), BREAK, id="synchronizing"),
    ],
)
def test_what_each_state_asks_for(one, planned):
    plan = plan_break(at_dr(one), WANT)
    assert verbs(plan) == planned
    assert verdict(plan).refused == ""
    assert {step.side for step in plan.steps()} == {DESTINATION}


@pytest.mark.parametrize(
    "have, reason",
    [
        pytest.param(at_dr(mirror("v1", S.UNINITIALIZED)), "never initialized", id="uninitialized"),
        pytest.param(at_dr(mirror("v1", S.UNKNOWN)), "cannot be read", id="unknown"),
        pytest.param(
            at_dr(synchronous("v1", policy="AutomatedFailOver", sync_type="automated_failover")),
            "active sync",
            id="active sync",
        ),
        pytest.param(
            at_dr(synchronous("v1", sync_type="automated_failover_duplex")), "active sync", id="active sync, duplex"
        ),
        pytest.param(at_dr(mirror("v1"), volumes=[target_volume("x")]), "the volume is not there", id="no volume"),
        pytest.param(at_dr(), "has no mirror on SVM dr", id="no mirror"),
        pytest.param(
            Picture(here(target_volume("v1"), mirrors=(mirror("v1", S.BROKEN_OFF),))),
            "takes no writes",
            id="broken off and not writable",
        ),
        pytest.param(
            with_mirror(at_dr(mirror("v1")), mirror("v1", to="copy", uuid="m2")), "mirrored twice", id="mirrored twice"
        ),
    ],
)
def test_refused(have, reason):
    plan = plan_break(have, WANT)
    assert verbs(plan) == []
    assert reason in verdict(plan).refused


def test_all_done_asks_for_nothing():
    volume = target_volume("v1", type=VolumeType.RW, junction_path="/v1")
    assert verbs(plan_break(at_dr(mirror("v1", S.BROKEN_OFF), volumes=[volume]), WANT)) == []


@pytest.mark.parametrize("wish, on_timeout", [("abort", "abort"), ("fail", "fail")])
def test_the_quiesce_has_its_time_out(wish, on_timeout):
    quiesce = find(plan_break(at_dr(mirror("v1")), replace(WANT, on_quiesce_timeout=wish)), Verb.QUIESCE)
    assert (quiesce.args["timeout_s"], quiesce.args["on_timeout"]) == (60.0, on_timeout)


def test_a_synchronous_mirror_is_never_aborted():
    assert find(plan_break(at_dr(synchronous("v1")), WANT), Verb.QUIESCE).args["on_timeout"] == "fail"
    resyncing = synchronous("v1", S.BROKEN_OFF, transfer_state="transferring")
    assert verbs(plan_break(at_dr(resyncing), WANT)) == ["await_idle", "break", "mount"]


def test_an_older_recovery_point():
    held = {"v1": (Snapshot("daily.1", "v1", create_time=datetime(2026, 1, 1, tzinfo=timezone.utc)),)}
    plan = plan_break(at_dr(mirror("v1"), snapshots=held), replace(WANT, snapshot="daily.1"))
    assert find(plan, Verb.BREAK).args["snapshot"] == "daily.1"


def test_the_source_is_never_written_even_when_it_is_known():
    plan = plan_break(protected("v1", "v2"), replace(WANT, volumes=("*",)))
    assert {step.side for step in plan.steps()} == {DESTINATION}
    assert plan == plan_break(without_source(protected("v1", "v2")), replace(WANT, volumes=("*",)))


# -- mounting


def test_a_volume_that_was_not_mounted_at_its_source_is_not_mounted():
    target = target_volume("v1", of=source_volume("v1", junction_path=None))
    plan = plan_break(at_dr(mirror("v1"), volumes=[target]), WANT)
    assert verbs(plan) == ["quiesce", "break"]
    assert verdict(plan).facts["junction_assumed"] is False


def test_mount_false_mounts_nothing():
    plan = plan_break(at_dr(mirror("v1")), replace(WANT, mount=False))
    assert verbs(plan) == ["quiesce", "break"]
    assert "junction" not in verdict(plan).facts


@pytest.mark.parametrize(
    "wish, comment, path, basis",
    [
        (
            {"junction_paths": {"v1": "/o"}, "manifest": {"volumes": {"v1": {"junction_path": "/m"}}}},
            True,
            "/o",
            "option",
        ),
        ({"manifest": {"volumes": {"v1": {"junction_path": "/m"}}}}, True, "/m", "manifest"),
        ({}, True, "/from/comment", "comment"),
        ({}, False, "/v1", "assumed"),
    ],
)
def test_where_it_is_mounted_and_how_that_is_known(wish, comment, path, basis):
    source = source_volume("v1", junction_path="/from/comment")
    target = target_volume("v1", of=source) if comment else target_volume("v1", comment="")
    plan = plan_break(at_dr(mirror("v1"), volumes=[target]), replace(WANT, **wish))
    assert find(plan, Verb.MOUNT).args["junction_path"] == path
    told = verdict(plan)
    assert (told.facts["junction"], told.facts["junction_basis"]) == (path, basis)
    assert bool(told.warnings) == told.facts["junction_assumed"] == (basis == "assumed")


@pytest.mark.parametrize(
    "state, kind, planned",
    [
        pytest.param(S.SNAPMIRRORED, VolumeType.DP, ["quiesce", "break", "unmount", "mount"], id="read-only until now"),
        pytest.param(S.BROKEN_OFF, VolumeType.RW, [], id="in use"),
    ],
)
def test_a_volume_that_is_mounted_elsewhere(state, kind, planned):
    target = target_volume("v1", type=kind, junction_path="/elsewhere")
    plan = plan_break(at_dr(mirror("v1", state), volumes=[target]), WANT)
    assert verbs(plan) == planned
    if not planned:
        assert "/elsewhere" in verdict(plan).warnings[0]


def test_a_read_only_mount_at_the_right_path_stays():
    target = target_volume("v1", junction_path="/v1")
    assert verbs(plan_break(at_dr(mirror("v1"), volumes=[target]), WANT)) == ["quiesce", "break"]


NESTED = {"top": "/top", "mid": "/top/mid", "low": "/top/mid/low", "side": "/side", "far": "/top/far"}
STATES = {"top": S.SNAPMIRRORED, "mid": S.PAUSED, "low": S.SNAPMIRRORED, "side": S.BROKEN_OFF, "far": S.SNAPMIRRORED}


def nested(**changed):
    states = {**STATES, **changed}
    volumes = [target_volume(name, of=source_volume(name, junction_path=path)) for name, path in NESTED.items()]
    return at_dr(*(mirror(name, state) for name, state in states.items()), volumes=volumes)


def rows(plan):
    """{volume: (stage of its break, stage of its mount)}, counted from 0; None where there is none."""
    found = {}
    for number, stage in enumerate(plan.stages):
        for chain in stage:
            for step in chain.steps:
                if step.verb in (Verb.BREAK, Verb.MOUNT):
                    found.setdefault(chain.volume, {})[step.verb] = number
    return {name: (one.get(Verb.BREAK), one.get(Verb.MOUNT)) for name, one in found.items()}


def test_all_break_at_once_and_parents_are_mounted_before_their_children():
    plan = plan_break(nested(), replace(WANT, volumes=("*",)))
    assert rows(plan) == {"top": (0, 0), "mid": (0, 1), "low": (0, 2), "side": (None, 0), "far": (0, 1)}
    needs = {chain.volume: chain.needs for stage in plan.stages[1:] for chain in stage}
    assert needs == {"mid": ("top",), "far": ("top",), "low": ("mid", "top")}


def test_no_break_waits_for_a_parent():
    plan = plan_break(nested(), replace(WANT, volumes=("*",)))
    assert all(chain.needs == () for chain in plan.stages[0])


def test_a_refused_parent_stays_needed_by_its_children():
    """They are broken, not mounted, and named: the engine skips what needs a refused volume."""
    plan = plan_break(nested(top=S.UNINITIALIZED), replace(WANT, volumes=("*",)))
    assert verdict(plan, "top").refused
    assert rows(plan)["mid"] == (0, 1)
    assert [chain.needs for stage in plan.stages[1:] for chain in stage if chain.volume == "mid"] == [("top",)]


def test_a_parent_without_a_mirror_is_needed_where_the_manifest_tells_its_place():
    manifest = {"volumes": {"top": {"junction_path": "/top"}, "mid": {"junction_path": "/top/mid"}}}
    have = at_dr(mirror("mid"))
    plan = plan_break(have, replace(WANT, volumes=("top", "mid"), manifest=manifest))
    assert verdict(plan, "top").refused
    assert [chain.needs for stage in plan.stages[1:] for chain in stage] == [("top",)]


def test_a_parent_outside_of_the_set_is_neither_needed_nor_touched():
    plan = plan_break(nested(), replace(WANT, volumes=("mid",)))
    assert {step.volume for step in plan.steps()} == {"mid"}
    assert [chain.needs for stage in plan.stages for chain in stage] == [()]


def test_one_volume_that_cannot_be_broken_does_not_stop_the_others():
    have = at_dr(mirror("v1", S.UNINITIALIZED), mirror("v2"))
    plan = plan_break(have, replace(WANT, volumes=("*",)))
    assert (verbs(plan, "v1"), verbs(plan, "v2")) == ([], BREAK)


def test_a_misspelt_junction_path_is_told_before_any_write():
    with pytest.raises(BadInput, match="junction_paths"):
        plan_break(at_dr(mirror("v1")), replace(WANT, junction_paths={"v1": "v1"}))
