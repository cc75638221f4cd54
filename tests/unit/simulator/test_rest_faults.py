# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: rules that fire when they should, and what a client sees of them."""

from __future__ import annotations

import threading
import time

import pytest
import requests

from tests.simulator.clock import RealClock
from tests.simulator.faults import BadRule, Fault, FaultBook, FaultRule
from tests.unit.simulator.fakes import Client, FakeWorld, uuid

SHORT_S = 0.15
ONE = f"/storage/volumes/{uuid(1)}"


# ---- the book
def fired(book, times, *, verb="snapmirror.break", target="svm_lyon:vol0001"):
    return [number for number in range(1, times + 1) if book.consult("lyon", verb, target)]


@pytest.mark.parametrize(
    "rule, expected",
    [
        ({}, [1, 2, 3, 4]),
        ({"nth": 2}, [2]),
        ({"times": 2}, [1, 2]),
        ({"nth": 1, "times": 1}, [1]),
    ],
)
def test_a_rule_fires_on_the_matches_it_names(rule, expected):
    book = FaultBook()
    book.add(action="hang_transfer", verb="snapmirror.*", **rule)
    assert fired(book, 4) == expected


@pytest.mark.parametrize(
    "rule",
    [
        {"cluster": "paris"},
        {"verb": "snapmirror.resync"},
        {"target": "svm_lyon:vol0002"},
        {"target": "svm_paris:*"},
    ],
)
def test_a_rule_for_something_else_does_not_fire(rule):
    book = FaultBook()
    book.add(action="hang_transfer", **{"verb": "snapmirror.*", **rule})
    assert fired(book, 2) == []


def test_matches_elsewhere_are_not_counted():
    book = FaultBook()
    book.add(action="hang_transfer", verb="snapmirror.break", target="*:vol0001", nth=2)
    assert fired(book, 3, target="svm_lyon:vol0002") == []
    assert fired(book, 2) == [2]


def test_the_first_rule_that_fires_wins_and_ok_shields_from_the_rest():
    book = FaultBook()
    shield = book.add(action="ok", verb="snapmirror.break", target="*:vol0001")
    book.add(FaultRule("refuse", verb="snapmirror.break", args={"code": "13303830", "message": "busy"}))
    assert book.consult("lyon", "snapmirror.break", "svm_lyon:vol0001") is None
    assert book.remove(shield)
    assert book.consult("lyon", "snapmirror.break", "svm_lyon:vol0001") == Fault(
        "refuse", {"code": "13303830", "message": "busy"}
    )
    book.clear()
    assert fired(book, 1) == []
    assert not book.remove(shield)


@pytest.mark.parametrize(
    "raw",
    [
        {"verb": "snapmirror.break"},
        {"action": "explode", "verb": "*"},
        {"action": "refuse", "verb": "*", "seconds": 3},
        {"action": "drop_before", "verb": "*"},
        {"action": "refuse", "path": "/storage/*"},
        {"action": "drop_before", "path": "*", "verb": "*"},
        {"action": "delay", "path": "*", "seconds": 1, "nth": 0},
        {"action": "delay", "path": "*", "seconds": 1, "times": -1},
    ],
)
def test_rules_that_make_no_sense_are_refused(raw):
    with pytest.raises(BadRule):
        FaultRule.from_dict(raw)


def test_a_rule_survives_json():
    rule = FaultRule.from_dict({"action": "http_status", "method": "POST", "path": "/x", "status": 503})
    assert rule.args == {"status": 503}
    assert FaultRule.from_dict(rule.as_dict()) == rule


# ---- answers that are none of ONTAP's
def test_an_error_answer_with_and_without_retry_after(site, paris):
    site.faults.add(action="http_status", path="/storage/*", times=1, status=429, retry_after=7)
    site.faults.add(action="http_status", path="/storage/*", times=1, status=503)
    first, second, third = (paris.send("GET", "/storage/volumes") for _each in range(3))
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert first.json()["error"]["code"].isdigit()
    assert (second.status_code, "retry-after" in second.headers) == (503, False)
    assert third.status_code == 200


def test_a_fault_stands_before_the_password(site):
    client = Client(site)
    client.session.auth = ("admin", "wrong")
    site.faults.add(action="http_status", path="*", status=500, message="kaputt")
    assert client.ask("GET", "/cluster") == (500, {"error": {"message": "kaputt", "code": "262145"}})


