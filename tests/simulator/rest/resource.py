# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a translator between the model and REST documents looks like to the REST side.

A resource knows nothing of HTTP, paging, filters or `fields`: it hands out whole documents and
takes bodies that the contract has already been checked on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from ..model.errors import Refused

if TYPE_CHECKING:
    from ..model.cluster import Cluster
    from ..model.jobs import Job

T = TypeVar("T")


@dataclass(frozen=True)
class Written:
    """What a write touched.

    key: the key fields of the record, flat and dotted, e.g. {"uuid": ..., "name": ...}.
    job: the asynchronous work that was started, None when all is done.
    """

    key: Mapping[str, Any]
    job: Job | None = None


class Resource:
    """One collection of one cluster. Refuses what a subclass does not offer.

    path: as in rest.json, e.g. "/storage/volumes/{volume.uuid}/snapshots".
    key: the path parameters that name one record, e.g. ("uuid",); () for a singleton like /cluster.
    The scope holds the parents' path parameters, "*" meaning all of them.
    params holds the operation's own query parameters (not filters), typed as the contract says.
    """

    path: ClassVar[str]
    key: ClassVar[tuple[str, ...]] = ("uuid",)

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        """Full nested documents; properties that are not set are left out."""
        self.unsupported("GET")

    def select(
        self, scope: Mapping[str, str], params: Mapping[str, Any], wanted: Mapping[str, frozenset[str]]
    ) -> Iterable[dict[str, Any]] | None:
        """A cheaper `records` that may leave out what *wanted* does not name; None: not offered.

        wanted: {dotted field: literal values asked for}; more records than asked for do no harm.
        """
        return None

    def keys(self, scope: Mapping[str, str], wanted: Mapping[str, frozenset[str]]) -> Iterable[dict[str, Any]] | None:
        """As `select`, of what tells a record from the others only; for a write that names it. None: not offered."""
        return None

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        """body: nested, checked against the contract."""
        self.unsupported("POST")

    def modify(
        self,
        scope: Mapping[str, str],
        record: Mapping[str, Any],
        body: Mapping[str, Any],
        params: Mapping[str, Any],
    ) -> Written:
        """record: the document to change, as `records` or `keys` gave it."""
        self.unsupported("PATCH")

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        self.unsupported("DELETE")

    def unsupported(self, method: str) -> NoReturn:
        raise Refused(code="3", message=f"{method} is not supported on {self.path}", status=405)


def picked(
    found: Iterable[T], tells: Mapping[str, Callable[[T], str]], wanted: Mapping[str, frozenset[str]]
) -> list[T] | None:
    """For `select`: those that have a wanted value in every field of *tells*; None where *wanted* names none of these fields.

    tells: {dotted field: its value in what was found}.
    """
    asked = [(tells[name], values) for name, values in wanted.items() if name in tells]
    return [one for one in found if all(tell(one) in values for tell, values in asked)] if asked else None
