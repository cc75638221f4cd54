# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a foreign client meets it: a process of its own that is reached over TCP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 30


@dataclass(frozen=True)
class Cluster:
    """One simulated cluster as the READY line describes it."""

    name: str
    hostname: str
    port: int
    username: str
    password: str
    svm: str
    volumes: tuple[str, ...]
    aggregates: tuple[str, ...]
    ca_file: str | None = None

    @property
    def scheme(self) -> str:
        return "https" if self.ca_file else "http"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.hostname}:{self.port}"

    def send(self, method: str, path: str, query: Any = None, body: Any = None, **options: Any) -> requests.Response:
        """One plain request; *path* starts below /api, *body* is sent as JSON."""
        options.setdefault("auth", (self.username, self.password))
        options.setdefault("verify", self.ca_file)
        return requests.request(
            method, f"{self.origin}/api{path}", params=query, json=body, timeout=TIMEOUT_S, **options
        )

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.send("GET", path, {name.replace("__", "."): value for name, value in query.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def records(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All records; `__` in a name stands for the dot of a nested field."""
        return self.get(path, **query)["records"]

    def volume(self, name: str) -> dict[str, Any]:
        (found,) = self.records("/storage/volumes", name=name, svm__name=self.svm, fields="**")
        return found

    def mirrors(self, **query: Any) -> dict[str, dict[str, Any]]:
        """{destination path: relationship}"""
        query.setdefault("fields", "*")
        found = self.records("/snapmirror/relationships", **query)
        return {record["destination"]["path"]: record for record in found}

    def done(self, answer: requests.Response) -> requests.Response:
        """The same answer, after its job has succeeded where it started one."""
        assert answer.status_code < 300, answer.text
        if answer.status_code == 202:
            job = self.get(f"/cluster/jobs/{answer.json()['job']['uuid']}")
            assert job["state"] == "success", job
        return answer


@dataclass(frozen=True)
class Simulator:
    """A running simulator."""

    clusters: dict[str, Cluster]
    control: str

    @property
    def paris(self) -> Cluster:
        return self.clusters["paris"]

    @property
    def lyon(self) -> Cluster:
        return self.clusters["lyon"]

    def advance(self, seconds: float) -> None:
        """Let simulated time pass."""
        self._control("POST", "/_control/clock", {"advance": seconds})

    def write(self, cluster: Cluster, volume: str, marker: str) -> None:
        """A host writes something that can be recognised later."""
        body = {"cluster": cluster.name, "svm": cluster.svm, "volume": volume, "marker": marker}
        self._control("POST", "/_control/write", body)

    def content(self, cluster: Cluster, volume: str) -> set[str]:
        """What a host would read in *volume* now."""
        query = f"cluster={cluster.name}&svm={cluster.svm}&volume={volume}"
        return set(self._control("GET", f"/_control/content?{query}").json()["markers"])

    def settle_transfers(self) -> None:
        """Let simulated time pass until no mirror of any cluster transfers."""
        for _attempt in range(100):
            if not any(self._transferring(cluster) for cluster in self.clusters.values()):
                return
            self.advance(60)
        raise AssertionError("transfers do not end")

    @staticmethod
    def _transferring(cluster: Cluster) -> bool:
        query = {"transfer__state": "transferring|queued", "return_records": "false"}
        return cluster.get("/snapmirror/relationships", **query)["num_records"] > 0

    def _control(self, method: str, path: str, body: Any = None) -> requests.Response:
        answer = requests.request(method, f"{self.control}{path}", json=body, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer


def two_clusters(volumes: int) -> list[str]:
    """Options for two peered clusters: paris with *volumes* volumes and lyon with none."""
    return ["--clusters", "paris,lyon", "--volumes", str(volumes)]


@contextmanager
def running(traffic_log: Path, *options: str) -> Iterator[Simulator]:
    """A simulator with these options of its command line, until the block is left."""
    command = [sys.executable, "-m", "tests.simulator", "--traffic-log", str(traffic_log), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _described(process)
        finally:
            process.terminate()


def _described(process: subprocess.Popen[str]) -> Simulator:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("READY "), f"the simulator did not start: {line!r}"
    ready = json.loads(line.removeprefix("READY "))
    clusters = {name: _cluster(name, found, ready.get("ca_file")) for name, found in ready["clusters"].items()}
    return Simulator(clusters, "http://{hostname}:{port}".format(**ready["control"]))


def _cluster(name: str, found: dict[str, Any], ca_file: str | None) -> Cluster:
    svm = f"svm_{name}"
    owned = found["svms"][svm]
    return Cluster(
        name=name,
        hostname=found["hostname"],
        port=found["port"],
        username=found["username"],
        password=found["password"],
        svm=svm,
        volumes=tuple(owned["volumes"]),
        aggregates=tuple(owned["aggregates"]),
        ca_file=ca_file,
    )
