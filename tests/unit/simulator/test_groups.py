# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consistency groups over REST: what belongs to one, and what is refused."""

from __future__ import annotations

import pytest

from tests.simulator import scenario
from tests.simulator.faults import FaultBook
from tests.simulator.testing import running
from tests.unit.simulator.fakes import Client
from tests.unit.simulator.groups_world import GROUPS, VOLUMES, group_body, groups_world, make_group, members


@pytest.fixture
def site():
    with running(groups_world()) as site:
        yield site


@pytest.fixture
def paris(site):
    return Client(site)


def test_a_group_of_existing_volumes_is_made_read_and_found(paris):
    uuid = make_group(paris, "data", "logs")
    make_group(paris, "data", svm="svm_other")
    listed = paris.get(GROUPS, **{"svm.name": "svm_paris", "name": "app", "fields": "volumes.name,replicated"})
    assert [record["uuid"] for record in listed["records"]] == [uuid]
    assert [volume["name"] for volume in listed["records"][0]["volumes"]] == ["data", "logs"]
    assert listed["records"][0]["replicated"] is False
    assert paris.get(GROUPS, **{"volumes.name": "logs"})["num_records"] == 1
    assert "volumes" not in paris.get(f"{GROUPS}/{uuid}"), "they are expensive, so only told when asked for"


def test_a_volume_tells_its_group(paris):
    uuid = make_group(paris, "data")
    query = {"svm.name": "svm_paris", "fields": "consistency_group"}
    told = {each["name"]: each.get("consistency_group") for each in paris.get(VOLUMES, **query)["records"]}
    assert told["data"] == {"name": "app", "uuid": uuid}
    assert told["lone"] is None
    found = paris.get(VOLUMES, **{"consistency_group.name": "app", "svm.name": "svm_paris"})
    assert [each["name"] for each in found["records"]] == ["data"]


def test_volumes_are_added_and_stay_when_the_group_goes(paris):
    uuid = make_group(paris, "data")
    assert paris.ask("PATCH", f"{GROUPS}/{uuid}", {}, {"volumes": members("data", "logs")})[0] == 202
    assert [each["name"] for each in paris.get(f"{GROUPS}/{uuid}", fields="volumes")["volumes"]] == ["data", "logs"]
    assert paris.ask("DELETE", f"{GROUPS}/{uuid}")[0] == 202
    assert paris.get(GROUPS)["num_records"] == 0
    assert paris.get(VOLUMES, name="data")["num_records"] == 2
    make_group(paris, "logs")


def test_a_deleted_volume_leaves_its_group(site, paris):
    uuid = make_group(paris, "data", "logs")
    logs = paris.get(VOLUMES, name="logs")["records"][0]["uuid"]
    assert paris.ask("DELETE", f"{VOLUMES}/{logs}")[0] == 202
    assert [each["name"] for each in paris.get(f"{GROUPS}/{uuid}", fields="volumes")["volumes"]] == ["data"]


@pytest.mark.parametrize(
    "sent, code",
    [
        (group_body("data"), "53411860"),
        (group_body("logs", "data", name="second"), "53411865"),
        (group_body("none", name="second"), "917506"),
        (group_body("big", name="second"), "53411853"),
        (group_body("old", name="second"), "53411853"),
        (group_body("lone", name="no/name"), "5376461"),
        ({**group_body("lone", name="second"), "name": None}, "53411846"),
        ({**group_body(name="second"), "volumes": [{"name": "lone"}]}, "53411864"),
        ({**group_body(name="second"), "volumes": [{**members("lone")[0], "space": {"size": 1024**3}}]}, "53411856"),
        ({**group_body("lone", name="second"), "colour": "blue"}, "262179"),
        ({**group_body("lone", name="second"), "replicated": True}, "262196"),
        (group_body("lone", name="second", svm="svm_none"), "2621462"),
    ],
)
def test_groups_that_are_refused(site, sent, code):
    with running(site.world, traffic="rejected") as again:
        paris = Client(again)
        make_group(paris, "data")
        assert paris.refusal("POST", GROUPS, {}, sent)[1] == code
        assert paris.get(GROUPS)["num_records"] == 1


def test_members_are_not_taken_out_by_a_change(site):
    with running(site.world, traffic="rejected") as again:
        paris = Client(again)
        uuid = make_group(paris, "data", "logs")
        gone = [{"name": "logs", "provisioning_options": {"action": "remove"}}]
        assert paris.refusal("PATCH", f"{GROUPS}/{uuid}", {}, {"volumes": gone})[1] == "262285"


def test_a_release_before_groups_has_no_such_collection_and_no_such_field():
    plan = {"clusters": {"paris": {"version": "9.9.1", "svms": {"svm_paris": {"volumes": {"data": {}}}}}}}
    with running(scenario.from_dict(plan, faults=FaultBook()), traffic="rejected") as site:
        assert Client(site).refusal("GET", GROUPS)[0] == 404
        assert Client(site).refusal("GET", VOLUMES, {"fields": "consistency_group.uuid"})[0] == 400
