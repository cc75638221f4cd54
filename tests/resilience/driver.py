# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that can be killed: python -m tests.resilience.driver

Reads one job per line, {runbook, sides, control, now, manifest, shared, out}, and forks for each a process that runs
the modules of the runbook. Prints {"pid"} before the process begins and {"status"} when it has ended; what its modules
returned is appended to the file *out*, one line each. Time is that of the simulator, which sleeping moves.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import urllib.request
from typing import Any

import pytest

from tests.resilience.runbooks import RUNBOOKS, Run
from tests.unit.behaviour.bench import Bench


class RemoteClock:
    """The simulator's stepped clock, moved by this process alone."""

    def __init__(self, control: str, now: float) -> None:
        self._control, self._now = control, now

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        body = json.dumps({"advance": max(0.0, seconds)}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self._control}/clock", body), timeout=30) as answer:
            self._now = json.load(answer)["now"]


class RemoteSite:
    """As much of a site as the bench needs to run modules."""

    def __init__(self, clock: RemoteClock) -> None:
        self.clock = clock


def carry_out(job: dict[str, Any]) -> None:
    bench = Bench(RemoteSite(RemoteClock(job["control"], job["now"])), pytest.MonkeyPatch())  # type: ignore[arg-type]
    with open(job["out"], "a", encoding="utf-8") as out:

        def call(module: str, **args: Any) -> dict[str, Any]:
            result = bench.run(module, _ansible_module_name=module, **args)
            out.write(json.dumps([module, result]) + "\n")
            out.flush()
            return result

        shared = {**job["shared"], "lock_owner": f"{os.uname().nodename}-{os.getpid()}"}
        RUNBOOKS[job["runbook"]](Run(call, job["sides"], job["manifest"], shared))


def main() -> None:
    for line in sys.stdin:
        wait, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(go)
            os.read(wait, 1)
            try:
                carry_out(json.loads(line))
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(70)
            os._exit(0)
        os.close(wait)
        print(json.dumps({"pid": pid}), flush=True)
        os.close(go)
        _pid, status = os.waitpid(pid, 0)
        print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    importlib.import_module("tests.conftest")  # makes the collection importable
    main()
