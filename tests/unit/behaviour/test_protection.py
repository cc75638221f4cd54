# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From nothing to a protected backend: peering, target volumes, mirrors."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import AGGREGATES, by_volume, check_then_run_twice

PROTOCOLS = ("rest", "zapi")

VOLUMES = ["vol0001", "vol0002", "vol0003"]


def test_targets_match_their_sources(bench):
    site = bench()
    real = check_then_run_twice(site, "flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    assert [one["status"] for one in real["results"]] == ["changed"] * 3
    with site.site.locked():
        for name in VOLUMES:
            source, target = site.volume("paris", name), site.volume("lyon", name)
            assert target.type == "dp"
            assert target.size_bytes == source.size_bytes
            assert target.language == source.language


def test_mirrors_are_created_and_initialized(bench):
    site = bench()
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    real = check_then_run_twice(site, "snapmirror_relationship", **site.sides, wait=True, timeout=36000)
    assert {one["state"] for one in real["results"]} == {"snapmirrored"}
    assert {one["policy"] for one in real["results"]} == {"MirrorAllSnapshots"}
    assert {one["schedule"] for one in real["results"]} == {"hourly"}
    assert [step["verb"] for step in real["plan"]] == ["create", "initialize"] * 3


def test_check_mode_of_the_whole_sequence_works_before_anything_exists(bench):
    site = bench()
    targets = site.good("flexvol_mirror_target", check=True, **site.sides, aggregate_map=AGGREGATES)
    mirrors = site.good("snapmirror_relationship", check=True, **site.sides, assume=targets["predicted"])
    assert site.writes() == []
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    real = site.good("snapmirror_relationship", **site.sides)
    assert (mirrors["plan"], mirrors["diff"]) == (real["plan"], real["diff"])


def test_a_baseline_that_outlasts_the_timeout_is_in_progress_and_no_failure(bench):
    site = bench(volumes=1, transfer_rate=1)
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    result = site.good("snapmirror_relationship", **site.sides, wait=True, timeout=10)
    assert by_volume(result)["vol0001"]["status"] == "in_progress"
    again = site.good("snapmirror_relationship", **site.sides)
    assert (again["changed"], by_volume(again)["vol0001"]["status"]) == (False, "in_progress")


def test_a_grown_source_grows_its_target(bench):
    site = bench()
    site.protect()
    with site.site.locked():
        volume = site.volume("paris", "vol0002")
        volume.size_bytes *= 2
        grown = volume.size_bytes
    real = check_then_run_twice(site, "flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    assert [(step["verb"], step["args"]["size_bytes"]) for step in real["plan"]] == [("volume_grow", grown)]


@pytest.mark.parametrize(
    "changes, wanted",
    [
        pytest.param({"schedule": "daily"}, {"schedule": "daily"}, id="schedule"),
        pytest.param({"schedule": ""}, {"schedule": ""}, id="no schedule", marks=pytest.mark.rest_only),
        pytest.param({"throttle": 1024}, {"throttle_kbps": 1024}, id="throttle"),
        pytest.param({"policy": "MirrorLatest"}, {"policy": "MirrorLatest"}, id="policy"),
    ],
)
def test_what_is_given_is_converged(bench, changes, wanted):
    site = bench(volumes=2)
    site.protect()
    real = check_then_run_twice(site, "snapmirror_relationship", **site.sides, **changes)
    for result in real["results"]:
        assert {name: result[name] for name in wanted} == wanted


def test_pause_and_resume(bench):
    site = bench(volumes=2)
    site.protect()
    paused = check_then_run_twice(site, "snapmirror_relationship", **site.sides, relationship_state="paused")
    assert {one["state"] for one in paused["results"]} == {"paused"}
    left = site.good("snapmirror_relationship", **site.sides)
    assert left["changed"] is False
    assert left["results"][0]["drift"] == [{"property": "state", "have": "paused", "want": "snapmirrored"}]
    active = check_then_run_twice(site, "snapmirror_relationship", **site.sides, relationship_state="active")
    assert {one["state"] for one in active["results"]} == {"snapmirrored"}


def test_removal_keeps_snapshots_and_leaves_no_record(bench):
    site = bench(volumes=2)
    site.protect()
    with site.site.locked() as world:
        before = {volume.name: len(volume.snapshots) for volume in world.clusters["paris"].volumes()}
    check_then_run_twice(site, "snapmirror_relationship", **site.sides, state="absent")
    info = site.good("snapmirror_info", **site.sides)
    assert (info["mirrors"], info["orphans"]) == ([], [])
    with site.site.locked() as world:
        after = {volume.name: len(volume.snapshots) for volume in world.clusters["paris"].volumes()}
    assert after == before


def test_removal_without_the_source_names_the_orphan(bench):
    site = bench(volumes=1)
    site.protect()
    result = site.good("snapmirror_relationship", **site.from_destination, state="absent")
    assert any("keeps a record" in warning for warning in result["warnings"])
    info = site.good("snapmirror_info", **site.sides)
    assert [one["source"] for one in info["orphans"]] == ["svm_paris:vol0001"]


def test_targets_of_removed_mirrors_go_and_others_stay(bench):
    site = bench(volumes=2)
    site.protect()
    refused = site.run("flexvol_mirror_target", **site.from_destination, state="absent")
    assert refused["failed_volumes"] == ["vol0001", "vol0002"]
    site.good("snapmirror_relationship", **site.sides, volumes=["vol0001"], state="absent")
    check_then_run_twice(site, "flexvol_mirror_target", **site.from_destination, volumes=["vol0001"], state="absent")
    with site.site.locked() as world:
        names = {volume.name for volume in world.clusters["lyon"].volumes()}
    assert "vol0001" not in names
    assert "vol0002" in names


def test_a_foreign_volume_with_the_name_of_a_target_is_refused_with_nothing_changed(bench):
    site = bench(volumes=1)
    site.make_rw_volume(site.site.world.clusters["lyon"], "svm_lyon", "vol0001")
    site.forget_traffic()
    refused = site.run("flexvol_mirror_target", **site.sides, volumes=["vol0001"], state="absent")
    assert refused["failed_volumes"] == ["vol0001"]
    assert "svm_lyon:vol0001 is rw and no mirror's target: it is not deleted" in refused["msg"]
    assert site.writes() == []


def test_peering_is_made_and_accepted(bench):
    site = bench(volumes=1)
    with site.site.locked() as world:
        for cluster in world.clusters.values():
            cluster.svm_peers.clear()
    real = check_then_run_twice(site, "svm_peer", **site.sides)
    assert [step["verb"] for step in real["plan"]] == ["svm_peer_create", "svm_peer_accept"]
    site.protect()
