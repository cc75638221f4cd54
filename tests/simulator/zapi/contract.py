# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAP's published ZAPI contract (tests/contract/zapi.json) as tables that are quick to ask."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FACTS = Path(__file__).resolve().parents[2] / "contract" / "zapi.json"


class ContractBroken(AssertionError):
    """The simulator itself was about to answer with something that the contract does not have."""


@dataclass(frozen=True)
class Element:
    """One element of a call or of a typedef.

    scalar: string, integer or boolean, "" where *typedef* names the type of what it holds.
    wraps: how each item of a list is called; None where it is no list, or one whose items' name nobody tells.
    is_list: it holds items.  enum: the only values there are, empty where the list is open.
    """

    name: str
    scalar: str
    typedef: str
    is_list: bool
    wraps: str | None
    required: bool
    enum: frozenset[str]


@dataclass(frozen=True)
class Api:
    """One call. kind: sync, async, iter-get, iter-modify."""

    name: str
    kind: str
    inputs: Mapping[str, Element]
    outputs: Mapping[str, Element]


class Contract:
    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._types = facts["types"]
        self._apis = facts["apis"]
        self._read: dict[str, Any] = {}

    def api(self, name: str) -> Api | None:
        """None where ONTAP has no such call."""
        raw = self._apis.get(name)
        if raw is None:
            return None
        if name not in self._read:
            self._read[name] = Api(name, raw["kind"], self._elements(raw["in"]), self._elements(raw["out"]))
        found: Api = self._read[name]
        return found

    def names(self) -> Iterator[str]:
        return iter(self._apis)

    def typedef(self, name: str) -> Mapping[str, Element]:
        key = f"typedef {name}"
        if key not in self._read:
            self._read[key] = self._elements(self._types[name])
        found: Mapping[str, Element] = self._read[key]
        return found

    def _elements(self, raw: Mapping[str, Any]) -> dict[str, Element]:
        return {name: self._element(name, facts) for name, facts in raw.items()}

    def _element(self, name: str, facts: Mapping[str, Any]) -> Element:
        kind, wraps, is_list = facts.get("type"), facts.get("wraps"), bool(facts.get("array"))
        while isinstance(kind, dict):
            wraps = kind.get("wraps") or wraps
            is_list = is_list or bool(kind.get("array"))
            kind = kind.get("type")
        typedef = kind if isinstance(kind, str) and kind in self._types else ""
        enum = frozenset(map(str, facts.get("enum") or ())) if facts.get("closed") else frozenset()
        return Element(
            name,
            "" if typedef else str(kind or "string"),
            typedef,
            is_list,
            (wraps or typedef or None) if is_list else wraps,
            bool(facts.get("required")),
            enum,
        )


@cache
def load() -> Contract:
    """Read once per process."""
    return Contract(json.loads(FACTS.read_text(encoding="utf-8")))
