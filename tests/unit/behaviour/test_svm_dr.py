# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVMs mirrored as a whole: one relationship, an outcome per volume, and never two of one identity."""

from __future__ import annotations

import pytest

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.unit.behaviour.bench import by_volume, check_then_run_twice

LONG = {"wait": True, "timeout": 36000}
NAMES = ["vol0001", "vol0002"]


def two_sites(beside=(), **lyon):
    volumes = {name: {"size": "1GB", "junction": f"/{name}"} for name in NAMES}
    svms = {"paris": {"volumes": volumes}, "lyon": {"subtype": "dp_destination", **lyon}}
    clusters = {name: {"svms": {f"svm_{name}": svm}} for name, svm in svms.items()}
    clusters["lyon"]["svms"].update({name: {"volumes": {}} for name in beside})
    return scenario.from_dict({"clusters": clusters}, SteppedClock(), faults=FaultBook())


def protected(bench, identity="full", **world):
    site = bench(world=two_sites(**world))
    site.good("snapmirror_relationship", **site.sides, **LONG, svm_dr=True, identity_preservation=identity)
    return site


def svm(site, cluster):
    return site.site.world.clusters[cluster].svms[f"svm_{cluster}"]


def states(site):
    return {name: (svm(site, name).state, svm(site, name).subtype) for name in ("paris", "lyon")}


def write(site, cluster, marker):
    with site.site.locked():
        site.volume(cluster, "vol0001").write(marker, via="nfs")


def fence(site, cluster, tmp_path, run=None, **options):
    source = site.site.params(cluster)
    return (run or site.good)("source_fence", source=source, svm_dr=True, report_dir=str(tmp_path / cluster), **options)


def update(site, times, **sides):
    return site.good("snapmirror_update", **(sides or site.from_destination), **LONG, exported_not_before=times)


def turn(site, active, other, run=None, **options):
    sides = {"source": site.site.params(active), "destination": site.site.params(other)}
    named = "destination" if active == "lyon" else "source"
    return (run or site.good)("snapmirror_reverse", **sides, named_by=named, timeout=36000, svm_dr=True, **options)


def test_one_relationship_is_made_and_tells_of_each_volume(bench):
    site = bench(world=two_sites())
    options = {**LONG, "svm_dr": True, "identity_preservation": "full"}
    done = check_then_run_twice(site, "snapmirror_relationship", **site.sides, **options)
    assert [(step["verb"], step["target"]) for step in done["plan"]] == [
        ("create", "svm_lyon:"),
        ("initialize", "svm_lyon:"),
    ]
    assert {(one["volume"], one["status"], one["state"]) for one in done["results"]} == {
        (name, "changed", "snapmirrored") for name in NAMES
    }
    info = site.good("snapmirror_info", **site.sides, rpo_s=3600)
    assert [(one["volume"], one["rpo"]) for one in info["mirrors"]] == [(name, "ok") for name in NAMES]
    assert info["orphans"] == []


def test_a_new_volume_comes_with_an_update_and_a_deleted_one_goes(bench):
    site = protected(bench)
    site.site.advance(60)
    site.make_rw_volume(site.site.world.clusters["paris"], "svm_paris", "vol0003")
    told = site.good("snapmirror_info", **site.sides)
    assert by_volume(told)["vol0003"]["protected"] is False
    done = site.good("snapmirror_relationship", **site.sides, **LONG, svm_dr=True)
    assert [(step["verb"], step["volumes"]) for step in done["plan"]] == [("update", ["vol0003"])]
    assert by_volume(done)["vol0003"]["state"] == "snapmirrored"
    with site.site.locked():
        svm(site, "paris").volumes["vol0002"].detach()
    again = site.good("snapmirror_relationship", **site.sides, svm_dr=True, relationship_state="paused")
    assert sorted(by_volume(again)) == ["vol0001", "vol0003"]


def test_what_is_no_empty_dp_destination_is_refused_with_nothing_changed(bench):
    for world, reason in (
        (two_sites(subtype="default"), "subtype default"),
        (two_sites(volumes={"own": {"size": "1GB", "type": "dp"}}), "holds volumes of its own (own)"),
    ):
        site = bench(world=world)
        refused = site.run("snapmirror_relationship", **site.sides, svm_dr=True)
        assert refused["failed_volumes"] == NAMES
        assert reason in refused["msg"]
        assert site.writes() == []


