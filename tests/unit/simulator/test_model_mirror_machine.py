# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to a mirror, in any order: it moves only along documented edges and its content is explained."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.simulator.model import mirror_change, snapshots
from tests.simulator.model.errors import Refused
from tests.unit.simulator.model_helpers import MB, change, later, make_mirror, set_state, small_world, volume

EDGES = {
    ("uninitialized", "snapmirrored"),
    ("snapmirrored", "paused"),
    ("snapmirrored", "broken_off"),
    ("paused", "snapmirrored"),
    ("paused", "broken_off"),
    ("broken_off", "snapmirrored"),
}
SETTABLE = st.sampled_from(["snapmirrored", "paused", "broken_off"])


class MirrorMachine(RuleBasedStateMachine):
    @initialize(
        policy=st.sampled_from(["MirrorAllSnapshots", "MirrorLatest", "MirrorAndVault", "XDPDefault"]),
        schedule=st.sampled_from([None, "5min", "hourly"]),
        state=st.sampled_from(["uninitialized", "snapmirrored", "paused", "broken_off"]),
    )
    def begin(self, policy, schedule, state):
        self.world = small_world()
        self.source, self.target = volume(self.world, "paris"), volume(self.world, "lyon")
        self.mirror = make_mirror(self.world, policy=policy, schedule=schedule)
        if state != "uninitialized":
            mirror_change.start_transfer(self.mirror)
            later(self.world, 3600)
        if state in ("paused", "broken_off"):
            set_state(self.mirror, state)
        self.state = self.mirror.state
        self.written = 0
        self.at_target = set()

    # users and time

    @rule(size=st.integers(1, 3))
    def write_at_source(self, size):
        self.written += 1
        self.source.write(f"s{self.written}", size * MB)

    @rule(label=st.sampled_from([None, "daily"]))
    def snapshot_at_source(self, label):
        self.written += 1
        snapshots.create(self.source, f"user{self.written}", label=label)

    @precondition(lambda self: self.target.type == "rw")
    @rule()
    def write_at_target(self):
        self.written += 1
        self.target.write(f"t{self.written}", MB)
        self.at_target.add(f"t{self.written}")

    @rule(seconds=st.sampled_from([0, 1, 5, 60, 3600]))
    def wait(self, seconds):
        later(self.world, seconds)

    @rule(up=st.sampled_from([True, True, False]))
    def source_cluster(self, up):
        self.world.clusters["paris"].up = up

    # what is asked of the mirror

    @rule(wanted=SETTABLE)
    def ask_for(self, wanted):
        self.tolerate(set_state, self.mirror, wanted)

    @rule()
    def transfer(self):
        self.tolerate(mirror_change.start_transfer, self.mirror)

    @rule(state=st.sampled_from(["aborted", "hard_aborted"]))
    def abort(self, state):
        if self.mirror.transfer is not None:
            self.tolerate(mirror_change.abort, self.mirror.transfer, state)

    @rule(throttle=st.sampled_from([0, 256, 4096]))
    def throttle(self, throttle):
        mirror_change.modify(self.mirror, throttle=throttle)

    @rule(path=st.sampled_from(["", "/vol1"]))
    def mount(self, path):
        self.tolerate(change, self.target, junction=path)

    @precondition(lambda self: not self.mirror.transferring)
    @rule()
    def delete_and_make_again(self):
        before = self.mirror
        mirror_change.delete(before, destination_only=True)
        try:
            self.mirror = make_mirror(self.world, policy=before.policy.name)
        except Refused:  # the source cluster is away, or the two have nothing in common any more
            later(self.world)
            self.world.clusters["paris"].up = True
            if self.target.type == "rw" and self.source.newest_common(self.target) is None:
                self.mirror = before
                self.begin(before.policy.name, None, "uninitialized")
                return
            self.mirror = make_mirror(self.world, policy=before.policy.name)
        self.state = self.mirror.state

    def tolerate(self, work, *args, **options):
        """A refusal must leave the mirror as it was."""
        before = (self.mirror.state, self.target.type, self.target.active, self.mirror.pausing)
        try:
            job = work(*args, **options)
        except Refused as refused:
            assert refused.code.isdigit() and refused.message
            assert (self.mirror.state, self.target.type, self.target.active, self.mirror.pausing) == before
        else:
            if getattr(job, "error", None) and hasattr(job, "code") and job.state == "failure":
                assert (self.mirror.state, self.target.type, self.target.active) == before[:3]

    # what holds at all times

    @invariant()
    def it_moves_along_documented_edges(self):
        now = self.mirror.state
        assert now == self.state or (self.state, now) in EDGES
        self.state = now

    @invariant()
    def a_dp_destination_holds_what_the_source_held_when_a_snapshot_was_taken(self):
        if self.target.type == "dp" and self.mirror.exported is not None:
            exported = self.mirror.exported
            assert exported in self.target.snapshots
            assert self.target.active == exported.content
            assert not self.at_target & set(self.target.content())
            assert self.source.active[: len(self.target.active)] == self.target.active

    @invariant()
    def only_a_broken_off_destination_is_writable(self):
        resyncing = self.mirror.state == "broken_off" and self.mirror.transferring
        assert (self.target.type == "rw") == (self.mirror.state == "broken_off" and not resyncing)

    @invariant()
    def it_is_paused_only_when_nothing_runs(self):
        if self.mirror.state == "paused":
            assert not self.mirror.transferring

    @invariant()
    def snapshots_are_locked_only_by_what_runs(self):
        if not self.mirror.transferring:
            assert not any(each.owners for one in (self.source, self.target) for each in one.snapshots)

    @invariant()
    def health_tells_of_the_last_transfer(self):
        transfer = self.mirror.transfer
        if transfer is not None and transfer.state == "success":
            assert self.mirror.healthy

    @invariant()
    def an_uninitialized_destination_is_not_mounted(self):
        if not self.target.initialized:
            assert self.target.junction is None and not self.target.active

    @invariant()
    def aggregates_are_not_overfilled(self):
        for cluster in self.world.clusters.values():
            for aggregate in cluster.aggregates.values():
                assert 0 <= aggregate.used_bytes <= aggregate.size_bytes


MirrorMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestMirrorMachine = MirrorMachine.TestCase
