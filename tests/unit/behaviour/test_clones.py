# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clones of mirrors and of volumes: as their snapshot, apart from production, and gone without a trace."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import by_volume, check_then_run_twice

PROTOCOLS = ("rest", "zapi")
APART = {"clone_name": "rehearsal_{parent}", "junction_path": "/rehearsal_{junction}", "purpose": "rehearsal"}


@pytest.fixture
def mirrored(bench):
    """Three volumes with data and mirrors."""
    site = bench()
    with site.site.locked():
        site.volume("paris", "vol0001").write("first")
    site.protect()
    return site


def snapshots(site, cluster="lyon"):
    """{volume: names}, and {name: owners} of those that somebody holds."""
    with site.site.locked() as world:
        volumes = [one for one in world.clusters[cluster].volumes() if one.name.startswith("vol")]
        return {one.name: [(snapshot.name, tuple(snapshot.owners)) for snapshot in one.snapshots] for one in volumes}


def names(site, cluster="lyon"):
    with site.site.locked() as world:
        return sorted(one.name for one in world.clusters[cluster].volumes() if not one.is_svm_root)


def test_clones_of_mirrors_hold_their_snapshot_and_are_mounted_apart(mirrored):
    site = mirrored
    real = check_then_run_twice(site, "volume_clone", **site.from_destination, **APART)
    for volume, result in by_volume(real).items():
        assert result["status"] == "changed"
        assert result["clone"] == f"svm_lyon:rehearsal_{volume}"
        assert result["mounted_at"] == f"/rehearsal_{volume}"
        assert result["destination"] == f"svm_lyon:{volume}"
        with site.site.locked():
            parent, clone = site.volume("lyon", volume), site.volume("lyon", f"rehearsal_{volume}")
            assert result["parent_snapshot"] == parent.mirror().exported.name
            assert clone.content() == [mark.marker for mark in parent.mirror().exported.content]
            assert result["size_bytes"] == parent.size_bytes
    assert "first" in site.volume("lyon", "rehearsal_vol0001").content()


def test_clones_in_another_svm_of_the_cluster_are_of_the_same_mirrors(mirrored):
    site = mirrored
    with site.site.locked() as world:
        world.clusters["lyon"].add_svm("svm_try", None)
    there = {**APART, "clone_svm": "svm_try"}
    real = check_then_run_twice(site, "volume_clone", **site.from_destination, **there)
    for volume, result in by_volume(real).items():
        assert (result["clone"], result["destination"]) == (f"svm_try:rehearsal_{volume}", f"svm_lyon:{volume}")
        assert result["mounted_at"] == f"/rehearsal_{volume}"
    with site.site.locked() as world:
        tried = world.clusters["lyon"].svms["svm_try"].volumes
        assert "first" in tried["rehearsal_vol0001"].content()
        assert tried["rehearsal_vol0001"].export_policy.svm.name == "svm_try"
    apart = site.good("volume_clone", **site.from_destination, state="absent", purpose="rehearsal")
    assert apart["changed"] is False
    gone = {"state": "absent", "purpose": "rehearsal", "clone_svm": "svm_try"}
    check_then_run_twice(site, "volume_clone", **site.from_destination, **gone)
    assert names(site) == ["vol0001", "vol0002", "vol0003"]


@pytest.mark.rest_only
def test_only_the_target_is_asked_and_written(mirrored):
    site = mirrored
    site.forget_traffic()
    site.good("volume_clone", **site.from_destination, **APART)
    site.good("volume_clone", **site.from_destination, state="absent", purpose="rehearsal")
    assert site.requests("paris") == []
    assert len(site.writes("lyon")) == 3 + 1 + 3, "clones are made and deleted one by one and unmounted together"


def test_the_age_of_the_data_is_told(mirrored):
    site = mirrored
    site.site.advance(500)
    result = by_volume(site.good("volume_clone", **site.from_destination, volumes=["vol0001"]))["vol0001"]
    assert 500 <= result["data_age_s"] < 600


def test_a_write_into_a_clone_does_not_reach_the_mirror(mirrored):
    site = mirrored
    site.good("volume_clone", **site.from_destination, **APART)
    with site.site.locked():
        before = site.volume("lyon", "vol0001").content()
        site.volume("lyon", "rehearsal_vol0001").write("only here")
        assert site.volume("lyon", "vol0001").content() == before
        assert "only here" in site.volume("lyon", "rehearsal_vol0001").content()


