# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Relationships with several members: a consistency group's `svm:/cg/name`, a whole SVM's `svm:`.

The relationship is the unit of requests, the volume stays the unit of outcome. What was observed of a group is expanded
to one mirror per member, so that planning goes volume by volume as ever; the plans of the members are then folded, so that
the group gets each request once. A group is all or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..model.mirror import Members, Mirror
from ..model.path import GROUP, Path
from ..model.picture import Picture, Side
from ..model.plan import Chain, Plan, Stage, Step, Verb
from .presentation import facts_in

# -- from what was observed to volumes


def expand(side: Side) -> Side:
    """*side* with one mirror per member in place of each group's; a group whose members nobody tells stays as it is."""
    if not any(mirror.group is None and not mirror.destination.is_volume for mirror in side.mirrors.values()):
        return side
    mirrors: dict[str, Mirror] = {}
    for key, mirror in side.mirrors.items():
        members = () if mirror.destination.is_volume else _members(mirror, side)
        mirrors.update({destination: _part(mirror, source, destination) for source, destination in members})
        mirrors.update({} if members else {key: mirror})
    return replace(side, mirrors=mirrors)


def _part(mirror: Mirror, source: str, destination: str) -> Mirror:
    return replace(
        mirror,
        source=Path(mirror.source.svm, source),
        destination=Path(mirror.destination.svm, destination),
        group=mirror.destination,
        group_source=mirror.source,
        members=(),
    )


def _members(mirror: Mirror, side: Side) -> Members:
    """A whole SVM's volumes keep their names. A target's comment says of which volume it is the target."""
    if not mirror.destination.volume:
        return tuple((name, name) for name, volume in sorted(side.volumes.items()) if not volume.is_svm_root)
    sources = {source for source, _destination in mirror.members}
    noted = {
        destination: str(facts_in(side.volumes[destination].comment).get("volume"))
        for _source, destination in mirror.members
        if destination in side.volumes
    }
    if set(noted.values()) == sources and len(noted) == len(mirror.members):
        return tuple((source, destination) for destination, source in noted.items())
    return mirror.members


def members_of(side: Side, group: Path) -> dict[str, str]:
    """{source volume: destination volume} of the relationship whose destination is *group*."""
    parts = [mirror for mirror in side.mirrors.values() if mirror.group == group]
    return {mirror.source.volume: mirror.destination.volume for mirror in parts}


# -- from the plans of volumes to requests


def fold(plan: Plan, have: Picture) -> Plan:
    """*plan* with one chain per group for the steps on the relationship itself; those on volumes stay theirs."""
    groups = _groups(plan)
    if not groups:
        return plan
    plan, groups = _all_or_nothing(plan, groups, have)
    stages: list[Stage] = []
    acted: set[str] = set()
    for stage in plan.stages:
        stages += _fold_stage(stage, groups, acted, have)
    return replace(plan, stages=tuple(stages))


def _is_of_a_group(step: Step) -> bool:
    _svm, colon, name = step.target.partition(":")  # peerings have no path
    return bool(colon) and (not name or name.startswith(GROUP))


def _groups(plan: Plan) -> dict[str, str]:
    """{volume: path of its group}"""
    found = {}
    for stage in plan.stages:
        for chain in stage:
            targets = [step.target for step in chain.steps if _is_of_a_group(step)]
            found.update({chain.volume: targets[-1]} if targets else {})
    return found


def _all_or_nothing(plan: Plan, groups: Mapping[str, str], have: Picture) -> tuple[Plan, dict[str, str]]:
    """Without the steps of groups of which a member is refused, left out, or to be treated in another way."""
    refused = {verdict.volume: verdict.refused for verdict in plan.verdicts if verdict.refused}
    reasons: dict[str, str] = {}
    for group in dict.fromkeys(groups.values()):
        mine = [volume for volume, one in groups.items() if one == group]
        parts = _parts(have, {step.target for step in _steps_of(plan, mine) if _is_of_a_group(step)})
        missing = _left_out([verdict.volume for verdict in plan.verdicts], parts)
        members = {*_names(parts), *(name for step in _steps_of(plan, mine) for name in step.args.get("members") or ())}
        held_back = [volume for volume in refused if volume in members]
        if missing:
            names = ", ".join(sorted(missing))
            reasons[group] = f"{group} is a mirror of several volumes, done as a whole or not at all: name {names} too"
        elif held_back:
            one = held_back[0]
            reasons[group] = f"{group} is done as a whole or not at all, and {one} is refused: {refused[one]}"
        elif _disagree(plan, mine):
            reasons[group] = f"{group} is done as a whole, and its volumes ask for different things: {', '.join(mine)}"
    stopped = {volume: reasons[group] for volume, group in groups.items() if group in reasons}
    verdicts = tuple(
        replace(one, refused=stopped[one.volume], message=stopped[one.volume])
        if one.volume in stopped and not one.refused
        else one
        for one in plan.verdicts
    )
    stages = tuple(tuple(chain for chain in stage if chain.volume not in stopped) for stage in plan.stages)
    left = {volume: group for volume, group in groups.items() if volume not in stopped}
    return replace(plan, stages=tuple(stage for stage in stages if stage), verdicts=verdicts), left


