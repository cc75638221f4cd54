# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consistency groups: one mirror for several volumes, there and back, with an outcome for each of them."""

from __future__ import annotations

import pytest
import requests

from tests.unit.behaviour.bench import AGGREGATES, by_volume, check_then_run_twice

NAMES = ("vol0001", "vol0002", "vol0003")
GROUP = {"consistency_group": "erp", "destination_consistency_group": "erp_dr"}
LATE = {"timeout": 36000, "wait": True}


@pytest.fixture
def site(bench):
    return bench(volumes=3)


def protect(site, names=NAMES, **options):
    site.good(
        "flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES, volumes=names, destination_name="{volume}_dr"
    )
    wanted = {**site.sides, "volumes": names, "destination_name": "{volume}_dr", **GROUP, **LATE, **options}
    return check_then_run_twice(site, "snapmirror_relationship", **wanted)


def relationships(site, cluster="lyon"):
    return {one.destination_path: one for one in site.site.world.clusters[cluster].relationships.values()}


def mirrors(site, **options):
    told = site.good("snapmirror_info", **{**site.sides, "volumes": NAMES, **options})
    return {one["volume"]: one for one in told["mirrors"]}


def reverse(site, source, destination, **options):
    ends = {"source": site.site.params(source), "destination": site.site.params(destination)}
    named = {"named_by": "source"} if destination == "lyon" else {}
    return check_then_run_twice(site, "snapmirror_reverse", **ends, volumes=NAMES, timeout=36000, **named, **options)


def test_one_mirror_carries_them_all(site):
    made = protect(site)
    assert [step["verb"] for step in made["plan"]] == ["consistency_group_create", "create", "initialize"]
    assert {tuple(step["volumes"]) for step in made["plan"]} == {NAMES}
    assert {one["status"] for one in made["results"]} == {"changed"}
    (path,) = relationships(site)
    assert path == "svm_lyon:/cg/erp_dr"
    told = mirrors(site)
    assert {name: (one["state"], one["destination"], one["relationship"]) for name, one in told.items()} == {
        name: ("snapmirrored", f"svm_lyon:{name}_dr", "svm_lyon:/cg/erp_dr") for name in NAMES
    }


def test_an_update_is_one_transfer(site):
    protect(site)
    site.site.advance(600)
    site.forget_traffic()
    done = site.good("snapmirror_update", **site.sides, volumes=NAMES, **LATE)
    assert [step["verb"] for step in done["plan"]] == ["update"]
    assert len(site.writes()) == 1
    assert {one["status"] for one in done["results"]} == {"changed"}


@pytest.mark.parametrize("module", ["snapmirror_update", "snapmirror_break"])
def test_a_part_of_a_group_is_not_acted_on(site, module):
    protect(site)
    site.forget_traffic()
    done = site.run(module, **site.sides, volumes=NAMES[:2])
    assert done["failed"]
    assert site.writes() == []
    assert all("name vol0003 too" in one["msg"] for one in done["results"])


def test_the_plan_of_a_part_says_so_beforehand(site):
    protect(site)
    foretold = site.run("snapmirror_break", check=True, **site.sides, volumes=NAMES[:1])
    assert foretold["plan"] == []
    assert by_volume(foretold)["vol0001"]["status"] == "refused"


def test_paused_and_active_again(site):
    protect(site)
    for state, verbs in (("paused", ["quiesce"]), ("active", ["resume"])):
        wanted = {**site.sides, "volumes": NAMES, "relationship_state": state}
        done = check_then_run_twice(site, "snapmirror_relationship", **wanted)
        assert [step["verb"] for step in done["plan"]] == verbs


def test_every_member_takes_writes_and_is_mounted_after_the_break(site):
    protect(site)
    junctions = {name: f"/{name}" for name in NAMES}
    broken = check_then_run_twice(
        site, "snapmirror_break", **site.from_destination, volumes=NAMES, junction_paths=junctions
    )
    verbs = [step["verb"] for step in broken["plan"]]
    assert verbs == ["quiesce", "break", "mount", "mount", "mount"]
    (group_break,) = (step for step in broken["plan"] if step["verb"] == "break")
    assert group_break["args"]["volumes"] == [f"{name}_dr" for name in NAMES]
    for name in NAMES:
        there = site.volume("lyon", f"{name}_dr")
        assert (there.type, there.junction) == ("rw", f"/{name}")


def test_a_member_that_cannot_be_mounted_is_the_only_one_that_fails(site):
    protect(site)
    site.site.faults.add(action="refuse", verb="volume.mount", target="svm_lyon:vol0002_dr", args={"code": "917536"})
    broken = site.run("snapmirror_break", **site.from_destination, volumes=NAMES, timeout=300)
    assert broken["failed_volumes"] == ["vol0002"]
    assert {name: one["status"] for name, one in by_volume(broken).items()} == {
        "vol0001": "changed",
        "vol0002": "failed",
        "vol0003": "changed",
    }


