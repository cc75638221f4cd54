# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worlds from counts, and from scenario files in YAML or JSON.

A scenario file (sizes are bytes or like `10GB`, 1024-based; all keys but `clusters` may be left out):

    settings: {transfer_rate: 100MB, transfer_seconds_min: 0, job_seconds: 0}
    clusters:
      paris:
        version: 9.17.1
        username: admin
        password: secret
        max_transfers: 4                  # further transfers are queued
        aggregates: {aggr1_paris: 10TB, aggr2_paris: 10TB}
        svms:
          svm_paris:
            aggregates: [aggr1_paris]     # that it may use; all
            language: c.utf_8
            subtype: default              # or dp_destination, for SVM disaster recovery: stopped and without volumes
            export_policies:
              nfs_prod: [{clients: [192.0.2.0/24], ro_rule: [sys], rw_rule: [sys]}]
            qos_policies: {gold: {max_throughput_iops: 5000}, flex: {expected_iops: 100, peak_iops: 500}}
            igroups: {hosts: {os_type: linux, protocol: iscsi, initiators: [iqn.1998-01.com.example:host1]}}
            lun_maps: [{lun: vol1/lun1, igroup: hosts, number: 0}]      # the lowest free number
            cifs: {name: FILES, domain: example.com, enabled: true}     # or workgroup
            shares:
              projects: {path: /vol1, comment: ours, acls: [{user_or_group: Staff, permission: change}],
                         oplocks: false}  # acls left out: everyone has full control
            volumes:
              vol1:
                aggregate: aggr1_paris    # or aggregates: [...] for a FlexGroup; the SVM's first
                size: 10GB                # 1GB
                used: 2GB                 # content that is there from the beginning
                markers: [first, second]  # writes that can be recognised, 4 KB each
                snapshots: [daily.0, {name: weekly.0, label: weekly}]
                guarantee: thin           # or thick (the default)
                type: rw                  # or dp
                style: flexvol            # or flexgroup
                state: online             # or offline, restricted
                luns: {lun1: {size: 1GB, os_type: linux, enabled: true, comment: data}}
                namespaces: {ns1: {size: 1GB, os_type: linux}}
                qos_policy: gold
                junction: /vol1           # parents before children is not needed
                dedupe: background        # also compression, compaction, cross_volume_dedupe
                encrypted: false
                clone_of: {volume: vol0, snapshot: daily.0}
                flexcache: origin         # or cache
                language, comment, export_policy, snapshot_policy, snapshot_reserve, security_style,
                unix_permissions, uid, gid, tiering: as in ONTAP
            consistency_groups: {app: [vol1, vol2]}
    peers:                                # left out: all SVMs of different clusters are peered
      - {a: paris:svm_paris, b: lyon:svm_lyon, name_of_a: svm_p, name_of_b: svm_l,
         applications: [snapmirror], state: peered}      # or initiated: asked by a, pending at b
    mediators: [{clusters: [paris, lyon], ip_address: 192.0.2.9}]      # for active sync
    relationships:                        # a destination that is missing is made
      - {source: paris:svm_paris:vol1, destination: lyon:svm_lyon:vol1, policy: MirrorAllSnapshots,
         schedule: hourly, throttle: 0, rate: 1MB, state: snapmirrored, lag_s: 7200}
      - {source: paris:svm_paris:/cg/app, destination: lyon:svm_lyon:/cg/app,   # the rest as above
         volumes: {vol1: vol1_dr, vol2: vol2}}       # left out: the source group's, by the same names

