# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From results of tasks to report.json: what wins when tasks disagree, and what no task may hide."""

from __future__ import annotations

import json

import pytest

from tests.unit.report import stories
from tests.unit.report.stories import at, event, events_of, report, result, stamp, step, task

KEYS = [
    "schema",
    "backend",
    "target",
    "playbook",
    "mode",
    "check_mode",
    "started",
    "ended",
    "ok",
    "coverage_basis",
    "volumes",
    "orphans",
    "notes",
    "warnings",
]
VOLUME_KEYS = [
    "volume",
    "source",
    "destination",
    "direction",
    "state",
    "healthy",
    "lag_s",
    "exported_snapshot",
    "rpo",
    "junction",
    "status",
    "msg",
    "steps",
]


def only(*tasks, **more):
    (one,) = report(*tasks, **more).volumes
    return one


def test_the_document_has_the_fields_of_its_schema():
    document = report(task(result("vol1"))).document
    assert list(document) == KEYS
    assert document["schema"] == 1
    assert [set(VOLUME_KEYS) - set(one) for one in document["volumes"]] == [set()]
    assert set(document["volumes"][0]) <= {*VOLUME_KEYS, "junction_assumed"}


def test_the_document_is_plain_json():
    document = stories.failover(5).document
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize(
    "statuses, wins",
    [
        (["ok"], "ok"),
        (["ok", "changed", "ok"], "changed"),
        (["changed", "in_progress", "ok"], "in_progress"),
        (["in_progress", "failed", "changed"], "failed"),
        (["ok", "refused", "in_progress"], "refused"),
        (["unreachable", "ok"], "unreachable"),
        (["refused", "failed"], "refused"),
    ],
)
def test_the_worst_status_wins(statuses, wins):
    one = only(*(task(result("vol1", status)) for status in statuses))
    assert one["status"] == wins


def test_every_failure_of_a_volume_is_told_and_of_the_rest_the_newest_message():
    bad = [task(result("vol1", "failed", msg=msg)) for msg in ("the fence failed", "it is still fenced")]
    assert only(*bad, task(result("vol1", msg="fine")))["msg"] == "the fence failed; it is still fenced"
    assert only(task(result("vol1", msg="old")), task(result("vol1", msg="new")), task(result("vol1")))["msg"] == "new"


def test_the_newest_known_fact_wins_and_unknown_hides_nothing():
    older = task(result("vol1", state="snapmirrored", lag_s=40, exported_snapshot="snap1", healthy=True))
    newer = task(result("vol1", state="broken_off", lag_s=None, exported_snapshot=None, healthy=None))
    one = only(older, newer)
    assert (one["state"], one["lag_s"], one["exported_snapshot"], one["healthy"]) == ("broken_off", 40, "snap1", True)


def test_a_mirror_that_is_gone_has_no_state_any_more():
    one = only(task(result("vol1", state="snapmirrored", healthy=True)), task(result("vol1", "changed", state=None)))
    assert (one["state"], one["healthy"]) == (None, None)


def test_results_and_mirrors_of_one_task_are_one_entry():
    mirror = {"volume": "vol1", "source": "svm_paris:vol1", "destination": "svm_lyon:vol1", "rpo": "breach", "lag_s": 9}
    one = only(task(result("vol1", lag_s=9), mirrors=[mirror]))
    assert (one["rpo"], one["status"]) == ("breach", "ok")


@pytest.mark.parametrize(
    "facts, rpo_s, verdict",
    [
        pytest.param({"lag_s": 10}, 60, "ok", id="within"),
        pytest.param({"lag_s": 60}, 60, "ok", id="just within"),
        pytest.param({"lag_s": 60.5}, 60, "breach", id="over"),
        pytest.param({"lag_s": 10}, None, "unknown", id="no objective"),
        pytest.param({"lag_s": None}, 60, "unknown", id="no lag"),
        pytest.param({"lag_s": None, "state": "uninitialized"}, 60, "breach", id="nothing to fail over to"),
        pytest.param({"state": "in_sync", "lag_s": None}, 60, "ok", id="in sync, so nothing lags"),
        pytest.param({"state": "out_of_sync", "lag_s": None}, 60, "unknown", id="out of sync, nobody knows since when"),
        pytest.param({"lag_s": 10, "rpo": "breach"}, 60, "breach", id="told by the task"),
        pytest.param({"lag_s": 10, "rpo": "unknown"}, 60, "ok", id="the task knew no objective"),
    ],
)
def test_rpo(facts, rpo_s, verdict):
    assert only(task(result("vol1", **facts)), rpo_s=rpo_s)["rpo"] == verdict


def test_a_verdict_on_an_older_lag_is_made_anew():
    older, newer = result("vol1", lag_s=900, rpo="breach"), result("vol1", lag_s=5)
    assert only(task(older), task(newer), rpo_s=60)["rpo"] == "ok"
    assert only(task(older), task(newer))["rpo"] == "unknown"


