# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source that only speaks ZAPI, a target that speaks REST: nobody above the gateways can tell."""

from __future__ import annotations

import pytest

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.unit.behaviour.bench import AGGREGATES

NAMES = ["vol0001", "vol0002"]


@pytest.fixture
def mixed(bench):
    """paris runs 9.5, lyon what is asked for; use_rest is left at auto."""
    pytest.importorskip("netapp_lib")

    def start(lyon="9.8.0"):
        world = scenario.from_counts(["paris", "lyon"], 2, SteppedClock(), faults=FaultBook())
        world.clusters["paris"].version, world.clusters["lyon"].version = "9.5.0", lyon
        return bench(world=world)

    return start


def protocols(site, cluster):
    return {"zapi" if entry.method == "ZAPI" else "rest" for entry in site.requests(cluster) if entry.status == 200}


def write(site, cluster, marker):
    with site.site.locked():
        for name in NAMES:
            site.volume(cluster, name).write(marker)


def test_an_old_source_is_protected_failed_over_and_brought_home(mixed, tmp_path):
    site = mixed()
    done = site.protect()
    assert len([one for one in done["warnings"] if "no schedule of its own" in one]) == 2
    assert (protocols(site, "paris"), protocols(site, "lyon")) == ({"zapi"}, {"rest"})
    assert [one for one in done["warnings"] if "over ZAPI" in one]
    info = site.good("snapmirror_info", **site.sides)
    assert [(one["state"], one["healthy"]) for one in info["mirrors"]] == [("snapmirrored", True)] * 2

    site.site.advance(60)
    write(site, "paris", "last write at home")
    fence = site.good("source_fence", source=site.site.params("paris"), volumes=NAMES, report_dir=str(tmp_path))
    last = {"wait": True, "timeout": 36000, "exported_not_before": fence["fence_times"]}
    site.good("snapmirror_update", **site.from_destination, **last)
    broken = site.good("snapmirror_break", **site.from_destination, junction_paths=fence["junctions"])
    assert {one["writable"] for one in broken["results"]} == {True}
    assert site.volume("lyon", "vol0001").content()[-1] == "last write at home"

    write(site, "lyon", "written at lyon")
    site.site.advance(60)
    home = {"source": site.site.params("lyon"), "destination": site.site.params("paris"), "timeout": 36000}
    site.good("snapmirror_reverse", **home, named_by="destination")
    assert site.volume("paris", "vol0001").type == "dp"
    assert site.volume("paris", "vol0001").content()[-1] == "written at lyon"
    assert {entry.method for entry in site.writes("paris")} == {"ZAPI"}


def test_releases_that_do_not_mirror_to_each_other_are_refused_by_the_array_and_named(mixed):
    site = mixed("9.12.1")
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    failed = site.run("snapmirror_relationship", **site.sides)
    assert failed["failed"] and failed["failed_volumes"] == NAMES
    assert "9.5.0" in failed["msg"] and "9.12.1" in failed["msg"]
    assert site.site.world.clusters["lyon"].relationships == {}
