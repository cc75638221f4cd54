# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster and all that lives on it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from . import active_sync, synchronous
from .aggregates import Aggregate
from .errors import Refused, not_found
from .jobs import KEPT_AFTER_END_S, Job, Jobs
from .peers import ClusterPeer, SvmPeer
from .policies import MirrorPolicy, system_mirror_policies
from .qos import QosPolicy
from .schedules import Schedule, builtin_schedules
from .snapshot_policies import SnapshotPolicy, builtin_snapshot_policies
from .svms import Svm

if TYPE_CHECKING:
    from .mediators import Mediator
    from .mirrors import Relationship, SourceEntry
    from .transfers import Transfer
    from .volumes import Volume
    from .world import World


NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
"""Kept free for examples by RFC 5737."""


class Cluster:
    """A cluster.

    max_transfers: how many transfers run at once on this destination; further ones are queued.
    recovery_queue: deleted volumes that still take space.
    """

    def __init__(
        self,
        world: World,
        name: str,
        *,
        version: str = "9.17.1",
        username: str = "admin",
        password: str = "netapp1!",
        max_transfers: int | None = None,
    ) -> None:
        self.world = world
        self.name = name
        self.uuid = world.ids.new("cluster")
        self.version = version
        self.username = username
        self.password = password
        self.max_transfers = max_transfers
        self._up = True
        self.outages = 0
        self.mediators: dict[str, Mediator] = {}
        self.jobs = Jobs()
        self.nodes = [(f"{name}-01", world.ids.new("node")), (f"{name}-02", world.ids.new("node"))]
        self.schedules: dict[str, Schedule] = builtin_schedules(world.ids)
        self.mirror_policies: list[MirrorPolicy] = system_mirror_policies(world.ids, self.schedules)
        self.snapshot_policies: list[SnapshotPolicy] = builtin_snapshot_policies(world.ids, self.schedules)
        self.qos_policies: dict[str, QosPolicy] = {}
        self.aggregates: dict[str, Aggregate] = {}
        self.svms: dict[str, Svm] = {}
        self.cluster_peers: dict[str, ClusterPeer] = {}
        self.svm_peers: dict[str, SvmPeer] = {}
        self.ipspace_uuid = world.ids.new("ipspace")
        self.relationships: dict[str, Relationship] = {}
        self.source_entries: dict[str, SourceEntry] = {}
        self.recovery_queue: list[Volume] = []
        self.running: list[Transfer] = []
        self.queued: list[Transfer] = []
        self.msids = itertools.count(2147484672)
        self.policy_ids = itertools.count(8589934593)
        self._hosts = itertools.count(20)
        self._network = NETWORKS[len(world.clusters) % len(NETWORKS)]

    def new_address(self) -> str:
        """For an SVM; no two clusters have the same, unless there are many."""
        return f"{self._network}.{next(self._hosts)}"

    @property
    def up(self) -> bool:
        """Whether anyone can reach the cluster: clients and peers alike."""
        return self._up

    @up.setter
    def up(self, value: bool) -> None:
        was, self._up = self._up, value
        if was and not value:
            self.outages += 1
            self._fail_transfers_with(self)
            active_sync.cluster_lost(self)
        elif value and not was:
            active_sync.cluster_returned(self)
        for each in self.world.synchronous:
            synchronous.look(each)

    def _fail_transfers_with(self, lost: Cluster) -> None:
        for cluster in self.world.clusters.values():
            for transfer in [*cluster.running, *cluster.queued]:
                if transfer.touches(lost):
                    transfer.fail(f"Cluster {lost.name} cannot be reached.")

    def add_aggregate(self, name: str, size_bytes: int) -> Aggregate:
        node = self.nodes[len(self.aggregates) % len(self.nodes)]
        aggregate = Aggregate(self.world.ids.new("aggregate"), name, size_bytes, node, self.world.now())
        self.aggregates[name] = aggregate
        return aggregate

    def add_svm(self, name: str, aggregates: list[str] | None = None, *, language: str = "c.utf_8") -> Svm:
        """A running data SVM with its root volume; it may use *aggregates*, all when None."""
        if name in self.svms:
            raise ValueError(f"two SVMs of {self.name} are named {name}")
        own = [self.aggregates[each] for each in (aggregates or self.aggregates)]
        svm = Svm(self, self.world.ids.new("svm"), name, own, language)
        self.svms[name] = svm
        svm.add_root_volume()
        return svm

    def volumes(self) -> Iterator[Volume]:
        for svm in self.svms.values():
            yield from svm.volumes.values()

    def volume(self, path: str) -> Volume:
        """By "svm:volume". Raises KeyError."""
        svm, _colon, name = path.partition(":")
        return self.svms[svm].volumes[name]

    def find_volume(self, uuid: str) -> Volume:
        """By uuid, constituents included. Raises Refused (404)."""
        for svm in self.svms.values():
            for volume in svm.volumes.values():
                if volume.uuid == uuid:
                    return volume
        raise not_found(target="uuid")

    def relationship_to(self, path: str) -> Relationship | None:
        """The relationship whose destination is "svm:volume" here."""
        try:
            return self.volume(path).mirror()
        except KeyError:
            return None

    def find_svm(self, name: str | None = None, uuid: str | None = None) -> Svm:
        """Raises Refused as ONTAP does for a missing SVM, or a name and uuid of two different ones."""
        if name is None and uuid is None:
            raise Refused("2621707", "No SVM was specified. Either svm.name or svm.uuid must be supplied.")
        for svm in self.svms.values():
            if svm.name == name or (name is None and svm.uuid == uuid):
                if uuid is not None and svm.uuid != uuid:
                    raise Refused("2621706", f'The specified SVM "{name}" does not match the specified UUID "{uuid}".')
                return svm
        raise Refused("2621462", f'SVM "{name or uuid}" does not exist.', target="svm.name" if name else "svm.uuid")

    def start_job(
        self,
        verb: str,
        target: str,
        description: str,
        work: Callable[[], None],
        *,
        svm: Svm | None = None,
        fault: Any = None,
    ) -> Job:
        """Run *work* as a job of the verb's duration; one of no duration has ended when this returns.

        fault: what the fault book said about the verb itself; it is asked about "job" here.
        """
        world = self.world
        seconds = world.job_seconds_by_verb.get(verb, world.job_seconds)
        for found in (fault, world.consult(self.name, "job", target)):
            if found is not None and found.action == "delay_job":
                seconds += float(found.args.get("seconds", 0.0))
            elif found is not None and found.action == "fail_job":
                work = _failing(found.args, f"{verb} of {target} failed")
        now = world.now()
        owner = None if svm is None else {"name": svm.name, "uuid": svm.uuid}
        job = Job(world.ids.new("job"), description, now, now + seconds, owner, _work=work)
        self.jobs.add(job)
        world.at(job.due_time + KEPT_AFTER_END_S, lambda: self.jobs.forget(job))
        if seconds <= 0:
            job.finish()
        else:
            world.at(job.due_time, job.finish)
        return job


def _failing(args: Any, otherwise: str) -> Callable[[], None]:
    def work() -> None:
        raise Refused(args.get("code", "262145"), args.get("message", otherwise))

    return work
