# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend of three volumes, one mounted below another, one with a LUN, and what can be said of it at any moment."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.glue import report
from tests.resilience.runbooks import NAMES, RUNBOOKS, Run
from tests.resilience.strikes import Strike, Weather, strikes
from tests.simulator import scenario
from tests.simulator.model.errors import Refused
from tests.simulator.testing import running
from tests.unit.behaviour.bench import Bench

SITES = ("paris", "lyon")
JUNCTIONS = {"block": None, "files": "/files", "nested": "/files/nested"}
VIA = {"block": "lun", "files": "nfs", "nested": "nfs"}
FENCE = "data_motion_fence"
LARGEST_PROCESS_ID = 2**22
RULE = {"clients": ["192.0.2.0/24"], "ro_rule": ["sys"], "rw_rule": ["sys"]}
PARIS = {
    "igroups": {"esx": {"os_type": "vmware", "initiators": ["iqn.1998-01.com.example:host1"]}},
    "lun_maps": [{"lun": "block/lun1", "igroup": "esx", "number": 7}],
    "volumes": {
        "block": {"size": "20GB", "luns": {"lun1": {"size": "1GB"}}, "markers": ["first"]},
        "files": {"size": "10GB", "junction": "/files", "markers": ["first"]},
        "nested": {"size": "5GB", "junction": "/files/nested", "markers": ["first"]},
    },
}
LYON = {"igroups": {"esx_lyon": {"os_type": "vmware", "initiators": ["iqn.1998-01.com.example:lyon1"]}}}
_owners = itertools.count(LARGEST_PROCESS_ID + 1)


def new_owner() -> str:
    """A run of this machine that has ended, as soon as the next one looks."""
    return f"{socket.gethostname()}-{next(_owners)}"


