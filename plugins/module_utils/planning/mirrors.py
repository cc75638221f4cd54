# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Relationships: exist and are initialized, are resumed or paused when asked, or are removed with their traces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..model.array import Policy
from ..model.errors import BadInput
from ..model.mirror import Mirror, State
from ..model.picture import Picture, Side
from ..model.plan import DESTINATION, Drift, Plan, Step, Verb, VolumePlan, join
from ..model.volume import VolumeType
from . import guard
from .group_mirrors import (
    Joining,
    WantedGroup,
    check_active_sync,
    check_group,
    join_group,
    join_steps,
    own_mirrors,
    strange_mirror,
)
from .kinds import check_settings, check_way, is_active_sync, is_synchronous, own_settings, unfit_for
from .names import Origin, Selection, peer_of, selection, target_names
from .removal import WantedRemoval, plan_removal
from .whole_svms import stop

DEFAULT_POLICY = "MirrorAllSnapshots"
DEFAULT_SCHEDULE = "hourly"


@dataclass(frozen=True)
class WantedMirrors:
    """None in policy, schedule, throttle_kbps: nothing is enforced on what exists.

    active: None leaves the state as found, True resumes or resynchronizes, False pauses.
    release: source_info_only, source_only or none.  accepted: {volume: seconds | 'unknown'}.
    now: the end of the time in which unfenced writes may have come.  group: the volumes are mirrored as one.
    whole: so is the SVM (planning/svm_mirrors.py).
    """

    origin: Origin
    volumes: tuple[str, ...]
    absent: bool = False
    destination_name: str = "{volume}"
    active: bool | None = None
    policy: str | None = None
    schedule: str | None = None
    throttle_kbps: int | None = None
    initialize: bool = True
    wait: bool = False
    quiesce_timeout_s: float | None = None
    release: str = "source_info_only"
    accepted: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None
    group: WantedGroup | None = None
    whole: bool = False
    identity_preservation: str | None = None


def plan_mirrors(have: Picture, want: WantedMirrors) -> Plan:
    """Raises BadInput for what is wrong with the set as a whole: unknown names, unpeered SVMs, an unknown policy."""
    if want.absent:
        return plan_removal(have, WantedRemoval(want.origin, want.volumes, want.quiesce_timeout_s, want.release))
    chosen, mirrors = selection(have, want.volumes, want.origin)
    names = target_names(want.destination_name, [name for name in chosen.names if name not in mirrors], want.origin.svm)
    own = {name: mirror for name, mirror in own_mirrors(want.group, mirrors).items() if name in chosen.names}
    names.update({name: mirror.destination.volume for name, mirror in own.items()})
    new = [name for name in names if name not in chosen.refused]
    check_policy(have, want, bool(new))
    local_name = local_name_of(have, want) if new else want.origin.svm
    joining = None
    if want.group is not None:
        check_group(have, want.group)
        joining = join_group(have, want.group, {name: names[name] for name in new}, mirrors, own)
        if new and joining.mirror is None and is_active_sync(_policy(have, want)):
            check_active_sync(have, joining)
    plans = {name: _one(name, chosen, mirrors, names, local_name, joining, have, want) for name in chosen.names}
    return join(plans, joining.warnings if joining is not None else ())


def _one(
    name: str,
    chosen: Selection,
    mirrors: Mapping[str, Mirror],
    names: Mapping[str, str],
    local_name: str,
    joining: Joining | None,
    have: Picture,
    want: WantedMirrors,
) -> VolumePlan:
    if name in chosen.refused:
        return VolumePlan.refuse(name, chosen.refused[name])
    if name in mirrors and name not in names:
        strange = strange_mirror(mirrors[name], want.group) if want.group is not None else ""
        return VolumePlan.refuse(name, strange) if strange else converge(name, mirrors[name], have, want)
    if joining is not None and name in joining.refused:
        return VolumePlan.refuse(name, joining.refused[name])
    return _create(name, names[name], local_name, joining, have, want)


def check_policy(have: Picture, want: WantedMirrors, creating: bool) -> None:
    known = have.destination.policies
    wanted = want.policy or (DEFAULT_POLICY if creating else None)
    if known is not None and wanted and wanted not in known:
        raise BadInput(
            f"policy {wanted} does not exist for SVM {have.destination.svm}: create it there, or name another"
        )
    if creating:
        policy = (known or {}).get(wanted or "")
        check_way(policy, have.destination.about)
        check_settings(policy, want.schedule, want.throttle_kbps)


