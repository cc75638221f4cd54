# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAP's asynchronous jobs: the work is done when the job's time has passed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .errors import Refused

KEPT_AFTER_END_S = 300.0
SUCCEEDED = "Complete: Successful"


@dataclass
class Job:
    """One job. `code` is ONTAP's number (0 is success); `error` is {"code","message"} after a failure.

    due_time: when it ends, in seconds since the epoch; svm: {"name","uuid"} where it has one.
    number: how the cluster counts it.
    """

    uuid: str
    description: str
    start_time: float
    due_time: float
    svm: dict[str, str] | None = None
    state: str = "running"
    code: int = 0
    message: str = ""
    error: dict[str, str] | None = None
    end_time: float | None = None
    number: int = 0
    _work: Callable[[], None] | None = field(default=None, repr=False)

    @property
    def ended(self) -> bool:
        return self.end_time is not None

    def finish(self) -> None:
        """Do the work, once; a refusal by the work is the job's failure."""
        self.end_time = self.due_time
        try:
            if self._work is not None:
                self._work()
        except Refused as refusal:
            self.state = "failure"
            self.code = int(refusal.code)
            self.message = refusal.message
            self.error = {"code": refusal.code, "message": refusal.message}
        else:
            self.state = "success"
            self.message = SUCCEEDED


class Jobs:
    """The job table of one cluster, oldest first."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1001)

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs.values()))

    def __len__(self) -> int:
        return len(self._jobs)

    def get(self, uuid: str) -> Job | None:
        return self._jobs.get(uuid)

    def add(self, job: Job) -> None:
        job.number = next(self._numbers)
        self._jobs[job.uuid] = job

    def forget(self, job: Job) -> None:
        self._jobs.pop(job.uuid, None)
