# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of consistency groups over REST: all volumes at one instant or none, and what becomes of their parts."""

from __future__ import annotations

import pytest

from tests.simulator.testing import running
from tests.unit.simulator.fakes import Client
from tests.unit.simulator.groups_world import GROUPS, VOLUMES, Pair, groups_world, make_group, members

TOLD = "name,create_time,is_partial,missing_volumes,snapshot_volumes,consistency_type,comment,snapmirror_label"


@pytest.fixture
def site():
    with running(groups_world()) as site:
        yield site


@pytest.fixture
def paris(site):
    return Client(site)


@pytest.fixture
def snapshots(paris):
    """The path of the snapshots of group app, which holds data and logs."""
    return f"{GROUPS}/{make_group(paris, 'data', 'logs')}/snapshots"


def take(client, path, **body):
    status, answer = client.ask("POST", path, {"return_records": "true", "return_timeout": "10"}, body)
    assert status == 201, answer
    return f"{path}/{answer['records'][0]['uuid']}"


def volume(site, name):
    return site.world.clusters["paris"].svms["svm_paris"].volumes[name]


def held(site, *volumes):
    return {name: [one.name for one in volume(site, name).snapshots] for name in volumes}


def test_it_is_a_snapshot_of_each_volume_at_one_instant(site, paris, snapshots):
    one = take(paris, snapshots, name="before", comment="upgrade", snapmirror_label="daily")
    told = paris.get(one, fields=TOLD)
    parts = {each["volume"]["name"]: each["snapshot"] for each in told["snapshot_volumes"]}
    assert (told["name"], told["consistency_type"], told["comment"]) == ("before", "crash", "upgrade")
    assert (told["is_partial"], sorted(parts)) == (False, ["data", "logs"])
    assert held(site, "data", "logs", "more") == {"data": ["before"], "logs": ["before"], "more": []}
    times = {volume(site, name).snapshots[-1].create_time for name in parts}
    assert len(times) == 1
    path = f"{VOLUMES}/{volume(site, 'data').uuid}/snapshots/{parts['data']['uuid']}"
    assert paris.get(path, fields="snapmirror_label")["snapmirror_label"] == "daily"


def test_they_are_listed_found_by_name_and_below_a_star(paris, snapshots):
    for name in ("first", "second"):
        take(paris, snapshots, name=name, consistency_type="application")
    assert [one["name"] for one in paris.get(snapshots)["records"]] == ["first", "second"]
    found = paris.get(snapshots, name="second", fields="consistency_type")["records"]
    assert [one["consistency_type"] for one in found] == ["application"]
    everywhere = paris.get(f"{GROUPS}/*/snapshots", **{"consistency_group.name": "app"})
    assert everywhere["num_records"] == 2
    assert "is_partial" not in paris.get(f"{snapshots}/{found[0]['uuid']}"), "it is expensive"


def test_it_is_deleted_with_all_of_its_parts(site, paris, snapshots):
    one, other = take(paris, snapshots, name="one"), take(paris, snapshots, name="other")
    assert paris.ask("DELETE", one, {"return_timeout": "10"})[0] == 200
    assert paris.ask("GET", one)[0] == 404
    assert held(site, "data", "logs") == {"data": ["other"], "logs": ["other"]}
    assert paris.get(other)["name"] == "other"


def test_without_a_part_it_is_partial_and_without_all_of_them_gone(site, paris, snapshots):
    one = take(paris, snapshots, name="one")
    for name, left in (("logs", ["data"]), ("data", [])):
        part = volume(site, name).snapshots[-1].uuid
        assert paris.ask("DELETE", f"{VOLUMES}/{volume(site, name).uuid}/snapshots/{part}")[0] == 202
        if left:
            told = paris.get(one, fields=TOLD)
            assert told["is_partial"] is True
            assert [each["name"] for each in told["missing_volumes"]] == ["logs"]
            assert [each["volume"]["name"] for each in told["snapshot_volumes"]] == left
    assert paris.ask("GET", one)[0] == 404


def test_a_volume_that_came_later_is_missing_from_it(paris, snapshots):
    one = take(paris, snapshots, name="one")
    assert paris.ask("PATCH", snapshots.rsplit("/", 1)[0], {}, {"volumes": members("more")})[0] == 202
    told = paris.get(one, fields=TOLD)
    assert (told["is_partial"], [each["name"] for each in told["missing_volumes"]]) == (True, ["more"])


@pytest.mark.parametrize(
    "prepare, code",
    [
        pytest.param(lambda volume: setattr(volume, "state", "offline"), "53411921", id="a volume is offline"),
        pytest.param(lambda volume: setattr(volume, "type", "dp"), "53411918", id="a volume is not read-write"),
    ],
)
def test_all_volumes_are_in_it_or_none(site, paris, snapshots, prepare, code):
    prepare(volume(site, "logs"))
    status, answer = paris.ask("POST", snapshots, {}, {"name": "one"})
    assert (status >= 400, answer["error"]["code"]) == (True, code)
    assert held(site, "data", "logs") == {"data": [], "logs": []}
    assert paris.get(snapshots)["num_records"] == 0


@pytest.mark.parametrize(
    "query, body, code",
    [
        ({}, {"comment": "no name"}, "2"),
        ({}, {"name": "snapmirror.mine"}, "53411921"),
        ({}, {"name": "taken"}, "53411921"),
        ({"action": "start"}, {"name": "phase"}, "3"),
        ({}, {"name": "fenced", "write_fence": True}, "3"),
    ],
)
def test_what_is_refused(paris, snapshots, query, body, code):
    take(paris, snapshots, name="taken")
    status, answer = paris.ask("POST", snapshots, query, body)
    assert (status >= 400, answer["error"]["code"]) == (True, code)


def test_what_is_in_use_stays(site, paris, snapshots):
    one = take(paris, snapshots, name="one")
    volume(site, "logs").snapshots[-1].owners.append("volume clone")
    status, answer = paris.ask("DELETE", one)
    assert (status >= 400, answer["error"]["code"]) == (True, "53412008")
    assert held(site, "data", "logs") == {"data": ["one"], "logs": ["one"]}
    assert paris.ask("PATCH", one, {"action": "commit"}, {})[1]["error"]["code"] == "53411925"


def test_with_its_group_it_goes_and_its_parts_stay(site, paris, snapshots):
    take(paris, snapshots, name="one")
    assert paris.ask("DELETE", snapshots.rsplit("/", 1)[0])[0] == 202
    assert paris.ask("GET", snapshots)[0] == 404
    assert held(site, "data", "logs") == {"data": ["one"], "logs": ["one"]}


def test_a_mirror_of_the_group_carries_its_parts(site):
    pair = Pair(site)
    snapshots = f"{GROUPS}/{make_group(pair.paris, 'data', 'logs')}/snapshots"
    pair.initialized()
    take(pair.paris, snapshots, name="release")
    pair.update()
    assert all(pair.volume("lyon", f"{name}_dr").snapshot_named("release") for name in ("data", "logs"))
    mirror_of = pair.lyon.get(GROUPS, name="app_dr")["records"][0]["uuid"]
    status, answer = pair.lyon.ask("POST", f"{GROUPS}/{mirror_of}/snapshots", {}, {"name": "here"})
    assert (status >= 400, answer["error"]["code"]) == (True, "53411918")
