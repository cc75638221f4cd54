# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the array about what hosts see: LUNs, exports, shares and policies of service."""

from __future__ import annotations

import pytest

from tests.unit.gateway.rest_at import (
    PATIENT,
    R,
    T,
    array_at,
    judge_write,
)

SHARES = "/api/protocols/cifs/shares"
ACE = {"user_or_group": "EXAMPLE\\Staff & co/x", "type": "windows", "permission": "change"}
ENTRY = f"{SHARES}/{R}/top%20secret%24/acls/EXAMPLE%5CStaff%20%26%20co%2Fx/windows"
RULE = {"clients": ["192.0.2.0/24"], "ro_rule": ["sys"], "rw_rule": ["none"], "allow_suid": False}

WRITES = {
    "lun_enable": (lambda a: a.lun_enable(R, True), "PATCH", f"/api/storage/luns/{R}", PATIENT, {"enabled": True}),
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
}


@pytest.mark.parametrize("call, method, path, query, body", WRITES.values(), ids=WRITES)
def test_a_write_is_one_legal_request(call, method, path, query, body, checker):
    judge_write(checker, call, (method, path, query, body))


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
