# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time per backend."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from tests.unit.behaviour.bench import AGGREGATES

PROTOCOLS = ("rest", "zapi")
MAKING = {"rest": ("POST", "/protocols/nfs/export-policies"), "zapi": ("ZAPI", "/zapi/export-policy-create")}
MINE = {"lock": "paris", "lock_owner": f"{socket.gethostname()}-{os.getpid()}"}
OTHER = {"lock": "paris", "lock_owner": "controller2-4711"}


def locks(site):
    policies = site.site.world.clusters["lyon"].svms["svm_lyon"].export_policies
    return sorted(name for name in policies if name.startswith("dm_lock"))


def make_targets(site, folder, **options):
    return site.run("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES, report_dir=str(folder), **options)


def report(site, folder, owner):
    return site.good(
        "replication_report", backend="paris", playbook="replicate", report_dir=str(folder),
        targets=[site.site.params("lyon")], **owner,
    )  # fmt: skip


def dead_owner():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return {"lock": "paris", "lock_owner": f"{socket.gethostname()}-{process.pid}"}


def test_a_run_keeps_its_lock_over_its_tasks_and_gives_it_back_with_its_report(bench, tmp_path):
    site = bench(volumes=1)
    assert "failed" not in make_targets(site, tmp_path, **MINE)
    assert len(locks(site)) == 2
    site.good("snapmirror_relationship", **site.sides, report_dir=str(tmp_path), **MINE)
    assert len(locks(site)) == 2
    report(site, tmp_path, MINE)
    assert locks(site) == []


def test_a_run_with_nothing_to_do_takes_no_lock(bench, tmp_path):
    site = bench(volumes=1)
    site.protect()
    site.forget_traffic()
    assert make_targets(site, tmp_path, **MINE)["changed"] is False
    report(site, tmp_path, MINE)
    assert site.writes() == []


def test_another_run_is_kept_out_before_it_changes_anything(bench, tmp_path):
    site = bench(volumes=2)
    make_targets(site, tmp_path / "one", volumes=["vol0001"], **OTHER)
    kept_out = make_targets(site, tmp_path / "two", **MINE)
    assert kept_out["failed"] is True
    assert "controller2-4711 since" in kept_out["msg"] and "take_over_lock" in kept_out["msg"]
    names = [volume.name for volume in site.site.world.clusters["lyon"].volumes()]
    assert "vol0002" not in names
    assert site.run("flexvol_mirror_target", check=True, **site.sides, aggregate_map=AGGREGATES, **MINE)["changed"]


def test_a_lock_can_be_taken_over_by_name(bench, tmp_path):
    site = bench(volumes=2)
    make_targets(site, tmp_path / "one", volumes=["vol0001"], **OTHER)
    taken = make_targets(site, tmp_path / "two", take_over_lock=True, **MINE)
    assert "failed" not in taken
    assert any("taken over from controller2-4711" in warning for warning in taken["warnings"])
    report(site, tmp_path / "two", MINE)
    assert locks(site) == []


def test_the_lock_of_a_run_that_died_here_is_no_obstacle(bench, tmp_path):
    site = bench(volumes=2)
    make_targets(site, tmp_path, volumes=["vol0001"], **dead_owner())
    assert "failed" not in make_targets(site, tmp_path, **MINE)
    report(site, tmp_path, MINE)
    assert locks(site) == []


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
def test_a_lost_answer_leaves_no_doubt_about_whose_it_is(bench, protocol, tmp_path, action):
    site, (method, path) = bench(volumes=1), MAKING[protocol]
    site.site.faults.add(action=action, method=method, path=path, nth=1)
    result = make_targets(site, tmp_path, **MINE)
    if action == "drop_before":
        assert "failed" not in result
    else:
        assert "another run holds the lock" in result["msg"]
        assert "failed" not in make_targets(site, tmp_path, take_over_lock=True, **MINE)


def test_a_run_that_died_between_the_lock_and_its_mark_is_no_obstacle(bench, protocol, tmp_path):
    site, dead, (method, path) = bench(volumes=1), dead_owner(), MAKING[protocol]
    fault = site.site.faults.add(action="http_status", args={"status": 500}, method=method, path=path, nth=2)
    assert make_targets(site, tmp_path, **dead)["failed"] is True
    site.site.faults.remove(fault)
    assert locks(site) == ["dm_lock_paris"]
    done = make_targets(site, tmp_path, **MINE)
    assert any(f"taken over from {dead['lock_owner']}" in warning for warning in done["warnings"])
    report(site, tmp_path, MINE)
    assert locks(site) == []
