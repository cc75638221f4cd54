# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror active sync: mediators, and groups whose ends change their roles when asked to and by themselves."""

from __future__ import annotations

import copy

import pytest
import requests

from tests.simulator import scenario, scenario_hosts
from tests.simulator.faults import FaultBook
from tests.simulator.model import mediators, snapshots, volume_change
from tests.simulator.model.errors import Refused
from tests.simulator.testing import running
from tests.unit.simulator.groups_world import (
    GROUPS,
    MIRRORS,
    PLAN,
    Pair,
    groups_world,
    make_group,
    members,
    mirror_body,
)
from tests.unit.simulator.hosts_world import known_as

MEDIATORS = "/cluster/mediators"
ADDRESS = "192.0.2.9"
POLICY = "AutomatedFailOver"
TURNED = {"source": {"path": "svm_lyon:/cg/app_dr"}, "destination": {"path": "svm_paris:/cg/app"}, "state": "in_sync"}
FAILOVER = "consistency_group_failover"


def site_of(luns=True, mediated=True, **options):
    world = groups_world()
    if mediated:
        add_mediator(world)
    if luns:
        scenario_hosts.fill(world.clusters["paris"].volume("svm_paris:data"), {"luns": {"lun1": {"size": "1GB"}}})
    return running(world, **options)


def add_mediator(world):
    mediators.add(world.clusters["paris"], world.clusters["lyon"], ADDRESS)


@pytest.fixture
def pair():
    with site_of() as site:
        yield Pair(site).initialized(policy=POLICY)


@pytest.fixture
def wrong():
    """Its illegal requests are not held against it."""
    with site_of(traffic="rejected") as site:
        yield Pair(site).initialized(policy=POLICY)


def write(pair, cluster, name, marker):
    with pair.site.locked():
        pair.volume(cluster, name).write(marker)


def only_mirror(client):
    (found,) = client.get(MIRRORS, fields="**")["records"]
    return found


def types(pair):
    return [pair.volume("paris", "data").type, pair.volume("lyon", "data_dr").type]


# ---- mediators


def test_a_mediator_is_added_on_one_cluster_and_known_to_both():
    with site_of(mediated=False) as site:
        pair = Pair(site)
        body = {"ip_address": ADDRESS, "user": "mediator", "password": "secret", "peer_cluster": {"name": "lyon"}}
        assert pair.paris.ask("POST", MEDIATORS, {}, body)[0] == 202
        for client, peer in ((pair.paris, "lyon"), (pair.lyon, "paris")):
            (found,) = client.get(MEDIATORS, fields="*")["records"]
            assert (found["ip_address"], found["peer_cluster"]["name"], found["reachable"]) == (ADDRESS, peer, True)
            assert found["peer_mediator_connectivity"] == "connected"
        assert pair.lyon.ask("DELETE", f"{MEDIATORS}/{found['uuid']}")[0] == 202
        assert [client.get(MEDIATORS)["num_records"] for client in (pair.paris, pair.lyon)] == [0, 0]


@pytest.mark.parametrize("missing", ["ip_address", "user", "password", "peer_cluster"])
def test_what_a_mediator_needs(wrong, missing):
    body = {"ip_address": "192.0.2.10", "user": "me", "password": "secret", "peer_cluster": {"name": "lyon"}}
    del body[missing]
    assert wrong.paris.refusal("POST", MEDIATORS, {}, body)[1] == "2432871"


def test_two_clusters_have_one_mediator_that_stays_as_it_is(wrong):
    body = {"ip_address": "192.0.2.10", "user": "me", "password": "secret", "peer_cluster": {"name": "lyon"}}
    assert wrong.paris.refusal("POST", MEDIATORS, {}, body)[1] == "2432871"
    (found,) = wrong.paris.get(MEDIATORS)["records"]
    change = {"strict_cert_validation": True}
    assert wrong.paris.refusal("PATCH", f"{MEDIATORS}/{found['uuid']}", {}, change)[1] == "13369421"


def test_a_mediator_goes_down_by_a_control_route(pair):
    url = f"{pair.site.control_url}/mediators"
    assert requests.post(f"{url}/{ADDRESS}", json={"up": False}, timeout=30).status_code == 200
    assert pair.paris.get(MEDIATORS, fields="reachable")["records"][0]["reachable"] is False
    told = pair.now()
    assert (told["state"], told["healthy"]) == ("in_sync", False)
    requests.post(f"{url}/{ADDRESS}", json={"up": True}, timeout=30)
    assert pair.now()["healthy"] is True
    assert requests.post(f"{url}/192.0.2.1", json={"up": True}, timeout=30).status_code == 404


