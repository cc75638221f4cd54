# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfers: what they carry, how long they take, what they leave behind on both sides."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from .errors import Refused
from .loads import Load

if TYPE_CHECKING:
    from .cluster import Cluster
    from .mirrors import Relationship

FAILURE_CODES = {"initialize": "13303812", "update": "13303844", "resync": "13303810"}
ABORTED_CODE = "13303849"


class Transfer:
    """One transfer of a relationship.

    state: queued, transferring, success, failed, aborted, hard_aborted.
    total_bytes: all that it has to carry; what an earlier aborted one has carried already counts as done.
    error: (code, message) after a failure. throttle: KB per second of this transfer alone, 0 is unlimited.
    """

    def __init__(
        self,
        relationship: Relationship,
        kind: str,
        *,
        fault: Any = None,
        source_snapshot: str | None = None,
        throttle: int = 0,
    ) -> None:
        self.relationship = relationship
        self.kind = kind
        self.uuid = relationship.world.ids.new("transfer")
        self.state = "queued"
        self.throttle = throttle
        self.started_at = relationship.world.now()
        self.ended_at: float | None = None
        self.error: tuple[str, str] | None = None
        self.total_bytes = 0
        self._fault = fault
        self._source_snapshot = source_snapshot
        self._loads: list[Load] = []
        self._done = 0.0
        self._since = self.started_at
        self._seconds = 0.0
        self._plan = 0

    @property
    def active(self) -> bool:
        return self.ended_at is None

    @property
    def bytes_transferred(self) -> int:
        if not self.active or self.state == "queued":
            return int(self._done)
        left = self.total_bytes - self._done
        passed = 1.0 if self._seconds <= 0 else (self.relationship.world.now() - self._since) / self._seconds
        if self._hangs:
            passed = min(passed, 0.5)
        return int(self._done + left * min(passed, 1.0))

    @property
    def duration_s(self) -> float:
        end = self.relationship.world.now() if self.ended_at is None else self.ended_at
        return end - self.started_at

    @property
    def snapshot_name(self) -> str | None:
        """What readers of the destination see afterwards; a group's snapshots have one name."""
        exported = [load.exported.name for load in self._loads if load.exported]
        return exported[0] if exported else None

    @property
    def _hangs(self) -> bool:
        return self._fault is not None and self._fault.action == "hang_transfer"

    def touches(self, cluster: Cluster) -> bool:
        ends = self.relationship.source, self.relationship.destination
        return any(end.cluster is cluster for end in ends)

    # the way through

    def begin(self) -> None:
        """Start, or wait in the destination cluster's queue."""
        cluster = self.relationship.cluster
        if cluster.max_transfers is not None and len(cluster.running) >= cluster.max_transfers:
            cluster.queued.append(self)
        else:
            self._start()

    def _start(self) -> None:
        relationship = self.relationship
        self.state = "transferring"
        relationship.cluster.running.append(self)
        problem = relationship.obstacle() or relationship.follow_source() or self._gather()
        if problem:
            self.fail(problem)
            return
        relationship.remember_at_source()
        self._done = float(min(relationship.checkpoint_bytes, self.total_bytes))
        self.schedule_end()

    def _gather(self) -> str | None:
        """Choose the snapshots to carry, of all legs at one instant; the answer is what stands in the way."""
        self._loads = [Load(self.relationship, leg, self.kind) for leg in self.relationship.legs]
        problem = next((found for load in self._loads if (found := load.obstacle())), None)
        if problem is None:
            name = self._new_snapshot_name()
            problem = next((found for load in self._loads if (found := load.gather(self._source_snapshot, name))), None)
        if problem is None:
            self.total_bytes = sum(load.total_bytes for load in self._loads)
            for load in self._loads:
                load.lock()
        return problem

    def _new_snapshot_name(self) -> str:
        """Free on the sources of all legs."""
        relationship = self.relationship
        if not relationship.legs:  # an SVM without volumes
            return ""
        destination = relationship.legs[0].destination
        stamp = datetime.datetime.fromtimestamp(relationship.world.now(), datetime.timezone.utc)
        stem = f"snapmirror.{destination.svm.uuid}_{destination.msid}.{stamp:%Y-%m-%d_%H%M%S}"
        name, number = stem, 0
        while any(leg.source.snapshot_named(name) is not None for leg in relationship.legs):
            number += 1
            name = f"{stem}.{number}"
        return name

    def schedule_end(self) -> None:
        """Work out when it ends; called again when the rate has changed."""
        world = self.relationship.world
        if self.state != "transferring":
            return
        if self._plan:
            self._done = float(self.bytes_transferred)
        self._plan += 1
        plan = self._plan
        self._since = world.now()
        left = self.total_bytes - self._done
        self._seconds = max(left / self.relationship.rate(self.throttle), world.transfer_seconds_min)
        if self._hangs:
            return
        fails = self._fault is not None and self._fault.action == "fail_transfer"
        end = self._since + (self._seconds / 2 if fails else self._seconds)
        world.at(end, lambda: self._due(plan, fails))

    def _due(self, plan: int, fails: bool) -> None:
        if not self.active or plan != self._plan:
            return
        problem = self.relationship.obstacle()
        if fails:
            args = self._fault.args
            self.fail(args.get("message", "Transfer failed."), args.get("code"))
        elif problem:
            self.fail(problem)
        else:
            self._arrive()

    # the ends

    def fail(self, message: str, code: str | None = None) -> None:
        self.error = (str(code or FAILURE_CODES[self.kind]), message)
        self._end("failed")

    def abort(self, hard: bool = False) -> None:
        """Stop a running or queued transfer; *hard* forgets what it has carried."""
        carried = 0 if hard else self.bytes_transferred
        self.error = (ABORTED_CODE, "Transfer aborted.")
        self._end("hard_aborted" if hard else "aborted")
        self.relationship.checkpoint_bytes = carried

    def arrive_at_once(self) -> None:
        """As a part of something greater that takes its own time."""
        queue = self.relationship.cluster.queued
        if self in queue:
            queue.remove(self)
            self._start()
        if self.active:
            self._arrive()

    def _arrive(self) -> None:
        for load in self._loads:
            load.land()
        self.relationship.landed()
        self._end("success")

    def _end(self, state: str) -> None:
        if not self.active:
            raise Refused(ABORTED_CODE, "The transfer has ended already.", "state")
        relationship = self.relationship
        self._done = float(self.total_bytes if state == "success" else self.bytes_transferred)
        self.state = state
        self.ended_at = relationship.world.now()
        for load in self._loads:
            load.unlock()
        cluster = relationship.cluster
        for row in (cluster.running, cluster.queued):
            if self in row:
                row.remove(self)
        if state == "success":
            for load in self._loads:
                load.clear_old_snapshots()
        elif state != "aborted":
            for load in self._loads:
                load.drop_taken()
        relationship.transfer_ended(self)
        if cluster.queued and (cluster.max_transfers is None or len(cluster.running) < cluster.max_transfers):
            cluster.queued.pop(0)._start()