@pytest.mark.parametrize("rule", [{"action": "html_page"}, {"action": "http_status", "status": 503, "body": "html"}])
def test_an_html_page_comes_as_such(site, paris, rule):
    site.faults.add(path="/cluster", **rule)
    answer = paris.send("GET", "/cluster")
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize("after, left", [(False, 7), (True, 6)])
def test_an_error_answer_may_hide_that_the_work_was_done(site, paris, after, left):
    site.faults.add(action="http_status", method="DELETE", path="*", status=500, after=after)
    assert paris.ask("DELETE", ONE)[0] == 500
    assert len(site.world.volumes) == left


# ---- answers that get lost
@pytest.mark.parametrize("action, left", [("drop_before", 7), ("drop_after", 6)])
def test_a_dropped_answer_says_nothing_of_the_work(site, paris, action, left):
    site.faults.add(action=action, method="DELETE", path="/storage/volumes/*", nth=1)
    with pytest.raises(requests.ConnectionError):
        paris.send("DELETE", ONE)
    assert len(site.world.volumes) == left
    (entry,) = site.journal.writes()
    assert (entry.status, entry.note) == (None, f"fault: {action}")
    assert paris.get("/storage/volumes")["num_records"] == left


def test_a_delay_moves_a_stepped_clock_and_no_real_one(site, paris):
    began, real = site.clock.now(), time.monotonic()
    site.faults.add(action="delay", path="/cluster", seconds=3600, times=1)
    assert paris.ask("GET", "/cluster")[0] == 200
    assert site.clock.now() == began + 3600
    assert time.monotonic() - real < 60


def test_a_delay_on_a_running_clock_outlasts_the_clients_patience(serve):
    site = serve(FakeWorld(clock=RealClock()))
    site.faults.add(action="delay", path="/cluster", seconds=600)
    with pytest.raises(requests.ReadTimeout):
        Client(site, timeout=SHORT_S).send("GET", "/cluster")


# ---- clusters that are down
def test_a_cluster_that_refuses_comes_back_on_the_same_port(site, paris):
    port = site.clusters["paris"].port
    assert paris.ask("GET", "/cluster")[0] == 200
    site.down("paris")
    assert not site.world.clusters["paris"].up
    with pytest.raises(requests.ConnectionError):
        paris.send("GET", "/cluster")
    with pytest.raises(requests.ConnectionError):
        Client(site).send("GET", "/cluster")
    assert Client(site, "lyon").ask("GET", "/cluster")[0] == 200
    site.up("paris")
    assert (site.world.clusters["paris"].up, site.clusters["paris"].port) == (True, port)
    assert paris.ask("GET", "/cluster")[0] == 200


def test_a_cluster_that_hangs_never_answers_and_drops_who_waited_when_it_is_back(site):
    site.down("paris", how="hang")
    with pytest.raises(requests.ReadTimeout):
        Client(site, timeout=SHORT_S).send("GET", "/cluster")
    outcome = []

    def patient():
        try:
            outcome.append(Client(site).ask("GET", "/cluster"))
        except requests.ConnectionError:
            outcome.append("dropped")

    waiting = threading.Thread(target=patient, daemon=True)
    waiting.start()
    while site.journal.count(cluster="paris") < 2 and waiting.is_alive():
        time.sleep(0.001)
    assert outcome == []
    site.up("paris")
    waiting.join(10)
    assert outcome == ["dropped"]
    assert Client(site).ask("GET", "/cluster")[0] == 200


def test_a_request_to_a_hanging_cluster_is_in_the_journal_and_its_work_is_not_done(site):
    site.down("paris", how="hang")
    with pytest.raises(requests.ReadTimeout):
        Client(site, timeout=SHORT_S).send("DELETE", ONE)
    assert [(entry.method, entry.status) for entry in site.journal.writes()] == [("DELETE", None)]
    assert len(site.world.volumes) == 7


def test_going_from_refusing_to_hanging_and_down_twice(site):
    site.down("paris")
    site.down("paris")
    site.down("paris", how="hang")
    with pytest.raises(requests.ReadTimeout):
        Client(site, timeout=SHORT_S).send("GET", "/cluster")
    with pytest.raises(ValueError, match="refuse or hang"):
        site.down("paris", how="explode")


# ---- load
def test_a_limited_cluster_makes_requests_wait_for_each_other(serve):
    site = serve(latency_ms=30, max_concurrent=1)
    began = time.monotonic()
    threads = [threading.Thread(target=lambda: Client(site).ask("GET", "/cluster")) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 4 * 0.030
    assert {entry.status for entry in site.journal} == {200}
