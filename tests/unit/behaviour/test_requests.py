# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a run may take."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import AGGREGATES

PROTOCOLS = ("rest", "zapi")
VOLUMES = {"rest": 200, "zapi": 60}
"""Over ZAPI each volume costs what its steps cost, so fewer tell as much."""
SNAPSHOTS = "/storage/volumes/*/snapshots"


def replicate(site):
    """What the role does, module by module."""
    peer = site.good("svm_peer", **site.sides)
    both = {**site.sides, "source_cluster": peer["source_cluster"]}
    targets = site.good("flexvol_mirror_target", **both, aggregate_map=AGGREGATES)
    site.good("snapmirror_relationship", **both)
    return targets


def test_fresh_and_unchanged_replication_stay_within_the_budget(bench, protocol, tmp_path):
    fresh, unchanged = {"rest": (60, 15), "zapi": (60 + 5 * VOLUMES["zapi"], 24)}[protocol]
    site = bench(volumes=VOLUMES[protocol])
    targets = replicate(site)
    assert len(site.requests()) <= fresh
    site.site.advance(3600)
    capture = {
        "source": site.sides["source"],
        "detail": "junctions",
        "volumes": [one["volume"] for one in targets["results"]],
        "manifest": str(tmp_path / "paris.json"),
    }
    site.good("volume_presentation", **capture)
    site.forget_traffic()
    replicate(site)
    site.good("volume_presentation", **capture)
    assert site.writes() == []
    assert len(site.requests()) <= unchanged


def test_a_failover_stays_within_the_budget(bench, protocol):
    writes = {"rest": 3 * VOLUMES["rest"] // 50 + 3, "zapi": 3 * VOLUMES["zapi"]}[protocol]
    site = bench(volumes=VOLUMES[protocol])
    site.protect()
    site.forget_traffic()
    result = site.good("snapmirror_break", **site.from_destination)
    assert {one["status"] for one in result["results"]} == {"changed"}
    assert len(site.writes()) <= writes
    assert len(site.requests()) - len(site.writes()) <= 40 - 3 * 4


def test_without_bulk_requests_each_volume_costs_what_its_steps_cost(bench):
    site = bench(volumes=20)
    with site.site.locked() as world:
        world.clusters["lyon"].version = "9.9.1"
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    site.good("snapmirror_relationship", **site.sides, schedule="", wait=True, timeout=36000)
    site.forget_traffic()
    site.good("snapmirror_break", **site.from_destination)
    assert len(site.writes()) == 3 * 20


@pytest.mark.parametrize("verb", ["snapmirror.quiesce", "snapmirror.break"])
def test_one_volume_that_fails_costs_the_others_nothing(bench, protocol, verb):
    volumes, writes = {"rest": (60, 3 * 2 + 3), "zapi": (20, 3 * 20)}[protocol]
    site = bench(volumes=volumes)
    site.protect()
    fault = {"action": "refuse", "verb": verb, "target": "svm_lyon:vol0007"}
    site.site.faults.add(**fault, code="13303818", message="not now")
    site.forget_traffic()
    result = site.run("snapmirror_break", **site.from_destination)
    assert result["failed_volumes"] == ["vol0007"]
    assert len(site.writes()) <= writes


@pytest.mark.rest_only  # it is about bundles
def test_a_fence_and_its_removal_stay_within_the_budget(bench, tmp_path):
    site = bench(volumes=60)
    args = {"source": site.sides["source"], "report_dir": str(tmp_path)}
    site.forget_traffic()
    site.good("source_fence", **args)
    assert [sum(one.path == path for one in site.writes()) for path in (SNAPSHOTS, "/storage/volumes")] == [2, 2]
    site.good("source_fence", **args, state="absent")
    assert sum(one.method == "DELETE" and one.path == SNAPSHOTS for one in site.writes()) == 2
    assert len(site.writes()) <= 12
    volumes = [volume for volume in site.site.world.clusters["paris"].volumes() if not volume.is_svm_root]
    assert len(volumes) == 60
    assert not [one.name for volume in volumes for one in volume.snapshots if "data_motion" in one.name]
