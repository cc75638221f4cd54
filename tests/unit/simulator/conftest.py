# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites of made-up resources; tests that want the real world ask `running` for it themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.simulator.testing import RunningSite, running
from tests.unit.simulator.fakes import FAKES, Client, FakeWorld


@pytest.fixture
def serve() -> Iterator[Callable[..., RunningSite]]:
    """serve(world=None, **options of running): a site with the made-up resources."""
    with ExitStack() as stack:

        def start(world: Any = None, **options: Any) -> RunningSite:
            options = {"resources": FAKES, "traffic": "rejected", **options}
            return stack.enter_context(running(world or FakeWorld(), **options))

        yield start


@pytest.fixture
def site(serve: Callable[..., RunningSite]) -> RunningSite:
    return serve()


@pytest.fixture
def paris(site: RunningSite) -> Client:
    return Client(site)
