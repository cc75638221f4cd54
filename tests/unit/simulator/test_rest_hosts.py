# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts need, over REST: LUNs, igroups and maps, shares and ACLs, QoS, clones, deltas between snapshots."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.simulator.clock import SteppedClock
from tests.simulator.model import snapshots
from tests.simulator.testing import running
from tests.unit.simulator.fakes import Client
from tests.unit.simulator.hosts_world import hosts_world
from tests.unit.simulator.model_helpers import MB, volume

SVM = {"svm": {"name": "svm_paris"}}


@pytest.fixture
def site():
    with running(hosts_world(clock=SteppedClock())) as site:
        yield site


@pytest.fixture
def paris(site):
    return Client(site)


def done(client, method, path, body=None, **query):
    status, answer = client.ask(method, path, {"return_timeout": 10, **query}, body)
    assert status in (200, 201), answer
    return answer


def one(client, path, **query):
    (record,) = client.get(path, **query)["records"]
    return record


def test_a_lun_lives_its_life(paris):
    made = done(
        paris,
        "POST",
        "/storage/luns",
        {**SVM, "name": "/vol/vol2/new", "os_type": "vmware", "comment": "c", "space": {"size": 1024**3}},
        return_records="true",
    )
    uuid = made["records"][0]["uuid"]
    told = paris.get(f"/storage/luns/{uuid}", fields="*,lun_maps")
    assert (told["name"], told["enabled"], told["status"]["state"], told["status"]["mapped"], told["comment"]) == (
        "/vol/vol2/new",
        True,
        "online",
        False,
        "c",
    )
    assert (told["location"]["volume"]["name"], "lun_maps" in told) == ("vol2", False)
    done(paris, "PATCH", f"/storage/luns/{uuid}", {"enabled": False, "space": {"size": 2 * 1024**3}})
    told = paris.get(f"/storage/luns/{uuid}", fields="enabled,status,space.size")
    assert (told["enabled"], told["status"]["state"], told["space"]["size"]) == (False, "offline", 2 * 1024**3)
    done(paris, "DELETE", f"/storage/luns/{uuid}")
    assert paris.get("/storage/luns", **{"location.volume.name": "vol2"})["num_records"] == 0


def test_all_luns_of_an_svm_go_offline_in_one_request(paris):
    query = {"svm.name": "svm_paris", "location.volume.name": "vol1|vol2"}
    done(paris, "PATCH", "/storage/luns", {"enabled": False}, **query)
    told = paris.get("/storage/luns", fields="status.state", **query)["records"]
    assert [each["status"]["state"] for each in told] == ["offline", "offline"]


def test_serial_numbers_are_twelve_characters_and_told_in_hex_from_9_17_1_on(paris):
    told = one(paris, "/storage/luns", name="/vol/vol1/lun1", fields="serial_number,serial_number_hex")
    assert bytes.fromhex(told["serial_number_hex"]).decode() == told["serial_number"]
    assert len(told["serial_number"]) == 12


def test_maps_are_named_by_lun_and_igroup(paris):
    lun = one(paris, "/storage/luns", name="/vol/vol1/lun2")["uuid"]
    body = {**SVM, "lun": {"name": "/vol/vol1/lun2"}, "igroup": {"name": "hosts"}, "logical_unit_number": 7}
    done_status, _answer = paris.ask("POST", "/protocols/san/lun-maps", body=body)
    assert done_status == 201
    told = one(paris, "/protocols/san/lun-maps", fields="*", **{"lun.uuid": lun})
    assert (told["logical_unit_number"], told["igroup"]["name"]) == (7, "hosts")
    assert paris.get(f"/storage/luns/{lun}", fields="lun_maps")["lun_maps"][0]["igroup"]["name"] == "hosts"
    assert paris.refusal("POST", "/protocols/san/lun-maps", body=body)[1] == "1254207"
    path = f"/protocols/san/lun-maps/{lun}/{told['igroup']['uuid']}"
    assert paris.ask("DELETE", path)[0] == 200
    assert paris.refusal("DELETE", path) == (404, "4")


