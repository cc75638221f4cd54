# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LUNs: made, changed and deleted in their volumes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import san
from .devices import Device, identity
from .errors import Refused

if TYPE_CHECKING:
    from .cluster import Cluster
    from .jobs import Job
    from .qos import QosPolicy
    from .svms import Svm
    from .volumes import Volume

SMALLEST = 4096
LARGEST = 128 * 1024**4
LONGEST_COMMENT = 254
_PATH = re.compile(r"^/vol/([^/]+)/(.+)$")
_NAME = re.compile(r"^[A-Za-z0-9_.{}\-]{1,255}$")
JOBS_SINCE = (9, 16)
"""Before, `return_timeout` was not known on LUNs: they were changed at once."""


@dataclass(frozen=True)
class NewLun:
    """name: "/vol/<volume>/<lun>", or the LUN's own name when *volume* is given, too."""

    name: str
    os_type: str
    size_bytes: int
    volume: str | None = None
    comment: str = ""
    reserved: bool = False
    qos_policy: QosPolicy | None = None


def path_of(volume: Volume, device: Device) -> str:
    return f"/vol/{volume.name}/{device.name}"


def of_cluster(cluster: Cluster, kind: str = "lun") -> Iterator[tuple[Volume, Device]]:
    for volume in cluster.volumes():
        for device in volume.devices:
            if device.kind == kind:
                yield volume, device


def find(cluster: Cluster, uuid: str) -> tuple[Volume, Device]:
    for volume, device in of_cluster(cluster):
        if identity(volume, device).uuid == uuid:
            return volume, device
    raise Refused("5374876", f'LUN "{uuid}" does not exist.', "uuid")


def find_named(svm: Svm, name: str) -> tuple[Volume, Device]:
    for volume, device in of_cluster(svm.cluster):
        if volume.svm is svm and path_of(volume, device) == name:
            return volume, device
    raise Refused("5374875", f'LUN "{name}" does not exist in SVM "{svm.name}".', "name")


# create


def create(svm: Svm, wanted: NewLun) -> tuple[str, Job | None]:
    """The uuid that the LUN will have, and the job that makes it (None: it is made)."""
    volume, name = _place(svm, wanted)
    device = Device(
        "lun",
        svm.cluster.world.ids.new("lun-file"),
        name,
        wanted.os_type,
        wanted.size_bytes,
        svm.cluster.world.now(),
        wanted.comment,
        reserved=wanted.reserved,
    )

    def check() -> None:
        _check_writable(volume)
        if volume.is_svm_root:
            raise Refused("5374237", "LUNs cannot be created on the root volume of an SVM.", "location.volume")
        _check_name(volume, name)
        _check_size(wanted.size_bytes)
        _check_comment(wanted.comment)

    def work() -> None:
        volume.set_devices((*volume.devices, replace(device, create_time=volume.world.now())))
        identity(volume, device).qos_policy = wanted.qos_policy

    job = _do(volume, "lun.create", name, f"POST /api/storage/luns/{name}", check, work)
    return identity(volume, device).uuid, job


def _place(svm: Svm, wanted: NewLun) -> tuple[Volume, str]:
    found = _PATH.match(wanted.name)
    if found is None and (wanted.volume is None or "/" in wanted.name):
        raise Refused("5374862", f'LUN name "{wanted.name}" is not of the form "/vol/<volume>/<lun>".', "name")
    volume_name, name = found.groups() if found else (wanted.volume or "", wanted.name)
    if wanted.volume not in (None, volume_name):
        raise Refused("5374858", "The volume in name is not the one in location.volume.", "location.volume.name")
    if "/" in name:
        raise Refused("5242927", f'Qtree "{name.partition("/")[0]}" does not exist.', "location.qtree.name")
    volume = svm.volumes.get(volume_name)
    if volume is None:
        raise Refused("917927", f'Volume "{volume_name}" does not exist in SVM "{svm.name}".', "location.volume.name")
    return volume, name


# change


