# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAP's query language: which records a filter such as `lag_time=>P2DT` or `state=!paused|broken_off` lets through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from fnmatch import translate
from typing import Any

from ..contract import Field
from ..model.errors import Refused

_SIZE = re.compile(r"^(-?\d+(?:\.\d+)?)\s*([KMGTP]?)B?$", re.I)
_SCALE = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4, "P": 1024**5}
_DURATION = re.compile(
    r"^(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)D)?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$"
)
_DURATION_S = (365 * 86400, 30 * 86400, 7 * 86400, 86400, 86400, 3600, 60, 1)
Check = Callable[[Any], bool]


@dataclass(frozen=True)
class Filter:
    """One query parameter. literals: the plain values it asks for, None when it asks for more than those."""

    path: tuple[str, ...]
    wanted: tuple[Check, ...]
    unwanted: tuple[Check, ...]
    unset: bool
    literals: frozenset[str] | None

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Properties that are not set match nothing but null."""
        if self.literals is not None and len(self.path) == 1:
            value = document.get(self.path[0])
            if isinstance(value, str):
                return value in self.literals
        values = [value for value in values_at(document, self.path) if value is not None]
        if not values:
            return self.unset
        if any(check(value) for check in self.wanted for value in values):
            return True
        return any(not any(check(value) for value in values) for check in self.unwanted)


def compile_filter(name: str, text: str, known: Field | None, comma_is_or: bool = False) -> Filter:
    """known: the contract's field, None for an object (which can only be compared with null).

    Raises Refused for values that the field can never have.
    """
    wanted: list[Check] = []
    unwanted: list[Check] = []
    literals, unset = set(), False
    plain = True
    for item, quoted in _alternatives(text, comma_is_or):
        negative = not quoted and item.startswith("!")
        item = item[1:] if negative else item
        if item == "null" and not quoted:
            plain = False
            unset = unset or not negative
            if negative:
                wanted.append(_anything)
            continue
        check, literal = _check(name, item, known, quoted)
        (unwanted if negative else wanted).append(check)
        plain = plain and literal and not negative
        literals.add(item)
    is_text = known is not None and known.type == "string" and known.format not in ("date-time", "iso8601-duration")
    if not (plain and is_text):
        return Filter(tuple(name.split(".")), tuple(wanted), tuple(unwanted), unset, None)
    known_values = frozenset(literals)
    return Filter(tuple(name.split(".")), (lambda value: value in known_values,), (), unset, known_values)


def values_at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Every value at a dotted path; arrays on the way are looked through."""
    if isinstance(value, list):
        for item in value:
            yield from values_at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from values_at(value[path[0]], path[1:])


def size_of(text: str) -> float | None:
    """ "20GB" in bytes; None when it is no number."""
    found = _SIZE.match(text.strip())
    return float(found[1]) * _SCALE[found[2].upper()] if found else None


def duration_of(text: str) -> float | None:
    """An ISO 8601 duration in seconds."""
    found = _DURATION.match(text)
    if not found or text in ("P", "-P"):
        return None
    seconds = sum(float(part) * unit for part, unit in zip(found.groups()[1:], _DURATION_S) if part)
    return -seconds if found[1] else seconds


def time_of(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()


def invalid(name: str, text: Any, expected: str) -> Refused:
    shown = str(text).lower() if isinstance(text, bool) else text
    return Refused("262197", f'The value "{shown}" is invalid for field "{name}" (<{expected}>)', name)


def _anything(value: Any) -> bool:
    return True


def _alternatives(text: str, comma_is_or: bool) -> list[tuple[str, bool]]:
    """The alternatives of a filter, each with whether it was quoted and so is literal."""
    marks = "|," if comma_is_or else "|"
    found: list[tuple[str, bool]] = []
    current, quoted, closing = "", False, ""
    for char in text:
        if closing:
            if char == closing:
                closing = ""
            else:
                current += char
        elif char in '"{' and not current:
            quoted, closing = True, '"' if char == '"' else "}"
        elif char in marks:
            found.append((current, quoted))
            current, quoted = "", False
        else:
            current += char
    return [*found, (current, quoted)]


def _check(name: str, item: str, known: Field | None, quoted: bool) -> tuple[Check, bool]:
    """The check for one alternative and whether that is plain equality."""
    if quoted:
        return _equals(name, item, known), True
    for sign, test in (("<=", _at_most), (">=", _at_least), ("<", _below), (">", _above)):
        if item.startswith(sign):
            return test(_value(name, item[len(sign) :], known), known), False
    low, dots, high = item.partition("..")
    if dots and known is not None:
        least, most = _at_least(_value(name, low, known), known), _at_most(_value(name, high, known), known)
        return (lambda value: least(value) and most(value)), False
    if item == "*":
        return _anything, False
    if "*" in item:
        pattern = re.compile(translate(item.replace("[", "[[]").replace("?", "[?]")))
        return (lambda value: pattern.match(_text(value)) is not None), False
    return _equals(name, item, known), True


def _equals(name: str, item: str, known: Field | None) -> Check:
    wanted = _value(name, item, known)
    return lambda value: _comparable(value, known) == wanted


def _at_most(limit: Any, known: Field | None) -> Check:
    return lambda value: _comparable(value, known) <= limit


def _at_least(limit: Any, known: Field | None) -> Check:
    return lambda value: _comparable(value, known) >= limit


def _below(limit: Any, known: Field | None) -> Check:
    return lambda value: _comparable(value, known) < limit


def _above(limit: Any, known: Field | None) -> Check:
    return lambda value: _comparable(value, known) > limit


def _value(name: str, text: str, known: Field | None) -> Any:
    """A filter's word in the type of the field."""
    if known is None:
        return text
    if known.enum and text not in known.enum:
        raise invalid(name, text, "|".join(sorted(known.enum)))
    if known.type == "boolean":
        if text.lower() not in ("true", "false"):
            raise invalid(name, text, "true|false")
        return text.lower() == "true"
    parse, expected = _parser(known)
    if parse is None:
        return text
    value = parse(text)
    if value is None:
        raise invalid(name, text, expected)
    return value


def _parser(known: Field) -> tuple[Callable[[str], float | None] | None, str]:
    if known.type in ("integer", "number"):
        return size_of, known.type
    if known.format == "date-time":
        return time_of, "MM/DD/YYYY HH:MM:SS"
    if known.format == "iso8601-duration":
        return duration_of, "duration"
    return None, ""


def _comparable(value: Any, known: Field | None) -> Any:
    if known is None or isinstance(value, bool):
        return value
    parse, _expected = _parser(known)
    if parse is not None and isinstance(value, str):
        return parse(value)
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
