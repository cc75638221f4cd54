# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain on its way, and what is known about the step it stands at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional, Tuple

from ..model.errors import AnswerLost, ApiError, Forgotten, MotionError, NotYet, Unreachable
from ..model.mirror import Mirror
from ..model.plan import Chain, Step
from .act import Seen
from .outcome import StepOutcome
from .verbs import ACTS

BUSY_CODES = ("13303830", "13303844", "13303812", "13303813")
"""Refusals that pass: the relationship is in transition or another transfer is running."""

MAX_LOST = 3
"""A request whose answer was lost so often is not sent again."""

MAX_FORGOTTEN = 2
"""Nor is one that the array took so often without a trace."""


NO_TRACE = Forgotten("the array took the request, but nothing shows that it has begun; it may have forgotten it")


@dataclass
class Walk:
    """A chain on its way: the step it stands at and what is known about it.

    taken: the array took the request, or may have.  lost: answers that never came.
    together: what is known was told for several steps at once, so it says nothing about this one alone.
    revocable: what is seen of it counts only once its jobs have ended.
    forgotten: how often it was taken without a trace.  no_trace_since_s: the first of the last looks that all showed none.
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
    forgotten: int = 0
    no_trace_since_s: Optional[float] = None
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

    @property
    def begun(self) -> bool:
        """The last look showed that what was asked for has begun."""
        return ACTS[self.step.verb].begun(self.step, self.last)

    @property
    def may_be_forgotten(self) -> bool:
        """Taken, no job is left that would do it, and it would show if it were under way."""
        return self.taken and self.job_ended and ACTS[self.step.verb].shows_itself and not self.begun

    def note_trace(self, now_s: float, doubt_s: float) -> None:
        """What the look of *now_s* tells of a request whose proof is missing: it is under way, or there is no trace of it.

        A refusal of what had been taken before is settled by its trace as well.
        """
        if self.begun and self.taken and isinstance(self.doubt, (AnswerLost, ApiError, Unreachable)):
            self.doubt = None
        if self.doubt is not None or not self.may_be_forgotten:
            self.no_trace_since_s = None
        elif self.no_trace_since_s is None:
            self.no_trace_since_s = now_s
        elif now_s - self.no_trace_since_s >= doubt_s:
            self.doubt, self.forgotten, self.no_trace_since_s = NO_TRACE, self.forgotten + 1, None
            self.doubt_until_s = now_s + doubt_s if self.forgotten < MAX_FORGOTTEN else now_s

    def begin(self, now_s: float, deadline_s: float) -> None:
        """Stand at the next step, knowing nothing of it yet."""
        limit_s = self.step.args.get("timeout_s")
        self.began_s, self.expires_s = now_s, deadline_s if limit_s is None else min(now_s + limit_s, deadline_s)
        self.jobs, self.job_ended, self.doubt, self.doubt_until_s = (), False, None, 0.0
        self.sends, self.lost, self.taken, self.looks, self.aborted = 0, 0, False, 0, False
        self.together = self.revocable = False
        self.forgotten, self.no_trace_since_s = 0, None
        self.before, self.last = self.last.mirror, Seen()


def told(error: MotionError) -> str:
    """Its message, with ONTAP's code where the message does not name it."""
    code = str(getattr(error, "code", ""))
    return str(error) if not code or code in str(error) else f"{error} (ONTAP code {code})"


def worth_another_try(walk: Walk, doubt: MotionError) -> bool:
    """A refusal that will not pass is not asked for twice."""
    if isinstance(doubt, Forgotten):
        return walk.forgotten < MAX_FORGOTTEN
    if isinstance(doubt, AnswerLost):
        return walk.lost < MAX_LOST
    return isinstance(doubt, NotYet) or getattr(doubt, "code", "") in BUSY_CODES
