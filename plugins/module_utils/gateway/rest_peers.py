# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVM peerings over REST."""

from __future__ import annotations

from typing import Any, Collection, Dict, Mapping, Optional, Tuple

from ..model.mirror import SvmPeer
from ..transport.rest import dig, literal
from .rest_cluster import RestCluster

PEERS = "/svm/peers"
FIELDS = ("uuid", "name", "svm.name", "peer.svm.name", "peer.cluster.name", "state", "applications")


class RestPeers(RestCluster):
    def svm_peers(self) -> Tuple[SvmPeer, ...]:
        documents = self._rest.collection(PEERS, FIELDS, {"svm.name": literal(self.svm)})
        return tuple(peer for peer in map(peer_from_rest, documents) if peer.local_svm == self.svm)

    def peer_create(
        self, peer_svm: str, peer_cluster: Optional[str], applications: Collection[str], local_name: Optional[str]
    ) -> Optional[str]:
        """peer_cluster: None for an SVM of the same cluster.  local_name: None for the peer's own."""
        peer: Dict[str, Any] = {"svm": {"name": peer_svm}}
        if peer_cluster:
            peer["cluster"] = {"name": peer_cluster}
        body: Dict[str, Any] = {"svm": {"name": self.svm}, "peer": peer, "applications": sorted(applications)}
        if local_name:
            body["name"] = local_name
        return self._rest.post(PEERS, body)

    def peer_modify(self, uuid: str, applications: Collection[str]) -> Optional[str]:
        return self._rest.patch(f"{PEERS}/{uuid}", {"applications": sorted(applications)})

    def peer_accept(self, uuid: str) -> Optional[str]:
        return self._rest.patch(f"{PEERS}/{uuid}", {"state": "peered"})


def peer_from_rest(document: Mapping[str, Any]) -> SvmPeer:
    peer_svm = str(dig(document, "peer.svm.name") or "")
    return SvmPeer(
        name=str(document.get("name") or peer_svm),
        local_svm=str(dig(document, "svm.name") or ""),
        peer_svm=peer_svm,
        peer_cluster=dig(document, "peer.cluster.name"),
        state=str(document.get("state") or "unknown"),
        applications=tuple(document.get("applications") or ()),
        uuid=document.get("uuid"),
    )