A world from counts: cluster X has the SVM svm_X with the aggregates aggr1_X and aggr2_X; the first
cluster holds vol0001 and so on, a mix as sites have it; all SVMs are peered both ways.
"""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import scenario_hosts, scenario_mirrors
from .clock import Clock, SteppedClock
from .model import exports, groups, mediators, peers, snapshots, volume_change, volume_create
from .model.content import Mark
from .model.errors import Refused
from .model.svms import Svm
from .model.volume_create import NewVolume
from .model.volumes import Volume
from .model.world import World
from .scenario_words import ended, size_of
from .scenario_words import only as _only

GB = 1024**3
_PASSWORD = "netapp1!"
_IN_TIME = ("transfer_rate", "transfer_seconds_min", "job_seconds", "synchronizing_s")
"""What takes time in a world, but not while it is made."""


def from_counts(
    clusters: Sequence[str] = ("paris", "lyon"),
    volumes: int = 20,
    clock: Clock | None = None,
    *,
    passwords: dict[str, str] | None = None,
    **settings: Any,
) -> World:
    """passwords: {cluster: password}, completed with random ones; None: the same plain one for all."""
    names = [f"vol{number:04d}" for number in range(1, volumes + 1)]
    plan: dict[str, Any] = {"clusters": {}}
    for position, name in enumerate(clusters):
        own = {volume: _mixed(number, f"aggr{1 + number % 2}_{name}") for number, volume in enumerate(names)}
        plan["clusters"][name] = {
            "aggregates": {f"aggr1_{name}": 100 * 1024 * GB, f"aggr2_{name}": 100 * 1024 * GB},
            "svms": {
                f"svm_{name}": {
                    "export_policies": {
                        "default": [_rule("0.0.0.0/0")],
                        "nfs_prod": [_rule("192.0.2.0/24"), _rule("198.51.100.0/24", "none")],
                    },
                    "volumes": own if position == 0 else {},
                }
            },
        }
    return from_dict(plan, clock, passwords=passwords, **settings)


def demo_world(clock: Clock | None = None, volumes: int = 20, **settings: Any) -> World:
    """What `make demo` shows: a backend of mixed volumes at paris, an empty one at lyon."""
    return from_counts(("paris", "lyon"), volumes, clock, **settings)


def from_file(path: str | Path, clock: Clock | None = None, **settings: Any) -> World:
    """Raises OSError, or ValueError for what is no scenario."""
    text = Path(path).read_text(encoding="utf-8")
    if str(path).endswith(".json"):
        return from_dict(json.loads(text), clock, **settings)
    try:
        import yaml
    except ImportError as missing:
        raise ValueError("a scenario in YAML needs PyYAML; JSON does without") from missing
    try:
        return from_dict(yaml.safe_load(text), clock, **settings)
    except yaml.YAMLError as problem:
        raise ValueError(f"{path} is no YAML: {problem}") from problem


def from_dict(
    plan: Mapping[str, Any], clock: Clock | None = None, *, passwords: dict[str, str] | None = None, **settings: Any
) -> World:
    """Raises ValueError for what is no scenario. *settings* of World go before those of the plan."""
    _only(plan, "the scenario", "settings", "clusters", "peers", "mediators", "relationships")
    if not plan.get("clusters"):
        raise ValueError("a scenario has clusters")
    given = {**plan.get("settings", {}), **settings}
    world = World(clock or SteppedClock(), **{**given, **_sizes(given, "transfer_rate"), "faults": None})
    later = {name: getattr(world, name) for name in _IN_TIME}
    for name in _IN_TIME:
        setattr(world, name, float("inf") if name == "transfer_rate" else 0.0)
    try:
        _build(world, plan, passwords)
    except Refused as refused:
        raise ValueError(f"the scenario asks for what ONTAP refuses: {refused.message}") from refused
    except KeyError as unknown:
        raise ValueError(f"the scenario names {unknown}, which it does not have") from unknown
    except TypeError as problem:
        raise ValueError(f"the scenario is not of the documented form: {problem}") from problem
    for name, value in later.items():
        setattr(world, name, value)
    world.faults = given.get("faults")
    return world


# clusters


def _build(world: World, plan: Mapping[str, Any], passwords: dict[str, str] | None) -> None:
    for name, given in plan["clusters"].items():
        _cluster(world, name, given or {}, passwords)
    for one, other in itertools.combinations(world.clusters, 2):
        world.peer_clusters(one, other)
    if "peers" in plan:
        for given in plan["peers"] or []:
            _peer(world, given)
    else:
        _peer_all(world)
    for given in plan.get("mediators") or []:
        _only(given, "a mediator", "clusters", "ip_address")
        here, there = (world.clusters[name] for name in given["clusters"])
        ended(mediators.add(here, there, given["ip_address"])[1])
    for given in plan.get("relationships") or []:
        scenario_mirrors.make(world, given, _volume)
    world.settle()


def _cluster(world: World, name: str, given: Mapping[str, Any], passwords: dict[str, str] | None) -> None:
    _only(given, f"cluster {name}", "version", "username", "password", "max_transfers", "aggregates", "svms")
    settings = {key: given[key] for key in ("version", "username", "max_transfers") if key in given}
    password = given.get("password")
    if password is None:
        password = _PASSWORD if passwords is None else passwords.setdefault(name, secrets.token_urlsafe(12))
    cluster = world.add_cluster(name, password=password, **settings)
    aggregates = given.get("aggregates") or {f"aggr1_{name}": 100 * 1024 * GB, f"aggr2_{name}": 100 * 1024 * GB}
    for aggregate, size in aggregates.items():
        cluster.add_aggregate(aggregate, size_of(size))
    for svm_name, own in (given.get("svms") or {f"svm_{name}": {}}).items():
        own = own or {}
        _only(
            own,
            f"SVM {svm_name}",
            "aggregates",
            "language",
            "subtype",
            "export_policies",
            "volumes",
            "consistency_groups",
            *scenario_hosts.OF_SVM,
        )
        svm = cluster.add_svm(svm_name, own.get("aggregates"), language=own.get("language", "c.utf_8"))
        for policy, rules in (own.get("export_policies") or {}).items():
            made = svm.export_policies.get(policy) or exports.create(svm, policy)
            for rule in rules:
                made.add_rule(_full_rule(rule))
        scenario_hosts.before_volumes(svm, own)
        _volumes(svm, own.get("volumes") or {})
        for group, members in (own.get("consistency_groups") or {}).items():
            ended(groups.create(svm, group, members)[1])
        scenario_hosts.after_volumes(svm, own)
        if own.get("subtype") == "dp_destination":
            svm.subtype, svm.state = "dp_destination", "stopped"


def _peer_all(world: World) -> None:
    svms = [svm for cluster in world.clusters.values() for svm in cluster.svms.values()]
    for one, other in itertools.combinations(svms, 2):
        if one.cluster is not other.cluster:
            peers.establish(one, other)


def _peer(world: World, given: Mapping[str, Any]) -> None:
    _only(given, "a peer", "a", "b", "name_of_a", "name_of_b", "applications", "state")
    ends = []
    for end in (given["a"], given["b"]):
        cluster, _colon, svm = end.partition(":")
        ends.append(world.clusters[cluster].svms[svm])
    peers.establish(
        ends[0],
        ends[1],
        name=given.get("name_of_b"),
        name_there=given.get("name_of_a"),
        applications=tuple(given.get("applications", ("snapmirror",))),
        state=given.get("state", "peered"),
    )


# volumes

_FIELDS = ("language", "comment", "encrypted", "security_style", "unix_permissions", "uid", "gid")
_EFFICIENCY = ("dedupe", "compression", "compaction", "cross_volume_dedupe")
_GUARANTEE = {"thin": "none", "thick": "volume", "none": "none", "volume": "volume"}
_VOLUME_KEYS = (
    *_FIELDS,
    *_EFFICIENCY,
    "aggregate",
    "aggregates",
    "size",
    "used",
    "markers",
    "snapshots",
    "guarantee",
    "type",
    "style",
    "state",
    "junction",
    "clone_of",
    "flexcache",
    "export_policy",
    "snapshot_policy",
    "snapshot_reserve",
    "tiering",
    *scenario_hosts.OF_VOLUME,
)


def _volumes(svm: Svm, given: Mapping[str, Any]) -> None:
    for name, fields in given.items():
        _volume(svm, name, fields or {})
    mounts = [(fields["junction"], name) for name, fields in given.items() if (fields or {}).get("junction")]
    for junction, name in sorted(mounts, key=lambda each: (each[0].count("/"), each[0])):
        ended(volume_change.modify(svm.volumes[name], {"junction": junction}))
    for name, fields in given.items():
        state = (fields or {}).get("state", "online")
        if state != "online":
            ended(volume_change.modify(svm.volumes[name], {"state": state}))


def _volume(svm: Svm, name: str, given: Mapping[str, Any]) -> Volume:
    _only(given, f"volume {name}", *_VOLUME_KEYS)
    fields = {key: given[key] for key in _FIELDS if key in given}
    fields["guarantee"] = _GUARANTEE[given.get("guarantee", "thick")]
    for key, attribute in (
        ("snapshot_reserve", "snapshot_reserve_percent"),
        ("flexcache", "flexcache_endpoint_type"),
        ("tiering", "tiering_policy"),
    ):
        if key in given:
            fields[attribute] = given[key]
    clone = given.get("clone_of")
    wanted = NewVolume(
        name=name,
        type=given.get("type", "rw"),
        style=given.get("style"),
        size_bytes=None if clone else size_of(given.get("size", GB)),
        aggregates=[] if clone else given.get("aggregates") or [given.get("aggregate") or svm.aggregates[0].name],
        export_policy=given.get("export_policy"),
        snapshot_policy=given.get("snapshot_policy"),
        efficiency={key: given[key] for key in _EFFICIENCY if key in given},
        clone_parent=(clone["volume"], clone.get("snapshot")) if clone else None,
        fields=fields,
    )
    ended(volume_create.create(svm, wanted)[1])
    volume = svm.volumes[name]
    if volume.type == "rw":
        _fill(volume, given)
    return volume


def _fill(volume: Volume, given: Mapping[str, Any]) -> None:
    used = size_of(given.get("used", 0))
    if used:
        volume.active = (*volume.active, Mark(f"{volume.name}/initial", used, volume.world.now()))
        volume.touch()
    for marker in given.get("markers") or []:
        volume.write(str(marker))
    scenario_hosts.fill(volume, given)
    for snapshot in given.get("snapshots") or []:
        each = {"name": snapshot} if isinstance(snapshot, str) else snapshot
        snapshots.take(volume, each["name"], label=each.get("label"), comment=each.get("comment"))


_GIB = (1, 2, 5, 10, 20, 50, 3, 8)
_LANGUAGES = ("c.utf_8", "utf8mb4", "en_us.utf_8", "c.utf_8", "ja.utf_8")
_NESTED = {3: "/vol0003/vol0004", 4: "/vol0003/vol0004/vol0005"}


def _mixed(number: int, aggregate: str) -> dict[str, Any]:
    """The volume of this position, counted from 0, in a mix as sites have it."""
    size = _GIB[number % len(_GIB)] * GB
    fields: dict[str, Any] = {
        "aggregate": aggregate,
        "size": size,
        "used": min(size // 4, 2 * GB),
        "markers": [f"vol{number + 1:04d}/first"],
        "guarantee": "thin" if number % 2 else "thick",
        "language": _LANGUAGES[number % len(_LANGUAGES)],
        "encrypted": number % 4 == 1,
        "junction": _NESTED.get(number, f"/vol{number + 1:04d}"),
        "export_policy": "nfs_prod" if number % 2 else "default",
        "snapshot_policy": "none" if number % 5 == 4 else "default",
        "snapshot_reserve": (5, 0, 10)[number % 3],
        "security_style": "mixed" if number % 7 == 3 else "unix",
    }
    if number % 3 == 0:
        fields["dedupe"] = "background"
    if number % 6 == 0:
        fields["compression"] = "background"
    if number % 5 == 0:
        fields["comment"] = f"owner: team {number % 3 + 1}"
        fields["snapshots"] = [{"name": "daily.0", "label": "daily"}]
    return fields


# small things


def _sizes(given: Mapping[str, Any], *names: str) -> dict[str, float]:
    return {name: float(size_of(given[name])) for name in names if name in given}


def _rule(clients: str, write: str = "sys") -> dict[str, Any]:
    return {"clients": [clients], "ro_rule": ["sys"], "rw_rule": [write]}


def _full_rule(given: Mapping[str, Any]) -> dict[str, Any]:
    usual = {
        "protocols": ["any"],
        "superuser": ["any"],
        "anonymous_user": "65534",
        "allow_suid": True,
        "allow_device_creation": True,
        "chown_mode": "restricted",
        "ntfs_unix_security": "fail",
    }
    return {**usual, **given, "clients": [{"match": each} for each in given["clients"]]}
