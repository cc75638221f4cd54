# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real world behind the REST side: every collection, and a mirror's life as a client sees it."""

from __future__ import annotations

import pytest
import requests

from tests.simulator.clock import SteppedClock
from tests.simulator.contract import load
from tests.simulator.faults import FaultBook
from tests.simulator.rest.resources import RESOURCES
from tests.simulator.scenario import from_counts
from tests.simulator.testing import running
from tests.unit.simulator.fakes import Client

MIRRORS = "/snapmirror/relationships"


@pytest.fixture(scope="module")
def shared():
    """A site that is only read."""
    with running(from_counts(("paris", "lyon"), 8, SteppedClock(), faults=FaultBook())) as site:
        yield site


@pytest.fixture
def site():
    with running(
        from_counts(("paris", "lyon"), 2, SteppedClock(), faults=FaultBook(), job_seconds=2, transfer_rate=1024**2)
    ) as site:
        yield site


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.path)
def test_every_resource_answers_in_the_words_of_the_contract(shared, resource):
    """The traffic of this test is checked strictly at the end of the run; unknown properties break at once."""
    client, path = Client(shared), resource.path
    for name in ("volume.uuid", "relationship.uuid", "snapshot_policy.uuid", "policy.id", "lun.uuid"):
        path = path.replace(f"{{{name}}}", "*")
    if "{" in path:
        pytest.skip("its parents cannot be named by a star")
    everything = client.get(path, fields="**")
    if "records" not in everything:
        assert everything["_links"]["self"]["href"] == f"/api{path}"
        return
    brief = client.get(path)
    assert brief["num_records"] == everything["num_records"]
    for record in brief["records"][:3]:
        href = record["_links"]["self"]["href"].removeprefix("/api")
        if "*" not in href and load().route(href) is not None:
            one = client.get(href)
            assert set(record) <= set(one)
            assert one["_links"] == record["_links"]


def test_pages_of_volumes_are_those_of_the_model(shared):
    client, names = Client(shared), []
    answer = client.get("/storage/volumes", max_records=4, **{"svm.name": "svm_paris"})
    while True:
        names += [record["name"] for record in answer["records"]]
        if "next" not in answer["_links"]:
            break
        answer = client.get(answer["_links"]["next"]["href"].removeprefix("/api"))
    assert sorted(names) == sorted(shared.world.clusters["paris"].svms["svm_paris"].volumes)


def ended(site, client, answer, seconds=2):
    """The state of the answer's job after the simulated time that it takes."""
    status, body = answer
    assert status == 202, body
    job = client.get(f"/cluster/jobs/{body['job']['uuid']}")
    assert job["state"] == "running"
    site.clock.advance(seconds)
    return client.get(f"/cluster/jobs/{body['job']['uuid']}")["state"]


def mirrored(site, name):
    """The uuid of a mirror from paris to lyon that is made and filled."""
    paris, lyon = Client(site), Client(site, "lyon")
    (source,) = paris.get("/storage/volumes", name=name, fields="size")["records"]
    target = {
        "name": name,
        "svm": {"name": "svm_lyon"},
        "aggregates": [{"name": "aggr1_lyon"}],
        "type": "dp",
        "size": source["size"],
    }
    assert ended(site, lyon, lyon.ask("POST", "/storage/volumes", {}, target)) == "success"
    paths = {"source": {"path": f"svm_paris:{name}"}, "destination": {"path": f"svm_lyon:{name}"}}
    assert ended(site, lyon, lyon.ask("POST", MIRRORS, {}, paths)) == "success"
    (mirror,) = lyon.get(MIRRORS, **{"destination.path": f"svm_lyon:{name}"})["records"]
    assert lyon.ask("POST", f"{MIRRORS}/{mirror['uuid']}/transfers", {}, {})[0] == 201
    site.advance(86400)
    return mirror["uuid"]


