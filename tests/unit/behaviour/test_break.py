# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Break: writable, mounted where the source was, whatever state the mirror is in."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tests.simulator.model.snapshots import create as make_snapshot
from tests.unit.behaviour.bench import by_volume, check_then_run_twice

PROTOCOLS = ("rest", "zapi")


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


def written_hourly(bench):
    """One marker an hour, each in a snapshot of its own that reached lyon. The times are those between two markers."""
    site = bench(volumes=2)
    site.protect()
    times = []
    for hour in range(3):
        with site.site.locked():
            for name in ("vol0001", "vol0002"):
                site.volume("paris", name).write(f"hour {hour}")
        site.good("snapmirror_update", **site.from_destination, wait=True, timeout=36000)
        site.site.advance(60)
        times.append(datetime.fromtimestamp(site.site.clock.now(), timezone.utc).isoformat())
        with site.site.locked():
            for name in ("vol0001", "vol0002"):
                make_snapshot(site.volume("paris", name), f"user.{hour}")
        site.site.advance(3600)
    site.good("snapmirror_update", **site.from_destination, wait=True, timeout=36000)
    return site, times


def test_an_older_recovery_point_leaves_out_what_came_later(bench):
    site, times = written_hourly(bench)
    done = check_then_run_twice(site, "snapmirror_break", **site.from_destination, recovery_point=times[1])
    for name, result in by_volume(done).items():
        content = site.volume("lyon", name).content()
        assert ("hour 1" in content, "hour 2" in content) == (True, False)
        assert result["recovery_time"] <= times[1]
        assert result["writable"] is True


def test_a_recovery_point_before_the_first_snapshot_is_refused(bench):
    site, _times = written_hourly(bench)
    site.forget_traffic()
    result = site.run("snapmirror_break", **site.from_destination, recovery_point="2001-01-01T00:00:00Z")
    assert result["failed_volumes"] == ["vol0001", "vol0002"]
    assert "the oldest is" in result["msg"]
    assert site.writes() == []


def test_a_snapshot_that_is_not_there_is_refused_by_name(bench):
    site = bench(volumes=1)
    site.protect()
    result = site.run("snapmirror_break", **site.from_destination, snapshot="nosuch")
    assert "nosuch" in result["msg"] and by_volume(result)["vol0001"]["status"] == "refused"


def test_a_source_that_is_given_is_not_contacted(bench):
    site = bench(volumes=1)
    site.protect()
    site.forget_traffic()
    site.good("snapmirror_break", source={"svm": "svm_paris"}, destination=site.site.params("lyon"), check=True)
    site.good("snapmirror_break", **site.sides)
    assert site.requests("paris") == []
