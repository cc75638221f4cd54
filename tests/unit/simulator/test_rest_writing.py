# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing over REST: what bodies may hold, jobs and how long one waits for them, many records at once."""

from __future__ import annotations

import threading
import time

import pytest

from tests.simulator.clock import RealClock
from tests.unit.simulator.fakes import GIB, Client, FakeWorld, uuid

VOLUMES = "/storage/volumes"
ONE = f"{VOLUMES}/{uuid(1)}"
GOOD = {"name": "new", "svm": {"name": "svm_paris"}, "aggregates": [{"name": "aggr1_paris"}]}


def given(site):
    """The body and parameters that the resource was given last."""
    return site.world.bodies[-1]


# ---- what clients send
@pytest.mark.parametrize(
    "sent, taken",
    [
        pytest.param(
            {"nas.path": "/a", "nas.export_policy.name": "e"},
            {"nas": {"path": "/a", "export_policy": {"name": "e"}}},
            id="dotted names",
        ),
        pytest.param(
            {"nas": {"path": "/a"}, "nas.security_style": "unix"},
            {"nas": {"path": "/a", "security_style": "unix"}},
            id="dotted and nested",
        ),
        pytest.param({"size": "20GB"}, {"size": 20 * GIB}, id="sizes with a unit"),
        pytest.param({"size": "4096"}, {"size": 4096}, id="numbers as text"),
        pytest.param({"type": "DP"}, {"type": "dp"}, id="enums in capitals"),
        pytest.param({"encryption": {"enabled": "true"}}, {"encryption": {"enabled": True}}, id="booleans as text"),
        pytest.param({"comment": None}, {"comment": None}, id="null"),
        pytest.param({"efficiency": {"dedupe": "background"}}, {"efficiency": {"dedupe": "background"}}, id="objects"),
    ],
)
def test_a_body_arrives_nested_and_typed(site, paris, sent, taken):
    assert paris.ask("POST", VOLUMES, {}, {**GOOD, **sent})[0] == 202
    assert given(site) == ({**GOOD, **taken}, {})


@pytest.mark.parametrize(
    "sent, code, target",
    [
        ({"colour": "blue"}, "262179", "colour"),
        ({"nas": {"mount": "/a"}}, "262179", "nas.mount"),
        ({"uuid": uuid(5)}, "262196", "uuid"),
        ({"space": {"used": 1}}, "262196", "space.used"),
        ({"size": "big"}, "262197", "size"),
        ({"size": [1]}, "262197", "size"),
        ({"type": "mirror"}, "262197", "type"),
        ({"encryption": {"enabled": "yes"}}, "262197", "encryption.enabled"),
        ({"encryption": {"enabled": 1}}, "262197", "encryption.enabled"),
        ({"aggregates": "aggr1"}, "262197", "aggregates"),
        ({"aggregates": [{"colour": "blue"}]}, "262179", "aggregates.colour"),
        ({"nas": "/a"}, "262197", "nas"),
        ({"comment": "x" * 1024}, "262245", "comment"),
        ({"nas": {"path": "/a"}, "nas.path": "/b"}, "262188", "nas.path"),
        ({"nas.path": "/a", "nas": "/b"}, "262188", "nas"),
    ],
)
def test_bodies_that_the_contract_does_not_allow_are_refused(site, paris, sent, code, target):
    status, answer = paris.ask("POST", VOLUMES, {}, {**GOOD, **sent})
    assert (status, answer["error"]["code"], answer["error"]["target"]) == (400, code, target)
    assert site.world.bodies == []


@pytest.mark.parametrize("missing", ["name", "svm"])
def test_what_a_create_needs_has_to_be_there(paris, missing):
    body = {name: value for name, value in GOOD.items() if name != missing}
    assert paris.refusal("POST", VOLUMES, {}, body) == (400, "2")


@pytest.mark.parametrize(
    "body, code",
    [
        (b"{", "262199"),
        (b"[]", "262199"),
        (b'{"size": 1, "size": 2}', "262188"),
        (b"\xff", "262199"),
    ],
)
def test_text_that_is_no_json_object_is_refused(paris, body, code):
    assert paris.refusal("PATCH", ONE, data=body) == (400, code)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_reading_and_removing_take_no_body(site, paris, method):
    assert paris.refusal(method, ONE, {}, {"name": "x"}) == (400, "262198")
    assert len(site.world.volumes) == 7


def test_a_property_that_only_creation_sets_is_refused_in_a_change(paris):
    assert paris.refusal("PATCH", ONE, {}, {"type": "rw"}) == (400, "262196")


