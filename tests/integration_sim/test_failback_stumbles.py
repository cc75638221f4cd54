# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failback in which volumes stumble one by one: the others arrive, and each next run does what is left."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration_sim.playbooks import Arrays, Play, arrays

pytestmark = pytest.mark.slow

CONFIRMED = {"backend": "paris", "confirm": "paris"}
POLICY = {"ontap_replication_policy": "MirrorLatest", "ontap_replication_schedule": "daily"}
REFUSAL = {"action": "refuse", "args": {"code": "1", "message": "not now"}}


def report(site: Arrays) -> dict[str, Any]:
    return json.loads((site.folder / "reports" / "paris" / "report.json").read_text(encoding="utf-8"))


def failed(play: Play) -> list[str]:
    (told,) = play.results("replication_report")
    return told["failed_volumes"]


def policy_of(site: Arrays, cluster: str, name: str) -> tuple[str, str]:
    """Policy and schedule of the mirror that ends there."""
    fields = "fields=policy.name,transfer_schedule.name"
    path = f"/snapmirror/relationships?destination.path=svm_{cluster}:{name}&{fields}"
    (found,) = site.rest(cluster, "GET", path)["records"]
    return found["policy"]["name"], found["transfer_schedule"]["name"]


def states(site: Arrays) -> dict[str, str]:
    """Of the mirrors that end at each site, by volume."""
    return {
        f"{cluster}:{one['destination']['path'].partition(':')[2]}": one["state"]
        for cluster in ("paris", "lyon")
        for one in site.rest(cluster, "GET", "/snapmirror/relationships?fields=state,destination.path")["records"]
    }


def mounted(site: Arrays, cluster: str) -> set[str]:
    return {name for name, junction in site.junctions(cluster).items() if junction}


def writable(site: Arrays, cluster: str) -> set[str]:
    return {name for name, volume in site.volumes(cluster).items() if volume["type"] == "rw"}


def touched(play: Play, task: str) -> set[str]:
    return {step["volume"] for name, plan, _diff in play.plans() if name == task for step in plan}


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """Failed over to lyon, with newer data there; a reprotect in which the array refuses one new mirror at paris, and a
    failback that finds the mirrors too far behind for its taste."""
    with arrays(tmp_path_factory.mktemp("stumbles"), volumes=5, **POLICY) as site:
        home = site.junctions("paris")
        assert site.play("replicate").returncode == 0
        assert site.play("failover", mode="planned", **CONFIRMED).returncode == 0
        for name in home:
            assert site.write("lyon", name, f"at lyon {name}")
        site.fault(verb="snapmirror.create", target="svm_paris:vol0004", **REFUSAL)
        assert site.play("reprotect", backend="paris").returncode == 2
        site.no_faults()
        hook = "- name: The applications are stopped\n  ansible.builtin.debug: {msg: hook}\n"
        (site.folder / "before.yml").write_text(hook, encoding="utf-8")
        impatient = site.play("failback", max_lag="-1", backend_failback_pre_tasks="before.yml", **CONFIRMED)
        yield site, home, impatient, report(site), mounted(site, "lyon"), policy_of(site, "paris", "vol0004")


def test_a_lag_that_is_too_great_leaves_the_target_in_service_and_is_no_success(there):
    _site, home, impatient, told, served, _policy = there
    assert impatient.returncode == 2
    assert "nothing was taken out of service: more than -1 s behind" in impatient.messages()
    assert "The applications are stopped" not in [task["task"] for task in impatient.tasks]
    assert served == set(home)
    assert told["ok"] is False
    assert {one["status"] for one in told["volumes"]} == {"failed"}


def test_a_mirror_back_without_a_memory_gets_policy_and_schedule_of_the_inventory_too(there):
    assert there[5] == ("MirrorLatest", "daily")


@pytest.fixture(scope="module")
def stumble(there):
    """The array refuses two breaks at home, one mount there, and one new mirror at lyon."""
    site = there[0]
    for name in ("vol0001", "vol0002"):
        site.fault(verb="snapmirror.break", target=f"svm_paris:{name}", **REFUSAL)
    site.fault(verb="volume.mount", target="svm_paris:vol0005", **REFUSAL)
    site.fault(verb="snapmirror.create", target="svm_lyon:vol0003", **REFUSAL)
    play = site.play("failback", **CONFIRMED)
    site.no_faults()
    return play, states(site), mounted(site, "paris"), mounted(site, "lyon")


