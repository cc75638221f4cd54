# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/cluster/mediators"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import mediators, peers
from ...model.errors import Refused, not_found
from ...model.mediators import Mediator
from ..resource import Resource, Written
from .documents import Body

_NEEDED = ("ip_address", "user", "password")


class Mediators(Resource):
    path = "/cluster/mediators"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [document(mediator) for mediator in self.cluster.mediators.values()]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        if given.take("type", "on_prem") != "on_prem":
            raise Refused("2432871", "Cloud mediators are not simulated.", "type")
        name, uuid = given.take("peer_cluster.name"), given.take("peer_cluster.uuid")
        missing = [field for field in _NEEDED if not given.rest.get(field)]
        missing += [] if name or uuid else ["peer_cluster.name"]
        if missing:
            raise Refused("2432871", f"{missing[0]} is missing.", missing[0])
        peer = peers.find_remote(self.cluster, name, uuid)
        made, job = mediators.add(self.cluster, peer, given.take("ip_address"), given.take("port") or mediators.PORT)
        return Written({"uuid": made}, job)

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        raise Refused("13369421", "Only cloud mediators can be modified.")

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        mediator = self.cluster.mediators.get(record["uuid"])
        if mediator is None:
            raise not_found(target="uuid")
        return Written({"uuid": mediator.uuid}, mediators.remove(mediator))


def document(mediator: Mediator) -> dict[str, Any]:
    other = mediator.other_side
    known_as = mediator.cluster.cluster_peers.get(mediator.peer.uuid)
    return {
        "uuid": mediator.uuid,
        "ip_address": mediator.address,
        "port": mediator.port,
        "peer_cluster": {"name": known_as.name if known_as else mediator.peer.name, "uuid": mediator.peer.uuid},
        "reachable": mediator.reachable,
        "local_mediator_connectivity": _connectivity(mediator),
        "peer_mediator_connectivity": _connectivity(other),
        "type": "on_prem",
    }


def _connectivity(mediator: Mediator | None) -> str:
    return "connected" if mediator is not None and mediator.reachable else "unreachable"
