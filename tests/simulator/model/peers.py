# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peering of clusters and of SVMs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import Refused, duplicate

if TYPE_CHECKING:
    from .cluster import Cluster
    from .jobs import Job
    from .svms import Svm

APPLICATIONS = ("snapmirror", "file_copy", "lun_copy", "flexcache")


@dataclass(eq=False)
class ClusterPeer:
    """How one cluster knows another: by the name it chose for it."""

    name: str
    remote: Cluster = field(repr=False)
    create_time: float = 0.0

    @property
    def uuid(self) -> str:
        return self.remote.uuid

    @property
    def available(self) -> bool:
        return self.remote.up


@dataclass(eq=False)
class SvmPeer:
    """One side of an SVM peering.

    name: what the remote SVM is called here, which may differ from its name there.
    state: initiated (asked here), pending (asked there), peered, rejected, suspended.
    """

    uuid: str
    svm: Svm = field(repr=False)
    remote: Svm = field(repr=False)
    name: str = ""
    state: str = "initiated"
    applications: list[str] = field(default_factory=list)

    @property
    def other_side(self) -> SvmPeer | None:
        for peer in self.remote.cluster.svm_peers.values():
            if peer.svm is self.remote and peer.remote is self.svm:
                return peer
        return None


def peer_clusters(one: Cluster, other: Cluster) -> None:
    for here, there in ((one, other), (other, one)):
        here.cluster_peers.setdefault(there.uuid, ClusterPeer(there.name, there, here.world.now()))


def find_remote(cluster: Cluster, name: str | None, uuid: str | None) -> Cluster:
    """The peer cluster, or this one when neither name nor uuid is given. Raises Refused."""
    if name is None and uuid is None:
        return cluster
    for known in [ClusterPeer(cluster.name, cluster), *cluster.cluster_peers.values()]:
        if name in (None, known.name) and uuid in (None, known.uuid):
            return known.remote
        if name == known.name or uuid == known.uuid:
            raise Refused("26345575", "peer.cluster.name and peer.cluster.uuid disagree.", "peer.cluster.uuid")
    raise Refused("26345581", f'Peer cluster "{name or uuid}" cannot be verified.', "peer.cluster.name")


def create(
    svm: Svm, remote_cluster: Cluster, remote_name: str, applications: list[str], alias: str | None = None
) -> tuple[str, Job]:
    """Ask for a peering; within one cluster it is granted at once. The answer is its uuid here and the job."""
    cluster = svm.cluster
    local_name = alias or remote_name
    uuid = cluster.world.ids.new("svm-peer")

    def check() -> Svm:
        if not remote_cluster.up:
            raise Refused("13434889", f'Peer cluster "{remote_cluster.name}" cannot be reached. Try again.')
        remote = remote_cluster.svms.get(remote_name)
        if remote is None:
            raise Refused(
                "26345579", f'SVM "{remote_name}" does not exist in cluster "{remote_cluster.name}".', "peer.svm.name"
            )
        for peer in cluster.svm_peers.values():
            if peer.svm is svm and peer.remote is remote:
                raise duplicate("A peering of these SVMs exists already.")
        if remote_cluster is not cluster and _taken(cluster, svm, local_name):
            raise Refused(
                "9896086", f'Peer SVM name "{local_name}" conflicts with a local SVM or peer: give name.', "name"
            )
        for application in applications:
            if application not in APPLICATIONS:
                raise Refused("26345579", f'Application "{application}" is not valid.', "applications")
        return remote

    def work() -> None:
        remote = check()
        inside = remote_cluster is cluster
        peer = SvmPeer(uuid, svm, remote, local_name, "initiated", list(applications))
        back = SvmPeer(
            cluster.world.ids.new("svm-peer"), remote, svm, _free_name(remote, svm), "pending", list(applications)
        )
        if inside:
            peer.state = back.state = "peered"
        cluster.svm_peers[peer.uuid] = peer
        remote_cluster.svm_peers[back.uuid] = back

    target = f"{svm.name}:{remote_name}"
    fault = cluster.world.consult(cluster.name, "svm_peer.create", target)
    check()
    job = cluster.start_job("svm_peer.create", target, "POST /api/svm/peers", work, svm=svm, fault=fault)
    return uuid, job


