# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain requests that ONTAP's published contract calls legal or illegal, each against the running simulator.

`tests/contract/` holds the facts behind every row. Nothing of the collection speaks here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance.conftest import new_log
from tests.conformance.support import Cluster, Simulator, running, two_clusters

NOBODY = "00000000-0000-0000-0000-000000000000"
RELATIONSHIP = "/snapmirror/relationships"
VOLUMES = "/storage/volumes"
WAIT = {"return_timeout": 60}


@dataclass(frozen=True)
class Scene:
    """lyon holds a mirror in each state; ids: {name of the destination volume: uuids by kind}.

    new: its relationship is not initialized yet; done: snapmirrored; held: paused; cut: broken off;
    free: a DP volume without relationship; small: the same, of 20 MB; ours: rw.
    """

    simulator: Simulator
    volumes: dict[str, str]
    mirrors: dict[str, str]

    def fill(self, text: str) -> str:
        """{volume:new} and {mirror:new} become the uuids of these."""
        for kind, known in (("volume", self.volumes), ("mirror", self.mirrors)):
            for name, uuid in known.items():
                text = text.replace(f"{{{kind}:{name}}}", uuid)
        return text


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with running(new_log("rejected"), *two_clusters(4)) as simulator:
        yield set_up(simulator)


def set_up(simulator: Simulator) -> Scene:
    paris, lyon = simulator.paris, simulator.lyon
    size = max(paris.volume(name)["size"] for name in paris.volumes)
    volumes = {name: make_volume(lyon, name, "dp", size) for name in ("new", "done", "held", "cut", "free")}
    volumes |= {"small": make_volume(lyon, "small", "dp", 20 * 2**20), "ours": make_volume(lyon, "ours", "rw", 2**30)}
    sources = dict(zip(("new", "done", "held", "cut"), paris.volumes, strict=True))
    mirrors = {name: make_mirror(lyon, source, name) for name, source in sources.items()}
    for name in ("done", "held", "cut"):
        change(lyon, mirrors[name], "snapmirrored")
    simulator.settle_transfers()
    change(lyon, mirrors["held"], "paused")
    change(lyon, mirrors["cut"], "broken_off")
    return Scene(simulator, volumes, mirrors)


def make_volume(cluster: Cluster, name: str, kind: str, size: int) -> str:
    body = {"name": name, "svm": {"name": cluster.svm}, "type": kind, "size": size}
    body["aggregates"] = [{"name": cluster.aggregates[0]}]
    cluster.done(cluster.send("POST", VOLUMES, WAIT, body))
    return cluster.volume(name)["uuid"]


def make_mirror(lyon: Cluster, source: str, name: str) -> str:
    lyon.done(lyon.send("POST", RELATIONSHIP, WAIT, paths(source, name)))
    return lyon.mirrors()[f"svm_lyon:{name}"]["uuid"]


def change(cluster: Cluster, uuid: str, state: str) -> None:
    cluster.done(cluster.send("PATCH", f"{RELATIONSHIP}/{uuid}", WAIT, {"state": state}))


def paths(source: str, destination: str, **more: Any) -> dict[str, Any]:
    return {"source": {"path": f"svm_paris:{source}"}, "destination": {"path": f"svm_lyon:{destination}"}, **more}


def dp_volume(**more: Any) -> dict[str, Any]:
    made = {
        "name": "made",
        "svm": {"name": "svm_lyon"},
        "type": "dp",
        "size": 2**30,
        "aggregates": [{"name": "aggr1_lyon"}],
    }
    return {name: value for name, value in {**made, **more}.items() if value is not None}


ANY: frozenset[str] = frozenset()
UNKNOWN_PARAMETER = {"262197", "262179"}
ILLEGAL_CHANGE = {"13303818", "13303833"}
SOURCE = "vol0001"

