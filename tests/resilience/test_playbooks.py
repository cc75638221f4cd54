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
        await_that(lambda: site.control("faults")["faults"][0]["fired"] > 0 or run.poll() is not None)
        assert run.poll() is None, (site.folder / "killed.txt").read_text(encoding="utf-8")
        for pid in family(run.pid):
            os.kill(pid, signal.SIGKILL)
        run.wait()
    path = rule["path"].rstrip("*")
    await_that(lambda: len([one for one in site.journal()[done_before:] if hit(one, rule, path)]) >= rule["nth"])
    site.no_faults()


def family(pid: int) -> list[int]:
    """The process and all below it, parents first: Ansible's workers have sessions of their own."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def hit(request: Any, rule: dict[str, Any], path: str) -> bool:
    return (request.cluster, request.method) == (rule["cluster"], rule["method"]) and request.path.startswith(path)


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
    """A planned failover killed in its fence, its second run killed at a break, and the third."""
    with arrays(tmp_path_factory.mktemp("killed"), volumes=3) as site:
        home = site.junctions("paris")
        assert site.play("replicate").returncode == 0
        assert site.write("paris", "vol0001", "before")
        kill_at(
            site, "failover", {"cluster": "paris", "method": "PATCH", "path": "/storage/volumes/*", "nth": 2},
            mode="planned",
        )  # fmt: skip
        half = [name for name, junction in site.junctions("paris").items() if junction]
        kill_at(
            site, "failover", {"cluster": "lyon", "method": "PATCH", "path": "/snapmirror/relationships/*", "nth": 5},
            mode="planned",
        )  # fmt: skip
        broken = sorted(volume["type"] for volume in site.volumes("lyon").values())
        real = site.play("failover", mode="planned", **EXTRA)
        yield site, home, half, broken, real, report(site), site.play("failover", mode="planned", **EXTRA)


def nothing_more(play: Play) -> bool:
    return (play.returncode, play.changed, play.writes) == (0, 0, [])


def test_a_failover_killed_twice_is_finished_by_the_third_run(there):
    site, home, half, broken, real, _told, again = there
    assert len(half) < 3
    assert "rw" in broken
    assert real.returncode == 0, real.output
    assert site.junctions("lyon") == home
    assert set(site.junctions("paris").values()) == {None}
    assert "before" in site.volumes("lyon")["vol0001"]["markers"]
    assert nothing_more(again), again.output
    assert locks(site) == []


def test_its_report_tells_what_was_found_and_finished(there):
    _site, _home, _half, _broken, _real, told, _again = there
    assert told["ok"] is True
    assert {volume["status"] for volume in told["volumes"]} <= {"ok", "changed"}
    assert "unmount" in {verb for _volume, verb in unproven(told)}
    assert "break" in {verb for _volume, verb in unproven(told)}


@pytest.fixture(scope="module")
def back(there):
    """A failback killed while the mirrors to lyon are made again, and the run after it."""
    site = there[0]
    for name in there[1]:
        assert site.write("lyon", name, f"at lyon {name}")
    kill_at(
        site, "failback", {"cluster": "lyon", "method": "POST", "path": "/snapmirror/relationships", "nth": 2}
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