@pytest.mark.parametrize(
    "facts, check, junction",
    [
        pytest.param([{"junction": "/a"}], False, "/a", id="wanted"),
        pytest.param([{"junction": "/a", "mounted_at": "/b"}], False, "/b", id="where it is"),
        pytest.param([{"junction": "/a", "mounted_at": ""}], False, "", id="not mounted"),
        pytest.param([{"junction": "/a", "mounted_at": ""}], True, "/a", id="would be mounted"),
        pytest.param([{"junction": "/a", "mounted_at": None}], False, "/a", id="not looked at"),
        pytest.param([{"junction": "/a"}, {"junction": ""}], False, "/a", id="fenced already"),
        pytest.param([{"junction": ""}, {"mounted_at": "/b"}], False, "/b", id="fenced, then mounted"),
        pytest.param([{}], False, None, id="nobody looked"),
    ],
)
def test_junction(facts, check, junction):
    assert only(*(task(result("vol1", **one)) for one in facts), rehearsed=check)["junction"] == junction


def test_an_assumed_junction_stays_assumed():
    assert only(task(result("vol1", junction="/vol1", junction_assumed=True)))["junction_assumed"] is True
    assert "junction_assumed" not in only(task(result("vol1")))


def test_why_a_mirror_is_not_healthy_is_in_the_message():
    one = only(
        task(result("vol1", msg="snapmirrored", healthy=False, unhealthy_reasons=["transfer failed", "no space"]))
    )
    assert one["msg"] == "snapmirrored; not healthy: transfer failed; no space"


# ---- steps


def test_steps_are_joined_in_order_with_times_from_the_journal():
    lines = [*events_of("vol1", "quiesce", 1, 3), *events_of("vol1", "break", 3, 4)]
    told = [task(result("vol1", "changed", steps=[step("vol1", verb)])) for verb in ("quiesce", "break")]
    steps = only(*told, lines=lines)["steps"]
    assert [(one["verb"], one["started"]) for one in steps] == [("quiesce", stamp(1)), ("break", stamp(3))]
    assert steps[1]["ended"] == stamp(4)


def test_a_step_that_was_not_reached_has_no_time_and_stays_behind_the_one_that_failed():
    lines = [*events_of("vol1", "quiesce", 1, 3, "failed"), *events_of("vol1", "mount", 0.1, 0.2)]
    steps = [step("vol1", "quiesce", status="failed"), step("vol1", "break", status="not_reached")]
    told = only(task(result("vol1", "failed", steps=steps)), lines=lines)["steps"]
    assert [(one["verb"], one["started"] is None) for one in told] == [
        ("mount", False),
        ("quiesce", False),
        ("break", True),
    ]


def test_the_newest_record_of_a_step_is_this_runs():
    lines = [event("step_started", 1, "vol1", "break"), *events_of("vol1", "break", 500, 501)]
    steps = only(task(result("vol1", "changed", steps=[step("vol1", "break")])), lines=lines)["steps"]
    assert [(one["status"], one["started"]) for one in steps] == [("unproven", stamp(1)), ("done", stamp(500))]


def test_what_only_the_journal_knows_of_a_killed_task_is_told():
    lines = [*events_of("vol1", "quiesce", 1, 2), event("step_started", 2, "vol1", "break")]
    told = report({"failed": True, "msg": "MODULE FAILURE"}, lines=lines)
    (one,) = told.volumes
    assert one["status"] == "failed"
    assert "break of svm_lyon:vol1 was started; its end is not on record" in one["msg"]
    assert [(one["verb"], one["status"]) for one in one["steps"]] == [("quiesce", "done"), ("break", "unproven")]
    assert told.document["ok"] is False


def test_a_run_before_that_was_killed_is_a_warning_and_no_failure_of_this_one():
    lines = [event("step_started", 2, "vol9", "break")]
    document = report(task(result("vol1")), lines=lines).document
    assert (document["ok"], [one["volume"] for one in document["volumes"]]) == (True, ["vol1"])
    assert "vol9" in document["warnings"][0]


def test_a_torn_journal_is_a_warning():
    document = report(task(result("vol1")), lines=[*events_of("vol1", "break", 1, 2), '{"event": "st']).document
    assert document["ok"] is True
    assert any("torn" in warning for warning in document["warnings"])


# ---- several targets, peerings, loops


def test_each_target_of_a_volume_has_an_entry():
    there = {"destination": "svm_nice:vol1", "lag_s": 9000}
    told = [task(result("vol1", lag_s=5), to="lyon"), task(result("vol1", "failed", **there), to="nice")]
    entries = report({"results": told, "msg": "All items completed"}, target="lyon, nice").volumes
    found = {one["destination"]: (one["lag_s"], one["status"]) for one in entries}
    assert found == {"svm_lyon:vol1": (5, "ok"), "svm_nice:vol1": (9000, "failed")}


