# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query strings: each parameter is one that the contract knows, or the request is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..contract import Contract, Endpoint, Operation, Version
from ..model.errors import Refused
from .filters import Filter, compile_filter, invalid

_FLOW = frozenset(
    {
        "fields",
        "order_by",
        "max_records",
        "return_records",
        "return_timeout",
        "pretty",
        "ignore_unknown_fields",
        "continue_on_failure",
        "serial_records",
        "validate_only",
    }
)
_INTEGER = re.compile(r"^-?\d+$")
MOST_RECORDS = 10_000


@dataclass
class Query:
    """A query string, understood. params: the operation's own parameters; order: (property, descending)."""

    params: dict[str, Any] = field(default_factory=dict)
    flow: dict[str, Any] = field(default_factory=dict)
    filters: list[Filter] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    start: str | None = None

    @property
    def lenient(self) -> bool:
        return bool(self.flow.get("ignore_unknown_fields"))

    @property
    def page_size(self) -> int:
        return self.flow.get("max_records") or MOST_RECORDS

    def returns_records(self, by_default: bool) -> bool:
        return bool(self.flow.get("return_records", by_default))

    def matches(self, document: Mapping[str, Any]) -> bool:
        return all(each.matches(document) for each in self.filters)

    def literals(self) -> dict[str, frozenset[str]]:
        """The filters that ask for plain values: {property: values}."""
        return {".".join(each.path): each.literals for each in self.filters if each.literals is not None}


def parse(
    pairs: Iterable[tuple[str, str]], contract: Contract, endpoint: Endpoint, operation: Operation, version: Version
) -> Query:
    """Raises Refused for a parameter that the operation does not have, that comes twice, or has a wrong value."""
    query, seen = Query(), set()
    reader = _Reader(contract, endpoint, operation, version, query)
    # whether unknown names are forgiven has to be known before the names are read
    for name, text in sorted(pairs, key=lambda pair: pair[0] != "ignore_unknown_fields"):
        if name in seen:
            raise Refused("262188", f'Field "{name}" was specified twice', name)
        seen.add(name)
        reader.parameter(name, text)
    for name, facts in operation.params.items():
        if name not in _FLOW and "default" in facts:
            query.params.setdefault(name, facts["default"])
    return query


def typed(name: str, text: str, facts: Mapping[str, Any]) -> Any:
    """A parameter's value in its documented type."""
    kind = facts.get("type")
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise invalid(name, text, "true|false")
        return text.lower() == "true"
    if kind == "integer":
        if not _INTEGER.match(text):
            raise invalid(name, text, "integer")
        least, most = facts.get("min"), facts.get("max")
        if (least is not None and int(text) < least) or (most is not None and int(text) > most):
            raise invalid(name, text, f"integer ({least}..{most})")
        return int(text)
    if facts.get("enum") and text not in facts["enum"]:
        raise invalid(name, text, "|".join(facts["enum"]))
    return text


class _Reader:
    def __init__(
        self, contract: Contract, endpoint: Endpoint, operation: Operation, version: Version, query: Query
    ) -> None:
        self.contract, self.endpoint, self.operation = contract, endpoint, operation
        self.version, self.query = version, query

    def parameter(self, name: str, text: str) -> None:
        name = "order_by" if name == "$orderBy" else name
        facts = self.facts(name)
        if facts is not None:
            self.known(name, text, facts)
        elif name == "start.key" and self.operation.method == "GET":
            self.query.start = text
        elif self.is_filter(name):
            self.filter(name, text)
        elif not self.query.lenient:
            raise Refused("262179", f'Unexpected argument "{name}".', name)

    def facts(self, name: str) -> Mapping[str, Any] | None:
        """What the contract says of a parameter that is no filter; None when it is not one of this operation."""
        own = self.operation.params.get(name)
        if own is not None:
            return own if own["introduced"] <= self.version else None
        shared = self.contract.global_query.get(name)
        if shared is None:
            return None
        method, scope = self.operation.method, shared.get("scope")
        if self.endpoint.is_collection and method in shared.get("tolerated_on", ()):
            return shared
        if method not in shared["methods"] or scope not in (None, "collection"):
            return None
        if scope == "collection" and not self.endpoint.is_collection and name != "max_records":
            return None
        return shared

    def known(self, name: str, text: str, facts: Mapping[str, Any]) -> None:
        if name == "order_by":
            self.query.order = [self.order(item) for item in text.split(",")]
        elif name in _FLOW:
            self.query.flow[name] = typed(name, text, facts)
        else:
            self.query.params[name] = typed(name, text, facts)

    def order(self, item: str) -> tuple[str, bool]:
        name, _space, direction = item.strip().partition(" ")
        direction = direction.strip().lower() or "asc"
        schema = self.endpoint.schema
        if schema is None or not schema.has(name, self.version) or direction not in ("asc", "desc"):
            raise invalid("order_by", item, "field [asc|desc],...")
        return name, direction == "desc"

    def is_filter(self, name: str) -> bool:
        if self.operation.method not in ("GET", "PATCH", "DELETE"):
            return False
        if self.operation.method != "GET" and not self.endpoint.is_collection:
            return False
        return self.endpoint.schema is not None and self.endpoint.schema.has(name, self.version)

    def filter(self, name: str, text: str) -> None:
        assert self.endpoint.schema is not None
        known = self.endpoint.schema.fields.get(name)
        # two snapshots for a delta are named with a comma, not a bar
        pair = name == "name" and self.endpoint.schema.name == "snapshot"
        self.query.filters.append(compile_filter(name, text, known, comma_is_or=pair))
