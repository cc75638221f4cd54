# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each verb is started and by which reading it is proven.

A verb is one request and one proof. The proof is always a reading of what the array shows, never the answer to the
request: a job that ended well is a hint to look, and an answer that got lost is resolved by the same look.
"""

from __future__ import annotations

from typing import Dict, Optional, Sequence

from ..model.errors import NotYet
from ..model.mirror import ENDED_BADLY, Mirror, MirrorSpec, State
from ..model.path import Path
from ..model.plan import Step, Verb
from ..model.told import Told
from ..model.volume import CloneSpec, TargetSpec, VolumeType
from .act import Act, Expiry, Hopeless, Kind, Seen
from .administering import ADMINISTERING
from .grouping import GROUPS
from .ports import Array, JobId
from .presenting import PRESENTING


def _unhealthy(mirror: Mirror) -> str:
    reasons = "; ".join(mirror.unhealthy_reasons)
    return f"{mirror.transfer_state}{': ' + reasons if reasons else ''}"


def _stale(step: Step, seen: Seen, mirror: Mirror) -> bool:
    """The transfer shown is the one that was shown before the step began."""
    before = seen.before.transfer_mark if seen.before else step.args.get("before")
    if before is None:
        return False
    if before[0] and mirror.transfer_uuid:
        return bool(before[0] == mirror.transfer_uuid)
    return tuple(before) == mirror.transfer_mark


def _check_transfer(step: Step, seen: Seen, mirror: Mirror) -> None:
    """Raises Hopeless where the step's own transfer ended badly; the bad end of an earlier one says nothing."""
    earlier_bad = seen.before is None or seen.before.transfer_state in ENDED_BADLY
    if mirror.transfer_state in ENDED_BADLY and not (earlier_bad and _stale(step, seen, mirror)):
        raise Hopeless(f"the transfer to {step.target} ended as {_unhealthy(mirror)}")


def _settled(step: Step, seen: Seen) -> bool:
    """Initialized, resumed or resynchronized, and no transfer under way; a synchronous one comes into sync by itself."""
    mirror = seen.mirror
    if mirror is None:
        raise Hopeless(f"{step.target} is no longer a mirror")
    if not step.args.get("wait", True) and (mirror.transferring or mirror.replicating):
        return True
    if mirror.transferring or (mirror.replicating and not mirror.in_step):
        return False
    if mirror.replicating and step.verb is not Verb.RESYNC:
        return True
    _check_transfer(step, seen, mirror)
    return mirror.replicating


def _updated(step: Step, seen: Seen) -> bool:
    mirror = seen.mirror
    if mirror is None or mirror.state in (State.BROKEN_OFF, State.UNINITIALIZED):
        raise Hopeless(f"{step.target} is no longer replicating")
    stale = _stale(step, seen, mirror)
    if not step.args.get("wait", True):
        return mirror.transferring or not stale
    if mirror.transferring or stale:
        return False
    _check_transfer(step, seen, mirror)
    return True


def _transferring(step: Step, seen: Seen) -> bool:
    return seen.mirror is not None and seen.mirror.transferring


def _under_way(step: Step, seen: Seen) -> bool:
    """Initialize and resync were taken: a synchronous mirror goes on without a transfer until it is in sync."""
    mirror = seen.mirror
    return mirror is not None and (mirror.transferring or (mirror.synchronous and mirror.replicating))


def _quiesced(step: Step, seen: Seen) -> bool:
    mirror = seen.mirror
    if mirror is None:
        raise Hopeless(f"{step.target} is no longer a mirror")
    if mirror.state is State.BROKEN_OFF:
        raise Hopeless(f"{step.target} is broken_off: somebody else broke it off meanwhile")
    return mirror.state is State.PAUSED and not mirror.transferring


