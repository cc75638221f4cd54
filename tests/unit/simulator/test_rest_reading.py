# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading over REST: what is shown, what is let through, and how it is cut into pages."""

from __future__ import annotations

import pytest

from tests.simulator.contract import load
from tests.simulator.rest.fields import selection
from tests.unit.simulator.fakes import GIB, Client, FakeWorld, uuid, volume

ONE = f"/storage/volumes/{uuid(1)}"


def properties(document, prefix=""):
    """The dotted names of all values in a document, without links."""
    names = set()
    for name, value in document.items():
        if name == "_links":
            continue
        inner = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        names |= properties(inner, f"{prefix}{name}.") if isinstance(inner, dict) else {prefix + name}
    return names


# ---- fields
@pytest.mark.parametrize(
    "fields, shown",
    [
        pytest.param(None, {"uuid", "name"}, id="only keys and name by default"),
        pytest.param("state", {"uuid", "name", "state"}, id="one property, keys with it"),
        pytest.param("svm", {"uuid", "name", "svm.name", "svm.uuid"}, id="an object is all below it"),
        pytest.param("svm.name,size", {"uuid", "name", "svm.name", "size"}, id="part of an object"),
        pytest.param(
            "space.logical_space", {"uuid", "name", "space.logical_space.enforcement"}, id="expensive by name"
        ),
        pytest.param("aggregates.name", {"uuid", "name", "aggregates.name"}, id="inside an array"),
        pytest.param("svm,!svm.uuid", {"uuid", "name", "svm.name"}, id="all but one"),
    ],
)
def test_a_collection_shows_what_fields_asks_for(paris, fields, shown):
    query = {"name": "vol0001"} | ({"fields": fields} if fields else {})
    (record,) = paris.get("/storage/volumes", **query)["records"]
    assert properties(record) == shown


def test_a_comma_at_the_end_asks_for_nothing_more():
    """The collection netapp.ontap sends one."""
    endpoint, _keys = load().route("/storage/volumes")
    get = endpoint.operations["GET"]
    with_comma, without = (
        selection(endpoint, get, (9, 17, 1), ("uuid",), text, False) for text in ("name,state,", "name,state")
    )
    assert with_comma == without


def test_a_record_below_another_shows_the_key_of_its_parent(paris):
    (transfer,) = paris.get(f"/snapmirror/relationships/{uuid(3)}/transfers")["records"]
    assert properties(transfer) == {"uuid", "relationship.uuid"}


def test_a_star_shows_what_is_cheap_and_two_stars_all(paris):
    (cheap,) = paris.get("/storage/volumes", name="vol0001", fields="*")["records"]
    (everything,) = paris.get("/storage/volumes", name="vol0001", fields="**")["records"]
    assert {"size", "space.used", "aggregates.name"} <= properties(cheap)
    assert properties(cheap).isdisjoint({"nas.path", "guarantee.type", "space.logical_space.enforcement"})
    assert properties(everything) == properties(volume(1))


def test_one_record_shows_what_is_cheap_unless_more_is_asked_for(paris):
    assert "nas.path" not in properties(paris.get(ONE))
    assert "size" in properties(paris.get(ONE))
    assert properties(paris.get(ONE, fields="nas.path")) == {"uuid", "name", "nas.path"}


@pytest.mark.parametrize(
    "query",
    [
        {"fields": "mirror_state"},
        {"fields": ""},
        {"fields": "name,size.bytes"},
        {"fields": "!colour"},
        {"order_by": "colour"},
        {"order_by": "size down"},
    ],
)
def test_properties_that_are_none_are_refused_by_name(paris, query):
    assert paris.refusal("GET", "/storage/volumes", query) == (400, "262197")


def test_a_version_knows_no_younger_properties_parameters_and_endpoints(serve):
    old = Client(serve(FakeWorld(version="9.8")))
    assert old.refusal("GET", "/snapmirror/relationships", {"fields": "throttle"}) == (400, "262197")
    assert old.refusal("GET", "/snapmirror/relationships", {"throttle": "5"}) == (400, "262179")
    assert old.refusal("DELETE", ONE, {"force": "true"}) == (400, "262179")
    assert old.refusal("PATCH", "/storage/volumes", {}, {"records": [{"uuid": uuid(1)}]}) == (400, "262179")
    assert old.refusal("GET", "/application/consistency-groups") == (404, "3")
    assert old.get("/snapmirror/relationships", fields="state")["num_records"] == 0


def test_a_property_younger_than_the_cluster_is_not_shown(serve):
    world = FakeWorld(version="9.8")
    world.mirrors.append({"uuid": uuid(1), "state": "snapmirrored", "throttle": 0})
    (shown,) = Client(serve(world)).get("/snapmirror/relationships", fields="**")["records"]
    assert properties(shown) == {"uuid", "state"}


