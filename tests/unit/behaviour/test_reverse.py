# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turning mirrors round, and what that may cost."""

from __future__ import annotations

import pytest
import yaml

from tests.unit.behaviour.bench import AGGREGATES, by_volume, check_then_run_twice

PROTOCOLS = ("rest", "zapi")


def back(site):
    """From lyon, which is active, to paris."""
    return {"source": site.site.params("lyon"), "destination": site.site.params("paris"), "timeout": 36000}


def failed_over(bench, volumes=1):
    site = bench(volumes=volumes)
    site.protect()
    site.site.advance(60)
    with site.site.locked():
        site.volume("paris", "vol0001").write("never replicated")
    site.good("snapmirror_break", **site.from_destination)
    with site.site.locked():
        site.volume("lyon", "vol0001").write("written at lyon")
    return site


def test_a_loss_is_measured_quoted_and_accepted_by_name(bench):
    site = failed_over(bench)
    site.forget_traffic()
    refused = site.run("snapmirror_reverse", **back(site))
    assert site.writes() == []
    told = by_volume(refused)["vol0001"]
    assert (told["status"], told["overwritten"]) == ("refused", "svm_paris:vol0001")
    assert isinstance(told["loss"], int) and told["loss"] >= 60
    too_little = site.run("snapmirror_reverse", **back(site), accept_data_loss={"vol0001": told["loss"] - 2})
    assert too_little["failed_volumes"] == ["vol0001"]
    check_then_run_twice(site, "snapmirror_reverse", **back(site), accept_data_loss={"vol0001": told["loss"] + 5})
    assert "written at lyon" in site.volume("paris", "vol0001").content()
    assert "never replicated" not in site.volume("paris", "vol0001").content()
    assert site.volume("paris", "vol0001").type == "dp"


def test_policy_and_schedule_go_with_the_mirror_and_no_record_stays(bench):
    site = bench(volumes=2)
    site.protect(schedule="daily")
    site.good("snapmirror_break", **site.from_destination)
    site.good("snapmirror_reverse", **back(site), accept_data_loss={"vol0001": "unknown", "vol0002": "unknown"})
    info = site.good("snapmirror_info", **back(site), named_by="destination")
    assert {(one["policy"], one["schedule"], one["state"]) for one in info["mirrors"]} == {
        ("MirrorAllSnapshots", "daily", "snapmirrored")
    }
    assert info["orphans"] == []
    forward = site.good("snapmirror_info", **site.sides)
    assert (forward["mirrors"], forward["orphans"]) == ([], [])


def test_a_killed_run_is_finished_by_the_next(bench):
    site = failed_over(bench)
    args = {**back(site), "accept_data_loss": {"vol0001": "unknown"}}
    for verb in ("snapmirror.create", "snapmirror.resync"):
        fault = site.site.faults.add(action="refuse", verb=verb, code="13303841", message="no")
        assert site.run("snapmirror_reverse", **args)["failed_volumes"] == ["vol0001"]
        site.site.faults.remove(fault)
    done = site.good("snapmirror_reverse", **args)
    assert by_volume(done)["vol0001"]["state"] == "snapmirrored"
    assert site.good("snapmirror_reverse", **args)["changed"] is False


def test_a_mirror_that_was_not_broken_is_not_turned(bench):
    site = bench(volumes=1)
    site.protect()
    refused = site.run("snapmirror_reverse", **back(site), accept_data_loss={"vol0001": "unknown"})
    assert "fail over first" in refused["msg"]


def test_no_common_snapshot_is_no_way_back(bench):
    site = failed_over(bench)
    with site.site.locked():
        volume = site.volume("paris", "vol0001")
        for snapshot in list(volume.snapshots):
            volume.snapshots.remove(snapshot)
    refused = site.run("snapmirror_reverse", **back(site), accept_data_loss={"vol0001": "unknown"})
    assert "no snapshot in common" in refused["msg"]


def test_a_refusal_leaves_the_file_that_accepts_the_loss(bench, tmp_path):
    site = failed_over(bench, volumes=2)
    args = {**back(site), "report_dir": str(tmp_path)}
    site.run("snapmirror_reverse", check=True, **args)
    assert list(tmp_path.iterdir()) == []
    refused = site.run("snapmirror_reverse", **args)
    file = tmp_path / "accept_data_loss.yml"
    assert f"-e @{file}" in refused["msg"]
    accepted = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert accepted == {"accept_data_loss": {one["volume"]: one["loss"] for one in refused["results"]}}
    site.good("source_fence", source=site.site.params("paris"))
    again = site.run("snapmirror_reverse", **args)
    accepted = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert site.good("snapmirror_reverse", **args, **accepted)["failed_volumes"] == [] != again["failed_volumes"]


def test_a_check_of_a_whole_way_back_foresees_the_fence_and_its_update(bench):
    site = failed_over(bench)
    site.good("snapmirror_reverse", **back(site), accept_data_loss={"vol0001": "unknown"})
    lyon, paris = site.site.params("lyon"), site.site.params("paris")
    home = {"source_svm": "svm_lyon", "destination": paris, "named_by": "destination"}
    there = {"source": paris, "destination": lyon, "named_by": "source"}
    fence = site.good("source_fence", check=True, source=lyon)
    told = fence["predicted"]
    broken = site.good("snapmirror_break", check=True, **home, assume=told)
    swapped = {"source": broken["predicted"]["destination"], "destination": told["source"]}
    refused = site.run("snapmirror_reverse", check=True, **there, assume=swapped)
    assert isinstance(by_volume(refused)["vol0001"]["loss"], int), "without an update, the fence alone proves nothing"
    update = site.good("snapmirror_update", check=True, **home, wait=True)
    broken = site.good("snapmirror_break", check=True, **home, assume=update["predicted"])
    swapped = {"source": broken["predicted"]["destination"], "destination": told["source"]}
    turned = site.good("snapmirror_reverse", check=True, **there, assume=swapped)
    kept = site.good("source_fence", check=True, source=lyon, assume=update["predicted"])["predicted"]
    assert kept["destination"] == update["predicted"]["destination"], "what a task does not look at stays foreseen"
    assert [step["verb"] for step in turned["plan"]] == ["delete", "release", "create", "resync"]


