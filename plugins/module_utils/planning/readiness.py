# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which target to fail over to, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..model.mirror import Mirror, State

MINUTE_S = 60.0
USABLE = (
    State.SNAPMIRRORED,
    State.PAUSED,
    State.BROKEN_OFF,
    State.IN_SYNC,
    State.OUT_OF_SYNC,
    State.SYNCHRONIZING,
)


@dataclass(frozen=True)
class Candidate:
    """A target as observed.

    mirrors: {backend's own volume: Mirror}.  unreachable: why it could not be read, "" when it was.
    serves: the backend's own volumes that it serves and mirrors back to it, so that they have been failed over to it.
    """

    name: str
    mirrors: Mapping[str, Mirror] = field(default_factory=dict)
    unreachable: str = ""
    serves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """result: pass, warn, fail or unknown; remedy: what to do about anything but a pass."""

    name: str
    result: str
    detail: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"name": self.name, "result": self.result, "detail": self.detail, "remedy": self.remedy}


@dataclass(frozen=True)
class Assessment:
    """worst_lag_s: of all wanted volumes, None where one is unknown.

    usable: how many of the wanted volumes could come up.  served: how many are broken off, so may be in use there.
    """

    candidate: Candidate
    checks: tuple[Check, ...]
    worst_lag_s: float | None = None
    wanted: int = 0
    usable: int = 0
    served: int = 0

    @property
    def fit(self) -> bool:
        """May be chosen: a target that lacks a volume or two is better than staying down."""
        return self.usable > 0

    @property
    def complete(self) -> bool:
        return self.fit and self.usable == self.wanted

    def as_dict(self) -> dict[str, Any]:
        return {
            "target": self.candidate.name,
            "fit": self.fit,
            "complete": self.complete,
            "worst_lag_s": self.worst_lag_s,
            "checks": [check.as_dict() for check in self.checks],
        }


def wanted_volumes(
    named: Sequence[str], manifest: Mapping[str, Any], candidates: Sequence[Candidate]
) -> tuple[tuple[str, ...], str]:
    """The volumes that must come up, and where that is known from: option, manifest, or the union of all mirrors."""
    if named:
        return tuple(sorted(named)), "option"
    if manifest.get("volumes"):
        return tuple(sorted(manifest["volumes"])), "manifest"
    return tuple(sorted({name for candidate in candidates for name in candidate.mirrors})), "union"


def assess(candidate: Candidate, wanted: Sequence[str], rpo_s: float | None) -> Assessment:
    """Reachable, covers all volumes, usable, healthy, within the RPO."""
    if candidate.unreachable:
        failed = Check("reachable", "fail", candidate.unreachable, "restore access to this target, or use another one")
        return Assessment(candidate, (failed,), wanted=len(wanted))
    found = {name: candidate.mirrors[name] for name in wanted if name in candidate.mirrors}
    usable = [name for name, mirror in found.items() if mirror.state in USABLE]
    lags = [mirror.behind_s for mirror in found.values() if mirror.state is not State.BROKEN_OFF]
    worst = max((lag for lag in lags if lag is not None), default=None) if lags and None not in lags else None
    reached = Check("reachable", "pass", "the target answers")
    serving = [name for name in wanted if name in candidate.serves and name not in found]
    coverage = _serving(serving) if serving else _coverage(found, wanted)
    checks = (reached, coverage, _usable(found), _healthy(found), *_in_sync(found), _lag(lags, rpo_s))
    served = [*serving, *(name for name, mirror in found.items() if mirror.state is State.BROKEN_OFF)]
    return Assessment(candidate, checks, worst, len(wanted), len(usable) + len(serving), len(served))


def some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _serving(names: Sequence[str]) -> Check:
    return Check(
        "coverage", "pass", f"it serves {some(names)} already, and mirrors back; playbook failback brings them home"
    )


def _coverage(found: Mapping[str, Mirror], wanted: Sequence[str]) -> Check:
    missing = [name for name in wanted if name not in found]
    if missing or not wanted:
        detail = f"no mirror of {some(missing)}" if missing else "no mirror of this backend"
        return Check("coverage", "fail", detail, "protect them (playbook replicate), or choose another target")
    return Check("coverage", "pass", f"mirrors of all {len(wanted)} volumes")


def _usable(found: Mapping[str, Mirror]) -> Check:
    bad = sorted(f"{name} ({mirror.state.value})" for name, mirror in found.items() if mirror.state not in USABLE)
    if bad:
        return Check(
            "state",
            "fail",
            f"cannot be failed over: {some(bad)}",
            "initialize these mirrors, or choose another target",
        )
    return Check("state", "pass", "every mirror holds a copy")