def test_a_group_goes_to_no_older_snapshot(site):
    protect(site)
    refused = site.run(
        "snapmirror_break", **site.from_destination, volumes=NAMES, recovery_point="2035-01-01T00:00:00+00:00"
    )
    assert refused["failed"]
    assert site.volume("lyon", "vol0001_dr").type == "dp"
    assert "as a whole" in by_volume(refused)["vol0001"]["msg"]


@pytest.mark.parametrize("old", ["paris", "lyon"])
def test_a_side_that_knows_no_groups_is_refused_before_anything_is_made(bench, old):
    site = bench(volumes=3)
    names = {"volumes": NAMES, "destination_name": "{volume}_dr"}
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES, **names)
    sides = site.sides
    sides["source" if old == "paris" else "destination"]["use_rest"] = "never"
    site.forget_traffic()
    refused = site.run("snapmirror_relationship", **sides, **names, **GROUP)
    assert refused["failed"] and old in refused["msg"] and "over REST" in refused["msg"]
    assert site.writes() == []


def test_there_and_home_again(site):
    protect(site)
    site.good("source_fence", **site.sides, volumes=NAMES)
    site.good("snapmirror_update", **site.sides, volumes=NAMES, **LATE)
    site.good("snapmirror_break", **site.from_destination, volumes=NAMES)
    for name in NAMES:
        site.volume("lyon", f"{name}_dr").write("while away")
    turned = reverse(site, "lyon", "paris")
    assert [step["verb"] for step in turned["plan"]] == ["delete", "release", "create", "resync"]
    assert list(relationships(site, "paris")) == ["svm_paris:/cg/erp"]
    site.good(
        "snapmirror_break",
        source_svm="svm_lyon",
        destination=site.site.params("paris"),
        volumes=[f"{name}_dr" for name in NAMES],
        mount=False,
    )
    home = reverse(site, "paris", "lyon", accept_data_loss=dict.fromkeys(NAMES, 3600))
    assert [step["verb"] for step in home["plan"]] == [*["unmount"] * 3, "delete", "release", "create", "resync"]
    assert list(relationships(site)) == ["svm_lyon:/cg/erp_dr"]
    assert all("while away" in site.volume("paris", name).content() for name in NAMES)


def test_one_member_that_would_lose_data_holds_back_all(site):
    protect(site)
    site.good("snapmirror_break", **site.from_destination, volumes=NAMES)
    site.volume("paris", "vol0002").write("after the disaster")
    site.forget_traffic()
    ends = {"source": site.site.params("lyon"), "destination": site.site.params("paris")}
    refused = site.run(
        "snapmirror_reverse", **ends, volumes=NAMES, accept_data_loss={"vol0001": "unknown", "vol0003": "unknown"}
    )
    assert site.writes() == []
    assert {one["status"] for one in refused["results"]} == {"refused"}


def test_more_volumes_join_only_when_asked(bench):
    site = bench(volumes=4)
    protect(site)
    everyone = [*NAMES, "vol0004"]
    site.good(
        "flexvol_mirror_target",
        **site.sides,
        aggregate_map=AGGREGATES,
        volumes=everyone,
        destination_name="{volume}_dr",
    )
    wanted = {**site.sides, "volumes": everyone, "destination_name": "{volume}_dr", **GROUP, **LATE}
    refused = site.run("snapmirror_relationship", **wanted)
    assert {name: one["status"] for name, one in by_volume(refused).items()} == {
        **dict.fromkeys(NAMES, "ok"),
        "vol0004": "refused",
    }
    assert "expand_consistency_group" in by_volume(refused)["vol0004"]["msg"]
    joined = check_then_run_twice(site, "snapmirror_relationship", **wanted, expand_consistency_group=True)
    assert [step["verb"] for step in joined["plan"]] == ["consistency_group_add", "expand", "update"]
    assert sorted(mirrors(site, volumes=everyone)) == everyone


def test_volumes_of_other_groups_and_mirrors_are_left_alone(site):
    protect(site, NAMES[:2])
    site.good(
        "flexvol_mirror_target",
        **site.sides,
        aggregate_map=AGGREGATES,
        volumes=["vol0003"],
        destination_name="{volume}_dr",
    )
    site.good("snapmirror_relationship", **site.sides, volumes=["vol0003"], destination_name="{volume}_dr")
    site.forget_traffic()
    other = {"consistency_group": "crm", "destination_name": "{volume}_dr"}
    refused = site.run("snapmirror_relationship", **site.sides, volumes=NAMES, **other)
    assert {one["status"] for one in refused["results"]} == {"refused"}
    assert site.writes() == []


def test_removed_as_a_whole_and_both_groups_stay(site):
    protect(site)
    gone = check_then_run_twice(site, "snapmirror_relationship", **site.sides, volumes=NAMES, state="absent")
    assert [step["verb"] for step in gone["plan"]] == ["delete", "release"]
    assert relationships(site) == {}
    assert site.site.world.clusters["paris"].source_entries == {}