@dataclass
class Scene:
    """runbook: what is run and interrupted.  protocol: rest or zapi.  active: where the volumes are to be in the end.  written: what hosts wrote."""

    bench: Bench
    folder: Path
    runbook: str
    protocol: str = "rest"
    written: dict[str, list[str]] = field(default_factory=lambda: {name: ["first"] for name in NAMES})

    @property
    def site(self) -> Any:
        return self.bench.site

    @property
    def active(self) -> str:
        return "paris" if self.runbook == "failback" else "lyon"

    @property
    def job(self) -> dict[str, Any]:
        return {
            "runbook": self.runbook,
            "sides": {name: {**self.site.params(name), "backend": name} for name in SITES},
            "manifest": str(self.folder / "manifest.json"),
            "shared": {"report_dir": str(self.folder / "reports"), "lock": "paris", "width": 1},
        }

    # ---- runs
    def run(self, runbook: str | None = None, watch: Any = None, **shared: Any) -> Run:
        """A whole run in this process. watch(module, args, result, entries): called after each module."""
        job = self.job

        def call(module: str, **args: Any) -> dict[str, Any]:
            since = max((entry.number for entry in self.site.journal), default=0)
            result = self.bench.run(module, _ansible_module_name=module, **args)
            if watch is not None:
                watch(module, args, result, self.site.journal.writes(since=since))
            return result

        made = Run(call, job["sides"], job["manifest"], {**job["shared"], "lock_owner": new_owner(), **shared})
        RUNBOOKS[runbook or self.runbook](made)
        return made

    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "reports" / "report.json").read_text(encoding="utf-8"))

    def journal_events(self) -> list[dict[str, Any]]:
        lines = (self.folder / "reports" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    # ---- hosts
    def volume(self, cluster: str, name: str) -> Any:
        return self.bench.volume(cluster, name)

    def hosts_write(self, marker: str) -> dict[str, list[str]]:
        """Hosts of both sites try to write. {volume: sites where it worked}"""
        took: dict[str, list[str]] = {name: [] for name in NAMES}
        with self.site.locked() as world:
            world.clock.advance(30)
            world.settle()
            for name, cluster in itertools.product(NAMES, SITES):
                if not world.clusters[cluster].up:
                    continue
                try:
                    self.volume(cluster, name).write(f"{marker} at {cluster}", via=VIA[name])
                except Refused:
                    continue
                took[name].append(cluster)
                self.written[name].append(f"{marker} at {cluster}")
        return took

    # ---- what is
    def shape(self) -> dict[str, Any]:
        """All that a run may make or leave behind, but names and times that differ from run to run."""
        with self.site.locked() as world:
            world.settle()
            return {name: self._cluster(world.clusters[name]) for name in SITES}

    def _cluster(self, cluster: Any) -> dict[str, Any]:
        svm = cluster.svms[f"svm_{cluster.name}"]
        return {
            "volumes": {volume.name: self._volume(volume) for volume in cluster.volumes() if not volume.is_svm_root},
            "mirrors": sorted(
                (
                    one.source_path,
                    one.destination_path,
                    one.state,
                    one.policy.name,
                    one.schedule.name if one.schedule else "",
                )
                for one in cluster.relationships.values()
            ),
            "records": sorted((one.source.path, one.destination.path) for one in cluster.source_entries.values()),
            "export policies": sorted(svm.export_policies),
            "LUN maps": sorted((one.volume.name, one.igroup.name, one.number) for one in svm.lun_maps),
        }

    def _volume(self, volume: Any) -> dict[str, Any]:
        names = [one.name for one in volume.snapshots]
        return {
            "type": volume.type,
            "junction": volume.junction,
            "LUNs": [(device.name, device.enabled) for device in volume.devices],
            "fences": sorted(name for name in names if name.startswith(FENCE)),
            "bases": sum(name.startswith("snapmirror.") for name in names),
            "others": [name for name in names if not name.startswith((FENCE, "snapmirror."))],
        }

    def in_service(self, cluster: str, name: str) -> bool:
        """Hosts can write to it at its usual place."""
        volume = self.volume(cluster, name)
        if volume.type != "rw" or volume.junction != JUNCTIONS[name]:
            return False
        maps = [one for one in volume.svm.lun_maps if one.volume is volume]
        return name != "block" or (bool(maps) and all(device.enabled for device in volume.devices))

    def out_of_service(self, cluster: str, name: str) -> bool:
        volume = self.volume(cluster, name)
        return volume.junction is None and not any(device.enabled for device in volume.devices)

    def mirror(self, cluster: str, name: str) -> Any:
        return next(
            (one for one in self.site.world.clusters[cluster].relationships.values() if one.destination.name == name),
            None,
        )

    def arrived(self) -> bool:
        """Everything is where the runbook leads to."""
        if not all(self.in_service(self.active, name) for name in NAMES):
            return False
        wanted = "snapmirrored" if self.runbook == "failback" else "broken_off"
        return {getattr(self.mirror("lyon", name), "state", None) for name in NAMES} == {wanted}


@contextmanager
def scene(runbook: str, folder: Path, traffic: str | None = None, protocol: str = "rest") -> Iterator[Scene]:
    """Where *runbook* begins: volumes at paris, mirrored, with newer data; or failed over to lyon, with newer data."""
    plan: dict[str, Any] = {"clusters": {}}
    for name, svm in (("paris", PARIS), ("lyon", LYON)):
        aggregates = {f"aggr1_{name}": "10TB", f"aggr2_{name}": "10TB"}
        plan["clusters"][name] = {
            "aggregates": aggregates,
            "svms": {f"svm_{name}": {"export_policies": {"default": [RULE]}, **svm}},
        }
    world = scenario.from_dict(plan, Weather(), faults=Strike(), transfer_seconds_min=0.4, job_seconds=0.3)
    with running(world, traffic=traffic) as site, pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "JINJA2_IMPORT_ERROR", "the page is not looked at here, and takes longest")
        if protocol == "zapi":
            told = site.params
            patch.setattr(site, "params", lambda *names: {**told(*names), "use_rest": "never"})
        made = Scene(Bench(site, patch), folder, runbook, protocol)
        bench = made.bench
        bench.protect()
        bench.good("volume_presentation", source=bench.sides["source"], manifest=made.job["manifest"])
        made.hosts_write("before")
        if runbook == "unplanned":
            bench.good("snapmirror_update", **bench.from_destination, wait=True, timeout=3600)
            made.hosts_write("lost")
            made.written = {
                name: [one for one in written if not one.startswith("lost")] for name, written in made.written.items()
            }
            site.down("paris")
        if runbook == "failback":
            made.run("planned")
            made.hosts_write("there")
        site.journal.clear()
        yield made


def label(entry: Any) -> str:
    """A short word for a write request."""
    path, body, query = entry.path, entry.body or {}, entry.query
    if entry.method == "ZAPI":
        call = path.rpartition("/")[2]
        return {"export-policy-create": "lock", "export-policy-destroy": "unlock"}.get(call, call.replace("-", "_"))
    if "/export-policies" in path:
        return "lock" if entry.method == "POST" else "unlock"
    if path.endswith("/transfers"):
        return "transfer"
    if path.endswith("/snapshots"):
        return "snapshot"
    if "/snapshots/" in path:
        return "snapshot_delete"
    if path.startswith("/snapmirror/relationships"):
        if entry.method == "DELETE":
            return "release" if "source_info_only" in query else "delete"
        if entry.method == "POST":
            return "create"
        return {"paused": "quiesce", "broken_off": "break", "snapmirrored": "resync"}[body["state"]]
    if path.startswith("/storage/luns"):
        return "lun_online" if body["enabled"] else "lun_offline"
    if path.endswith("/lun-maps"):
        return "lun_map"
    if path.startswith("/storage/volumes/"):
        junction = (body.get("nas") or {}).get("path", body.get("nas.path"))
        return "modify" if junction is None else "mount" if junction else "unmount"
    return f"{entry.method}{path}".lower().replace("/", "_")


__all__ = ["Scene", "label", "new_owner", "scene", "strikes"]
