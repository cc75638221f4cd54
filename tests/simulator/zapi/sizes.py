# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes as ONTAPI takes them: bytes, or a number with a unit, with a sign for more or less."""

from __future__ import annotations

import re

from . import errors
from .errors import Failed

_SIZE = re.compile(r"^(\d+)([kmgt]?)b?$", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def to_bytes(text: str) -> int:
    found = _SIZE.match(text)
    if found is None:
        raise Failed(errors.BAD_INPUT, f'Invalid size "{text}"')
    return int(found.group(1)) * _UNITS[found.group(2).lower()]


def changed(text: str, now: int) -> int:
    """The size that *text* asks for; with a sign it is added to *now*."""
    if text[0] in "+-":
        return now + (1 if text[0] == "+" else -1) * to_bytes(text[1:])
    return to_bytes(text)


def to_text(size_bytes: int) -> str:
    return str(size_bytes)
