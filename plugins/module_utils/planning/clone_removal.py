# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clones go where our mark proves them ours, and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..model.path import Path
from ..model.picture import Side
from ..model.plan import Plan, Step, Verb, VolumePlan, join
from ..model.snapshot import Snapshot
from ..model.volume import Volume
from .clone_marks import DEFAULT_NAME, REHEARSAL, Mark, WantedClones, fill, mark_in
from .names import Origin, select_known
from .presentation import Mounts, depth


def plan_removal(side: Side, want: WantedClones) -> Plan:
    """Clones with our mark and this purpose, deepest first; nothing else is touched.

    They are found by the mark alone, so that no mirror need be left, and no name known.
    """
    clones = _ours(side, want)
    names = select_known(want.volumes, clones)
    owners = {one.name: name for name in names for one in clones.get(name, ())}
    below = Mounts.of({name: volume.junction_path or "" for name, volume in side.volumes.items()}).below()
    deepest = max((depth(side.volumes[name].junction_path or "") for name in owners), default=0)
    plans = {}
    for name in names:
        mine = clones.get(name, [])
        refused = _irremovable(name, mine, side, below, owners, want)
        if refused:
            plans[name] = VolumePlan.refuse(name, refused)
            continue
        first = {owners[one] for clone in mine for one in below.get(clone.name, ())} - {name}
        plans[name] = _remove(name, mine, side, deepest, tuple(sorted(first)))
    return join(plans)


def _ours(side: Side, want: WantedClones) -> dict[str, list[Volume]]:
    """{volume: its clones with our mark}, by the name that the volume has for this run."""
    found: dict[str, list[Volume]] = {}
    for volume in sorted(side.volumes.values(), key=lambda one: one.name):
        mark = mark_in(volume.comment)
        if mark is None or mark.purpose != want.purpose:
            continue
        name = _own_name(mark, want.origin)
        if name and (not want.clone_name or volume.name == fill("clone_name", want.clone_name, name, mark.parent)):
            found.setdefault(name, []).append(volume)
    return found


def _own_name(mark: Mark, origin: Origin) -> str:
    """ "" where the clone is of another backend."""
    if not origin.svm:
        return mark.parent
    source = Path.parse(mark.source) if ":" in mark.source else Path("", "")
    return source.volume if source.svm == origin.svm else ""


def _irremovable(
    name: str,
    clones: list[Volume],
    side: Side,
    below: Mapping[str, Sequence[str]],
    owners: Mapping[str, str],
    want: WantedClones,
) -> str:
    """below: {volume: what is mounted below it}.  owners: {clone to be removed: its volume}."""
    for clone in clones:
        path = f"{side.svm}:{clone.name}"
        if not clone.is_clone:
            return f"{path} was split and is a volume of its own now: delete it yourself if nobody needs it"
        others = [one for one in below.get(clone.name, ()) if one not in owners]
        if others:
            return f"{path} cannot be removed: {', '.join(others)}, which is not in the set, is mounted below it"
    template = want.clone_name or DEFAULT_NAME
    if clones or "{parent}" in template:
        return ""
    found = side.volumes.get(fill("clone_name", template, name, name))
    if found is None:
        return ""
    return f"{side.svm}:{found.name} carries no mark of ours for {want.purpose}: it is left alone"


def _remove(name: str, clones: list[Volume], side: Side, deepest: int, first: tuple[str, ...]) -> VolumePlan:
    """first: volumes whose clones lie below these."""
    rows: dict[int, tuple[Step, ...]] = {}
    for clone in clones:
        row = deepest - depth(clone.junction_path or "")
        rows[row] = (*rows.get(row, ()), *_gone(name, clone, side))
    removed = [f"{side.svm}:{one.name}" for one in clones]
    message = f"{', '.join(removed)} removed" if removed else "has no clone"
    plan = VolumePlan.of(name, message=message, facts={"removed": removed})
    return VolumePlan(plan.verdict, rows, first)


def rehearsals_gone(name: str, parent: str, kept: Snapshot, side: Side) -> dict[int, tuple[Step, ...]]:
    """{stage below 0: steps} that remove what rehearsals left of *parent*, so that it can go back to *kept*.

    A clone keeps its snapshot busy, and with it every way back to an older one. A step that fails is only a warning.
    """
    rows: dict[int, tuple[Step, ...]] = {}
    for clone in side.volumes.values():
        mark = mark_in(clone.comment) if clone.is_clone else None
        if mark is None or (mark.parent, mark.purpose) != (parent, REHEARSAL):
            continue
        if mark.snapshot == kept.name:
            continue
        row = -1 - depth(clone.junction_path or "")
        rows[row] = (*rows.get(row, ()), *(replace(step, tolerated=True) for step in _gone(name, clone, side)))
    return rows


def _gone(name: str, clone: Volume, side: Side) -> list[Step]:
    path = f"{side.svm}:{clone.name}"
    steps = [Step(Verb.UNMOUNT, name, path, args={"uuid": clone.uuid})] if clone.junction_path else []
    return [*steps, Step(Verb.CLONE_DELETE, name, path, args={"uuid": clone.uuid})]
