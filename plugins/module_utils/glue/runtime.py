# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one road of every module: observe, plan, and in check mode stop, else execute and look again.

Only here are check_mode, exit_json and fail_json.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..engine.clock import RealClock
from ..engine.execute import Pace, execute
from ..engine.outcome import Outcomes
from ..engine.ports import Clock
from ..model.errors import BadInput, MotionError
from ..model.picture import Picture
from ..model.plan import Plan
from ..planning.difference import difference
from ..planning.effects import apply
from ..planning.groups import fold
from ..planning.names import Origin
from ..transport.http import REQUESTS_IMPORT_ERROR
from . import lock
from .acceptance import with_acceptance
from .connect import Arrays, connect, is_named, open_side
from .journal import open_journal
from .observe import Needs, observe, overlay, prediction
from .results import Report, report

CLOCK: Clock = RealClock()


def utc_now() -> datetime:
    """The wall clock; only the bound of a possible loss depends on it."""
    return datetime.now(timezone.utc)


PACE = Pace()

Params = Mapping[str, Any]
DESTINATION_AGAIN = Needs(destination=("volumes", "mirrors"))


def _nothing_more(picture: Picture, want: Any) -> Needs:
    return Needs()


def _no_facts(picture: Picture, volume: str, result: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _no_extra(picture: Picture, plan: Plan, params: Params, origin: Origin) -> dict[str, Any]:
    return {}


def _as_given(params: Params, arrays: Arrays) -> Arrays:
    return arrays


def _no_preparation(picture: Picture, plan: Plan, params: Params) -> None:
    return None


def _timeout_s(params: Params) -> float:
    return float(params["timeout"])


@dataclass(frozen=True)
class Work:
    """What makes one module different from the others.

    want: options and the source SVM -> what is wanted.  needs: what to read first.
    more: what else to read once the first reading is known.  plan: the planning function.
    sides: what the module may contact.  ask_source: the source itself tells on which cluster it is.
    any_source: the source may be left open altogether.  seldom: sides that most runs need not contact.
    places: the sides as the plan sees them, from those that were given; a lock is held at the given ones.
    again: what to read after the run.  facts: per volume, from that reading.
    extra: further return values.  before_writes: what must be kept safe first.
    after_writes: what the last reading settles.
    deadline_s: seconds for the whole run.
    """

    want: Callable[[Params, Origin], Any]
    needs: Callable[[Params], Needs]
    plan: Callable[[Picture, Any], Plan]
    sides: tuple[str, ...] = ("source", "destination")
    ask_source: bool = True
    any_source: bool = False
    seldom: tuple[str, ...] = ()
    places: Callable[[Params, Arrays], Arrays] = _as_given
    more: Callable[[Picture, Any], Needs] = _nothing_more
    again: Needs | Callable[[Params], Needs] = DESTINATION_AGAIN
    facts: Callable[[Picture, str, Mapping[str, Any]], dict[str, Any]] = _no_facts
    extra: Callable[[Picture, Plan, Params, Origin], dict[str, Any]] = _no_extra
    before_writes: Callable[[Picture, Plan, Params], None] = _no_preparation
    after_writes: Callable[[Picture, Plan, Params], None] = _no_preparation
    deadline_s: Callable[[Params], float] = _timeout_s


@dataclass
class Run:
    """One run on its way; what is known when it ends early is still told."""

    work: Work
    params: Params
    check_mode: bool
    name: str
    warnings: list[str] = field(default_factory=list)

    def __call__(self) -> Report:
        check_numbers(self.params)
        given = connect(self.params, self._sides(), self.params["width"], CLOCK.sleep)
        origin = origin_of_run(self.params, given, self.work)
        arrays = self.work.places(self.params, given)
        picture = observe(arrays, self.work.needs(self.params))
        want = self.work.want(self.params, origin)
        assumed = self.params["assume"] if self.check_mode else {}
        more = self.work.more(overlay(picture, assumed), want)
        if more != Needs():
            picture = observe(arrays, more, picture)
        picture = overlay(picture, assumed)
        plan = fold(self.work.plan(picture, want), picture)
        after = apply(picture, plan)
        outcomes, last = (
            ((), picture) if self.check_mode or not plan.stages else self._carry_out(plan, picture, arrays, given)
        )
        told = report(plan, outcomes, last, self.work.facts, self.check_mode)
        told = told if self.check_mode else with_acceptance(told, self.params)
        return told.plus(
            diff=difference(picture, after),
            predicted=prediction(picture, after, assumed) if self.check_mode else {},
            warnings=[*arrays.notes(), *self.warnings],
            **self.work.extra(last, plan, self.params, origin),
        )

    def _sides(self) -> tuple[str, ...]:
        """A side that is seldom asked may be given by its SVM alone, without a way to it."""
        return tuple(side for side in self.work.sides if side not in self.work.seldom or is_named(self.params, side))

    def _lock(self, arrays: Arrays) -> None:
        """On the backend's target: the destination, unless the mirrors run back to the backend."""
        side = "source" if self.params.get("named_by") == "destination" else "destination"
        if not self.params["lock"] or not self.params.get(side):
            return
        array = arrays.by_side().get(side) or open_side(side, self.params[side], self.params["width"], CLOCK.sleep)
        warning = lock.hold(array, self.params, utc_now())
        self.warnings += [warning] if warning else []

    def _carry_out(self, plan: Plan, picture: Picture, arrays: Arrays, given: Arrays) -> tuple[Outcomes, Picture]:
        self._lock(given)
        self.work.before_writes(picture, plan, self.params)
        journal = open_journal(self.params["report_dir"], {"module": self.name})
        journal.record([{"event": "planned", "volume": step.volume, **step.as_dict()} for step in plan.steps()])
        deadline_s = CLOCK.now() + self.work.deadline_s(self.params)
        outcomes = execute(plan, arrays.by_side(), CLOCK, deadline_s, journal, self.params["width"], PACE)
        try:
            again = self.work.again(self.params) if callable(self.work.again) else self.work.again
            last = observe(arrays, again, picture)
            self.work.after_writes(last, plan, self.params)
            return outcomes, last
        except MotionError as error:
            self.warnings.append(f"the state after the run could not be read: {error}")
            return outcomes, picture


def run_planned(options: dict[str, Any], work: Work, **spec: Any) -> None:
    """Runs a module from its options to exit_json or fail_json."""
    module = AnsibleModule(argument_spec=options, supports_check_mode=True, **spec)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    try:
        told = Run(work, module.params, module.check_mode, module._name)()
    except MotionError as error:
        module.fail_json(msg=error.message, **error.facts)
    finish(module, told)


def finish(module: AnsibleModule, told: Report) -> None:
    values = dict(told.values)
    for warning in values.pop("warnings", []):
        module.warn(warning)
    if told.failure:
        module.fail_json(msg=told.failure, **values)
    module.exit_json(**values)


def check_numbers(params: Params) -> None:
    """Raises BadInput for a negative time or number, before anything is contacted."""
    for name in ("timeout", "quiesce_timeout", "rpo_s", "throttle"):
        value = params.get(name)
        if value is not None and value < 0:
            raise BadInput(f"{name} is {value}: it must not be negative")
    if not 1 <= params.get("width", 1) <= 256:
        raise BadInput(f"width is {params['width']}: it must be from 1 to 256")


def origin_of_run(params: Params, arrays: Arrays, work: Work) -> Origin:
    """The source SVM's own name and cluster: told by the options, else by the source itself.

    Two SVMs of one name on two clusters must never be mixed up, so a source that may be contacted tells its cluster.
    """
    given = (params.get("source") or {}).get("svm")
    svm, cluster = params.get("source_svm"), params.get("source_cluster")
    if svm and given and svm != given:
        raise BadInput(f"source_svm is {svm}, but source is SVM {given}: leave source_svm out")
    if not svm and not given and "destination" in work.sides and not work.any_source:
        raise BadInput("name the source: give source, or source_svm where the source must not be contacted")
    if cluster is None and work.ask_source and arrays.source is not None and arrays.destination is not None:
        cluster = arrays.source.about().name
    return Origin(svm or given or "", cluster, params.get("named_by") == "destination")
