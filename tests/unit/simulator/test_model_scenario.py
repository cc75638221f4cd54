# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worlds from counts and from files."""

from __future__ import annotations

import json

import pytest

from tests.simulator import scenario
from tests.unit.simulator.hosts_world import hosts_world
from tests.unit.simulator.model_helpers import GB, MB, later, volume


def test_a_world_from_counts_has_the_documented_names():
    world = scenario.from_counts(["paris", "lyon", "rome"], 3)
    assert world.summary() == {
        name: {
            "svms": {
                f"svm_{name}": {
                    "volumes": ["vol0001", "vol0002", "vol0003"] if name == "paris" else [],
                    "aggregates": [f"aggr1_{name}", f"aggr2_{name}"],
                }
            }
        }
        for name in ("paris", "lyon", "rome")
    }
    for cluster in world.clusters.values():
        assert {each.name for each in cluster.svm_peers.values()} == {
            f"svm_{name}" for name in world.clusters if name != cluster.name
        }
        assert {(each.state, tuple(each.applications)) for each in cluster.svm_peers.values()} == {
            ("peered", ("snapmirror",))
        }
        assert {each.name for each in cluster.cluster_peers.values()} == set(world.clusters) - {cluster.name}


def test_the_demo_is_a_mix():
    volumes = [each for each in scenario.demo_world().clusters["paris"].volumes() if not each.is_svm_root]
    assert len(volumes) == 20
    for what in ("guarantee", "language", "encrypted", "has_efficiency", "size_bytes", "snapshot_reserve_percent"):
        assert len({getattr(each, what) for each in volumes}) > 1, what
    nested = [each.junction for each in volumes if each.junction.count("/") > 1]
    assert nested == ["/vol0003/vol0004", "/vol0003/vol0004/vol0005"]
    assert all(each.content() and each.used_bytes <= each.size_bytes for each in volumes)


def test_passwords_are_plain_or_remembered():
    assert scenario.from_counts().clusters["paris"].password == scenario.from_counts().clusters["paris"].password
    kept: dict[str, str] = {}
    first = scenario.from_counts(passwords=kept).clusters["paris"].password
    assert set(kept) == {"paris", "lyon"} and len(set(kept.values())) == 2
    assert scenario.from_counts(passwords=kept).clusters["paris"].password == first


def test_settings_reach_the_world_and_building_takes_no_time():
    world = scenario.from_counts(volumes=2, job_seconds=5, transfer_rate=7.0)
    assert (world.job_seconds, world.transfer_rate, volume(world, "paris", "vol0001").state) == (5, 7.0, "online")


FILE = """
settings: {transfer_rate: 1MB}
clusters:
  paris:
    version: 9.12.1
    username: operator
    password: secret
    aggregates: {big: 10TB, small: 1GB}
    svms:
      svm_a:
        aggregates: [big]
        export_policies: {nfs_prod: [{clients: [192.0.2.0/24], ro_rule: [sys], rw_rule: [sys]}]}
        volumes:
          child: {size: 2GB, junction: /top/child, guarantee: thin, export_policy: nfs_prod, markers: [x, y]}
          top: {size: 10GB, used: 10MB, junction: /top, snapshots: [one, {name: two, label: daily}], dedupe: inline}
          away: {state: offline}
          twin: {clone_of: {volume: top, snapshot: one}}
          group: {style: flexgroup, aggregates: [big], size: 100GB}
          origin: {flexcache: origin}
  lyon:
peers:
  - {a: "paris:svm_a", b: "lyon:svm_lyon", name_of_a: far}
relationships:
  - {source: "paris:svm_a:top", destination: "lyon:svm_lyon:top_dp", schedule: daily, state: paused, lag_s: 7200, rate: 1KB}
  - {source: "paris:svm_a:child", destination: "lyon:svm_lyon:child_dp", state: broken_off}
  - {source: "paris:svm_a:group", destination: "lyon:svm_lyon:new", state: uninitialized}
"""


