# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each verb asks of the array, judged by the published contract."""

from __future__ import annotations

import importlib.util
import inspect
import json
import pathlib

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.engine.ports import Array
from ansible_collections.ontap.data_motion.plugins.module_utils.gateway import (
    rest_cluster,
    rest_exports,
    rest_mirrors,
    rest_peers,
    rest_policies,
    rest_san,
    rest_smb,
    rest_volumes,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.connect import open_array
from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.rest_array import RestArray
from ansible_collections.ontap.data_motion.plugins.module_utils.model.array import ClusterAbout, Job
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import MirrorSpec
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import TargetSpec
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.rest import Rest
from tests.unit.transport.fake_http import FakeHttp

CONTRACT = pathlib.Path(__file__).resolve().parents[2] / "contract"
R, T = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
EMPTY = (200, {"records": [], "num_records": 0})
NONE = {"return_timeout": 1}
RELATIONSHIP = f"/api/snapmirror/relationships/{R}"
VOLUME = f"/api/storage/volumes/{R}"


@pytest.fixture(scope="module")
def checker():
    place = importlib.util.spec_from_file_location("check_traffic", CONTRACT / "check_traffic.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module.Checker(CONTRACT)


@pytest.fixture(scope="module")
def facts():
    return json.loads((CONTRACT / "rest.json").read_text("utf-8"))


def array_at(version, *answers):
    http = FakeHttp(*answers)
    array = RestArray(Rest(http), "svm_lyon")
    if version:
        array._about = ClusterAbout("lyon", R, version)
    return array, http


def violations(checker, http):
    found = []
    for method, path, query, body in http.asked:
        exchange = {"method": method, "path": path, "query": query, "request": body, "status": None, "response": None}
        found += checker.exchange(exchange)[1]
    return found


SHARES = "/api/protocols/cifs/shares"
ACE = {"user_or_group": "EXAMPLE\\Staff & co/x", "type": "windows", "permission": "change"}
ENTRY = f"{SHARES}/{R}/top%20secret%24/acls/EXAMPLE%5CStaff%20%26%20co%2Fx/windows"
RULE = {"clients": ["192.0.2.0/24"], "ro_rule": ["sys"], "rw_rule": ["none"], "allow_suid": False}

WRITES = {
    "volume_modify": (
        lambda a: a.volume_modify(
            R,
            {
                "export_policy": "e",
                "snapshot_policy": "s",
                "qos_policy": "q",
                "dedupe": "background",
                "compression": "none",
            },
        ),
        "PATCH",
        VOLUME,
        NONE,
        {
            "nas": {"export_policy": {"name": "e"}},
            "snapshot_policy": {"name": "s"},
            "qos": {"policy": {"name": "q"}},
            "efficiency": {"dedupe": "background", "compression": "none"},
        },
    ),
    "lun_enable": (lambda a: a.lun_enable(R, True), "PATCH", f"/api/storage/luns/{R}", NONE, {"enabled": True}),
    "lun_map": (
        lambda a: a.lun_map("/vol/v/l", "esx", 3),
        "POST",
        "/api/protocols/san/lun-maps",
        None,
        {"svm": {"name": "svm_lyon"}, "lun": {"name": "/vol/v/l"}, "igroup": {"name": "esx"}, "logical_unit_number": 3},
    ),
    "lun_map to a free number": (
        lambda a: a.lun_map("/vol/v/l", "esx", None),
        "POST",
        "/api/protocols/san/lun-maps",
        None,
        {"svm": {"name": "svm_lyon"}, "lun": {"name": "/vol/v/l"}, "igroup": {"name": "esx"}},
    ),
    "policy_create": (
        lambda a: a.policy_create(
            "Daily",
            {
                "type": "async",
                "schedule": "daily",
                "throttle_kbps": 9,
                "retention": [{"label": "daily", "count": 7, "prefix": "d", "schedule": "weekly"}],
            },
        ),
        "POST",
        "/api/snapmirror/policies",
        NONE,
        {
            "name": "Daily",
            "svm": {"name": "svm_lyon"},
            "type": "async",
            "transfer_schedule": {"name": "daily"},
            "throttle": 9,
            "retention": [{"label": "daily", "count": "7", "prefix": "d", "creation_schedule": {"name": "weekly"}}],
        },
    ),
    "policy_modify": (
        lambda a: a.policy_modify(R, {"comment": "c"}),
        "PATCH",
        f"/api/snapmirror/policies/{R}",
        NONE,
        {"comment": "c"},
    ),
    "lun_unmap": (
        lambda a: a.lun_unmap(R, T),
        "DELETE",
        f"/api/protocols/san/lun-maps/{R}/{T}",
        None,
        None,
    ),
    "export_policy_create": (
        lambda a: a.export_policy_create("nfs", [RULE]),
        "POST",
        "/api/protocols/nfs/export-policies",
        None,
        {"name": "nfs", "svm": {"name": "svm_lyon"}, "rules": [{**RULE, "clients": [{"match": "192.0.2.0/24"}]}]},
    ),
    "share_create": (
        lambda a: a.share_create(
            {"name": "s", "path": "/v", "comment": "", "properties": {"oplocks": False, "unheard_of": 1}, "acls": [ACE]}
        ),
        "POST",
        SHARES,
        None,
        {"svm": {"name": "svm_lyon"}, "name": "s", "path": "/v", "oplocks": False, "acls": [ACE]},
    ),
    "share_modify": (
        lambda a: a.share_modify(R, "top secret$", {"comment": "c", "oplocks": True}),
        "PATCH",
        f"{SHARES}/{R}/top%20secret%24",
        None,
        {"comment": "c", "oplocks": True},
    ),
    "share_acl_set": (
        lambda a: a.share_acl_set(R, "top secret$", ACE, False),
        "POST",
        f"{SHARES}/{R}/top%20secret%24/acls",
        None,
        ACE,
    ),
    "share_acl_set of an entry": (
        lambda a: a.share_acl_set(R, "top secret$", ACE, True),
        "PATCH",
        ENTRY,
        None,
        {"permission": "change"},
    ),
    "share_acl_delete": (lambda a: a.share_acl_delete(R, "top secret$", ACE), "DELETE", ENTRY, None, None),
    "create": (
        lambda a: a.create(
            MirrorSpec(Path("alias", "vol1"), Path("svm_lyon", "vol1_dr"), "MirrorAllSnapshots", "hourly", 512)
        ),
        "POST",
        "/api/snapmirror/relationships",
        NONE,
        {
            "source": {"path": "alias:vol1"},
            "destination": {"path": "svm_lyon:vol1_dr"},
            "policy": {"name": "MirrorAllSnapshots"},
            "transfer_schedule": {"name": "hourly"},
            "throttle": 512,
        },
    ),
    "create with nothing but the ends": (
        lambda a: a.create(MirrorSpec(Path("alias", "vol1"), Path("svm_lyon", "vol1_dr"), None, "", None)),
        "POST",
        "/api/snapmirror/relationships",
        NONE,
        {"source": {"path": "alias:vol1"}, "destination": {"path": "svm_lyon:vol1_dr"}},
    ),
    "modify": (
        lambda a: a.modify(R, {"policy": "p", "schedule": "daily", "throttle_kbps": 0}),
        "PATCH",
        RELATIONSHIP,
        NONE,
        {"policy": {"name": "p"}, "transfer_schedule": {"name": "daily"}, "throttle": 0},
    ),
    "clear the schedule": (
        lambda a: a.modify(R, {"schedule": ""}),
        "PATCH",
        RELATIONSHIP,
        NONE,
        {"transfer_schedule": {"uuid": None, "name": None}},
    ),
    "initialize": (lambda a: a.initialize(R), "POST", RELATIONSHIP + "/transfers", NONE, {}),
    "update": (lambda a: a.update(R), "POST", RELATIONSHIP + "/transfers", NONE, {}),
    "quiesce": (lambda a: a.quiesce(R), "PATCH", RELATIONSHIP, NONE, {"state": "paused"}),
    "resume": (lambda a: a.resume(R), "PATCH", RELATIONSHIP, NONE, {"state": "snapmirrored"}),
    "resume sync": (lambda a: a.resume(R, True), "PATCH", RELATIONSHIP, NONE, {"state": "in_sync"}),
    "break": (lambda a: a.break_(R), "PATCH", RELATIONSHIP, NONE, {"state": "broken_off"}),
    "break to a snapshot": (
        lambda a: a.break_(R, "noon"),
        "PATCH",
        RELATIONSHIP,
        NONE,
        {"state": "broken_off", "restore_to_snapshot": "noon"},
    ),
    "resync": (lambda a: a.resync(R), "PATCH", RELATIONSHIP, NONE, {"state": "snapmirrored"}),
    "resync sync": (lambda a: a.resync(R, True), "PATCH", RELATIONSHIP, NONE, {"state": "in_sync"}),
    "abort": (lambda a: a.abort(R, T), "PATCH", f"{RELATIONSHIP}/transfers/{T}", None, {"state": "aborted"}),
    "delete": (lambda a: a.delete(R), "DELETE", RELATIONSHIP, {**NONE, "destination_only": True}, None),
    "release": (lambda a: a.release(R), "DELETE", RELATIONSHIP, {**NONE, "source_info_only": True}, None),
    "release with snapshots": (
        lambda a: a.release(R, keep_snapshots=False),
        "DELETE",
        RELATIONSHIP,
        {**NONE, "source_only": True},
        None,
    ),
    "volume_create": (
        lambda a: a.volume_create(
            TargetSpec("v", 4096, ("a1",), "c.utf_8", "volume", 5, "background", "both", True, "c")
        ),
        "POST",
        "/api/storage/volumes",
        NONE,
        {
            "name": "v",
            "svm": {"name": "svm_lyon"},
            "type": "dp",
            "size": 4096,
            "aggregates": [{"name": "a1"}],
            "language": "c.utf_8",
            "guarantee": {"type": "volume"},
            "space": {"snapshot": {"reserve_percent": 5}},
            "efficiency": {"dedupe": "background", "compression": "background"},
            "encryption": {"enabled": True},
            "comment": "c",
        },
    ),
    "volume_resize": (lambda a: a.volume_resize(R, 8192), "PATCH", VOLUME, NONE, {"size": 8192}),
    "volume_comment": (lambda a: a.volume_comment(R, "x"), "PATCH", VOLUME, NONE, {"comment": "x"}),
    "volume_delete": (lambda a: a.volume_delete(R), "DELETE", VOLUME, NONE, None),
    "mount": (lambda a: a.mount(R, "/a/b"), "PATCH", VOLUME, NONE, {"nas": {"path": "/a/b"}}),
    "unmount": (lambda a: a.unmount(R), "PATCH", VOLUME, NONE, {"nas": {"path": ""}}),
    "peer_create": (
        lambda a: a.peer_create("svm_paris", "paris", ("snapmirror",), "alias"),
        "POST",
        "/api/svm/peers",
        NONE,
        {
            "svm": {"name": "svm_lyon"},
            "peer": {"svm": {"name": "svm_paris"}, "cluster": {"name": "paris"}},
            "applications": ["snapmirror"],
            "name": "alias",
        },
    ),
    "peer_create in one cluster": (
        lambda a: a.peer_create("svm_paris", None, {"snapmirror"}, None),
        "POST",
        "/api/svm/peers",
        NONE,
        {"svm": {"name": "svm_lyon"}, "peer": {"svm": {"name": "svm_paris"}}, "applications": ["snapmirror"]},
    ),
    "peer_modify": (
        lambda a: a.peer_modify(R, ["snapmirror", "flexcache"]),
        "PATCH",
        f"/api/svm/peers/{R}",
        NONE,
        {"applications": ["flexcache", "snapmirror"]},
    ),
    "peer_accept": (lambda a: a.peer_accept(R), "PATCH", f"/api/svm/peers/{R}", NONE, {"state": "peered"}),
}


@pytest.mark.parametrize("call, method, path, query, body", WRITES.values(), ids=WRITES)
def test_a_write_is_one_legal_request(call, method, path, query, body, checker):
    array, http = array_at((9, 17, 1), (202, {"job": {"uuid": T}}))
    assert call(array) == T
    assert http.asked == [(method, path, query, body)]
    assert violations(checker, http) == []


SPECS = [MirrorSpec(Path("alias", name), Path("svm_lyon", name), "MirrorAllSnapshots") for name in ("v1", "v2")]
NEW_MIRRORS = [
    {
        "source": {"path": f"alias:{name}"},
        "destination": {"path": f"svm_lyon:{name}"},
        "policy": {"name": "MirrorAllSnapshots"},
    }
    for name in ("v1", "v2")
]
EACH = {"return_timeout": 1, "continue_on_failure": True}
MATCHING = {"uuid": f"{R}|{T}", **EACH, "return_records": True}

MANY = {
    "create": (lambda a: a.create_many(SPECS), "POST", "relationships", NONE, {"records": NEW_MIRRORS}),
    "initialize": (
        lambda a: a.initialize_many([R, T]),
        "PATCH",
        "relationships",
        {**MATCHING, "state": "uninitialized", "policy.type": "async"},
        {"state": "snapmirrored"},
    ),
    "quiesce": (lambda a: a.quiesce_many([R, T]), "PATCH", "relationships", MATCHING, {"state": "paused"}),
    "break": (lambda a: a.break_many([R, T]), "PATCH", "relationships", MATCHING, {"state": "broken_off"}),
    "resume": (
        lambda a: a.resume_many([R, T]),
        "PATCH",
        "relationships",
        {**MATCHING, "state": "paused", "policy.type": "async"},
        {"state": "snapmirrored"},
    ),
    "resync": (
        lambda a: a.resync_many([R, T]),
        "PATCH",
        "relationships",
        {**MATCHING, "state": "broken_off", "policy.type": "async"},
        {"state": "snapmirrored"},
    ),
    "delete": (
        lambda a: a.delete_many([R, T]),
        "DELETE",
        "relationships",
        {**MATCHING, "destination_only": True},
        None,
    ),
    "release": (
        lambda a: a.release_many([R, T]),
        "DELETE",
        "relationships",
        {**MATCHING, "source_info_only": True},
        None,
    ),
    "snapshot_create": (
        lambda a: a.snapshot_create_many([(R, "s", "ours"), (T, "s", "ours")]),
        "POST",
        "snapshots",
        NONE,
        {
            "records": [
                {"volume": {"uuid": R}, "name": "s", "comment": "ours"},
                {"volume": {"uuid": T}, "name": "s", "comment": "ours"},
            ]
        },
    ),
    "snapshot_delete": (
        lambda a: a.snapshot_delete_many([(T, R), (R, T)]),
        "DELETE",
        "snapshots",
        {**EACH, "return_records": True},
        {"records": [{"volume": {"uuid": T}, "uuid": R}, {"volume": {"uuid": R}, "uuid": T}]},
    ),
    "unmount": (lambda a: a.unmount_many([R, T]), "PATCH", "volumes", MATCHING, {"nas": {"path": ""}}),
    "mount": (
        lambda a: a.mount_many([(R, "/a"), (T, "/b")]),
        "PATCH",
        "volumes",
        EACH,
        {"records": [{"uuid": R, "nas": {"path": "/a"}}, {"uuid": T, "nas": {"path": "/b"}}]},
    ),
    "volume_comment": (
        lambda a: a.volume_comment_many([(R, "x"), (T, "y")]),
        "PATCH",
        "volumes",
        EACH,
        {"records": [{"uuid": R, "comment": "x"}, {"uuid": T, "comment": "y"}]},
    ),
    "volume_modify": (
        lambda a: a.volume_modify_many([(R, {"snapshot_policy": "s"}), (T, {"dedupe": "inline"})]),
        "PATCH",
        "volumes",
        EACH,
        {
            "records": [
                {"uuid": R, "snapshot_policy": {"name": "s"}},
                {"uuid": T, "efficiency": {"dedupe": "inline"}},
            ]
        },
    ),
}
PLACES = {
    "relationships": "/api/snapmirror/relationships",
    "volumes": "/api/storage/volumes",
    "snapshots": "/api/storage/volumes/*/snapshots",
}


@pytest.mark.parametrize("call, method, place, query, body", MANY.values(), ids=MANY)
def test_a_write_of_many_is_one_legal_request_whose_job_is_for_all(call, method, place, query, body, checker):
    array, http = array_at((9, 17, 1), (202, {"job": {"uuid": T}}))
    told = call(array)
    assert [(one.jobs, one.shared, one.refusal) for one in told] == [((T,), True, None)] * 2
    assert all(one.revocable for one in told) is ("records" in (body or {}))
    assert http.asked == [(method, PLACES[place], query, body)]
    assert violations(checker, http) == []


READS = {
    "about": (lambda a: a.about(), "/cluster", {}),
    "svm_exists": (lambda a: a.svm_exists(), "/svm/svms", {"name": "svm_lyon"}),
    "aggregates": (lambda a: a.aggregates(), "/storage/aggregates", {}),
    "policies": (lambda a: a.policies(), "/snapmirror/policies", {}),
    "svm_peers": (lambda a: a.svm_peers(), "/svm/peers", {"svm.name": "svm_lyon"}),
    "volumes": (lambda a: a.volumes(), "/storage/volumes", {"svm.name": "svm_lyon"}),
    "volumes by name": (
        lambda a: a.volumes(["b", "a", "b"]),
        "/storage/volumes",
        {"svm.name": "svm_lyon", "name": "a|b"},
    ),
    "volumes by 51 names": (
        lambda a: a.volumes([f"v{n}" for n in range(51)]),
        "/storage/volumes",
        {"svm.name": "svm_lyon"},
    ),
    "volumes by long names": (
        lambda a: a.volumes([f"{n:0200}" for n in range(30)]),
        "/storage/volumes",
        {"svm.name": "svm_lyon"},
    ),
    "mirrors": (lambda a: a.mirrors(), "/snapmirror/relationships", {"destination.svm.name": "svm_lyon"}),
    "mirrors by uuid": (
        lambda a: a.mirrors([T, R]),
        "/snapmirror/relationships",
        {"destination.svm.name": "svm_lyon", "uuid": f"{R}|{T}"},
    ),
    "mirrors by 51 uuids": (
        lambda a: a.mirrors([f"{n:08}-2222-3333-4444-555555555555" for n in range(51)]),
        "/snapmirror/relationships",
        {"destination.svm.name": "svm_lyon"},
    ),
    "paths of mirrors": (
        lambda a: a.mirrors(paths_only=True),
        "/snapmirror/relationships",
        {"destination.svm.name": "svm_lyon"},
    ),
    "source_records": (
        lambda a: a.source_records(),
        "/snapmirror/relationships",
        {"list_destinations_only": True, "source.svm.name": "svm_lyon"},
    ),
    "jobs": (lambda a: a.jobs([R, T]), "/cluster/jobs", {"uuid": f"{R}|{T}"}),
}


@pytest.mark.parametrize("call, path, filters", READS.values(), ids=READS)
def test_a_read_is_one_legal_request(call, path, filters, checker):
    version = None if path == "/cluster" else (9, 17, 1)
    array, http = array_at(version, EMPTY)
    call(array)
    [(method, asked, query, body)] = http.asked
    assert (method, asked, body) == ("GET", "/api" + path, None)
    control = {"fields", "max_records"}
    assert {name: value for name, value in query.items() if name not in control} == filters
    assert violations(checker, http) == []


@pytest.mark.parametrize("call", [lambda a: a.volumes([]), lambda a: a.mirrors([]), lambda a: a.jobs([])])
def test_asking_for_nothing_asks_nothing(call):
    array, http = array_at((9, 17, 1))
    assert not call(array)
    assert http.asked == []


@pytest.mark.parametrize("paths_only", [False, True])
def test_of_many_uuids_only_those_asked_for_are_answered(paths_only):
    uuids = [f"{n:08}-2222-3333-4444-555555555555" for n in range(51)]
    records = [
        {"uuid": uuid, "source": {"path": "s:v"}, "destination": {"path": "svm_lyon:v"}} for uuid in (uuids[3], R)
    ]
    array, _http = array_at((9, 17, 1), (200, {"records": records, "num_records": 2}))
    assert [mirror.uuid for mirror in array.mirrors(uuids, paths_only)] == [uuids[3]]


def test_an_svm_name_with_a_wildcard_matches_nothing_else():
    http = FakeHttp((200, {"records": [{"name": "svm_lyon"}], "num_records": 1}))
    assert not RestArray(Rest(http), "svm*").svm_exists()
    assert http.asked[0][2]["name"] == '"svm*"'


def test_jobs_are_asked_for_in_chunks_and_missing_ones_are_gone():
    uuids = [f"{n:08}-2222-3333-4444-555555555555" for n in range(120)]
    record = {"uuid": uuids[7], "state": "running"}
    array, http = array_at((9, 17, 1), (200, {"records": [record], "num_records": 1}), EMPTY)
    found = array.jobs(uuids)
    assert sorted(len(query["uuid"].split("|")) for _method, _path, query, _body in http.asked) == [20, 50, 50]
    assert set(found) == set(uuids)
    assert found[uuids[7]] == Job(uuids[7], "running")
    assert {job.state for uuid, job in found.items() if uuid != uuids[7]} == {"gone"}


def test_records_of_other_svms_are_left_out():
    mirrors = [
        {"uuid": R, "source": {"path": "s:v"}, "destination": {"path": f"{svm}:v", "svm": {"name": svm}}}
        for svm in ("svm_lyon", "svm_lyon2")
    ]
    array, _http = array_at((9, 17, 1), (200, {"records": mirrors, "num_records": 2}))
    assert [str(mirror.destination) for mirror in array.mirrors()] == ["svm_lyon:v"]
    volumes = [{"name": f"v_{svm}", "svm": {"name": svm}} for svm in ("svm_lyon", "svm_lyon2")]
    array, _http = array_at((9, 17, 1), (200, {"records": volumes, "num_records": 2}))
    assert list(array.volumes()) == ["v_svm_lyon"]


def test_constituents_and_volumes_not_asked_for_are_left_out():
    volumes = [
        {"name": name, "svm": {"name": "svm_lyon"}, "style": style}
        for name, style in (("fg", "flexgroup"), ("fg__0001", "flexgroup_constituent"), ("v1", "flexvol"))
    ]
    array, _http = array_at((9, 17, 1), (200, {"records": volumes, "num_records": 3}))
    assert list(array.volumes()) == ["fg", "v1"]
    assert list(array.volumes([f"v{n}" for n in range(60)])) == ["v1"]


def test_of_two_policies_with_one_name_the_svm_has_its_own():
    records = [
        {"name": "p", "type": "sync", "svm": {"name": "svm_lyon"}},
        {"name": "p", "type": "async"},
        {"name": "q", "type": "async", "svm": {"name": "other"}},
    ]
    array, _http = array_at((9, 17, 1), (200, {"records": records, "num_records": 3}))
    assert {name: policy.type for name, policy in array.policies().items()} == {"p": "sync"}


def test_how_a_mirror_is_synchronous_is_read_from_its_policy_once():
    mirror = {
        "uuid": R,
        "source": {"path": "s:v"},
        "destination": {"path": "svm_lyon:v"},
        "policy": {"name": "Strict", "type": "sync"},
    }
    found = (200, {"records": [mirror], "num_records": 1})
    policies = (200, {"records": [{"name": "Strict", "type": "sync", "sync_type": "strict_sync"}], "num_records": 1})
    array, http = array_at((9, 17, 1), found, policies, found)
    assert [array.mirrors()[0].sync_type, array.mirrors()[0].sync_type] == ["strict_sync", "strict_sync"]
    paths = [path.rpartition("/")[2] for _method, path, _query, _body in http.asked]
    assert paths == ["relationships", "policies", "relationships"]


def test_the_version_is_read_once_and_only_when_needed():
    cluster = (200, {"name": "lyon", "uuid": R, "version": {"generation": 9, "major": 17, "minor": 1}})
    array, http = array_at(None, EMPTY)
    array.volumes()
    array.mirrors(paths_only=True)
    paths = [path.rpartition("/")[2] for _method, path, _query, _body in http.asked]
    assert paths == ["volumes", "relationships"]
    array, http = array_at(None, cluster, EMPTY)
    array.mirrors()
    array.mirrors()
    paths = [path.rpartition("/")[2] for _method, path, _query, _body in http.asked]
    assert paths == ["cluster", "relationships", "relationships"]


TABLES = [
    ("cluster", rest_cluster.CLUSTER_FIELDS),
    ("aggregate", rest_cluster.AGGREGATE_FIELDS),
    ("snapmirror_policy", rest_cluster.POLICY_FIELDS),
    ("job", rest_cluster.JOB_FIELDS),
    ("volume", rest_volumes.FIELDS),
    ("snapmirror_relationship", rest_mirrors.FIELDS),
    ("snapmirror_relationship", rest_mirrors.PATH_FIELDS),
    ("snapmirror_relationship", rest_mirrors.SOURCE_FIELDS),
    ("svm_peer", rest_peers.FIELDS),
    ("export_policy", rest_exports.POLICY_FIELDS),
    ("export_rule", rest_exports.RULE_FIELDS),
    ("snapshot_policy", rest_exports.SNAPSHOT_POLICY_FIELDS),
    ("qos_policy", rest_exports.QOS_FIELDS),
    ("cifs_share", rest_smb.SHARE_FIELDS),
    ("cifs_share", rest_smb.PROPERTY_FIELDS),
    ("lun", rest_san.LUN_FIELDS),
    ("lun_map", rest_san.LUN_MAP_FIELDS),
    ("igroup", rest_san.IGROUP_FIELDS),
    ("snapmirror_policy", rest_policies.DETAIL_FIELDS),
]


@pytest.mark.parametrize("schema, table", TABLES)
def test_no_field_is_asked_of_a_release_that_does_not_know_it(schema, table, facts):
    floor = rest_cluster.FLOOR
    asked = table if isinstance(table, dict) else dict.fromkeys(table, floor)
    known = facts["schemas"][schema]["fields"]
    for name, since in asked.items():
        told = tuple(int(part) for part in known[name].get("since", "9.6").split("."))
        assert told <= since, f"{name} came with {told}"
        assert "G" in known[name].get("rw", "G"), f"{name} is never answered"


def test_an_old_release_is_asked_for_what_it_has():
    array, http = array_at((9, 10, 1), EMPTY)
    array.mirrors()
    fields = http.asked[0][2]["fields"].split(",")
    assert "transfer.end_time" in fields
    assert not {"transfer_schedule.name", "throttle", "group_type", "last_transfer_type"} & set(fields)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(
            lambda a: a.create(MirrorSpec(Path("s", "v"), Path("svm_lyon", "v"), "p", "hourly")), id="schedule"
        ),
        pytest.param(
            lambda a: a.create(MirrorSpec(Path("s", "v"), Path("svm_lyon", "v"), "p", throttle_kbps=5)), id="throttle"
        ),
        pytest.param(lambda a: a.modify(R, {"schedule": ""}), id="clearing"),
    ],
)
def test_an_old_release_is_not_sent_what_it_cannot_do(call):
    array, http = array_at((9, 10, 1))
    with pytest.raises(BadInput, match=r"9\.10\.1.*policy"):
        call(array)
    assert http.asked == []


