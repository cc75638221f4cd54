# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAPI on the simulator: envelope, scopes, iterators, and the life of a mirror, over the world that REST shows."""

from __future__ import annotations

import json

import pytest
import requests

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.testing import running
from tests.simulator.zapi import errors
from tests.simulator.zapi.calls import HANDLERS, LISTINGS
from tests.simulator.zapi.contract import FACTS, load
from tests.simulator.zapi.iterators import matches_text
from tests.simulator.zapi.service import ontapi_minor
from tests.unit.simulator.zapi_client import SPACE, Refused, Zapi, text

MIRROR = {"destination_location": "svm_lyon:vol0001"}


@pytest.fixture
def site():
    world = scenario.from_counts(["paris", "lyon"], 3, SteppedClock(), faults=FaultBook())
    with running(world, traffic="rejected") as served:
        yield served


@pytest.fixture
def paris(site):
    return Zapi(site, "paris", "svm_paris")


@pytest.fixture
def lyon(site):
    return Zapi(site, "lyon", "svm_lyon")


@pytest.fixture
def mirrored(site, lyon):
    """vol0001 protected; the relationship as read."""
    lyon.ask("volume-create", volume="vol0001", containing_aggr_name="aggr1_lyon", size="900g", volume_type="dp")
    lyon.ask("snapmirror-create", source_location="svm_paris:vol0001", **MIRROR)
    lyon.ask("snapmirror-initialize", **MIRROR)
    site.advance(36000)
    return lambda: lyon.rows("snapmirror-get-iter")[0]


def errno(zapi, call, **args):
    with pytest.raises(Refused) as refused:
        zapi.ask(call, **args)
    return refused.value.errno


def test_every_simulated_call_and_every_number_is_a_published_one():
    contract = load()
    assert [name for name in {**LISTINGS, **HANDLERS} if contract.api(name) is None] == []
    published = json.loads(FACTS.read_text(encoding="utf-8"))["errors"]
    assert sorted(set(errors.OWN) - set(published)) == []


def test_the_envelope_tells_the_version_and_the_login_is_asked_for(site, paris):
    answer = paris.post("<netapp><system-get-version/></netapp>")
    assert answer.headers["content-type"].startswith("text/xml")
    assert 'version="1.271"' in answer.text and 'status="passed"' in answer.text
    assert "9.17.1" in answer.text
    assert ontapi_minor("9.5") == 150
    url = site.clusters["paris"].url + "/servlets/netapp.servlets.admin.XMLrequest_filer"
    assert requests.post(url, data="<netapp/>", timeout=30).status_code == 401
    assert requests.get(url, timeout=30).status_code == 405


@pytest.mark.parametrize("request_text", ["no XML", "<netapp/>", "<netapp><a/><b/></netapp>", "<other><a/></other>"])
def test_what_is_no_request_fails_with_a_reason(paris, request_text):
    answer = paris.post(request_text)
    assert 'status="failed"' in answer.text and 'errno="13115"' in answer.text


def test_what_the_contract_does_not_know_is_refused(paris):
    assert errno(paris, "volume-show") == "13005"
    assert errno(paris, "volume-mount", volume_name="vol0001") == "13115"
    assert errno(paris, "volume-offline", name="vol0001", really="true") == "13115"
    assert errno(paris, "volume-get-iter", max_records="many") == "13115"
    wrong = "<volume-attributes><volume-id-attributes><colour>red</colour></volume-id-attributes></volume-attributes>"
    assert errno(paris, "volume-get-iter", query=wrong) == "13115"
    assert errno(paris, "lun-get-comment", path="/vol/vol0001/lun1") == "13005"


def test_scopes_keep_svms_and_cluster_apart(site, paris):
    cluster = Zapi(site, "paris")
    assert text(cluster.ask("cluster-identity-get"), "cluster-name") == "paris"
    assert errno(paris, "cluster-identity-get") == "13005"
    assert errno(paris, "aggr-get-iter") == "13005"
    assert errno(cluster, "volume-mount", volume_name="vol0001", junction_path="/x") == "13005"
    assert errno(Zapi(site, "paris", "svm_pari"), "volume-get-iter") == "15698"
    assert {row["aggregate-name"] for row in paris.rows("vserver-show-aggr-get-iter")} == {"aggr1_paris", "aggr2_paris"}
    assert {row["peer-vserver"] for row in paris.rows("vserver-peer-get-iter")} == {"svm_lyon"}


def test_iterators_give_twenty_records_unless_told_and_a_tag_for_the_rest(site):
    lyon = Zapi(site, "lyon", "svm_lyon")
    for number in range(24):
        name = f"new{number:02}"
        lyon.ask("volume-create", volume=name, containing_aggr_name="aggr1_lyon", size="1g")
    first = lyon.ask("volume-get-iter")
    assert text(first, "num-records") == "20"
    rest = lyon.ask("volume-get-iter", tag=text(first, "next-tag"))
    assert text(rest, "num-records") == "5"
    assert text(rest, "next-tag") is None
    only = "<volume-attributes><volume-id-attributes><name/></volume-id-attributes></volume-attributes>"
    query = (
        "<volume-attributes><volume-id-attributes><name>new1*|new03</name></volume-id-attributes></volume-attributes>"
    )
    rows = lyon.rows("volume-get-iter", query=query, desired_attributes=only, max_records=500)
    assert [set(row) for row in rows] == [{"name"}] * 11
    assert errno(lyon, "volume-get-iter", tag="@@") == "13115"
    none = query.replace("new1*|new03", "absent")
    assert text(lyon.ask("volume-get-iter", query=none), "num-records") == "0"


