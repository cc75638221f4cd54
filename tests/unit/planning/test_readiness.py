# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which target a failover takes."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import Mirror, State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.readiness import Candidate, assess, choose

WANTED = ("vol1", "vol2")
REPLICATED, SERVED, EMPTY = State.SNAPMIRRORED, State.BROKEN_OFF, State.UNINITIALIZED


def target(name, *mirrors, healthy=True):
    """mirrors: (state, lag_s) of vol1, vol2 and so on."""
    return Candidate(
        name,
        {
            f"vol{number}": Mirror(
                Path("svm_paris", f"vol{number}"),
                Path(f"svm_{name}", f"vol{number}"),
                state=state,
                lag_s=lag_s,
                healthy=healthy,
            )
            for number, (state, lag_s) in enumerate(mirrors, start=1)
        },
    )


def chosen(*targets):
    return choose([assess(one, WANTED, None) for one in targets])


@pytest.mark.parametrize(
    "one, other",
    [
        pytest.param(
            target("best", (REPLICATED, 9), (REPLICATED, 30)),
            target("x", (REPLICATED, 1), (REPLICATED, 31)),
            id="smallest worst lag",
        ),
        pytest.param(
            target("best", (REPLICATED, 99), (REPLICATED, 99)), target("x", (REPLICATED, 1)), id="most volumes"
        ),
        pytest.param(
            target("best", (REPLICATED, 99), (REPLICATED, 99)),
            target("x", (REPLICATED, 1), (EMPTY, None)),
            id="an empty copy does not count",
        ),
        pytest.param(
            target("best", (REPLICATED, 99), (REPLICATED, 99)),
            target("x", (REPLICATED, 1), (REPLICATED, 1), healthy=False),
            id="healthy",
        ),
        pytest.param(
            target("best", (REPLICATED, 99), (REPLICATED, 99)),
            target("x", (REPLICATED, 1), (REPLICATED, None)),
            id="a lag that is known",
        ),
        pytest.param(
            target("best", (SERVED, None), (REPLICATED, 99)),
            target("x", (REPLICATED, 1), (REPLICATED, 1)),
            id="half failed over to it",
        ),
        pytest.param(
            target("best", (SERVED, None)),
            target("x", (REPLICATED, 1), (REPLICATED, 1)),
            id="serves already, though it lacks a volume",
        ),
        pytest.param(target("best", (REPLICATED, 9)), Candidate("x", unreachable="no answer"), id="reachable"),
    ],
)
def test_the_best_target_is_chosen_whatever_the_order(one, other):
    assert [chosen(one, other)[0], chosen(other, one)[0]] == ["best", "best"]


def test_between_equals_the_order_of_preference_decides():
    first, second = (target(name, (REPLICATED, 5), (REPLICATED, 5)) for name in ("first", "second"))
    assert [chosen(first, second)[0], chosen(second, first)[0]] == ["first", "second"]


def test_the_reason_says_that_the_service_runs_there_already():
    assert "1 of 2 volumes are failed over to it already" in chosen(target("lyon", (SERVED, None), (REPLICATED, 9)))[1]


def test_a_target_without_any_copy_is_never_chosen():
    name, reason = chosen(target("lyon", (EMPTY, None)), Candidate("nice", unreachable="no answer"))
    assert name is None
    assert "lyon: " in reason and "nice: no answer" in reason
