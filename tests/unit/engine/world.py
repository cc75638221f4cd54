# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world for the engine: a stepped clock, a journal, and an array in memory whose every answer can be scripted.

The pool of threads is real, time is not: it moves only when somebody sleeps or an array says that it took long.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ansible_collections.ontap.data_motion.plugins.module_utils.engine.execute import Pace, execute
from ansible_collections.ontap.data_motion.plugins.module_utils.model.array import ClusterAbout, Job
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import (
    AnswerLost,
    ApiError,
    MotionError,
    Unreachable,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import Mirror, SourceRecord, State, SvmPeer
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import DESTINATION, SOURCE, Chain, Plan, Step
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Verb as V
from ansible_collections.ontap.data_motion.plugins.module_utils.model.told import Told
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import Volume, VolumeType

PACE = Pace()
BUSY = "13303844"
ILLEGAL = "13303818"
DUPLICATE = "6619637"


class SteppedClock:
    """Sleeping moves it; a run that sleeps without end is stopped."""

    def __init__(self, patience: int = 20_000) -> None:
        self.now_s = 1000.0
        self.slept: list[float] = []
        self._patience = patience
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        with self._lock:
            self.slept.append(seconds)
            self.now_s += seconds
        assert len(self.slept) < self._patience, "the run does not end"


@dataclass
class Log:
    """What happened, in order: ("journal", event, target), ("write", verb, target), ("read", kind, count)."""

    entries: list[tuple[str, str, Any]] = field(default_factory=list)

    def add(self, *entry: Any) -> None:
        self.entries.append(entry)  # append is atomic

    def writes(self, verb: str | None = None) -> list[tuple[str, Any]]:
        return [(name, what) for kind, name, what in self.entries if kind == "write" and verb in (None, name)]

    def reads(self, name: str | None = None) -> int:
        return sum(1 for kind, what, _rest in self.entries if kind == "read" and name in (None, what))


class MemoryJournal:
    def __init__(self, log: Log) -> None:
        self.log = log
        self.events: list[dict[str, Any]] = []

    def record(self, events: Any) -> None:
        for event in events:
            self.events.append(dict(event))
            self.log.add("journal", event["event"], (event["verb"], event["target"]))


@dataclass
class Act:
    """One scripted answer to a write.

    raises: what the caller gets.  does: whether the array does it all the same.
    job: how the job of it ends ("" none).  after_s: when its effect comes.  costs_s: how long the answer took.
    """

    raises: Exception | None = None
    does: bool = True
    job: str = ""
    code: str = ""
    after_s: float = 0.0
    costs_s: float = 0.0


def refuse(code: str, status: int = 409) -> Act:
    return Act(ApiError("refused", status, code), does=False)


def lose(done: bool) -> Act:
    return Act(AnswerLost("the answer was lost"), does=done)


def unreachable() -> Act:
    return Act(Unreachable("connection refused"), does=False)


def fail_job(code: str = "917536") -> Act:
    return Act(does=False, job="failure", code=code)


def crash() -> Act:
    return Act(TypeError("a mistake of ours"), does=False)


class FakeArray:
    """One SVM. Mirrors are kept by uuid; their effects come when the clock says so."""

    def __init__(self, clock: SteppedClock, svm: str = "dr", log: Log | None = None, many: bool = True) -> None:
        self.many = many
        self.policy_type: str | None = "async"
        self.svm, self.address = svm, f"{svm}.example.com"
        self.clock = clock
        self.log = log or Log()
        self.kept_volumes: dict[str, Volume] = {}
        self.kept_mirrors: dict[str, Mirror] = {}
        self.kept_records: dict[str, SourceRecord] = {}
        self.kept_peers: dict[str, SvmPeer] = {}
        self.kept_jobs: dict[str, tuple[float, Job]] = {}
        self.scripts: dict[tuple[str, str], list[Act]] = {}
        self.always: dict[str, Act] = {}
        self.transfer_s = 1.0
        self.hanging: set[str] = set()
        self.quiescing: set[str] = set()
        self.silence: tuple[float, float] = (0.0, 0.0)
        self.jobs_unreadable = False
        self.names_told = True
        self.read_faults: list[Exception | None] = []
        self.in_flight = self.most_in_flight = 0
        self._agenda: list[tuple[float, Callable[[], None]]] = []
        self._lock = threading.RLock()
        self._ids = Counter()

    # -- scripting and building
    def script(self, verb: str, target: str, *acts: Act) -> None:
        """The answers to the next writes of *verb* on *target* (a volume's or mirror's volume name)."""
        self.scripts.setdefault((verb, target), []).extend(acts)

    def add_mirror(self, volume: str, state: State = State.SNAPMIRRORED, **more: Any) -> Mirror:
        facts = {"transfer_state": "success", "exported_snapshot": "s0", "transfer_uuid": "t0", **more}
        mirror = Mirror(Path("prod", volume), Path(self.svm, volume), self.uuid("m"), state, **facts)
        self.kept_mirrors[mirror.uuid or ""] = mirror
        kind = VolumeType.RW if state is State.BROKEN_OFF else VolumeType.DP
        self.kept_volumes.setdefault(volume, Volume(volume, self.svm, f"v-{volume}", kind, "online"))
        return mirror

    def add_transfer(self, volume: str, seconds: float | None = None) -> None:
        """A transfer that runs already; without seconds it hangs."""
        mirror = self.of(volume)
        if seconds is None:
            self.hanging.add(volume)
        self._transfer(mirror.uuid or "", seconds or 0.0)

    def of(self, volume: str) -> Mirror:
        self._settle()
        return next(one for one in self.kept_mirrors.values() if one.destination.volume == volume)

    def uuid(self, kind: str) -> str:
        with self._lock:
            self._ids[kind] += 1
            return f"{kind}{self._ids[kind]}"

    def change(self, uuid: str, **more: Any) -> None:
        if uuid in self.kept_mirrors:
            self.kept_mirrors[uuid] = replace(self.kept_mirrors[uuid], **more)

    def change_volume(self, name: str, **more: Any) -> None:
        if name in self.kept_volumes:
            self.kept_volumes[name] = replace(self.kept_volumes[name], **more)

    # -- reading
    def _read(self, kind: str, count: int) -> None:
        with self._lock:
            self.log.add("read", kind, count)
            self._settle()
            fault = self.read_faults.pop(0) if self.read_faults else None
            if fault is not None:
                raise fault
            if self.silence[0] <= self.clock.now() < self.silence[1]:
                raise Unreachable("no answer")

    def about(self) -> ClusterAbout:
        return ClusterAbout("lyon", "c1", (9, 15, 1))

    def svm_exists(self) -> bool:
        return True

    def aggregates(self) -> dict[str, Any]:
        return {}

    def policies(self) -> dict[str, Any]:
        return {}

    def block_devices(self) -> dict[str, int]:
        return {}

    def volumes(self, names: Any = None) -> dict[str, Volume]:
        self._read("volumes", len(names or ()))
        return {name: one for name, one in self.kept_volumes.items() if names is None or name in names}

    def mirrors(self, uuids: Any = None, paths_only: bool = False) -> tuple[Mirror, ...]:
        self._read("mirrors", len(uuids or ()))
        found = [one for uuid, one in self.kept_mirrors.items() if uuids is None or uuid in uuids]
        return tuple(one if self.names_told or one.transferring else replace(one, transfer_uuid=None) for one in found)

    def source_records(self) -> tuple[SourceRecord, ...]:
        self._read("records", 0)
        return tuple(self.kept_records.values())

    def svm_peers(self) -> tuple[SvmPeer, ...]:
        self._read("peers", 0)
        return tuple(self.kept_peers.values())

    def jobs(self, uuids: Any) -> dict[str, Job]:
        self._read("jobs", len(uuids))
        if self.jobs_unreadable:
            raise ApiError("not authorized", 403, "6")
        now = self.clock.now()
        return {uuid: self._job(uuid, now) for uuid in uuids}

    def _job(self, uuid: str, now: float) -> Job:
        if uuid not in self.kept_jobs:
            return Job(uuid, "gone")
        ends, job = self.kept_jobs[uuid]
        return job if now >= ends else Job(uuid, "running")

    # -- writing
    def _write(self, verb: str, target: str, effect: Callable[[], None]) -> str | None:
        with self._lock:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            with self._lock:
                return self._answer(verb, target, effect)
        finally:
            with self._lock:
                self.in_flight -= 1

    def _answer(self, verb: str, target: str, effect: Callable[[], None]) -> str | None:
        self.log.add("write", verb, target)
        self._settle()
        planned = self.scripts.get((verb, target))
        act = planned.pop(0) if planned else self.always.get(verb, Act())
        self.clock.now_s += act.costs_s
        if self.silence[0] <= self.clock.now() < self.silence[1]:
            raise Unreachable("connection refused")
        if act.does:
            try:
                self._do(act.after_s, effect)
            except ApiError:
                if act.raises is None:
                    raise
        if act.raises is not None:
            raise act.raises
        if not act.job:
            return None
        job = Job(self.uuid("job"), act.job, act.code, "the job says why" if act.job == "failure" else "")
        self.kept_jobs[job.uuid] = (self.clock.now() + act.after_s, job)
        return job.uuid

    def _do(self, after_s: float, effect: Callable[[], None]) -> None:
        if after_s > 0:
            self._agenda.append((self.clock.now() + after_s, effect))
        else:
            effect()

    def _settle(self) -> None:
        with self._lock:
            now = self.clock.now()
            while due := [one for one in self._agenda if one[0] <= now]:
                first = min(due, key=lambda one: one[0])
                self._agenda.remove(first)
                first[1]()

    # -- SVM peers and volumes
    def peer_create(self, peer_svm: str, peer_cluster: Any, applications: Any, local_name: Any) -> str | None:
        def effect() -> None:
            peer = SvmPeer(peer_svm, self.svm, peer_svm, peer_cluster, "initiated", tuple(applications), "p1")
            self.kept_peers["p1"] = peer

        return self._write("peer_create", peer_svm, effect)

    def peer_modify(self, uuid: str, applications: Any) -> str | None:
        def effect() -> None:
            self.kept_peers[uuid] = replace(self.kept_peers[uuid], applications=tuple(applications))

        return self._write("peer_modify", uuid, effect)

    def peer_accept(self, uuid: str) -> str | None:
        def effect() -> None:
            self.kept_peers[uuid] = replace(self.kept_peers[uuid], state="peered")

        return self._write("peer_accept", uuid, effect)

    def takes_many(self) -> bool:
        return self.many

    def _all_or_some(self, requests: list[Callable[[], str | None]]) -> list[Told]:
        """A body of records. As real arrays may do: what goes wrong with one leaves the others made."""
        self.log.add("bulk", "records", len(requests))
        answers = self._gathered(requests)
        refused = [one for one in answers if isinstance(one, ApiError)]
        if refused:
            raise refused[0]
        return [Told(tuple(filter(None, answers)), shared=True, revocable=True)] * len(requests)

    def _each(self, uuids: Any, request: Callable[[str], str | None]) -> list[Told]:
        """A query: what is refused is named by its absence, and all others go on."""
        self.log.add("bulk", "query", len(uuids))
        answers = self._gathered([partial(request, uuid) for uuid in uuids])
        refused = [one for one in answers if isinstance(one, ApiError)]
        taken = Told(tuple(one for one in answers if isinstance(one, str)), shared=True)
        missed = Told(refusal=refused[0], shared=len(refused) > 1) if refused else taken
        return [missed if isinstance(one, ApiError) else taken for one in answers]

    def _gathered(self, requests: list[Callable[[], str | None]]) -> list[str | ApiError | None]:
        """Each is tried. An answer that is lost is the answer to all of them, whatever was done."""
        answers: list[str | ApiError | None] = []
        lost: list[MotionError] = []
        for request in requests:
            try:
                answers.append(request())
            except ApiError as error:
                answers.append(error)
            except MotionError as error:
                lost.append(error)
        if lost:
            nothing_sent = not answers and all(isinstance(error, Unreachable) for error in lost)
            raise lost[0] if nothing_sent else AnswerLost("the answer was lost")
        return answers

    def volume_create_many(self, specs: Any) -> list[Told]:
        return self._all_or_some([partial(self.volume_create, spec) for spec in specs])

    def create_many(self, specs: Any) -> list[Told]:
        return self._all_or_some([partial(self.create, spec) for spec in specs])

    def mount_many(self, places: Any) -> list[Told]:
        return self._all_or_some([partial(self.mount, *place) for place in places])

    def unmount_many(self, uuids: Any) -> list[Told]:
        return self._each(uuids, self.unmount)

    def resume_many(self, uuids: Any) -> list[Told]:
        return self._each(uuids, self.resume)

    def resync_many(self, uuids: Any) -> list[Told]:
        return self._each(uuids, self.resync)

    def delete_many(self, uuids: Any) -> list[Told]:
        return self._each(uuids, self.delete)

    def release_many(self, uuids: Any) -> list[Told]:
        return self._each(uuids, self.release)

    def initialize_many(self, uuids: Any) -> list[Told]:
        return self._each(uuids, self.initialize)

    def quiesce_many(self, uuids: Any) -> list[Told]:
        return self._each(uuids, self.quiesce)

    def break_many(self, uuids: Any) -> list[Told]:
        return self._each(uuids, self.break_)

    def volume_create(self, spec: Any) -> str | None:
        def effect() -> None:
            if spec.name in self.kept_volumes:
                raise ApiError("duplicate entry", 409, "1")
            self.kept_volumes[spec.name] = Volume(
                spec.name, self.svm, f"v-{spec.name}", VolumeType.DP, "online", size_bytes=spec.size_bytes
            )

        return self._write("volume_create", spec.name, effect)

    def _of_volume(self, verb: str, uuid: str, effect: Callable[[str], None]) -> str | None:
        name = uuid[2:]
        return self._write(verb, name, lambda: effect(name))

    def volume_resize(self, uuid: str, size_bytes: int) -> str | None:
        return self._of_volume("volume_resize", uuid, lambda name: self.change_volume(name, size_bytes=size_bytes))

    def volume_comment(self, uuid: str, comment: str) -> str | None:
        return self._of_volume("volume_comment", uuid, lambda name: self.change_volume(name, comment=comment))

    def volume_comment_many(self, comments: Any) -> list[Told]:
        return self._all_or_some([partial(self.volume_comment, *one) for one in comments])

    def volume_delete(self, uuid: str) -> str | None:
        return self._of_volume("volume_delete", uuid, lambda name: self.kept_volumes.pop(name, None) and None)

    def mount(self, uuid: str, junction_path: str) -> str | None:
        return self._of_volume("mount", uuid, lambda name: self.change_volume(name, junction_path=junction_path))

    def unmount(self, uuid: str) -> str | None:
        return self._of_volume("unmount", uuid, lambda name: self.change_volume(name, junction_path=None))

    # -- relationships
    def _of_mirror(self, verb: str, uuid: str, effect: Callable[[], None]) -> str | None:
        known = self.kept_mirrors.get(uuid)
        name = known.destination.volume if known else self._released_name(uuid)

        def checked() -> None:
            if verb != "release" and uuid not in self.kept_mirrors:
                raise ApiError("entry does not exist", 404, "4")
            effect()

        return self._write(verb, name, checked)

    def _released_name(self, uuid: str) -> str:
        record = self.kept_records.get(uuid)
        return record.source.volume if record else uuid

    def create(self, spec: Any) -> str | None:
        def effect() -> None:
            if any(one.destination == spec.destination for one in self.kept_mirrors.values()):
                raise ApiError("the destination is taken", 409, DUPLICATE)
            uuid, ends = self.uuid("m"), (spec.source, spec.destination)
            self.kept_mirrors[uuid] = Mirror(
                *ends, uuid, State.UNINITIALIZED, policy=spec.policy, policy_type=self.policy_type
            )

        return self._write("create", spec.destination.volume, effect)

    def modify(self, uuid: str, changes: Any) -> str | None:
        return self._of_mirror("modify", uuid, lambda: self.change(uuid, **changes))

    def _transfer(self, uuid: str, seconds: float, **at_end: Any) -> None:
        mirror = self.kept_mirrors[uuid]
        if mirror.transferring:
            raise ApiError("another transfer is running", 409, BUSY)
        name, transfer = mirror.destination.volume, self.uuid("t")
        self.change(uuid, transfer_state="transferring", transfer_uuid=transfer, transfer_end_time=None)
        if name not in self.hanging:
            self._agenda.append((self.clock.now() + seconds, lambda: self._arrived(uuid, transfer, at_end)))

    def _arrived(self, uuid: str, transfer: str, at_end: dict[str, Any]) -> None:
        mirror = self.kept_mirrors.get(uuid)
        if mirror is None or mirror.transfer_uuid != transfer or not mirror.transferring:
            return
        end = f"end {transfer}"
        self.change(uuid, transfer_state="success", transfer_end_time=end, exported_snapshot=transfer)
        self.change(uuid, **at_end)
        self._pause_if_asked(uuid)

    def _pause_if_asked(self, uuid: str) -> None:
        if uuid in self.quiescing and not self.kept_mirrors[uuid].transferring:
            self.quiescing.discard(uuid)
            self.change(uuid, state=State.PAUSED)

    def initialize(self, uuid: str, synchronous: bool = False) -> str | None:
        def effect() -> None:
            in_sync = synchronous or self.kept_mirrors[uuid].synchronous
            self._transfer(uuid, self.transfer_s, state=State.IN_SYNC if in_sync else State.SNAPMIRRORED)

        return self._of_mirror("initialize", uuid, effect)

    def update(self, uuid: str) -> str | None:
        return self._of_mirror("update", uuid, lambda: self._transfer(uuid, self.transfer_s))

    def quiesce(self, uuid: str) -> str | None:
        def effect() -> None:
            if self.kept_mirrors[uuid].state is State.BROKEN_OFF:
                raise ApiError("illegal change", 409, ILLEGAL)
            self.quiescing.add(uuid)
            self._pause_if_asked(uuid)

        return self._of_mirror("quiesce", uuid, effect)

    def resume(self, uuid: str, synchronous: bool = False) -> str | None:
        state = State.IN_SYNC if synchronous else State.SNAPMIRRORED
        return self._of_mirror("resume", uuid, lambda: self.change(uuid, state=state))

    def break_(self, uuid: str, snapshot: Any = None) -> str | None:
        def effect() -> None:
            mirror = self.kept_mirrors[uuid]
            if mirror.transferring:
                raise ApiError("a transfer is running", 409, BUSY)
            if mirror.state is State.BROKEN_OFF:
                raise ApiError("illegal change", 409, ILLEGAL)
            self.change(uuid, state=State.BROKEN_OFF)
            self.change_volume(mirror.destination.volume, type=VolumeType.RW)

        return self._of_mirror("break", uuid, effect)

    def resync(self, uuid: str, synchronous: bool = False) -> str | None:
        def effect() -> None:
            state = State.IN_SYNC if synchronous else State.SNAPMIRRORED
            self._transfer(uuid, self.transfer_s, state=state)
            self.change_volume(self.kept_mirrors[uuid].destination.volume, type=VolumeType.DP)

        return self._of_mirror("resync", uuid, effect)

    def abort(self, uuid: str, transfer_uuid: str) -> str | None:
        def effect() -> None:
            mirror = self.kept_mirrors[uuid]
            if not mirror.transferring or mirror.transfer_uuid != transfer_uuid:
                raise ApiError("no transfer is running", 404, "4")
            self.change(uuid, transfer_state="aborted", transfer_end_time=f"end {transfer_uuid}")
            self._pause_if_asked(uuid)

        return self._of_mirror("abort", uuid, effect)

    def delete(self, uuid: str) -> str | None:
        return self._of_mirror("delete", uuid, lambda: self.kept_mirrors.pop(uuid, None) and None)

    def release(self, uuid: str, keep_snapshots: bool = True) -> str | None:
        def effect() -> None:
            if self.kept_records.pop(uuid, None) is None:
                raise ApiError("entry does not exist", 404, "4")

        return self._of_mirror("release", uuid, effect)


# -- steps of plans


def chain(volume: str, *steps: Step, needs: tuple[str, ...] = ()) -> Chain:
    return Chain(volume, steps, needs)


def plan_of(*chains: Chain) -> Plan:
    return Plan((chains,))


def step(verb: V, volume: str, side: str = DESTINATION, tolerated: bool = False, **args: Any) -> Step:
    return Step(verb, volume, f"{'prod' if side == SOURCE else 'dr'}:{volume}", side, args, tolerated)


@dataclass
class World:
    """Both sides and everything that a run needs."""

    clock: SteppedClock = field(default_factory=SteppedClock)
    log: Log = field(default_factory=Log)

    def __post_init__(self) -> None:
        self.array = FakeArray(self.clock, "dr", self.log)
        self.source = FakeArray(self.clock, "prod", self.log)
        self.journal = MemoryJournal(self.log)

    def run(self, plan: Plan, allowed_s: float = 600.0, width: int = 8, pace: Pace = PACE) -> Any:
        deadline_s = self.clock.now() + allowed_s
        arrays = {DESTINATION: self.array, SOURCE: self.source}
        return execute(plan, arrays, self.clock, deadline_s, self.journal, width, pace)

    def statuses(self, plan: Plan, allowed_s: float = 600.0, **more: Any) -> list[str]:
        return [one.status.value for one in self.run(plan, allowed_s, **more)]

    @property
    def elapsed_s(self) -> float:
        return self.clock.now() - 1000.0
