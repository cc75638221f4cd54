# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of a run returned, cut into what each says about one volume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BAD = ("failed", "refused", "unreachable")
PEERING = "<>"
"""Mark of a result that is booked on two SVMs, not on a volume."""


@dataclass(frozen=True)
class Told:
    """What one task says about one volume.  target: name of the backend that the task wrote to, None if it tells none."""

    volume: str
    target: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Tasks:
    """told: in the order of the tasks.  failures: what failed as a whole, a line each.  heard: how many tasks told anything.

    wanted: volumes that must come up, as a readiness check found them.
    """

    told: tuple[Told, ...]
    failures: tuple[str, ...]
    warnings: tuple[str, ...]
    orphans: tuple[Any, ...]
    wanted: tuple[str, ...]
    coverage_basis: str | None
    heard: int


def read_tasks(results: Sequence[Any], targets: Sequence[str] = ()) -> Tasks:
    """*results*: registered results, of loops too; left-out tasks and empty ones say nothing.

    targets: names that the item of a loop may be; any other item says nothing about where a task wrote to.
    """
    tasks = [task for one in results for task in _single(one)]
    checks = [task for task in tasks if task.get("candidates") is not None]
    wanted = tuple(str(name) for check in checks for name in check.get("wanted") or ())
    return Tasks(
        told=tuple(told for task in tasks for told in _told(task, wanted, targets)),
        failures=_unique(failure for task in tasks for failure in _failures(task, targets)),
        warnings=_unique(str(one) for result in results for one in _warned(result)),
        orphans=tuple(orphan for task in tasks for orphan in task.get("orphans") or ()),
        wanted=wanted,
        coverage_basis=next((str(check["coverage_basis"]) for check in checks if check.get("coverage_basis")), None),
        heard=len(tasks),
    )


def _single(result: Any) -> Iterator[Mapping[str, Any]]:
    """The results of single tasks in *result*, of which those of a loop's passes name no volume; warnings alone are none."""
    if not isinstance(result, Mapping) or set(result) <= {"warnings"} or result.get("skipped"):
        return
    passes = _passes(result)
    for one in passes:
        yield from _single(one)
    if not passes:
        yield result


def _passes(result: Mapping[str, Any]) -> Sequence[Any]:
    inner = result.get("results")
    looped = isinstance(inner, (list, tuple)) and any(isinstance(one, Mapping) and "volume" not in one for one in inner)
    return inner if looped and inner else ()


def _warned(result: Any) -> Iterator[Any]:
    """What the passes of a loop warned of, ansible-core before 2.21 keeps at the loop only."""
    if isinstance(result, Mapping) and not result.get("skipped"):
        yield from result.get("warnings") or ()
        for one in _passes(result):
            yield from _warned(one)


def _told(task: Mapping[str, Any], wanted: Sequence[str], targets: Sequence[str]) -> Iterator[Told]:
    """A readiness check sees every mirror of its target; those that nobody wants are not of this run."""
    check = task.get("candidates") is not None
    target = str(task["target"]) if check and task.get("target") else _target_of(task, targets)
    items = [*(task.get("results") or ()), *(task.get("mirrors") or ())]
    for item in items:
        name = str(item.get("volume") or "")
        if name and PEERING not in name and not (check and wanted and name not in wanted):
            yield Told(name, target, item)


def _target_of(task: Mapping[str, Any], targets: Sequence[str]) -> str | None:
    """The inventory name of the destination, from the task's options where Ansible keeps them, else from its loop."""
    place: Any = task
    for step in ("invocation", "module_args", "destination", "backend"):
        place = place.get(step) if isinstance(place, Mapping) else None
    item = task.get(str(task.get("ansible_loop_var")))
    name = place or (item.get("backend") if isinstance(item, Mapping) else item)
    return str(name) if name and (place or name in targets) else None


def _failures(task: Mapping[str, Any], targets: Sequence[str]) -> list[str]:
    """Why the task failed as a whole; failures of single volumes are told by their own results.

    Roles register with `failed_when: false`, so `failed` is no evidence: a task that has a message but nothing to
    show for it has failed, and so has a readiness check that found no target.
    """
    msg, where = str(task.get("msg") or ""), _target_of(task, targets)
    items = task.get("results") or ()
    bad = [item for item in items if item.get("status") in BAD]
    found = [str(item.get("msg") or item["volume"]) for item in bad if PEERING in str(item.get("volume"))]
    if task.get("candidates") is not None:
        found += [] if task.get("target") else [msg or str(task.get("reason") or "no target is fit")]
    elif task.get("unreachable") or (msg and "results" not in task) or (task.get("failed") and not bad):
        found.append(msg or "a task failed without a message")
    return [one if not where or where in one else f"{where}: {one}" for one in found]


def _unique(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
