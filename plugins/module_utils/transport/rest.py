# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""REST as ONTAP speaks it: envelopes, pages, job links. No word about what the documents mean."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple
from urllib.parse import urlsplit

from ..model.errors import ApiError, MotionError, NotYet, Unreachable
from ..model.told import Told
from .codes import hint
from .http import Answer, Http, Query

BASE = "/api"
PAGE = 10000
PARTS_AT_ONCE = 8
"""Within what the connection bears."""
PATIENCE_S = 1
"""For so long the array may keep a write's answer back, so that it tells that the work is done when it is."""
PATIENT_SHARE = 2
"""One in so many of the requests at once may be kept waiting like that; the others are answered when they were taken."""
SPECIAL = set('*|,!<>"{}')

Document = Dict[str, Any]


class Rest:
    """Paths are those of the published reference, without /api.

    All methods raise Unreachable, ApiError; writes also AnswerLost.
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self._patience = Semaphore(max(http.endpoint.width // PATIENT_SHARE, 1))
        self.address = http.endpoint.address

    def get(self, path: str, fields: Iterable[str]) -> Document:
        """One object."""
        return self._checked("GET", path, self._http.read(BASE + path, {"fields": ",".join(fields)}))

    def collection(self, path: str, fields: Iterable[str], query: Optional[Query] = None) -> List[Document]:
        """All records, over all pages; never a part of them."""
        target: Optional[str] = BASE + path
        words: Optional[Query] = {"fields": ",".join(fields), "max_records": PAGE, **(query or {})}
        records: List[Document] = []
        seen = set()
        while target is not None:
            page = self._checked("GET", path, self._http.read(target, words))
            records += self._records(path, page)
            target, words = self._next(path, page), None
            if target in seen:
                raise ApiError(
                    f"{self.address} answered GET {path} with pages that link to each other without end", 200
                )
            seen.add(target)
        return records

    def parts(self, path: str, fields: Iterable[str], queries: Sequence[Query]) -> List[Document]:
        """The records of several queries, which are asked side by side; never only those of some."""
        names = list(fields)
        with ThreadPoolExecutor(max_workers=PARTS_AT_ONCE) as pool:
            pages = pool.map(lambda query: self.collection(path, names, query), queries)
            return [document for page in pages for document in page]

    def post(self, path: str, body: Mapping[str, Any], query: Optional[Query] = None) -> Optional[str]:
        """The uuid of the job that carries it out, None where it is done; so for patch and delete."""
        return self._begin("POST", path, query, body)

    def patch(self, path: str, body: Mapping[str, Any], query: Optional[Query] = None) -> Optional[str]:
        return self._begin("PATCH", path, query, body)

    def post_many(self, path: str, records: Sequence[Mapping[str, Any]]) -> List[Told]:
        """Several records in one request. The array may take back those that it made when another one fails."""
        document = self._checked("POST", path, self._write("POST", path, None, {"records": list(records)}))
        return [Told(job_uuids(document), shared=True, revocable=True)] * len(records)

    def patch_many(self, path: str, records: Sequence[Mapping[str, Any]]) -> List[Told]:
        """Several records, each with its uuid and its own change, in one request."""
        answer = self._write("PATCH", path, {"continue_on_failure": True}, {"records": list(records)})
        return self._told("PATCH", path, [str(record["uuid"]) for record in records], [answer], revocable=True)

    def patch_matching(
        self, path: str, uuids: Sequence[str], body: Mapping[str, Any], only: Optional[Query] = None
    ) -> List[Told]:
        """The same change of those of *uuids* that match *only*, in one request; the array does it page by page."""
        return self._matching("PATCH", path, uuids, body, only)

    def delete_many(self, path: str, records: Sequence[Mapping[str, Any]]) -> List[Told]:
        """Several records, each named by its uuid and by what it lies in, in one request."""
        query = {"return_records": True, "continue_on_failure": True}
        answer = self._write("DELETE", path, query, {"records": list(records)})
        return self._told("DELETE", path, [str(record["uuid"]) for record in records], [answer], revocable=True)

    def delete_matching(self, path: str, uuids: Sequence[str], query: Query) -> List[Told]:
        """All of *uuids* in one request."""
        return self._matching("DELETE", path, uuids, None, query)

    def _matching(
        self, method: str, path: str, uuids: Sequence[str], body: Optional[Mapping[str, Any]], only: Optional[Query]
    ) -> List[Told]:
        if not uuids or not all(uuids):
            raise ValueError(f"a {method} of a collection names what it is about")
        flow = {"return_records": True, "continue_on_failure": True}
        answers = [self._write(method, path, {"uuid": any_of(uuids), **(only or {}), **flow}, body)]
        target = self._next(path, answers[-1].document or {})
        while target is not None and len(answers) < len(uuids):
            answers.append(self._http.write(method, target, None, body))
            target = self._next(path, answers[-1].document or {})
        return self._told(method, path, uuids, answers, revocable=False)

    def _told(
        self, method: str, path: str, uuids: Sequence[str], answers: Sequence[Answer], revocable: bool
    ) -> List[Told]:
        """A record that the answers do not name was not taken; where they count or name none, a job speaks for all."""
        documents = [answer.document or {} for answer in answers]
        named = {str(one.get("uuid")) for document in documents for one in document.get("records") or [] if one}
        counts = [document["num_records"] for document in documents if "num_records" in document]
        jobs = tuple(uuid for document in documents for uuid in job_uuids(document))
        refused_any = any(answer.error is not None for answer in answers)
        if not named and not refused_any and (sum(counts) == len(uuids) or (jobs and not counts)):
            named = set(uuids)
        taken = Told(jobs, shared=True, revocable=revocable)
        missed = [uuid for uuid in uuids if uuid not in named]
        refused = Told(refusal=self._why_missed(method, path, answers), shared=len(missed) > 1) if missed else taken
        return [taken if uuid in named else refused for uuid in uuids]

    def _why_missed(self, method: str, path: str, answers: Sequence[Answer]) -> MotionError:
        for answer in answers:
            if answer.error is not None:
                return self._refused(method, path, answer.status, answer.error)
        return NotYet(f"{self.address} has nothing that fits {method} {BASE}{path}")

    def patch_now(self, path: str, body: Mapping[str, Any]) -> Optional[str]:
        """A PATCH that the reference documents without return_timeout; so post_now and delete_now."""
        return self._do("PATCH", path, body)

    def post_now(self, path: str, body: Mapping[str, Any]) -> Optional[str]:
        return self._do("POST", path, body)

    def delete_now(self, path: str) -> Optional[str]:
        return self._do("DELETE", path, None)

    def delete(self, path: str, query: Optional[Query] = None) -> Optional[str]:
        return self._begin("DELETE", path, query, None)

    def close(self) -> None:
        self._http.close()

    def _write(self, method: str, path: str, query: Optional[Query], body: Optional[Mapping[str, Any]]) -> Answer:
        """Answered when the work is done, if that is soon and few others wait like that, else when it was taken."""
        patient = self._patience.acquire(blocking=False)
        flow: Query = {"return_timeout": PATIENCE_S if patient else 0}
        try:
            return self._http.write(method, BASE + path, {**flow, **(query or {})}, body)
        finally:
            if patient:
                self._patience.release()

    def _begin(
        self, method: str, path: str, query: Optional[Query], body: Optional[Mapping[str, Any]]
    ) -> Optional[str]:
        return job_uuid(self._checked(method, path, self._write(method, path, query, body)))

    def _do(self, method: str, path: str, body: Optional[Mapping[str, Any]]) -> Optional[str]:
        return job_uuid(self._checked(method, path, self._http.write(method, BASE + path, None, body)))

    def _checked(self, method: str, path: str, answer: Answer) -> Document:
        """The document. An error beside the records is an error too: what was not read is not what is not there."""
        if answer.error is not None:
            raise self._refused(method, path, answer.status, answer.error)
        return answer.document or {}

    def _refused(self, method: str, path: str, status: int, error: Mapping[str, Any]) -> ApiError:
        code, target = str(error.get("code") or ""), error.get("target")
        said = str(error.get("message") or "no reason given").rstrip(".")
        where = f", field {target}" if target else ""
        do = hint(status, code)
        text = (
            f"{self.address} refused {method} {BASE}{path}: {said} (error {code or 'unknown'}{where}, status {status})"
        )
        return ApiError(text + (f"; {do}" if do else ""), status, code, str(target) if target else None, said=said)

    def _records(self, path: str, page: Document) -> List[Document]:
        """ONTAP tells an empty collection by an empty list, so an absent one is not ONTAP's answer."""
        records = page.get("records")
        if not isinstance(records, list):
            raise Unreachable(
                f"{self.address} answered GET {BASE}{path} with JSON that holds no records; check that hostname and "
                "http_port name the management address of an ONTAP cluster",
                kind="not_ontap",
                host=self.address,
            )
        return [record for record in records if isinstance(record, dict)]

    def _next(self, path: str, page: Document) -> Optional[str]:
        """The link to the next page as the array wrote it, None on the last one."""
        href = ((page.get("_links") or {}).get("next") or {}).get("href")
        if not href:
            return None
        parts = urlsplit(str(href))
        if not parts.path.startswith(BASE + "/"):
            raise ApiError(f"{self.address} answered GET {path} with a next page outside of {BASE}: {href}", 200)
        return parts.path + ("?" + parts.query if parts.query else "")


def job_uuid(document: Document) -> Optional[str]:
    """The job of a request for one object, which has at most one."""
    return next(iter(job_uuids(document)), None)


def job_uuids(document: Document) -> Tuple[str, ...]:
    """ONTAP tells one job for all of a body's records, or one for each record that a query matched."""
    links = [document.get("job"), *(document.get("jobs") or [])]
    return tuple(str(link["uuid"]) for link in links if isinstance(link, dict) and link.get("uuid"))


def dig(document: Mapping[str, Any], name: str) -> Any:
    """The value at the dotted *name*, None where any part is absent."""
    found: Any = document
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def literal(value: str) -> str:
    """*value* as a filter that matches just it, whatever characters it holds."""
    if not (SPECIAL & set(value) or ".." in value):
        return value
    return "{" + value + "}" if '"' in value else f'"{value}"'


def any_of(values: Iterable[str]) -> str:
    """A filter that matches each of *values*."""
    return "|".join(literal(value) for value in values)
