# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror relationships in ONTAPI's words: the mirror's state and what it is doing are two things here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...model import mirror_change, peers
from ...model.errors import Refused
from ...model.jobs import Job
from ...model.mirror_change import UNSET, Flags
from ...model.mirrors import Relationship, SourceEntry
from ...model.pairing import NewMirror
from .. import errors
from ..errors import Failed
from ..iterators import Listing, Record, matches
from ..reply import Handler, Reply
from ..scope import Scope
from ..wire import Call
from .policies import policy_type

_BROKEN = "broken-off"
_SHOWN = ("none", "flexgroup")
_MAKEABLE = ("extended_data_protection", "data_protection")


def _relationships(scope: Scope) -> list[Relationship]:
    """Those of volumes: no published fact tells of other ends."""
    found = [each for each in scope.cluster.relationships.values() if each.destination.svm in scope.svms]
    return [each for each in found if each.group_type in _SHOWN]


def _entries(scope: Scope) -> list[SourceEntry]:
    found = [entry for entry in scope.cluster.source_entries.values() if entry.source.svm in scope.svms]
    return [entry for entry in found if entry.group_type in _SHOWN]


def _mirrors(scope: Scope) -> Iterable[Record]:
    for each in _relationships(scope):
        yield document(each)


def document(each: Relationship) -> dict[str, Any]:
    """As snapmirror-info. Where the source lies, its cluster's name and the SVM's own, a peering tells."""
    held = each.legs[0].destination.snapshots
    exported, newest = each.exported, held[-1] if held else None
    return {
        "relationship-id": each.uuid,
        "vserver": each.destination.svm.name,
        "source-location": each.source_path,
        "source-vserver": each.source_path.partition(":")[0],
        "source-volume": each.source.name,
        "destination-location": each.destination_path,
        "destination-vserver": each.destination.svm.name,
        "destination-volume": each.destination.name,
        "mirror-state": mirror_state(each),
        "relationship-status": status(each),
        "relationship-type": "extended_data_protection",
        "relationship-control-plane": "v2",
        "relationship-group-type": "flexgroup" if each.destination.style == "flexgroup" else "none",
        "is-constituent": False,
        "is-healthy": each.healthy,
        "unhealthy-reason": "; ".join(message for _code, message in each.unhealthy) or None,
        "lag-time": None if each.lag_s() is None else int(each.lag_s() or 0),
        "policy": each.policy.name,
        "policy-type": policy_type(each.policy),
        "schedule": each.schedule.name if each.schedule else None,
        "max-transfer-rate": each.throttle,
        "exported-snapshot": exported.name if exported else None,
        "exported-snapshot-timestamp": int(exported.create_time) if exported else None,
        "newest-snapshot": newest.name if newest else None,
        "newest-snapshot-timestamp": int(newest.create_time) if newest else None,
        **_transfers(each),
    }


def mirror_state(each: Relationship) -> str:
    if each.state == "broken_off":
        return _BROKEN
    return "uninitialized" if each.state == "uninitialized" else "snapmirrored"


def status(each: Relationship) -> str:
    if each.state == "paused":
        return "quiesced"
    if each.pausing:
        return "quiescing"
    if each.transfer is not None and each.transfer.active:
        return each.transfer.state
    return "idle"


def _transfers(each: Relationship) -> dict[str, Any]:
    told: dict[str, Any] = {"total-transfer-bytes": each.total_bytes}
    now = each.transfer if each.transfer is not None and each.transfer.active else None
    if now is not None:
        told["current-operation-id"] = now.uuid
        told["current-transfer-type"] = now.kind
        told["relationship-progress"] = now.bytes_transferred
    known = [*([each.transfer] if each.transfer else []), *reversed(each.transfers())]
    ended = next((one for one in known if not one.active), None)
    if ended is not None:
        told["last-transfer-type"] = ended.kind
        told["last-transfer-size"] = ended.bytes_transferred
        told["last-transfer-duration"] = int(ended.duration_s)
        told["last-transfer-end-timestamp"] = int(ended.ended_at or 0)
        told["last-transfer-from"] = each.source_path
        if ended.state != "success":
            told["last-transfer-error"] = ended.error[1] if ended.error else f"Transfer {ended.state}."
    return told


def _at_source(scope: Scope) -> Iterable[Record]:
    for entry in _entries(scope):
        yield _source_document(entry)


