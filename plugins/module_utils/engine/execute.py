# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries a plan out: chains side by side, one look for all that waits, one outcome per step."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar

from ..model.array import Job
from ..model.errors import AnswerLost, ApiError, JobFailed, MotionError, NotYet, Unreachable
from ..model.plan import Chain, Plan, Step, Verb
from .look import Looker, Question
from .outcome import Outcomes, Status, StepOutcome
from .ports import Array, Clock, Journal
from .verbs import ACTS, Expiry, Hopeless, Seen, expiry_of

Answer = TypeVar("Answer")

BUSY_CODES = ("13303830", "13303844", "13303812", "13303813")
"""Refusals that pass: the relationship is in transition or another transfer is running."""


@dataclass(frozen=True)
class Pace:
    """Seconds between looks: from *first* growing to *longest*; how long an unproven answer is doubted."""

    first_s: float = 0.2
    longest_s: float = 5.0
    growth: float = 1.5
    doubt_s: float = 30.0
    unreachable_s: float = 60.0


@dataclass
class Walk:
    """A chain on its way: the step it stands at and what is known about it."""

    chain: Chain
    at: int = 0
    began_s: float = 0.0
    expires_s: float = 0.0
    job: Optional[str] = None
    job_ended: bool = False
    doubt: Optional[MotionError] = None
    doubt_until_s: float = 0.0
    sends: int = 0
    looks: int = 0
    aborted: bool = False
    last: Seen = field(default_factory=Seen)
    outcomes: List[StepOutcome] = field(default_factory=list)

    @property
    def step(self) -> Step:
        return self.chain.steps[self.at]

    @property
    def ended(self) -> bool:
        return self.at >= len(self.chain.steps)

    def begin(self, now_s: float, deadline_s: float) -> None:
        """Stand at the next step, knowing nothing of it yet."""
        limit_s = self.step.args.get("timeout_s")
        self.began_s, self.expires_s = now_s, deadline_s if limit_s is None else min(now_s + limit_s, deadline_s)
        self.job, self.job_ended, self.doubt, self.doubt_until_s = None, False, None, 0.0
        self.sends, self.looks, self.aborted, self.last = 0, 0, False, Seen()


def execute(
    plan: Plan,
    arrays: Mapping[str, Array],
    clock: Clock,
    deadline_s: float,
    journal: Journal,
    width: int = 16,
    pace: Pace = Pace(),
) -> Outcomes:
    """One outcome per step, in plan order.

    arrays: {side: Array} for each side that the plan names.  deadline_s: by *clock*.
    width: requests under way at once per side.
    """
    unfit: Dict[str, str] = {}
    outcomes: List[StepOutcome] = []
    pools = {side: ThreadPoolExecutor(max_workers=width, thread_name_prefix=side) for side in arrays}
    try:
        for stage in plan.stages:
            run = _StageRun(arrays, pools, clock, deadline_s, journal, pace)
            for walk in run.walk([Walk(chain) for chain in stage], unfit):
                outcomes.extend(walk.outcomes)
                if any(one.status is not Status.DONE and not one.step.tolerated for one in walk.outcomes):
                    unfit.setdefault(walk.chain.volume, walk.chain.volume)
    finally:
        for pool in pools.values():
            pool.shutdown(wait=True)
    return tuple(outcomes)


