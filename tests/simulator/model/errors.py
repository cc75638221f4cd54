# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the model says when ONTAP would refuse."""

from __future__ import annotations


class Refused(Exception):
    """A request that ONTAP would not carry out.

    code: ONTAP's number as digits; target: the field or parameter at fault;
    status: the HTTP status that goes with the code.
    """

    def __init__(self, code: str | int, message: str, target: str | None = None, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = str(code)
        self.message = message
        self.target = target
        self.status = status


def not_found(message: str = "entry doesn't exist", target: str | None = None, code: str | int = "4") -> Refused:
    return Refused(code, message, target, status=404)


def duplicate(message: str = "duplicate entry", target: str | None = None, code: str | int = "1") -> Refused:
    return Refused(code, message, target, status=409)
