# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fence, the manifest, and the choice of a target."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.unit.behaviour.bench import by_volume, check_then_run_twice

PROTOCOLS = ("rest", "zapi")


def test_the_fence_unmounts_and_its_memory_brings_everything_back(bench, tmp_path):
    site = bench()
    source = {"source": site.sides["source"], "report_dir": str(tmp_path)}
    fenced = check_then_run_twice(site, "source_fence", **source)
    assert fenced["junctions"] == {name: f"/{name}" for name in ("vol0001", "vol0002", "vol0003")}
    assert {site.volume("paris", name).junction for name in fenced["junctions"]} == {None}
    again = site.good("source_fence", **source)
    assert again["junctions"] == fenced["junctions"]
    check_then_run_twice(site, "source_fence", state="absent", **source)
    assert {name: site.volume("paris", name).junction for name in fenced["junctions"]} == fenced["junctions"]


def test_the_fence_remembers_before_its_first_write(bench, tmp_path):
    site = bench(volumes=1)
    site.site.faults.add(action="refuse", verb="volume.unmount", code="917536", message="busy")
    result = site.run("source_fence", source=site.sides["source"], report_dir=str(tmp_path))
    assert result["failed_volumes"] == ["vol0001"]
    assert json.loads((tmp_path / "fence-svm_paris.json").read_text())["junctions"] == {"vol0001": "/vol0001"}


def test_the_manifest_keeps_what_is_unmounted_now(bench, tmp_path):
    site = bench(volumes=2)
    manifest = tmp_path / "paris.json"
    capture = {"source": site.sides["source"], "manifest": str(manifest)}
    predicted = site.good("volume_presentation", check=True, **capture)
    assert not manifest.exists()
    first = site.good("volume_presentation", **capture)
    assert predicted["diff"] == first["diff"]
    assert (first["changed"], site.good("volume_presentation", **capture)["changed"]) == (True, False)
    site.good("source_fence", source=site.sides["source"], report_dir=str(tmp_path))
    site.good("volume_presentation", **capture)
    volumes = json.loads(manifest.read_text())["volumes"]
    assert {name: one["junction_path"] for name, one in volumes.items()} == {
        "vol0001": "/vol0001",
        "vol0002": "/vol0002",
    }
    assert site.site.clusters["paris"].password not in manifest.read_text()


def test_the_target_with_the_smallest_worst_lag_wins_and_a_dead_one_is_skipped(bench):
    site = bench(volumes=2, clusters=("paris", "lyon", "nice"))
    site.protect()
    nice = {"source": site.sides["source"], "destination": site.site.params("nice")}
    site.site.advance(600)
    site.good("flexvol_mirror_target", **nice, aggregate_map={"aggr1_paris": "aggr1_nice", "aggr2_paris": "aggr2_nice"})
    site.good("snapmirror_relationship", **nice, wait=True, timeout=36000, schedule="")
    targets = [{**site.site.params(name), "backend": name} for name in ("lyon", "nice")]
    best = site.good("replication_readiness", targets=targets, source_svm="svm_paris")
    assert best["target"] == "nice", best["reason"]
    assert (best["wanted"], best["coverage_basis"]) == (["vol0001", "vol0002"], "union")
    named = {"targets": targets, "source_svm": "svm_paris", "target": "lyon"}
    older = site.run("replication_readiness", **named)
    assert (older["failed"], older["newer_elsewhere"]) == (True, ["nice"])
    assert site.good("replication_readiness", **named, accept_older=True)["target"] == "lyon"
    assert "none of the targets" in site.run("replication_readiness", **{**named, "target": "rome"})["msg"]
    site.site.down("nice")
    best = site.good("replication_readiness", targets=targets, source_svm="svm_paris")
    assert best["target"] == "lyon"
    assert any("nice is skipped" in warning for warning in best["warnings"])
    site.site.down("lyon")
    assert "no target is fit" in site.run("replication_readiness", targets=targets, source_svm="svm_paris")["msg"]


