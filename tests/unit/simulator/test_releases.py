# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release of ONTAP lacks: REST before 9.6, and mirrors with releases that are too far away."""

from __future__ import annotations

import pytest
import requests

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.model import releases
from tests.simulator.testing import running
from tests.unit.simulator.model_helpers import make_mirror, refused, small_world
from tests.unit.simulator.zapi_client import Zapi, text


@pytest.mark.parametrize(
    "one, other, works",
    [
        ("9.5", "9.5", True),
        ("9.5", "9.8", True),
        ("9.8", "9.5", True),
        ("9.5", "9.10.1", True),
        ("9.5", "9.12.1", False),
        ("9.4", "9.5", True),
        ("9.4", "9.8", False),
        ("9.3", "9.8", True),
        ("9.3", "9.9.1", False),
        ("9.7", "9.12.1", True),
        ("9.7", "9.13.1", False),
        ("9.8", "9.17.1", True),
        ("9.7", "9.17.1", False),
        ("9.13.1", "9.17.1", True),
    ],
)
def test_which_releases_mirror_to_each_other(one, other, works):
    assert (releases.problem(one, other) is None) is works
    assert (releases.problem(other, one) is None) is works


def test_a_pair_that_is_not_compatible_is_refused_with_both_releases_named():
    world = small_world()
    world.clusters["paris"].version = "9.5"
    why = refused("13303841", make_mirror, world)
    assert "9.5" in why.message and "9.17.1" in why.message
    assert world.clusters["lyon"].relationships == {}


def test_before_9_6_there_is_no_rest_api_but_ontapi():
    world = scenario.from_counts(["paris"], 1, SteppedClock(), faults=FaultBook())
    world.clusters["paris"].version = "9.5"
    with running(world) as site:
        address = site.clusters["paris"]
        answer = requests.get(f"{address.url}/api/cluster", auth=(address.username, address.password), timeout=30)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (404, "text/html")
        assert text(Zapi(site, "paris").ask("system-get-ontapi-version"), "minor-version") == "150"
