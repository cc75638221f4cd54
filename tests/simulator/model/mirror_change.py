# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users do with relationships: create, change state, modify, transfer, abort, delete, release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import pairing, policies, snapshots, synchronous
from .errors import Refused
from .legs import Leg, join, part
from .mirrors import Relationship, SourceEntry
from .pairing import Ends, NewMirror

if TYPE_CHECKING:
    from .cluster import Cluster
    from .jobs import Job
    from .policies import MirrorPolicy
    from .transfers import Transfer
    from .volumes import Volume

UNSET: Any = object()
SETTABLE = ("snapmirrored", "in_sync", "paused", "broken_off")
_MIRRORING = ("snapmirrored", "in_sync", "out_of_sync")


@dataclass
class Flags:
    """What may come along with a change of state."""

    force: bool = False
    restore_to_snapshot: str | None = None
    recover_after_break: bool = False
    preserve: bool = False
    quick_resync: bool = False


# create


def create(cluster: Cluster, wanted: NewMirror) -> tuple[str, Job]:
    """On the destination's cluster: the uuid that the relationship will have, and the job that makes it."""
    uuid = cluster.world.ids.new("relationship")

    def work() -> None:
        _make(cluster, wanted, uuid)

    fault = cluster.world.consult(cluster.name, "snapmirror.create", wanted.destination_path)
    svm = _check_create(cluster, wanted)[0].svm
    text = "POST /api/snapmirror/relationships"
    job = cluster.start_job("snapmirror.create", wanted.destination_path, text, work, svm=svm, fault=fault)
    return uuid, job


def _check_create(cluster: Cluster, wanted: NewMirror) -> tuple[Ends, MirrorPolicy]:
    """What is to be joined under which policy, or the refusal."""
    ends = pairing.resolve(cluster, wanted)
    policy = policies.find(
        cluster, ends.svm, wanted.policy or (None if wanted.policy_uuid else "Asynchronous"), wanted.policy_uuid
    )
    pairing.check_policy(ends, policy)
    style = ends.pairs[0][1].style if ends.pairs else "svm"
    if style == "flexgroup" and policy.has_creation_schedules:
        raise Refused("6621125", f'Policy "{policy.name}" has snapshot schedules: not usable with FlexGroups.')
    synchronous.check_settings(policy, style, wanted.schedule, wanted.throttle)
    _find_schedule(cluster, wanted.schedule)
    return ends, policy


def _find_schedule(cluster: Cluster, name: str | None) -> Any:
    if name is None:
        return None
    for schedule in cluster.schedules.values():
        if name in (schedule.name, schedule.uuid):
            return schedule
    raise Refused("6619699", f'Schedule "{name}" does not exist.', "transfer_schedule.name")


def _make(cluster: Cluster, wanted: NewMirror, uuid: str) -> Relationship:
    ends, policy = _check_create(cluster, wanted)
    source, destination = ends.made()
    relationship = Relationship(
        uuid=uuid,
        source=source,
        destination=destination,
        policy=policy,
        legs=[Leg(*pair) for pair in ends.pairs],
        schedule=_find_schedule(cluster, wanted.schedule),
        throttle=wanted.throttle,
        identity_preservation=wanted.identity_preservation,
    )
    common = [leg.newest_common() for leg in relationship.legs]
    if common and None not in common:
        for leg, snapshot in zip(relationship.legs, common):
            leg.exported = snapshot
        is_broken = relationship.legs[0].destination.type == "rw"
        mirrored = "out_of_sync" if policy.is_sync else "snapmirrored"
        relationship.state = "broken_off" if is_broken else mirrored
    enter(relationship)
    return relationship


def enter(relationship: Relationship) -> None:
    """Let both clusters know of a new one; `remove` is the opposite."""
    relationship.cluster.relationships[relationship.uuid] = relationship
    for leg in relationship.legs:
        join(relationship, leg)
    if relationship.policy.is_sync:
        relationship.world.synchronous.append(relationship)
    relationship.arm()