@pytest.mark.parametrize(
    "options, reason",
    [
        ({"policy": "Sync"}, "mirrored asynchronously"),
        ({"volumes": ["vol0001"]}, "takes vol0002 along"),
        ({"consistency_group": "app"}, "exclude each other"),
        ({"destination_name": "{volume}_dr"}, "keep their names"),
        ({"svm_dr": False, "identity_preservation": "full"}, "for whole SVMs"),
    ],
)
def test_what_does_not_go_together_is_refused_with_nothing_changed(bench, options, reason):
    site = bench(world=two_sites())
    refused = site.run("snapmirror_relationship", **site.sides, **{"svm_dr": True, **options})
    assert refused["failed"]
    assert reason in refused["msg"]
    assert site.writes() == []


def test_its_identity_is_not_changed_and_no_volume_is_broken_alone(bench):
    site = protected(bench)
    site.forget_traffic()
    other = site.run(
        "snapmirror_relationship", **site.sides, svm_dr=True, identity_preservation="exclude_network_config"
    )
    assert "preserves the identity full" in other["msg"]
    alone = site.run("snapmirror_break", **site.from_destination, volumes=["vol0001"])
    assert "name vol0002 too" in alone["msg"]
    assert site.writes() == []


def test_a_break_is_refused_while_the_source_runs_with_the_same_identity(bench):
    site = protected(bench)
    site.forget_traffic()
    refused = site.run("snapmirror_break", **site.sides)
    assert refused["failed_volumes"] == NAMES
    assert "SVM svm_paris is running" in refused["msg"]
    assert site.writes() == []
    other = protected(bench, "exclude_network_config")
    assert other.good("snapmirror_break", **other.sides)["failed_volumes"] == []


def test_a_source_that_is_lost_is_not_contacted_and_the_copy_is_started(bench):
    site = protected(bench)
    with site.site.locked():
        site.site.world.clusters["paris"].up = False
    site.forget_traffic()
    broken = check_then_run_twice(site, "snapmirror_break", **site.from_destination)
    assert [step["verb"] for step in broken["plan"]] == ["quiesce", "break", "svm_start"]
    assert {(one["writable"], one["mounted_at"]) for one in broken["results"]} == {(True, f"/{name}") for name in NAMES}
    assert any("identity of SVM svm_paris, whose state is not known" in one for one in broken["warnings"])
    assert site.requests("paris") == []
    assert states(site)["lyon"] == ("running", "default")
    write(site, "lyon", "life goes on")


def test_a_fence_stops_the_svm_and_is_taken_away_again(bench, tmp_path):
    site = protected(bench)
    source = {"source": site.site.params("paris"), "svm_dr": True, "report_dir": str(tmp_path / "run")}
    fenced = check_then_run_twice(site, "source_fence", **source)
    assert [step["verb"] for step in fenced["plan"]] == ["svm_stop", "snapshot_create", "snapshot_create"]
    assert states(site)["paris"] == ("stopped", "default")
    assert site.volume("paris", "vol0001").junction == "/vol0001"
    assert sorted(fenced["fence_times"]) == NAMES
    check_then_run_twice(site, "source_fence", **source, state="absent")
    write(site, "paris", "served again")
    part = site.run("source_fence", **source, volumes=["vol0001"])
    assert "vol0002 with it" in part["msg"]


def test_there_and_back_without_loss(bench, tmp_path):
    site = protected(bench)
    site.site.advance(600)
    write(site, "paris", "at paris")
    times = fence(site, "paris", tmp_path)["fence_times"]
    update(site, times)
    site.good("snapmirror_break", **site.sides)
    assert states(site) == {"paris": ("stopped", "default"), "lyon": ("running", "default")}
    write(site, "lyon", "at lyon")
    site.site.advance(60)
    back = turn(site, "lyon", "paris")
    assert {(one["loss"], one["state"]) for one in back["results"]} == {("none", "snapmirrored")}
    assert [step["verb"] for step in back["plan"]] == ["delete", "release", "create", "resync"]
    assert states(site)["paris"] == ("stopped", "dp_destination")
    again = turn(site, "lyon", "paris")
    assert (again["changed"], again["plan"]) == (False, [])
    write(site, "lyon", "at lyon, later")
    times = fence(site, "lyon", tmp_path)["fence_times"]
    home = {"source_svm": "svm_lyon", "destination": site.site.params("paris"), "named_by": "destination"}
    update(site, times, **home)
    site.good("snapmirror_break", **{**home, "source": site.site.params("lyon")})
    turn(site, "paris", "lyon")
    assert states(site) == {"paris": ("running", "default"), "lyon": ("stopped", "dp_destination")}
    found = set(site.volume("paris", "vol0001").content())
    assert {"at paris", "at lyon", "at lyon, later"} <= found
    info = site.good("snapmirror_info", **site.sides)
    assert ({one["state"] for one in info["mirrors"]}, info["orphans"]) == ({"snapmirrored"}, [])


