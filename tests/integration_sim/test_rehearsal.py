# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearsals: what comes up is what a failover would bring, and afterwards nothing has happened."""

from __future__ import annotations

import json
import re

import pytest

from tests.integration_sim.playbooks import Arrays, arrays

pytestmark = pytest.mark.slow

CHECKS = """
- name: Look at the clones
  ansible.builtin.copy:
    content: "{{ {'clones': backend_rehearsal_clones, 'chosen': backend_rehearsal_chosen} | to_json }}"
    dest: "FOLDER/seen.json"
    mode: "0600"
- name: Be content or not
  ansible.builtin.assert:
    that: VERDICT
    fail_msg: the application does not start
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Five volumes of paris with two targets, some below others; lyon is better, since nice lags more."""
    with arrays(tmp_path_factory.mktemp("rehearsal"), ("paris", "lyon", "nice"), 5) as running:
        assert running.write("paris", "vol0001", "replicated")
        protected = running.play("replicate", backend="paris")
        assert protected.returncode == 0, protected.output
        running.control("clock", {"advance": 100})
        assert running.run(
            "ansible", "-i", str(running.inventory), "lyon", "-m", "ontap.data_motion.snapmirror_update",
            "-a", "destination=lyon source_svm=svm_paris wait=true",
        ).returncode == 0  # fmt: skip
        yield running


def check_tasks(site: Arrays, content: bool) -> str:
    path = site.folder / f"checks_{content}.yml"
    text = CHECKS.replace("FOLDER", str(site.folder)).replace("VERDICT", str(content).lower())
    path.write_text(text, encoding="utf-8")
    return str(path)


def state_of(site: Arrays) -> dict:
    """All that a rehearsal must not change: volumes, their data and their snapshots, mirrors, on every cluster."""
    found = {}
    for cluster in site.site.clusters:
        volumes = site.rest(cluster, "GET", "/storage/volumes?fields=type,comment,nas.path,snapshot_count,size")
        mirrors = site.rest(cluster, "GET", "/snapmirror/relationships?fields=state,healthy")
        snapshots = site.rest(cluster, "GET", "/storage/volumes/*/snapshots?fields=volume.name,owners")
        found[cluster] = (
            [{key: one.get(key) for key in ("name", "type", "comment", "nas")} for one in volumes["records"]],
            [{key: one.get(key) for key in ("state", "healthy")} for one in mirrors["records"]],
            sorted((one["volume"]["name"], one["name"], str(one.get("owners"))) for one in snapshots["records"]),
        )
    return found