def looped(item, **more):
    """A pass of a loop over targets, as Ansible registers it; newer releases keep no options with it."""
    return {**task(), "ansible_loop_var": "__target", "__target": item, **more}


@pytest.mark.parametrize("items", [("lyon", "nice"), ({"backend": "lyon"}, {"backend": "nice"})])
def test_the_loop_tells_the_target_where_the_options_do_not(items):
    missing = {"volume": "vol1", "status": "ok", "msg": "no mirror"}
    passes = [looped(items[0], results=[result("vol1", lag_s=5)]), looped(items[1], results=[missing])]
    entries = report({"results": passes}, target="lyon, nice").volumes
    assert [(one["destination"], one["msg"]) for one in entries] == [("svm_lyon:vol1", ""), (None, "no mirror")]


def test_a_loop_over_other_things_tells_no_target():
    passes = [looped(name, results=[result("vol1", lag_s=lag)]) for name, lag in (("a", 5), ("b", 7))]
    assert only({"results": passes}, target="lyon, nice")["lag_s"] == 7


def test_the_failure_of_one_target_names_it():
    failed = {"failed": False, "msg": "login denied", "ansible_loop_var": "__target", "__target": "nice"}
    assert report({"results": [failed]}, target="lyon, nice").failures == ("nice: login denied",)


def test_targets_whose_svms_have_one_name_keep_apart():
    told = [task(result("vol1", lag_s=lag), to=name) for name, lag in (("lyon", 5), ("nice", 900))]
    assert [one["lag_s"] for one in report(*told).volumes] == [5, 900]


def test_a_target_without_a_mirror_is_an_entry_of_its_own():
    missing = {"volume": "vol1", "status": "ok", "msg": "vol1 has no mirror on SVM svm_nice"}
    entries = report(task(result("vol1", msg="snapmirrored"), to="lyon"), task(missing, to="nice")).volumes
    assert [(one["destination"], one["msg"]) for one in entries] == [
        ("svm_lyon:vol1", "snapmirrored"),
        (None, "vol1 has no mirror on SVM svm_nice"),
    ]


def test_what_names_no_target_belongs_to_the_volume_wherever_it_is_mirrored():
    fence = {"volume": "vol1", "status": "changed", "msg": "", "junction": "/a", "steps": [step("vol1", "unmount")]}
    one = only(task(fence), task(result("vol1", state="broken_off"), to="lyon"), playbook="failover")
    assert (one["junction"], one["status"], one["destination"]) == ("/a", "changed", "svm_lyon:vol1")
    assert [one["verb"] for one in one["steps"]] == ["unmount"]


def test_a_task_without_a_name_for_its_target_meets_one_that_has_it_by_the_path():
    assert only(task(result("vol1", lag_s=5)), task(result("vol1", state="paused"), to="lyon"))["lag_s"] == 5


def test_a_peering_is_no_volume_and_its_failure_is_one_of_the_run():
    peering = {
        "volume": "svm_paris<>svm_lyon",
        "status": "failed",
        "msg": "create: not allowed",
        "destination": "svm_lyon",
    }
    told = report(task(peering, to="lyon"), task(result("vol1")))
    assert [one["volume"] for one in told.volumes] == ["vol1"]
    assert told.failures == ("lyon: create: not allowed",)
    assert told.document["ok"] is False


def test_left_out_and_empty_results_say_nothing():
    skipped = {"skipped": True, "changed": False, "skip_reason": "Conditional result was False"}
    loop = {"skipped": True, "results": [skipped], "msg": "All items skipped"}
    told = report(skipped, loop, {}, None, task(result("vol1")))
    assert (told.document["ok"], told.failures, len(told.volumes)) == (True, (), 1)


def test_a_run_of_which_no_task_told_anything_is_not_ok():
    told = report({"skipped": True}, {})
    assert told.document["ok"] is False
    assert told.failures


def test_a_run_with_nothing_to_do_is_ok():
    assert report(task(), playbook="retire").document["ok"] is True


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param({"failed": False, "msg": "cannot reach lyon"}, id="failed_when: false"),
        pytest.param({"failed": True, "msg": "cannot reach lyon"}, id="ignore_errors"),
        pytest.param({"unreachable": True, "msg": "cannot reach lyon"}, id="unreachable"),
        pytest.param({"candidates": [], "target": None, "msg": "cannot reach lyon", "wanted": []}, id="no target fit"),
    ],
)
def test_a_task_that_failed_as_a_whole_makes_the_run_not_ok_and_is_told(failed):
    told = report(failed, task(result("vol1")))
    assert (told.document["ok"], told.failures) == (False, ("cannot reach lyon",))
    assert "cannot reach lyon" in told.document["warnings"]


