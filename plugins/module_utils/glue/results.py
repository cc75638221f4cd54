# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a plan and its outcomes to what Ansible returns: one result per volume, and one message for the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..engine.outcome import Outcomes, Status, StepOutcome
from ..model.picture import Picture
from ..model.plan import Plan, Verdict

BAD = ("failed", "refused", "unreachable")
MAX_LINES = 20


@dataclass(frozen=True)
class Report:
    """values: the return values.  failure: the message of a failed task, "" when nothing failed."""

    values: Mapping[str, Any]
    failure: str = ""

    def plus(self, warnings: list[str], **more: Any) -> Report:
        merged = {**self.values, **more, "warnings": [*self.values.get("warnings", []), *warnings]}
        return replace(self, values=merged)


def report(
    plan: Plan,
    outcomes: Outcomes,
    last: Picture,
    facts: Callable[[Picture, str, Mapping[str, Any]], dict[str, Any]],
    check_mode: bool,
) -> Report:
    by_volume: dict[str, list[StepOutcome]] = {}
    for outcome in outcomes:
        for volume in outcome.step.volumes:
            by_volume.setdefault(volume, []).append(outcome)
    planned = {volume for step in plan.steps() if step.verb.writes for volume in step.volumes}
    results = [
        _result(verdict, by_volume.get(verdict.volume, []), verdict.volume in planned and check_mode)
        for verdict in plan.verdicts
    ]
    for result in results:
        result.update(facts(last, result["volume"], result))
    bad = [result for result in results if result["status"] in BAD]
    changed = plan.changes if check_mode else any(outcome.sent for outcome in outcomes)
    values = {
        "changed": changed,
        "plan": plan.as_list(),
        "results": results,
        "failed_volumes": [result["volume"] for result in bad],
        "warnings": [*plan.warnings, *_warnings(plan, outcomes)],
    }
    return Report(values, _failure(bad, len(results)))


def _result(verdict: Verdict, outcomes: list[StepOutcome], would_change: bool) -> dict[str, Any]:
    status, message = _status(verdict, outcomes, would_change)
    return {
        "volume": verdict.volume,
        "status": status,
        "msg": message,
        "drift": [one.as_dict() for one in verdict.drift],
        "steps": [one.as_dict() for one in outcomes],
        **verdict.facts,
    }


def _status(verdict: Verdict, outcomes: list[StepOutcome], would_change: bool) -> tuple[str, str]:
    if verdict.refused:
        return "refused", verdict.refused
    weighty = [one for one in outcomes if not one.step.tolerated]
    for status in (Status.UNREACHABLE, Status.FAILED, Status.NOT_REACHED, Status.IN_PROGRESS):
        stopped = next((one for one in weighty if one.status is status), None)
        if stopped is not None and not (status is Status.NOT_REACHED and _halted(weighty, Status.IN_PROGRESS)):
            name = "failed" if status is Status.NOT_REACHED else status.value
            return name, f"{stopped.step.verb.value} of {stopped.step.target}: {stopped.message}"
    if verdict.undone:
        return "refused", "; ".join(verdict.undone)
    if any(one.sent for one in outcomes) or would_change:
        return "changed", verdict.message
    return ("in_progress" if verdict.in_progress and not outcomes else "ok"), verdict.message


def _halted(outcomes: list[StepOutcome], status: Status) -> bool:
    return any(one.status is status for one in outcomes)


def _warnings(plan: Plan, outcomes: Outcomes) -> list[str]:
    said = [warning for verdict in plan.verdicts for warning in verdict.warnings]
    said += [
        f"{one.step.verb.value} of {one.step.target}: {one.message}"
        for one in outcomes
        if one.step.tolerated and one.message
    ]
    said += [
        f"{one.step.target}: {one.step.verb.value} is {one.message}"
        for one in outcomes
        if one.status is Status.IN_PROGRESS
    ]
    return _shortened(said)


def _shortened(lines: list[str]) -> list[str]:
    return (
        lines
        if len(lines) <= MAX_LINES
        else [*lines[: MAX_LINES - 1], f"and {len(lines) - MAX_LINES + 1} more, see results"]
    )


def _failure(bad: list[dict[str, Any]], total: int) -> str:
    if not bad:
        return ""
    if total == 1:
        return f"{bad[0]['volume']} ({bad[0]['status']}): {bad[0]['msg']}"
    head = f"{len(bad)} of {total} volumes did not get there; the others did. Run again to do only these:"
    lines = [f"{one['volume']} ({one['status']}): {one['msg']}" for one in bad]
    shown = (
        lines
        if len(lines) < MAX_LINES
        else [*lines[: MAX_LINES - 2], f"and {len(lines) - MAX_LINES + 2} more, see results"]
    )
    return "\n".join([head, *shown])
