# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""There and back again: planned failover, life at the other site, failback; all data comes home and nothing piles up."""

from __future__ import annotations

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock

PROTOCOLS = ("rest", "zapi")
VIA = {"vol0001": "nfs", "vol0002": "lun"}
NAMES = tuple(VIA)
PARIS = {
    "igroups": {"esx": {"os_type": "vmware", "initiators": ["iqn.1998-01.com.example:paris1"]}},
    "lun_maps": [{"lun": "vol0002/lun1", "igroup": "esx", "number": 7}],
    "volumes": {"vol0001": {"junction": "/vol0001"}, "vol0002": {"size": "5GB", "luns": {"lun1": {}, "lun2": {}}}},
}
LYON = {"igroups": {"esx_lyon": {"os_type": "vmware", "initiators": ["iqn.1998-01.com.example:lyon1"]}}}
RECOVERY_S = 13 * 3600
"""After so long deleted clones hold no snapshot of their parents any more."""
CLONES = {"purpose": "rehearsal"}


def sites():
    svms = {"paris": PARIS, "lyon": LYON}
    return scenario.from_dict(
        {
            "clusters": {
                name: {"aggregates": {f"aggr1_{name}": "1TB"}, "svms": {f"svm_{name}": svm}}
                for name, svm in svms.items()
            }
        },
        SteppedClock(),
    )


def of_site(site, cluster):
    """All that a cycle could pile up at one site."""
    there = site.site.world.clusters[cluster]
    svm = there.svms[f"svm_{cluster}"]
    return {
        "snapshots": {name: len(site.volume(cluster, name).snapshots) for name in NAMES},
        "mirrors": len(there.relationships),
        "records of mirrors": len(there.source_entries),
        "volumes": sorted(volume.name for volume in there.volumes() if not volume.is_svm_root),
        "clones": sorted(volume.name for volume in there.volumes() if volume.clone_of is not None),
        "LUN maps": [(one.volume.name, one.device.name, one.igroup.name, one.number) for one in svm.lun_maps],
        "export policies": sorted(svm.export_policies),
    }


def rehearse(site):
    """Clones of both mirrors, and away with them."""
    made = site.good("volume_clone", **site.from_destination, clone_name="rehearsal_{parent}", **CLONES)
    assert len(made["results"]) == len(NAMES)
    assert of_site(site, "lyon")["clones"] == [f"rehearsal_{name}" for name in NAMES]
    site.good("volume_clone", **site.from_destination, state="absent", **CLONES)


def move(site, backend_first, tmp_path):
    """Fence where it serves, bring the last changes over, break, mount, present: from paris to lyon, or back."""
    here, there = ("paris", "lyon") if backend_first else ("lyon", "paris")
    manifest = str(tmp_path / "manifest.json")
    if backend_first:
        site.good("volume_presentation", source=site.site.params(here), manifest=manifest)
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
    broken = site.good("snapmirror_break", **other, manifest=manifest)
    assert {one["writable"] for one in broken["results"]} == {True}
    maps = {"igroup_map": {"esx": "esx_lyon"}} if backend_first else {"source_svm": "svm_paris"}
    site.good("volume_presentation", state="applied", manifest=manifest, **{**other, **maps})


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
        for name, way in VIA.items():
            site.volume(cluster, name).write(marker, via=way)


def test_cycle_after_cycle_brings_all_data_home_and_leaves_nothing_behind(bench, protocol, tmp_path):
    cycles = {"rest": 10, "zapi": 4}[protocol]
    site = bench(world=sites())
    site.protect()
    after_first = None
    for cycle in range(cycles):
        write(site, "paris", f"paris {cycle}")
        rehearse(site)
        site.site.advance(RECOVERY_S)
        move(site, True, tmp_path)
        write(site, "lyon", f"lyon {cycle}")
        turn(site, True)
        write(site, "lyon", f"lyon {cycle} later")
        move(site, False, tmp_path)
        turn(site, False)
        turn(site, False, cleanup=True)
        site.good("snapmirror_update", **site.from_destination, wait=True, timeout=36000)
        left = of_site(site, "paris"), of_site(site, "lyon")
        after_first = after_first or left
        assert left == after_first, cycle
    assert [len(one["LUN maps"]) for one in after_first] == [1, 1]
    assert [one["clones"] for one in after_first] == [[], []]
    wanted = {
        f"{where} {cycle}{later}"
        for cycle in range(cycles)
        for where, later in (("paris", ""), ("lyon", ""), ("lyon", " later"))
    }
    for name in NAMES:
        assert wanted <= set(site.volume("paris", name).content())
    assert [site.volume("paris", name).junction for name in NAMES] == ["/vol0001", None]
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
