# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mirrors with synchronous policies: what is planned for them that differs, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State as S
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Verb, find
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.mirrors import WantedMirrors, plan_mirrors
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.names import Origin
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.targets import WantedTargets, plan_targets
from tests.unit.planning.pictures import here, source_volume, synchronous, target_volume, there, verbs, verdict

ORIGIN = Origin("prod", "paris")
WANT = WantedMirrors(ORIGIN, ("v1",))
SYNC = replace(WANT, policy="Synchronous")


def unprotected(**more):
    return Picture(here(target_volume("v1", **more)), there(source_volume("v1", **more)))


def found(state, **more):
    return Picture(here(target_volume("v1"), mirrors=(synchronous("v1", state, **more),)), there(source_volume("v1")))


def test_a_new_mirror_is_initialized_into_sync_and_has_no_schedule():
    plan = plan_mirrors(unprotected(), SYNC)
    assert verbs(plan) == ["create", "initialize"]
    assert find(plan, Verb.CREATE).args["schedule"] is None
    assert find(plan, Verb.INITIALIZE).args["synchronous"] is True


@pytest.mark.parametrize("wait, planned", [(False, ["resume"]), (True, ["resume", "await_idle"])])
def test_a_resumed_mirror_is_awaited_until_it_is_in_sync(wait, planned):
    plan = plan_mirrors(found(S.PAUSED), replace(WANT, active=True, wait=wait))
    assert verbs(plan) == planned
    assert find(plan, Verb.RESUME).args["synchronous"] is True


@pytest.mark.parametrize("state", [S.PAUSED, S.BROKEN_OFF, S.OUT_OF_SYNC])
def test_drift_says_in_sync(state):
    (drift,) = verdict(plan_mirrors(found(state), WANT)).drift
    assert (drift.have, drift.want) == (state.value, "in_sync")


def test_out_of_sync_is_told_with_its_reason():
    told = verdict(plan_mirrors(found(S.OUT_OF_SYNC, healthy=False, unhealthy_reasons=("line cut (5)",)), WANT))
    assert "out_of_sync" in told.warnings[0]
    assert "line cut (5)" in told.warnings[0]


@pytest.mark.parametrize(
    "state, transfer, planned",
    [
        (S.IN_SYNC, None, ["quiesce", "delete", "release"]),
        (S.OUT_OF_SYNC, "failed", ["quiesce", "delete", "release"]),
        (S.PAUSED, None, ["delete", "release"]),
        (S.BROKEN_OFF, None, ["delete", "release"]),
        (S.UNINITIALIZED, "transferring", ["await_idle", "delete", "release"]),
    ],
)
def test_what_cannot_be_aborted_is_quiesced_or_awaited_before_its_removal(state, transfer, planned):
    assert verbs(plan_mirrors(found(state, transfer_state=transfer), replace(WANT, absent=True))) == planned


@pytest.mark.parametrize("setting, named", [({"schedule": "hourly"}, "schedule"), ({"throttle_kbps": 100}, "throttle")])
def test_schedule_and_throttle_are_refused_before_anything_is_made(setting, named):
    with pytest.raises(BadInput, match=f"Synchronous is synchronous.*no {named}"):
        plan_mirrors(unprotected(), replace(SYNC, **setting))
    targets = WantedTargets(ORIGIN, ("v1",), aggregate_map={"aggr1_paris": "aggr1_lyon"}, policy="Synchronous")
    with pytest.raises(BadInput, match=f"no {named}"):
        plan_targets(Picture(here(), there(source_volume("v1"))), replace(targets, **setting))
    assert f"no {named}" in verdict(plan_mirrors(found(S.IN_SYNC), replace(WANT, **setting))).refused


def test_a_flexgroup_is_refused_before_its_target_is_made():
    targets = WantedTargets(ORIGIN, ("v1",), aggregate_map={"aggr1_paris": "aggr1_lyon"}, policy="Synchronous")
    have = Picture(here(), there(source_volume("v1", style="flexgroup")))
    assert "FlexGroup" in verdict(plan_targets(have, targets)).refused
    assert "FlexGroup" in verdict(plan_mirrors(unprotected(style="flexgroup"), SYNC)).refused
    assert verbs(plan_mirrors(unprotected(style="flexgroup"), WANT)) == ["create", "initialize"]


def test_the_type_of_its_policy_is_never_changed():
    told = verdict(plan_mirrors(found(S.IN_SYNC), replace(WANT, policy="MirrorAllSnapshots")))
    assert "of type sync" in told.refused
