# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a volume holds, told by markers: proof of what was kept and what was lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """One write. size_bytes: the space it takes; written_at: seconds since the epoch."""

    marker: str
    size_bytes: int
    written_at: float


Log = tuple[Mark, ...]
"""All writes in order; frozen, so that snapshots share it."""


def union_bytes(logs: Iterable[Log]) -> int:
    """The space of all that the logs hold, shared writes counted once."""
    return sum(mark.size_bytes for mark in marks(logs))


def missing_bytes(wanted: Iterable[Log], present: Iterable[Log]) -> int:
    """The space of what the *wanted* logs hold and the *present* ones do not."""
    return sum(mark.size_bytes for mark in marks(wanted) - marks(present))


def marks(logs: Iterable[Log]) -> set[Mark]:
    return {mark for log in logs for mark in log}
