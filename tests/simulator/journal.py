# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of the simulated clusters, and what they said.

The journal is for tests and the control routes; the traffic log is a file of JSON lines that
tests/contract/check_traffic.py reads. Neither ever holds an authorization header or a password.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any

WRITES = frozenset({"POST", "PATCH", "DELETE", "PUT"})
_SECRET_WORDS = ("password", "passphrase", "secret", "token", "private_key")
_MASK = "********"
_ZAPI_READS = re.compile(r"-(get|list|check|show|info|status)(-|$)")
_LONG_ANSWER = 100
_LONG_TEXT = 20000
_NO_ANSWER = '<netapp><results status="failed" errno="13001" reason="no answer was sent"/></netapp>'


def is_write(method: str, path: str) -> bool:
    return not _ZAPI_READS.search(path) if method == "ZAPI" else method in WRITES


@dataclass(frozen=True)
class Entry:
    """One request. status is None when no answer was sent; times are the simulated clock's.

    An ONTAPI request has the method ZAPI, the path /zapi/<call>, and XML as its body and response.

    note: why the answer is not ONTAP's own, e.g. "fault: drop_after".
    """

    number: int
    cluster: str
    method: str
    path: str
    query: Mapping[str, Any]
    body: Any
    status: int | None
    response: Any
    started: float
    ended: float
    svm: str | None = None
    note: str | None = None

    @property
    def write(self) -> bool:
        return is_write(self.method, self.path)

    @property
    def accepted(self) -> bool:
        """Whether the answer said that it is done or begun; one that was never sent said nothing."""
        if self.method == "ZAPI":
            said = str(self.response or "")
            return self.status == 200 and 'status="passed"' in said and "<num-succeeded>0<" not in said
        return self.status is not None and self.status < 400

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "write": self.write}


class Journal:
    """Every request in the order in which it was answered."""

    def __init__(self, traffic: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._number = 0
        self.traffic_path = traffic
        self._traffic: IO[str] | None = traffic.open("a", encoding="utf-8") if traffic else None

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(list(self._entries))

    def record(self, *, traffic: bool = True, conforms: bool = True, **facts: Any) -> None:
        """Enter a request. conforms: False where the answer was made by a fault and is none of ONTAP's."""
        facts["body"] = masked(facts.get("body"))
        with self._lock:
            self._number += 1
            if traffic and self._traffic is not None:
                self._traffic.write(json.dumps(_exchange(facts, conforms), separators=(",", ":")) + "\n")
                self._traffic.flush()
            facts["response"] = _shortened(facts.get("response"))
            self._entries.append(Entry(number=self._number, **facts))

    def entries(
        self,
        *,
        cluster: str | None = None,
        method: str | None = None,
        path: str | None = None,
        writes: bool | None = None,
        since: int = 0,
    ) -> list[Entry]:
        """Requests that fit all that is given. path: a glob, without "/api"; since: an entry's number, exclusive."""
        return [
            entry
            for entry in self
            if entry.number > since
            and (cluster is None or entry.cluster == cluster)
            and (method is None or entry.method == method)
            and (path is None or fnmatchcase(entry.path, path))
            and (writes is None or entry.write == writes)
        ]

    def writes(self, **fitting: Any) -> list[Entry]:
        return self.entries(writes=True, **fitting)

    def count(self, **fitting: Any) -> int:
        return len(self.entries(**fitting))

    def clear(self) -> None:
        """Forget all requests; numbers go on, and the traffic log stays."""
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        if self._traffic is not None:
            self._traffic.close()
            self._traffic = None


def masked(value: Any) -> Any:
    """A body without its secrets."""
    if isinstance(value, dict):
        return {
            name: _MASK
            if isinstance(item, str) and any(word in name.lower() for word in _SECRET_WORDS)
            else masked(item)
            for name, item in value.items()
        }
    return [masked(item) for item in value] if isinstance(value, list) else value


def _exchange(facts: Mapping[str, Any], conforms: bool) -> dict[str, Any]:
    if facts["method"] == "ZAPI":
        return _zapi_exchange(facts, conforms)
    line = {
        "cluster": facts["cluster"],
        "method": facts["method"],
        "path": "/api" + facts["path"],
        "query": facts["query"],
        "request": facts["body"],
        "status": facts["status"] if conforms else None,
        "response": facts["response"] if conforms else None,
    }
    if facts.get("svm"):
        line["headers"] = {"X-Dot-SVM-Name": facts["svm"]}
    if facts.get("note"):
        line["note"] = facts["note"]
    return line


def _zapi_exchange(facts: Mapping[str, Any], conforms: bool) -> dict[str, Any]:
    """What is no answer of ONTAP's is told as a failure, so that only the request is judged."""
    answer = facts["response"] if conforms else _NO_ANSWER
    line = {"cluster": facts["cluster"], "zapi": facts["body"], "response": answer}
    return {**line, "note": facts["note"]} if facts.get("note") else line


def _shortened(response: Any) -> Any:
    """Long lists would make the journal the biggest thing in memory; the traffic log has them."""
    if isinstance(response, str):
        return response[:_LONG_TEXT]
    if isinstance(response, dict) and len(response.get("records") or ()) > _LONG_ANSWER:
        return {**response, "records": []}
    return response
