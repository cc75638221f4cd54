# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays that refuse, fall silent, answer late or not at all."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import AGGREGATES, by_volume

PROTOCOLS = ("rest", "zapi")
MAKE = {"rest": ("POST", "/storage/volumes"), "zapi": ("ZAPI", "/zapi/volume-create")}
READ = {"rest": ("GET", "/storage/volumes"), "zapi": ("ZAPI", "/zapi/volume-get-iter")}


def make_targets(site, **options):
    return site.run("flexvol_mirror_target", **{**site.sides, "aggregate_map": AGGREGATES, **options})


def made(site, protocol):
    return [entry for entry in site.requests("lyon") if (entry.method, entry.path) == MAKE[protocol]]


def test_one_of_twenty_fails_and_the_rerun_does_only_that_one(bench, protocol):
    site = bench(volumes=20)
    fault = site.site.faults.add(
        action="fail_job", verb="volume.create", target="svm_lyon:vol0007", code="918194", message="no space"
    )
    result = make_targets(site)
    assert result["failed_volumes"] == ["vol0007"]
    assert result["changed"] is True
    assert "vol0007" in result["msg"] and "no space" in result["msg"]
    assert sum(one["status"] == "changed" for one in result["results"]) == 19
    site.site.faults.remove(fault)
    site.forget_traffic()
    again = make_targets(site)
    assert "failed" not in again
    assert (len(made(site, protocol)), len(site.writes())) == {"rest": (1, 1), "zapi": (1, 3)}[protocol]


BUNDLES, ONE_BY_ONE = "9.17.1", "9.9.1"
LOST = [
    (BUNDLES, "POST", "/storage/volumes", 1),
    (BUNDLES, "POST", "/snapmirror/relationships", 1),
    *((BUNDLES, "PATCH", "/snapmirror/relationships", nth) for nth in (1, 2, 3)),
    (BUNDLES, "PATCH", "/storage/volumes", 1),
    (ONE_BY_ONE, "POST", "/storage/volumes", 2),
    (ONE_BY_ONE, "POST", "/snapmirror/relationships", 2),
    (ONE_BY_ONE, "POST", "/snapmirror/relationships/*/transfers", 2),
    (ONE_BY_ONE, "PATCH", "/snapmirror/relationships/*", 2),
    (ONE_BY_ONE, "PATCH", "/storage/volumes/*", 2),
]


@pytest.mark.rest_only  # over ZAPI: test_zapi_adversity.py
@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
@pytest.mark.parametrize("version, method, path, nth", LOST)
def test_a_lost_answer_is_resolved_by_reading(bench, action, version, method, path, nth):
    site = bench(volumes=3)
    with site.site.locked() as world:
        world.clusters["lyon"].version = version
    site.site.faults.add(action=action, method=method, path=path, nth=nth)
    assert "failed" not in make_targets(site)
    site.good("snapmirror_relationship", **site.sides, schedule="", wait=True, timeout=36000)
    broken = site.good("snapmirror_break", **site.from_destination)
    assert {one["writable"] for one in broken["results"]} == {True}
    assert [entry.method for entry in site.requests() if entry.note == f"fault: {action}"] == [method]
    names = [volume.name for volume in site.site.world.clusters["lyon"].volumes() if not volume.is_svm_root]
    assert sorted(names) == ["vol0001", "vol0002", "vol0003"]


