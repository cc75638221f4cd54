# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a write is answered: at once, with its jobs, or with what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..contract import Contract
from ..model.errors import Refused
from .calls import Answer, Call, Target, at, href, nested, refusal
from .queries import Query
from .resource import Written


@dataclass
class Outcome:
    """What became of a write, ready to be told."""

    contract: Contract
    call: Call
    target: Target
    query: Query
    done: list[Written]
    refused: Refused | None
    whole: bool

    def answer(self, jobs: list[Any] | None = None, waited: bool = False) -> Answer:
        jobs = jobs or []
        failed = next((job for job in jobs if waited and job.state == "failure"), None)
        if self.refused is None and failed is not None and len(self.done) == 1:
            code = str(failed.code)
            return refusal(Refused(code, failed.message, status=self.contract.status_of(code)))
        if self.refused is not None and not (self.done and self.query.flow.get("continue_on_failure")):
            return refusal(self.refused)
        unfinished = [job for job in jobs if not waited or not job.ended or job.state == "failure"]
        body = self._records()
        if self.refused is not None:
            body["error"] = {"message": self.refused.message, "code": self.refused.code}
        if unfinished:
            body.update(self._jobs(unfinished))
        return Answer(202 if unfinished else self.target.operation.done, body, self._location())

    def _jobs(self, jobs: list[Any]) -> dict[str, Any]:
        """Links to jobs. cinder accepts plain JSON and follows these all the same, so they are always there."""
        links = [{"uuid": job.uuid, "_links": {"self": {"href": f"/api/cluster/jobs/{job.uuid}"}}} for job in jobs]
        return {"job": links[0]} if len(links) == 1 else {"jobs": links, "num_records": len(self.done)}

    def _records(self) -> dict[str, Any]:
        by_default = self.whole and self.call.method != "POST"
        if not self.query.returns_records(by_default):
            return {}
        return {"num_records": len(self.done), "records": [nested(each.key) for each in self.done]}

    def _location(self) -> dict[str, str]:
        if self.call.method != "POST" or len(self.done) != 1:
            return {}
        key = nested(self.done[0].key)
        if any(at(key, name) is None for name in self.target.resource.key):
            return {}
        return {"Location": href(self.target, key)}
