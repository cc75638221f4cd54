# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes: what they are and what is done with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import clones, junctions, qos, volume_change, volume_create
from ...model.errors import Refused
from ...model.volume_create import NewVolume
from ...model.volumes import Volume
from .. import errors, sizes
from ..errors import Failed
from ..iterators import Listing, Record, matches
from ..reply import Handler, Reply, started
from ..scope import Scope
from ..wire import Call, Tree

_STYLES = {"flexvol": "flex", "flexgroup": "flex"}


def _volumes(scope: Scope) -> Iterable[Record]:
    return [each for volume in scope.volumes() for each in (document(volume), *_constituents(volume))]


def _constituents(volume: Volume) -> Iterable[Record]:
    """The members of a FlexGroup, which ONTAPI lists beside it."""
    count = volume.constituent_count or 1
    for number in range(1, count + 1) if volume.style == "flexgroup" else ():
        uuid, aggregates = f"{volume.uuid[:-4]}{number:04x}", volume.aggregates
        yield {
            "volume-id-attributes": {
                "name": f"{volume.name}__{number:04d}",
                "instance-uuid": uuid,
                "uuid": uuid,
                "owning-vserver-name": volume.svm.name,
                "owning-vserver-uuid": volume.svm.uuid,
                "type": volume.type,
                "style": "flex",
                "style-extended": "flexgroup_constituent",
                "containing-aggregate-name": aggregates[(number - 1) % len(aggregates)].name,
                "flexgroup-uuid": volume.uuid,
                "flexgroup-index": number,
            },
            "volume-state-attributes": {"state": volume.state, "is-constituent": True, "is-flexgroup": False},
            "volume-space-attributes": {"size": volume.size_bytes // count},
        }


def document(volume: Volume) -> dict[str, Any]:
    """As volume-attributes."""
    return {
        "encrypt": volume.encrypted,
        "volume-id-attributes": _identity(volume),
        "volume-state-attributes": {
            "state": volume.state,
            "is-vserver-root": volume.is_svm_root,
            "is-node-root": False,
            "is-cluster-volume": True,
            "is-constituent": False,
            "is-flexgroup": volume.style == "flexgroup",
            "is-inconsistent": False,
            "is-invalid": False,
            "is-moving": False,
            "is-junction-active": True if volume.junction else None,
        },
        "volume-space-attributes": _space(volume),
        "volume-sis-attributes": {
            "is-sis-volume": volume.has_efficiency,
            "is-sis-state-enabled": volume.has_efficiency,
        },
        "volume-export-attributes": {"policy": volume.export_policy.name},
        "volume-language-attributes": {"language-code": volume.language, "language": volume.language.upper()},
        "volume-security-attributes": {"style": volume.security_style},
        "volume-snapshot-attributes": {
            "snapshot-policy": volume.snapshot_policy,
            "snapshot-count": len(volume.snapshots),
        },
        "volume-clone-attributes": _clone(volume),
        "volume-qos-attributes": {"policy-group-name": volume.qos_policy.name} if volume.qos_policy else None,
        "volume-mirror-attributes": {
            "is-data-protection-mirror": volume.type == "dp",
            "is-replica-volume": volume.mirror() is not None,
            "is-snapmirror-source": bool(volume.source_entries),
        },
    }


def _identity(volume: Volume) -> dict[str, Any]:
    names = [aggregate.name for aggregate in volume.aggregates]
    parent = junctions.parent(volume)
    several = volume.style == "flexgroup"
    return {
        "name": volume.name,
        "instance-uuid": volume.uuid,
        "uuid": volume.uuid,
        "owning-vserver-name": volume.svm.name,
        "owning-vserver-uuid": volume.svm.uuid,
        "type": volume.type,
        "style": _STYLES[volume.style],
        "style-extended": volume.style,
        "containing-aggregate-name": None if several else names[0],
        "aggr-list": names if several else None,
        "comment": volume.comment or None,
        "junction-path": volume.junction,
        "junction-parent-name": parent.name if parent else None,
        "flexcache-endpoint-type": volume.flexcache_endpoint_type,
        "creation-time": int(volume.create_time),
        "msid": volume.msid,
    }


def _space(volume: Volume) -> dict[str, Any]:
    used, active, reserve = volume.used_bytes, volume.active_bytes, volume.reserve_bytes
    in_snapshots = used - active
    return {
        "size": volume.size_bytes,
        "filesystem-size": volume.size_bytes,
        "size-total": volume.size_bytes - reserve,
        "size-used": active + max(0, in_snapshots - reserve),
        "size-available": volume.available_bytes,
        "size-used-by-snapshots": in_snapshots,
        "percentage-snapshot-reserve": volume.snapshot_reserve_percent,
        "space-guarantee": volume.guarantee,
        "is-space-guarantee-enabled": volume.online,
        "physical-used": used,
    }


def _clone(volume: Volume) -> dict[str, Any] | None:
    if volume.clone_of is None:
        return None
    parent, snapshot = volume.clone_of
    return {
        "volume-clone-parent-attributes": {
            "name": parent.name,
            "snapshot-name": snapshot.name,
            "uuid": parent.uuid,
            "vserver-name": parent.svm.name,
        }
    }


def _clones(scope: Scope) -> Iterable[Record]:
    for volume in scope.volumes():
        if volume.clone_of is not None:
            parent, snapshot = volume.clone_of
            yield {
                "volume": volume.name,
                "vserver": volume.svm.name,
                "parent-volume": parent.name,
                "parent-snapshot": snapshot.name,
                "state": volume.state,
                "volume-type": volume.type,
                "junction-path": volume.junction,
                "size": volume.size_bytes,
            }


# ---- making and changing


def _create(scope: Scope, call: Call) -> Reply:
    return Reply(job=_make(scope, call, call.need("volume"), [call.need("containing-aggr-name")], "flexvol"))


def _create_async(scope: Scope, call: Call) -> Reply:
    aggregates = call.items("aggr-list")
    single = call.text("containing-aggr-name")
    style = "flexvol" if single else "flexgroup"
    if style == "flexgroup" and not aggregates:
        raise Failed(errors.BAD_INPUT, "Missing input: aggr-list")
    several = call.number("aggr-list-multiplier")
    count = several * len(aggregates) if several else None
    job = _make(scope, call, call.need("volume-name"), [single] if single else aggregates, style, count)
    return Reply(started(job))


def _make(
    scope: Scope, call: Call, name: str, aggregates: list[str], style: str, constituents: int | None = None
) -> Any:
    svm = scope.svm
    given = {
        "guarantee": call.text("space-reserve") or call.text("space-guarantee"),
        "language": call.text("language-code"),
        "comment": call.text("volume-comment"),
        "encrypted": call.flag("encrypt") or None,
        "security_style": call.text("volume-security-style"),
        "snapshot_reserve_percent": call.number("percentage-snapshot-reserve"),
        "constituent_count": constituents,
    }
    size = call.text("size")
    wanted = NewVolume(
        name,
        type=(call.text("volume-type") or "rw").lower(),
        style=style,
        size_bytes=sizes.to_bytes(size) if size else None,
        aggregates=aggregates,
        junction=call.text("junction-path") or None,
        export_policy=call.text("export-policy") or None,
        snapshot_policy=call.text("snapshot-policy") or None,
        fields={key: value for key, value in given.items() if value is not None},
    )
    return volume_create.create(svm, wanted)[1]


def _mount(scope: Scope, call: Call) -> Reply:
    volume = scope.volume(call.need("volume-name"))
    if volume.junction is not None:
        raise Failed(errors.GENERIC, f'Volume "{volume.name}" is already mounted at "{volume.junction}".')
    return Reply(job=volume_change.modify(volume, {"junction": call.need("junction-path")}))


def _unmount(scope: Scope, call: Call) -> Reply:
    volume = scope.volume(call.need("volume-name"))
    if volume.junction is None:
        raise Failed(errors.NOT_MOUNTED, f'Volume "{volume.name}" is not mounted.')
    return Reply(job=volume_change.modify(volume, {"junction": ""}))


def _offline(scope: Scope, call: Call) -> Reply:
    volume = scope.volume(call.need("name"))
    if volume.state == "offline":
        raise Failed(errors.OFFLINE_ALREADY, f'Volume "{volume.name}" is already offline.')
    if volume.junction is not None:
        raise Failed(errors.GENERIC, f'Volume "{volume.name}" must be unmounted before being taken offline.')
    return Reply(job=volume_change.modify(volume, {"state": "offline"}))


def _online(scope: Scope, call: Call) -> Reply:
    return Reply(job=volume_change.modify(scope.volume(call.need("name")), {"state": "online"}))


def no_flexgroup(volume: Volume) -> Volume:
    """What has a call of its own for FlexGroups refuses them."""
    if volume.style == "flexgroup":
        raise Failed(errors.UNSUPPORTED, f'Volume "{volume.name}" is a FlexGroup: use the -async call.')
    return volume


def _destroy(scope: Scope, call: Call) -> Reply:
    volume = no_flexgroup(scope.volume(call.need("name")))
    if volume.state != "offline" and not call.flag("unmount-and-offline"):
        raise Failed(errors.GENERIC, f'Volume "{volume.name}" must be offline to be deleted.')
    return Reply(job=volume_change.delete(volume))  # no published fact says that force passes by the recovery queue


def _destroy_async(scope: Scope, call: Call) -> Reply:
    volume = scope.volume(call.need("volume-name"))
    if volume.state != "offline" and not call.flag("unmount-and-offline"):
        raise Failed(errors.GENERIC, f'Volume "{volume.name}" must be offline to be deleted.')
    return Reply(started(volume_change.delete(volume)))


def _size_async(scope: Scope, call: Call) -> Reply:
    volume = scope.volume(call.need("volume-name"))
    size = sizes.changed(call.need("new-size"), volume.size_bytes)
    job = volume_change.modify(volume, {"size_bytes": size})
    return Reply({**started(job), "volume-size": sizes.to_text(size)})


def _size(scope: Scope, call: Call) -> Reply:
    volume = no_flexgroup(scope.volume(call.need("volume")))
    new = call.text("new-size")
    if not new:
        return Reply({"volume-size": sizes.to_text(volume.size_bytes)})
    size = sizes.changed(new, volume.size_bytes)
    job = volume_change.modify(volume, {"size_bytes": size})
    return Reply({"volume-size": sizes.to_text(size), "is-readonly-flex-volume": volume.type != "rw"}, job)


_MODIFIABLE = {
    ("volume-id-attributes", "comment"): "comment",
    ("volume-export-attributes", "policy"): "export_policy",
    ("volume-snapshot-attributes", "snapshot-policy"): "snapshot_policy",
    ("volume-space-attributes", "space-guarantee"): "guarantee",
    ("volume-security-attributes", "style"): "security_style",
    ("volume-qos-attributes", "policy-group-name"): "qos_policy",
}


def _modify(scope: Scope, call: Call) -> Reply:
    """Each volume on its own; what is refused is listed, and the call passes."""
    changes = _changes(call.tree("attributes") or {})
    query = call.tree("query") or {}
    started_jobs, bad = [], []
    for volume in list(scope.volumes()):
        if not matches(document(volume), query):
            continue
        key = {"volume-key": volume.path}
        try:
            started_jobs.append((key, volume_change.modify(no_flexgroup(volume), _resolved(volume, changes))))
        except Refused as refused:
            bad.append({**key, "error-code": errors.errno_of(refused.code), "error-message": refused.message})
        except Failed as failure:
            bad.append({**key, "error-code": failure.errno, "error-message": failure.reason})
    told = {"num-succeeded": 0, "num-failed": len(bad), "failure-list": bad or None}
    return Reply(told, many=started_jobs)


def _modify_async(scope: Scope, call: Call) -> Reply:
    """The same by jobs, whose numbers are told; what becomes of them is theirs to tell."""
    changes, query = _changes(call.tree("attributes") or {}), call.tree("query") or {}
    done, bad = [], []
    for volume in list(scope.volumes()):
        if not matches(document(volume), query):
            continue
        key = {"volume-key": {"volume-id-attributes": {"name": volume.name, "owning-vserver-name": volume.svm.name}}}
        try:
            job = volume_change.modify(volume, _resolved(volume, changes))
            done.append({**key, "status": "in_progress", "jobid": job.number})
        except Refused as refused:
            told = {"error-code": errors.errno_of(refused.code), "error-message": refused.message}
            bad.append({**key, "status": "failed", **told})
    counts = {"num-succeeded": len(done), "num-failed": len(bad)}
    return Reply({**counts, "success-list": done or None, "failure-list": bad or None})


def _changes(tree: Tree) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for group, values in tree.items():
        for name, value in values.items() if isinstance(values, Mapping) else ():
            if (group, name) not in _MODIFIABLE:
                raise Failed(errors.GENERIC, f"Changing {name} of {group} is not simulated")
            changes[_MODIFIABLE[group, name]] = value
    return changes


def _resolved(volume: Volume, changes: Mapping[str, Any]) -> dict[str, Any]:
    resolved = dict(changes)
    if "qos_policy" in resolved:
        resolved["qos_policy"] = qos.find(volume.svm, resolved["qos_policy"])
    return resolved


def _rename(scope: Scope, call: Call) -> Reply:
    return Reply(job=volume_change.modify(scope.volume(call.need("volume")), {"name": call.need("new-volume-name")}))


# ---- clones


def _clone_create(scope: Scope, call: Call) -> Reply:
    wanted = NewVolume(
        call.need("volume"),
        junction=call.text("junction-path") or None,
        clone_parent=(call.need("parent-volume"), call.text("parent-snapshot") or None),
        clone_parent_svm=call.text("parent-vserver") or None,
    )
    return Reply(job=volume_create.create(scope.svm, wanted)[1])


def _clone_split(scope: Scope, call: Call) -> Reply:
    volume = scope.volume(call.need("volume"))
    if volume.clone_of is None:
        raise Failed(errors.NOT_A_CLONE, f'Volume "{volume.name}" is not a clone.')
    if clones.split_percent(volume) is not None:
        raise Failed("17151", f'Volume "{volume.name}" is being split already.')
    return Reply(started(volume_change.modify(volume, {"split_clone": True})))


LISTINGS: Mapping[str, Listing] = {
    "volume-get-iter": Listing(_volumes, ("volume-id-attributes.owning-vserver-name", "volume-id-attributes.name")),
    "volume-clone-get-iter": Listing(_clones, ("vserver", "volume")),
}
HANDLERS: Mapping[str, Handler] = {
    "volume-create": _create,
    "volume-create-async": _create_async,
    "volume-mount": _mount,
    "volume-unmount": _unmount,
    "volume-offline": _offline,
    "volume-online": _online,
    "volume-destroy": _destroy,
    "volume-destroy-async": _destroy_async,
    "volume-size": _size,
    "volume-size-async": _size_async,
    "volume-modify-iter": _modify,
    "volume-modify-iter-async": _modify_async,
    "volume-rename": _rename,
    "volume-clone-create": _clone_create,
    "volume-clone-split-start": _clone_split,
}