def test_writes_at_a_source_that_came_back_are_lost_only_when_accepted(bench, tmp_path):
    site = protected(bench)
    site.site.advance(600)
    site.good("snapmirror_break", **site.from_destination)
    write(site, "paris", "never replicated")
    told = site.good("failover_info", source=site.site.params("paris"), destination=site.site.params("lyon"))
    assert told["split_brain"] == NAMES
    refused = turn(site, "lyon", "paris", run=site.run)
    assert refused["failed_volumes"] == NAMES
    fence(site, "paris", tmp_path)
    calm = site.good("failover_info", source=site.site.params("paris"), destination=site.site.params("lyon"))
    assert calm["split_brain"] == []
    turn(site, "lyon", "paris", accept_data_loss=dict.fromkeys(NAMES, "unknown"))
    assert "never replicated" not in site.volume("paris", "vol0001").content()


def test_a_killed_reversal_is_finished_by_the_next(bench, tmp_path):
    site = protected(bench)
    times = fence(site, "paris", tmp_path)["fence_times"]
    update(site, times)
    site.good("snapmirror_break", **site.sides)
    for verb in ("snapmirror.create", "snapmirror.resync"):
        fault = site.site.faults.add(action="refuse", verb=verb, code="13303841", message="no")
        cut_off = turn(site, "lyon", "paris", run=site.run, identity_preservation="full")
        assert cut_off["failed_volumes"] == NAMES
        sides = {"source": site.site.params("paris"), "destination": site.site.params("lyon")}
        assert site.good("failover_info", **sides, svm_dr=True)["phases"]["failed_over"] == NAMES
        site.site.faults.remove(fault)
    done = turn(site, "lyon", "paris", identity_preservation="full")
    assert {one["state"] for one in done["results"]} == {"snapmirrored"}
    assert [one.identity for one in site.site.world.clusters["paris"].relationships.values()] == ["full"]
    assert len(site.site.world.clusters["paris"].relationships) == 1


def test_a_failover_that_was_cut_off_before_its_break_is_finished_by_the_next_run(bench, tmp_path):
    site = protected(bench)
    site.site.advance(600)
    times = fence(site, "paris", tmp_path)["fence_times"]
    update(site, times)
    fault = site.site.faults.add(action="refuse", verb="snapmirror.break", code="13303808", message="cut off")
    assert site.run("snapmirror_break", **site.sides)["failed_volumes"] == NAMES
    site.site.faults.remove(fault)
    again = update(site, times)
    assert {one["status"] for one in again["results"]} == {"ok"}
    assert site.good("snapmirror_break", **site.sides)["failed_volumes"] == []
    late = site.run(
        "snapmirror_update", **site.from_destination, exported_not_before=dict.fromkeys(NAMES, "2099-01-01")
    )
    assert late["failed_volumes"] == NAMES


def test_a_start_that_fails_is_finished_by_the_next_run(bench, tmp_path):
    site = protected(bench)
    fence(site, "paris", tmp_path)
    site.site.faults.add(action="fail_job", verb="svm.start", code="13434880", message="no port is up")
    failed = site.run("snapmirror_break", **site.sides)
    assert failed["failed_volumes"] == NAMES
    assert "no port is up" in failed["msg"]
    site.site.faults.clear()
    done = site.good("snapmirror_break", **site.sides)
    assert [step["verb"] for step in done["plan"]] == ["svm_start"]


def test_it_is_removed_as_a_whole_and_no_svm_is_deleted(bench):
    site = protected(bench)
    gone = check_then_run_twice(site, "snapmirror_relationship", **site.sides, state="absent")
    assert [(step["verb"], step["target"]) for step in gone["plan"]] == [
        ("delete", "svm_lyon:"),
        ("release", "svm_paris:"),
    ]
    assert sorted(by_volume(gone)) == NAMES
    info = site.good("snapmirror_info", **site.sides)
    assert (info["mirrors"], info["orphans"]) == ([], [])
    assert states(site) == {"paris": ("running", "default"), "lyon": ("stopped", "dp_destination")}


