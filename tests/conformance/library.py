# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers around NetApp's own library, `netapp-ontap`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from netapp_ontap import HostConnection, resources
from netapp_ontap.resource import Resource

from tests.conformance.support import Cluster

POLL_INTERVAL_S = 0.05


def connect(cluster: Cluster) -> HostConnection:
    """To be used as a context manager: within, the library speaks to *cluster*."""
    return HostConnection(
        cluster.hostname,
        username=cluster.username,
        password=cluster.password,
        port=cluster.port,
        scheme=cluster.scheme,
        verify=cluster.ca_file or True,
        poll_interval=POLL_INTERVAL_S,
    )


def collection_classes() -> dict[str, type[Resource]]:
    """{path template with bare braces: class}, for all that the library can list."""
    found = {}
    for _name, cls in inspect.getmembers(resources, inspect.isclass):
        if issubclass(cls, Resource) and hasattr(cls, "_path") and hasattr(cls, "get_collection"):
            found[template(cls._path.removeprefix("/api"))] = cls
    return found


def template(path: str) -> str:
    """`/storage/volumes/{volume.uuid}/snapshots` and the library's spelling of it come out equal."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def key_of(record: Resource) -> tuple[str, ...]:
    """What tells this record from all others of its collection (parents included)."""
    return tuple(str(attrgetter(name)(record)) for name in record._keys)


def scopes(path: str) -> Iterator[tuple[str, ...]]:
    """The parent keys to list *path* with: () for a collection without parents, else those of every parent."""
    parent = path.split("/{}")[0]
    if parent == path:
        yield ()
        return
    for record in collection_classes()[parent].get_collection():
        yield key_of(record)


def unmodelled(schema: Any, document: dict[str, Any], above: str = "") -> Iterator[str]:
    """Names of fields, at any depth, that the library's model does not have. It checks the outermost ones only."""
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    for name, value in document.items():
        if name not in known:
            yield above + name
            continue
        field = getattr(known[name], "inner", known[name])
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and hasattr(field, "schema"):
                yield from unmodelled(field.schema, item, f"{above}{name}.")


def watch(connection: HostConnection, look: Callable[[dict[str, Any]], None]) -> None:
    """*look* is given the content of each answer that the library gets."""
    connection.session.hooks["response"].append(lambda response, *_args, **_options: look(response.json()))


class Pages:
    """Counts the answers that a listing took."""

    def __init__(self, connection: HostConnection) -> None:
        self.sizes: list[int] = []
        watch(connection, self._note)

    def _note(self, content: dict[str, Any]) -> None:
        if "records" in content:
            self.sizes.append(len(content["records"]))
