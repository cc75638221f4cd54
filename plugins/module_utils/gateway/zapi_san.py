# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LUNs and namespaces of one SVM over ZAPI."""

from __future__ import annotations

from typing import Any

from ..model.errors import ApiError
from ..model.presentation import Igroup, LunMap
from ..model.san import Lun
from ..transport import codes
from ..transport.zapi import Document, Zapi, listed
from .zapi_cluster import ZapiCluster, flag, leaves, number

LUN_FIELDS = {"lun-info": leaves("path", "uuid", "online", "serial-number", "volume")}
MAP_FIELDS = {"lun-map-info": leaves("path", "lun-uuid", "lun-id", "initiator-group", "initiator-group-uuid")}
IGROUP_FIELDS = {
    "initiator-group-info": leaves(
        "initiator-group-name", "initiator-group-os-type", "initiator-group-type", "initiators"
    )
}
NAMESPACE_FIELDS = {"nvme-namespace-info": leaves("path", "volume", "state")}


class ZapiSan(ZapiCluster):
    """ONTAPI names a LUN by its path, and a map by path and igroup."""

    def __init__(self, zapi: Zapi, svm: str) -> None:
        super().__init__(zapi, svm)
        self._lun_paths: dict[str, str] = {}
        self._maps: dict[tuple[str | None, str | None], LunMap] = {}

    def luns(self) -> tuple[Lun, ...]:
        found = tuple(map(lun_from_zapi, self._records("lun-get-iter", LUN_FIELDS)))
        self._lun_paths.update((lun.uuid, lun.path) for lun in found if lun.uuid)
        return found

    def namespaces(self) -> dict[str, int]:
        """A release that does not know the call (before 9.4) has none."""
        counts: dict[str, int] = {}
        try:
            records = self._records("nvme-namespace-get-iter", NAMESPACE_FIELDS)
        except ApiError as refused:
            if refused.code != codes.UNSUPPORTED:
                raise
            records = []
        for record in records:
            if record.get("state") != "offline":
                name = str(record.get("volume") or "")
                counts[name] = counts.get(name, 0) + 1
        return counts

    def lun_maps(self) -> tuple[LunMap, ...]:
        found = tuple(map(lun_map_from_zapi, self._records("lun-map-get-iter", MAP_FIELDS)))
        self._maps.update(((each.lun_uuid, each.igroup_uuid), each) for each in found)
        return found

    def igroups(self) -> dict[str, Igroup]:
        found = map(igroup_from_zapi, self._records("igroup-get-iter", IGROUP_FIELDS))
        return {igroup.name: igroup for igroup in found}

    def lun_map(self, lun: str, igroup: str, number: int | None) -> str | None:
        args: dict[str, Any] = {"path": lun, "initiator-group": igroup}
        if number is not None:
            args["lun-id"] = number
        self._zapi.write("lun-map", args)
        return None

    def lun_unmap(self, lun_uuid: str, igroup_uuid: str) -> str | None:
        if (lun_uuid, igroup_uuid) not in self._maps:
            self.lun_maps()
        known = self._maps.get((lun_uuid, igroup_uuid))
        if known is None:
            raise self._gone(f"map of LUN {lun_uuid}")
        self._zapi.write("lun-unmap", {"path": known.lun, "initiator-group": known.igroup})
        return None

    def lun_enable(self, uuid: str, enabled: bool) -> str | None:
        if uuid not in self._lun_paths:
            self.luns()
        if uuid not in self._lun_paths:
            raise self._gone(f"LUN {uuid}")
        self._zapi.write("lun-online" if enabled else "lun-offline", {"path": self._lun_paths[uuid]})
        return None


def lun_from_zapi(record: Document) -> Lun:
    return Lun(
        path=str(record.get("path") or ""),
        volume=str(record.get("volume") or ""),
        uuid=record.get("uuid") or None,
        enabled=flag(record.get("online")),
        serial_number=record.get("serial-number") or None,
    )


def lun_map_from_zapi(record: Document) -> LunMap:
    return LunMap(
        lun=str(record.get("path") or ""),
        igroup=str(record.get("initiator-group") or ""),
        number=number(record.get("lun-id")),
        lun_uuid=record.get("lun-uuid") or None,
        igroup_uuid=record.get("initiator-group-uuid") or None,
    )


def igroup_from_zapi(record: Document) -> Igroup:
    return Igroup(
        name=str(record.get("initiator-group-name") or ""),
        os_type=record.get("initiator-group-os-type") or None,
        protocol=record.get("initiator-group-type") or None,
        initiators=tuple(str(one.get("initiator-name")) for one in listed(record.get("initiators"))),
    )
