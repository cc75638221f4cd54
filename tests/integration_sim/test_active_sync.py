# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend under SnapMirror active sync: protected, failed over by the call and by itself, brought home."""

from __future__ import annotations

import pytest

from tests.integration_sim.playbooks import Arrays, arrays, good

pytestmark = pytest.mark.slow
BACKEND = {"backend": "paris"}
CONFIRMED = {"backend": "paris", "confirm": "paris"}
NAMES = ["data", "logs"]


def world():
    made = {"clusters": {}, "mediators": [{"clusters": ["paris", "lyon"], "ip_address": "192.0.2.9"}]}
    for name in ("paris", "lyon"):
        aggregates = {f"aggr{number}_{name}": "10TB" for number in (1, 2)}
        volumes = {one: {"aggregate": f"aggr1_{name}", "size": "2GB"} for one in NAMES} if name == "paris" else {}
        made["clusters"][name] = {"aggregates": aggregates, "svms": {f"svm_{name}": {"volumes": volumes}}}
    return made


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    group = {"ontap_consistency_group": "app", "ontap_replication_policy": "AutomatedFailOver"}
    with arrays(tmp_path_factory.mktemp("active_sync"), scenario=world(), **group) as running:
        yield running


def types(site: Arrays) -> list[set[str]]:
    return [site.types(cluster) for cluster in ("paris", "lyon")]


def settle(site: Arrays) -> None:
    site.control("clock", {"advance": 60})


@pytest.fixture(scope="module")
def protected(site):
    return site.protected()


def test_status_and_readiness_say_that_all_is_well(site, protected):
    good(site.play("status", rpo_s=60, fail_on_breach="true", **BACKEND))
    good(site.play("readiness", **BACKEND))


@pytest.fixture(scope="module")
def failed_over(site, protected):
    assert all(site.write("paris", name, f"{name} at home") for name in NAMES)
    foretold = good(site.play("failover", "--check", mode="planned", **CONFIRMED))
    assert foretold.writes == []
    return good(site.play("failover", mode="planned", **CONFIRMED))


def test_a_planned_failover_is_the_call_alone(site, failed_over):
    assert types(site) == [{"dp"}, {"rw"}]
    assert [request.method for request in failed_over.writes if "relationships" in request.path] == ["PATCH"]
    assert all(f"{name} at home" in site.volumes("lyon")[name]["markers"] for name in NAMES)


def test_it_needs_no_reprotection_and_comes_home_by_the_same_call(site, failed_over):
    assert good(site.play("reprotect", **CONFIRMED)).changed == 0
    assert all(site.write("lyon", name, f"{name} at lyon") for name in NAMES)
    foretold = good(site.play("failback", "--check", **CONFIRMED))
    assert foretold.writes == []
    good(site.play("failback", **CONFIRMED))
    assert types(site) == [{"rw"}, {"dp"}]
    assert all(f"{name} at lyon" in site.volumes("paris")[name]["markers"] for name in NAMES)


def test_what_took_over_by_itself_is_recognized_and_comes_home(site, failed_over):
    site.shut_down("paris")
    settle(site)
    lost = good(site.play("failover", mode="unplanned", **CONFIRMED))
    assert {request.cluster for request in lost.requests} == {"lyon"}
    assert not any("relationships" in request.path for request in lost.writes)
    assert all(site.write("lyon", name, f"{name} alone") for name in NAMES)
    site.control("clusters/paris", {"up": True})
    settle(site)
    good(site.play("failback", **CONFIRMED))
    assert types(site) == [{"rw"}, {"dp"}]
    assert all(f"{name} alone" in site.volumes("paris")[name]["markers"] for name in NAMES)


def test_a_new_volume_joins_when_asked_in_one_run(site, protected):
    """Last, since the others look at two volumes."""
    made = {"name": "more", "svm": {"name": "svm_paris"}, "size": 2**30, "aggregates": [{"name": "aggr1_paris"}]}
    site.rest("paris", "POST", "/storage/volumes", made)
    unasked = site.play("replicate", **BACKEND)
    assert unasked.returncode == 2
    assert "expand_consistency_group" in unasked.messages()
    good(site.play("replicate", expand_consistency_group="true", wait="true", **BACKEND))
    assert site.write("paris", "more", "joined")
    assert "joined" in site.volumes("lyon")["more"]["markers"]
    assert good(site.play("replicate", expand_consistency_group="true", **BACKEND)).changed == 0
