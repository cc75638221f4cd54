# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reverse resync: turn the direction of mirrors round, one volume at a time, from whatever stage a run was killed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..model.errors import BadInput
from ..model.mirror import Mirror, State
from ..model.picture import Picture, Side
from ..model.plan import DESTINATION, SOURCE, Plan, Step, Verb, VolumePlan, join
from ..model.snapshot import COMING
from ..model.volume import Volume, VolumeType
from . import guard
from .carried import carried_until
from .cleanup import left_behind
from .failover import took_over
from .kinds import is_synchronous
from .mirrors import DEFAULT_POLICY, default_schedule
from .names import Origin, Selection, is_literal, matching, peer_of
from .pairs import BACKEND_IS_DESTINATION, Pair, pairs_of
from .presentation import depth
from .whole_svms import stop


@dataclass(frozen=True)
class WantedReverse:
    """The direction wanted after the run: from *origin* (the active side) to the observed destination.

    named_by: which side's names `volumes` are, the backend's own.  policy, schedule, identity_preservation: for what the
    old mirror no longer tells.  accepted: {volume: seconds | 'unknown'}.  cleanup: remove what earlier directions left behind.
    svm_dr: the SVMs are mirrored as a whole, also where a killed run has left no mirror that tells so.
    now: the end of the time in which unfenced writes may have come.
    """

    origin: Origin
    volumes: tuple[str, ...]
    named_by: str = BACKEND_IS_DESTINATION
    policy: str | None = None
    schedule: str | None = None
    wait: bool = True
    accepted: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None
    cleanup: bool = False
    svm_dr: bool = False
    identity_preservation: str | None = None


def plan_reverse(have: Picture, want: WantedReverse) -> Plan:
    """Per volume: delete the old mirror at its destination, release it at its source, unmount, create, resync.

    Raises BadInput for SVMs that are not peered and for a glob that matches nothing.
    """
    pairs = pairs_of(have, want.origin, want.volumes, want.named_by, want.svm_dr)
    chosen = _select(want.volumes, pairs)
    peer = peer_of(have.destination, want.origin)
    if peer is None or peer.state != "peered":
        raise BadInput(f"SVM {have.destination.svm} is not peered with SVM {want.origin.svm}: run svm_peer first")
    deepest = max((depth(volume.junction_path or "") for volume in have.destination.volumes.values()), default=0)
    plans = {
        name: VolumePlan.refuse(name, reason)
        if (reason := chosen.refused.get(name) or _torn(pairs[name], pairs, chosen.names))
        else _one(pairs[name], peer.name, deepest, have, want)
        for name in chosen.names
    }
    return join(plans)


def _torn(pair: Pair, pairs: Mapping[str, Pair], chosen: Sequence[str]) -> str:
    """Why a volume cannot be turned round without the others of its group."""
    if not pair.grouped:
        return ""
    mine = [one.name for one in pairs.values() if (one.active_end, one.overwritten_end) == _both_ends(pair)]
    missing = sorted(set(mine) - set(chosen))
    return f"{pair.name} is mirrored together with {', '.join(missing)}: name them too" if missing else ""


def _both_ends(pair: Pair) -> tuple[str, str]:
    return pair.active_end, pair.overwritten_end


def _select(patterns: tuple[str, ...], pairs: Mapping[str, Pair]) -> Selection:
    refused = {
        one: f"{one} has no counterpart on the other side" for one in patterns if is_literal(one) and one not in pairs
    }
    names = matching(patterns, pairs)
    if not names and not refused:
        raise BadInput(f"volumes: {', '.join(patterns)} matches no pair of volumes on the two SVMs")
    return Selection(tuple(sorted(names | set(refused))), refused)


def _one(pair: Pair, local_name: str, deepest: int, have: Picture, want: WantedReverse) -> VolumePlan:
    here, there = have.destination, have.side("source")
    active, overwritten = there.volumes.get(pair.active), here.volumes.get(pair.overwritten)
    path = f"{here.svm}:{pair.overwritten}"
    direction = "reversed" if want.named_by == BACKEND_IS_DESTINATION else "forward"
    facts = {"source": f"{there.svm}:{pair.active}", "destination": path, "direction": direction}
    if overwritten is None and pair.whole and active is not None:
        message = f"{facts['source']} is new and comes with the mirror of its SVM"
        return VolumePlan.of(pair.name, message=message, facts=facts)
    if active is None or overwritten is None:
        missing = facts["source"] if active is None else path
        return VolumePlan.refuse(pair.name, f"{missing} does not exist", facts=facts)
    if pair.new is not None and pair.new.state is not State.BROKEN_OFF:
        return _as_it_is(pair, pair.new, active, have, want, facts)
    if pair.old is not None and pair.old.active_sync and pair.new is None:
        return _fail_over(pair, pair.old, active, here, facts)
    if active.type is not VolumeType.RW:
        reason = f"{facts['source']} is {active.type.value}: it does not take writes, so there is nothing to mirror back (fail over first)"
        return VolumePlan.refuse(pair.name, reason, facts=facts)
    loss = _loss(path, pair, overwritten, have, want)
    facts = {**facts, **loss.facts()}
    if loss.common is None and loss.loss == guard.UNKNOWN and _both_read(have):
        return VolumePlan.refuse(pair.name, _no_common(facts["source"], path, active), facts=facts)
    refused = guard.refusal(pair.name, loss, want.accepted)
    if refused:
        return VolumePlan.refuse(pair.name, refused, facts=facts)
    return _turn(pair, local_name, deepest, overwritten, have, want, facts, loss)


