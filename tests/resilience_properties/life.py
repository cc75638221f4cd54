# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One life of a backend: calls are made, and each is judged by the rules, by its own check mode and by its repetition."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.model.errors import Refused
from tests.simulator.testing import running
from tests.unit.behaviour.bench import Bench

from . import calls
from .calls import Call
from .rules import broken_rules, given_up_by
from .site import CLUSTERS, HOME, make_world, name_at, own_name
from .truth import Truth, look


class RuleBroken(AssertionError):
    """A module did what no run may do; the message has the story of the life so far."""


class Life:
    """report_dir: where fences are remembered.  traffic: as of `running`.  use_rest: how the arrays are reached."""

    def __init__(self, report_dir: Path, traffic: str | None = "strict", use_rest: str = "always") -> None:
        self.use_rest = use_rest
        self._stack = ExitStack()
        monkeypatch = self._stack.enter_context(pytest.MonkeyPatch.context())
        self.bench = Bench(self._stack.enter_context(running(make_world(), traffic=traffic)), monkeypatch)
        self.site = self.bench.site
        self.report_dir = str(report_dir)
        self.down: set[str] = set()
        self.story: list[str] = []
        self._written = 0
        self._given_up: frozenset[Any] = frozenset()
        self.judged = {"calls": 0, "good": 0, "checked": 0, "repeated": 0}

    def end(self) -> None:
        self._stack.close()

    # what happens beside the calls

    def params(self, cluster: str) -> dict[str, Any]:
        return {**self.site.params(cluster), "use_rest": self.use_rest}

    def volume(self, cluster: str, own: str) -> Any:
        """The simulator's volume that has this own name there, None where there is none."""
        return self.site.world.clusters[cluster].svms[f"svm_{cluster}"].volumes.get(name_at(cluster, own))

    def advance(self, seconds: float) -> None:
        self.story.append(f"{seconds} s pass")
        self.site.advance(seconds)

    def write(self, own: str) -> None:
        """Clients write wherever the volume is served."""
        with self.site.locked() as world:
            for cluster in CLUSTERS:
                volume = self.volume(cluster, own)
                if volume is None or cluster in self.down:
                    continue
                self._written += 1
                for via in ("nfs", "lun"):
                    try:
                        volume.write(f"{self._written} at {cluster} by {via}", via=via)
                        self.story.append(f"a write to {own} at {cluster} by {via}")
                    except Refused:
                        continue
            world.settle()

    def set_down(self, cluster: str) -> None:
        if cluster not in self.down:
            self.story.append(f"{cluster} goes down")
            self.down.add(cluster)
            self.site.down(cluster)

    def set_up(self) -> None:
        for cluster in sorted(self.down):
            self.story.append(f"{cluster} comes up")
            self.site.up(cluster)
        self.down.clear()

    def arm(self, fault: Mapping[str, Any]) -> None:
        self.story.append(f"fault: {dict(fault)}")
        self.site.faults.add(**fault)

    def disarm(self) -> None:
        if self.site.faults.rules():
            self.story.append("the faults are gone")
            self.site.faults.clear()

    # calls

    def do(self, call: Call) -> dict[str, Any]:
        """Makes the call and judges it; raises RuleBroken."""
        armed = bool(self.site.faults.rules())
        self.story.append(f"{call.module} {_shown(call)}")
        before = self._look()
        predicted = None if armed else self._check(call, before)
        self.bench.forget_traffic()
        result = self._run(call)
        self.story.append(f"  -> {_told(result)}")
        after = self._look()
        self.judged["calls"] += 1
        self._judge(broken_rules(before, after, call, result, self._given_up))
        self._given_up |= given_up_by(before, after, call)
        self._judge(self._traffic(call, result))
        if predicted is not None:
            self._judge(_differences(predicted, result))
            self.judged["checked"] += 1
        if not result.get("failed"):
            self.judged["good"] += 1
            if call.args.get("cleanup") and any(step["verb"] == "resync" for step in result["plan"]):
                return self.do(call)  # cleans up only where the direction is right already
            if not armed and call.repeatable and not _in_progress(result):
                self._again(call, after)
        return result

    def losses(self, call: Call) -> dict[str, Any]:
        """What the call would be refused for, as its check mode quotes it."""
        told = self._run(call, check=True)
        return {one["volume"]: one["loss"] for one in told.get("results", []) if one.get("loss") not in (None, "none")}

    def _look(self) -> Truth:
        with self.site.locked() as world:
            world.settle()
            return look(world)

    def _run(self, call: Call, check: bool = False) -> dict[str, Any]:
        return self.bench.run(call.module, check=check, width=1, **call.args)

    def _check(self, call: Call, before: Truth) -> dict[str, Any]:
        self.bench.forget_traffic()
        predicted = self._run(call, check=True)
        if self.bench.writes():
            self._judge([f"check mode wrote: {self.bench.writes()}"])
        if self._look().settled() != before.settled():
            self._judge(["check mode changed something"])
        return predicted

    def _traffic(self, call: Call, result: Mapping[str, Any]) -> list[str]:
        """Writes go only where the call may write, and are told; silent clusters are not even asked."""
        wrong = [
            f"{one.cluster} got {one.method} {one.path}"
            for one in self.bench.writes()
            if one.cluster not in call.clusters
        ]
        wrong += [f"{one} was asked" for one in call.silent if self.bench.requests(one)]
        accepted = [one for one in self.bench.writes() if one.accepted]
        if accepted and not result.get("changed", True):
            wrong.append(f"changed is false, but there were {[(one.method, one.path) for one in accepted]}")
        if not self.bench.writes() and not self.down and not self.site.faults.rules() and result.get("changed"):
            wrong.append("there were no writes, and changed is true")
        return wrong

    def _again(self, call: Call, before: Truth) -> None:
        self.bench.forget_traffic()
        again = self._run(call)
        self.judged["repeated"] += 1
        wrong = [f"a second time: {step}" for step in again.get("plan", ["no plan"])]
        if again.get("failed") or again.get("changed"):
            wrong.append(f"a second time: {again.get('msg')}, changed: {again.get('changed')}")
        if self.bench.writes():
            wrong.append(f"a second time it wrote: {[(one.method, one.path) for one in self.bench.writes()]}")
        self._judge(wrong)

    def _judge(self, wrong: list[str]) -> None:
        if wrong:
            raise RuleBroken("\n".join([*wrong, "", "The life so far:", *self.story]))


