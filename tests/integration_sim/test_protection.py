# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""replicate, status, update and retire: what they do to the arrays, in check mode, for real, and once more."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.integration_sim.playbooks import Arrays, arrays

pytestmark = pytest.mark.slow
NAMES = [f"vol{number:04d}" for number in range(1, 6)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with arrays(tmp_path_factory.mktemp("protection")) as running:
        yield running


@pytest.fixture(scope="module")
def protected(site: Arrays):
    """The first check, the first run and the second one, of replicate."""
    return [
        site.play("replicate", "--check", "--diff", backend="paris"),
        site.play("replicate"),
        site.play("replicate"),
    ]


def test_a_first_check_writes_nothing_and_tells_what_the_run_then_does(protected):
    check, real, _again = protected
    assert (check.returncode, real.returncode) == (0, 0), check.output + real.output
    assert check.writes == []
    assert check.plans() == real.plans()
    assert [bool(plan) for _task, plan, _diff in real.plans()] == [False, True, True, False]
    assert check.changed == real.changed > 0


def test_every_volume_is_mirrored(site, protected):
    targets = site.volumes("lyon")
    assert sorted(targets) == NAMES
    assert {volume["type"] for volume in targets.values()} == {"dp"}
    assert all(set(site.volumes("paris")[name]["markers"]) == set(targets[name]["markers"]) for name in NAMES)


def test_only_the_target_is_written(protected):
    assert {request.cluster for request in protected[1].writes} == {"lyon"}


def test_a_second_replicate_changes_nothing_and_writes_nothing(protected):
    again = protected[2]
    assert (again.returncode, again.changed, again.writes) == (0, 0, [])


def test_the_manifest_knows_where_the_source_mounts(site, protected):
    manifest = json.loads((site.folder / "manifests" / "paris.json").read_text(encoding="utf-8"))
    assert {name: volume["junction_path"] for name, volume in manifest["volumes"].items()} == site.junctions("paris")


def test_no_password_is_shown_or_returned(site, protected):
    passwords = [cluster["password"] for cluster in site.site.clusters.values()]
    loud = site.play("status", "-vvv")
    shown = "".join(play.output + json.dumps(play.tasks) for play in (*protected, loud))
    files = "".join(path.read_text(encoding="utf-8") for path in site.folder.glob("*/paris*/*"))
    assert loud.returncode == 0
    assert [password for password in passwords if password in shown + files] == []


def test_status_reads_only_and_tells_one_line_of_a_healthy_backend(site, protected):
    status = site.play("status", backend="paris")
    assert (status.returncode, status.changed, status.writes) == (0, 0, [])
    assert len([line for line in status.messages().splitlines() if line.startswith("paris")]) == 1
    assert [name for name in NAMES if name in status.messages()] == []


def test_a_relative_folder_counts_from_where_the_run_was_started(site, protected):
    assert site.play("status", report_dir="here").returncode == 0
    assert (site.folder / "here" / "paris" / "report.json").exists()


def test_without_a_backend_every_one_that_has_targets_is_run(site, protected):
    hosts = json.loads(site.inventory.read_text(encoding="utf-8"))
    hosts["ontap_backends"]["hosts"]["lyon"]["ontap_replication_targets"] = [{"backend": "paris"}]
    both = site.folder / "both.json"
    both.write_text(json.dumps(hosts), encoding="utf-8")
    run = replace(site, inventory=both).play("status", report_dir="both")
    assert run.returncode == 0, run.output
    assert sorted(path.parent.name for path in site.folder.glob("both/*/report.json")) == ["lyon", "paris"]


def test_status_names_the_volume_that_lags_and_fails_only_if_asked(site, protected):
    site.control("clock", {"advance": 600})
    told = site.play("status", rpo_s="60")
    assert told.returncode == 0
    assert [name for name in NAMES if name in told.messages()] == NAMES
    strict = site.play("status", rpo_s="60", fail_on_breach="true")
    assert strict.returncode == 2
    generous = site.play("status", rpo_s="86400", fail_on_breach="true")
    assert generous.returncode == 0, generous.output


def test_status_names_a_volume_that_nobody_protects(site, protected):
    fresh = {"name": "fresh", "svm": {"name": "svm_paris"}, "aggregates": [{"name": "aggr1_paris"}], "size": 2**30}
    site.rest("paris", "POST", "/storage/volumes", fresh)
    told = site.play("status").messages()
    site.rest("paris", "DELETE", "/storage/volumes?name=fresh&svm.name=svm_paris")
    assert [line for line in told.splitlines() if line.startswith("fresh: ") and "no mirror" in line]
    assert [name for name in NAMES if name in told] == []


def test_update_brings_what_was_written_since(site, protected):
    assert site.write("paris", "vol0002", "late")
    check = site.play("update", "--check")
    assert (check.returncode, check.writes) == (0, [])
    real = site.play("update", timeout="120", wait="true")
    assert real.returncode == 0, real.output
    assert check.plans() == real.plans()
    assert "late" in site.volumes("lyon")["vol0002"]["markers"]


def test_an_ad_hoc_command_needs_neither_password_nor_connection(site, protected):
    """Run against a backend whose connection would be ssh, if it were a machine."""
    command = ["-i", str(site.inventory), "lyon", "-m", "ontap.data_motion.snapmirror_info"]
    asked = site.run("ansible", *command, "-a", "destination=lyon source=paris")
    assert asked.returncode == 0, asked.output
    assert '"state": "snapmirrored"' in asked.output
    alone = site.run("ansible", *command, "-a", "destination=lyon")
    assert alone.returncode == 0, alone.output
    assert alone.output.count('"volume": ') == asked.output.count('"volume": ')
    assert asked.writes == []


def test_retire_removes_mirrors_and_their_volumes(site, protected):
    """Last, since it takes away what the others look at."""
    names = {"backend": "paris", "target": "lyon", "delete_volumes": "true"}
    check = site.play("retire", "--check", **names)
    assert (check.returncode, check.writes) == (0, []), check.output
    real = site.play("retire", confirm="paris", **names)
    assert real.returncode == 0, real.output
    assert check.plans() == real.plans()
    assert site.volumes("lyon") == {}
    again = site.play("retire", confirm="paris", **names)
    assert (again.returncode, again.changed, again.writes) == (0, 0, [])
