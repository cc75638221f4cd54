# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests may be under way at once: as many as the array bears, at most what the user allows."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable, Dict, Iterator

BUSY_SHARE = 0.5
"""What is left of the limit after the array said that it is too busy."""
SLOW_SHARE = 0.8
"""The same after an answer that took much longer than its like."""
SLOW_TIMES, SLOW_EXTRA_S = 3.0, 0.1
"""An answer is slow when it took so many times the best of its kind, and so much more."""
FORGETTING = 0.02
"""How fast the best time of a kind drifts to what is usual now."""


@dataclass
class Turn:
    """One request. answered: the array did its work.  busy: it has too much to do, or broke off.

    held: the array keeps its answer back until a job has ended, so how long it took says nothing about its load.
    """

    kind: str
    began_s: float
    held: bool
    answered: bool = False
    busy: bool = False


@dataclass
class Limiter:
    """Thread safe. Begins at *most*, gives way at once when the array is too busy or slows down, and grows back slowly.

    Requests that were under way when the limit was lowered say nothing about the lower one, so they do not lower it again.
    kinds: requests of one kind take about the same time on an array at rest.
    """

    most: int
    now: Callable[[], float]
    allowed: float = 0.0
    under_way: int = 0
    lowered_s: float = float("-inf")
    best_s: Dict[str, float] = field(default_factory=dict)
    _free: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.allowed = float(self.most)

    @contextmanager
    def turn(self, kind: str, held: bool = False) -> Iterator[Turn]:
        """Waits until one more request may be under way."""
        with self._free:
            self._free.wait_for(lambda: self.under_way < max(int(self.allowed), 1))
            self.under_way += 1
        turn = Turn(kind, self.now(), held)
        try:
            yield turn
        finally:
            with self._free:
                self.under_way -= 1
                self._learn(turn, self.now())
                self._free.notify_all()

    def _learn(self, turn: Turn, now_s: float) -> None:
        took_s = now_s - turn.began_s
        if turn.busy:
            self._lower(turn, BUSY_SHARE, now_s)
        elif turn.answered and not turn.held:
            self._compare(turn, took_s, now_s)

    def _compare(self, turn: Turn, took_s: float, now_s: float) -> None:
        best_s = min(self.best_s.get(turn.kind, took_s), took_s)
        self.best_s[turn.kind] = best_s + (took_s - best_s) * FORGETTING
        if took_s > SLOW_TIMES * best_s and took_s > best_s + SLOW_EXTRA_S:
            self._lower(turn, SLOW_SHARE, now_s)
        else:
            self.allowed = min(self.allowed + 1.0 / self.allowed, float(self.most))

    def _lower(self, turn: Turn, share: float, now_s: float) -> None:
        if turn.began_s >= self.lowered_s:
            self.allowed, self.lowered_s = max(self.allowed * share, 1.0), now_s