def _differences(predicted: Mapping[str, Any], real: Mapping[str, Any]) -> list[str]:
    """Where the real run did not plan what check mode told."""
    return [
        f"check mode told another {part}: {predicted.get(part)}, the run {real.get(part)}"
        for part in ("plan", "diff")
        if predicted.get(part) != real.get(part)
    ]


def _in_progress(result: Mapping[str, Any]) -> bool:
    return any(one["status"] == "in_progress" for one in result.get("results", []))


def _shown(call: Call) -> dict[str, Any]:
    """The options, without what does not matter to a reader."""
    shown = {name: value for name, value in call.args.items() if name not in ("timeout", "report_dir", "aggregate_map")}
    return {name: value.get("svm", value) if isinstance(value, dict) else value for name, value in shown.items()}


def _told(result: Mapping[str, Any]) -> str:
    if "results" not in result:
        return str(result.get("msg"))
    return "; ".join(
        f"{one['volume']} {one['status']} {[step['verb'] + ' ' + step['status'] for step in one['steps']]}"
        f"{' (' + one['msg'] + ')' if one['status'] not in ('ok', 'changed') else ''}"
        for one in result["results"]
    )


# -- what users do in several steps


def fence_times(result: Mapping[str, Any]) -> dict[str, str]:
    return {own_name("nice", name): time for name, time in result.get("fence_times", {}).items()}


def planned_move(life: Life, here: str, there: str, volumes: tuple[str, ...]) -> bool:
    """Fence where it is served, bring the last writes over, break, mount; back into service where a gate fails."""
    fenced = life.do(calls.fence(life.params, here, volumes, life.report_dir))
    if not fenced.get("failed"):
        carried = life.do(calls.update(life.params, here, there, volumes, fence_times(fenced)))
        if not carried.get("failed") and not _in_progress(carried):
            broken = life.do(calls.failover(life.params, here, there, volumes, quiesce_timeout=600))
            return not broken.get("failed")
    life.do(calls.unfence(life.params, here, volumes, life.report_dir))
    return False


def failback(life: Life, target: str, volumes: tuple[str, ...], accepted: Any = None) -> bool:
    """From failed over (or mirrored back already) to home, and the mirrors to the target again."""
    turned = life.do(calls.reverse(life.params, target, HOME, volumes, accepted))
    if turned.get("failed") or _in_progress(turned) or not planned_move(life, target, HOME, volumes):
        return False
    again = life.do(calls.reverse(life.params, HOME, target, volumes))
    if again.get("failed") or _in_progress(again):
        return False
    cleaned = life.do(calls.reverse(life.params, HOME, target, volumes, cleanup=True))
    return not cleaned.get("failed")
