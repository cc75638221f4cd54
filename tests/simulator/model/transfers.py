# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfers: what they carry, how long they take, what they leave behind on both sides."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from . import content, snapshots
from .errors import Refused

if TYPE_CHECKING:
    from .cluster import Cluster
    from .mirrors import Relationship
    from .snapshots import Snapshot

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
        self.exported: Snapshot | None = None
        self._fault = fault
        self._source_snapshot = source_snapshot
        self._carried: list[Snapshot] = []
        self._locked: list[Snapshot] = []
        self._taken: Snapshot | None = None
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
        return self.exported.name if self.exported else None

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
        problem = relationship.obstacle() or self._gather()
        if problem:
            self.fail(problem)
            return
        relationship.remember_at_source()
        self._done = float(min(relationship.checkpoint_bytes, self.total_bytes))
        self.schedule_end()

    def _gather(self) -> str | None:
        """Choose the snapshots to carry; the answer is what stands in the way."""
        relationship = self.relationship
        source, destination = relationship.source, relationship.destination
        base = source.newest_common(destination)
        if destination.size_bytes < source.size_bytes:
            return (
                f"Destination volume {destination.path} ({destination.size_bytes} bytes) must be at least as large"
                f" as source volume {source.path} ({source.size_bytes} bytes)."
            )
        if self.kind != "initialize" and base is None:
            return "No common snapshot was found between the source and the destination."
        if self._source_snapshot is not None:
            chosen = source.snapshot_named(self._source_snapshot)
            if chosen is None:
                return f'Snapshot "{self._source_snapshot}" does not exist on the source.'
            self._carried = [chosen]
        else:
            self._carried = self._by_policy()
        self.exported = max(reversed(self._carried), key=lambda each: each.create_time, default=None)
        if self.exported is None:
            self._carried = []
        known = [each.content for each in destination.snapshots] if self.kind != "initialize" else []
        self.total_bytes = content.missing_bytes([each.content for each in self._carried], known)
        problem = self._lack_of_space()
        if problem is None:
            self._lock(base)
        return problem

    def _by_policy(self) -> list[Snapshot]:
        policy, source = self.relationship.policy, self.relationship.source
        mine: list[Snapshot] = []
        if policy.takes_snapshot or (self.kind == "initialize" and not source.snapshots):
            mine = [self._snapshot_source()]
        if policy.copies == "all":
            return list(source.snapshots)
        if policy.copies == "latest":
            return mine
        labels = {rule.label for rule in policy.rules}
        held = {each.version_uuid for each in self.relationship.destination.snapshots}
        labelled = [
            each for each in source.snapshots if each.snapmirror_label in labels and each.version_uuid not in held
        ]
        if self.kind == "initialize" and not mine and not labelled:
            return source.snapshots[-1:]
        return labelled + mine

    def _snapshot_source(self) -> Snapshot:
        relationship = self.relationship
        source, destination = relationship.source, relationship.destination
        if source.type != "rw":  # a cascade passes on what the source itself exports
            return source.snapshots[-1]
        stamp = datetime.datetime.fromtimestamp(relationship.world.now(), datetime.timezone.utc)
        stem = f"snapmirror.{destination.svm.uuid}_{destination.msid}.{stamp:%Y-%m-%d_%H%M%S}"
        name, number = stem, 0
        while source.snapshot_named(name) is not None:
            number += 1
            name = f"{stem}.{number}"
        self._taken = snapshots.take(source, name, created_by=relationship.uuid)
        return self._taken

    def _lack_of_space(self) -> str | None:
        destination = self.relationship.destination
        if destination.guarantee == "none" and destination.aggregates:
            room = sum(aggregate.available_bytes for aggregate in destination.aggregates)
            if self.total_bytes > room:
                return f"No space left in aggregate {destination.aggregates[0].name}."
        return None

    def _lock(self, base: Snapshot | None) -> None:
        versions = {each.version_uuid for each in self._carried}
        if base is not None:
            versions.add(base.version_uuid)
        self._locked = [each for each in self.relationship.source.snapshots if each.version_uuid in versions]
        for each in self._locked:
            each.owners.append("snapmirror")

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

    def _arrive(self) -> None:
        relationship = self.relationship
        destination, source = relationship.destination, relationship.source
        if self.exported is not None:
            if self.kind == "initialize":
                snapshots.drop(destination, [each for each in destination.snapshots if not each.owners])
            held = {each.version_uuid for each in destination.snapshots}
            destination.snapshots += [
                snapshots.carried(each, destination) for each in self._carried if each.version_uuid not in held
            ]
            destination.snapshots.sort(key=lambda each: each.create_time)
            exported = next(each for each in destination.snapshots if each.version_uuid == self.exported.version_uuid)
            destination.hold(exported.content, exported.devices)
            destination.initialized = True
            relationship.exported = exported
            for name in ("language", "security_style", "uid", "gid", "unix_permissions"):
                setattr(destination, name, getattr(source, name))
        self._end("success")

    def _clear_old_snapshots(self) -> None:
        """What a successful transfer makes superfluous, on both sides."""
        relationship = self.relationship
        source, destination, exported = relationship.source, relationship.destination, relationship.exported
        if exported is None:
            return
        mine_and_old = [
            each
            for each in source.snapshots
            if each.created_by == relationship.uuid and each.version_uuid != exported.version_uuid and not each.owners
        ]
        snapshots.drop(source, mine_and_old)
        passed_on = {each.exported.version_uuid for each in destination.mirrored_by() if each.exported is not None}
        snapshots.drop(
            destination,
            [
                each
                for each in destination.snapshots
                if each is not exported
                and not each.owners
                and self._superfluous(each)
                and each.version_uuid not in passed_on
            ],
        )

    def _superfluous(self, snapshot: Snapshot) -> bool:
        relationship = self.relationship
        policy = relationship.policy
        if snapshot.created_by == relationship.uuid:
            return True
        if policy.copies == "all":
            return all(each.version_uuid != snapshot.version_uuid for each in relationship.source.snapshots)
        for rule in policy.rules:
            if snapshot.snapmirror_label == rule.label:
                same = [each for each in relationship.destination.snapshots if each.snapmirror_label == rule.label]
                return snapshot not in same[-rule.count :]
        return False

    def _end(self, state: str) -> None:
        if not self.active:
            raise Refused(ABORTED_CODE, "The transfer has ended already.", "state")
        relationship = self.relationship
        self._done = float(self.total_bytes if state == "success" else self.bytes_transferred)
        self.state = state
        self.ended_at = relationship.world.now()
        for each in self._locked:
            each.owners.remove("snapmirror")
        self._locked, self._carried = [], []
        cluster = relationship.cluster
        for row in (cluster.running, cluster.queued):
            if self in row:
                row.remove(self)
        if state == "success":
            self._clear_old_snapshots()
        elif state != "aborted" and self._taken is not None:
            snapshots.drop(relationship.source, [self._taken])
        relationship.transfer_ended(self)
        if cluster.queued and (cluster.max_transfers is None or len(cluster.running) < cluster.max_transfers):
            cluster.queued.pop(0)._start()
