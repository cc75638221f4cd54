# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the array about relationships."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import MirrorSpec
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from tests.unit.gateway.rest_at import (
    EMPTY,
    MATCHING,
    PATIENT,
    R,
    T,
    array_at,
    judge_many,
    judge_read,
    judge_write,
)

RELATIONSHIP = f"/api/snapmirror/relationships/{R}"
PLACE = "/api/snapmirror/relationships"
SPECS = [MirrorSpec(Path("alias", name), Path("svm_lyon", name), "MirrorAllSnapshots") for name in ("v1", "v2")]
NEW_MIRRORS = [
    {
        "source": {"path": f"alias:{name}"},
        "destination": {"path": f"svm_lyon:{name}"},
        "policy": {"name": "MirrorAllSnapshots"},
    }
    for name in ("v1", "v2")
]

WRITES = {
    "create": (
        lambda a: a.create(
            MirrorSpec(Path("alias", "vol1"), Path("svm_lyon", "vol1_dr"), "MirrorAllSnapshots", "hourly", 512)
        ),
        "POST",
        "/api/snapmirror/relationships",
        PATIENT,
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
        PATIENT,
        {"source": {"path": "alias:vol1"}, "destination": {"path": "svm_lyon:vol1_dr"}},
    ),
    "modify": (
        lambda a: a.modify(R, {"policy": "p", "schedule": "daily", "throttle_kbps": 0}),
        "PATCH",
        RELATIONSHIP,
        PATIENT,
        {"policy": {"name": "p"}, "transfer_schedule": {"name": "daily"}, "throttle": 0},
    ),
    "clear the schedule": (
        lambda a: a.modify(R, {"schedule": ""}),
        "PATCH",
        RELATIONSHIP,
        PATIENT,
        {"transfer_schedule": {"uuid": None, "name": None}},
    ),
    "initialize": (lambda a: a.initialize(R), "POST", RELATIONSHIP + "/transfers", PATIENT, {}),
    "update": (lambda a: a.update(R), "POST", RELATIONSHIP + "/transfers", PATIENT, {}),
    "quiesce": (lambda a: a.quiesce(R), "PATCH", RELATIONSHIP, PATIENT, {"state": "paused"}),
    "resume": (lambda a: a.resume(R), "PATCH", RELATIONSHIP, PATIENT, {"state": "snapmirrored"}),
    "resume sync": (lambda a: a.resume(R, True), "PATCH", RELATIONSHIP, PATIENT, {"state": "in_sync"}),
    "break": (lambda a: a.break_(R), "PATCH", RELATIONSHIP, PATIENT, {"state": "broken_off"}),
    "break to a snapshot": (
        lambda a: a.break_(R, "noon"),
        "PATCH",
        RELATIONSHIP,
        PATIENT,
        {"state": "broken_off", "restore_to_snapshot": "noon"},
    ),
    "resync": (lambda a: a.resync(R), "PATCH", RELATIONSHIP, PATIENT, {"state": "snapmirrored"}),
    "resync sync": (lambda a: a.resync(R, True), "PATCH", RELATIONSHIP, PATIENT, {"state": "in_sync"}),
    "abort": (lambda a: a.abort(R, T), "PATCH", f"{RELATIONSHIP}/transfers/{T}", None, {"state": "aborted"}),
    "delete": (lambda a: a.delete(R), "DELETE", RELATIONSHIP, {**PATIENT, "destination_only": True}, None),
    "release": (lambda a: a.release(R), "DELETE", RELATIONSHIP, {**PATIENT, "source_info_only": True}, None),
    "release with snapshots": (
        lambda a: a.release(R, keep_snapshots=False),
        "DELETE",
        RELATIONSHIP,
        {**PATIENT, "source_only": True},
        None,
    ),
}


@pytest.mark.parametrize("call, method, path, query, body", WRITES.values(), ids=WRITES)
def test_a_write_is_one_legal_request(call, method, path, query, body, checker):
    judge_write(checker, call, (method, path, query, body))


MANY = {
    "create": (lambda a: a.create_many(SPECS), "POST", PATIENT, {"records": NEW_MIRRORS}),
    "initialize": (
        lambda a: a.initialize_many([R, T]),
        "PATCH",
        {**MATCHING, "state": "uninitialized", "policy.type": "async"},
        {"state": "snapmirrored"},
    ),
    "quiesce": (lambda a: a.quiesce_many([R, T]), "PATCH", MATCHING, {"state": "paused"}),
    "break": (lambda a: a.break_many([R, T]), "PATCH", MATCHING, {"state": "broken_off"}),
    "resume": (
        lambda a: a.resume_many([R, T]),
        "PATCH",
        {**MATCHING, "state": "paused", "policy.type": "async"},
        {"state": "snapmirrored"},
    ),
    "resync": (
        lambda a: a.resync_many([R, T]),
        "PATCH",
        {**MATCHING, "state": "broken_off", "policy.type": "async"},
        {"state": "snapmirrored"},
    ),
    "delete": (
        lambda a: a.delete_many([R, T]),
        "DELETE",
        {**MATCHING, "destination_only": True},
        None,
    ),
    "release": (
        lambda a: a.release_many([R, T]),
        "DELETE",
        {**MATCHING, "source_info_only": True},
        None,
    ),
}


@pytest.mark.parametrize("call, method, query, body", MANY.values(), ids=MANY)
def test_a_write_of_many_is_one_legal_request_whose_job_is_for_all(call, method, query, body, checker):
    judge_many(checker, call, (method, PLACE, query, body))


READS = {
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
}


@pytest.mark.parametrize("call, path, filters", READS.values(), ids=READS)
def test_a_read_is_one_legal_request(call, path, filters, checker):
    judge_read(checker, call, path, filters)


@pytest.mark.parametrize("paths_only", [False, True])
def test_of_many_uuids_only_those_asked_for_are_answered(paths_only):
    uuids = [f"{n:08}-2222-3333-4444-555555555555" for n in range(51)]
    records = [
        {"uuid": uuid, "source": {"path": "s:v"}, "destination": {"path": "svm_lyon:v"}} for uuid in (uuids[3], R)
    ]
    array, _http = array_at((9, 17, 1), (200, {"records": records, "num_records": 2}))
    assert [mirror.uuid for mirror in array.mirrors(uuids, paths_only)] == [uuids[3]]


def test_relationships_of_other_svms_are_left_out():
    mirrors = [
        {"uuid": R, "source": {"path": "s:v"}, "destination": {"path": f"{svm}:v", "svm": {"name": svm}}}
        for svm in ("svm_lyon", "svm_lyon2")
    ]
    array, _http = array_at((9, 17, 1), (200, {"records": mirrors, "num_records": 2}))
    assert [str(mirror.destination) for mirror in array.mirrors()] == ["svm_lyon:v"]


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
