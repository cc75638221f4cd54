# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal read back: events of one run, and the steps that they tell of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any, Tuple

Key = Tuple[str, str, str]
"""Volume, verb, target."""

UNPROVEN = "unproven"
"""Status of a step whose start is on record and whose end is not."""


@dataclass(frozen=True)
class Reading:
    """events: in the order of the journal.  unreadable: lines that are no events, such as one torn by a crash."""

    events: tuple[dict[str, Any], ...] = ()
    unreadable: int = 0

    @property
    def first_time(self) -> datetime | None:
        return self.events[0]["time"] if self.events else None


@dataclass(frozen=True)
class StepRecord:
    """One step as the journal has it.  ended None: nobody wrote down how it ended."""

    volume: str
    verb: str
    target: str
    started: datetime
    ended: datetime | None = None
    status: str = UNPROVEN
    msg: str = ""
    job: str | None = None

    @property
    def seconds(self) -> float | None:
        return None if self.ended is None else round((self.ended - self.started).total_seconds(), 3)

    def as_dict(self) -> dict[str, Any]:
        return {
            "verb": self.verb,
            "target": self.target,
            "status": self.status,
            "msg": self.msg or ("its end is not on record" if self.status == UNPROVEN else ""),
            "seconds": self.seconds,
            "job": self.job,
            **self.times(),
        }

    def times(self) -> dict[str, str | None]:
        return {"started": text_of(self.started), "ended": text_of(self.ended) if self.ended else None}


def parse_time(text: Any) -> datetime | None:
    """UTC-aware; a time without an offset is UTC.  None for what is no ISO 8601 time."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text.strip().replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def text_of(time: datetime) -> str:
    return time.astimezone(timezone.utc).isoformat(timespec="milliseconds")


def parse_event(line: str) -> dict[str, Any] | None:
    """The event with its `time` as a datetime; None for a line that is none."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    time = parse_time(event.get("time")) if isinstance(event, dict) else None
    return None if time is None else {**event, "time": time}


def read_events(lines: Iterable[str], since: datetime | None = None) -> Reading:
    """The events from *since* on; a torn line counts only between events of the run, or at its end."""
    events: list[dict[str, Any]] = []
    unreadable = 0
    for line in lines:
        if not line.strip():
            continue
        event = parse_event(line)
        if event is None:
            unreadable += 1
        elif since is not None and event["time"] < since:
            unreadable = 0
        else:
            events.append(event)
    return Reading(tuple(events), unreadable)


def step_records(events: Sequence[dict[str, Any]]) -> list[StepRecord]:
    """Starts joined with their ends, in the order of their starts; other events are passed over.

    An end goes with the newest start of the same step that is still open: an older one belongs to a run that was
    killed. A step that sends nothing has an end only, and its start follows from its seconds.
    """
    records: list[StepRecord] = []
    still_open: dict[Key, list[int]] = {}
    for event in events:
        key, time = (_text(event, "volume"), _text(event, "verb"), _text(event, "target")), event["time"]
        if event.get("event") == "step_started":
            still_open.setdefault(key, []).append(len(records))
            records.append(StepRecord(*key, time))
        elif event.get("event") == "step_ended":
            places = still_open.get(key)
            if not places:
                places = [len(records)]
                records.append(StepRecord(*key, time - _duration(event)))
            place = places.pop()
            records[place] = _ended(records[place], event)
    return sorted(records, key=lambda record: record.started)


def _ended(record: StepRecord, event: dict[str, Any]) -> StepRecord:
    status, msg = _text(event, "status") or UNPROVEN, _text(event, "msg")
    return replace(record, ended=event["time"], status=status, msg=msg, job=event.get("job"))


def _text(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    return "" if value is None else str(value)


def _duration(event: dict[str, Any]) -> timedelta:
    seconds = event.get("seconds")
    return timedelta(seconds=max(float(seconds), 0.0)) if isinstance(seconds, (int, float)) else timedelta()
