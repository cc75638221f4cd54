# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a backend could be failed over now, told without changing anything."""

from __future__ import annotations

import pytest

from tests.integration_sim.playbooks import arrays

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with arrays(tmp_path_factory.mktemp("ready"), ("paris", "lyon", "nice"), volumes=2) as running:
        assert running.play("replicate").returncode == 0
        running.control("clock", {"advance": 100})
        yield running


def hooks(site, before="true"):
    """Files of tasks for before and after, as extra vars."""
    (site.folder / "before.yml").write_text(
        f"- name: before\n  ansible.builtin.assert: {{that: {before}, fail_msg: not today}}\n", encoding="utf-8"
    )
    told = "{{ backend_readiness_result.target | default('none', true) }}"
    (site.folder / "after.yml").write_text(
        f'- name: after\n  ansible.builtin.debug: {{msg: "a failover would take {told}"}}\n', encoding="utf-8"
    )
    return {"backend_readiness_pre_tasks": "before.yml", "backend_readiness_post_tasks": "after.yml"}


def test_a_fit_target_is_named_with_its_reason_and_each_doubt_with_its_remedy(site):
    told = site.play("readiness", rpo_s=30)
    assert (told.returncode, told.changed, told.writes) == (0, 0, []), told.output
    assert ": reachable, covers every volume, worst lag" in told.messages()
    assert "lag: warn: worst lag" in told.output
    assert "update the mirrors while the source lives" in told.output


def test_it_needs_no_source_and_skips_a_target_that_does_not_answer(site):
    site.shut_down("paris")
    site.shut_down("lyon")
    told = site.play("readiness", backend="paris")
    assert (told.returncode, told.writes) == (0, []), told.output
    assert "nice: reachable, covers every volume" in told.messages()
    assert "lyon: reachable: fail" in told.output


def test_it_fails_where_no_target_is_fit(site):
    told = site.play("readiness", backend="paris", target="lyon", **hooks(site))
    assert told.returncode == 2
    assert "no target is fit" in told.messages() or "lyon" in told.messages()
    order = [task["task"] for task in told.tasks]
    assert order.index("before") < order.index("Check every target") < order.index("after")
    assert "a failover would take none" in told.messages()


def test_a_task_of_the_user_that_fails_before_fails_the_run_before_anything_is_asked(site):
    told = site.play("readiness", backend="paris", **hooks(site, before="false"))
    assert (told.returncode, told.requests) == (2, [])
    (report,) = told.results("replication_report")
    assert report["ok"] is False
    assert "before: not today" in told.messages()