def local_name_of(have: Picture, want: WantedMirrors) -> str:
    """The name of the source SVM in the destination's paths. Raises BadInput where they are not peered."""
    here = have.destination
    peer = peer_of(here, want.origin)
    if peer is None:
        if here.about is not None and want.origin == Origin(here.svm, here.about.name):
            return here.svm
        raise BadInput(f"SVM {want.origin.svm} is not peered with SVM {here.svm}: peer them first (module svm_peer)")
    if peer.state != "peered":
        raise BadInput(
            f"the peering of SVM {here.svm} with {want.origin.svm} is {peer.state}, not peered: run svm_peer"
        )
    if peer.applications and "snapmirror" not in peer.applications:
        raise BadInput(f"the peering of SVM {here.svm} with {want.origin.svm} is not for snapmirror: run svm_peer")
    return peer.name


def _facts(source: str, destination: str) -> dict[str, Any]:
    return {"source": source, "destination": destination}


def _create(
    name: str, target: str, local_name: str, joining: Joining | None, have: Picture, want: WantedMirrors
) -> VolumePlan:
    here = have.destination
    path, source = f"{here.svm}:{target}", f"{local_name}:{name}"
    facts = _facts(f"{want.origin.svm}:{name}", path)
    rival, volume = here.mirrors.get(target), here.volumes.get(target)
    if rival is not None and not (joining is not None and rival == joining.own.get(name)):
        return VolumePlan.refuse(
            name, f"{path} already mirrors {rival.source}, so it cannot mirror {source}", facts=facts
        )
    if volume is None:
        return VolumePlan.refuse(
            name, f"{path} does not exist: create it first (module flexvol_mirror_target)", facts=facts
        )
    if volume.type is not VolumeType.DP:
        return VolumePlan.refuse(
            name,
            f"{path} is a {volume.type.value} volume without a mirror: it is never turned into a mirror target",
            facts=facts,
        )
    policy = _policy(have, want)
    if joining is not None and joining.mirror is not None:
        policy = (have.destination.policies or {}).get(joining.mirror.policy or "", policy)
    unfit = unfit_for(policy, have.side("source").volumes[name], joining is not None) or _never_paused(policy, want)
    if unfit:
        return VolumePlan.refuse(name, unfit, facts=facts)
    synchronous = is_synchronous(_policy(have, want))
    settings = {
        "policy": want.policy or DEFAULT_POLICY,
        "schedule": schedule_at_creation(have, want),
        "throttle_kbps": want.throttle_kbps,
    }
    steps = [Step(Verb.CREATE, name, path, args={"source": source, **settings})]
    if joining is not None:
        steps = [*join_steps(name, joining, local_name, have, settings, want.wait)]
    relationship = steps[-1].target
    if want.initialize and steps[-1].verb is Verb.CREATE:
        steps.append(Step(Verb.INITIALIZE, name, relationship, args={"wait": want.wait, **_in_sync(synchronous)}))
        steps += pause_at_last(name, relationship, {}, synchronous, want)
    unscheduled = want.schedule is None and not synchronous and default_schedule(have.destination) is None
    return VolumePlan.of(name, *steps, facts=facts, warnings=(left_to_the_policy(path),) if unscheduled else ())


def default_schedule(side: Side) -> str | None:
    """Of a new asynchronous mirror on *side*; without one it would never update."""
    return DEFAULT_SCHEDULE if side.about is None or side.about.mirrors_have_schedules else None


def left_to_the_policy(path: str) -> str:
    return (
        f"{path}: over REST before ONTAP 9.11.1 a mirror has no schedule of its own. It is updated when its policy says so; "
        "where that says nothing, by playbook update alone"
    )


def schedule_at_creation(have: Picture, want: WantedMirrors) -> str | None:
    """Hourly for asynchronous policies when none was asked; synchronous ones take none."""
    if want.schedule is not None:
        return want.schedule or None
    return None if is_synchronous(_policy(have, want)) else default_schedule(have.destination)


def _in_sync(synchronous: bool) -> dict[str, Any]:
    """Which state an initialize asks for; told where it is not the usual one."""
    return {"synchronous": True} if synchronous else {}


def _policy(have: Picture, want: WantedMirrors) -> Policy | None:
    """Of a new mirror, None where it was not read."""
    return (have.destination.policies or {}).get(want.policy or DEFAULT_POLICY)


