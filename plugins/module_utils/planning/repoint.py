# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another target follows the side that serves now: its mirrors are taken from the former source to the new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..model.errors import BadInput
from ..model.mirror import Mirror, State
from ..model.picture import Picture, Side
from ..model.plan import DESTINATION, Plan, Step, Verb, VolumePlan, join
from ..model.snapshot import newest_common
from ..model.volume import Volume, VolumeType
from . import guard
from .failover import break_steps
from .names import Origin, mirrors_by_source, origin_of, peer_of, select_from_mirrors, without_twins
from .presentation import depth, facts_in
from .reverse import WantedReverse, mirror_like, plan_reverse

QUIESCE_TIMEOUT_S = 60
Identity = tuple[str, str]


@dataclass(frozen=True)
class WantedRepoint:
    """origin: whom the target is to follow.  former: whom its mirrors followed so far, by the SVM's own name.

    volumes: the backend's own names.  accepted: {volume: seconds | 'unknown'}.  policy, schedule: for what the old mirror no longer tells.
    """

    origin: Origin
    former: Origin
    volumes: tuple[str, ...]
    policy: str | None = None
    schedule: str | None = None
    wait: bool = True
    accepted: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None


@dataclass(frozen=True)
class Copy:
    """One volume of the backend at the target.  old: its mirror from the former source.  new: from the new one."""

    name: str
    here: Volume
    active: Volume
    old: Mirror | None = None
    new: Mirror | None = None


def plan_direction(have: Picture, want: WantedReverse | WantedRepoint) -> Plan:
    """Mirrors that run as wanted, turned round or taken over from another source."""
    return plan_repoint(have, want) if isinstance(want, WantedRepoint) else plan_reverse(have, want)


def plan_repoint(have: Picture, want: WantedRepoint) -> Plan:
    """Per volume: unmount, quiesce, break, delete the old mirror, create the new one, resync from the newest common snapshot.

    A mirror that is not broken cannot be taken to another source: ONTAP would begin a new baseline. What the target holds
    beyond the newest snapshot that it has in common with the new source is measured by the direction guard.
    Raises BadInput for SVMs that are not peered and for a glob that matches nothing.
    """
    here = have.destination
    peer = peer_of(here, want.origin)
    if peer is None or peer.state != "peered":
        raise BadInput(f"SVM {here.svm} is not peered with SVM {want.origin.svm}: run svm_peer first")
    copies, lonely = _copies(have, want)
    known = {**copies, **lonely}
    chosen = select_from_mirrors(want.volumes, known, f"SVM {here.svm} from SVM {want.former.svm} or {want.origin.svm}")
    chosen = without_twins(chosen, here, want.former)
    deepest = max((depth(copy.here.junction_path or "") for copy in copies.values()), default=0)
    return join(
        {
            name: VolumePlan.refuse(name, chosen.refused.get(name) or lonely[name])
            if name in chosen.refused or name in lonely
            else _one(copies[name], peer.name, deepest, have, want)
            for name in chosen.names
        }
    )


def _copies(have: Picture, want: WantedRepoint) -> tuple[dict[str, Copy], dict[str, str]]:
    """{backend's own name: Copy}, and why others have none: nothing tells which volume of the new source is theirs."""
    here, there = have.destination, have.side("source")
    old = {mirror.destination.volume: mirror for mirror in mirrors_by_source(here, want.former).values()}
    new = {mirror.destination.volume: mirror for mirror in mirrors_by_source(here, want.origin).values()}
    serving = {identity(volume, there): volume for volume in there.volumes.values()}
    copies, lonely = {}, {}
    for volume in here.volumes.values():
        mine, mirror = facts_in(volume.comment), old.get(volume.name) or new.get(volume.name)
        if not mine and mirror is None:
            continue
        who = identity(volume, here) if mine else _source_of(mirror, here) if mirror else ("", "")
        if mirror is None and who not in serving:
            continue
        active = serving.get(who)
        if active is None and volume.name in new:
            active = there.volumes.get(new[volume.name].source.volume)
        if active is None:
            lonely[who[1]] = (
                f"nothing tells which volume of SVM {there.svm} holds what {here.svm}:{volume.name} mirrors"
            )
        else:
            copies[who[1]] = Copy(who[1], volume, active, old.get(volume.name), new.get(volume.name))
    return copies, lonely


def identity(volume: Volume, side: Side) -> Identity:
    """SVM and volume at the backend's home: as the comment of a target says, else the volume's own."""
    facts = facts_in(volume.comment)
    return (str(facts["svm"]), str(facts["volume"])) if facts.get("volume") else (side.svm, volume.name)


