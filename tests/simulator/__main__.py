# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the simulator: `python -m tests.simulator --clusters paris,lyon --volumes 20`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import scenario
from .clock import RealClock
from .faults import FaultBook
from .rest.filters import size_of
from .server import HOST, Settings, Site


def main(argv: list[str] | None = None) -> int:
    options = _options(argv)
    try:
        make_world = _recipe(options)
        site = Site(make_world(), _settings(options), make_world=make_world)
        asyncio.run(_serve(site))
    except (OSError, ValueError) as problem:
        print(f"simulator: {problem}", file=sys.stderr)
        return 2
    return 0


def ready(site: Site) -> dict[str, Any]:
    """All that a client needs to know, as printed after READY."""
    summary = site.world.summary()
    described: dict[str, Any] = {
        "clusters": {
            name: {
                "hostname": HOST,
                "port": site.port(name),
                "https": site.settings.tls,
                "username": cluster.username,
                "password": cluster.password,
                **summary[name],
            }
            for name, cluster in site.world.clusters.items()
        }
    }
    described["control"] = {"hostname": HOST, "port": site.control_port}
    if site.ca_file is not None:
        described["ca_file"] = str(site.ca_file)
    return described


async def _serve(site: Site) -> None:
    loop, asked_to_stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    await site.start()
    with contextlib.suppress(BrokenPipeError):
        print("READY " + json.dumps(ready(site)), flush=True)
    await asked_to_stop.wait()
    await site.stop()


def _recipe(options: argparse.Namespace) -> Callable[[], Any]:
    """A maker of always the same world, on one clock and with one set of passwords."""
    clock, faults = RealClock(options.time_scale), FaultBook()
    settings: dict[str, Any] = {"faults": faults}
    if options.job_seconds is not None:
        settings["job_seconds"] = options.job_seconds
    if options.transfer_rate is not None:
        settings["transfer_rate"] = options.transfer_rate
    passwords: dict[str, str] = {}

    def make_world() -> Any:
        if options.scenario is not None:
            return scenario.from_file(options.scenario, clock, passwords=passwords, **settings)
        return scenario.from_counts(options.clusters, options.volumes, clock, passwords=passwords, **settings)

    return make_world


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        ports=options.ports,
        control_port=options.control_port,
        latency_ms=options.latency_ms,
        max_concurrent=options.max_concurrent,
        tls=options.tls,
        ca_file=options.ca_file,
        traffic_log=options.traffic_log,
    )


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator", description="Simulated ONTAP clusters on this machine's loopback address."
    )
    world = parser.add_mutually_exclusive_group()
    world.add_argument("--scenario", type=Path, help="file that describes the world")
    world.add_argument("--clusters", type=_names, default=["paris", "lyon"], help="names, with commas (paris,lyon)")
    parser.add_argument("--volumes", type=_count(0), default=20, help="volumes of the first cluster (20)")
    parser.add_argument("--ports", type=_ports, default=[], help="one per cluster, 0 for any free one")
    parser.add_argument("--control-port", type=_port, default=0, help="of the control routes; 0 for any free one")
    parser.add_argument("--latency-ms", type=_positive(0), default=0, help="before each answer")
    parser.add_argument("--max-concurrent", type=_count(1), help="requests a cluster works on at once; others wait")
    parser.add_argument("--tls", action="store_true", help="HTTPS")
    parser.add_argument("--ca-file", type=Path, help="where to write the authority that signed the certificates")
    parser.add_argument("--traffic-log", type=Path, help="append every exchange to this file, as JSON lines")
    parser.add_argument("--job-seconds", type=_positive(0), help="how long a job runs (0)")
    parser.add_argument("--transfer-rate", type=_rate, help="bytes per second of a transfer, such as 100MB")
    parser.add_argument("--time-scale", type=_positive(1e-6), default=1.0, help="simulated seconds per real second (1)")
    return parser.parse_args(argv)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names) or len(set(names)) != len(names):
        raise argparse.ArgumentTypeError("expected different names with commas between them")
    return names


def _ports(text: str) -> list[int]:
    return [_port(part) for part in text.split(",")]


def _port(text: str) -> int:
    if not text.strip().isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return int(text)


def _count(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is not a number from {least} on")
        return int(text)

    return parse


def _positive(least: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError as problem:
            raise argparse.ArgumentTypeError(f"{text} is not a number") from problem
        if not least <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return value

    return parse


def _rate(text: str) -> float:
    size = size_of(text)
    if size is None or size <= 0:
        raise argparse.ArgumentTypeError(f"{text} is no size such as 100MB")
    return size


if __name__ == "__main__":
    sys.exit(main())
