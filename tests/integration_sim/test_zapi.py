# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks over ZAPI alone: protected, failed over, brought home, let go."""

from __future__ import annotations

import json

import pytest

from tests.integration_sim.playbooks import Play, arrays

pytest.importorskip("netapp_lib")
pytestmark = pytest.mark.slow
BACKEND = {"backend": "paris"}
CONFIRMED = {"backend": "paris", "confirm": "paris"}
NAMES = ["vol0001", "vol0002", "vol0003"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with arrays(tmp_path_factory.mktemp("zapi"), volumes=3) as running:
        inventory = json.loads(running.inventory.read_text(encoding="utf-8"))
        for host in inventory["ontap_backends"]["hosts"].values():
            host["ontap_use_rest"] = "never"
        running.inventory.write_text(json.dumps(inventory), encoding="utf-8")
        yield running


def good(play: Play) -> Play:
    assert play.returncode == 0, play.messages() + play.output
    assert {request.method for request in play.requests} == {"ZAPI"}
    return play


@pytest.fixture(scope="module")
def protected(site):
    return [good(play) for play in site.protected()]


def test_replicate_is_foretold_done_once_and_seen_to_be_done(site, protected):
    assert sorted(site.volumes("lyon")) == NAMES
    assert site.types("lyon") == {"dp"}


def test_status_readiness_and_update_say_that_all_is_well(site, protected):
    good(site.play("status", **BACKEND))
    good(site.play("readiness", **BACKEND))
    assert good(site.play("update", wait="true", **BACKEND)).changed == 1


@pytest.fixture(scope="module")
def failed_over(site, protected):
    home = site.junctions("paris")
    assert all(site.write("paris", name, f"{name} at home") for name in NAMES)
    good(site.play("failover", mode="planned", **CONFIRMED))
    return home


def test_a_planned_failover_loses_nothing_and_serves_at_the_same_places(site, failed_over):
    assert site.types("lyon") == {"rw"}
    assert site.junctions("lyon") == failed_over
    assert set(site.junctions("paris").values()) == {None}
    assert all(f"{name} at home" in site.volumes("lyon")[name]["markers"] for name in NAMES)


def test_a_failback_brings_home_what_was_written_at_the_target(site, failed_over):
    assert all(site.write("lyon", name, f"{name} at lyon") for name in NAMES)
    good(site.play("failback", **CONFIRMED))
    assert (site.types("paris"), site.types("lyon")) == ({"rw"}, {"dp"})
    assert site.junctions("paris") == failed_over
    assert all(f"{name} at lyon" in site.volumes("paris")[name]["markers"] for name in NAMES)


def test_a_rehearsal_leaves_the_mirrors_as_they_are(site, failed_over):
    rehearsed = good(site.play("rehearse", target="lyon", **BACKEND))
    assert len([one for one in rehearsed.requests if one.path == "/zapi/volume-clone-create"]) == len(NAMES)
    good(site.play("rehearse", target="lyon", state="absent", **BACKEND))
    assert sorted(site.volumes("lyon")) == NAMES
    assert site.types("lyon") == {"dp"}
    site.control(
        "clock", {"advance": 13 * 3600}
    )  # deleted clones hold their parents until they leave the recovery queue


def test_retire_lets_the_mirrors_go(site, failed_over):
    good(site.play("retire", target="lyon", delete_volumes="true", **CONFIRMED))
    assert site.volumes("lyon") == {}
    assert site.types("paris") == {"rw"}
