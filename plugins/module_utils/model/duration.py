# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ISO 8601 durations, as ONTAP writes lag and transfer times."""

from __future__ import annotations

import re
from typing import Optional

_DURATION = re.compile(
    r"^(?P<sign>-)?P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?$"
)
_SECONDS = {
    "years": 365 * 86400,
    "months": 30 * 86400,
    "weeks": 604800,
    "days": 86400,
    "hours": 3600,
    "minutes": 60,
    "seconds": 1,
}


def seconds(text: Optional[str]) -> Optional[float]:
    """Seconds in *text* (`P428DT22H45M19S` is a real value); None where it is absent or unreadable.

    An unreadable lag is an unknown lag: it never stops a failover.
    """
    match = _DURATION.match(text or "")
    parts = {unit: value for unit, value in match.groupdict().items() if value} if match else {}
    sign = -1 if parts.pop("sign", "") else 1
    return sign * sum(float(value) * _SECONDS[unit] for unit, value in parts.items()) if parts else None
