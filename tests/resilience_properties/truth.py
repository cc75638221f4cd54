# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated arrays hold at one moment, as frozen values: only the simulator is asked, never a module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.simulator.model.content import Mark

from .site import VOLUMES, name_at, own_name

Place = tuple[str, str]
"""(cluster, volume)."""


@dataclass(frozen=True)
class SnapshotSeen:
    """made_by: uuid of the mirror whose transfer took it, None for anybody else's."""

    version: str
    name: str
    made_by: str | None
    created: float
    marks: frozenset[Mark]


@dataclass(frozen=True)
class VolumeSeen:
    """properties: all that only its owner changes.  luns: path and whether it takes writes.  parent: of a clone."""

    uuid: str
    type: str
    state: str
    junction: str | None
    comment: str
    marks: frozenset[Mark]
    snapshots: tuple[SnapshotSeen, ...]
    properties: tuple[Any, ...]
    luns: tuple[tuple[str, bool], ...]
    parent: str | None

    @property
    def writable(self) -> bool:
        return self.type == "rw" and self.state == "online"

    def versions(self) -> dict[str, SnapshotSeen]:
        return {one.version: one for one in self.snapshots}


@dataclass(frozen=True)
class MirrorSeen:
    """busy: a transfer runs or waits, or a pause is under way, so that its state changes by itself."""

    uuid: str
    source: Place
    source_uuid: str
    state: str
    busy: bool
    settings: tuple[Any, ...]
    exported: str | None


@dataclass(frozen=True)
class Truth:
    """mirrors: by destination.  records: {(source cluster, uuid, source volume): (source, destination)}."""

    now: float
    volumes: dict[Place, VolumeSeen]
    mirrors: dict[Place, MirrorSeen]
    records: dict[tuple[str, str, str], tuple[Place, Place]]

    def settled(self) -> Truth:
        """The same without the time, for comparing."""
        return Truth(0.0, self.volumes, self.mirrors, self.records)


def common(one: VolumeSeen, other: VolumeSeen) -> frozenset[str]:
    """Versions of the snapshots that both hold."""
    return frozenset(one.versions()) & frozenset(other.versions())


def look(world: Any) -> Truth:
    """The whole world; whoever calls holds its lock."""
    clusters = list(world.clusters.values())
    return Truth(
        world.now(),
        {_place(volume): _volume(volume) for cluster in clusters for volume in cluster.volumes()},
        {
            _place(leg.destination): _mirror(one, leg)
            for cluster in clusters
            for one in cluster.relationships.values()
            for leg in one.legs
        },
        {
            (cluster.name, uuid, volume.name): (_place(volume), _counterpart(volume, entry.destination.cluster.name))
            for cluster in clusters
            for uuid, entry in cluster.source_entries.items()
            for volume in entry.volumes
        },
    )


def _counterpart(volume: Any, cluster: str) -> Place:
    """Where a volume's mirror lies; strangers have names of their own, which the simulator's entry does not tell apart."""
    own = own_name(volume.cluster.name, volume.name)
    return cluster, name_at(cluster, own) if own in VOLUMES else f"{own}_copy"


def _place(volume: Any) -> Place:
    return volume.cluster.name, volume.name


def _volume(volume: Any) -> VolumeSeen:
    return VolumeSeen(
        uuid=volume.uuid,
        type=volume.type,
        state=volume.state,
        junction=volume.junction,
        comment=volume.comment,
        marks=frozenset(volume.active),
        snapshots=tuple(_snapshots(volume)),
        properties=(
            volume.size_bytes,
            volume.guarantee,
            volume.snapshot_policy,
            volume.export_policy.name,
            tuple(sorted(volume.efficiency.items())),
            tuple(aggregate.name for aggregate in volume.aggregates),
        ),
        luns=tuple(sorted((device.name, device.enabled) for device in volume.devices)),
        parent=volume.clone_of[0].name if volume.clone_of else None,
    )


def _snapshots(volume: Any) -> Iterator[SnapshotSeen]:
    for one in volume.snapshots:
        yield SnapshotSeen(one.version_uuid, one.name, one.created_by, one.create_time, frozenset(one.content))


def _mirror(one: Any, leg: Any) -> MirrorSeen:
    """A leg of a relationship; one between volumes has one."""
    return MirrorSeen(
        uuid=one.uuid,
        source=_place(leg.source),
        source_uuid=leg.source.uuid,
        state=one.state,
        busy=one.transferring or (one.pausing and one.state != "paused"),
        settings=(one.policy.name, one.schedule.name if one.schedule else None, one.throttle),
        exported=leg.exported.version_uuid if leg.exported else None,
    )
