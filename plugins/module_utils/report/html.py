# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one page that needs nothing else."""

from __future__ import annotations

import traceback
from typing import Any

from .build import Report
from .charts import lag_scale_s, timeline
from .journal import parse_time
from .tasks import BAD
from .template import MACROS, PAGE, STYLE
from .words import headline, lag_text, route, seconds_text, spaced, time_text, trouble, worst_lag_s

try:
    import jinja2
except ImportError:
    JINJA2_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    JINJA2_IMPORT_ERROR = None

GOOD_WORDS = ("ok", "changed", "done")
SERIOUS = (*BAD, "in_progress")
DANGER = "split-brain"
LATE_WORDS = ("in_progress", "not_reached", "unproven")
STEP_DEFAULTS = {"verb": "", "target": "", "status": "", "msg": "", "seconds": None, "job": None, "started": None}
SECTIONS = (
    ("attention", "Needs attention"),
    ("notes", "Notes"),
    ("warnings", "Warnings"),
    ("volumes", "Volumes"),
    ("timeline", "Timeline"),
    ("orphans", "Orphans"),
    ("record", "Record of all steps"),
)
ORPHAN_DEFAULTS = {"source": "", "destination": "", "reason": "", "uuid": ""}


def render(report: Report) -> str:
    """Every text is escaped, whoever named it.  Only with jinja2: see JINJA2_IMPORT_ERROR."""
    macros, page = _environment()
    facts = {"rpo_s": report.rpo_s, "lag_scale_s": lag_scale_s(report.volumes, report.rpo_s)}
    return str(page.render(macros=macros.make_module(facts), **facts, **_content(report)))


def _environment() -> tuple[Any, Any]:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters.update(lag=lag_text, seconds=seconds_text, time=time_text, tone=tone, words=spaced)
    return environment.from_string(MACROS), environment.from_string(PAGE)


def _content(report: Report) -> dict[str, Any]:
    volumes = [_complete(one) for one in report.volumes]
    orphans = [{**ORPHAN_DEFAULTS, **orphan} for orphan in report.document["orphans"] if isinstance(orphan, dict)]
    document = {**report.document, "volumes": volumes, "orphans": orphans}
    attention = _attention(volumes, str(document["playbook"]))
    steps = [(one["volume"], step) for one in volumes for step in one["steps"]]
    word, colour = _verdict_word(report, bool(attention))
    return {
        "document": document,
        "failures": report.failures,
        "word": word,
        "tone": colour,
        "verdict": headline(report),
        "tiles": _tiles(report, sum(one["status"] not in SERIOUS for one, _wrong in attention)),
        "sections": _sections(
            attention=attention, orphans=orphans, notes=document["notes"], warnings=document["warnings"], record=steps
        ),
        "attention": attention,
        "serious": SERIOUS,
        "doubtful": [one["volume"] for one, _wrong in attention],
        "route": route(document),
        "timeline": timeline(volumes, str(document["ended"])),
        "steps": steps,
        "style": STYLE,
    }


def _attention(volumes: list[dict[str, Any]], playbook: str) -> list[tuple[dict[str, Any], str]]:
    """Volumes that are not well and why: what may destroy data, then the failed ones, then the others."""
    found = [(one, trouble(one, playbook)) for one in volumes]
    return sorted(
        (pair for pair in found if pair[1]), key=lambda pair: (DANGER not in pair[1], pair[0]["status"] not in BAD)
    )


def _sections(**optional: Any) -> list[tuple[str, str]]:
    return [(name, text) for name, text in SECTIONS if optional.get(name, True)]


def _complete(one: dict[str, Any]) -> dict[str, Any]:
    steps = [{**STEP_DEFAULTS, **step} for step in one["steps"]]
    return {"junction_assumed": False, **one, "steps": steps}


def _verdict_word(report: Report, attention: bool) -> tuple[str, str]:
    if not report.document["ok"]:
        return "failed", "bad"
    return ("done, but look at what is below", "late") if attention else ("ok", "good")


def tone(status: str) -> str:
    return "good" if status in GOOD_WORDS else "late" if status in LATE_WORDS else "bad"


def _tiles(report: Report, doubtful: int) -> list[dict[str, Any]]:
    """doubtful: how many volumes did what was asked and yet are not well."""
    volumes = report.volumes
    counts = {name: sum(one["status"] == name for one in volumes) for name in ("in_progress", *BAD)}
    well = len(volumes) - sum(counts.values())
    breached, number = len(report.breached_volumes), len({one["volume"] for one in volumes})
    what = "mirrors" if len(volumes) > number else "volumes"
    tiles = [_tile("volumes", number, "volumes"), _tile("ok", well, f"{what} as asked", "good" if well else "")]
    tiles += [_tile(name, count, spaced(name), tone(name)) for name, count in counts.items() if count]
    tiles += [_tile("doubtful", doubtful, "of them to look at", "late")] if doubtful else []
    worst, took = worst_lag_s(volumes), _seconds_of_run(report)
    tiles.append(_tile("worst_lag_s", worst, "worst lag", "bad" if breached else "", lag_text(worst)))
    tiles += [_tile("breach", breached, "over the RPO", "bad")] if breached else []
    return [*tiles, _tile("took", took, "from start to end", "", seconds_text(took))] if took else tiles


def _tile(name: str, value: Any, label: str, colour: str = "", text: str | None = None) -> dict[str, Any]:
    shown = "" if value is None else value
    return {"name": name, "value": shown, "text": str(shown) if text is None else text, "label": label, "tone": colour}


def _seconds_of_run(report: Report) -> float:
    started, ended = parse_time(report.document["started"]), parse_time(report.document["ended"])
    return 0.0 if started is None or ended is None else round((ended - started).total_seconds(), 3)
