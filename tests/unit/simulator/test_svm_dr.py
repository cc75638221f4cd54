# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVM disaster recovery: what follows the source, what a break and a resync do to SVMs, and what is refused."""

from __future__ import annotations

import copy

import pytest

from tests.simulator import scenario
from tests.simulator.faults import FaultBook
from tests.simulator.model import exports, mirror_change, svm_dr, svm_failback, svm_life, volume_change
from tests.simulator.model.errors import Refused
from tests.simulator.testing import running
from tests.unit.simulator.fakes import Client
from tests.unit.simulator.groups_world import MIRRORS
from tests.unit.simulator.model_helpers import (
    GB,
    PLAN,
    change,
    later,
    make_mirror,
    make_volume,
    refused,
    set_state,
    volume,
)

ENDS = {"source": "svm_paris:", "destination": "svm_lyon:"}


def two_sites():
    plan = copy.deepcopy(PLAN)
    plan["clusters"]["lyon"]["svms"]["svm_lyon"] = {"subtype": "dp_destination"}
    return scenario.from_dict(plan, faults=FaultBook())


def svm(world, cluster):
    return world.clusters[cluster].svms[f"svm_{cluster}"]


def mirrored(identity=None):
    world = two_sites()
    relationship = make_mirror(world, **ENDS, identity_preservation=identity)
    set_state(relationship, "snapmirrored")
    later(world, 3600)
    assert (relationship.state, relationship.unhealthy) == ("snapmirrored", [])
    return world, relationship


def update(world, relationship):
    transfer = mirror_change.start_transfer(relationship)
    later(world, 3600)
    assert transfer.state == "success", transfer.error


def names(world, cluster):
    return sorted(one.name for one in svm_dr.volumes_of(svm(world, cluster)))


def test_the_first_transfer_makes_the_volumes_mounted_as_at_the_source():
    world, relationship = mirrored()
    assert relationship.group_type == "svm_dr"
    assert names(world, "lyon") == ["vol1", "vol2"]
    for name in ("vol1", "vol2"):
        copy_of = volume(world, "lyon", name)
        assert (copy_of.type, copy_of.initialized) == ("dp", True)
        assert copy_of.junction == volume(world, "paris", name).junction
        assert copy_of.content() == volume(world, "paris", name).content()


def test_later_transfers_follow_new_grown_and_deleted_volumes():
    world, relationship = mirrored()
    make_volume(world, "paris", "vol3", junction="/vol3")
    change(volume(world, "paris"), size_bytes=3 * GB)
    change(volume(world, "paris", "vol2"), junction="")
    assert volume_change.delete(volume(world, "paris", "vol2")).error is None
    update(world, relationship)
    assert names(world, "lyon") == ["vol1", "vol3"]
    assert volume(world, "lyon").size_bytes == 3 * GB
    assert volume(world, "lyon", "vol3").junction == "/vol3"


def test_all_volumes_are_of_one_instant():
    world, relationship = mirrored()
    update(world, relationship)
    exported = {leg.exported.name for leg in relationship.legs}
    assert len(exported) == 1


@pytest.mark.parametrize(
    "identity, policies, same_address",
    [
        ("full", {"default", "nfs"}, True),
        ("exclude_network_config", {"default", "nfs"}, False),
        ("exclude_network_and_protocol_config", {"default"}, False),
    ],
)
def test_the_kind_of_identity_decides_what_else_follows(identity, policies, same_address):
    world, relationship = mirrored(identity)
    exports.create(svm(world, "paris"), "nfs", [{"clients": [{"match": "0.0.0.0/0"}]}])
    change(volume(world, "paris"), export_policy="nfs")
    update(world, relationship)
    assert set(svm(world, "lyon").export_policies) == policies
    assert volume(world, "lyon").export_policy.name == ("nfs" if "nfs" in policies else "default")
    assert (svm(world, "lyon").address == svm(world, "paris").address) is same_address


def test_without_room_for_a_volume_the_transfer_fails():
    world = two_sites()
    world.clusters["lyon"].aggregates["aggr1_lyon"].size_bytes = 1024
    relationship = make_mirror(world, **ENDS)
    set_state(relationship, "snapmirrored")
    later(world, 3600)
    assert relationship.state == "uninitialized"
    assert "No aggregate" in relationship.unhealthy[0][1]


