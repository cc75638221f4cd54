# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror active sync: made only where it can work, failed over by its own call, and what the arrays did by themselves."""

from __future__ import annotations

import copy

import pytest

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.unit.behaviour.bench import by_volume, check_then_run_twice

NAMES = ["data", "logs"]
WANTED = {"volumes": NAMES, "consistency_group": "app", "policy": "AutomatedFailOver", "wait": True, "timeout": 36000}
ADDRESS = "192.0.2.9"


def plan(mediators=True, junction=None, **clusters):
    made = {"clusters": {}}
    for name in ("paris", "lyon", "nice"):
        aggregate = f"aggr1_{name}"
        volume = {
            "aggregate": aggregate,
            "size": "2GB",
            "markers": ["first"],
            **({"junction": junction} if junction else {}),
        }
        volumes = {one: copy.deepcopy(volume) for one in NAMES} if name == "paris" else {}
        if junction:
            volumes.get("logs", {}).pop("junction", None)
        made["clusters"][name] = {"aggregates": {aggregate: "10TB"}, "svms": {f"svm_{name}": {"volumes": volumes}}}
    if mediators:
        made["mediators"] = [{"clusters": ["paris", "lyon"], "ip_address": ADDRESS}]
    return made


@pytest.fixture
def site(bench):
    return bench(world=scenario.from_dict(plan(), SteppedClock(), faults=FaultBook()))


def targets(site, **options):
    return site.run(
        "flexvol_mirror_target", **site.sides, volumes=NAMES, aggregate_map={"aggr1_paris": "aggr1_lyon"}, **options
    )


def protect(site):
    assert not targets(site).get("failed")
    return check_then_run_twice(site, "snapmirror_relationship", **site.sides, **WANTED)


def relationships(site, cluster):
    return {one.destination_path: one for one in site.site.world.clusters[cluster].relationships.values()}


def turned(site, source, destination, **options):
    ends = {"source": site.site.params(source), "destination": site.site.params(destination)}
    named = {} if destination == "paris" else {"named_by": "source"}
    return {**ends, **named, "volumes": NAMES, "timeout": 600, **options}


def whereabouts(site):
    return site.good("failover_info", **site.sides, volumes=NAMES)


def test_protected_it_is_in_sync(site):
    made = protect(site)
    assert [step["verb"] for step in made["plan"]] == ["consistency_group_create", "create", "initialize"]
    told = site.good("snapmirror_info", **site.sides, volumes=NAMES, rpo_s=60)["mirrors"]
    assert {(one["state"], one["rpo"], one["policy"]) for one in told} == {("in_sync", "ok", "AutomatedFailOver")}


@pytest.mark.parametrize(
    "world, options, said",
    [
        ({}, {"consistency_group": None}, "consistency groups only"),
        ({"junction": "/data"}, {}, "mirrors LUNs only"),
        ({"mediators": False}, {}, "has no mediator"),
        ({}, {"policy": "Sync"}, "does not mirror consistency groups"),
        ({}, {"relationship_state": "paused"}, "never paused"),
    ],
)
def test_what_it_asks_for_is_looked_at_before_anything_is_made(bench, world, options, said):
    site = bench(world=scenario.from_dict(plan(**world), SteppedClock(), faults=FaultBook()))
    assert not targets(site).get("failed")
    site.forget_traffic()
    wanted = {name: value for name, value in {**WANTED, **options}.items() if value is not None}
    refused = site.run("snapmirror_relationship", **site.sides, **wanted)
    assert refused["failed"]
    assert said in refused["msg"]
    assert site.writes() == []


def test_a_target_volume_is_refused_too_where_the_mirror_would_be(bench):
    site = bench(world=scenario.from_dict(plan(junction="/data"), SteppedClock(), faults=FaultBook()))
    site.forget_traffic()
    refused = targets(site, policy="AutomatedFailOver", consistency_group="app")
    assert by_volume(refused)["data"]["status"] == "refused"
    assert "mirrors LUNs only" in by_volume(refused)["data"]["msg"]


def test_it_has_one_target(site):
    protect(site)
    ends = {"source": site.site.params("paris"), "destination": site.site.params("nice")}
    site.good("flexvol_mirror_target", **ends, volumes=NAMES, aggregate_map={"aggr1_paris": "aggr1_nice"})
    site.forget_traffic()
    refused = site.run("snapmirror_relationship", **ends, **WANTED)
    assert refused["failed"] and "one target" in refused["msg"]
    assert site.writes() == []


def test_it_is_neither_paused_nor_broken(site):
    protect(site)
    site.forget_traffic()
    paused = site.run("snapmirror_relationship", **site.sides, volumes=NAMES, relationship_state="paused")
    broken = site.run("snapmirror_break", **site.from_destination, volumes=NAMES)
    for refused in (paused, broken):
        assert {one["status"] for one in refused["results"]} == {"refused"}
    assert "takes over by itself" in broken["msg"]
    assert site.writes() == []


