# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Initiator groups, and which LUN they see under which number. Nothing of this is ever replicated."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .devices import Device, identity
from .errors import Refused, duplicate, not_found

if TYPE_CHECKING:
    from .cluster import Cluster
    from .svms import Svm
    from .volumes import Volume

MOST_NUMBERS = 4096
_ISCSI = re.compile(r"^(iqn\.\d{4}-\d{2}\.[^\s:]+(:.*)?|eui\.[0-9A-Fa-f]{16})$")
_WWPN = re.compile(r"^([0-9A-Fa-f]{2}:){7}[0-9A-Fa-f]{2}$")


@dataclass(eq=False)
class Igroup:
    """initiators: {name: comment}; delete_on_unmap: it goes with its last map."""

    uuid: str
    name: str
    svm: Svm = field(repr=False)
    os_type: str
    protocol: str = "mixed"
    comment: str = ""
    initiators: dict[str, str] = field(default_factory=dict)
    delete_on_unmap: bool = False

    @property
    def maps(self) -> list[LunMap]:
        return [each for each in self.svm.lun_maps if each.igroup is self]


@dataclass(frozen=True, eq=False)
class LunMap:
    volume: Volume = field(repr=False)
    file_id: str
    igroup: Igroup
    number: int

    @property
    def device(self) -> Device:
        return next(each for each in self.volume.devices if each.file_id == self.file_id)

    @property
    def lun_uuid(self) -> str:
        return identity(self.volume, self.device).uuid


def maps_of(volume: Volume, device: Device) -> list[LunMap]:
    return [each for each in volume.svm.lun_maps if each.volume is volume and each.file_id == device.file_id]


# igroups


def create_igroup(
    svm: Svm,
    name: str,
    os_type: str,
    *,
    protocol: str = "mixed",
    comment: str = "",
    initiators: dict[str, str] | None = None,
    delete_on_unmap: bool = False,
) -> Igroup:
    """initiators: {name: comment}"""
    svm.cluster.world.consult(svm.cluster.name, "igroup.create", f"{svm.name}:{name}")
    if name in svm.igroups:
        raise Refused("5374023", f'Initiator group "{name}" exists already in SVM "{svm.name}".', "name")
    for initiator in initiators or {}:
        _check_initiator(svm, initiator, protocol, os_type)
    igroup = Igroup(
        svm.cluster.world.ids.new("igroup"),
        name,
        svm,
        os_type,
        protocol,
        comment,
        dict(initiators or {}),
        delete_on_unmap,
    )
    svm.igroups[name] = igroup
    return igroup


def _check_initiator(svm: Svm, name: str, protocol: str, os_type: str) -> None:
    if not _ISCSI.match(name) and not _WWPN.match(name):
        raise Refused("5373993", f'"{name}" is no valid name of an initiator.', "initiators.name")
    if protocol == "iscsi" and not _ISCSI.match(name):
        raise Refused("5374039", f'"{name}" is no iSCSI initiator.', "initiators.name")
    if protocol == "fcp" and not _WWPN.match(name):
        raise Refused("5374038", f'"{name}" is no Fibre Channel WWPN.', "initiators.name")
    for other in svm.igroups.values():
        if name in other.initiators and other.os_type != os_type:
            raise Refused(
                "5374732",
                f'Initiator "{name}" is in initiator group "{other.name}" of the operating'
                f" system type {other.os_type}.",
                "initiators.name",
            )


def find_igroup(cluster: Cluster, uuid: str) -> Igroup:
    for svm in cluster.svms.values():
        for igroup in svm.igroups.values():
            if igroup.uuid == uuid:
                return igroup
    raise Refused("5374852", f'Initiator group "{uuid}" does not exist.', "uuid")


def modify_igroup(igroup: Igroup, changes: dict[str, Any]) -> None:
    """changes: name, os_type, comment, delete_on_unmap."""
    svm = igroup.svm
    svm.cluster.world.consult(svm.cluster.name, "igroup.modify", f"{svm.name}:{igroup.name}")
    name = changes.pop("name", igroup.name)
    if name != igroup.name:
        if name in svm.igroups:
            raise Refused("5374023", f'Initiator group "{name}" exists already in SVM "{svm.name}".', "name")
        del svm.igroups[igroup.name]
        igroup.name = name
        svm.igroups[name] = igroup
    for key, value in changes.items():
        setattr(igroup, key, value)


def delete_igroup(igroup: Igroup, allow_mapped: bool = False) -> None:
    svm = igroup.svm
    svm.cluster.world.consult(svm.cluster.name, "igroup.delete", f"{svm.name}:{igroup.name}")
    if igroup.maps and not allow_mapped:
        raise Refused(
            "1254213",
            f'Initiator group "{igroup.name}" is mapped to LUNs: it cannot be deleted without'
            " allow_delete_while_mapped.",
        )
    svm.lun_maps = [each for each in svm.lun_maps if each.igroup is not igroup]
    del svm.igroups[igroup.name]


# maps


def map_lun(volume: Volume, device: Device, igroup: Igroup, number: int | None = None) -> LunMap:
    """Let the group see the LUN, as *number* or the lowest free one. Mirrored LUNs may be mapped: read-only."""
    svm = volume.svm
    svm.cluster.world.consult(svm.cluster.name, "lun_map.create", f"{volume.path}/{device.name}")
    if igroup.svm is not svm:
        raise Refused("5374878", f'Initiator group "{igroup.name}" is not in SVM "{svm.name}".', "igroup.name")
    if not volume.online:
        raise Refused("5374866", f'Volume "{volume.name}" of the LUN is offline: bring it online first.')
    if any(each.igroup is igroup for each in maps_of(volume, device)):
        raise Refused(
            "1254207", f'LUN "/vol/{volume.name}/{device.name}" is already mapped to initiator group "{igroup.name}".'
        )
    taken = {each.number for each in igroup.maps}
    if number in taken:
        raise duplicate(
            f'Logical unit number {number} is in use in initiator group "{igroup.name}".', "logical_unit_number"
        )
    if number is None:
        number = next(each for each in range(MOST_NUMBERS) if each not in taken)
    made = LunMap(volume, device.file_id, igroup, number)
    svm.lun_maps.append(made)
    return made


def unmap_lun(cluster: Cluster, lun_uuid: str, igroup_uuid: str) -> None:
    for svm in cluster.svms.values():
        for each in svm.lun_maps:
            if each.igroup.uuid == igroup_uuid and each.lun_uuid == lun_uuid:
                cluster.world.consult(cluster.name, "lun_map.delete", f"{each.volume.path}/{each.device.name}")
                svm.lun_maps.remove(each)
                if each.igroup.delete_on_unmap and not each.igroup.maps:
                    del svm.igroups[each.igroup.name]
                return
    raise not_found("The LUN is not mapped to the initiator group.", code="5374922")