def report_of(site: Arrays) -> dict:
    return json.loads((site.folder / "reports" / "paris" / "report.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rehearsed(site: Arrays):
    before = state_of(site)
    check = site.play("rehearse", "--check", backend="paris")
    for name in ("before", "after"):
        text = f"- name: {name}\n  ansible.builtin.debug: {{msg: hook}}\n"
        (site.folder / f"{name}.yml").write_text(text, encoding="utf-8")
    hooks = {"backend_rehearsal_pre_tasks": "before.yml", "backend_rehearsal_post_tasks": "after.yml"}
    real = site.play("rehearse", backend="paris", check_tasks=check_tasks(site, True), **hooks)
    assert real.returncode == 0, real.output
    seen = json.loads((site.folder / "seen.json").read_text(encoding="utf-8"))
    report = report_of(site)
    again = site.play("rehearse", backend="paris")
    return before, check, real, seen, report, again, state_of(site)


def test_a_check_writes_nothing_and_foretells_the_rehearsal(rehearsed):
    check, real = rehearsed[1:3]
    assert (check.returncode, check.writes) == (0, []), check.output
    assert [(task, plan) for task, plan, _diff in check.plans()] == [(task, plan) for task, plan, _diff in real.plans()]
    assert check.plans()[:-1] == real.plans()[:-1]  # of clones that do not exist yet, nobody knows every property


def test_afterwards_nothing_has_happened(rehearsed):
    before, _check, real, _seen, _report, again, after = rehearsed
    assert (real.returncode, again.returncode) == (0, 0), real.output + again.output
    assert after == before


def test_only_clones_on_the_best_target_are_written_and_the_source_is_not_asked(rehearsed):
    real = rehearsed[2]
    assert {request.cluster for request in real.writes} == {"lyon"}
    assert {request.cluster for request in real.requests} == {"lyon", "nice"}
    assert {step["verb"] for _task, plan, _diff in real.plans() for step in plan} == {
        "clone_create",
        "unmount",
        "clone_delete",
    }


def test_the_checks_find_the_clones_where_production_is_not(site, rehearsed):
    seen, production = rehearsed[3], site.junctions("paris")
    assert seen["chosen"] == "lyon"
    assert any(path.count("/") > 1 for path in production.values())
    expected = {name: f"/rehearsal_paris_{path[1:]}" for name, path in production.items()}
    assert {one["volume"]: one["mounted_at"] for one in seen["clones"]} == expected
    assert {one["clone_name"] for one in seen["clones"]} == {f"rehearsal_vol000{number}" for number in range(1, 6)}


def test_time_and_age_of_the_data_are_told(rehearsed):
    real, seen, report = rehearsed[2:5]
    measured = r"5 volumes were up on lyon after \d+\.\d s; the oldest data was \d+ s old"
    assert re.search(measured, real.output)
    assert [note for note in report["notes"] if re.fullmatch(measured, note.strip())]
    assert all(0 <= one["data_age_s"] < 3600 for one in seen["clones"])
    assert (report["playbook"], report["ok"], report["target"]) == ("rehearse", True, "lyon")
    assert all("s old" in volume["msg"] for volume in report["volumes"])


def test_tasks_of_the_user_run_before_the_clones_and_when_they_are_gone(rehearsed):
    order = [task["task"] for task in rehearsed[2].tasks]
    made, gone = order.index("Clone the mirrors and mount the clones apart"), order.index("Remove the clones")
    assert order.index("before") < made < gone < order.index("after")


@pytest.fixture(scope="module")
def failed(site: Arrays, rehearsed):
    """Checks that fail, and a report of them."""
    hook = {"backend_rehearsal_post_tasks": "after.yml"}
    play = site.play("rehearse", backend="paris", check_tasks=check_tasks(site, False), **hook)
    return play, report_of(site), state_of(site)


def test_checks_that_fail_fail_the_run_and_the_clones_go_all_the_same(rehearsed, failed):
    play, report, after = failed
    assert play.returncode == 2
    assert "the application does not start" in play.messages()
    assert report["ok"] is False
    assert after == rehearsed[0]
    assert "after" not in [task["task"] for task in play.tasks]


@pytest.fixture(scope="module")
def kept(site: Arrays, failed):
    """Clones are kept, as by a run that was killed; then mirrors are updated, and rehearsed once more."""
    left = site.play("rehearse", backend="paris", target="lyon", keep="true")
    assert site.write("lyon", "rehearsal_vol0001", "only in the clone")
    assert site.write("paris", "vol0001", "later")
    updated = site.play("update", backend="paris")
    mirrored, cloned = (site.volumes("lyon")[name]["markers"] for name in ("vol0001", "rehearsal_vol0001"))
    return left, updated, mirrored, cloned


def test_mirrors_go_on_while_clones_stand(kept):
    left, updated, mirrored, cloned = kept
    assert (left.returncode, updated.returncode) == (0, 0), updated.output
    assert mirrored[-2:] == ["replicated", "later"]
    assert cloned[-2:] == ["replicated", "only in the clone"]


@pytest.fixture(scope="module")
def repeated(site: Arrays, kept):
    """First on the other target, then where clones were left."""
    assert site.play("rehearse", backend="paris", target="nice").returncode == 0
    elsewhere = report_of(site)
    play = site.play("rehearse", backend="paris", target="lyon", check_tasks=check_tasks(site, True))
    return elsewhere, play, report_of(site)


def told_of(report: dict) -> list[str]:
    return [text for text in report["warnings"] if "was left by an earlier rehearsal" in text]


def test_left_overs_are_removed_first_and_the_report_tells_of_them(site, repeated):
    _elsewhere, play, report = repeated
    assert play.returncode == 0, play.output
    assert len(told_of(report)) == 5
    assert [name for name in site.volumes("lyon") if name.startswith("rehearsal")] == []


def test_left_overs_on_another_target_are_named(repeated):
    elsewhere = repeated[0]
    assert [text for text in told_of(elsewhere) if text.startswith("svm_lyon:rehearsal_vol0001 ")]
    assert all("state=absent" in text for text in told_of(elsewhere))


def test_absent_removes_what_was_kept_on_any_target(site, repeated):
    assert site.play("rehearse", backend="paris", target="nice", keep="true").returncode == 0
    gone = site.play("rehearse", backend="paris", state="absent")
    assert gone.returncode == 0, gone.output
    assert [name for name in site.volumes("nice") if name.startswith("rehearsal")] == []
    again = site.play("rehearse", backend="paris", state="absent")
    assert (again.returncode, again.changed, again.writes) == (0, 0, [])


def test_a_failover_is_not_hindered_by_a_rehearsal_that_was_killed(site, repeated):
    assert site.play("rehearse", backend="paris", target="lyon", keep="true").returncode == 0
    wanted = site.junctions("paris")
    moved = site.play("failover", backend="paris", mode="unplanned", confirm="paris", target="lyon")
    assert moved.returncode == 0, moved.output
    served = {name: path for name, path in site.junctions("lyon").items() if not name.startswith("rehearsal")}
    assert served == wanted
    assert [name for name in wanted if not site.write("lyon", name, "new")] == []
    refused = site.play("rehearse", backend="paris", target="lyon")
    assert refused.returncode == 2
    assert "is failed over" in refused.messages()
    assert site.play("rehearse", backend="paris", state="absent").returncode == 0
    assert [name for name in site.volumes("lyon") if name.startswith("rehearsal")] == []