# ---- a relationship in sync


def test_it_comes_into_sync_and_follows_each_write(pair):
    told = pair.now()
    assert (told["state"], told["healthy"], told["policy"]["type"]) == ("in_sync", True, "sync")
    assert FAILOVER not in told and "lag_time" not in told
    write(pair, "paris", "logs", "l2")
    assert pair.content("lyon", "data_dr", "logs_dr") == [["d1"], ["l1", "l2"]]


def test_both_sides_show_a_lun_under_one_serial_number(pair):
    ends = pair.volume("paris", "data"), pair.volume("lyon", "data_dr")
    assert len({known_as(volume).serial_number for volume in ends}) == 1
    assert len({known_as(volume).uuid for volume in ends}) == 2


def test_without_a_mediator_it_comes_into_sync_but_is_not_healthy():
    with site_of(mediated=False) as site:
        told = Pair(site).initialized(policy=POLICY).now()
        assert (told["state"], told["healthy"]) == ("in_sync", False)
        assert "mediator" in told["unhealthy_reason"][0]["message"]


@pytest.mark.parametrize("state", ["paused", "broken_off"])
def test_it_is_never_paused_or_broken(wrong, state):
    assert wrong.refused(state=state) == "13303818"
    assert wrong.state == "in_sync"


def test_volumes_that_are_mounted_are_refused():
    with site_of(traffic="rejected") as site:
        with site.locked() as world:
            volume_change.modify(world.clusters["paris"].volume("svm_paris:logs"), {"junction": "/logs"})
        refused = Pair(site).lyon.refusal("POST", MIRRORS, {}, mirror_body("data", "logs", policy=POLICY))
        assert refused[1] == "13303925"


def test_volumes_have_no_such_policy(wrong):
    body = {"source": {"path": "svm_paris:lone"}, "destination": {"path": "svm_lyon:lone_dr"}, "policy": POLICY}
    assert wrong.lyon.refusal("POST", MIRRORS, {}, body)[1] == "13303841"


def test_it_loses_sync_with_the_way_and_comes_back(pair):
    pair.site.down("lyon")
    write(pair, "paris", "data", "d2")
    pair.site.advance(60)
    assert types(pair) == ["rw", "dp"], "the source goes on"
    pair.site.up("lyon")
    assert pair.state == "synchronizing"
    pair.site.advance(5)
    assert pair.state == "in_sync"
    assert pair.content("lyon", "data_dr") == [["d1", "d2"]]


# ---- planned failover


def test_a_planned_failover_turns_the_relationship_round(pair):
    write(pair, "paris", "data", "d2")
    pair.patch(**TURNED)
    assert pair.now()[FAILOVER] == {
        "type": "planned",
        "state": "started",
        "status": {"message": "The failover has begun."},
    }
    assert types(pair) == ["rw", "dp"]
    pair.site.advance(5)
    assert pair.lyon.get(MIRRORS)["num_records"] == 0
    turned = only_mirror(pair.paris)
    assert (turned["source"]["path"], turned["destination"]["path"]) == ("svm_lyon:/cg/app_dr", "svm_paris:/cg/app")
    assert (turned["state"], turned["healthy"], turned[FAILOVER]["state"]) == ("in_sync", True, "completed")
    assert turned["uuid"] != pair.uuid
    (entry,) = pair.lyon.get(MIRRORS, list_destinations_only="true", fields="*")["records"]
    assert (entry["uuid"], entry["destination"]["path"]) == (turned["uuid"], "svm_paris:/cg/app")
    assert pair.paris.get(MIRRORS, list_destinations_only="true")["num_records"] == 0
    assert types(pair) == ["dp", "rw"]
    write(pair, "lyon", "data_dr", "d3")
    assert pair.content("paris", "data") == [["d1", "d2", "d3"]]
    with pytest.raises(Refused):
        write(pair, "paris", "data", "stale")
    (group,) = pair.lyon.get(GROUPS, fields="replication_source")["records"]
    assert group["replication_source"] is True


def test_a_failback_is_a_failover_the_other_way(pair):
    pair.patch(**TURNED)
    pair.site.advance(5)
    write(pair, "lyon", "logs_dr", "l2")
    back = {"source": TURNED["destination"], "destination": TURNED["source"], "state": "in_sync"}
    path = f"{MIRRORS}/{only_mirror(pair.paris)['uuid']}"
    assert pair.paris.ask("PATCH", path, {}, back)[0] == 202
    pair.site.advance(5)
    home = only_mirror(pair.lyon)
    assert (home["source"]["path"], home["state"]) == ("svm_paris:/cg/app", "in_sync")
    assert types(pair) == ["rw", "dp"]
    assert pair.content("paris", "logs") == [["l1", "l2"]]


