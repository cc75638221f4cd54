# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synchronous mirrors: their whole life, by the modules; over REST, since ZAPI has no published words for their states."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import AGGREGATES, by_volume, check_then_run_twice

LONG = {"wait": True, "timeout": 36000}


def protected(bench, policy="Sync", volumes=2):
    site = bench(volumes=volumes)
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES, policy=policy)
    site.good("snapmirror_relationship", **site.sides, **LONG, policy=policy)
    return site


def states(site, source="paris", destination="lyon", **options):
    sides = {"source": site.site.params(source), "destination": site.site.params(destination)}
    return {one["volume"]: one["state"] for one in site.good("snapmirror_info", **sides, **options)["mirrors"]}


def down(site, cluster="paris"):
    with site.site.locked():
        site.site.world.clusters[cluster].up = False


def up(site, cluster="paris"):
    with site.site.locked():
        site.site.world.clusters[cluster].up = True


def fence(site, cluster, tmp_path, **options):
    source = site.site.params(cluster)
    return site.good("source_fence", source=source, report_dir=str(tmp_path / cluster), **options)["fence_times"]


def leave_paris(site, tmp_path):
    """The steps of a planned failover."""
    times = fence(site, "paris", tmp_path)
    site.good("snapmirror_update", **site.from_destination, **LONG, exported_not_before=times)
    return site.good("snapmirror_break", **site.from_destination)


def turn(site, active, other, run=None, **options):
    sides = {"source": site.site.params(active), "destination": site.site.params(other)}
    named = "destination" if active == "lyon" else "source"
    return (run or site.good)("snapmirror_reverse", **sides, named_by=named, timeout=36000, **options)