def test_what_the_manifest_wants_and_no_target_has_is_named_and_does_not_stop_the_rest(bench, tmp_path):
    site = bench(volumes=2)
    site.good("volume_presentation", source=site.sides["source"], manifest=str(tmp_path / "m.json"))
    site.good(
        "flexvol_mirror_target",
        **site.sides,
        volumes=["vol0001"],
        aggregate_map={"aggr1_paris": "aggr1_lyon", "aggr2_paris": "aggr2_lyon"},
    )
    site.good("snapmirror_relationship", **site.sides, volumes=["vol0001"], wait=True, timeout=36000)
    target = {**site.site.params("lyon"), "backend": "lyon"}
    best = site.good(
        "replication_readiness", targets=[target], source_svm="svm_paris", manifest=str(tmp_path / "m.json")
    )
    assert (best["target"], best["coverage_basis"]) == ("lyon", "manifest")
    assert any("vol0002" in warning for warning in best["warnings"])
    broken = site.run("snapmirror_break", **site.from_destination, volumes=best["wanted"])
    assert broken["failed_volumes"] == ["vol0002"]
    assert by_volume(broken)["vol0001"]["writable"] is True


def test_a_target_is_fenced_under_the_names_of_the_backend(bench, tmp_path):
    site = bench(volumes=1)
    args = {"source": site.sides["source"], "names": {"vol0001": "own_name"}, "report_dir": str(tmp_path)}
    fenced = check_then_run_twice(site, "source_fence", **args)
    assert fenced["junctions"] == {"own_name": "/vol0001"}
    assert list(fenced["fence_times"]) == ["own_name"]
    assert {step["volume"] for step in fenced["plan"]} == {"own_name"}
    lifted = site.good("source_fence", **args, state="absent")
    assert [one["volume"] for one in lifted["results"]] == ["own_name"]
    assert site.volume("paris", "vol0001").junction == "/vol0001"


def test_what_is_better_known_before_the_night_is_told_with_its_remedy(bench, tmp_path):
    site = bench(volumes=2)
    site.protect()
    site.make_rw_volume(site.site.world.clusters["lyon"], "svm_lyon", "squatter")
    with site.site.locked():
        site.volume("lyon", "squatter").junction = "/vol0001"
    lyon = {**site.site.params("lyon"), "backend": "lyon"}
    found = site.good("replication_readiness", targets=[lyon], source_svm="svm_paris", lock="paris", lock_owner="a-1")
    results = {one["name"]: one["result"] for one in found["checks"]}
    assert results["junctions"] == "warn"
    assert {results[name] for name in ("reachable", "coverage", "state", "health", "peering", "rehearsal", "lock")} == {
        "pass"
    }
    assert all(one["remedy"] for one in found["checks"] if one["result"] != "pass")


def test_a_part_of_the_set_can_be_unfenced_from_the_memory_of_the_whole(bench, tmp_path):
    site = bench(volumes=2)
    source = {"source": site.sides["source"], "report_dir": str(tmp_path)}
    site.good("source_fence", **source)
    site.good("source_fence", **source, state="absent", volumes=["vol0002"])
    assert [site.volume("paris", name).junction for name in ("vol0001", "vol0002")] == [None, "/vol0002"]
    site.good("source_fence", **source, state="absent")
    assert site.volume("paris", "vol0001").junction == "/vol0001"


def test_a_manifest_captured_between_the_halves_of_a_fence_keeps_its_luns_online(bench, tmp_path):
    plan = {"clusters": {"paris": {"aggregates": {"aggr1_paris": "1TB"}, "svms": {"svm_paris": {"volumes": {
        "block": {"size": "2GB", "luns": {"lun1": {"size": "1GB"}}}}}}}}}  # fmt: skip
    site = bench(world=scenario.from_dict(plan, SteppedClock(), faults=FaultBook()))
    where = {"source": site.site.params("paris"), "report_dir": str(tmp_path)}
    capture = {**where, "manifest": str(tmp_path / "m.json")}
    site.good("volume_presentation", **capture)

    def enabled():
        (lun,) = site.good("volume_presentation", **capture)["manifest"]["volumes"]["block"]["luns"]
        return lun["enabled"]

    def stumble(verb, **options):
        fault = site.site.faults.add(action="refuse", verb=verb, code="1", message="no")
        assert site.run("source_fence", **where, **options)["failed_volumes"] == ["block"]
        site.site.faults.remove(fault)

    stumble("snapshot.create")
    assert [device.enabled for device in site.volume("paris", "block").devices] == [False]
    assert enabled() is True
    site.good("source_fence", **where)
    assert enabled() is True
    stumble("lun.online", state="absent")
    assert [device.enabled for device in site.volume("paris", "block").devices] == [False]
    assert enabled() is True
    site.good("source_fence", state="absent", **where)
    with site.site.locked():
        block = site.volume("paris", "block")
        block.set_devices(tuple(replace(device, enabled=False) for device in block.devices))
    assert enabled() is False, "its administrator took it offline, no fence did"
