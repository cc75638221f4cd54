# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at every target and names the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..engine.ports import Array
from ..model.errors import ApiError, BadInput, MotionError, Unreachable
from ..model.picture import Side
from ..planning.names import Origin, mirrors_by_source, origin_of, served_here
from ..planning.readiness import Assessment, Candidate, Check, assess, choose, newer_elsewhere, wanted_volumes
from ..planning.target_checks import target_checks
from . import lock, runtime
from .connect import Arrays, open_side
from .files import read_json
from .info import mirror_entry
from .observe import Needs, observe

SEEN = Needs(
    destination=("mirrors",), hopeful=tuple(("destination", need) for need in ("peers", "volumes", "aggregates"))
)
RECORDS = Needs(hopeful=(("destination", "records"),))
MEDIATORS = Needs(hopeful=(("destination", "mediators"),))


def run_readiness(options: dict[str, Any]) -> None:
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    try:
        values = _readiness(module.params)
    except MotionError as error:
        module.fail_json(msg=error.message, **error.facts)
    for warning in values.pop("warnings"):
        module.warn(warning)
    if values["target"] is None:
        module.fail_json(msg=values["reason"], **values)
    module.exit_json(**values)


def _readiness(params: Mapping[str, Any]) -> dict[str, Any]:
    runtime.check_numbers(params)
    svm = params["source_svm"] or (params["source"] or {}).get("svm")
    if not svm:
        raise BadInput("name the source: give source_svm; it is not contacted")
    names = [_name(given) for given in params["targets"]]
    if params["target"] and params["target"] not in names:
        raise BadInput(f"target {params['target']} is none of the targets: {', '.join(names)}")
    if not params["targets"]:
        raise BadInput("targets is empty: name at least one")
    origin = Origin(svm, params["source_cluster"])
    opened = {
        _name(given): open_side("destination", given, params["width"], runtime.CLOCK.sleep)
        for given in params["targets"]
    }
    with ThreadPoolExecutor(max_workers=len(opened)) as pool:
        looked = dict(zip(opened, pool.map(lambda array: _look(array, origin), opened.values())))
    candidates = [_candidate(name, found, origin) for name, found in looked.items()]
    manifest = read_json(params["manifest"], "manifest") if params["manifest"] else {}
    wanted, basis = wanted_volumes(params["volumes"], manifest, candidates)
    assessments = [assess(candidate, wanted, params["rpo_s"]) for candidate in candidates]
    target, reason = choose(assessments, params["target"])
    best = next((one for one in assessments if one.candidate.name == target), None)
    newer = newer_elsewhere(assessments, params["target"]) if params["target"] else []
    side = looked[target] if target else None
    further = (
        target_checks(side, best.candidate.mirrors, wanted, origin, manifest) if best and isinstance(side, Side) else ()
    )
    locked = _lock_check(opened[target], params) if target and params["lock"] else ()
    checks = (*best.checks, *further, *locked) if best else ()
    if newer and not params["accept_older"]:
        target, reason = (
            None,
            (
                f"{' and '.join(newer)} {'holds' if len(newer) == 1 else 'hold'} newer data than {params['target']}: "
                "choose it, or confirm the older data with accept_older: true"
            ),
        )
    return {
        "changed": False,
        "target": target,
        "reason": reason,
        "wanted": list(wanted),
        "coverage_basis": basis,
        "candidates": [one.as_dict() for one in assessments],
        "checks": [check.as_dict() for check in checks],
        "newer_elsewhere": newer,
        "serves": bool(best and not set(best.candidate.mirrors) & set(wanted)),
        "active_sync": sorted(
            name for name, one in best.candidate.mirrors.items() if one.active_sync and name in wanted
        )
        if best
        else [],
        "mirrors": _mirrors(best, looked, params["rpo_s"]) if best else [],
        "warnings": _warnings(assessments, best, checks),
    }


def _name(given: Mapping[str, Any]) -> str:
    return str(given.get("backend") or given.get("svm") or given.get("hostname"))


def _look(array: Array, origin: Origin) -> Side | MotionError:
    """Where nothing is mirrored to, something may be mirrored from."""
    try:
        seen = observe(Arrays(destination=array), SEEN)
        if any(mirror.active_sync for mirror in seen.destination.mirrors.values()):
            seen = observe(Arrays(destination=array), MEDIATORS, seen)
        if not mirrors_by_source(seen.destination, origin):
            seen = observe(Arrays(destination=array), RECORDS, seen)
        return seen.destination
    except (Unreachable, ApiError) as error:
        return error


def _candidate(name: str, found: Side | MotionError, origin: Origin) -> Candidate:
    if isinstance(found, MotionError):
        return Candidate(name, unreachable=found.message)
    return Candidate(name, mirrors_by_source(found, origin), serves=tuple(served_here(found, origin)))


def _mirrors(best: Assessment, looked: Mapping[str, Side | MotionError], rpo_s: float | None) -> list[dict[str, Any]]:
    side = looked[best.candidate.name]
    peers = () if isinstance(side, MotionError) else side.peers
    return [
        mirror_entry(name, mirror, origin_of(mirror, peers), rpo_s)
        for name, mirror in sorted(best.candidate.mirrors.items())
    ]


def _lock_check(array: Array, params: Mapping[str, Any]) -> tuple[Check, ...]:
    holders = lock.holders(array, params)
    if holders is None:
        return (Check("lock", "unknown", "the locks could not be read", "let the login read export policies"),)
    if holders:
        return (
            Check("lock", "warn", f"another run holds the backend's lock: {holders}", "wait for it, or take_over_lock"),
        )
    return (Check("lock", "pass", "no other run holds the backend's lock"),)


def _warnings(assessments: list[Assessment], best: Assessment | None, checks: Sequence[Check]) -> list[str]:
    skipped = [one for one in assessments if one.candidate.unreachable]
    said = [
        f"target {one.candidate.name} is skipped: {one.candidate.unreachable}" for one in skipped if best is not None
    ]
    doubts = [check for check in checks if check.result != "pass"]
    return said + [f"target {best.candidate.name if best else ''}: {check.detail} ({check.remedy})" for check in doubts]
