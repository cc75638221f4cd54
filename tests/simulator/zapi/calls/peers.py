# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peerings of SVMs and of clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...model import peers
from ...model.peers import SvmPeer
from .. import errors
from ..errors import Failed
from ..iterators import Listing, Record
from ..reply import Handler, Reply
from ..scope import Scope
from ..wire import Call


def _peers(scope: Scope) -> Iterable[Record]:
    for peer in scope.cluster.svm_peers.values():
        if peer.svm in scope.svms:
            yield {
                "vserver": peer.svm.name,
                "vserver-uuid": peer.svm.uuid,
                "peer-vserver": peer.name,
                "peer-vserver-uuid": peer.remote.uuid,
                "remote-vserver-name": peer.remote.name,
                "peer-cluster": _cluster_name(peer),
                "peer-state": peer.state,
                "applications": list(peer.applications),
            }


def _cluster_name(peer: SvmPeer) -> str:
    known = peer.svm.cluster.cluster_peers.get(peer.remote.cluster.uuid)
    return known.name if known else peer.remote.cluster.name


def _find(scope: Scope, call: Call) -> SvmPeer:
    svm, name = call.need("vserver"), call.need("peer-vserver")
    for peer in scope.cluster.svm_peers.values():
        if peer.svm in scope.svms and peer.svm.name == svm and peer.name == name:
            return peer
    raise Failed(errors.NOT_FOUND, f'entry doesn\'t exist: Vserver peer "{name}" of "{svm}"')


def _create(scope: Scope, call: Call) -> Reply:
    svm = next((each for each in scope.svms if each.name == call.need("vserver")), None)
    if svm is None:
        raise Failed(errors.NO_SUCH_SVM, f'Specified vserver "{call.need("vserver")}" not found')
    remote = peers.find_remote(scope.cluster, call.text("peer-cluster") or None, None)
    name, alias = call.need("peer-vserver"), call.text("local-name") or None
    return Reply(job=peers.create(svm, remote, name, call.items("applications"), alias)[1])


def _accept(scope: Scope, call: Call) -> Reply:
    return Reply(job=peers.modify(_find(scope, call), state="peered"))


def _modify(scope: Scope, call: Call) -> Reply:
    return Reply(job=peers.modify(_find(scope, call), applications=call.items("applications")))


def _delete(scope: Scope, call: Call) -> Reply:
    return Reply(job=peers.delete(_find(scope, call)))


def _cluster_peers(scope: Scope) -> Iterable[Record]:
    if scope.tunnel is not None:
        raise Failed(errors.NO_SUCH_CALL, "Unable to find API: it is one of the cluster, not of an SVM")
    for peer in scope.cluster.cluster_peers.values():
        yield {
            "cluster-name": peer.name,
            "remote-cluster-name": peer.remote.name,
            "cluster-uuid": peer.uuid,
            "availability": "available" if peer.available else "unavailable",
        }


LISTINGS: Mapping[str, Listing] = {
    "vserver-peer-get-iter": Listing(_peers, ("vserver", "peer-vserver")),
    "cluster-peer-get-iter": Listing(_cluster_peers, ("cluster-name",)),
}
HANDLERS: Mapping[str, Handler] = {
    "vserver-peer-create": _create,
    "vserver-peer-accept": _accept,
    "vserver-peer-modify": _modify,
    "vserver-peer-delete": _delete,
}
