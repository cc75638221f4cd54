# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each step, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Dict, Mapping, Optional, Tuple

from ..model.plan import Step


class Status(str, Enum):
    DONE = "done"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    IN_PROGRESS = "in_progress"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True)
class StepOutcome:
    """seconds: from the first request to the proof.  sent: a write request was taken by the array, or may have been."""

    step: Step
    status: Status
    message: str = ""
    seconds: float = 0.0
    job: Optional[str] = None
    sent: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> Dict[str, Any]:
        return {
            "verb": self.step.verb.value,
            "target": self.step.target,
            "status": self.status.value,
            "msg": self.message,
            "seconds": round(self.seconds, 3),
            "job": self.job,
        }


Outcomes = Tuple[StepOutcome, ...]