def test_an_update_has_nothing_to_do(site):
    protect(site)
    done = site.good("snapmirror_update", **site.sides, volumes=NAMES, wait=True)
    assert done["changed"] is False


def test_a_planned_failover_is_one_call_and_so_is_the_way_home(site):
    protect(site)
    site.volume("paris", "data").write("before")
    gone = check_then_run_twice(site, "snapmirror_reverse", **turned(site, "lyon", "paris"))
    assert [step["verb"] for step in gone["plan"]] == ["failover", "await_idle"]
    assert {one["loss"] for one in gone["results"]} == {"none"}
    assert (site.volume("lyon", "data").type, site.volume("paris", "data").type) == ("rw", "dp")
    assert list(relationships(site, "paris")) == ["svm_paris:/cg/app"]
    assert whereabouts(site)["phases"]["reprotected"] == NAMES
    site.volume("lyon", "data").write("while away")
    check_then_run_twice(site, "snapmirror_reverse", **turned(site, "paris", "lyon"))
    assert site.volume("paris", "data").content() == ["first", "before", "while away"]
    assert whereabouts(site)["phases"]["home"] == NAMES


def test_a_failover_that_fails_is_told_and_nothing_has_changed(site):
    protect(site)
    site.site.faults.add(action="fail_transfer", verb="snapmirror.failover", code="13303833", message="the way was cut")
    failed = site.run("snapmirror_reverse", **turned(site, "lyon", "paris"))
    assert set(failed["failed_volumes"]) == set(NAMES)
    assert "the way was cut" in failed["msg"]
    assert (site.volume("paris", "data").type, site.volume("lyon", "data").type) == ("rw", "dp")


def test_out_of_sync_it_does_not_fail_over(site):
    protect(site)
    with site.site.locked() as world:
        world.mediators_down.add(ADDRESS)
    site.advance = site.site.advance(60)
    site.forget_traffic()
    refused = site.run("snapmirror_reverse", **turned(site, "lyon", "paris"))
    assert {one["status"] for one in refused["results"]} == {"refused"}
    assert "only while in sync and healthy" in refused["msg"]
    assert site.writes() == []


def test_what_took_over_by_itself_is_recognized_proven_and_comes_home(site):
    protect(site)
    site.site.down("paris")
    site.site.advance(30)
    served = site.good("snapmirror_break", **site.from_destination, volumes=NAMES)
    assert (served["changed"], served["plan"]) == (False, [])
    assert all("took over by itself" in one["msg"] for one in served["results"])
    site.volume("lyon", "data").write("while away")
    site.site.up("paris")
    site.site.advance(600)
    found = whereabouts(site)
    assert found["phases"]["reprotected"] == NAMES
    assert found["isolate"] == []
    site.good("snapmirror_reverse", **turned(site, "paris", "lyon"))
    assert site.volume("paris", "data").content() == ["first", "while away"]


def test_what_did_not_take_over_is_not_said_to_serve(site):
    protect(site)
    with site.site.locked() as world:
        world.mediators_down.add(ADDRESS)
    site.site.down("paris")
    site.site.advance(30)
    refused = site.run("snapmirror_break", **site.from_destination, volumes=NAMES)
    assert {one["status"] for one in refused["results"]} == {"refused"}
    assert site.volume("lyon", "data").type == "dp"


def test_readiness_looks_at_the_mediator(site):
    protect(site)
    asked = {"targets": [{**site.site.params("lyon"), "backend": "lyon"}], "source_svm": "svm_paris", "volumes": NAMES}
    told = site.good("replication_readiness", **asked)
    assert told["active_sync"] == NAMES
    assert {check["name"]: check["result"] for check in told["checks"]}["mediator"] == "pass"
    with site.site.locked() as world:
        world.mediators_down.add(ADDRESS)
    told = site.good("replication_readiness", **asked)
    assert {check["name"]: check["result"] for check in told["checks"]}["mediator"] == "fail"


def test_what_serves_already_is_known_from_the_target_alone(site):
    protect(site)
    site.good("snapmirror_reverse", **turned(site, "lyon", "paris"))
    site.site.down("paris")
    asked = {"targets": [{**site.site.params("lyon"), "backend": "lyon"}], "source_svm": "svm_paris", "volumes": NAMES}
    told = site.good("replication_readiness", **asked)
    assert (told["target"], told["serves"]) == ("lyon", True)
    served = site.good("snapmirror_break", **site.from_destination, volumes=NAMES)
    assert (served["changed"], served["plan"]) == (False, [])
    assert all("serves already" in one["msg"] for one in served["results"])