def _healthy(found: Mapping[str, Mirror]) -> Check:
    bad = sorted(name for name, mirror in found.items() if mirror.healthy is False)
    unknown = sorted(name for name, mirror in found.items() if mirror.healthy is None)
    if bad:
        return Check(
            "health",
            "warn",
            f"not healthy: {some(bad)}",
            "see unhealthy_reasons; the copies are as old as their lag says",
        )
    if unknown:
        return Check("health", "unknown", f"health not told for {some(unknown)}", "look at these mirrors on the array")
    return Check("health", "pass", "every mirror is healthy")


def _in_sync(found: Mapping[str, Mirror]) -> tuple[Check, ...]:
    """Of synchronous mirrors only: out of sync they lack what was written since, and nobody tells how much that is."""
    mine = {name: mirror for name, mirror in found.items() if mirror.synchronous and mirror.replicating}
    bad = sorted(f"{name} ({mirror.state.value})" for name, mirror in mine.items() if not mirror.in_step)
    if bad:
        detail = f"not in sync: {some(bad)}"
        remedy = "a planned failover waits until they are in sync; in an unplanned one, what was written since is lost"
        return (Check("in_sync", "warn", detail, remedy),)
    return (Check("in_sync", "pass", "every synchronous mirror is in sync"),) if mine else ()


def _lag(lags: Sequence[float | None], rpo_s: float | None) -> Check:
    if not lags:
        return Check("lag", "pass", "no mirror replicates, so that nothing lags")
    if None in lags:
        return Check(
            "lag", "unknown", "the lag of at least one mirror is not known", "look at these mirrors on the array"
        )
    worst = max(lag for lag in lags if lag is not None)
    if rpo_s is not None and worst > rpo_s:
        return Check(
            "lag",
            "warn",
            f"worst lag {worst:.0f} s exceeds the RPO of {rpo_s:.0f} s",
            "update the mirrors while the source lives",
        )
    return Check("lag", "pass", f"worst lag {worst:.0f} s")


def newer_elsewhere(assessments: Sequence[Assessment], named: str) -> list[str]:
    """Fit targets whose data is newer, by more than a minute, than that of the target which the operator named."""
    mine = next((one for one in assessments if one.candidate.name == named), None)
    if mine is None or mine.worst_lag_s is None:
        return []
    others = [one for one in assessments if one is not mine and one.fit and one.worst_lag_s is not None]
    return [one.candidate.name for one in others if (one.worst_lag_s or 0.0) + MINUTE_S < mine.worst_lag_s]


def choose(assessments: Sequence[Assessment], named: str | None = None) -> tuple[str | None, str]:
    """The target to use and the reason; None when no target is fit.

    named: the operator's own choice, taken if it is fit at all.

    A target that serves already, for an earlier run failed over to it, goes before all others: else a second run would
    make a second writable copy somewhere else. Then most volumes first, healthy before unhealthy, the smallest worst
    lag (unknown is the largest), and the order of preference.
    """
    fit = [one for one in assessments if one.fit]
    if not fit:
        return None, "no target is fit for a failover: " + " | ".join(map(_why_not, assessments))
    if named is not None and named not in [one.candidate.name for one in fit]:
        return None, f"target {named} is not fit for a failover: " + " | ".join(map(_why_not, assessments))
    mine = [one for one in fit if named in (None, one.candidate.name)]
    best = min(mine, key=lambda one: (-one.served, -one.usable, _sick(one), _lag_or_infinite(one)))
    lag = "unknown lag" if best.worst_lag_s is None else f"worst lag {best.worst_lag_s:.0f} s"
    covers = "covers every volume" if best.complete else f"covers {best.usable} of {best.wanted} volumes"
    others = [one.candidate.name for one in assessments if one is not best]
    than = f", better than {', '.join(others)}" if others and named is None else ""
    if best.served:
        lag = f"{best.served} of {best.wanted} volumes are failed over to it already (name another target to leave it)"
        than = ""
    return best.candidate.name, f"{best.candidate.name}: reachable, {covers}, {lag}{than}"


def _why_not(one: Assessment) -> str:
    return f"{one.candidate.name}: {'; '.join(check.detail for check in one.checks if check.result == 'fail')}"


def _lag_or_infinite(one: Assessment) -> float:
    return float("inf") if one.worst_lag_s is None else one.worst_lag_s


def _sick(one: Assessment) -> bool:
    return any(check.name == "health" and check.result != "pass" for check in one.checks)
