# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVM peerings over ZAPI."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..model.mirror import SvmPeer
from ..transport.zapi import Document, listed
from .zapi_cluster import ZapiCluster, leaves

FIELDS = {
    "vserver-peer-info": leaves(
        "vserver", "peer-vserver", "remote-vserver-name", "peer-cluster", "peer-state", "applications"
    )
}
APPLICATION = "vserver-peer-application"


class ZapiPeers(ZapiCluster):
    """A peering has no uuid here: the local name of the peer, which is unique in an SVM, stands for it."""

    def svm_peers(self) -> tuple[SvmPeer, ...]:
        query = {"vserver-peer-info": {"vserver": self.svm}}
        found = map(peer_from_zapi, self._records("vserver-peer-get-iter", FIELDS, query))
        return tuple(peer for peer in found if peer.local_svm == self.svm)

    def peer_create(
        self, peer_svm: str, peer_cluster: str | None, applications: Collection[str], local_name: str | None
    ) -> str | None:
        """peer_cluster: None for an SVM of the same cluster.  local_name: None for the peer's own."""
        args: dict[str, Any] = {"vserver": self.svm, "peer-vserver": peer_svm}
        if peer_cluster:
            args["peer-cluster"] = peer_cluster
        if local_name:
            args["local-name"] = local_name
        args["applications"] = [(APPLICATION, name) for name in sorted(applications)]
        self._zapi.write("vserver-peer-create", args)
        return None

    def peer_modify(self, uuid: str, applications: Collection[str]) -> str | None:
        given = [(APPLICATION, name) for name in sorted(applications)]
        self._zapi.write("vserver-peer-modify", {"vserver": self.svm, "peer-vserver": uuid, "applications": given})
        return None

    def peer_accept(self, uuid: str) -> str | None:
        self._zapi.write("vserver-peer-accept", {"vserver": self.svm, "peer-vserver": uuid})
        return None


def peer_from_zapi(record: Document) -> SvmPeer:
    name = str(record.get("peer-vserver") or "")
    return SvmPeer(
        name=name,
        local_svm=str(record.get("vserver") or ""),
        peer_svm=str(record.get("remote-vserver-name") or name),
        peer_cluster=record.get("peer-cluster") or None,
        state=str(record.get("peer-state") or "unknown"),
        applications=tuple(listed(record.get("applications"))),
        uuid=name or None,
    )
