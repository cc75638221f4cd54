# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster says of itself over ZAPI, and what all parts of the gateway share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ..model.array import Aggregate, ClusterAbout, Job, Policy, SvmAbout
from ..model.errors import ApiError, BadInput
from ..transport import codes
from ..transport.zapi import Document, Zapi, dig

CHUNK = 50
"""How many names or ids one filter holds."""
NO_SUCH_SVM = "15698"
JOB_STATES = {"initial": "queued", "queued": "queued", "paused": "paused", "success": "success"} | dict.fromkeys(
    ("failure", "error", "quit", "dead"), "failure"
)
POLICY_SETTINGS = ("type", "comment", "retention", "copy_all_source_snapshots", "create_snapshot_on_source")
"""What of a SnapMirror policy has a published word."""
POLICY_TYPES: Mapping[str, tuple[str, str | None]] = {
    **dict.fromkeys(("async_mirror", "vault", "mirror_vault"), ("async", None)),
    "sync_mirror": ("sync", "sync"),
    "strict_sync_mirror": ("sync", "strict_sync"),
    "automated_failover": ("sync", "automated_failover"),
    "automated_failover_duplex": ("sync", "automated_failover_duplex"),
}


class ZapiCluster:
    """The reads that are not about one kind of object of the SVM."""

    def __init__(self, zapi: Zapi, svm: str) -> None:
        self.svm = svm
        self.address = zapi.address
        self._zapi = zapi
        self._about: ClusterAbout | None = None
        self._lock = threading.Lock()

    def about(self) -> ClusterAbout:
        """Read once."""
        with self._lock:
            if self._about is None:
                told = self._zapi.read("cluster-identity-get", cluster=True)
                version = self._zapi.read("system-get-version", cluster=True)
                self._about = about_from_zapi(told, version)
            return self._about

    def svm_exists(self) -> bool:
        return bool(self._svm_record())

    def svm_uuid(self) -> str:
        return str(self._svm_record().get("uuid") or "")

    def svm_about(self) -> SvmAbout | None:
        found = self._svm_record()
        told = [str(found.get(name) or "unknown") for name in ("uuid", "state", "vserver-subtype")]
        return SvmAbout(*told) if found else None

    def _svm_record(self) -> Document:
        fields = {"vserver-info": dict.fromkeys(("vserver-name", "uuid", "state", "vserver-subtype"))}
        query = {"vserver-info": {"vserver-name": self.svm}}
        found = self._zapi.records("vserver-get-iter", fields, query, cluster=True)
        return next((record for record in found if record.get("vserver-name") == self.svm), {})

    def aggregates(self) -> dict[str, Aggregate]:
        fields = {
            "aggr-attributes": {
                "aggregate-name": None,
                "aggr-raid-attributes": {"state": None},
                "aggr-space-attributes": {"size-available": None},
            }
        }
        found = map(aggregate_from_zapi, self._zapi.records("aggr-get-iter", fields, cluster=True))
        return {aggregate.name: aggregate for aggregate in found}

    def policies(self) -> dict[str, Policy]:
        """Those that this SVM can use; its own goes before one of the cluster with the same name."""
        fields = {"snapmirror-policy-info": {"policy-name": None, "type": None, "vserver-name": None}}
        found = [policy_from_zapi(record, self.svm) for record in self._records("snapmirror-policy-get-iter", fields)]
        return {policy.name: policy for policy in sorted(found, key=lambda policy: policy.svm is not None)}

    def jobs(self, uuids: Collection[str]) -> dict[str, Job]:
        """ONTAPI counts its jobs; the number stands for the uuid."""
        found = {uuid: Job(uuid, "gone") for uuid in uuids}
        fields = {"job-info": {"job-id": None, "job-state": None, "job-status-code": None, "job-completion": None}}
        for chunk in chunks(found):
            records = self._records("job-get-iter", fields, {"job-info": {"job-id": "|".join(chunk)}})
            found.update((job.uuid, job) for job in map(job_from_zapi, records) if job.uuid in found)
        return found

    def takes_many(self) -> bool:
        """ONTAPI's calls are about one object each."""
        return False

    def close(self) -> None:
        """Connections end with their answers."""

    # -- parts

    def _records(self, call: str, fields: Mapping[str, Any], query: Mapping[str, Any] | None = None) -> list[Document]:
        """Of this SVM; of one that is not there nothing, as over REST."""
        try:
            return self._zapi.records(call, fields, query)
        except ApiError as refused:
            if refused.facts.get("errno") == NO_SUCH_SVM:
                return []
            raise

    def _unsupported(self, what: str, instead: str = "use REST (use_rest: auto or always)") -> BadInput:
        """What this gateway does not do, by name."""
        return BadInput(f"{self.address} is reached over ZAPI, over which {what} not supported: {instead}")

    def _gone(self, what: str) -> ApiError:
        return ApiError(f"{self.address} has no {what}", 404, codes.NOT_FOUND)


def chunks(values: Iterable[str], size: int = CHUNK) -> list[list[str]]:
    row = list(values)
    return [row[start : start + size] for start in range(0, len(row), size)]


def leaves(*names: str) -> dict[str, None]:
    """What to tell of a record, as desired-attributes take it."""
    return dict.fromkeys(names)


def number(value: Any, kind: Callable[[Any], Any] = int) -> Any:
    """*value* as a number, None where it is absent or unreadable."""
    try:
        return None if value in (None, "") else kind(value)
    except (TypeError, ValueError):
        return None


def flag(value: Any) -> bool | None:
    """None where it is not told."""
    return {"true": True, "false": False}.get(str(value))


def about_from_zapi(identity: Document, version: Document) -> ClusterAbout:
    info = "attributes.cluster-identity-info"
    parts = [
        number(dig(version, f"version-tuple.system-version-tuple.{part}")) for part in ("generation", "major", "minor")
    ]
    return ClusterAbout(
        str(dig(identity, f"{info}.cluster-name") or ""),
        str(dig(identity, f"{info}.cluster-uuid") or ""),
        (parts[0] or 0, parts[1] or 0, parts[2] or 0),
        has_synchronous=False,
        has_whole_svms=False,
        schedules_go=False,
        policy_settings=POLICY_SETTINGS,
    )


def aggregate_from_zapi(record: Document) -> Aggregate:
    return Aggregate(
        str(record.get("aggregate-name") or ""),
        number(dig(record, "aggr-space-attributes.size-available")),
        str(dig(record, "aggr-raid-attributes.state") or "unknown"),
    )


def policy_from_zapi(record: Document, svm: str) -> Policy:
    """A policy of the cluster names the cluster as its owner."""
    kind, sync_type = POLICY_TYPES.get(str(record.get("type")), (record.get("type"), None))
    owner = record.get("vserver-name")
    return Policy(str(record.get("policy-name") or ""), kind, sync_type, svm if owner == svm else None)


def job_from_zapi(record: Document) -> Job:
    state = str(record.get("job-state") or "unknown")
    code, message = str(record.get("job-status-code") or ""), str(record.get("job-completion") or "")
    return Job(str(record.get("job-id") or ""), JOB_STATES.get(state, "running"), code, message)
