# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Break: from quiesce to a writable volume that is mounted where its source was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..model.mirror import Mirror, State
from ..model.picture import Picture
from ..model.plan import DESTINATION, Plan, Step, Verb, VolumePlan, join
from ..model.snapshot import Snapshot, fence_name
from ..model.volume import Volume, VolumeType
from .carried import without_note
from .clone_removal import rehearsals_gone
from .fence import snapshots_gone
from .names import Origin, is_literal, mirrors_by_source, select_from_mirrors, served_here, without_twins
from .presentation import Junction, Mounts, depth, junction_for
from .whole_svms import start, two_of_one_identity


@dataclass(frozen=True)
class WantedBreak:
    """quiesce_timeout_s 0: abort at once.  manifest: as captured, {} when there is none.

    snapshot: break to this older snapshot.  recovery_point: to the newest of each volume that is not later.
    """

    origin: Origin
    volumes: tuple[str, ...]
    quiesce_timeout_s: float = 60.0
    on_quiesce_timeout: str = "abort"
    mount: bool = True
    junction_paths: Mapping[str, str] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    snapshot: str | None = None
    recovery_point: datetime | None = None


def plan_break(have: Picture, want: WantedBreak) -> Plan:
    """Each volume quiesces and breaks in a row of its own, so that none waits for a slower one.

    A volume is mounted at the end of its row, unless another volume of the set is mounted above it: those follow in
    later stages, shallowest first, and only below parents that succeeded.
    """
    mirrors = mirrors_by_source(have.destination, want.origin)
    here = have.destination
    serving = {name: volume for name, volume in served_here(here, want.origin).items() if name not in mirrors}
    known = {*mirrors, *serving}
    chosen = without_twins(select_from_mirrors(want.volumes, known, f"SVM {here.svm}"), here, want.origin)
    junctions = _junctions([name for name in chosen.names if name not in serving], mirrors, have, want)
    mounted = {name: junction.path for name, junction in junctions.items() if name in mirrors or not junction.assumed}
    mounts, plans = Mounts.of(mounted), {}
    for name in chosen.names:
        if name in chosen.refused:
            plans[name] = VolumePlan.refuse(name, chosen.refused[name])
        elif name in serving:
            plans[name] = _serves(name, serving[name], want)
        else:
            parents = mounts.parents(mounted[name]) if mounted.get(name) else ()
            plans[name] = _one(name, mirrors[name], have, junctions.get(name), parents, mounted, want)
    return join(plans)


def without_mirrors(have: Picture, want: WantedBreak) -> bool:
    """Whether a volume is named that has none here; it may have been failed over, and mirrored back since."""
    mirrors = mirrors_by_source(have.destination, want.origin)
    return any(is_literal(name) and name not in mirrors for name in want.volumes)


def _serves(name: str, volume: Volume, want: WantedBreak) -> VolumePlan:
    path = f"{volume.svm}:{volume.name}"
    facts = {"source": f"{want.origin.svm}:{name}", "destination": path, "direction": "reversed"}
    return VolumePlan.of(name, message=f"{path} serves already, and is mirrored back to {want.origin.svm}", facts=facts)


def _junctions(
    names: Sequence[str], mirrors: Mapping[str, Mirror], have: Picture, want: WantedBreak
) -> dict[str, Junction]:
    if not want.mount:
        return {}
    targets = {name: have.destination.volumes.get(mirror.destination.volume) for name, mirror in mirrors.items()}
    return {name: junction_for(name, targets.get(name), want.junction_paths, want.manifest) for name in names}


def _one(
    name: str,
    mirror: Mirror,
    have: Picture,
    junction: Junction | None,
    parents: tuple[str, ...],
    mounted: Mapping[str, str],
    want: WantedBreak,
) -> VolumePlan:
    path = str(mirror.destination)
    volume = have.destination.volumes.get(mirror.destination.volume)
    facts: dict[str, Any] = {
        "source": f"{want.origin.svm}:{mirror.source.volume}",
        "destination": path,
        "exported_snapshot": mirror.exported_snapshot,
        "lag_s": mirror.lag_s,
    }
    if junction is not None:
        facts.update(junction=junction.path, junction_basis=junction.basis, junction_assumed=junction.assumed)
    held = (have.destination.snapshots or {}).get(mirror.destination.volume, ())
    older, missing = _older_point(path, mirror, held, want)
    if took_over(mirror, volume):
        told = f"{mirror.target} took over by itself and serves; it is mirrored back when the lost side returns"
        return VolumePlan.of(name, message=told, facts={**facts, "direction": "reversed"})
    running, danger = two_of_one_identity(mirror, have)
    refused = _unbreakable(mirror, volume, path) or missing or _whole_only(mirror, older) or running
    if refused:
        return VolumePlan.refuse(name, refused, facts=facts)
    if older is not None:
        facts.update(
            recovery_snapshot=older.name, recovery_time=older.create_time.isoformat() if older.create_time else None
        )
    rows: dict[int, tuple[Step, ...]] = {
        0: break_steps(name, mirror, older, want.quiesce_timeout_s, want.on_quiesce_timeout)
    }
    if mirror.of_svm:
        rows[0] = (*rows[0], *start(have.destination, name, DESTINATION))
    if older is not None:
        rows.update(rehearsals_gone(name, mirror.destination.volume, older, have.destination))
    mount, drift = _mount_steps(name, path, volume, junction)
    back = want.snapshot is not None or want.recovery_point is not None
    if back and volume is not None and without_note(volume.comment) != volume.comment:
        args = {"uuid": volume.uuid, "comment": without_note(volume.comment)}
        mount = (Step(Verb.VOLUME_COMMENT, name, path, args=args), *mount)
    own_fence = [one for one in held if volume is not None and one.name == fence_name(volume.svm)]
    if volume is not None and own_fence:
        mount = (*snapshots_gone(own_fence, volume, DESTINATION), *mount)
    if mount:
        row = max((depth(mounted[parent]) for parent in parents), default=0)
        rows[row] = (*rows.get(row, ()), *mount)
    if mirror.state is State.BROKEN_OFF and (want.snapshot or want.recovery_point):
        drift = [
            *drift,
            f"{path} is broken off already; whether it stands at the recovery point asked for is not known",
        ]
    if older is not None:
        drift = [
            *drift,
            f"{path}: everything newer than {older.name} ({older.create_time}) is discarded there, as asked",
        ]
    warnings = (
        [f"{path}: nobody told where {name} was mounted; {junction.path} is assumed"]
        if junction and junction.assumed
        else []
    )
    warnings += [danger] if danger else []
    plan = VolumePlan.of(name, facts=facts, warnings=tuple(warnings + drift), message=f"{path} is {mirror.state.value}")
    return VolumePlan(plan.verdict, {row: steps for row, steps in rows.items() if steps}, parents)


