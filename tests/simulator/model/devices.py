# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LUNs and NVMe namespaces as what they are: files in a volume, which snapshots freeze and mirrors carry.

Where the published facts are silent, this is what the model does:
- whether a LUN is enabled, its size and its comment are kept in the volume, so a mirror carries them:
  what was offline when the exported snapshot was taken is offline after a break;
- uuid and serial number belong to the LUN in one volume: those of a mirror's destination and of a
  clone are others than those of the source, and stay the same from transfer to transfer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .qos import QosPolicy
    from .volumes import Volume

_SERIAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"


@dataclass(frozen=True)
class Device:
    """kind: lun or namespace. file_id: the file itself, in whichever volume and under whichever name it lies."""

    kind: str
    file_id: str
    name: str
    os_type: str
    size_bytes: int
    create_time: float
    comment: str = ""
    enabled: bool = True
    reserved: bool = False


@dataclass(eq=False)
class Identity:
    """What hosts know a device by; it belongs to the volume that the device lies in."""

    uuid: str
    serial_number: str
    qos_policy: QosPolicy | None = None


Devices = tuple[Device, ...]


def identity(volume: Volume, device: Device) -> Identity:
    """The same until the volume is restored without keeping LUN ids."""
    found = volume.identities.get(device.file_id)
    if found is None:
        uuid = volume.world.ids.derived("device", volume.uuid, device.file_id, str(volume.restores))
        found = volume.identities[device.file_id] = Identity(uuid, _serial(uuid))
    return found


def _serial(uuid: str) -> str:
    number = int(uuid.replace("-", ""), 16)
    return "".join(_SERIAL[number >> 6 * place & 63] for place in range(12))
