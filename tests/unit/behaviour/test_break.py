# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Break: writable, mounted where the source was, whatever state the mirror is in."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import by_volume, check_then_run_twice


def test_every_volume_is_writable_and_mounted_at_its_sources_junction(bench):
    site = bench()
    site.protect()
    site.site.down("paris")
    real = check_then_run_twice(site, "snapmirror_break", **site.from_destination)
    for result in real["results"]:
        assert (result["state"], result["writable"]) == ("broken_off", True)
        assert result["mounted_at"] == f"/{result['volume']}"
        assert result["junction_basis"] == "comment"
    assert site.requests("paris") == []


def test_a_hanging_transfer_is_aborted_at_the_timeout(bench):
    site = bench(volumes=2)
    site.protect()
    with site.site.locked():
        site.volume("paris", "vol0001").write("new", size_bytes=10**6)
    site.good("snapmirror_update", **site.from_destination, volumes=["vol0001"])
    real = site.good("snapmirror_break", **site.from_destination, quiesce_timeout=30)
    assert {one["state"] for one in real["results"]} == {"broken_off"}


def test_quiescing_fifty_volumes_takes_as_long_as_one(bench):
    site = bench(volumes=50, transfer_rate=10**6)
    site.protect()
    with site.site.locked() as world:
        for volume in world.clusters["paris"].volumes():
            if not volume.is_svm_root:
                volume.write("new", size_bytes=10 * 10**6)
    site.good("snapmirror_update", **site.from_destination)
    began = site.site.clock.now()
    site.good("snapmirror_break", **site.from_destination, quiesce_timeout=600)
    assert 8 <= site.site.clock.now() - began <= 20


@pytest.mark.parametrize("how", ["refuse", "hang"])
def test_a_dead_source_changes_nothing(bench, how):
    site = bench(volumes=1)
    site.protect()
    site.site.down("paris", how=how)
    site.site.advance(40 * 86400)
    real = site.good("snapmirror_break", **site.from_destination)
    result = by_volume(real)["vol0001"]
    assert (result["state"], result["writable"]) == ("broken_off", True)
