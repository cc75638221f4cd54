# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mirror target volumes: exist with the right properties, grow with their sources, or go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.errors import BadInput
from ..model.mirror import Mirror
from ..model.picture import Picture
from ..model.plan import Drift, Plan, Step, Verb, VolumePlan, join
from ..model.volume import Volume, VolumeType
from .kinds import check_settings, unfit_for
from .names import Origin, Selection, mirrors_by_source, select_known, selection, target_name, target_names
from .presentation import comment_for, facts_in
from .whole_svms import what_stays

FIXED = ("language",)
"""Properties that a mirror carries over or that cannot be changed once the volume exists: shown as drift, never touched."""


@dataclass(frozen=True)
class WantedTargets:
    """aggregate_map: {source aggregate: destination aggregate}.

    policy, schedule, throttle_kbps: of the mirrors to come, so that what does not go together is refused before anything is made.
    """

    origin: Origin
    volumes: tuple[str, ...]
    absent: bool = False
    destination_name: str = "{volume}"
    aggregate_map: Mapping[str, str] = field(default_factory=dict)
    policy: str | None = None
    grouped: bool = False
    schedule: str | None = None
    throttle_kbps: int | None = None


def plan_targets(have: Picture, want: WantedTargets) -> Plan:
    """Steps that give each volume of the set its target volume, or take it away.

    Raises BadInput, before anything is planned, for a volume that does not exist, a name claimed twice, and for
    every volume whose aggregate has no counterpart.
    """
    if want.absent:
        return _plan_removal(have, want)
    policy = (have.destination.policies or {}).get(want.policy or "")
    check_settings(policy, want.schedule, want.throttle_kbps)
    chosen, mirrors = selection(have, want.volumes, want.origin)
    names = _names(chosen, mirrors, want)
    sources = have.side("source").volumes
    missing = {volume: name for volume, name in names.items() if name not in have.destination.volumes}
    _check_aggregates({volume: sources[volume] for volume in missing if volume not in chosen.refused}, have, want)
    plans = {
        volume: _refuse(volume, chosen, sources)
        or _plan_one(sources[volume], names[volume], mirrors.get(volume), have, want)
        for volume in chosen.names
    }
    return join(plans)


def _names(chosen: Selection, mirrors: Mapping[str, Mirror], want: WantedTargets) -> dict[str, str]:
    """Existing mirrors keep their destination; only new ones follow destination_name."""
    new = target_names(
        want.destination_name, [volume for volume in chosen.names if volume not in mirrors], want.origin.svm
    )
    names = {
        volume: mirrors[volume].destination.volume if volume in mirrors else new[volume] for volume in chosen.names
    }
    taken: dict[str, str] = {}
    for volume, name in names.items():
        if name in taken:
            raise BadInput(
                f"volumes {taken[name]} and {volume} both have {name} as destination: change destination_name"
            )
        taken[name] = volume
    return names


def _refuse(volume: str, chosen: Selection, sources: Mapping[str, Volume]) -> VolumePlan | None:
    if volume in chosen.refused:
        return VolumePlan.refuse(volume, chosen.refused[volume])
    return None


def _check_aggregates(missing: Mapping[str, Volume], have: Picture, want: WantedTargets) -> None:
    """Raises BadInput naming every volume that cannot be placed."""
    unplaced = [volume for volume in missing.values() if not _placed(volume, want)]
    if unplaced:
        named = [f"{volume.name} (on {', '.join(volume.aggregates) or 'an unknown aggregate'})" for volume in unplaced]
        raise BadInput(
            f"aggregate_map names no destination aggregate for {len(unplaced)} volume(s): {', '.join(named)}. "
            "Add their source aggregates to aggregate_map; nothing was created",
            failed_volumes=[volume.name for volume in unplaced],
        )
    known = have.destination.aggregates
    wanted = {
        want.aggregate_map[name]
        for volume in missing.values()
        for name in volume.aggregates
        if name in want.aggregate_map
    }
    strangers = sorted(wanted - set(known)) if known is not None else []
    if strangers:
        raise BadInput(
            f"aggregate_map: the destination cluster has no aggregate {', '.join(strangers)}; nothing was created"
        )


