# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny world of made-up resources, so that the REST side is tested for itself, and a client to talk to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import requests

from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.model.errors import Refused
from tests.simulator.rest.resource import Resource, Written
from tests.simulator.testing import RunningSite

TIMEOUT_S = 10
GIB = 1024**3


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def volume(number: int, **more: Any) -> dict[str, Any]:
    """A volume's document: odd numbers are thin, every third is not mounted."""
    document = {
        "uuid": uuid(number),
        "name": f"vol{number:04d}",
        "svm": {"name": "svm_paris", "uuid": uuid(9001)},
        "type": "rw",
        "state": "online",
        "style": "flexvol",
        "size": number * GIB,
        "guarantee": {"type": "none" if number % 2 else "volume"},
        "aggregates": [{"name": "aggr1_paris", "uuid": uuid(9101)}],
        "create_time": f"2026-01-{number % 28 + 1:02d}T00:00:00+00:00",
        "space": {"used": number * 1024, "logical_space": {"enforcement": False}},
    }
    if number % 3:
        document["nas"] = {"path": f"/vol{number:04d}"}
    return {**document, **more}


@dataclass
class FakeJob:
    """As much of a job as the REST side looks at."""

    uuid: str
    due_time: float
    work: Callable[[], None]
    state: str = "running"
    code: int = 0
    message: str = ""
    ended: bool = False

    def finish(self) -> None:
        self.ended, self.state = True, "success"
        try:
            self.work()
        except Refused as refused:
            self.state, self.code, self.message = "failure", int(refused.code), refused.message


RUNNING = {"state": "running", "subtype": "default"}


@dataclass
class FakeArray:
    """As much of a cluster as the REST side looks at."""

    world: Any
    name: str
    version: str = "9.17.1"
    username: str = "admin"
    password: str = "sesame"
    up: bool = True
    uuid: str = uuid(9000)
    jobs: list[FakeJob] = field(default_factory=list)
    relationships: dict[str, Any] = field(default_factory=dict)
    svms: dict[str, Any] = field(
        default_factory=lambda: {
            "svm_paris": SimpleNamespace(name="svm_paris", uuid=uuid(9001), volumes={}, **RUNNING),
            "svm_other": SimpleNamespace(name="svm_other", uuid=uuid(9002), volumes={}, **RUNNING),
        }
    )

    def start_job(self, work: Callable[[], None]) -> FakeJob:
        job = FakeJob(uuid(5000 + len(self.jobs)), self.world.clock.now() + self.world.job_seconds, work)
        self.jobs.append(job)
        self.world.settle()
        return job


class FakeWorld:
    """As much of a world as the REST side looks at. bodies: what the resources were given, in order."""

    def __init__(self, volumes: int = 7, *, clock: Any = None, job_seconds: float = 0.0, version: str = "9.17.1"):
        self.clock = clock or SteppedClock()
        self.faults = FaultBook()
        self.lock = threading.RLock()
        self.job_seconds = job_seconds
        self.clusters = {name: FakeArray(self, name, version) for name in ("paris", "lyon")}
        self.volumes = {uuid(number): volume(number) for number in range(1, volumes + 1)}
        self.mirrors: list[dict[str, Any]] = []
        self.bodies: list[tuple[Any, dict[str, Any]]] = []

    def settle(self) -> None:
        for cluster in self.clusters.values():
            for job in cluster.jobs:
                if not job.ended and job.due_time <= self.clock.now():
                    job.finish()


class FakeVolumes(Resource):
    """Documents in a dict on the world; creating and changing them are jobs, deleting them is not."""

    path = "/storage/volumes"

    @property
    def documents(self) -> dict[str, dict[str, Any]]:
        return self.cluster.world.volumes

    def records(self, scope, params):
        return list(self.documents.values())

    def create(self, scope, body, params):
        number = len(self.documents) + 1
        self.cluster.world.bodies.append((body, params))

        def work():
            self.documents[uuid(number)] = {**volume(number), **body}

        job = self.cluster.start_job(work)
        return Written({"uuid": uuid(number), "name": body["name"]}, job)

    def modify(self, scope, record, body, params):
        self.cluster.world.bodies.append((body, params))

        def work():
            if body.get("comment") == "refuse":
                raise Refused("917628", "not for this volume")
            self.documents[record["uuid"]].update(body)

        job = self.cluster.start_job(work)
        return Written({"uuid": record["uuid"]}, job)

    def delete(self, scope, record, params):
        self.cluster.world.bodies.append((None, params))
        del self.documents[record["uuid"]]
        return Written({"uuid": record["uuid"]})


class FakeTransfers(Resource):
    """A sub-collection that is written without jobs."""

    path = "/snapmirror/relationships/{relationship.uuid}/transfers"
    key = ("uuid",)

    def records(self, scope, params):
        parent = scope["relationship.uuid"].replace("*", uuid(3))
        return [{"uuid": uuid(71), "state": "transferring", "relationship": {"uuid": parent}}]

    def create(self, scope, body, params):
        return Written({"uuid": uuid(71)})


class FakeMirrors(Resource):
    """Relationships with the properties that filters are hardest on."""

    path = "/snapmirror/relationships"

    def records(self, scope, params):
        return self.cluster.world.mirrors


class FakeCluster(Resource):
    path = "/cluster"
    key = ()

    def records(self, scope, params):
        return [{"name": self.cluster.name, "uuid": self.cluster.uuid}]


class FakeJobs(Resource):
    path = "/cluster/jobs"

    def records(self, scope, params):
        return [{"uuid": job.uuid, "state": job.state, "code": job.code} for job in self.cluster.jobs]


FAKES = [FakeVolumes, FakeTransfers, FakeMirrors, FakeCluster, FakeJobs]


class Client:
    """Plain requests to one cluster; answers are (status, JSON)."""

    def __init__(self, site: RunningSite, name: str = "paris", **options: Any) -> None:
        address = site.clusters[name]
        self.url = address.url
        self.session = requests.Session()
        self.session.auth = (address.username, address.password)
        self.options = options

    def send(self, method: str, path: str, query: Any = None, body: Any = None, **options: Any) -> requests.Response:
        options = {"timeout": TIMEOUT_S, **self.options, **options}
        return self.session.request(method, f"{self.url}/api{path}", params=query, json=body, **options)

    def ask(self, method: str, path: str, query: Any = None, body: Any = None, **options: Any) -> tuple[int, Any]:
        answer = self.send(method, path, query, body, **options)
        return answer.status_code, answer.json() if answer.content else None

    def get(self, path: str, **query: Any) -> Any:
        status, body = self.ask("GET", path, query)
        assert status == 200, body
        return body

    def names(self, path: str, query: dict[str, Any]) -> list[str]:
        return [record["name"] for record in self.get(path, **query)["records"]]

    def refusal(self, method: str, path: str, query: Any = None, body: Any = None, **options: Any) -> tuple[int, str]:
        """(status, code) of an answer that has to be an error."""
        status, answer = self.ask(method, path, query, body, **options)
        assert status >= 400, answer
        assert set(answer["error"]) <= {"message", "code", "target"}
        return status, answer["error"]["code"]
