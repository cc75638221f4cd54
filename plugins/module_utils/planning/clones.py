# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FlexClones of volumes and of mirrors: made, mounted apart, split, and removed where our mark proves them ours."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from ..model.errors import BadInput
from ..model.mirror import Mirror, State
from ..model.picture import Picture, Side
from ..model.plan import Drift, Plan, Step, Verb, VolumePlan, join
from ..model.snapshot import newest
from ..model.volume import Volume, VolumeType
from .clone_marks import DEFAULT_NAME, Mark, WantedClones, fill, mark_in
from .clone_removal import plan_removal
from .names import (
    Selection,
    check_patterns,
    globbed,
    is_literal,
    mirrors_by_source,
    select_from_mirrors,
    unfit,
    without_twins,
)
from .presentation import Mounts, depth, junction_for, paths_above


@dataclass(frozen=True)
class Place:
    """A volume to be cloned: its parent volume at the destination, its mirror if it has one, and what the clone gets."""

    volume: str
    parent: Volume
    mirror: Mirror | None
    name: str
    junction: str = ""


def plan_clones(have: Picture, want: WantedClones) -> Plan:
    """A step per clone that is missing; one below another is made after it, and only if that one stands.

    Clones are made at the destination. What is cloned lies there too, or in the SVM that the source side shows.
    """
    if want.absent:
        return plan_removal(have.destination, want)
    return _make(have.source or have.destination, have.destination, want)


# -- making


def _make(home: Side, side: Side, want: WantedClones) -> Plan:
    """home: where the parents are.  side: where the clones are."""
    chosen, parents = _parents(home, home is side, want)
    fit = [name for name in chosen.names if name not in chosen.refused]
    names = {name: fill("clone_name", want.clone_name or DEFAULT_NAME, name, parents[name][0].name) for name in fit}
    junctions = _junctions(fit, parents, want)
    _must_differ("clone_name", names)
    _must_differ("junction_path", junctions)
    mounts, plans = Mounts.of(junctions), {}
    for name in chosen.names:
        if name in chosen.refused:
            plans[name] = VolumePlan.refuse(name, chosen.refused[name])
            continue
        place = Place(name, *parents[name], names[name], junctions[name])
        plan = _one(place, home, side, want)
        above = mounts.parents(place.junction) if place.junction else ()
        row = max((depth(junctions[one]) for one in above), default=0)
        plans[name] = VolumePlan(
            plan.verdict, dict.fromkeys([row] if plan.stages else [], plan.stages.get(0, ())), above
        )
    return join(plans)


def _parents(side: Side, among: bool, want: WantedClones) -> tuple[Selection, dict[str, tuple[Volume, Mirror | None]]]:
    """The set, and {volume: its parent on *side* and the mirror} of all that are not refused.  among: so are the clones."""
    if not want.origin.svm:
        here = _select_here(want.volumes, side)
        return here, {name: (side.volumes[name], side.mirrors.get(name)) for name in here.names}
    mirrors = mirrors_by_source(side, want.origin)
    chosen = select_from_mirrors(want.volumes, mirrors, f"SVM {side.svm}")
    chosen = without_twins(chosen, side, want.origin)
    refused = dict(chosen.refused)
    parents: dict[str, tuple[Volume, Mirror | None]] = {}
    for name in chosen.names:
        mirror = mirrors.get(name)
        parent = side.volumes.get(mirror.destination.volume) if mirror else None
        if among and mirror is not None and mirror.of_svm and mirror.state is not State.BROKEN_OFF:
            refused.setdefault(name, _no_clones(mirror))
        elif parent is not None:
            parents[name] = (parent, mirror)
        elif mirror is not None:
            refused.setdefault(name, f"{mirror.destination} is named by its mirror but the volume is not there")
    return Selection(chosen.names, refused), parents


def _no_clones(mirror: Mirror) -> str:
    return (
        f"{mirror.destination} belongs to the copy of an SVM, which takes no volumes of its own and serves nobody before it is "
        "failed over to, so nothing can be rehearsed there: name another SVM of that cluster for the clones (clone_svm; rehearsal_svm of "
        "the target in ontap_replication_targets)"
    )


