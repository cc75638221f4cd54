# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks all traffic that a test run recorded against the published contract of ONTAP's API.

Whoever starts a simulator in a test has it log into a file of its own in the folder named by the environment
variable DATA_MOTION_TRAFFIC_DIR, as `<anything>.jsonl`. Tests that send illegal requests on purpose use
`<anything>.rejected.jsonl`: there, requests that were refused are not held against the contract. What a foreign
client sends goes into `<anything>.client.jsonl` and is not judged.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CHECKER = Path(__file__).resolve().parents[1] / "contract" / "check_traffic.py"
FOLDER = "DATA_MOTION_TRAFFIC_DIR"
REQUIRED = "DATA_MOTION_TRAFFIC_REQUIRED"
MOST_LINES = 60


@dataclass(frozen=True)
class Verdict:
    """violations: one line each, led by the log's name. exchanges: how many were looked at."""

    exchanges: int
    violations: list[str]


def check_folder(folder: Path) -> Verdict:
    """Check every log in *folder*; raises RuntimeError where the checker itself breaks."""
    logs = sorted(log for log in folder.rglob("*.jsonl") if not log.name.endswith(".client.jsonl"))
    lenient = [log for log in logs if log.name.endswith(".rejected.jsonl")]
    strict = [log for log in logs if log not in lenient]
    verdicts = [check(strict), check(lenient, "--ignore-rejected")]
    return Verdict(
        sum(verdict.exchanges for verdict in verdicts), [line for verdict in verdicts for line in verdict.violations]
    )


def check(logs: list[Path], *options: str) -> Verdict:
    """All in one go, as the contract takes long to load; one by one only to tell in which a violation is."""
    if not logs:
        return Verdict(0, [])
    command = [sys.executable, str(CHECKER), *options, *map(str, logs)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    if done.returncode not in (0, 1) or not lines or " exchanges, " not in lines[-1]:
        raise RuntimeError(f"{CHECKER.name} failed on {logs[0]} and others:\n{done.stdout}{done.stderr}")
    exchanges = int(lines[-1].split()[0])
    if done.returncode == 0:
        return Verdict(exchanges, [])
    if len(logs) > 1:
        return Verdict(exchanges, [line for log in logs for line in check([log], *options).violations])
    return Verdict(exchanges, [f"{logs[0].name}: {line}" for line in lines[:-1]])


def complaint(verdict: Verdict) -> str:
    """What is wrong with the traffic, as lines to print; empty if nothing is."""
    if verdict.exchanges == 0 and os.environ.get(REQUIRED):
        return "no traffic was recorded, so nothing is proved"
    if not verdict.violations:
        return ""
    more = len(verdict.violations) - MOST_LINES
    rest = [f"... and {more} more"] if more > 0 else []
    count = f"{verdict.exchanges} exchanges, {len(verdict.violations)} violations of the contract"
    return "\n".join([*verdict.violations[:MOST_LINES], *rest, count])


if __name__ == "__main__":
    seen = check_folder(Path(sys.argv[1]))
    print(complaint(seen) or f"{seen.exchanges} exchanges, no violations")
    sys.exit(1 if seen.violations else 0)
