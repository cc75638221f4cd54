# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each volume of a backend is active: at home, or at a target, and how far on its way back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..model.mirror import Mirror, State
from ..model.picture import Picture, Side
from ..model.plan import Plan, VolumePlan, join
from ..model.snapshot import fence_of
from ..model.volume import Volume, VolumeType
from .failover import took_over
from .names import Origin, is_literal, matching
from .pairs import BACKEND_IS_SOURCE, Pair, pairs_of


class Phase(str, Enum):
    """In the order of a failover and its way back.

    RETURNING: the target is fenced and its mirror at home is broken.  RETURNED: that mirror is gone, too, and the
    original direction is not replicating yet.
    """

    HOME = "home"
    FAILED_OVER = "failed_over"
    REPROTECTED = "reprotected"
    RETURNING = "returning"
    RETURNED = "returned"
    UNKNOWN = "unknown"


AWAY = (Phase.FAILED_OVER, Phase.REPROTECTED, Phase.RETURNING, Phase.RETURNED)


@dataclass(frozen=True)
class Question:
    """origin: the backend's SVM.  volumes: its own names, globs, or ~regex.  svm_dr: it is mirrored as a whole."""

    origin: Origin
    volumes: tuple[str, ...]
    svm_dr: bool = False


def plan_whereabouts(have: Picture, want: Question) -> Plan:
    """No steps; a verdict for each volume that is or was mirrored to this target, and for each that is named."""
    pairs = pairs_of(have, want.origin, want.volumes, BACKEND_IS_SOURCE, want.svm_dr)
    names = matching(want.volumes, pairs)
    named = {name for name in want.volumes if is_literal(name)}
    return join({name: _one(name, pairs.get(name), have) for name in sorted(names | named)})


def _one(name: str, pair: Pair | None, have: Picture) -> VolumePlan:
    home, there = have.side("source"), have.destination
    if pair is None:
        told = f"{name} was never mirrored to SVM {there.svm}"
        return VolumePlan.of(name, message=told, facts={"phase": Phase.HOME.value, "split_brain": False})
    here, away = home.volumes.get(pair.active), there.volumes.get(pair.overwritten)
    phase = phase_of(pair, away, have)
    active = there if phase in (Phase.FAILED_OVER, Phase.REPROTECTED) else home
    both = phase is Phase.FAILED_OVER and here is not None and takes_writes(here, home)
    mirror = pair.old or pair.new
    active_sync = mirror is not None and mirror.active_sync
    facts: dict[str, Any] = {
        "phase": phase.value,
        "source": f"{home.svm}:{pair.active}",
        "destination": f"{there.svm}:{pair.overwritten}",
        "target_volume": pair.overwritten,
        "active": f"{active.svm}:{pair.active if active is home else pair.overwritten}",
        "direction": "reversed" if pair.old is not None else "forward",
        "split_brain": both,
        "active_sync": active_sync,
        "isolate": phase is Phase.FAILED_OVER
        and pair.old is None
        and not active_sync
        and here is not None
        and here.type is VolumeType.RW,
        "fenced": away is not None and _fenced(away, there),
        "fenced_at_home": here is not None and _fenced(here, home),
        "settled": phase is Phase.HOME and pair.new is not None and pair.new.in_step,
        **({"state": mirror.state.value, "healthy": mirror.healthy, "lag_s": mirror.lag_s} if mirror else {}),
    }
    message = f"{phase.value}: active at {facts['active']}"
    warnings: tuple[str, ...] = ()
    if both:
        message = split_brain(facts["source"], facts["destination"])
        warnings = (message,)
    return VolumePlan.of(name, message=message, facts=facts, warnings=warnings)


def split_brain(home: str, away: str) -> str:
    return (
        f"split-brain danger: {home} takes writes although {away} was failed over to. Isolate {home} (playbook reprotect, "
        "or module source_fence); nothing is done to it by itself"
    )


def takes_writes(volume: Volume, side: Side) -> bool:
    """Whether hosts may reach it: it is mounted, or LUNs or namespaces in it are online."""
    reachable = bool(volume.junction_path) or bool(side.block_devices(volume.name))
    return volume.type is VolumeType.RW and volume.online and reachable and not side.stopped


def phase_of(pair: Pair, away: Volume | None, have: Picture) -> Phase:
    """forward mirror: pair.new.  backward mirror: pair.old.  A fence at the target says that the way home has begun."""
    forward, backward, there = pair.new, pair.old, have.destination
    if away is None or _unreadable(forward) or _unreadable(backward):
        return Phase.UNKNOWN
    if forward is not None and forward.state is not State.BROKEN_OFF:
        return Phase.FAILED_OVER if took_over(forward, away) else Phase.HOME
    if away.type is not VolumeType.RW:  # being resynchronized from home, or merely a copy without a mirror
        return Phase.RETURNED if forward is not None else Phase.HOME
    replicating = backward is not None and backward.state is not State.BROKEN_OFF
    if replicating:
        return Phase.REPROTECTED
    if not _fenced(away, there):
        return Phase.FAILED_OVER
    return Phase.RETURNING if backward is not None else Phase.RETURNED


def _unreadable(mirror: Mirror | None) -> bool:
    return mirror is not None and mirror.state is State.UNKNOWN


def _fenced(volume: Volume, side: Side) -> bool:
    """The fence's own snapshot stands, and nothing that the fence took away is back."""
    held = (side.snapshots or {}).get(volume.name, ())
    unreachable = side.stopped or (not volume.junction_path and side.block_devices(volume.name) == 0)
    return fence_of(side.svm, held) is not None and unreachable
