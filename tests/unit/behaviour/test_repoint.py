# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A further target follows the side that serves now."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import by_volume, check_then_run_twice

PROTOCOLS = ("rest", "zapi")
NICE = {"aggr1_paris": "aggr1_nice", "aggr2_paris": "aggr2_nice"}


@pytest.fixture
def two_targets(bench):
    """start(last: who got the last update): paris protected at lyon and at nice, under other names, failed over to lyon."""

    def start(last=("nice", "lyon"), volumes=2):
        site = bench(volumes=volumes, clusters=("paris", "lyon", "nice"))
        site.protect()
        site.nice = {"source": site.site.params("paris"), "destination": site.site.params("nice")}
        named = {"destination_name": "third_{volume}"}
        site.good("flexvol_mirror_target", **site.nice, **named, aggregate_map=NICE)
        site.good("snapmirror_relationship", **site.nice, **named, wait=True, timeout=36000, schedule="daily")
        for name in last:
            with site.site.locked():
                site.volume("paris", "vol0001").write(f"before the update of {name}")
            sides = {"source": site.site.params("paris"), "destination": site.site.params(name)}
            site.good("snapmirror_update", **sides, wait=True, timeout=36000)
            site.site.advance(30)
        site.good("snapmirror_break", **site.from_destination)
        with site.site.locked():
            site.volume("lyon", "vol0001").write("written at lyon")
        return site

    return start


def following(site, source="lyon", former="svm_paris"):
    return {
        "source": site.site.params(source),
        "destination": site.site.params("nice"),
        "former_source_svm": former,
        "timeout": 36000,
    }


def test_a_target_that_holds_nothing_newer_follows_without_a_loss(two_targets):
    site = two_targets()
    turned = check_then_run_twice(site, "snapmirror_reverse", **following(site))
    steps = [step["verb"] for step in turned["plan"] if step["volume"] == "vol0001"]
    assert steps == ["quiesce", "break", "delete", "create", "resync"]
    told = by_volume(turned)
    assert {name: (one["state"], one["loss"], one["schedule"]) for name, one in told.items()} == {
        "vol0001": ("snapmirrored", "none", "daily"),
        "vol0002": ("snapmirrored", "none", "daily"),
    }
    third = site.volume("nice", "third_vol0001")
    assert (third.type, "written at lyon" in third.content()) == ("dp", True)
    assert {entry.cluster for entry in site.requests()} == {"lyon", "nice"}, "the former source is not asked"


def test_what_the_former_source_remembers_is_released_there(two_targets):
    site = two_targets()
    site.good("snapmirror_reverse", **following(site))
    orphans = site.good("snapmirror_info", **site.nice)["orphans"]
    assert len(orphans) == 2
    site.good("snapmirror_relationship", **site.nice, state="absent", volumes=["vol0001", "vol0002"])
    assert site.good("snapmirror_info", **site.nice)["orphans"] == []
    assert site.volume("nice", "third_vol0001").type == "dp"


def test_what_the_target_alone_holds_is_measured_and_refused(two_targets):
    site = two_targets(last=("lyon", "nice"))
    site.forget_traffic()
    refused = site.run("snapmirror_reverse", **following(site))
    assert (refused["failed_volumes"], site.writes()) == (["vol0001", "vol0002"], [])
    told = by_volume(refused)["vol0001"]
    assert told["overwritten"] == "svm_nice:third_vol0001"
    assert isinstance(told["loss"], int) and told["loss"] >= 30
    accepted = {name: one["loss"] for name, one in by_volume(refused).items()}
    site.good("snapmirror_reverse", **following(site), accept_data_loss=accepted)
    content = site.volume("nice", "third_vol0001").content()
    assert "written at lyon" in content
    assert "before the update of nice" not in content


def test_a_run_that_was_cut_off_after_the_break_asks_before_it_goes_on(two_targets):
    site = two_targets(volumes=1)
    fault = site.site.faults.add(action="refuse", verb="snapmirror.create", code="13303841", message="no")
    assert site.run("snapmirror_reverse", **following(site))["failed_volumes"] == ["vol0001"]
    site.site.faults.remove(fault)
    told = by_volume(site.run("snapmirror_reverse", **following(site)))["vol0001"]
    assert (told["status"], isinstance(told["loss"], int)) == ("refused", True)
    done = site.good("snapmirror_reverse", **following(site), accept_data_loss={"vol0001": told["loss"] + 60})
    assert by_volume(done)["vol0001"]["state"] == "snapmirrored"


def test_it_follows_home_again_after_a_failback(two_targets):
    site = two_targets()
    site.good("snapmirror_reverse", **following(site))
    accept = {"accept_data_loss": {"vol0001": "unknown", "vol0002": "unknown"}}
    back = {"source": site.site.params("lyon"), "destination": site.site.params("paris")}
    site.good("snapmirror_reverse", **back, timeout=36000, **accept)
    site.good("snapmirror_break", **back, named_by="destination")
    site.good("snapmirror_reverse", **following(site, "paris", "svm_lyon"), **accept)
    info = site.good("snapmirror_info", **site.nice)
    assert {one["volume"]: one["state"] for one in info["mirrors"]} == {
        "vol0001": "snapmirrored",
        "vol0002": "snapmirrored",
    }


def test_a_source_that_takes_no_writes_and_a_target_of_others_are_refused(two_targets):
    site = two_targets()
    accept = {"accept_data_loss": {"vol0001": "unknown", "vol0002": "unknown"}}
    site.good(
        "snapmirror_reverse",
        source=site.site.params("lyon"),
        destination=site.site.params("paris"),
        timeout=36000,
        **accept,
    )
    refused = site.run("snapmirror_reverse", **following(site, "paris", "svm_paris"))
    assert refused["failed_volumes"] == []
    refused = site.run("snapmirror_reverse", **following(site, "lyon", "svm_paris"), volumes=["vol0009"])
    assert "vol0009 has no mirror" in refused["msg"]
    site.good("snapmirror_reverse", **following(site))
    refused = site.run("snapmirror_reverse", **following(site, "paris", "svm_lyon"), **accept)
    assert "does not take writes" in refused["msg"]
