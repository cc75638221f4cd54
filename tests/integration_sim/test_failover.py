# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planned and unplanned failovers, and volumes that go wrong on the way."""

from __future__ import annotations

import json

import pytest

from tests.integration_sim.playbooks import Arrays, Play, arrays

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fan_out(tmp_path_factory):
    """20 volumes of paris with three targets; one volume cannot be made at lyon at first."""
    with arrays(tmp_path_factory.mktemp("unplanned"), ("paris", "lyon", "nice", "rome"), 20) as running:
        yield running


@pytest.fixture(scope="module")
def stumble(fan_out: Arrays):
    """The first replicate, with one volume refused at lyon, and the second, without the fault."""
    fan_out.fault(
        verb="volume.create",
        cluster="lyon",
        target="svm_lyon:vol0007",
        action="refuse",
        args={"code": "1", "message": "no"},
    )
    first = fan_out.play("replicate", backend="paris")
    made = sorted(fan_out.volumes("lyon"))
    fan_out.no_faults()
    return first, made, fan_out.play("replicate", backend="paris")


def test_one_volume_that_fails_leaves_nineteen_done_and_is_named(stumble):
    first, made, _second = stumble
    assert first.returncode == 2
    assert made == [f"vol{number:04d}" for number in range(1, 21) if number != 7]
    assert "vol0007" in first.messages()
    assert "vol0006" not in first.messages()
    (report,) = first.results("replication_report")
    assert report["failed_volumes"] == ["vol0007"]


def test_the_next_run_does_only_what_is_missing(stumble):
    second = stumble[2]
    assert second.returncode == 0, second.output
    touched = {step["volume"] for _task, plan, _diff in second.plans() for step in plan}
    assert touched == {"vol0007"}


@pytest.fixture(scope="module")
def lost(fan_out: Arrays, stumble):
    """paris is gone; lyon lags less than the others, since it alone got the last update."""
    before = fan_out.junctions("paris")
    fan_out.control("clock", {"advance": 100})
    command = ["-i", str(fan_out.inventory), "lyon", "-m", "ontap.data_motion.snapmirror_update"]
    assert fan_out.run("ansible", *command, "-a", "destination=lyon source_svm=svm_paris wait=true").returncode == 0
    assert fan_out.write("paris", "vol0001", "lost with paris")
    fan_out.shut_down("paris")
    extra = {"backend": "paris", "mode": "unplanned", "confirm": "paris"}
    check = fan_out.play("failover", "--check", **{**extra, "confirm": ""})
    return before, check, fan_out.play("failover", **extra), fan_out.play("failover", **extra)


def test_a_check_of_a_failover_asks_for_no_confirmation_and_foretells_it(lost):
    _before, check, real, _again = lost
    assert (check.returncode, check.writes) == (0, []), check.output
    assert check.plans() == real.plans()


def test_every_volume_takes_writes_where_the_source_had_it_mounted(fan_out, lost):
    before, _check, real, _again = lost
    assert real.returncode == 0, real.output
    assert fan_out.junctions("lyon") == before
    assert [name for name in before if not fan_out.write("lyon", name, "new")] == []


def test_the_target_with_the_smallest_lag_is_chosen_and_only_it_is_written(fan_out, lost):
    real = lost[2]
    assert "lyon" in "".join(real.results("replication_readiness")[0]["reason"])
    assert {request.cluster for request in real.writes} == {"lyon"}
    others = [volume["type"] for name in ("nice", "rome") for volume in fan_out.volumes(name).values()]
    assert others == ["dp"] * 40


def test_a_second_failover_changes_nothing_and_writes_nothing(lost):
    again = lost[3]
    assert (again.returncode, again.changed, again.writes) == (0, 0, []), again.output


def test_status_after_the_failover_needs_no_source(fan_out, lost):
    status = fan_out.play("status", backend="paris")
    assert (status.returncode, status.writes) == (0, []), status.output
    report = json.loads((fan_out.folder / "reports" / "paris" / "report.json").read_text(encoding="utf-8"))
    assert (report["playbook"], report["backend"], report["orphans"]) == ("status", "paris", [])