def _source_document(entry: SourceEntry) -> Record:
    alias = peers.alias_of(entry.source.svm, entry.destination.svm)
    return {
        "relationship-id": entry.uuid,
        "source-location": entry.source.path,
        "source-vserver": entry.source.svm.name,
        "source-volume": entry.source.name,
        "destination-location": f"{alias}:{entry.destination.name}",
        "destination-vserver": alias,
        "destination-volume": entry.destination.name,
        "relationship-type": "extended_data_protection",
        "relationship-group-type": "flexgroup" if entry.source.style == "flexgroup" else "none",
        "is-constituent": False,
    }


# ---- which relationship


def _ends(call: Call, side: str) -> str | None:
    """ "svm:volume" of one side, None where the call does not name it."""
    place = call.text(f"{side}-location")
    if place:
        return place
    svm, volume = call.text(f"{side}-vserver"), call.text(f"{side}-volume")
    return f"{svm}:{volume or ''}" if svm else None


def _need_ends(call: Call, side: str) -> str:
    found = _ends(call, side)
    if found is None:
        raise Failed(errors.BAD_INPUT, f"Missing input: {side}-location, or {side}-vserver and {side}-volume")
    return found


def _find(scope: Scope, call: Call) -> Relationship:
    path = _need_ends(call, "destination")
    for each in _relationships(scope):
        if each.destination_path == path:
            source = _ends(call, "source")
            if source not in (None, each.source_path):
                raise Failed(errors.SOURCE_DIFFERS, f'The source of "{path}" is "{each.source_path}", not "{source}".')
            return each
    raise Failed(errors.NOT_FOUND, f'Relationship with destination "{path}" was not found')


def _operation(each: Relationship) -> dict[str, Any]:
    """Transfers go on by themselves: the call has succeeded when they have begun."""
    transfer = each.transfer
    return {"result-operation-id": transfer.uuid if transfer else each.uuid, "result-status": "succeeded"}


# ---- what is done with them


def _create(scope: Scope, call: Call) -> Reply:
    kind = call.text("relationship-type") or _MAKEABLE[0]
    if kind not in _MAKEABLE:
        raise Failed(errors.GENERIC, f'Relationships of type "{kind}" are not simulated.')
    wanted = NewMirror(
        source_path=_need_ends(call, "source"),
        destination_path=_need_ends(call, "destination"),
        policy=call.text("policy") or "MirrorAllSnapshots",
        schedule=call.text("schedule") or None,
        throttle=call.number("max-transfer-rate") or 0,
    )
    if all(wanted.destination_path.partition(":")[0] != svm.name for svm in scope.svms):
        raise Failed(errors.NO_SUCH_SVM, f'The destination "{wanted.destination_path}" is not on this Vserver.')
    return Reply(job=mirror_change.create(scope.cluster, wanted)[1])


def _transfer(verb: str) -> Handler:
    def handle(scope: Scope, call: Call) -> Reply:
        each = _find(scope, call)
        if each.transferring:
            raise Failed(
                errors.TRANSFER_RUNS, f'Failed to {verb} "{each.destination_path}": a transfer is in progress.'
            )
        if (each.state == "uninitialized") is not (verb == "initialize"):
            raise Failed(errors.GENERIC, f'Failed to {verb} "{each.destination_path}": it is {mirror_state(each)}.')
        mirror_change.start_transfer(
            each,
            source_snapshot=call.text("source-snapshot") or None,
            throttle=call.number("max-transfer-rate") or 0,
        )
        return Reply(_operation(each))

    return handle


def _quiesce(scope: Scope, call: Call) -> Reply:
    return Reply(job=mirror_change.modify(_find(scope, call), state="paused"))


def _resume(scope: Scope, call: Call) -> Reply:
    each = _find(scope, call)
    if each.state != "paused" and not each.pausing:
        raise Failed(errors.NOT_QUIESCED, f'Relationship "{each.destination_path}" is not quiesced.')
    return Reply(job=mirror_change.modify(each, state=each.settled_state))


def _break(scope: Scope, call: Call) -> Reply:
    each = _find(scope, call)
    if each.transferring:
        raise Failed(errors.OTHER_OPERATION, f'Failed to break "{each.destination_path}": a transfer is in progress.')
    flags = Flags(restore_to_snapshot=call.text("restore-destination-to-snapshot") or None)
    return Reply(job=mirror_change.modify(each, state="broken_off", flags=flags))