def test_an_igroup_lives_its_life(paris):
    body = {
        **SVM,
        "name": "more",
        "os_type": "linux",
        "protocol": "iscsi",
        "initiators": [{"name": "iqn.1998-01.com.example:host2"}],
    }
    assert paris.ask("POST", "/protocols/san/igroups", body=body)[0] == 201
    told = one(paris, "/protocols/san/igroups", name="more", fields="*")
    assert told["initiators"] == [{"name": "iqn.1998-01.com.example:host2"}]
    assert paris.ask("PATCH", f"/protocols/san/igroups/{told['uuid']}", body={"comment": "x"})[0] == 200
    assert paris.ask("DELETE", f"/protocols/san/igroups/{told['uuid']}")[0] == 200
    mapped = one(paris, "/protocols/san/igroups", name="hosts", fields="lun_maps")
    assert mapped["lun_maps"][0]["lun"]["name"] == "/vol/vol1/lun1"
    assert paris.refusal("DELETE", f"/protocols/san/igroups/{mapped['uuid']}")[1] == "1254213"


def test_a_share_and_its_acl_live_their_lives(paris):
    body = {
        **SVM,
        "name": "docs",
        "path": "/vol1/vol2",
        "comment": "c",
        "encryption": True,
        "acls": [{"user_or_group": "EX\\Staff", "permission": "read"}],
    }
    assert paris.ask("POST", "/protocols/cifs/shares", body=body)[0] == 201
    told = one(paris, "/protocols/cifs/shares", name="docs", fields="*")
    assert (told["volume"]["name"], told["encryption"], told["acls"][0]["type"]) == ("vol2", True, "windows")
    share = f"/protocols/cifs/shares/{told['svm']['uuid']}/docs"
    assert paris.ask("PATCH", share, body={"path": "/vol1", "oplocks": False})[0] == 200
    assert paris.ask("POST", f"{share}/acls", body={"user_or_group": "Everyone", "permission": "no_access"})[0] == 201
    user = quote("EX\\Staff", safe="")
    assert paris.ask("PATCH", f"{share}/acls/{user}/windows", body={"permission": "change"})[0] == 200
    assert paris.ask("DELETE", f"{share}/acls/Everyone/windows")[0] == 200
    acls = paris.get(f"{share}/acls", fields="*")["records"]
    assert [(each["user_or_group"], each["permission"]) for each in acls] == [("EX\\Staff", "change")]
    assert paris.ask("DELETE", share)[0] == 200
    assert paris.refusal("GET", f"{share}/acls")[0] == 404


def test_a_server_can_be_switched_off(paris):
    told = one(paris, "/protocols/cifs/services", fields="*")
    assert (told["name"], told["enabled"], told["ad_domain"]["fqdn"]) == ("FILES", True, "example.com")
    done(paris, "PATCH", f"/protocols/cifs/services/{told['svm']['uuid']}", {"enabled": False})
    assert one(paris, "/svm/svms", fields="cifs.enabled")["cifs"]["enabled"] is False


def test_a_volume_gets_a_qos_policy_and_loses_it(paris):
    told = one(paris, "/storage/volumes", name="vol2", fields="qos")
    assert "qos" not in told
    path = f"/storage/volumes/{told['uuid']}"
    done(paris, "PATCH", path, {"qos": {"policy": {"name": "gold"}}})
    assert paris.get(path, fields="qos")["qos"]["policy"]["max_throughput_iops"] == 5000
    assert one(paris, "/storage/qos/policies", name="gold", fields="object_count")["object_count"] == 2
    done(paris, "PATCH", path, {"qos": {"policy": {"name": "none"}}})
    assert "qos" not in paris.get(path, fields="qos")
    assert paris.refusal("PATCH", path, {"return_timeout": 10}, {"qos": {"policy": {"name": "gone"}}})[1] == "8454243"


def test_a_qos_policy_lives_its_life(paris):
    done(paris, "POST", "/storage/qos/policies", {**SVM, "name": "new", "fixed": {"max_throughput_mbps": 10}})
    uuid = one(paris, "/storage/qos/policies", name="new")["uuid"]
    done(paris, "PATCH", f"/storage/qos/policies/{uuid}", {"fixed": {"max_throughput_iops": 10}})
    told = paris.get(f"/storage/qos/policies/{uuid}", fields="fixed,scope")
    assert (told["fixed"]["max_throughput_mbps"], told["fixed"]["max_throughput_iops"], told["scope"]) == (
        10,
        10,
        "svm",
    )
    assert paris.ask("DELETE", f"/storage/qos/policies/{uuid}")[0] == 200


