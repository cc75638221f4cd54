# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""There and back again: planned failover, life at the other site, failback; all data comes home and nothing piles up."""

from __future__ import annotations

NAMES = ("vol0001", "vol0002")


def snapshots(site, cluster):
    return {name: len(site.volume(cluster, name).snapshots) for name in NAMES}


def move(site, backend_first, tmp_path):
    """Fence where it serves, bring the last changes over, break, mount: from paris to lyon, or back."""
    here, there = ("paris", "lyon") if backend_first else ("lyon", "paris")
    fence = site.good(
        "source_fence", source=site.site.params(here), volumes=list(NAMES), report_dir=str(tmp_path / here)
    )
    other = {
        "source_svm": f"svm_{here}",
        "destination": site.site.params(there),
        "named_by": "source" if backend_first else "destination",
    }
    assert set(fence["fence_times"]) == set(NAMES)
    site.good("snapmirror_update", **other, wait=True, timeout=36000, exported_not_before=fence["fence_times"])
    broken = site.good("snapmirror_break", **other, junction_paths=fence["junctions"])
    assert {one["writable"] for one in broken["results"]} == {True}


def turn(site, backend_first, **options):
    """The side that was left becomes the mirror; nothing may be lost, so nothing is accepted."""
    active, old = ("lyon", "paris") if backend_first else ("paris", "lyon")
    site.good(
        "snapmirror_reverse", source=site.site.params(active), destination=site.site.params(old), timeout=36000,
        named_by="destination" if backend_first else "source", **options,
    )  # fmt: skip


def write(site, cluster, marker):
    site.site.advance(30)
    with site.site.locked():
        for name in NAMES:
            site.volume(cluster, name).write(marker, via="nfs")


def test_ten_cycles_bring_all_data_home_and_leave_nothing_behind(bench, tmp_path):
    site = bench(volumes=2)
    site.protect()
    after_first = None
    for cycle in range(10):
        write(site, "paris", f"paris {cycle}")
        move(site, True, tmp_path)
        write(site, "lyon", f"lyon {cycle}")
        turn(site, True)
        write(site, "lyon", f"lyon {cycle} later")
        move(site, False, tmp_path)
        turn(site, False)
        turn(site, False, cleanup=True)
        site.good("snapmirror_update", **site.from_destination, wait=True, timeout=36000)
        left = (
            snapshots(site, "paris"),
            snapshots(site, "lyon"),
            len(site.site.world.clusters["paris"].relationships),
            len(site.site.world.clusters["paris"].source_entries),
            len(site.site.world.clusters["lyon"].relationships),
            len(site.site.world.clusters["lyon"].source_entries),
        )
        after_first = after_first or left
        assert left == after_first, cycle
    wanted = {
        f"{where} {cycle}{later}"
        for cycle in range(10)
        for where, later in (("paris", ""), ("lyon", ""), ("lyon", " later"))
    }
    for name in NAMES:
        assert wanted <= set(site.volume("paris", name).content())
        assert site.volume("paris", name).junction == f"/{name}"
    info = site.good("snapmirror_info", **site.sides)
    assert {one["state"] for one in info["mirrors"]} == {"snapmirrored"}
    assert info["orphans"] == []


def test_an_update_that_does_not_bring_the_last_writes_over_has_failed(bench, tmp_path):
    site = bench(volumes=1)
    site.protect()
    site.site.advance(60)
    args = {**site.from_destination, "wait": True, "timeout": 36000}
    never = {"vol0001": "2099-01-01T00:00:00Z"}
    foretold = site.good("snapmirror_update", check=True, **args, exported_not_before=never)
    assert [step["verb"] for step in foretold["plan"]] == ["update"]
    late = site.run("snapmirror_update", **args, exported_not_before=never)
    assert late["failed_volumes"] == ["vol0001"]
    assert "not proven" in late["msg"]
    bad = site.run("snapmirror_update", **args, exported_not_before={"vol0001": "yesterday"})
    assert "ISO 8601" in bad["msg"]