def test_a_break_makes_volumes_writable_and_the_svm_can_be_started():
    world, relationship = mirrored()
    lyon = svm(world, "lyon")
    refused("13434880", svm_life.set_state, lyon, "running")
    set_state(relationship, "broken_off")
    assert (lyon.subtype, lyon.state) == ("default", "stopped")
    with pytest.raises(Refused, match="served to nobody"):
        volume(world, "lyon").write("b", via="nfs")
    assert svm_life.set_state(lyon, "running").error is None
    volume(world, "lyon").write("b", via="nfs")


def test_its_volumes_are_deleted_after_a_break_alone():
    world, relationship = mirrored()
    assert "subtype dp_destination" in refused("918667", volume_change.delete, volume(world, "lyon")).message
    assert mirror_change.delete(relationship, destination_only=True).error is None
    assert "subtype dp_destination" in refused("918667", volume_change.delete, volume(world, "lyon")).message
    world, relationship = mirrored()
    set_state(relationship, "broken_off")
    assert mirror_change.delete(relationship, destination_only=True).error is None
    for name in ("vol2", "vol1"):
        assert volume_change.delete(volume(world, "lyon", name)).error is None
    assert names(world, "lyon") == []


def test_what_no_transfer_has_reached_is_gone_after_the_break():
    world, relationship = mirrored()
    make_volume(world, "paris", "vol3")
    world.transfer_rate = 1.0
    volume(world, "paris", "vol3").write("much", 1000)
    transfer = mirror_change.start_transfer(relationship)
    mirror_change.abort(transfer, "aborted")
    assert names(world, "lyon") == ["vol1", "vol2", "vol3"]
    set_state(relationship, "broken_off")
    assert names(world, "lyon") == ["vol1", "vol2"]


def test_it_comes_back_by_a_relationship_the_other_way_round():
    world, relationship = mirrored()
    set_state(relationship, "broken_off")
    svm_life.set_state(svm(world, "paris"), "stopped")
    svm_life.set_state(svm(world, "lyon"), "running")
    volume(world, "lyon").write("at lyon")
    assert mirror_change.delete(relationship, destination_only=True).error is None
    back = make_mirror(world, onto="paris", source="svm_lyon:", destination="svm_paris:")
    assert back.state == "broken_off"
    assert set_state(back, "snapmirrored").error is None
    later(world, 3600)
    assert (back.state, svm(world, "paris").subtype) == ("snapmirrored", "dp_destination")
    assert "at lyon" in volume(world, "paris").content()
    assert volume(world, "paris").type == "dp"


def test_a_resync_needs_a_stopped_svm():
    world, relationship = mirrored()
    set_state(relationship, "broken_off")
    svm_life.set_state(svm(world, "lyon"), "running")
    assert "must be stopped" in refused("13303810", set_state, relationship, "snapmirrored").message


@pytest.mark.parametrize(
    "code, fields",
    [
        ("13303842", {"policy": "Sync"}),
        ("13303847", {"identity_preservation": "some"}),
        ("13303841", {"destination": "svm_lyon:vol1"}),
    ],
)
def test_what_does_not_go_together_is_refused(code, fields):
    refused(code, make_mirror, two_sites(), **{**ENDS, **fields})


def test_the_destination_is_made_for_it_and_holds_nothing_of_its_own():
    world = scenario.from_dict(PLAN, faults=FaultBook())
    assert "is its own" in refused("13303882", make_mirror, world, **ENDS).message
    world, relationship = mirrored()
    refused("13303976", make_mirror, world, **ENDS)
    refused("918233", make_volume, world, "lyon", "own")
    refused("918233", make_volume, world, "lyon", "clone", clone_parent=("vol1", None))
    refused("13434880", exports.create, svm(world, "lyon"), "own")
    assert (
        refused(
            "13304093", set_state, relationship, "broken_off", flags=mirror_change.Flags(restore_to_snapshot="x")
        ).code
        == "13304093"
    )


@pytest.mark.parametrize("up, force, code", [(True, False, None), (False, False, "13303815"), (False, True, None)])
def test_a_failover_stops_the_source_breaks_and_starts_the_destination(up, force, code):
    world, relationship = mirrored()
    world.clusters["paris"].up = up
    if code:
        refused(code, svm_dr.fail_over, relationship, force)
        return
    assert svm_dr.fail_over(relationship, force).error is None
    assert (relationship.state, svm(world, "lyon").state) == ("broken_off", "running")
    assert svm(world, "paris").state == ("stopped" if up else "running")


