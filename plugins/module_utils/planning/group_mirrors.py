# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes mirrored as one consistency group: the group at the source, its mirror, and volumes that join later.

A group that exists is respected: no volume is taken out of one, and none is put in unless that was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.errors import BadInput
from ..model.mirror import Mirror, State
from ..model.path import Path, group_end
from ..model.picture import Picture, Side
from ..model.plan import DESTINATION, SOURCE, Step, Verb
from .groups import members_of

MOST_MEMBERS = 80
EXPAND = "expand_consistency_group: true adds it"
BASELINE_POLICY = "MirrorAllSnapshots"


@dataclass(frozen=True)
class WantedGroup:
    """source, destination: names of the two consistency groups.  expand: volumes may join what exists."""

    source: str
    destination: str
    expand: bool = False


@dataclass(frozen=True)
class Joining:
    """What the volumes without a mirror are to become.

    members: {source volume: destination volume} of the mirror as it shall be; a new one gets all of them or is not made.
    mirror: one part of the one that exists.
    own: {volume: its own mirror, which the group's is to take over}.
    refused: {volume: reason}.  warnings: what the group holds beside them.
    """

    group: WantedGroup
    members: Mapping[str, str]
    mirror: Mirror | None = None
    own: Mapping[str, Mirror] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def check_group(have: Picture, group: WantedGroup) -> None:
    """Raises BadInput where a cluster is too old to know consistency groups, or spoken to over ZAPI."""
    for side in (have.source, have.destination):
        about = side.about if side is not None else None
        if about is not None and not about.has_groups:
            release = ".".join(map(str, about.version))
            raise BadInput(
                f"consistency_group {group.source}: cluster {about.name} runs ONTAP {release} and would have to be asked over "
                "REST, from 9.10.1 on: use_rest: auto or always, or leave the group out"
            )


def own_mirrors(group: WantedGroup | None, mirrors: Mapping[str, Mirror]) -> dict[str, Mirror]:
    """{volume: its own mirror} of those that can join a group under active sync, which takes in what has its baseline already.

    Source: PATCH of a relationship, consistency_group_volumes: the volume's own relationship is deleted and released.
    """
    grows = group is not None and group.expand
    if not any(grows and group and _is_of(mirror, group) and mirror.active_sync for mirror in mirrors.values()):
        return {}
    return {name: mirror for name, mirror in mirrors.items() if mirror.group is None and not mirror.synchronous}


def join_group(
    have: Picture,
    group: WantedGroup,
    names: Mapping[str, str],
    mirrors: Mapping[str, Mirror],
    own: Mapping[str, Mirror],
) -> Joining:
    """names: {volume that is no part of the group's mirror: its destination}.  mirrors: those of the source SVM, by source volumes.

    own: `own_mirrors` of them.
    """
    mine = [mirror for mirror in mirrors.values() if _is_of(mirror, group)]
    present = members_of(have.destination, mine[0].group) if mine and mine[0].group else {}
    refused = {name: _misplaced(name, mine[0] if present else None, have, group) for name in names}
    if present and mine[0].active_sync:
        refused = {name: why or _unready(name, own.get(name), have) for name, why in refused.items()}
    held = [one.name for one in have.side("source").volumes.values() if one.consistency_group == group.source]
    others = sorted(set(held) - {*names, *present})
    whole = ""
    if others and not present:
        whole = f"consistency group {group.source} also holds {', '.join(others)}, and it is mirrored as a whole: add them to volumes"
    elif len({*names, *present}) > MOST_MEMBERS:
        count = len({*names, *present})
        whole = f"consistency group {group.source} would have {count} volumes, and ONTAP allows {MOST_MEMBERS}"
    refused = {name: reason or whole for name, reason in refused.items() if reason or whole}
    joined = names if not present else {name: target for name, target in names.items() if name not in refused}
    members = {**present, **joined}
    drift = (f"consistency group {group.source} also holds {', '.join(others)}, which its mirror does not carry",)
    return Joining(group, members, mine[0] if mine else None, own, refused, drift if others and present else ())


def check_active_sync(have: Picture, joining: Joining) -> None:
    """Raises BadInput, before anything is made, for what ONTAP asks of active sync beside the policy."""
    here, there, group = have.destination, have.side("source"), joining.group
    ends = {group_end(group.source), *joining.members}
    others = sorted({str(record.destination) for record in there.records if record.source.volume in ends})
    if others:
        raise BadInput(
            f"consistency group {group.source} is mirrored to {', '.join(others)} already, and active sync has one target: "
            "remove that mirror and release it first"
        )
    ours = set(joining.members.values())
    strangers = sorted(
        one.name for one in here.volumes.values() if one.consistency_group == group.destination and one.name not in ours
    )
    if strangers:
        raise BadInput(
            f"SVM {here.svm} has a consistency group {group.destination} already, with {', '.join(strangers)}: "
            "choose another destination_consistency_group"
        )
    for side, other in ((there, here), (here, there)):
        _check_mediator(side, other.about.name if other.about else "")


def _check_mediator(side: Side, peer: str) -> None:
    name = side.about.name if side.about else f"of SVM {side.svm}"
    if side.mediators is None:
        raise BadInput(f"whether cluster {name} has a mediator cannot be read: let the login read /cluster/mediators")
    found = next((one for one in side.mediators if one.peer_cluster == peer), None)
    if found is None:
        raise BadInput(
            f"cluster {name} has no mediator for its peer {peer}, which active sync needs: add one on the cluster"
        )
    if found.reachable is False:
        raise BadInput(f"cluster {name} does not reach its mediator, which active sync needs: mend that first")