def modify(
    peer: SvmPeer, *, state: str | None = None, applications: list[str] | None = None, name: str | None = None
) -> Job:
    cluster = peer.svm.cluster
    if state is None and applications is None and name is None:
        raise Refused("26345577", 'At least one of "applications", "state" or "name" is needed.')

    def check() -> None:
        if (state or applications is not None) and not peer.remote.cluster.up:
            raise Refused("13434889", f'Peer cluster "{peer.remote.cluster.name}" cannot be reached. Try again.')
        if state is not None:
            _check_state(peer, state)
        if name is not None and name != peer.name and _taken(cluster, peer.svm, name):
            raise Refused("9896086", f'Peer SVM name "{name}" conflicts with a local SVM or peer.', "name")

    def work() -> None:
        check()
        sides = [side for side in (peer, peer.other_side) if side is not None]
        for side in sides:
            if state is not None:
                side.state = state
            if applications is not None:
                side.applications = list(applications)
        if name is not None:
            peer.name = name

    target = f"{peer.svm.name}:{peer.name}"
    verb = "svm_peer.accept" if state == "peered" else "svm_peer.modify"
    fault = cluster.world.consult(cluster.name, verb, target)
    check()
    text = f"PATCH /api/svm/peers/{peer.uuid}"
    return cluster.start_job(verb, target, text, work, svm=peer.svm, fault=fault)


def _check_state(peer: SvmPeer, state: str) -> None:
    allowed = {"peered": ("pending", "suspended"), "rejected": ("pending",), "suspended": ("peered",)}
    if peer.state not in allowed.get(state, ()):
        raise Refused("26345576", f'Peer state "{state}" is not valid: the peering is {peer.state}.', "state")


def delete(peer: SvmPeer) -> Job:
    cluster = peer.svm.cluster

    def check() -> None:
        for end in (peer.svm, peer.remote):
            for relationship in end.cluster.relationships.values():
                pair = {relationship.source.svm, relationship.destination.svm}
                if pair == {peer.svm, peer.remote}:
                    raise Refused(
                        "9895956",
                        f'The SVM peering is in use by SnapMirror relationship "{relationship.destination_path}".',
                    )

    def work() -> None:
        check()
        other = peer.other_side
        cluster.svm_peers.pop(peer.uuid, None)
        if other is not None and peer.remote.cluster.up:
            peer.remote.cluster.svm_peers.pop(other.uuid, None)

    target = f"{peer.svm.name}:{peer.name}"
    fault = cluster.world.consult(cluster.name, "svm_peer.delete", target)
    check()
    text = f"DELETE /api/svm/peers/{peer.uuid}"
    return cluster.start_job("svm_peer.delete", target, text, work, svm=peer.svm, fault=fault)


def establish(
    one: Svm,
    other: Svm,
    *,
    name: str | None = None,
    name_there: str | None = None,
    applications: tuple[str, ...] = ("snapmirror",),
    state: str = "peered",
) -> None:
    """A peering that is there from the beginning of a world. name: of *other* as *one* knows it."""
    for here, there, alias in ((one, other, name), (other, one, name_there)):
        peer = SvmPeer(
            here.cluster.world.ids.new("svm-peer"),
            here,
            there,
            alias or _free_name(here, there),
            state,
            list(applications),
        )
        here.cluster.svm_peers[peer.uuid] = peer
    if state == "initiated":
        next(p for p in other.cluster.svm_peers.values() if p.svm is other and p.remote is one).state = "pending"


def by_alias(svm: Svm, name: str) -> SvmPeer | None:
    """How *svm* reaches the SVM that it knows as *name*."""
    for peer in svm.cluster.svm_peers.values():
        if peer.svm is svm and peer.name == name:
            return peer
    return None


def alias_of(svm: Svm, remote: Svm) -> str:
    """What *svm* calls *remote*."""
    if remote is svm:
        return svm.name
    for peer in svm.cluster.svm_peers.values():
        if peer.svm is svm and peer.remote is remote:
            return peer.name
    return remote.name


def _taken(cluster: Cluster, svm: Svm, name: str) -> bool:
    """Whether *name* is an SVM here, or already means another remote SVM."""
    return name in cluster.svms or any(peer.svm is svm and peer.name == name for peer in cluster.svm_peers.values())


def _free_name(here: Svm, there: Svm) -> str:
    """The remote SVM's name, or one that ONTAP makes up where that is taken."""
    if here.cluster is there.cluster or not _taken(here.cluster, here, there.name):
        return there.name
    number = 1
    while _taken(here.cluster, here, f"{there.name}.{number}"):
        number += 1
    return f"{there.name}.{number}"
