# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes into the REST service and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ..contract import Endpoint, Operation
from ..model.errors import Refused
from .resource import Resource


@dataclass(frozen=True)
class Call:
    """A request. path: below /api, still percent-encoded; links: whether HAL links are wanted."""

    method: str
    path: str
    pairs: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    svm_name: str | None = None
    svm_uuid: str | None = None
    links: bool = True


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pending:
    """Asynchronous work. Wait for the jobs as long as the caller asked, then `complete` under the lock."""

    jobs: list[Any]
    timeout_s: int
    complete: Callable[[], Answer]


@dataclass(frozen=True)
class Target:
    """What a path means. keys: the instance's path parameters, empty for a collection."""

    endpoint: Endpoint
    operation: Operation
    resource: Resource
    scope: Mapping[str, str]
    keys: Mapping[str, str]


def refusal(refused: Refused) -> Answer:
    error = {"message": refused.message, "code": refused.code}
    if refused.target is not None:
        error["target"] = refused.target
    return Answer(refused.status, {"error": error})


def href(target: Target, document: Mapping[str, Any]) -> str:
    """The link to a record itself."""
    parts = []
    for part in target.resource.path.strip("/").split("/"):
        name = part[1:-1] if part.startswith("{") else None
        parts.append(part if name is None else at(document, name) or target.scope.get(name, "*"))
    parts += [at(document, name) or "" for name in target.resource.key]
    return "/api/" + "/".join(quote(part, safe="*") for part in parts)


def nested(key: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names as nested objects."""
    document: dict[str, Any] = {}
    for name, value in key.items():
        place = document
        *parents, leaf = name.split(".")
        for part in parents:
            place = place.setdefault(part, {})
        place[leaf] = value
    return document


def at(document: Mapping[str, Any], path: str) -> str | None:
    """A value as text; None where it is not set."""
    value: Any = document
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return None if value is None else str(value)
