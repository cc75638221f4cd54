# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many backends one controller bears: a fresh `replicate` and an unchanged one over all, side by side.

usage: python -m tests.benchmark.many_backends [BACKENDS [VOLUMES [FORKS [LATENCY_MS]]]]      (20 50 20 20)
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import yaml

from tests.integration_sim.playbooks import Arrays
from tests.tools.in_collection import link_checkout
from tests.tools.simulated_site import GROUP, host_variables, simulated_site

SAMPLE_S = 0.25


def scenario(backends: int, volumes: int) -> dict[str, Any]:
    """Two clusters with an SVM each per backend."""
    pools = {f"vol{number:04d}": {"size": "1GB", "junction": f"/vol{number:04d}"} for number in range(volumes)}
    return {
        "clusters": {
            cluster: {
                "aggregates": {f"aggr1_{cluster}": "1000TB"},
                "svms": {f"{cluster}{number:02d}": {"volumes": held} for number in range(backends)},
            }
            for cluster, held in (("west", pools), ("east", {}))
        }
    }


def inventory(clusters: dict[str, Any], folder: Path) -> Path:
    hosts = {}
    for place in clusters.values():
        for svm in place["svms"]:
            hosts[svm] = {**host_variables(place), "ontap_svm": svm}
    for name, variables in hosts.items():
        if name.startswith("west"):
            target = {"backend": name.replace("west", "east"), "aggregate_map": {"aggr1_west": "aggr1_east"}}
            variables["ontap_replication_targets"] = [target]
    file = folder / "inventory.json"
    shared = {"ontap_manifest_dir": str(folder / "manifests")}
    file.write_text(json.dumps({GROUP: {"hosts": hosts, "vars": shared}}), encoding="utf-8")
    return file


class Memory(threading.Thread):
    """The memory of all ansible-playbook processes and their modules, looked at while they run; what they share counts once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_bytes, self.over = 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(SAMPLE_S):
            self.peak_bytes = max(self.peak_bytes, sum(map(own_bytes, Path("/proc").glob("[0-9]*"))))


def own_bytes(process: Path) -> int:
    """Its proportional set size, 0 where it is none of Ansible's: a page of several processes is told in parts, a part by each."""
    try:
        if b"ansible" not in (process / "cmdline").read_bytes():
            return 0
        status = (process / "smaps_rollup").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("Pss:")), 0)


def main(backends: int = 20, volumes: int = 50, forks: int = 20, latency_ms: int = 20) -> None:
    print("| work | backends | volumes each | forks | latency ms | requests | wall s | peak MB of all processes |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        link_checkout(folder)
        world = folder / "world.yml"
        world.write_text(yaml.safe_dump(scenario(backends, volumes)), encoding="utf-8")
        with simulated_site(options=("--scenario", str(world), "--latency-ms", str(latency_ms))) as site:
            arrays = Arrays(site, folder, inventory(site.clusters, folder), {"ANSIBLE_COLLECTIONS_PATH": place})
            for work in ("replicate, fresh", "replicate, unchanged"):
                memory, began_s = Memory(), time.monotonic()
                memory.start()
                done = arrays.play("replicate", "--forks", str(forks))
                wall_s = time.monotonic() - began_s
                memory.over.set()
                memory.join()
                if done.returncode:
                    raise SystemExit(done.output)
                facts = (work, backends, volumes, forks, latency_ms, len(done.requests), f"{wall_s:.1f}")
                print("|", " | ".join(map(str, facts)), f"| {memory.peak_bytes / 1e6:.0f} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
