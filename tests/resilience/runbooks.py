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
        result = self.call(module, **{**self.shared, **args})
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
    seen = run.do("failover_info", volumes=list(NAMES), source=run.sides["paris"], destination=run.sides["lyon"])
    left = seen.get("phases", {}).get("home", [])
    astray = [one for one in seen.get("results", []) if one["split_brain"] or one["phase"] in BETWEEN]
    if astray:
        run.told.append(("failover_info", {}, {"failed": True, "msg": "; ".join(one["msg"] for one in astray)}))
    fence: dict[str, Any] = {}
    if left and not run.bad:
        run.do("volume_presentation", volumes=left, source=run.sides["paris"], manifest=run.manifest)
    if not run.bad:
        fence = run.do("source_fence", volumes=list(NAMES), source=run.sides["paris"], destination=run.sides["lyon"])
    if left and not run.bad:
        times = fence["fence_times"]
        update = run.do(
            "snapmirror_update", volumes=left, wait=True, exported_not_before=times, timeout=TIMEOUT_S, **run.forward
        )
        gone = {one["volume"] for one in update.get("results", []) if one.get("state") == "broken_off"}
        left = [name for name in left if name not in gone]
    if run.bad:
        _serve_on(run, left, seen, fence)
        return
    _break_there(run, 3600, fence["junctions"])


def _serve_on(run: Run, left: list[str], seen: Mapping[str, Any], fence: Mapping[str, Any]) -> None:
    """The source is put back in service, and the mirrors go on that an earlier run had paused."""
    both = {"source": run.sides["paris"], "destination": run.sides["lyon"]}
    if left and (fence or set(left) & set(seen["fenced_at_home"])):
        paths = {name: path for name, path in fence.get("junctions", {}).items() if name in left}
        run.do("source_fence", state="absent", volumes=left, junction_paths=paths, **both)
    resting = [name for name in seen.get("paused_by_failover", []) if name in left]
    if resting:
        run.do("snapmirror_relationship", volumes=resting, relationship_state="active", **both)


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
    run.report(target="lyon")


def _failback(run: Run) -> None:
    """Until the first break a gate holds for all volumes; from then on each goes its own way."""
    told = run.do("failover_info", volumes=list(NAMES), source=run.sides["paris"], destination=run.sides["lyon"])
    phases = told.get("phases", {})
    if run.bad or phases["unknown"]:
        return
    moving, returning = [*phases["failed_over"], *phases["reprotected"]], phases["returning"]
    paused = [one["volume"] for one in told["results"] if one.get("fenced") and one.get("state") == "paused"]
    coming = moving if moving and _mirrored_back(run, moving, paused) else []
    leaving = _leave(run, coming, returning, paused) if coming or returning else []
    up = list(phases["returned"])
    if leaving:
        up += good(
            run.do(
                "snapmirror_break", volumes=leaving, quiesce_timeout=3600, manifest=run.manifest, timeout=TIMEOUT_S,
                **run.back,
            )
        )  # fmt: skip
    served = good(_present_at_home(run, up)) if up else []
    again = _forward_again(run, served) if served else {}
    _tidy_up(run, served, [*told["settled"], *(one["volume"] for one in again.get("results", []) if replicates(one))])


def good(result: Mapping[str, Any]) -> list[str]:
    """Volumes that are where the module was to bring them."""
    return [one["volume"] for one in result.get("results", []) if one["status"] in ("ok", "changed")]


def replicates(one: Mapping[str, Any]) -> bool:
    return one.get("state") in ("snapmirrored", "in_sync")


def _mirrored_back(run: Run, moving: list[str], paused: list[str]) -> bool:
    """Whether little is left to bring over; all this happens while lyon serves."""
    turned = run.do("snapmirror_reverse", volumes=moving, timeout=TIMEOUT_S, **run.back)
    if unfinished(turned):
        return False
    running = [name for name in moving if name not in paused]
    if not running:
        return True
    return not unfinished(run.do("snapmirror_update", volumes=running, wait=True, timeout=TIMEOUT_S, **run.back))


def _leave(run: Run, coming: list[str], returning: list[str], paused: list[str]) -> list[str]:
    """What may be broken at home. What is not proven puts lyon back in service, but for what was broken before."""
    where = {"source": run.sides["lyon"], "destination": run.sides["lyon"]}
    fence = run.do("source_fence", volumes=[*coming, *returning], **where)
    update: dict[str, Any] = {}
    if coming and not unfinished(fence):
        update = run.do(
            "snapmirror_update", volumes=coming, wait=True, exported_not_before=fence["fence_times"], timeout=TIMEOUT_S,
            **run.back,
        )  # fmt: skip
    if not unfinished(fence) and not unfinished(update):
        return good(fence)
    gone = [one["volume"] for one in update.get("results", []) if one.get("state") == "broken_off"]
    back = [name for name in coming if name not in gone]
    held = [name for name in back if name in paused]
    if held:
        sides = {"source": run.sides["lyon"], "destination": run.sides["paris"], "lock": ""}
        run.do("snapmirror_relationship", volumes=held, relationship_state="active", **sides)
    if back:
        paths = {name: path for name, path in fence.get("junctions", {}).items() if name in back}
        run.do("source_fence", state="absent", volumes=back, junction_paths=paths, **where)
    return [name for name in returning if name in good(fence)]


def _present_at_home(run: Run, up: list[str]) -> dict[str, Any]:
    return run.do(
        "volume_presentation", state="applied", volumes=up, manifest=run.manifest, destination=run.sides["paris"],
        source_svm="svm_paris", named_by="destination",
    )  # fmt: skip


def _tidy_up(run: Run, served: list[str], settled: list[str]) -> None:
    if settled:
        cleaned = _forward_again(run, settled, cleanup=True)
        changed = [one["volume"] for one in cleaned.get("results", []) if one["status"] == "changed"]
        if changed:
            run.do("snapmirror_update", volumes=changed, wait=True, timeout=TIMEOUT_S, **run.forward)
    looked_at = sorted({*settled, *served})
    if looked_at:
        run.do("snapmirror_info", volumes=looked_at, source=run.sides["paris"], destination=run.sides["lyon"])


def _forward_again(run: Run, volumes: list[str], **options: Any) -> dict[str, Any]:
    return run.do(
        "snapmirror_reverse", volumes=volumes, source=run.sides["paris"], destination=run.sides["lyon"],
        named_by="source", timeout=TIMEOUT_S, **options,
    )  # fmt: skip


RUNBOOKS: Mapping[str, Callable[[Run], None]] = {"planned": planned, "unplanned": unplanned, "failback": failback}