def _select_here(patterns: tuple[str, ...], side: Side) -> Selection:
    """Volumes of the SVM itself: globs see online rw ones that are nobody's mirror, names also dp volumes."""
    check_patterns(patterns)
    fit = [name for name, volume in side.volumes.items() if not unfit(volume, side.mirrors)]
    chosen: dict[str, str] = {}
    for pattern in patterns:
        if is_literal(pattern):
            if pattern not in side.volumes:
                raise BadInput(f"volume {pattern} does not exist on SVM {side.svm}: correct volumes", volume=pattern)
            chosen[pattern] = _uncloneable(side.volumes[pattern])
        else:
            found = globbed(pattern, fit, f"online read-write volume on SVM {side.svm}")
            chosen.update({name: chosen.get(name, "") for name in found})
    return Selection(tuple(sorted(chosen)), {name: reason for name, reason in chosen.items() if reason})


def _uncloneable(volume: Volume) -> str:
    if volume.is_svm_root:
        return f"{volume.name} is the root volume of SVM {volume.svm}"
    if volume.is_flexcache:
        return f"{volume.name} is a FlexCache"
    return ""


def _one(place: Place, home: Side, side: Side, want: WantedClones) -> VolumePlan:
    parent, path = place.parent, f"{side.svm}:{place.name}"
    snapshot, problem = _base(place, home, want)
    found = side.volumes.get(place.name)
    problem = (_foreign(place, found, path, want) if found else problem) or _taken(place, side, path)
    facts: dict[str, Any] = {
        "source": f"{want.origin.svm}:{place.volume}" if want.origin.svm else None,
        "destination": f"{home.svm}:{parent.name}",
        "clone": path,
        "clone_name": place.name,
        "junction": place.junction,
    }
    facts = {name: value for name, value in facts.items() if value is not None}
    if problem:
        return VolumePlan.refuse(place.volume, problem, facts=facts)
    if found is not None:
        return _keep(place, found, home, side, want, facts)
    mark = Mark(parent.name, want.purpose, snapshot, str(facts.get("source", "")))
    args = {
        "parent": parent.name,
        "snapshot": snapshot or None,
        "comment": mark.text(),
        "junction_path": place.junction or None,
        "parent_svm": None if home is side else home.svm,
    }
    steps = [Step(Verb.CLONE_CREATE, place.volume, path, args=args)]
    steps += [Step(Verb.CLONE_SPLIT, place.volume, path)] if want.split else []
    facts.update(parent_snapshot=snapshot or None, data_age_s=_age_s(place, snapshot, home, want) if snapshot else 0.0)
    return VolumePlan.of(place.volume, *steps, message=_told(path, facts), facts=facts)


def _base(place: Place, side: Side, want: WantedClones) -> tuple[str, str]:
    """(the snapshot to clone, why that cannot be); snapshot "": the array takes one."""
    path, held = f"{side.svm}:{place.parent.name}", (side.snapshots or {}).get(place.parent.name, ())
    if not place.parent.online:
        return "", f"{path} is {place.parent.state}, bring it online first"
    if want.snapshot:
        known = any(one.name == want.snapshot for one in held)
        return want.snapshot, "" if known else f"{path} has no snapshot {want.snapshot}"
    if place.parent.type is VolumeType.RW:
        if want.origin.svm:
            return "", f"{path} takes writes, so it is failed over to: name parent_snapshot, else the array takes one"
        return "", ""
    exported = place.mirror.exported_snapshot if place.mirror else None
    if exported and any(one.name == exported for one in held):
        return exported, ""
    found = newest(held)
    return (found.name, "") if found else ("", f"{path} holds no snapshot: it was never initialized")


def _foreign(place: Place, found: Volume, path: str, want: WantedClones) -> str:
    """Why the volume that has the clone's name is not ours, "" where it is."""
    mark = mark_in(found.comment)
    if mark is None:
        return f"{path} exists and carries no mark of ours: it is left alone; choose another clone_name"
    if mark.parent != place.parent.name or mark.purpose != want.purpose:
        return f"{path} exists as a clone of {mark.parent} made for {mark.purpose}: choose another clone_name"
    return ""


def _taken(place: Place, side: Side, path: str) -> str:
    """Who else is mounted where the clone is to be mounted; production is never pushed aside."""
    holder = [one for one in side.mounted_at.get(place.junction, ()) if one != place.name]
    if not holder:
        return ""
    return f"{path} cannot be mounted at {place.junction}: {side.svm}:{holder[0]} is mounted there"


