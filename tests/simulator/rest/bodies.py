# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request bodies: from what clients send to nested, typed documents, or to ONTAP's refusal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..contract import Field, Node, Operation, Schema, Version
from ..model.errors import Refused
from .filters import invalid, size_of

_LETTER = {"POST": "P", "PATCH": "M"}
_BULK_KEYS = ("uuid", "name", "id", "index")
_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
}


def parse(raw: bytes) -> Any:
    """The JSON of a body, None for an empty one."""
    if not raw.strip():
        return None
    try:
        return json.loads(raw, object_pairs_hook=_once)
    except ValueError as problem:
        raise Refused("262199", f"Failed to parse input as JSON: {problem}") from problem


def read(
    raw: Mapping[str, Any], operation: Operation, version: Version, *, bulk: bool = False, lenient: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A body checked against the contract: (nested body, query parameters that came inside it).

    bulk: it is one of `records`, so keys may be there to name the record.
    lenient: ignore_unknown_fields was given.
    """
    schema = operation.body_schema
    if schema is None:
        raise Refused("262179", "Unexpected argument: this call takes no body")
    nested = _nest(raw)
    reader = _Reader(schema, _LETTER.get(operation.method, "P"), version, bulk, lenient)
    inside = reader.parameters(nested, operation)
    body = reader.walk(nested, schema.root, "")
    for group in operation.required:
        if not any(_present(body, name) for name in group):
            raise Refused("2", f'The field "{" or ".join(group)}" is missing', group[0])
    return body, inside


class _Reader:
    def __init__(self, schema: Schema, letter: str, version: Version, bulk: bool, lenient: bool) -> None:
        self.schema, self.letter, self.version = schema, letter, version
        self.bulk, self.lenient = bulk, lenient

    def parameters(self, nested: dict[str, Any], operation: Operation) -> dict[str, Any]:
        """Take out of the body what belongs into the query but is taken from either by ONTAP."""
        found = {}
        for name, facts in operation.params.items():
            if "." not in name and not facts.get("in_body"):
                continue
            known = self.schema.fields.get(name)
            if known is None or not known.writable(self.letter):
                value = take_path(nested, name.split("."))
                if value is not None:
                    found[name] = value
        return found

    def walk(self, value: Mapping[str, Any], node: Node, prefix: str) -> dict[str, Any]:
        body = {}
        for name, item in value.items():
            path, child = prefix + name, node.children.get(name)
            known = child.field if child else None
            if child is None or (known is not None and known.since > self.version):
                if self.lenient:
                    continue
                raise Refused("262179", f'Unexpected argument "{path}".', path)
            body[name] = self.item(item, child, known, path)
        return body

    def item(self, item: Any, node: Node, known: Field | None, path: str) -> Any:
        if known is None:
            if not isinstance(item, dict):
                raise invalid(path, item, "object")
            return self.walk(item, node, path + ".")
        if known.type == "object" and known.shorthand and isinstance(item, str):
            return {known.shorthand: item}
        self.writable(item, known, path)
        if item is None:
            return None
        if known.array:
            return self.array(item, node, known, path)
        if known.type == "object" and isinstance(item, dict):
            return self.walk(item, node, path + ".") if node.children else item
        return _typed(item, known, path)

    def array(self, items: Any, node: Node, known: Field, path: str) -> list[Any]:
        if not isinstance(items, list):
            raise invalid(path, items, "array")
        _within(len(items), known, "minitems", "maxitems", path, "number of items")
        return [
            self.walk(item, node, path + ".")
            if known.type == "object" and isinstance(item, dict) and node.children
            else _typed(item, known, path)
            for item in items
        ]

    def writable(self, item: Any, known: Field, path: str) -> None:
        if known.writable(self.letter):
            return
        if self.bulk and path in _BULK_KEYS and self.letter == "M":
            return
        is_object = known.type == "object" and not (known.array and not isinstance(item, list))
        if is_object and (item is None or (item and known.rw is None)):
            return
        verb = "POST" if self.letter == "P" else "PATCH"
        raise Refused("262196", f'Field "{path}" cannot be set in this operation ({verb})', path)


def _typed(item: Any, known: Field, path: str) -> Any:
    """A value in the type that the contract gives the field; ONTAP reads "true" and "20GB" too."""
    if known.type == "any" or item is None:
        return item
    if isinstance(item, str):
        item = _from_text(item, known)
    elif known.type == "string" and known.numeric and isinstance(item, int) and not isinstance(item, bool):
        item = str(item)
    wanted = _PYTHON_TYPES.get(known.type, (object,))
    if not isinstance(item, wanted) or (isinstance(item, bool) and known.type != "boolean"):
        raise invalid(path, item, known.type)
    if known.enum:
        item = _enumerated(item, known, path)
    if known.type == "integer":
        _within(item, known, "min", "max", path, "value")
    if known.type == "string":
        _within(len(item), known, "minlen", "maxlen", path, "length")
    return item


def _from_text(item: str, known: Field) -> Any:
    if known.type == "boolean" and item.lower() in ("true", "false"):
        return item.lower() == "true"
    if known.type in ("integer", "number"):
        size = size_of(item)
        if size is not None:
            return int(size) if known.type == "integer" else size
    return item


def _enumerated(item: Any, known: Field, path: str) -> Any:
    for spelling in (item, str(item).lower()):
        if spelling in known.enum or spelling in known.enum_alias:
            return spelling
    raise invalid(path, item, "|".join(sorted(map(str, known.enum))))


def _within(value: float, known: Field, least: str, most: str, path: str, what: str) -> None:
    low, high = known.limits.get(least), known.limits.get(most)
    if (low is not None and value < low) or (high is not None and value > high):
        raise Refused(
            "262200" if what == "value" else "262245",
            f'The {what} of field "{path}" is outside {low if low is not None else ""}..'
            f"{high if high is not None else ''}",
            path,
        )


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Refused("262188", f'Field "{name}" was specified twice', name)
        found[name] = value
    return found


def _nest(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted keys as nested objects."""
    nested: dict[str, Any] = {}
    for name, value in raw.items():
        _merge(nested, name.split("."), _inner(value), name)
    return nested


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return _nest(value)
    if isinstance(value, list):
        return [_inner(item) for item in value]
    return value


def _merge(place: dict[str, Any], parts: list[str], value: Any, name: str) -> None:
    *parents, leaf = parts
    for part in parents:
        place = place.setdefault(part, {})
        if not isinstance(place, dict):
            raise Refused("262188", f'Field "{name}" was specified twice', name)
    if leaf not in place:
        place[leaf] = value
    elif isinstance(place[leaf], dict) and isinstance(value, dict):
        for inner, item in value.items():
            _merge(place[leaf], [inner], item, f"{name}.{inner}")
    else:
        raise Refused("262188", f'Field "{name}" was specified twice', name)


def take_path(nested: dict[str, Any], parts: list[str]) -> Any:
    """Remove and return the value at a path, with the objects that become empty by it."""
    first, *rest = parts
    if not rest:
        return nested.pop(first, None)
    inner = nested.get(first)
    if not isinstance(inner, dict):
        return None
    value = take_path(inner, rest)
    if value is not None and not inner:
        del nested[first]
    return value


def _present(body: Mapping[str, Any], name: str) -> bool:
    value: Any = body
    for part in name.split("."):
        if isinstance(value, list):
            value = next((item for item in value if isinstance(item, dict) and part in item), {})
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def take(raw: dict[str, Any], name: str) -> None:
    """Remove a property from a body, in whichever spelling it is there."""
    if name in raw:
        del raw[name]
    else:
        take_path(raw, name.split("."))