def test_what_a_removal_leaves_is_told_before_and_afterwards(bench):
    site = protected(bench)
    for check in (True, False):
        told = site.run("snapmirror_relationship", check=check, **site.sides, state="absent")["warnings"]
        assert [one for one in told if "keeps its volumes" in one] == told
        assert len(told) == 1
        assert "break svm_lyon: yourself while it has its mirror" in told[0]


def test_no_volume_of_a_copy_is_deleted_whether_mirrored_broken_or_let_go(bench):
    def refusal():
        site.forget_traffic()
        refused = site.run("flexvol_mirror_target", **site.from_destination, volumes=NAMES, state="absent")
        assert refused["failed_volumes"] == NAMES
        assert site.writes() == []
        return refused["msg"]

    site = protected(bench, "exclude_network_config")
    assert "in which ONTAP deletes none" in refusal()
    site.good("snapmirror_relationship", **site.sides, state="absent")
    assert "was not created by this collection" in refusal()
    site = protected(bench, "exclude_network_config")
    site.good("snapmirror_break", **site.sides)
    assert "keeps its volumes, which take writes" in refusal()
    site.good("snapmirror_relationship", **site.sides, state="absent")
    assert "is rw and no mirror's target: it is not deleted" in refusal()


def test_no_lock_can_be_made_at_a_copy_which_is_told(bench, tmp_path):
    site = protected(bench)
    run = {"lock": "paris", "report_dir": str(tmp_path), "lock_owner": "somewhere-1"}
    first = site.good("snapmirror_update", **site.from_destination, **LONG, **run)
    assert any("no lock can be made there" in one for one in first["warnings"])
    site.site.advance(60)
    assert site.good("snapmirror_update", **site.from_destination, **LONG, **run)["warnings"] == []
    assert set(svm(site, "lyon").export_policies) == {"default"}


def test_a_copy_is_not_rehearsed(bench):
    site = protected(bench)
    site.forget_traffic()
    refused = site.run("volume_clone", **site.from_destination, purpose="rehearsal")
    assert refused["failed_volumes"] == NAMES
    assert "nothing can be rehearsed there: name another SVM of that cluster" in refused["msg"]
    assert site.writes() == []


CLONES = {
    "purpose": "rehearsal",
    "clone_svm": "svm_try",
    "clone_name": "try_{volume}",
    "junction_path": "/try_{volume}",
}


def tried(site):
    return site.site.world.clusters["lyon"].svms["svm_try"].volumes


def test_its_volumes_are_cloned_into_another_svm_and_go_on_being_mirrored(bench):
    site = protected(bench, beside=["svm_try"])
    with site.site.locked():
        site.volume("paris", "vol0001").write("before")
    site.good("snapmirror_update", **site.from_destination, **LONG)
    made = check_then_run_twice(site, "volume_clone", **site.from_destination, **CLONES)
    assert [(step["verb"], step["target"]) for step in made["plan"]] == [
        ("clone_create", f"svm_try:try_{name}") for name in NAMES
    ]
    told = by_volume(made)["vol0001"]
    assert (told["mounted_at"], told["is_clone"]) == ("/try_vol0001", True)
    assert told["parent_snapshot"].startswith("snapmirror.")
    with site.site.locked():
        tried(site)["try_vol0001"].write("a test", via="nfs")
        site.volume("paris", "vol0001").write("afterwards")
    site.good("snapmirror_update", **site.from_destination, **LONG)
    assert {"before", "a test"} <= set(tried(site)["try_vol0001"].content())
    found = set(site.volume("lyon", "vol0001").content())
    assert ("afterwards" in found, "a test" in found) == (True, False)
    gone = {**CLONES, "state": "absent", "clone_name": None, "junction_path": None}
    check_then_run_twice(
        site, "volume_clone", **site.from_destination, **{name: value for name, value in gone.items() if value}
    )
    assert [name for name in tried(site) if name.startswith("try_")] == []


def test_the_svm_for_clones_is_another_one_that_exists(bench):
    site = protected(bench, beside=["svm_try"])
    site.forget_traffic()
    for svm, reason in (("svm_lyon", "name another one of its cluster"), ("svm_none", "SVM svm_none does not exist")):
        refused = site.run("volume_clone", **site.from_destination, **{**CLONES, "clone_svm": svm})
        assert reason in refused["msg"]
    assert site.writes() == []
