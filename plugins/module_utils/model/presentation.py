# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How hosts reach data: exports, SMB shares, LUN maps. None of it is carried over by SnapMirror of volumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

NAA_PREFIX = "naa.600a0980"


def naa_of(serial_number: str | None) -> str | None:
    """The device name that hosts show for a LUN: NetApp's prefix, then the serial number's characters in hex.

    Source: NetApp community, "How to get NAA PREFIX for LUNs in Cluster and 7-mode": serial number RLIta+DhqCVk is
    seen by hosts as naa.600a0980524c4974612b44687143566b (a 12-character serial number makes a 128-bit NAA type 6).
    """
    return NAA_PREFIX + serial_number.encode("latin-1", "replace").hex() if serial_number else None


@dataclass(frozen=True)
class ExportPolicy:
    """rules: plain values in ONTAP's names, in their order; `clients` is a list of strings.

    Rules are copied as a whole or not at all, so nobody here needs to know what they mean.
    """

    name: str
    rules: tuple[Mapping[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"rules": [dict(rule) for rule in self.rules]}


@dataclass(frozen=True)
class Ace:
    """One entry of a share's ACL.  type: windows, unix_user or unix_group."""

    user_or_group: str
    type: str
    permission: str

    @property
    def who(self) -> tuple[str, str]:
        """Names of Windows accounts have no case."""
        return (self.user_or_group.lower() if self.type == "windows" else self.user_or_group, self.type)

    def as_dict(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Ace:
        return cls(str(data["user_or_group"]), str(data.get("type") or "windows"), str(data["permission"]))


@dataclass(frozen=True)
class Share:
    """path: in the SVM's namespace.  properties: those that the release knows, in ONTAP's names; None: not set.

    svm_uuid: by which the array names a share that exists.
    """

    name: str
    path: str
    comment: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    acls: tuple[Ace, ...] = ()
    svm_uuid: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for diffs and the manifest; what is not set is left out."""
        return {
            "name": self.name,
            "path": self.path,
            "comment": self.comment,
            "properties": {name: value for name, value in sorted(self.properties.items()) if value is not None},
            "acls": [ace.as_dict() for ace in sorted(self.acls, key=lambda ace: ace.who)],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Share:
        return cls(
            name=str(data["name"]),
            path=str(data["path"]),
            comment=str(data.get("comment") or ""),
            properties=dict(data.get("properties") or {}),
            acls=tuple(map(Ace.from_dict, data.get("acls") or ())),
        )


@dataclass(frozen=True)
class Igroup:
    name: str
    os_type: str | None = None
    protocol: str | None = None
    initiators: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"os_type": self.os_type, "protocol": self.protocol, "initiators": sorted(self.initiators)}


@dataclass(frozen=True)
class LunMap:
    """lun: path.  number: the LUN id that the hosts of the igroup see.  The uuids name the map on its array."""

    lun: str
    igroup: str
    number: int | None = None
    lun_uuid: str | None = None
    igroup_uuid: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"igroup": self.igroup, "logical_unit_number": self.number}
