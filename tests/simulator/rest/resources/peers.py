# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/svm/peers and /cluster/peers"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...model import peers
from ...model.errors import Refused, not_found
from ...model.peers import SvmPeer
from ..resource import Resource, Written, picked
from .documents import Body, iso_time, known, ref


class SvmPeers(Resource):
    path = "/svm/peers"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [self._document(peer) for peer in self.cluster.svm_peers.values()]

    def select(
        self, scope: Mapping[str, str], params: Mapping[str, Any], wanted: Mapping[str, frozenset[str]]
    ) -> Iterable[dict[str, Any]] | None:
        tells: dict[str, Callable[[SvmPeer], str]] = {
            "uuid": lambda peer: peer.uuid,
            "svm.name": lambda peer: peer.svm.name,
        }
        found = picked(self.cluster.svm_peers.values(), tells, wanted)
        return None if found is None else map(self._document, found)

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        svm = self.cluster.find_svm(given.take("svm.name"), given.take("svm.uuid"))
        remote = peers.find_remote(self.cluster, given.take("peer.cluster.name"), given.take("peer.cluster.uuid"))
        alias = given.take("name")
        name, uuid = given.take("peer.svm.name"), given.take("peer.svm.uuid")
        if name is None and uuid is not None:
            name = next((each.name for each in remote.svms.values() if each.uuid == uuid), uuid)
        if name is None and alias is None:
            raise Refused("26345580", "The name or UUID of the peer SVM is missing.", "peer.svm.name")
        made, job = peers.create(svm, remote, name or alias, given.take("applications") or ["snapmirror"], alias)
        return Written({"uuid": made}, job)

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        peer = self._find(record)
        job = peers.modify(peer, state=body.get("state"), applications=body.get("applications"), name=body.get("name"))
        return Written({"uuid": peer.uuid}, job)

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        peer = self._find(record)
        return Written({"uuid": peer.uuid}, peers.delete(peer))

    def _find(self, record: Mapping[str, Any]) -> SvmPeer:
        peer = self.cluster.svm_peers.get(record["uuid"])
        if peer is None:
            raise not_found(target="uuid")
        return peer

    def _document(self, peer: SvmPeer) -> dict[str, Any]:
        remote = peer.remote.cluster
        known_as = self.cluster.cluster_peers.get(remote.uuid)
        return {
            "uuid": peer.uuid,
            "name": peer.name,
            "state": peer.state,
            "applications": list(peer.applications),
            "svm": ref(peer.svm),
            "peer": {
                "svm": ref(peer.remote),
                "cluster": {"name": known_as.name if known_as else remote.name, "uuid": remote.uuid},
            },
        }


class ClusterPeers(Resource):
    path = "/cluster/peers"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        now = iso_time(self.cluster.world.now())
        return [
            known(
                {
                    "uuid": peer.uuid,
                    "name": peer.name,
                    "status": {"state": "available" if peer.available else "unavailable", "update_time": now},
                    "remote": {
                        "name": peer.remote.name,
                        "ip_addresses": ["192.0.2.10", "192.0.2.11"],
                        "serial_number": peer.uuid[:8],
                    },
                    "authentication": {"state": "ok", "in_use": "ok"},
                    "encryption": {"state": "tls_psk"},
                    "peer_applications": ["snapmirror", "flexcache"],
                    "ipspace": {"name": "Default"},
                }
            )
            for peer in self.cluster.cluster_peers.values()
        ]
