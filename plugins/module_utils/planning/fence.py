# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fence: a source that cannot take writes, and its way back into service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..model.errors import BadInput
from ..model.picture import Picture, Side
from ..model.plan import SOURCE, Plan, Step, Verb, VolumePlan, join
from ..model.presentation import LunMap
from ..model.snapshot import Snapshot, fence_name
from ..model.volume import Volume
from .names import Selection, select_from_source, unfit
from .presentation import Mounts, depth
from .whole_svms import start, stop


@dataclass(frozen=True)
class WantedFence:
    """What to give back when the fence is taken away. junction_paths: {volume: path}.  luns: {volume: LUN paths}.

    unmap: LUNs lose their maps, too.  maps: {volume: maps to give back, each lun, igroup, logical_unit_number}.
    svm_dr: the SVM is mirrored as a whole, so it is stopped and started; its junctions would follow to the copy.
    names: {volume: the name that outcomes are booked on}, where a target is fenced whose volumes have names of their own.
    """

    volumes: tuple[str, ...]
    absent: bool = False
    junction_paths: Mapping[str, str] = field(default_factory=dict)
    luns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unmap: bool = False
    maps: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    svm_dr: bool = False


@dataclass(frozen=True)
class Reach:
    """How hosts reach the volumes of a side, looked at once for all of them.

    below: {volume: those that are mounted below it}.  maps: {volume: those of its LUNs}.
    deepest: of the junctions of the set.
    """

    below: Mapping[str, Sequence[str]]
    maps: Mapping[str, Sequence[LunMap]]
    deepest: int

    @classmethod
    def of(cls, side: Side, mine: Mapping[str, Volume]) -> Reach:
        maps: dict[str, list[LunMap]] = {}
        owners = {lun.path: lun.volume for lun in side.luns or ()}
        for one in side.lun_maps or ():
            maps.setdefault(owners.get(one.lun, ""), []).append(one)
        mounts = Mounts.of({name: volume.junction_path or "" for name, volume in side.volumes.items()})
        return cls(mounts.below(), maps, max((depth(one.junction_path or "") for one in mine.values()), default=0))


def plan_fence(have: Picture, want: WantedFence) -> Plan:
    """LUNs offline and unmount deepest first; or mount shallowest first and LUNs online. As found is in the facts.

    A volume of others that is mounted below one of the set would lose its path: that is refused, both named.
    """
    side = have.side("source")
    chosen = select_from_source(want.volumes, side)
    volumes = {name: side.volumes[name] for name in chosen.names}
    for name in want.junction_paths:
        if name not in volumes:
            raise BadInput(f"junction_paths: {name} is not among volumes")
    if want.svm_dr:
        return _fence_svm(side, chosen, want).booked_on(want.names)
    reach, mounts = Reach.of(side, volumes), Mounts.of(want.junction_paths)
    return join(
        {
            name: VolumePlan.refuse(name, chosen.refused[name])
            if name in chosen.refused
            else (
                _unfence(volume, side, reach, mounts, want)
                if want.absent
                else _fence(volume, side, reach, volumes, want.unmap)
            )
            for name, volume in volumes.items()
        }
    ).booked_on(want.names)


def _fence(volume: Volume, side: Side, reach: Reach, mine: Mapping[str, Volume], unmap: bool) -> VolumePlan:
    """LUNs offline and, where asked, unmapped; unmount; then the snapshot whose create time is the time of the fence."""
    path, name, junction = f"{volume.svm}:{volume.name}", volume.name, volume.junction_path
    refused = _unfenceable(volume, side, reach, mine)
    if refused:
        return VolumePlan.refuse(name, refused)
    luns = [lun for lun in side.luns_of.get(name, ()) if lun.enabled is not False]
    maps = reach.maps.get(name, ()) if unmap else ()
    steps = [Step(Verb.LUN_OFFLINE, name, path, SOURCE, {"uuid": lun.uuid, "lun": lun.path}) for lun in luns]
    steps += [Step(Verb.LUN_UNMAP, name, path, SOURCE, _map_args(one)) for one in maps]
    rows: dict[int, tuple[Step, ...]] = {0: tuple(steps)} if steps else {}
    if junction:
        row = reach.deepest - depth(junction)
        rows[row] = (*rows.get(row, ()), Step(Verb.UNMOUNT, name, path, SOURCE, {"uuid": volume.uuid}))
    fence, held = fence_name(volume.svm), (side.snapshots or {}).get(name, ())
    stale = [one for one in held if one.name == fence]
    if rows or not stale:
        rows[reach.deepest + 1] = (*snapshots_gone(stale, volume, SOURCE), _snapshot(volume, fence))
    facts = {
        "junction": junction or "",
        "luns": [lun.path for lun in luns],
        "maps": [{"lun": one.lun, **one.as_dict()} for one in maps],
    }
    plan = VolumePlan.of(name, message="" if rows else f"{path} is fenced", facts=facts)
    children = tuple(one for one in reach.below.get(name, ()) if one in mine)
    return VolumePlan(plan.verdict, rows, children)


def _fence_svm(side: Side, chosen: Selection, want: WantedFence) -> Plan:
    """Raises BadInput where not all volumes of the SVM are named: nobody of them can be left in service."""
    rest = sorted(name for name, volume in side.volumes.items() if not unfit(volume, side.mirrors))
    left_out = [name for name in rest if name not in chosen.names]
    if left_out:
        raise BadInput(
            f"SVM {side.svm} is stopped and started as a whole, {', '.join(left_out)} with it: add them to volumes (['*'])"
        )
    one = _svm_started if want.absent else _svm_stopped
    return join(
        {
            name: VolumePlan.refuse(name, chosen.refused[name])
            if name in chosen.refused
            else one(side.volumes[name], side)
            for name in chosen.names
        }
    )


