# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a backend could be failed over now, told without changing anything."""

from __future__ import annotations

import pytest

from tests.integration_sim.playbooks import arrays

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with arrays(tmp_path_factory.mktemp("ready"), ("paris", "lyon", "nice"), volumes=2) as running:
        assert running.play("replicate").returncode == 0
        running.control("clock", {"advance": 100})
        yield running


def test_a_fit_target_is_named_with_its_reason_and_each_doubt_with_its_remedy(site):
    told = site.play("readiness", rpo_s=30)
    assert (told.returncode, told.changed, told.writes) == (0, 0, []), told.output
    assert ": reachable, covers every volume, worst lag" in told.messages()
    assert "lag: warn: worst lag" in told.output
    assert "update the mirrors while the source lives" in told.output


def test_it_needs_no_source_and_skips_a_target_that_does_not_answer(site):
    site.shut_down("paris")
    site.shut_down("lyon")
    told = site.play("readiness", backend="paris")
    assert (told.returncode, told.writes) == (0, []), told.output
    assert "nice: reachable, covers every volume" in told.messages()
    assert "lyon: reachable: fail" in told.output


def test_it_fails_where_no_target_is_fit(site):
    told = site.play("readiness", backend="paris", target="lyon")
    assert told.returncode == 2
    assert "no target is fit" in told.messages() or "lyon" in told.messages()
