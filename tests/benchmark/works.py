# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The works that are measured, and the least that each can take.

floor_s is what no client can be faster than: the requests that the API asks for at the least, as many at once as the
clusters serve and one after another where one needs the answer of the one before, each with its latency; and the slowest
transfer. What is done on the controller does not count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmark.lab import Cost, Load, lab

BUNDLE = 50
UNPLANNED = ("-e", "backend=paris", "-e", "confirm=paris", "-e", "mode=unplanned", "-e", "quiesce_timeout=30")
PLANNED = ("-e", "backend=paris", "-e", "confirm=paris", "-e", "mode=planned")


@dataclass(frozen=True)
class Work:
    """playbook: its name.  modules: how many of its tasks start one.

    depth: requests that must wait for each other.  bulk: verbs that go to every volume, many in a request.  single: those
    that have no such form (a transfer), each of which all volumes must have behind them before the next step of any.
    """

    title: str
    playbook: str
    modules: int
    depth: int
    bulk: int
    single: int = 0

    def floor_s(self, load: Load, transfer_s: float = 0.0) -> float:
        at_once = load.served_at_once or 16
        requests = self.depth + self.bulk * math.ceil(load.volumes / BUNDLE) + self.single * load.volumes
        waiting = self.depth + self.single * (math.ceil(load.volumes / at_once) - 1)
        return max(waiting, math.ceil(requests / at_once)) * load.latency_ms / 1000 + transfer_s


REPLICATE = Work("replicate, fresh", "replicate", 5, 9, 3)
AGAIN = Work("replicate, unchanged", "replicate", 5, 3, 0)
STATUS = Work("status", "status", 4, 2, 0)
PLANNED_OVER = Work("failover, planned", "failover", 8, 16, 6, single=1)
BACK = Work("failback", "failback", 12, 26, 9, single=3)
OVER = Work("failover, unplanned", "failover", 4, 8, 3)


@dataclass(frozen=True)
class Measured:
    """noop: what a playbook with as many tasks costs that does nothing, at the same time; None where it was not measured."""

    work: Work
    load: Load
    cost: Cost
    floor_s: float
    noop: Cost | None = None

    @property
    def ratio(self) -> float:
        """To the floor and the playbook that does nothing."""
        return self.cost.wall_s / (self.floor_s + (self.noop.wall_s if self.noop else 0.0))


def life(load: Load) -> Iterator[Measured]:
    """Protected afresh, again, looked at, moved over and back."""
    with lab(load) as site:
        for work, options in (
            (REPLICATE, ()),
            (AGAIN, ()),
            (STATUS, ()),
            (PLANNED_OVER, PLANNED),
            (BACK, ("-e", "backend=paris", "-e", "confirm=paris")),
        ):
            cost = site.play(f"ontap.data_motion.{work.playbook}", *options)
            yield Measured(work, load, cost, work.floor_s(load), site.noop(cost.tasks, work.modules))


def disaster(load: Load, hanging: int = 0) -> Measured:
    """The source is lost while every mirror has a transfer under way; *hanging* of them never end by themselves."""
    with lab(load, mirrored=True) as site:
        if load.seconds_min or hanging:
            for name in site.names[:hanging]:
                rule = {"action": "hang_transfer", "verb": "snapmirror.update", "target": f"svm_lyon:{name}"}
                site.control("POST", "faults", rule)
            site.module(
                "snapmirror_update", source_svm="svm_paris", destination=site.side("lyon"), wait=False, timeout=600
            )
        cost = site.play(f"ontap.data_motion.{OVER.playbook}", *UNPLANNED)
        transfer_s = 30.0 if hanging else load.seconds_min
        return Measured(OVER, load, cost, OVER.floor_s(load, transfer_s), site.noop(cost.tasks, OVER.modules))
