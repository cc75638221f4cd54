# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator inside a test: `with running(world) as site:` serves it from a thread on free loopback ports."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .faults import FaultBook
from .journal import Journal
from .server import HOST, Settings, Site

TRAFFIC_FOLDER = "DATA_MOTION_TRAFFIC_DIR"
_SUFFIX = {"strict": "", "rejected": ".rejected", "client": ".client"}
_numbers = itertools.count(1)
_START_TIMEOUT_S = 20
_CALL_TIMEOUT_S = 30


@dataclass(frozen=True)
class Address:
    """How to reach one cluster, up or down."""

    name: str
    hostname: str
    port: int
    https: bool
    username: str
    password: str

    @property
    def url(self) -> str:
        return f"{'https' if self.https else 'http'}://{self.hostname}:{self.port}"


class RunningSite:
    """A served world. Whoever touches `world` from a test while requests may be under way does so in `locked()`."""

    def __init__(self, site: Site, loop: asyncio.AbstractEventLoop) -> None:
        self._site, self._loop = site, loop

    @property
    def world(self) -> Any:
        return self._site.world

    @property
    def clock(self) -> Any:
        return self._site.clock

    @property
    def faults(self) -> FaultBook:
        return self._site.faults

    @property
    def journal(self) -> Journal:
        return self._site.journal

    @property
    def traffic_path(self) -> Path | None:
        return self._site.journal.traffic_path

    @property
    def ca_file(self) -> Path | None:
        return self._site.ca_file

    @property
    def control_url(self) -> str:
        """Of the control routes, without a slash at the end."""
        return f"http://{HOST}:{self._site.control_port}/_control"

    @property
    def clusters(self) -> dict[str, Address]:
        return {
            name: Address(
                name, HOST, self._site.port(name), self._site.settings.tls, cluster.username, cluster.password
            )
            for name, cluster in self.world.clusters.items()
        }

    @property
    def defects(self) -> list[str]:
        """Tracebacks of what broke inside the simulator; `running` raises when the test leaves any behind."""
        return self._site.defects

    def params(self, name: str, svm: str | None = None) -> dict[str, Any]:
        """A cluster as the connection dict of a module; svm: default `svm_<name>` if the cluster has it."""
        address = self.clusters[name]
        params: dict[str, Any] = {
            "hostname": address.hostname,
            "http_port": address.port,
            "https": address.https,
            "username": address.username,
            "password": address.password,
        }
        svms = self.world.clusters[name].svms
        svm = svm or (f"svm_{name}" if f"svm_{name}" in svms else next(iter(svms), None))
        return {**params, "svm": svm} if svm else params

    def locked(self) -> AbstractContextManager[Any]:
        """The world for oneself: `with site.locked() as world:`; the servers wait meanwhile."""
        return self._site.locked()

    def advance(self, seconds: float) -> None:
        """Let simulated time pass and the world catch up with it."""
        with self.locked() as world:
            world.clock.advance(seconds)
            world.settle()

    def down(self, name: str, how: str = "refuse") -> None:
        """Take a cluster down for clients and peers: its port refuses, or accepts and never answers ("hang")."""
        self._call(self._site.set_down(name, how))

    def up(self, name: str) -> None:
        self._call(self._site.set_up(name))

    def reset(self) -> None:
        self._call(self._site.reset())

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_CALL_TIMEOUT_S)


@contextmanager
def running(
    world: Any,
    *,
    latency_ms: float = 0,
    max_concurrent: int | None = None,
    tls: bool = False,
    ca_file: Path | None = None,
    traffic: str | Path | None = "strict",
    make_world: Callable[[], Any] | None = None,
    resources: Sequence[type] | None = None,
) -> Iterator[RunningSite]:
    """Serve *world* until the block ends.

    traffic: where exchanges are logged: a file, or "strict", "rejected" (illegal requests are sent on purpose)
        or "client" (a foreign client's) for a file of that kind in the folder that the test run checks at its
        end; None: nowhere.
    make_world: builds the same world again, for `reset`.
    Raises AssertionError at the end when the simulator itself broke on a request.
    """
    site = Site(
        world,
        Settings(
            latency_ms=latency_ms,
            max_concurrent=max_concurrent,
            tls=tls,
            ca_file=ca_file,
            traffic_log=_traffic_log(traffic),
        ),
        make_world=make_world,
        resources=resources,
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulator", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(site.start(), loop).result(_START_TIMEOUT_S)
        yield RunningSite(site, loop)
    finally:
        asyncio.run_coroutine_threadsafe(_end(site), loop).result(_CALL_TIMEOUT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_CALL_TIMEOUT_S)
        loop.close()
    if site.defects:
        raise AssertionError("the simulator broke:\n" + "\n".join(site.defects))


async def _end(site: Site) -> None:
    await site.stop()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _traffic_log(traffic: str | Path | None) -> Path | None:
    if traffic is None or isinstance(traffic, Path):
        return traffic
    folder = os.environ.get(TRAFFIC_FOLDER)
    if not folder:
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder) / f"simulator-{os.getpid()}-{next(_numbers)}{_SUFFIX[traffic]}.jsonl"