def test_it_is_removed_without_a_pause(site):
    protect(site)
    gone = check_then_run_twice(site, "snapmirror_relationship", **site.sides, volumes=NAMES, state="absent")
    assert [step["verb"] for step in gone["plan"]] == ["delete", "release"]


# ---- volumes that join

MORE = {**WANTED, "volumes": [*NAMES, "more"], "expand_consistency_group": True}


def with_one_more(site):
    """A group in sync, and a volume beside it that has its target volume."""
    protect(site)
    site.make_rw_volume(site.site.world.clusters["paris"], "svm_paris", "more")
    site.good("flexvol_mirror_target", **site.sides, volumes=["more"], aggregate_map={"aggr1_paris": "aggr1_lyon"})
    with site.site.locked():
        site.volume("paris", "more").write("m1")


def joined(site):
    with site.site.locked():
        site.volume("paris", "more").write("m2")
    assert set(relationships(site, "lyon")) == {"svm_lyon:/cg/app"}
    assert relationships(site, "lyon")["svm_lyon:/cg/app"].state == "in_sync"
    assert {"m1", "m2"} <= set(site.volume("lyon", "more").content())
    told = site.good("snapmirror_info", **site.sides, volumes=MORE["volumes"])
    assert ({one["state"] for one in told["mirrors"]}, told["orphans"]) == ({"in_sync"}, [])
    return True


def test_a_volume_joins_with_a_baseline_of_its_own_in_one_run(site):
    with_one_more(site)
    site.forget_traffic()
    refused = site.run("snapmirror_relationship", **site.sides, **{**MORE, "expand_consistency_group": False})
    assert "expand_consistency_group" in by_volume(refused)["more"]["msg"]
    assert site.writes() == []
    made = check_then_run_twice(site, "snapmirror_relationship", **site.sides, **MORE)
    assert [(step["verb"], step["target"]) for step in made["plan"]] == [
        ("create", "svm_lyon:more"),
        ("initialize", "svm_lyon:more"),
        ("consistency_group_add", "svm_paris:/cg/app"),
        ("expand", "svm_lyon:/cg/app"),
        ("await_idle", "svm_lyon:/cg/app"),
    ]
    assert by_volume(made)["more"]["state"] == "in_sync"
    assert joined(site)


@pytest.mark.parametrize("verb", ["snapmirror.initialize", "consistency_group.modify", "snapmirror.expand"])
def test_a_run_that_was_cut_off_is_finished_by_the_next(site, verb):
    with_one_more(site)
    site.site.faults.add(action="refuse", verb=verb, code="13303841", message="cut off")
    cut_off = site.run("snapmirror_relationship", **site.sides, **MORE)
    assert by_volume(cut_off)["more"]["status"] == "failed"
    assert {by_volume(cut_off)[name]["status"] for name in NAMES} == {"ok"}
    site.site.faults.clear()
    site.good("snapmirror_relationship", **site.sides, **MORE)
    assert joined(site)


def test_a_mirror_of_its_own_that_is_there_is_taken_over(site):
    with_one_more(site)
    site.good("snapmirror_relationship", **site.sides, volumes=["more"], wait=True, timeout=36000)
    made = check_then_run_twice(site, "snapmirror_relationship", **site.sides, **MORE)
    assert [step["verb"] for step in made["plan"]] == ["consistency_group_add", "expand", "await_idle"]
    assert joined(site)


def break_it(site):
    site.good("snapmirror_relationship", **site.sides, volumes=["more"], wait=True, timeout=36000)
    site.good("snapmirror_break", **site.sides, volumes=["more"])


def mirror_it_to_nice(site):
    ends = {"source": site.site.params("paris"), "destination": site.site.params("nice")}
    site.good("flexvol_mirror_target", **ends, volumes=["more"], aggregate_map={"aggr1_paris": "aggr1_nice"})
    site.good("snapmirror_relationship", **ends, volumes=["more"], wait=True, timeout=36000)


def mount_it(site):
    with site.site.locked():
        site.volume("paris", "more").junction = "/more"


@pytest.mark.parametrize(
    "prepare, said",
    [
        (break_it, "while its own mirror svm_lyon:more is broken_off"),
        (mirror_it_to_nice, "active sync has one target"),
        (mount_it, "mirrors LUNs only"),
    ],
)
def test_what_cannot_join_is_refused_by_name_with_nothing_changed(site, prepare, said):
    with_one_more(site)
    prepare(site)
    site.forget_traffic()
    refused = site.run("snapmirror_relationship", **site.sides, **MORE)
    assert by_volume(refused)["more"]["status"] == "refused"
    assert said in by_volume(refused)["more"]["msg"]
    assert site.writes() == []