def _is_of(mirror: Mirror, group: WantedGroup) -> bool:
    return mirror.group_source is not None and mirror.group_source.group == group.source


def _misplaced(name: str, mirror: Mirror | None, have: Picture, group: WantedGroup) -> str:
    """Why this volume cannot join, "" where it can."""
    volumes = have.side("source").volumes
    volume, exists = volumes[name], any(one.consistency_group == group.source for one in volumes.values())
    if volume.style == "flexgroup":
        return f"{name} is a FlexGroup, which a consistency group cannot hold: leave it out of volumes"
    if volume.consistency_group not in (None, group.source):
        return f"{name} is in consistency group {volume.consistency_group} and is not moved to {group.source}"
    if mirror is not None and not group.expand:
        return f"{name} is not part of the mirror of consistency group {group.source}: {EXPAND}"
    if mirror is not None and mirror.state.value != mirror.good_state:
        return f"{name} cannot join while {mirror.target} is {mirror.state.value}: it has to be {mirror.good_state}"
    if exists and volume.consistency_group is None and not group.expand:
        return f"{name} is not in consistency group {group.source}, which exists: {EXPAND}"
    return ""


def _unready(name: str, own: Mirror | None, have: Picture) -> str:
    """Why a volume cannot get the baseline of its own that active sync asks for, "" where it can or has it."""
    if own is not None and own.state not in (State.UNINITIALIZED, State.SNAPMIRRORED):
        return f"{name} cannot join while its own mirror {own.target} is {own.state.value}: it has to be snapmirrored"
    there = have.side("source")
    uuid = own.uuid if own is not None else None
    others = [str(one.destination) for one in there.records_of.get(name, ()) if one.uuid != uuid]
    if others:
        return (
            f"{name} is mirrored to {', '.join(sorted(others))} already, and active sync has one target: remove that mirror and "
            "release it first"
        )
    known = have.destination.policies
    if own is None and known is not None and BASELINE_POLICY not in known:
        return (
            f"{name} needs a mirror of its own first, and policy {BASELINE_POLICY} does not exist for SVM {have.destination.svm}: "
            "create it there, or mirror and initialize the volume yourself without a group"
        )
    return ""


def strange_mirror(mirror: Mirror, group: WantedGroup) -> str:
    """Why the mirror of a volume is not the group's, "" where it is."""
    if _is_of(mirror, group):
        return ""
    return (
        f"{mirror.target} mirrors it already, not as part of consistency group {group.source}: remove that mirror first "
        "(state: absent keeps the volume and its snapshots), or leave the group out"
    )


def _expand_steps(name: str, mirror: Mirror, members: Mapping[str, str], have: Picture, wait: bool) -> tuple[Step, ...]:
    """The request names the new volumes alone. What they hold comes with the next update, so there is one at once; under active
    sync they come with their baseline and are brought into sync.
    """
    present = members_of(have.destination, Path.parse(mirror.target))
    new = {one: target for one, target in members.items() if one not in present}
    path, uuid = mirror.target, {"uuid": mirror.uuid}
    steps = [Step(Verb.AWAIT_IDLE, name, path, args=uuid)] if mirror.transferring else []
    steps.append(Step(Verb.EXPAND, name, path, args={**uuid, "members": new}))
    if not mirror.synchronous:
        args = {**uuid, "wait": True, "before": mirror.transfer_mark}
        steps.append(Step(Verb.UPDATE, name, path, args=args))
    elif wait:
        steps.append(Step(Verb.AWAIT_IDLE, name, path, args={**uuid, "initialized": True}))
    return tuple(steps)


def _baseline_steps(name: str, joining: Joining, local_name: str, have: Picture) -> tuple[Step, ...]:
    """A mirror of the volume's own, which the expansion of a group under active sync takes over. It is awaited in any case."""
    path, own = f"{have.destination.svm}:{joining.members[name]}", joining.own.get(name)
    if own is None:
        args = {"source": f"{local_name}:{name}", "policy": BASELINE_POLICY, "schedule": None, "throttle_kbps": None}
        return (Step(Verb.CREATE, name, path, args=args), Step(Verb.INITIALIZE, name, path, args={"wait": True}))
    uuid = {"uuid": own.uuid}
    if own.transferring:
        return (Step(Verb.AWAIT_IDLE, name, path, args={**uuid, "initialized": True}),)
    if own.state is State.UNINITIALIZED:
        return (Step(Verb.INITIALIZE, name, path, args={**uuid, "wait": True, "before": own.bad_end}),)
    return ()


def join_steps(
    name: str, joining: Joining, local_name: str, have: Picture, settings: Mapping[str, Any], wait: bool = False
) -> tuple[Step, ...]:
    """Those on the group are the same for each volume that joins; folded, they are the group's."""
    here, there, group = have.destination, have.side("source"), joining.group
    end = str(Path(there.svm, group_end(group.source)))
    outside = [one for one in joining.members if there.volumes[one].consistency_group is None]
    exists = any(one.consistency_group == group.source for one in there.volumes.values())
    steps = []
    if outside:
        verb = Verb.GROUP_ADD if exists else Verb.GROUP_CREATE
        steps.append(Step(verb, name, end, SOURCE, {"volumes": sorted(outside)}))
    if joining.mirror is not None:
        first = _baseline_steps(name, joining, local_name, have) if joining.mirror.active_sync else ()
        return (*first, *steps, *_expand_steps(name, joining.mirror, joining.members, have, wait))
    source = Path(local_name, group_end(group.source))
    args = {"source": str(source), "members": dict(joining.members), **settings}
    target = str(Path(here.svm, group_end(group.destination)))
    return (*steps, Step(Verb.CREATE, name, target, DESTINATION, args))
