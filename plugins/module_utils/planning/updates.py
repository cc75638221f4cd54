# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfers now: an update for each mirror that can take one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..model.mirror import Mirror, State
from ..model.picture import Picture, Side
from ..model.plan import Plan, Step, Verb, VolumePlan, join
from ..model.snapshot import shown
from .carried import is_carried, noted
from .names import Origin, mirrors_by_source, select_from_mirrors, without_twins


@dataclass(frozen=True)
class WantedUpdates:
    """exported_not_before: {volume: ISO 8601 with an offset}, the time of the fence behind which nothing is written any more."""

    origin: Origin
    volumes: tuple[str, ...]
    wait: bool = False
    exported_not_before: Mapping[str, str] = field(default_factory=dict)


def plan_updates(have: Picture, want: WantedUpdates) -> Plan:
    """An update is asked for at each run: it is an action, not a state."""
    mirrors = mirrors_by_source(have.destination, want.origin)
    here = have.destination
    chosen = without_twins(select_from_mirrors(want.volumes, mirrors, f"SVM {here.svm}"), here, want.origin)
    return join(
        {
            name: VolumePlan.refuse(name, chosen.refused[name])
            if name in chosen.refused
            else _one(name, mirrors[name], here, want)
            for name in chosen.names
        }
    )


def _one(name: str, mirror: Mirror, here: Side, want: WantedUpdates) -> VolumePlan:
    path = str(mirror.destination)
    facts = {"source": f"{want.origin.svm}:{mirror.source.volume}", "destination": path}
    if name in want.exported_not_before:
        facts["exported_not_before"] = want.exported_not_before[name]
    if mirror.synchronous:
        return _in_sync(name, mirror, here, want, facts)
    if mirror.state is State.PAUSED and not mirror.transferring and _shown_since(name, mirror, here, want):
        return VolumePlan.of(
            name, message=f"{path} is paused and shows {mirror.exported_snapshot} already", facts=facts
        )
    if mirror.state is not State.SNAPMIRRORED:
        return VolumePlan.refuse(name, _not_replicating(path, mirror), facts=facts)
    if mirror.transferring and not want.wait:
        return VolumePlan.of(name, message=f"{path} is transferring already", in_progress=True, facts=facts)
    target = mirror.target
    steps = [Step(Verb.AWAIT_IDLE, name, target, args={"uuid": mirror.uuid})] if mirror.transferring else []
    args = {"uuid": mirror.uuid, "wait": want.wait, "before": mirror.transfer_mark}
    return VolumePlan.of(name, *steps, Step(Verb.UPDATE, name, target, args=args), facts=facts)


def _in_sync(name: str, mirror: Mirror, here: Side, want: WantedUpdates, facts: Mapping[str, Any]) -> VolumePlan:
    """Nothing is transferred: in sync, seen after the fence, is the proof that all is there, and is noted as such."""
    path, limit = str(mirror.destination), want.exported_not_before.get(name)
    volume, source = here.volumes.get(mirror.destination.volume), f"{want.origin.svm}:{mirror.source.volume}"
    if mirror.state is State.PAUSED and limit and volume is not None and is_carried(volume.comment, source, limit):
        return VolumePlan.of(name, message=f"{path} is paused and holds all until {limit} already", facts=facts)
    if not mirror.replicating:
        return VolumePlan.refuse(name, _not_replicating(path, mirror), facts=facts)
    if mirror.in_step and not limit:
        return VolumePlan.of(name, message=f"{path} is in_sync and needs no update", facts=facts)
    if not want.wait:
        reasons = "; ".join(mirror.unhealthy_reasons)
        told = f"{path} is {mirror.state.value}{': ' if reasons else ''}{reasons}"
        return VolumePlan.of(name, message=told, in_progress=not mirror.in_step, facts=facts)
    steps = [Step(Verb.AWAIT_IDLE, name, path, args={"uuid": mirror.uuid, "initialized": True})]
    if limit and volume is not None and not is_carried(volume.comment, source, limit):
        args = {"uuid": volume.uuid, "comment": noted(volume.comment, source, limit)}
        steps.append(Step(Verb.VOLUME_COMMENT, name, path, args=args, tolerated=True))
    return VolumePlan.of(name, *steps, facts=facts)


def _not_replicating(path: str, mirror: Mirror) -> str:
    """A paused mirror is somebody's decision, or was left by a run that was cut off after the source served again."""
    remedy = ": resume it with relationship_state: active" if mirror.state is State.PAUSED else ""
    return f"{path} is {mirror.state.value}; only a {mirror.good_state} mirror takes an update{remedy}"


def _shown_since(name: str, mirror: Mirror, here: Side, want: WantedUpdates) -> bool:
    """The update that is asked for was made by a run that was cut off later, after it had quiesced the mirror."""
    limit, held = want.exported_not_before.get(name), (here.snapshots or {}).get(mirror.destination.volume, ())
    exported = shown(mirror.exported_snapshot, held, mirror.of_svm)
    time = exported.create_time if exported is not None else None
    return bool(limit) and time is not None and time >= datetime.fromisoformat(str(limit))
