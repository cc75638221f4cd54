# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror relationships: their states and what moves them from one to another.

A destination owns its relationship. The source's cluster keeps a mere entry of it from the first
transfer on, until it is released. A relationship is made of legs, one for each pair of volumes: a single one
between volumes, one for each member between groups. They move together: one state, one transfer, one lag.

Where the published facts are silent, this is what the model does:
- a relationship made onto a dp volume that shares a snapshot with its source starts `snapmirrored`, a synchronous
  one `out_of_sync`;
- a resync takes newer data away when it starts; if its transfer then fails or is aborted, the
  relationship stays `broken_off` and the volume is writable again, at the common snapshot;
- `lag_time` is unset while a relationship is `uninitialized` or `broken_off`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import peers, snapshots, svm_dr, synchronous
from .errors import Refused
from .legs import group_type
from .policies import MirrorPolicy
from .schedules import Schedule
from .transfers import FAILURE_CODES, Transfer

if TYPE_CHECKING:
    from .active_sync import Failover
    from .cluster import Cluster
    from .legs import Endpoint, Leg
    from .snapshots import Snapshot
    from .volumes import Volume
    from .world import World

HISTORY_S = 24 * 3600.0


@dataclass(eq=False)
class SourceEntry:
    """What the source's cluster knows of a relationship, also when that is gone. volumes: those that it carries."""

    uuid: str
    source: Endpoint = field(repr=False)
    destination: Endpoint = field(repr=False)
    policy_type: str
    volumes: list[Volume] = field(default_factory=list, repr=False)

    @property
    def group_type(self) -> str:
        return group_type(self.source)

    def forget(self) -> None:
        for volume in self.volumes:
            volume.source_entries.remove(self)
        del self.source.cluster.source_entries[self.uuid]


