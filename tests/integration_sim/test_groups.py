# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend whose pools are mirrored as one consistency group: protected, failed over, brought home, let go."""

from __future__ import annotations

import pytest

from tests.integration_sim.playbooks import Arrays, Play, arrays

pytestmark = pytest.mark.slow
BACKEND = {"backend": "paris"}
CONFIRMED = {"backend": "paris", "confirm": "paris"}
NAMES = ["vol0001", "vol0002", "vol0003"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with arrays(tmp_path_factory.mktemp("group"), volumes=3, ontap_consistency_group="erp") as running:
        yield running


def good(play: Play) -> Play:
    assert play.returncode == 0, play.messages() + play.output
    return play


def types(site: Arrays, cluster: str) -> set[str]:
    return {volume["type"] for volume in site.volumes(cluster).values()}


def mirrors(site: Arrays, cluster: str) -> list[str]:
    found = site.rest(cluster, "GET", "/snapmirror/relationships?fields=destination.path")
    return [one["destination"]["path"] for one in found["records"]]


@pytest.fixture(scope="module")
def protected(site):
    check = good(site.play("replicate", "--check", "--diff", **BACKEND))
    return check, good(site.play("replicate", **BACKEND)), good(site.play("replicate", **BACKEND))


def test_replicate_is_foretold_done_once_and_seen_to_be_done(site, protected):
    check, real, again = protected
    assert check.plans() == real.plans()
    assert (check.changed > 0, again.changed) == (True, 0)
    assert again.writes == []
    assert mirrors(site, "lyon") == ["svm_lyon:/cg/erp"]


def test_status_readiness_and_update_say_that_all_is_well(site, protected):
    good(site.play("status", **BACKEND))
    good(site.play("readiness", **BACKEND))
    assert good(site.play("update", wait="true", **BACKEND)).changed == 1


@pytest.fixture(scope="module")
def failed_over(site, protected):
    home = site.junctions("paris")
    assert all(site.write("paris", name, f"{name} at home") for name in NAMES)
    foretold = good(site.play("failover", "--check", mode="planned", **CONFIRMED))
    assert foretold.writes == []
    good(site.play("failover", mode="planned", **CONFIRMED))
    assert types(site, "lyon") == {"rw"}
    assert site.junctions("lyon") == home
    assert set(site.junctions("paris").values()) == {None}
    return home


def test_a_planned_failover_loses_nothing(site, failed_over):
    assert all(f"{name} at home" in site.volumes("lyon")[name]["markers"] for name in NAMES)


@pytest.fixture(scope="module")
def at_home(site, failed_over):
    """Where the mirror ran to while it ran back, and what the volumes held after the failback."""
    good(site.play("reprotect", **CONFIRMED))
    back, kinds = mirrors(site, "paris"), types(site, "paris")
    assert all(site.write("lyon", name, f"{name} at lyon") for name in NAMES)
    good(site.play("failback", **CONFIRMED))
    return back, kinds


def test_reprotected_it_is_mirrored_back_as_one(at_home):
    assert at_home == (["svm_paris:/cg/erp"], {"dp"})


def test_a_failback_brings_home_what_was_written_at_the_target(site, failed_over, at_home):
    assert (types(site, "paris"), types(site, "lyon")) == ({"rw"}, {"dp"})
    assert site.junctions("paris") == failed_over
    assert mirrors(site, "lyon") == ["svm_lyon:/cg/erp"]
    assert all(f"{name} at lyon" in site.volumes("paris")[name]["markers"] for name in NAMES)


def test_a_rehearsal_leaves_the_mirror_as_it_is(site, failed_over, at_home):
    good(site.play("rehearse", target="lyon", **BACKEND))
    good(site.play("rehearse", target="lyon", state="absent", **BACKEND))
    assert sorted(site.volumes("lyon")) == NAMES
    assert types(site, "lyon") == {"dp"}


def test_an_unplanned_failover_finds_the_group_at_the_target_alone(site, failed_over, at_home):
    site.shut_down("paris")
    lost = site.play("failover", mode="unplanned", **CONFIRMED)
    assert lost.returncode == 0, lost.messages() + lost.output
    assert {request.cluster for request in lost.requests} == {"lyon"}
    assert types(site, "lyon") == {"rw"}
    assert site.junctions("lyon") == failed_over