# change


def modify(
    relationship: Relationship,
    *,
    state: str | None = None,
    flags: Flags | None = None,
    policy: str | None = None,
    policy_uuid: str | None = None,
    schedule: str | None = UNSET,
    throttle: int | None = None,
) -> Job:
    """A job that changes properties, then starts the change of state, if any. schedule None clears it."""
    flags = flags or Flags()
    cluster = relationship.cluster
    verb = _verb_for(relationship, state) if state is not None else "modify"
    _check_flags(relationship, state, flags)

    def attributes() -> None:
        if policy is not None or policy_uuid is not None:
            _set_policy(relationship, policies.find(cluster, relationship.destination.svm, policy, policy_uuid))
        if schedule is not UNSET:
            relationship.schedule = _find_schedule(cluster, schedule)
        if throttle is not None:
            relationship.set_throttle(throttle)
        if schedule is not UNSET or policy is not None or policy_uuid is not None:
            relationship.arm()

    def work() -> None:
        if relationship.deleted:
            raise Refused("4", "entry doesn't exist", "uuid", status=404)
        attributes()
        if state is not None:
            _transit(relationship, _verb_for(relationship, state), flags, fault)

    path = relationship.destination_path
    fault = cluster.world.consult(cluster.name, f"snapmirror.{verb}", path)
    synchronous.check_settings(
        relationship.policy, relationship.destination.style, None if schedule is UNSET else schedule, throttle
    )
    if schedule is not UNSET:
        _find_schedule(cluster, schedule)
    if policy is not None or policy_uuid is not None:
        found = policies.find(cluster, relationship.destination.svm, policy, policy_uuid)
        _check_policy_change(relationship, found)
    if verb == "resync":
        relationship.check_resync()
    text = f"PATCH /api/snapmirror/relationships/{relationship.uuid}"
    return cluster.start_job(f"snapmirror.{verb}", path, text, work, svm=relationship.destination.svm, fault=fault)


def _verb_for(relationship: Relationship, wanted: str) -> str:
    """ONTAP's verb for the change to *wanted*, or the refusal."""
    now, path, policy = relationship.state, relationship.destination_path, relationship.policy
    if wanted not in SETTABLE:
        raise Refused("13303829", f'"{wanted}" is not a valid state to set.', "state")
    if wanted == "in_sync" and not policy.is_sync:
        raise Refused(
            "13303831", f'State "{wanted}" is not valid for a relationship with a policy of type async.', "state"
        )
    if wanted == "snapmirrored" and policy.is_sync:
        raise Refused(
            "13303833", f'State "{wanted}" is not possible for a relationship with a policy of type sync.', "state"
        )
    if policy.is_automated_failover and wanted in ("paused", "broken_off"):
        raise Refused("13303818", f'State "{wanted}" is not allowed with policy "{policy.name}".', "state")
    if now in ("synchronizing", "expanding") or relationship.failing_over:
        doing = "failing over" if relationship.failing_over else now
        raise Refused("13303830", f'Relationship "{path}" is in a transient state: it is {doing}.', "state")
    if wanted in ("snapmirrored", "in_sync"):
        return _verb_to_settled(relationship)
    if wanted == "paused" and now in _MIRRORING:
        if relationship.pausing:
            raise Refused("13303830", f'Relationship "{path}" is in a transient state: it is quiescing.', "state")
        return "quiesce"
    if wanted == "broken_off" and now in (*_MIRRORING, "paused"):
        if relationship.transferring:
            raise Refused("13303808", f'Failed to break "{path}": a transfer is in progress.', "state")
        return "break"
    raise Refused("13303818", f'The transition from "{now}" to "{wanted}" is not allowed.', "state")


