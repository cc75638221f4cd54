# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a failover: what was written while each side was active is at home in the end, but for a loss that was accepted."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.integration_sim.playbooks import Arrays, arrays

pytestmark = pytest.mark.slow

BACKEND = {"backend": "paris"}
CONFIRMED = {"backend": "paris", "confirm": "paris"}
OTHER_NAMES = {
    "backend": "lyon",
    "destination_name": "of_{svm}_{volume}",
    "aggregate_map": {"aggr1_paris": "aggr1_lyon", "aggr2_paris": "aggr2_lyon"},
}


def markers(site: Arrays, cluster: str) -> dict[str, set[str]]:
    return {name: set(volume["markers"]) for name, volume in site.volumes(cluster).items()}


def report(site: Arrays) -> dict[str, Any]:
    return json.loads((site.folder / "reports" / "paris" / "report.json").read_text(encoding="utf-8"))


def relationships(site: Arrays) -> dict[str, tuple[int, int]]:
    """By cluster: mirrors that end there, and records of mirrors that begin there."""
    ways = ("/snapmirror/relationships", "/snapmirror/relationships?list_destinations_only=true")
    return {
        cluster: tuple(site.rest(cluster, "GET", way)["num_records"] for way in ways) for cluster in ("paris", "lyon")
    }


def snapshots(site: Arrays, cluster: str) -> list[int]:
    found = site.rest(cluster, "GET", "/storage/volumes?name=*vol0*&fields=snapshot_count")["records"]
    return [one["snapshot_count"] for one in found]


