# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as a web application: authentication, latency, faults and the journal around the REST service."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
import logging
import traceback
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..contract import load
from ..faults import Fault
from ..model.errors import Refused
from .calls import Answer, Call, Pending, refusal
from .resources import RESOURCES
from .service import RestService

if TYPE_CHECKING:
    from ..server import Site

_log = logging.getLogger(__name__)
METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"]
_LONGEST_NAP_S = 0.05
_PAGE = "<html><head><title>{status}</title></head><body><h1>{status} {words}</h1></body></html>"
FIRST_REST = (9, 6)
_WORDS = {
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


class Dropped(Response):
    """No answer: the connection is closed in the client's face."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"]["drop"]["now"]()
        while (await receive())["type"] != "http.disconnect":
            pass


class ClusterApp:
    """The web side of one cluster of a site."""

    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        self.name = name
        self._service: RestService | None = None
        self._slots = asyncio.Semaphore(site.settings.max_concurrent) if site.settings.max_concurrent else None

    @property
    def cluster(self) -> Any:
        return self.site.world.clusters[self.name]

    @property
    def service(self) -> RestService:
        """The service of the world as it is now; a reset makes another world."""
        if self._service is None or self._service.cluster is not self.cluster:
            self._service = RestService(load(), self.cluster, self.site.resources or RESOURCES)
        return self._service

    def application(self) -> Starlette:
        return Starlette(routes=[*self.site.control_routes(), *self.routes()])

    def routes(self) -> list[Route]:
        return [
            Route("/api", self.handle, methods=METHODS),
            Route("/api/{path:path}", self.handle, methods=METHODS),
        ]

    def exchange(self, request: Request, body: bytes) -> Exchange:
        return Exchange(self, request, body)

    async def handle(self, request: Request) -> Response:
        if self._slots is None:
            return await self._handle(request)
        async with self._slots:
            return await self._handle(request)

    async def _handle(self, request: Request) -> Response:
        exchange = self.exchange(request, await request.body())
        if self.site.hangs(self.name):
            return await self._hang(exchange)
        if self.site.settings.latency_ms:
            await asyncio.sleep(self.site.settings.latency_ms / 1000)
        fault = self.site.faults.consult_http(self.name, exchange.method, exchange.path)
        if fault is not None:
            instead = await self._faulty(exchange, fault)
            if instead is not None:
                return instead
        if not exchange.served:
            return exchange.page(404, "no REST API")
        answer = await self._answer(exchange)
        if fault is not None and fault.action == "drop_after":
            return exchange.dropped("fault: drop_after")
        if fault is not None and fault.args.get("after"):
            return exchange.faked(fault)
        if self.site.hangs(self.name):
            return await self._hang(exchange)
        return exchange.answered(answer, None if fault is None else f"fault: {fault.action}")

    async def _hang(self, exchange: Exchange) -> Response:
        """Say nothing until the cluster is back, and then nothing either."""
        dropped = exchange.dropped("cluster hangs")
        await self.site.hang(self.name)
        return dropped

    async def _faulty(self, exchange: Exchange, fault: Fault) -> Response | None:
        """The answer that a fault gives instead of the cluster; None when the request goes on."""
        if fault.action == "drop_before":
            return exchange.dropped("fault: drop_before")
        if fault.action == "delay":
            await self.site.pass_time(float(fault.args.get("seconds", 0.0)))
        if fault.action in ("http_status", "html_page") and not fault.args.get("after"):
            return exchange.faked(fault)
        return None

    async def _answer(self, exchange: Exchange) -> Answer:
        if not self._authorized(exchange.request):
            return exchange.unauthorized()
        try:
            return await exchange.ask()
        except Exception as problem:  # a defect of the simulator: say so loudly, also at the end of the test
            self.site.defects.append(f"{exchange.method} {exchange.path}: {traceback.format_exc()}")
            _log.error("simulator defect: %s", self.site.defects[-1])
            return exchange.broken(problem)

    async def wait(self, pending: Pending) -> None:
        """Up to return_timeout. A stepped clock is moved by clients, so on it nothing is waited for."""
        clock = self.site.clock
        rate = getattr(clock, "rate", None)
        deadline = clock.now() + pending.timeout_s
        while rate and clock.now() < deadline and not all(job.ended for job in pending.jobs):
            next_s = min([deadline, *(job.due_time for job in pending.jobs if not job.ended)])
            await asyncio.sleep(min(max(next_s - clock.now(), 0.001), _LONGEST_NAP_S) / max(1.0, rate))
            with self.site.locked():
                self.site.world.settle()

    def _authorized(self, request: Request) -> bool:
        scheme, _space, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            pair = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            return False
        expected = f"{self.cluster.username}:{self.cluster.password}"
        return hmac.compare_digest(pair, expected.encode())


class Exchange:
    """One request on its way to the journal."""

    def __init__(self, app: ClusterApp, request: Request, body: bytes) -> None:
        self.app, self.request, self.raw = app, request, body
        self.started = app.site.clock.now()
        raw_path = request.scope["raw_path"].decode("ascii").partition("?")[0]
        self.path = raw_path[len("/api") :] or "/"
        self.pairs = list(request.query_params.multi_items())

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def served(self) -> bool:
        """Whether the cluster's release has the API at all."""
        return self.app.service.version >= FIRST_REST

    async def ask(self) -> Answer:
        """What the cluster says to it."""
        with self.app.site.locked():
            self.app.site.world.settle()
            answer = self.app.service.answer(self.call())
        if isinstance(answer, Pending):
            await self.app.wait(answer)
            with self.app.site.locked():
                answer = answer.complete()
        return answer

    def unauthorized(self) -> Answer:
        refused = refusal(Refused("6691623", "User is not authorized", status=401))
        return Answer(401, refused.body, {"WWW-Authenticate": 'Basic realm="ONTAP"'})

    def broken(self, problem: Exception) -> Answer:
        return Answer(500, {"error": {"message": f"simulator defect: {problem!r}", "code": "262145"}})

    def call(self) -> Call:
        headers = self.request.headers
        return Call(
            method=self.request.method,
            path=self.path,
            pairs=self.pairs,
            body=self.raw,
            svm_name=headers.get("x-dot-svm-name"),
            svm_uuid=headers.get("x-dot-svm-uuid"),
            links=not self._plain(),
        )

    def answered(self, answer: Answer, note: str | None = None) -> Response:
        self._record(answer.status, answer.body, note)
        kind = "application/json" if self._plain() else "application/hal+json"
        if self.request.method == "HEAD" or answer.body is None:
            return Response(status_code=answer.status, headers=dict(answer.headers), media_type=kind)
        text = json.dumps(answer.body, separators=(",", ":"))
        return Response(text, answer.status, dict(answer.headers), media_type=kind)

    def faked(self, fault: Fault) -> Response:
        status = int(fault.args.get("status", 503))
        words = _WORDS.get(status, "Error")
        headers = {"Retry-After": str(fault.args["retry_after"])} if fault.args.get("retry_after") is not None else {}
        note = f"fault: {fault.action}"
        if fault.action == "html_page" or fault.args.get("body") == "html":
            return self.page(status, note, headers)
        body = {
            "error": {
                "message": str(fault.args.get("message", words)),
                "code": str(fault.args.get("code", "262145")),
            }
        }
        self._record(status, body, note)
        return Response(json.dumps(body), status, headers, media_type="application/hal+json")

    def page(self, status: int, note: str, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
        """What a web server says, not ONTAP's API."""
        self._record(status, None, note, conforms=False)
        text = _PAGE.format(status=status, words=_WORDS.get(status, "Error"))
        return Response(text, status, dict(headers), media_type="text/html")

    def dropped(self, note: str) -> Response:
        self._record(None, None, note, conforms=False)
        return Dropped()

    def _plain(self) -> bool:
        """A client that accepts application/json gets no HAL links but the one to the next page."""
        return self.request.headers.get("accept", "").strip().lower() == "application/json"

    def _record(self, status: int | None, response: Any, note: str | None = None, conforms: bool = True) -> None:
        self.app.site.journal.record(
            conforms=conforms,
            cluster=self.app.name,
            method=self.request.method,
            path=self.path,
            query=_joined(self.pairs),
            body=_readable(self.raw),
            status=status,
            response=response,
            started=self.started,
            ended=self.app.site.clock.now(),
            svm=self.request.headers.get("x-dot-svm-name"),
            note=note,
        )


def _joined(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    query: dict[str, Any] = {}
    for name, text in pairs:
        if name in query:
            query[name] = [*(query[name] if isinstance(query[name], list) else [query[name]]), text]
        else:
            query[name] = text
    return query


def _readable(raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")
