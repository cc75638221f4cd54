# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LUNs, their maps, initiator groups and namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...model import luns, san
from ...model.devices import Device, identity
from ...model.volumes import Volume
from .. import errors
from ..errors import Failed
from ..iterators import Listing, Record
from ..reply import Handler, Reply
from ..scope import Scope
from ..wire import Call


def _devices(scope: Scope, kind: str) -> Iterable[tuple[Volume, Device]]:
    for volume in scope.volumes():
        for device in volume.devices if volume.online else ():
            if device.kind == kind:
                yield volume, device


def _luns(scope: Scope) -> Iterable[Record]:
    for volume, device in _devices(scope, "lun"):
        known = identity(volume, device)
        yield {
            "path": luns.path_of(volume, device),
            "uuid": known.uuid,
            "serial-number": known.serial_number,
            "volume": volume.name,
            "vserver": volume.svm.name,
            "size": device.size_bytes,
            "online": device.enabled,
            "state": "online" if device.enabled else "offline",
            "mapped": bool(san.maps_of(volume, device)),
            "multiprotocol-type": device.os_type,
            "comment": device.comment or None,
            "is-space-reservation-enabled": device.reserved,
            "read-only": volume.type != "rw",
        }


def _namespaces(scope: Scope) -> Iterable[Record]:
    for volume, device in _devices(scope, "namespace"):
        yield {
            "path": luns.path_of(volume, device),
            "uuid": identity(volume, device).uuid,
            "volume": volume.name,
            "vserver": volume.svm.name,
            "size": device.size_bytes,
            "state": "online" if device.enabled else "offline",
            "ostype": device.os_type,
        }


def _maps(scope: Scope) -> Iterable[Record]:
    for svm in scope.svms:
        for each in svm.lun_maps:
            if each.volume.online:
                yield {
                    "path": luns.path_of(each.volume, each.device),
                    "lun-uuid": each.lun_uuid,
                    "lun-id": each.number,
                    "initiator-group": each.igroup.name,
                    "initiator-group-uuid": each.igroup.uuid,
                    "vserver": svm.name,
                }


def _igroups(scope: Scope) -> Iterable[Record]:
    for svm in scope.svms:
        for each in svm.igroups.values():
            yield {
                "initiator-group-name": each.name,
                "initiator-group-os-type": each.os_type,
                "initiator-group-type": each.protocol,
                "initiator-group-uuid": each.uuid,
                "vserver": svm.name,
                "initiators": [{"initiator-name": name} for name in each.initiators],
            }


def _set_online(online: bool) -> Handler:
    def handle(scope: Scope, call: Call) -> Reply:
        volume, device = luns.find_named(scope.svm, call.need("path"))
        if device.enabled is online:
            errno = errors.LUN_ONLINE if online else errors.LUN_OFFLINE
            raise Failed(errno, f'LUN "{call.need("path")}" is already {"online" if online else "offline"}.')
        return Reply(job=luns.modify(volume, device, {"enabled": online}))

    return handle


def _map(scope: Scope, call: Call) -> Reply:
    volume, device = luns.find_named(scope.svm, call.need("path"))
    igroup = scope.svm.igroups.get(call.need("initiator-group"))
    if igroup is None:
        raise Failed(errors.NO_SUCH_IGROUP, f'No such initiator group "{call.need("initiator-group")}"')
    number = call.number("lun-id")
    if number is not None and any(each.number == number for each in igroup.maps):
        raise Failed(errors.NUMBER_TAKEN, f"LUN ID {number} is in use in initiator group {igroup.name}")
    return Reply({"lun-id-assigned": san.map_lun(volume, device, igroup, number).number})


def _unmap(scope: Scope, call: Call) -> Reply:
    volume, device = luns.find_named(scope.svm, call.need("path"))
    for each in san.maps_of(volume, device):
        if each.igroup.name == call.need("initiator-group"):
            san.unmap_lun(scope.cluster, each.lun_uuid, each.igroup.uuid)
            return Reply()
    raise Failed(errors.NO_SUCH_MAP, f'No such LUN map: "{call.need("path")}" in "{call.need("initiator-group")}"')


LISTINGS: Mapping[str, Listing] = {
    "lun-get-iter": Listing(_luns, ("vserver", "path")),
    "lun-map-get-iter": Listing(_maps, ("vserver", "path", "initiator-group")),
    "igroup-get-iter": Listing(_igroups, ("vserver", "initiator-group-name")),
    "nvme-namespace-get-iter": Listing(_namespaces, ("vserver", "path")),
}
HANDLERS: Mapping[str, Handler] = {
    "lun-online": _set_online(True),
    "lun-offline": _set_online(False),
    "lun-map": _map,
    "lun-unmap": _unmap,
}
