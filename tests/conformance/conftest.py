# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the traffic of the foreign clients is kept."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import cinder_env
from tests.conformance.both import USE_REST, Site
from tests.conformance.support import Simulator, running, two_clusters
from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.testing import running as serving_here
from tests.tools import traffic
from tests.unit.simulator.hosts_world import hosts_world


def new_log(kind: str) -> Path:
    """A traffic log of its own. kind: "client" for what others send, "rejected" where refusals are meant."""
    return Path(os.environ[traffic.FOLDER]) / f"conformance-{uuid.uuid4().hex[:12]}.{kind}.jsonl"


@pytest.fixture
def client_log() -> Path:
    return new_log("client")


@pytest.fixture(scope="session")
def cinder_python() -> Path:
    try:
        return cinder_env.ensure()
    except cinder_env.NotInstallable as reason:
        pytest.skip(f"cinder cannot be installed on this machine: {reason}")


@pytest.fixture
def simulator(client_log: Path) -> Iterator[Simulator]:
    with running(client_log, *two_clusters(6)) as started:
        yield started


@pytest.fixture(params=list(USE_REST))
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Three volumes; `request.param` is the protocol that is tried."""
    world = scenario.from_counts(["paris", "lyon"], 3, SteppedClock(), faults=FaultBook())
    with serving_here(world, traffic="rejected") as served:
        yield Site(served, request.param)


@pytest.fixture
def hosts() -> Iterator[Site]:
    """LUNs and shares, tried over ZAPI."""
    with serving_here(hosts_world()) as served:
        yield Site(served, "zapi")


@pytest.fixture(params=list(USE_REST))
def serving(request: pytest.FixtureRequest) -> Iterator[Site]:
    """The same, tried over both."""
    with serving_here(hosts_world()) as served:
        yield Site(served, request.param)
