# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world: clusters that reach each other, one clock, one fault book."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..clock import Clock
from . import peers, synchronous
from .agenda import Agenda
from .cluster import Cluster
from .errors import Refused
from .ids import Ids

if TYPE_CHECKING:
    from .mirrors import Relationship


class World:
    """Clusters that share a clock.

    transfer_rate: bytes per second of every transfer, unless a relationship has its own.
    transfer_seconds_min: what a transfer takes at least, however little it carries.
    job_seconds: how long a job runs; `job_seconds_by_verb` overrides it for one verb, such as "volume.create".
    synchronizing_s: how long a synchronous mirror needs to come into sync, beside its transfers.
    failover_s, takeover_s: how long a planned failover of active sync takes; when an automatic one begins.
    mediators_down: addresses of mediators that nobody can reach.
    synchronous: relationships whose policy is synchronous.
    mirrors_from, mirror_onto: relationships by the uuid of their source and destination volume.
    lock: whoever serves the world to several threads holds it around each request.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        faults: Any = None,
        transfer_rate: float = 1024.0**3,
        transfer_seconds_min: float = 0.0,
        job_seconds: float = 0.0,
        seed: str = "world",
    ) -> None:
        self.clock = clock
        self.faults = faults
        self.transfer_rate = transfer_rate
        self.transfer_seconds_min = transfer_seconds_min
        self.job_seconds = job_seconds
        self.job_seconds_by_verb: dict[str, float] = {}
        self.synchronizing_s = 1.0
        self.failover_s = 3.0
        self.takeover_s = 5.0
        self.mediators_down: set[str] = set()
        self.ids = Ids(seed)
        self.lock = threading.RLock()
        self.clusters: dict[str, Cluster] = {}
        self.mirrors_from: dict[str, list[Relationship]] = {}
        self.mirror_onto: dict[str, Relationship] = {}
        self.synchronous: list[Relationship] = []
        self._agenda = Agenda()
        self._moment: float | None = None

    def add_cluster(self, name: str, **settings: Any) -> Cluster:
        if name in self.clusters:
            raise ValueError(f"two clusters are named {name}")
        cluster = Cluster(self, name, **settings)
        self.clusters[name] = cluster
        return cluster

    def now(self) -> float:
        """Seconds since the epoch; while the past is being caught up with, the moment that is replayed."""
        return self.clock.now() if self._moment is None else self._moment

    def at(self, moment: float, happen: Callable[[], None]) -> None:
        """Let *happen* be called when the world is settled past *moment*."""
        self._agenda.at(moment, happen)

    def settle(self) -> None:
        """Bring all clusters up to now: jobs that ended, transfers that progressed, schedules that fired."""
        with self.lock:
            if self._moment is not None:
                return
            now = self.clock.now()
            try:
                while (due := self._agenda.pop_due(now)) is not None:
                    self._moment, happen = due
                    happen()
                self._moment = now
                for each in self.synchronous:
                    synchronous.look(each)
            finally:
                self._moment = None

    def consult(self, cluster: str, verb: str, target: str) -> Any:
        """The fault laid out for this piece of work; None when it may go on. Raises Refused for a refusal."""
        fault = None if self.faults is None else self.faults.consult(cluster, verb, target)
        if fault is not None and fault.action == "refuse":
            raise refusal(fault.args, f"{verb} of {target} refused")
        return fault

    def peer_clusters(self, one: str, other: str) -> None:
        peers.peer_clusters(self.clusters[one], self.clusters[other])

    def summary(self) -> dict[str, dict[str, Any]]:
        """{cluster: {"svms": {svm: {"volumes": [...], "aggregates": [...]}}}}, without root volumes."""
        return {
            cluster.name: {
                "svms": {
                    svm.name: {
                        "volumes": [volume.name for volume in svm.volumes.values() if not volume.is_svm_root],
                        "aggregates": [aggregate.name for aggregate in svm.aggregates],
                    }
                    for svm in cluster.svms.values()
                }
            }
            for cluster in self.clusters.values()
        }


def refusal(args: Any, otherwise: str) -> Refused:
    """The refusal that a fault rule's arguments describe."""
    return Refused(args.get("code", "262145"), args.get("message", otherwise), args.get("target"), args.get("status"))
