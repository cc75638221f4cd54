# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Relationships of consistency groups: volumes that are mirrored as one."""

from __future__ import annotations

import copy

import pytest

from tests.simulator import scenario
from tests.simulator.model import clones, volume_change
from tests.simulator.model.errors import Refused
from tests.simulator.model.volume_create import NewVolume
from tests.simulator.testing import running
from tests.unit.simulator.groups_world import (
    GROUPS,
    MEMBERS,
    MIRRORS,
    PLAN,
    VOLUMES,
    Pair,
    end,
    groups_world,
    make_group,
    members,
    mirror_body,
)
from tests.unit.simulator.zapi_client import Zapi


@pytest.fixture
def pair():
    with running(groups_world()) as site:
        yield Pair(site)


@pytest.fixture
def wrong():
    """A pair whose illegal requests are not held against it."""
    with running(groups_world(), traffic="rejected") as site:
        yield Pair(site)


def names(volumes):
    return [volume["name"] for volume in volumes]


# ---- what it is


def test_a_relationship_of_a_group_shows_its_members_and_makes_the_groups(pair):
    pair.mirror()
    told = pair.now()
    assert (told["source"]["path"], told["destination"]["path"]) == ("svm_paris:/cg/app", "svm_lyon:/cg/app_dr")
    assert names(told["source"]["consistency_group_volumes"]) == ["data", "logs"]
    assert names(told["destination"]["consistency_group_volumes"]) == ["data_dr", "logs_dr"]
    assert (told["group_type"], told["state"]) == ("consistency_group", "uninitialized")
    assert "consistency_group_volumes" not in pair.now("*")["source"], "they are expensive"
    assert pair.lyon.get(MIRRORS, **{"destination.path": "svm_lyon:/cg/app_dr"})["num_records"] == 1
    for client, name, volumes in ((pair.paris, "app", ["data", "logs"]), (pair.lyon, "app_dr", ["data_dr", "logs_dr"])):
        (group,) = client.get(GROUPS, name=name, fields="volumes.name")["records"]
        assert names(group["volumes"]) == volumes


def test_a_group_tells_its_replication(pair):
    made = make_group(pair.paris, "data", "logs")
    pair.initialized()
    fields = "replicated,replication_source,replication_relationships"
    source = pair.paris.get(f"{GROUPS}/{made}", fields=fields)
    assert (source["replicated"], source["replication_source"]) == (True, True)
    assert source["replication_relationships"] == [{"uuid": pair.uuid, "is_source": True}]
    (target,) = pair.lyon.get(GROUPS, fields=fields)["records"]
    assert (target["replicated"], target["replication_source"]) == (True, False)
    assert target["replication_relationships"] == [{"uuid": pair.uuid, "is_source": False}]


def test_all_members_are_carried_at_one_instant_under_one_name(pair):
    pair.initialized()
    told = pair.now()
    assert (told["state"], told["transfer"]["state"], told["lag_time"]) == ("snapmirrored", "success", "PT1H")
    assert pair.content("lyon", "data_dr", "logs_dr") == [["d1"], ["l1"]]
    taken = [pair.volume("lyon", name).snapshots[-1] for name in ("data_dr", "logs_dr")]
    assert {each.name for each in taken} == {told["exported_snapshot"]}
    assert len({each.create_time for each in taken}) == 1
    assert told["total_transfer_bytes"] >= 12 * 1024**2, "one transfer carries what all members hold"


def test_an_update_carries_what_all_members_held_when_it_began(pair):
    pair.initialized()
    with pair.site.locked():
        for name in ("data", "logs"):
            pair.volume("paris", name).write(f"{name} before", 8 * 1024**2)
    status, answer = pair.lyon.ask("POST", f"{pair.path}/transfers", {"return_records": "true"}, {})
    assert status == 201
    with pair.site.locked():
        for name in ("data", "logs"):
            pair.volume("paris", name).write(f"{name} after")
    pair.site.advance(4)
    assert pair.content("lyon", "data_dr", "logs_dr") == [["d1"], ["l1"]], "none arrives before the others"
    pair.site.advance(60)
    assert pair.content("lyon", "data_dr", "logs_dr") == [["d1", "data before"], ["l1", "logs before"]]
    transfer = pair.lyon.get(f"{pair.path}/transfers/{answer['records'][0]['uuid']}")
    assert (transfer["state"], transfer["relationship"]["destination"]["path"]) == ("success", "svm_lyon:/cg/app_dr")