def test_the_readiness_check_of_a_good_run_is_no_failure():
    ready = {"candidates": [{}], "target": "lyon", "wanted": [], "msg": "", "coverage_basis": "union"}
    told = report(ready, task(result("vol1")))
    assert (told.document["ok"], told.document["coverage_basis"]) == (True, "union")


def test_the_option_names_the_basis_first():
    ready = {"candidates": [{}], "target": "lyon", "coverage_basis": "union"}
    assert report(ready, coverage_basis="manifest").document["coverage_basis"] == "manifest"


def test_warnings_and_orphans_are_told_once():
    orphan = {"source": "svm_paris:a", "destination": "svm_lyon:a", "uuid": "u", "reason": "r"}
    told = report(task(warnings=["w"], orphans=[orphan]), task(warnings=["w"], orphans=[orphan]), orphans=[orphan])
    assert (told.document["warnings"], told.document["orphans"]) == (["w"], [orphan])


@pytest.mark.parametrize("newer", [False, True])
def test_what_the_passes_of_a_loop_warned_of_is_told_wherever_ansible_core_keeps_it(newer):
    one = task(result("vol1", "ok"))
    looped = {"results": [{**one, "warnings": ["w"]}]} if newer else {"results": [one], "warnings": ["w"]}
    assert report(looped).document["warnings"] == ["w"]


def test_a_warning_alone_is_told_and_is_no_task():
    told = report({"warnings": ["w"]}, {"warnings": []})
    assert any("no task of this run told anything" in warning for warning in told.document["warnings"])
    assert "w" in told.document["warnings"]


# ---- what the playbook is for


def test_a_volume_that_nobody_broke_is_not_failed_over_though_no_task_failed():
    ready = {"candidates": [{}], "target": "lyon", "wanted": ["vol1", "vol2"]}
    late = task(result("vol1", "in_progress", msg="update is not finished", state="snapmirrored"), to="lyon")
    told = report(ready, late, playbook="failover", mode="planned")
    assert told.failed_volumes == ["vol1", "vol2"]
    assert told.volumes[0]["msg"] == "not failed over; update is not finished"
    assert told.document["ok"] is False


def test_a_volume_that_was_broken_before_is_failed_over():
    assert report(task(result("vol1", "ok", state="broken_off")), playbook="failover").failed_volumes == []


def test_a_break_that_was_proven_counts_though_the_last_look_failed():
    told = task(result("vol1", "changed", state="snapmirrored", steps=[step("vol1", "break")]))
    assert report(told, playbook="failover").failed_volumes == []


def test_check_mode_reaches_nothing_and_that_is_no_failure():
    told = report(task(result("vol1", "changed", state="snapmirrored")), playbook="failover", rehearsed=True)
    assert (told.failed_volumes, told.document["check_mode"]) == ([], True)


def test_mirrors_that_nobody_wants_are_not_of_the_run():
    mirror = {"volume": "other", "destination": "svm_lyon:other", "state": "snapmirrored"}
    ready = {"candidates": [{}], "target": "lyon", "wanted": ["vol1"], "mirrors": [mirror]}
    told = report(ready, task(result("vol1", state="broken_off"), to="lyon"), playbook="failover")
    assert [one["volume"] for one in told.volumes] == ["vol1"]


def test_a_volume_without_a_mirror_is_not_replicated_though_its_manifest_was_kept():
    kept = {"volume": "vol1", "status": "changed", "msg": ""}
    told = report({"msg": "lyon does not answer"}, task(kept), playbook="replicate")
    assert (told.failed_volumes, told.volumes[0]["msg"]) == (["vol1"], "not mirrored")


def test_a_volume_that_is_still_mirrored_back_is_not_home():
    away = task(result("vol1", state="snapmirrored", direction="reversed"))
    told = report(away, playbook="failback")
    assert (told.failed_volumes, told.volumes[0]["msg"]) == (["vol1"], "not brought home")
    assert report(away, playbook="failback", rehearsed=True).failed_volumes == []
    assert report(away, playbook="reprotect").failed_volumes == []


# ---- the run as a whole


def test_the_start_is_what_was_named_else_the_first_event_else_the_end():
    lines = events_of("vol1", "break", 30, 31)
    told = task(result("vol1"))
    assert report(told, lines=lines).document["started"] == stamp(30)
    assert report(told, lines=lines, since=at(20), sure_of_start=True).document["started"] == stamp(20)
    assert report(told, ended=at(600)).document["started"] == stamp(600)


def test_numbers_of_a_large_run_add_up():
    told = stories.failover(200, 3)
    assert len(told.volumes) == 200
    assert told.failed_volumes == ["vol0198", "vol0199", "vol0200"]
    assert told.breached_volumes == ["vol0003"]
    assert all(one["started"] for volume in told.volumes for one in volume["steps"])