def test_a_property_that_the_contract_lacks_breaks_the_simulator_loudly(serve):
    world = FakeWorld()
    world.volumes[uuid(1)]["colour"] = "blue"
    site = serve(world)
    assert Client(site).ask("GET", "/storage/volumes")[0] == 500
    assert "colour" in site.defects.pop()
    assert site.defects == []


def test_links_are_left_out_for_a_client_that_accepts_plain_json(paris):
    answer = paris.send("GET", "/storage/volumes", {"max_records": 2}, headers={"Accept": "application/json"})
    body = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert list(body["_links"]) == ["next"]
    assert "_links" not in body["records"][0]
    assert paris.get("/storage/volumes")["records"][0]["_links"] == {"self": {"href": f"/api{ONE}"}}


# ---- filters
@pytest.mark.parametrize(
    "query, numbers",
    [
        ({"name": "vol0002"}, [2]),
        ({"name": "vol0002|vol0005"}, [2, 5]),
        ({"name": "*000[1]"}, []),
        ({"name": "vol*3"}, [3]),
        ({"name": "!vol0002|vol0002"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"name": "!vol000*"}, []),
        ({"name": '"vol*"'}, []),
        ({"name": "{vol0004}"}, [4]),
        ({"size": ">5GB"}, [6, 7]),
        ({"size": ">=5GB"}, [5, 6, 7]),
        ({"size": f"<{2 * GIB}"}, [1]),
        ({"size": "<=2GB|7GB"}, [1, 2, 7]),
        ({"size": "2GB..4GB"}, [2, 3, 4]),
        ({"nas.path": "null"}, [3, 6]),
        ({"nas.path": "!null"}, [1, 2, 4, 5, 7]),
        ({"nas.path": "!/vol0001"}, [2, 4, 5, 7]),
        ({"nas.path": "*"}, [1, 2, 4, 5, 7]),
        ({"aggregates.name": "aggr1_paris", "guarantee.type": "volume"}, [2, 4, 6]),
        ({"space.logical_space.enforcement": "false", "name": "vol0001"}, [1]),
        ({"create_time": ">2026-01-06T00:00:00Z"}, [6, 7]),
        ({"svm.name": "svm_lyon"}, []),
    ],
)
def test_filters_let_through(paris, query, numbers):
    assert paris.names("/storage/volumes", query) == [f"vol{number:04d}" for number in numbers]


@pytest.mark.parametrize(
    "query, paths",
    [
        ({"lag_time": ">PT1H"}, ["svm_lyon:b"]),
        ({"lag_time": "<=PT59M30S"}, ["svm_lyon:a"]),
        ({"lag_time": ">P2D"}, []),
        ({"healthy": "false"}, ["svm_lyon:b"]),
        ({"unhealthy_reason.code": "6621444"}, ["svm_lyon:b"]),
        ({"state": "!broken_off"}, ["svm_lyon:a", "svm_lyon:b"]),
        ({"transfer.state": "transferring|queued"}, []),
        ({"order_by": "lag_time"}, ["svm_lyon:c", "svm_lyon:a", "svm_lyon:b"]),
        ({"order_by": "lag_time desc"}, ["svm_lyon:b", "svm_lyon:a", "svm_lyon:c"]),
    ],
)
def test_filters_know_durations_booleans_and_arrays(serve, query, paths):
    world = FakeWorld()
    world.mirrors += [
        {
            "uuid": uuid(1),
            "state": "snapmirrored",
            "destination": {"path": "svm_lyon:a"},
            "healthy": True,
            "lag_time": "PT50M",
        },
        {
            "uuid": uuid(2),
            "state": "paused",
            "destination": {"path": "svm_lyon:b"},
            "healthy": False,
            "lag_time": "PT9H",
            "unhealthy_reason": [{"code": "1", "message": "x"}, {"code": "6621444", "message": "y"}],
        },
        {"uuid": uuid(3), "state": "broken_off", "destination": {"path": "svm_lyon:c"}, "healthy": True},
    ]
    found = Client(serve(world)).get("/snapmirror/relationships", fields="destination.path", **query)
    assert [record["destination"]["path"] for record in found["records"]] == paths


@pytest.mark.parametrize(
    "query, code",
    [
        ({"colour": "blue"}, "262179"),
        ({"state": "broken-off"}, "262197"),
        ({"size": "big"}, "262197"),
        ({"svm.is_big": "true"}, "262179"),
        ({"return_timeout": "121"}, "262197"),
        ({"return_records": "yes"}, "262197"),
        ({"max_records": "many"}, "262197"),
        ({"create_time": ">yesterday"}, "262197"),
    ],
)
def test_queries_that_ontap_does_not_understand_are_refused(paris, query, code):
    assert paris.refusal("GET", "/storage/volumes", query) == (400, code)