def _older_point(path: str, mirror: Mirror, held: Sequence[Snapshot], want: WantedBreak) -> tuple[Snapshot | None, str]:
    """The snapshot to go back to, and why there is none ("" where it was found or none was asked for)."""
    if want.snapshot is None and want.recovery_point is None:
        return None, ""
    asked = f"snapshot {want.snapshot}" if want.snapshot else f"snapshot from {want.recovery_point} or before"
    if mirror.state is State.BROKEN_OFF:
        return None, ""
    dated = sorted((one for one in held if one.create_time is not None), key=lambda one: (one.create_time, one.name))
    fits = [
        one
        for one in dated
        if one.name == want.snapshot
        or (want.recovery_point is not None and one.create_time is not None and one.create_time <= want.recovery_point)
    ]
    if fits:
        return fits[-1], ""
    oldest = f"; the oldest is {dated[0].name} from {dated[0].create_time}" if dated else ""
    return None, f"{path} has no {asked}{oldest}"


def _whole_only(mirror: Mirror, older: Snapshot | None) -> str:
    if older is None or mirror.group is None:
        return ""
    return f"{mirror.target} is broken as a whole, which ONTAP does to the newest snapshot only: leave out snapshot and recovery_point"


def took_over(mirror: Mirror, volume: Volume | None) -> bool:
    """Of active sync: the destination takes writes, as the volume itself says."""
    return (
        mirror.active_sync
        and mirror.state is not State.BROKEN_OFF
        and volume is not None
        and volume.type is VolumeType.RW
    )


def _unbreakable(mirror: Mirror, volume: Volume | None, path: str) -> str:
    if mirror.state is State.UNINITIALIZED:
        return f"{path} was never initialized: it holds nothing to fail over to"
    if mirror.state is State.UNKNOWN:
        return f"the state of {path} cannot be read: nothing is done to what is unknown"
    if mirror.active_sync:
        return (
            f"{path} has policy {mirror.policy} (active sync), which is never broken: it takes over by itself when its mediator "
            "sees that the source is lost, and by snapmirror_reverse (failover, mode planned) while both sides live"
        )
    if volume is None:
        return f"{path} is named by its mirror but the volume is not there"
    if mirror.state is State.BROKEN_OFF and not mirror.transferring and volume.type is not VolumeType.RW:
        return f"{path} is broken_off, yet of type {volume.type.value}: it takes no writes; look at the array"
    return ""


def break_steps(
    name: str, mirror: Mirror, older: Snapshot | None, quiesce_timeout_s: float, on_quiesce_timeout: str
) -> tuple[Step, ...]:
    """A resync under way shows as broken_off and transferring: it is stopped, for it ends in a volume without writes.

    What a mirror shows when it is quiesced goes on record: should no break follow, that tells whose pause it is.
    """
    path, uuid = mirror.target, mirror.uuid
    steps = []
    if mirror.state is State.BROKEN_OFF:
        if not mirror.transferring:
            return ()
        if mirror.synchronous:  # its transfers cannot be aborted
            steps.append(Step(Verb.AWAIT_IDLE, name, path, args={"uuid": uuid}))
        elif mirror.transfer_uuid:
            steps.append(Step(Verb.ABORT, name, path, args={"uuid": uuid, "transfer_uuid": mirror.transfer_uuid}))
    elif mirror.state is not State.PAUSED or mirror.transferring:
        args = {
            "uuid": uuid,
            "timeout_s": quiesce_timeout_s,
            "on_timeout": "fail" if mirror.synchronous else on_quiesce_timeout,
            "shows": mirror.shows,
        }
        steps.append(Step(Verb.QUIESCE, name, path, args=args))
    return (*steps, Step(Verb.BREAK, name, path, args={"uuid": uuid, "snapshot": older.name if older else None}))


def _mount_steps(
    name: str, path: str, volume: Volume | None, junction: Junction | None
) -> tuple[tuple[Step, ...], list[str]]:
    """The mount still missing. A volume in use that is mounted elsewhere is left there and said; a read-only one moves."""
    if volume is None or junction is None or not junction.path or volume.junction_path == junction.path:
        return (), []
    if volume.junction_path and volume.type is VolumeType.RW:
        return (), [f"{path} is mounted at {volume.junction_path}, not at {junction.path}; it is left there"]
    leave = (Step(Verb.UNMOUNT, name, path, args={"uuid": volume.uuid}),) if volume.junction_path else ()
    args = {"uuid": volume.uuid, "junction_path": junction.path}
    return (*leave, Step(Verb.MOUNT, name, path, args=args)), []
