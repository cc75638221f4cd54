# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FlexClones: of what, sharing what, holding what, and how they end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulator.model import clones, mirror_change, snapshots, volume_change, volume_create
from tests.simulator.model.volume_create import NewVolume
from tests.simulator.rest.resources.volume_documents import document
from tests.unit.simulator.model_helpers import (
    GB,
    MB,
    change,
    later,
    make_volume,
    mirrored,
    refused,
    set_state,
    small_world,
    volume,
)


@pytest.fixture
def world():
    return small_world()


def clone_of(world, cluster, parent="vol1", snapshot=None, name="clone", **fields):
    job = make_volume(world, cluster, name, clone_parent=(parent, snapshot), **fields)
    assert job.error is None, job.error
    return volume(world, cluster, name)


def snapshot_named(world, cluster, name):
    return volume(world, cluster).snapshot_named(name)


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"size_bytes": GB}, "918247"),
        ({"aggregates": ["aggr1_paris"]}, "918247"),
        ({"type": "dp"}, "918244"),
        ({"junction": "/vol1"}, "917536"),
        ({"junction": "clone"}, "918252"),
        ({"export_policy": "gone"}, "918271"),
    ],
)
def test_creation_refused(world, fields, code):
    refused(code, make_volume, world, "paris", "clone", clone_parent=("vol1", None), **fields)
    assert not any(each.owners for each in volume(world, "paris").snapshots)


def test_a_clone_of_a_mirror_shows_what_the_mirror_exports_and_writes_stay_in_it(world):
    relationship = mirrored(world)
    clone = clone_of(world, "lyon", junction="/rehearsal")
    assert (clone.type, clone.content(), clone.junction) == ("rw", ["vol1/initial", "a"], "/rehearsal")
    assert clone.clone_of[1] is relationship.exported
    clone.write("canary", via="nfs")
    assert "canary" not in volume(world, "lyon").content()
    assert (relationship.state, volume(world, "lyon").type) == ("snapmirrored", "dp")


def test_a_clone_of_an_older_snapshot_of_a_mirror(world):
    snapshots.create(volume(world, "paris"), "older")
    volume(world, "paris").write("b")
    mirrored(world)
    assert clone_of(world, "lyon", snapshot="older").content() == ["vol1/initial", "a"]


def test_the_mirror_goes_on_and_keeps_what_a_clone_holds_until_it_lets_go(world):
    relationship = mirrored(world)
    clone = clone_of(world, "lyon")
    held = relationship.exported.name
    for marker in "bcd":
        volume(world, "paris").write(marker)
        mirror_change.start_transfer(relationship)
        later(world, 60)
        assert (relationship.transfer.state, relationship.healthy) == ("success", True)
    assert volume(world, "lyon").content()[-1] == "d"
    assert snapshot_named(world, "lyon", held).owners == ["volume clone"]
    assert clone.content() == ["vol1/initial", "a"]
    volume_change.delete(clone, force=True)
    mirror_change.start_transfer(relationship)
    later(world, 60)
    assert snapshot_named(world, "lyon", held) is None
    assert len(volume(world, "lyon").snapshots) == 1


def test_a_failover_is_not_hindered_by_a_clone_but_a_way_back_behind_it_is(world):
    relationship = mirrored(world)
    set_state(relationship, "broken_off")
    volume(world, "lyon").write("newer")
    clone = clone_of(world, "lyon")
    refused("13303810", set_state, relationship, "snapmirrored")
    volume_change.delete(clone, force=True)
    set_state(relationship, "snapmirrored")
    later(world, 60)
    assert (relationship.state, volume(world, "lyon").content()) == ("snapmirrored", ["vol1/initial", "a"])


def test_what_a_clone_needs_cannot_be_deleted(world):
    vol2 = volume(world, "paris", "vol2")
    change(vol2, junction="")
    clone = clone_of(world, "paris", "vol2")
    refused("1638543", snapshots.delete, vol2, vol2.snapshots[0])
    refused("524615", volume_change.delete, vol2)
    volume_change.delete(clone, force=True)
    assert snapshots.delete(vol2, vol2.snapshots[0]).state == "success"
    assert volume_change.delete(vol2).state == "success"


def test_a_deleted_clone_holds_its_snapshot_until_it_leaves_the_recovery_queue(world):
    vol2 = volume(world, "paris", "vol2")
    volume_change.delete(clone_of(world, "paris", "vol2"))
    refused("1638543", snapshots.delete, vol2, vol2.snapshots[0])
    later(world, 12 * 3600)
    assert snapshots.delete(vol2, vol2.snapshots[0]).state == "success"


def test_a_split_takes_time_and_space_and_frees_the_parent(world):
    world.job_seconds_by_verb["volume.split"] = 100
    clone = clone_of(world, "paris")
    held = clone.clone_of[1]
    job = change(clone, split_clone=True)
    later(world, 25)
    told = document(clone, False)["clone"]
    assert (told["is_flexclone"], told["split_initiated"], told["split_complete_percent"]) == (True, True, 25)
    refused("1638543", snapshots.delete, volume(world, "paris"), held)
    later(world, 75)
    assert (job.state, clone.clone_of, held.owners, clone.used_bytes > 10 * MB) == ("success", None, [], True)
    assert document(clone, False)["clone"]["is_flexclone"] is False


def test_splits_refused(world):
    clone = clone_of(world, "paris")
    refused("918248", change, clone, split_clone=True, comment="x")
    refused("2", change, volume(world, "paris"), split_clone=True)
    make_volume(world, "paris", "big", size_bytes=world.clusters["paris"].aggregates["aggr1_paris"].available_bytes)
    refused("917536", change, clone, split_clone=True)
    assert clones.of(volume(world, "paris")) == [clone]


def test_a_fault_stops_a_split_but_not_other_changes(world):
    world.faults.add(action="fail_job", verb="volume.split", code="917536", message="no")
    clone = clone_of(world, "paris")
    refused("917536", change, clone, split_clone=True)
    assert change(clone, comment="x").state == "success"
    assert clone.clone_of is not None


def test_a_clone_in_another_svm_has_that_ones_export_policy_and_holds_its_parent(world):
    mirrored(world)
    cluster = world.clusters["lyon"]
    cluster.add_svm("svm_try", None)
    wanted = NewVolume("clone", clone_parent=("vol1", None), clone_parent_svm="svm_lyon", junction="/clone")
    assert volume_create.create(cluster.svms["svm_try"], wanted)[1].error is None
    clone = cluster.svms["svm_try"].volumes["clone"]
    assert clone.content() == ["vol1/initial", "a"]
    assert clone.export_policy is cluster.svms["svm_try"].export_policies["default"]
    assert clones.of(volume(world, "lyon")) == [clone]
    lost = replace(wanted, name="other", clone_parent_svm="svm_none")
    refused("524601", volume_create.create, cluster.svms["svm_try"], lost)
    refused("524601", volume_create.create, cluster.svms["svm_try"], replace(lost, clone_parent_svm=None))