@pytest.mark.parametrize("policy", ["Sync", "StrictSync"])
def test_they_are_made_and_awaited_until_in_sync(bench, policy):
    site = bench(volumes=2)
    check_then_run_twice(site, "flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES, policy=policy)
    site.site.world.synchronizing_s = 60.0
    done = check_then_run_twice(site, "snapmirror_relationship", **site.sides, **LONG, policy=policy)
    assert {one["state"] for one in done["results"]} == {"in_sync"}
    assert not [entry for entry in site.requests() if entry.path.endswith("/transfers") and entry.method == "POST"]
    with site.site.locked():
        site.volume("paris", "vol0001").write("now")
        assert "now" in site.volume("lyon", "vol0001").content()


def test_one_that_is_not_awaited_is_in_progress(bench):
    site = bench(volumes=1)
    site.site.world.synchronizing_s = 600.0
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    site.good("snapmirror_relationship", **site.sides, policy="Sync", wait=False)
    site.site.advance(300)
    again = site.good("snapmirror_relationship", **site.sides, policy="Sync", wait=False)
    assert (by_volume(again)["vol0001"]["status"], again["plan"]) == ("in_progress", [])
    assert by_volume(site.good("snapmirror_relationship", **site.sides, **LONG))["vol0001"]["state"] == "in_sync"


def test_its_state_says_how_well_it_protects(bench):
    site = protected(bench)
    told = site.good("snapmirror_info", **site.sides, rpo_s=60)
    assert [(one["state"], one["lag_s"], one["rpo"]) for one in told["mirrors"]] == [("in_sync", None, "ok")] * 2
    down(site)
    lost = site.good("snapmirror_info", **site.from_destination, rpo_s=60)
    assert {(one["state"], one["rpo"], one["healthy"]) for one in lost["mirrors"]} == {
        ("out_of_sync", "unknown", False)
    }
    assert "out_of_sync, not in_sync" in by_volume(lost)["vol0001"]["msg"]
    assert "cannot be reached" in by_volume(lost)["vol0001"]["msg"]


def test_readiness_tells_what_is_not_in_sync(bench):
    site = protected(bench)
    ask = {"source_svm": "svm_paris", "targets": [site.site.params("lyon")], "rpo_s": 60}

    def checks():
        return {one["name"]: one["result"] for one in site.good("replication_readiness", **ask)["checks"]}

    assert (checks()["in_sync"], checks()["lag"]) == ("pass", "pass")
    down(site)
    assert (checks()["in_sync"], checks()["state"]) == ("warn", "pass")


def test_an_update_transfers_nothing_and_waits_until_in_sync(bench):
    site = protected(bench)
    site.forget_traffic()
    told = site.good("snapmirror_update", **site.from_destination, **LONG)
    assert (told["changed"], told["plan"], site.writes()) == (False, [], [])
    down(site)
    late = site.good("snapmirror_update", **site.from_destination, wait=True, timeout=60)
    assert {one["status"] for one in late["results"]} == {"in_progress"}
    quick = site.good("snapmirror_update", **site.from_destination)
    assert "cannot be reached" in by_volume(quick)["vol0001"]["msg"]
    up(site)
    done = site.good("snapmirror_update", **site.from_destination, **LONG)
    assert {(one["status"], one["state"]) for one in done["results"]} == {("ok", "in_sync")}
    assert site.writes() == []


def test_a_paused_one_is_resumed_only_when_asked_and_then_awaited(bench):
    site = protected(bench)
    check_then_run_twice(site, "snapmirror_relationship", **site.sides, relationship_state="paused")
    left = site.good("snapmirror_relationship", **site.sides)
    (drift,) = by_volume(left)["vol0001"]["drift"]
    assert (drift["have"], drift["want"]) == ("paused", "in_sync")
    check_then_run_twice(site, "snapmirror_relationship", **site.sides, **LONG, relationship_state="active")
    assert set(states(site).values()) == {"in_sync"}


def test_there_and_back_without_loss_and_without_any_acceptance(bench, tmp_path):
    site = protected(bench)
    with site.site.locked():
        site.volume("paris", "vol0001").write("at paris")
    site.site.advance(4000)
    leave_paris(site, tmp_path)
    with site.site.locked():
        assert "at paris" in site.volume("lyon", "vol0001").content()
        site.volume("lyon", "vol0001").write("at lyon")
    site.site.advance(600)
    back = turn(site, "lyon", "paris")
    assert {(one["loss"], one["state"]) for one in back["results"]} == {("none", "in_sync")}
    with site.site.locked():
        site.volume("lyon", "vol0001").write("at lyon, later")
        assert "at lyon, later" in site.volume("paris", "vol0001").content()
    times = fence(site, "lyon", tmp_path)
    home = {"source_svm": "svm_lyon", "destination": site.site.params("paris"), "named_by": "destination"}
    site.good("snapmirror_update", **home, **LONG, exported_not_before=times)
    site.good("snapmirror_break", **home)
    again = turn(site, "paris", "lyon")
    assert {(one["loss"], one["state"]) for one in again["results"]} == {("none", "in_sync")}
    turn(site, "paris", "lyon", cleanup=True)
    with site.site.locked():
        assert {"at paris", "at lyon", "at lyon, later"} <= set(site.volume("paris", "vol0001").content())
        assert site.volume("paris", "vol0001").type == "rw"
    info = site.good("snapmirror_info", **site.sides)
    assert ({one["state"] for one in info["mirrors"]}, info["orphans"]) == ({"in_sync"}, [])
    assert "carried" not in site.volume("paris", "vol0001").comment


def test_out_of_sync_after_the_fence_is_no_proof(bench, tmp_path):
    site = protected(bench)
    times = fence(site, "paris", tmp_path)
    down(site)
    ask = {**site.from_destination, "exported_not_before": times}
    assert {one["status"] for one in site.good("snapmirror_update", **ask, wait=True, timeout=60)["results"]} == {
        "in_progress"
    }
    site.forget_traffic()
    quick = site.good("snapmirror_update", **ask)
    assert {one["status"] for one in quick["results"]} == {"in_progress"}
    assert site.writes() == []
    assert "carried" not in site.volume("lyon", "vol0001").comment


def test_a_proof_counts_for_its_own_fence_only(bench, tmp_path):
    """Put back in service and fenced anew, the source may hold more than the target."""
    site = protected(bench, volumes=1)
    times = fence(site, "paris", tmp_path)
    site.good("snapmirror_update", **site.from_destination, **LONG, exported_not_before=times)
    fence(site, "paris", tmp_path, state="absent")
    site.good("snapmirror_break", **site.from_destination)
    with site.site.locked():
        site.volume("paris", "vol0001").write("only at paris")
    site.site.advance(60)
    fence(site, "paris", tmp_path)
    refused = turn(site, "lyon", "paris", run=site.run)
    assert refused["failed_volumes"] == ["vol0001"]
    assert by_volume(refused)["vol0001"]["loss"] >= 60


def test_a_break_to_an_older_snapshot_voids_the_proof(bench, tmp_path):
    site = protected(bench, volumes=1)
    site.site.advance(600)
    with site.site.locked():
        site.volume("paris", "vol0001").write("newer than any snapshot at lyon")
    times = fence(site, "paris", tmp_path)
    site.good("snapmirror_update", **site.from_destination, **LONG, exported_not_before=times)
    older = site.volume("lyon", "vol0001").snapshots[0].name
    site.good("snapmirror_break", **site.from_destination, snapshot=older)
    assert "newer than any snapshot at lyon" not in site.volume("lyon", "vol0001").content()
    refused = turn(site, "lyon", "paris", run=site.run)
    assert refused["failed_volumes"] == ["vol0001"]


def test_an_unplanned_break_needs_no_source_and_the_way_back_asks_for_the_loss(bench):
    site = protected(bench, volumes=1)
    site.site.advance(600)
    down(site)
    site.forget_traffic()
    broken = check_then_run_twice(site, "snapmirror_break", **site.from_destination)
    assert "abort" not in [step["verb"] for step in broken["plan"]]
    assert site.requests("paris") == []
    up(site)
    refused = turn(site, "lyon", "paris", run=site.run)
    loss = by_volume(refused)["vol0001"]["loss"]
    assert loss >= 600
    turn(site, "lyon", "paris", accept_data_loss={"vol0001": loss + 10})
    assert states(site, "lyon", "paris", named_by="destination") == {"vol0001": "in_sync"}


def test_a_mirror_in_transition_is_broken_once_it_is_in_sync(bench):
    site = protected(bench, volumes=1)
    site.site.world.synchronizing_s = 20.0
    down(site, "lyon")
    states_now = site.site.world.clusters["lyon"].relationships.values()
    with site.site.locked() as world:
        world.settle()
    up(site, "lyon")
    with site.site.locked() as world:
        world.settle()
    assert [one.state for one in states_now] == ["synchronizing"]
    done = site.good("snapmirror_break", **site.from_destination)
    assert by_volume(done)["vol0001"]["writable"] is True


def test_removal_quiesces_and_never_aborts(bench):
    site = protected(bench)
    gone = check_then_run_twice(site, "snapmirror_relationship", **site.sides, state="absent")
    assert {step["verb"] for step in gone["plan"]} == {"quiesce", "delete", "release"}
    info = site.good("snapmirror_info", **site.sides)
    assert (info["mirrors"], info["orphans"]) == ([], [])


def test_a_rehearsal_leaves_the_mirror_in_sync(bench):
    site = protected(bench)
    site.good("volume_clone", **site.from_destination, clone_name="rehearsal_{parent}", purpose="rehearsal")
    assert set(states(site).values()) == {"in_sync"}
    site.good("volume_clone", **site.from_destination, state="absent", purpose="rehearsal")
    assert set(states(site).values()) == {"in_sync"}


@pytest.mark.parametrize("setting", [{"schedule": "hourly"}, {"throttle": 1000}])
def test_schedule_and_throttle_are_refused_with_nothing_changed(bench, setting):
    site = bench(volumes=2)
    site.forget_traffic()
    refused = site.run("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES, policy="Sync", **setting)
    assert refused["failed"]
    assert f"no {next(iter(setting))}" in refused["msg"]
    assert site.writes() == []


def test_a_mirror_never_changes_from_asynchronous_to_synchronous(bench):
    site = bench(volumes=1)
    site.protect()
    site.forget_traffic()
    refused = site.run("snapmirror_relationship", **site.sides, policy="Sync")
    assert "the type of a mirror's policy is never changed" in refused["msg"]
    assert site.writes() == []


def test_a_reversal_that_was_cut_off_is_finished_in_sync(bench, tmp_path):
    """The old mirror is gone, and with it what told that the policy is synchronous."""
    site = protected(bench, volumes=1)
    leave_paris(site, tmp_path)
    fault = site.site.faults.add(action="refuse", verb="snapmirror.create", code="13303841", message="no")
    assert turn(site, "lyon", "paris", run=site.run)["failed_volumes"] == ["vol0001"]
    site.site.faults.remove(fault)
    done = turn(site, "lyon", "paris", policy="Sync")
    assert by_volume(done)["vol0001"]["state"] == "in_sync"
