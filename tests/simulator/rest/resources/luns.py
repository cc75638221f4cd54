# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/storage/luns and /storage/namespaces"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...model import luns, qos, san
from ...model.devices import Device, identity
from ...model.errors import Refused
from ...model.volumes import Volume
from ..resource import Resource, Written, picked
from .documents import Body, iso_time, known, ref


class _Devices(Resource):
    kind = "lun"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [self._document(volume, device) for volume, device in luns.of_cluster(self.cluster, self.kind)]

    def select(
        self, scope: Mapping[str, str], params: Mapping[str, Any], wanted: Mapping[str, frozenset[str]]
    ) -> Iterable[dict[str, Any]] | None:
        tells: dict[str, Callable[[tuple[Volume, Device]], str]] = {
            "uuid": lambda one: identity(*one).uuid,
            "svm.name": lambda one: one[0].svm.name,
            "location.volume.name": lambda one: one[0].name,
            "location.volume.uuid": lambda one: one[0].uuid,
        }
        found = picked(luns.of_cluster(self.cluster, self.kind), tells, wanted)
        return None if found is None else [self._document(volume, device) for volume, device in found]

    def _document(self, volume: Volume, device: Device) -> dict[str, Any]:
        raise NotImplementedError


class Luns(_Devices):
    path = "/storage/luns"

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        svm = self.cluster.find_svm(given.take("svm.name"), given.take("svm.uuid"))
        for other in ("clone", "copy", "convert", "lun_maps", "provisioning_options"):
            if given.take(other) is not None:
                raise Refused("3", f"Creating a LUN with {other} is not simulated.", other, status=405)
        name = given.take("name") or given.take("location.logical_unit")
        volume = given.take("location.volume") or {}
        by_uuid = [each.name for each in svm.volumes.values() if each.uuid == volume.get("uuid")]
        if "uuid" in volume and not by_uuid:
            raise Refused("918235", "There is no volume with that UUID.", "location.volume.uuid")
        wanted = luns.NewLun(
            name=name,
            os_type=given.take("os_type"),
            size_bytes=given.take("space.size"),
            volume=volume.get("name") or (by_uuid[0] if by_uuid else None),
            comment=given.take("comment", ""),
            reserved=bool(given.take("space.guarantee.requested", False)),
            qos_policy=qos.find(svm, given.named("qos_policy")),
        )
        uuid, job = luns.create(svm, wanted)
        full = name if name.startswith("/") else f"/vol/{wanted.volume}/{name}"
        return Written({"uuid": uuid, "name": full, "svm.name": svm.name}, job)

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        volume, device = luns.find(self.cluster, record["uuid"])
        given, changes = Body(body), {}
        for name, path in (
            ("name", "name"),
            ("size_bytes", "space.size"),
            ("comment", "comment"),
            ("enabled", "enabled"),
            ("reserved", "space.guarantee.requested"),
        ):
            value = given.take(path)
            if value is not None:
                changes[name] = value
        policy = given.named("qos_policy")
        if policy is not None:
            changes["qos_policy"] = qos.find(volume.svm, policy)
        if given.rest:
            raise Refused("3", f"Changing {min(given.rest)} of a LUN is not simulated.", min(given.rest), status=405)
        return Written({"uuid": record["uuid"], "name": record["name"]}, luns.modify(volume, device, changes))

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        volume, device = luns.find(self.cluster, record["uuid"])
        job = luns.delete(volume, device, bool(params.get("allow_delete_while_mapped")))
        return Written({"uuid": record["uuid"], "name": record["name"]}, job)

    def _document(self, volume: Volume, device: Device) -> dict[str, Any]:
        own, maps = identity(volume, device), san.maps_of(volume, device)
        told = _common(volume, device)
        told["location"].update(logical_unit=device.name, qtree={"id": 0, "name": ""})
        told["status"]["mapped"] = bool(maps)
        return known(
            {
                **told,
                "class": "regular",
                "serial_number": own.serial_number,
                "serial_number_hex": own.serial_number.encode().hex(),
                "qos_policy": ref(own.qos_policy) if own.qos_policy else None,
                "lun_maps": [{"igroup": ref(each.igroup), "logical_unit_number": each.number} for each in maps] or None,
            }
        )


class Namespaces(_Devices):
    """Only told of: they are there from the beginning of a world."""

    path = "/storage/namespaces"
    kind = "namespace"

    def _document(self, volume: Volume, device: Device) -> dict[str, Any]:
        told = _common(volume, device)
        told["location"].update(namespace=device.name, qtree={"id": 0, "name": ""})
        told["status"]["mapped"] = False
        told["space"]["block_size"] = 4096
        return known(told)


def _common(volume: Volume, device: Device) -> dict[str, Any]:
    name, node_uuid = volume.aggregates[0].node
    return {
        "uuid": identity(volume, device).uuid,
        "name": luns.path_of(volume, device),
        "svm": ref(volume.svm),
        "location": {"volume": ref(volume), "node": {"name": name, "uuid": node_uuid}},
        "os_type": device.os_type,
        "comment": device.comment or None,
        "create_time": iso_time(device.create_time),
        "enabled": device.enabled,
        "auto_delete": False,
        "space": {
            "size": device.size_bytes,
            "used": min(device.size_bytes, volume.active_bytes),
            "guarantee": {"requested": device.reserved, "reserved": device.reserved and volume.guarantee == "volume"},
        },
        "status": {
            "container_state": "online" if volume.online else "volume_offline",
            "read_only": volume.type != "rw",
            "state": "online" if device.enabled else "offline",
        },
    }
