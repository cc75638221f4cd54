# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LUNs as observed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Lun:
    """path: `/vol/<volume>/<lun>`.  enabled: False is offline; None when not told."""

    path: str
    volume: str
    uuid: str | None = None
    enabled: bool | None = None
    serial_number: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
