# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that a failover and a failback run, in the order of their roles, as one run of an operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

NAMES = ("block", "files", "nested")
IGROUPS = {"esx": "esx_lyon"}
TIMEOUT_S = 900

Call = Callable[..., dict[str, Any]]
"""call(module, **args) -> what the module returned; it never raises."""


@dataclass
class Run:
    """One run. sides: {cluster: connection}.  shared: what every module of it gets.  told: (module, args, result)."""

    call: Call
    sides: Mapping[str, Mapping[str, Any]]
    manifest: str
    shared: Mapping[str, Any]
    playbook: str = ""
    told: list[tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)

    def do(self, module: str, **args: Any) -> dict[str, Any]:
        result = self.call(module, **args, **self.shared)
        self.told.append((module, args, result))
        return result

    @property
    def forward(self) -> dict[str, Any]:
        """Mirrors from paris to lyon, without a word to paris."""
        return {"source_svm": "svm_paris", "destination": self.sides["lyon"]}

    @property
    def back(self) -> dict[str, Any]:
        """Mirrors from lyon to paris; lyon is named for the lock alone."""
        return {"source": self.sides["lyon"], "destination": self.sides["paris"], "named_by": "destination"}

    def report(self, **options: Any) -> dict[str, Any]:
        results = [_as_registered(module, result) for module, _args, result in self.told]
        targets = [self.sides["lyon"]]
        return self.do(
            "replication_report", backend="paris", playbook=self.playbook, targets=targets, results=results, **options
        )

    @property
    def bad(self) -> bool:
        """Whether a module failed, refused a volume, or ended before its work did."""
        return bool(self.complaints)

    @property
    def complaints(self) -> list[str]:
        return [f"{module}: {result.get('msg')}" for module, _args, result in self.told if unfinished(result)]


def _as_registered(module: str, result: dict[str, Any]) -> dict[str, Any]:
    """The roles look at each target in a loop, whose item tells of which."""
    return {**result, "item": "lyon", "ansible_loop_var": "item"} if module == "failover_info" else result


def unfinished(result: Mapping[str, Any]) -> bool:
    late = [one for one in result.get("results", []) if isinstance(one, dict) and one.get("status") == "in_progress"]
    return bool(result.get("failed") or result.get("failed_volumes") or late)


BETWEEN = ("returning", "returned", "unknown")


def planned(run: Run) -> None:
    """roles/backend_failover, mode planned."""
    run.playbook = "failover"
    _planned(run)
    run.report(mode="planned", target="lyon")


def _planned(run: Run) -> None:
    seen = run.do("failover_info", volumes=list(NAMES), **run.sides)
    left = seen.get("phases", {}).get("home", [])
    astray = [one for one in seen.get("results", []) if one["split_brain"] or one["phase"] in BETWEEN]
    if astray:
        run.told.append(("failover_info", {}, {"failed": True, "msg": "; ".join(one["msg"] for one in astray)}))
    if run.bad:
        return
    if left:
        run.do("volume_presentation", volumes=left, source=run.sides["paris"], manifest=run.manifest)
        if run.bad:
            return
    fence = run.do("source_fence", volumes=list(NAMES), source=run.sides["paris"], destination=run.sides["lyon"])
    if left and not run.bad:
        times = fence["fence_times"]
        update = run.do(
            "snapmirror_update", volumes=left, wait=True, exported_not_before=times, timeout=TIMEOUT_S, **run.forward
        )
        gone = {one["volume"] for one in update.get("results", []) if one.get("state") == "broken_off"}
        left = [name for name in left if name not in gone]
    if run.bad and left:
        run.do(
            "source_fence", state="absent", volumes=left, source=run.sides["paris"], destination=run.sides["lyon"],
            junction_paths={name: path for name, path in fence.get("junctions", {}).items() if name in left},
        )  # fmt: skip
    if run.bad:
        return
    _break_there(run, 3600, fence["junctions"])


def unplanned(run: Run) -> None:
    """roles/backend_failover, mode unplanned: nothing is asked of paris."""
    run.playbook = "failover"
    _break_there(run, 60, {})
    run.report(mode="unplanned", target="lyon")


