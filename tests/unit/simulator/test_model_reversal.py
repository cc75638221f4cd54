# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fan-out, cascades, and the way there and back again: reversed relationships, over and over."""

from __future__ import annotations

import pytest

from tests.simulator import scenario
from tests.simulator.model import mirror_change, snapshots
from tests.unit.simulator.model_helpers import (
    change,
    later,
    make_mirror,
    mirrored,
    refused,
    set_state,
    small_world,
    volume,
)

THREE = {
    "clusters": {
        "paris": {"svms": {"svm_paris": {"volumes": {"vol1": {"size": "1GB", "markers": ["a"], "junction": "/vol1"}}}}},
        "lyon": {"svms": {"svm_lyon": {"volumes": {"vol1": {"size": "1GB", "type": "dp"}}}}},
        "nice": {"svms": {"svm_nice": {"volumes": {"vol1": {"size": "1GB", "type": "dp"}}}}},
    }
}


def updated(relationship):
    mirror_change.start_transfer(relationship)
    later(relationship.world, 3600)
    assert (relationship.state, relationship.healthy) == ("snapmirrored", True)


def fan_out(policy="MirrorAllSnapshots"):
    world = scenario.from_dict(THREE)
    both = [make_mirror(world, onto=name, destination=f"svm_{name}:vol1", policy=policy) for name in ("lyon", "nice")]
    for each in both:
        updated(each)
    return world, both


@pytest.mark.parametrize("policy", ["MirrorAllSnapshots", "MirrorLatest"])
def test_two_targets_of_one_source_both_follow_it(policy):
    world, both = fan_out(policy)
    for round_ in range(5):
        volume(world, "paris").write(f"w{round_}")
        for each in both:
            updated(each)
    for each in both:
        assert each.destination.content() == ["a", "w0", "w1", "w2", "w3", "w4"]
        assert len(each.destination.snapshots) <= 3
    assert len(volume(world, "paris").snapshots) == 2


def test_breaking_one_target_leaves_the_other_in_its_duty():
    world, (lyon, nice) = fan_out()
    set_state(lyon, "broken_off")
    volume(world, "paris").write("b")
    updated(nice)
    assert (volume(world, "lyon").content(), volume(world, "nice").content()) == (["a"], ["a", "b"])


def test_a_cascade_passes_on_what_it_got():
    world = scenario.from_dict(THREE)
    first = mirrored(world)
    second = make_mirror(world, onto="nice", source="svm_lyon:vol1", destination="svm_nice:vol1")
    updated(second)
    volume(world, "paris").write("b")
    updated(first)
    assert volume(world, "nice").content() == ["a"]
    updated(second)
    assert volume(world, "nice").content() == ["a", "b"]
    for marker in "cd":
        volume(world, "paris").write(marker)
        updated(first)
    updated(second)
    assert volume(world, "nice").content() == ["a", "b", "c", "d"]
    assert len(volume(world, "lyon").snapshots) <= 2


# there and back


def reversed_(forward):
    """The relationship in the other direction, as ONTAP's procedure makes it; its source is the broken destination."""
    old, new = forward.source, forward.destination
    if forward.state != "broken_off":
        set_state(forward, "broken_off")
    assert mirror_change.delete(forward, destination_only=True).error is None
    entry = old.cluster.source_entries[forward.uuid]
    assert mirror_change.release(old.cluster, entry, info_only=True).error is None
    backward = make_mirror(old.world, onto=old.cluster.name, source=new.path, destination=old.path)
    assert (backward.state, old.type) == ("broken_off", "rw")
    set_state(backward, "snapmirrored")
    later(old.world, 3600)
    assert (backward.state, old.type, new.type) == ("snapmirrored", "dp", "rw")
    return backward


def without_stale(volume_, living):
    """Remove at the writable side the snapshots of relationships that are gone, and carry that over."""
    for snapshot in list(volume_.snapshots):
        if snapshot.name.startswith("snapmirror.") and snapshot.created_by != living.uuid:
            assert snapshots.delete(volume_, snapshot).error is None
    updated(living)


def test_a_reversal_throws_away_what_only_the_old_source_has():
    world = small_world()
    forward = mirrored(world)
    volume(world, "paris").write("lost")
    set_state(forward, "broken_off")
    volume(world, "lyon").write("kept")
    reversed_(forward)
    assert volume(world, "paris").content() == volume(world, "lyon").content() == ["vol1/initial", "a", "kept"]


def test_a_base_snapshot_that_is_released_with_its_data_leaves_nothing_in_common():
    world = small_world()
    forward = mirrored(world)
    set_state(forward, "broken_off")
    mirror_change.delete(forward, destination_only=True)
    paris = world.clusters["paris"]
    mirror_change.release(paris, paris.source_entries[forward.uuid], info_only=False)
    backward = mirror_change.NewMirror("svm_lyon:vol1", "svm_paris:vol1")
    refused("6619546", mirror_change.create, paris, backward)


def test_the_old_source_stays_mounted_as_what_it_was_and_is_read_only():
    """The facts name no refusal, so whoever does not want hosts to read old data there unmounts it before."""
    world = small_world()
    change(volume(world, "paris", "vol2"), junction="")
    reversed_(mirrored(world))
    assert volume(world, "paris").junction == "/vol1"
    refused("30", volume(world, "paris").write, "x", via="nfs")


@pytest.mark.parametrize("policy", ["MirrorAllSnapshots", "MirrorLatest"])
def test_ten_failovers_and_failbacks_leave_as_much_behind_as_one(policy):
    world = small_world()
    relationship = mirrored(world, policy=policy)
    counts = []
    for cycle in range(10):
        for side, name in (("paris", "there"), ("lyon", "back")):
            volume(world, side).write(f"{name}{cycle}")
            updated(relationship)
            relationship = reversed_(relationship)
            without_stale(relationship.source, relationship)
        counts.append([len(volume(world, each).snapshots) for each in ("paris", "lyon")])
    written = [f"{name}{cycle}" for cycle in range(10) for name in ("there", "back")]
    assert volume(world, "paris").content() == volume(world, "lyon").content() == ["vol1/initial", "a", *written]
    assert counts[1:] == [counts[0]] * 9
    paris, lyon = world.clusters["paris"], world.clusters["lyon"]
    assert [len(each.relationships) for each in (paris, lyon)] == [0, 1]
    assert [len(each.source_entries) for each in (paris, lyon)] == [1, 0]


def test_snapshots_of_relationships_that_are_gone_stay_until_someone_deletes_them():
    world = small_world()
    relationship = mirrored(world)
    for _turn in range(4):
        relationship = reversed_(relationship)
    stale = [each for each in relationship.source.snapshots if each.created_by != relationship.uuid]
    assert len(stale) == 4
    assert all(
        each.version_uuid in {other.version_uuid for other in relationship.destination.snapshots} for each in stale
    )
