# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world: clusters that reach each other, one clock, one fault book."""

from __future__ import annotations

import threading
from typing import Any

from ..clock import Clock
from .cluster import Cluster
from .errors import Refused
from .ids import Ids


class World:
    """Clusters that share a clock.

    transfer_rate: bytes per second of every transfer, unless a relationship has its own.
    job_seconds: how long a job runs; `job_seconds_by_verb` overrides it for one verb, such as "volume.create".
    lock: whoever serves the world to several threads holds it around each request.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        faults: Any = None,
        transfer_rate: float = 1024.0**3,
        job_seconds: float = 0.0,
        seed: str = "world",
    ) -> None:
        self.clock = clock
        self.faults = faults
        self.transfer_rate = transfer_rate
        self.job_seconds = job_seconds
        self.job_seconds_by_verb: dict[str, float] = {}
        self.ids = Ids(seed)
        self.lock = threading.RLock()
        self.clusters: dict[str, Cluster] = {}

    def add_cluster(self, name: str, **settings: Any) -> Cluster:
        if name in self.clusters:
            raise ValueError(f"two clusters are named {name}")
        cluster = Cluster(self, name, **settings)
        self.clusters[name] = cluster
        return cluster

    def settle(self) -> None:
        """Bring all clusters up to now: jobs that ended, transfers that progressed, schedules that fired."""
        now = self.clock.now()
        for cluster in self.clusters.values():
            cluster.settle(now)

    def consult(self, cluster: str, verb: str, target: str) -> Any:
        """The fault that the test laid out for this piece of work; None when it may go on.

        Raises Refused where the fault is a refusal.
        """
        fault = None if self.faults is None else self.faults.consult(cluster, verb, target)
        if fault is not None and fault.action == "refuse":
            raise Refused(fault.args.get("code", "262145"), fault.args.get("message", f"{verb} refused"))
        return fault
