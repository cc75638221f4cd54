# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What volumes need to join the mirror of a group under active sync."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.array import Policy
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.group_mirrors import WantedGroup
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.mirrors import WantedMirrors, plan_mirrors

from .pictures import ORIGIN, POLICIES, here, mirror, record, source_volume, synchronous, target_volume, there, verdict

GROUP = WantedGroup("app", "app", expand=True)
WANT = WantedMirrors(ORIGIN, ("v1", "v2"), group=GROUP, wait=True, policy="AutomatedFailOver")
ENDS = {"group": Path("dr", "/cg/app"), "group_source": Path("prod", "/cg/app")}
IN_SYNC = {"policy": "AutomatedFailOver", "sync_type": "automated_failover", **ENDS}
ACTIVE_SYNC = {"AutomatedFailOver": Policy("AutomatedFailOver", "sync", "automated_failover")}
BASELINE = ["create", "initialize"]
JOINING = ["consistency_group_add", "expand", "await_idle"]


def picture(*own, records=(), policies=None, state=State.IN_SYNC):
    """v1 is in the group and in sync, v2 is to join."""
    part = synchronous("v1", state, uuid="m-app", **IN_SYNC)
    targets = [target_volume(name) for name in ("v1", "v2")]
    sources = [
        source_volume("v1", junction_path=None, consistency_group="app"),
        source_volume("v2", junction_path=None),
    ]
    mirrors = {"mirrors": (part, *own), "policies": policies or {**POLICIES, **ACTIVE_SYNC}, "about": None}
    return Picture(here(*targets, **mirrors), there(*sources, records=records, about=None))


def planned(have):
    return [step.verb.value for step in plan_mirrors(have, WANT).steps() if step.volume == "v2"]


@pytest.mark.parametrize(
    "own, first",
    [
        ([], BASELINE),
        ([mirror("v2")], []),
        ([mirror("v2", State.UNINITIALIZED, transfer_state=None)], ["initialize"]),
        ([mirror("v2", State.UNINITIALIZED, transfer_state="transferring")], ["await_idle"]),
        ([mirror("v2", transfer_state="transferring")], ["await_idle"]),
    ],
    ids=["none", "with a baseline", "never initialized", "on its way", "updating"],
)
def test_a_volume_gets_what_it_lacks_of_a_baseline_and_joins(own, first):
    assert planned(picture(*own)) == first + JOINING


@pytest.mark.parametrize(
    "have, reason",
    [
        (picture(mirror("v2", State.PAUSED)), "its own mirror dr:v2 is paused"),
        (picture(mirror("v2", State.BROKEN_OFF)), "its own mirror dr:v2 is broken_off"),
        (picture(synchronous("v2")), "mirrors it already, not as part of consistency group app"),
        (picture(records=(record("v2", "m-nice", svm="nice"),)), "is mirrored to nice:v2 already"),
        (picture(policies=ACTIVE_SYNC), "policy MirrorAllSnapshots does not exist"),
        (picture(state=State.OUT_OF_SYNC), "it has to be in_sync"),
    ],
    ids=["paused", "broken", "synchronous", "elsewhere", "no policy", "out of sync"],
)
def test_what_cannot_join_is_refused_with_no_step(have, reason):
    plan = plan_mirrors(have, WANT)
    assert reason in verdict(plan, "v2").refused
    assert planned(have) == []


def test_the_record_of_its_own_mirror_is_no_other_target():
    assert planned(picture(mirror("v2"), records=(record("v2"),))) == JOINING


def test_unasked_a_mirror_of_its_own_is_left_alone():
    have = picture(mirror("v2"))
    plan = plan_mirrors(have, WantedMirrors(ORIGIN, ("v1", "v2"), group=WantedGroup("app", "app")))
    assert "remove that mirror first" in verdict(plan, "v2").refused
    assert list(plan.steps()) == []
