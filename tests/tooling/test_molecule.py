# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario of each role, from an empty simulated site to a verified one, run a second time without a change."""

from __future__ import annotations

import pytest

from tests.tooling.toolbox import ROOT, environment, run, tool

pytestmark = pytest.mark.tool
SCENARIOS = sorted(path.parent.name for path in (ROOT / "extensions" / "molecule").glob("*/molecule.yml"))


def test_there_is_a_scenario():
    assert SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario, tmp_path):
    run([tool("molecule"), "test", "--scenario-name", scenario], timeout_s=900, env=environment(tmp_path))