def test_while_it_fails_over_nothing_else_is_begun(wrong):
    wrong.patch(**TURNED)
    assert wrong.refused(**TURNED) == "13303830"
    assert wrong.refused(state="in_sync") == "13303830"
    assert wrong.lyon.refusal("DELETE", wrong.path)[1] == "6619715"


def test_a_planned_failover_needs_the_mediator_and_both_in_sync(wrong):
    with wrong.site.locked() as world:
        world.mediators_down.add(ADDRESS)
    assert wrong.refused(**TURNED) == "13303833"
    with wrong.site.locked() as world:
        world.mediators_down.clear()
    wrong.site.down("paris")
    assert wrong.refused(**TURNED) == "13303833"
    assert types(wrong) == ["rw", "dp"]


def test_paths_that_say_something_else_are_refused(wrong):
    assert wrong.refused(**{**TURNED, "source": {"path": "svm_lyon:/cg/other"}}) == "13304120"
    assert wrong.refused(source=TURNED["source"], destination=TURNED["destination"]) == "13304120"


def test_a_planned_failover_that_fails_leaves_the_roles(wrong):
    wrong.site.faults.add(action="fail_transfer", verb="snapmirror.failover", message="no", code="13303833")
    wrong.patch(**TURNED)
    wrong.site.advance(60)
    told = wrong.now()
    assert (told["state"], told[FAILOVER]["state"], told[FAILOVER]["type"]) == ("in_sync", "failed", "planned")
    assert told[FAILOVER]["error"] == {"code": "13303833", "message": "no"}
    assert types(wrong) == ["rw", "dp"]


def test_a_cut_during_a_planned_failover_fails_it(pair):
    pair.patch(**TURNED)
    with pair.site.locked() as world:
        for peer in world.clusters["lyon"].svm_peers.values():
            peer.state = "suspended"
    pair.site.advance(5)
    told = pair.now()
    assert (told["state"], told[FAILOVER]["state"]) == ("out_of_sync", "failed")
    assert types(pair) == ["rw", "dp"]


# ---- automatic failover


def test_the_destination_takes_over_from_a_lost_source_and_mirrors_back(pair):
    write(pair, "paris", "data", "d2")
    pair.site.down("paris")
    pair.site.advance(2)
    assert types(pair) == ["rw", "dp"]
    pair.site.advance(10)
    told = pair.now()
    assert (told["state"], told["healthy"]) == ("out_of_sync", False)
    assert (told[FAILOVER]["type"], told[FAILOVER]["state"]) == ("unplanned", "completed")
    assert types(pair)[1] == "rw"
    write(pair, "lyon", "data_dr", "d3")
    pair.site.up("paris")
    turned = only_mirror(pair.paris)
    assert (turned["source"]["path"], turned["state"]) == ("svm_lyon:/cg/app_dr", "synchronizing")
    assert pair.lyon.get(MIRRORS)["num_records"] == 0
    assert types(pair) == ["dp", "rw"]
    pair.site.advance(5)
    turned = only_mirror(pair.paris)
    assert (turned["state"], turned["healthy"], turned[FAILOVER]["type"]) == ("in_sync", True, "unplanned")
    assert pair.content("paris", "data") == [["d1", "d2", "d3"]]


def test_a_source_that_is_back_in_time_keeps_its_role(pair):
    pair.site.down("paris")
    pair.site.advance(2)
    pair.site.up("paris")
    pair.site.advance(60)
    assert (pair.state, types(pair)) == ("in_sync", ["rw", "dp"])


def test_a_second_loss_begins_to_count_anew(pair):
    pair.site.down("paris")
    pair.site.advance(2)
    pair.site.up("paris")
    pair.site.advance(2)
    assert pair.state == "in_sync"
    pair.site.down("paris")
    pair.site.advance(2)
    assert types(pair) == ["rw", "dp"]
    pair.site.advance(5)
    assert types(pair) == ["rw", "rw"]


@pytest.mark.parametrize("prevented", ["mediator", "not in sync", "peering"])
def test_nobody_takes_over_without_mediator_sync_and_loss(pair, prevented):
    with pair.site.locked() as world:
        if prevented == "mediator":
            world.mediators_down.add(ADDRESS)
        else:
            for peer in world.clusters["lyon"].svm_peers.values():
                peer.state = "suspended"
    pair.site.advance(1)
    if prevented != "peering":
        pair.site.down("paris")
    pair.site.advance(600)
    told = pair.now()
    assert told["state"] == "out_of_sync" and FAILOVER not in told
    assert pair.volume("lyon", "data_dr").type == "dp"