def failed_over():
    world, relationship = mirrored("full")
    assert svm_dr.fail_over(relationship, False).error is None
    volume(world, "lyon").write("at lyon", via="nfs")
    make_volume(world, "lyon", "new")
    return world, relationship


def test_a_failback_brings_home_what_the_copy_took_in_and_mirrors_again():
    world, relationship = failed_over()
    uuid = relationship.uuid
    assert svm_failback.fail_back(relationship).error is None
    paris, lyon = svm(world, "paris"), svm(world, "lyon")
    assert [(one.state, one.subtype) for one in (paris, lyon)] == [
        ("running", "default"),
        ("stopped", "dp_destination"),
    ]
    assert "at lyon" in volume(world, "paris").content()
    assert names(world, "paris") == names(world, "lyon") == ["new", "vol1", "vol2"]
    assert {one.type for one in svm_dr.volumes_of(lyon)} == {"dp"}
    assert list(world.clusters["lyon"].relationships) == [uuid] == list(world.clusters["paris"].source_entries)
    assert world.clusters["paris"].relationships == world.clusters["lyon"].source_entries == {}
    assert (relationship.state, relationship.unhealthy) == ("snapmirrored", [])
    volume(world, "paris").write("home again", via="nfs")
    update(world, relationship)
    assert "home again" in volume(world, "lyon").content()
    assert svm_dr.fail_over(relationship, False).error is None
    assert svm_failback.fail_back(relationship).error is None


def unplug(world):
    world.clusters["paris"].up = False


def part_ways(world):
    volume(world, "paris").snapshots.clear()


@pytest.mark.parametrize(
    "prepare, reason",
    [(unplug, "cannot be reached"), (part_ways, "No common snapshot"), (None, "the relationship is snapmirrored")],
)
def test_a_failback_is_refused_with_nothing_done(prepare, reason):
    world, relationship = failed_over() if prepare else mirrored()
    if prepare:
        prepare(world)
    before = [(one.state, one.subtype) for one in (svm(world, "paris"), svm(world, "lyon"))]
    assert reason in refused("13303859", svm_failback.fail_back, relationship).message
    assert [(one.state, one.subtype) for one in (svm(world, "paris"), svm(world, "lyon"))] == before
    assert not relationship.deleted


def test_over_rest_failover_and_failback_are_queries():
    with running(two_sites()) as site:
        lyon = Client(site, "lyon")
        body = {"source": {"path": "svm_paris:"}, "destination": {"path": "svm_lyon:"}}
        uuid = lyon.ask("POST", MIRRORS, {"return_records": "true"}, body)[1]["records"][0]["uuid"]
        path = f"{MIRRORS}/{uuid}"

        def patch(state=None, **query):
            given = {name.replace("_", "-"): value for name, value in query.items()}
            answer = lyon.ask("PATCH", path, {"return_timeout": "10", **given}, {"state": state} if state else {})
            site.advance(3600)
            return answer[1].get("error", {}).get("code"), lyon.get(path, fields="state")["state"]

        assert patch("snapmirrored") == (None, "snapmirrored")
        assert patch("snapmirrored", failback="true") == ("13303859", "snapmirrored")
        assert patch(failover="true") == (None, "broken_off")
        assert patch(failback="true") == ("13303837", "broken_off")
        both = lyon.ask("PATCH", path, {"failback": "true"}, {"state": "snapmirrored", "throttle": 5})
        assert both[1]["error"]["code"] == "13304082"
        assert patch("snapmirrored", failback="true") == (None, "snapmirrored")
        assert patch(force_failover="true") == (None, "broken_off")


def test_svms_are_made_started_and_stopped_by_jobs():
    world = two_sites()
    cluster = world.clusters["lyon"]
    world.job_seconds = 10.0
    assert not svm_life.create(cluster, "svm_new", "dp_destination", [], "c.utf_8").ended
    later(world, 11)
    new = cluster.svms["svm_new"]
    assert (new.subtype, new.state) == ("dp_destination", "stopped")
    refused("13434908", svm_life.create, cluster, "svm_new", "default", [], "c.utf_8")
    paris = svm(world, "paris")
    svm_life.set_state(paris, "stopped")
    assert paris.state == "stopping"
    refused("13434915", svm_life.set_state, paris, "running")
    later(world, 11)
    assert paris.state == "stopped"
    world.faults.add(action="fail_job", verb="svm.start", code="13434880", message="no")
    svm_life.set_state(paris, "running")
    later(world, 11)
    assert paris.state == "stopped"
