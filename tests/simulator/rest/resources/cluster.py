# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/cluster and what belongs to a cluster: jobs, nodes, licenses, schedules, aggregates, SVMs, their policies"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model.schedules import Schedule
from ..resource import Resource
from .documents import iso_time, known, ref


class TheCluster(Resource):
    path = "/cluster"
    key = ()

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        cluster = self.cluster
        return [
            {
                "name": cluster.name,
                "uuid": cluster.uuid,
                "version": version(cluster.version),
                "contact": "",
                "location": cluster.name,
                "timezone": {"name": "Etc/UTC"},
            }
        ]


def version(text: str) -> dict[str, Any]:
    """ONTAP's version object of "9.17.1"."""
    generation, major, minor = (int(part) for part in (*text.split("."), "0", "0")[:3])
    return {"full": f"NetApp Release {text}: simulated", "generation": generation, "major": major, "minor": minor}


class Jobs(Resource):
    path = "/cluster/jobs"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [self._document(job) for job in self.cluster.jobs]

    def select(
        self, scope: Mapping[str, str], params: Mapping[str, Any], wanted: Mapping[str, frozenset[str]]
    ) -> Iterable[dict[str, Any]] | None:
        if "uuid" not in wanted:
            return None
        found = (self.cluster.jobs.get(uuid) for uuid in wanted["uuid"])
        return [self._document(job) for job in found if job is not None]

    def _document(self, job: Any) -> dict[str, Any]:
        return known(
            {
                "uuid": job.uuid,
                "description": job.description,
                "state": job.state,
                "code": job.code,
                "message": job.message or None,
                "error": job.error,
                "start_time": iso_time(job.start_time),
                "end_time": iso_time(job.end_time),
                "svm": job.svm,
                "node": {"name": self.cluster.nodes[0][0]},
            }
        )


class Nodes(Resource):
    path = "/cluster/nodes"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [
            {
                "name": name,
                "uuid": uuid,
                "model": "SIMBOX",
                "state": "up",
                "membership": "member",
                "location": self.cluster.name,
                "serial_number": uuid[:12],
                "uptime": 86400,
                "version": version(self.cluster.version),
                "date": iso_time(self.cluster.world.now()),
            }
            for name, uuid in self.cluster.nodes
        ]


class Licenses(Resource):
    path = "/cluster/licensing/licenses"
    key = ("name",)
    names = ("base", "nfs", "cifs", "iscsi", "fcp", "snapmirror", "snaprestore", "flexclone", "snapmirror_sync")

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [
            {
                "name": name,
                "scope": "cluster" if name == "base" else "node",
                "state": "compliant",
                "licenses": [{"owner": self.cluster.name, "active": True, "evaluation": False}],
            }
            for name in self.names
        ]


class Schedules(Resource):
    path = "/cluster/schedules"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [self._document(schedule) for schedule in self.cluster.schedules.values()]

    def _document(self, schedule: Schedule) -> dict[str, Any]:
        cron = {
            "minutes": list(schedule.minutes) or None,
            "hours": list(schedule.hours) or None,
            "days": list(schedule.days) or None,
            "weekdays": list(schedule.weekdays) or None,
        }
        return known(
            {
                "uuid": schedule.uuid,
                "name": schedule.name,
                "type": "cron" if schedule.interval_s is None else "interval",
                "interval": None if schedule.interval_s is None else f"PT{schedule.interval_s // 3600}H",
                "cron": cron if schedule.interval_s is None else None,
                "scope": "cluster",
                "cluster": ref(self.cluster),
            }
        )


class Aggregates(Resource):
    path = "/storage/aggregates"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [self._document(aggregate) for aggregate in self.cluster.aggregates.values()]

    def _document(self, aggregate: Any) -> dict[str, Any]:
        used = aggregate.used_bytes
        node = {"name": aggregate.node[0], "uuid": aggregate.node[1]}
        return {
            "uuid": aggregate.uuid,
            "name": aggregate.name,
            "state": "online",
            "create_time": iso_time(aggregate.create_time),
            "node": node,
            "home_node": dict(node),
            "snaplock_type": "non_snaplock",
            "volume-count": len(aggregate.volumes),
            "data_encryption": {"software_encryption_enabled": False, "drive_protection_enabled": False},
            "space": {
                "footprint": used,
                "block_storage": {
                    "size": aggregate.size_bytes,
                    "used": used,
                    "available": max(0, aggregate.size_bytes - used),
                    "used_percent": used * 100 // aggregate.size_bytes,
                    "full_threshold_percent": 98,
                    "physical_used": used,
                },
                "cloud_storage": {"used": 0},
            },
            "block_storage": {
                "storage_type": "ssd",
                "mirror": {"enabled": False, "state": "unmirrored"},
                "hybrid_cache": {"enabled": False},
            },
        }


class SnapshotPolicies(Resource):
    path = "/storage/snapshot-policies"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [
            known(
                {
                    **ref(policy),
                    "enabled": policy.enabled,
                    "comment": policy.comment,
                    "scope": "cluster",
                    "copies": [
                        known(
                            {
                                "count": each.count,
                                "prefix": each.prefix,
                                "schedule": ref(each.schedule),
                                "snapmirror_label": each.label,
                            }
                        )
                        for each in policy.copies
                    ]
                    or None,
                }
            )
            for policy in self.cluster.snapshot_policies
        ]


class EfficiencyPolicies(Resource):
    path = "/storage/volume-efficiency-policies"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [
            {
                "uuid": uuid,
                "name": name,
                "svm": ref(svm),
                "enabled": True,
                "type": "scheduled",
                "qos_policy": "best_effort",
                "comment": "",
            }
            for svm in self.cluster.svms.values()
            for name, uuid in svm.efficiency_policies.items()
        ]


class NfsServices(Resource):
    path = "/protocols/nfs/services"
    key = ("svm.uuid",)

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [
            {
                "svm": ref(svm),
                "enabled": True,
                "state": "online",
                "protocol": {"v3_enabled": True, "v40_enabled": True, "v41_enabled": True},
            }
            for svm in self.cluster.svms.values()
        ]


class Ipspaces(Resource):
    path = "/network/ipspaces"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [{"name": "Default", "uuid": self.cluster.ipspace_uuid}]


class IpInterfaces(Resource):
    path = "/network/ip/interfaces"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [
            {
                "uuid": svm.lif_uuid,
                "name": f"{svm.name}_data1",
                "enabled": True,
                "state": "up" if svm.state == "running" else "down",
                "scope": "svm",
                "ip": {"address": svm.address, "netmask": "24", "family": "ipv4"},
                "svm": ref(svm),
                "ipspace": {"name": "Default", "uuid": self.cluster.ipspace_uuid},
                "service_policy": {"name": "default-data-files"},
                "services": ["data_core", "data_nfs", "data_cifs"],
            }
            for svm in self.cluster.svms.values()
        ]
