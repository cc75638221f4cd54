# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several backends side by side in one run, and slices of an inventory in runs of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration_sim.playbooks import TIME_LIMIT_S, Arrays
from tests.tools.simulated_site import GROUP, simulated_site

pytestmark = pytest.mark.slow

BACKENDS = 4
LIMIT = 8
TOOLS = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def scenario() -> dict[str, Any]:
    """Two clusters with four SVMs each."""
    clusters = {}
    for cluster, volumes in (("west", {"vol1": {"size": "1GB", "junction": "/vol1"}}), ("east", {})):
        clusters[cluster] = {
            "aggregates": {f"aggr1_{cluster}": "10TB"},
            "svms": {f"{cluster}{number}": {"volumes": volumes} for number in range(BACKENDS)},
        }
    return {"clusters": clusters}


def hosts(clusters: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every SVM is a backend; each of west is mirrored to another one of east, crosswise."""
    found = {}
    for place in clusters.values():
        for svm in place["svms"]:
            found[svm] = {
                "ontap_hostname": place["hostname"],
                "ontap_http_port": place["port"],
                "ontap_https": place["https"],
                "ontap_username": place["username"],
                "ontap_password": place["password"],
                "ontap_svm": svm,
            }
    for number in range(BACKENDS):
        target = {"backend": f"east{(number + 1) % BACKENDS}", "aggregate_map": {"aggr1_west": "aggr1_east"}}
        found[f"west{number}"]["ontap_replication_targets"] = [target]
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    file = folder / "world.yml"
    file.write_text(yaml.safe_dump(scenario()), encoding="utf-8")
    with simulated_site(options=("--scenario", str(file))) as running:
        inventory = folder / "inventory.json"
        shared = {"ontap_requests_at_once": LIMIT, "ontap_manifest_dir": str(folder / "manifests")}
        inventory.write_text(json.dumps({GROUP: {"hosts": hosts(running.clusters), "vars": shared}}), encoding="utf-8")
        yield Arrays(running, folder, inventory)


@pytest.fixture(scope="module")
def together(site):
    done = site.play("replicate", "--forks", str(BACKENDS))
    return done, site.control("journal")["entries"]


def at_once(entries: list[dict[str, Any]], cluster: str) -> int:
    """The most requests that were under way on *cluster* at one time."""
    spans = [(one["started"], one["ended"]) for one in entries if one["cluster"] == cluster]
    return max(sum(start <= moment < end for start, end in spans) for moment, _end in spans)


def test_one_run_protects_all_backends_side_by_side(site, together):
    done, _entries = together
    assert done.returncode == 0, done.output
    found = site.rest("east", "GET", "/snapmirror/relationships?fields=state,source,destination")["records"]
    assert {(one["source"]["path"], one["destination"]["path"]) for one in found} == {
        (f"west{number}:vol1", f"east{(number + 1) % BACKENDS}:vol1") for number in range(BACKENDS)
    }
    assert {one["state"] for one in found} == {"snapmirrored"}


def test_backends_of_one_cluster_share_what_it_is_asked_at_once(together):
    done, entries = together
    (shared,) = (task["result"] for task in done.tasks if task["task"].startswith("Share out"))
    assert shared["ansible_facts"]["ontap_data_motion_widths"] == {
        f"west{number}": LIMIT // BACKENDS for number in range(BACKENDS)
    }
    assert max(at_once(entries, "west"), at_once(entries, "east")) <= LIMIT


def slice_of(site: Arrays, number: int, count: int) -> Path:
    """What AWX gives to one slice of a job: every so manieth host, with the variables of its groups.

    Which of the other backends there are, and how they are reached, stands in a variable of the group.
    """
    everything = hosts(site.site.clusters)
    mine = sorted(everything)[number::count]
    folder = site.folder / f"slice{number}"
    (folder / "inventory").mkdir(parents=True)
    shared = {"ontap_other_backends": everything, "ontap_manifest_dir": str(folder / "manifests")}
    content = {GROUP: {"hosts": {name: everything[name] for name in mine}, "vars": shared}}
    (folder / "inventory" / "hosts.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def started(site: Arrays, folder: Path, playbook: str) -> subprocess.Popen[str]:
    """ansible-runner, as AWX calls it on an execution node."""
    settings = site.settings(folder / "record.jsonl") | {"ANSIBLE_HOME": str(folder / "home"), "PATH": TOOLS}
    (folder / "env").mkdir()
    (folder / "env" / "envvars").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "env" / "extravars").write_text(json.dumps({"report_dir": str(folder / "reports")}), encoding="utf-8")
    command = [sys.executable, "-m", "ansible_runner", "run", str(folder), "-p", f"ontap.data_motion.{playbook}"]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, text=True, env={**os.environ, "PATH": TOOLS}, **quiet)


@pytest.fixture(scope="module")
def sliced(site, together):
    """status in three slices at the same time; most targets are in another slice than their backend."""
    folders = [slice_of(site, number, 3) for number in range(3)]
    runs = [started(site, folder, "status") for folder in folders]
    return folders, [(run.communicate(timeout=TIME_LIMIT_S)[0], run.returncode) for run in runs]


def test_slices_need_nothing_of_each_other(sliced):
    folders, runs = sliced
    assert [code for _said, code in runs] == [0, 0, 0], runs
    reported = [{path.parent.name for path in folder.glob("reports/*/report.json")} for folder in folders]
    assert set.union(*reported) == {f"west{number}" for number in range(BACKENDS)}
    assert sum(map(len, reported)) == BACKENDS


def test_reports_of_slices_merge_into_one_folder(site, sliced):
    together = site.folder / "merged"
    for folder in sliced[0]:
        shutil.copytree(folder / "reports", together, dirs_exist_ok=True)
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(together.glob("*/report.json"))]
    assert [one["backend"] for one in reports] == [f"west{number}" for number in range(BACKENDS)]
    assert all(one["ok"] and [volume["state"] for volume in one["volumes"]] == ["snapmirrored"] for one in reports)
