# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Order and pages of a collection.

A page is continued after the sort key of its last record, so records that come or go between two
pages neither repeat nor hide others. Like ONTAP, a full page always names a next one, even when
no record is left for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cmp_to_key
from typing import Any
from urllib.parse import urlencode

from ..contract import Schema
from .filters import duration_of, invalid, values_at
from .queries import Query

Document = Mapping[str, Any]


def page(
    documents: list[Document], query: Query, schema: Schema, keys: tuple[str, ...]
) -> tuple[list[Document], str | None]:
    """The records of one page in order, and the opaque key of the next page."""
    order = [*query.order, *((name, False) for name in _default_order(schema, keys))]
    descending = [down for _name, down in order]

    def sort_key(document: Document) -> list[Any]:
        return [_first(document, name, schema) for name, _down in order]

    if any(descending):

        def by_keys(one: Document, other: Document) -> int:
            return _compare(sort_key(one), sort_key(other), descending)

        documents = sorted(documents, key=cmp_to_key(by_keys))
    else:
        documents = sorted(documents, key=lambda document: [_rank(value) for value in sort_key(document)])
    if query.start is not None:
        last = _start(query.start, len(order))
        documents = [each for each in documents if _compare(sort_key(each), last, descending) > 0]
    size = query.page_size
    if len(documents) < size:
        return documents, None
    documents = documents[:size]
    return documents, json.dumps(sort_key(documents[-1]), separators=(",", ":"))


def link(path: str, pairs: list[tuple[str, str]], start: str | None = None) -> str:
    """A link to the collection with the same query, at the given page."""
    kept = [(name, text) for name, text in pairs if name != "start.key"]
    kept += [("start.key", start)] if start is not None else []
    return path + ("?" + urlencode(kept) if kept else "")


def _default_order(schema: Schema, keys: tuple[str, ...]) -> list[str]:
    return [*(name for name in ("svm.name", "name") if name in schema.fields and name not in keys[:1]), *keys]


def _first(document: Document, name: str, schema: Schema) -> Any:
    value = next(values_at(document, tuple(name.split("."))), None)
    known = schema.fields.get(name)
    if isinstance(value, str) and known is not None and known.format == "iso8601-duration":
        return duration_of(value)
    return value if not isinstance(value, (dict, list)) else json.dumps(value, sort_keys=True)


def _rank(value: Any) -> tuple[int, Any]:
    """Values of any type in one order; what is not set comes first."""
    if value is None:
        return 0, 0
    return (2, value) if isinstance(value, str) else (1, value)


def _compare(one: list[Any], other: list[Any], descending: list[bool]) -> int:
    for a, b, down in zip(one, other, descending):
        left, right = _rank(a), _rank(b)
        if left != right:
            return (1 if left > right else -1) * (-1 if down else 1)
    return 0


def _start(text: str, length: int) -> list[Any]:
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, list) or len(values) != length:
        raise invalid("start.key", text, "key of a next link")
    return values
