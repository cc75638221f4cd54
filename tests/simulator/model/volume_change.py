# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing and deleting volumes, as ONTAP's volume modify, mount, offline and delete do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import clones, junctions, snapshots
from .errors import Refused
from .volume_create import SMALLEST, check_comment, check_name, check_policies

if TYPE_CHECKING:
    from .jobs import Job
    from .volumes import Volume

IN_FILE_SYSTEM = ("security_style", "uid", "gid", "unix_permissions", "snapshot_reserve_percent")
"""Kept inside the file system, which on a dp volume belongs to the source."""
RECOVERY_S = 12 * 3600.0
_PLAIN = (
    "comment",
    "guarantee",
    "encrypted",
    "snapshot_policy",
    "snapshot_reserve_percent",
    "security_style",
    "uid",
    "gid",
    "unix_permissions",
    "tiering_policy",
    "efficiency_policy",
    "qos_policy",
)


def modify(
    volume: Volume, changes: dict[str, Any], restore_to: str | None = None, preserve_lun_ids: bool = False
) -> Job:
    """A job that applies *changes*: attributes of Volume by their names here.

    junction "" unmounts; export_policy is a name; efficiency, autosize and settings are merged;
    split_clone True makes a clone independent. restore_to: a snapshot to bring back; without
    *preserve_lun_ids* its LUNs come back as new ones, not mapped.
    """
    verb = _verb(volume, changes)

    def work() -> None:
        _check(volume, changes)
        if restore_to is not None:
            _restore(volume, restore_to, preserve_lun_ids)
        _apply(volume, changes)

    fault = volume.world.consult(volume.cluster.name, verb, volume.path)
    _check(volume, changes)
    text = f"PATCH /api/storage/volumes/{volume.uuid}"
    job = volume.cluster.start_job(verb, volume.path, text, work, svm=volume.svm, fault=fault)
    if verb == "volume.split":
        volume.split = job
    return job


def _verb(volume: Volume, changes: dict[str, Any]) -> str:
    if changes.get("split_clone"):
        return "volume.split"
    if set(changes) != {"junction"}:
        return "volume.modify"
    return "volume.mount" if changes["junction"] else "volume.unmount"


def _check(volume: Volume, changes: dict[str, Any]) -> None:
    """Refuse at once what needs no job to find out."""
    if volume.deleted:
        raise Refused("4", "entry doesn't exist", "uuid", status=404)
    if "name" in changes and changes["name"] != volume.name:
        check_name(changes["name"])
        if changes["name"] in volume.svm.volumes:
            raise Refused("917526", f'Volume name "{changes["name"]}" already exists.', "name")
    if changes.get("comment") is not None:
        check_comment(changes["comment"])
    if changes.get("junction"):
        junctions.check_path(changes["junction"])
    if "size_bytes" in changes:
        _check_size(volume, changes["size_bytes"])
    check_policies(volume.svm, changes.get("export_policy"), changes.get("snapshot_policy"))
    if volume.type != "rw":
        _check_dp(volume, changes)
    if changes.get("split_clone"):
        clones.check_split(volume, set(changes) - {"split_clone"})
    if changes.get("efficiency_policy") and changes["efficiency_policy"] not in volume.svm.efficiency_policies:
        raise Refused("6881661", f'Efficiency policy "{changes["efficiency_policy"]}" does not exist.')


def _check_dp(volume: Volume, changes: dict[str, Any]) -> None:
    if "snapshot_policy" in changes:
        raise Refused(
            "917617", "The snapshot policy of volumes of type DP, LS, DC and TMP cannot be modified.", "snapshot_policy"
        )
    for name in IN_FILE_SYSTEM:
        if name in changes and changes[name] != getattr(volume, name):
            raise Refused("917628", f'Field {name} cannot be modified for a volume of type "{volume.type}".')


def _check_size(volume: Volume, size_bytes: int) -> None:
    if not volume.online:
        raise Refused("917775", f'Volume "{volume.name}" is not online.')
    if size_bytes < SMALLEST:
        raise Refused("917534", f'Size "{size_bytes}" is too small: the minimum is {SMALLEST}.', "size")
    if size_bytes < volume.used_bytes:
        raise Refused("917534", f'Size "{size_bytes}" is too small: {volume.used_bytes} bytes are in use.', "size")