def test_an_unknown_setting_is_not_swallowed():
    array, http = array_at((9, 17, 1))
    with pytest.raises(BadInput, match="colour"):
        array.modify(R, {"colour": "red"})
    assert http.asked == []


def test_the_gateway_is_what_the_engine_expects():
    wanted = {name: member for name, member in vars(Array).items() if inspect.isfunction(member) and name[0] != "_"}
    assert len(wanted) > 25
    for name, member in wanted.items():
        have = inspect.signature(getattr(RestArray, name)).parameters
        assert list(have) == list(inspect.signature(member).parameters), name
        defaults = {key: value.default for key, value in inspect.signature(member).parameters.items()}
        assert {key: value.default for key, value in have.items()} == defaults, name
    array, _http = array_at(None)
    assert (array.svm, array.address) == ("svm_lyon", "c1:443")


def test_opening_needs_an_svm_and_sends_nothing():
    pytest.importorskip("requests")
    endpoint = Endpoint("cluster1.invalid", username="admin", password="x")
    with pytest.raises(BadInput, match="svm"):
        open_array(endpoint, "", lambda _seconds: None)
    array = open_array(endpoint, "svm1", lambda _seconds: None)
    assert (array.svm, array.address) == ("svm1", "cluster1.invalid:443")
    array.close()