def _idle(step: Step, seen: Seen) -> bool:
    """Nothing is transferred; with the argument `initialized`, the baseline that was awaited is there.

    With the argument `coming`, the relationship itself may not be there yet.
    """
    if seen.mirror is None and step.args.get("coming"):
        return False
    if step.args.get("initialized"):
        return _settled(step, seen)
    if seen.mirror is None:
        return True
    return not seen.mirror.transferring and seen.mirror.state is not State.UNKNOWN


def _resumed(step: Step, seen: Seen) -> bool:
    if seen.mirror is None:
        raise Hopeless(f"{step.target} is no longer a mirror")
    return seen.mirror.replicating


def _broken(step: Step, seen: Seen) -> bool:
    """Broken off, and the volume says itself that it takes writes."""
    if seen.mirror is None:
        raise Hopeless(f"{step.target} is no longer a mirror")
    told = seen.volumes or (seen.volume,)
    return seen.mirror.state is State.BROKEN_OFF and all(one is not None and one.type is VolumeType.RW for one in told)


def _modified(step: Step, seen: Seen) -> bool:
    """An array may leave out what is empty: no schedule, no throttle."""
    have = seen.mirror
    if have is None:
        raise Hopeless(f"{step.target} is no longer a mirror")
    return all((getattr(have, name) or type(want)()) == want for name, want in step.args["changes"].items())


def _related(step: Step, seen: Seen) -> bool:
    """The mirror is there, and it is of our source: another run may have been faster with another one."""
    if seen.mirror is None:
        return False
    source = Path.parse(step.args["source"])
    if seen.mirror.source.volume != source.volume or source.svm not in (
        seen.mirror.source.svm,
        seen.mirror.source_svm_name,
    ):
        raise Hopeless(f"{step.target} already mirrors {seen.mirror.source}, so it cannot mirror {source}")
    return True


def _target_online(step: Step, seen: Seen) -> bool:
    if seen.volume is None:
        return False
    if seen.volume.type is VolumeType.RW:
        raise Hopeless(f"{step.target} exists as a read-write volume that was not made by this step")
    if seen.volume.state in ("error", "offline"):
        raise Hopeless(f"{step.target} was created but is {seen.volume.state}")
    return seen.volume.online


def _mounted(step: Step, seen: Seen) -> bool:
    return seen.volume is not None and seen.volume.junction_path == step.args["junction_path"]


def _cloned(step: Step, seen: Seen) -> bool:
    """Its comment says of what it is a clone, so that a volume of somebody else is never taken for it."""
    volume = seen.volume
    if volume is None:
        return False
    if volume.comment != step.args["comment"]:
        raise Hopeless(f"{step.target} exists and is not the clone that this step makes")
    if volume.state in ("error", "offline"):
        raise Hopeless(f"{step.target} was cloned but is {volume.state}")
    wanted = step.args.get("junction_path")
    return volume.online and volume.is_clone and (not wanted or volume.junction_path == wanted)


def _clone_create(array: Array, step: Step, _uuid: str) -> JobId:
    return array.clone_create(CloneSpec(Path.parse(step.target).volume, **step.args))


def _clone_split(array: Array, step: Step, _uuid: str) -> JobId:
    """The clone may have come into being a moment ago, so its uuid is read now."""
    name = Path.parse(step.target).volume
    found = array.volumes([name]).get(name)
    if found is None or not found.uuid:
        raise NotYet(f"{step.target} is not there")
    return array.clone_split(found.uuid)


def _spec(step: Step) -> TargetSpec:
    shown = {name: value for name, value in step.args.items() if name != "source"}
    return TargetSpec(name=Path.parse(step.target).volume, **{**shown, "aggregates": tuple(shown["aggregates"])})


def _mirror_spec(step: Step) -> MirrorSpec:
    args = step.args
    source, destination = Path.parse(args["source"]), Path.parse(step.target)
    members = tuple((args.get("members") or {}).items()) if destination.volume else ()
    return MirrorSpec(
        source,
        destination,
        args.get("policy"),
        args.get("schedule"),
        args.get("throttle_kbps"),
        members,
        args.get("identity_preservation"),
    )