def test_whatever_arrives_is_served_and_mirrored_again_and_the_rest_is_named(stumble):
    play, found, at_home, at_lyon = stumble
    assert play.returncode == 2
    assert failed(play) == ["vol0001", "vol0002", "vol0003", "vol0005"]
    assert at_home == {"vol0003", "vol0004"}
    assert at_lyon == set()
    assert found["lyon:vol0004"] == "snapmirrored"
    assert (found["paris:vol0001"], found["paris:vol0002"]) == ("paused", "paused")
    assert "2 volumes are served at home, and not yet vol0001, vol0002, vol0005" in play.messages()


@pytest.fixture(scope="module")
def again(stumble, there):
    """Somebody resumes one of the two mirrors, and its last update fails."""
    site = there[0]
    (paused,) = site.rest("paris", "GET", "/snapmirror/relationships?destination.path=svm_paris:vol0002")["records"]
    site.rest("paris", "PATCH", f"/snapmirror/relationships/{paused['uuid']}", {"state": "snapmirrored"})
    cut = {"action": "fail_transfer", "args": {"code": "1", "message": "line cut"}, "nth": 2}
    site.fault(verb="snapmirror.update", target="svm_paris:vol0002", **cut)
    play = site.play("failback", **CONFIRMED)
    site.no_faults()
    return play, states(site), mounted(site, "paris"), mounted(site, "lyon"), writable(site, "paris")


def test_a_stop_before_the_break_puts_back_only_what_was_not_broken_and_the_rest_arrives(there, again):
    play, _found, at_home, at_lyon, writable_at_home = again
    assert play.returncode == 2
    assert failed(play) == ["vol0001", "vol0002"]
    assert "Nothing was broken, the target serves as before" in play.messages()
    assert at_lyon == {"vol0001", "vol0002"}
    assert at_home == writable_at_home == {"vol0003", "vol0004", "vol0005"}
    assert touched(play, "Put the target back in service") == {"vol0001", "vol0002"}


def test_a_mirror_that_an_earlier_run_paused_goes_on(again):
    found = again[1]
    assert (found["paris:vol0001"], found["paris:vol0002"]) == ("snapmirrored", "snapmirrored")
    assert {found[f"lyon:vol000{number}"] for number in (3, 4, 5)} == {"snapmirrored"}


def test_a_mirror_without_a_memory_gets_policy_and_schedule_of_the_inventory(there, again):
    assert policy_of(there[0], "lyon", "vol0003") == ("MirrorLatest", "daily")


@pytest.fixture(scope="module")
def finished(again, there):
    """Killed once more between quiesce and break, as it were; the check of the run that finishes it, that run, and one more."""
    site = there[0]
    for name in ("vol0001", "vol0002"):
        assert site.write("lyon", name, f"later at lyon {name}")
        site.fault(verb="snapmirror.break", target=f"svm_paris:{name}", **REFUSAL)
    assert site.play("failback", **CONFIRMED).returncode == 2
    site.no_faults()
    paused = states(site)
    check = site.play("failback", "--check", backend="paris")
    return paused, check, site.play("failback", **CONFIRMED), site.play("failback", **CONFIRMED)


def test_a_run_that_was_cut_off_between_quiesce_and_break_is_finished(there, finished):
    site, home = there[:2]
    paused, check, real, _again = finished
    assert {paused["paris:vol0001"], paused["paris:vol0002"]} == {"paused"}
    assert (check.returncode, check.writes) == (0, []), check.output
    assert real.returncode == 0, real.output
    assert site.junctions("paris") == home
    content = {name: volume["markers"] for name, volume in site.volumes("paris").items()}
    assert [name for name in home if f"at lyon {name}" not in content[name]] == []
    assert [name for name in ("vol0001", "vol0002") if f"later at lyon {name}" not in content[name]] == []
    broken = "Break the mirrors at home and mount the volumes"
    assert touched(check, broken) == touched(real, broken) == {"vol0001", "vol0002"}
    assert set(states(site)) == {f"lyon:{name}" for name in home}
    assert report(site)["ok"] is True


def test_a_further_run_changes_nothing(finished):
    again = finished[-1]
    assert (again.returncode, again.changed, again.writes) == (0, 0, []), again.output
