# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the model says when ONTAP would refuse."""

from __future__ import annotations

_GENERIC_STATUS = {"1": 409, "2": 400, "3": 405, "4": 404, "6": 403, "8": 409}


class Refused(Exception):
    """A request that ONTAP would not carry out.

    code: ONTAP's number as digits; target: the field or parameter at fault;
    status: the HTTP status that goes with the code. None: as documented for the generic codes, and
    500 for all others, as ONTAP's documentation has it.
    """

    def __init__(self, code: str | int, message: str, target: str | None = None, status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = str(code)
        self.message = message
        self.target = target
        self.status = _status(self.code) if status is None else status


def not_found(message: str = "entry doesn't exist", target: str | None = None, code: str | int = "4") -> Refused:
    return Refused(code, message, target, status=404)


def duplicate(message: str = "duplicate entry", target: str | None = None, code: str | int = "1") -> Refused:
    return Refused(code, message, target, status=409)


def _status(code: str) -> int:
    is_about_input = len(code) == 6 and code.startswith("262")
    return _GENERIC_STATUS.get(code, 400 if is_about_input else 500)