def _mount_many(array: Array, steps: Sequence[Step], uuids: Sequence[str]) -> Sequence[Told]:
    return array.mount_many([(uuid, step.args["junction_path"]) for step, uuid in zip(steps, uuids)])


def _snapshot_many(array: Array, steps: Sequence[Step], uuids: Sequence[str]) -> Sequence[Told]:
    wanted = [(uuid, step.args["name"], step.args["comment"]) for step, uuid in zip(steps, uuids)]
    return array.snapshot_create_many(wanted)


def _asynchronous(step: Step, before: Optional[Mirror]) -> bool:
    return not step.args.get("synchronous")


def _known_asynchronous(step: Step, before: Optional[Mirror]) -> bool:
    return before is not None and before.policy_type == "async"


def _to_the_newest(step: Step, before: Optional[Mirror]) -> bool:
    return not step.args.get("snapshot")


def _abort(array: Array, step: Step, uuid: str) -> JobId:
    return array.abort(uuid, step.args["transfer_uuid"])


MIRROR, VOLUME, SNAPSHOT = (Kind.MIRROR,), (Kind.VOLUME,), (Kind.SNAPSHOT,)

ACTS: Dict[Verb, Act] = {
    **PRESENTING,
    **ADMINISTERING,
    **GROUPS,
    Verb.VOLUME_CREATE: Act(
        lambda array, step, _: array.volume_create(_spec(step)),
        _target_online,
        VOLUME,
        begun=lambda step, seen: seen.volume is not None,
        many=lambda array, steps, _: array.volume_create_many([_spec(step) for step in steps]),
        fits=lambda step, _before: "constituents_per_aggregate" not in step.args,
    ),
    Verb.VOLUME_GROW: Act(
        lambda array, step, _: array.volume_resize(step.args["uuid"], step.args["size_bytes"]),
        lambda step, seen: seen.volume is not None and (seen.volume.size_bytes or 0) >= step.args["size_bytes"],
        VOLUME,
    ),
    Verb.VOLUME_COMMENT: Act(
        lambda array, step, _: array.volume_comment(step.args["uuid"], step.args["comment"]),
        lambda step, seen: seen.volume is not None and seen.volume.comment == step.args["comment"],
        VOLUME,
        many=lambda array, steps, uuids: array.volume_comment_many(
            [(uuid, step.args["comment"]) for step, uuid in zip(steps, uuids)]
        ),
    ),
    Verb.VOLUME_DELETE: Act(
        lambda array, step, _: array.volume_delete(step.args["uuid"]), lambda step, seen: seen.volume is None, VOLUME
    ),
    Verb.CLONE_CREATE: Act(_clone_create, _cloned, VOLUME),
    Verb.CLONE_SPLIT: Act(
        _clone_split,
        lambda step, seen: seen.volume is not None and not seen.volume.is_clone,
        VOLUME,
        Expiry.IN_PROGRESS,
    ),
    Verb.CLONE_DELETE: Act(
        lambda array, step, _: array.clone_delete(step.args["uuid"]), lambda step, seen: seen.volume is None, VOLUME
    ),
    Verb.SNAPSHOT_CREATE: Act(
        lambda array, step, _: array.snapshot_create(step.args["uuid"], step.args["name"], step.args["comment"]),
        lambda step, seen: seen.snapshot is not None,
        SNAPSHOT,
        many=_snapshot_many,
    ),
    Verb.SNAPSHOT_DELETE: Act(
        lambda array, step, _: array.snapshot_delete(step.args["uuid"], step.args["snapshot_uuid"]),
        lambda step, seen: seen.snapshot is None,
        SNAPSHOT,
        many=lambda array, steps, uuids: array.snapshot_delete_many(
            [(uuid, step.args["snapshot_uuid"]) for step, uuid in zip(steps, uuids)]
        ),
    ),
    Verb.MOUNT: Act(
        lambda array, step, _: array.mount(step.args["uuid"], step.args["junction_path"]),
        _mounted,
        VOLUME,
        many=_mount_many,
    ),
    Verb.UNMOUNT: Act(
        lambda array, step, _: array.unmount(step.args["uuid"]),
        lambda step, seen: seen.volume is None or not seen.volume.junction_path,
        VOLUME,
        many=lambda array, steps, uuids: array.unmount_many(uuids),
    ),
    Verb.CREATE: Act(
        lambda array, step, _: array.create(_mirror_spec(step)),
        _related,
        MIRROR,
        many=lambda array, steps, _: array.create_many([_mirror_spec(step) for step in steps]),
    ),
    Verb.MODIFY: Act(
        lambda array, step, uuid: array.modify(uuid, step.args["changes"]), _modified, MIRROR, needs_uuid=True
    ),
    Verb.INITIALIZE: Act(
        lambda array, step, uuid: array.initialize(uuid, bool(step.args.get("synchronous"))),
        _settled,
        MIRROR,
        Expiry.IN_PROGRESS,
        True,
        _under_way,
        lambda array, steps, uuids: array.initialize_many(uuids),
        _known_asynchronous,
    ),
    Verb.AWAIT_IDLE: Act(lambda array, step, uuid: None, _idle, MIRROR, Expiry.IN_PROGRESS, True),
    Verb.UPDATE: Act(
        lambda array, step, uuid: array.update(uuid), _updated, MIRROR, Expiry.IN_PROGRESS, True, _transferring
    ),
    Verb.QUIESCE: Act(
        lambda array, step, uuid: array.quiesce(uuid),
        _quiesced,
        MIRROR,
        Expiry.ABORT,
        True,
        lambda step, seen: seen.mirror is not None and seen.mirror.state is State.PAUSED,
        lambda array, steps, uuids: array.quiesce_many(uuids),
    ),
    Verb.RESUME: Act(
        lambda array, step, uuid: array.resume(uuid, bool(step.args.get("synchronous"))),
        _resumed,
        MIRROR,
        needs_uuid=True,
        many=lambda array, steps, uuids: array.resume_many(uuids),
        fits=_asynchronous,
    ),
    Verb.ABORT: Act(_abort, _idle, MIRROR, needs_uuid=True),
    Verb.BREAK: Act(
        lambda array, step, uuid: array.break_(uuid, step.args.get("snapshot")),
        _broken,
        (Kind.MIRROR, Kind.VOLUME),
        needs_uuid=True,
        begun=lambda step, seen: seen.mirror is not None and seen.mirror.state is State.BROKEN_OFF,
        many=lambda array, steps, uuids: array.break_many(uuids),
        fits=_to_the_newest,
    ),
    Verb.RESYNC: Act(
        lambda array, step, uuid: array.resync(uuid, bool(step.args.get("synchronous"))),
        _settled,
        MIRROR,
        Expiry.IN_PROGRESS,
        True,
        _under_way,
        lambda array, steps, uuids: array.resync_many(uuids),
        _asynchronous,
    ),
    Verb.DELETE: Act(
        lambda array, step, uuid: array.delete(uuid),
        lambda step, seen: seen.mirror is None,
        MIRROR,
        needs_uuid=True,
        many=lambda array, steps, uuids: array.delete_many(uuids),
    ),
    Verb.RELEASE: Act(
        lambda array, step, uuid: array.release(step.args["uuid"], step.args["keep_snapshots"]),
        lambda step, seen: seen.record is None,
        (Kind.RECORD,),
        many=lambda array, steps, uuids: array.release_many(uuids),
        fits=lambda step, _before: bool(step.args["keep_snapshots"]),
    ),
}


def expiry_of(step: Step) -> Expiry:
    """What the time-out of *step* means; a quiesce that must not abort fails."""
    rule = ACTS[step.verb].expiry
    if rule is Expiry.ABORT and step.args.get("on_timeout") != "abort":
        return Expiry.FAILED
    return rule
