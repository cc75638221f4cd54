# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster says of itself, and what all parts of the gateway share."""

from __future__ import annotations

import threading
from typing import Any, Callable, Collection, Dict, Iterable, List, Mapping, Optional, Tuple

from ..model.array import Aggregate, ClusterAbout, Job, Policy, SvmAbout
from ..transport.rest import Rest, any_of, dig, literal

Version = Tuple[int, int, int]

FLOOR: Version = (9, 8, 0)
"""Fields this old are asked for without asking for the version first."""

CHUNK = 50
"""How many uuids or names fit into one URL."""

CLUSTER_FIELDS = ("name", "uuid", "version")
AGGREGATE_FIELDS = ("name", "state", "space.block_storage.available")
POLICY_FIELDS = ("name", "type", "sync_type", "svm.name")
JOB_FIELDS: Mapping[str, Version] = {"uuid": FLOOR, "state": FLOOR, "code": FLOOR, "message": FLOOR, "error": (9, 9, 1)}


class RestCluster:
    """The reads that are not about one kind of object of the SVM."""

    def __init__(self, rest: Rest, svm: str) -> None:
        self.svm = svm
        self.address = rest.address
        self._rest = rest
        self._about: Optional[ClusterAbout] = None
        self._about_lock = threading.Lock()

    def about(self) -> ClusterAbout:
        """Read once."""
        with self._about_lock:
            if self._about is None:
                self._about = about_from_rest(self._rest.get("/cluster", CLUSTER_FIELDS))
            return self._about

    def svm_exists(self) -> bool:
        found = self._rest.collection("/svm/svms", ("name",), {"name": literal(self.svm)})
        return any(document.get("name") == self.svm for document in found)

    def svm_uuid(self) -> str:
        found = self._rest.collection("/svm/svms", ("name", "uuid"), {"name": literal(self.svm)})
        return next((str(document.get("uuid") or "") for document in found if document.get("name") == self.svm), "")

    def svm_about(self) -> Optional[SvmAbout]:
        found = self._rest.collection("/svm/svms", ("name", "uuid", "state", "subtype"), {"name": literal(self.svm)})
        mine = next((document for document in found if document.get("name") == self.svm), None)
        if mine is None:
            return None
        return SvmAbout(*(str(mine.get(name) or "unknown") for name in ("uuid", "state", "subtype")))

    def svm_set_running(self, uuid: str, running: bool) -> Optional[str]:
        return self._rest.patch(f"/svm/svms/{uuid}", {"state": "running" if running else "stopped"})

    def aggregates(self) -> Dict[str, Aggregate]:
        found = map(aggregate_from_rest, self._rest.collection("/storage/aggregates", AGGREGATE_FIELDS))
        return {aggregate.name: aggregate for aggregate in found}

    def policies(self) -> Dict[str, Policy]:
        """Those that this SVM can use; its own goes before one of the cluster with the same name."""
        found = map(policy_from_rest, self._rest.collection("/snapmirror/policies", POLICY_FIELDS))
        usable = [policy for policy in found if policy.svm in (None, self.svm)]
        return {policy.name: policy for policy in sorted(usable, key=lambda policy: policy.svm is not None)}

    def jobs(self, uuids: Collection[str]) -> Dict[str, Job]:
        found: Dict[str, Job] = {uuid: Job(uuid, "gone") for uuid in uuids}
        fields = self._fields(JOB_FIELDS)
        documents = self._rest.parts("/cluster/jobs", fields, [{"uuid": any_of(chunk)} for chunk in chunks(found)])
        found.update((job.uuid, job) for job in map(job_from_rest, documents) if job.uuid in found)
        return found

    def close(self) -> None:
        self._rest.close()

    def _fields(self, table: Mapping[str, Version]) -> List[str]:
        """The names in *table* that this cluster knows."""
        if all(since <= FLOOR for since in table.values()):
            return list(table)
        version = self.about().version
        return [name for name, since in table.items() if since <= max(version, FLOOR)]


def chunks(values: Iterable[str], size: int = CHUNK) -> List[List[str]]:
    row = list(values)
    return [row[start : start + size] for start in range(0, len(row), size)]


def number(value: Any, kind: Callable[[Any], Any] = int) -> Any:
    """*value* as a number, None where it is absent or unreadable."""
    try:
        return None if value is None or isinstance(value, bool) else kind(value)
    except (TypeError, ValueError):
        return None


def about_from_rest(document: Mapping[str, Any]) -> ClusterAbout:
    parts = tuple(number(dig(document, f"version.{part}")) or 0 for part in ("generation", "major", "minor"))
    version = (parts[0], parts[1], parts[2])
    return ClusterAbout(
        str(document.get("name") or ""),
        str(document.get("uuid") or ""),
        version,
        mirrors_have_schedules=version >= (9, 11, 1),
        has_groups=version >= (9, 10, 1),
    )


def aggregate_from_rest(document: Mapping[str, Any]) -> Aggregate:
    available = number(dig(document, "space.block_storage.available"))
    return Aggregate(str(document.get("name") or ""), available, str(document.get("state") or "unknown"))


def policy_from_rest(document: Mapping[str, Any]) -> Policy:
    name, svm = str(document.get("name") or ""), dig(document, "svm.name")
    return Policy(name, document.get("type"), document.get("sync_type"), svm)


def job_from_rest(document: Mapping[str, Any]) -> Job:
    """The error object (9.9.1) says more than code and message, which only name the last step on some releases."""
    code = dig(document, "error.code") or document.get("code") or ""
    message = dig(document, "error.message") or document.get("message") or ""
    return Job(str(document.get("uuid") or ""), str(document.get("state") or "unknown"), str(code), str(message))
