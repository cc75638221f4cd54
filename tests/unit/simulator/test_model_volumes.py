# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes: what ONTAP refuses, what they take, where they are mounted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.model import snapshots, volume_change
from tests.simulator.model.content import Mark, missing_bytes, union_bytes
from tests.unit.simulator.model_helpers import (
    GB,
    MB,
    change,
    later,
    make_mirror,
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


@pytest.mark.parametrize(
    "fields, code",
    [
        pytest.param({"name": "vol1"}, "917526", id="name taken"),
        pytest.param({"name": "1st"}, "917887", id="begins with a digit"),
        pytest.param({"name": "a-b"}, "917888", id="hyphen"),
        pytest.param({"name": "a" * 204}, "917886", id="name too long"),
        pytest.param({"size_bytes": MB}, "917534", id="too small"),
        pytest.param({"aggregates": ["nowhere"]}, "917508", id="no such aggregate"),
        pytest.param({"aggregates": []}, "787140", id="no aggregate and no style"),
        pytest.param({"aggregates": [], "style": "flexvol"}, "918242", id="flexvol without aggregate"),
        pytest.param({"style": "flexgroup_constituent"}, "918241", id="constituent"),
        pytest.param({"export_policy": "none_such"}, "918271", id="no such export policy"),
        pytest.param({"snapshot_policy": "none_such"}, "917551", id="no such snapshot policy"),
        pytest.param({"junction": "vol9"}, "918252", id="relative path"),
        pytest.param({"junction": "/vol9/"}, "918252", id="path ends with a slash"),
        pytest.param({"junction": "/nowhere/vol9"}, "917536", id="nothing mounted at the parent's path"),
        pytest.param({"junction": "/vol1"}, "917536", id="path in use"),
        pytest.param({"type": "dp", "junction": "/vol9"}, "917536", id="dp with a path"),
        pytest.param({"size_bytes": 200 * GB}, "917536", id="thick and larger than the aggregate"),
        pytest.param({"fields": {"comment": "x" * 1024}}, "2", id="comment too long"),
        pytest.param({"fields": {"snapshot_reserve_percent": 91}}, "917835", id="snapshot reserve"),
        pytest.param({"clone_parent": ("gone", None)}, "524601", id="clone of nothing"),
        pytest.param({"clone_parent": ("vol1", "gone")}, "524819", id="clone of no snapshot"),
    ],
)
def test_creation_refused(world, fields, code):
    before = set(world.clusters["paris"].svms["svm_paris"].volumes)
    refused(code, make_volume, world, "paris", **{"name": "vol9", **fields})
    assert set(world.clusters["paris"].svms["svm_paris"].volumes) == before


def test_a_name_is_taken_while_its_volume_is_being_made():
    world = small_world(job_seconds=5)
    make_volume(world, "lyon", "new")
    refused("13107405", make_volume, world, "lyon", "new")
    later(world, 5)
    refused("917526", make_volume, world, "lyon", "new")


@pytest.mark.parametrize(
    "changes, code",
    [
        pytest.param({"snapshot_policy": "default"}, "917617", id="snapshot policy"),
        pytest.param({"security_style": "ntfs"}, "917628", id="security style"),
        pytest.param({"unix_permissions": 777}, "917628", id="permissions"),
        pytest.param({"junction": "/vol1"}, "917536", id="mount before initialize"),
    ],
)
def test_a_dp_volume_refuses(world, changes, code):
    problem = refused(code, change, volume(world, "lyon"), **changes)
    if "junction" in changes:
        assert "snapmirror initialize" in problem.message


def test_a_dp_volume_takes_size_comment_and_efficiency(world):
    target = volume(world, "lyon")
    change(target, size_bytes=2 * GB, comment="kept", efficiency={"dedupe": "background"})
    assert (target.size_bytes, target.comment, target.has_efficiency) == (2 * GB, "kept", True)


def test_a_dp_volume_takes_no_writes_and_no_snapshots(world):
    refused("30", volume(world, "lyon").write, "x")
    refused("1638461", snapshots.create, volume(world, "lyon"), "mine")


def test_an_initialized_dp_volume_mounts_read_only(world):
    mirrored(world)
    target = volume(world, "lyon")
    change(target, junction="/vol1")
    assert (target.junction, target.content()) == ("/vol1", ["vol1/initial", "a"])
    refused("30", target.write, "x")


@pytest.mark.parametrize(
    "changes, code",
    [
        pytest.param({"size_bytes": 19 * MB}, "917534", id="below the smallest"),
        pytest.param({"size_bytes": 21 * MB}, "917534", id="below what is used"),
        pytest.param({"size_bytes": 200 * GB}, "917536", id="beyond the aggregate"),
        pytest.param({"name": "vol2"}, "917526", id="name taken"),
        pytest.param({"state": "error"}, "918652", id="state error"),
        pytest.param({"export_policy": "none_such"}, "918271", id="export policy"),
        pytest.param({"junction": ""}, "917536", id="unmount below a mounted child"),
        pytest.param({"junction": "/elsewhere"}, "917536", id="move below a mounted child"),
        pytest.param({"state": "offline"}, "918667", id="offline below a mounted child"),
        pytest.param({"efficiency_policy": "none_such"}, "6881661", id="efficiency policy"),
    ],
)
def test_change_refused(world, changes, code):
    source = volume(world, "paris")
    source.write("bulk", 100 * MB)
    refused(code, change, source, **changes)
    assert (source.junction, source.state, source.size_bytes) == ("/vol1", "online", GB)


def test_junctions_go_from_the_deepest_and_come_from_the_shallowest(world):
    parent, child = volume(world, "paris", "vol1"), volume(world, "paris", "vol2")
    change(child, junction="")
    change(parent, junction="")
    assert (parent.junction, child.junction) == (None, None)
    refused("917536", change, child, junction="/vol1/vol2")
    change(parent, junction="/vol1")
    change(child, junction="/vol1/vol2")
    assert child.junction == "/vol1/vol2"
    refused("917536", change, volume(world, "paris", "svm_paris_root"), junction="")


def test_nothing_mounts_below_a_read_only_volume(world):
    mirrored(world)
    change(volume(world, "lyon"), junction="/vol1")
    make_volume(world, "lyon", "child")
    refused("917536", change, volume(world, "lyon", "child"), junction="/vol1/child")


def test_offline_drops_the_junction_and_what_was_written_is_kept(world):
    one = volume(world, "paris", "vol2")
    one.write("x")
    change(one, state="offline")
    assert one.junction is None
    refused("917775", one.content)
    refused("917775", one.write, "y")
    change(one, state="online")
    assert one.content() == ["x"]


def test_a_write_over_nfs_needs_the_volume_mounted(world):
    one = volume(world, "paris", "vol2")
    one.write("mounted", via="nfs")
    change(one, junction="")
    refused("2", one.write, "fenced", via="nfs")
    assert one.content() == ["mounted"]


def test_thick_volumes_take_their_size_and_thin_ones_what_they_hold(world):
    aggregate = world.clusters["paris"].aggregates["aggr1_paris"]
    before = aggregate.used_bytes
    make_volume(world, "paris", "thick", size_bytes=10 * GB)
    assert aggregate.used_bytes == before + 10 * GB
    make_volume(world, "paris", "thin", size_bytes=500 * GB, fields={"guarantee": "none"})
    assert aggregate.used_bytes == before + 10 * GB
    volume(world, "paris", "thin").write("x", 5 * GB)
    assert aggregate.used_bytes == before + 15 * GB
    refused("28", volume(world, "paris", "thin").write, "too much", 200 * GB)


def test_a_deleted_volume_takes_space_until_it_leaves_the_recovery_queue(world):
    aggregate = world.clusters["paris"].aggregates["aggr1_paris"]
    before = aggregate.used_bytes
    for name, force in (("queued", False), ("forced", True)):
        make_volume(world, "paris", name, junction=f"/{name}")
        one = volume(world, "paris", name)
        one.write("x", 100 * MB)
        assert volume_change.delete(one, force).state == "success"
    assert aggregate.used_bytes == before + 100 * MB
    make_volume(world, "paris", "queued", fields={"guarantee": "none"})
    later(world, 12 * 3600)
    assert aggregate.used_bytes == before


def test_deletion_refused(world):
    refused("918667", volume_change.delete, volume(world, "paris"))
    refused("917531", volume_change.delete, volume(world, "paris", "svm_paris_root"))
    make_volume(world, "paris", "clone", clone_parent=("vol2", None))
    refused("524615", volume_change.delete, volume(world, "paris", "vol2"))


def test_ends_of_a_mirror_are_not_deleted(world):
    make_mirror(world)
    refused("918667", volume_change.delete, volume(world, "lyon"))
    mirrored(world, source="svm_paris:vol2", destination=_target(world, "vol2"))
    refused("918667", volume_change.delete, volume(world, "paris", "vol2"))


def _target(world, name):
    make_volume(world, "lyon", name, type="dp", size_bytes=4 * GB)
    return f"svm_lyon:{name}"


def test_a_clone_shares_its_parents_data_until_it_is_split(world):
    parent = volume(world, "paris")
    snapshots.create(parent, "base")
    parent.write("later")
    make_volume(world, "paris", "clone", clone_parent=("vol1", "base"))
    clone = volume(world, "paris", "clone")
    assert (clone.content(), clone.used_bytes, clone.guarantee) == (["vol1/initial", "a"], 0, "none")
    refused("1638543", snapshots.delete, parent, parent.snapshot_named("base"))
    change(clone, split_clone=True)
    assert (clone.clone_of, clone.used_bytes > 10 * MB) == (None, True)
    assert snapshots.delete(parent, parent.snapshot_named("base")).state == "success"


def test_a_restore_brings_back_a_snapshot_and_loses_what_is_newer(world):
    one = volume(world, "paris")
    snapshots.create(one, "old")
    one.write("b")
    snapshots.create(one, "young")
    assert volume_change.modify(one, {}, restore_to="old").state == "success"
    assert (one.content()[-1], [each.name for each in one.snapshots]) == ("a", ["old"])
    refused("1638600", volume_change.modify, one, {}, restore_to="young")


@pytest.mark.parametrize(
    "name, code",
    [
        ("snapmirror.mine", "1638477"),
        ("a/b", "1638518"),
        ("", "1638518"),
        ("taken", "525059"),
    ],
)
def test_snapshot_creation_refused(world, name, code):
    one = volume(world, "paris")
    snapshots.create(one, "taken")
    refused(code, snapshots.create, one, name)
    assert len(one.snapshots) == 1


def test_a_broken_off_destination_is_writable_and_takes_snapshots(world):
    set_state(mirrored(world), "broken_off")
    target = volume(world, "lyon")
    target.write("at dr")
    assert snapshots.create(target, "mine")[1].state == "success"


logs = st.lists(st.builds(Mark, st.text(max_size=2), st.integers(0, 9), st.just(0.0)), max_size=6).map(tuple)


@given(logs, logs)
def test_what_is_missing_and_what_is_there_make_up_the_union(one, other):
    assert union_bytes([one, other]) == union_bytes([other]) + missing_bytes([one], [other])


def test_what_a_dp_volume_refuses_is_settable_after_the_break(world):
    relationship = mirrored(world)
    target = volume(world, "lyon")
    refused("917617", change, target, snapshot_policy="default")
    set_state(relationship, "broken_off")
    job = change(target, snapshot_policy="default", efficiency={"compression": "inline"}, unix_permissions=700)
    assert (job.state, target.snapshot_policy, target.efficiency["compression"]) == ("success", "default", "inline")
    _uuid, job = snapshots.create(target, "mine", comment="ours", label="daily")
    assert (job.state, target.snapshots[-1].comment, target.snapshots[-1].snapmirror_label) == (
        "success",
        "ours",
        "daily",
    )