# -- planned there and back; the volumes at lyon have names of their own


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A planned failover, and a failback whose last update fails."""
    with arrays(tmp_path_factory.mktemp("back"), volumes=3, ontap_replication_targets=[OTHER_NAMES]) as site:
        home = site.junctions("paris")
        assert site.play("replicate").returncode == 0
        assert site.write("paris", "vol0001", "at paris")
        assert site.play("failover", mode="planned", **CONFIRMED).returncode == 0
        for name in home:
            assert site.write("lyon", f"of_svm_paris_{name}", f"at lyon {name}")
        fault = {"action": "fail_transfer", "args": {"code": "1", "message": "line cut"}, "nth": 2}
        site.fault(verb="snapmirror.update", target="svm_paris:vol0002", **fault)
        stopped = site.play("failback", **CONFIRMED)
        site.no_faults()
        yield site, home, stopped, site.junctions("lyon"), site.types("lyon")


def test_a_failback_that_cannot_be_proven_puts_the_target_back_in_service(there):
    site, home, stopped, junctions, types_there = there
    assert stopped.returncode == 2
    assert "the target serves as before" in stopped.messages()
    assert "vol0002" in stopped.messages()
    assert junctions == {f"of_svm_paris_{name}": path for name, path in home.items()}
    assert types_there == {"rw"}
    assert site.write("lyon", "of_svm_paris_vol0001", "later at lyon")


@pytest.fixture(scope="module")
def back(there):
    """The check of the failback, the failback, and one more."""
    site = there[0]
    assert site.write("lyon", "of_svm_paris_vol0003", "last at lyon")
    for name in ("before", "after"):
        text = f"- name: {name}\n  ansible.builtin.debug: {{msg: hook}}\n"
        (site.folder / f"{name}.yml").write_text(text, encoding="utf-8")
    hooks = {"backend_failback_pre_tasks": "before.yml", "backend_failback_post_tasks": "after.yml"}
    check = site.play("failback", "--check", **BACKEND)
    real = site.play("failback", **CONFIRMED, **hooks)
    counts = snapshots(site, "paris"), snapshots(site, "lyon")
    return check, real, counts, site.play("failback", **CONFIRMED)


def test_everything_written_on_either_side_is_at_home(there, back):
    site, home, *_more = there
    assert back[1].returncode == 0, back[1].output
    found = markers(site, "paris")
    assert {"at paris", "at lyon vol0001"} <= found["vol0001"]
    assert {"at lyon vol0003", "last at lyon"} <= found["vol0003"]
    assert site.junctions("paris") == home
    assert [name for name in home if not site.write("paris", name, "home again")] == []
    assert site.types("lyon") == {"dp"}


def test_the_original_direction_is_back_and_no_record_or_snapshot_of_the_way_is_left(there, back):
    site = there[0]
    assert relationships(site) == {"paris": (0, 3), "lyon": (3, 0)}
    of_paris, of_lyon = back[2]
    assert of_paris == of_lyon
    assert max(of_paris) <= 2


def test_a_check_of_a_failback_writes_nothing_and_foretells_every_step(there, back):
    check, real = back[:2]
    assert (check.returncode, check.writes) == (0, []), check.output
    foretold = {task: plan for task, plan, _diff in check.plans()}
    done = {task: plan for task, plan, _diff in real.plans()}
    for task in ("Fence the target", "Update one last time", "Break the mirrors at home and mount the volumes"):
        assert foretold[task] == done[task] != []
    assert foretold["Mirror to the target again"] == done["Mirror to the target again"] != []


def test_tasks_of_the_user_run_before_the_fence_and_at_the_end(back):
    order = [task["task"] for task in back[1].tasks]
    assert order.index("before") < order.index("Fence the target") < order.index("Mirror to the target again")
    assert order.index("Mirror to the target again") < order.index("after")


def test_the_report_of_a_failback_calls_each_volume_by_its_own_name_once(there, back):
    told = report(there[0])
    assert (told["playbook"], told["ok"], told["target"]) == ("failback", True, "lyon")
    assert [one["volume"] for one in told["volumes"]] == ["vol0001", "vol0002", "vol0003"]
    assert {one["state"] for one in told["volumes"]} == {"snapmirrored"}


def test_a_second_failback_changes_nothing_and_writes_nothing(back):
    again = back[-1]
    assert (again.returncode, again.changed, again.writes) == (0, 0, []), again.output


def test_a_failback_asks_for_the_backends_name(there, back):
    refused = there[0].play("failback", **BACKEND)
    assert refused.returncode == 2
    assert refused.requests == []


def test_a_file_of_own_tasks_that_is_not_there_is_told_before_anything_is_asked(there, back):
    refused = there[0].play("failback", backend_failback_post_tasks="nowhere.yml", **CONFIRMED)
    assert (refused.returncode, refused.requests) == (2, [])
    assert "There is no file nowhere.yml. Nothing was done." in refused.messages() + refused.output


# -- lost and found again


@pytest.fixture(scope="module")
def returned(tmp_path_factory):
    """paris is lost with writes that never left it, lyon serves, paris comes back mounted and writable."""
    with arrays(tmp_path_factory.mktemp("lost"), volumes=3) as site:
        home = site.junctions("paris")
        assert site.play("replicate").returncode == 0
        site.control("clock", {"advance": 100})
        assert site.write("paris", "vol0001", "never left paris")
        site.shut_down("paris")
        assert site.play("failover", mode="unplanned", **CONFIRMED).returncode == 0
        assert site.write("lyon", "vol0001", "at lyon")
        site.control("clusters/paris", {"up": True})
        yield site, home, site.play("status"), site.play("reprotect", **BACKEND)


def test_status_says_split_brain_danger_and_nothing_is_done_to_the_old_site(returned):
    status = returned[2]
    assert (status.returncode, status.writes) == (0, [])
    assert "split-brain danger: svm_paris:vol0001 takes writes" in status.messages()


def test_the_old_site_is_isolated_and_a_loss_is_refused_with_the_file_that_accepts_it(returned):
    site, _home, _status, refused = returned
    assert refused.returncode == 2
    assert set(site.junctions("paris").values()) == {None}
    assert "accept_data_loss: {vol0001: " in refused.messages()
    assert f"-e @{site.folder}/reports/paris/accept_data_loss.yml" in refused.messages()
    assert relationships(site)["lyon"] == (3, 0), "nothing was turned round"


@pytest.fixture(scope="module")
def accepted(returned):
    """Its check, a run in which the array refuses one resync, the run that does the rest, and one more."""
    site = returned[0]
    file = site.folder / "reports" / "paris" / "accept_data_loss.yml"
    quoted = yaml.safe_load(file.read_text(encoding="utf-8"))["accept_data_loss"]
    accept = ("-e", f"@{file}")
    check = site.play("reprotect", "--check", *accept, **BACKEND)
    refusal = {"action": "refuse", "args": {"code": "13303841", "message": "not now"}}
    site.fault(verb="snapmirror.resync", target="svm_paris:vol0002", **refusal)
    stumbled = site.play("reprotect", *accept, **BACKEND)
    site.no_faults()
    rest = site.play("reprotect", *accept, **BACKEND)
    return quoted, check, stumbled, rest, site.play("reprotect", **BACKEND)


def test_the_loss_is_quoted_volume_by_volume(accepted):
    quoted = accepted[0]
    assert sorted(quoted) == ["vol0001", "vol0002", "vol0003"]
    assert all(100 <= seconds < 1000 for seconds in quoted.values())


def test_a_check_of_a_reprotection_foretells_what_is_kept_and_turned(accepted):
    check = accepted[1]
    assert (check.returncode, check.writes) == (0, []), check.output
    plans = {task: [step["verb"] for step in plan] for task, plan, _diff in check.plans()}
    assert plans["Keep what was never replicated"] == ["clone_create", "clone_split"] * 3
    assert plans["Mirror back"].count("resync") == 3


def test_a_step_that_the_array_refused_is_named_and_the_next_run_does_the_rest(returned, accepted):
    site = returned[0]
    _quoted, _check, stumbled, rest, again = accepted
    assert (stumbled.returncode, rest.returncode) == (2, 0), rest.output
    (failed,) = [result["failed_volumes"] for result in stumbled.results("replication_report")]
    assert failed == ["vol0002"]
    assert {step["volume"] for task, plan, _diff in rest.plans() if task == "Mirror back" for step in plan} == {
        "vol0002"
    }
    assert (again.returncode, again.changed, again.writes) == (0, 0, []), again.output
    assert relationships(site) == {"paris": (3, 0), "lyon": (0, 3)}


def test_status_tells_the_mirrors_that_run_back(returned, accepted):
    status = returned[0].play("status")
    assert (status.returncode, status.writes) == (0, []), status.output
    told = report(returned[0])["volumes"]
    assert {(one["volume"], one["direction"], one["state"]) for one in told} == {
        (f"vol000{number}", "reversed", "snapmirrored") for number in (1, 2, 3)
    }


def test_what_was_never_replicated_is_kept_as_a_volume_of_its_own(returned, accepted):
    found = {name: volume for name, volume in returned[0].volumes("paris").items() if "_kept_" in name}
    assert sorted(name.partition("_kept_")[0] for name in found) == ["vol0001", "vol0002", "vol0003"]
    (kept,) = [volume for name, volume in found.items() if name.startswith("vol0001")]
    assert "never left paris" in kept["markers"]
    assert (kept["type"], kept["junction"]) == ("rw", None)


def test_exactly_the_announced_loss_is_lost_and_the_rest_is_at_home(returned, accepted):
    site, home, *_more = returned
    assert site.write("lyon", "vol0002", "weeks later at lyon")
    done = site.play("failback", **CONFIRMED)
    assert done.returncode == 0, done.output
    found = markers(site, "paris")
    assert "at lyon" in found["vol0001"]
    assert "weeks later at lyon" in found["vol0002"]
    assert "never left paris" not in found["vol0001"]
    assert {name: path for name, path in site.junctions("paris").items() if "_kept_" not in name} == home
    assert [name for name in site.volumes("paris") if name.startswith("vol0001_kept_")] != []
    assert relationships(site) == {"paris": (0, 3), "lyon": (3, 0)}, "what is kept is nobody's pool"