# name of the rule, method, path, query, body, codes that ONTAP may answer with (ANY: only that it refuses is known)
REFUSED = [
    ("enum values have underscores", "PATCH", f"{RELATIONSHIP}/{{mirror:done}}", {}, {"state": "broken-off"}, ANY),
    ("a read-only field is no input", "PATCH", f"{RELATIONSHIP}/{{mirror:done}}", {}, {"healthy": True}, ANY),
    ("a uuid is ONTAP's to give", "POST", VOLUMES, {}, dp_volume(uuid=NOBODY), ANY),
    (
        "source.svm is answer-only",
        "POST",
        RELATIONSHIP,
        {},
        {**paths(SOURCE, "free"), "source": {"path": "svm_paris:vol0001", "svm": {"name": "svm_paris"}}},
        ANY,
    ),
    ("a field that is not in the contract", "POST", VOLUMES, {}, dp_volume(flavour="sweet"), ANY),
    ("a parameter that is not in the contract", "GET", VOLUMES, {"flavour": "sweet"}, None, UNKNOWN_PARAMETER),
    ("a field asked for that does not exist", "GET", VOLUMES, {"fields": "flavour"}, None, ANY),
    ("a body on GET", "GET", VOLUMES, {}, {"name": "x"}, {"262198"}),
    ("a wait longer than 120 s", "GET", VOLUMES, {"return_timeout": 121}, None, ANY),
    ("a wait of less than nothing", "POST", VOLUMES, {"return_timeout": -1}, dp_volume(), ANY),
    ("one record that is not there", "GET", f"{VOLUMES}/{NOBODY}", {}, None, {"4"}),
    ("a method that is not there", "POST", f"{VOLUMES}/{{volume:free}}", {}, {}, {"3"}),
    ("a change of all records without a query", "PATCH", VOLUMES, {}, {"comment": "x"}, ANY),
    ("a removal of all records without a query", "DELETE", VOLUMES, {}, None, ANY),
    ("a number as a state", "PATCH", f"{VOLUMES}/{{volume:free}}", {}, {"state": 7}, ANY),
    # volumes
    ("a volume without a name", "POST", VOLUMES, {}, dp_volume(name=None), ANY),
    ("a volume without an SVM", "POST", VOLUMES, {}, dp_volume(svm=None), ANY),
    ("a second volume of a name", "POST", VOLUMES, WAIT, dp_volume(name="free"), {"1", "917526"}),
    ("an aggregate that is not there", "POST", VOLUMES, WAIT, dp_volume(aggregates=[{"name": "nowhere"}]), ANY),
    ("more space than there is", "POST", VOLUMES, WAIT, dp_volume(size="90PB", guarantee={"type": "volume"}), ANY),
    (
        "a junction for an uninitialized DP volume",
        "PATCH",
        f"{VOLUMES}/{{volume:new}}",
        WAIT,
        {"nas": {"path": "/early"}},
        ANY,
    ),
    ("a snapshot of a DP volume", "POST", f"{VOLUMES}/{{volume:done}}/snapshots", WAIT, {"name": "mine"}, {"1638461"}),
    (
        "a snapshot policy on a DP volume",
        "PATCH",
        f"{VOLUMES}/{{volume:done}}",
        WAIT,
        {"snapshot_policy": {"name": "default"}},
        {"917617"},
    ),
    (
        "a comment longer than 1023 characters",
        "PATCH",
        f"{VOLUMES}/{{volume:ours}}",
        WAIT,
        {"comment": "x" * 1024},
        ANY,
    ),
    ("a volume under a mirror is not removed", "DELETE", f"{VOLUMES}/{{volume:done}}", WAIT, None, ANY),
    # relationships
    ("a mirror onto nothing", "POST", RELATIONSHIP, WAIT, paths(SOURCE, "nothing"), {"6619546"}),
    ("a mirror onto an rw volume", "POST", RELATIONSHIP, WAIT, paths(SOURCE, "ours"), {"6619546"}),
    ("a second mirror onto one volume", "POST", RELATIONSHIP, WAIT, paths("vol0002", "new"), {"6619637"}),
    (
        "a mirror of an SVM that is not peered",
        "POST",
        RELATIONSHIP,
        WAIT,
        {"source": {"path": "svm_rome:vol0001"}, "destination": {"path": "svm_lyon:free"}},
        ANY,
    ),
    ("a policy that is not there", "POST", RELATIONSHIP, WAIT, paths(SOURCE, "free", policy={"name": "None"}), ANY),
    (
        "a schedule that is not there",
        "POST",
        RELATIONSHIP,
        WAIT,
        paths(SOURCE, "free", transfer_schedule={"name": "never"}),
        {"6619699"},
    ),
    ("a state at the making", "POST", RELATIONSHIP, WAIT, paths(SOURCE, "free", state="snapmirrored"), {"13303873"}),
    ("a mirror without a source", "POST", RELATIONSHIP, WAIT, {"destination": {"path": "svm_lyon:free"}}, ANY),
    (
        "uninitialized is no state to ask for",
        "PATCH",
        f"{RELATIONSHIP}/{{mirror:done}}",
        WAIT,
        {"state": "uninitialized"},
        ANY,
    ),
    (
        "a break of what never was",
        "PATCH",
        f"{RELATIONSHIP}/{{mirror:new}}",
        WAIT,
        {"state": "broken_off"},
        ILLEGAL_CHANGE,
    ),
    ("a pause of what is broken", "PATCH", f"{RELATIONSHIP}/{{mirror:cut}}", WAIT, {"state": "paused"}, ILLEGAL_CHANGE),
    (
        "restore_to_snapshot is of a break",
        "PATCH",
        f"{RELATIONSHIP}/{{mirror:cut}}",
        WAIT,
        {"state": "snapmirrored", "restore_to_snapshot": "any"},
        {"13303835", "13303836", "13303837"},
    ),
    (
        "quick_resync is of a resync",
        "PATCH",
        f"{RELATIONSHIP}/{{mirror:done}}",
        WAIT,
        {"state": "broken_off", "quick_resync": True},
        {"13303835", "13303836", "13303837"},
    ),
    ("an update of what is broken", "POST", f"{RELATIONSHIP}/{{mirror:cut}}/transfers", {}, {}, ANY),
    (
        "two flags of a removal",
        "DELETE",
        f"{RELATIONSHIP}/{{mirror:done}}",
        {"destination_only": "true", "source_only": "true"},
        None,
        ANY,
    ),
    ("a mirror that is not there", "DELETE", f"{RELATIONSHIP}/{NOBODY}", {}, None, {"4"}),
]


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "codes"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_refused_and_nothing_changed(
    scene: Scene, method: str, path: str, query: dict[str, Any], body: Any, codes: frozenset[str]
) -> None:
    lyon = scene.simulator.lyon
    before = snapshot_of(lyon)
    answer = lyon.send(method, scene.fill(path), query, body)
    error = refusal(lyon, answer)
    assert error["code"] in codes or not codes, error
    assert snapshot_of(lyon) == before


