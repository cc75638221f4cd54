# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What will happen by itself, in the order of time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable


class Agenda:
    """Callbacks with the moment at which each is due; those of one moment keep their order."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, moment: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (moment, next(self._order), happen))

    def pop_due(self, now: float) -> tuple[float, Callable[[], None]] | None:
        """The next callback that is due by *now*, with its moment."""
        if not self._heap or self._heap[0][0] > now:
            return None
        moment, _order, happen = heapq.heappop(self._heap)
        return moment, happen
