# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time as it is handed to the simulator; nothing in the model reads any other clock."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch, UTC."""

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass at once."""


class RealClock:
    """The machine's time, which the control route may push forward.

    rate: simulated seconds per real second.
    """

    def __init__(self, rate: float = 1.0) -> None:
        if rate <= 0:
            raise ValueError("time goes forward")
        self.rate = rate
        self._offset_s = 0.0
        self._started = time.time()

    def now(self) -> float:
        return self._started + (time.time() - self._started) * self.rate + self._offset_s

    def advance(self, seconds: float) -> None:
        self._offset_s += _forward(seconds)

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds) / self.rate)


class SteppedClock:
    """Time that stands still until a test moves it; whoever sleeps on it moves it."""

    def __init__(self, start: float = 1_760_000_000.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += _forward(seconds)

    def sleep(self, seconds: float) -> None:
        self.advance(max(0.0, seconds))


def _forward(seconds: float) -> float:
    if seconds < 0:
        raise ValueError("time does not go back")
    return seconds
