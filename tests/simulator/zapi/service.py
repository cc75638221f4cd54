# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster's ONTAPI without HTTP: a request goes in, an answer or unfinished work comes out.

Whoever calls holds the world's lock; nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..model.errors import Refused
from ..model.jobs import Job
from . import errors, wire
from .calls import HANDLERS, LISTINGS
from .contract import Api, Contract
from .errors import Failed
from .reply import Reply
from .scope import scope_of

SINCE = {"nvme-": (9, 4)}
"""Calls that came with what they are about; of all others the published facts name no release."""


@dataclass(frozen=True)
class Working:
    """A synchronous call is under way: wait for the jobs to end, then `complete` under the lock."""

    jobs: Sequence[Job]
    complete: Callable[[], str]


class ZapiService:
    """Answers requests for one cluster."""

    def __init__(self, contract: Contract, cluster: Any) -> None:
        self.contract = contract
        self.cluster = cluster

    @property
    def version(self) -> str:
        """ONTAPI's own version: 1.150 is that of ONTAP 9.5."""
        return f"1.{ontapi_minor(self.cluster.version)}"

    def answer(self, raw: bytes) -> str | Working:
        try:
            return self._answer(raw)
        except Refused as refused:
            return wire.refused(errors.failed(refused), self.version)
        except Failed as failure:
            return wire.refused(failure, self.version)

    def _answer(self, raw: bytes) -> str | Working:
        call = wire.parse(raw)
        api = self.contract.api(call.name)
        if api is None or self._too_old(call.name):
            raise Failed(errors.NO_SUCH_CALL, f"Unable to find API: {call.name}")
        scope = scope_of(self.cluster, call.svm)
        wire.check(call, api, self.contract)
        if call.name in LISTINGS:
            return self._passed(api, LISTINGS[call.name].answer(scope, call))
        if call.name not in HANDLERS:
            raise Failed(errors.NO_SUCH_CALL, f"{call.name} is part of ONTAP but not of this simulator")
        reply = HANDLERS[call.name](scope, call)
        if api.kind == "async" or all(job.ended for job in reply.jobs):
            return self._ended(api, reply)
        return Working(reply.jobs, lambda: self._ended(api, reply))

    def _too_old(self, name: str) -> bool:
        release = tuple(int(part) for part in self.cluster.version.split(".")[:2])
        return any(name.startswith(prefix) and release < since for prefix, since in SINCE.items())

    def _passed(self, api: Api, values: Any) -> str:
        return wire.passed(api, self.contract, values, self.version)

    def _ended(self, api: Api, reply: Reply) -> str:
        error = reply.job.error if reply.job else None
        if error:
            return wire.refused(Failed(errors.errno_of(error["code"]), error["message"]), self.version)
        return self._passed(api, {**reply.values, **_listed(reply)})


def _listed(reply: Reply) -> dict[str, Any]:
    """For a call about several objects: which of them were done."""
    failed = [(key, job.error) for key, job in reply.many if job.error]
    done = [key for key, job in reply.many if not job.error]
    if not reply.many:
        return {}
    earlier = list(reply.values.get("failure-list") or [])
    bad = [
        *earlier,
        *(
            {**key, "error-code": errors.errno_of(error["code"]), "error-message": error["message"]}
            for key, error in failed
        ),
    ]
    lists = {"success-list": done or None, "failure-list": bad or None}
    return {"num-succeeded": len(done), "num-failed": len(bad), **lists}


def ontapi_minor(version: str) -> int:
    generation, major, *minor = (int(part) for part in version.split("."))
    return (generation - 8) * 100 + major * 10 + (minor[0] if minor else 0)
