# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs to look at: a way home, a status with every kind of trouble, hostile names. The failover is in the unit tests."""

from __future__ import annotations

from typing import Any

from ansible_collections.ontap.data_motion.plugins.module_utils.report.build import Report
from tests.unit.report.stories import at, events_of, report, result, step, task

HOSTILE = (
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=1">',
    "' onmouseover='document.title=1",
    "</bdi></td></table></main><h1>all is well</h1>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u2066",
    "a_very_" + "long_" * 40 + "name",
)


def failback(number: int = 20) -> Report:
    """From lyon home to paris: one resync outlasts its time, one volume is refused for what it would lose."""
    results, lines = [], []
    for place in range(number):
        name, status, message = f"vol{place + 1:04d}", "changed", ""
        verbs = [("delete", 0.8), ("release", 0.4), ("create", 1.1), ("resync", 30.0 + place * 41 % 200)]
        verbs += [("update", 4.0 + place % 7), ("quiesce", 1.5), ("break", 1.0), ("mount", 0.4)]
        if place == 5:
            status, verbs = "refused", []
            message = (
                f"this would discard everything written to svm_paris:{name} since the newest common snapshot "
                "snapmirror.6f2b_2155.2030-01-31_020000 (2030-01-31T02:00:00+00:00): at most 3845 s of writes. "
                f"If these may be lost, quote it: accept_data_loss: {{{name}: 3845}}"
            )
        elif place == 9:
            status, verbs, message = (
                "in_progress",
                verbs[:4],
                f"resync of svm_paris:{name}: still transferring after 600 s",
            )
        clock, steps = 1.0 + place * 0.1, []
        for verb, seconds in verbs:
            ended = "in_progress" if (status, verb) == ("in_progress", "resync") else "done"
            lines += events_of(name, verb, clock, clock + seconds, ended)
            steps.append(step(name, verb, seconds, ended))
            clock += seconds
        state = {"refused": "broken_off", "in_progress": "snapmirrored"}.get(status, "broken_off")
        facts = {"state": state, "healthy": True, "lag_s": 4.0 + place, "steps": steps, "junction": f"/{name}"}
        facts.update(
            source=f"svm_lyon:{name}", destination=f"svm_paris:{name}", exported_snapshot=f"snapmirror.{place}"
        )
        results.append(result(name, status, msg=message, **facts))
    lines.sort(key=lambda line: line.split('"time": "')[1])
    home = [one["volume"] for one in results if one["status"] == "changed"]
    again = [result(name, "changed", state="snapmirrored", healthy=True, lag_s=9.0) for name in home]
    tasks = (task(*results, to="paris"), task(*again, to="lyon"))
    return report(*tasks, lines=lines, playbook="failback", ended=at(330), target="lyon")


def status(number: int = 20) -> Report:
    """Looked at only: most are well, the others each in a way of their own."""
    troubles: dict[int, dict[str, Any]] = {
        2: {"lag_s": 9300.0},
        4: {"state": "paused"},
        7: {"healthy": False, "msg": "not healthy: the transfer failed: no space left on svm_lyon:vol0008"},
        11: {"state": "broken_off", "lag_s": None, "msg": "split-brain danger: both sides take writes"},
        13: {"status": "unreachable", "state": None, "healthy": None, "lag_s": None, "msg": "lyon cannot be reached"},
    }
    results = []
    for place in range(number):
        name = f"vol{place + 1:04d}"
        facts: dict[str, Any] = {"state": "snapmirrored", "healthy": True, "lag_s": 300.0 + place * 97 % 3000}
        facts.update({"exported_snapshot": f"hourly.2030-01-31_0{place % 3}05", "junction": f"/data/{name}"})
        facts.update(troubles.get(place, {}))
        results.append(result(name, facts.pop("status", "ok"), **facts))
    orphan = {
        "source": "svm_paris:old_projects",
        "destination": "svm_nice:old_projects",
        "reason": "the destination does not know it any more; release it with state: absent",
        "uuid": "0d9e3a53-53e8-4f4d-9a4f-7d1b1f6f3f10",
    }
    return report(task(*results, to="lyon"), orphans=[orphan], playbook="status", rpo_s=7200.0, ended=at(3))


def hostile() -> Report:
    results = [
        result(name, "failed", msg=f"no: {name}", junction=f"/{name}", steps=[step(name, "break", 1.0, "failed", name)])
        for name in HOSTILE
    ]
    return report(task(*results, to="lyon", warnings=list(HOSTILE)), playbook="failover", mode="unplanned")