@dataclass
class _StageRun:
    """One stage. sent: answers as they come in.  waiting: {id: walk} of all whose proof is awaited."""

    arrays: Mapping[str, Array]
    pools: Mapping[str, ThreadPoolExecutor]
    clock: Clock
    deadline_s: float
    journal: Journal
    pace: Pace
    uuids: Dict[str, str] = field(default_factory=dict)
    silent_since_s: Dict[str, float] = field(default_factory=dict)
    answers: SimpleQueue[Tuple[Walk, Future[Optional[str]]]] = field(default_factory=SimpleQueue)
    running: int = 0
    proven: int = 0
    waiting: Dict[int, Walk] = field(default_factory=dict)

    # ---- the loop
    def walk(self, walks: Sequence[Walk], unfit: Mapping[str, str]) -> Sequence[Walk]:
        """Walks every chain to its end; *unfit*: volumes that failed in an earlier stage."""
        for walk in walks:
            self._skip_unfit(walk, unfit)
        self._start([walk for walk in walks if not walk.ended])
        interval_s = self.pace.first_s
        next_look_s = self.clock.now() + interval_s
        while self.running or self.waiting:
            self._collect(next_look_s)
            if self.waiting and (not self.running or self.clock.now() >= next_look_s):
                before = self.proven
                self._examine(list(self.waiting.values()))
                interval_s = (
                    self.pace.first_s
                    if self.proven > before
                    else min(interval_s * self.pace.growth, self.pace.longest_s)
                )
                next_look_s = self.clock.now() + interval_s
                if self.proven == before and not self.running:
                    self._rest(interval_s)
        return walks

    def _rest(self, interval_s: float) -> None:
        """Sleep until the next look, not past the next time-out."""
        now_s = self.clock.now()
        limits = [walk.expires_s for walk in self.waiting.values() if walk.expires_s > now_s]
        self.clock.sleep(min([interval_s, *(limit - now_s for limit in limits)]))

    def _collect(self, until_s: float) -> None:
        """Take the answers that have come; block only while there is nothing else to do."""
        if not self.running:
            return
        patience_s = max(until_s - self.clock.now(), 0.0) if self.waiting else None
        try:
            self._answered(*self.answers.get(timeout=patience_s))
            while True:
                self._answered(*self.answers.get_nowait())
        except Empty:
            return

    # ---- starting
    def _skip_unfit(self, walk: Walk, unfit: Mapping[str, str]) -> None:
        broken = [name for name in (walk.chain.volume, *walk.chain.needs) if name in unfit]
        if broken:
            self._leave_rest(walk, f"not tried, since {broken[0]} did not get this far")

    def _start(self, walks: Sequence[Walk]) -> None:
        """Journal first, then send: what is on no record must not have happened."""
        writes = [walk.step for walk in walks if walk.step.verb.writes]
        if writes:
            self.journal.record([_event("step_started", step) for step in writes])
        for walk in walks:
            walk.begin(self.clock.now(), self.deadline_s)
            self._send(walk)

    def _send(self, walk: Walk) -> None:
        step, act = walk.step, ACTS[walk.step.verb]
        uuid = self._uuid(step)
        walk.sends += 1
        if not step.verb.writes:
            self.waiting[id(walk)] = walk
        elif act.needs_uuid and not uuid:
            self.waiting[id(walk)] = walk
            walk.doubt = MotionError(f"{step.target} has no relationship")
        else:
            self._submit(walk, lambda: act.start(self.arrays[step.side], step, uuid))

    def _submit(self, walk: Walk, request: Callable[[], Optional[str]]) -> None:
        self.waiting.pop(id(walk), None)
        self.running += 1
        future = self.pools[walk.step.side].submit(request)
        future.add_done_callback(lambda done: self.answers.put((walk, done)))

    def _uuid(self, step: Step) -> str:
        return str(step.args.get("uuid") or self.uuids.get(step.target) or "")

    # ---- answers
    def _answered(self, walk: Walk, future: Future[Optional[str]]) -> None:
        self.running -= 1
        self.waiting[id(walk)] = walk
        try:
            walk.job = future.result()
            walk.job_ended, walk.doubt = walk.job is None, None
        except AnswerLost as lost:
            self._doubt(walk, lost, self.pace.doubt_s)
        except ApiError as refused:
            self._doubt(walk, refused, self._patience(walk, refused.code))
        except NotYet as early:
            self._doubt(walk, early, self.pace.doubt_s)
        except MotionError as error:
            self._end(walk, Status.UNREACHABLE if isinstance(error, Unreachable) else Status.FAILED, str(error))

    def _patience(self, walk: Walk, code: str) -> float:
        """Seconds for which a refusal may yet pass."""
        return max(walk.expires_s - self.clock.now(), 0.0) if code in BUSY_CODES else 0.0

    def _doubt(self, walk: Walk, error: MotionError, seconds: float) -> None:
        """Whether it happened is for the next look to tell; an earlier doubt (a lost answer) lasts on."""
        until = self.clock.now() + seconds
        walk.doubt_until_s = max(until, walk.doubt_until_s) if walk.doubt or walk.sends > 1 else until
        walk.doubt, walk.job_ended = error, True

    # ---- looking
    def _examine(self, walks: Sequence[Walk]) -> None:
        """Look first: one reading proves many; only for what is not proven are the jobs asked."""
        now_s = self.clock.now()
        for side, mine in _by_side(walks).items():
            self._look(side, mine)
        self._ask_jobs([walk for walk in self._still(walks) if walk.job and not walk.job_ended])
        for walk in self._still(walks):
            if now_s >= walk.expires_s:
                self._expire(walk)

    def _still(self, walks: Sequence[Walk]) -> List[Walk]:
        return [walk for walk in walks if id(walk) in self.waiting]

    def _ask_jobs(self, walks: Sequence[Walk]) -> None:
        for side, mine in _by_side(walks).items():
            jobs = self._read(side, mine, partial(self.arrays[side].jobs, [str(walk.job) for walk in mine]))
            for walk in mine if jobs else ():
                self._job_seen(walk, (jobs or {})[str(walk.job)])

    def _job_seen(self, walk: Walk, job: Job) -> None:
        walk.job_ended = job.ended
        if job.state == "failure":
            failed = JobFailed(f"{job.message or 'the job failed'} (job {job.uuid})", job.code)
            self._doubt(walk, failed, self._patience(walk, job.code))

    def _look(self, side: str, walks: Sequence[Walk]) -> None:
        questions = [Question(walk.step, self._uuid(walk.step) or None) for walk in walks]
        seen = self._read(side, walks, partial(Looker(self.arrays[side]).look, questions))
        proven: List[Walk] = []
        for walk, what in zip(walks, seen or ()):
            walk.last, walk.looks = what, walk.looks + 1
            if what.mirror and what.mirror.uuid:
                self.uuids[walk.step.target] = what.mirror.uuid
            if self._judge(walk, what):
                proven.append(walk)
        self._advance(proven)

    def _judge(self, walk: Walk, seen: Seen) -> bool:
        """True when the step is proven; sends again or ends the chain where the look shows that it was not done."""
        try:
            if ACTS[walk.step.verb].proof(walk.step, seen):
                return True
        except Hopeless as hopeless:
            self._end(walk, Status.FAILED, f"{walk.doubt or hopeless}")
            return False
        if walk.doubt is not None:
            self._resolve_doubt(walk)
        return False

    def _resolve_doubt(self, walk: Walk) -> None:
        """The proof is missing: it was refused, or its answer was lost and nothing shows that it happened.

        A lost write may still be on its way through the array, so it is sent again only after the second look.
        """
        doubt = walk.doubt
        if self.clock.now() >= walk.doubt_until_s:
            code = getattr(doubt, "code", "")
            self._end(walk, Status.FAILED, f"{doubt}{f' (ONTAP code {code})' if code else ''}")
        elif walk.looks % 2 == 0 and not (isinstance(doubt, AnswerLost) and walk.sends > 2):
            self._send(walk)

    def _read(self, side: str, walks: Sequence[Walk], read: Callable[[], Answer]) -> Optional[Answer]:
        """The answer of *read*; None where the array is silent, and its walks end when it stays silent too long."""
        try:
            answer = read()
        except MotionError as error:
            now_s = self.clock.now()
            if now_s - self.silent_since_s.setdefault(side, now_s) >= self.pace.unreachable_s:
                for walk in walks:
                    self._end(walk, Status.UNREACHABLE, f"{error}; whether it happened is unknown")
            return None
        self.silent_since_s.pop(side, None)
        return answer

    # ---- the end of steps
    def _expire(self, walk: Walk) -> None:
        rule, last = expiry_of(walk.step), walk.last.mirror
        if rule is Expiry.ABORT and self.clock.now() < self.deadline_s:
            if last and last.transferring and last.transfer_uuid:
                self._abort(walk, last.transfer_uuid)
        elif rule is Expiry.IN_PROGRESS and walk.doubt is None:
            self._end(walk, Status.IN_PROGRESS, f"not finished in the time allowed; last seen: {walk.last}")
        else:
            reason = f"; {walk.doubt}" if walk.doubt else ""
            self._end(walk, Status.FAILED, f"not proven in the time allowed; last seen: {walk.last}{reason}")

    def _abort(self, walk: Walk, transfer_uuid: str) -> None:
        """The quiesce took too long: abort the transfer and go on waiting for the same proof."""
        step, uuid = walk.step, self._uuid(walk.step)
        walk.aborted, walk.expires_s = True, self.deadline_s
        abort = Step(Verb.ABORT, step.volume, step.target, step.side, {"transfer_uuid": transfer_uuid})
        self.journal.record([_event("step_started", abort)])
        self._submit(walk, lambda: _abort_transfer(self.arrays[step.side], uuid, transfer_uuid))

    def _advance(self, walks: Sequence[Walk]) -> None:
        self.proven += len(walks)
        for walk in walks:
            self.waiting.pop(id(walk), None)
            walk.outcomes.append(
                self._outcome(walk, Status.DONE, "aborted the running transfer" if walk.aborted else "")
            )
            walk.at += 1
        if walks:
            self.journal.record([_event("step_ended", walk.outcomes[-1].step, walk.outcomes[-1]) for walk in walks])
        self._start([walk for walk in walks if not walk.ended])

    def _end(self, walk: Walk, status: Status, message: str) -> None:
        """The step did not get there; a tolerated one is booked and its chain goes on."""
        step = walk.step
        self.waiting.pop(id(walk), None)
        walk.outcomes.append(self._outcome(walk, status, message))
        self.journal.record([_event("step_ended", step, walk.outcomes[-1])])
        walk.at += 1
        if not step.tolerated:
            self._leave_rest(walk, f"not tried, since {step.verb.value} of {step.target} did not succeed")
        elif not walk.ended:
            self._start([walk])

    def _leave_rest(self, walk: Walk, message: str) -> None:
        walk.outcomes.extend(StepOutcome(step, Status.NOT_REACHED, message) for step in walk.chain.steps[walk.at :])
        walk.at = len(walk.chain.steps)

    def _outcome(self, walk: Walk, status: Status, message: str) -> StepOutcome:
        seconds = self.clock.now() - walk.began_s
        return StepOutcome(walk.step, status, message, seconds, walk.job, sent=walk.sends > 0 and walk.step.verb.writes)


def _event(name: str, step: Step, outcome: Optional[StepOutcome] = None) -> Dict[str, Any]:
    facts = outcome.as_dict() if outcome else {"verb": step.verb.value, "target": step.target}
    return {"event": name, "volume": step.volume, "side": step.side, **facts}


def _by_side(walks: Sequence[Walk]) -> Dict[str, List[Walk]]:
    sides: Dict[str, List[Walk]] = {}
    for walk in walks:
        sides.setdefault(walk.step.side, []).append(walk)
    return sides


def _abort_transfer(array: Array, uuid: str, transfer_uuid: str) -> Optional[str]:
    """A refused or unanswered abort is no failure by itself: the transfer may just have ended, the next look tells."""
    try:
        return array.abort(uuid, transfer_uuid)
    except (ApiError, AnswerLost):
        return None
