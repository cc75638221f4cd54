# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVM and cluster peering: who asks, who accepts, what names result."""

from __future__ import annotations

import pytest

from tests.simulator import scenario
from tests.simulator.model import mirror_change, peers
from tests.unit.simulator.model_helpers import PLAN, mirrored, refused


@pytest.fixture
def world():
    """Clusters are peers, SVMs are not; lyon has an SVM named like one of paris."""
    plan = {**PLAN, "peers": []}
    made = scenario.from_dict(plan)
    made.clusters["lyon"].add_svm("svm_shared")
    made.clusters["paris"].add_svm("svm_shared")
    return made


def sides(world):
    return [list(world.clusters[name].svm_peers.values()) for name in ("paris", "lyon")]


def ask(world, svm="svm_paris", remote="svm_lyon", applications=("snapmirror",), alias=None):
    paris, lyon = world.clusters["paris"], world.clusters["lyon"]
    return peers.create(paris.svms[svm], lyon, remote, list(applications), alias)


def test_one_side_asks_and_the_other_accepts(world):
    ask(world)
    (here,), (there,) = sides(world)
    assert (here.state, there.state, here.name, there.name) == ("initiated", "pending", "svm_lyon", "svm_paris")
    assert here.uuid != there.uuid
    refused("26345576", peers.modify, here, state="peered")
    peers.modify(there, state="peered")
    assert (here.state, there.state) == ("peered", "peered")
    assert there.applications == ["snapmirror"]


def test_mirrors_need_the_peering_accepted(world):
    wanted = mirror_change.NewMirror("svm_paris:vol1", "svm_lyon:vol1", policy="MirrorAllSnapshots")
    refused("6620384", mirror_change.create, world.clusters["lyon"], wanted)
    ask(world)
    refused("6620384", mirror_change.create, world.clusters["lyon"], wanted)
    peers.modify(sides(world)[1][0], state="peered")
    assert mirrored(world).state == "snapmirrored"


@pytest.mark.parametrize(
    "from_state, to_state, allowed",
    [
        ("pending", "peered", True),
        ("pending", "rejected", True),
        ("pending", "suspended", False),
        ("peered", "suspended", True),
        ("peered", "peered", False),
        ("suspended", "peered", True),
        ("rejected", "peered", False),
    ],
)
def test_states_of_a_peering(world, from_state, to_state, allowed):
    ask(world)
    there = sides(world)[1][0]
    for state in {"pending": [], "peered": ["peered"], "rejected": ["rejected"], "suspended": ["peered", "suspended"]}[
        from_state
    ]:
        peers.modify(there, state=state)
    if allowed:
        peers.modify(there, state=to_state)
        assert {each.state for side in sides(world) for each in side} == {to_state}
    else:
        refused("26345576", peers.modify, there, state=to_state)


@pytest.mark.parametrize(
    "options, code",
    [
        pytest.param({"remote": "svm_gone"}, "26345579", id="no such svm"),
        pytest.param({"remote": "svm_shared"}, "9896086", id="its name means a local svm"),
        pytest.param({"alias": "svm_shared"}, "9896086", id="the alias means a local svm"),
        pytest.param({"applications": ["snapvault"]}, "26345579", id="no such application"),
    ],
)
def test_asking_refused(world, options, code):
    refused(code, ask, world, **options)
    assert sides(world) == [[], []]


def test_a_pair_is_peered_once(world):
    ask(world)
    refused("1", ask, world)


def test_same_named_svms_get_an_alias_on_both_sides(world):
    ask(world, svm="svm_shared", remote="svm_shared", alias="shared_of_lyon")
    (here,), (there,) = sides(world)
    assert (here.name, there.name) == ("shared_of_lyon", "svm_shared.1")
    assert peers.by_alias(there.svm, "svm_shared.1") is there


def test_a_cluster_that_is_down_cannot_be_asked(world):
    world.clusters["lyon"].up = False
    refused("13434889", ask, world)


def test_a_modify_says_what(world):
    ask(world)
    refused("26345577", peers.modify, sides(world)[0][0])


def test_a_peering_in_use_stays(world):
    ask(world)
    (here,), (there,) = sides(world)
    peers.modify(there, state="peered")
    relationship = mirrored(world)
    refused("9895956", peers.delete, here)
    mirror_change.delete(relationship)
    peers.delete(here)
    assert sides(world) == [[], []]


def test_inside_one_cluster_it_is_granted_at_once(world):
    paris = world.clusters["paris"]
    peers.create(paris.svms["svm_paris"], paris, "svm_shared", ["snapmirror"])
    assert [each.state for each in paris.svm_peers.values()] == ["peered", "peered"]


@pytest.mark.parametrize(
    "name, uuid_of, code",
    [
        ("lyon", "lyon", None),
        ("lyon", None, None),
        (None, "lyon", None),
        (None, None, None),
        ("lyon", "paris", "26345575"),
        ("rome", None, "26345581"),
    ],
)
def test_clusters_are_found_by_name_and_uuid(world, name, uuid_of, code):
    paris = world.clusters["paris"]
    uuid = world.clusters[uuid_of].uuid if uuid_of else None
    if code:
        refused(code, peers.find_remote, paris, name, uuid)
    else:
        assert peers.find_remote(paris, name, uuid).name == ("lyon" if name or uuid_of else "paris")
