# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVMs mirrored as a whole: when they may be broken, and what is stopped and started."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.array import SvmAbout
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture
from ansible_collections.ontap.data_motion.plugins.module_utils.model.snapshot import Snapshot, fence_name, shown
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.planning import guard
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.failover import WantedBreak, plan_break
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.fence import WantedFence, plan_fence
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.groups import expand, fold
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.names import Origin
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.reverse import WantedReverse, plan_reverse
from tests.unit.planning.pictures import here, mirror, source_volume, target_volume, there, verdict

ORIGIN = Origin("prod", "paris")
NAMES = ("v1", "v2")
WANT = WantedBreak(ORIGIN, ("*",))


def about(state, subtype="default"):
    return SvmAbout("u", state, subtype)


def whole(state=State.SNAPMIRRORED, identity="full", **more):
    ends = {"source": Path("prod", ""), "destination": Path("dr", ""), "exported_snapshot": None}
    return replace(mirror("", state), **ends, identity_preservation=identity, **more)


def protected(source_is=None, copy_is="stopped", **more):
    """source_is: None where the source is not read."""
    targets = [target_volume(name, comment="", junction_path=f"/{name}") for name in NAMES]
    copy = replace(here(*targets, mirrors=(whole(**more),)), whole=about(copy_is, "dp_destination"))
    source = None if source_is is None else replace(there(*map(source_volume, NAMES)), whole=about(source_is))
    return Picture(expand(copy), source)


def steps(plan, have):
    return [(step.verb.value, step.target, step.volumes) for step in fold(plan, have).steps()]


@pytest.mark.parametrize(
    "identity, source_is, refused, warned",
    [
        pytest.param("full", "running", True, False, id="two of one identity"),
        pytest.param("full", "stopping", True, False, id="not stopped yet"),
        pytest.param("full", "stopped", False, False, id="stopped"),
        pytest.param("full", None, False, True, id="declared lost"),
        pytest.param("exclude_network_config", "running", False, False, id="addresses of its own"),
        pytest.param(None, None, False, False, id="as the policy says"),
    ],
)
def test_a_break_never_makes_two_of_one_identity(identity, source_is, refused, warned):
    told = verdict(plan_break(protected(source_is, identity=identity), WANT))
    assert bool(told.refused) is refused
    assert any("same addresses" in one for one in told.warnings) is warned


@pytest.mark.parametrize(
    "state, copy_is, planned",
    [
        (State.SNAPMIRRORED, "stopped", ["quiesce", "break", "svm_start"]),
        (State.PAUSED, "stopped", ["break", "svm_start"]),
        (State.SNAPMIRRORED, "running", ["quiesce", "break"]),
    ],
)
def test_the_copy_is_broken_and_started_once_for_all_its_volumes(state, copy_is, planned):
    have = protected(copy_is=copy_is, state=state)
    assert steps(plan_break(have, WANT), have) == [(verb, "dr:", NAMES) for verb in planned]


def test_a_fence_stops_the_svm_once_and_marks_the_time_on_each_volume():
    have = Picture(here(), replace(there(*map(source_volume, NAMES)), whole=about("running"), luns=()))
    wanted = WantedFence(("*",), svm_dr=True)
    assert steps(plan_fence(have, wanted), have) == [
        ("svm_stop", "prod:", NAMES),
        *(("snapshot_create", f"prod:{name}", (name,)) for name in NAMES),
    ]
    with pytest.raises(BadInput, match="v2 with it"):
        plan_fence(have, replace(wanted, volumes=("v1",)))


def test_a_stopped_svm_counts_as_fenced_although_its_volumes_are_mounted():
    time = datetime(2026, 1, 1, tzinfo=timezone.utc)
    fence = Snapshot(fence_name("prod"), "v1", "u1", "x", time)
    arguments = ("prod:v1", source_volume("v1"), (fence,), (fence,), 3, None)
    assert guard.measure(*arguments).loss == guard.UNKNOWN
    assert guard.measure(*arguments, stopped=True).loss == guard.NONE


def test_a_volume_that_is_new_at_the_active_side_holds_nothing_up():
    """Its counterpart comes into being with the first transfer of the way back."""
    fenced = (Snapshot(fence_name("prod"), "v1", "u1", "x", datetime(2026, 1, 1, tzinfo=timezone.utc)),)
    old = replace(whole(State.BROKEN_OFF), group_type="svm_dr")
    active = [target_volume(name, type=VolumeType.RW, comment="") for name in (*NAMES, "new")]
    lyon = replace(here(*active, mirrors=(old,)), snapshots=dict.fromkeys(NAMES, fenced))
    paris = replace(
        there(*map(source_volume, NAMES), peers=(replace(here().peers[0], name="dr", peer_svm="dr", peer_cluster="lyon"),)),
        whole=about("stopped"), snapshots=dict.fromkeys(NAMES, fenced), luns=(), namespaces={},
    )  # fmt: skip
    have = Picture(paris, expand(lyon))
    plan = plan_reverse(have, WantedReverse(Origin("dr", "lyon"), ("*",), svm_dr=True))
    assert {one.volume: bool(one.refused) for one in plan.verdicts} == {"v1": False, "v2": False, "new": False}
    assert steps(plan, have) == [(verb, end, NAMES) for verb, end in (
        ("delete", "dr:"), ("release", "prod:"), ("create", "prod:"), ("resync", "prod:"),
    )]  # fmt: skip


def test_what_is_shown_is_the_newest_only_where_nothing_else_can_tell():
    times = [datetime(2026, 1, day, tzinfo=timezone.utc) for day in (1, 2)]
    held = tuple(Snapshot(f"s{time.day}", "v1", create_time=time) for time in times)
    assert shown("s1", held, True).name == "s1"
    assert shown(None, held, True).name == "s2"
    assert shown(None, held, False) is None