def _fail_over(pair: Pair, old: Mirror, active: Volume, here: Side, facts: Mapping[str, Any]) -> VolumePlan:
    """Active sync: the array itself turns the mirror round, once it is in sync; nothing can be lost by that."""
    if took_over(old, active):
        told = (
            f"{old.target} took over by itself; it is mirrored back when the other side returns, and can come home then"
        )
        return VolumePlan.of(pair.name, message=told, facts=facts, warnings=(told,))
    if old.state is not State.IN_SYNC or old.healthy is False:
        why = "; ".join(old.unhealthy_reasons) or "the array gives no reason"
        found = old.state.value if old.state is not State.IN_SYNC else f"not healthy: {why}"
        reason = f"{old.target} (active sync) is {found}; it fails over by a call only while in sync and healthy"
        return VolumePlan.refuse(pair.name, reason, facts=facts)
    target = f"{here.svm}:{pair.overwritten_end}"
    args = {"uuid": old.uuid, "source": old.target, "destination": str(old.group_source or old.source)}
    steps = (
        Step(Verb.FAILOVER, pair.name, old.target, SOURCE, args),
        Step(Verb.AWAIT_IDLE, pair.name, target, DESTINATION, {"initialized": True, "coming": True}),
    )
    return VolumePlan.of(pair.name, *steps, facts={**facts, "loss": guard.NONE, "loss_bytes": 0})


def _as_it_is(
    pair: Pair, mirror: Mirror, active: Volume, have: Picture, want: WantedReverse, facts: Mapping[str, Any]
) -> VolumePlan:
    """The direction is right already; a paused mirror is somebody's decision."""
    path = mirror.target
    if mirror.state is State.UNINITIALIZED and not mirror.transferring:
        in_sync = {"synchronous": True} if mirror.synchronous else {}
        step = Step(Verb.INITIALIZE, pair.name, path, args={"uuid": mirror.uuid, "wait": True, **in_sync})
        return VolumePlan.of(pair.name, step, facts=facts)
    warnings = (f"{path} is paused and is left so",) if mirror.state is State.PAUSED else ()
    settled = want.cleanup and mirror.in_step and not mirror.transferring
    steps, kept = left_behind(pair, mirror, active, have.side("source")) if settled else ((), ())
    return VolumePlan.of(
        pair.name,
        *steps,
        message=f"{path} is {mirror.state.value}",
        in_progress=mirror.transferring or (mirror.replicating and not mirror.in_step),
        facts=facts,
        warnings=warnings + kept,
    )


def _both_read(have: Picture) -> bool:
    return have.destination.snapshots is not None and have.side("source").snapshots is not None


def _loss(path: str, pair: Pair, overwritten: Volume, have: Picture, want: WantedReverse) -> guard.Loss:
    """A dp volume has taken no writes, so that overwriting it loses nothing."""
    here, there = have.destination, have.side("source")
    theirs = None if here.snapshots is None else here.snapshots.get(pair.overwritten, ())
    ours = None if there.snapshots is None else there.snapshots.get(pair.active, ())
    if overwritten.type is VolumeType.DP:
        return guard.Loss(path, loss=guard.NONE, loss_bytes=0)
    devices = here.block_devices(pair.overwritten)
    coming = pair.old is not None and (pair.old.exported_snapshot == COMING or pair.old.synchronous)
    active = there.volumes.get(pair.active)
    carried = carried_until(active.comment, path) if active is not None else None
    changed = here.changed_bytes.get(pair.overwritten)
    return guard.measure(path, overwritten, theirs, ours, devices, want.now, coming, changed, carried, here.stopped)


def _no_common(source: str, path: str, active: Volume) -> str:
    size = f" of about {active.used_bytes} bytes" if active.used_bytes is not None else ""
    return (
        f"{source} and {path} have no snapshot in common, so only a new baseline{size} would mirror back. A writable volume is "
        f"never turned into a mirror target: rename or remove {path} yourself, then protect {source} with replicate"
    )