def _svm_stopped(volume: Volume, side: Side) -> VolumePlan:
    """The volumes stay mounted: what is mounted where is replicated, too. The snapshot tells the time as ever."""
    name, fence, stopping = volume.name, fence_name(volume.svm), stop(side, volume.name, SOURCE)
    stale = [one for one in (side.snapshots or {}).get(name, ()) if one.name == fence]
    rows: dict[int, tuple[Step, ...]] = {0: stopping} if stopping else {}
    if stopping or not stale:
        rows[1] = (*snapshots_gone(stale, volume, SOURCE), _snapshot(volume, fence))
    message = "" if rows else f"SVM {side.svm} is stopped"
    verdict = VolumePlan.of(name, message=message, facts={"junction": volume.junction_path or ""}).verdict
    return VolumePlan(verdict, rows)


def _svm_started(volume: Volume, side: Side) -> VolumePlan:
    own = [one for one in (side.snapshots or {}).get(volume.name, ()) if one.name == fence_name(volume.svm)]
    gone, starting = snapshots_gone(own, volume, SOURCE), start(side, volume.name, SOURCE)
    rows = {row: steps for row, steps in enumerate((gone, starting)) if steps}
    message = "" if rows else f"SVM {side.svm} is running"
    verdict = VolumePlan.of(volume.name, message=message, facts={"junction": volume.junction_path or ""}).verdict
    return VolumePlan(verdict, rows)


def _map_args(one: LunMap) -> dict[str, Any]:
    return {"lun": one.lun, "igroup": one.igroup, "lun_uuid": one.lun_uuid, "igroup_uuid": one.igroup_uuid}


def _snapshot(volume: Volume, name: str) -> Step:
    args = {
        "uuid": volume.uuid,
        "name": name,
        "comment": "taken when the volume was fenced, proves how old its last write is",
    }
    return Step(Verb.SNAPSHOT_CREATE, volume.name, f"{volume.svm}:{volume.name}", SOURCE, args)


def snapshots_gone(snapshots: Iterable[Snapshot], volume: Volume, side: str) -> tuple[Step, ...]:
    """Steps that delete snapshots which a fence took."""
    path = f"{volume.svm}:{volume.name}"
    return tuple(
        Step(
            Verb.SNAPSHOT_DELETE,
            volume.name,
            path,
            side,
            {"uuid": volume.uuid, "name": one.name, "snapshot_uuid": one.uuid},
        )
        for one in snapshots
    )


def _unfenceable(volume: Volume, side: Side, reach: Reach, mine: Mapping[str, Volume]) -> str:
    path = f"{volume.svm}:{volume.name}"
    namespaces = (side.namespaces or {}).get(volume.name, 0)
    if namespaces:
        return (
            f"{path} holds {namespaces} NVMe namespace(s) that take writes; ONTAP does not let them be taken offline: "
            "remove their subsystem maps, or stop their hosts and disable them, then run again"
        )
    below = [name for name in reach.below.get(volume.name, ()) if name not in mine]
    if below:
        return f"{path} cannot be unmounted: {', '.join(below)}, which is not in the set, is mounted below it"
    return ""


def _unfence(volume: Volume, side: Side, reach: Reach, mounts: Mounts, want: WantedFence) -> VolumePlan:
    """The proof goes first: a volume in service must never carry the snapshot that says it is fenced."""
    path, name, wanted = f"{volume.svm}:{volume.name}", volume.name, want.junction_paths.get(volume.name, "")
    if wanted and volume.junction_path and volume.junction_path != wanted:
        return VolumePlan.refuse(
            name, f"{path} is mounted at {volume.junction_path}, not at {wanted}: unmount it first"
        )
    rows: dict[int, tuple[Step, ...]] = {}
    own = [one for one in (side.snapshots or {}).get(name, ()) if one.name == fence_name(volume.svm)]
    gone = snapshots_gone(own, volume, SOURCE)
    if gone:
        rows[0] = gone
    if wanted and not volume.junction_path:
        rows[depth(wanted)] = (Step(Verb.MOUNT, name, path, SOURCE, {"uuid": volume.uuid, "junction_path": wanted}),)
    paths, held = want.luns.get(name, ()), {(one.lun, one.igroup) for one in reach.maps.get(name, ())}
    luns = [lun for lun in side.luns_of.get(name, ()) if lun.path in paths and lun.enabled is False]
    lost = [one for one in want.maps.get(name, ()) if (one["lun"], one["igroup"]) not in held]
    back = [Step(Verb.LUN_MAP, name, path, SOURCE, dict(one)) for one in lost]
    back += [Step(Verb.LUN_ONLINE, name, path, SOURCE, {"uuid": lun.uuid, "lun": lun.path}) for lun in luns]
    if back:
        rows[mounts.deepest + 1] = tuple(back)
    message = "" if rows else f"{path} is mounted at {volume.junction_path or 'no path'}"
    plan = VolumePlan.of(name, message=message, facts={"junction": wanted})
    return VolumePlan(plan.verdict, rows, mounts.parents(wanted) if wanted else ())
