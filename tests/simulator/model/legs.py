# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a relationship joins: its two ends, and for each of their volumes a leg that moves with the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

from . import snapshots
from .devices import identity

if TYPE_CHECKING:
    from .groups import ConsistencyGroup
    from .mirrors import Relationship
    from .snapshots import Snapshot
    from .svm_dr import WholeSvm
    from .volumes import Volume

    Endpoint = Union[Volume, ConsistencyGroup, WholeSvm]

_GROUP_TYPES = {"flexgroup": "flexgroup", "consistency_group": "consistency_group", "svm": "svm_dr"}


def group_type(end: Endpoint) -> str:
    """ONTAP's word for what kind of end this is."""
    return _GROUP_TYPES.get(end.style, "none")


@dataclass(eq=False)
class Leg:
    """exported: the destination's snapshot that its readers see; None before the leg's baseline."""

    source: Volume = field(repr=False)
    destination: Volume = field(repr=False)
    exported: Snapshot | None = None

    def newest_common(self) -> Snapshot | None:
        return self.source.newest_common(self.destination)

    def why_no_resync(self) -> str | None:
        common = self.newest_common()
        if common is None:
            return "No common snapshot was found between the source and the destination."
        younger = self.destination.snapshots[self.destination.snapshots.index(common) + 1 :]
        busy = [each.name for each in younger if each.owners]
        return f'Snapshot "{busy[0]}" of the destination is busy.' if busy else None

    def go_back_to_common(self) -> None:
        """Throw away what the destination has that is newer than the newest common snapshot."""
        self.exported = self.newest_common()
        if self.exported is not None:
            snapshots.revert(self.destination, self.exported)
        self.destination.type = "dp"
        self.destination.initialized = True

    def share_serials(self) -> None:
        """Let hosts see both sides of each LUN as one."""
        for device in self.destination.devices:
            known = identity(self.source, device).serial_number
            identity(self.destination, device).serial_number = known

    def follow(self) -> None:
        """The destination holds what the source holds now."""
        self.destination.hold(self.source.active, self.source.devices)


def join(relationship: Relationship, leg: Leg) -> None:
    """Let both volumes of the leg know their relationship."""
    world = relationship.world
    world.mirrors_from.setdefault(leg.source.uuid, []).append(relationship)
    world.mirror_onto[leg.destination.uuid] = relationship


def part(relationship: Relationship, leg: Leg) -> None:
    """The opposite of `join`."""
    world = relationship.world
    world.mirrors_from[leg.source.uuid].remove(relationship)
    del world.mirror_onto[leg.destination.uuid]
