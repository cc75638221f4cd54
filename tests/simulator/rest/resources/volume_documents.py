# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A volume as ONTAP tells it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from ...model import clones, junctions
from ...model.cluster import Cluster
from ...model.volumes import Volume
from .documents import iso_time, known, merged, ref
from .qos import told as qos


def documents(cluster: Cluster, volumes: Iterable[Volume]) -> list[dict[str, Any]]:
    """The documents of volumes of one cluster; what is the same for all is looked up once."""
    protected = {volume.uuid for entry in cluster.source_entries.values() for volume in entry.volumes}
    with ExitStack() as stack:
        for aggregate in cluster.aggregates.values():
            stack.enter_context(aggregate.held())
        return [document(volume, volume.uuid in protected) for volume in volumes]


def document(volume: Volume, protected: bool) -> dict[str, Any]:
    """protected: the volume is the source of a relationship."""
    told = {
        "uuid": volume.uuid,
        "name": volume.name,
        "comment": volume.comment,
        "create_time": iso_time(volume.create_time),
        "language": volume.language,
        "size": volume.size_bytes,
        "state": volume.state,
        "style": volume.style,
        "type": volume.type,
        "msid": volume.msid,
        "svm": ref(volume.svm),
        "aggregates": [ref(aggregate) for aggregate in volume.aggregates],
        "nodes": [{"name": name, "uuid": uuid} for name, uuid in _nodes(volume)],
        "is_svm_root": volume.is_svm_root,
        "is_object_store": False,
        "snapshot_count": len(volume.snapshots),
        "snapshot_policy": {"name": volume.snapshot_policy, "uuid": _snapshot_policy_uuid(volume)},
        "guarantee": {"type": volume.guarantee, "honored": volume.online},
        "encryption": _encryption(volume),
        "efficiency": _efficiency(volume),
        "autosize": _autosize(volume),
        "nas": _nas(volume),
        "space": _space(volume),
        "clone": _clone(volume),
        "consistency_group": ref(volume.group) if volume.group else None,
        "qos": qos(volume.qos_policy),
        "tiering": {"policy": volume.tiering_policy},
        "snapmirror": _snapmirror(protected),
        "flexcache_endpoint_type": volume.flexcache_endpoint_type,
        "snapshot_directory_access_enabled": True,
        "access_time_enabled": True,
        "files": {"maximum": max(566, volume.size_bytes // 33000), "used": 96 + len(volume.active)},
        "error_state": {"has_bad_blocks": False, "is_inconsistent": False},
        "quota": {"state": "off"},
        "snaplock": {"type": "non_snaplock"},
        "constituent_count": volume.constituent_count,
        "scheduled_snapshot_naming_scheme": "create_time",
    }
    return known(merged(told, volume.settings) if volume.settings else told)


def _nodes(volume: Volume) -> list[tuple[str, str]]:
    return list(dict.fromkeys(aggregate.node for aggregate in volume.aggregates))


def _snapshot_policy_uuid(volume: Volume) -> str | None:
    for policy in volume.cluster.snapshot_policies:
        if policy.name == volume.snapshot_policy:
            return policy.uuid
    return None


def _encryption(volume: Volume) -> dict[str, Any]:
    if volume.encrypted:
        return {"enabled": True, "state": "encrypted", "type": "volume", "rekey": False}
    return {"enabled": False, "state": "unencrypted", "type": "none", "rekey": False}


def _efficiency(volume: Volume) -> dict[str, Any]:
    on = volume.has_efficiency
    policy = volume.efficiency_policy or ("auto" if on else "-")
    return {
        **volume.efficiency,
        "state": "enabled" if on else "disabled",
        "op_state": "idle",
        "policy": {"name": policy},
        "volume_path": f"/vol/{volume.name}",
        "schedule": "-",
    }


def _autosize(volume: Volume) -> dict[str, Any]:
    size = volume.size_bytes
    usual = {"mode": "off", "maximum": size * 12 // 10, "minimum": size, "grow_threshold": 85, "shrink_threshold": 50}
    return {**usual, **volume.autosize}


def _nas(volume: Volume) -> dict[str, Any]:
    parent = junctions.parent(volume)
    return {
        "path": volume.junction,
        "junction_parent": ref(parent) if parent else None,
        "export_policy": {"name": volume.export_policy.name, "id": volume.export_policy.id},
        "security_style": volume.security_style,
        "uid": volume.uid,
        "gid": volume.gid,
        "unix_permissions": volume.unix_permissions,
    }


def _space(volume: Volume) -> dict[str, Any]:
    used, active, reserve = volume.used_bytes, volume.active_bytes, volume.reserve_bytes
    afs_total = volume.size_bytes - reserve
    in_snapshots = used - active
    in_use = active + max(0, in_snapshots - reserve)
    return {
        "size": volume.size_bytes,
        "used": in_use,
        "available": volume.available_bytes,
        "afs_total": afs_total,
        "percent_used": in_use * 100 // afs_total if afs_total else 100,
        "physical_used": used,
        "footprint": volume.footprint_bytes,
        "local_tier_footprint": volume.footprint_bytes,
        "total_footprint": volume.footprint_bytes,
        "over_provisioned": 0,
        "filesystem_size": volume.size_bytes,
        "filesystem_size_fixed": False,
        "user_data": active,
        "logical_space": {"used": active, "used_by_afs": active, "enforcement": False, "reporting": False},
        "snapshot": {
            "reserve_percent": volume.snapshot_reserve_percent,
            "reserve_size": reserve,
            "reserve_available": max(0, reserve - in_snapshots),
            "used": in_snapshots,
            "autodelete_enabled": False,
        },
    }


def _clone(volume: Volume) -> dict[str, Any]:
    children = bool(clones.of(volume)) if any(each.owners for each in volume.snapshots) else False
    if volume.clone_of is None:
        return {"is_flexclone": False, "has_flexclone": children}
    parent, snapshot = volume.clone_of
    percent = clones.split_percent(volume)
    return {
        "is_flexclone": True,
        "has_flexclone": children,
        "parent_volume": ref(parent),
        "parent_svm": ref(parent.svm),
        "parent_snapshot": ref(snapshot),
        "split_initiated": percent is not None,
        "split_complete_percent": percent,
        "split_estimate": sum(mark.size_bytes for mark in snapshot.content),
    }


def _snapmirror(protected: bool) -> dict[str, Any]:
    return {"is_protected": protected, "destinations": {"is_ontap": protected, "is_cloud": False}}
