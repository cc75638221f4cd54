# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words for people: what is not well, the lines for the screen, lags and times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .build import Report
from .journal import parse_time
from .tasks import BAD

MAX_LINES = 20
MAX_WIDTH = 300
NOT_REPLICATING = ("broken_off", "paused", "uninitialized")
NOT_IN_SYNC = ("out_of_sync", "synchronizing")
MEANT_TO_STOP = ("failover", "retire", "rehearse")
"""Playbooks after which a mirror that does not replicate is as it should be."""
HOMEWARD = ("failback", "reprotect")
"""Playbooks whose way leads from the target to the backend."""


def lag_text(seconds: float | None) -> str:
    """Two units at most: 31 s, 5 min 10 s, 3 h 12 min, 4 d 2 h."""
    if seconds is None:
        return "unknown"
    if seconds < 120:
        return f"{seconds:.0f} s"
    for size, unit, smaller, part in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size * (2 if unit == "d" else 1):
            rest = int(seconds % size // smaller)
            return f"{int(seconds // size)} {unit}" + (f" {rest} {part}" if rest else "")
    return f"{seconds:.0f} s"


def seconds_text(seconds: float | None) -> str:
    """Short times to a tenth, since that is what a step takes."""
    return "" if seconds is None else f"{seconds:.1f} s" if seconds < 120 else lag_text(seconds)


def time_text(text: str | None, clock_only: bool = False) -> str:
    time = parse_time(text)
    return "" if time is None else time.strftime("%H:%M:%S" if clock_only else "%Y-%m-%d %H:%M:%S UTC")


def spaced(status: str) -> str:
    return str(status).replace("_", " ")


def serious(status: str) -> bool:
    """Whether the status alone says that the volume is not well."""
    return status in BAD or status == "in_progress"


def trouble(one: Mapping[str, Any], playbook: str) -> str:
    """Why the volume is not well, "" where it is."""
    if serious(one["status"]):
        return str(one["msg"] or "no task said why")
    found = []
    if one["state"] in NOT_IN_SYNC and playbook not in MEANT_TO_STOP:
        found.append(str(one["msg"]) if "not in_sync" in str(one["msg"]) else f"{one['state']}, not in_sync")
    elif one["healthy"] is False:
        found.append(str(one["msg"]) if "not healthy" in one["msg"] else "not healthy")
    if one["rpo"] == "breach":
        found.append(f"over the RPO, lag {lag_text(one['lag_s'])}")
    if one["state"] is None and "no mirror" in str(one["msg"]):
        found.append(str(one["msg"]))
    if "split-brain" in str(one["msg"]):
        found.append(str(one["msg"]))
    elif one["state"] in NOT_REPLICATING and playbook not in MEANT_TO_STOP:
        found.append(f"{one['state']}, so it is not replicating")
    if one.get("junction_assumed"):
        found.append(f"nobody told its junction path; {one['junction']} is assumed")
    return "; ".join(found)


def route(document: Mapping[str, Any]) -> list[str]:
    """The backends in the direction of this run."""
    ends = [str(document["backend"]), *([str(document["target"])] if document["target"] else [])]
    return ends[::-1] if document["playbook"] in HOMEWARD else ends


def worst_lag_s(volumes: Sequence[Mapping[str, Any]]) -> float | None:
    return max((one["lag_s"] for one in volumes if one["lag_s"] is not None), default=None)


def headline(report: Report) -> str:
    """paris -> lyon: 20 volumes, 19 ok, 1 failed, worst lag 31 s"""
    document, volumes = report.document, report.volumes
    number = len({one["volume"] for one in volumes})
    counts = Counter("ok" if one["status"] == "changed" else str(one["status"]) for one in volumes)
    parts = [
        f"{number} volume{'s' if number != 1 else ''}" + (f" ({len(volumes)} mirrors)" if len(volumes) > number else "")
    ]
    parts += [f"{counts[name]} {spaced(name)}" for name in ("ok", "in_progress", *BAD) if counts[name]]
    parts += [f"{len(report.breached_volumes)} over the RPO"] if report.breached_volumes else []
    worst = worst_lag_s(volumes)
    parts += [f"worst lag {lag_text(worst)}"] if worst is not None else []
    return f"{' -> '.join(route(document))}: {', '.join(parts)}{' (check mode: nothing was done)' if document['check_mode'] else ''}"


def summary(report: Report) -> list[str]:
    """At most 20 lines: the backend, what failed as a whole, and each volume that is not well, the worst first."""
    playbook, several = str(report.document["playbook"]), _several_targets(report.volumes)
    bad_first = sorted(report.volumes, key=lambda one: one["status"] not in BAD)
    lines = [_one_line(failure) for failure in report.failures]
    for one in bad_first:
        wrong = trouble(one, playbook)
        if wrong:
            wrong = f"{spaced(one['status'])}: {wrong}" if serious(one["status"]) else wrong
            lines.append(
                _one_line(f"{one['destination'] if several and one['destination'] else one['volume']}: {wrong}")
            )
    room = MAX_LINES - 1
    if len(lines) > room:
        lines = [*lines[: room - 1], f"and {len(lines) - room + 1} more, see the report"]
    return [headline(report), *lines]


def _several_targets(volumes: Sequence[Mapping[str, Any]]) -> bool:
    return len({one["volume"] for one in volumes}) < len(volumes)


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_WIDTH else flat[: MAX_WIDTH - 1] + "…"
