# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pooled HTTP session to one cluster: what went wrong on the wire, and whether it may be sent again.

A request that was never sent, or that the array answered with "not now", may be repeated, whatever it is. One whose
answer was lost may be repeated only if it is a read; a write whose answer was lost is told as such, and whoever sent it
looks at the array.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import traceback
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple, Union
from urllib.parse import parse_qs, quote, urlencode

from ..model.errors import AnswerLost, ApiError, BadInput, MotionError, Unreachable
from .endpoint import Endpoint
from .limit import Limiter
from .retry import Pace, Retry, retry_after_s

try:
    import requests
    import requests.adapters
    import requests.auth
    import requests.utils
    from urllib3 import disable_warnings
    from urllib3 import exceptions as urllib3_errors
except ImportError:
    REQUESTS_IMPORT_ERROR: Optional[str] = traceback.format_exc()
else:
    REQUESTS_IMPORT_ERROR = None

CLIENT_APP = "ontap.data_motion"
BUSY = (429, 503)
PASSING = (429, 500, 502, 503, 504)
HANDSHAKE = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "HANDSHAKE_FAILURE")

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HELD = re.compile(r"[?&]return_timeout=[1-9]")
FINAL = ("tls", "handshake", "login")

Query = Mapping[str, Union[str, int, bool]]
Exchange = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """document: the JSON object that was answered ({} for an empty body), None where the body was anything else.

    retry_after_s: what the array asked for, if it did.
    """

    status: int
    document: Optional[Dict[str, Any]]
    retry_after_s: Optional[float] = None

    @property
    def error(self) -> Optional[Mapping[str, Any]]:
        """ONTAP's error envelope, None where there is none."""
        found = (self.document or {}).get("error")
        return found if isinstance(found, dict) else None


class _Dropped(Exception):
    """The request may have been read, and no whole answer came."""


