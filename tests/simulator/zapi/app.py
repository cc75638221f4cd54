# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAPI over HTTP, beside the REST API of the same cluster: same login, latency, faults and journal."""

from __future__ import annotations

import asyncio
import re
import xml.etree.ElementTree as ET
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..faults import Fault
from ..rest.app import ClusterApp, Exchange
from ..rest.calls import Answer
from . import wire
from .contract import load
from .service import Working, ZapiService

PATH = "/servlets/netapp.servlets.admin.XMLrequest_filer"
_LONGEST_NAP_S = 0.02
_NAME = re.compile(rb"<netapp\b[^>]*>\s*<([a-z0-9-]+)")


class BothApp(ClusterApp):
    """The web side of a cluster that speaks REST and ONTAPI."""

    _zapi: ZapiService | None = None

    @property
    def zapi(self) -> ZapiService:
        """The service of the world as it is now; a reset makes another world."""
        if self._zapi is None or self._zapi.cluster is not self.cluster:
            self._zapi = ZapiService(load(), self.cluster)
        return self._zapi

    def routes(self) -> list[Route]:
        return [*super().routes(), Route(PATH, self.handle, methods=["POST"])]

    def exchange(self, request: Request, body: bytes) -> Exchange:
        return ZapiExchange(self, request, body) if request.url.path == PATH else super().exchange(request, body)


class ZapiExchange(Exchange):
    """One ONTAPI request. In the journal its method is ZAPI and its path /zapi/<call>."""

    app: BothApp

    def __init__(self, app: BothApp, request: Request, body: bytes) -> None:
        super().__init__(app, request, body)
        named = _NAME.search(body)
        self.path = "/zapi/" + (named.group(1).decode() if named else "")

    @property
    def method(self) -> str:
        return "ZAPI"

    @property
    def served(self) -> bool:
        return True

    async def ask(self) -> Answer:
        with self.app.site.locked():
            self.app.site.world.settle()
            answer = self.app.zapi.answer(self.raw)
        if isinstance(answer, Working):
            await self._wait(answer)
            with self.app.site.locked():
                answer = answer.complete()
        return Answer(200, answer)

    async def _wait(self, working: Working) -> None:
        """A synchronous call takes as long as its work; on a stepped clock it is the call that moves time."""
        site = self.app.site
        while not all(job.ended for job in working.jobs):
            rate = getattr(site.clock, "rate", None)
            if rate:
                await asyncio.sleep(_LONGEST_NAP_S / max(1.0, rate))
            with site.locked():
                if not rate:
                    due = max(job.due_time for job in working.jobs)
                    site.clock.advance(max(0.0, due - site.clock.now()))
                site.world.settle()

    def unauthorized(self) -> Answer:
        return Answer(401, "<html><body>401 Unauthorized</body></html>", {"WWW-Authenticate": 'Basic realm="ONTAP"'})

    def broken(self, problem: Exception) -> Answer:
        failure = wire.Failed("13114", f"simulator defect: {problem!r}")
        return Answer(200, wire.refused(failure, self.app.zapi.version))

    def answered(self, answer: Answer, note: str | None = None) -> Response:
        conforms = answer.status == 200
        self._record(answer.status, answer.body, note, conforms)
        kind = 'text/xml; charset="UTF-8"' if conforms else "text/html"
        return Response(answer.body, answer.status, dict(answer.headers), media_type=kind)

    def faked(self, fault: Fault) -> Response:
        """ONTAPI's own refusals have a number; all else is a web server's page."""
        code = str(fault.args.get("code", ""))
        if fault.action == "http_status" and int(fault.args.get("status", 503)) == 200 and code.isdigit():
            failure = wire.Failed(code, str(fault.args.get("message", "refused by a fault rule")))
            return self.answered(Answer(200, wire.refused(failure, self.app.zapi.version)), f"fault: {fault.action}")
        return super().faked(Fault(fault.action, {**fault.args, "body": "html"}))

    def _record(self, status: int | None, response: Any, note: str | None = None, conforms: bool = True) -> None:
        self.app.site.journal.record(
            conforms=conforms,
            cluster=self.app.name,
            method=self.method,
            path=self.path,
            query={},
            body=self.raw.decode("utf-8", "replace"),
            status=status,
            response=response if conforms else None,
            started=self.started,
            ended=self.app.site.clock.now(),
            svm=_tunnel(self.raw),
            note=note,
        )


def _tunnel(raw: bytes) -> str | None:
    try:
        return ET.fromstring(raw).get("vfiler")
    except ET.ParseError:
        return None
