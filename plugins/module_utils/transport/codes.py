# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAP's generic error codes: those that any request may meet, whatever it is about."""

from __future__ import annotations

from typing import Dict, Tuple

DUPLICATE = "1"
BAD_FIELD = "2"
UNSUPPORTED = "3"
NOT_FOUND = "4"
DENIED = "6"
UNKNOWN_ARGUMENT = "262179"
BAD_VALUE = "262197"
BODY_NOT_ALLOWED = "262198"

HINTS: Dict[str, str] = {
    DENIED: "give the login a role that allows this request",
    UNSUPPORTED: "this release of ONTAP does not know the request",
    UNKNOWN_ARGUMENT: "this release of ONTAP does not know the argument",
    BAD_VALUE: "this release of ONTAP does not know the value or field",
}


def hint(status: int, code: str) -> str:
    """What the reader can do about it, "" where only the caller can tell."""
    return HINTS.get(code) or (HINTS[DENIED] if status == 403 else "")


BUSY = "13303844"
"""Another transfer or operation is under way, so this one was not started."""

ZAPI: Dict[str, Tuple[str, int]] = {
    "13003": (DENIED, 403),
    "13005": (UNSUPPORTED, 405),
    "13115": (BAD_FIELD, 400),
    "22": (BAD_FIELD, 400),
    "13130": (DUPLICATE, 409),
    "17": (DUPLICATE, 409),
    "17122": (DUPLICATE, 409),
    "2": (NOT_FOUND, 404),
    "13040": (NOT_FOUND, 404),
    "14420": (NOT_FOUND, 404),
    "15661": (NOT_FOUND, 404),
    "15698": (NOT_FOUND, 404),
    "19068": (NOT_FOUND, 404),
    "17131": (BUSY, 409),
    "17137": (BUSY, 409),
}
"""{errno of ONTAPI: (the generic code that means the same, the HTTP status that goes with it)}"""