def modify(volume: Volume, device: Device, changes: dict[str, Any]) -> Job | None:
    """changes: name (as "/vol/volume/lun"), size_bytes, comment, enabled, reserved, qos_policy (None takes it away)."""
    name = changes.get("name", path_of(volume, device))
    prefix, _slash, base = name.rpartition("/")
    fields = {key: value for key, value in changes.items() if key not in ("name", "qos_policy")}

    def check() -> None:
        now = _current(volume, device)
        _check_reachable(volume)
        _check_writable(volume)
        if prefix != f"/vol/{volume.name}":
            raise Refused("3", "Moving LUNs between volumes is not simulated.", "name", status=405)
        if base != now.name:
            _check_name(volume, base)
        _check_comment(changes.get("comment", ""))
        size = changes.get("size_bytes", now.size_bytes)
        _check_size(size)
        if size < now.size_bytes:
            raise Refused("5374892", "The size of a LUN cannot be reduced.", "space.size")

    def work() -> None:
        now = _current(volume, device)
        changed = replace(now, name=base, **fields)
        volume.set_devices(tuple(changed if each is now else each for each in volume.devices))
        if "qos_policy" in changes:
            identity(volume, changed).qos_policy = changes["qos_policy"]

    verb = "lun.modify"
    if set(changes) == {"enabled"}:
        verb = "lun.online" if changes["enabled"] else "lun.offline"
    text = f"PATCH /api/storage/luns/{identity(volume, device).uuid}"
    return _do(volume, verb, device.name, text, check, work)


def delete(volume: Volume, device: Device, allow_mapped: bool = False) -> Job | None:
    def check() -> None:
        _current(volume, device)
        _check_reachable(volume)
        _check_writable(volume)
        if san.maps_of(volume, device) and not allow_mapped:
            raise Refused(
                "1254197",
                f'LUN "{path_of(volume, device)}" is mapped: it cannot be deleted without allow_delete_while_mapped.',
            )

    def work() -> None:
        volume.set_devices(tuple(each for each in volume.devices if each.file_id != device.file_id))

    text = f"DELETE /api/storage/luns/{identity(volume, device).uuid}"
    return _do(volume, "lun.delete", device.name, text, check, work)


def _do(
    volume: Volume, verb: str, name: str, text: str, check: Callable[[], None], work: Callable[[], None]
) -> Job | None:
    """Faults are asked for the volume, as "svm:volume/lun"."""
    cluster, target = volume.cluster, f"{volume.path}/{name}"
    fault = cluster.world.consult(cluster.name, verb, target)
    check()
    if tuple(int(part) for part in cluster.version.split(".")[:2]) < JOBS_SINCE:
        work()
        return None

    def checked() -> None:
        check()
        work()

    return cluster.start_job(verb, target, text, checked, svm=volume.svm, fault=fault)


def _current(volume: Volume, device: Device) -> Device:
    """The device as it is by now."""
    if not volume.deleted:
        for each in volume.devices:
            if each.file_id == device.file_id:
                return each
    raise Refused("5374876", f'LUN "{path_of(volume, device)}" does not exist.', "uuid")


def _check_reachable(volume: Volume) -> None:
    if not volume.online:
        raise Refused("5374866", f'Volume "{volume.name}" of the LUN is offline: bring it online first.')


def _check_writable(volume: Volume) -> None:
    if not volume.online:
        raise Refused("5374904", f'Volume "{volume.name}" is not online.', "location.volume.name")
    if volume.type == "ls":
        raise Refused("5374129", "LUNs cannot be created on a load-sharing mirror.", "location.volume.name")
    if volume.type != "rw":
        raise Refused("131102", f'Volume "{volume.name}" is read-only: its type is {volume.type}.')


def _check_name(volume: Volume, name: str) -> None:
    if not name:
        raise Refused("5374862", "The LUN has no base name.", "name")
    if len(name) > 255:
        raise Refused("5376462", f'LUN name "{name}" is too long.', "name")
    if not _NAME.match(name):
        raise Refused("5374121", f'LUN name "{name}" has a character that is not allowed.', "name")
    if any(each.name == name for each in volume.devices):
        raise Refused("5374242", f'A LUN or namespace "/vol/{volume.name}/{name}" exists already.', "name")


def _check_size(size_bytes: int) -> None:
    if size_bytes < SMALLEST:
        raise Refused("5374124", f"LUN size {size_bytes} is too small.", "space.size")
    if size_bytes > LARGEST:
        raise Refused("5374125", f"LUN size {size_bytes} is too large.", "space.size")


def _check_comment(comment: str) -> None:
    if len(comment) > LONGEST_COMMENT:
        raise Refused("2", f"The comment is longer than {LONGEST_COMMENT} characters.", "comment")