def converge(name: str, mirror: Mirror, have: Picture, want: WantedMirrors) -> VolumePlan:
    path = str(mirror.destination)
    facts = _facts(f"{want.origin.svm}:{name}", path)
    if mirror.state is State.UNKNOWN:
        return VolumePlan.refuse(
            name, f"the state of {path} cannot be read: nothing is done to what is unknown", facts=facts
        )
    changes, refused = _changes(mirror, have, want)
    if refused:
        return VolumePlan.refuse(name, refused, facts=facts)
    args = {"uuid": mirror.uuid, "changes": changes}
    steps = [Step(Verb.MODIFY, name, mirror.target, args=args)] if changes else []
    moved = _settle(name, mirror, have, want)
    if moved.verdict.refused:
        return VolumePlan.refuse(name, moved.verdict.refused, facts={**facts, **moved.verdict.facts})
    steps += moved.stages.get(0, ())
    verdict = moved.verdict
    return VolumePlan.of(
        name,
        *steps,
        message=verdict.message,
        drift=verdict.drift,
        warnings=verdict.warnings,
        in_progress=verdict.in_progress,
        facts={**facts, **verdict.facts},
    )


def _changes(mirror: Mirror, have: Picture, want: WantedMirrors) -> tuple[dict[str, Any], str]:
    """Properties to converge, and why they cannot be ("" when they can)."""
    own = own_settings(want.schedule, want.throttle_kbps)
    if own and mirror.synchronous:
        reason = f"{mirror.destination} has the synchronous policy {mirror.policy}, with which a mirror has no"
        return {}, f"{reason} {' and no '.join(own)}: leave {' and '.join(own)} out"
    wanted = {"policy": want.policy, "schedule": want.schedule, "throttle_kbps": want.throttle_kbps}
    changes = {
        field: value
        for field, value in wanted.items()
        if value is not None and value != (getattr(mirror, field) or _empty(value))
    }
    about = have.destination.about
    if changes.get("schedule") == "" and about is not None and not about.schedules_go:
        return (
            {},
            f"{mirror.destination} has schedule {mirror.schedule}, which only REST can take away: name another one, or use REST",
        )
    policy = (have.destination.policies or {}).get(str(changes.get("policy", "")))
    if policy is not None and mirror.policy_type and policy.type and policy.type != mirror.policy_type:
        reason = (
            f"{mirror.destination} has policy {mirror.policy} of type {mirror.policy_type}; {policy.name} is of type "
            f"{policy.type}, and the type of a mirror's policy is never changed: remove the mirror and create it anew"
        )
        return {}, reason
    return changes, ""


def _empty(value: Any) -> Any:
    return "" if isinstance(value, str) else 0


def _settle(name: str, mirror: Mirror, have: Picture, want: WantedMirrors) -> VolumePlan:
    """What the state found asks for, and what is only reported."""
    path = mirror.target
    if mirror.state is State.UNINITIALIZED:
        return _settle_uninitialized(name, mirror, want)
    if want.active is False:
        return _pause(name, mirror, want)
    if mirror.state is State.PAUSED:
        if want.active:
            return _resume(name, mirror, want)
        return _left(name, mirror, "relationship_state: active resumes it")
    if mirror.state is State.BROKEN_OFF:
        return (
            _resync(name, mirror, have, want)
            if want.active
            else _left(name, mirror, "relationship_state: active asks for a resync")
        )
    if mirror.replicating and not mirror.in_step:
        return _out_of_step(name, mirror, want)
    if mirror.healthy is False:
        reasons = "; ".join(mirror.unhealthy_reasons) or "the array gives no reason"
        return VolumePlan.of(name, message=f"{path} is not healthy", warnings=(f"{path} is not healthy: {reasons}",))
    return VolumePlan.of(name, message=f"{path} is {mirror.state.value}")


def _resume(name: str, mirror: Mirror, want: WantedMirrors) -> VolumePlan:
    """A synchronous one is not in sync at once, which is awaited where that was asked."""
    path, uuid = mirror.target, {"uuid": mirror.uuid}
    steps = [Step(Verb.RESUME, name, path, args={**uuid, "synchronous": mirror.synchronous})]
    if mirror.synchronous and want.wait:
        steps.append(Step(Verb.AWAIT_IDLE, name, path, args={**uuid, "initialized": True}))
    return VolumePlan.of(name, *steps)


def _out_of_step(name: str, mirror: Mirror, want: WantedMirrors) -> VolumePlan:
    """A synchronous one that is not in sync comes back by itself, once the way to its source is open."""
    path = mirror.target
    if mirror.state is State.SYNCHRONIZING:
        return _await_copy(name, mirror, want, "synchronized", ())
    reasons = "; ".join(mirror.unhealthy_reasons) or "the array gives no reason"
    return VolumePlan.of(
        name,
        message=f"{path} is {mirror.state.value}",
        drift=(Drift("state", mirror.state.value, mirror.good_state),),
        warnings=(f"{path} is {mirror.state.value}: {reasons}. It comes into sync by itself once its source answers",),
    )