def refusal(cluster: Cluster, answer: Any) -> dict[str, Any]:
    """ONTAP's error envelope: of the answer, or of the job that it started."""
    content = answer.json()
    if answer.status_code == 202:
        job = cluster.get(f"/cluster/jobs/{content['job']['uuid']}")
        assert job["state"] == "failure" and isinstance(job["code"], int), job
        error = {"code": str(job["code"]), "message": job["message"]}
    else:
        assert answer.status_code >= 400, content
        error = content["error"]
    assert isinstance(error["code"], str) and error["code"].isdigit()
    assert isinstance(error["message"], str) and error["message"]
    return error


def snapshot_of(cluster: Cluster) -> Any:
    volumes = cluster.records(VOLUMES, fields="name,type,state,nas.path,comment,size", order_by="name")
    mirrors = cluster.records(RELATIONSHIP, fields="state,source.path,destination.path", order_by="uuid")
    return [{**record, "_links": None} for record in [*volumes, *mirrors]]


# name of the rule, method, path, query, body
ACCEPTED = [
    ("a trailing slash", "GET", f"{VOLUMES}/", {}, None),
    ("a doubled slash behind /api", "GET", f"/{VOLUMES}", {}, None),
    ("any field of the answer as a filter", "GET", VOLUMES, {"space.snapshot.reserve_percent": ">=0"}, None),
    ("a wildcard in a filter", "GET", RELATIONSHIP, {"source.path": "svm_paris:*"}, None),
    ("alternatives in a filter", "GET", VOLUMES, {"name": "new|done"}, None),
    ("a negated filter", "GET", VOLUMES, {"name": "!new"}, None),
    ("a range in a filter", "GET", VOLUMES, {"size": "1GB..2TB"}, None),
    ("a duration in a filter", "GET", RELATIONSHIP, {"lag_time": ">PT0S"}, None),
    ("a count", "GET", VOLUMES, {"return_records": "false"}, None),
    ("an order", "GET", VOLUMES, {"order_by": "name desc"}, None),
    ("a field taken out", "GET", VOLUMES, {"fields": "*,!size"}, None),
    ("all parents at once", "GET", f"{VOLUMES}/*/snapshots", {}, None),
    ("an SVM by header and no body on GET", "GET", VOLUMES, {"max_records": 1}, None),
    (
        "unknown fields that are to be ignored",
        "GET",
        VOLUMES,
        {"ignore_unknown_fields": "true", "fields": "name"},
        None,
    ),
    ("an empty object is no body", "DELETE", RELATIONSHIP, {"destination.path": "svm_lyon:nothing"}, {}),
    ("a dotted key in a body", "PATCH", VOLUMES, {"name": "ours"}, {"nas.path": "/ours"}),
    ("an empty junction path unmounts", "PATCH", f"{VOLUMES}/{{volume:ours}}", WAIT, {"nas": {"path": ""}}),
    ("a size with a unit", "PATCH", f"{VOLUMES}/{{volume:ours}}", WAIT, {"size": "2GB"}),
    ("an enum in capitals", "PATCH", f"{RELATIONSHIP}/{{mirror:held}}", WAIT, {"state": "SNAPMIRRORED"}),
    (
        "a boolean in quotes",
        "PATCH",
        f"{VOLUMES}/{{volume:ours}}",
        WAIT,
        {"snapshot_directory_access_enabled": "false"},
    ),
    ("a comment on a DP volume", "PATCH", f"{VOLUMES}/{{volume:free}}", WAIT, {"comment": "kept for the mirror"}),
    (
        "a mirror whose policy is a bare name",
        "POST",
        RELATIONSHIP,
        WAIT,
        paths(SOURCE, "free", policy="MirrorAllSnapshots"),
    ),
]


