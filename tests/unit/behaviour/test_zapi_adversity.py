# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Over ZAPI, too, an answer that got lost is resolved by looking, and what is refused is told per volume."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.connect import open_array
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import ApiError
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import CloneSpec
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint
from tests.unit.behaviour.bench import AGGREGATES, by_volume

PROTOCOLS = ("zapi",)


def states(site):
    return {name: mirror["state"] for name, mirror in by_volume(site.good("snapmirror_info", **site.sides)).items()}


def sent(site, call):
    return len(site.site.journal.entries(path=f"/zapi/{call}"))


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
@pytest.mark.parametrize("call", ["volume-create", "sis-enable", "snapmirror-create", "snapmirror-initialize"])
def test_a_lost_answer_while_protecting(bench, call, action):
    site = bench(volumes=2)
    site.site.faults.add(method="ZAPI", path=f"/zapi/{call}", action=action, times=1)
    site.protect()
    relationships = site.site.world.clusters["lyon"].relationships.values()
    assert sorted(each.state for each in relationships) == ["snapmirrored"] * 2
    assert site.volume("lyon", "vol0001").type == site.volume("lyon", "vol0002").type == "dp"


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
@pytest.mark.parametrize("call", ["snapmirror-quiesce", "snapmirror-break", "volume-mount"])
def test_a_lost_answer_while_failing_over(bench, call, action):
    site = bench(volumes=2)
    site.protect()
    site.site.faults.add(method="ZAPI", path=f"/zapi/{call}", action=action, times=1)
    junctions = {"vol0001": "/vol0001", "vol0002": "/vol0002"}
    broken = site.good("snapmirror_break", **site.from_destination, junction_paths=junctions)
    assert {one["writable"] for one in broken["results"]} == {True}
    assert [site.volume("lyon", name).junction for name in junctions] == list(junctions.values())


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
@pytest.mark.parametrize("call", ["snapmirror-destroy", "snapmirror-release"])
def test_a_lost_answer_while_letting_go(bench, call, action):
    site = bench(volumes=2)
    site.protect()
    site.site.faults.add(method="ZAPI", path=f"/zapi/{call}", action=action, times=1)
    site.good("snapmirror_relationship", **site.sides, state="absent", timeout=3600)
    assert site.site.world.clusters["lyon"].relationships == {}
    assert site.site.world.clusters["paris"].source_entries == {}


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
@pytest.mark.parametrize("call", ["volume-clone-create", "volume-modify-iter", "volume-mount"])
def test_a_lost_answer_while_cloning(bench, call, action):
    """A clone is made, gets its comment and its place by one call each; none of them is mounted without its comment."""
    site = bench(volumes=2)
    site.protect()
    site.site.faults.add(method="ZAPI", path=f"/zapi/{call}", action=action, times=1)
    apart = {"clone_name": "try_{parent}", "junction_path": "/try_{junction}", "purpose": "try"}
    made = site.good("volume_clone", **site.from_destination, **apart)
    clones = [each for each in site.site.world.clusters["lyon"].volumes() if each.clone_of]
    assert len(clones) == 2 and made["failed_volumes"] == []
    assert all(each.comment and each.junction for each in clones)
    assert site.good("volume_clone", **site.from_destination, **apart)["changed"] is False


def test_a_volume_of_somebody_else_is_never_taken_for_a_clone(bench):
    site = bench(volumes=1)
    site.protect()
    array = open_array(endpoint(site), "svm_lyon", site.site.clock.sleep)
    with pytest.raises(ApiError) as taken:
        array.clone_create(CloneSpec("vol0001", "vol0001", "mine"))
    assert taken.value.code == "1"
    assert site.site.journal.entries(path="/zapi/volume-clone-create") == []


def endpoint(site):
    given = {key: value for key, value in site.site.params("lyon").items() if key != "svm"}
    return Endpoint(**given)


def test_a_write_that_was_done_is_not_sent_again(bench):
    site = bench(volumes=1)
    site.protect()
    site.site.faults.add(method="ZAPI", path="/zapi/snapmirror-break", action="drop_after", times=1)
    site.good("snapmirror_break", **site.from_destination, mount=False)
    assert sent(site, "snapmirror-break") == 1


def test_a_transfer_that_is_in_the_way_is_waited_for(bench):
    """17137 passes, so it is asked for again."""
    site = bench(volumes=1)
    site.protect()
    site.site.world.transfer_seconds_min = 20.0
    busy = {"action": "http_status", "status": 200, "code": "17137", "message": "another transfer", "times": 2}
    site.site.faults.add(method="ZAPI", path="/zapi/snapmirror-update", **busy)
    done = site.good("snapmirror_update", **site.from_destination, wait=True, timeout=3600)
    assert done["failed_volumes"] == [] and sent(site, "snapmirror-update") == 3


def test_one_of_many_that_is_refused_stops_no_other_and_the_rerun_does_only_that_one(bench):
    site = bench(volumes=5)
    site.site.faults.add(
        verb="volume.create", target="svm_lyon:vol0003", action="refuse", code="917508", message="gone"
    )
    failed = site.run("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    assert failed["failed_volumes"] == ["vol0003"] and "errno 14420" in failed["msg"]
    site.site.faults.clear()
    again = site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    assert {step["volume"] for step in again["plan"]} == {"vol0003"}


def test_a_cluster_that_goes_away_is_told_as_unreachable(bench):
    site = bench(volumes=1)
    site.protect()
    site.site.down("lyon")
    failed = site.run("snapmirror_break", **site.from_destination)
    assert failed["failed"] and "refused" in failed["msg"]


def test_a_planned_deletion_takes_the_volume_that_was_read_and_no_namesake(bench):
    """Between the look and the request the volume is renamed and another one gets its name."""
    site = bench(volumes=1)
    site.protect()
    site.good("snapmirror_relationship", **site.sides, state="absent", timeout=3600)
    volume = site.volume("lyon", "vol0001")
    del volume.svm.volumes["vol0001"]
    volume.name = "renamed"
    volume.svm.volumes["renamed"] = volume
    site.make_rw_volume(site.site.world.clusters["lyon"], "svm_lyon", "vol0001")
    site.run("flexvol_mirror_target", **site.sides, state="absent")
    assert site.volume("lyon", "vol0001").type == "rw"
    assert not site.volume("lyon", "vol0001").deleted


def test_without_change_the_whole_state_is_read_in_few_calls(bench):
    site = bench(volumes=60)
    site.protect()
    site.site.advance(3600)
    site.forget_traffic()
    assert set(states(site).values()) == {"snapmirrored"}
    assert len(site.requests()) <= 16
    assert site.writes() == []
