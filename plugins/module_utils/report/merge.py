# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry per volume and target, from all that was told about it and from the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .journal import UNPROVEN, StepRecord
from .tasks import BAD, Told

WEIGHT = {"ok": 0, "changed": 1, "in_progress": 2}
"""What outweighs what when a volume has several results; all that is bad outweighs these."""
FACTS = ("source", "destination", "direction", "state", "healthy", "lag_s", "exported_snapshot", "junction_assumed")
NO_TIMES = {"started": None, "ended": None}


def by_place(told: Sequence[Told], backend: str = "") -> list[list[Told]]:
    """What was told about one volume, apart for each target.

    What names no target (a fence) belongs to all, and so does what was done at the backend itself on the way back.
    """
    names = {str(one.facts["destination"]): one.target for one in told if one.facts.get("destination") and one.target}
    home = {str(one.facts.get("source")) for one in told if one.target not in (None, backend)}
    places = [one.target or _named(one, names) for one in told]
    places = [None if place in home or place == backend else place for place in places]
    found = [place for place in dict.fromkeys(places) if place]
    if not found:
        return [list(told)]
    return [[one for one, where in zip(told, places) if where in (place, None)] for place in found]


def _named(one: Told, names: Mapping[str, str]) -> str | None:
    path = one.facts.get("destination")
    return names.get(str(path), str(path)) if path else None


def entry(volume: str, told: Sequence[Told], records: Sequence[StepRecord], planned_only: bool) -> dict[str, Any]:
    """The entry of report.json without its RPO verdict's last word; *records* are the volume's own.

    planned_only: the run was in check mode, so a junction is where the volume would be mounted.
    """
    merged: dict[str, Any] = {"volume": volume, **dict.fromkeys(FACTS[:7]), "rpo": None, "junction": None}
    for one in told:
        _take_facts(merged, one.facts, planned_only)
    steps = join_steps([step for one in told for step in one.facts.get("steps") or ()], records)
    status, msg = outcome([one.facts for one in told if one.facts.get("status")]) if told else from_records(records)
    if merged["healthy"] is False:
        msg = "; ".join(part for part in (msg, _why_not_healthy(told)) if part)
    merged.update(direction=merged["direction"] or "forward", status=status, msg=msg, steps=steps)
    return merged


def _why_not_healthy(told: Sequence[Told]) -> str:
    """In the words of the array, "" where it gives no reason."""
    reasons = [one.facts["unhealthy_reasons"] for one in told if one.facts.get("unhealthy_reasons")]
    return "not healthy: " + "; ".join(map(str, reasons[-1])) if reasons else ""


def _take_facts(merged: dict[str, Any], facts: Mapping[str, Any], planned_only: bool) -> None:
    """The newest known fact wins, and what is unknown never hides what is known.

    But a state that is told as null means that there is no mirror any more, so what was its state and health is over.
    A verdict on the RPO is worth as much as the lag that it was made of.
    """
    if facts.get("lag_s") is not None and facts["lag_s"] != merged["lag_s"]:
        merged["rpo"] = None
    merged.update({name: facts[name] for name in FACTS if facts.get(name) is not None})
    if facts.get("rpo") in ("ok", "breach"):
        merged["rpo"] = facts["rpo"]
    if "state" in facts and facts["state"] is None:
        merged["state"], merged["healthy"] = None, None
    if facts.get("junction"):
        merged["junction"] = facts["junction"]
    if facts.get("mounted_at") or (facts.get("mounted_at") == "" and not planned_only):
        merged["junction"] = facts["mounted_at"]


def outcome(facts: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The worst status with its message; of several bad ones the first, and all their messages."""
    bad = [one for one in facts if one["status"] in BAD]
    if bad:
        return str(bad[0]["status"]), "; ".join(dict.fromkeys(str(one["msg"]) for one in bad if one.get("msg")))
    worst = max(facts, key=lambda one: WEIGHT.get(one["status"], 0), default=None)
    if worst is None:
        return "ok", ""
    equal = [str(one["msg"]) for one in facts if one["status"] == worst["status"] and one.get("msg")]
    return str(worst["status"]), equal[-1] if equal else ""


def from_records(records: Sequence[StepRecord]) -> tuple[str, str]:
    """Where no task told about the volume, because it was killed: what the journal proves, and no more."""
    found = [{"status": record.status, "msg": f"{record.verb} of {record.target}: {record.msg}"} for record in records]
    found += [
        {"status": "failed", "msg": f"{record.verb} of {record.target} was started; its end is not on record"}
        for record in records
        if record.status == UNPROVEN
    ]
    status, msg = outcome(found)
    return ("changed", "") if status == "done" else (status, msg)


def join_steps(steps: Sequence[Mapping[str, Any]], records: Sequence[StepRecord]) -> list[dict[str, Any]]:
    """Each step with its times; steps that only the journal knows stand where they began.

    The newest record of a step is this run's; older ones are what is left of a run that was killed.
    """
    left = list(records)
    joined: list[dict[str, Any]] = []
    for step in reversed(steps):
        place = _newest(left, step) if step.get("status") != "not_reached" else None
        joined.append({**step, **(NO_TIMES if place is None else left.pop(place).times())})
    joined.reverse()
    return _in_order(joined, [record.as_dict() for record in left])


def _newest(records: Sequence[StepRecord], step: Mapping[str, Any]) -> int | None:
    matching = (
        place
        for place in range(len(records) - 1, -1, -1)
        if (records[place].verb, records[place].target) == (step.get("verb"), step.get("target"))
    )
    return next(matching, None)


def _in_order(joined: Iterable[dict[str, Any]], left: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps without a time stay behind the step that they follow."""
    keyed, last = [], ""
    for step in joined:
        last = max(last, step["started"] or "")
        keyed.append((last, 1, step))
    keyed += [(step["started"], 0, step) for step in left]
    return [step for _time, _rank, step in sorted(keyed, key=lambda one: one[:2])]
