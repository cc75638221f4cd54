# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LUNs: what is refused, who may write, and what happens to them on their way through mirrors and clones."""

from __future__ import annotations

import pytest

from tests.simulator.model import luns, mirror_change, san, snapshots, volume_change
from tests.unit.simulator.hosts_world import HOST, hosts_world, known_as, lun
from tests.unit.simulator.model_helpers import (
    GB,
    change,
    later,
    make_volume,
    mirrored,
    refused,
    set_state,
    volume,
)


@pytest.fixture
def world():
    return hosts_world()


def igroup(world, cluster, name):
    return world.clusters[cluster].svms[f"svm_{cluster}"].igroups[name]


def make(world, cluster="paris", name="/vol/vol1/new", **fields):
    wanted = luns.NewLun(**{"name": name, "os_type": "linux", "size_bytes": GB, **fields})
    return luns.create(world.clusters[cluster].svms[f"svm_{cluster}"], wanted)


# creation and change


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"name": "/vol/vol1/lun1"}, "5374242"),
        ({"name": "/vol/vol1/ns1"}, "5374242"),
        ({"name": "/vol/gone/new"}, "917927"),
        ({"name": "/vol/vol1/tree/new"}, "5242927"),
        ({"name": "/vol/vol1/a b"}, "5374121"),
        ({"name": "new"}, "5374862"),
        ({"name": "/vol/vol1/new", "volume": "vol2"}, "5374858"),
        ({"name": "/vol/svm_paris_root/new"}, "5374237"),
        ({"size_bytes": 1024}, "5374124"),
        ({"size_bytes": 200 * 1024 * GB}, "5374125"),
        ({"comment": "x" * 255}, "2"),
    ],
)
def test_creation_refused(world, fields, code):
    before = volume(world, "paris").devices
    refused(code, make, world, **fields)
    assert volume(world, "paris").devices == before


def test_a_new_lun_is_enabled_and_not_mapped(world):
    uuid, job = make(world, name="new", volume="vol1", comment="c" * 254)
    assert job.state == "success"
    place, device = luns.find(world.clusters["paris"], uuid)
    assert (place.name, device.name, device.enabled, san.maps_of(place, device)) == ("vol1", "new", True, [])
    assert len(known_as(place, "new").serial_number) == 12


def test_clusters_before_9_16_make_luns_without_a_job(world):
    world.clusters["paris"].version = "9.15.1"
    world.job_seconds = 60
    assert make(world)[1] is None
    assert lun(volume(world, "paris"), "new").enabled


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"size_bytes": GB - 4096}, "5374892"),
        ({"name": "/vol/vol1/lun2"}, "5374242"),
        ({"comment": "x" * 255}, "2"),
    ],
)
def test_changes_refused(world, changes, code):
    vol1 = volume(world, "paris")
    before = vol1.devices
    refused(code, luns.modify, vol1, lun(vol1), changes)
    assert vol1.devices == before


def test_a_lun_grows_and_gets_another_name_but_stays_the_same_to_its_hosts(world):
    vol1 = volume(world, "paris")
    before = known_as(vol1)
    luns.modify(vol1, lun(vol1), {"size_bytes": 2 * GB, "name": "/vol/vol1/renamed", "comment": ""})
    assert (lun(vol1, "renamed").size_bytes, lun(vol1, "renamed").comment) == (2 * GB, "")
    assert known_as(vol1, "renamed") is before
    assert [each.number for each in san.maps_of(vol1, lun(vol1, "renamed"))] == [0]


def test_a_mapped_lun_is_deleted_only_when_told(world):
    vol1 = volume(world, "paris")
    refused("1254197", luns.delete, vol1, lun(vol1))
    assert luns.delete(vol1, lun(vol1), allow_mapped=True).state == "success"
    assert [each.name for each in vol1.devices] == ["lun2", "ns1"]
    assert igroup(world, "paris", "hosts").maps == []


def test_luns_of_an_offline_volume_cannot_be_touched(world):
    vol1 = volume(world, "paris")
    change(volume(world, "paris", "vol2"), junction="")
    change(vol1, state="offline")
    refused("5374866", luns.modify, vol1, lun(vol1), {"enabled": False})
    refused("5374866", luns.delete, vol1, lun(vol1, "lun2"))
    refused("5374904", make, world)


@pytest.mark.parametrize("enabled, verb", [(False, "lun.offline"), (True, "lun.online")])
def test_faults_know_offline_from_online(world, enabled, verb):
    world.faults.add(action="refuse", verb=verb, target="svm_paris:vol1/lun1", code="5374875", message="no")
    vol1 = volume(world, "paris")
    refused("5374875", luns.modify, vol1, lun(vol1), {"enabled": enabled})
    assert luns.modify(vol1, lun(vol1), {"enabled": not enabled}).state == "success"


# who may write


def test_only_an_enabled_and_mapped_lun_takes_writes(world):
    vol1 = volume(world, "paris")
    vol1.write("one", via="lun")
    luns.modify(vol1, lun(vol1), {"enabled": False})
    refused("2", vol1.write, "two", via="lun")
    luns.modify(vol1, lun(vol1), {"enabled": True})
    san.unmap_lun(vol1.cluster, known_as(vol1).uuid, igroup(world, "paris", "hosts").uuid)
    refused("2", vol1.write, "three", via="lun")
    san.map_lun(vol1, lun(vol1, "lun2"), igroup(world, "paris", "hosts"))
    vol1.write("four", via="lun")
    assert vol1.content()[-2:] == ["one", "four"]


