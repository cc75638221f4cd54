# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small things that scenario files are read with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SIZE = re.compile(r"^(\d+(?:\.\d+)?)\s*([KMGTP]?)B?$", re.IGNORECASE)


def size_of(given: Any) -> int:
    """Bytes of a number or of a text such as 10GB."""
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return int(given)
    found = _SIZE.match(str(given).strip())
    if not found:
        raise ValueError(f"{given} is no size such as 10GB")
    return int(float(found.group(1)) * 1024 ** " KMGTP".index(found.group(2).upper() or " "))


def only(given: Mapping[str, Any], what: str, *keys: str) -> None:
    unknown = sorted(set(given) - set(keys))
    if unknown:
        raise ValueError(f"{what} has the unknown key {unknown[0]}; known are {', '.join(keys)}")


def ended(job: Any) -> None:
    """Raises ValueError for a job that ended in a refusal."""
    if job.error is not None:
        raise ValueError(f"the scenario asks for what ONTAP refuses: {job.error['message']}")