def test_status_keeps_the_manifest_of_a_source_that_is_gone(fan_out, lost):
    manifest = json.loads((fan_out.folder / "manifests" / "paris.json").read_text(encoding="utf-8"))
    assert {name: volume["junction_path"] for name, volume in manifest["volumes"].items()} == lost[0]


def cut_short(site: Arrays) -> None:
    """What a run that was killed after the fence leaves behind; and a status, which finds nothing mounted any more."""
    folder = site.folder / "reports" / "paris"
    command = ["-i", str(site.inventory), "paris", "-m", "ontap.data_motion.source_fence"]
    assert site.run("ansible", *command, "-a", f"source=paris report_dir={folder}").returncode == 0
    assert set(site.junctions("paris").values()) == {None}
    assert site.play("status").returncode == 0


def broken_by_hand(site: Arrays, extra: dict[str, str]) -> Play:
    """A planned failover although vol0004 takes writes at lyon, too; then its mirror runs again."""
    set_by_hand(site, "vol0004", "broken_off")
    refused = site.play("failover", **extra)
    set_by_hand(site, "vol0004", "snapmirrored")
    return refused


def mirror_states(site: Arrays) -> dict[str, str]:
    found = site.rest("lyon", "GET", "/snapmirror/relationships?fields=state,destination.path")
    return {record["destination"]["path"].partition(":")[2]: record["state"] for record in found["records"]}


def set_by_hand(site: Arrays, volume: str, state: str) -> None:
    found = site.rest("lyon", "GET", f"/snapmirror/relationships?destination.path=svm_lyon:{volume}")
    site.rest("lyon", "PATCH", f"/snapmirror/relationships/{found['records'][0]['uuid']}", {"state": state})


def leave_paused(site: Arrays) -> None:
    """vol0001 by an administrator, vol0002 by a run that came no further than to its quiesce."""
    set_by_hand(site, "vol0001", "paused")
    site.fault(
        verb="snapmirror.break", target="svm_lyon:vol0002", action="refuse", args={"code": "1", "message": "not now"}
    )
    options = f"destination=lyon source_svm=svm_paris volumes=vol0002 report_dir={site.folder / 'reports' / 'paris'}"
    command = ["-i", str(site.inventory), "lyon", "-m", "ontap.data_motion.snapmirror_break", "-a", options]
    assert site.run("ansible", *command).returncode == 2
    assert {name for name, state in mirror_states(site).items() if state == "paused"} == {"vol0001", "vol0002"}


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """A planned failover whose last update fails, its check, the one that works, and one more."""
    with arrays(tmp_path_factory.mktemp("planned"), volumes=5) as site:
        before = site.junctions("paris")
        assert site.play("replicate").returncode == 0
        assert site.write("paris", "vol0005", "just before")
        extra = {"backend": "paris", "mode": "planned", "confirm": "paris"}
        refused = broken_by_hand(site, extra)
        site.fault(
            verb="snapmirror.update",
            target="svm_lyon:vol0003",
            action="fail_transfer",
            args={"code": "1", "message": "line cut"},
        )
        for name, message in (("before", "stop"), ("after", "start")):
            task = f"- name: {name}\n  ansible.builtin.debug: {{msg: {message} the applications}}\n"
            (site.folder / f"{name}.yml").write_text(task, encoding="utf-8")
        extra |= {"backend_failover_pre_tasks": "before.yml", "backend_failover_post_tasks": "after.yml"}
        leave_paused(site)
        stopped = site.play("failover", **extra)
        served = (
            site.junctions("paris"),
            {volume["type"] for volume in site.volumes("lyon").values()},
            mirror_states(site),
        )
        set_by_hand(site, "vol0001", "snapmirrored")
        site.no_faults()
        cut_short(site)
        check = site.play("failover", "--check", **extra)
        real = site.play("failover", **extra)
        yield site, before, stopped, served, check, real, refused, site.play("failover", **extra)