def _steps_of(plan: Plan, volumes: Sequence[str]) -> Iterable[Step]:
    return (step for stage in plan.stages for chain in stage if chain.volume in volumes for step in chain.steps)


def _parts(have: Picture, targets: set[str]) -> list[Mirror]:
    """The members of the relationships that these paths are the destinations of."""
    sides = [side for side in (have.destination, have.source) if side is not None]
    found = [mirror for side in sides for mirror in side.mirrors.values() if mirror.group and mirror.target in targets]
    return [mirror for mirror in found if not (mirror.of_svm and _gone(mirror, have))]


def _gone(mirror: Mirror, have: Picture) -> bool:
    """Whether the source SVM has a volume no longer, so that its copy goes with the next transfer."""
    source = mirror.source_svm_name or mirror.source.svm
    side = next((one for one in (have.source, have.destination) if one is not None and one.svm == source), None)
    return side is not None and bool(side.volumes) and mirror.source.volume not in side.volumes


def _names(parts: Sequence[Mirror]) -> set[str]:
    return {name for mirror in parts for name in (mirror.source.volume, mirror.destination.volume)}


def _left_out(volumes: Sequence[str], parts: Sequence[Mirror]) -> set[str]:
    """Members that the set does not hold, by the names of the side whose names the set has."""
    sources = {mirror.source.volume for mirror in parts} - set(volumes)
    destinations = {mirror.destination.volume for mirror in parts} - set(volumes)
    return min(sources, destinations, key=len)


def _disagree(plan: Plan, volumes: Sequence[str]) -> bool:
    asked = []
    for volume in volumes:
        steps = [step for step in _steps_of(plan, [volume]) if _is_of_a_group(step)]
        asked.append([replace(step, volume="") for step in steps])
    return any(steps != asked[0] for steps in asked)


def _fold_stage(stage: Stage, groups: Mapping[str, str], acted: set[str], have: Picture) -> list[Stage]:
    """Levels in place of the stage: what members do before, their group, what they do after it, and so on.

    acted: groups that have had their turn; whatever their members do from then on needs it.
    """
    levels: dict[int, list[Chain]] = {}
    shared: dict[tuple[int, str], list[tuple[Chain, tuple[Step, ...]]]] = {}
    early = False
    for chain in stage:
        group = groups.get(chain.volume)
        parts = _parts_of(chain) if group else [chain.steps]
        early = early or (len(parts) > 1 and bool(parts[0]))
        for level, steps in enumerate(parts):
            if level % 2 and group:
                shared.setdefault((level, group), []).append((chain, steps))
            elif steps:
                behind = group is not None and (level > 0 or group in acted)
                needs = (*chain.needs, group) if group and behind else chain.needs
                levels.setdefault(level, []).append(Chain(chain.volume, steps, needs))
    for (level, group), asked in shared.items():
        acted.add(group)
        place = level if early else level - 1
        levels.setdefault(place, []).append(_one_chain(group, asked, have))
    return [tuple(levels[level]) for level in sorted(levels)]


def _parts_of(chain: Chain) -> list[tuple[Step, ...]]:
    """The chain cut where it changes between steps on the volume (even places) and steps on the group (odd ones)."""
    parts: list[list[Step]] = [[]]
    for step in chain.steps:
        if (len(parts) % 2 == 0) != _is_of_a_group(step):
            parts.append([])
        parts[-1].append(step)
    return [tuple(part) for part in parts]


def _one_chain(group: str, asked: Sequence[tuple[Chain, tuple[Step, ...]]], have: Picture) -> Chain:
    volumes = tuple(chain.volume for chain, _steps in asked)
    needs = tuple(dict.fromkeys((*volumes, *(name for chain, _steps in asked for name in chain.needs))))
    return Chain(group, tuple(_of_group(step, group, volumes, have) for step in asked[0][1]), needs)


def _of_group(step: Step, group: str, volumes: tuple[str, ...], have: Picture) -> Step:
    """A break is proven by every member that takes writes, so it names them."""
    args = step.args
    if step.verb is Verb.BREAK:
        args = {**args, "volumes": sorted(members_of(have.side(step.side), Path.parse(step.target)).values())}
    return replace(step, volume=group, args=args, also=volumes)