def _turn(
    pair: Pair,
    local_name: str,
    deepest: int,
    overwritten: Volume,
    have: Picture,
    want: WantedReverse,
    facts: Mapping[str, Any],
    loss: guard.Loss,
) -> VolumePlan:
    """Stages: unmount deepest first, then turn round; a child's path must be gone before its parent's."""
    here = have.destination
    path, name = f"{here.svm}:{pair.overwritten}", pair.name
    rows: dict[int, tuple[Step, ...]] = {}
    if pair.whole:
        stopping = stop(here, name, DESTINATION)
        rows.update({0: stopping} if stopping else {})
    elif overwritten.junction_path:
        row = deepest - depth(overwritten.junction_path)
        rows[row] = (Step(Verb.UNMOUNT, name, path, DESTINATION, {"uuid": overwritten.uuid}),)
    steps = [*_remove_old(pair, have), *_make_new(pair, local_name, here, want)]
    rows[deepest + 1] = tuple(steps)
    warnings: tuple[str, ...] = (
        ()
        if loss.loss == guard.NONE
        else (f"{path}: what was written there since {facts['common_snapshot']} is discarded, as accepted",)
    )
    warnings += _untold(pair, path, steps)
    return VolumePlan(VolumePlan.of(name, facts=facts, warnings=warnings).verdict, rows)


def _remove_old(pair: Pair, have: Picture) -> list[Step]:
    """Delete at the old destination keeping every snapshot, release the record at the old source."""
    here = have.destination
    steps = []
    if pair.old is not None:
        steps.append(Step(Verb.DELETE, pair.name, pair.old.target, SOURCE, {"uuid": pair.old.uuid}))
    traces = [
        record
        for record in here.records_of.get(pair.overwritten_end, ())
        if record.destination.volume == pair.active_end and _is_there(record.destination.svm, have)
    ]
    uuids = [trace.uuid for trace in traces] or ([pair.old.uuid] if pair.old is not None else [])
    target = f"{here.svm}:{pair.overwritten_end}"
    steps += [
        Step(Verb.RELEASE, pair.name, target, DESTINATION, {"uuid": uuid, "keep_snapshots": True}) for uuid in uuids
    ]
    return steps


def _is_there(local_name: str, have: Picture) -> bool:
    peers = have.destination.peers
    return next((peer.peer_svm for peer in peers if peer.name == local_name), local_name) == have.side("source").svm


def mirror_like(
    old: Mirror | None, source: str, policy: str | None, schedule: str | None, side: Side
) -> dict[str, Any]:
    """Arguments of a new mirror on *side* from *source* in place of *old*; policy and schedule for what no old one tells.

    As for any new mirror, one without a schedule would never update. Synchronous policies take none.
    """
    default = default_schedule(side) if policy in (None, DEFAULT_POLICY) else None
    anew = default if schedule is None else schedule
    return {
        "source": source,
        "policy": (old.policy if old else None) or policy or DEFAULT_POLICY,
        "schedule": (old.schedule if old else anew) or None,
        "throttle_kbps": (old.throttle_kbps if old else None) or None,
        **({"policy_type": old.policy_type, "sync_type": old.sync_type} if old else {}),
    }


def _untold(pair: Pair, path: str, steps: Sequence[Step]) -> tuple[str, ...]:
    """A run that was cut off may have deleted the old mirror, and with it its policy and schedule."""
    made = next((step.args for step in steps if step.verb is Verb.CREATE and pair.old is None), None)
    if made is None:
        return ()
    return (
        f"{path}: the old mirror is gone and tells no policy and schedule any more; the new one gets policy "
        f"{made['policy']} and schedule {made['schedule'] or 'none'}",
    )


def _make_new(pair: Pair, local_name: str, here: Side, want: WantedReverse) -> list[Step]:
    path = f"{here.svm}:{pair.overwritten_end}"
    args = mirror_like(pair.old, f"{local_name}:{pair.active_end}", want.policy, want.schedule, here)
    policy, known = (here.policies or {}).get(args["policy"]), pair.new or pair.old
    resync = {"wait": want.wait, "synchronous": known.synchronous if known else is_synchronous(policy)}
    if pair.new is not None:
        return [Step(Verb.RESYNC, pair.name, path, DESTINATION, {"uuid": pair.new.uuid, **resync})]
    args.update({"members": dict(pair.members)} if pair.grouped else {})
    if pair.whole:
        args["identity_preservation"] = pair.old.identity_preservation if pair.old else want.identity_preservation
    return [
        Step(Verb.CREATE, pair.name, path, DESTINATION, args),
        Step(Verb.RESYNC, pair.name, path, DESTINATION, resync),
    ]