# igroups and maps


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"name": "hosts"}, "5374023"),
        ({"initiators": {"nonsense": ""}}, "5373993"),
        ({"protocol": "fcp", "initiators": {HOST: ""}}, "5374038"),
        ({"protocol": "iscsi", "initiators": {"20:00:00:25:b5:00:00:01": ""}}, "5374039"),
        ({"os_type": "vmware", "initiators": {HOST: ""}}, "5374732"),
    ],
)
def test_igroups_refused(world, fields, code):
    svm = world.clusters["paris"].svms["svm_paris"]
    refused(code, san.create_igroup, svm, **{"name": "more", "os_type": "linux", **fields})
    assert list(svm.igroups) == ["hosts"]


def test_an_igroup_that_is_mapped_goes_only_when_told(world):
    hosts = igroup(world, "paris", "hosts")
    refused("1254213", san.delete_igroup, hosts)
    san.delete_igroup(hosts, allow_mapped=True)
    assert world.clusters["paris"].svms["svm_paris"].lun_maps == []


def test_a_lun_is_mapped_once_to_a_group_under_a_number_of_its_own(world):
    vol1, hosts = volume(world, "paris"), igroup(world, "paris", "hosts")
    refused("1254207", san.map_lun, vol1, lun(vol1), hosts)
    refused("1", san.map_lun, vol1, lun(vol1, "lun2"), hosts, 0)
    assert san.map_lun(vol1, lun(vol1, "lun2"), hosts).number == 1
    refused("5374878", san.map_lun, vol1, lun(vol1), igroup(world, "lyon", "dr"))
    uuid = known_as(vol1, "lun2").uuid
    san.unmap_lun(vol1.cluster, uuid, hosts.uuid)
    refused("5374922", san.unmap_lun, vol1.cluster, uuid, hosts.uuid)


# mirrors, clones, restores


def test_a_mirror_carries_luns_but_no_maps_and_they_are_others_there(world):
    mirrored(world)
    here, there = volume(world, "paris"), volume(world, "lyon")
    assert (lun(there).size_bytes, lun(there).comment) == (GB, "data")
    assert known_as(there).uuid != known_as(here).uuid
    assert known_as(there).serial_number != known_as(here).serial_number
    assert san.maps_of(there, lun(there)) == []


def test_luns_of_a_mirror_are_read_only_until_the_break(world):
    relationship = mirrored(world)
    there, dr = volume(world, "lyon"), igroup(world, "lyon", "dr")
    for refusal in (
        lambda: luns.modify(there, lun(there), {"enabled": False}),
        lambda: luns.delete(there, lun(there)),
        lambda: make(world, "lyon"),
    ):
        refused("131102", refusal)
    set_state(relationship, "broken_off")
    before = known_as(there).serial_number
    refused("2", there.write, "x", via="lun")
    san.map_lun(there, lun(there), dr)
    there.write("x", via="lun")
    assert (there.content()[-1], known_as(there).serial_number) == ("x", before)


def test_what_was_offline_in_the_exported_snapshot_is_offline_after_the_break(world):
    relationship = mirrored(world)
    here, there = volume(world, "paris"), volume(world, "lyon")
    luns.modify(here, lun(here), {"enabled": False})
    mirror_change.start_transfer(relationship)
    later(world, 60)
    set_state(relationship, "broken_off")
    assert (lun(there).enabled, lun(there, "lun2").enabled) == (False, True)
    luns.modify(there, lun(there), {"enabled": True})
    assert (lun(there).enabled, lun(here).enabled) == (True, False)


def test_a_resync_brings_back_the_luns_of_the_other_side_and_ends_the_maps_of_those_that_vanish(world):
    relationship = mirrored(world)
    here, there, dr = volume(world, "paris"), volume(world, "lyon"), igroup(world, "lyon", "dr")
    set_state(relationship, "broken_off")
    make(world, "lyon")
    for name in ("lun1", "new"):
        san.map_lun(there, lun(there, name), dr)
    before = known_as(there).uuid
    set_state(relationship, "snapmirrored")
    later(world, 60)
    assert [each.name for each in there.devices] == [each.name for each in here.devices]
    assert [each.lun_uuid for each in dr.maps] == [before]
    refused("30", there.write, "x", via="lun")


def test_a_synchronous_mirror_follows_changes_of_luns(world):
    relationship = mirrored(world, policy="Sync")
    here = volume(world, "paris")
    luns.modify(here, lun(here), {"enabled": False})
    assert (relationship.state, lun(volume(world, "lyon")).enabled) == ("in_sync", False)


def test_a_clone_has_luns_of_its_own(world):
    mirrored(world)
    there = volume(world, "lyon")
    make_volume(world, "lyon", "rehearsal", clone_parent=("vol1", None))
    clone = volume(world, "lyon", "rehearsal")
    assert known_as(clone).uuid not in (known_as(there).uuid, known_as(volume(world, "paris")).uuid)
    assert san.maps_of(clone, lun(clone)) == []
    san.map_lun(clone, lun(clone), igroup(world, "lyon", "dr"))
    clone.write("canary", via="lun")
    assert "canary" not in there.content()
    volume_change.delete(clone, force=True)
    assert igroup(world, "lyon", "dr").maps == []


@pytest.mark.parametrize("preserve", [True, False])
def test_a_restore_keeps_the_ids_of_luns_only_when_asked(world, preserve):
    vol1 = volume(world, "paris")
    snapshots.create(vol1, "before")
    luns.modify(vol1, lun(vol1), {"comment": "after"})
    make(world)
    was = known_as(vol1).serial_number
    volume_change.modify(vol1, {}, "before", preserve)
    assert [each.name for each in vol1.devices] == ["lun1", "lun2", "ns1"]
    assert lun(vol1).comment == "data"
    assert (known_as(vol1).serial_number == was) is preserve
    assert bool(san.maps_of(vol1, lun(vol1))) is preserve
