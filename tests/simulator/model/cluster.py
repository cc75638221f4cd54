# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster and all that lives on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .errors import Refused
from .jobs import Job, Jobs

if TYPE_CHECKING:
    from .world import World


class Cluster:
    """A cluster; `up` False means that its peers cannot reach it either."""

    def __init__(
        self,
        world: World,
        name: str,
        *,
        version: str = "9.17.1",
        username: str = "admin",
        password: str = "netapp1!",
    ) -> None:
        self.world = world
        self.name = name
        self.uuid = world.ids.new("cluster")
        self.version = version
        self.username = username
        self.password = password
        self.up = True
        self.jobs = Jobs()

    def start_job(
        self,
        verb: str,
        target: str,
        description: str,
        work: Callable[[], None],
        svm: dict[str, str] | None = None,
    ) -> Job:
        """Run *work* as a job of the verb's duration; one of no duration has ended when this returns."""
        now = self.world.clock.now()
        seconds = self.world.job_seconds_by_verb.get(verb, self.world.job_seconds)
        fault = self.world.consult(self.name, "job", target)
        for found in (fault,):
            if found is not None and found.action == "delay_job":
                seconds += float(found.args.get("seconds", 0.0))
            if found is not None and found.action == "fail_job":
                work = _failing(found)
        job = Job(self.world.ids.new("job"), description, now, now + seconds, svm, _work=work)
        self.jobs.add(job)
        self.jobs.settle(now)
        return job

    def settle(self, now: float) -> None:
        self.jobs.settle(now)


def _failing(fault: object) -> Callable[[], None]:
    args = getattr(fault, "args", {})

    def work() -> None:
        raise Refused(args.get("code", "262145"), args.get("message", "job failed"))

    return work
