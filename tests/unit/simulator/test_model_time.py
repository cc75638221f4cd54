# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time in the model: clocks, schedules, and jobs that run for a while."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.clock import RealClock, SteppedClock
from tests.simulator.model.ids import Ids
from tests.simulator.model.schedules import builtin_schedules
from tests.unit.simulator.model_helpers import change, later, make_volume, small_world, volume

SCHEDULES = builtin_schedules(Ids())


def unix(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    "name, now, expected",
    [
        ("hourly", "2026-03-01T10:04:59", "2026-03-01T10:05:00"),
        ("hourly", "2026-03-01T10:05:00", "2026-03-01T11:05:00"),
        ("5min", "2026-03-01T23:57:00", "2026-03-02T00:00:00"),
        ("10min", "2026-03-01T10:00:00", "2026-03-01T10:10:00"),
        ("8hour", "2026-03-01T18:15:00", "2026-03-02T02:15:00"),
        ("daily", "2026-02-28T00:10:00", "2026-03-01T00:10:00"),
        ("weekly", "2026-03-02T12:00:00", "2026-03-08T00:15:00"),
        ("monthly", "2026-03-01T00:20:00", "2026-04-01T00:20:00"),
    ],
)
def test_a_schedule_fires_at_its_next_time(name, now, expected):
    assert SCHEDULES[name].next_after(unix(now)) == unix(expected)


@given(st.sampled_from(sorted(SCHEDULES)), st.integers(1_700_000_000, 1_900_000_000))
def test_a_schedule_never_fires_now_or_in_the_past(name, now):
    following = SCHEDULES[name].next_after(now)
    assert now < following < now + 32 * 86400
    assert SCHEDULES[name].next_after(following - 1) == following


def test_a_stepped_clock_moves_only_when_told():
    clock = SteppedClock(100.0)
    assert clock.now() == clock.now() == 100.0
    clock.sleep(5)
    clock.advance(1)
    assert clock.now() == 106.0
    with pytest.raises(ValueError):
        clock.advance(-1)


def test_a_real_clock_can_be_pushed_forward():
    clock = RealClock()
    before = clock.now()
    clock.advance(3600)
    assert clock.now() >= before + 3600


def test_a_job_runs_for_its_time_and_is_gone_300_seconds_after_its_end():
    world = small_world(job_seconds=4)
    job = make_volume(world, "lyon", "new")
    jobs = world.clusters["lyon"].jobs
    assert (job.state, "new" in world.clusters["lyon"].svms["svm_lyon"].volumes) == ("running", False)
    later(world, 4)
    assert (job.state, job.code, job.end_time - job.start_time) == ("success", 0, 4)
    assert volume(world, "lyon", "new").create_time == job.end_time
    later(world, 299)
    assert jobs.get(job.uuid) is job
    later(world, 2)
    assert jobs.get(job.uuid) is None


def test_a_verb_can_have_a_duration_of_its_own():
    world = small_world()
    world.job_seconds_by_verb["volume.create"] = 7
    assert change(volume(world, "paris"), comment="x").state == "success"
    assert make_volume(world, "lyon", "new").state == "running"


@pytest.mark.parametrize(
    "action, args, after_s, state",
    [
        ("fail_job", {"code": "917927", "message": "no"}, 0, "failure"),
        ("delay_job", {"seconds": 30}, 29, "running"),
        ("delay_job", {"seconds": 30}, 30, "success"),
    ],
)
@pytest.mark.parametrize("verb", ["job", "volume.modify"])
def test_a_fault_fails_or_delays_a_job(action, args, after_s, state, verb):
    world = small_world()
    world.faults.add(action=action, verb=verb, target="svm_paris:vol1", args=args)
    job = change(volume(world, "paris"), comment="x")
    later(world, after_s)
    assert job.state == state
    assert (volume(world, "paris").comment == "x") == (state == "success")


def test_a_job_that_fails_at_its_end_says_why_and_changes_nothing():
    world = small_world(job_seconds=5)
    first = make_volume(world, "lyon", "new", junction="/same")
    second = change(volume(world, "paris"), size_bytes=500 * 1024**3)
    later(world, 5)
    assert first.state == "success"
    assert (second.state, second.error["code"], second.code) == ("failure", "917536", 917536)
    assert volume(world, "paris").size_bytes == 1024**3


def test_equal_worlds_get_equal_uuids():
    assert volume(small_world(), "lyon").uuid == volume(small_world(), "lyon").uuid
