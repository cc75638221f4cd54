# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every write request of a run interrupted in every way: what is checked after the interruption, and after the next runs."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.resilience.runbooks import NAMES
from tests.resilience.scene import SITES, Scene, label, scene
from tests.resilience.strikes import KINDS, strikes

ROOT = Path(__file__).resolve().parents[2]
TIME_LIMIT_S = 60
SAMPLED_OF = 6
SCHEDULES_FIRED_S = 7200
LOCK_WORDS = ("lock", "unlock")


@dataclass(frozen=True)
class Case:
    """nth: the write request, from 1, of a run that nothing disturbs."""

    runbook: str
    nth: int
    word: str
    kind: str
    protocol: str = "rest"

    def __str__(self) -> str:
        return f"{self.runbook}-{self.nth:02d}-{self.word}-{self.kind}"


@dataclass(frozen=True)
class Undisturbed:
    """words: of the writes in their order.  shape: what they lead to."""

    words: tuple[str, ...]
    shape: dict[str, Any]


@functools.cache
def undisturbed(runbook: str, protocol: str = "rest") -> Undisturbed:
    with tempfile.TemporaryDirectory() as folder, scene(runbook, Path(folder), "strict", protocol) as site:
        done = site.run()
        assert not done.bad, done.complaints
        assert site.arrived()
        words = tuple(label(entry) for entry in site.site.journal.writes())
        assert words, "an empty row of cases would pass unseen"
        site.site.advance(SCHEDULES_FIRED_S)
        return Undisturbed(words, site.shape())


def cases(runbook: str, *kinds: str, protocol: str = "rest", sampled_of: int = SAMPLED_OF) -> list[Case]:
    """All of them with DATA_MOTION_ALL_INTERRUPTIONS=1 (`make resilience`); else every sixth, a different one per kind."""
    words = undisturbed(runbook, protocol).words
    wanted = kinds or KINDS
    every = [
        (position, Case(runbook, nth, word, kind, protocol))
        for position, kind in enumerate(wanted)
        for nth, word in enumerate(words, start=1)
    ]
    if os.environ.get("DATA_MOTION_ALL_INTERRUPTIONS"):
        return [case for _position, case in every]
    return [case for position, case in every if (case.nth + position) % sampled_of == 0]


def interrupt_and_run_again(case: Case, folder: Path) -> None:
    """The whole story of one case."""
    with scene(case.runbook, folder, protocol=case.protocol) as site:
        site.site.faults.arm(case.nth, strikes(site.site, case.protocol)[case.kind])
        if case.kind == "killed":
            killed_run(site)
        else:
            told_truth(site, site.run(watch=Watch(site)))
        assert site.site.faults.struck
        bring_back(site)
        took = site.hosts_write("between")
        nobody_writes_on_both_sides(site, took)
        complaints = next_run(site, case)
        assert not complaints, complaints
        all_is_well(site)
        site.site.journal.clear()
        third = site.run()
        assert not third.bad
        assert [module for module, _args, result in third.told if result["changed"]] == []
        assert [label(entry) for entry in site.site.journal.writes()] == []


def next_run(site: Scene, case: Case) -> list[str]:
    """What it complains of. Only a lock of which nobody can tell the owner is taken over by hand."""
    again = site.run(watch=Watch(site))
    if case.word == "lock" and any("an unknown run" in complaint for complaint in again.complaints):
        again = site.run(watch=Watch(site), take_over_lock=True)
    return again.complaints


def bring_back(site: Scene) -> None:
    """Whatever went down is up, but a site that was lost from the beginning."""
    site.site.clock.after = None
    for cluster in SITES:
        if not (site.runbook == "unplanned" and cluster == "paris"):
            site.site.up(cluster)


# ---- after the interrupted run


def nobody_writes_on_both_sides(site: Scene, took: dict[str, list[str]]) -> None:
    assert [name for name, where in took.items() if len(where) > 1] == []


def told_truth(site: Scene, run: Any) -> None:
    """The report says ok only of a run that got there, and names the volumes that did not."""
    report = site.report()
    assert report["ok"] is (not run.bad), (run.complaints, report)
    if report["ok"]:
        assert site.arrived()
    named = {name for _module, _args, result in run.told for name in result.get("failed_volumes") or ()}
    reported = {one["volume"] for one in report["volumes"] if one["status"] in ("failed", "refused", "unreachable")}
    assert named <= reported, (named, reported)


class Watch:
    """Looks at the arrays after each module: what it said of each volume is so."""

    def __init__(self, site: Scene) -> None:
        self.site = site

    def __call__(self, module: str, args: dict[str, Any], result: dict[str, Any], writes: list[Any]) -> None:
        if module == "volume_presentation" and args.get("state") != "applied":
            return  # writes a file only
        mine = [entry for entry in writes if label(entry) not in LOCK_WORDS]
        done = [entry for entry in mine if accepted(entry)]
        if done:
            assert result.get("changed") is True, (module, result)
        if not mine:
            assert not result.get("changed"), (module, result)
        if result.get("results") is None or module not in PROMISES:
            return
        good = [one["volume"] for one in result["results"] if one["status"] in ("ok", "changed")]
        wrong = [name for name in good if not PROMISES[module](self.site, args, name)]
        assert wrong == [], (module, result)
        assert set(args["volumes"]) - set(good) == set(result["failed_volumes"]) | _late(result)
        for one in result["results"]:
            for step in one.get("steps", ()):
                if step["status"] == "done" and one["status"] in ("ok", "changed", "failed", "unreachable"):
                    assert is_so(self.site, step), (module, step)


