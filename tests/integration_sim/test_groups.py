# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend whose pools are mirrored as one consistency group: protected, failed over, brought home, let go."""

from __future__ import annotations

import pytest

from tests.integration_sim.playbooks import Arrays, arrays, good

pytestmark = pytest.mark.slow
BACKEND = {"backend": "paris"}
CONFIRMED = {"backend": "paris", "confirm": "paris"}
NAMES = ["vol0001", "vol0002", "vol0003"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with arrays(tmp_path_factory.mktemp("group"), volumes=3, ontap_consistency_group="erp") as running:
        yield running


def mirrors(site: Arrays, cluster: str) -> list[str]:
    found = site.rest(cluster, "GET", "/snapmirror/relationships?fields=destination.path")
    return [one["destination"]["path"] for one in found["records"]]


@pytest.fixture(scope="module")
def protected(site):
    return site.protected()


def test_one_mirror_is_made_for_all(site, protected):
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
    assert site.types("lyon") == {"rw"}
    assert site.junctions("lyon") == home
    assert set(site.junctions("paris").values()) == {None}
    return home


def test_a_planned_failover_loses_nothing(site, failed_over):
    assert all(f"{name} at home" in site.volumes("lyon")[name]["markers"] for name in NAMES)


@pytest.fixture(scope="module")
def at_home(site, failed_over):
    """Where the mirror ran to while it ran back, and what the volumes held after the failback."""
    good(site.play("reprotect", **CONFIRMED))
    for mode in ("planned", "unplanned"):  # run again, there is nothing left to do
        assert good(site.play("failover", mode=mode, **CONFIRMED)).writes == []
    back, kinds = mirrors(site, "paris"), site.types("paris")
    assert all(site.write("lyon", name, f"{name} at lyon") for name in NAMES)
    good(site.play("failback", **CONFIRMED))
    return back, kinds


def test_reprotected_it_is_mirrored_back_as_one(at_home):
    assert at_home == (["svm_paris:/cg/erp"], {"dp"})


def test_a_failback_brings_home_what_was_written_at_the_target(site, failed_over, at_home):
    assert (site.types("paris"), site.types("lyon")) == ({"rw"}, {"dp"})
    assert site.junctions("paris") == failed_over
    assert mirrors(site, "lyon") == ["svm_lyon:/cg/erp"]
    assert all(f"{name} at lyon" in site.volumes("paris")[name]["markers"] for name in NAMES)


def test_a_rehearsal_leaves_the_mirror_as_it_is(site, failed_over, at_home):
    good(site.play("rehearse", target="lyon", **BACKEND))
    good(site.play("rehearse", target="lyon", state="absent", **BACKEND))
    assert sorted(site.volumes("lyon")) == NAMES
    assert site.types("lyon") == {"dp"}


def test_an_unplanned_failover_finds_the_group_at_the_target_alone(site, failed_over, at_home):
    site.shut_down("paris")
    lost = site.play("failover", mode="unplanned", **CONFIRMED)
    assert lost.returncode == 0, lost.messages() + lost.output
    assert {request.cluster for request in lost.requests} == {"lyon"}
    assert site.types("lyon") == {"rw"}
    assert site.junctions("lyon") == failed_over