def test_a_release_that_was_left_over_is_done_later(site):
    protect(site)
    site.good(
        "snapmirror_relationship",
        source_svm="svm_paris",
        destination=site.site.params("lyon"),
        volumes=NAMES,
        state="absent",
    )
    assert len(site.site.world.clusters["paris"].source_entries) == 1
    gone = check_then_run_twice(site, "snapmirror_relationship", **site.sides, volumes=NAMES, state="absent")
    assert [step["verb"] for step in gone["plan"]] == ["release"]


def test_a_killed_reverse_is_finished(site):
    """The old mirror is gone, no new one is there: only the volumes still tell of their groups."""
    protect(site)
    site.good("source_fence", **site.sides, volumes=NAMES)
    site.good("snapmirror_update", **site.sides, volumes=NAMES, **LATE)
    site.good("snapmirror_break", **site.from_destination, volumes=NAMES)
    fault = site.site.faults.add(
        action="refuse", verb="snapmirror.create", target="svm_paris:/cg/erp", args={"code": "6619637"}
    )
    ends = {"source": site.site.params("lyon"), "destination": site.site.params("paris")}
    assert site.run("snapmirror_reverse", **ends, volumes=NAMES, timeout=60)["failed"]
    site.site.faults.remove(fault)
    done = site.good("snapmirror_reverse", **ends, volumes=NAMES, timeout=36000)
    assert list(relationships(site, "paris")) == ["svm_paris:/cg/erp"]
    assert {one["status"] for one in done["results"]} == {"changed"}


def test_target_volumes_go_once_the_group_is_mirrored_no_more(site):
    protect(site)
    site.good("snapmirror_relationship", **site.sides, volumes=NAMES, state="absent")
    check_then_run_twice(site, "flexvol_mirror_target", **site.sides, volumes=NAMES, state="absent")
    assert [name for name in site.site.world.clusters["lyon"].svms["svm_lyon"].volumes if name.startswith("vol")] == []


def test_what_the_group_holds_beside_its_mirror_is_told(bench):
    site = bench(volumes=4)
    protect(site)
    paris = site.site.clusters["paris"]
    login = {"auth": (site.site.world.clusters["paris"].username, site.site.world.clusters["paris"].password)}
    found = requests.get(f"{paris.url}/api/application/consistency-groups", timeout=30, **login).json()
    path = f"{paris.url}/api/application/consistency-groups/{found['records'][0]['uuid']}?return_timeout=30"
    joins = {"volumes": [{"name": "vol0004", "provisioning_options": {"action": "add"}}]}
    assert requests.patch(path, json=joins, timeout=30, **login).ok
    told = site.good("snapmirror_relationship", **site.sides, volumes=NAMES, **GROUP)
    assert any("also holds vol0004" in warning for warning in told["warnings"])


@pytest.mark.parametrize(
    "cluster, method, path",
    [
        ("paris", "POST", "/application/consistency-groups"),
        ("lyon", "POST", "/snapmirror/relationships"),
        ("lyon", "POST", "/snapmirror/relationships/*/transfers"),
    ],
)
@pytest.mark.parametrize("action", ["drop_after", "drop_before"])
def test_a_lost_answer_makes_nothing_twice(site, cluster, method, path, action):
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES, volumes=NAMES)
    site.site.faults.add(action=action, cluster=cluster, method=method, path=path, nth=1)
    made = site.good("snapmirror_relationship", **site.sides, volumes=NAMES, **GROUP, **LATE)
    assert {one["status"] for one in made["results"]} == {"changed"}
    assert list(relationships(site)) == ["svm_lyon:/cg/erp_dr"]
    assert {one["state"] for one in mirrors(site).values()} == {"snapmirrored"}


@pytest.mark.parametrize("action", ["drop_after", "drop_before"])
def test_a_lost_answer_breaks_nothing_twice(site, action):
    protect(site)
    site.site.faults.add(action=action, cluster="lyon", method="PATCH", path="/snapmirror/relationships*", nth=2)
    broken = site.good("snapmirror_break", **site.from_destination, volumes=NAMES)
    assert {one["status"] for one in broken["results"]} == {"changed"}
    assert {site.volume("lyon", f"{name}_dr").type for name in NAMES} == {"rw"}


def test_a_left_over_release_is_done_for_the_whole_group(site):
    protect(site)
    to_lyon = {"source_svm": "svm_paris", "destination": site.site.params("lyon")}
    site.good("snapmirror_relationship", **to_lyon, volumes=NAMES, state="absent")
    site.forget_traffic()
    refused = site.run("snapmirror_relationship", **site.sides, volumes=NAMES[:1], state="absent")
    assert "name vol0002, vol0003 too" in by_volume(refused)["vol0001"]["msg"]
    assert site.writes() == []