def accepted(entry: Any) -> bool:
    """ONTAPI says no in an answer that HTTP calls good."""
    good = entry.status is not None and entry.status < 300
    return good and (entry.method != "ZAPI" or 'status="passed"' in str(entry.response))


def _late(result: dict[str, Any]) -> set[str]:
    return {one["volume"] for one in result["results"] if one["status"] == "in_progress"}


def _fence(site: Scene, args: dict[str, Any], name: str) -> bool:
    cluster = site_of(args["source"])
    held = {one.name for one in site.volume(cluster, name).snapshots}
    if args.get("state") == "absent":
        return site.in_service(cluster, name) and f"data_motion_fence.svm_{cluster}" not in held
    return site.out_of_service(cluster, name) and f"data_motion_fence.svm_{cluster}" in held


def _broken(site: Scene, args: dict[str, Any], name: str) -> bool:
    cluster = site_of(args["destination"])
    volume, mirror = site.volume(cluster, name), site.mirror(cluster, name)
    return bool(mirror and mirror.state == "broken_off" and volume.type == "rw")


def _presented(site: Scene, args: dict[str, Any], name: str) -> bool:
    return args.get("state") != "applied" or site.in_service(site_of(args["destination"]), name)


def _replicates(site: Scene, args: dict[str, Any], name: str) -> bool:
    """One that is paused is left so, with a warning."""
    mirror = site.mirror(site_of(args["destination"]), name)
    return bool(mirror and mirror.state in ("snapmirrored", "paused"))


def _up_to_date(site: Scene, args: dict[str, Any], name: str) -> bool:
    """A run that was cut off may have quiesced it after its last update."""
    return bool(getattr(site.mirror(site_of(args["destination"]), name), "state", "") in ("snapmirrored", "paused"))


PROMISES = {
    "source_fence": _fence,
    "snapmirror_break": _broken,
    "volume_presentation": _presented,
    "snapmirror_reverse": _replicates,
    "snapmirror_update": _up_to_date,
}


def site_of(side: dict[str, Any]) -> str:
    return str(side["backend"])


def is_so(site: Scene, step: dict[str, Any]) -> bool:
    """Whether what a step said to have done is so now. Steps that later ones undo are proven by those."""
    svm, _rest, name = step["target"].partition(":")
    cluster = svm.replace("svm_", "")
    volume, mirror = site.volume(cluster, name), site.mirror(cluster, name)
    entries = site.site.world.clusters[cluster].source_entries.values()
    facts = {
        "mount": lambda: volume.junction is not None,
        "unmount": lambda: volume.junction is None,
        "lun_offline": lambda: not any(device.enabled for device in volume.devices),
        "lun_online": lambda: all(device.enabled for device in volume.devices),
        "lun_map": lambda: any(one.volume is volume for one in volume.svm.lun_maps),
        "quiesce": lambda: mirror.state in ("paused", "broken_off"),
        "break": lambda: mirror.state == "broken_off" and volume.type == "rw",
        "delete": lambda: mirror is None,
        "release": lambda: not any(one.source is volume for one in entries),
        "create": lambda: mirror is not None,
        "resync": lambda: mirror.state == "snapmirrored",
        "update": lambda: mirror.state in ("snapmirrored", "paused"),
    }
    return step["verb"] not in facts or facts[step["verb"]]()


# ---- after the next run


def all_is_well(site: Scene) -> None:
    """Where it should be, as after a run that nothing disturbed; all data; the report agrees."""
    assert site.arrived()
    site.site.advance(SCHEDULES_FIRED_S)
    assert site.shape() == undisturbed(site.runbook, site.protocol).shape
    with site.site.locked():
        for name in NAMES:
            content = site.volume(site.active, name).content()
            assert [marker for marker in site.written[name] if marker not in content] == []
            assert not any(marker.startswith("lost") for marker in content)
    report = site.report()
    assert report["ok"] is True
    assert sorted({one["volume"] for one in report["volumes"]}) == sorted(NAMES)
    assert {one["status"] for one in report["volumes"]} <= {"ok", "changed"}
    assert set(site.hosts_write("after")) == set(NAMES)


# ---- a controller that is killed


class Controller:
    """The process whose children run modules, kept from case to case since its imports take longest."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.resilience.driver"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()  # type: ignore[union-attr]
        self.process.wait(TIME_LIMIT_S)


_controllers: list[Controller] = []


def controller() -> Controller:
    if not _controllers:
        _controllers.append(Controller())
    return _controllers[0]


def close_controllers() -> None:
    while _controllers:
        _controllers.pop().close()


def killed_run(site: Scene) -> None:
    """By SIGKILL, at the moment when the write arrives; the array does it all the same."""
    told = site.folder / "told.jsonl"
    job = {**site.job, "control": site.site.control_url, "now": site.site.clock.now(), "out": str(told)}
    hand = controller()
    hand.tell(job)
    site.site.faults.victim.is_now(hand.hear()["pid"])
    assert hand.hear() == {"status": -9}
    ended = [event for event in site.journal_events() if event["event"] == "step_ended"] if _has_journal(site) else []
    untrue = [event for event in newest_of_each(ended) if event["status"] == "done" and not is_so(site, event)]
    assert untrue == []


def _has_journal(site: Scene) -> bool:
    return (site.folder / "reports" / "journal.jsonl").exists()


def newest_of_each(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the steps of a whole run only those of the last module; earlier ones were undone by later ones on purpose."""
    last = events[-1]["module"] if events else ""
    run: list[dict[str, Any]] = []
    for event in reversed(events):
        if event["module"] != last:
            break
        run.append(event)
    return run
