# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FlexGroups: one mirror for all constituents, there and back, beside FlexVols."""

from __future__ import annotations

import pytest

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.unit.behaviour.bench import by_volume, check_then_run_twice

PROTOCOLS = ("rest", "zapi")
MAP = {"aggr1_paris": "aggr1_lyon", "aggr2_paris": "aggr2_lyon"}


@pytest.fixture
def site(bench):
    """paris with a FlexGroup of four constituents on two aggregates, and a FlexVol."""
    plan = {"clusters": {}}
    for name in ("paris", "lyon"):
        aggregates = [f"aggr{number}_{name}" for number in (1, 2)]
        group = {
            "style": "flexgroup", "aggregates": aggregates, "size": "40GB", "junction": "/group",
            "markers": ["first"], "dedupe": "background",
        }  # fmt: skip
        volumes = {"group": group, "single": {"aggregate": aggregates[0], "size": "2GB", "junction": "/single"}}
        svm = {"volumes": volumes if name == "paris" else {}}
        plan["clusters"][name] = {"aggregates": dict.fromkeys(aggregates, "10TB"), "svms": {f"svm_{name}": svm}}
    return bench(world=scenario.from_dict(plan, SteppedClock(), faults=FaultBook()))


def protect(site, **options):
    made = check_then_run_twice(site, "flexvol_mirror_target", **site.sides, aggregate_map=MAP, **options)
    site.good("snapmirror_relationship", **site.sides, wait=True, timeout=36000)
    return made


def test_the_target_has_as_many_constituents_as_its_source(site):
    made = protect(site)
    (step,) = (one for one in made["plan"] if one["volume"] == "group")
    assert (step["args"]["aggregates"], step["args"]["constituents_per_aggregate"]) == (["aggr1_lyon", "aggr2_lyon"], 4)
    there, source = site.volume("lyon", "group"), site.volume("paris", "group")
    assert (there.style, there.constituent_count) == ("flexgroup", source.constituent_count)
    assert [one.name for one in there.aggregates] == ["aggr1_lyon", "aggr2_lyon"]
    told = site.good("snapmirror_info", **site.sides)
    assert {one["volume"]: one["state"] for one in told["mirrors"]} == {
        "group": "snapmirrored",
        "single": "snapmirrored",
    }


def test_two_aggregates_may_become_one(site):
    both = dict.fromkeys(MAP, "aggr1_lyon")
    made = site.good("flexvol_mirror_target", **site.sides, aggregate_map=both, volumes=["group"])
    (step,) = made["plan"]
    assert (step["args"]["aggregates"], step["args"]["constituents_per_aggregate"]) == (["aggr1_lyon"], 8)
    site.good("snapmirror_relationship", **site.sides, volumes=["group"], wait=True, timeout=36000)


def test_an_uneven_map_and_one_that_lacks_an_aggregate_are_refused_before_anything_is_made(site):
    with site.site.locked():
        group = site.volume("paris", "group")
        group.constituent_count = 3
    refused = site.run("flexvol_mirror_target", **site.sides, aggregate_map=MAP)
    assert refused["failed_volumes"] == ["group"]
    assert "unevenly (2 on aggr1_lyon, 1 on aggr2_lyon)" in refused["msg"]
    lacking = site.run("flexvol_mirror_target", **site.sides, aggregate_map={"aggr1_paris": "aggr1_lyon"})
    assert "group (on aggr1_paris, aggr2_paris)" in lacking["msg"]
    assert by_volume(refused)["single"]["status"] == "changed"


def test_a_group_with_another_number_of_constituents_is_no_target(site):
    protect(site)
    site.good("snapmirror_relationship", **site.sides, state="absent", volumes=["group"])
    with site.site.locked():
        site.volume("lyon", "group").constituent_count = 4
    failed = site.run("snapmirror_relationship", **site.sides, volumes=["group"], wait=True, timeout=36000)
    assert failed["failed_volumes"] == ["group"]
    assert "constituents" in failed["msg"]


def test_a_group_is_failed_over_and_comes_home(site):
    protect(site)
    check_then_run_twice(site, "snapmirror_break", **site.from_destination)
    there = site.volume("lyon", "group")
    assert (there.type, there.junction) == ("rw", "/group")
    with site.site.locked():
        there.write("written at lyon")
    lyon, paris = site.site.params("lyon"), site.site.params("paris")
    site.good("source_fence", source=paris)
    turned = site.run("snapmirror_reverse", source=lyon, destination=paris, timeout=36000)
    accepted = {one["volume"]: one["loss"] for one in turned["results"] if one["status"] == "refused"}
    back = {"source": lyon, "destination": paris, "timeout": 36000}
    site.good("snapmirror_reverse", **back, accept_data_loss=accepted)
    site.good("source_fence", source=lyon)
    site.good("snapmirror_update", **back, named_by="destination", wait=True)
    paths = {"group": "/group", "single": "/single"}
    site.good("snapmirror_break", **back, named_by="destination", junction_paths=paths)
    site.good("snapmirror_reverse", **site.sides, named_by="source", timeout=36000)
    home = site.volume("paris", "group")
    assert (home.type, home.junction, set(home.content()) >= {"first", "written at lyon"}) == ("rw", "/group", True)
    assert site.volume("lyon", "group").type == "dp"