def test_a_volume_tells_of_its_namespaces(paris):
    told = one(paris, "/storage/namespaces", fields="enabled,status.state", **{"location.volume.name": "vol1"})
    assert (told["name"], told["enabled"], told["status"]["state"]) == ("/vol/vol1/ns1", True, "online")


def test_a_clone_is_made_over_rest(paris):
    body = {
        **SVM,
        "name": "twin",
        "nas": {"path": "/twin"},
        "clone": {"is_flexclone": True, "parent_volume": {"name": "vol1"}},
    }
    done(paris, "POST", "/storage/volumes", body)
    told = one(paris, "/storage/volumes", name="twin", fields="clone,nas.path,language,space.size,guarantee.type")
    assert (told["clone"]["parent_volume"]["name"], told["nas"]["path"], told["guarantee"]["type"]) == (
        "vol1",
        "/twin",
        "none",
    )
    parent = one(paris, "/storage/volumes", name="vol1", fields="clone.has_flexclone")
    assert parent["clone"]["has_flexclone"] is True
    names = [each["name"] for each in paris.get("/storage/luns", **{"location.volume.name": "twin"})["records"]]
    assert names == ["/vol/twin/lun1", "/vol/twin/lun2"]
    done(paris, "PATCH", f"/storage/volumes/{told['uuid']}", {"clone": {"split_initiated": True}})
    assert paris.get(f"/storage/volumes/{told['uuid']}", fields="clone.is_flexclone")["clone"]["is_flexclone"] is False


def test_the_parent_of_a_clone_and_its_snapshot_may_be_named_by_uuid(site, paris):
    vol1 = volume(site.world, "paris")
    snapshots.create(vol1, "base")
    vol1.write("later")
    clone = {
        "is_flexclone": True,
        "parent_volume": {"uuid": vol1.uuid},
        "parent_svm": {"name": "svm_paris"},
        "parent_snapshot": {"uuid": vol1.snapshots[0].uuid},
    }
    done(paris, "POST", "/storage/volumes", {**SVM, "name": "twin", "clone": clone})
    assert volume(site.world, "paris", "twin").content() == ["vol1/initial", "a"]
    refusal = paris.refusal(
        "POST", "/storage/volumes", {"return_timeout": 10}, {**SVM, "name": "more", "size": 1024**3, "clone": clone}
    )
    assert refusal[1] == "918247"


# deltas


@pytest.fixture
def measured(site):
    """The path of vol1's snapshots: first, 10 MB and 60 s later second, 5 MB and 60 s later now."""
    vol1 = volume(site.world, "paris")
    for name, size_mb in (("first", 10), ("second", 5)):
        snapshots.create(vol1, name)
        vol1.write(f"after {name}", size_mb * MB)
        site.advance(60)
    return f"/storage/volumes/{vol1.uuid}/snapshots"


def deltas(client, path, **query):
    return {
        each["name"]: (each["delta"]["size_consumed"] // MB, each["delta"]["time_elapsed"])
        for each in client.get(path, fields="delta", **query)["records"]
    }


def test_the_older_of_two_snapshots_tells_what_came_until_the_younger(paris, measured):
    assert deltas(paris, measured, name="first,second") == {"first": (10, "PT1M"), "second": (5, "PT1M")}
    assert deltas(paris, measured, name='"second","first"') == {"first": (10, "PT1M"), "second": (5, "PT1M")}


def test_a_lone_snapshot_tells_what_came_until_now(paris, measured):
    assert deltas(paris, measured, name="first") == {"first": (15, "PT2M")}


def test_deltas_are_told_only_when_asked_for(site, paris, measured):
    for fields in ("*", "name,size"):
        assert not any("delta" in each for each in paris.get(measured, fields=fields)["records"])


def test_deltas_are_unknown_before_9_12_1(measured, site):
    site.world.clusters["paris"].version = "9.11.1"
    assert Client(site).refusal("GET", measured, {"fields": "delta"})[0] == 400
