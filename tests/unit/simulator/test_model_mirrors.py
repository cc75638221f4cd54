# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Relationships: creation, every transition, transfers, removal."""

from __future__ import annotations

import pytest

from tests.simulator.model import mirror_change, peers, snapshots
from tests.simulator.model.mirror_change import Flags
from tests.simulator.rest.resources.mirrors import Transfers
from tests.unit.simulator.model_helpers import (
    GB,
    MB,
    RATE,
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


# creation


def test_a_new_mirror_is_uninitialized_and_the_source_knows_nothing_of_it(world):
    relationship = make_mirror(world, policy=None)
    assert (relationship.state, relationship.healthy, relationship.policy.name) == (
        "uninitialized",
        True,
        "Asynchronous",
    )
    assert (relationship.lag_s(), relationship.exported, relationship.transfer) == (None, None, None)
    assert not world.clusters["paris"].source_entries


@pytest.mark.parametrize(
    "fields, code",
    [
        pytest.param({"destination": "svm_lyon:gone"}, "6619546", id="destination missing"),
        pytest.param({"destination": "svm_lyon:plain"}, "6619546", id="destination rw, nothing in common"),
        pytest.param({"destination": "svm_gone:vol1"}, "2621462", id="destination svm missing"),
        pytest.param({"destination": "svm_lyon"}, "13303852", id="no colon"),
        pytest.param({"destination": "svm_lyon:"}, "13303841", id="svm-dr"),
        pytest.param({"source": "svm_paris:gone"}, "13303925", id="source missing"),
        pytest.param({"source": "svm_gone:vol1"}, "6620384", id="source svm not peered"),
        pytest.param({"source": "svm_lyon:vol1"}, "6619441", id="onto itself"),
        pytest.param({"source": "svm_lyon:group", "destination": "svm_lyon:vol1"}, "13303841", id="styles differ"),
        pytest.param({"policy": "none_such"}, "13303821", id="policy missing"),
        pytest.param({"schedule": "none_such"}, "6619699", id="schedule missing"),
    ],
)
def test_creation_refused(world, fields, code):
    make_volume(world, "lyon", "plain")
    make_volume(world, "lyon", "group", style="flexgroup")
    wanted = {"source": "svm_paris:vol1", "destination": "svm_lyon:vol1", **fields}
    mirror = mirror_change.NewMirror(wanted.pop("source"), wanted.pop("destination"), **wanted)
    refused(code, mirror_change.create, world.clusters["lyon"], mirror)
    assert not world.clusters["lyon"].relationships


def test_one_destination_has_one_relationship(world):
    make_mirror(world)
    again = mirror_change.NewMirror("svm_paris:vol2", "svm_lyon:vol1")
    refused("6619637", mirror_change.create, world.clusters["lyon"], again)


def test_creation_needs_the_source_cluster(world):
    world.clusters["paris"].up = False
    refused(
        "6620478",
        mirror_change.create,
        world.clusters["lyon"],
        mirror_change.NewMirror("svm_paris:vol1", "svm_lyon:vol1"),
    )


def test_onto_an_rw_volume_with_a_common_snapshot_it_begins_broken_off(world):
    forward = mirrored(world)
    set_state(forward, "broken_off")
    mirror_change.delete(forward, destination_only=True)
    backward = make_mirror(world, onto="paris", source="svm_lyon:vol1", destination="svm_paris:vol1")
    assert backward.state == "broken_off"
    assert volume(world, "paris").type == "rw"


# transitions

SET = ("snapmirrored", "paused", "broken_off", "in_sync", "uninitialized")
ALLOWED = {
    ("uninitialized", "snapmirrored"): "snapmirrored",
    ("snapmirrored", "paused"): "paused",
    ("snapmirrored", "broken_off"): "broken_off",
    ("paused", "snapmirrored"): "snapmirrored",
    ("paused", "broken_off"): "broken_off",
    ("broken_off", "snapmirrored"): "snapmirrored",
}
REFUSED = {
    ("uninitialized", "paused"): "13303818",
    ("uninitialized", "broken_off"): "13303818",
    ("snapmirrored", "snapmirrored"): "13303832",
    ("paused", "paused"): "13303818",
    ("broken_off", "paused"): "13303818",
    ("broken_off", "broken_off"): "13303818",
}


def brought_to(world, state):
    if state == "uninitialized":
        return make_mirror(world)
    relationship = mirrored(world)
    if state != "snapmirrored":
        set_state(relationship, state)
    return relationship


@pytest.mark.parametrize("now", ["uninitialized", "snapmirrored", "paused", "broken_off"])
@pytest.mark.parametrize("wanted", SET)
def test_every_transition_is_done_or_refused_as_documented(world, now, wanted):
    relationship = brought_to(world, now)
    code = {"in_sync": "13303831", "uninitialized": "13303829"}.get(wanted) or REFUSED.get((now, wanted))
    if code:
        refused(code, set_state, relationship, wanted)
        assert relationship.state == now
    else:
        set_state(relationship, wanted)
        later(world, 3600)
        assert relationship.state == ALLOWED[now, wanted]
    assert (volume(world, "lyon").type == "rw") == (relationship.state == "broken_off")


@pytest.mark.parametrize("wanted, code", [("snapmirrored", "13303830"), ("broken_off", "13303818")])
def test_while_it_initializes(world, wanted, code):
    relationship = make_mirror(world)
    mirror_change.start_transfer(relationship)
    refused(code, set_state, relationship, wanted)
    refused("13303812", mirror_change.start_transfer, relationship)


def test_while_it_updates(world):
    relationship = mirrored(world)
    volume(world, "paris").write("b", 10 * MB)
    mirror_change.start_transfer(relationship)
    refused("13303808", set_state, relationship, "broken_off")
    refused("13303832", set_state, relationship, "snapmirrored")
    refused("13303844", mirror_change.start_transfer, relationship)
    refused("6619715", mirror_change.delete, relationship)


@pytest.mark.parametrize(
    "state, flags, code",
    [
        (None, Flags(restore_to_snapshot="x"), "13303837"),
        ("paused", Flags(restore_to_snapshot="x"), "13303835"),
        ("paused", Flags(force=True), "13303835"),
        ("broken_off", Flags(quick_resync=True), "13303836"),
        ("broken_off", Flags(recover_after_break=True), "13303834"),
        ("broken_off", Flags(restore_to_snapshot="gone"), "13303808"),
    ],
)
def test_flags_that_do_not_fit(world, state, flags, code):
    relationship = mirrored(world)
    refused(code, mirror_change.modify, relationship, state=state, flags=flags)
    assert relationship.state == "snapmirrored"


@pytest.mark.parametrize(
    "wanted, code",
    [
        ("Sync", "13303866"),
        ("XDPDefault", "13303867"),
        ("MirrorAndVault", "13303867"),
        ("gone", "13303821"),
    ],
)
def test_policies_of_another_kind_do_not_replace_it(world, wanted, code):
    relationship = mirrored(world)
    refused(code, mirror_change.modify, relationship, policy=wanted)
    assert relationship.policy.name == "MirrorAllSnapshots"


def test_properties_change_without_a_state(world):
    relationship = mirrored(world)
    mirror_change.modify(relationship, policy="MirrorLatest", schedule="daily", throttle=10)
    assert (relationship.policy.name, relationship.schedule.name, relationship.throttle) == (
        "MirrorLatest",
        "daily",
        10,
    )
    mirror_change.modify(relationship, schedule=None)
    assert relationship.schedule is None


# quiesce


def test_it_pauses_only_when_the_running_transfer_has_ended(world):
    relationship = mirrored(world)
    volume(world, "paris").write("b", 10 * MB)
    mirror_change.start_transfer(relationship)
    assert set_state(relationship, "paused").state == "success"
    assert (relationship.state, relationship.transferring) == ("snapmirrored", True)
    refused("13303830", set_state, relationship, "paused")
    refused("13303844", mirror_change.start_transfer, relationship)
    later(world, 9)
    assert relationship.state == "snapmirrored"
    later(world, 1)
    assert (relationship.state, relationship.transfer.state) == ("paused", "success")
    assert volume(world, "lyon").content()[-1] == "b"


def test_resume_takes_back_a_quiesce_that_still_waits(world):
    relationship = mirrored(world)
    volume(world, "paris").write("b", 10 * MB)
    mirror_change.start_transfer(relationship)
    set_state(relationship, "paused")
    set_state(relationship, "snapmirrored")
    later(world, 60)
    assert relationship.state == "snapmirrored"


def test_quiesce_then_abort_then_break(world):
    relationship = mirrored(world)
    volume(world, "paris").write("b", 10 * MB)
    transfer = mirror_change.start_transfer(relationship)
    set_state(relationship, "paused")
    mirror_change.abort(transfer, "aborted")
    assert (relationship.state, transfer.state, relationship.healthy) == ("paused", "aborted", False)
    set_state(relationship, "broken_off")
    assert volume(world, "lyon").content() == ["vol1/initial", "a"]
    refused("13303849", mirror_change.abort, transfer, "aborted")


# transfers


def test_a_transfer_takes_bytes_by_rate(world):
    relationship = make_mirror(world)
    transfer = mirror_change.start_transfer(relationship)
    assert (transfer.state, transfer.total_bytes) == ("transferring", 10 * MB + 4096)
    later(world, 5)
    assert (transfer.bytes_transferred, relationship.state) == (5 * RATE, "uninitialized")
    later(world, 6)
    assert (transfer.state, transfer.bytes_transferred) == ("success", 10 * MB + 4096)
    assert relationship.total_bytes == transfer.total_bytes
    assert volume(world, "lyon").content() == ["vol1/initial", "a"]


@pytest.mark.parametrize("throttle, seconds", [(0, 10), (512, 20), (2048, 10)])
def test_a_throttle_in_kilobytes_slows_it(world, throttle, seconds):
    relationship = mirrored(world, throttle=throttle)
    volume(world, "paris").write("b", 10 * MB)
    transfer = mirror_change.start_transfer(relationship)
    later(world, seconds - 1)
    assert transfer.active
    later(world, 1)
    assert transfer.state == "success"


def test_a_throttle_changes_a_running_transfer(world):
    relationship = mirrored(world)
    volume(world, "paris").write("b", 10 * MB)
    transfer = mirror_change.start_transfer(relationship)
    later(world, 5)
    mirror_change.modify(relationship, throttle=512)
    later(world, 5)
    assert (transfer.active, transfer.bytes_transferred) == (True, 7.5 * MB)
    mirror_change.modify(relationship, throttle=0)
    later(world, 3)
    assert transfer.state == "success"


def test_further_transfers_wait_in_the_queue():
    world = small_world()
    world.clusters["lyon"].max_transfers = 1
    make_volume(world, "lyon", "vol2", type="dp", size_bytes=2 * GB)
    first = make_mirror(world)
    second = make_mirror(world, source="svm_paris:vol2", destination="svm_lyon:vol2")
    one, two = mirror_change.start_transfer(first), mirror_change.start_transfer(second)
    assert (one.state, two.state, second.transferring) == ("transferring", "queued", True)
    lyon = Transfers(world.clusters["lyon"])
    scope = {"relationship.uuid": second.uuid}
    assert list(lyon.records(scope, {})) == []
    assert [each["uuid"] for each in lyon.select(scope, {}, {"uuid": frozenset({two.uuid})})] == [two.uuid]
    later(world, 60)
    assert (one.state, two.state) == ("success", "success")
    assert two.ended_at >= one.ended_at
    third, fourth = mirror_change.start_transfer(first), mirror_change.start_transfer(second)
    mirror_change.abort(fourth, "aborted")
    assert (third.state, fourth.state, second.transferring) == ("transferring", "aborted", False)


def test_what_an_aborted_transfer_carried_counts_unless_it_was_hard(world):
    relationship = mirrored(world)
    volume(world, "paris").write("b", 10 * MB)
    for state, kept in (("hard_aborted", 0), ("aborted", 6 * MB)):
        transfer = mirror_change.start_transfer(relationship)
        later(world, 6)
        mirror_change.abort(transfer, state)
        assert (transfer.state, relationship.checkpoint_bytes) == (state, kept)
    again = mirror_change.start_transfer(relationship)
    assert again.bytes_transferred == 6 * MB
    later(world, 4)
    assert (again.state, relationship.healthy, relationship.checkpoint_bytes) == ("success", True, 0)


def test_the_source_keeps_only_the_newest_snapshot_of_a_mirror(world):
    relationship = mirrored(world)
    source, target = volume(world, "paris"), volume(world, "lyon")
    snapshots.create(source, "mine")
    for marker in ("b", "c"):
        source.write(marker)
        mirror_change.start_transfer(relationship)
        later(world, 10)
    for one in (source, target):
        assert [each.name.split(".")[0] for each in one.snapshots] == ["mine", "snapmirror"]
    assert [each.version_uuid for each in source.snapshots] == [each.version_uuid for each in target.snapshots]
    assert not {each.uuid for each in source.snapshots} & {each.uuid for each in target.snapshots}
    assert relationship.exported.name == source.snapshots[-1].name


def test_snapshots_in_use_by_a_transfer_are_busy(world):
    relationship = mirrored(world)
    source = volume(world, "paris")
    source.write("b", 10 * MB)
    mirror_change.start_transfer(relationship)
    for snapshot in source.snapshots:
        refused("1638543", snapshots.delete, source, snapshot)
    later(world, 10)
    assert snapshots.delete(source, source.snapshots[-1]).state == "success"
    source.write("c")
    transfer = mirror_change.start_transfer(relationship)
    assert (transfer.state, transfer.error[1][:18]) == ("failed", "No common snapshot")


@pytest.mark.parametrize(
    "policy, expected",
    [
        ("MirrorAllSnapshots", {"plain", "daily", "snapmirror"}),
        ("MirrorLatest", {"snapmirror"}),
        ("MirrorAndVault", {"daily", "snapmirror"}),
        ("XDPDefault", {"daily"}),
    ],
)
def test_a_policy_chooses_what_is_carried(world, policy, expected):
    source = volume(world, "paris")
    snapshots.create(source, "plain")
    snapshots.create(source, "daily", label="daily")
    mirrored(world, policy=policy)
    assert {each.name.split(".")[0] for each in volume(world, "lyon").snapshots} == expected


def test_a_vault_keeps_as_many_as_its_rule_says(world):
    relationship = mirrored(world, policy="MirrorAndVault")
    source = volume(world, "paris")
    for number in range(9):
        snapshots.create(source, f"daily.{number}", label="daily")
        mirror_change.start_transfer(relationship)
        later(world, 10)
    kept = [each.name for each in volume(world, "lyon").snapshots if each.name.startswith("daily")]
    assert kept == [f"daily.{number}" for number in range(2, 9)]


def test_a_destination_smaller_than_its_source_gets_nothing(world):
    relationship = make_mirror(world)
    change(volume(world, "paris"), size_bytes=2 * GB)
    transfer = mirror_change.start_transfer(relationship)
    assert (transfer.state, relationship.state, relationship.healthy) == ("failed", "uninitialized", False)
    assert not volume(world, "paris").snapshots
    change(volume(world, "lyon"), size_bytes=2 * GB)
    mirror_change.start_transfer(relationship)
    later(world, 20)
    assert (relationship.state, relationship.healthy) == ("snapmirrored", True)


def test_a_thin_destination_needs_room_in_its_aggregate(world):
    make_volume(world, "lyon", "full", size_bytes=90 * GB)
    change(volume(world, "lyon"), guarantee="none")
    make_volume(world, "lyon", "more", size_bytes=world.clusters["lyon"].aggregates["aggr1_lyon"].available_bytes - MB)
    relationship = make_mirror(world)
    transfer = mirror_change.start_transfer(relationship)
    assert (transfer.state, transfer.error[1][:13]) == ("failed", "No space left")


def test_the_loss_of_a_cluster_fails_what_runs_and_what_follows(world):
    relationship = mirrored(world)
    volume(world, "paris").write("b", 10 * MB)
    transfer = mirror_change.start_transfer(relationship)
    later(world, 3)
    world.clusters["paris"].up = False
    assert (transfer.state, transfer.bytes_transferred, relationship.healthy) == ("failed", 3 * MB, False)
    assert relationship.state == "snapmirrored"
    assert mirror_change.start_transfer(relationship).state == "failed"
    set_state(relationship, "paused")
    set_state(relationship, "broken_off")
    assert volume(world, "lyon").content() == ["vol1/initial", "a"]
    refused("13303810", set_state, relationship, "snapmirrored")
    assert volume(world, "lyon").type == "rw"


@pytest.mark.parametrize("action, state", [("fail_transfer", "failed"), ("hang_transfer", "transferring")])
def test_a_fault_fails_or_hangs_a_transfer(world, action, state):
    relationship = mirrored(world)
    args = {"code": "13303844", "message": "made up"} if action == "fail_transfer" else {}
    world.faults.add(action=action, verb="snapmirror.update", target="svm_lyon:vol1", times=1, args=args)
    volume(world, "paris").write("b", 10 * MB)
    transfer = mirror_change.start_transfer(relationship)
    later(world, 86400)
    assert (transfer.state, transfer.bytes_transferred) == (state, 5 * MB)
    if transfer.active:
        mirror_change.abort(transfer, "aborted")
    else:
        assert relationship.unhealthy == [("13303844", "made up")]
    mirror_change.start_transfer(relationship)
    later(world, 60)
    assert (relationship.transfer.state, relationship.healthy) == ("success", True)


@pytest.mark.parametrize(
    "verb, work",
    [
        ("snapmirror.update", mirror_change.start_transfer),
        ("snapmirror.quiesce", lambda each: set_state(each, "paused")),
        ("snapmirror.break", lambda each: set_state(each, "broken_off")),
        ("snapmirror.delete", mirror_change.delete),
        ("snapmirror.modify", lambda each: mirror_change.modify(each, throttle=1)),
    ],
)
def test_a_fault_refuses_a_verb(world, verb, work):
    relationship = mirrored(world)
    world.faults.add(action="refuse", verb=verb, args={"code": "13303830", "message": "made up"})
    refused("13303830", work, relationship)
    assert (relationship.state, relationship.pausing, relationship.deleted) == ("snapmirrored", False, False)


# schedule, lag, health


def test_lag_grows_until_the_schedule_fires(world):
    relationship = mirrored(world, schedule="hourly")
    lags = []
    for _each in range(5):
        later(world, 1200)
        lags.append(relationship.lag_s())
    assert max(lags) <= 3600
    mirror_change.modify(relationship, schedule=None)
    later(world, 2 * 86400)
    assert relationship.lag_s() >= 2 * 86400


def test_the_policys_schedule_counts_where_the_mirror_has_none(world):
    relationship = mirrored(world, policy="Asynchronous")
    volume(world, "paris").write("b")
    later(world, 3700)
    assert volume(world, "lyon").content()[-1] == "b"
    assert relationship.last_transfer_type == "update"


@pytest.mark.parametrize("state", ["paused", "broken_off"])
def test_no_schedule_fires_for_a_mirror_that_stands_still(world, state):
    relationship = mirrored(world, schedule="hourly")
    set_state(relationship, state)
    count = len(relationship.transfers())
    volume(world, "paris").write("b")
    later(world, 6 * 3600)
    assert len(relationship.transfers()) == count
    assert "b" not in volume(world, "lyon").content()


def test_a_scheduled_update_that_fails_makes_it_unhealthy_until_one_succeeds(world):
    relationship = mirrored(world, schedule="hourly")
    world.clusters["paris"].up = False
    later(world, 3600)
    assert (relationship.healthy, relationship.state) == (False, "snapmirrored")
    world.clusters["paris"].up = True
    later(world, 3600)
    assert relationship.healthy


# break, resync, reverse


def test_a_break_to_an_older_snapshot_takes_the_younger_ones_away(world):
    source = volume(world, "paris")
    relationship = mirrored(world)
    snapshots.create(source, "good")
    source.write("ransom")
    mirror_change.start_transfer(relationship)
    later(world, 10)
    set_state(relationship, "broken_off", flags=Flags(restore_to_snapshot="good"))
    target = volume(world, "lyon")
    assert (target.content(), [each.name for each in target.snapshots]) == (["vol1/initial", "a"], ["good"])


def test_a_resync_throws_away_what_is_newer_than_the_common_snapshot(world):
    relationship = mirrored(world)
    set_state(relationship, "broken_off")
    target = volume(world, "lyon")
    target.write("lost")
    snapshots.create(target, "lost too")
    volume(world, "paris").write("b", 10 * MB)
    set_state(relationship, "snapmirrored")
    assert (relationship.state, relationship.transfer.kind, target.type) == ("broken_off", "resync", "dp")
    assert target.content() == ["vol1/initial", "a"]
    later(world, 10)
    assert (relationship.state, target.content()[-1], target.snapshot_named("lost too")) == ("snapmirrored", "b", None)


def test_a_resync_needs_a_common_snapshot(world):
    relationship = mirrored(world)
    set_state(relationship, "broken_off")
    source = volume(world, "paris")
    for snapshot in list(source.snapshots):
        snapshots.delete(source, snapshot)
    refused("13303810", set_state, relationship, "snapmirrored")
    assert (volume(world, "lyon").type, relationship.state) == ("rw", "broken_off")


def test_a_resync_that_is_aborted_leaves_it_broken_off_and_writable(world):
    relationship = mirrored(world)
    set_state(relationship, "broken_off")
    volume(world, "paris").write("b", 10 * MB)
    set_state(relationship, "snapmirrored")
    mirror_change.abort(relationship.transfer, "aborted")
    assert (relationship.state, volume(world, "lyon").type) == ("broken_off", "rw")


def test_the_whole_way_there_and_back(world):
    forward = mirrored(world)
    source, target = volume(world, "paris"), volume(world, "lyon")
    set_state(forward, "broken_off")
    source.write("never mirrored")
    target.write("at dr")
    mirror_change.delete(forward, destination_only=True)
    entry = world.clusters["paris"].source_entries[forward.uuid]
    mirror_change.release(world.clusters["paris"], entry, info_only=True)
    backward = make_mirror(world, onto="paris", source="svm_lyon:vol1", destination="svm_paris:vol1")
    set_state(backward, "snapmirrored")
    later(world, 60)
    assert (backward.state, source.type, source.content()) == ("snapmirrored", "dp", ["vol1/initial", "a", "at dr"])
    assert source.junction == "/vol1"


# removal


@pytest.mark.parametrize("destination_only", [True, False])
def test_delete_leaves_or_takes_the_sources_side(world, destination_only):
    relationship = mirrored(world)
    mirror_change.delete(relationship, destination_only)
    source, target = volume(world, "paris"), volume(world, "lyon")
    assert bool(world.clusters["paris"].source_entries) == destination_only
    assert bool(source.snapshots) == bool(target.snapshots) == destination_only
    assert (target.mirror(), target.type, source.mirrored_by()) == (None, "dp", [])


def test_delete_of_both_sides_needs_the_source_cluster(world):
    relationship = mirrored(world)
    world.clusters["paris"].up = False
    refused("13303815", mirror_change.delete, relationship)
    assert mirror_change.delete(relationship, destination_only=True).state == "success"


@pytest.mark.parametrize("info_only", [True, False])
def test_release_keeps_or_takes_the_base_snapshots(world, info_only):
    relationship = mirrored(world)
    mirror_change.delete(relationship, destination_only=True)
    paris = world.clusters["paris"]
    mirror_change.release(paris, paris.source_entries[relationship.uuid], info_only)
    assert not paris.source_entries
    assert bool(volume(world, "paris").snapshots) == info_only
    if info_only:
        assert volume(world, "paris").newest_common(volume(world, "lyon")) is not None


# peers, cascades, synchronous mirrors


def test_a_mirror_follows_the_alias_of_its_sources_svm():
    world = small_world()
    (peer,) = world.clusters["lyon"].svm_peers.values()
    peers.modify(peer, name="svm_elsewhere")
    relationship = mirrored(world, source="svm_elsewhere:vol1")
    assert relationship.source_path == "svm_elsewhere:vol1"
    assert relationship.source.path == "svm_paris:vol1"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda peer: peers.modify(peer, state="suspended"), id="suspended"),
        pytest.param(lambda peer: peers.modify(peer, applications=["flexcache"]), id="not for snapmirror"),
    ],
)
def test_a_peering_that_does_not_serve_stops_mirrors(world, spoil):
    relationship = mirrored(world)
    (peer,) = world.clusters["lyon"].svm_peers.values()
    spoil(peer)
    assert mirror_change.start_transfer(relationship).state == "failed"
    make_volume(world, "lyon", "vol2", type="dp", size_bytes=2 * GB)
    refused(
        "6620384",
        mirror_change.create,
        world.clusters["lyon"],
        mirror_change.NewMirror("svm_paris:vol2", "svm_lyon:vol2"),
    )


