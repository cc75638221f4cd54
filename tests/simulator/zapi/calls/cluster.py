# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster, its SVMs, aggregates, schedules and jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...model.jobs import Job
from .. import errors
from ..errors import Failed
from ..iterators import Listing, Record
from ..reply import Handler, Reply
from ..scope import Scope
from ..wire import Call


def _version(scope: Scope, call: Call) -> Reply:
    generation, major, *minor = scope.cluster.version.split(".")
    return Reply(
        {
            "is-clustered": True,
            "version": f"NetApp Release {scope.cluster.version}: Thu Jan 01 00:00:00 UTC 2026",
            "version-tuple": {"generation": generation, "major": major, "minor": minor[0] if minor else "0"},
        }
    )


def _ontapi_version(scope: Scope, call: Call) -> Reply:
    generation, major, *minor = (int(part) for part in scope.cluster.version.split("."))
    number = (generation - 8) * 100 + major * 10 + (minor[0] if minor else 0)
    return Reply({"major-version": 1, "minor-version": number})


def _identity(scope: Scope, call: Call) -> Reply:
    _cluster_only(scope)
    cluster = scope.cluster
    told = {"cluster-name": cluster.name, "cluster-uuid": cluster.uuid, "cluster-serial-number": cluster.uuid[:8]}
    return Reply({"attributes": told})


def _cluster_only(scope: Scope) -> None:
    if scope.tunnel is not None:
        raise Failed(errors.NO_SUCH_CALL, "Unable to find API: it is one of the cluster, not of an SVM")


def _svms(scope: Scope) -> Iterable[Record]:
    for svm in scope.svms:
        root = next((each for each in svm.volumes.values() if each.is_svm_root), None)
        yield {
            "vserver-name": svm.name,
            "uuid": svm.uuid,
            "state": svm.state,
            "operational-state": svm.state,
            "vserver-type": "data",
            "vserver-subtype": svm.subtype,
            "language": svm.language,
            "comment": svm.comment,
            "ipspace": "Default",
            "root-volume": root.name if root else None,
            "root-volume-aggregate": root.aggregates[0].name if root else None,
            "aggr-list": [aggregate.name for aggregate in svm.aggregates],
            "vserver-aggr-info-list": [
                {"aggr-name": each.name, "aggr-availsize": each.available_bytes} for each in svm.aggregates
            ],
        }


def _aggregates(scope: Scope) -> Iterable[Record]:
    _cluster_only(scope)
    for each in scope.cluster.aggregates.values():
        yield {
            "aggregate-name": each.name,
            "aggregate-uuid": each.uuid,
            "aggr-raid-attributes": {"state": "online", "has-local-root": False, "raid-type": "raid_dp"},
            "aggr-space-attributes": {
                "size-total": each.size_bytes,
                "size-used": each.used_bytes,
                "size-available": each.available_bytes,
            },
            "aggr-ownership-attributes": {"home-name": each.node[0], "owner-name": each.node[0]},
        }


def _usable_aggregates(scope: Scope) -> Iterable[Record]:
    for svm in scope.svms:
        for each in svm.aggregates:
            yield {"aggregate-name": each.name, "available-size": each.available_bytes, "vserver-name": svm.name}


def _nodes(scope: Scope) -> Iterable[Record]:
    _cluster_only(scope)
    for name, uuid in scope.cluster.nodes:
        yield {
            "node": name,
            "node-uuid": uuid,
            "node-model": "SIMULATED",
            "is-node-healthy": True,
            "is-all-flash-optimized": False,
            "is-all-flash-select-optimized": False,
            "product-version": f"NetApp Release {scope.cluster.version}",
        }


def _schedules(scope: Scope) -> Iterable[Record]:
    for schedule in scope.cluster.schedules.values():
        yield {"job-schedule-name": schedule.name, "job-schedule-type": "cron"}


# ---- jobs


def _jobs(scope: Scope) -> Iterable[Record]:
    for job in scope.cluster.jobs:
        if scope.tunnel is None or (job.svm or {}).get("name") == scope.tunnel.name:
            yield _job(job)


def _job(job: Job) -> Record:
    return {
        "job-id": job.number,
        "job-uuid": job.uuid,
        "job-name": job.description,
        "job-description": job.description,
        "job-state": job.state,
        "job-status-code": job.code if not job.error else errors.errno_of(job.error["code"]),
        "job-completion": job.message or None,
        "job-vserver": (job.svm or {}).get("name"),
        "job-start-time": int(job.start_time),
        "job-end-time": None if job.end_time is None else int(job.end_time),
    }


def _get_job(scope: Scope, call: Call) -> Reply:
    wanted = call.number("job-id")
    found = next((record for record in _jobs(scope) if record["job-id"] == wanted), None)
    if found is None:
        raise Failed(errors.NOT_FOUND, f"entry doesn't exist: job {wanted}")
    return Reply({"attributes": found})


LISTINGS: Mapping[str, Listing] = {
    "system-node-get-iter": Listing(_nodes, ("node",)),
    "vserver-get-iter": Listing(_svms, ("vserver-name",)),
    "aggr-get-iter": Listing(_aggregates, ("aggregate-name",)),
    "vserver-show-aggr-get-iter": Listing(_usable_aggregates, ("vserver-name", "aggregate-name")),
    "job-schedule-get-iter": Listing(_schedules, ("job-schedule-name",)),
    "job-get-iter": Listing(_jobs, ("job-id",)),
}
HANDLERS: Mapping[str, Handler] = {
    "system-get-version": _version,
    "system-get-ontapi-version": _ontapi_version,
    "cluster-identity-get": _identity,
    "job-get": _get_job,
}
