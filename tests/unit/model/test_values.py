# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations, paths, states and plans as values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.data_motion.plugins.module_utils.model.duration import seconds
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import ApiError, JobFailed, MotionError
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import Mirror, State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import (
    Plan,
    Step,
    Verb,
    Verdict,
    VolumePlan,
    find,
    join,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import VolumeType


@pytest.mark.parametrize(
    "text, expected",
    [
        ("PT8H35M42S", 8 * 3600 + 35 * 60 + 42),
        ("P428DT22H45M19S", 428 * 86400 + 22 * 3600 + 45 * 60 + 19),
        ("PT0S", 0),
        ("P1D", 86400),
        ("P2W", 14 * 86400),
        ("P1M", 30 * 86400),
        ("P1Y", 365 * 86400),
        ("PT1.5S", 1.5),
        ("-PT5S", -5),
        (None, None),
        ("", None),
        ("P", None),
        ("PT", None),
        ("-P", None),
        ("-PT", None),
        ("8:35:42", None),
        ("forever", None),
    ],
)
def test_durations(text, expected):
    assert seconds(text) == expected


@given(st.integers(0, 10**4), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_any_lag_is_read(days, hours, minutes, rest):
    expected = ((days * 24 + hours) * 60 + minutes) * 60 + rest
    assert seconds(f"P{days}DT{hours}H{minutes}M{rest}S") == expected


@given(st.text(max_size=20))
def test_no_text_is_an_error(text):
    assert seconds(text) is None or isinstance(seconds(text), float)


@pytest.mark.parametrize(
    "text, volume, is_volume", [("svm:vol", "vol", True), ("svm:", "", False), ("svm:/cg/one", "/cg/one", False)]
)
def test_paths(text, volume, is_volume):
    path = Path.parse(text)
    assert (path.svm, path.volume, path.is_volume, str(path)) == ("svm", volume, is_volume, text)


@pytest.mark.parametrize("text", ["", "svm", ":vol"])
def test_what_is_no_path(text):
    with pytest.raises(ValueError, match="not of the form"):
        Path.parse(text)


@pytest.mark.parametrize(
    "text, state", [("snapmirrored", State.SNAPMIRRORED), ("Broken_Off", State.BROKEN_OFF), ("odd", State.UNKNOWN)]
)
def test_states_are_never_guessed(text, state):
    assert State.of(text) is state
    assert State.of(None) is State.UNKNOWN
    assert VolumeType.of("DP") is VolumeType.DP
    assert VolumeType.of("odd") is VolumeType.of(None) is VolumeType.UNKNOWN


@pytest.mark.parametrize("transfer", ["queued", "transferring"])
def test_a_queued_transfer_counts_as_one(transfer):
    assert Mirror(Path("a", "v"), Path("b", "v"), transfer_state=transfer).transferring


@pytest.mark.parametrize("kind, synchronous", [("sync", True), ("continuous", True), ("async", False), (None, False)])
def test_what_is_synchronous(kind, synchronous):
    assert Mirror(Path("a", "v"), Path("b", "v"), policy_type=kind).synchronous is synchronous


def test_errors_keep_the_facts_that_are_known():
    error = ApiError("refused", 409, "1", host="lyon", volume=None)
    assert (str(error), error.facts) == ("refused", {"status": 409, "code": "1", "host": "lyon"})
    assert isinstance(JobFailed("failed", "1"), MotionError)


# -- plans


def step(verb, volume, **args):
    return Step(verb, volume, f"dr:{volume}", args=args)


def staged(volume, *numbers, needs=()):
    stages = {number: (step(Verb.MOUNT, volume, junction_path=f"/{number}"),) for number in numbers}
    return VolumePlan(Verdict(volume), stages, needs)


def test_stages_with_equal_numbers_run_side_by_side_and_gaps_close():
    plan = join({"a": staged("a", 0, 5), "b": staged("b", 2, 5)})
    assert [[chain.volume for chain in stage] for stage in plan.stages] == [["a"], ["b"], ["a", "b"]]
    assert [verdict.volume for verdict in plan.verdicts] == ["a", "b"]


def test_what_a_plan_needs_concerns_its_later_stages():
    plan = join({"child": staged("child", 0, 1, needs=("parent",))})
    assert [stage[0].needs for stage in plan.stages] == [(), ("parent",)]
    assert [stage[0].needs for stage in join({"child": staged("child", 1, needs=("parent",))}).stages] == [("parent",)]


def test_a_plan_as_plain_values_hides_what_means_nothing_to_the_user():
    args = {"uuid": "u", "transfer_uuid": "t", "before": ("t",), "policy": None, "schedule": ""}
    plan = join({"a": VolumePlan.of("a", step(Verb.MODIFY, "a", **args))})
    assert plan.as_list() == [
        {
            "stage": 1,
            "verb": "modify",
            "volume": "a",
            "target": "dr:a",
            "side": "destination",
            "args": {"schedule": ""},
        }
    ]


def test_waiting_changes_nothing():
    waits = join({"a": VolumePlan.of("a", step(Verb.AWAIT_IDLE, "a"))})
    writes = join({"a": VolumePlan.of("a", step(Verb.AWAIT_IDLE, "a"), step(Verb.UPDATE, "a"))})
    assert (waits.changes, writes.changes, Plan().changes) == (False, True, False)
    assert find(writes, Verb.UPDATE) is not None
    assert find(waits, Verb.UPDATE) is None


def test_a_refusal_is_its_own_message():
    plan = VolumePlan.refuse("a", "since", facts={"loss": "unknown"})
    assert (plan.verdict.refused, plan.verdict.message, plan.stages) == ("since", "since", {})