def _break_there(run: Run, quiesce_timeout_s: int, junctions: Mapping[str, str]) -> None:
    run.do(
        "snapmirror_break", volumes=list(NAMES), quiesce_timeout=quiesce_timeout_s, manifest=run.manifest,
        junction_paths=dict(junctions), timeout=TIMEOUT_S, **run.forward,
    )  # fmt: skip
    if not run.bad:
        run.do(
            "volume_presentation", state="applied", volumes=list(NAMES), manifest=run.manifest, igroup_map=IGROUPS,
            **run.forward,
        )  # fmt: skip


def failback(run: Run) -> None:
    """From wherever the volumes are: mirrored back, brought up to date, fenced at lyon, broken at home, re-established."""
    run.playbook = "failback"
    _failback(run)
    run.do("snapmirror_info", volumes=list(NAMES), source=run.sides["paris"], destination=run.sides["lyon"])
    run.report(target="lyon")


def _failback(run: Run) -> None:
    phases = _phases(run)
    if run.bad or phases.get("unknown"):
        return
    if phases["failed_over"]:
        run.do("snapmirror_reverse", volumes=phases["failed_over"], timeout=TIMEOUT_S, **run.back)
        if run.bad:
            return
        phases = _phases(run)
    coming, there = phases["reprotected"], [*phases["returning"], *phases["returned"]]
    if coming and not _bring_over(run, coming):
        return
    if coming or phases["returning"]:
        run.do(
            "snapmirror_break", volumes=[*coming, *phases["returning"]], quiesce_timeout=3600, manifest=run.manifest,
            timeout=TIMEOUT_S, **run.back,
        )  # fmt: skip
    if coming or there:
        if run.bad:
            return
        run.do(
            "volume_presentation", state="applied", volumes=[*coming, *there], manifest=run.manifest,
            destination=run.sides["paris"], source_svm="svm_paris", named_by="destination",
        )  # fmt: skip
        if run.bad:
            return
        _forward_again(run, [*coming, *there])
    if run.bad:
        return
    cleaned = _forward_again(run, list(NAMES), cleanup=True)
    changed = [one["volume"] for one in cleaned.get("results", []) if one["status"] == "changed"]
    if changed and not run.bad:
        run.do("snapmirror_update", volumes=changed, wait=True, timeout=TIMEOUT_S, **run.forward)


def _phases(run: Run) -> dict[str, list[str]]:
    told = run.do("failover_info", volumes=list(NAMES), source=run.sides["paris"], destination=run.sides["lyon"])
    return told.get("phases", {})


def _bring_over(run: Run, coming: list[str]) -> bool:
    """What is not proven puts lyon back in service. A mirror that a run quiesced before it was cut off is left so."""
    seen = run.told[-1][2]["results"]
    running = [one["volume"] for one in seen if one["volume"] in coming and one.get("state") != "paused"]
    if running:
        run.do("snapmirror_update", volumes=running, wait=True, timeout=TIMEOUT_S, **run.back)
    if run.bad:
        return False
    where = {"source": run.sides["lyon"], "destination": run.sides["lyon"], "volumes": coming}
    fence = run.do("source_fence", **where)
    if not run.bad:
        times = fence["fence_times"]
        run.do("snapmirror_update", volumes=coming, wait=True, exported_not_before=times, timeout=TIMEOUT_S, **run.back)
    if run.bad:
        run.do("source_fence", state="absent", junction_paths=fence.get("junctions", {}), **where)
    return not run.bad


def _forward_again(run: Run, volumes: list[str], **options: Any) -> dict[str, Any]:
    return run.do(
        "snapmirror_reverse", volumes=volumes, source=run.sides["paris"], destination=run.sides["lyon"],
        named_by="source", timeout=TIMEOUT_S, **options,
    )  # fmt: skip


RUNBOOKS: Mapping[str, Callable[[Run], None]] = {"planned": planned, "unplanned": unplanned, "failback": failback}
