# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests are under way at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import ApiError
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.http import Http
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.limit import Limiter
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.retry import Pace, Retry

from .scripted import OK, Reply, playing


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limiter(clock):
    return Limiter(16, clock)


def ask(limiter, clock, took_s=0.02, busy=False, answered=True, kind="PATCH x"):
    with limiter.turn(kind) as turn:
        clock.now_s += took_s
        turn.busy, turn.answered = busy, answered


def test_it_begins_with_all_that_is_allowed_and_never_exceeds_it(limiter, clock):
    for _each in range(50):
        ask(limiter, clock)
    assert limiter.allowed == 16


def test_an_array_that_is_too_busy_gets_half_and_then_slowly_more(limiter, clock):
    ask(limiter, clock, busy=True)
    assert limiter.allowed == 8
    ask(limiter, clock)
    assert 8 < limiter.allowed < 9
    for _each in range(200):
        ask(limiter, clock)
    assert limiter.allowed == 16


def test_requests_that_were_under_way_together_lower_the_limit_once(limiter, clock):
    with ExitStack() as all_at_once:
        turns = [all_at_once.enter_context(limiter.turn("PATCH x")) for _each in range(16)]
        clock.now_s += 1.0
        for turn in turns:
            turn.busy = turn.answered = True
    assert limiter.allowed == 8


def test_there_is_always_one(limiter, clock):
    for _each in range(20):
        ask(limiter, clock, busy=True)
    assert limiter.allowed == 1
    ask(limiter, clock)
    assert limiter.under_way == 0


def test_an_array_that_slows_down_gets_less(limiter, clock):
    ask(limiter, clock, took_s=0.02)
    ask(limiter, clock, took_s=0.5)
    assert limiter.allowed == pytest.approx(16 * 0.8)


def test_an_answer_that_is_kept_back_until_its_job_ends_says_nothing_about_the_load(limiter, clock):
    ask(limiter, clock, took_s=0.02)
    with limiter.turn("PATCH x", held=True) as turn:
        clock.now_s += 1.0
        turn.answered = True
    assert (limiter.allowed, limiter.best_s) == (16, {"PATCH x": 0.02})


@pytest.mark.parametrize("took_s", [0.05, 0.11], ids=["less than three times", "a few milliseconds more"])
def test_some_spread_is_no_slowing_down(limiter, clock, took_s):
    ask(limiter, clock, took_s=0.02)
    ask(limiter, clock, took_s=took_s)
    assert limiter.allowed == 16


def test_requests_are_compared_with_their_like(limiter, clock):
    ask(limiter, clock, took_s=0.02)
    ask(limiter, clock, took_s=2.0, kind="GET everything")
    assert limiter.allowed == 16


def test_what_was_once_quick_is_forgotten(limiter, clock):
    """An array that takes longer from now on is not overloaded for ever."""
    ask(limiter, clock, took_s=0.02)
    for _each in range(400):
        ask(limiter, clock, took_s=0.5)
    assert limiter.allowed == 16


def test_no_connection_says_nothing_about_the_load(limiter, clock):
    ask(limiter, clock, took_s=0.0, answered=False)
    assert (limiter.allowed, limiter.best_s) == (16, {})


def test_no_more_than_the_limit_are_under_way(limiter, clock):
    ask(limiter, clock, busy=True)
    most, lock, gate = [0], threading.Lock(), threading.Semaphore(0)

    def one(_number):
        with limiter.turn("PATCH x"):
            with lock:
                most[0] = max(most[0], limiter.under_way)
            gate.acquire(timeout=0.05)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(32)))
    assert most[0] == 8


# -- what the transport tells it


def http_at(script, attempts):
    endpoint = Endpoint("127.0.0.1", "admin", "secret", https=False, http_port=script.port)
    return Http(endpoint, Pace(sleep=lambda _seconds: None), Retry(attempts=attempts))


@pytest.mark.parametrize("return_timeout, learned", [(0, True), (1, False)])
def test_a_write_is_held_where_it_asks_for_that(return_timeout, learned):
    with playing(OK) as script:
        http = http_at(script, attempts=1)
        http.write("PATCH", "/api/x", {"return_timeout": return_timeout}, {})
        assert bool(http._limit.best_s) is learned


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_array_is_given_way(status):
    with playing(Reply(status, headers=(("Retry-After", "1"),)), OK) as script:
        http = http_at(script, attempts=5)
        http.read("/api/x")
        assert 8 <= http._limit.allowed < 9


def test_a_busy_array_is_given_way_further_with_each_answer():
    with playing(Reply(429)) as script:
        http = http_at(script, attempts=3)
        with pytest.raises(ApiError, match="too busy"):
            http.write("PATCH", "/api/x", None, {})
        assert http._limit.allowed == 2
