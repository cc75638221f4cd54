# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a request may be repeated, and how long to pause before it."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Callable, Optional


@dataclass(frozen=True)
class Pace:
    """All that touches time or chance.

    now: seconds, monotonic.  wall: Unix seconds, for HTTP dates.
    spread: 0 to 1, keeps 16 workers from coming back at once.
    """

    sleep: Callable[[float], None]
    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    spread: Callable[[], float] = random.random


@dataclass(frozen=True)
class Retry:
    """Bounds for one call: by attempts and by time.

    attempts: how often a request is sent at most.  connect_attempts: the same while no connection comes about.
    budget_s: no attempt begins later than this after the first.
    """

    attempts: int = 5
    connect_attempts: int = 3
    first_delay_s: float = 0.5
    max_delay_s: float = 30.0
    budget_s: float = 120.0

    def delay_s(self, attempt: int, spread: float, asked_s: Optional[float] = None) -> float:
        """Pause after the *attempt*-th try (from 1); asked_s is the array's own wish (Retry-After)."""
        if asked_s is not None:
            return min(max(asked_s, 0.0), self.max_delay_s)
        grown: float = self.first_delay_s * 2 ** (attempt - 1) * (0.75 + spread / 2)
        return min(grown, self.max_delay_s)


def retry_after_s(text: Optional[str], wall_s: float) -> Optional[float]:
    """Seconds that a Retry-After header asks for (a number or an HTTP date); None where absent or unreadable."""
    if not text:
        return None
    try:
        return float(int(text))
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(text).timestamp() - wall_s, 0.0)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