def test_the_source_lists_it_until_it_is_released(pair):
    pair.initialized()
    query = {"list_destinations_only": "true", "fields": f"**,{MEMBERS}"}
    (told,) = pair.paris.get(MIRRORS, **query)["records"]
    assert (told["uuid"], told["group_type"]) == (pair.uuid, "consistency_group")
    assert (told["source"]["path"], told["destination"]["path"]) == ("svm_paris:/cg/app", "svm_lyon:/cg/app_dr")
    pair.lyon.ask("DELETE", pair.path, {"destination_only": "true"})
    assert pair.paris.get(MIRRORS, **query)["num_records"] == 1
    assert pair.paris.ask("DELETE", pair.path, {"source_info_only": "true"})[0] == 202
    assert pair.paris.get(MIRRORS, **query)["num_records"] == 0
    shared = {each.version_uuid for each in pair.volume("paris", "logs").snapshots}
    assert shared & {each.version_uuid for each in pair.volume("lyon", "logs_dr").snapshots}


def test_a_deleted_relationship_leaves_both_groups(pair):
    pair.initialized()
    assert pair.lyon.ask("DELETE", pair.path)[0] == 202
    assert pair.lyon.get(MIRRORS)["num_records"] == 0
    assert [client.get(GROUPS)["num_records"] for client in (pair.paris, pair.lyon)] == [1, 1]
    assert pair.volume("paris", "data").snapshots == [], "the snapshots that were made for it are gone"
    pair.mirror()


def test_zapi_does_not_show_it(pair):
    pair.initialized()
    for cluster, listing in (("lyon", "snapmirror-get-iter"), ("paris", "snapmirror-get-destination-iter")):
        assert Zapi(pair.site, cluster).rows(listing) == []


# ---- what is done with it


def test_quiesce_and_resume(pair):
    pair.initialized()
    pair.patch(state="paused")
    assert pair.state == "paused"
    pair.patch(state="snapmirrored")
    assert pair.state == "snapmirrored"


def test_a_transfer_is_aborted_for_all_members(pair):
    pair.initialized()
    with pair.site.locked():
        pair.volume("paris", "data").write("big", 100 * 1024**2)
    pair.lyon.ask("POST", f"{pair.path}/transfers", {}, {})
    running_one = pair.now("transfer.uuid")["transfer"]["uuid"]
    assert pair.lyon.ask("PATCH", f"{pair.path}/transfers/{running_one}", {}, {"state": "hard_aborted"})[0] == 200
    pair.site.advance(600)
    assert pair.content("lyon", "data_dr", "logs_dr") == [["d1"], ["l1"]]
    assert (pair.now()["transfer"]["state"], pair.state) == ("hard_aborted", "snapmirrored")


def test_a_break_makes_all_members_writable_and_a_resync_takes_all_back(pair):
    pair.initialized()
    pair.patch(state="broken_off")
    with pair.site.locked():
        for name in ("data_dr", "logs_dr"):
            pair.volume("lyon", name).write("diverged")
        pair.volume("paris", "logs").write("l2")
    pair.patch(state="snapmirrored")
    pair.site.advance(600)
    assert pair.state == "snapmirrored"
    assert pair.content("lyon", "data_dr", "logs_dr") == [["d1"], ["l1", "l2"]]
    assert {pair.volume("lyon", name).type for name in ("data_dr", "logs_dr")} == {"dp"}


def test_a_member_without_a_common_snapshot_keeps_the_whole_group_from_a_resync(wrong):
    wrong.initialized()
    wrong.patch(state="broken_off")
    with wrong.site.locked():
        wrong.volume("lyon", "data_dr").write("diverged")
        wrong.volume("paris", "logs").snapshots.clear()
    assert wrong.refused(state="snapmirrored") == "13303810"
    assert wrong.content("lyon", "data_dr", "logs_dr") == [["d1", "diverged"], ["l1"]]
    assert {wrong.volume("lyon", name).type for name in ("data_dr", "logs_dr")} == {"rw"}


def test_it_is_turned_round_with_a_new_relationship_after_the_old_one_is_gone(pair):
    pair.initialized()
    pair.patch(state="broken_off")
    with pair.site.locked():
        pair.volume("lyon", "logs_dr").write("l2")
    pair.lyon.ask("DELETE", pair.path, {"destination_only": "true"})
    pair.paris.ask("DELETE", pair.path, {"source_info_only": "true"})
    there = {"source": end("svm_lyon:/cg/app_dr", "data_dr", "logs_dr")}
    here = {"destination": end("svm_paris:/cg/app", "data", "logs")}
    status, answer = pair.paris.ask("POST", MIRRORS, {"return_records": "true"}, {**there, **here})
    assert status == 202
    path = f"{MIRRORS}/{answer['records'][0]['uuid']}"
    assert pair.paris.get(path)["state"] == "broken_off"
    pair.paris.ask("PATCH", path, {}, {"state": "snapmirrored"})
    pair.site.advance(600)
    assert pair.paris.get(path)["state"] == "snapmirrored"
    assert pair.content("paris", "data", "logs") == [["d1"], ["l1", "l2"]]


