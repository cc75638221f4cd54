# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can go wrong, under one root."""

from __future__ import annotations

from typing import Any, Optional


class MotionError(Exception):
    """Root of all errors; *facts* are plain values that the user may see (never a secret)."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = {name: value for name, value in facts.items() if value is not None}

    def __str__(self) -> str:
        return self.message


class BadInput(MotionError):
    """An option that cannot be right; raised before anything is changed."""


class Unreachable(MotionError):
    """No request was served: refused, unresolved, TLS not trusted, or login denied."""


class AnswerLost(MotionError):
    """A write was sent and no usable answer came back: it may or may not have happened."""


class Forgotten(AnswerLost):
    """A write was taken, without a job or with one that ended, and nothing of it has shown since."""


class ApiError(MotionError):
    """The array answered with an error.

    status: HTTP status, or 200 for protocols that fail inside a good answer.
    code: ONTAP's error code as a string of digits, "" where the answer held none.
    target: the input field that the array blames, if it said so.
    """

    def __init__(self, message: str, status: int, code: str = "", target: Optional[str] = None, **facts: Any) -> None:
        super().__init__(message, status=status, code=code, target=target, **facts)
        self.status = status
        self.code = code
        self.target = target


class NotYet(MotionError):
    """What the request needs has not come into being on this array; a later try may do."""


class JobFailed(MotionError):
    """An asynchronous job ended in failure; code as in ApiError."""

    def __init__(self, message: str, code: str = "", **facts: Any) -> None:
        super().__init__(message, code=code, **facts)
        self.code = code


class PlanRefused(MotionError):
    """The only way forward would break a rule that protects data."""


class WaitTimedOut(MotionError):
    """The deadline passed first; *last_seen* tells the state that was read last."""