def test_a_mirror_is_made_filled_broken_and_mounted(site):
    lyon, mount = Client(site, "lyon"), {"nas": {"path": "/vol0001"}}
    source = Client(site).get("/storage/volumes", name="vol0001", fields="size,language")["records"][0]
    target = {
        "name": "vol0001",
        "svm": {"name": "svm_lyon"},
        "aggregates": [{"name": "aggr1_lyon"}],
        "type": "dp",
        "size": source["size"],
    }
    assert ended(site, lyon, lyon.ask("POST", "/storage/volumes", {}, target)) == "success"
    paths = {"source": {"path": "svm_paris:vol0001"}, "destination": {"path": "svm_lyon:vol0001"}}
    assert ended(site, lyon, lyon.ask("POST", MIRRORS, {}, paths)) == "success"
    (mirror,) = lyon.get(MIRRORS, fields="state", **{"destination.path": "svm_lyon:vol0001"})["records"]
    assert mirror["state"] == "uninitialized"

    assert lyon.ask("POST", f"{MIRRORS}/{mirror['uuid']}/transfers", {}, {})[0] == 201
    assert lyon.get(MIRRORS, **{"transfer.state": "transferring|queued"})["num_records"] == 1
    site.advance(7200)
    state = lyon.get(f"{MIRRORS}/{mirror['uuid']}", fields="state,lag_time,transfer,healthy")
    assert (state["state"], state["healthy"], state["transfer"]["state"]) == ("snapmirrored", True, "success")
    assert lyon.get(MIRRORS, lag_time="PT0S..P1D")["num_records"] == 1

    site.down("paris")
    for wanted in ("paused", "broken_off"):
        assert ended(site, lyon, lyon.ask("PATCH", f"{MIRRORS}/{mirror['uuid']}", {}, {"state": wanted})) == "success"
    (volume,) = lyon.get("/storage/volumes", name="vol0001", fields="type")["records"]
    assert volume["type"] == "rw"
    assert ended(site, lyon, lyon.ask("PATCH", f"/storage/volumes/{volume['uuid']}", {}, mount)) == "success"
    with site.locked() as world:
        assert world.clusters["lyon"].svms["svm_lyon"].volumes["vol0001"].content()


@pytest.mark.parametrize("version, is_there", [("9.11.1", True), ("9.12.1", False), ("9.17.1", False)])
def test_a_tunnel_reaches_the_sources_side_of_mirrors_only_before_9_12_1(site, version, is_there):
    lyon, paris, tunnel = Client(site, "lyon"), Client(site), {"X-Dot-SVM-Name": "svm_paris"}
    site.world.clusters["paris"].version = version
    uuid = mirrored(site, "vol0001")
    known = paris.ask("GET", MIRRORS, {"list_destinations_only": "true"}, headers=tunnel)[1]["records"]
    assert [record["uuid"] for record in known] == ([uuid] if is_there else [])
    released = paris.ask("DELETE", f"{MIRRORS}/{uuid}", {"source_info_only": "true"}, headers=tunnel)
    if is_there:
        assert ended(site, paris, released) == "success"
    else:
        assert (released[0], released[1]["error"]["code"]) == (404, "4")
        assert paris.get(MIRRORS, list_destinations_only="true")["num_records"] == 1
    assert lyon.get(MIRRORS)["num_records"] == 1


def test_a_fault_of_the_model_reaches_the_client(site):
    site.faults.add(action="refuse", verb="volume.create", target="svm_lyon:new", code="917525", message="no space")
    body = {"name": "new", "svm": {"name": "svm_lyon"}, "aggregates": [{"name": "aggr1_lyon"}], "size": "1GB"}
    assert Client(site, "lyon").refusal("POST", "/storage/volumes", {}, body)[1] == "917525"
    assert site.faults.rules()[0]["fired"] == 1


def test_control_writes_where_a_host_could_and_tells_the_state(site):
    def control(method, path, body=None, **query):
        return requests.request(method, f"{site.control_url}/{path}", json=body, params=query, timeout=10)

    where = {"cluster": "paris", "svm": "svm_paris", "volume": "vol0001"}
    assert control("POST", "write", {**where, "marker": "m1", "via": "nfs"}).status_code == 200
    assert control("GET", "content", **where).json()["markers"][-1] == "m1"
    paris = Client(site)
    (volume,) = paris.get("/storage/volumes", name="vol0001")["records"]
    patched = paris.ask("PATCH", f"/storage/volumes/{volume['uuid']}", {}, {"nas": {"path": ""}})
    assert ended(site, paris, patched) == "success"
    assert control("POST", "write", {**where, "marker": "m2", "via": "nfs"}).status_code == 409
    patched = paris.ask("PATCH", f"/storage/volumes/{volume['uuid']}", {}, {"state": "offline"})
    assert ended(site, paris, patched) == "success"
    state = control("GET", "state").json()["clusters"]["paris"]
    told = state["svms"]["svm_paris"]["volumes"]["vol0001"]
    assert (told["state"], told["junction"], told["markers"]) == ("offline", None, None)
    assert state["mirrors"] == {}
