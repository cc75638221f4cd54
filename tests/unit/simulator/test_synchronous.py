# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synchronous mirrors: what they hold, when they lose sync, how they come back, and what they cannot have."""

from __future__ import annotations

import pytest

from tests.simulator.model import mirror_change
from tests.simulator.model.errors import Refused
from tests.unit.simulator.model_helpers import (
    later,
    make_mirror,
    make_volume,
    refused,
    set_state,
    small_world,
    volume,
)


def in_sync(policy="Sync"):
    world = small_world()
    relationship = make_mirror(world, policy=policy)
    assert set_state(relationship, "in_sync").error is None
    later(world, 3600)
    assert (relationship.state, relationship.healthy, relationship.lag_s()) == ("in_sync", True, None)
    return world, relationship


def written(world):
    """What was written to lyon's volume, beside what it began with."""
    return [one for one in volume(world, "lyon").content() if one != "vol1/initial"]


def test_a_baseline_is_followed_by_a_while_of_synchronizing():
    world = small_world()
    relationship = make_mirror(world, policy="Sync")
    set_state(relationship, "in_sync")
    while relationship.transferring:
        later(world, 0.5)
    assert relationship.state == "synchronizing"
    for wanted in ("paused", "broken_off", "in_sync"):
        refused("13303830", set_state, relationship, wanted)
    later(world, 2)
    assert relationship.state == "in_sync"


def test_a_write_is_on_both_sides_at_once_while_in_sync():
    world = in_sync()[0]
    volume(world, "paris").write("b")
    assert written(world) == ["a", "b"]


@pytest.mark.parametrize("lost", ["paris", "lyon"])
def test_what_is_written_while_the_way_is_cut_comes_over_when_it_heals(lost):
    world, relationship = in_sync()
    world.clusters[lost].up = False
    later(world)
    assert (relationship.state, relationship.healthy) == ("out_of_sync", False)
    volume(world, "paris").write("b")
    assert written(world) == ["a"]
    world.clusters[lost].up = True
    later(world)
    assert (relationship.state, relationship.healthy) == ("synchronizing", False)
    later(world, 2)
    assert (relationship.state, relationship.healthy) == ("in_sync", True)
    assert written(world) == ["a", "b"]


def test_a_way_that_is_cut_again_on_the_way_back_stays_out_of_sync():
    world, relationship = in_sync()
    for up in (False, True, False):
        world.clusters["lyon"].up = up
        later(world)
    later(world, 60)
    assert relationship.state == "out_of_sync"


def test_a_strict_policy_lets_clients_write_only_what_is_mirrored():
    world, relationship = in_sync("StrictSync")
    paris = volume(world, "paris")
    paris.write("b")
    world.clusters["lyon"].up = False
    refused("5", paris.write, "c")
    world.clusters["lyon"].up = True
    later(world)
    refused("5", paris.write, "c")
    later(world, 2)
    paris.write("c")
    assert written(world) == ["a", "b", "c"]
    set_state(relationship, "paused")
    paris.write("d")
    assert written(world) == ["a", "b", "c"]


def test_a_resumed_mirror_brings_over_what_was_written_meanwhile():
    world, relationship = in_sync()
    set_state(relationship, "paused")
    volume(world, "paris").write("b")
    later(world, 60)
    assert (relationship.state, written(world)) == ("paused", ["a"])
    set_state(relationship, "in_sync")
    later(world, 2)
    assert (relationship.state, written(world)) == ("in_sync", ["a", "b"])


def test_what_is_out_of_sync_can_be_paused_and_broken_without_its_source():
    world, relationship = in_sync()
    world.clusters["paris"].up = False
    later(world)
    assert set_state(relationship, "paused").error is None
    later(world, 60)
    assert relationship.state == "paused"
    assert set_state(relationship, "broken_off").error is None
    volume(world, "lyon").write("b")
    assert written(world) == ["a", "b"]


def test_a_resync_throws_away_what_is_newer_and_ends_in_sync():
    world, relationship = in_sync()
    set_state(relationship, "broken_off")
    volume(world, "lyon").write("lyon")
    volume(world, "paris").write("paris")
    set_state(relationship, "in_sync")
    later(world, 3600)
    assert (relationship.state, written(world)) == ("in_sync", ["a", "paris"])


def test_it_takes_no_update_and_its_transfers_are_not_aborted():
    world, relationship = in_sync()
    refused("13303844", mirror_change.start_transfer, relationship)
    set_state(relationship, "broken_off")
    volume(world, "paris").write("big", 20 * 1024**2)
    set_state(relationship, "in_sync")
    with pytest.raises(Refused) as caught:
        mirror_change.abort(relationship.transfer, "aborted")
    assert caught.value.code == "13303848"


@pytest.mark.parametrize("settings", [{"schedule": "hourly"}, {"throttle": 100}])
def test_it_has_neither_schedule_nor_throttle(settings):
    world = small_world()
    refused("13303843", make_mirror, world, policy="Sync", **settings)
    relationship = make_mirror(world, policy="Sync")
    refused("13303843", mirror_change.modify, relationship, **settings)


def test_flexgroups_have_no_synchronous_mirrors():
    world = small_world()
    for cluster, kind in (("paris", "rw"), ("lyon", "dp")):
        make_volume(world, cluster, "fg", style="flexgroup", type=kind, size_bytes=8 * 1024**3)
    refused("13303842", make_mirror, world, policy="Sync", source="svm_paris:fg", destination="svm_lyon:fg")
    assert make_mirror(world, source="svm_paris:fg", destination="svm_lyon:fg").state == "uninitialized"
