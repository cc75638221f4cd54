# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/protocols/san/igroups and /protocols/san/lun-maps"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import luns, san
from ...model.errors import Refused
from ...model.san import Igroup, LunMap
from ...model.svms import Svm
from ..resource import Resource, Written
from .documents import Body, known, ref


class Igroups(Resource):
    path = "/protocols/san/igroups"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [self._document(igroup) for svm in self.cluster.svms.values() for igroup in svm.igroups.values()]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        svm = self.cluster.find_svm(given.take("svm.name"), given.take("svm.uuid"))
        initiators = {each["name"]: each.get("comment", "") for each in given.take("initiators") or []}
        igroup = san.create_igroup(
            svm,
            given.take("name"),
            given.take("os_type"),
            protocol=given.take("protocol", "mixed"),
            comment=given.take("comment", ""),
            initiators=initiators,
            delete_on_unmap=bool(given.take("delete_on_unmap", False)),
        )
        _understood(given)
        return Written({"uuid": igroup.uuid, "name": igroup.name, "svm.name": svm.name})

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        given, igroup = Body(body), san.find_igroup(self.cluster, record["uuid"])
        found = {name: given.take(name) for name in ("name", "os_type", "comment", "delete_on_unmap")}
        _understood(given)
        san.modify_igroup(igroup, {name: value for name, value in found.items() if value is not None})
        return Written({"uuid": igroup.uuid, "name": igroup.name})

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        igroup = san.find_igroup(self.cluster, record["uuid"])
        san.delete_igroup(igroup, bool(params.get("allow_delete_while_mapped")))
        return Written({"uuid": igroup.uuid, "name": igroup.name})

    def _document(self, igroup: Igroup) -> dict[str, Any]:
        return known(
            {
                **ref(igroup),
                "svm": ref(igroup.svm),
                "os_type": igroup.os_type,
                "protocol": igroup.protocol,
                "comment": igroup.comment or None,
                "delete_on_unmap": igroup.delete_on_unmap,
                "supports_igroups": True,
                "initiators": [
                    known({"name": name, "comment": comment or None}) for name, comment in igroup.initiators.items()
                ]
                or None,
                "lun_maps": [
                    {
                        "logical_unit_number": each.number,
                        "lun": {"uuid": each.lun_uuid, "name": luns.path_of(each.volume, each.device)},
                    }
                    for each in igroup.maps
                ]
                or None,
            }
        )


class LunMaps(Resource):
    path = "/protocols/san/lun-maps"
    key = ("lun.uuid", "igroup.uuid")

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [self._document(each) for svm in self.cluster.svms.values() for each in svm.lun_maps]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        svm_name, svm_uuid = given.take("svm.name"), given.take("svm.uuid")
        svm = self.cluster.find_svm(svm_name, svm_uuid) if svm_name or svm_uuid else None
        volume, device = self._lun(svm, given.take("lun.uuid"), given.take("lun.name"))
        igroup = _igroup(svm or volume.svm, given.take("igroup.uuid"), given.take("igroup.name"))
        number = given.take("logical_unit_number")
        _understood(given)
        made = san.map_lun(volume, device, igroup, number)
        return Written({"lun.uuid": made.lun_uuid, "igroup.uuid": igroup.uuid, "svm.name": volume.svm.name})

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        lun, igroup = record["lun"]["uuid"], record["igroup"]["uuid"]
        san.unmap_lun(self.cluster, lun, igroup)
        return Written({"lun.uuid": lun, "igroup.uuid": igroup})

    def _lun(self, svm: Svm | None, uuid: str | None, name: str | None) -> Any:
        try:
            if uuid is not None:
                return luns.find(self.cluster, uuid)
            return luns.find_named(svm or self.cluster.find_svm(), name or "")
        except Refused as refused:
            if refused.code in ("5374875", "5374876"):
                raise Refused("1254201", refused.message, "lun.uuid" if uuid else "lun.name") from refused
            raise

    def _document(self, each: LunMap) -> dict[str, Any]:
        igroup, (node, node_uuid) = each.igroup, each.volume.aggregates[0].node
        return known(
            {
                "svm": ref(igroup.svm),
                "lun": {
                    "uuid": each.lun_uuid,
                    "name": luns.path_of(each.volume, each.device),
                    "node": {"name": node, "uuid": node_uuid},
                },
                "igroup": {
                    **ref(igroup),
                    "os_type": igroup.os_type,
                    "protocol": igroup.protocol,
                    "initiators": list(igroup.initiators) or None,
                },
                "logical_unit_number": each.number,
                "reporting_nodes": [{"name": node, "uuid": node_uuid}],
            }
        )


def _igroup(svm: Svm, uuid: str | None, name: str | None) -> Igroup:
    for igroup in svm.igroups.values():
        if uuid in (None, igroup.uuid) and name in (None, igroup.name):
            return igroup
    raise Refused(
        "5374878",
        f'Initiator group "{name or uuid}" does not exist in SVM "{svm.name}".',
        "igroup.uuid" if uuid else "igroup.name",
    )


def _understood(given: Body) -> None:
    if given.rest:
        raise Refused("3", f"{min(given.rest)} is not simulated.", min(given.rest), status=405)