def test_policy_schedule_and_throttle_are_the_relationships(pair):
    pair.initialized()
    pair.patch(throttle=512, transfer_schedule={"name": "hourly"}, policy={"name": "MirrorLatest"})
    told = pair.now()
    assert (told["throttle"], told["transfer_schedule"]["name"]) == (512, "hourly")
    assert told["policy"]["name"] == "MirrorLatest"


def test_a_schedule_updates_all_members(pair):
    pair.initialized(transfer_schedule={"name": "hourly"})
    with pair.site.locked():
        for name in ("data", "logs"):
            pair.volume("paris", name).write("later")
    pair.site.advance(3700)
    assert pair.content("lyon", "data_dr", "logs_dr") == [["d1", "later"], ["l1", "later"]]


def test_a_fault_is_laid_by_the_path_of_the_group(wrong):
    wrong.initialized()
    wrong.site.faults.add(action="refuse", verb="snapmirror.break", target="svm_lyon:/cg/*", code="13303808")
    assert wrong.refused(state="broken_off") == "13303808"


def test_a_member_that_is_offline_fails_the_transfer_of_all(pair):
    pair.initialized()
    with pair.site.locked():
        pair.volume("paris", "data").write("d2")
        volume_change.modify(pair.volume("paris", "logs"), {"state": "offline"})
    pair.update()
    told = pair.now()
    assert (told["transfer"]["state"], told["healthy"]) == ("failed", False)
    assert pair.content("lyon", "data_dr") == [["d1"]]


def test_a_member_can_be_cloned_from_the_exported_snapshot(pair):
    pair.initialized()
    with pair.site.locked() as world:
        wanted = NewVolume(name="canary", clone_parent=("logs_dr", None))
        canary = clones.make(world.clusters["lyon"].svms["svm_lyon"], wanted, "c" * 36)
        assert canary.clone_of[1].name == pair.volume("lyon", "data_dr").mirror().exported.name


# ---- expansion


def test_a_group_is_expanded_by_a_pair_that_gets_its_baseline_with_the_next_update(pair):
    group = make_group(pair.paris, "data", "logs")
    pair.initialized()
    pair.paris.ask("PATCH", f"{GROUPS}/{group}", {}, {"volumes": members("more")})
    pair.update()
    assert names(pair.now()["source"]["consistency_group_volumes"]) == ["data", "logs"], "only when asked"
    new = {"source": [{"name": "more"}], "destination": [{"name": "more_dr"}]}
    pair.patch(**{side: {"consistency_group_volumes": volumes} for side, volumes in new.items()})
    assert names(pair.now()["destination"]["consistency_group_volumes"]) == ["data_dr", "logs_dr", "more_dr"]
    assert pair.content("lyon", "more_dr") == [[]]
    pair.update()
    assert pair.content("lyon", "more_dr") == [["m1"]]
    (target,) = pair.lyon.get(GROUPS, fields="volumes.name")["records"]
    assert names(target["volumes"]) == ["data_dr", "logs_dr", "more_dr"]
    pair.patch(state="broken_off")
    assert pair.volume("lyon", "more_dr").type == "rw"


def test_an_expansion_takes_over_the_pairs_own_relationship(pair):
    group = make_group(pair.paris, "data", "logs")
    pair.initialized()
    own = {"source": {"path": "svm_paris:more"}, "destination": {"path": "svm_lyon:more_dr"}}
    pair.lyon.ask("POST", MIRRORS, {}, {**own, "policy": "MirrorAllSnapshots"})
    (made,) = pair.lyon.get(MIRRORS, **{"destination.path": "svm_lyon:more_dr"})["records"]
    pair.lyon.ask("PATCH", f"{MIRRORS}/{made['uuid']}", {}, {"state": "snapmirrored"})
    pair.site.advance(60)
    pair.paris.ask("PATCH", f"{GROUPS}/{group}", {}, {"volumes": members("more")})
    pair.patch(
        source={"consistency_group_volumes": [{"name": "more"}]},
        destination={"consistency_group_volumes": [{"name": "more_dr"}]},
    )
    assert pair.lyon.get(MIRRORS)["num_records"] == 1
    assert pair.paris.get(MIRRORS, list_destinations_only="true")["num_records"] == 1
    assert pair.content("lyon", "more_dr") == [["m1"]]
    pair.patch(state="broken_off")


