# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a run, its results and its journal to the value that report.json holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .journal import UNPROVEN, Reading, StepRecord, step_records, text_of
from .merge import by_place, entry
from .tasks import BAD, PEERING, Told, read_tasks

SCHEMA = 1
REPLICATING = ("snapmirrored", "in_sync")
MIRRORED_AFTERWARDS = {"reprotect": "not mirrored back", "failback": "not mirrored to the target again"}
NOTHING_TOLD = "no task of this run told anything: it ended before it looked at a volume"


@dataclass(frozen=True)
class Run:
    """What is known of the run as a whole.

    rehearsed: in check mode.  since: from when on the journal counts.  sure_of_start: the user named that time, so all
    that the journal has since is of this run; else it may be of a run before, which was killed and left no report.
    """

    backend: str
    target: str | None
    playbook: str
    mode: str | None
    rehearsed: bool
    ended: datetime
    since: datetime | None = None
    sure_of_start: bool = False
    rpo_s: float | None = None
    coverage_basis: str | None = None


@dataclass(frozen=True)
class Report:
    """document: as in report.json.  failures: tasks that failed as a whole, a line each."""

    document: Mapping[str, Any]
    failures: tuple[str, ...]
    rpo_s: float | None = None

    @property
    def volumes(self) -> list[dict[str, Any]]:
        return list(self.document["volumes"])

    @property
    def failed_volumes(self) -> list[str]:
        return sorted({one["volume"] for one in self.volumes if one["status"] in BAD})

    @property
    def breached_volumes(self) -> list[str]:
        return sorted({one["volume"] for one in self.volumes if one["rpo"] == "breach"})


def build(
    run: Run, results: Sequence[Any], journal: Reading, orphans: Sequence[Any] = (), notes: Sequence[str] = ()
) -> Report:
    tasks = read_tasks(results, [name.strip() for name in (run.target or "").split(",")])
    records = _by_volume(step_records(journal.events))
    told = _told_by_volume(tasks.told)
    silent = sorted(name for name in records if name not in told)
    names = {*told, *tasks.wanted, *(silent if tasks.failures or run.sure_of_start else ())}
    volumes = [
        _judged(run, one)
        for name in sorted(names)
        for one in _entries(run, name, told.get(name, []), records.get(name, []))
    ]
    failures = tasks.failures if tasks.heard else (*tasks.failures, NOTHING_TOLD)
    left_over = [name for name in silent if name not in names]
    document = {
        "schema": SCHEMA,
        "backend": run.backend,
        "target": run.target,
        "playbook": run.playbook,
        "mode": run.mode,
        "check_mode": run.rehearsed,
        "started": text_of(_started(run, journal)),
        "ended": text_of(run.ended),
        "ok": not failures and not any(one["status"] in BAD for one in volumes),
        "coverage_basis": run.coverage_basis or tasks.coverage_basis,
        "volumes": volumes,
        "orphans": _distinct([*orphans, *tasks.orphans]),
        "notes": [str(note) for note in notes],
        "warnings": [*failures, *tasks.warnings, *_doubts(journal, left_over, records)],
    }
    return Report(document, failures, run.rpo_s)


def _by_volume(records: Sequence[StepRecord]) -> dict[str, list[StepRecord]]:
    """Without what was done for the backend as a whole."""
    found: dict[str, list[StepRecord]] = {}
    for record in records:
        if record.volume and PEERING not in record.volume:
            found.setdefault(record.volume, []).append(record)
    return found


def _told_by_volume(told: Sequence[Told]) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = {}
    for one in told:
        found.setdefault(one.volume, []).append(one)
    return found


def _entries(run: Run, name: str, told: Sequence[Told], records: Sequence[StepRecord]) -> list[dict[str, Any]]:
    """Where a volume has several targets, steps that only the journal knows go to the target that they name."""
    places = by_place(told, run.backend)
    if len(places) == 1:
        return [entry(name, places[0], records, run.rehearsed)]
    paths = [{str(one.facts.get("destination")) for one in place} for place in places]
    return [
        entry(name, place, [record for record in records if record.target in mine], run.rehearsed)
        for place, mine in zip(places, paths)
    ]


def _judged(run: Run, one: dict[str, Any]) -> dict[str, Any]:
    """The verdict on the RPO, and on what the run was for: requested is not reached."""
    rpo = one["rpo"] or _rpo(one, run.rpo_s)
    missed = "" if run.rehearsed or one["status"] in BAD else _missed(run.playbook, one)
    if not missed:
        return {**one, "rpo": rpo}
    return {**one, "rpo": rpo, "status": "failed", "msg": "; ".join(part for part in (missed, one["msg"]) if part)}


def _rpo(one: Mapping[str, Any], rpo_s: float | None) -> str:
    """A mirror that was never initialized protects nothing; an unknown lag is an unknown verdict."""
    if rpo_s is None:
        return "unknown"
    if one["state"] == "uninitialized":
        return "breach"
    if one["lag_s"] is None:
        return "ok" if one["state"] == "in_sync" else "unknown"
    return "ok" if one["lag_s"] <= rpo_s else "breach"


def _missed(playbook: str, one: Mapping[str, Any]) -> str:
    """Why the volume is not what the playbook is for, "" where it is; no task need have failed for that."""
    done = {step.get("verb") for step in one["steps"] if step.get("status") == "done"}
    if (
        playbook == "failover"
        and one["state"] != "broken_off"
        and "break" not in done
        and one["direction"] != "reversed"
    ):
        return "not failed over"
    if playbook == "replicate" and one["state"] is None and "create" not in done:
        return "not mirrored"
    if playbook == "failback" and one["direction"] == "reversed":
        return "not brought home"
    if playbook in MIRRORED_AFTERWARDS and one["state"] not in REPLICATING and one["status"] != "in_progress":
        return MIRRORED_AFTERWARDS[playbook]
    return ""


def _started(run: Run, journal: Reading) -> datetime:
    if run.sure_of_start and run.since is not None:
        return run.since
    return min(journal.first_time or run.ended, run.ended)


def _doubts(journal: Reading, left_over: Sequence[str], records: Mapping[str, Sequence[StepRecord]]) -> list[str]:
    said = []
    if journal.unreadable:
        said.append(f"journal: {journal.unreadable} torn or foreign line(s) could not be read")
    open_ended = [name for name in left_over if any(record.status == UNPROVEN for record in records[name])]
    if open_ended:
        said.append(
            "journal: an earlier run was cut off before it wrote down how its steps ended, for "
            + ", ".join(open_ended[:5])
            + (f" and {len(open_ended) - 5} more" if len(open_ended) > 5 else "")
        )
    return said


def _distinct(orphans: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for orphan in orphans:
        if orphan not in found:
            found.append(orphan)
    return found