def test_rules_and_share_properties_of_an_old_release_are_those_that_it_knows():
    array, http = array_at((9, 8, 0))
    array.export_policy_create("nfs", [RULE])
    array.share_create({"name": "s", "path": "/v", "properties": {"oplocks": True, "show_snapshot": True}})
    assert "allow_suid" not in http.asked[0][3]["rules"][0]
    assert "show_snapshot" not in http.asked[1][3]


def test_rules_that_the_policy_cuts_short_are_read_by_themselves():
    cut = {"id": 7, "name": "nfs", "are_rules_truncated": True, "rules": [{"index": 1, "clients": [{"match": "a"}]}]}
    rules = [{"index": 2, "clients": [{"match": "b"}]}, {"index": 1, "clients": [{"match": "a"}]}]
    array, http = array_at((9, 18, 1), (200, {"records": [cut]}), (200, {"records": rules}))
    assert [rule["clients"] for rule in array.export_policies()["nfs"].rules] == [["a"], ["b"]]
    assert http.asked[1][1] == "/api/protocols/nfs/export-policies/7/rules"


def test_policies_of_another_svm_are_not_usable():
    found = [
        {"name": "cluster_wide", "scope": "cluster", "svm": {"name": "admin"}},
        {"name": "ours", "scope": "svm", "svm": {"name": "svm_lyon"}},
        {"name": "theirs", "scope": "svm", "svm": {"name": "svm_other"}},
    ]
    array, _http = array_at((9, 17, 1), (200, {"records": found}))
    assert array.qos_policies() == {"cluster_wide", "ours"}
