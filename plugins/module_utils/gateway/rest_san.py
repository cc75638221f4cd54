# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LUNs and namespaces of one SVM over REST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.presentation import Igroup, LunMap
from ..model.san import Lun
from ..transport.rest import dig, literal
from .rest_cluster import RestCluster
from .rest_cluster import number as as_number

LUNS, NAMESPACES = "/storage/luns", "/storage/namespaces"
LUN_FIELDS = ("name", "uuid", "enabled", "serial_number", "location.volume.name")
LUN_MAPS, IGROUPS = "/protocols/san/lun-maps", "/protocols/san/igroups"
LUN_MAP_FIELDS = ("lun.name", "lun.uuid", "igroup.name", "igroup.uuid", "logical_unit_number")
IGROUP_FIELDS = ("name", "os_type", "protocol", "initiators.name")
NAMESPACE_FIELDS = ("name", "enabled", "location.volume.name")


class RestSan(RestCluster):
    def luns(self) -> tuple[Lun, ...]:
        return tuple(map(lun_from_rest, self._rest.collection(LUNS, LUN_FIELDS, {"svm.name": literal(self.svm)})))

    def namespaces(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for device in self._rest.collection(NAMESPACES, NAMESPACE_FIELDS, {"svm.name": literal(self.svm)}):
            if device.get("enabled") is not False:
                name = str(dig(device, "location.volume.name") or "")
                counts[name] = counts.get(name, 0) + 1
        return counts

    def lun_maps(self) -> tuple[LunMap, ...]:
        found = self._rest.collection(LUN_MAPS, LUN_MAP_FIELDS, {"svm.name": literal(self.svm)})
        return tuple(map(lun_map_from_rest, found))

    def igroups(self) -> dict[str, Igroup]:
        found = self._rest.collection(IGROUPS, IGROUP_FIELDS, {"svm.name": literal(self.svm)})
        return {igroup.name: igroup for igroup in map(igroup_from_rest, found)}

    def lun_map(self, lun: str, igroup: str, number: int | None) -> str | None:
        body: dict[str, Any] = {"svm": {"name": self.svm}, "lun": {"name": lun}, "igroup": {"name": igroup}}
        if number is not None:
            body["logical_unit_number"] = number
        return self._rest.post_now(LUN_MAPS, body)

    def lun_unmap(self, lun_uuid: str, igroup_uuid: str) -> str | None:
        return self._rest.delete_now(f"{LUN_MAPS}/{lun_uuid}/{igroup_uuid}")

    def lun_enable(self, uuid: str, enabled: bool) -> str | None:
        return self._rest.patch(f"{LUNS}/{uuid}", {"enabled": enabled})


def lun_from_rest(document: Mapping[str, Any]) -> Lun:
    return Lun(
        path=str(document.get("name") or ""),
        volume=str(dig(document, "location.volume.name") or ""),
        uuid=document.get("uuid"),
        enabled=document.get("enabled"),
        serial_number=document.get("serial_number"),
    )


def lun_map_from_rest(document: Mapping[str, Any]) -> LunMap:
    return LunMap(
        lun=str(dig(document, "lun.name") or ""),
        igroup=str(dig(document, "igroup.name") or ""),
        number=as_number(document.get("logical_unit_number")),
        lun_uuid=dig(document, "lun.uuid"),
        igroup_uuid=dig(document, "igroup.uuid"),
    )


def igroup_from_rest(document: Mapping[str, Any]) -> Igroup:
    return Igroup(
        name=str(document.get("name") or ""),
        os_type=document.get("os_type"),
        protocol=document.get("protocol"),
        initiators=tuple(str(one.get("name")) for one in document.get("initiators") or ()),
    )
