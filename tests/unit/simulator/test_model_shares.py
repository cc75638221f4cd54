# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMB servers, shares and their ACLs; QoS policies."""

from __future__ import annotations

import pytest

from tests.simulator.model import qos, shares
from tests.simulator.model.shares import Ace
from tests.unit.simulator.hosts_world import hosts_world, known_as, lun
from tests.unit.simulator.model_helpers import change, make_volume, mirrored, refused, set_state, small_world, volume


@pytest.fixture
def world():
    return hosts_world()


@pytest.fixture
def svm(world):
    return world.clusters["paris"].svms["svm_paris"]


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"name": "projects"}, "1"),
        ({"name": "PROJECTS"}, "1"),
        ({"name": "a" * 81}, "655577"),
        ({"name": "a/b"}, "656426"),
        ({"path": "/gone"}, "655551"),
        ({"path": "/gone/deeper"}, "655551"),
        ({"path": "vol1"}, "655551"),
    ],
)
def test_creation_refused(svm, fields, code):
    before = set(svm.shares)
    refused(code, shares.create, svm, **{"name": "new", "path": "/vol1", **fields})
    assert set(svm.shares) == before


def test_a_share_needs_a_server():
    bare = small_world().clusters["paris"].svms["svm_paris"]
    refused("655399", shares.create, bare, "new", "/vol1")


def test_everyone_has_full_control_of_a_new_share(svm):
    share = shares.create(svm, "new", "/vol1/vol2")
    assert [(ace.user_or_group, ace.permission, ace.type) for ace in share.acls] == [
        ("Everyone", "full_control", "windows")
    ]
    assert share.volume.name == "vol2"


def test_administrative_shares_come_with_the_server_and_stay(svm):
    assert set(svm.shares) == {"c$", "ipc$", "projects"}
    refused("655393", shares.delete, svm.shares["c$"])
    refused("656425", shares.modify, svm.shares["c$"], {"path": "/vol1"})
    refused("656420", shares.modify, svm.shares["ipc$"], {"comment": "x"})
    refused("655477", shares.start_service, svm, "MORE")


def test_access_is_granted_changed_and_revoked(svm):
    share = svm.shares["projects"]
    refused("1", shares.grant, share, Ace("staff", "read"))
    shares.grant(share, Ace("Staff", "read", "unix_group"))
    shares.change_grant(share, "Staff", "windows", "full_control")
    refused("655516", shares.change_grant, share, "Nobody", "windows", "read")
    shares.revoke(share, "staff", "unix_group")
    refused("4", shares.revoke, share, "staff", "unix_group")
    assert [(ace.user_or_group, ace.permission) for ace in share.acls] == [("Staff", "full_control")]


@pytest.mark.parametrize("cut", ["service", "unmounted", "share deleted"])
def test_hosts_write_over_smb_only_to_what_is_shared_and_mounted(world, svm, cut):
    vol1 = volume(world, "paris")
    vol1.write("one", via="smb")
    refused("2", volume(world, "paris", "vol2").write, "one", via="smb")
    if cut == "service":
        svm.cifs.enabled = False
    elif cut == "unmounted":
        change(volume(world, "paris", "vol2"), junction="")
        change(vol1, junction="")
        assert svm.shares["projects"].volume.is_svm_root
    else:
        shares.delete(svm.shares["projects"])
    refused("2", vol1.write, "two", via="smb")


def test_a_share_cannot_be_moved_to_where_nothing_is(svm):
    refused("655551", shares.modify, svm.shares["projects"], {"path": "/gone"})
    shares.modify(svm.shares["projects"], {"path": "/vol1/vol2", "comment": "moved", "oplocks": False})
    share = svm.shares["projects"]
    assert (share.path, share.comment, share.properties["oplocks"]) == ("/vol1/vol2", "moved", False)


def test_a_share_at_the_mirror_needs_the_volume_mounted(world):
    relationship = mirrored(world)
    there, svm = volume(world, "lyon"), world.clusters["lyon"].svms["svm_lyon"]
    refused("655551", shares.create, svm, "projects", "/vol1")
    set_state(relationship, "broken_off")
    change(there, junction="/vol1")
    shares.create(svm, "projects", "/vol1")
    there.write("x", via="smb")
    assert there.content()[-1] == "x"


@pytest.mark.parametrize(
    "verb, work",
    [
        ("share.create", lambda svm: shares.create(svm, "new", "/vol1")),
        ("share.modify", lambda svm: shares.modify(svm.shares["projects"], {"comment": "x"})),
        ("share.delete", lambda svm: shares.delete(svm.shares["projects"])),
        ("share_acl.create", lambda svm: shares.grant(svm.shares["projects"], Ace("A", "read"))),
    ],
)
def test_a_fault_refuses_a_verb(world, svm, verb, work):
    world.faults.add(action="refuse", verb=verb, target="svm_paris:*", code="655551", message="no", times=1)
    refused("655551", work, svm)
    work(svm)


# quality of service


@pytest.mark.parametrize(
    "name, fixed, adaptive, code",
    [
        ("gold", {}, None, "8454379"),
        ("gold", None, {"expected_iops": 1, "peak_iops": 2}, "8454278"),
        ("flex", {}, None, "8454277"),
        ("new", {"min_throughput_iops": 9, "max_throughput_iops": 1}, None, "8454194"),
        ("new", None, {"expected_iops": 9, "peak_iops": 1}, "8454274"),
        ("new", None, {"expected_iops": 0, "peak_iops": 1}, "8454273"),
        ("new", {}, {}, "8454389"),
    ],
)
def test_qos_policies_refused(svm, name, fixed, adaptive, code):
    before = len(svm.cluster.qos_policies)
    refused(code, qos.create, svm.cluster, svm, name, fixed, adaptive)
    assert len(svm.cluster.qos_policies) == before


def test_a_policy_that_is_in_use_stays(world, svm):
    gold = qos.find(svm, "gold")
    assert gold.users == ["svm_paris:vol1"]
    refused("2", qos.delete, gold)
    change(volume(world, "paris"), qos_policy=None)
    qos.delete(gold)
    refused("8454243", qos.find, svm, "gold")


def test_a_policy_of_the_cluster_is_there_for_every_svm(world, svm):
    shared = qos.create(svm.cluster, None, "shared", {"max_throughput_mbps": 1}, None)
    assert qos.find(svm, "shared") is qos.find(svm, shared.uuid) is shared
    assert qos.find(svm, "none") is None


def test_policies_belong_to_their_side(world):
    mirrored(world)
    assert volume(world, "lyon").qos_policy is None
    make_volume(world, "paris", "clone", clone_parent=("vol1", None))
    assert volume(world, "paris", "clone").qos_policy is None
    assert known_as(volume(world, "paris")).qos_policy is None and lun(volume(world, "paris")).enabled