def test_a_write_that_was_done_is_not_sent_again(bench, protocol):
    site, (method, path) = bench(volumes=1), MAKE[protocol]
    site.site.faults.add(action="drop_after", method=method, path=path, nth=1)
    assert "failed" not in make_targets(site)
    assert len(made(site, protocol)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"action": "http_status", "status": 429, "retry_after": 2}, id="429 with Retry-After"),
        pytest.param({"action": "http_status", "status": 429}, id="429"),
        pytest.param({"action": "http_status", "status": 503, "retry_after": 2}, id="503 with Retry-After"),
        pytest.param({"action": "http_status", "status": 503, "body": "html"}, id="503 page"),
        pytest.param({"action": "html_page"}, id="HTML page"),
    ],
)
@pytest.mark.parametrize("asked", [READ, MAKE], ids=["read", "write"])
def test_a_busy_array_is_asked_again(bench, protocol, fault, asked):
    site, (method, path) = bench(volumes=2), asked[protocol]
    site.site.faults.add(**fault, method=method, path=path, nth=1)
    assert "failed" not in make_targets(site)


def test_a_hanging_transfer_is_aborted_and_the_volume_comes_up(bench):
    site = bench(volumes=2)
    site.protect()
    site.site.faults.add(action="hang_transfer", verb="snapmirror.update", target="svm_lyon:vol0001")
    site.good("snapmirror_update", **site.from_destination, volumes=["vol0001"])
    result = site.good("snapmirror_break", **site.from_destination, quiesce_timeout=60)
    step = by_volume(result)["vol0001"]["steps"][0]
    assert (step["verb"], step["msg"]) == ("quiesce", "aborted the running transfer")
    assert {one["writable"] for one in result["results"]} == {True}


def test_without_abort_a_hanging_transfer_fails_its_volume_only(bench):
    site = bench(volumes=2)
    site.protect()
    site.site.faults.add(action="hang_transfer", verb="snapmirror.update", target="svm_lyon:vol0001")
    site.good("snapmirror_update", **site.from_destination, volumes=["vol0001"])
    result = site.run("snapmirror_break", **site.from_destination, quiesce_timeout=60, on_quiesce_timeout="fail")
    assert result["failed_volumes"] == ["vol0001"]
    assert by_volume(result)["vol0002"]["writable"] is True


def test_a_failed_baseline_is_told(bench):
    site = bench(volumes=2)
    make_targets(site)
    site.site.faults.add(
        action="fail_transfer", verb="snapmirror.initialize", target="svm_lyon:vol0002", message="disk"
    )
    result = site.run("snapmirror_relationship", **site.sides, wait=True, timeout=36000)
    assert result["failed_volumes"] == ["vol0002"]
    assert by_volume(result)["vol0001"]["state"] == "snapmirrored"


def test_a_cluster_that_dies_on_the_way_is_unreachable_and_the_rerun_finishes(bench, protocol):
    site = bench(volumes=2, job_seconds=30)
    method, path = MAKE[protocol]
    site.site.faults.add(action="delay", method=method, path=path, nth=2, seconds=1)
    first = make_targets(site, volumes=["vol0001"])
    assert "failed" not in first
    site.site.down("lyon")
    down = make_targets(site)
    assert down["failed"] is True
    assert "refused" in down["msg"]
    site.site.up("lyon")
    assert "failed" not in make_targets(site)


@pytest.mark.rest_only  # no call of ONTAPI makes several volumes
@pytest.mark.parametrize("version", ["9.9.1", "9.10.1"])
def test_volumes_are_made_together_where_the_release_takes_several_at_once(bench, version):
    site = bench(volumes=60)
    with site.site.locked() as world:
        world.clusters["lyon"].version = version
    assert "failed" not in make_targets(site)
    assert len(made(site, "rest")) == (60 if version == "9.9.1" else 2)


def test_what_is_refused_together_is_asked_for_one_by_one(bench):
    site = bench(volumes=5)
    site.site.faults.add(action="refuse", verb="volume.create", target="svm_lyon:vol0003", code="918194", message="no")
    result = make_targets(site)
    assert result["failed_volumes"] == ["vol0003"]
    assert sum(one["status"] == "changed" for one in result["results"]) == 4
    names = [volume.name for volume in site.site.world.clusters["lyon"].volumes() if not volume.is_svm_root]
    assert sorted(names) == ["vol0001", "vol0002", "vol0004", "vol0005"]
