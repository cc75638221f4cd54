# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line starts a world in a test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.testing import running
from tests.unit.behaviour.bench import Bench


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A file that says `PROTOCOLS = (...)` runs over each of them."""
    protocols = getattr(metafunc.module, "PROTOCOLS", ())
    if protocols and "protocol" in metafunc.fixturenames:
        metafunc.parametrize("protocol", protocols, indirect=True)


@pytest.fixture
def protocol(request: pytest.FixtureRequest) -> str:
    """How modules reach the arrays: rest, or zapi. What is marked rest_only, only REST can do."""
    chosen: str = getattr(request, "param", os.environ.get("DATA_MOTION_PROTOCOL", "rest"))
    if chosen != "rest" and request.node.get_closest_marker("rest_only"):
        pytest.skip("only over REST")
    return chosen


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, protocol: str) -> Iterator[Callable[..., Bench]]:
    """bench(volumes=3, **settings of the world): two peered clusters, paris and lyon."""
    if protocol == "zapi":
        pytest.importorskip("netapp_lib")
    with ExitStack() as stack:

        def start(volumes: int = 3, clusters: tuple[str, ...] = ("paris", "lyon"), **settings: Any) -> Bench:
            served = {"traffic": settings.pop("traffic", "strict"), "tls": settings.pop("tls", False)}
            world = settings.pop("world", None) or scenario.from_counts(
                list(clusters), volumes, SteppedClock(), faults=FaultBook(), **settings
            )
            site = stack.enter_context(running(world, **served))
            if protocol == "zapi":
                told = site.params
                monkeypatch.setattr(site, "params", lambda *names: {**told(*names), "use_rest": "never"})
            return Bench(site, monkeypatch)

        yield start
