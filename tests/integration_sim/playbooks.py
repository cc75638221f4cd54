# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks as a user runs them, in a process of their own, against simulated arrays in another one."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.tools.simulated_site import Site, simulated_site

HERE = Path(__file__).parent
TIME_LIMIT_S = 240


@dataclass(frozen=True)
class Request:
    """One request that a cluster got."""

    cluster: str
    method: str
    path: str

    @property
    def writes(self) -> bool:
        return self.method in ("POST", "PATCH", "DELETE")


@dataclass(frozen=True)
class Play:
    """One run. tasks: what the recording callback wrote.  requests: what the arrays got meanwhile."""

    returncode: int
    output: str
    tasks: list[dict[str, Any]]
    requests: list[Request]

    @property
    def changed(self) -> int:
        return sum(map(int, re.findall(r"\bchanged=(\d+)", self.output)))

    @property
    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.writes]

    def results(self, module: str) -> list[dict[str, Any]]:
        """What the tasks of *module* returned, items of loops one by one; skipped ones are left out."""
        found = [task["result"] for task in self.tasks if task["action"] == f"ontap.data_motion.{module}"]
        single = [
            item for result in found for item in (result["results"] if "ansible_loop_var" in str(result) else [result])
        ]
        return [result for result in single if not result.get("skipped")]

    def plans(self) -> list[tuple[str, Any, Any]]:
        """(task, plan, diff) of every task that has a plan."""
        return [
            (task["task"], result["plan"], result["diff"])
            for task in self.tasks
            for result in (task["result"].get("results", []) if "plan" not in task["result"] else [task["result"]])
            if isinstance(result, dict) and "plan" in result
        ]

    def messages(self) -> str:
        """All that failed tasks and assertions said, as plain text."""
        return "\n".join(text for task in self.tasks for text in texts(task["result"].get("msg")))


def good(play: Play) -> Play:
    assert play.returncode == 0, play.messages() + play.output
    return play


def texts(message: Any) -> list[str]:
    return [str(line) for line in message] if isinstance(message, list) else [str(message)] if message else []


@dataclass
class Arrays:
    """Simulated clusters and the folder of the controller that looks after them. programs: where its ansible-core is."""

    site: Site
    folder: Path
    inventory: Path
    environment: dict[str, str] = field(default_factory=dict)
    programs: Path = Path(sys.executable).parent

    def play(self, playbook: str, *options: str, **extra: Any) -> Play:
        """extra: extra vars; as text, the way they come from a command line."""
        values = {"report_dir": self.folder / "reports", **extra}
        pairs = [part for name, value in values.items() for part in ("-e", f"{name}={value}")]
        return self.run(
            "ansible-playbook", "-i", str(self.inventory), f"ontap.data_motion.{playbook}", *pairs, *options
        )

    def run(self, program: str, *arguments: str) -> Play:
        record = self.folder / "record.jsonl"
        record.write_text("", encoding="utf-8")
        seen = len(self.journal())
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            env={**os.environ, **self.settings(record), **self.environment},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=TIME_LIMIT_S,
            check=False,
        )
        tasks = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
        return Play(done.returncode, done.stdout, tasks, self.journal()[seen:])

    def settings(self, record: Path) -> dict[str, str]:
        return {
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "1000",
            "DATA_MOTION_RECORD": str(record),
        }

    # what a test does to the arrays, and what it sees there

    def control(self, path: str, body: Any = None, method: str | None = None, **query: Any) -> Any:
        url = f"{self.site_control()}/{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def site_control(self) -> str:
        """The last cluster's port; tests take others down."""
        last = list(self.site.clusters.values())[-1]
        return f"http://{last['hostname']}:{last['port']}/_control"

    def journal(self) -> list[Request]:
        entries = self.control("journal")["entries"]
        return [Request(entry["cluster"], entry["method"], entry["path"]) for entry in entries]

    def volumes(self, cluster: str) -> dict[str, dict[str, Any]]:
        """{name: type, state, junction, markers} without the SVM's root volume."""
        svms = self.control("state")["clusters"][cluster]["svms"]
        return {
            name: volume
            for svm in svms.values()
            for name, volume in svm["volumes"].items()
            if volume["junction"] != "/"
        }

    def types(self, cluster: str) -> set[str]:
        return {volume["type"] for volume in self.volumes(cluster).values()}

    def protected(self, **extra: Any) -> tuple[Play, Play, Play]:
        """The backend paris: foretold, protected, and seen to be protected. What was foretold was done, and done once."""
        check = good(self.play("replicate", "--check", "--diff", backend="paris", **extra))
        real, again = (good(self.play("replicate", backend="paris", **extra)) for _run in range(2))
        assert check.plans() == real.plans()
        assert check.changed > 0
        assert (again.changed, again.writes) == (0, [])
        return check, real, again

    def junctions(self, cluster: str) -> dict[str, str | None]:
        return {name: volume["junction"] for name, volume in self.volumes(cluster).items()}

    def write(self, cluster: str, volume: str, marker: str, **more: Any) -> bool:
        """As a host; False where the volume takes no writes. via="nfs", "smb" or "lun": only if it is served so."""
        body = {"cluster": cluster, "svm": f"svm_{cluster}", "volume": volume, "marker": marker, **more}
        try:
            return marker in self.control("write", body)["markers"]
        except urllib.error.HTTPError:
            return False

    def rest(self, cluster: str, method: str, path: str, body: Any = None) -> Any:
        """A request of the array's own administrator."""
        place = self.site.clusters[cluster]
        url = f"http://{place['hostname']}:{place['port']}/api{path}{'&' if '?' in path else '?'}return_timeout=30"
        login = base64.b64encode(f"{place['username']}:{place['password']}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60) as answer:
            return json.loads(answer.read() or b"{}")

    def fault(self, **rule: Any) -> None:
        self.control("faults", rule)

    def no_faults(self) -> None:
        self.control("faults", method="DELETE")

    def shut_down(self, cluster: str) -> None:
        self.control(f"clusters/{cluster}", {"up": False})


@contextmanager
def arrays(
    folder: Path,
    clusters: tuple[str, ...] = ("paris", "lyon"),
    volumes: int = 5,
    scenario: dict[str, Any] | None = None,
    **first: Any,
) -> Iterator[Arrays]:
    """first: host variables of the first backend, beside those that lead to its array.

    scenario: the world, instead of one from clusters and volumes.
    The arrays' clock says ten past the hour, so that no hourly update comes between what a test does and what it looks at.
    """
    options: tuple[str, ...] = ()
    if scenario is not None:
        (folder / "scenario.json").write_text(json.dumps(scenario), encoding="utf-8")
        options = ("--scenario", str(folder / "scenario.json"))
    with simulated_site(clusters, volumes, options) as site:
        inventory = site.write_inventory(folder, ontap_manifest_dir=str(folder / "manifests"), **first)
        found = Arrays(site, folder, inventory)
        found.control("clock", {"advance": (600 - time.time()) % 3600})
        yield found
