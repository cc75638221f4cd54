# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call answers, and what it may wait for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..model.jobs import Job
from .scope import Scope
from .wire import Call


@dataclass(frozen=True)
class Reply:
    """values: what stands in the results. job: work of the call, which a synchronous one waits for.

    many: (key, job) of a call about several objects; it passes, and what failed is listed.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    job: Job | None = None
    many: Sequence[tuple[Mapping[str, Any], Job]] = ()

    @property
    def jobs(self) -> list[Job]:
        return [*([self.job] if self.job else []), *(job for _key, job in self.many)]


Handler = Callable[[Scope, Call], Reply]


def started(job: Job) -> dict[str, Any]:
    """The answer of a call that leaves its work to a job."""
    return {"result-status": "in_progress", "result-jobid": job.number}