@pytest.mark.parametrize("suffix", ["yml", "json"])
def test_a_file_describes_a_world(tmp_path, suffix):
    yaml = pytest.importorskip("yaml")
    path = tmp_path / f"world.{suffix}"
    plan = yaml.safe_load(FILE)
    del plan["relationships"][2]
    path.write_text(json.dumps(plan) if suffix == "json" else yaml.safe_dump(plan))
    world = scenario.from_file(path)
    paris, svm = world.clusters["paris"], world.clusters["paris"].svms["svm_a"]
    assert (paris.version, paris.username, paris.password, world.transfer_rate) == ("9.12.1", "operator", "secret", MB)
    assert svm.volumes["child"].junction == "/top/child"
    assert svm.volumes["child"].content() == ["x", "y"]
    assert (svm.volumes["top"].size_bytes, svm.volumes["top"].active_bytes) == (10 * GB, 10 * MB)
    assert [each.name for each in svm.volumes["top"].snapshots][:2] == ["one", "two"]
    assert svm.volumes["away"].state == "offline"
    assert svm.volumes["twin"].clone_of[0] is svm.volumes["top"]
    assert (svm.volumes["group"].style, svm.volumes["origin"].flexcache_endpoint_type) == ("flexgroup", "origin")
    mirrors = {each.destination.name: each for each in world.clusters["lyon"].relationships.values()}
    assert (mirrors["top_dp"].state, mirrors["top_dp"].lag_s(), mirrors["top_dp"].source_path) == (
        "paused",
        7200,
        "far:top",
    )
    assert (mirrors["child_dp"].state, mirrors["child_dp"].destination.content()) == ("broken_off", ["x", "y"])
    later(world, 60)
    assert mirrors["top_dp"].lag_s() == 7260


@pytest.mark.parametrize(
    "plan, word",
    [
        ({}, "clusters"),
        ({"cluster": {}}, "unknown key cluster"),
        ({"clusters": {"a": {"svm": {}}}}, "unknown key svm"),
        ({"clusters": {"a": {"svms": {"s": {"volumes": {"v": {"sise": 1}}}}}}}, "unknown key sise"),
        ({"clusters": {"a": {"svms": {"s": {"volumes": {"v": {"size": "big"}}}}}}}, "no size"),
        ({"clusters": {"a": {"svms": {"s": {"volumes": {"v": {"size": "500TB"}}}}}}}, "not enough space"),
        ({"clusters": {"a": {"svms": {"s": {"volumes": {"v": {"junction": "/x/y"}}}}}}}, "no parent"),
        ({"clusters": {"a": {"svms": {"s": {"volumes": {"v": {"luns": {"l": {"sise": 1}}}}}}}}}, "unknown key sise"),
        ({"clusters": {"a": {"svms": {"s": {"lun_maps": [{"lun": "v/l", "igroup": "g"}]}}}}}, "/vol/v/l"),
        ({"clusters": {"a": {"svms": {"s": {"shares": {"x": {"path": "/"}}}}}}}, "no CIFS server"),
        ({"clusters": {"a": {"svms": {"s": {"qos_policies": {"q": {"iops": 1}}}}}}}, "unknown key iops"),
        ({"clusters": {"a": {"svms": {"s": {"volumes": {"v": {"qos_policy": "q"}}}}}}}, '"q" does not exist'),
        ({"clusters": {"a": {}}, "relationships": [{"source": "a:b:c", "destination": "d:e:f"}]}, "'d'"),
    ],
)
def test_a_file_that_is_no_scenario_says_why(plan, word):
    with pytest.raises(ValueError, match=word):
        scenario.from_dict(plan)


def test_a_file_says_how_hosts_reach_the_data():
    world = hosts_world()
    svm = world.clusters["paris"].svms["svm_paris"]
    vol1 = svm.volumes["vol1"]
    assert [(each.kind, each.name) for each in vol1.devices] == [("lun", "lun1"), ("lun", "lun2"), ("namespace", "ns1")]
    assert [(each.device.name, each.igroup.name, each.number) for each in svm.lun_maps] == [("lun1", "hosts", 0)]
    assert (svm.cifs.domain, svm.shares["projects"].acls[0].permission) == ("example.com", "change")
    assert (vol1.qos_policy.limits, len(world.clusters["paris"].qos_policies)) == ({"max_throughput_iops": 5000}, 2)


def test_luns_lie_in_the_snapshots_of_a_file():
    world = scenario.from_dict(
        {
            "clusters": {
                "a": {
                    "svms": {
                        "s": {
                            "volumes": {
                                "v": {"luns": {"l": {"enabled": False}}, "snapshots": ["s"]},
                                "c": {"clone_of": {"volume": "v", "snapshot": "s"}},
                            }
                        }
                    }
                }
            }
        }
    )
    (device,) = world.clusters["a"].svms["s"].volumes["c"].devices
    assert (device.name, device.enabled) == ("l", False)


def test_worlds_from_counts_hold_no_luns():
    world = scenario.from_counts(("paris",), 8)
    assert not any(volume.devices for volume in world.clusters["paris"].volumes())