def _settle_uninitialized(name: str, mirror: Mirror, want: WantedMirrors) -> VolumePlan:
    path, uuid = mirror.target, {"uuid": mirror.uuid}
    paused = pause_at_last(name, path, uuid, mirror.synchronous, want)
    if mirror.transferring:
        return _await_copy(name, mirror, want, "initialized", paused)
    if not want.initialize:
        return _left(name, mirror, "initialize: true starts the baseline transfer")
    args = {**uuid, "wait": want.wait, "before": mirror.bad_end, **_in_sync(mirror.synchronous)}
    return VolumePlan.of(name, Step(Verb.INITIALIZE, name, path, args=args), *paused)


def _await_copy(name: str, mirror: Mirror, want: WantedMirrors, what: str, after: tuple[Step, ...]) -> VolumePlan:
    """A copy is under way already: it is awaited where that was asked, and *after* follows it."""
    path = mirror.target
    if not want.wait:
        return VolumePlan.of(name, message=f"{path} is being {what}", in_progress=True)
    step = Step(Verb.AWAIT_IDLE, name, path, args={"uuid": mirror.uuid, "initialized": True})
    return VolumePlan.of(name, step, *after, in_progress=True)


def pause_at_last(
    name: str, path: str, uuid: Mapping[str, Any], synchronous: bool, want: WantedMirrors
) -> tuple[Step, ...]:
    """A mirror that is to be paused gets its baseline first; where that is not awaited, a later run pauses it."""
    if want.active is not False or not want.wait:
        return ()
    return (Step(Verb.QUIESCE, name, path, args={**uuid, **_quiesce_args(synchronous, want)}),)


def _quiesce_args(synchronous: bool, want: WantedMirrors) -> dict[str, Any]:
    return {"timeout_s": want.quiesce_timeout_s, "on_timeout": "fail" if synchronous else "abort"}


def _left(name: str, mirror: Mirror, remedy: str) -> VolumePlan:
    """Left as found; whoever paused or broke it may have had a reason."""
    drift = (Drift("state", mirror.state.value, mirror.good_state),)
    return VolumePlan.of(
        name,
        message=f"{mirror.destination} is {mirror.state.value} and left so",
        drift=drift,
        warnings=(f"{mirror.destination} is {mirror.state.value} and is left as found ({remedy})",),
    )


def _never_paused(policy: Policy | None, want: WantedMirrors) -> str:
    if want.active is not False or policy is None or not is_active_sync(policy):
        return ""
    return f"policy {policy.name} (active sync) is never paused: leave relationship_state out"


def _pause(name: str, mirror: Mirror, want: WantedMirrors) -> VolumePlan:
    path = mirror.target
    if mirror.active_sync:
        return VolumePlan.refuse(name, f"{path} has policy {mirror.policy} (active sync), which is never paused")
    if mirror.state is State.PAUSED and not mirror.transferring:
        return VolumePlan.of(name, message=f"{path} is paused")
    if mirror.state is State.BROKEN_OFF:
        return VolumePlan.refuse(
            name, f"{path} is broken_off and cannot be paused; relationship_state: active asks for a resync"
        )
    args = {"uuid": mirror.uuid, **_quiesce_args(mirror.synchronous, want)}
    return VolumePlan.of(name, Step(Verb.QUIESCE, name, path, args=args))


def _loss(name: str, mirror: Mirror, have: Picture, want: WantedMirrors) -> guard.Loss:
    here, there, target = have.destination, have.source, mirror.destination.volume
    path, overwritten = str(mirror.destination), here.volumes.get(target)
    if overwritten is None or there is None:
        return guard.Loss(path)
    theirs = None if here.snapshots is None else here.snapshots.get(target, ())
    ours = None if there.snapshots is None else there.snapshots.get(name, ())
    devices = here.block_devices(target)
    return guard.measure(path, overwritten, theirs, ours, devices, want.now, stopped=here.stopped)


def _resync(name: str, mirror: Mirror, have: Picture, want: WantedMirrors) -> VolumePlan:
    path = str(mirror.destination)
    if mirror.transferring:
        return _await_copy(name, mirror, want, "resynchronized", ())
    loss = _loss(name, mirror, have, want)
    refused = guard.refusal(name, loss, want.accepted)
    if refused:
        return VolumePlan.refuse(name, refused, facts=loss.facts())
    args = {
        "uuid": mirror.uuid,
        "wait": want.wait,
        "synchronous": mirror.synchronous,
        "before": mirror.bad_end,
    }
    return VolumePlan.of(
        name,
        *(stop(have.destination, name, DESTINATION) if mirror.of_svm else ()),
        Step(Verb.RESYNC, name, mirror.target, args=args),
        facts=loss.facts(),
        warnings=() if loss.loss == guard.NONE else (f"{path}: writes since its break are discarded, as accepted",),
    )