@pytest.mark.parametrize(("method", "path", "query", "body"), [pytest.param(*row[1:], id=row[0]) for row in ACCEPTED])
def test_accepted(scene: Scene, method: str, path: str, query: dict[str, Any], body: Any) -> None:
    lyon = scene.simulator.lyon
    lyon.done(lyon.send(method, scene.fill(path), query, body))


def test_a_write_that_is_not_waited_for_answers_with_its_job(scene: Scene) -> None:
    lyon = scene.simulator.lyon
    answer = lyon.send("POST", VOLUMES, None, dp_volume(name="slow"))
    assert answer.status_code == 202
    job = answer.json()["job"]
    assert job["_links"]["self"]["href"] == f"/api/cluster/jobs/{job['uuid']}"
    lyon.done(answer)
    assert answer.headers["Location"] == f"/api/storage/volumes/{lyon.volume('slow')['uuid']}"
    scene.simulator.advance(301)
    assert lyon.send("GET", f"/cluster/jobs/{job['uuid']}").json()["error"]["code"] == "4"


def test_an_initialized_dp_volume_mounts_and_stays_dp(scene: Scene) -> None:
    lyon, uuid = scene.simulator.lyon, scene.volumes["done"]
    lyon.done(lyon.send("PATCH", f"{VOLUMES}/{uuid}", WAIT, {"nas": {"path": "/read_only"}}))
    assert (lyon.volume("done")["type"], lyon.volume("done")["nas"]["path"]) == ("dp", "/read_only")
    lyon.done(lyon.send("PATCH", f"{VOLUMES}/{uuid}", WAIT, {"nas": {"path": ""}}))


def test_the_source_only_knows_destinations(scene: Scene) -> None:
    paris = scene.simulator.paris
    assert paris.mirrors() == {}
    known = paris.mirrors(list_destinations_only="true")
    assert set(known) >= {f"svm_lyon:{name}" for name in ("done", "held", "cut")}
    assert not any({"lag_time", "healthy", "transfer"} & set(record) for record in known.values())


def test_a_listing_shows_keys_and_names_unless_asked_for_more(scene: Scene) -> None:
    lyon = scene.simulator.lyon
    (plain,) = lyon.records(VOLUMES, name="ours")
    assert set(plain) <= {"uuid", "name", "_links"}
    assert "size" in lyon.get(f"{VOLUMES}/{scene.volumes['ours']}")


def test_a_wrong_password_and_no_password(scene: Scene) -> None:
    lyon = scene.simulator.lyon
    for auth in (("admin", "wrong"), None):
        answer = lyon.send("GET", "/cluster", auth=auth)
        assert answer.status_code == 401
        assert set(answer.json()) == {"error"}


def test_the_way_back_of_a_deleted_mirror_needs_a_common_snapshot(scene: Scene) -> None:
    """Onto an rw volume: broken_off from the start where a common snapshot is there."""
    lyon, paris = scene.simulator.lyon, scene.simulator.paris
    lyon.done(lyon.send("DELETE", f"{RELATIONSHIP}/{scene.mirrors['cut']}", {**WAIT, "destination_only": "true"}))
    (entry,) = [
        mirror for path, mirror in paris.mirrors(list_destinations_only="true").items() if path == "svm_lyon:cut"
    ]
    paris.done(paris.send("DELETE", f"{RELATIONSHIP}/{entry['uuid']}", {**WAIT, "source_info_only": "true"}))
    again = make_mirror(lyon, entry["source"]["path"].split(":")[1], "cut")
    assert lyon.get(f"{RELATIONSHIP}/{again}")["state"] == "broken_off"
