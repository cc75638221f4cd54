# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror policies on both clusters."""

from __future__ import annotations

from tests.unit.behaviour.bench import by_volume, check_then_run_twice

RETENTION = [{"label": "weekly", "count": 4}, {"label": "daily", "count": 7}]
DAILY = {"name": "Daily", "schedule": "daily", "throttle": 1000, "comment": "ours", "retention": RETENTION}


def policy(site, cluster, name="Daily"):
    return next(one for one in site.site.world.clusters[cluster].mirror_policies if one.name == name)


def test_a_policy_is_made_on_both_sides_and_mirrors_can_have_it(bench):
    site = bench(volumes=1)
    made = check_then_run_twice(site, "snapmirror_policy", **site.sides, **DAILY)
    assert [(step["verb"], step["side"]) for step in made["plan"]] == [
        ("policy_create", "source"),
        ("policy_create", "destination"),
    ]
    for cluster in ("paris", "lyon"):
        one = policy(site, cluster)
        assert (one.type, one.transfer_schedule.name, one.throttle, one.comment) == ("async", "daily", 1000, "ours")
        assert {(rule.label, rule.count) for rule in one.rules} == {("daily", 7), ("weekly", 4)}
        assert one.svm.name == f"svm_{cluster}"
    site.protect(policy="Daily")
    assert site.good("snapmirror_info", **site.sides)["mirrors"][0]["policy"] == "Daily"


def test_what_is_given_is_made_so_and_the_rest_is_left(bench):
    site = bench(volumes=1)
    site.good("snapmirror_policy", **site.sides, **DAILY)
    changed = check_then_run_twice(site, "snapmirror_policy", **site.sides, name="Daily", throttle=50)
    assert [step["args"]["changes"] for step in changed["plan"]] == [{"throttle_kbps": 50}] * 2
    assert (policy(site, "lyon").throttle, policy(site, "lyon").comment) == (50, "ours")
    fewer = check_then_run_twice(site, "snapmirror_policy", **site.sides, name="Daily", retention=RETENTION[:1])
    assert [step["verb"] for step in fewer["plan"]] == ["policy_modify"] * 2


def test_one_side_alone_will_do(bench):
    site = bench(volumes=1)
    check_then_run_twice(site, "snapmirror_policy", destination=site.sides["destination"], **DAILY)
    assert {request.cluster for request in site.requests()} == {"lyon"}
    assert "one of the following is required" in site.run("snapmirror_policy", **DAILY)["msg"]


def test_what_is_set_at_creation_only_is_refused_beside_the_other_side(bench):
    site = bench(volumes=1)
    site.good("snapmirror_policy", source=site.sides["source"], name="Quick", type="sync", sync_type="sync")
    refused = site.run("snapmirror_policy", **site.sides, name="Quick", type="async")
    assert refused["failed_volumes"] == ["source:Quick"]
    assert "type is sync, not async" in refused["msg"]
    assert by_volume(refused)["destination:Quick"]["status"] == "changed"


def test_a_policy_of_the_whole_cluster_is_never_changed(bench):
    site = bench(volumes=1)
    same = site.good("snapmirror_policy", **site.sides, name="MirrorAllSnapshots")
    assert same["changed"] is False
    refused = site.run("snapmirror_policy", **site.sides, name="MirrorAllSnapshots", throttle=7)
    assert "belongs to the whole cluster" in refused["msg"] and site.writes() == []


def test_what_an_older_release_does_not_know_is_refused_by_name(bench):
    site = bench(volumes=1)
    site.site.world.clusters["paris"].version = "9.10.1"
    refused = site.run("snapmirror_policy", **site.sides, name="Latest", copy_latest_source_snapshot=True)
    assert refused["failed_volumes"] == ["source:Latest"]
    assert "copy_latest_source_snapshot needs ONTAP 9.11.1" in refused["msg"]


def test_a_schedule_that_is_not_there_fails_with_what_the_array_says(bench):
    site = bench(volumes=1)
    failed = site.run("snapmirror_policy", **site.sides, name="Odd", schedule="never heard of")
    assert failed["failed_volumes"] == ["source:Odd", "destination:Odd"]
    assert "never heard of" in failed["msg"]
