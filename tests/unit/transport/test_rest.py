# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages, job links and error envelopes."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.engine.execute import Pace
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import ApiError, Unreachable
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.rest import (
    PATIENCE_S,
    Rest,
    any_of,
    dig,
    literal,
)

from .fake_http import FakeHttp

UUID = "11111111-2222-3333-4444-555555555555"
JOB = {"uuid": UUID, "_links": {"self": {"href": f"/api/cluster/jobs/{UUID}"}}}


def page(*names, following=None):
    links = {"_links": {"next": {"href": following}}} if following else {}
    return 200, {"records": [{"name": name} for name in names], "num_records": len(names), **links}


def test_the_next_link_is_followed_as_it_was_written_to_the_last_page():
    second = "/api/storage/volumes?start.uuid=a%7Cb&max_records=2&fields=name"
    http = FakeHttp(page("a", "b", following=second), page(following="/api/storage/volumes?start.x=2"), page("c"))
    records = Rest(http).collection("/storage/volumes", ("name", "uuid"), {"svm.name": "svm1"})
    assert [record["name"] for record in records] == ["a", "b", "c"]
    assert http.asked == [
        ("GET", "/api/storage/volumes", {"fields": "name,uuid", "max_records": 10000, "svm.name": "svm1"}, None),
        ("GET", second, None, None),
        ("GET", "/api/storage/volumes?start.x=2", None, None),
    ]


def test_pages_that_lead_in_a_circle_are_an_error():
    http = FakeHttp(page("a", following="/api/x?start.n=1"))
    with pytest.raises(ApiError, match="link to each other"):
        Rest(http).collection("/x", ("name",))
    assert len(http.asked) == 2


@pytest.mark.parametrize("href", ["/elsewhere?x=1", "https://evil.example.com/apix"])
def test_a_page_outside_of_the_api_is_not_fetched(href):
    http = FakeHttp(page("a", following=href))
    with pytest.raises(ApiError, match="next page outside"):
        Rest(http).collection("/x", ("name",))
    assert len(http.asked) == 1


def test_records_beside_an_error_are_not_taken_for_all_there_are():
    partial = {"records": [{"name": "a"}], "num_records": 1, "error": {"message": "node down", "code": "5"}}
    with pytest.raises(ApiError, match="node down"):
        Rest(FakeHttp((200, partial))).collection("/x", ("name",))


def test_json_without_records_is_not_an_empty_collection():
    with pytest.raises(Unreachable) as caught:
        Rest(FakeHttp((200, {"hello": "world"}))).collection("/x", ("name",))
    assert caught.value.facts["kind"] == "not_ontap"


@pytest.mark.parametrize(
    "answer, uuid",
    [
        pytest.param((202, {"job": JOB}), UUID, id="job"),
        pytest.param((202, {"jobs": [JOB], "num_records": 1}), UUID, id="jobs"),
        pytest.param((200, {}), None, id="done"),
        pytest.param((201, {"num_records": 1, "records": [{"uuid": UUID}]}), None, id="created"),
    ],
)
def test_a_write_answers_its_job(answer, uuid):
    http = FakeHttp(answer)
    rest = Rest(http)
    assert [rest.post("/x", {"a": 1}), rest.patch("/x", {"a": 1}), rest.delete("/x", {"force": True})] == [uuid] * 3
    assert http.asked == [
        ("POST", "/api/x", {"return_timeout": 1}, {"a": 1}),
        ("PATCH", "/api/x", {"return_timeout": 1}, {"a": 1}),
        ("DELETE", "/api/x", {"return_timeout": 1, "force": True}, None),
    ]


@pytest.mark.parametrize("width, patient", [(16, 8), (3, 1), (1, 1)])
def test_half_of_the_requests_at_once_wait_for_their_jobs_and_their_places_are_free_again(width, patient):
    class Nested(FakeHttp):
        """Each write is answered while the next one is under way."""

        def write(self, method, path, query=None, body=None):
            if body:
                rest.patch("/x", {"left": body["left"] - 1} if body["left"] > 1 else {})
            return super().write(method, path, query, body)

    http = Nested((200, {}))
    http.endpoint.width = width
    rest = Rest(http)
    rest.patch("/x", {"left": width})
    asked = [query["return_timeout"] for _method, _path, query, _body in http.asked]
    assert asked == [0] * (width + 1 - patient) + [1] * patient
    rest.patch("/x", {})
    assert http.asked[-1][2] == {"return_timeout": 1}


