# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs as they could have been: what their tasks returned, and the journal that they wrote."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.ontap.data_motion.plugins.module_utils.report.build import Report, Run, build
from ansible_collections.ontap.data_motion.plugins.module_utils.report.journal import read_events

START = datetime(2030, 1, 31, 3, 4, 5, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def stamp(seconds: float) -> str:
    return at(seconds).isoformat(timespec="milliseconds")


def run(playbook: str = "status", **facts: Any) -> Run:
    given = {"target": "lyon", "mode": None, "rehearsed": False, "ended": at(600), **facts}
    return Run(backend="paris", playbook=playbook, **given)


def event(name: str, when: float, volume: str, verb: str, target: str = "", **more: Any) -> str:
    target = target or f"svm_lyon:{volume}"
    told = {"event": name, "time": stamp(when), "module": "m", "volume": volume, "verb": verb, "target": target}
    return json.dumps({**told, "side": "destination", **more}, sort_keys=True) + "\n"


def events_of(volume: str, verb: str, begin: float, end: float, status: str = "done", **more: Any) -> list[str]:
    ended = {"status": status, "msg": "", "seconds": round(end - begin, 3), "job": None, **more}
    return [event("step_started", begin, volume, verb), event("step_ended", end, volume, verb, **ended)]


def step(volume: str, verb: str, seconds: float = 1.0, status: str = "done", msg: str = "") -> dict[str, Any]:
    told = {"verb": verb, "target": f"svm_lyon:{volume}", "status": status, "msg": msg}
    return {**told, "seconds": 0.0 if status == "not_reached" else seconds, "job": None}


def result(volume: str, status: str = "ok", **facts: Any) -> dict[str, Any]:
    places = {"source": f"svm_paris:{volume}", "destination": f"svm_lyon:{volume}"}
    return {"volume": volume, "status": status, "msg": "", "drift": [], "steps": [], **places, **facts}


def task(*results: dict[str, Any], to: str | None = None, **more: Any) -> dict[str, Any]:
    """A registered result. to: the backend that its option `destination` named."""
    bad = [one["volume"] for one in results if one["status"] in ("failed", "refused", "unreachable")]
    told = {"changed": False, "failed": False, "results": list(results), "failed_volumes": bad, **more}
    return {**told, "invocation": {"module_args": {"destination": {"backend": to}}}} if to else told


def report(*results: Any, lines: list[str] | tuple[str, ...] = (), orphans: Any = (), **facts: Any) -> Report:
    this = run(**facts)
    return build(this, results, read_events(lines, this.since), orphans)


def failover(number: int = 20, failing: int = 1) -> Report:
    """An unplanned failover in which the last *failing* volumes cannot be mounted, and one lags more than it may."""
    names = [f"vol{number_:04d}" for number_ in range(1, number + 1)]
    mirrors, broken, lines = [], [], []
    for place, name in enumerate(names):
        lag_s = 7000.0 if place == 2 else 31.0 + place * 67 % 3100
        quiesce_s, break_s = 1.5 + place * 37 % 60, 0.8 + place % 3
        bad = place >= number - failing
        assumed = {"junction_assumed": True} if place == 4 else {"junction_assumed": False}
        mirrors.append({**_mirror(name), "state": "snapmirrored", "lag_s": lag_s, "rpo": "unknown"})
        last = step(
            name,
            "mount",
            0.4,
            "failed" if bad else "done",
            "the junction path is in use (ONTAP code 918235)" if bad else "",
        )
        steps = [step(name, "quiesce", quiesce_s), step(name, "break", break_s), last]
        clock = 2.0 + place * 0.05
        for one, seconds in zip(steps, (quiesce_s, break_s, 0.4)):
            lines += events_of(name, one["verb"], clock, clock + seconds, one["status"], msg=one["msg"])
            clock += seconds
        facts = {"state": "broken_off", "healthy": True, "lag_s": lag_s, "writable": True, "junction": f"/data/{name}"}
        facts.update(assumed, exported_snapshot=f"snapmirror.6f2b_{2155 + place}.2030-01-31_030000", steps=steps)
        msg = f"mount of svm_lyon:{name}: {last['msg']}" if bad else f"svm_lyon:{name} is snapmirrored"
        broken.append(
            result(name, "failed" if bad else "changed", msg=msg, mounted_at="" if bad else f"/data/{name}", **facts)
        )
    ready = {"candidates": [{"target": "lyon"}], "target": "lyon", "wanted": names, "coverage_basis": "manifest"}
    warnings = (
        [f"svm_lyon:{names[4]}: nobody told where {names[4]} was mounted; /data/{names[4]} is assumed"]
        if number > 4
        else []
    )
    return report(
        {**ready, "mirrors": mirrors},
        {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"},
        task(*broken, to="lyon", warnings=warnings),
        lines=sorted(lines, key=lambda line: json.loads(line)["time"]),
        playbook="failover",
        mode="unplanned",
        rpo_s=3600.0,
        ended=at(75),
    )


def _mirror(name: str) -> dict[str, Any]:
    places = {"source": f"svm_paris:{name}", "destination": f"svm_lyon:{name}"}
    return {"volume": name, **places, "healthy": True, "exported_snapshot": None}
