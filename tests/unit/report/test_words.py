# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines for the screen, and where the bars of the charts stand."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.report import charts, words
from tests.unit.report import stories
from tests.unit.report.stories import events_of, report, result, stamp, step, task


def lines_of(*tasks, **more):
    return words.summary(report(*tasks, **more))


@pytest.mark.parametrize(
    "seconds, text",
    [
        (None, "unknown"),
        (0, "0 s"),
        (31.4, "31 s"),
        (119, "119 s"),
        (120, "2 min"),
        (310, "5 min 10 s"),
        (3600, "1 h"),
        (6995, "1 h 56 min"),
        (100000, "27 h 46 min"),
        (352800, "4 d 2 h"),
    ],
)
def test_a_lag_is_told_in_two_units_at_most(seconds, text):
    assert words.lag_text(seconds) == text


def test_the_first_line_is_about_the_backend():
    good = [result(f"vol{number:02d}", "ok" if number % 2 else "changed", lag_s=31) for number in range(19)]
    lines = lines_of(task(*good, result("vol19", "failed", msg="no space")))
    assert lines == ["paris -> lyon: 20 volumes, 19 ok, 1 failed, worst lag 31 s", "vol19: failed: no space"]


def test_a_run_without_a_target_names_the_backend_alone():
    assert lines_of(task(result("vol1")), target=None) == ["paris: 1 volume, 1 ok"]


def test_check_mode_is_said():
    assert lines_of(task(result("vol1")), rehearsed=True)[0].endswith("(check mode: nothing was done)")


@pytest.mark.parametrize(
    "playbook, facts, told",
    [
        ("status", {"healthy": True, "state": "snapmirrored"}, []),
        ("status", {"healthy": False}, ["vol1: not healthy"]),
        ("status", {"healthy": False, "unhealthy_reasons": ["no space"]}, ["vol1: not healthy: no space"]),
        ("status", {"rpo": "breach", "lag_s": 7200}, ["vol1: over the RPO, lag 2 h"]),
        ("status", {"state": "in_sync", "healthy": True}, []),
        ("status", {"state": "synchronizing", "healthy": True}, ["vol1: synchronizing, not in_sync"]),
        (
            "status",
            {"state": "out_of_sync", "healthy": False, "msg": "x is out_of_sync, not in_sync: line cut"},
            ["vol1: x is out_of_sync, not in_sync: line cut"],
        ),
        ("status", {"state": "paused"}, ["vol1: paused, so it is not replicating"]),
        ("status", {"state": "uninitialized"}, ["vol1: uninitialized, so it is not replicating"]),
        ("status", {"state": "broken_off"}, ["vol1: broken_off, so it is not replicating"]),
        ("failover", {"state": "broken_off"}, []),
        (
            "failover",
            {"state": "broken_off", "junction": "/vol1", "junction_assumed": True},
            ["vol1: nobody told its junction path; /vol1 is assumed"],
        ),
        ("update", {"status": "in_progress", "msg": "still at it"}, ["vol1: in progress: still at it"]),
        ("update", {"status": "unreachable", "msg": ""}, ["vol1: unreachable: no task said why"]),
    ],
)
def test_a_line_for_each_volume_that_is_not_well(playbook, facts, told):
    assert lines_of(task({**result("vol1"), **facts}), playbook=playbook)[1:] == told


def test_a_volume_with_several_targets_is_named_by_its_destination():
    there = result("vol1", "failed", destination="svm_nice:vol1", msg="no space")
    lines = lines_of(task(result("vol1"), to="lyon"), task(there, to="nice"), target="lyon, nice")
    assert lines == [
        "paris -> lyon, nice: 1 volume (2 mirrors), 1 ok, 1 failed",
        "svm_nice:vol1: failed: no space",
    ]


def test_there_are_twenty_lines_at_most_and_the_failed_ones_come_first():
    late = [result(f"a{number:02d}", "in_progress") for number in range(30)]
    lines = lines_of({"msg": "nice does not answer"}, task(*late, result("z99", "failed", msg="no space")))
    assert len(lines) == 20
    assert lines[1:3] == ["nice does not answer", "z99: failed: no space"]
    assert lines[-1] == "and 14 more, see the report"


def test_a_message_of_many_lines_is_one_line_of_limited_length():
    lines = lines_of({"msg": "first\n  second\n" + "x" * 1000})
    assert lines[1].startswith("first second xxx")
    assert len(lines[1]) == 300


# ---- charts


def chart(*lines, ended=100):
    told = [event for group in lines for event in group]
    steps = [step("vol1", "quiesce"), step("vol1", "break")]
    return charts.timeline(report(task(result("vol1", steps=steps)), lines=told).volumes, stamp(ended))


def test_bars_stand_where_their_steps_were():
    drawn = chart(events_of("vol1", "quiesce", 10, 15), events_of("vol1", "break", 15, 20))
    assert drawn.started == stamp(10).replace(".000", "")
    (row,) = drawn.rows
    assert [(each.x, each.width, each.phase) for each in row.bars] == [(0.0, 50.0, "quiesce"), (50.0, 50.0, "break")]
    assert row.seconds == 10.0


def test_a_step_of_no_time_is_seen_and_stays_on_the_axis():
    drawn = chart(events_of("vol1", "quiesce", 10, 20), events_of("vol1", "break", 20, 20))
    each = drawn.rows[0].bars[1]
    assert each.width == charts.LEAST_WIDTH
    assert each.x + each.width <= 100


def test_a_step_whose_end_is_not_on_record_lasts_to_the_end_of_the_run():
    drawn = chart(events_of("vol1", "quiesce", 0, 50), events_of("vol1", "break", 50, 60)[:1])
    assert [(each.x, each.width) for each in drawn.rows[0].bars] == [(0.0, 50.0), (50.0, 50.0)]


def test_nothing_done_is_nothing_drawn():
    assert chart() == charts.Timeline((), (), None)


@pytest.mark.parametrize("length_s", [0.001, 0.3, 1, 7, 59, 61, 3599, 40000, 10**6])
def test_ticks_are_few_and_in_order(length_s):
    ticks = charts.ticks(length_s)
    assert ticks[0][0] == 0.0
    assert 1 <= len(ticks) <= charts.MOST_TICKS + 1
    assert [place for place, _text in ticks] == sorted({place for place, _text in ticks})
    assert all(0 <= place <= 97 for place, _text in ticks)


def test_every_bar_of_a_large_run_lies_on_the_axis():
    told = stories.failover(200, 3)
    bars = [each for row in charts.timeline(told.volumes, str(told.document["ended"])).rows for each in row.bars]
    assert len(bars) == 600
    assert all(each.x >= 0 and each.x + each.width <= 100.01 for each in bars)


@pytest.mark.parametrize("lags, rpo_s, scale", [([], None, 1.0), ([None, 5], None, 5.0), ([5, 500], 100, 500.0)])
def test_lag_bars_have_one_scale(lags, rpo_s, scale):
    assert charts.lag_scale_s([{"lag_s": lag} for lag in lags], rpo_s) == scale


def test_the_line_of_the_rpo_is_within_the_bar():
    assert charts.lag_scale_s([{"lag_s": 5}], 100) > 100