def test_looks_are_further_apart_than_an_answer_is_kept_back():
    """Else the first answer's volumes would be looked at just before the others' answers come, and these a round later."""
    assert Pace().busy_s > PATIENCE_S


@pytest.mark.parametrize("status", [200, 400, 409, 500])
def test_an_error_envelope_is_an_api_error_whatever_the_status(status):
    error = {"message": "Volume exists.", "code": "917526", "target": "name"}
    with pytest.raises(ApiError) as caught:
        Rest(FakeHttp((status, {"error": error}))).post("/storage/volumes", {})
    found = caught.value
    assert (found.status, found.code, found.target) == (status, "917526", "name")
    for part in ("c1:443", "POST /api/storage/volumes", "Volume exists", "917526", "field name"):
        assert part in str(found)


def test_an_error_that_is_generic_says_what_to_do():
    with pytest.raises(ApiError, match="role that allows"):
        Rest(FakeHttp((403, {"error": {"message": "not authorized", "code": "6"}}))).get("/cluster", ("name",))


@pytest.mark.parametrize(
    "value, written",
    [
        ("svm_1", "svm_1"),
        ("svm.example.com", "svm.example.com"),
        ("a*", '"a*"'),
        ("a|b", '"a|b"'),
        ("!a", '"!a"'),
        ("a..b", '"a..b"'),
        ('say "x"', '{say "x"}'),
    ],
)
def test_a_filter_matches_just_its_value(value, written):
    assert literal(value) == written


def test_a_filter_for_many():
    assert any_of(["a", "b*", "c"]) == 'a|"b*"|c'


def test_digging_through_what_is_not_there():
    document = {"a": {"b": 1}, "c": "text"}
    assert [dig(document, name) for name in ("a.b", "a.x.y", "c.d", "z")] == [1, None, None, None]


# -- many at once

A, B, C = (UUID.replace("1", digit) for digit in "678")
NO = {"error": {"message": "no", "code": "13303818"}}


def records(*uuids):
    return {"records": [{"uuid": uuid} for uuid in uuids], "num_records": len(uuids)}


def matching(*answers):
    http = FakeHttp(*answers)
    return Rest(http).patch_matching("/x", [A, B, C], {"state": "paused"}), http


def refusals(told):
    return [getattr(one.refusal, "code", one.refusal and type(one.refusal).__name__) for one in told]


def test_what_an_answer_names_was_taken_and_what_it_does_not_name_was_not():
    told, _http = matching((202, {**records(A, C), "jobs": [JOB, JOB], **NO}))
    assert refusals(told) == [None, "13303818", None]
    assert [one.jobs for one in told] == [(UUID, UUID), (), (UUID, UUID)]
    assert not told[1].shared, "the only one that is missing is the one that was refused"


def test_an_error_that_may_be_of_several_is_of_none_of_them_alone():
    told, _http = matching((202, {**records(A), **NO}))
    assert refusals(told) == [None, "13303818", "13303818"]
    assert told[1].shared and told[2].shared


def test_a_refused_request_refuses_all():
    told, _http = matching((403, {"error": {"message": "not authorized", "code": "6"}}))
    assert refusals(told) == ["6", "6", "6"]


def test_what_a_query_did_not_match_was_not_done_though_nobody_says_why():
    told, _http = matching((200, records(A, B)))
    assert refusals(told) == [None, None, "NotYet"]


@pytest.mark.parametrize(
    "document", [{"num_records": 3}, {"job": JOB}, records(A, B, C)], ids=["count", "job", "names"]
)
def test_all_were_taken_where_nothing_says_otherwise(document):
    told, _http = matching((202, document))
    assert refusals(told) == [None, None, None]


def test_an_answer_that_tells_nothing_is_no_yes():
    told, _http = matching((200, {}))
    assert refusals(told) == ["NotYet"] * 3


def test_a_query_that_the_array_works_off_in_pages_is_followed_to_its_end():
    following = {"_links": {"next": {"href": "/api/x?start.uuid=b&uuid=a"}}}
    told, http = matching((202, {**records(A, B), "jobs": [JOB], **following}), (200, records(C)))
    assert refusals(told) == [None, None, None]
    assert [asked[0] for asked in http.asked] == ["PATCH", "PATCH"]
    assert http.asked[1] == ("PATCH", "/api/x?start.uuid=b&uuid=a", None, {"state": "paused"})


def test_a_collection_is_never_changed_without_naming_what():
    http = FakeHttp()
    with pytest.raises(ValueError, match="names what it is about"):
        Rest(http).patch_matching("/x", [], {"state": "paused"})
    assert http.asked == []