def test_parameters_of_the_operation_reach_it_typed_wherever_they_stand(site, paris):
    paris.ask("DELETE", ONE, {"force": "true"})
    assert given(site) == (None, {"force": True})
    paris.ask("PATCH", f"{VOLUMES}/{uuid(2)}", {}, {"restore_to": {"snapshot": {"name": "s1"}}})
    assert given(site)[0] == {}
    assert given(site)[1]["restore_to.snapshot.name"] == "s1"
    paris.ask("PATCH", f"{VOLUMES}/{uuid(2)}", {"restore_to.snapshot.name": "s2"}, {})
    assert given(site)[1]["restore_to.snapshot.name"] == "s2"


@pytest.mark.parametrize("query", [{"force": "perhaps"}, {"force": "1"}])
def test_a_parameter_of_the_wrong_type_is_refused(site, paris, query):
    assert paris.refusal("DELETE", ONE, query) == (400, "262197")
    assert uuid(1) in site.world.volumes


@pytest.mark.parametrize(
    "method, path, query",
    [
        ("POST", VOLUMES, {"svm.name": "svm_paris"}),
        ("PATCH", ONE, {"name": "vol0001"}),
        ("DELETE", ONE, {"destination_only": "true"}),
    ],
)
def test_a_write_takes_no_filters_but_on_collections(paris, method, path, query):
    assert paris.refusal(method, path, query, GOOD if method == "POST" else None) == (400, "262179")


def test_an_svm_tunnel_owns_what_it_creates(site, paris):
    body = {"name": "new", "aggregates": [{"name": "a"}]}
    assert paris.ask("POST", VOLUMES, {}, body, headers={"X-Dot-SVM-Name": "svm_other"})[0] == 202
    assert given(site)[0]["svm"] == {"name": "svm_other"}


# ---- jobs
def test_asynchronous_work_answers_with_its_job_although_it_has_ended(site, paris):
    status, answer = paris.ask("POST", VOLUMES, {}, GOOD)
    assert status == 202
    job = answer["job"]
    assert job["_links"]["self"]["href"] == f"/api/cluster/jobs/{job['uuid']}"
    assert paris.get(f"/cluster/jobs/{job['uuid']}")["state"] == "success"
    assert paris.names(VOLUMES, {"name": "new"}) == ["new"]


def test_a_caller_that_waits_gets_the_result_itself(paris):
    answer = paris.send("POST", VOLUMES, {"return_timeout": 10, "return_records": "true"}, GOOD)
    assert answer.status_code == 201
    assert answer.json() == {"num_records": 1, "records": [{"uuid": uuid(8), "name": "new"}]}
    assert answer.headers["location"] == f"/api/storage/volumes/{uuid(8)}"
    assert paris.ask("PATCH", ONE, {"return_timeout": 10}, {"comment": "x"}) == (200, {})


def test_a_caller_that_waits_gets_the_refusal_of_the_job(paris):
    refused = {"comment": "refuse"}
    assert paris.refusal("PATCH", ONE, {"return_timeout": 10}, refused) == (500, "917628")
    status, answer = paris.ask("PATCH", ONE, {}, refused)
    assert status == 202
    job = paris.get(f"/cluster/jobs/{answer['job']['uuid']}", fields="state,code")
    assert (job["state"], job["code"]) == ("failure", 917628)


def test_on_a_stepped_clock_nobody_waits_and_time_ends_the_job(serve):
    site = serve(FakeWorld(job_seconds=30))
    paris = Client(site)
    began = site.clock.now()
    status, answer = paris.ask("POST", VOLUMES, {"return_timeout": 120}, GOOD)
    assert (status, site.clock.now()) == (202, began)
    job = f"/cluster/jobs/{answer['job']['uuid']}"
    assert paris.get(job, fields="state")["state"] == "running"
    site.clock.advance(30)
    assert paris.get(job, fields="state")["state"] == "success"


@pytest.mark.parametrize("timeout_s, status", [(5, 202), (60, 201)])
def test_on_a_running_clock_return_timeout_is_simulated_time(serve, timeout_s, status):
    site = serve(FakeWorld(clock=RealClock(rate=500), job_seconds=30))
    assert Client(site).ask("POST", VOLUMES, {"return_timeout": timeout_s}, GOOD)[0] == status


def test_a_caller_that_waits_holds_up_nobody_else(serve):
    site = serve(FakeWorld(clock=RealClock(), job_seconds=3600))
    waiting = threading.Thread(
        target=lambda: Client(site).ask("POST", VOLUMES, {"return_timeout": 120}, GOOD), daemon=True
    )
    waiting.start()
    while not site.world.bodies:
        time.sleep(0.001)
    assert Client(site).get(VOLUMES)["num_records"] == 7
    site.clock.advance(3600)
    waiting.join(10)
    assert not waiting.is_alive()


