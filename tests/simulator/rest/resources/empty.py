# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections that the simulated clusters have nothing in, and in which nothing can be made yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..resource import Resource

_EMPTY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/protocols/nvme/services", ("svm.uuid",)),
    ("/protocols/nvme/subsystem-maps", ("subsystem.uuid", "namespace.uuid")),
    ("/protocols/nvme/subsystems", ("uuid",)),
    ("/storage/flexcache/flexcaches", ("uuid",)),
    ("/storage/flexcache/origins", ("uuid",)),
    ("/storage/qtrees", ("volume.uuid", "id")),
    ("/storage/quota/reports", ("volume.uuid", "index")),
    ("/storage/quota/rules", ("uuid",)),
    ("/support/ems/events", ("node.name", "index")),
    ("/svm/migrations", ("uuid",)),
    ("/svm/peer-permissions", ("cluster_peer.uuid", "svm.uuid")),
)


class Empty(Resource):
    """Lists nothing; writes are answered as unsupported."""

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return []


def empty_collections() -> list[type[Resource]]:
    return [
        type(
            "Empty" + "".join(part.title() for part in path.replace("-", "/").split("/")),
            (Empty,),
            {"path": path, "key": key},
        )
        for path, key in _EMPTY
    ]
