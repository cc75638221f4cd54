# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left at the active side, and which of it may be a further destination's last link."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Verb
from ansible_collections.ontap.data_motion.plugins.module_utils.model.snapshot import Snapshot
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.cleanup import left_behind
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.pairs import Pair

from . import pictures

START = datetime(2025, 10, 9, 8, 0, tzinfo=timezone.utc)
OURS, BACK, NICE, ROME = "snapmirror.dr-id_1", "snapmirror.prod-id_1", "snapmirror.nice-id_1", "snapmirror.rome-id_1"
FENCE = "data_motion_fence.prod"


def snapshot(base: str, minute: int | None) -> Snapshot:
    """*minute* after START, a minute of None: the array did not tell."""
    name = base if base in (FENCE, "hourly") else f"{base}.{minute}"
    return Snapshot(name, "v1", f"{name}-id", None, START + timedelta(minutes=minute) if minute is not None else None)


LEFT = [(OURS, 1), (BACK, 5), (FENCE, 3)]
KEPT = [(OURS, 9), ("hourly", 2)]


@pytest.mark.parametrize(
    "others, bases, goes",
    [
        pytest.param((), (), True, id="no further destination"),
        pytest.param((), ((NICE, 1),), True, id="one that is gone"),
        pytest.param(("nice",), ((NICE, 6),), True, id="transferred since"),
        pytest.param(("nice",), (), False, id="no base snapshot of its own"),
        pytest.param(("nice",), ((NICE, 4),), False, id="one that came back with the older state"),
        pytest.param(("nice",), ((NICE, 4), (NICE, 6)), False, id="a transfer since then that has not ended"),
        pytest.param(("nice",), ((NICE, None),), False, id="nobody knows of when"),
        pytest.param(("nice", "rome"), ((NICE, 6),), False, id="one of two"),
        pytest.param(("nice", "rome"), ((NICE, 6), (ROME, 7)), True, id="both"),
    ],
)
def test_what_is_left_goes_once_each_further_destination_has_a_link_of_its_own(others, bases, goes):
    steps, warnings = planned(others, [*LEFT, *KEPT, *bases])
    left = {snapshot(*one).name for one in LEFT}
    assert {step.args["name"] for step in steps} == (left if goes else set())
    assert {step.verb for step in steps} <= {Verb.SNAPSHOT_DELETE}
    assert bool(warnings) is not goes
    for other in others if not goes else ():
        assert f"{other}:v1" in warnings[0]


def test_nothing_goes_while_the_time_of_what_is_left_is_unknown():
    assert planned(("nice",), [(FENCE, 3), (BACK, None), (NICE, 6)])[0] == ()


def test_nothing_to_remove_warns_of_nothing():
    assert planned(("nice",), [(OURS, 9), (NICE, 4)]) == ((), ())


def planned(others, held):
    mirror = pictures.mirror("v1", exported_snapshot=f"{OURS}.9", uuid="m1")
    records = [pictures.record("v1", "m1"), *(pictures.record("v1", f"m-{svm}", svm=svm) for svm in others)]
    side = pictures.there(
        pictures.source_volume("v1"),
        svm_uuid="prod-id",
        records=tuple(records),
        snapshots={"v1": tuple(snapshot(*one) for one in held)},
    )
    return left_behind(Pair("v1", "v1", "v1", active_end="v1", overwritten_end="v1"), mirror, side.volumes["v1"], side)
