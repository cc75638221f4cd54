# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line starts a world in a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.testing import running
from tests.unit.behaviour.bench import Bench


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    """bench(volumes=3, **settings of the world): two peered clusters, paris and lyon."""
    with ExitStack() as stack:

        def start(volumes: int = 3, clusters: tuple[str, ...] = ("paris", "lyon"), **settings: Any) -> Bench:
            served = {"traffic": settings.pop("traffic", "strict"), "tls": settings.pop("tls", False)}
            world = settings.pop("world", None) or scenario.from_counts(
                list(clusters), volumes, SteppedClock(), faults=FaultBook(), **settings
            )
            return Bench(stack.enter_context(running(world, **served)), monkeypatch)

        yield start
