# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests, wall time and peak memory of the modules, each in a process of its own, against simulated clusters.

`python -m tests.benchmark [--volumes 10,200,1000] [--latency-ms 0,20]` prints a Markdown table. A run protects a
backend afresh, does the same again unchanged, fails it over with its source down, and does that again unchanged.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

from tests.tools import in_collection

ROOT = Path(__file__).resolve().parents[2]
MODULES = "ansible_collections.ontap.data_motion.plugins.modules"
HEAD = ("work", "volumes", "latency ms", "requests", "of them writes", "wall s", "peak MB")


@dataclass(frozen=True)
class Cost:
    """What one module process took. peak_bytes: largest resident size."""

    requests: int
    writes: int
    wall_s: float
    peak_bytes: int

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.requests + other.requests,
            self.writes + other.writes,
            self.wall_s + other.wall_s,
            max(self.peak_bytes, other.peak_bytes),
        )


class Bench:
    """A running simulator and the modules pointed at it."""

    def __init__(self, ready: Mapping[str, Any], collections: Path) -> None:
        self.clusters = ready["clusters"]
        self._control = f"http://{ready['control']['hostname']}:{ready['control']['port']}/_control"
        self._environment = {**os.environ, "PYTHONPATH": f"{collections}{os.pathsep}{ROOT}"}

    def side(self, name: str) -> dict[str, Any]:
        cluster = self.clusters[name]
        names = ("hostname", "username", "password", "https")
        return {**{key: cluster[key] for key in names}, "http_port": cluster["port"], "svm": f"svm_{name}"}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self._control}/{path}", data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def run(self, module: str, **args: Any) -> tuple[Cost, dict[str, Any]]:
        """Raises RuntimeError where the module fails."""
        self.control("DELETE", "journal")
        given = json.dumps({"ANSIBLE_MODULE_ARGS": {**args, "_ansible_remote_tmp": "/tmp"}})
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", f"{MODULES}.{module}"], env=self._environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin and process.stdout
        process.stdin.write(given)
        process.stdin.close()
        printed = process.stdout.read()
        _pid, _status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        result = (
            json.loads(printed.strip().splitlines()[-1]) if printed.strip() else {"failed": True, "msg": "no answer"}
        )
        if result.get("failed"):
            raise RuntimeError(f"{module}: {result['msg']}")
        requests = self.control("GET", "journal")["entries"]
        writes = [one for one in requests if one["write"]]
        return Cost(len(requests), len(writes), wall_s, usage.ru_maxrss * 1024), result


@contextmanager
def running(volumes: int, latency_ms: int) -> Iterator[Bench]:
    command = [
        sys.executable, "-m", "tests.simulator", "--clusters", "paris,lyon", "--volumes", str(volumes),
        "--latency-ms", str(latency_ms),
    ]  # fmt: skip
    with TemporaryDirectory() as folder:
        in_collection.link_checkout(Path(folder))
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout
            line = process.stdout.readline()
            yield Bench(json.loads(line.removeprefix("READY ")), Path(folder))
        finally:
            process.terminate()
            process.wait(timeout=30)


def protect(bench: Bench) -> Cost:
    sides = {"source": bench.side("paris"), "destination": bench.side("lyon")}
    aggregates = {"aggr1_paris": "aggr1_lyon", "aggr2_paris": "aggr2_lyon"}
    peering, peer = bench.run("svm_peer", **sides)
    sides["source_cluster"] = peer["source_cluster"]
    targets, _cost = bench.run("flexvol_mirror_target", **sides, aggregate_map=aggregates, timeout=3600)
    mirrors, _cost = bench.run("snapmirror_relationship", **sides, wait=True, timeout=3600)
    return peering + targets + mirrors


def fail_over(bench: Bench) -> Cost:
    return bench.run("snapmirror_break", source_svm="svm_paris", destination=bench.side("lyon"), timeout=3600)[0]


def measure(volumes: int, latency_ms: int) -> Iterator[tuple[str, Cost]]:
    with running(volumes, latency_ms) as bench:
        yield "protect, fresh", protect(bench)
        yield "protect, unchanged", protect(bench)
        bench.control("POST", "clusters/paris", {"up": False, "how": "refuse"})
        yield "fail over", fail_over(bench)
        yield "fail over, unchanged", fail_over(bench)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--volumes", default="10,200,1000")
    parser.add_argument("--latency-ms", default="0,20")
    options = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |")
    print("|" + "---|" * len(HEAD))
    for volumes in map(int, options.volumes.split(",")):
        for latency_ms in map(int, options.latency_ms.split(",")):
            for work, cost in measure(volumes, latency_ms):
                row = (
                    work,
                    volumes,
                    latency_ms,
                    cost.requests,
                    cost.writes,
                    f"{cost.wall_s:.1f}",
                    cost.peak_bytes >> 20,
                )
                print("| " + " | ".join(map(str, row)) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
