# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where volumes are active, from what both arrays show and from nothing else."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import by_volume

PROTOCOLS = ("rest", "zapi")


def phases(site):
    told = site.good("failover_info", **site.sides)
    return {phase: names for phase, names in told["phases"].items() if names}


def fence(site, cluster, **options):
    return site.good("source_fence", source=site.site.params(cluster), **options)


def turn_back(site, **options):
    lyon, paris = site.site.params("lyon"), site.site.params("paris")
    return site.run("snapmirror_reverse", source=lyon, destination=paris, timeout=36000, **options)


def update(site, **where):
    site.good("snapmirror_update", wait=True, timeout=36000, **where)


@pytest.fixture
def moved(bench):
    """A planned failover."""
    site = bench(volumes=1)
    site.protect()
    site.site.advance(60)
    fence(site, "paris")
    update(site, **site.from_destination)
    site.good("snapmirror_break", **site.from_destination)
    return site


def test_the_whole_way_there_and_back(bench, moved, tmp_path):
    site = moved
    back = {"source_svm": "svm_lyon", "destination": site.site.params("paris"), "named_by": "destination"}
    assert phases(site) == {"failed_over": ["vol0001"]}
    turn_back(site)
    assert phases(site) == {"reprotected": ["vol0001"]}
    fence(site, "lyon", report_dir=str(tmp_path))
    assert phases(site) == {"reprotected": ["vol0001"]}
    update(site, **back)
    site.good("snapmirror_break", **back)
    assert phases(site) == {"returning": ["vol0001"]}
    fault = site.site.faults.add(action="refuse", verb="snapmirror.resync", code="13303841", message="no")
    there = {"source": site.site.params("paris"), "destination": site.site.params("lyon"), "named_by": "source"}
    assert site.run("snapmirror_reverse", **there)["failed_volumes"] == ["vol0001"]
    assert phases(site) == {"returned": ["vol0001"]}
    site.site.faults.remove(fault)
    site.good("snapmirror_reverse", **there, timeout=36000)
    assert phases(site) == {"home": ["vol0001"]}


@pytest.mark.parametrize("verb", ["snapmirror.create", "snapmirror.resync"])
def test_a_reversal_that_stopped_half_way_is_still_failed_over(moved, verb):
    moved.site.faults.add(action="refuse", verb=verb, code="13303841", message="no")
    assert turn_back(moved)["failed_volumes"] == ["vol0001"]
    assert phases(moved) == {"failed_over": ["vol0001"]}


def test_a_site_that_comes_back_serving_is_a_split_brain_danger_and_is_left_alone(bench):
    site = bench(volumes=2)
    site.protect()
    site.good("snapmirror_break", **site.from_destination)
    site.forget_traffic()
    told = site.good("failover_info", **site.sides)
    assert told["split_brain"] == ["vol0001", "vol0002"]
    assert "split-brain danger: svm_paris:vol0001 takes writes" in told["warnings"][0]
    assert by_volume(told)["vol0001"]["active"] == "svm_lyon:vol0001"
    info = site.good("snapmirror_info", **site.sides)
    assert any("split-brain danger: svm_paris:vol0002" in warning for warning in info["warnings"])
    assert site.writes() == []
    fence(site, "paris")
    assert site.good("failover_info", **site.sides)["split_brain"] == []
    assert site.good("snapmirror_info", **site.sides)["warnings"] == []


def test_volumes_that_were_never_mirrored_are_at_home(bench):
    site = bench(volumes=2)
    site.protect(volumes=["vol0001"])
    told = site.good("failover_info", **site.sides, volumes=["vol0001", "vol0002"])
    assert told["phases"]["home"] == ["vol0001", "vol0002"]
    assert (told["split_brain"], told["warnings"]) == ([], [])
