# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated clusters in a process of their own, with an Ansible inventory of their SVMs as backends.

In a test:    with simulated_site(volumes=3) as site: run ansible-playbook with site.write_inventory(folder)
By hand:      python -m tests.tools.simulated_site INVENTORY_FILE [simulator option]...   (until interrupted)
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
GROUP = "ontap_backends"


@dataclass(frozen=True)
class Site:
    """clusters: what the simulator's READY line said, by cluster name."""

    clusters: dict[str, Any]
    process: subprocess.Popen[str]

    def inventory(self, **first_backend: Any) -> dict[str, Any]:
        """Every cluster is a backend; the first one's targets are all others, in order.

        first_backend: further host variables of the first backend.
        """
        hosts = {name: host_variables(cluster) for name, cluster in self.clusters.items()}
        first = next(iter(hosts))
        hosts[first]["ontap_replication_targets"] = [
            {"backend": other, "aggregate_map": aggregate_map(self.clusters[first], self.clusters[other])}
            for other in hosts
            if other != first
        ]
        hosts[first].update(first_backend)
        return {GROUP: {"hosts": hosts}}

    def write_inventory(self, folder: Path, **first_backend: Any) -> Path:
        path = folder / "inventory.json"
        path.write_text(json.dumps(self.inventory(**first_backend), indent=2) + "\n", encoding="utf-8")
        return path


def host_variables(cluster: dict[str, Any]) -> dict[str, Any]:
    return {
        "ontap_hostname": cluster["hostname"],
        "ontap_http_port": cluster["port"],
        "ontap_https": cluster["https"],
        "ontap_validate_certs": False,
        "ontap_username": cluster["username"],
        "ontap_password": cluster["password"],
        "ontap_svm": next(iter(cluster["svms"])),
    }


def aggregate_map(source: dict[str, Any], target: dict[str, Any]) -> dict[str, str]:
    """The n-th aggregate of the source's SVM goes to the n-th of the target's."""
    from_svm, to_svm = (next(iter(cluster["svms"].values())) for cluster in (source, target))
    return dict(zip(from_svm["aggregates"], itertools.cycle(to_svm["aggregates"])))


def arguments(clusters: tuple[str, ...], volumes: int, options: tuple[str, ...]) -> list[str]:
    """A scenario among the options says itself which clusters and volumes there are."""
    world = [] if "--scenario" in options else ["--clusters", ",".join(clusters), "--volumes", str(volumes)]
    found = [sys.executable, "-m", "tests.simulator", *world]
    folder = os.environ.get("DATA_MOTION_TRAFFIC_DIR")
    if folder and "--traffic-log" not in options:
        found += ["--traffic-log", str(Path(folder) / f"site-{uuid.uuid4().hex[:12]}.jsonl")]
    return [*found, *options]


@contextmanager
def simulated_site(
    clusters: tuple[str, ...] = ("paris", "lyon"), volumes: int = 3, options: tuple[str, ...] = ()
) -> Iterator[Site]:
    """Clusters that run while the block does. options: further ones of `python -m tests.simulator`."""
    process = subprocess.Popen(
        arguments(clusters, volumes, options), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Site(read_ready(process)["clusters"], process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def read_ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    line = process.stdout.readline()
    if not line.startswith("READY "):
        raise RuntimeError(f"the simulator did not start; it said {line!r}")
    return json.loads(line.removeprefix("READY "))


if __name__ == "__main__":
    with simulated_site(options=tuple(sys.argv[2:])) as running:
        written = Path(sys.argv[1])
        written.write_text(json.dumps(running.inventory(), indent=2) + "\n", encoding="utf-8")
        print(f"inventory in {written}", flush=True)
        running.process.wait()
