# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal, the traffic log and the control routes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.simulator.clock import SteppedClock
from tests.unit.simulator.fakes import Client, FakeWorld, uuid

CHECKER = Path(__file__).resolve().parents[2] / "contract" / "check_traffic.py"
ONE = f"/storage/volumes/{uuid(1)}"


class FakeVolume:
    def __init__(self, name):
        self.uuid, self.name, self.type, self.state, self.junction = uuid(1), name, "rw", "online", f"/{name}"
        self.marks = []

    def write(self, marker, size_bytes=0):
        self.marks.append(marker)

    def content(self):
        return tuple(self.marks)


def world_of_one_volume(clock=None):
    world = FakeWorld(clock=clock)
    world.clusters["paris"].svms["svm_paris"].volumes["vol0001"] = FakeVolume("vol0001")
    return world


class Control:
    """The control routes of a site."""

    def __init__(self, url):
        self.url = url

    def __call__(self, method, path, body=None, **query):
        answer = requests.request(method, f"{self.url}/{path}", json=body, params=query, timeout=10)
        return answer.json() if answer.status_code == 200 else (answer.status_code, answer.json()["error"])


@pytest.fixture
def made(serve):
    clock = SteppedClock()
    return serve(world_of_one_volume(clock), make_world=lambda: world_of_one_volume(clock))


@pytest.fixture
def control(made):
    return Control(made.control_url)


# ---- journal
def test_the_journal_holds_each_request_and_its_answer(site, paris):
    paris.ask("GET", "/storage/volumes", {"name": "vol0001"})
    paris.ask("PATCH", ONE, {"return_timeout": 0}, {"comment": "x"})
    paris.ask("GET", "/storage/volumes", {"state": "blue"})
    read, write, refused = site.journal
    assert (read.cluster, read.method, read.path, read.query) == (
        "paris",
        "GET",
        "/storage/volumes",
        {"name": "vol0001"},
    )
    assert (read.status, read.response["num_records"], read.write) == (200, 1, False)
    assert (write.body, write.status, write.write) == ({"comment": "x"}, 202, True)
    assert (refused.status, refused.response["error"]["code"]) == (400, "262197")
    assert read.started == site.clock.now()


def test_the_journal_counts_what_is_asked_for(site, paris):
    paris.get("/cluster")
    Client(site, "lyon").get("/cluster")
    paris.ask("DELETE", ONE)
    journal = site.journal
    assert (journal.count(), journal.count(cluster="paris"), journal.count(path="/storage/*")) == (3, 2, 1)
    assert [entry.path for entry in journal.writes()] == [ONE]
    assert journal.writes(cluster="lyon") == []
    assert journal.count(since=2) == 1
    journal.clear()
    assert (len(journal), journal.writes()) == (0, [])


def test_no_password_is_ever_written_down(serve, tmp_path):
    log = tmp_path / "t.jsonl"
    site = serve(traffic=log)
    Client(site).ask(
        "POST", "/storage/volumes", {}, {"name": "x", "svm": {"password": "geheim", "x": [{"token": "t"}]}}
    )
    (entry,) = site.journal
    assert entry.body["svm"] == {"password": "********", "x": [{"token": "********"}]}
    text = log.read_text()
    assert "geheim" not in text
    assert "sesame" not in text
    assert "uthorization" not in text


def test_the_traffic_log_passes_the_checker_but_for_what_was_illegal(serve, tmp_path):
    log = tmp_path / "t.jsonl"
    site = serve(traffic=log)
    client = Client(site)
    client.ask("GET", "/storage/volumes", {"fields": "**", "max_records": 2})
    client.ask("GET", "/storage/volumes", {"name": "x"}, headers={"X-Dot-SVM-Name": "svm_paris"})
    site.faults.add(action="html_page", path="/cluster")
    client.send("GET", "/cluster")
    assert site.traffic_path == log
    done = subprocess.run([sys.executable, CHECKER, log], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "3 exchanges, 0 violations")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[1]["headers"] == {"X-Dot-SVM-Name": "svm_paris"}
    assert (lines[2]["status"], lines[2]["note"]) == (None, "fault: html_page")


def test_the_checker_checks_itself():
    done = subprocess.run([sys.executable, CHECKER, "--self-test"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1].endswith("0 wrong")) == (0, True)


# ---- control routes
def test_control_is_reachable_on_every_port_and_when_clusters_are_down(made, control):
    at_paris = Control(made.clusters["paris"].url + "/_control")
    assert at_paris("GET", "clock") == control("GET", "clock")
    assert control("POST", "clusters/paris", {"up": False}) == {"name": "paris", "up": False, "how": "refuse"}
    with pytest.raises(requests.ConnectionError):
        Client(made).get("/cluster")
    assert control("GET", "state")["clusters"]["paris"]["how"] == "refuse"
    assert control("POST", "clusters/paris", {"up": True}) == {"name": "paris", "up": True, "how": None}
    assert Client(made).get("/cluster")["name"] == "paris"


