# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other targets follow the one that serves after a failover."""

from __future__ import annotations

import pytest

from tests.integration_sim.playbooks import arrays

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """paris failed over to lyon; reprotect with the other target: its check, the run, and once more."""
    with arrays(tmp_path_factory.mktemp("follow"), ("paris", "lyon", "nice"), 2) as site:
        assert site.play("replicate", backend="paris").returncode == 0
        extra = {"backend": "paris", "mode": "planned", "confirm": "paris", "target": "lyon"}
        assert site.play("failover", **extra).returncode == 0
        assert site.write("lyon", "vol0001", "written at lyon")
        asked = {"backend": "paris", "repoint": "true"}
        for name in ("before", "after"):
            task = f"- name: {name}\n  ansible.builtin.debug: {{msg: {name}}}\n"
            (site.folder / f"{name}.yml").write_text(task, encoding="utf-8")
            asked[f"backend_reprotection_{'pre' if name == 'before' else 'post'}_tasks"] = f"{name}.yml"
        check = site.play("reprotect", "--check", **asked)
        yield site, check, site.play("reprotect", **asked), site.play("reprotect", **asked)


def mirrors(site, cluster):
    found = site.rest(cluster, "GET", "/snapmirror/relationships?fields=source,state")["records"]
    return {(one["source"]["path"], one["state"]) for one in found}


def test_the_other_target_mirrors_what_serves_now(followed):
    site, _check, real, _again = followed
    assert real.returncode == 0, real.output
    wanted = {(f"svm_lyon:vol000{number}", "snapmirrored") for number in (1, 2)}
    assert mirrors(site, "nice") == mirrors(site, "paris") == wanted
    assert "written at lyon" in site.volumes("nice")["vol0001"]["markers"]


def test_the_old_side_remembers_no_mirror(followed):
    site = followed[0]
    assert site.rest("paris", "GET", "/snapmirror/relationships?list_destinations_only=true")["num_records"] == 0
    assert site.rest("lyon", "GET", "/snapmirror/relationships?list_destinations_only=true")["num_records"] == 4


def test_a_check_foretells_it_and_a_second_run_does_nothing(followed):
    _site, check, real, again = followed
    assert (check.returncode, check.writes) == (0, []), check.output
    told = {task: plan for task, plan, _diff in check.plans()}
    done = {task: plan for task, plan, _diff in real.plans()}
    assert told["Let the other targets follow"] == done["Let the other targets follow"] != []
    assert (again.returncode, again.changed, again.writes) == (0, 0, []), again.output


def test_tasks_of_the_user_run_before_and_after(followed):
    order = [task["task"] for task in followed[2].tasks]
    assert (
        order.index("before")
        < order.index("Mirror back")
        < order.index("Let the other targets follow")
        < order.index("after")
    )


@pytest.fixture(scope="module")
def home(followed):
    """Then back to paris, and once more."""
    site = followed[0]
    assert site.write("lyon", "vol0002", "last at lyon")
    extra = {"backend": "paris", "confirm": "paris"}
    return site, site.play("failback", **extra), site.play("failback", **extra)


def test_after_a_failback_the_other_target_follows_home(home):
    site, real, again = home
    assert real.returncode == 0, real.output
    wanted = {(f"svm_paris:vol000{number}", "snapmirrored") for number in (1, 2)}
    assert mirrors(site, "nice") == mirrors(site, "lyon") == wanted
    assert mirrors(site, "paris") == set()
    assert site.rest("paris", "GET", "/snapmirror/relationships?list_destinations_only=true")["num_records"] == 4
    assert site.rest("lyon", "GET", "/snapmirror/relationships?list_destinations_only=true")["num_records"] == 0
    assert "last at lyon" in site.volumes("nice")["vol0002"]["markers"]
    assert (again.returncode, again.changed, again.writes) == (0, 0, []), again.output


def test_no_lock_is_left_anywhere(home):
    site, real, _again = home
    assert "is still held" not in real.output
    found = [site.rest(name, "GET", "/protocols/nfs/export-policies?name=dm_lock*") for name in site.site.clusters]
    assert [one["num_records"] for one in found] == [0, 0, 0]
