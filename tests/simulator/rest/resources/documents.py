# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small tools for ONTAP's documents: times, durations, nested fields."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Mapping
from typing import Any

MISSING: Any = object()


def iso_time(moment: float | None) -> str | None:
    """Seconds since the epoch as ONTAP writes a time."""
    if moment is None:
        return None
    return datetime.datetime.fromtimestamp(int(moment), datetime.timezone.utc).isoformat()


def iso_duration(seconds: float | None) -> str | None:
    """Seconds as an ISO 8601 duration, such as P1DT2H3M4S."""
    if seconds is None:
        return None
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    date = f"{days}D" if days else ""
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (left, "S")) if number)
    if not date and not time:
        return "PT0S"
    return f"P{date}" + (f"T{time}" if time else "")


def known(document: dict[str, Any]) -> dict[str, Any]:
    """Without what is not set: ONTAP leaves out a property that has no value."""
    clean: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            value = known(value)
            if not value:
                continue
        if value is not None:
            clean[name] = value
    return clean


class Body:
    """A request's body of which fields are taken one by one; what is left was not understood."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.rest: dict[str, Any] = copy.deepcopy(dict(body))

    def take(self, path: str, otherwise: Any = None) -> Any:
        """The value at a dotted path, removed from the rest."""
        *parents, leaf = path.split(".")
        places: list[tuple[dict[str, Any], str]] = []
        place: Any = self.rest
        for part in parents:
            if not isinstance(place, dict) or part not in place:
                return otherwise
            places.append((place, part))
            place = place[part]
        if not isinstance(place, dict) or leaf not in place:
            return otherwise
        value = place.pop(leaf)
        for holder, part in reversed(places):
            if holder[part] == {}:
                del holder[part]
        return value

    def named(self, path: str) -> str | None:
        """The name or else the uuid below *path*; a bare string stands for the name."""
        value = self.take(path)
        if isinstance(value, Mapping):
            value = value.get("name") or value.get("uuid")
        return None if value is None else str(value)


def merged(base: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """*base* with *extra* on top, nested objects too."""
    result = dict(base)
    for name, value in extra.items():
        inner = result.get(name)
        if isinstance(value, Mapping) and isinstance(inner, dict):
            result[name] = merged(inner, value)
        else:
            result[name] = value
    return result


def ref(item: Any) -> dict[str, str]:
    """{"name", "uuid"} of anything that has both."""
    return {"name": item.name, "uuid": item.uuid}
