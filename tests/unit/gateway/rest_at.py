# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An array behind a transport of the test's own, and what it was asked, judged by the published contract."""

from __future__ import annotations

from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.rest_array import RestArray
from ansible_collections.ontap.data_motion.plugins.module_utils.model.array import ClusterAbout
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.rest import Rest
from tests.unit.transport.fake_http import FakeHttp

R, T = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
EMPTY = (200, {"records": [], "num_records": 0})
PATIENT = {"return_timeout": 1}
EACH = {"return_timeout": 1, "continue_on_failure": True}
MATCHING = {"uuid": f"{R}|{T}", **EACH, "return_records": True}
VOLUME = f"/api/storage/volumes/{R}"


def array_at(version, *answers, svm="svm_lyon"):
    http = FakeHttp(*answers)
    array = RestArray(Rest(http), svm)
    if version:
        array._about = ClusterAbout("lyon", R, version)
    return array, http


def violations(checker, http):
    found = []
    for method, path, query, body in http.asked:
        exchange = {"method": method, "path": path, "query": query, "request": body, "status": None, "response": None}
        found += checker.exchange(exchange)[1]
    return found


def judge_write(checker, call, request):
    """request: the method, path, query and body that *call* is to ask for, and nothing else."""
    array, http = array_at((9, 17, 1), (202, {"job": {"uuid": T}}))
    assert call(array) == T
    assert http.asked == [request]
    assert violations(checker, http) == []


def judge_many(checker, call, request):
    """As judge_write, for two objects at once: one job is for both, and a body of records may be undone as a whole."""
    array, http = array_at((9, 17, 1), (202, {"job": {"uuid": T}}))
    told = call(array)
    assert [(one.jobs, one.shared, one.refusal) for one in told] == [((T,), True, None)] * 2
    assert all(one.revocable for one in told) is ("records" in (request[-1] or {}))
    assert http.asked == [request]
    assert violations(checker, http) == []


def judge_read(checker, call, path, filters):
    """filters: its query beside fields and max_records."""
    array, http = array_at(None if path == "/cluster" else (9, 17, 1), EMPTY)
    call(array)
    [(method, asked, query, body)] = http.asked
    assert (method, asked, body) == ("GET", "/api" + path, None)
    control = {"fields", "max_records"}
    assert {name: value for name, value in query.items() if name not in control} == filters
    assert violations(checker, http) == []
