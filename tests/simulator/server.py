# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves a world: one loopback HTTP server per cluster and one for control, on one event loop."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from .control import routes
from .faults import FaultBook
from .journal import Journal
from .zapi.app import BothApp

# Requests that are cut off at the end are no errors to tell of; defects are logged where they are caught.
logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())
HOST = "127.0.0.1"
_BACKLOG = 512
_KEEP_ALIVE_S = 300
HOW_DOWN = ("refuse", "hang")


@dataclass(frozen=True)
class Settings:
    """How a site is served.

    ports: one per cluster in the world's order, 0 or missing for any free one.
    latency_ms: real milliseconds before each request is looked at.
    max_concurrent: requests that one cluster works on at once, others wait; None: no limit.
    ca_file: where the certificate authority's PEM is written with tls; None: beside the traffic log, else in a
        new temporary folder.
    """

    ports: Sequence[int] = ()
    control_port: int = 0
    latency_ms: float = 0
    max_concurrent: int | None = None
    tls: bool = False
    ca_file: Path | None = None
    traffic_log: Path | None = None


class Listener:
    """A listening port that can be shut and opened again under the same number."""

    def __init__(self, app: Starlette, port: int, tls: ssl.SSLContext | None) -> None:
        self._config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
        self._config.load()
        self._state = ServerState()
        self._state.default_headers = [(b"server", b"libzapid-httpd")]
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]

    async def open(self) -> None:
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                lambda: _Connection(self._config, self._state, {}, loop),
                sock=self._socket,
                ssl=self._tls,
                backlog=_BACKLOG,
            )

    async def shut(self) -> None:
        """Refuse: close what is open, cut every connection, and keep the port so that nobody else takes it."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        self._socket = _bound(self.port)

    async def close(self) -> None:
        await self.shut()
        self._socket.close()
        for task in list(self._state.tasks):
            task.cancel()


class _Connection(HttpToolsProtocol):
    """Lets an application cut the connection instead of answering."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"drop": {"now": self.transport.abort}}


class Site:
    """A world and its servers.

    make_world: builds the world, again for a reset; None: there is no way to begin anew.
    resources: the REST resources that are served, for tests of the REST side; None: all there are.
    """

    def __init__(
        self,
        world: Any,
        settings: Settings = Settings(),
        *,
        make_world: Callable[[], Any] | None = None,
        resources: Sequence[type] | None = None,
    ) -> None:
        self.world = world
        self.settings = settings
        self.resources = resources
        self.make_world = make_world
        if world.faults is None:
            world.faults = FaultBook()
        self.journal = Journal(settings.traffic_log)
        self.defects: list[str] = []
        self.ca_file: Path | None = None
        self._down: dict[str, str] = {}
        self._hangs: dict[str, asyncio.Event] = {}
        self._listeners: dict[str, Listener] = {}
        self._control: Listener | None = None

    @property
    def clock(self) -> Any:
        return self.world.clock

    @property
    def faults(self) -> FaultBook:
        faults: FaultBook = self.world.faults
        return faults

    @contextmanager
    def locked(self) -> Iterator[Any]:
        """The world for oneself; the servers wait meanwhile."""
        world = self.world
        with world.lock:
            yield world

    async def start(self) -> None:
        tls = self._tls() if self.settings.tls else None
        ports = [*self.settings.ports, *(0 for _each in self.world.clusters)]
        for name, port in zip(self.world.clusters, ports):
            self._listeners[name] = Listener(BothApp(self, name).application(), port, tls)
        self._control = Listener(Starlette(routes=self.control_routes()), self.settings.control_port, None)
        for listener in (*self._listeners.values(), self._control):
            await listener.open()

    async def stop(self) -> None:
        for name in list(self._hangs):
            self._hangs.pop(name).set()
        for listener in (*self._listeners.values(), *([self._control] if self._control else [])):
            await listener.close()
        await asyncio.sleep(0)
        self.journal.close()

    def port(self, name: str) -> int:
        return self._listeners[name].port

    @property
    def control_port(self) -> int:
        assert self._control is not None
        return self._control.port

    def control_routes(self) -> list[Route]:
        return routes(self)

    # ---- clusters that are down
    def how_down(self, name: str) -> str | None:
        """ "refuse", "hang", or None for a cluster that is up."""
        return self._down.get(name)

    async def set_down(self, name: str, how: str = "refuse") -> None:
        """Take a cluster down, for clients and for its peers."""
        if how not in HOW_DOWN:
            raise ValueError(f"a cluster goes down by {' or '.join(HOW_DOWN)}, not {how}")
        await self.set_up(name)
        with self.locked() as world:
            world.settle()
            world.clusters[name].up = False
        self._down[name] = how
        if how == "refuse":
            await self._listeners[name].shut()
        else:
            self._hangs[name] = asyncio.Event()

    async def set_up(self, name: str) -> None:
        with self.locked() as world:
            world.settle()
            world.clusters[name].up = True
        if self._down.pop(name, None) == "hang":
            self._hangs.pop(name).set()
        await self._listeners[name].open()

    def hangs(self, name: str) -> bool:
        return name in self._hangs

    async def hang(self, name: str) -> None:
        """Wait until the cluster no longer hangs."""
        event = self._hangs.get(name)
        if event is not None:
            await event.wait()

    async def pass_time(self, seconds: float) -> None:
        """Let simulated seconds pass: a stepped clock is moved, a running one is waited for."""
        rate = getattr(self.clock, "rate", None)
        if rate:
            await asyncio.sleep(seconds / rate)
        else:
            self.clock.advance(seconds)

    async def reset(self) -> None:
        """The world as it was in the beginning, all clusters up, no faults, an empty journal."""
        if self.make_world is None:
            raise LookupError("this site was given a world, not the recipe for one")
        for name in list(self._down):
            await self.set_up(name)
        with self.locked() as old:
            old.faults.clear()
            world = self.make_world()
            world.faults = old.faults
            for name, cluster in world.clusters.items():
                cluster.username, cluster.password = old.clusters[name].username, old.clusters[name].password
            self.world = world
            self.journal.clear()

    def _tls(self) -> ssl.SSLContext:
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST, "localhost").configure_cert(context)
        self.ca_file = self.settings.ca_file
        if self.ca_file is None:
            beside = self.settings.traffic_log
            folder = beside.parent if beside else Path(tempfile.mkdtemp(prefix="ontap-simulator-"))
            self.ca_file = folder.resolve() / "simulator-ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        return context


def _bound(port: int) -> socket.socket:
    """A socket that owns a loopback port; as long as nobody listens on it, connections are refused.

    asyncio switches Nagle's algorithm off only where the protocol is named.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((HOST, port))
    return bound
