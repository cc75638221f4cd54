# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a transfer carries over one leg of its relationship, and what it leaves behind on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import content, snapshots

if TYPE_CHECKING:
    from .legs import Leg
    from .mirrors import Relationship
    from .snapshots import Snapshot

_TAKEN_OVER = ("language", "security_style", "uid", "gid", "unix_permissions")


class Load:
    """One leg's part of a transfer. initial: the destination gets its baseline.

    total_bytes: what is carried over this leg; exported: the source's snapshot that readers will see afterwards.
    """

    def __init__(self, relationship: Relationship, leg: Leg, kind: str) -> None:
        self.relationship = relationship
        self.leg = leg
        self.initial = kind == "initialize" or leg.exported is None
        self.total_bytes = 0
        self.exported: Snapshot | None = None
        self._carried: list[Snapshot] = []
        self._locked: list[Snapshot] = []
        self._taken: Snapshot | None = None

    def obstacle(self) -> str | None:
        """Why this leg cannot carry anything, found out before a snapshot is taken."""
        source, destination = self.leg.source, self.leg.destination
        if destination.size_bytes < source.size_bytes:
            return (
                f"Destination volume {destination.path} ({destination.size_bytes} bytes) must be at least as large"
                f" as source volume {source.path} ({source.size_bytes} bytes)."
            )
        if not self.initial and self.leg.newest_common() is None:
            return "No common snapshot was found between the source and the destination."
        return None

    def gather(self, chosen: str | None, new_name: str) -> str | None:
        """Choose the snapshots to carry; the answer is what stands in the way.

        chosen: the one that the user named; new_name: what a snapshot taken for this transfer is called.
        """
        source, destination = self.leg.source, self.leg.destination
        if chosen is not None:
            found = source.snapshot_named(chosen)
            if found is None:
                return f'Snapshot "{chosen}" does not exist on the source.'
            self._carried = [found]
        else:
            self._carried = self._by_policy(new_name)
        self.exported = max(reversed(self._carried), key=lambda each: each.create_time, default=None)
        known = [] if self.initial else [each.content for each in destination.snapshots]
        self.total_bytes = content.missing_bytes([each.content for each in self._carried], known)
        return self._lack_of_space()

    def _by_policy(self, new_name: str) -> list[Snapshot]:
        policy, source = self.relationship.policy, self.leg.source
        mine: list[Snapshot] = []
        if policy.takes_snapshot or (self.initial and not source.snapshots):
            mine = [self._snapshot_source(new_name)]
        if policy.copies == "all":
            return list(source.snapshots)
        if policy.copies == "latest":
            return mine
        labels = {rule.label for rule in policy.rules}
        held = {each.version_uuid for each in self.leg.destination.snapshots}
        labelled = [
            each for each in source.snapshots if each.snapmirror_label in labels and each.version_uuid not in held
        ]
        if self.initial and not mine and not labelled:
            return source.snapshots[-1:]
        return labelled + mine

    def _snapshot_source(self, name: str) -> Snapshot:
        source = self.leg.source
        if source.type != "rw":  # a cascade passes on what the source itself exports
            return source.snapshots[-1]
        self._taken = snapshots.take(source, name, created_by=self.relationship.uuid)
        return self._taken

    def _lack_of_space(self) -> str | None:
        destination = self.leg.destination
        if destination.guarantee == "none" and destination.aggregates:
            room = sum(aggregate.available_bytes for aggregate in destination.aggregates)
            if self.total_bytes > room:
                return f"No space left in aggregate {destination.aggregates[0].name}."
        return None

    def lock(self) -> None:
        """Keep what is being carried, and what both sides share, from being deleted."""
        base = self.leg.newest_common()
        versions = {each.version_uuid for each in self._carried}
        if base is not None:
            versions.add(base.version_uuid)
        self._locked = [each for each in self.leg.source.snapshots if each.version_uuid in versions]
        for each in self._locked:
            each.owners.append("snapmirror")

    def land(self) -> None:
        """The destination gets what was carried."""
        if self.exported is None:
            return
        source, destination = self.leg.source, self.leg.destination
        if self.initial:
            snapshots.drop(destination, [each for each in destination.snapshots if not each.owners])
        held = {each.version_uuid for each in destination.snapshots}
        destination.snapshots += [
            snapshots.carried(each, destination) for each in self._carried if each.version_uuid not in held
        ]
        destination.snapshots.sort(key=lambda each: each.create_time)
        exported = next(each for each in destination.snapshots if each.version_uuid == self.exported.version_uuid)
        destination.hold(exported.content, exported.devices)
        destination.initialized = True
        self.leg.exported = exported
        for name in _TAKEN_OVER:
            setattr(destination, name, getattr(source, name))

    def unlock(self) -> None:
        for each in self._locked:
            each.owners.remove("snapmirror")
        self._locked, self._carried = [], []

    def drop_taken(self) -> None:
        """The snapshot that was taken for a transfer that has come to nothing."""
        if self._taken is not None:
            snapshots.drop(self.leg.source, [self._taken])

    def clear_old_snapshots(self) -> None:
        """What a successful transfer makes superfluous, on both sides."""
        source, destination, exported = self.leg.source, self.leg.destination, self.leg.exported
        if exported is None:
            return
        own = self.relationship.uuid
        mine_and_old = [
            each
            for each in source.snapshots
            if each.created_by == own and each.version_uuid != exported.version_uuid and not each.owners
        ]
        snapshots.drop(source, mine_and_old)
        onwards = [each.leg_from(destination).exported for each in destination.mirrored_by()]
        passed_on = {each.version_uuid for each in onwards if each is not None}
        doomed = [
            each
            for each in destination.snapshots
            if each is not exported
            and not each.owners
            and self._superfluous(each)
            and each.version_uuid not in passed_on
        ]
        snapshots.drop(destination, doomed)

    def _superfluous(self, snapshot: Snapshot) -> bool:
        policy = self.relationship.policy
        if snapshot.created_by == self.relationship.uuid:
            return True
        if policy.copies == "all":
            return all(each.version_uuid != snapshot.version_uuid for each in self.leg.source.snapshots)
        for rule in policy.rules:
            if snapshot.snapmirror_label == rule.label:
                same = [each for each in self.leg.destination.snapshots if each.snapmirror_label == rule.label]
                return snapshot not in same[-rule.count :]
        return False
