# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain on its way, and what is known about the step it stands at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional, Tuple

from ..model.errors import AnswerLost, MotionError, NotYet
from ..model.mirror import Mirror
from ..model.plan import Chain, Step
from .act import Seen
from .outcome import StepOutcome

BUSY_CODES = ("13303830", "13303844", "13303812", "13303813")
"""Refusals that pass: the relationship is in transition or another transfer is running."""

MAX_LOST = 3
"""A request whose answer was lost so often is not sent again."""


@dataclass
class Walk:
    """A chain on its way: the step it stands at and what is known about it.

    taken: the array took the request, or may have.  lost: answers that never came.
    together: what is known was told for several steps at once, so it says nothing about this one alone.
    revocable: what is seen of it counts only once its jobs have ended.
    """

    chain: Chain
    at: int = 0
    began_s: float = 0.0
    expires_s: float = 0.0
    jobs: Tuple[str, ...] = ()
    job_ended: bool = False
    doubt: Optional[MotionError] = None
    doubt_until_s: float = 0.0
    sends: int = 0
    lost: int = 0
    taken: bool = False
    together: bool = False
    revocable: bool = False
    looks: int = 0
    aborted: bool = False
    last: Seen = field(default_factory=Seen)
    before: Optional[Mirror] = None
    outcomes: List[StepOutcome] = field(default_factory=list)

    @property
    def step(self) -> Step:
        return self.chain.steps[self.at]

    @property
    def ended(self) -> bool:
        return self.at >= len(self.chain.steps)

    @property
    def job(self) -> Optional[str]:
        """Its own job, or the one that it shares with others; None where there are several that may be its."""
        return self.jobs[0] if len(self.jobs) == 1 else None

    @property
    def may_be_revoked(self) -> bool:
        return self.revocable and not self.job_ended

    def begin(self, now_s: float, deadline_s: float) -> None:
        """Stand at the next step, knowing nothing of it yet."""
        limit_s = self.step.args.get("timeout_s")
        self.began_s, self.expires_s = now_s, deadline_s if limit_s is None else min(now_s + limit_s, deadline_s)
        self.jobs, self.job_ended, self.doubt, self.doubt_until_s = (), False, None, 0.0
        self.sends, self.lost, self.taken, self.looks, self.aborted = 0, 0, False, 0, False
        self.together = self.revocable = False
        self.before, self.last = self.last.mirror, Seen()


def told(error: MotionError) -> str:
    """Its message, with ONTAP's code where the message does not name it."""
    code = str(getattr(error, "code", ""))
    return str(error) if not code or code in str(error) else f"{error} (ONTAP code {code})"


def worth_another_try(walk: Walk, doubt: MotionError) -> bool:
    """A refusal that will not pass is not asked for twice."""
    if isinstance(doubt, AnswerLost):
        return walk.lost < MAX_LOST
    return isinstance(doubt, NotYet) or getattr(doubt, "code", "") in BUSY_CODES