def _apply(volume: Volume, changes: dict[str, Any]) -> None:
    if "size_bytes" in changes:
        _resize(volume, changes["size_bytes"])
    for name in _PLAIN:
        if name in changes:
            setattr(volume, name, changes[name])
    if "export_policy" in changes:
        volume.export_policy = volume.svm.export_policies[changes["export_policy"]]
    for name in ("efficiency", "autosize", "settings"):
        if name in changes:
            getattr(volume, name).update(changes[name])
    if "name" in changes and changes["name"] != volume.name:
        _rename(volume, changes["name"])
    if changes.get("split_clone"):
        clones.let_go(volume)
    if "state" in changes:
        _set_state(volume, changes["state"])
    if "junction" in changes:
        if changes["junction"]:
            junctions.mount(volume, changes["junction"])
        else:
            junctions.unmount(volume)
    volume.touch()


def _resize(volume: Volume, size_bytes: int) -> None:
    if volume.guarantee == "volume":
        for aggregate in volume.aggregates:
            more = max(0, size_bytes - volume.size_bytes) // len(volume.aggregates)
            aggregate.claim(more, f'Failed to resize volume "{volume.path}"')
    volume.size_bytes = size_bytes


def _rename(volume: Volume, name: str) -> None:
    del volume.svm.volumes[volume.name]
    volume.name = name
    volume.svm.volumes[name] = volume


def _set_state(volume: Volume, state: str) -> None:
    if state == volume.state:
        return
    if state == "error":
        raise Refused("918652", 'The state "error" cannot be set.', "state")
    if state == "online":
        if volume.guarantee == "volume":
            for aggregate in volume.aggregates:
                aggregate.claim(
                    max(0, volume.size_bytes - volume.used_bytes) // len(volume.aggregates),
                    f'Failed to bring volume "{volume.path}" online',
                )
        volume.state = "online"
        return
    if volume.is_svm_root:
        raise Refused("918667", f'Volume "{volume.name}" is the root of its SVM: it cannot be taken offline.')
    if junctions.children(volume):
        raise Refused("918667", f'Volume "{volume.name}" cannot be taken offline: other volumes are mounted below it.')
    volume.junction = None
    volume.state = state


def _restore(volume: Volume, name: str, preserve_lun_ids: bool) -> None:
    snapshot = volume.snapshot_named(name)
    if snapshot is None:
        raise Refused("1638600", f'Snapshot "{name}" does not exist.', "restore_to.snapshot.name", status=404)
    if not volume.online:
        raise Refused("9437885", f'Volume "{volume.name}" is not online.')
    if volume.type != "rw":
        raise Refused("524511", f'Failed to restore volume "{volume.name}": its type is {volume.type}.')
    snapshots.revert(volume, snapshot)
    if not preserve_lun_ids:
        volume.forget_identities()


def delete(volume: Volume, force: bool = False) -> Job:
    """A job that takes the volume away; without *force* its space stays in the recovery queue for 12 hours."""

    def work() -> None:
        _check_delete(volume)
        volume.detach()
        if force:
            _free(volume)
        else:
            _to_recovery_queue(volume)

    fault = volume.world.consult(volume.cluster.name, "volume.delete", volume.path)
    _check_delete(volume)
    text = f"DELETE /api/storage/volumes/{volume.uuid}"
    return volume.cluster.start_job("volume.delete", volume.path, text, work, svm=volume.svm, fault=fault)


def _to_recovery_queue(volume: Volume) -> None:
    volume.cluster.recovery_queue.append(volume)

    def purge() -> None:
        volume.cluster.recovery_queue.remove(volume)
        _free(volume)

    volume.world.at(volume.world.now() + RECOVERY_S, purge)


def _free(volume: Volume) -> None:
    clones.let_go(volume)
    volume.free()


def _check_delete(volume: Volume) -> None:
    if volume.deleted:
        raise Refused("4", "entry doesn't exist", "uuid", status=404)
    where = f'Volume "{volume.name}" in SVM "{volume.svm.name}"'
    if volume.is_svm_root and len(volume.svm.volumes) > 1:
        raise Refused("917531", f"{where} is the root of its SVM, which has other volumes.")
    if volume.svm.subtype == "dp_destination":
        raise Refused(
            "918667",
            f"{where} cannot be taken offline: the SVM is of subtype dp_destination."
            " Break its SnapMirror relationship first.",
        )
    if volume.mirror() is not None:
        raise Refused(
            "918667",
            f"{where} cannot be taken offline: it is the destination of a SnapMirror relationship."
            " Delete the relationship first.",
        )
    entries = [each for each in volume.source_entries if each.group_type != "svm_dr"]
    if entries or any(each.group_type == "consistency_group" for each in volume.mirrored_by()):
        raise Refused(
            "918667",
            f"{where} cannot be taken offline: it is the source of a SnapMirror relationship."
            " Release the relationship first.",
        )
    if clones.of(volume):
        raise Refused("524615", f"{where} has clones: it cannot be deleted.")
    if junctions.children(volume):
        raise Refused("918667", f"{where} cannot be taken offline: other volumes are mounted below it.")