def test_faults_are_set_listed_and_removed(made, control):
    rule = {"action": "http_status", "path": "/cluster", "status": 503, "times": 1}
    (first,) = control("POST", "faults", rule)["ids"]
    (second,) = control("POST", "faults", {"faults": [{"action": "hang_transfer", "verb": "snapmirror.update"}]})["ids"]
    assert Client(made).ask("GET", "/cluster")[0] == 503
    listed = control("GET", "faults")["faults"]
    assert [(each["id"], each["fired"]) for each in listed] == [(first, 1), (second, 0)]
    assert control("DELETE", f"faults/{first}") == {}
    assert control("DELETE", f"faults/{first}") == (404, f"there is no fault {first}")
    assert control("DELETE", "faults") == {}
    assert control("GET", "faults") == {"faults": []}


def test_the_clock_goes_forward_only(made, control):
    began = control("GET", "clock")["now"]
    assert control("POST", "clock", {"advance": 60})["now"] == began + 60
    assert control("POST", "clock", {"now": began + 90})["now"] == began + 90
    assert control("POST", "clock", {"advance": -1})[0] == 400
    assert made.clock.now() == began + 90


def test_the_journal_over_control(made, control):
    Client(made).get("/cluster")
    Client(made).ask("DELETE", ONE)
    assert control("GET", "journal")["count"] == 2
    (write,) = control("GET", "journal", writes=1)["entries"]
    assert (write["method"], write["path"], write["write"]) == ("DELETE", ONE, True)
    assert control("GET", "journal", writes=1, count=1, cluster="lyon") == {"count": 0}
    control("DELETE", "journal")
    assert control("GET", "journal", count=1) == {"count": 0}


def test_markers_are_written_and_read(made, control):
    where = {"cluster": "paris", "svm": "svm_paris", "volume": "vol0001"}
    assert control("POST", "write", {**where, "marker": "m1", "size_bytes": 10}) == {"markers": ["m1"]}
    assert control("GET", "content", **where) == {"markers": ["m1"]}
    assert control("GET", "content", **{**where, "volume": "vol9"})[0] == 404
    volumes = control("GET", "state")["clusters"]["paris"]["svms"]["svm_paris"]["volumes"]
    assert volumes["vol0001"]["markers"] == ["m1"]


def test_a_reset_brings_back_the_beginning(made, control):
    control("POST", "write", {"cluster": "paris", "svm": "svm_paris", "volume": "vol0001", "marker": "m"})
    control("POST", "faults", {"action": "drop_before", "path": "*"})
    control("POST", "clusters/lyon", {"up": False, "how": "hang"})
    assert control("POST", "reset") == {}
    assert control("GET", "content", cluster="paris", svm="svm_paris", volume="vol0001") == {"markers": []}
    assert control("GET", "faults") == {"faults": []}
    assert Client(made, "lyon").get("/cluster")["name"] == "lyon"
    assert made.journal.count() == 1


def test_a_site_without_a_recipe_cannot_be_reset(site):
    assert Control(site.control_url)("POST", "reset")[0] == 400


@pytest.mark.parametrize(
    "method, path, body, status",
    [
        ("POST", "faults", {"action": "explode"}, 400),
        ("POST", "clusters/rome", {"up": False}, 404),
        ("POST", "clusters/paris", {"up": "no"}, 400),
        ("POST", "clusters/paris", {"up": False, "how": "explode"}, 400),
        ("POST", "clock", {}, 400),
        ("POST", "clock", {"advance": "soon"}, 400),
        ("POST", "write", {"cluster": "paris"}, 400),
        ("POST", "faults", [], 400),
    ],
)
def test_control_says_what_it_does_not_understand(control, method, path, body, status):
    answered, problem = control(method, path, body)
    assert answered == status
    assert problem


# ---- TLS
def test_over_tls_the_written_authority_is_what_a_client_needs(serve, tmp_path):
    site = serve(tls=True, ca_file=tmp_path / "ca.pem")
    assert site.params("paris")["https"] is True
    assert Client(site, verify=str(site.ca_file)).get("/cluster")["name"] == "paris"
    with pytest.raises(requests.exceptions.SSLError):
        Client(site).get("/cluster")


def test_params_are_a_modules_connection(site):
    address = site.clusters["lyon"]
    assert site.params("paris") == {
        "hostname": "127.0.0.1",
        "http_port": site.clusters["paris"].port,
        "https": False,
        "username": "admin",
        "password": "sesame",
        "svm": "svm_paris",
    }
    assert site.params("lyon", svm="svm_other") == {
        **site.params("paris"),
        "http_port": address.port,
        "svm": "svm_other",
    }