def test_a_mirror_that_runs_back_already_is_known_by_its_own_name_where_the_other_side_has_another(bench):
    site = bench(volumes=1)
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES, destination_name="copy_{volume}")
    site.good("snapmirror_relationship", **site.sides, destination_name="copy_{volume}", wait=True, timeout=36000)
    site.good("snapmirror_break", **site.from_destination)
    args = {**back(site), "volumes": ["vol0001"], "accept_data_loss": {"vol0001": "unknown"}}
    check_then_run_twice(site, "snapmirror_reverse", **args)


def test_cleanup_keeps_what_may_be_the_last_link_to_a_further_target(bench):
    site = bench(volumes=1, clusters=("paris", "lyon", "nice"))
    with site.site.locked():
        site.volume("paris", "vol0001").snapshots.clear()
    site.protect(schedule="")
    nice = {"source": site.sides["source"], "destination": site.site.params("nice")}
    site.good("flexvol_mirror_target", **nice, aggregate_map={"aggr1_paris": "aggr1_nice", "aggr2_paris": "aggr2_nice"})
    site.site.advance(60)
    site.good("snapmirror_relationship", **nice, wait=True, timeout=36000, schedule="")
    for target in ("lyon", "nice"):
        args = {"source_svm": "svm_paris", "destination": site.site.params(target)}
        first = site.volume(target, "vol0001").snapshots[0].name
        site.good("snapmirror_break", **args, snapshot=first)
    every = {"accept_data_loss": {"vol0001": "unknown"}, "timeout": 36000}
    site.good("snapmirror_reverse", source=site.sides["destination"], destination=site.sides["source"], **every)
    site.good("snapmirror_break", source_svm="svm_lyon", destination=site.sides["source"], named_by="destination")
    site.good("snapmirror_reverse", **site.sides, named_by="source", **every)
    site.good("snapmirror_reverse", **site.sides, named_by="source", cleanup=True)
    assert site.volume("paris", "vol0001").newest_common(site.volume("nice", "vol0001")) is not None


@pytest.mark.parametrize("updated_from_home", [False, True])
def test_cleanup_waits_until_a_further_target_has_a_link_of_its_own_again(bench, updated_from_home):
    """Its base snapshot of long ago came home with the others of the mirror; the newest went as the volume was taken back."""
    site = bench(volumes=1, clusters=("paris", "lyon", "nice"))
    nice = {"source": site.sides["source"], "destination": site.site.params("nice")}
    site.protect(schedule="")
    site.good("flexvol_mirror_target", **nice, aggregate_map={"aggr1_paris": "aggr1_nice", "aggr2_paris": "aggr2_nice"})
    site.good("snapmirror_relationship", **nice, wait=True, timeout=36000, schedule="")
    for target in ("lyon", "nice"):
        site.site.advance(60)
        args = {"source_svm": "svm_paris", "destination": site.site.params(target)}
        site.good("snapmirror_update", **args, wait=True, timeout=36000)
    site.good("snapmirror_break", **site.from_destination)
    every = {"accept_data_loss": {"vol0001": "unknown"}, "timeout": 36000}
    site.good("snapmirror_reverse", source=site.sides["destination"], destination=site.sides["source"], **every)
    site.site.advance(60)
    site.good("snapmirror_break", source_svm="svm_lyon", destination=site.sides["source"], named_by="destination")
    site.good("snapmirror_reverse", **site.sides, named_by="source", **every)
    if updated_from_home:
        site.site.advance(60)
        site.good("snapmirror_relationship", **nice, accept_data_loss={"vol0001": "unknown"}, timeout=36000)
        site.good("snapmirror_relationship", **nice, relationship_state="active", wait=True, timeout=36000)
        site.good("snapmirror_update", **{**args, "wait": True, "timeout": 36000})
    cleaned = site.good("snapmirror_reverse", **site.sides, named_by="source", cleanup=True)
    deleted = [step["verb"] for step in cleaned["plan"]]
    kept = [one for one in cleaned["warnings"] if "may be the last link to svm_nice:vol0001" in one]
    assert (bool(deleted), bool(kept)) == (updated_from_home, not updated_from_home)
    assert site.volume("paris", "vol0001").newest_common(site.volume("nice", "vol0001")) is not None


def test_a_loss_of_a_fenced_side_is_told_in_bytes_too(bench):
    site = failed_over(bench)
    unfenced = by_volume(site.run("snapmirror_reverse", **back(site)))["vol0001"]
    assert unfenced["loss_bytes"] is None
    site.good("source_fence", source=site.site.params("paris"))
    refused = site.run("snapmirror_reverse", **back(site))
    told = by_volume(refused)["vol0001"]
    assert told["loss_bytes"] > 0
    assert f"({told['loss_bytes']} bytes)" in refused["msg"]


@pytest.mark.rest_only
def test_a_release_that_tells_no_bytes_still_tells_seconds(bench):
    site = failed_over(bench)
    site.site.world.clusters["paris"].version = "9.11.1"
    site.good("source_fence", source=site.site.params("paris"))
    told = by_volume(site.run("snapmirror_reverse", **back(site)))["vol0001"]
    assert (told["loss_bytes"], isinstance(told["loss"], int)) == (None, True)