@pytest.mark.rest_only
def test_mirrors_go_on_while_clones_stand_and_nothing_is_left_after_them(mirrored):
    site = mirrored
    site.good("volume_clone", **site.from_destination, **APART)
    with site.site.locked():
        site.volume("paris", "vol0001").write("second")
    site.good("snapmirror_update", **site.from_destination, wait=True)
    with site.site.locked():
        assert "second" in site.volume("lyon", "vol0001").content()
        assert "second" not in site.volume("lyon", "rehearsal_vol0001").content()
    check_then_run_twice(site, "volume_clone", **site.from_destination, state="absent", purpose="rehearsal")
    assert names(site) == ["vol0001", "vol0002", "vol0003"]
    assert {owners for held in snapshots(site).values() for _name, owners in held if "volume clone" in owners} == set()


@pytest.mark.rest_only
def test_the_snapshots_of_the_mirrors_are_as_before(mirrored):
    site = mirrored
    before = snapshots(site)
    site.good("volume_clone", **site.from_destination, **APART)
    site.good("volume_clone", **site.from_destination, state="absent", purpose="rehearsal")
    assert snapshots(site) == before


@pytest.mark.rest_only
def test_below_9_12_1_clones_go_the_usual_way(bench):
    site = bench(volumes=1)
    site.protect()
    site.site.world.clusters["lyon"].version = "9.11.1"
    site.good("volume_clone", **site.from_destination)
    site.forget_traffic()
    site.good("volume_clone", **site.from_destination, state="absent")
    assert names(site) == ["vol0001"]
    assert [entry for entry in site.writes() if "force" in str(entry)] == []


def test_nested_junctions_are_made_from_the_top_and_removed_from_the_bottom(bench):
    site = bench()
    site.protect()
    with site.site.locked():
        for name, path in (("vol0002", "/vol0001/deep"), ("vol0003", "/vol0001/deep/er")):
            site.volume("paris", name).junction = path
    site.good("flexvol_mirror_target", **site.sides)
    real = check_then_run_twice(site, "volume_clone", **site.from_destination, **APART)
    assert {name: one["mounted_at"] for name, one in by_volume(real).items()} == {
        "vol0001": "/rehearsal_vol0001",
        "vol0002": "/rehearsal_vol0001/deep",
        "vol0003": "/rehearsal_vol0001/deep/er",
    }
    check_then_run_twice(site, "volume_clone", **site.from_destination, state="absent", purpose="rehearsal")
    assert names(site) == ["vol0001", "vol0002", "vol0003"]


def test_a_failover_is_not_hindered_by_clones(mirrored):
    site = mirrored
    site.good("volume_clone", **site.from_destination, **APART)
    site.site.down("paris")
    real = site.good("snapmirror_break", **site.from_destination)
    assert {(one["state"], one["writable"], one["mounted_at"]) for one in real["results"]} == {
        ("broken_off", True, f"/vol000{number}") for number in (1, 2, 3)
    }
    site.good("volume_clone", **site.from_destination, state="absent", purpose="rehearsal")
    assert names(site) == ["vol0001", "vol0002", "vol0003"]


@pytest.mark.rest_only
@pytest.mark.parametrize("purpose, passes", [("rehearsal", True), ("somebody's work", False)])
def test_what_a_rehearsal_left_is_not_in_the_way_to_an_older_recovery_point(mirrored, purpose, passes):
    site = mirrored
    site.good("volume_clone", **{**site.from_destination, **APART, "purpose": purpose}, volumes=["vol0001"])
    args = {**site.from_destination, "volumes": ["vol0001"], "snapshot": "daily.0"}
    assert [one for one in snapshots(site)["vol0001"] if one == ("daily.0", ())]
    predicted = site.run("snapmirror_break", **args, check=True)
    real = site.run("snapmirror_break", **args)
    assert predicted["plan"] == real["plan"]
    assert (real["failed_volumes"] == []) is passes
    assert ("rehearsal_vol0001" not in names(site)) is passes


def test_a_volume_that_is_failed_over_is_not_cloned_by_surprise(mirrored):
    site = mirrored
    site.good("snapmirror_break", **site.from_destination)
    site.forget_traffic()
    result = site.run("volume_clone", **site.from_destination, volumes=["vol0001"])
    assert by_volume(result)["vol0001"]["status"] == "refused"
    assert site.writes() == []


def test_an_older_snapshot_can_be_cloned_and_one_that_is_not_there_is_refused(mirrored):
    site = mirrored
    args = {**site.from_destination, "volumes": ["vol0001"]}
    refused = site.run("volume_clone", **args, parent_snapshot="nobody knows it")
    assert "no snapshot nobody knows it" in by_volume(refused)["vol0001"]["msg"]
    result = by_volume(site.good("volume_clone", **args, parent_snapshot="daily.0"))["vol0001"]
    assert result["parent_snapshot"] == "daily.0"
    assert "first" not in site.volume("lyon", "vol0001_clone").content()