@pytest.mark.parametrize(
    "value, pattern, fits",
    [
        ("vol1", "vol*", True),
        ("vol1", "!vol*", False),
        ("vol1", "a|vol1", True),
        ("20", ">5", True),
        ("20", "<5", False),
        ("7", "5..10", True),
        ("70", "5..10", False),
        ("a[1]", "a[1]", True),
        ("x", "", True),
    ],
)
def test_the_operators_of_queries(value, pattern, fits):
    assert matches_text(value, pattern) is fits


def test_volumes_live_as_they_do_over_rest(site, lyon):
    make = {"volume": "own", "containing_aggr_name": "aggr1_lyon", "size": "2g", "volume_comment": "mine"}
    lyon.ask("volume-create", **make)
    assert errno(lyon, "volume-create", **make) == "17"
    assert errno(lyon, "volume-create", **{**make, "volume": "x", "containing_aggr_name": "none"}) == "14420"
    lyon.ask("volume-mount", volume_name="own", junction_path="/own")
    url = site.clusters["lyon"].url + "/api/storage/volumes?name=own&fields=nas.path,comment,size"
    [seen] = requests.get(url, auth=(lyon.address.username, lyon.address.password), timeout=30).json()["records"]
    assert (seen["nas"]["path"], seen["comment"], seen["size"]) == ("/own", "mine", 2 * 1024**3)
    assert text(lyon.ask("volume-size", volume="own", new_size="+1g"), "volume-size") == str(3 * 1024**3)
    assert errno(lyon, "volume-offline", name="own") == "13001"
    lyon.ask("volume-unmount", volume_name="own")
    assert errno(lyon, "volume-unmount", volume_name="own") == "14716"
    assert errno(lyon, "volume-destroy", name="own") == "13001"
    lyon.ask("volume-offline", name="own")
    assert errno(lyon, "volume-offline", name="own") == "13042"
    lyon.ask("volume-destroy", name="own")
    assert errno(lyon, "volume-destroy", name="own") == "13040"


def test_one_call_changes_several_volumes_and_lists_those_that_refuse(paris):
    query = "<volume-attributes><volume-id-attributes><name>vol000*</name></volume-id-attributes></volume-attributes>"
    to = "<volume-attributes><volume-id-attributes><comment>{}</comment></volume-id-attributes></volume-attributes>"
    done = paris.ask("volume-modify-iter", query=query, attributes=to.format("new"))
    assert (text(done, "num-succeeded"), text(done, "num-failed")) == ("3", "0")
    bad = paris.ask("volume-modify-iter", query=query, attributes=to.format("x" * 2000))
    assert (text(bad, "num-succeeded"), text(bad, "num-failed")) == ("0", "3")
    assert len(bad.find(SPACE + "failure-list")) == 3


def test_snapshots_and_what_lies_between_them(site, paris):
    paris.ask("snapshot-create", volume="vol0001", snapshot="one", comment="first")
    assert errno(paris, "snapshot-create", volume="vol0001", snapshot="one") == "17"
    with site.locked() as world:
        world.clusters["paris"].volume("svm_paris:vol0001").write("more", 8192)
    site.advance(60)
    paris.ask("snapshot-create", volume="vol0001", snapshot="two")
    between = paris.ask("snapshot-delta-info", volume="vol0001", snapshot1="one", snapshot2="two")
    assert (text(between, "consumed-size"), text(between, "elapsed-time")) == ("8192", "60")
    query = "<snapshot-info><name>one</name></snapshot-info>"
    [row] = paris.rows("snapshot-get-iter", query=query)
    assert row["comment"] == "first" and row["snapshot-version-uuid"]
    paris.ask("snapshot-delete", volume="vol0001", snapshot="one")
    assert errno(paris, "snapshot-delete", volume="vol0001", snapshot="one") == "15661"