def _source_of(mirror: Mirror, here: Side) -> Identity:
    return origin_of(mirror, here.peers).svm, mirror.source.volume


def _one(copy: Copy, local_name: str, deepest: int, have: Picture, want: WantedRepoint) -> VolumePlan:
    there = have.side("source")
    path, source = f"{have.destination.svm}:{copy.here.name}", f"{there.svm}:{copy.active.name}"
    facts = {"source": source, "destination": path, "direction": "repointed"}
    if copy.new is not None and copy.new.state is not State.BROKEN_OFF:
        following = f"{path} follows {source} and is {copy.new.state.value}"
        return VolumePlan.of(copy.name, message=following, in_progress=copy.new.transferring, facts=facts)
    if copy.active.type is not VolumeType.RW:
        reason = f"{source} is {copy.active.type.value}: it does not take writes, so there is nothing to follow"
        return VolumePlan.refuse(copy.name, reason, facts=facts)
    refused = _stays(path, copy.old)
    if refused:
        return VolumePlan.refuse(copy.name, refused, facts=facts)
    loss = _loss(path, copy, have, want)
    facts = {**facts, **loss.facts()}
    if loss.common is None and have.destination.snapshots is not None and there.snapshots is not None:
        reason = f"{source} and {path} have no snapshot in common: remove {path} yourself, then replicate {source} anew"
        return VolumePlan.refuse(copy.name, reason, facts=facts)
    refused = guard.refusal(copy.name, loss, want.accepted)
    if refused:
        return VolumePlan.refuse(copy.name, refused, facts=facts)
    rows: dict[int, tuple[Step, ...]] = {
        deepest + 1: (*_let_go(copy, path), *_follow(copy, local_name, path, have.destination, want))
    }
    if copy.here.junction_path:
        row = deepest - depth(copy.here.junction_path)
        rows[row] = (Step(Verb.UNMOUNT, copy.name, path, DESTINATION, {"uuid": copy.here.uuid}),)
    return VolumePlan(VolumePlan.of(copy.name, facts=facts).verdict, rows)


def _stays(path: str, old: Mirror | None) -> str:
    """Why the old mirror cannot be left for another source, "" where it can."""
    if old is None:
        return ""
    if old.state is State.UNKNOWN:
        return f"the state of {path} cannot be read: nothing is done to what is unknown"
    kind = "a synchronous mirror" if old.synchronous else "part of a consistency group's mirror" if old.group else ""
    return f"{path} is {kind}, which is not taken to another source: remove it and replicate anew" if kind else ""


def _loss(path: str, copy: Copy, have: Picture, want: WantedRepoint) -> guard.Loss:
    """A mirror holds nothing newer than what it shows; a volume that takes writes may hold anything until now."""
    here, there = have.destination, have.side("source")
    theirs = None if here.snapshots is None else here.snapshots.get(copy.here.name, ())
    ours = None if there.snapshots is None else there.snapshots.get(copy.active.name, ())
    if copy.here.type is not VolumeType.DP or theirs is None or ours is None:
        return guard.measure(path, copy.here, theirs, ours, here.block_devices(copy.here.name), want.now)
    common = newest_common(theirs, ours)
    times = [one.create_time for one in theirs]
    if common is None or common.create_time is None or not all(times):
        return guard.Loss(path, common)
    seconds = max((time - common.create_time).total_seconds() for time in times if time is not None)
    if seconds <= 0:
        return guard.Loss(path, common, guard.NONE, 0)
    return guard.Loss(path, common, int(seconds) + 1)


def _let_go(copy: Copy, path: str) -> tuple[Step, ...]:
    """The old mirror is removed at the target alone; what the former source remembers of it is released there."""
    old = copy.old
    if old is None:
        return ()
    steps = break_steps(copy.name, old, None, QUIESCE_TIMEOUT_S, "abort")
    return (*steps, Step(Verb.DELETE, copy.name, path, args={"uuid": old.uuid}))


def _follow(copy: Copy, local_name: str, path: str, here: Side, want: WantedRepoint) -> tuple[Step, ...]:
    resync = Step(Verb.RESYNC, copy.name, path, args={"wait": want.wait, "synchronous": False})
    if copy.new is not None:
        return (replace(resync, args={"uuid": copy.new.uuid, **resync.args}),)
    args = mirror_like(copy.old, f"{local_name}:{copy.active.name}", want.policy, want.schedule, here)
    return Step(Verb.CREATE, copy.name, path, args=args), resync
