# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a scenario file that says how hosts reach the data: LUNs, SMB, quality of service.

`scenario.py` documents the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .model import luns, qos, san, shares
from .model.devices import Device
from .model.svms import Svm
from .model.volumes import Volume
from .scenario_words import only, size_of

OF_SVM = ("qos_policies", "igroups", "lun_maps", "cifs", "shares")
OF_VOLUME = ("luns", "namespaces", "qos_policy")
GB = 1024**3


def before_volumes(svm: Svm, given: Mapping[str, Any]) -> None:
    for name, limits in (given.get("qos_policies") or {}).items():
        only(limits, f"QoS policy {name}", *qos.FIXED, *qos.ADAPTIVE)
        adaptive = not set(qos.FIXED) & set(limits)
        qos.create(svm.cluster, svm, name, None if adaptive else dict(limits), dict(limits) if adaptive else None)
    for name, fields in (given.get("igroups") or {}).items():
        only(fields, f"igroup {name}", "os_type", "protocol", "comment", "initiators")
        san.create_igroup(
            svm,
            name,
            fields.get("os_type", "linux"),
            protocol=fields.get("protocol", "mixed"),
            comment=fields.get("comment", ""),
            initiators=dict.fromkeys(fields.get("initiators") or [], ""),
        )


def after_volumes(svm: Svm, given: Mapping[str, Any]) -> None:
    for each in given.get("lun_maps") or []:
        only(each, "a LUN map", "lun", "igroup", "number")
        volume, device = luns.find_named(svm, f"/vol/{each['lun']}")
        san.map_lun(volume, device, svm.igroups[each["igroup"]], each.get("number"))
    server = given.get("cifs")
    if server:
        only(server, "cifs", "name", "domain", "workgroup", "enabled", "comment")
        shares.start_service(svm, **server)
    for name, fields in (given.get("shares") or {}).items():
        _share(svm, name, dict(fields))


def _share(svm: Svm, name: str, fields: dict[str, Any]) -> None:
    path, comment, acls = fields.pop("path"), fields.pop("comment", ""), fields.pop("acls", None)
    only(fields, f"share {name}", *shares.DEFAULTS)
    shares.create(
        svm,
        name,
        path,
        comment=comment,
        properties=fields,
        acls=None if acls is None else [shares.Ace(**each) for each in acls],
    )


def fill(volume: Volume, given: Mapping[str, Any]) -> None:
    """What lies in a volume, before its snapshots are taken."""
    devices = [*_devices(volume, "lun", given.get("luns")), *_devices(volume, "namespace", given.get("namespaces"))]
    if devices:
        volume.set_devices((*volume.devices, *devices))
    volume.qos_policy = qos.find(volume.svm, given.get("qos_policy"))


def _devices(volume: Volume, kind: str, given: Mapping[str, Any] | None) -> list[Device]:
    made = []
    for name, fields in (given or {}).items():
        fields = fields or {}
        only(fields, f"{kind} {name}", "size", "os_type", "enabled", "comment")
        made.append(
            Device(
                kind,
                volume.world.ids.new(f"{kind}-file"),
                name,
                fields.get("os_type", "linux"),
                size_of(fields.get("size", GB)),
                volume.world.now(),
                fields.get("comment", ""),
                fields.get("enabled", True),
            )
        )
    return made
