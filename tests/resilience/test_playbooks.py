# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook killed by SIGKILL in the middle of its work; the next run finishes it and its report tells so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration_sim.playbooks import TIME_LIMIT_S, Arrays, Play, arrays

pytestmark = pytest.mark.slow

EXTRA = {"backend": "paris", "confirm": "paris"}
HELD_S = 3
HELD = "fault: delay"
"""What the journal notes on the request that was held, once it is answered."""
LOOK_S = 0.05


def kill_at(site: Arrays, playbook: str, rule: dict[str, Any], **extra: Any) -> None:
    """Kills the run and its modules while the array holds the write that *rule* names; then the array does it."""
    site.fault(action="delay", args={"seconds": HELD_S}, **rule)
    done_before = len(site.journal())
    values = {"report_dir": site.folder / "reports", **EXTRA, **extra}
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(site.inventory)]
    command += [f"ontap.data_motion.{playbook}"]
    command += [part for name, value in values.items() for part in ("-e", f"{name}={value}")]
    settings = {**os.environ, **site.settings(site.folder / "killed.jsonl")}
    with (site.folder / "killed.txt").open("w", encoding="utf-8") as output:
        run = subprocess.Popen(
            command, env=settings, cwd=site.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )  # fmt: skip
        await_that(lambda: site.control("faults")["faults"][-1]["fired"] > 0 or run.poll() is not None)
        assert run.poll() is None, (site.folder / "killed.txt").read_text(encoding="utf-8")
        for pid in family(run.pid):
            os.kill(pid, signal.SIGKILL)
        run.wait()
    await_that(lambda: any(one.get("note") == HELD for one in site.control("journal")["entries"][done_before:]))
    site.no_faults()


def family(pid: int) -> list[int]:
    """The process and all below it, parents first: Ansible's workers have sessions of their own."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def await_that(true: Any) -> None:
    until = time.monotonic() + TIME_LIMIT_S
    while not true():
        assert time.monotonic() < until
        time.sleep(LOOK_S)


def report(site: Arrays) -> dict[str, Any]:
    return json.loads((site.folder / "reports" / "paris" / "report.json").read_text(encoding="utf-8"))


def unproven(told: dict[str, Any]) -> set[tuple[str, str]]:
    """Steps that a killed run began and could not say the end of."""
    return {
        (volume["volume"], step["verb"])
        for volume in told["volumes"]
        for step in volume["steps"]
        if step["status"] == "unproven"
    }


def locks(site: Arrays) -> list[str]:
    found = site.rest("lyon", "GET", "/protocols/nfs/export-policies?name=dm_lock*")
    return [one["name"] for one in found["records"]]


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A planned failover killed in its fence, its second run killed at a break, one without its update, and the last.

    Requests are for all three volumes at once; the one that is held is done by the array after the kill.
    """
    with arrays(tmp_path_factory.mktemp("killed"), volumes=3) as site:
        home = site.junctions("paris")
        assert site.play("replicate").returncode == 0
        assert site.write("paris", "vol0001", "before")
        kill_at(
            site, "failover", {"cluster": "paris", "method": "PATCH", "path": "/storage/volumes", "nth": 1},
            mode="planned",
        )  # fmt: skip
        half = [name for name, junction in site.junctions("paris").items() if junction]
        refused = {"code": "1", "message": "no"}
        site.fault(verb="snapmirror.break", target="svm_lyon:vol0002", action="refuse", args=refused)
        kill_at(
            site, "failover", {"cluster": "lyon", "method": "PATCH", "path": "/snapmirror/relationships", "nth": 2},
            mode="planned",
        )  # fmt: skip
        broken = {name for name, volume in site.volumes("lyon").items() if volume["type"] == "rw"}
        for mirror in site.rest("lyon", "GET", "/snapmirror/relationships?state=paused")["records"]:
            site.rest("lyon", "PATCH", f"/snapmirror/relationships/{mirror['uuid']}", {"state": "snapmirrored"})
        site.fault(verb="snapmirror.update", action="fail_transfer", args={"code": "1", "message": "line cut"})
        stopped = site.play("failover", mode="planned", **EXTRA)
        served = {name for name, junction in site.junctions("paris").items() if junction}
        found = unproven(report(site))
        site.no_faults()
        real = site.play("failover", mode="planned", **EXTRA)
        again = site.play("failover", mode="planned", **EXTRA)
        yield site, home, half, broken, real, report(site), again, (stopped, served, found)


def nothing_more(play: Play) -> bool:
    return (play.returncode, play.changed, play.writes) == (0, 0, [])


def test_a_failover_killed_twice_is_finished_by_the_third_run(there):
    site, home, half, broken, real, _told, again, _stopped = there
    assert len(half) < 3
    assert broken
    assert real.returncode == 0, real.output
    assert site.junctions("lyon") == home
    assert set(site.junctions("paris").values()) == {None}
    assert "before" in site.volumes("lyon")["vol0001"]["markers"]
    assert nothing_more(again), again.output
    assert locks(site) == []


def test_a_run_that_cannot_be_proven_puts_back_only_what_was_not_broken_before(there):
    home, broken, (stopped, served, _found) = there[1], there[3], there[-1]
    assert stopped.returncode == 2, stopped.output
    assert served == set(home) - broken == {"vol0002"}


def test_its_report_tells_what_was_found_and_finished(there):
    told = there[5]
    assert told["ok"] is True
    assert {volume["status"] for volume in told["volumes"]} <= {"ok", "changed"}
    _stopped, _served, found = there[-1]
    assert {"unmount", "break"} <= {verb for _volume, verb in found}


@pytest.fixture(scope="module")
def back(there):
    """A failback killed while the mirrors to lyon are made again, and the run after it."""
    site = there[0]
    for name in there[1]:
        assert site.write("lyon", name, f"at lyon {name}")
    kill_at(
        site, "failback", {"cluster": "lyon", "method": "POST", "path": "/snapmirror/relationships", "nth": 1}
    )  # fmt: skip
    served = site.junctions("paris")
    real = site.play("failback", **EXTRA)
    return served, real, report(site), site.play("failback", **EXTRA)


def test_a_killed_failback_is_finished_by_the_next_run(there, back):
    site, home = there[:2]
    served, real, told, again = back
    assert served == home
    assert real.returncode == 0, real.output
    assert site.junctions("paris") == home
    assert {volume["type"] for volume in site.volumes("lyon").values()} == {"dp"}
    content = {name: volume["markers"] for name, volume in site.volumes("paris").items()}
    assert all(f"at lyon {name}" in content[name] for name in home)
    assert "before" in content["vol0001"]
    assert told["ok"] is True
    assert "create" in {verb for _volume, verb in unproven(told)}
    assert nothing_more(again), again.output
    assert locks(site) == []