def _placed(volume: Volume, want: WantedTargets) -> bool:
    return bool(volume.aggregates) and all(name in want.aggregate_map for name in volume.aggregates)


def _plan_one(source: Volume, name: str, mirror: Mirror | None, have: Picture, want: WantedTargets) -> VolumePlan:
    target = have.destination.volumes.get(name)
    path = f"{have.destination.svm}:{name}"
    rival = have.destination.mirrors.get(name)
    facts = {"source": f"{source.svm}:{source.name}", "destination": path}
    if rival is not None and rival is not mirror:
        return VolumePlan.refuse(
            source.name,
            f"{path} already mirrors {rival.source}, so it cannot mirror {source.svm}:{source.name}",
            facts=facts,
        )
    policy = (have.destination.policies or {}).get(want.policy or "")
    unfit = (unfit_for(policy, source, want.grouped) or _uneven(source, have, want)) if target is None else ""
    if unfit:
        return VolumePlan.refuse(source.name, unfit, facts=facts)
    if target is None:
        return VolumePlan.of(source.name, _create(source, path, have, want), message=f"create {path}", facts=facts)
    if target.type is VolumeType.RW and mirror is None:
        return VolumePlan.refuse(
            source.name,
            f"{path} exists as a read-write volume without a mirror and is never overwritten: "
            "rename or remove it yourself, or choose another destination_name",
            facts=facts,
        )
    noted = facts_in(target.comment)
    owner = (noted.get("svm", source.svm), noted.get("volume", source.name))
    if mirror is None and owner != (source.svm, source.name):
        return VolumePlan.refuse(
            source.name,
            f"{path} was made for {owner[0]}:{owner[1]}, so it cannot become the target of {source.svm}:{source.name}",
            facts=facts,
        )
    return _converge(source, target, path, facts)


def _shares(source: Volume, have: Picture, want: WantedTargets) -> dict[str, int] | None:
    """{destination aggregate: how many constituents of a FlexGroup}; None where they were not read."""
    found = have.side("source").constituents
    if source.style != "flexgroup" or found is None:
        return None
    return dict(Counter(want.aggregate_map.get(name, name) for name in found.get(source.name, ())))


def _uneven(source: Volume, have: Picture, want: WantedTargets) -> str:
    """Why a FlexGroup cannot have as many constituents as its source, as a mirror asks for; "" where it can."""
    shares = _shares(source, have, want)
    if shares is None:
        return ""
    if not shares:
        return f"{source.name} is a FlexGroup whose constituents cannot be read"
    if len(set(shares.values())) == 1:
        return ""
    told = ", ".join(f"{count} on {name}" for name, count in sorted(shares.items()))
    return (
        f"{source.name} is a FlexGroup, and aggregate_map lays its constituents unevenly ({told}): ONTAP makes the same "
        "number on each aggregate, so map its aggregates such that they get equal shares"
    )


def _create(source: Volume, path: str, have: Picture, want: WantedTargets) -> Step:
    """A FlexGroup gets its efficiency when it takes writes; only then does ONTAP take it."""
    args: dict[str, Any] = {
        "source": f"{source.svm}:{source.name}",
        "size_bytes": source.size_bytes,
        "aggregates": [want.aggregate_map[name] for name in source.aggregates],
        "language": source.language,
        "guarantee": source.guarantee,
        "snapshot_reserve_percent": source.snapshot_reserve_percent,
        "dedupe": source.dedupe,
        "compression": source.compression,
        "encrypted": source.encrypted,
        "comment": comment_for(source),
    }
    if source.style == "flexgroup":
        shares = _shares(source, have, want) or {}
        args.update({"dedupe": None, "compression": None, "aggregates": list(shares)})
        args["constituents_per_aggregate"] = next(iter(shares.values()), None)
    return Step(Verb.VOLUME_CREATE, source.name, path, args=args)


