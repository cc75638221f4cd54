# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror policies on both clusters."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import by_volume, check_then_run_twice

PROTOCOLS = ("rest", "zapi")
RETENTION = [{"label": "weekly", "count": 4}, {"label": "daily", "count": 7}]
KEPT = {"name": "Daily", "comment": "ours", "retention": RETENTION}
DAILY = {**KEPT, "schedule": "daily", "throttle": 1000}


def policy(site, cluster, name="Daily"):
    return next(one for one in site.site.world.clusters[cluster].mirror_policies if one.name == name)


def test_a_policy_is_made_on_both_sides_and_mirrors_can_have_it(bench, protocol):
    site, declared = bench(volumes=1), {"rest": DAILY, "zapi": KEPT}[protocol]
    made = check_then_run_twice(site, "snapmirror_policy", **site.sides, **declared)
    assert [(step["verb"], step["side"]) for step in made["plan"]] == [
        ("policy_create", "source"),
        ("policy_create", "destination"),
    ]
    for cluster in ("paris", "lyon"):
        one = policy(site, cluster)
        assert (one.type, one.comment) == ("async", "ours")
        if protocol == "rest":
            assert (one.transfer_schedule.name, one.throttle) == ("daily", 1000)
        assert {(rule.label, rule.count) for rule in one.rules} == {("daily", 7), ("weekly", 4)}
        assert one.svm.name == f"svm_{cluster}"
    site.protect(policy="Daily")
    assert site.good("snapmirror_info", **site.sides)["mirrors"][0]["policy"] == "Daily"


def test_what_is_given_is_made_so_and_the_rest_is_left(bench):
    site = bench(volumes=1)
    site.good("snapmirror_policy", **site.sides, **KEPT)
    changed = check_then_run_twice(site, "snapmirror_policy", **site.sides, name="Daily", comment="theirs")
    assert [step["args"]["changes"] for step in changed["plan"]] == [{"comment": "theirs"}] * 2
    assert {rule.label for rule in policy(site, "lyon").rules} == {"daily", "weekly"}
    fewer = check_then_run_twice(site, "snapmirror_policy", **site.sides, name="Daily", retention=RETENTION[:1])
    assert [step["verb"] for step in fewer["plan"]] == ["policy_modify"] * 2


@pytest.mark.rest_only  # over ZAPI it is refused, as the next one says
def test_a_throttle_is_changed_alone(bench):
    site = bench(volumes=1)
    site.good("snapmirror_policy", **site.sides, **DAILY)
    changed = check_then_run_twice(site, "snapmirror_policy", **site.sides, name="Daily", throttle=50)
    assert [step["args"]["changes"] for step in changed["plan"]] == [{"throttle_kbps": 50}] * 2
    assert (policy(site, "lyon").throttle, policy(site, "lyon").comment) == (50, "ours")


def test_what_has_no_word_over_zapi_is_refused_by_name_before_anything_is_made(bench):
    site = bench(volumes=1)
    over = {side: {**params, "use_rest": "never"} for side, params in site.sides.items()}
    odd = [{"label": "daily", "count": 7, "prefix": "x"}]
    for declared, word in (
        (DAILY, "schedule and throttle_kbps cannot be set"),
        ({"name": "Quick", "type": "sync"}, "type sync cannot be set"),
        ({"name": "Odd", "retention": odd}, "prefix of a retention rule cannot be set"),
    ):
        refused = site.run("snapmirror_policy", **over, **declared)
        assert word in refused["msg"] and "needs REST" in refused["msg"]
        assert len(refused["failed_volumes"]) == 2
    assert site.writes() == []


def test_one_side_alone_will_do(bench):
    site = bench(volumes=1)
    check_then_run_twice(site, "snapmirror_policy", destination=site.sides["destination"], **KEPT)
    assert {request.cluster for request in site.requests()} == {"lyon"}
    assert "one of the following is required" in site.run("snapmirror_policy", **KEPT)["msg"]


def test_what_is_set_at_creation_only_is_refused_beside_the_other_side(bench):
    site = bench(volumes=1)
    site.good("snapmirror_policy", source=site.sides["source"], name="Quick", create_snapshot_on_source=False)
    refused = site.run("snapmirror_policy", **site.sides, name="Quick", create_snapshot_on_source=True)
    assert refused["failed_volumes"] == ["source:Quick"]
    assert "create_snapshot_on_source is False, not True" in refused["msg"]
    assert by_volume(refused)["destination:Quick"]["status"] == "changed"


def test_a_policy_of_the_whole_cluster_is_never_changed(bench):
    site = bench(volumes=1)
    same = site.good("snapmirror_policy", **site.sides, name="MirrorAllSnapshots")
    assert same["changed"] is False
    refused = site.run("snapmirror_policy", **site.sides, name="MirrorAllSnapshots", comment="mine")
    assert "belongs to the whole cluster" in refused["msg"] and site.writes() == []


@pytest.mark.rest_only  # ONTAPI has no word for it on any release
def test_what_an_older_release_does_not_know_is_refused_by_name(bench):
    site = bench(volumes=1)
    site.site.world.clusters["paris"].version = "9.10.1"
    refused = site.run("snapmirror_policy", **site.sides, name="Latest", copy_latest_source_snapshot=True)
    assert refused["failed_volumes"] == ["source:Latest"]
    assert "copy_latest_source_snapshot needs ONTAP 9.11.1" in refused["msg"]


@pytest.mark.rest_only  # schedules are refused before
def test_a_schedule_that_is_not_there_fails_with_what_the_array_says(bench):
    site = bench(volumes=1)
    failed = site.run("snapmirror_policy", **site.sides, name="Odd", schedule="never heard of")
    assert failed["failed_volumes"] == ["source:Odd", "destination:Odd"]
    assert "never heard of" in failed["msg"]
