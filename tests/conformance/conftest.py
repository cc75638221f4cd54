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
from tests.conformance.support import Simulator, running, two_clusters
from tests.tools import traffic


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
