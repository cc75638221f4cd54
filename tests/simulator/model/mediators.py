# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mediators: the third place that tells two clusters which of them may serve.

Where the published facts are silent, this is what the model does:
- whoever adds a mediator on one cluster adds it for both: each has an entry, with a uuid of its own;
- two clusters have one mediator between them, and an address serves any number of pairs;
- user, password and certificate are never wrong; cloud mediators and those of MetroCluster are not simulated;
- a mediator is removed from both clusters, or from the one that can be reached.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import Refused

if TYPE_CHECKING:
    from .cluster import Cluster
    from .jobs import Job
    from .mirrors import Relationship

PORT = 31784
UNREACHABLE = "13303826"


@dataclass(eq=False)
class Mediator:
    """One cluster's entry. address: the same in both."""

    uuid: str
    cluster: Cluster = field(repr=False)
    peer: Cluster = field(repr=False)
    address: str
    port: int = PORT

    @property
    def reachable(self) -> bool:
        return self.cluster.up and self.address not in self.cluster.world.mediators_down

    @property
    def other_side(self) -> Mediator | None:
        return between(self.peer, self.cluster)


def between(cluster: Cluster, peer: Cluster) -> Mediator | None:
    """The entry of *cluster* for its pair with *peer*."""
    for mediator in cluster.mediators.values():
        if mediator.peer is peer:
            return mediator
    return None


def add(cluster: Cluster, peer: Cluster, address: str, port: int = PORT) -> tuple[str, Job]:
    """The uuid that the entry will have here, and the job that adds it on both clusters."""
    world = cluster.world
    uuid = world.ids.new("mediator")

    def check() -> None:
        if peer is cluster:
            raise Refused("2432871", "The peer cluster of a mediator is another cluster.", "peer_cluster")
        if any(between(one, other) for one, other in ((cluster, peer), (peer, cluster))):
            raise Refused("2432871", f'Clusters "{cluster.name}" and "{peer.name}" have a mediator already.')
        if address in world.mediators_down or not peer.up:
            raise Refused("2430774", f'Mediator "{address}" could not be added: not all nodes can be reached.')

    def work() -> None:
        check()
        for here, there, own in ((cluster, peer, uuid), (peer, cluster, world.ids.new("mediator"))):
            here.mediators[own] = Mediator(own, here, there, address, port)

    fault = world.consult(cluster.name, "mediator.add", address)
    check()
    return uuid, cluster.start_job("mediator.add", address, "POST /api/cluster/mediators", work, fault=fault)


def remove(mediator: Mediator) -> Job:
    cluster = mediator.cluster

    def work() -> None:
        cluster.mediators.pop(mediator.uuid, None)
        other = mediator.other_side
        if other is not None and mediator.peer.up:
            del other.cluster.mediators[other.uuid]

    fault = cluster.world.consult(cluster.name, "mediator.remove", mediator.address)
    text = f"DELETE /api/cluster/mediators/{mediator.uuid}"
    return cluster.start_job("mediator.remove", mediator.address, text, work, fault=fault)


def worry(relationship: Relationship) -> str | None:
    """Why no failover of this relationship could be decided on now."""
    here, there = relationship.destination.cluster, relationship.source.cluster
    for one, other in ((here, there), (there, here)):
        mediator = between(one, other)
        if mediator is None:
            return f'Cluster "{one.name}" has no mediator for its peer "{other.name}".'
        if one.up and not mediator.reachable:
            return f'Mediator "{mediator.address}" cannot be reached from cluster "{one.name}".'
    return None