def _keep(place: Place, found: Volume, home: Side, side: Side, want: WantedClones, facts: dict[str, Any]) -> VolumePlan:
    """A clone that is there stays as it is; only what is missing is done."""
    mark = mark_in(found.comment)
    snapshot = found.clone_parent_snapshot or (mark.snapshot if mark else "")
    steps, drift = [], []
    if want.snapshot and snapshot != want.snapshot:
        drift.append(Drift("parent_snapshot", snapshot, want.snapshot))
    if not found.online:
        drift.append(Drift("state", found.state, "online"))
    if place.junction and found.junction_path is None and found.online:
        args = {"uuid": found.uuid, "junction_path": place.junction}
        steps.append(Step(Verb.MOUNT, place.volume, f"{side.svm}:{found.name}", args=args))
    elif place.junction and found.junction_path != place.junction:
        drift.append(Drift("junction_path", found.junction_path, place.junction))
    if want.split and found.is_clone:
        steps.append(Step(Verb.CLONE_SPLIT, place.volume, f"{side.svm}:{found.name}", args={"uuid": found.uuid}))
    facts.update(parent_snapshot=snapshot or None, data_age_s=_age_s(place, snapshot, home, want))
    warnings = [
        f"{side.svm}:{found.name}: {one.property} is {one.have}, not {one.want}; it is left as found" for one in drift
    ]
    message = _told(f"{side.svm}:{found.name}", facts)
    return VolumePlan.of(
        place.volume, *steps, message=message, drift=tuple(drift), warnings=tuple(warnings), facts=facts
    )


def _age_s(place: Place, snapshot: str, side: Side, want: WantedClones) -> float | None:
    """How old the data of a clone is; the array's own word (the lag) before a difference of two clocks."""
    mirror = place.mirror
    if mirror is not None and mirror.lag_s is not None and mirror.exported_snapshot == snapshot:
        return mirror.lag_s
    held = (side.snapshots or {}).get(place.parent.name, ())
    time = next((one.create_time for one in held if one.name == snapshot), None)
    return None if time is None else max(round((want.now - time).total_seconds(), 3), 0.0)


def _told(path: str, facts: Mapping[str, Any]) -> str:
    age = "of unknown age" if facts["data_age_s"] is None else f"{facts['data_age_s']:.0f} s old"
    where = f", mounted at {facts['junction']}" if facts["junction"] else ""
    return f"{path} is a clone of {facts['destination']} as of {facts['parent_snapshot'] or 'now'}, {age}{where}"


# -- names and places


def _must_differ(option: str, given: Mapping[str, str]) -> None:
    taken: dict[str, str] = {}
    for volume, text in given.items():
        if text and text in taken:
            raise BadInput(f"{option} gives {taken[text]} and {volume} the same value {text}: use {{volume}} in it")
        taken[text] = volume


def _junctions(
    names: list[str], parents: Mapping[str, tuple[Volume, Mirror | None]], want: WantedClones
) -> dict[str, str]:
    """{volume: where its clone is to be mounted, "" for nowhere}.

    {junction} is where the volume is in production, without the first slash. What lies below another volume of the set
    lies below its clone; for the others each slash becomes an underscore, since nothing makes the folders.
    Raises BadInput for a path that is no junction or that is some volume's own place in production.
    """
    if not want.junction_path:
        return dict.fromkeys(names, "")
    production = {name: _production(name, parents[name], want) for name in names}
    taken = {path for path in production.values() if path}
    found = {}
    for name in names:
        inner = _apart(production[name], taken)
        if not inner and "{junction}" in want.junction_path:
            found[name] = ""
            continue
        path = fill("junction_path", want.junction_path, name, parents[name][0].name, junction=inner).rstrip("/")
        if not path.startswith("/") or "//" in path or path == "":
            raise BadInput(f"junction_path {want.junction_path!r} gives {path!r}, which is no junction path")
        if path in taken:
            raise BadInput(f"junction_path {want.junction_path!r} gives {path}, which is a place of production")
        found[name] = path
    return found


def _production(name: str, parent: tuple[Volume, Mirror | None], want: WantedClones) -> str:
    if not want.origin.svm:
        return parent[0].junction_path or ""
    return junction_for(name, parent[0], {}, want.manifest or {}).path


def _apart(path: str, taken: Set[str]) -> str:
    above = paths_above(path) & taken
    if above:
        nearest = max(above, key=len)
        return _apart(nearest, taken) + path[len(nearest) :]
    return path.strip("/").replace("/", "_")