@dataclass(eq=False)
class Relationship:
    """state: as ONTAP's REST words. throttle: KB per second, 0 is unlimited.

    schedule: its own, beside the policy's. pausing: quiesced, but a transfer still runs.
    transfer: the current or else the last one. own_rate: bytes per second in place of the world's.
    unhealthy: (code, message) for each reason. checkpoint_bytes: carried by an aborted transfer.
    turns: how often a synchronous one began to synchronize. failover: the last one that was begun.
    taken_over: the destination serves in place of a source that is lost.
    """

    uuid: str
    source: Endpoint = field(repr=False)
    destination: Endpoint = field(repr=False)
    policy: MirrorPolicy
    legs: list[Leg] = field(repr=False)
    schedule: Schedule | None = None
    throttle: int = 0
    state: str = "uninitialized"
    pausing: bool = False
    transfer: Transfer | None = None
    own_rate: float | None = None
    last_transfer_type: str | None = None
    total_bytes: int = 0
    total_duration_s: float = 0.0
    checkpoint_bytes: int = 0
    unhealthy: list[tuple[str, str]] = field(default_factory=list)
    deleted: bool = False
    turns: int = 0
    identity_preservation: str | None = None
    failover: Failover | None = None
    taken_over: bool = False
    _history: list[Transfer] = field(default_factory=list)
    _alarm: int = 0

    @property
    def world(self) -> World:
        return self.destination.world

    @property
    def cluster(self) -> Cluster:
        return self.destination.cluster

    @property
    def source_path(self) -> str:
        """With the name by which the destination's SVM knows the source's."""
        return f"{peers.alias_of(self.destination.svm, self.source.svm)}:{self.source.locator}"

    @property
    def destination_path(self) -> str:
        return self.destination.path

    @property
    def group_type(self) -> str:
        return group_type(self.destination)

    @property
    def exported(self) -> Snapshot | None:
        """What readers of the destination see; a group's volumes show snapshots of one instant and one name."""
        return self.legs[0].exported if self.legs else None

    @property
    def identity(self) -> str:
        """What of the source SVM's identity the destination gets, where whole SVMs are mirrored."""
        return self.identity_preservation or self.policy.identity_preservation or svm_dr.IDENTITY[-1]

    def leg_onto(self, destination: Volume) -> Leg:
        return next(leg for leg in self.legs if leg.destination is destination)

    def leg_from(self, source: Volume) -> Leg:
        return next(leg for leg in self.legs if leg.source is source)

    @property
    def transferring(self) -> bool:
        """Whether a transfer is running or queued."""
        return self.transfer is not None and self.transfer.active

    @property
    def failing_over(self) -> bool:
        return self.failover is not None and self.failover.state == "started"

    @property
    def settled_state(self) -> str:
        return "in_sync" if self.policy.is_sync else "snapmirrored"

    @property
    def healthy(self) -> bool:
        return not self.unhealthy

    def lag_s(self) -> float | None:
        """Age of the exported snapshot, None where there is none to tell."""
        if self.exported is None or self.policy.is_sync or self.state in ("uninitialized", "broken_off"):
            return None
        return self.world.now() - self.exported.create_time

    def rate(self, throttle: int = 0) -> float:
        """Bytes per second under all throttles that apply."""
        limits = [1024.0 * each for each in (self.throttle, self.policy.throttle, throttle) if each]
        return min([self.own_rate or self.world.transfer_rate, *limits])

    def set_throttle(self, throttle: int) -> None:
        self.throttle = throttle
        if self.transfer is not None:
            self.transfer.schedule_end()

    def transfers(self) -> list[Transfer]:
        """Those queued, running, and ended in the last 24 hours."""
        since = self.world.now() - HISTORY_S
        self._history = [each for each in self._history if each.active or (each.ended_at or 0) >= since]
        return list(self._history)

    def obstacle(self) -> str | None:
        """Why nothing can be carried now."""
        here, there = self.destination, self.source
        if not there.cluster.up:
            return f"Source cluster {there.cluster.name} cannot be reached."
        if not here.cluster.up:
            return f"Destination cluster {here.cluster.name} cannot be reached."
        problem = peering_problem(here, there)
        if problem:
            return problem
        for leg in self.legs:
            if leg.source.deleted and self.group_type == "svm_dr":
                continue  # its copy goes, too
            for volume in (leg.source, leg.destination):
                if not volume.online:
                    return f"Volume {volume.path} is not online."
        return None

    # what users and schedules ask for

    def initialize(self, fault: Any = None, **options: Any) -> Transfer:
        return self._begin("initialize", fault, **options)

    def update(self, fault: Any = None, **options: Any) -> Transfer:
        return self._begin("update", fault, **options)

    def quiesce(self) -> None:
        """Stop further transfers; paused as soon as none runs."""
        self.pausing = True
        self._pause_if_idle()

    def resume(self) -> None:
        self.pausing = False
        if self.state == "paused":
            self._settle()

    def break_off(self, to_snapshot: str | None = None) -> None:
        """Make the destination writable, with what the exported (or an older) snapshot holds."""
        if self.transferring:
            raise self._no_break("a transfer is in progress")
        if self.group_type == "svm_dr":
            svm_dr.forget_unreached(self)
        for leg in self.legs:
            if not leg.destination.online:
                raise self._no_break(f'volume "{leg.destination.path}" is not online')
            if leg.exported is None:
                raise self._no_break(f'volume "{leg.destination.path}" has had no baseline')
        if to_snapshot is not None:
            self._go_back_to(to_snapshot)
        self.pausing = False
        for leg in self.legs:
            leg.destination.type = "rw"
        if self.group_type == "svm_dr":
            svm_dr.broken(self)
        self.state = "broken_off"
        self.unhealthy = []

    def _go_back_to(self, name: str) -> None:
        for leg in self.legs:
            chosen = leg.destination.snapshot_named(name)
            if chosen is None:
                raise self._no_break(f'there is no snapshot "{name}"', "restore_to_snapshot")
            snapshots.revert(leg.destination, chosen)
            leg.exported = chosen

    def _no_break(self, why: str, target: str | None = None) -> Refused:
        return Refused("13303808", f'Failed to break "{self.destination_path}": {why}.', target)

    def resync(self, fault: Any = None) -> Transfer:
        """Throw away what is newer than the newest common snapshot, then carry what is missing."""
        self.check_resync()
        for leg in self.legs:
            leg.go_back_to_common()
        if self.group_type == "svm_dr":
            svm_dr.resynced(self)
        return self._begin("resync", fault)

    def check_resync(self) -> None:
        """All legs can go back, or none does."""
        problem = self.obstacle() or (svm_dr.check_resync(self) if self.group_type == "svm_dr" else None)
        problem = problem or next((why for leg in self.legs if (why := leg.why_no_resync())), None)
        if problem:
            raise Refused("13303810", f'Failed to change "{self.destination_path}" to snapmirrored: {problem}')

    def follow_source(self) -> str | None:
        """Legs for the volumes that the source SVM holds now; the answer is what stands in the way."""
        return svm_dr.follow_volumes(self) if self.group_type == "svm_dr" else None

    def landed(self) -> None:
        """What comes along with the volumes' data."""
        if self.group_type == "svm_dr":
            svm_dr.follow_configuration(self)

    def _begin(self, kind: str, fault: Any, **options: Any) -> Transfer:
        transfer = Transfer(self, kind, fault=fault, **options)
        self.transfer = transfer
        self._history = [*self.transfers(), transfer]
        transfer.begin()
        return transfer

    # what transfers and writes report

    def transfer_ended(self, transfer: Transfer) -> None:
        self.last_transfer_type = transfer.kind
        self.total_bytes += transfer.bytes_transferred
        self.total_duration_s += transfer.duration_s
        if transfer.state == "success":
            self.checkpoint_bytes = 0
            self.unhealthy = []
            if self.state in ("uninitialized", "broken_off"):
                self._settle()
            self.follow_write()
        else:
            self.unhealthy = [transfer.error] if transfer.error else []
            if transfer.kind == "resync":
                for leg in self.legs:
                    leg.destination.type = "rw"
                if self.group_type == "svm_dr":
                    svm_dr.broken(self)
        self._pause_if_idle()

    def _settle(self) -> None:
        """A synchronous one is not in sync at once."""
        self.state = self.settled_state
        if self.policy.is_sync:
            synchronous.begin(self)

    def follow_write(self) -> None:
        """A synchronous mirror holds what its source holds."""
        if self.policy.is_sync:
            synchronous.look(self)
        if self.state == "in_sync" and not self.pausing:
            for leg in self.legs:
                leg.follow()
                if self.policy.is_automated_failover:
                    leg.share_serials()

    def remember_at_source(self) -> None:
        entries = self.source.cluster.source_entries
        entry = entries.setdefault(self.uuid, SourceEntry(self.uuid, self.source, self.destination, self.policy.type))
        for leg in self.legs:
            if leg.source not in entry.volumes:
                entry.volumes.append(leg.source)
                leg.source.source_entries.append(entry)

    def _pause_if_idle(self) -> None:
        if self.pausing and not self.transferring and self.state in ("snapmirrored", "in_sync", "out_of_sync"):
            self.state = "paused"

    # the schedule

    @property
    def effective_schedule(self) -> Schedule | None:
        return self.schedule or self.policy.transfer_schedule

    def arm(self) -> None:
        """Wait for the schedule's next time; earlier waits are void."""
        self._alarm += 1
        schedule, alarm = self.effective_schedule, self._alarm
        if schedule is not None and not self.policy.is_sync:
            self.world.at(schedule.next_after(self.world.now()), lambda: self._fire(alarm))

    def _fire(self, alarm: int) -> None:
        if alarm != self._alarm or self.deleted:
            return
        self.arm()
        if self.state != "snapmirrored" or self.pausing or self.transferring or not self.cluster.up:
            return
        try:
            fault = self.world.consult(self.cluster.name, "snapmirror.update", self.destination_path)
        except Refused as refused:
            self.unhealthy = [(FAILURE_CODES["update"], f"Scheduled update failed to start. ({refused.message})")]
            return
        self.update(fault)


def peering_problem(destination: Endpoint, source: Endpoint) -> str | None:
    """Why these two SVMs may not mirror."""
    if source.svm is destination.svm:
        return None
    for peer in destination.cluster.svm_peers.values():
        if peer.svm is destination.svm and peer.remote is source.svm:
            if peer.state != "peered":
                return f'SVM "{peer.name}" is not peered with "{peer.svm.name}": the peering is {peer.state}.'
            if "snapmirror" not in peer.applications:
                return f'The peering of SVM "{peer.name}" with "{peer.svm.name}" lacks the application snapmirror.'
            return None
    return f'SVM "{source.svm.name}" is not peered with "{destination.svm.name}".'