def _verb_to_settled(relationship: Relationship) -> str:
    now, path = relationship.state, relationship.destination_path
    if now == "paused" or relationship.pausing:
        return "resume"
    if now in _MIRRORING:
        raise Refused("13303832", f'Relationship "{path}" is initialized already.', "state")
    if relationship.transferring:
        raise Refused("13303830", f'Relationship "{path}" is in a transient state: a transfer is in progress.', "state")
    return {"uninitialized": "initialize", "broken_off": "resync"}[now]


def _check_flags(relationship: Relationship, state: str | None, flags: Flags) -> None:
    to_broken = flags.force or flags.restore_to_snapshot is not None or flags.recover_after_break
    to_settled = flags.preserve or flags.quick_resync
    if (to_broken or to_settled) and state is None:
        raise Refused("13303837", "The flag needs a change of state.")
    if to_broken and state != "broken_off":
        raise Refused("13303835", 'The flag needs the state "broken_off".')
    if to_settled and state not in ("snapmirrored", "in_sync"):
        raise Refused("13303836", 'The flag needs the state "snapmirrored" or "in_sync".')
    if relationship.group_type == "svm_dr":
        for name in ("restore_to_snapshot", "preserve"):
            if getattr(flags, name):
                raise Refused("13304093", f"{name} is not supported for SVMs.", name)
    if relationship.group_type == "consistency_group":
        for name in ("restore_to_snapshot", "preserve", "quick_resync"):
            if getattr(flags, name):
                raise Refused("13304093", f"{name} is not supported for consistency groups.", name)
    if flags.recover_after_break and relationship.destination.style != "flexgroup":
        raise Refused("13303834", "recover_after_break is for FlexGroup relationships only.", "recover_after_break")


def _transit(relationship: Relationship, verb: str, flags: Flags, fault: Any) -> None:
    if verb == "break":
        relationship.break_off(flags.restore_to_snapshot)
    elif verb in ("initialize", "resync"):
        getattr(relationship, verb)(fault)
    else:
        getattr(relationship, verb)()


def _kind(policy: policies.MirrorPolicy) -> str:
    if policy.copies != "rules":
        return "mirror"
    return "mirror-vault" if policy.takes_snapshot else "vault"


def _check_policy_change(relationship: Relationship, policy: policies.MirrorPolicy) -> None:
    current = relationship.policy
    if policy.type != current.type or policy.sync_type != current.sync_type:
        raise Refused(
            "13303866",
            f'Policy "{current.name}" of type {current.type} cannot be replaced by policy'
            f' "{policy.name}" of type {policy.type}.',
            "policy",
        )
    if not policy.is_sync and _kind(policy) != _kind(current):
        raise Refused(
            "13303867",
            f'Changing from {_kind(current)} policy "{current.name}" to {_kind(policy)} policy'
            f' "{policy.name}" is not supported.',
            "policy",
        )


def _set_policy(relationship: Relationship, policy: policies.MirrorPolicy) -> None:
    _check_policy_change(relationship, policy)
    relationship.policy = policy
    relationship.set_throttle(relationship.throttle)


# transfers


def start_transfer(relationship: Relationship, *, source_snapshot: str | None = None, throttle: int = 0) -> Transfer:
    """Initialize or update, whichever the state calls for. At once, without a job."""
    path, policy = relationship.destination_path, relationship.policy
    initial = relationship.state == "uninitialized"
    code, verb = ("13303812", "initialize") if initial else ("13303844", "update")
    if policy.is_sync and throttle:
        raise Refused("13304040", "throttle is not supported for synchronous relationships.", "throttle")
    if relationship.transferring:
        raise Refused(code, f'Failed to {verb} "{path}": another transfer is in progress.')
    if relationship.state not in ("uninitialized", "snapmirrored"):
        raise Refused(code, f'Failed to {verb} "{path}": the relationship is {relationship.state}.')
    if relationship.pausing:
        raise Refused(code, f'Failed to {verb} "{path}": the relationship is quiescing.')
    fault = relationship.world.consult(relationship.cluster.name, f"snapmirror.{verb}", path)
    start = relationship.initialize if initial else relationship.update
    return start(fault, source_snapshot=source_snapshot, throttle=throttle)