def test_a_mirror_tells_its_state_and_what_it_does_apart(site, lyon, mirrored):
    seen = mirrored()
    assert (seen["mirror-state"], seen["relationship-status"], seen["is-healthy"]) == ("snapmirrored", "idle", "true")
    assert seen["last-transfer-type"] == "initialize" and "source-cluster" not in seen
    site.world.transfer_seconds_min = 30.0
    lyon.ask("snapmirror-update", **MIRROR)
    assert mirrored()["relationship-status"] == "transferring"
    assert errno(lyon, "snapmirror-update", **MIRROR) == "17137"
    assert errno(lyon, "snapmirror-break", **MIRROR) == "17131"
    lyon.ask("snapmirror-quiesce", **MIRROR)
    assert mirrored()["relationship-status"] == "quiescing"
    lyon.ask("snapmirror-abort", **MIRROR)
    assert (mirrored()["relationship-status"], mirrored()["mirror-state"]) == ("quiesced", "snapmirrored")
    assert "last-transfer-error" in mirrored()
    assert errno(lyon, "snapmirror-abort", **MIRROR) == "17130"
    lyon.ask("snapmirror-break", **MIRROR)
    assert (mirrored()["mirror-state"], mirrored()["relationship-status"]) == ("broken-off", "idle")
    assert errno(lyon, "snapmirror-resume", **MIRROR) == "17127"
    lyon.ask("snapmirror-resync", **MIRROR)
    site.advance(3600)
    assert mirrored()["mirror-state"] == "snapmirrored"
    assert errno(lyon, "snapmirror-resync", source_location="svm_paris:vol0002", **MIRROR) == "17105"


def test_a_mirror_is_made_once_changed_and_taken_away_on_each_side(paris, lyon, mirrored):
    assert errno(lyon, "snapmirror-create", source_location="svm_paris:vol0001", **MIRROR) == "17122"
    lyon.ask("snapmirror-modify", max_transfer_rate=500, schedule="daily", **MIRROR)
    assert (mirrored()["max-transfer-rate"], mirrored()["schedule"]) == ("500", "daily")
    [source] = paris.rows("snapmirror-get-destination-iter")
    assert source["destination-location"] == "svm_lyon:vol0001"
    assert source["relationship-id"] == mirrored()["relationship-id"]
    lyon.ask("snapmirror-destroy", **MIRROR)
    assert errno(lyon, "snapmirror-destroy", **MIRROR) == "15661"
    assert len(paris.rows("snapmirror-get-destination-iter")) == 1
    paris.ask("snapmirror-release", relationship_id=source["relationship-id"], relationship_info_only="true")
    assert errno(paris, "snapmirror-release", relationship_id=source["relationship-id"]) == "19068"


def test_a_synchronous_call_lasts_as_long_as_its_work(site, lyon):
    site.world.job_seconds_by_verb["volume.create"] = 40.0
    before = site.clock.now()
    lyon.ask("volume-create", volume="slow", containing_aggr_name="aggr1_lyon", size="1g")
    assert site.clock.now() - before == 40.0
    site.faults.add(verb="volume.create", action="fail_job", code="917508", message="gone")
    assert errno(lyon, "volume-create", volume="never", containing_aggr_name="aggr1_lyon", size="1g") == "14420"


def test_an_asynchronous_call_names_its_job(site, lyon, mirrored):
    lyon.ask("snapmirror-break", **MIRROR)
    lyon.ask("volume-clone-create", volume="twin", parent_volume="vol0001")
    site.world.job_seconds_by_verb["volume.split"] = 60.0
    begun = lyon.ask("volume-clone-split-start", volume="twin")
    assert text(begun, "result-status") == "in_progress"
    job = {"query": f"<job-info><job-id>{text(begun, 'result-jobid')}</job-id></job-info>"}
    assert lyon.rows("job-get-iter", **job)[0]["job-state"] == "running"
    site.advance(61)
    assert lyon.rows("job-get-iter", **job)[0]["job-state"] == "success"
    assert errno(lyon, "volume-clone-split-start", volume="twin") == "13170"


def test_the_journal_tells_reads_from_writes_and_faults_reach_calls(site, paris):
    site.faults.add(method="ZAPI", path="/zapi/volume-unmount", action="drop_after", times=1)
    with pytest.raises(requests.ConnectionError):
        paris.ask("volume-unmount", volume_name="vol0001")
    assert [entry.path for entry in site.journal.writes()] == ["/zapi/volume-unmount"]
    assert site.journal.writes()[0].svm == "svm_paris"
    assert errno(paris, "volume-unmount", volume_name="vol0001") == "14716"
    site.faults.add(method="ZAPI", action="http_status", status=503, times=1)
    assert paris.post("<netapp><system-get-version/></netapp>").status_code == 503
    paris.ask("system-get-version")
    assert not site.journal.entries(path="/zapi/system-get-version")[-1].write


def test_relationships_are_destroyed_and_released_by_a_filter(paris, lyon, mirrored):
    here = "<snapmirror-info><destination-volume>vol*</destination-volume></snapmirror-info>"
    there = "<snapmirror-destination-info><source-volume>vol0001</source-volume></snapmirror-destination-info>"
    assert text(paris.ask("snapmirror-destroy-iter", query=here), "num-succeeded") == "0"
    assert text(lyon.ask("snapmirror-destroy-iter", query=here), "num-succeeded") == "1"
    assert lyon.rows("snapmirror-get-iter") == []
    released = paris.ask("snapmirror-release-iter", query=there, relationship_info_only="true")
    assert text(released, "num-succeeded") == "1"
    assert paris.rows("snapmirror-get-destination-iter") == []