def _resync(scope: Scope, call: Call) -> Reply:
    each = _find(scope, call)
    if each.transferring:
        raise Failed(errors.TRANSFER_RUNS, f'Failed to resync "{each.destination_path}": a transfer is in progress.')
    if each.state != "broken_off":
        raise Failed(errors.GENERIC, f'Failed to resync "{each.destination_path}": it is {mirror_state(each)}.')
    job = mirror_change.modify(each, state=each.settled_state)
    if job.error:
        raise Refused(job.error["code"], job.error["message"])
    return Reply({"result-operation-id": job.uuid, "result-status": "succeeded"}, job)


def _abort(scope: Scope, call: Call) -> Reply:
    each = _find(scope, call)
    if each.transfer is None or not each.transfer.active:
        raise Failed(errors.NO_TRANSFER, f'No transfer is in progress to "{each.destination_path}".')
    mirror_change.abort(each.transfer, "hard_aborted" if call.flag("clear-checkpoint") else "aborted")
    return Reply()


def _modify(scope: Scope, call: Call) -> Reply:
    schedule = call.text("schedule")
    if schedule == "":
        raise Failed(errors.GENERIC, "An empty schedule is in no published fact, so it is not simulated.")
    job = mirror_change.modify(
        _find(scope, call),
        policy=call.text("policy") or None,
        schedule=UNSET if schedule is None else schedule,
        throttle=call.number("max-transfer-rate"),
    )
    return Reply(job=job)


def _destroy(scope: Scope, call: Call) -> Reply:
    """The destination's side; the source keeps its entry until it is released."""
    return Reply(job=mirror_change.delete(_find(scope, call), destination_only=True))


def _release(scope: Scope, call: Call) -> Reply:
    wanted = {
        "relationship-id": call.text("relationship-id") or None,
        "destination-location": _ends(call, "destination"),
        "source-location": _ends(call, "source"),
    }
    if not wanted["relationship-id"] and not wanted["destination-location"]:
        raise Failed(errors.BAD_INPUT, "Missing input: destination-location")
    for entry in _entries(scope):
        told = _source_document(entry)
        if all(value in (None, told[name]) for name, value in wanted.items()):
            info_only = call.flag("relationship-info-only")
            return Reply(job=mirror_change.release(scope.cluster, entry, info_only=info_only))
    raise Failed(errors.NO_SOURCE_INFO, "Source information was not found for the relationship")


def _destroy_many(scope: Scope, call: Call) -> Reply:
    chosen = [each for each in _relationships(scope) if matches(document(each), call.tree("query") or {})]
    return _many(chosen, lambda each: mirror_change.delete(each, destination_only=True))


def _release_many(scope: Scope, call: Call) -> Reply:
    info_only = call.flag("relationship-info-only")
    chosen = [each for each in _entries(scope) if matches(_source_document(each), call.tree("query") or {})]
    return _many(chosen, lambda each: mirror_change.release(scope.cluster, each, info_only=info_only))


def _many(chosen: Iterable[Any], work: Callable[[Any], Job]) -> Reply:
    """Each on its own; what is refused is listed, and the call passes."""
    begun: list[tuple[dict[str, Any], Job]] = []
    bad: list[dict[str, Any]] = []
    for each in chosen:
        key = {"snapmirror-key": {"destination-location": each.destination.path}}
        try:
            begun.append((key, work(each)))
        except Refused as refused:
            bad.append({**key, "error-code": errors.errno_of(refused.code), "error-message": refused.message})
    return Reply({"num-succeeded": 0, "num-failed": len(bad), "failure-list": bad or None}, many=begun)


LISTINGS: Mapping[str, Listing] = {
    "snapmirror-get-iter": Listing(_mirrors, ("destination-location",)),
    "snapmirror-get-destination-iter": Listing(_at_source, ("relationship-id",)),
}
HANDLERS: Mapping[str, Handler] = {
    "snapmirror-create": _create,
    "snapmirror-initialize": _transfer("initialize"),
    "snapmirror-update": _transfer("update"),
    "snapmirror-quiesce": _quiesce,
    "snapmirror-resume": _resume,
    "snapmirror-break": _break,
    "snapmirror-resync": _resync,
    "snapmirror-abort": _abort,
    "snapmirror-modify": _modify,
    "snapmirror-destroy": _destroy,
    "snapmirror-release": _release,
    "snapmirror-destroy-iter": _destroy_many,
    "snapmirror-release-iter": _release_many,
}