# ---- expansion and removal


def own_mirror(pair):
    body = {"source": {"path": "svm_paris:more"}, "destination": {"path": "svm_lyon:more_dr"}}
    pair.lyon.ask("POST", MIRRORS, {}, {**body, "policy": "MirrorAllSnapshots"})
    (made,) = pair.lyon.get(MIRRORS, **{"destination.path": "svm_lyon:more_dr"})["records"]
    pair.lyon.ask("PATCH", f"{MIRRORS}/{made['uuid']}", {}, {"state": "snapmirrored"})
    pair.site.advance(60)


MORE = {
    "source": {"consistency_group_volumes": [{"name": "more"}]},
    "destination": {"consistency_group_volumes": [{"name": "more_dr"}]},
}


def test_it_is_expanded_by_a_pair_that_has_been_mirrored_before(pair):
    own_mirror(pair)
    (group,) = pair.paris.get(GROUPS)["records"]
    pair.paris.ask("PATCH", f"{GROUPS}/{group['uuid']}", {}, {"volumes": members("more")})
    pair.patch(**MORE)
    assert pair.state == "expanding"
    pair.site.advance(5)
    assert pair.state == "in_sync"
    write(pair, "paris", "more", "m2")
    assert pair.content("lyon", "more_dr") == [["m1", "m2"]]
    assert pair.lyon.get(MIRRORS)["num_records"] == 1


def test_a_pair_without_a_baseline_does_not_expand_it(wrong):
    (group,) = wrong.paris.get(GROUPS)["records"]
    wrong.paris.ask("PATCH", f"{GROUPS}/{group['uuid']}", {}, {"volumes": members("more")})
    assert wrong.refused(**MORE) == "6622077"


def test_a_removal_takes_the_lun_maps_of_the_destination_only_when_asked(pair):
    body = {"name": "hosts", "svm": {"name": "svm_lyon"}, "os_type": "linux"}
    pair.lyon.ask("POST", "/protocols/san/igroups", {}, body)
    mapping = {"svm": {"name": "svm_lyon"}, "lun": {"name": "/vol/data_dr/lun1"}, "igroup": {"name": "hosts"}}
    assert pair.lyon.ask("POST", "/protocols/san/lun-maps", {}, mapping)[0] == 201
    assert pair.lyon.ask("DELETE", pair.path, {"delete_lun_maps_in_destination": "true"})[0] == 202
    assert pair.lyon.get("/protocols/san/lun-maps")["num_records"] == 0
    assert make_group(pair.paris, "lone", name="another")


def test_a_scenario_has_mediators_and_groups_in_sync_and_a_duplex_policy_changes_roles_as_well():
    plan = copy.deepcopy(PLAN)
    plan["clusters"]["paris"]["svms"]["svm_paris"]["consistency_groups"] = {"app": ["data", "logs"]}
    plan["mediators"] = [{"clusters": ["paris", "lyon"], "ip_address": ADDRESS}]
    ends = {"source": "paris:svm_paris:/cg/app", "destination": "lyon:svm_lyon:/cg/app_dr"}
    volumes = {"data": "data_dr", "logs": "logs_dr"}
    plan["relationships"] = [{**ends, "volumes": volumes, "policy": "AutomatedFailOverDuplex"}]
    with running(scenario.from_dict(plan, faults=FaultBook())) as site:
        pair = Pair(site)
        told = only_mirror(pair.lyon)
        assert (told["state"], told["healthy"]) == ("in_sync", True)
        assert pair.lyon.ask("PATCH", f"{MIRRORS}/{told['uuid']}", {}, TURNED)[0] == 202
        site.advance(5)
        assert only_mirror(pair.paris)["policy"]["name"] == "AutomatedFailOverDuplex"
        assert types(pair) == ["dp", "rw"]


def test_a_snapshot_in_use_on_the_old_primary_leaves_the_way_back_to_a_resync(pair):
    with pair.site.locked() as world:
        snapshots.take(pair.volume("paris", "data"), "in use").owners.append("volume clone")
    pair.site.down("paris")
    pair.site.advance(10)
    pair.site.up("paris")
    turned = only_mirror(pair.paris)
    assert (turned["state"], turned["healthy"]) == ("broken_off", False)
    with pair.site.locked() as world:
        world.clusters["paris"].volume("svm_paris:data").snapshots[-1].owners.clear()
    path = f"{MIRRORS}/{turned['uuid']}"
    assert pair.paris.ask("PATCH", path, {}, {"state": "in_sync"})[0] == 202
    pair.site.advance(60)
    assert pair.paris.get(path)["state"] == "in_sync"
