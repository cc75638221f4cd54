# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What administrators do to the arrays by hand, behind our back: straight in the simulator's model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.simulator.model import mirror_change, snapshots, volume_change, volume_create
from tests.simulator.model.errors import Refused
from tests.simulator.model.volume_create import NewVolume

from .life import Life
from .site import CLUSTERS, name_at


def intervene(life: Life, what: str, cluster: str, own: str, number: int) -> None:
    """number: makes names unique. What the array refuses an administrator does not happen either."""
    with life.site.locked() as world:
        if cluster in life.down:
            return
        try:
            done = ACTIONS[what](life, cluster, own, number)
        except Refused as refused:
            done = f"refused: {refused.message}"
        world.clock.advance(1)
        world.settle()
    if done is not None:
        life.story.append(f"an administrator at {cluster}: {what} {own} {done}")


def _mirror(life: Life, cluster: str, own: str) -> Any:
    """The one that carries the volume, alone or with others."""
    volume = life.volume(cluster, own)
    return life.site.world.mirror_onto.get(volume.uuid) if volume is not None else None


def _set_state(state: str) -> Callable[..., str | None]:
    def act(life: Life, cluster: str, own: str, number: int) -> str | None:
        found = _mirror(life, cluster, own)
        if found is None:
            return None
        mirror_change.modify(found, state=state)
        return ""

    return act


def _delete_mirror(life: Life, cluster: str, own: str, number: int) -> str | None:
    """At the destination only; the source keeps its record and the snapshots stay."""
    found = _mirror(life, cluster, own)
    if found is None:
        return None
    mirror_change.delete(found, destination_only=True)
    return ""


def _delete_both_sides(life: Life, cluster: str, own: str, number: int) -> str | None:
    found = _mirror(life, cluster, own)
    if found is None:
        return None
    mirror_change.delete(found)
    return ""


def _release(life: Life, cluster: str, own: str, number: int) -> str | None:
    volume = life.volume(cluster, own)
    entries = list(volume.source_entries) if volume is not None else []
    for entry in entries:
        mirror_change.release(life.site.world.clusters[cluster], entry, True)
    return "" if entries else None


def _policy(life: Life, cluster: str, own: str, number: int) -> str | None:
    found = _mirror(life, cluster, own)
    if found is None:
        return None
    mirror_change.modify(found, policy=("MirrorAllSnapshots", "MirrorLatest")[number % 2])
    return ""


def _schedule(life: Life, cluster: str, own: str, number: int) -> str | None:
    found = _mirror(life, cluster, own)
    if found is None:
        return None
    mirror_change.modify(found, schedule=(None, "5min")[number % 2])
    return ""


def _delete_volume(life: Life, cluster: str, own: str, number: int) -> str | None:
    volume = life.volume(cluster, own)
    if volume is None:
        return None
    volume_change.delete(volume)
    return ""


def _new_volume(life: Life, cluster: str, own: str, number: int) -> str | None:
    """Of the name that ours has or had; an rw volume that serves somebody."""
    if life.volume(cluster, own) is not None:
        return None
    svm = life.site.world.clusters[cluster].svms[f"svm_{cluster}"]
    name = name_at(cluster, own)
    wanted = NewVolume(name=name, size_bytes=2 * 1024**3, aggregates=[f"aggr_{cluster}"])
    volume_create.create(svm, wanted)
    life.site.world.clock.advance(1)
    life.site.world.settle()
    made = life.volume(cluster, own)
    if made is None:
        return "came to nothing"
    volume_change.modify(made, {"junction": f"/new_{number}"})
    made.write(f"the new {name} {number}")
    return ""


def _take_snapshot(life: Life, cluster: str, own: str, number: int) -> str | None:
    volume = life.volume(cluster, own)
    if volume is None:
        return None
    snapshots.create(volume, f"admin.{number}")
    return ""


def _delete_snapshot(life: Life, cluster: str, own: str, number: int) -> str | None:
    volume = life.volume(cluster, own)
    if volume is None or not volume.snapshots:
        return None
    doomed = volume.snapshots[number % len(volume.snapshots)]
    snapshots.delete(volume, doomed)
    return doomed.name


def _junction(life: Life, cluster: str, own: str, number: int) -> str | None:
    volume = life.volume(cluster, own)
    if volume is None:
        return None
    path = ("", f"/moved_{own}")[number % 2]
    volume_change.modify(volume, {"junction": path})
    return path


def _lun(life: Life, cluster: str, own: str, number: int) -> str | None:
    """LUNs of the volume on or off."""
    volume = life.volume(cluster, own)
    if volume is None or not volume.devices or volume.type != "rw":
        return None
    from dataclasses import replace

    volume.set_devices(tuple(replace(device, enabled=bool(number % 2)) for device in volume.devices))
    return str(bool(number % 2))


ACTIONS: Mapping[str, Callable[[Life, str, str, int], str | None]] = {
    "pauses": _set_state("paused"),
    "resumes": _set_state("snapmirrored"),
    "breaks": _set_state("broken_off"),
    "deletes the mirror of": _delete_mirror,
    "deletes both sides of the mirror of": _delete_both_sides,
    "releases": _release,
    "changes the policy of": _policy,
    "changes the schedule of": _schedule,
    "deletes volume": _delete_volume,
    "makes a new volume": _new_volume,
    "takes a snapshot of": _take_snapshot,
    "deletes a snapshot of": _delete_snapshot,
    "moves": _junction,
    "switches the LUNs of": _lun,
}
PLACES = CLUSTERS
