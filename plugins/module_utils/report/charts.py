# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the bars of the charts begin and how long they are, in percent of their axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, Tuple

from .journal import parse_time
from .words import lag_text

Span = Tuple[datetime, datetime, Dict[str, Any]]
"""From, to, and the step that it was."""

PHASES = {
    "initialize": "transfer",
    "update": "transfer",
    "resync": "transfer",
    "await_idle": "transfer",
    "quiesce": "quiesce",
    "abort": "quiesce",
    "resume": "quiesce",
    "break": "break",
    "mount": "mount",
    "unmount": "mount",
    "delete": "remove",
    "release": "remove",
    "volume_delete": "remove",
}
"""Verb -> the kind that gives a bar its colour; all others prepare."""
PHASE_NAMES = ("prepare", "transfer", "quiesce", "break", "mount", "remove")
TICKS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
MOST_TICKS = 8
LEAST_WIDTH = 0.35
"""Percent: a step of no time is still seen."""


@dataclass(frozen=True)
class Bar:
    """x, width: percent of the axis.  step: as in report.json."""

    x: float
    width: float
    phase: str
    step: Mapping[str, Any]

    @property
    def roomy(self) -> bool:
        """Whether a word fits in."""
        return self.width >= 9.0


@dataclass(frozen=True)
class Row:
    """seconds: from the start of the volume's first step to the end of its last."""

    volume: Mapping[str, Any]
    bars: tuple[Bar, ...]
    seconds: float


@dataclass(frozen=True)
class Timeline:
    """ticks: (percent, text).  started: of the first step; None where no step has a time."""

    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]
    started: str | None

    @property
    def phases(self) -> list[str]:
        used = {each.phase for row in self.rows for each in row.bars}
        return [name for name in PHASE_NAMES if name in used]


def timeline(volumes: Sequence[Dict[str, Any]], run_ended: str) -> Timeline:
    """A row for each volume that has a step with a time, on one axis; a step without an end lasts until the run's."""
    last = parse_time(run_ended)
    spans = {
        number: [span for span in (_span(step, last) for step in one["steps"]) if span]
        for number, one in enumerate(volumes)
    }
    times = [time for found in spans.values() for begin, end, _step in found for time in (begin, end)]
    if not times:
        return Timeline((), (), None)
    start, length_s = min(times), max((max(times) - min(times)).total_seconds(), 0.001)
    rows = tuple(_row(volumes[number], found, start, length_s) for number, found in spans.items() if found)
    return Timeline(rows, ticks(length_s), start.isoformat())


def _span(step: Dict[str, Any], run_ended: datetime | None) -> Span | None:
    begin = parse_time(step.get("started"))
    end = parse_time(step.get("ended")) or run_ended
    return None if begin is None or end is None else (begin, max(begin, end), step)


def _row(volume: Mapping[str, Any], spans: Sequence[Span], start: datetime, length_s: float) -> Row:
    bars = tuple(_bar(begin, end, step, start, length_s) for begin, end, step in spans)
    first, last = min(begin for begin, _end, _step in spans), max(end for _begin, end, _step in spans)
    return Row(volume, bars, (last - first).total_seconds())


def _bar(begin: datetime, end: datetime, step: Dict[str, Any], start: datetime, length_s: float) -> Bar:
    width = max((end - begin).total_seconds() / length_s * 100, LEAST_WIDTH)
    x = min((begin - start).total_seconds() / length_s * 100, 100 - width)
    return Bar(round(max(x, 0.0), 3), round(width, 3), PHASES.get(str(step.get("verb")), "prepare"), step)


def ticks(length_s: float) -> tuple[tuple[float, str], ...]:
    """Round numbers of seconds, at most eight; the last one leaves room for its own text."""
    step = next((one for one in TICKS_S if length_s / one <= MOST_TICKS), length_s / MOST_TICKS)
    places = [number * step for number in range(int(length_s / step) + 1)]
    return tuple((round(at / length_s * 100, 3), _tick_text(at, step)) for at in places if at / length_s <= 0.97)


def _tick_text(at: float, step: float) -> str:
    return f"{at:.1f} s" if step < 1 else lag_text(at)


def lag_scale_s(volumes: Sequence[Mapping[str, Any]], rpo_s: float | None) -> float:
    """Seconds at the right end of every lag bar: the worst lag or the RPO with some air behind it."""
    lags = [float(one["lag_s"]) for one in volumes if one["lag_s"] is not None]
    return max([*lags, (rpo_s or 0.0) * 1.15, 1.0])