def _converge(source: Volume, target: Volume, path: str, facts: Mapping[str, Any]) -> VolumePlan:
    """A grown source grows its target; a target in use (rw after a break) is left alone."""
    drift = tuple(
        Drift(name, getattr(target, name), getattr(source, name))
        for name in FIXED
        if getattr(target, name) and getattr(source, name) and getattr(target, name) != getattr(source, name)
    )
    warnings = tuple(
        f"{path}: {one.property} is {one.have}, its source has {one.want}; it is left as it is" for one in drift
    )
    if target.type is not VolumeType.DP:
        return VolumePlan.of(
            source.name, message=f"{path} is in use ({target.type.value})", drift=drift, warnings=warnings, facts=facts
        )
    steps: list[Step] = []
    if (source.size_bytes or 0) > (target.size_bytes or 0):
        args = {"uuid": target.uuid, "size_bytes": source.size_bytes}
        steps.append(Step(Verb.VOLUME_GROW, source.name, path, args=args))
    comment = comment_for(source, target.comment)
    if comment != target.comment:
        args = {"uuid": target.uuid, "comment": comment}
        steps.append(Step(Verb.VOLUME_COMMENT, source.name, path, args=args, tolerated=True))
    return VolumePlan.of(source.name, *steps, drift=drift, warnings=warnings, facts=facts)


def _plan_removal(have: Picture, want: WantedTargets) -> Plan:
    """Only target volumes that we created, that are still dp, unmounted and mirror nothing, are deleted."""
    ours = {
        str(facts["volume"]): volume
        for volume, facts in ((one, facts_in(one.comment)) for one in have.destination.volumes.values())
        if facts.get("volume") and facts.get("svm") == want.origin.svm
    }
    mirrors = mirrors_by_source(have.destination, want.origin)
    names = select_known(want.volumes, {*ours, *mirrors})
    return join({name: _remove_one(name, ours.get(name), mirrors.get(name), have, want) for name in names})


def _remove_one(
    name: str, target: Volume | None, mirror: Mirror | None, have: Picture, want: WantedTargets
) -> VolumePlan:
    if mirror is not None and mirror.of_svm:
        return VolumePlan.refuse(name, what_stays(mirror))
    if target is None and mirror is None:
        return _never_ours(name, have, want)
    path = f"{have.destination.svm}:{target.name if target else mirror.destination.volume if mirror else name}"
    if target is None:
        return VolumePlan.refuse(name, f"{path} was not created by this collection and is not deleted")
    if mirror is not None or target.name in have.destination.mirrors:
        return VolumePlan.refuse(name, f"{path} is still the destination of a mirror: remove the mirror first")
    if target.type is not VolumeType.DP:
        return VolumePlan.refuse(name, f"{path} is {target.type.value}: deleting it would lose what was written to it")
    steps = [Step(Verb.UNMOUNT, name, path, args={"uuid": target.uuid})] if target.junction_path else []
    return VolumePlan.of(name, *steps, Step(Verb.VOLUME_DELETE, name, path, args={"uuid": target.uuid}))


def _never_ours(name: str, have: Picture, want: WantedTargets) -> VolumePlan:
    """There is no target; a volume that has its name is not taken for one, and not passed over in silence."""
    found = have.destination.volumes.get(target_name(want.destination_name, name, want.origin.svm))
    if found is None:
        return VolumePlan.of(name, message="has no target volume")
    path = f"{have.destination.svm}:{found.name}"
    noted = facts_in(found.comment)
    if noted:
        what = f"was made for {noted.get('svm')}:{noted.get('volume')}"
    elif found.type is VolumeType.DP:
        what = "was not created by this collection"
    else:
        what = f"is {found.type.value} and no mirror's target"
    return VolumePlan.refuse(name, f"{path} {what}: it is not deleted")