def test_another_snapshot_under_the_same_name_is_drift_and_is_left(mirrored):
    site = mirrored
    first = by_volume(site.good("volume_clone", **site.from_destination))["vol0001"]["parent_snapshot"]
    site.site.advance(4000)
    site.good("snapmirror_update", **site.from_destination, wait=True)
    newest = site.volume("lyon", "vol0001").mirror().exported.name
    assert newest != first
    site.forget_traffic()
    again = site.good("volume_clone", **site.from_destination, volumes=["vol0001"], parent_snapshot=newest)
    result = by_volume(again)["vol0001"]
    assert result["drift"] == [{"property": "parent_snapshot", "have": first, "want": newest}]
    assert (result["status"], result["parent_snapshot"], site.writes()) == ("ok", first, [])


def test_a_volume_of_somebody_else_is_neither_taken_nor_removed(mirrored):
    site = mirrored
    site.make_rw_volume(site.site.world.clusters["lyon"], "svm_lyon", "vol0001_clone")
    site.forget_traffic()
    made = site.run("volume_clone", **site.from_destination, volumes=["vol0001"])
    gone = site.run("volume_clone", **site.from_destination, volumes=["vol0001"], state="absent")
    for result in (made, gone):
        assert by_volume(result)["vol0001"]["status"] == "refused"
        assert "svm_lyon:vol0001_clone" in result["msg"]
    assert site.writes() == []


def test_clones_for_another_purpose_stay(mirrored):
    site = mirrored
    site.good("volume_clone", **site.from_destination, clone_name="mine_{volume}", purpose="mine")
    site.good("volume_clone", **site.from_destination, **APART)
    site.good("volume_clone", **site.from_destination, state="absent", purpose="rehearsal")
    assert [name for name in names(site) if not name.startswith("vol")] == [
        "mine_vol0001",
        "mine_vol0002",
        "mine_vol0003",
    ]


def test_volumes_of_the_svm_itself_are_cloned_and_split(bench):
    site = bench(volumes=2)
    paris = {"destination": site.site.params("paris")}
    with site.site.locked():
        site.volume("paris", "vol0001").write("data")
    real = check_then_run_twice(
        site, "volume_clone", **paris, volumes=["vol0001"], clone_name="{volume}_own", split=True, timeout=7200
    )
    result = by_volume(real)["vol0001"]
    assert (result["is_clone"], result["data_age_s"], result["mounted_at"]) == (False, 0.0, None)
    assert "data" in site.volume("paris", "vol0001_own").content()
    kept = site.run("volume_clone", **paris, volumes=["vol0001"], clone_name="{volume}_own", state="absent")
    assert "was split" in by_volume(kept)["vol0001"]["msg"]
    assert "vol0001_own" in names(site, "paris")


def test_a_clone_that_lost_its_place_is_mounted_again(mirrored):
    site = mirrored
    site.good("volume_clone", **site.from_destination, **APART)
    with site.site.locked():
        site.volume("lyon", "rehearsal_vol0002").junction = None
    again = site.good("volume_clone", **site.from_destination, **APART)
    assert [step["verb"] for step in again["plan"]] == ["mount"]
    assert by_volume(again)["vol0002"]["mounted_at"] == "/rehearsal_vol0002"


def test_production_is_never_pushed_aside(mirrored):
    site = mirrored
    site.forget_traffic()
    result = site.run("volume_clone", **site.from_destination, junction_path="/{junction}")
    assert "place of production" in result["msg"]
    assert site.writes() == []


def test_a_clone_that_is_refused_is_named_and_the_next_run_makes_only_it(mirrored):
    site = mirrored
    fault = site.site.faults.add(
        action="refuse", verb="volume.create", target="svm_lyon:rehearsal_vol0002", code="524597", message="no"
    )
    result = site.run("volume_clone", **site.from_destination, **APART)
    assert result["failed_volumes"] == ["vol0002"]
    site.site.faults.remove(fault)
    again = site.good("volume_clone", **site.from_destination, **APART)
    assert {step["volume"] for step in again["plan"]} == {"vol0002"}


@pytest.mark.rest_only
@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
def test_a_lost_answer_is_resolved_by_looking(mirrored, action, method):
    site = mirrored
    site.site.faults.add(action=action, method=method, path="/storage/volumes*", nth=2)
    made = site.good("volume_clone", **site.from_destination, **APART)
    assert {one["exists"] for one in made["results"]} == {True}
    site.good("volume_clone", **site.from_destination, state="absent", purpose="rehearsal")
    assert names(site) == ["vol0001", "vol0002", "vol0003"]
