# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Over ZAPI alone: a source is lost with writes that never left it; the others follow the target that serves, then all go home."""

from __future__ import annotations

import json

import pytest

from tests.integration_sim.playbooks import Arrays, Play, arrays

pytest.importorskip("netapp_lib")
pytestmark = pytest.mark.slow
BACKEND = {"backend": "paris"}
CONFIRMED = {"backend": "paris", "confirm": "paris"}
NAMES = ["vol0001", "vol0002"]


def over_zapi(play: Play, returncode: int = 0) -> Play:
    assert play.returncode == returncode, play.messages() + play.output
    assert {request.method for request in play.requests} == {"ZAPI"}
    return play


def mirrors(site: Arrays, cluster: str) -> set[tuple[str, str]]:
    """{(source, state)} of those that end at *cluster*."""
    found = site.rest(cluster, "GET", "/snapmirror/relationships?fields=source,state")["records"]
    return {(one["source"]["path"], one["state"]) for one in found}


def at(cluster: str) -> set[tuple[str, str]]:
    return {(f"svm_{cluster}:{name}", "snapmirrored") for name in NAMES}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with arrays(tmp_path_factory.mktemp("zapi_lost"), ("paris", "lyon", "nice"), 2) as running:
        inventory = json.loads(running.inventory.read_text(encoding="utf-8"))
        for host in inventory["ontap_backends"]["hosts"].values():
            host["ontap_use_rest"] = "never"
        running.inventory.write_text(json.dumps(inventory), encoding="utf-8")
        yield running


@pytest.fixture(scope="module")
def lost(site):
    """Where volumes were mounted at paris, and the failover to lyon without it."""
    over_zapi(site.play("replicate", **BACKEND))
    home = site.junctions("paris")
    site.control("clock", {"advance": 100})
    assert site.write("paris", "vol0001", "never left paris")
    site.shut_down("paris")
    return home, over_zapi(site.play("failover", mode="unplanned", target="lyon", **CONFIRMED))


def test_without_the_source_the_target_serves_at_the_same_places_and_nobody_asks_the_source(site, lost):
    home, failover = lost
    assert {request.cluster for request in failover.requests} <= {"lyon", "nice"}
    assert (site.types("lyon"), site.junctions("lyon")) == ({"rw"}, home)
    assert mirrors(site, "nice") == at("paris"), "other targets keep what they have"


@pytest.fixture(scope="module")
def turned(site, lost):
    """paris is back; its loss is refused, then accepted, and all mirrors turn to lyon; and once more."""
    assert site.write("lyon", "vol0002", "at lyon")
    site.control("clusters/paris", {"up": True})
    refused = over_zapi(site.play("reprotect", **BACKEND), returncode=2)
    accept = ("-e", f"@{site.folder / 'reports' / 'paris' / 'accept_data_loss.yml'}")
    done = over_zapi(site.play("reprotect", *accept, repoint="true", **BACKEND))
    return refused, done, over_zapi(site.play("reprotect", repoint="true", **BACKEND))


def test_a_loss_is_quoted_before_it_is_done(turned):
    refused, done, _again = turned
    assert "accept_data_loss: {vol0001: " in refused.messages()
    assert done.changed > 0


def test_all_others_mirror_the_target_that_serves_and_a_second_run_changes_nothing(site, turned):
    assert mirrors(site, "paris") == mirrors(site, "nice") == at("lyon")
    assert "at lyon" in site.volumes("nice")["vol0002"]["markers"]
    assert turned[-1].changed == 0


def test_what_never_left_the_source_is_kept_beside(site, turned):
    kept = {name: volume for name, volume in site.volumes("paris").items() if "_kept_" in name}
    assert {name.partition("_kept_")[0] for name in kept} == set(NAMES)
    assert any("never left paris" in volume["markers"] for volume in kept.values())


def test_all_go_home_again(site, lost, turned):
    assert site.write("lyon", "vol0001", "last at lyon")
    over_zapi(site.play("failback", **CONFIRMED))
    own = {name: volume for name, volume in site.volumes("paris").items() if "_kept_" not in name}
    assert {name: volume["junction"] for name, volume in own.items()} == lost[0]
    assert "last at lyon" in own["vol0001"]["markers"]
    assert mirrors(site, "lyon") == mirrors(site, "nice") == at("paris")