class Http:
    """Thread safe. on_exchange gets each exchange (never a secret), in the thread that made it."""

    def __init__(
        self,
        endpoint: Endpoint,
        pace: Pace,
        retry: Optional[Retry] = None,
        on_exchange: Optional[Callable[[Exchange], None]] = None,
    ) -> None:
        if REQUESTS_IMPORT_ERROR:
            raise BadInput("the Python library requests is not installed")
        self.endpoint = endpoint
        self._pace = pace
        self._retry = retry or Retry()
        self._on_exchange = on_exchange
        self._session = _session(endpoint)
        self._limit = Limiter(endpoint.width, pace.now)

    def read(self, path: str, query: Optional[Query] = None) -> Answer:
        """The answer to a GET, with a document. Raises Unreachable, ApiError only for "too busy"."""
        target = path + ("?" + encode(query) if query else "")
        return self._exchange("GET", target, None)

    def write(
        self, method: str, path: str, query: Optional[Query] = None, body: Optional[Mapping[str, Any]] = None
    ) -> Answer:
        """The answer to a request that is sent once. Raises Unreachable, AnswerLost, ApiError only for "too busy"."""
        return self._exchange(method, path + ("?" + encode(query) if query else ""), body)

    def close(self) -> None:
        self._session.close()

    # -- repeating

    def _exchange(self, method: str, target: str, body: Optional[Mapping[str, Any]]) -> Answer:
        began, attempt = self._pace.now(), 0
        while True:
            attempt += 1
            asked_s, limit = None, self._retry.attempts
            try:
                with self._limit.turn(_kind(method, target), _held(method, target)) as turn:
                    try:
                        answer = self._once(method, target, body)
                    except _Dropped:
                        turn.busy = True
                        raise
                    turn.answered, turn.busy = True, answer.status in BUSY
            except Unreachable as error:
                failure: Union[Answer, Unreachable, _Dropped] = error
                limit = 1 if error.facts.get("kind") in FINAL else min(limit, self._retry.connect_attempts)
            except _Dropped as error:
                failure = error
                limit = limit if method == "GET" else 1
            else:
                if not _again(method, answer):
                    return self._usable(method, target, answer, attempt)
                failure, asked_s = answer, answer.retry_after_s
            delay_s = self._retry.delay_s(attempt, self._pace.spread(), asked_s)
            if attempt >= limit or self._pace.now() - began + delay_s > self._retry.budget_s:
                return self._give_up(method, target, failure, attempt)
            self._pace.sleep(delay_s)

    def _give_up(
        self, method: str, target: str, failure: Union[Answer, Unreachable, _Dropped], attempts: int
    ) -> Answer:
        if isinstance(failure, Unreachable):
            raise failure
        if isinstance(failure, _Dropped):
            raise self._lost(method, target, str(failure), attempts) from failure
        if failure.status in BUSY and failure.error is None:
            what = f"{self.endpoint.address} was too busy for {_name(method, target)}"
            told = f"answered {failure.status} {_times(attempts)}. It was not done; try again later"
            raise ApiError(f"{what}: {told}", failure.status)
        return self._usable(method, target, failure, attempts)

    def _usable(self, method: str, target: str, answer: Answer, attempts: int) -> Answer:
        """*answer* where it is ONTAP's."""
        if answer.status == 401:
            raise Unreachable(
                f"login denied for user {self.endpoint.user} at {self.endpoint.address}: check the username, the "
                "password or certificate, and that the user may log in over http",
                kind="login",
                host=self.endpoint.address,
                status=401,
            )
        empty_read = method == "GET" and not answer.document
        if answer.document is None or empty_read or (answer.status >= 300 and answer.error is None):
            what = f"it had status {answer.status} and is not in ONTAP's form"
            raise self._lost(method, target, what, attempts, answer.status)
        return answer

    def _lost(self, method: str, target: str, what: str, attempts: int, status: Optional[int] = None) -> MotionError:
        address, tried = self.endpoint.address, _name(method, target)
        if method != "GET":
            return AnswerLost(
                f"the answer of {address} to {tried} was lost: {what}. It may or may not have been done; look at the "
                "array",
                host=address,
                status=status,
            )
        if status is not None:
            what += "; check that hostname, http_port and https name the management address of an ONTAP cluster"
        return Unreachable(
            f"{address} gave no usable answer to {tried} ({_times(attempts)}): {what}",
            kind="not_ontap" if status else "dropped",
            host=address,
            status=status,
        )

    # -- one attempt

    def _once(self, method: str, target: str, body: Optional[Mapping[str, Any]]) -> Answer:
        data = None if body is None else json.dumps(body).encode("utf-8")
        headers = {} if body is None else {"Content-Type": "application/json"}
        timeout = (self.endpoint.connect_timeout_s, self.endpoint.read_timeout_s)
        try:
            got = self._session.request(
                method, self.endpoint.url + target, data=data, headers=headers, timeout=timeout, allow_redirects=False
            )
        except (requests.exceptions.RequestException, urllib3_errors.HTTPError) as error:
            raise self._failure(method, target, error) from error
        except OSError as error:
            raise BadInput(
                f"the certificate or key file for {self.endpoint.address} cannot be used: {error}"
            ) from error
        if getattr(got.raw, "length_remaining", 0):  # urllib3 before 2 does not mind
            raise _Dropped("the answer was cut short")
        answer = Answer(
            got.status_code, _document(got.content), retry_after_s(got.headers.get("Retry-After"), self._pace.wall())
        )
        if self._on_exchange is not None:
            self._on_exchange(_exchange(method, target, body, answer))
        return answer

    def _failure(self, method: str, target: str, error: BaseException) -> Exception:
        """Unreachable where the request cannot have been sent, else _Dropped."""
        causes = list(_causes(error))
        if any(map(_is("InvalidURL", "LocationParseError", "UnicodeEncodeError"), causes)):
            return BadInput(f"hostname {self.endpoint.hostname!r} cannot be used: {error}")
        address = self.endpoint.address
        for kind, (fits, what, do) in _NOT_SENT.items():
            found = next((cause for cause in causes if fits(cause)), None)
            if found is not None:
                said = f" ({found})" if kind == "tls" else ""
                text = f"{address} cannot be reached for {_name(method, target)}: {what}{said}; {do}"
                return Unreachable(text, kind=kind, host=address)
        if any(isinstance(cause, requests.exceptions.Timeout) for cause in causes):
            return _Dropped(f"nothing came within {self.endpoint.read_timeout_s:g} s")
        return _Dropped(f"the connection broke before the answer was complete ({type(causes[-1]).__name__})")


def _no_handshake(cause: BaseException) -> bool:
    return isinstance(cause, ssl.SSLError) and any(word in (cause.reason or "").upper() for word in HANDSHAKE)


def _is(*names: str) -> Callable[[BaseException], bool]:
    """By the names of the classes, which requests and urllib3 keep while the tree above them moves."""
    return lambda cause: any(base.__name__ in names for base in type(cause).__mro__)


