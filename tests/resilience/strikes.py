# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong at the n-th write request of a run: the array, the line, or the controller."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from tests.simulator.clock import SteppedClock
from tests.simulator.faults import Fault, FaultBook
from tests.simulator.journal import is_write

OUTAGE_S = 20.0


class Strike(FaultBook):
    """A book with one fault that strikes once, at the *nth* write request to any cluster after `arm`."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0
        self._what: Callable[[str], Fault | None] | None = None
        self.struck = False
        self.victim = Victim()

    def arm(self, nth: int, what: Callable[[str], Fault | None]) -> None:
        self._left, self._what, self.struck = nth, what, False

    def consult_http(self, cluster: str, method: str, path: str) -> Fault | None:
        if self._what is not None and is_write(method, path):
            self._left -= 1
            if self._left == 0:
                what, self._what, self.struck = self._what, None, True
                return what(cluster)
        return super().consult_http(cluster, method, path)


class Victim:
    """The process of a controller that is to be killed."""

    def __init__(self) -> None:
        self._known = threading.Event()
        self._pid = 0

    def is_now(self, pid: int) -> None:
        self._pid = pid
        self._known.set()

    def kill(self) -> None:
        assert self._known.wait(20)
        os.kill(self._pid, signal.SIGKILL)


class Weather(SteppedClock):
    """A clock that calls back when somebody has slept past a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.after: tuple[float, Callable[[], None]] | None = None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.after is not None and self.now() >= self.after[0]:
            (_moment, happen), self.after = self.after, None
            happen()


def strikes(site: Any, protocol: str = "rest") -> dict[str, Callable[[str], Fault | None]]:
    """{kind: what happens at the write, on the simulator's own thread}. site: a RunningSite with a Strike."""

    def refuse(cluster: str) -> Fault:
        answer = {"status": 400, "code": "5308416"} if protocol == "rest" else {"status": 200, "code": "13001"}
        return Fault("http_status", {**answer, "message": "the array refuses this"})

    def go_down(cluster: str) -> None:
        asyncio.get_running_loop().create_task(site._site.set_down(cluster))

    def down(cluster: str) -> Fault:
        go_down(cluster)
        return Fault("drop_before")

    def outage(cluster: str) -> Fault:
        """The write is done, then the cluster is gone for a while."""
        go_down(cluster)
        site.clock.after = (site.clock.now() + OUTAGE_S, lambda: site.up(cluster))
        return Fault("drop_after")

    def kill(cluster: str) -> None:
        """The array does what the dying controller asked for last."""
        site.faults.victim.kill()

    return {
        "refused": refuse,
        "lost": lambda cluster: Fault("drop_after"),
        "dropped": lambda cluster: Fault("drop_before"),
        "down": down,
        "outage": outage,
        "killed": kill,
    }


KINDS = ("refused", "lost", "dropped", "down", "outage", "killed")
