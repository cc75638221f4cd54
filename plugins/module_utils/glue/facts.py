# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What results tell about a volume, from the last reading."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ..model.errors import BadInput
from ..model.mirror import Mirror, State
from ..model.path import Path
from ..model.picture import Picture
from ..model.plan import Plan, Verb
from ..model.snapshot import Delta, fence_of, shown
from ..model.volume import VolumeType
from ..planning.carried import is_carried
from .observe import Needs


def target_facts(picture: Picture, volume: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Of the target volume that *result* names."""
    if "destination" not in result:
        return {}
    target = picture.destination.volumes.get(Path.parse(result["destination"]).volume)
    if target is None:
        return {"exists": False}
    return {
        "exists": True,
        "type": target.type.value,
        "size_bytes": target.size_bytes,
        "aggregates": list(target.aggregates),
    }


def mirror_facts(picture: Picture, volume: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Of the mirror that *result* names, {} where there is none."""
    if "destination" not in result:
        return {}
    name = Path.parse(result["destination"]).volume
    mirror = picture.destination.mirrors.get(name)
    return facts_of(mirror) if mirror is not None else {"state": None}


def update_facts(picture: Picture, volume: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Of the mirror; a volume whose exported snapshot is older than it must be has failed.

    An update that check mode foretells has no snapshot yet that could prove it.
    """
    facts = mirror_facts(picture, volume, result)
    limit, snapshots = result.get("exported_not_before"), picture.destination.snapshots
    foretold = result["status"] == "changed" and not result["steps"]
    if not limit or snapshots is None or foretold or result["status"] not in ("ok", "changed"):
        return facts
    target = Path.parse(result["destination"]).volume
    if target in picture.destination.mirrors and picture.destination.mirrors[target].synchronous:
        return facts if _holds_all(picture, target, result) else {**facts, **_not_in_sync(result, facts)}
    mirror = picture.destination.mirrors.get(target)
    exported = shown(facts.get("exported_snapshot"), snapshots.get(target, ()), mirror is not None and mirror.of_svm)
    if exported is not None and exported.create_time is not None and exported.create_time >= moment_of(str(limit)):
        return {**facts, "exported_snapshot_time": exported.create_time.isoformat()}
    when = exported.create_time.isoformat() if exported is not None and exported.create_time else "an unknown time"
    reason = f"{result['destination']} shows a snapshot from {when}, which is not proven to be from {limit} or later"
    return {**facts, "status": "failed", "msg": reason}


def _holds_all(picture: Picture, target: str, result: Mapping[str, Any]) -> bool:
    """A synchronous mirror is in sync after the fence; or it was, before a run that was cut off paused it."""
    volume, limit = picture.destination.volumes.get(target), str(result["exported_not_before"])
    if picture.destination.mirrors[target].state is State.PAUSED:
        return volume is not None and is_carried(volume.comment, str(result["source"]), limit)
    return picture.destination.mirrors[target].state is State.IN_SYNC


def _not_in_sync(result: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    reasons = "; ".join(facts["unhealthy_reasons"]) or "the array gives no reason"
    limit = result["exported_not_before"]
    told = f"{result['destination']} is {facts['state']}, so it is not proven that all until {limit} has arrived: {reasons}"
    return {"status": "failed", "msg": told}


def unmeasured(picture: Picture, plan: Plan) -> Needs:
    """What the array can tell in bytes of what a plan would discard: it changed between the common snapshot and the fence."""
    side, deltas = picture.destination, []
    for verdict in plan.verdicts:
        if not isinstance(verdict.facts.get("loss"), int) or not verdict.facts.get("common_snapshot"):
            continue
        volume = side.volumes[Path.parse(str(verdict.facts["overwritten"])).volume]
        fence = fence_of(side.svm, (side.snapshots or {}).get(volume.name, ()))
        if fence is not None and not fence.predicted and volume.uuid:
            deltas.append(Delta(volume.name, volume.uuid, str(verdict.facts["common_snapshot"]), fence.name))
    return Needs(deltas=tuple(deltas))


def untold(picture: Picture, plan: Plan) -> Needs:
    """What the array can tell of a reversal; and of what type a policy is where no mirror is left that tells it."""
    made = [step for step in plan.steps() if step.verb is Verb.CREATE]
    asked = any("policy_type" not in step.args for step in made)
    return unmeasured(picture, plan).plus(Needs(destination=("policies",) if asked else ()))


def moment_of(text: str) -> datetime:
    """UTC-aware. Raises BadInput where *text* is no time in ISO 8601."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadInput(f"{text!r} is no time in ISO 8601, such as 2026-01-31T23:59:59+00:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def checked_times(times: Mapping[str, Any]) -> dict[str, str]:
    """{volume: time}, every time readable."""
    return {volume: moment_of(str(time)).isoformat() for volume, time in times.items()}


def facts_of(mirror: Mirror) -> dict[str, Any]:
    return {
        "state": mirror.state.value,
        "healthy": mirror.healthy,
        "unhealthy_reasons": list(mirror.unhealthy_reasons),
        "lag_s": mirror.lag_s,
        "exported_snapshot": mirror.exported_snapshot,
        "transfer_state": mirror.transfer_state,
        "last_transfer_end": mirror.transfer_end_time,
        "policy": mirror.policy,
        "schedule": mirror.schedule,
        "throttle_kbps": mirror.throttle_kbps,
        **({"relationship": mirror.target} if mirror.group else {}),
    }


def break_facts(picture: Picture, volume: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Of the mirror, and whether its volume takes writes and where it is mounted, as last read."""
    facts = {
        key: value
        for key, value in mirror_facts(picture, volume, result).items()
        if key not in ("lag_s", "exported_snapshot")
    }
    if "destination" not in result:
        return facts
    target = picture.destination.volumes.get(Path.parse(result["destination"]).volume)
    writable = None if target is None else target.type is VolumeType.RW and target.online
    return {**facts, "writable": writable, "mounted_at": target.junction_path if target else None}


def rpo_verdict(mirror: Mirror, rpo_s: float | None) -> str:
    """ok, breach, or unknown; a mirror that is not replicating is only as good as its lag."""
    if rpo_s is None:
        return "unknown"
    if mirror.state is State.UNINITIALIZED:
        return "breach"
    if mirror.behind_s is None:
        return "unknown"
    return "ok" if mirror.behind_s <= rpo_s else "breach"