def test_a_parameter_is_given_once(paris):
    assert paris.refusal("GET", "/storage/volumes", [("name", "a"), ("name", "b")]) == (400, "262188")


def test_unknown_names_are_forgiven_only_when_asked_to(serve):
    forgiving = {"colour": "blue", "name": "vol0001", "ignore_unknown_fields": "true"}
    assert Client(serve(traffic=None)).names("/storage/volumes", forgiving) == ["vol0001"]


# ---- pages
def follow(client, path, query):
    """All pages of a collection as lists of names."""
    pages, answer = [], client.get(path, **query)
    while True:
        pages.append([record["name"] for record in answer["records"]])
        assert answer["num_records"] == len(answer["records"])
        following = answer.get("_links", {}).get("next")
        if following is None:
            return pages
        answer = client.get(following["href"].removeprefix("/api"))


@pytest.mark.parametrize(
    "query, pages",
    [
        ({"max_records": 3}, [["vol0001", "vol0002", "vol0003"], ["vol0004", "vol0005", "vol0006"], ["vol0007"]]),
        ({"max_records": 7}, [[f"vol{number:04d}" for number in range(1, 8)], []]),
        (
            {"max_records": 2, "order_by": "size desc", "name": "!vol0006"},
            [["vol0007", "vol0005"], ["vol0004", "vol0003"], ["vol0002", "vol0001"], []],
        ),
        (
            {"max_records": 4, "order_by": "guarantee.type desc,name"},
            [["vol0002", "vol0004", "vol0006", "vol0001"], ["vol0003", "vol0005", "vol0007"]],
        ),
        ({}, [[f"vol{number:04d}" for number in range(1, 8)]]),
    ],
)
def test_pages_hold_each_record_once(paris, query, pages):
    assert follow(paris, "/storage/volumes", query) == pages


def test_a_record_that_goes_between_two_pages_hides_no_other(site, paris):
    first = paris.get("/storage/volumes", max_records=3)
    with site.locked() as world:
        del world.volumes[uuid(2)]
        del world.volumes[uuid(3)]
    second = paris.get(first["_links"]["next"]["href"].removeprefix("/api"))
    assert [record["name"] for record in second["records"]] == ["vol0004", "vol0005", "vol0006"]


def test_a_made_up_start_key_is_refused(paris):
    assert paris.refusal("GET", "/storage/volumes", {"start.key": "vol0003"}) == (400, "262197")


def test_counting_needs_no_records(paris):
    assert paris.get("/storage/volumes", return_records="false", name="!vol0001") == {"num_records": 6}


# ---- paths
def test_a_trailing_slash_a_parent_star_and_a_singleton(paris):
    assert paris.get("/storage/volumes/")["num_records"] == 7
    assert paris.get("/snapmirror/relationships/*/transfers")["num_records"] == 1
    assert paris.get("/cluster")["name"] == "paris"


@pytest.mark.parametrize(
    "method, path, status, code",
    [
        ("GET", f"/storage/volumes/{uuid(99)}", 404, "4"),
        ("GET", "/storage/volumes/vol0001", 400, "262197"),
        ("POST", "/storage/volumes/" + uuid(1), 405, "3"),
        ("DELETE", "/cluster", 405, "3"),
        ("GET", "/storage/luns", 501, "3"),
    ],
)
def test_paths_that_lead_nowhere(paris, method, path, status, code):
    assert paris.refusal(method, path) == (status, code)


def test_an_unknown_path_is_no_api(serve):
    assert Client(serve(traffic=None)).refusal("GET", "/snapmirror/relations") == (404, "3")


def test_head_and_options(paris):
    head, options = paris.send("HEAD", "/storage/volumes"), paris.send("OPTIONS", "/storage/volumes")
    assert (head.status_code, head.content) == (200, b"")
    assert options.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST"


def test_an_svm_tunnel_confines_reading(paris):
    other, paris_svm = {"X-Dot-SVM-Name": "svm_other"}, {"X-Dot-SVM-UUID": uuid(9001)}
    assert paris.ask("GET", "/storage/volumes", headers=other)[1]["num_records"] == 0
    assert paris.ask("GET", "/storage/volumes", headers=paris_svm)[1]["num_records"] == 7
    assert paris.refusal("GET", "/storage/volumes", headers={"X-Dot-SVM-Name": "svm_x"}) == (404, "2621462")


# ---- who asks
@pytest.mark.parametrize("auth", [None, ("admin", "wrong"), ("root", "sesame")])
def test_nobody_is_let_in_without_the_password(site, auth):
    client = Client(site)
    client.session.auth = auth
    client.session.trust_env = False
    answer = client.send("GET", "/cluster")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "6691623"
    assert answer.headers["www-authenticate"].startswith("Basic")
