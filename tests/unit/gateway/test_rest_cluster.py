# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the array about the cluster, its SVMs and their peers, SnapMirror policies, consistency groups and jobs."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.array import Job
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import NotYet
from tests.unit.gateway.rest_at import (
    EMPTY,
    PATIENT,
    R,
    T,
    array_at,
    judge_read,
    judge_write,
    violations,
)

GROUPS = "/api/application/consistency-groups"

WRITES = {
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
        PATIENT,
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
        PATIENT,
        {"comment": "c"},
    ),
    "peer_create": (
        lambda a: a.peer_create("svm_paris", "paris", ("snapmirror",), "alias"),
        "POST",
        "/api/svm/peers",
        PATIENT,
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
        PATIENT,
        {"svm": {"name": "svm_lyon"}, "peer": {"svm": {"name": "svm_paris"}}, "applications": ["snapmirror"]},
    ),
    "peer_modify": (
        lambda a: a.peer_modify(R, ["snapmirror", "flexcache"]),
        "PATCH",
        f"/api/svm/peers/{R}",
        PATIENT,
        {"applications": ["flexcache", "snapmirror"]},
    ),
    "peer_accept": (lambda a: a.peer_accept(R), "PATCH", f"/api/svm/peers/{R}", PATIENT, {"state": "peered"}),
    "svm_set_running": (
        lambda a: a.svm_set_running(R, False),
        "PATCH",
        f"/api/svm/svms/{R}",
        PATIENT,
        {"state": "stopped"},
    ),
    "group_create": (
        lambda a: a.group_create("cg", ["v"]),
        "POST",
        GROUPS,
        PATIENT,
        {
            "svm": {"name": "svm_lyon"},
            "name": "cg",
            "volumes": [{"name": "v", "provisioning_options": {"action": "add"}}],
        },
    ),
}


@pytest.mark.parametrize("call, method, path, query, body", WRITES.values(), ids=WRITES)
def test_a_write_is_one_legal_request(call, method, path, query, body, checker):
    judge_write(checker, call, (method, path, query, body))


READS = {
    "about": (lambda a: a.about(), "/cluster", {}),
    "svm_exists": (lambda a: a.svm_exists(), "/svm/svms", {"name": "svm_lyon"}),
    "aggregates": (lambda a: a.aggregates(), "/storage/aggregates", {}),
    "policies": (lambda a: a.policies(), "/snapmirror/policies", {}),
    "svm_peers": (lambda a: a.svm_peers(), "/svm/peers", {"svm.name": "svm_lyon"}),
    "jobs": (lambda a: a.jobs([R, T]), "/cluster/jobs", {"uuid": f"{R}|{T}"}),
    "mediators": (lambda a: a.mediators(), "/cluster/mediators", {}),
}


@pytest.mark.parametrize("call, path, filters", READS.values(), ids=READS)
def test_a_read_is_one_legal_request(call, path, filters, checker):
    judge_read(checker, call, path, filters)


def test_a_volume_joins_the_group_of_that_very_name(checker):
    others = [{"uuid": T, "name": "cg_old"}, {"uuid": R, "name": "cg"}]
    array, http = array_at((9, 17, 1), (200, {"records": others, "num_records": 2}), (202, {"job": {"uuid": T}}))
    assert array.group_add("cg", ["v"]) == T
    added = {"volumes": [{"name": "v", "provisioning_options": {"action": "add"}}]}
    assert http.asked[1] == ("PATCH", f"{GROUPS}/{R}", PATIENT, added)
    assert violations(checker, http) == []


def test_a_group_that_is_not_there_yet_is_asked_for_later():
    array, http = array_at((9, 17, 1), EMPTY)
    with pytest.raises(NotYet, match="no consistency group cg"):
        array.group_add("cg", ["v"])
    assert len(http.asked) == 1


def test_an_svm_name_with_a_wildcard_matches_nothing_else():
    array, http = array_at(None, (200, {"records": [{"name": "svm_lyon"}], "num_records": 1}), svm="svm*")
    assert not array.svm_exists()
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


def test_of_two_policies_with_one_name_the_svm_has_its_own():
    records = [
        {"name": "p", "type": "sync", "svm": {"name": "svm_lyon"}},
        {"name": "p", "type": "async"},
        {"name": "q", "type": "async", "svm": {"name": "other"}},
    ]
    array, _http = array_at((9, 17, 1), (200, {"records": records, "num_records": 3}))
    assert {name: policy.type for name, policy in array.policies().items()} == {"p": "sync"}
