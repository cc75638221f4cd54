# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls named *-get-iter: filters, chosen attributes and pages, the same for all of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from . import errors
from .errors import Failed
from .scope import Scope
from .wire import Call

DEFAULT_PAGE = 20
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Listing:
    """records: all that the scope holds. key: dotted names of what tells records apart and orders them."""

    records: Callable[[Scope], Iterable[Record]]
    key: tuple[str, ...]

    def answer(self, scope: Scope, call: Call) -> dict[str, Any]:
        query = call.tree("query")
        found = [record for record in self.records(scope) if query is None or matches(record, query)]
        found.sort(key=self._key)
        after = _decoded(call.text("tag"))
        if after is not None:
            found = [record for record in found if self._key(record) > after]
        size = call.number("max-records") or DEFAULT_PAGE
        if size < 1:
            raise Failed(errors.BAD_INPUT, "Invalid value for max-records")
        page, rest = found[:size], found[size:]
        chosen = call.tree("desired-attributes")
        answer: dict[str, Any] = {"num-records": len(page)}
        if page:
            answer["attributes-list"] = [pruned(record, chosen) if chosen else record for record in page]
        if rest:
            answer["next-tag"] = _encoded(self._key(page[-1]))
        return answer

    def _key(self, record: Record) -> list[str]:
        return [_sortable(dig(record, name)) for name in self.key]


def _sortable(value: Any) -> str:
    return f"{value:020d}" if isinstance(value, int) else str(value or "")


def dig(record: Record, name: str) -> Any:
    found: Any = record
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def pruned(record: Record, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Only what was asked for; an empty element asks for all below it."""
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if name not in chosen:
            continue
        below = chosen[name]
        kept[name] = pruned(value, below) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return kept


def matches(record: Record, query: Mapping[str, Any]) -> bool:
    return all(_fits(record.get(name), wanted) for name, wanted in query.items())


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if isinstance(value, (list, tuple)):
            texts = [text for each in wanted.values() for text in (each if isinstance(each, list) else [each])]
            return all(any(matches_text(str(item), text) for item in value) for text in texts)
        return matches(value if isinstance(value, Mapping) else {}, wanted)
    if value is None:
        return wanted in ("", "*")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return all(matches_text(text, each) for each in (wanted if isinstance(wanted, list) else [wanted]))


def matches_text(text: str, pattern: str) -> bool:
    """By ONTAPI's operators: * | ! < > and .. ; an empty pattern asks for nothing."""
    if not pattern:
        return True
    if pattern.startswith("!"):
        return not matches_text(text, pattern[1:])
    if "|" in pattern:
        return any(matches_text(text, each) for each in pattern.split("|"))
    if ".." in pattern and _number(text) is not None:
        low, _dots, high = pattern.partition("..")
        return (_number(low) or 0) <= (_number(text) or 0) <= (_number(high) or float("inf"))
    if pattern[0] in "<>" and _number(pattern[1:]) is not None and _number(text) is not None:
        mine, bound = _number(text) or 0.0, _number(pattern[1:]) or 0.0
        return mine < bound if pattern[0] == "<" else mine > bound
    return fnmatchcase(text, pattern.replace("[", "[[]").replace("?", "[?]"))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _encoded(key: Sequence[str]) -> str:
    return base64.b64encode(json.dumps(list(key)).encode()).decode()


def _decoded(given: str | None) -> list[str] | None:
    if not given:
        return None
    try:
        key = json.loads(base64.b64decode(given, validate=True))
    except ValueError as error:
        raise Failed(errors.BAD_INPUT, "Invalid value for tag") from error
    return [str(each) for each in key]