def test_a_planned_failover_that_cannot_be_proven_puts_the_source_back(moved):
    _site, before, stopped, served, *_more = moved
    assert stopped.returncode == 2
    assert served[:2] == (before, {"dp"})
    assert "vol0003" in stopped.messages()
    assert "serves as before" in stopped.messages()
    assert "after" not in [task["task"] for task in stopped.tasks]


def test_with_the_source_back_in_service_the_mirrors_go_on_that_a_run_had_paused_and_no_others(moved):
    _site, _before, stopped, (_junctions, _types, states), *_more = moved
    assert [name for name, state in states.items() if state != "snapmirrored"] == ["vol0001"]
    (resumed,) = stopped.results("snapmirror_relationship")
    assert [one["volume"] for one in resumed["results"]] == ["vol0002"]
    assert "still paused are the mirrors of vol0001 (no record tells" in stopped.messages()
    assert "relationship_state=active resumes them" in stopped.messages()


def test_a_planned_failover_of_what_takes_writes_on_both_sides_is_refused_before_the_fence(moved):
    refused = moved[6]
    assert (refused.returncode, refused.writes) == (2, [])
    assert "split-brain danger: svm_paris:vol0004" in refused.messages()


def test_a_check_of_a_planned_failover_writes_nothing_and_foretells_it(moved):
    check, real = moved[4:6]
    assert (check.returncode, check.writes) == (0, []), check.output
    assert check.plans() == real.plans()


def test_a_planned_failover_loses_nothing(moved):
    site, before, *_between, real, _refused, _again = moved
    assert real.returncode == 0, real.output
    assert "just before" in site.volumes("lyon")["vol0005"]["markers"]
    assert site.junctions("lyon") == before
    assert [name for name in before if not site.write("lyon", name, "new")] == []


def test_tasks_of_the_user_run_before_the_fence_and_after_the_break(moved):
    real = moved[5]
    order = [task["task"] for task in real.tasks]
    assert (
        order.index("before") < order.index("Fence the source") < order.index("Break the mirrors and mount the volumes")
    )
    assert order.index("Break the mirrors and mount the volumes") < order.index("after")


def test_the_source_is_fenced_by_a_planned_failover(moved):
    site = moved[0]
    assert set(site.junctions("paris").values()) == {None}


def test_a_second_planned_failover_changes_nothing_and_writes_nothing(moved):
    again = moved[-1]
    assert (again.returncode, again.changed, again.writes) == (0, 0, []), again.output


def test_replicate_after_a_failover_leaves_it_alone_and_never_resyncs_by_itself(moved):
    site = moved[0]
    left = site.play("replicate")
    assert (left.returncode, left.changed, left.writes) == (0, 0, []), left.output
    asked = site.play("replicate", relationship_state="active")
    assert (asked.returncode, asked.writes) == (2, [])
    assert "accept_data_loss" in asked.messages()


def test_status_after_a_planned_failover_keeps_the_junctions_in_the_manifest(moved):
    site, before, *_more = moved
    assert site.play("status").returncode == 0
    manifest = json.loads((site.folder / "manifests" / "paris.json").read_text(encoding="utf-8"))
    assert {name: volume["junction_path"] for name, volume in manifest["volumes"].items()} == before


def test_mirrors_of_a_source_that_is_gone_for_good_can_be_retired(moved):
    """Last, since it takes away what the others look at."""
    site, before = moved[:2]
    site.shut_down("paris")
    names = {"backend": "paris", "target": "lyon", "confirm": "paris"}
    assert site.play("retire", **names).returncode == 2
    retired = site.play("retire", contact_source="false", delete_volumes="true", **names)
    assert retired.returncode == 2, "volumes in use are never deleted"
    assert "svm_lyon:vol0001 is rw: deleting it would lose what was written to it" in retired.messages()
    assert site.rest("lyon", "GET", "/snapmirror/relationships")["num_records"] == 0
    assert site.junctions("lyon") == before
    again = site.play("retire", contact_source="false", **names)
    assert (again.returncode, again.changed, again.writes) == (0, 0, [])