@pytest.mark.parametrize(
    "sources, destinations, code",
    [
        (["lone"], ["lone_dr"], "6622077"),
        (["more", "lone"], ["more_dr"], "6622077"),
        (["data"], ["more_dr"], "6622077"),
        (["more"], ["data_dr"], "6622077"),
        (["more"], ["none"], "6619546"),
        ([], ["more_dr"], "6622077"),
    ],
)
def test_expansions_that_are_refused(wrong, sources, destinations, code):
    group = make_group(wrong.paris, "data", "logs")
    wrong.initialized()
    wrong.paris.ask("PATCH", f"{GROUPS}/{group}", {}, {"volumes": members("more")})
    body = {
        "source": {"consistency_group_volumes": [{"name": name} for name in sources]},
        "destination": {"consistency_group_volumes": [{"name": name} for name in destinations]},
    }
    assert wrong.refused(**body) == code
    assert len(wrong.now()["source"]["consistency_group_volumes"]) == 2
    assert wrong.volume("lyon", "more_dr").group is None


def test_an_expansion_comes_alone_in_the_settled_state_and_is_broken_only_after_the_baseline(wrong):
    group = make_group(wrong.paris, "data", "logs")
    wrong.initialized()
    wrong.paris.ask("PATCH", f"{GROUPS}/{group}", {}, {"volumes": members("more")})
    body = {
        "source": {"consistency_group_volumes": [{"name": "more"}]},
        "destination": {"consistency_group_volumes": [{"name": "more_dr"}]},
    }
    assert wrong.refused(**body, throttle=5) == "13304082"
    wrong.patch(state="paused")
    assert wrong.refused(**body) == "13303818"
    wrong.patch(state="snapmirrored")
    wrong.patch(**body)
    assert wrong.refused(state="broken_off") == "13303808"


# ---- what is refused


def both(*volumes, **fields):
    return {**mirror_body(*volumes), **fields}


@pytest.mark.parametrize(
    "body, code",
    [
        pytest.param(both("data"), "53411897", id="fewer volumes than the source's group"),
        pytest.param(both("data", "logs", "lone"), "53411897", id="a stranger"),
        pytest.param(both("data", "logs", source=end("svm_paris:/cg/app")), "13303925", id="no volumes"),
        pytest.param(both("data", "logs", source=end("svm_paris:/cg/app", "data")), "13303980", id="counts"),
        pytest.param(both("data", "logs", source=end("svm_paris:/cg/app", "data", "data")), "13303925", id="twice"),
        pytest.param(both("data", "logs", source=end("svm_paris:/cg/app", "data", "no")), "13303925", id="unknown"),
        pytest.param(both("data", "logs", source={"path": "svm_paris:data"}), "13303841", id="volume to group"),
        pytest.param(both("data", "logs", source=end("svm_paris:/cg/a b", "data", "logs")), "13304155", id="name"),
        pytest.param(
            both("data", "logs", destination=end("svm_lyon:/cg/app_dr", "data_dr", "no")), "6619546", id="no dp"
        ),
        pytest.param(both("data", "logs", policy="Sync"), "13303966", id="sync"),
        pytest.param(both("data", "logs", policy="Continuous"), "13303970", id="continuous"),
        pytest.param(both("data", "logs", policy="none"), "13303821", id="no such policy"),
        pytest.param(
            {"source": end("svm_paris:data", "data"), "destination": {"path": "svm_lyon:data_dr"}},
            "13304093",
            id="members of a volume",
        ),
        pytest.param(
            {"source": end("svm_paris:/cg/flex", "big"), "destination": end("svm_lyon:/cg/flex", "data_dr")},
            "13303967",
            id="a FlexGroup",
        ),
        pytest.param(
            {"source": end("svm_paris:/cg/dp", "old"), "destination": end("svm_lyon:/cg/dp", "data_dr")},
            "13303968",
            id="a dp source",
        ),
    ],
)
def test_relationships_that_are_refused(wrong, body, code):
    make_group(wrong.paris, "data", "logs")
    assert wrong.lyon.refusal("POST", MIRRORS, {}, body)[1] == code
    assert wrong.lyon.get(MIRRORS)["num_records"] == 0
    assert wrong.lyon.get(GROUPS)["num_records"] == 0