# kind: (which exception says so, what it means, what to do). The first that fits counts. None of them can come up after
# the request was sent.
_NOT_SENT: Dict[str, Tuple[Callable[[BaseException], bool], str, str]] = {
    "tls": (
        _is("SSLCertVerificationError", "CertificateError"),
        "its TLS certificate is not trusted",
        "point REQUESTS_CA_BUNDLE to the CA that signed it, use the host name in the certificate, or (test systems "
        "only) set validate_certs: false",
    ),
    "handshake": (_no_handshake, "no TLS handshake", "check https and http_port, and the TLS versions of both sides"),
    "proxy": (_is("ProxyError"), "the proxy gave no connection", "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
    "dns": (_is("gaierror", "NameResolutionError"), "the host name is not known", "check hostname and DNS"),
    "refused": (
        _is("ConnectionRefusedError"),
        "the connection was refused",
        "check hostname and http_port, and that the cluster is up",
    ),
    "timeout": (
        _is("ConnectTimeout", "ConnectTimeoutError"),
        "no connection came about in time",
        "check hostname and http_port, the routes and firewalls to it, and that the cluster is up",
    ),
    "no_route": (
        _is("NewConnectionError"),
        "no connection came about",
        "check hostname and http_port, and the routes to it",
    ),
}


def encode(query: Query) -> str:
    """*query* as it stands in a URL; booleans as ONTAP writes them."""
    words = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in query.items()}
    return urlencode(words, quote_via=quote, safe=",:*")


def _again(method: str, answer: Answer) -> bool:
    """Whether *answer* says "not now", or, to a read, nothing that can be used."""
    if method == "GET":
        return answer.status in PASSING or (answer.status == 200 and not answer.document)
    return answer.status == 429 or (
        answer.status == 503 and (answer.error is not None or answer.retry_after_s is not None)
    )


def _session(endpoint: Endpoint) -> Any:
    """The environment's proxies and CAs count; .netrc never does, nor a CA variable against validate_certs: false."""
    session = requests.Session()
    session.trust_env = False
    adapter = requests.adapters.HTTPAdapter(
        pool_connections=1, pool_maxsize=endpoint.width, max_retries=0, pool_block=True
    )
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # many threads, and nothing to remember
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers.update({"Accept": "application/json", "X-Dot-Client-App": CLIENT_APP})
    if not endpoint.hostname.startswith("127.") and endpoint.hostname not in ("localhost", "::1", "[::1]"):
        session.proxies.update(requests.utils.get_environ_proxies(endpoint.url))
    if endpoint.cert_filepath:
        session.cert = (
            (endpoint.cert_filepath, endpoint.key_filepath) if endpoint.key_filepath else endpoint.cert_filepath
        )
    else:
        # bytes, since requests would write text as latin-1
        session.auth = requests.auth.HTTPBasicAuth(
            (endpoint.username or "").encode("utf-8"), (endpoint.password or "").encode("utf-8")
        )
    session.verify = _verify(endpoint.validate_certs)
    return session


def _verify(validate_certs: bool) -> Union[bool, str]:
    if not validate_certs:
        disable_warnings(urllib3_errors.InsecureRequestWarning)
        return False
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


def _document(content: bytes) -> Optional[Dict[str, Any]]:
    if not content.strip():
        return {}
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _causes(error: Optional[BaseException]) -> Iterator[BaseException]:
    """*error* and all that it wraps, each once."""
    seen: List[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or any(one is other for other in seen):
            continue
        seen.append(one)
        yield one
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _kind(method: str, target: str) -> str:
    """Requests that differ only in the object that they are about are of one kind."""
    path, _mark, query = target.partition("?")
    many = "uuid=" in query
    return f"{method} {_UUID.sub('*', path)}{' many' if many else ''}"


def _held(method: str, target: str) -> bool:
    return method != "GET" and bool(_HELD.search(target))


def _name(method: str, target: str) -> str:
    return f"{method} {target.partition('?')[0]}"


def _times(attempts: int) -> str:
    return "once" if attempts == 1 else f"{attempts} times"


def _exchange(method: str, target: str, body: Optional[Mapping[str, Any]], answer: Answer) -> Exchange:
    """In the form that tests/contract/check_traffic.py reads."""
    path, _mark, query = target.partition("?")
    words = {
        name: values if len(values) > 1 else values[0]
        for name, values in parse_qs(query, keep_blank_values=True).items()
    }
    return {
        "method": method,
        "path": path,
        "query": words,
        "request": body,
        "status": answer.status,
        "response": answer.document,
    }
