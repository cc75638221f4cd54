# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAP's published REST contract (tests/contract/rest.json) as tables that are quick to ask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

RULES = Path(__file__).resolve().parents[1] / "contract" / "rest.json"
Version = tuple[int, ...]
# Parameters say the oldest bindings that have them ("since_at_most"); the bindings before that do not.
_BINDINGS: tuple[Version, ...] = ((9, 8), (9, 9, 1), (9, 10, 1), (9, 12, 1), (9, 16, 1), (9, 17, 1), (9, 19, 1))


class ContractBroken(AssertionError):
    """The simulator itself was about to answer with something that the contract does not have."""


def version_of(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))


@dataclass(frozen=True)
class Field:
    """One property of a schema. rw: letters of G (returned), P and M (settable); None where not known."""

    path: str
    type: str
    array: bool
    rw: str | None
    read_only: bool
    since: Version
    enum: frozenset[str]
    enum_alias: frozenset[str]
    format: str | None
    shorthand: str | None
    numeric: bool
    limits: Mapping[str, int]

    @property
    def returned(self) -> bool:
        return not self.rw or "G" in self.rw

    def writable(self, letter: str) -> bool:
        return not self.read_only if self.rw is None else letter in self.rw


@dataclass
class Node:
    """A place in the tree of a schema's documents; `field` is None for an object that is only a parent."""

    children: dict[str, Node] = field(default_factory=dict)
    field: Field | None = None


class Schema:
    """All properties of one kind of record, flat by dotted path and as a tree."""

    def __init__(self, name: str, raw: Mapping[str, Any]) -> None:
        self.name = name
        self.fields = {path: _field(path, facts) for path, facts in raw["fields"].items()}
        self.root = Node()
        for path, known in self.fields.items():
            node = self.root
            for part in path.split("."):
                node = node.children.setdefault(part, Node())
            node.field = known

    def node(self, path: str) -> Node | None:
        node: Node | None = self.root
        for part in path.split("."):
            node = node.children.get(part) if node else None
        return node

    def has(self, path: str, version: Version) -> bool:
        """Whether a cluster of that version knows the property, or an object of that name."""
        node = self.node(path)
        if node is None:
            return False
        return node.field is None or node.field.since <= version


@dataclass(frozen=True, eq=False)
class Operation:
    """One method of an endpoint."""

    method: str
    params: Mapping[str, Mapping[str, Any]]
    body: Mapping[str, Any] | None
    body_schema: Schema | None
    expensive: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]
    asynchronous: bool
    answers: frozenset[int]
    cache: dict[Any, Any] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """The status of a write that has ended."""
        return 201 if 201 in self.answers else 200


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One path. kind: collection, instance, singleton, action, passthrough, collection_by_path."""

    path: str
    kind: str
    schema: Schema | None
    since: Version
    operations: Mapping[str, Operation]

    @property
    def is_collection(self) -> bool:
        return self.kind == "collection"


class Contract:
    """Every endpoint; `global_query` are the parameters that many operations share."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        self._schemas: dict[str, Schema] = {}
        self.global_query: Mapping[str, Mapping[str, Any]] = raw["conventions"]["global_query"]
        self._status: dict[str, int] = {code: facts["http"] for code, facts in raw["errors"].items() if "http" in facts}
        self.endpoints: dict[str, Endpoint] = {}
        self._routes: dict[str, Any] = {}
        for path in raw["endpoints"]:
            place = self._routes
            for part in path.strip("/").split("/"):
                place = place.setdefault("{}" if part.startswith("{") else part, {})
            place[""] = path

    def schema(self, name: str) -> Schema:
        if name not in self._schemas:
            self._schemas[name] = Schema(name, self._raw["schemas"][name])
        return self._schemas[name]

    def endpoint(self, path: str) -> Endpoint:
        if path not in self.endpoints:
            self.endpoints[path] = self._endpoint(path, self._raw["endpoints"][path])
        return self.endpoints[path]

    def route(self, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The endpoint of a still percent-encoded path below /api, and its path parameters decoded."""
        parts = [part for part in path.split("/") if part]
        template = _descend(self._routes, parts, 0)
        if template is None:
            return None
        names = template.strip("/").split("/")
        keys = {name[1:-1]: unquote(part) for name, part in zip(names, parts) if name.startswith("{")}
        return self.endpoint(template), keys

    def status_of(self, code: str) -> int:
        """The HTTP status of an error code; "500 is for all other codes"."""
        return self._status.get(code, 500)

    def _endpoint(self, path: str, raw: Mapping[str, Any]) -> Endpoint:
        schema = self.schema(raw["schema"]) if raw.get("schema") else None
        whole = raw["kind"] in ("collection", "collection_by_path")
        operations = {method: self._operation(method, facts, schema, whole) for method, facts in raw["methods"].items()}
        return Endpoint(path, raw["kind"], schema, version_of(raw["since"]), operations)

    def _operation(self, method: str, raw: Mapping[str, Any], schema: Schema | None, whole: bool) -> Operation:
        body = raw.get("body")
        named = (body or {}).get("schema")
        required = raw.get("required") or [[name] for name in raw.get("required_schema", [])]
        return Operation(
            method=method,
            params={
                name: {**facts, "introduced": _introduced(facts, whole)}
                for name, facts in raw.get("params", {}).items()
            },
            body=body,
            body_schema=self.schema(named) if named else schema,
            expensive=tuple(raw.get("expensive", ())),
            required=tuple(tuple(group) for group in required) if method == "POST" else (),
            asynchronous=raw.get("mode") != "sync",
            answers=frozenset(int(status) for status in raw.get("responses", {})),
        )


@cache
def load() -> Contract:
    return Contract(json.loads(RULES.read_text("utf-8")))


def _field(path: str, raw: Mapping[str, Any]) -> Field:
    return Field(
        path=path,
        type=raw["t"],
        array=bool(raw.get("array")),
        rw=raw.get("rw"),
        read_only=bool(raw.get("ro")),
        since=version_of(raw.get("since", "9.6")),
        enum=frozenset(raw.get("enum", ())),
        enum_alias=frozenset(raw.get("enum_alias", ())),
        format=raw.get("format"),
        shorthand=raw.get("shorthand"),
        numeric=bool(raw.get("numeric")),
        limits={name: raw[name] for name in ("min", "max", "minlen", "maxlen", "minitems", "maxitems") if name in raw},
    )


def _introduced(raw: Mapping[str, Any], whole: bool) -> Version:
    """The oldest version that may have a parameter.

    On collections only `since` counts: their writes are younger in the bindings than in ONTAP.
    """
    if "since" in raw:
        return version_of(raw["since"])
    at_most = version_of(raw.get("since_at_most", "9.8"))
    older = [known for known in _BINDINGS if known < at_most]
    if whole or not older:
        return (9, 6)
    return (*older[-1], 1) if len(older[-1]) == 2 else (older[-1][0], older[-1][1], older[-1][2] + 1)


def _descend(place: Mapping[str, Any], parts: list[str], at: int) -> str | None:
    if at == len(parts):
        return place.get("")
    for name in (parts[at], "{}"):
        if name and name in place and isinstance(place[name], dict):
            found = _descend(place[name], parts, at + 1)
            if found is not None:
                return found
    return None