def test_work_without_a_job_is_done_when_it_is_answered(paris):
    answer = paris.send("POST", f"/snapmirror/relationships/{uuid(3)}/transfers", {}, {})
    assert (answer.status_code, answer.json()) == (201, {})
    assert answer.headers["location"] == f"/api/snapmirror/relationships/{uuid(3)}/transfers/{uuid(71)}"


# ---- many records
def test_a_query_changes_all_that_it_matches(site, paris):
    status, answer = paris.ask("PATCH", VOLUMES, {"size": ">5GB", "return_timeout": 0}, {"comment": "big"})
    assert (status, answer["num_records"], len(answer["jobs"])) == (202, 2, 2)
    assert paris.names(VOLUMES, {"comment": "big"}) == ["vol0006", "vol0007"]
    status, answer = paris.ask("PATCH", VOLUMES, {"name": "vol0001"}, {"comment": "one"})
    assert (status, answer) == (200, {"num_records": 1, "records": [{"uuid": uuid(1)}]})


def test_a_query_that_matches_nothing_changes_nothing_but_is_checked(site, paris):
    assert paris.ask("PATCH", VOLUMES, {"name": "none"}, {"comment": "x"}) == (200, {"num_records": 0, "records": []})
    assert paris.refusal("PATCH", VOLUMES, {"name": "none"}, {"colour": "x"}) == (400, "262179")


@pytest.mark.parametrize("method, body", [("PATCH", {"comment": "x"}), ("DELETE", None)])
def test_a_whole_collection_is_never_changed_by_leaving_out_the_query(site, paris, method, body):
    assert paris.refusal(method, VOLUMES, {"return_timeout": 0}, body) == (400, "2")
    assert (len(site.world.volumes), site.world.bodies) == (7, [])


def test_a_query_removes_all_that_it_matches(site, paris):
    assert paris.ask("DELETE", VOLUMES, {"name": "vol0001|vol0002"})[1]["num_records"] == 2
    assert len(site.world.volumes) == 5


def test_records_of_a_body_each_get_their_own_change(site, paris):
    records = [{"uuid": uuid(1), "comment": "a"}, {"uuid": uuid(2), "nas.path": "/b"}]
    status, answer = paris.ask("PATCH", VOLUMES, {"return_timeout": 0}, {"records": records})
    assert (status, answer["num_records"]) == (202, 2)
    assert [body for body, _params in site.world.bodies] == [{"comment": "a"}, {"nas": {"path": "/b"}}]


def test_records_are_created_and_removed_in_one_call(site, paris):
    status, answer = paris.ask("POST", VOLUMES, {}, {"records": [GOOD, {**GOOD, "name": "other"}]})
    assert (status, answer["num_records"], len(answer["jobs"])) == (202, 2, 2)
    status, answer = paris.ask("DELETE", VOLUMES, {}, {"records": [{"uuid": uuid(1)}, {"uuid": uuid(2)}]})
    assert (status, answer["num_records"], len(site.world.volumes)) == (200, 2, 7)


@pytest.mark.parametrize(
    "body, status, code",
    [
        ({"records": [{"comment": "x"}]}, 400, "2"),
        ({"records": [{"uuid": uuid(99), "comment": "x"}]}, 404, "4"),
        ({"records": [{"uuid": uuid(1), "colour": "x"}]}, 400, "262179"),
        ({"records": [], "comment": "x"}, 400, "262186"),
        ({"records": {}}, 400, "262197"),
    ],
)
def test_records_that_name_nothing_are_refused(site, paris, body, status, code):
    assert paris.refusal("PATCH", VOLUMES, {}, body) == (status, code)
    assert site.world.bodies == []


def test_a_bad_record_ends_the_call_unless_it_goes_on_after_failure(site, paris):
    missing = {"records": [{"uuid": uuid(99)}, {"uuid": uuid(1)}]}
    assert paris.refusal("DELETE", VOLUMES, {}, missing) == (404, "4")
    assert len(site.world.volumes) == 7
    status, answer = paris.ask("DELETE", VOLUMES, {"continue_on_failure": "true"}, missing)
    assert (status, answer["num_records"], answer["error"]["code"]) == (200, 1, "4")
    assert len(site.world.volumes) == 6


def test_a_job_is_linked_even_for_a_client_that_accepts_plain_json(paris):
    status, answer = paris.ask("POST", VOLUMES, {}, GOOD, headers={"Accept": "application/json"})
    assert status == 202
    assert paris.get(answer["job"]["_links"]["self"]["href"].removeprefix("/api"))["uuid"] == answer["job"]["uuid"]
