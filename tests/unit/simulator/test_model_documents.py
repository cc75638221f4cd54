# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the model tells over REST: fields as the contract has them, in ONTAP's notation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import scenario
from tests.simulator.model import mirror_change
from tests.simulator.rest.resources import RESOURCES
from tests.simulator.rest.resources.documents import Body, iso_duration, iso_time, known, merged
from tests.simulator.rest.resources.mirrors import document as mirror_document
from tests.unit.simulator.hosts_world import hosts_world
from tests.unit.simulator.model_helpers import later, make_volume, mirrored, set_state, small_world, volume

FACTS = json.loads((Path(__file__).parents[2] / "contract" / "rest.json").read_text(encoding="utf-8"))
KINDS = {"string": str, "integer": int, "boolean": bool, "number": (int, float)}
PARENTS = dict.fromkeys(
    ("volume.uuid", "relationship.uuid", "policy.id", "svm.uuid", "share", "consistency_group.uuid"), "*"
)


@pytest.fixture(scope="module")
def world():
    made = hosts_world()
    relationship = mirrored(made, schedule="hourly")
    make_volume(made, "paris", "group", style="flexgroup")
    make_volume(
        made, "paris", "clone", clone_parent=("vol1", None), fields={"settings": {"qos": {"policy": {"name": "q"}}}}
    )
    volume(made, "paris").write("b")
    set_state(relationship, "paused")
    made.clusters["paris"].up = False
    later(made, 60)
    return made


@pytest.mark.parametrize("kind", RESOURCES, ids=lambda kind: kind.path)
def test_every_field_told_is_in_the_contract(world, kind):
    schema = FACTS["endpoints"][kind.path]["schema"]
    fields = FACTS["schemas"][schema]["fields"]
    for cluster in world.clusters.values():
        for record in kind(cluster).records(PARENTS, {}):
            assert list(wrong(record, fields)) == []


def wrong(record: dict[str, Any], fields: dict[str, Any], prefix: str = ""):
    """What a record has that the contract does not know, or that is of another kind."""
    for name, value in record.items():
        known_as = fields.get(prefix + name)
        if known_as is None or "G" not in known_as.get("rw", "G"):
            yield f"{prefix}{name} is not returned"
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from wrong(item, fields, f"{prefix}{name}.")
            elif known_as.get("enum") and item not in known_as["enum"]:
                yield f"{prefix}{name} cannot be {item}"
            elif not isinstance(item, KINDS[known_as["t"]]) or (known_as["t"] == "integer" and isinstance(item, bool)):
                yield f"{prefix}{name} cannot be {item!r}"


def test_the_resources_are_endpoints_of_the_contract_and_named_once():
    paths = [kind.path for kind in RESOURCES]
    assert len(paths) == len(set(paths))
    assert not set(paths) - set(FACTS["endpoints"])


def test_what_is_not_set_is_left_out(world):
    fresh = small_world()
    paris = fresh.clusters["lyon"]
    uuid, _job = mirror_change.create(paris, mirror_change.NewMirror("svm_paris:vol1", "svm_lyon:vol1"))
    told = mirror_document(paris.relationships[uuid])
    assert not {"lag_time", "exported_snapshot", "transfer", "unhealthy_reason", "last_transfer_type"} & set(told)
    (relationship,) = world.clusters["lyon"].relationships.values()
    told = mirror_document(relationship)
    assert (told["state"], told["transfer"]["state"], told["lag_time"][:2]) == ("paused", "success", "PT")


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0, "PT0S"),
        (59.9, "PT59S"),
        (60, "PT1M"),
        (30942, "PT8H35M42S"),
        (86400, "P1D"),
        (176461, "P2DT1H1M1S"),
    ],
)
def test_durations_are_iso_8601(seconds, text):
    assert iso_duration(seconds) == text


def test_times_are_in_utc_with_an_offset():
    assert iso_time(1_760_000_000.9) == "2025-10-09T08:53:20+00:00"
    assert iso_time(None) is iso_duration(None) is None


def test_a_body_gives_up_field_by_field():
    body = Body({"nas": {"path": "/x", "uid": 0}, "policy": "Sync", "svm": {"uuid": "u"}})
    assert (body.take("nas.path"), body.take("nas.gone", 7), body.take("a.b")) == ("/x", 7, None)
    assert (body.named("policy"), body.named("svm")) == ("Sync", "u")
    assert body.rest == {"nas": {"uid": 0}}


def test_small_tools():
    assert known({"a": None, "b": {"c": None}, "d": 0, "e": {"f": ""}}) == {"d": 0, "e": {"f": ""}}
    assert merged({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 9}, "d": {"e": 4}}) == {
        "a": {"b": 9, "c": 2},
        "d": {"e": 4},
    }


def test_the_source_tells_only_what_it_knows(world):
    kind = next(each for each in RESOURCES if each.path == "/snapmirror/relationships")
    paris = kind(world.clusters["paris"])
    assert list(paris.records({}, {})) == []
    (told,) = paris.records({}, {"list_destinations_only": True})
    assert set(told) == {"uuid", "source", "destination", "policy", "group_type", "restore"}
    assert (told["source"]["path"], told["destination"]["path"]) == ("svm_paris:vol1", "svm_lyon:vol1")


def test_constituents_are_hidden(world):
    kind = next(each for each in RESOURCES if each.path == "/storage/volumes")
    volumes = kind(world.clusters["paris"])
    assert "flexgroup_constituent" not in {each["style"] for each in volumes.records({}, {})}
    hidden = list(volumes.records({}, {"is_constituent": True}))
    assert {each["flexgroup"]["name"] for each in hidden} == {"group"} and len(hidden) == 4


def test_the_demo_tells_itself_over_rest():
    cluster = scenario.demo_world().clusters["paris"]
    kind = next(each for each in RESOURCES if each.path == "/storage/volumes")
    told = {each["name"]: each for each in kind(cluster).records({}, {})}
    assert told["vol0004"]["nas"]["junction_parent"]["name"] == "vol0003"
    assert told["vol0001"]["efficiency"]["state"] == "enabled"
    assert told["svm_paris_root"]["is_svm_root"] is True
