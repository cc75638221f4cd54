# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which properties of a document an answer shows: `fields`, its stars, and what has to be asked for by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..contract import ContractBroken, Endpoint, Node, Operation, Schema, Version
from .filters import invalid
from .resource import Resource

Selection = Mapping[str, Any]  # {property: True for a value, a Selection for an object}


def selection(
    endpoint: Endpoint, operation: Operation, version: Version, keys: tuple[str, ...], text: str | None, lenient: bool
) -> Selection:
    """What to show of each record.

    text: the `fields` parameter; None shows the keys (in a collection) or all that is cheap (of one record).
    lenient: ignore_unknown_fields was given.
    """
    at = (version, text, lenient)
    chosen: Selection | None = operation.cache.get(at)
    if chosen is None:
        assert endpoint.schema is not None
        chosen = _select(endpoint.schema, endpoint, operation, version, keys, text, lenient)
        operation.cache[at] = chosen
    return chosen


def project(document: Mapping[str, Any], chosen: Selection, node: Node) -> dict[str, Any]:
    """The chosen part of a document. Raises ContractBroken for a property that no schema has."""
    shown = {}
    for name, value in document.items():
        child = node.children.get(name)
        if child is None:
            if name == "_links":
                continue
            raise ContractBroken(f"the simulator has a property {name} that the contract lacks, in {document}")
        wanted = chosen.get(name)
        if wanted is None or value is None:
            continue
        if wanted is True:
            shown[name] = value
        elif isinstance(value, list):
            shown[name] = [project(item, wanted, child) if isinstance(item, dict) else item for item in value]
        elif isinstance(value, dict):
            inner = project(value, wanted, child)
            if inner:
                shown[name] = inner
        else:
            raise ContractBroken(f"{name} is an object by contract, not {value!r}")
    return shown


def keys_of(endpoint: Endpoint, resource: Resource) -> tuple[str, ...]:
    """The properties that every record of a collection shows: its parents' keys, its own, and its name."""
    assert endpoint.schema is not None
    parents = [part[1:-1] for part in resource.path.split("/") if part.startswith("{")]
    names = [name for name in (*parents, *resource.key, "name") if name in endpoint.schema.fields]
    return tuple(dict.fromkeys(names))


def _select(
    schema: Schema,
    endpoint: Endpoint,
    operation: Operation,
    version: Version,
    keys: tuple[str, ...],
    text: str | None,
    lenient: bool,
) -> Selection:
    words = [word.strip() for word in text.split(",")] if text is not None else []
    if len(words) > 1 and not words[-1]:
        words.pop()  # netapp.ontap leaves a comma at the end, and arrays bear it
    asked = [word for word in words if not word.startswith("!")]
    dropped = [word[1:] for word in words if word.startswith("!")]
    for word in (*asked, *dropped):
        if not _known(schema, word, version) and not lenient:
            raise invalid("fields", word, "field,...")
    if not asked and not endpoint.is_collection:
        asked = ["*"]
    chosen: dict[str, Any] = {}
    for path, known in schema.fields.items():
        node = schema.node(path)
        if known.since > version or not known.returned or (node is not None and node.children):
            continue
        cheap = not any(_covers(pattern, path) for pattern in operation.expensive)
        shown = path in keys or any(_asks(word, path, cheap) for word in asked)
        if shown and (path in keys or not any(_covers(word, path) for word in dropped)):
            _enter(chosen, path)
    return chosen


def _known(schema: Schema, word: str, version: Version) -> bool:
    if word in ("*", "**"):
        return True
    return bool(word) and schema.has(word[:-2] if word.endswith(".*") else word, version)


def _asks(word: str, path: str, cheap: bool) -> bool:
    if word == "*":
        return cheap
    return word == "**" or _covers(word, path)


def _covers(word: str, path: str) -> bool:
    """Whether a property is the named one or lies below it."""
    word = word[:-2] if word.endswith(".*") else word
    return path == word or path.startswith(word + ".")


def _enter(chosen: dict[str, Any], path: str) -> None:
    *parents, leaf = path.split(".")
    for part in parents:
        chosen = chosen.setdefault(part, {})
    chosen[leaf] = True
