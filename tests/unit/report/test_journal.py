# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal read back, whatever a crash did to it."""

from __future__ import annotations

import json

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.report.journal import (
    UNPROVEN,
    parse_time,
    read_events,
    step_records,
)
from tests.unit.report.stories import at, event, events_of


def records(lines):
    return step_records(read_events(lines).events)


@pytest.mark.parametrize(
    "text, seconds",
    [
        pytest.param("2030-01-31T03:04:06.500+00:00", 1.5, id="as the journal writes it"),
        pytest.param("2030-01-31T03:04:06Z", 1, id="Z for UTC"),
        pytest.param("2030-01-31T05:04:06+02:00", 1, id="another offset"),
        pytest.param("2030-01-31T03:04:06", 1, id="no offset is UTC"),
    ],
)
def test_times_are_understood(text, seconds):
    assert parse_time(text) == at(seconds)


@pytest.mark.parametrize("text", ["yesterday", "", None, 17])
def test_what_is_no_time_is_none(text):
    assert parse_time(text) is None


def test_a_torn_last_line_is_passed_over_and_counted():
    lines = events_of("vol1", "break", 1, 2)
    torn = lines[1][: len(lines[1]) // 2]
    reading = read_events([lines[0], torn])
    assert [one["event"] for one in reading.events] == ["step_started"]
    assert reading.unreadable == 1


@pytest.mark.parametrize(
    "line",
    ["\x00\x00\n", "[1, 2]\n", '"text"\n', '{"event": "step_ended"}\n', '{"time": 5, "event": "step_ended"}\n'],
)
def test_lines_that_are_no_events_do_no_harm(line):
    reading = read_events([line, *events_of("vol1", "break", 1, 2)])
    assert (len(reading.events), reading.unreadable) == (2, 1)


def test_a_line_torn_in_a_run_before_is_not_this_runs():
    old = events_of("vol1", "break", 1, 2)
    reading = read_events([old[0], old[1][:10], *events_of("vol1", "mount", 50, 51), *old], since=at(40))
    assert reading.unreadable == 0
    assert [one["verb"] for one in reading.events] == ["mount", "mount"]


def test_only_events_of_this_run_count():
    lines = [*events_of("vol1", "create", 1, 2), *events_of("vol1", "break", 100, 101)]
    assert [one["verb"] for one in read_events(lines, since=at(100)).events] == ["break", "break"]
    assert read_events(lines, since=at(100)).first_time == at(100)


def test_starts_are_joined_with_their_ends():
    (record,) = records(events_of("vol1", "break", 1, 3.5, status="failed", msg="no", job="j1"))
    assert (record.status, record.msg, record.job, record.seconds) == ("failed", "no", "j1", 2.5)
    assert (record.started, record.ended) == (at(1), at(3.5))


def test_volumes_side_by_side_keep_apart():
    lines = [*events_of("vol1", "break", 1, 9), *events_of("vol2", "break", 2, 3)]
    lines.sort(key=lambda line: json.loads(line)["time"])
    assert [(one.volume, one.seconds) for one in records(lines)] == [("vol1", 8.0), ("vol2", 1.0)]


def test_an_end_goes_with_the_newest_start_since_the_older_one_was_killed():
    lines = [event("step_started", 1, "vol1", "break"), *events_of("vol1", "break", 50, 52)]
    assert [(one.status, one.seconds) for one in records(lines)] == [(UNPROVEN, None), ("done", 2.0)]


def test_a_step_that_sends_nothing_has_an_end_only():
    lines = events_of("vol1", "await_idle", 10, 14)[1:]
    assert [(one.started, one.ended) for one in records(lines)] == [(at(10), at(14))]


def test_plans_and_events_of_later_releases_are_passed_over():
    lines = [
        event("planned", 0, "vol1", "break"),
        event("weather", 1, "vol1", "rain"),
        *events_of("vol1", "break", 2, 3),
    ]
    assert [one.verb for one in records(lines)] == ["break"]
