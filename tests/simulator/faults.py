# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults as rule objects: what shall go wrong, where, and the how-manieth time.

Two kinds of rules share one book. A rule with `verb` is asked for by the model while it works
(`FaultBook.consult`); a rule with `method` or `path` is asked for by the HTTP side
(`FaultBook.consult_http`). Nothing here is random: the same requests meet the same faults.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

MODEL_ACTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "refuse": frozenset({"code", "message", "target", "status"}),
        "fail_job": frozenset({"code", "message"}),
        "delay_job": frozenset({"seconds"}),
        "fail_transfer": frozenset({"code", "message"}),
        "hang_transfer": frozenset(),
        "ok": frozenset(),
    }
)
HTTP_ACTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "http_status": frozenset({"status", "retry_after", "body", "code", "message", "after"}),
        "html_page": frozenset({"status", "after"}),
        "drop_before": frozenset(),
        "drop_after": frozenset(),
        "delay": frozenset({"seconds"}),
        "ok": frozenset(),
    }
)


class BadRule(ValueError):
    """A fault rule that could never do what it says."""


@dataclass(frozen=True)
class Fault:
    """What a matching rule asks for. args: code, message, seconds, status ... by action."""

    action: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FaultRule:
    """One fault. None in a field means "any".

    cluster: the cluster's name.
    verb, target: globs over the model's verb ("snapmirror.break", "snapmirror.*") and over
        "svm:volume"; the destination path for mirrors.
    method, path: the HTTP method and a glob over the path without "/api", e.g. "/storage/volumes*".
    nth: only the n-th match fires, counted from 1; None: every match does.
    times: the rule is spent after it fired so often.
    """

    action: str
    cluster: str | None = None
    verb: str | None = None
    target: str | None = None
    method: str | None = None
    path: str | None = None
    nth: int | None = None
    times: int | None = None
    args: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.is_http and (self.verb is not None or self.target is not None):
            raise BadRule("a rule is either for a verb and target or for a method and path, not both")
        known = HTTP_ACTIONS if self.is_http else MODEL_ACTIONS
        if self.action not in known:
            kind = "HTTP" if self.is_http else "model"
            raise BadRule(f"{self.action} is no {kind} action; those are {', '.join(sorted(known))}")
        extra = set(self.args) - known[self.action]
        if extra:
            raise BadRule(f"{self.action} takes no argument {', '.join(sorted(extra))}")
        for name in ("nth", "times"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or value < 1):
                raise BadRule(f"{name} counts from 1, not {value}")

    @property
    def is_http(self) -> bool:
        """Whether the HTTP side asks for this rule; a rule that names nothing belongs where its action does."""
        if self.method is not None or self.path is not None:
            return True
        return self.verb is None and self.target is None and self.action not in MODEL_ACTIONS

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> FaultRule:
        """A rule from JSON; keys that are no field of a rule are arguments of the action."""
        own = {name: value for name, value in raw.items() if name in cls.__dataclass_fields__ and name != "args"}
        if "action" not in own:
            raise BadRule("a fault needs an action")
        rest = {name: value for name, value in raw.items() if name not in cls.__dataclass_fields__}
        return cls(**own, args={**raw.get("args", {}), **rest})

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, {})}


@dataclass
class _Count:
    matched: int = 0
    fired: int = 0


class FaultBook:
    """All rules of a world, in the order they were added; the first that fires wins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._rules: dict[int, FaultRule] = {}
        self._counts: dict[int, _Count] = {}

    def add(self, rule: FaultRule | None = None, /, **fields: Any) -> int:
        """Enter a rule, or the fields of one (as in FaultRule.from_dict); returns its id."""
        rule = rule or FaultRule.from_dict(fields)
        with self._lock:
            number = next(self._ids)
            self._rules[number] = rule
            self._counts[number] = _Count()
        return number

    def remove(self, number: int) -> bool:
        """Whether there was such a rule."""
        with self._lock:
            self._counts.pop(number, None)
            return self._rules.pop(number, None) is not None

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()
            self._counts.clear()

    def rules(self) -> list[dict[str, Any]]:
        """The rules as JSON, each with its id and how often it matched and fired."""
        with self._lock:
            return [
                {"id": number, **rule.as_dict(), **asdict(self._counts[number])} for number, rule in self._rules.items()
            ]

    def consult(self, cluster: str, verb: str, target: str | None = None) -> Fault | None:
        """What shall go wrong when the model does *verb* to *target*."""
        return self._first(
            lambda rule: (
                not rule.is_http
                and _fits(rule.cluster, cluster)
                and _fits(rule.verb, verb)
                and _fits(rule.target, target or "")
            )
        )

    def consult_http(self, cluster: str, method: str, path: str) -> Fault | None:
        """What shall go wrong with a request; path is without "/api"."""
        return self._first(
            lambda rule: (
                rule.is_http and _fits(rule.cluster, cluster) and _fits(rule.method, method) and _fits(rule.path, path)
            )
        )

    def _first(self, matches: Any) -> Fault | None:
        if not self._rules:
            return None
        with self._lock:
            for number, rule in self._rules.items():
                if matches(rule) and self._fires(rule, self._counts[number]):
                    return None if rule.action == "ok" else Fault(rule.action, rule.args)
        return None

    @staticmethod
    def _fires(rule: FaultRule, count: _Count) -> bool:
        count.matched += 1
        if rule.nth is not None and count.matched != rule.nth:
            return False
        if rule.times is not None and count.fired >= rule.times:
            return False
        count.fired += 1
        return True


def _fits(pattern: str | None, text: str) -> bool:
    return pattern is None or fnmatchcase(text, pattern)