def test_two_destinations_of_one_source_do_not_disturb_each_other(world):
    make_volume(world, "lyon", "second", type="dp")
    one = mirrored(world)
    two = mirrored(world, destination="svm_lyon:second")
    for marker in ("b", "c"):
        volume(world, "paris").write(marker)
        for each in (one, two):
            mirror_change.start_transfer(each)
            later(world, 10)
            assert each.transfer.state == "success"
    assert volume(world, "lyon").content() == volume(world, "lyon", "second").content()
    assert len(volume(world, "paris").snapshots) == 2


def test_a_synchronous_mirror_holds_every_write_and_cannot_be_aborted(world):
    relationship = make_mirror(world, policy="Sync")
    refused("13303833", set_state, relationship, "snapmirrored")
    refused("13304040", mirror_change.start_transfer, relationship, throttle=1)
    set_state(relationship, "in_sync")
    refused("13303848", mirror_change.abort, relationship.transfer, "aborted")
    later(world, 60)
    assert relationship.state == "in_sync"
    volume(world, "paris").write("b")
    assert volume(world, "lyon").content()[-1] == "b"
    set_state(relationship, "paused")
    volume(world, "paris").write("c")
    set_state(relationship, "broken_off")
    assert volume(world, "lyon").content()[-1] == "b"


def test_automated_failover_is_for_groups_only(world):
    wanted = mirror_change.NewMirror("svm_paris:vol1", "svm_lyon:vol1", policy="AutomatedFailOver")
    refused("13303841", mirror_change.create, world.clusters["lyon"], wanted)
