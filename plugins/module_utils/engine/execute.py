# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries a plan out: chains side by side, one look for all that waits, one outcome per step."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar

from ..model.array import Job
from ..model.errors import AnswerLost, ApiError, JobFailed, MotionError, NotYet, Unreachable
from ..model.plan import Plan, Step, Verb
from ..model.told import Told
from .act import Expiry, Hopeless
from .look import Looker, Question
from .outcome import Outcomes, Status, StepOutcome
from .ports import Array, Clock, Journal
from .verbs import ACTS, expiry_of
from .walk import BUSY_CODES, NO_TRACE, Walk, told, worth_another_try

Answer = TypeVar("Answer")
BUNDLE = 50
"""How many steps one request carries at most."""


@dataclass(frozen=True)
class Pace:
    """Seconds between looks: from *first* growing to *longest*, *busy* while requests are still going out; that is longer
    than an array may keep an answer back, so that what was sent together is looked at together.

    looks_before_jobs: the jobs of what stays unproven for so many looks are asked; before that a look tells as much.
    doubt_s: how long an unproven answer is doubted.  unreachable_s: how long an array may be silent.
    """

    first_s: float = 0.2
    busy_s: float = 1.5
    looks_before_jobs: int = 2
    longest_s: float = 5.0
    growth: float = 1.3
    doubt_s: float = 30.0
    unreachable_s: float = 60.0


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

    What is no MotionError is a fault of ours: it is raised, and no request that still waits for its turn is sent.
    arrays: {side: Array} for each side that the plan names.  deadline_s: by *clock*.
    width: requests under way at once per side.
    """
    unfit = {verdict.volume: verdict.volume for verdict in plan.verdicts if verdict.refused}
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
            pool.shutdown(wait=True, cancel_futures=True)
    return tuple(outcomes)


@dataclass
class _StageRun:
    """One stage. answers: as they come in, without a walk for a request that is an aid only.

    waiting: {id: walk} of all whose proof is awaited.  silent_since_s: {side: time} of arrays that cannot be read.
    """

    arrays: Mapping[str, Array]
    pools: Mapping[str, ThreadPoolExecutor]
    clock: Clock
    deadline_s: float
    journal: Journal
    pace: Pace
    uuids: Dict[str, str] = field(default_factory=dict)
    silent_since_s: Dict[str, float] = field(default_factory=dict)
    answers: SimpleQueue[Tuple[Sequence[Walk], Future[Sequence[Told]]]] = field(default_factory=SimpleQueue)
    running: int = 0
    waiting: Dict[int, Walk] = field(default_factory=dict)

    # ---- the loop
    def walk(self, walks: Sequence[Walk], unfit: Mapping[str, str]) -> Sequence[Walk]:
        """Walks every chain to its end; *unfit*: volumes that failed in an earlier stage."""
        for walk in walks:
            self._skip_unfit(walk, unfit)
        self._start([walk for walk in walks if not walk.ended])
        interval_s = self.pace.first_s
        next_look_s = self.clock.now() + self.pace.busy_s
        while self.running or self.waiting:
            self._collect(next_look_s)
            if self.waiting and (not self.running or self.clock.now() >= next_look_s):
                self._examine(list(self.waiting.values()))
                next_look_s = self.clock.now() + self.pace.busy_s
                if self.running:
                    interval_s = self.pace.first_s
                elif self.waiting:
                    self._rest(interval_s)
                    interval_s = min(interval_s * self.pace.growth, self.pace.longest_s)
        return walks

    def _rest(self, interval_s: float) -> None:
        """Sleep until the next look, not past the next time-out."""
        now_s = self.clock.now()
        limits = [self.deadline_s, *(walk.expires_s for walk in self.waiting.values())]
        self.clock.sleep(min([interval_s, *(limit - now_s for limit in limits if limit > now_s)]))

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
            self.journal.record([event for step in writes for event in _events("step_started", step)])
        for walk in walks:
            walk.begin(self.clock.now(), self.deadline_s)
        bundles = self._bundles(walks)
        for bundle in bundles:
            self._send_many(bundle)
        bundled = {id(walk) for bundle in bundles for walk in bundle}
        for walk in walks:
            if id(walk) not in bundled:
                self._send(walk)

    def _bundles(self, walks: Sequence[Walk]) -> List[List[Walk]]:
        """Steps that one request can carry: same verb, same side, and an array that takes several at once."""
        kinds: Dict[Tuple[Verb, str], List[Walk]] = {}
        for walk in walks:
            if self._fits_a_bundle(walk):
                kinds.setdefault((walk.step.verb, walk.step.side), []).append(walk)
        fit = [found for (_verb, side), found in kinds.items() if len(found) > 1 and self._takes_many(side)]
        return [found[start : start + BUNDLE] for found in fit for start in range(0, len(found), BUNDLE)]

    def _fits_a_bundle(self, walk: Walk) -> bool:
        act = ACTS[walk.step.verb]
        known = not act.needs_uuid or bool(self._uuid(walk.step))
        return act.many is not None and known and act.fits(walk.step, walk.before)

    def _takes_many(self, side: str) -> bool:
        try:
            return self.arrays[side].takes_many()
        except MotionError:
            return False

    def _send_many(self, walks: Sequence[Walk]) -> None:
        many, side = ACTS[walks[0].step.verb].many, walks[0].step.side
        if many is None:
            raise TypeError(f"{walks[0].step.verb.value} is never sent for several steps at once")
        for walk in walks:
            walk.sends += 1
        steps = [walk.step for walk in walks]
        self._submit(side, walks, partial(many, self.arrays[side], steps, [self._uuid(step) for step in steps]))

    def _send(self, walk: Walk) -> None:
        step, act = walk.step, ACTS[walk.step.verb]
        uuid = self._uuid(step)
        self.waiting[id(walk)] = walk
        if not step.verb.writes:
            return
        if act.needs_uuid and not uuid:
            self._doubt(walk, NotYet(f"{step.target} has no relationship"), self.pace.doubt_s)
            return
        walk.sends += 1
        del self.waiting[id(walk)]
        self._submit(step.side, [walk], lambda: [_alone(act.start(self.arrays[step.side], step, uuid))])

    def _submit(self, side: str, walks: Sequence[Walk], request: Callable[[], Sequence[Told]]) -> None:
        self.running += 1
        future = self.pools[side].submit(request)
        future.add_done_callback(lambda done: self.answers.put((walks, done)))

    def _uuid(self, step: Step) -> str:
        return str(step.args.get("uuid") or self.uuids.get(step.target) or "")

    # ---- answers
    def _answered(self, walks: Sequence[Walk], future: Future[Sequence[Told]]) -> None:
        self.running -= 1
        try:
            answers = future.result()
        except MotionError as error:
            answers = [Told(refusal=error, shared=len(walks) > 1)] * len(walks)
        for walk, answer in zip(walks, answers):
            self.waiting[id(walk)] = walk
            walk.together = answer.shared
            if answer.refusal is not None:
                self._not_taken(walk, answer.refusal)
                continue
            walk.jobs, walk.revocable = answer.jobs, answer.revocable
            walk.taken, walk.job_ended, walk.doubt = True, not answer.jobs, None

    def _not_taken(self, walk: Walk, error: MotionError) -> None:
        if isinstance(error, AnswerLost):
            walk.taken, walk.lost = True, walk.lost + 1
            self._doubt(walk, error, self.pace.doubt_s)
        elif isinstance(error, ApiError):
            self._doubt(walk, error, self._patience(walk, error.code))
        elif isinstance(error, NotYet):
            self._doubt(walk, error, self.pace.doubt_s)
        elif isinstance(error, Unreachable) and walk.taken:
            self._doubt(walk, error, 0.0)
        else:
            self._end(walk, Status.UNREACHABLE if isinstance(error, Unreachable) else Status.FAILED, str(error))

    def _patience(self, walk: Walk, code: str) -> float:
        """Seconds for which a refusal may yet pass."""
        limit_s = self.deadline_s if expiry_of(walk.step) is Expiry.ABORT else walk.expires_s
        return max(limit_s - self.clock.now(), 0.0) if code in BUSY_CODES else 0.0

    def _doubt(self, walk: Walk, error: MotionError, seconds: float) -> None:
        """Whether it happened is for the next look to tell; the doubt about a lost answer lasts on."""
        until = self.clock.now() + seconds
        walk.doubt_until_s = max(until, walk.doubt_until_s) if walk.lost else until
        walk.doubt, walk.job_ended = error, True

    # ---- looking
    def _examine(self, walks: Sequence[Walk]) -> None:
        """Look first: one reading proves many; only for what is not proven are the jobs asked."""
        now_s = self.clock.now()
        self._ask_jobs([walk for walk in walks if walk.may_be_revoked])
        for side, mine in _by_side(walks).items():
            self._look(side, mine)
        self._ask_jobs([walk for walk in self._still(walks) if self._job_matters(walk)])
        for walk in self._still(walks):
            if now_s >= walk.expires_s and (walk.looks or walk.step.side in self.silent_since_s):
                self._expire(walk)

    def _still(self, walks: Sequence[Walk]) -> List[Walk]:
        return [walk for walk in walks if id(walk) in self.waiting]

    def _job_matters(self, walk: Walk) -> bool:
        return not walk.job_ended and not walk.revocable and walk.looks >= self.pace.looks_before_jobs

    def _ask_jobs(self, walks: Sequence[Walk]) -> None:
        """Jobs that must not be read are no hindrance: they only say sooner what the looks will say."""
        for side, mine in _by_side(walks).items():
            try:
                jobs = self.arrays[side].jobs({uuid for walk in mine for uuid in walk.jobs})
            except MotionError as error:
                for walk in mine:
                    walk.revocable = walk.revocable and not isinstance(error, ApiError)
                continue
            for walk in mine:
                self._jobs_seen(walk, [jobs[uuid] for uuid in walk.jobs])

    def _jobs_seen(self, walk: Walk, jobs: Sequence[Job]) -> None:
        walk.job_ended = all(job.ended for job in jobs)
        job = next((job for job in jobs if job.state == "failure"), None)
        if walk.job_ended and job is not None:
            failed = JobFailed(f"{job.message or 'the job failed'} (job {job.uuid})", job.code)
            self._doubt(walk, failed, self._patience(walk, job.code))

    def _look(self, side: str, walks: Sequence[Walk]) -> None:
        questions = [Question(walk.step, self._uuid(walk.step) or None) for walk in walks]
        seen = self._read(side, walks, partial(Looker(self.arrays[side]).look, questions))
        proven: List[Walk] = []
        for walk, what in zip(walks, seen or ()):
            walk.last, walk.looks = replace(what, before=walk.before), walk.looks + 1
            if what.mirror and what.mirror.uuid:
                self.uuids[walk.step.target] = what.mirror.uuid
            elif walk.step.verb is Verb.DELETE:  # another mirror may be made in its place
                self.uuids.pop(walk.step.target, None)
            if self._judge(walk):
                proven.append(walk)
        self._advance(proven)

    def _judge(self, walk: Walk) -> bool:
        """True when the step is proven; sends again or ends the chain where the look shows that it was not done."""
        act = ACTS[walk.step.verb]
        try:
            if act.proof(walk.step, walk.last):
                return not walk.may_be_revoked
        except Hopeless as hopeless:
            if not walk.jobs or walk.job_ended:
                self._end(walk, Status.FAILED, told(walk.doubt or hopeless))
            return False
        walk.note_trace(self.clock.now(), self.pace.doubt_s)
        if walk.doubt is not None:
            self._resolve_doubt(walk, walk.doubt)
        return False

    def _resolve_doubt(self, walk: Walk, doubt: MotionError) -> None:
        """The proof is missing: it was refused, or its answer was lost and nothing shows that it happened.

        A lost write may still be on its way through the array, so it is sent again only after the second look.
        What several steps were refused together is asked for one by one, so that each gets its own answer.
        """
        if walk.together and not isinstance(doubt, AnswerLost):
            walk.together = False
            self._send(walk)
        elif self.clock.now() >= walk.doubt_until_s:
            self._end(walk, Status.FAILED, told(doubt))
        elif walk.looks % 2 == 0 and worth_another_try(walk, doubt):
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
        silent = walk.step.side in self.silent_since_s
        if rule is Expiry.ABORT and self.clock.now() < self.deadline_s:
            if last and last.transferring and last.transfer_uuid and not silent:
                self._abort(walk, last.transfer_uuid)
        elif silent:
            message = f"the array does not answer; last seen: {walk.last}; whether it happened is unknown"
            self._end(walk, Status.UNREACHABLE, message)
        elif rule is Expiry.IN_PROGRESS and walk.doubt is None and not walk.may_be_forgotten:
            self._end(walk, Status.IN_PROGRESS, f"not finished in the time allowed; last seen: {walk.last}")
        else:
            doubt = walk.doubt or (NO_TRACE if walk.may_be_forgotten else None)
            reason = f"; {doubt}" if doubt else ""
            self._end(walk, Status.FAILED, f"not proven in the time allowed; last seen: {walk.last}{reason}")

    def _abort(self, walk: Walk, transfer_uuid: str) -> None:
        """The quiesce took too long: abort the transfer and go on waiting for the same proof.

        An abort may get lost, so it is repeated while the transfer goes on.
        """
        step, uuid = walk.step, self._uuid(walk.step)
        walk.aborted, walk.expires_s = True, min(self.clock.now() + self.pace.doubt_s, self.deadline_s)
        abort = replace(step, verb=Verb.ABORT, args={"transfer_uuid": transfer_uuid})
        self.journal.record(_events("step_started", abort))
        self._submit(step.side, [], lambda: _abort_transfer(self.arrays[step.side], uuid, transfer_uuid))

    def _advance(self, walks: Sequence[Walk]) -> None:
        for walk in walks:
            self.waiting.pop(id(walk), None)
            walk.outcomes.append(
                self._outcome(walk, Status.DONE, "aborted the running transfer" if walk.aborted else "")
            )
            walk.at += 1
        if walks:
            self.journal.record([event for walk in walks for event in _ended(walk)])
        self._start([walk for walk in walks if not walk.ended])

    def _end(self, walk: Walk, status: Status, message: str) -> None:
        """The step did not get there; a tolerated one is booked and its chain goes on."""
        step = walk.step
        self.waiting.pop(id(walk), None)
        walk.outcomes.append(self._outcome(walk, status, message))
        self.journal.record(_ended(walk))
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
        sent = walk.taken or walk.aborted or (walk.sends > 0 and status is Status.DONE)
        return StepOutcome(walk.step, status, message, seconds, walk.job, sent)


def _events(name: str, step: Step, outcome: Optional[StepOutcome] = None) -> List[Dict[str, Any]]:
    """One per volume on which the step is booked."""
    facts = outcome.as_dict() if outcome else {"verb": step.verb.value, "target": step.target}
    if outcome is None and step.args.get("shows"):
        facts["shows"] = step.args["shows"]
    return [{"event": name, "volume": volume, "side": step.side, **facts} for volume in step.volumes]


def _ended(walk: Walk) -> List[Dict[str, Any]]:
    """The abort that helped a step along ends with it."""
    outcome = walk.outcomes[-1]
    events = _events("step_ended", outcome.step, outcome)
    if walk.aborted:
        abort = replace(outcome.step, verb=Verb.ABORT, args={})
        events = _events("step_ended", abort, replace(outcome, step=abort, message="")) + events
    return events


def _by_side(walks: Sequence[Walk]) -> Dict[str, List[Walk]]:
    sides: Dict[str, List[Walk]] = {}
    for walk in walks:
        sides.setdefault(walk.step.side, []).append(walk)
    return sides


def _alone(job: Optional[str]) -> Told:
    return Told((job,) if job else ())


def _abort_transfer(array: Array, uuid: str, transfer_uuid: str) -> Sequence[Told]:
    """A refused or unanswered abort is no failure by itself: the transfer may just have ended, the next look tells."""
    try:
        return [_alone(array.abort(uuid, transfer_uuid))]
    except MotionError:
        return []
