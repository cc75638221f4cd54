# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated clusters in a process of their own, and what a run against them cost."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

from tests.tools import in_collection
from tests.tools.simulated_site import Site, simulated_site

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=/)\d{5,}")
METHODS = ("GET", "POST", "PATCH", "DELETE")
SLOW = ("PYTHONDONTWRITEBYTECODE",)
"""Variables of build machines that users do not set, and that make Python compile everything every time."""
NOOP = """\
- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
"""


@dataclass(frozen=True)
class Load:
    """What the clusters are like. served_at_once: 0 for no limit.  seconds_min: what a transfer lasts at least."""

    volumes: int
    latency_ms: int = 20
    served_at_once: int = 16
    job_s: float = 0.0
    seconds_min: float = 0.0
    tls: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        limit = ("--max-concurrent", str(self.served_at_once)) if self.served_at_once else ()
        return (
            "--latency-ms",
            str(self.latency_ms),
            "--job-seconds",
            str(self.job_s),
            *limit,
            *(("--tls",) if self.tls else ()),
        )


@dataclass(frozen=True)
class Cost:
    """kinds: {kind of request: number}.  at_once: the most requests that one cluster had under way.

    peak_bytes: of the largest process, which of a playbook is its own: it keeps the results of all tasks.
    cpu_s: of the run and all its processes, which other work on the machine hardly changes.
    """

    wall_s: float
    peak_bytes: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    at_once: int = 0
    tasks: int = 0
    cpu_s: float = 0.0

    @property
    def requests(self) -> int:
        return sum(self.kinds.values())

    @property
    def writes(self) -> int:
        return self.requests - self.by_method("GET")

    def by_method(self, method: str) -> int:
        return sum(number for kind, number in self.kinds.items() if kind.startswith(f"{method} "))


class Lab:
    """The clusters paris and lyon; paris is a backend with *load*'s volumes and mirrors on lyon."""

    def __init__(self, site: Site, folder: Path, load: Load) -> None:
        self.site, self.folder, self.load = site, folder, load
        self._trust = ssl._create_unverified_context()
        in_collection.link_checkout(folder / "collections")
        self.inventory = site.write_inventory(folder, ontap_manifest_dir=str(folder / "manifests"))
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in SLOW},
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
        }

    def side(self, name: str) -> dict[str, Any]:
        """A cluster as the connection dict of a module."""
        cluster = self.site.clusters[name]
        names = ("hostname", "username", "password", "https")
        return {**{key: cluster[key] for key in names}, "http_port": cluster["port"], "svm": f"svm_{name}"}

    @property
    def names(self) -> list[str]:
        return [f"vol{number:04d}" for number in range(1, self.load.volumes + 1)]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        lyon = self.site.clusters["lyon"]
        data = None if body is None else json.dumps(body).encode()
        url = f"http{'s' if lyon['https'] else ''}://{lyon['hostname']}:{lyon['port']}/_control/{path}"
        request = Request(url, data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=300, context=self._trust) as answer:
            return json.load(answer)

    # -- runs

    def play(self, name: str, *options: str, good: bool = True) -> Cost:
        """A playbook of the collection, from the start of ansible-playbook to its end."""
        extra = ["-e", f"report_dir={self.folder / 'reports'}", *options]
        return self.run([program("ansible-playbook"), "-i", str(self.inventory), name, *extra], good=good)

    def noop(self, tasks: int, modules: int) -> Cost:
        """A playbook that does nothing, with as many tasks, as many of which start a module."""
        path = self.folder / "noop.yml"
        rest = "    - ansible.builtin.assert: {that: true}\n" * (tasks - modules)
        path.write_text(NOOP + "    - ansible.builtin.ping:\n" * modules + rest, encoding="utf-8")
        return self.play(str(path))

    def module(self, name: str, **arguments: Any) -> Cost:
        """A module alone, in a process of its own."""
        given = json.dumps({"ANSIBLE_MODULE_ARGS": {**arguments, "_ansible_remote_tmp": str(self.folder)}})
        environment = {**self.environment, "PYTHONPATH": str(self.folder / "collections")}
        command = [sys.executable, "-m", f"ansible_collections.ontap.data_motion.plugins.modules.{name}"]
        return self.run(command, given, environment)

    def run(
        self, command: Sequence[str], given: str = "", environment: Mapping[str, str] | None = None, good: bool = True
    ) -> Cost:
        """Raises RuntimeError where it fails, unless it is *good* to fail."""
        self.control("DELETE", "journal")
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=dict(environment or self.environment),
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdin and process.stdout
        process.stdin.write(given)
        process.stdin.close()
        printed = process.stdout.read()
        _pid, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        if good and os.waitstatus_to_exitcode(status):
            raise RuntimeError(f"{' '.join(command)}:\n{printed[-3000:]}")
        entries = self.control("GET", "journal")["entries"]
        return Cost(
            wall_s,
            usage.ru_maxrss * 1024,
            kinds_of(entries),
            most_at_once(entries),
            printed.count("\nTASK ["),
            usage.ru_utime + usage.ru_stime,
        )


def program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def kinds_of(entries: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return dict(Counter(f"{one['method']} {UUID.sub('*', one['path'])} ({one['cluster']})" for one in entries))


def most_at_once(entries: Sequence[Mapping[str, Any]]) -> int:
    """The high-water mark of the busier cluster."""
    return max((_most([one for one in entries if one["cluster"] == name]) for name in ("paris", "lyon")), default=0)


def _most(entries: Sequence[Mapping[str, Any]]) -> int:
    moments = sorted([(one["started"], 1) for one in entries] + [(one["ended"], -1) for one in entries])
    under_way = most = 0
    for _moment, change in moments:
        under_way += change
        most = max(most, under_way)
    return most


@contextmanager
def lab(load: Load, mirrored: bool = False) -> Iterator[Lab]:
    """mirrored: the mirrors are there already, each with a transfer under way that lasts *load*'s seconds_min."""
    with TemporaryDirectory(prefix="data_motion_bench_") as place:
        folder = Path(place)
        world = folder / "world.json"
        world.write_text(json.dumps(scenario(load, mirrored)), encoding="utf-8")
        with simulated_site(("paris", "lyon"), 0, (*load.options, "--scenario", str(world))) as site:
            yield Lab(site, folder, load)


def scenario(load: Load, mirrored: bool) -> dict[str, Any]:
    names = [f"vol{number:04d}" for number in range(1, load.volumes + 1)]
    own = {name: {"size": "1GB", "used": "1MB", "guarantee": "thin", "junction": f"/{name}"} for name in names}
    ends = [(f"paris:svm_paris:{name}", f"lyon:svm_lyon:{name}") for name in names]
    return {
        "settings": {"transfer_rate": "100GB", "transfer_seconds_min": load.seconds_min},
        "clusters": {
            "paris": {"max_transfers": 10_000, "svms": {"svm_paris": {"volumes": own}}},
            "lyon": {"max_transfers": 10_000, "svms": {"svm_lyon": {}}},
        },
        "relationships": [
            {"source": source, "destination": destination, "policy": "MirrorAllSnapshots", "state": "snapmirrored"}
            for source, destination in (ends if mirrored else [])
        ],
    }