def test_a_group_is_in_one_relationship_and_its_volumes_have_none_of_their_own(wrong):
    wrong.mirror()
    second = {**mirror_body("data", "logs"), "destination": end("svm_lyon:/cg/two", "more_dr", "lone_dr")}
    assert wrong.lyon.refusal("POST", MIRRORS, {}, second)[1] == "13303841"
    for source, destination, code in (("data", "more_dr", "13303841"), ("lone", "data_dr", "6619637")):
        own = {"source": {"path": f"svm_paris:{source}"}, "destination": {"path": f"svm_lyon:{destination}"}}
        assert wrong.lyon.refusal("POST", MIRRORS, {}, own)[1] == code


def test_a_volume_with_a_relationship_of_its_own_cannot_join_a_groups(wrong):
    own = {"source": {"path": "svm_paris:data"}, "destination": {"path": "svm_lyon:lone_dr"}}
    wrong.lyon.ask("POST", MIRRORS, {}, own)
    assert wrong.lyon.refusal("POST", MIRRORS, {}, mirror_body("data", "logs"))[1] == "13303841"


def test_members_and_groups_in_a_relationship_are_not_deleted(wrong):
    wrong.initialized()
    for client, name in ((wrong.paris, "data"), (wrong.lyon, "data_dr")):
        query = {"name": name, "svm.name": "svm_paris" if client is wrong.paris else "svm_lyon"}
        (volume,) = client.get(VOLUMES, **query)["records"]
        assert client.refusal("DELETE", f"{VOLUMES}/{volume['uuid']}")[1] == "918667"
        (group,) = client.get(GROUPS)["records"]
        assert client.refusal("DELETE", f"{GROUPS}/{group['uuid']}")[1] == "53412041"
    assert (
        wrong.lyon.refusal("PATCH", f"{GROUPS}/{group['uuid']}", {}, {"volumes": members("more_dr")})[1] == "53411853"
    )


def test_a_group_is_not_broken_to_an_older_snapshot(wrong):
    wrong.initialized()
    assert wrong.refused(state="broken_off", restore_to_snapshot="any") == "13304093"


@pytest.mark.parametrize(
    "version, policy, code",
    [
        ("9.9.1", "MirrorAllSnapshots", "13303872"),
        ("9.12.1", "MirrorAllSnapshots", "13303966"),
        ("9.12.1", "AutomatedFailOver", None),
        ("9.13.1", "MirrorAllSnapshots", None),
        ("9.17.1", "StrictSync", "13303966"),
    ],
)
def test_what_a_release_mirrors_in_groups(version, policy, code):
    with running(groups_world({"paris": version, "lyon": version}), traffic="rejected") as site:
        status, answer = Pair(site).lyon.ask("POST", MIRRORS, {}, mirror_body("data", "logs", policy=policy))
        assert (answer["error"]["code"] if code else status) == (code or 202)


def test_releases_before_groups_do_not_know_their_fields():
    with running(groups_world({"paris": "9.7", "lyon": "9.7"}), traffic="rejected") as site:
        assert Pair(site).lyon.refusal("POST", MIRRORS, {}, mirror_body("data"))[1] == "262179"


def test_a_break_is_refused_before_the_baseline(wrong):
    wrong.mirror()
    with wrong.site.locked(), pytest.raises(Refused):
        wrong.volume("lyon", "data_dr").mirror().break_off()
    assert wrong.refused(state="broken_off") == "13303818"


# ---- scenarios


def test_a_scenario_has_groups_and_their_relationships():
    plan = copy.deepcopy(PLAN)
    plan["clusters"]["paris"]["svms"]["svm_paris"]["consistency_groups"] = {"app": ["data", "logs"], "two": ["more"]}
    paths = {"source": "paris:svm_paris:/cg/app", "destination": "lyon:svm_lyon:/cg/app_dr"}
    two = {"source": "paris:svm_paris:/cg/two", "destination": "lyon:svm_lyon:/cg/two", "state": "paused"}
    plan["relationships"] = [{**paths, "volumes": {"data": "data_dr", "logs": "logs_new"}, "lag_s": 7200}, two]
    world = scenario.from_dict(plan)
    first, second = world.clusters["lyon"].relationships.values()
    assert (first.source_path, first.state, first.lag_s()) == ("svm_paris:/cg/app", "snapmirrored", 7200)
    assert [leg.destination.name for leg in first.legs] == ["data_dr", "logs_new"]
    assert (second.destination_path, second.state) == ("svm_lyon:/cg/two", "paused")
    assert world.clusters["lyon"].volume("svm_lyon:more").content() == ["m1"]
