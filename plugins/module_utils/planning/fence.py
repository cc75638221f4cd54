# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fence: a source that cannot take writes, and its way back into service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model.errors import BadInput
from ..model.picture import Picture, Side
from ..model.plan import SOURCE, Plan, Step, Verb, VolumePlan, join
from ..model.volume import Volume
from .names import select_from_source
from .presentation import depth, parents_in


@dataclass(frozen=True)
class WantedFence:
    """junction_paths: {volume: path} to mount at when the fence is taken away."""

    volumes: tuple[str, ...]
    absent: bool = False
    junction_paths: Mapping[str, str] = field(default_factory=dict)


def plan_fence(have: Picture, want: WantedFence) -> Plan:
    """Unmount deepest first, mount shallowest first; `{volume: junction}` as found is in the facts.

    A volume of others that is mounted below one of the set would lose its path: that is refused, both named.
    """
    side = have.side("source")
    chosen = select_from_source(want.volumes, side)
    volumes = {name: side.volumes[name] for name in chosen.names}
    for name in want.junction_paths:
        if name not in volumes:
            raise BadInput(f"junction_paths: {name} is not among volumes")
    return join(
        {
            name: VolumePlan.refuse(name, chosen.refused[name])
            if name in chosen.refused
            else (_unfence(volume, want) if want.absent else _fence(volume, side, volumes))
            for name, volume in volumes.items()
        }
    )


def _fence(volume: Volume, side: Side, mine: Mapping[str, Volume]) -> VolumePlan:
    path, junction = f"{volume.svm}:{volume.name}", volume.junction_path
    devices = (side.block_devices or {}).get(volume.name, 0)
    if devices:
        return VolumePlan.refuse(
            volume.name,
            f"{path} holds {devices} LUN(s) or namespace(s) that take writes, which this release does not fence: "
            "take them offline yourself, then run again",
        )
    if not junction:
        return VolumePlan.of(volume.name, message=f"{path} is not mounted", facts={"junction": ""})
    others = {name: other.junction_path or "" for name, other in side.volumes.items() if name not in mine}
    below = [name for name, above in others.items() if above and parents_in(above, {volume.name: junction})]
    if below:
        return VolumePlan.refuse(
            volume.name,
            f"{path} cannot be unmounted: {', '.join(sorted(below))}, which is not in the set, is mounted below it",
        )
    deepest = max(depth(other.junction_path or "") for other in mine.values())
    step = Step(Verb.UNMOUNT, volume.name, path, SOURCE, {"uuid": volume.uuid})
    plan = VolumePlan.of(volume.name, facts={"junction": junction})
    children = tuple(
        sorted(name for name, other in mine.items() if parents_in(other.junction_path or "", {volume.name: junction}))
    )
    return VolumePlan(plan.verdict, {deepest - depth(junction): (step,)}, children)


def _unfence(volume: Volume, want: WantedFence) -> VolumePlan:
    path, wanted = f"{volume.svm}:{volume.name}", want.junction_paths.get(volume.name, "")
    if not wanted or volume.junction_path == wanted:
        return VolumePlan.of(volume.name, message=f"{path} is mounted at {volume.junction_path or 'no path'}")
    if volume.junction_path:
        return VolumePlan.refuse(
            volume.name, f"{path} is mounted at {volume.junction_path}, not at {wanted}: unmount it first"
        )
    step = Step(Verb.MOUNT, volume.name, path, SOURCE, {"uuid": volume.uuid, "junction_path": wanted})
    plan = VolumePlan.of(volume.name, facts={"junction": wanted})
    return VolumePlan(plan.verdict, {depth(wanted): (step,)}, parents_in(wanted, want.junction_paths))