def abort(transfer: Transfer, state: str) -> None:
    """state: aborted, or hard_aborted to forget what was carried."""
    relationship = transfer.relationship
    if state not in ("aborted", "hard_aborted"):
        raise Refused("13303849", f'Transfer state "{state}" cannot be set.', "state")
    if relationship.policy.is_sync:
        raise Refused("13303848", "Transfers of synchronous relationships cannot be aborted.")
    if not transfer.active:
        raise Refused("13303849", f"The transfer has ended already: it is {transfer.state}.", "state")
    relationship.world.consult(relationship.cluster.name, "snapmirror.abort", relationship.destination_path)
    transfer.abort(hard=state == "hard_aborted")


# delete and release


def delete(relationship: Relationship, destination_only: bool = False, lun_maps: bool = False) -> Job:
    """On the destination's cluster: both sides and the snapshots made for it, or the destination's side only.

    lun_maps: those of the destination go, too.
    """
    cluster, path = relationship.cluster, relationship.destination_path

    def check() -> None:
        if relationship.deleted:
            raise Refused("4", "entry doesn't exist", "uuid", status=404)
        if relationship.transferring or relationship.failing_over:
            raise Refused("6619715", f'Relationship "{path}" has an operation in progress. Try again later.')
        if not destination_only and not relationship.source.cluster.up:
            raise Refused("13303815", f'Peer cluster "{relationship.source.cluster.name}" cannot be reached.')

    def work() -> None:
        check()
        if not destination_only:
            entry = relationship.source.cluster.source_entries.get(relationship.uuid)
            if entry is not None:
                entry.forget()
            for leg in relationship.legs:
                _drop_own(leg.source, relationship.uuid)
                _drop_own(leg.destination, relationship.uuid)
        remove(relationship)
        if lun_maps:
            destinations = [leg.destination for leg in relationship.legs]
            svm = relationship.destination.svm
            svm.lun_maps = [each for each in svm.lun_maps if each.volume not in destinations]

    fault = cluster.world.consult(cluster.name, "snapmirror.delete", path)
    check()
    text = f"DELETE /api/snapmirror/relationships/{relationship.uuid}"
    return cluster.start_job("snapmirror.delete", path, text, work, svm=relationship.destination.svm, fault=fault)


def release(cluster: Cluster, entry: SourceEntry, info_only: bool) -> Job:
    """On the source's cluster: forget the relationship; the snapshots made for it go, unless *info_only*."""
    path = entry.destination.path

    def work() -> None:
        if entry.uuid not in cluster.source_entries:
            raise Refused("4", "entry doesn't exist", "uuid", status=404)
        living = entry.destination.cluster.relationships.get(entry.uuid)
        if living is not None and living.transferring:
            raise Refused("13303822", f'Failed to release "{path}": a transfer is in progress.')
        volumes = list(entry.volumes)
        entry.forget()
        if not info_only:
            for volume in volumes:
                _drop_own(volume, entry.uuid)

    fault = cluster.world.consult(cluster.name, "snapmirror.release", path)
    text = f"DELETE /api/snapmirror/relationships/{entry.uuid}"
    return cluster.start_job("snapmirror.release", path, text, work, svm=entry.source.svm, fault=fault)


def _drop_own(volume: Volume, relationship_uuid: str) -> None:
    snapshots.drop(
        volume, [each for each in volume.snapshots if each.created_by == relationship_uuid and not each.owners]
    )


def remove(relationship: Relationship) -> None:
    world = relationship.world
    relationship.deleted = True
    del relationship.cluster.relationships[relationship.uuid]
    for leg in relationship.legs:
        part(relationship, leg)
    if relationship.policy.is_sync:
        world.synchronous.remove(relationship)
