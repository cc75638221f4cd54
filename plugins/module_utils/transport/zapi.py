# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAPI (ZAPI) through netapp-lib: calls and their answers, pages, and what went wrong on the wire.

The same rules as for REST: what was never sent may be repeated; a call whose answer was lost may be repeated only if it
reads. No word about what the calls mean.
"""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import threading
import traceback
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, Union
from urllib import error as url_error
from urllib import request as url_request

from ..model.errors import AnswerLost, ApiError, BadInput, MotionError, Unreachable
from . import codes
from .endpoint import Endpoint
from .retry import Pace, Retry

try:
    from lxml import etree
    from netapp_lib.api.zapi.zapi import NaApiError, NaElement, NaServer
except ImportError:
    NETAPP_LIB_IMPORT_ERROR: Optional[str] = traceback.format_exc()
    NaServer = object
else:
    NETAPP_LIB_IMPORT_ERROR = None

ONTAPI = (1, 110)
"""What requests say they are written for: ONTAP 9.1."""
PAGE = 500
HEADERS = (("User-agent", "ontap.data_motion"),)
LOCAL = ("localhost", "::1", "[::1]")
PASSING = (429, 500, 502, 503, 504)

Document = Dict[str, Any]
Args = Mapping[str, Any]
Exchange = Mapping[str, Any]


class _NotSent(Exception):
    """Nobody can have read the request. kind, do: as Unreachable tells them; final: the next try ends the same way."""

    def __init__(self, kind: str, what: str, do: str, final: bool = False) -> None:
        super().__init__(what)
        self.kind, self.do, self.final = kind, do, final


class _Dropped(Exception):
    """The request may have been read, and no usable answer came. status: of HTTP, where there was one."""

    def __init__(self, what: str, status: Optional[int] = None) -> None:
        super().__init__(what)
        self.status = status


class Zapi:
    """Thread safe: each thread has a server object, hence a connection, of its own.

    args: {element: text, or args of its own, or a list of (element, text or args)}.
    on_exchange gets each exchange (never a secret), in the thread that made it.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        svm: str,
        pace: Pace,
        retry: Optional[Retry] = None,
        on_exchange: Optional[Callable[[Exchange], None]] = None,
    ) -> None:
        if NETAPP_LIB_IMPORT_ERROR:
            raise BadInput(
                f"ZAPI is asked for at {endpoint.hostname} and needs the Python libraries netapp-lib and lxml, which are "
                "not installed where the module runs"
            )
        self.endpoint = endpoint
        self.address = endpoint.address
        self._svm = svm
        self._pace, self._retry = pace, retry or Retry()
        self._on_exchange = on_exchange
        self._context = _tls(endpoint)
        self._local = threading.local()

    def read(self, call: str, args: Optional[Args] = None, cluster: bool = False) -> Document:
        """cluster: not tunnelled into the SVM. Raises Unreachable, ApiError."""
        return self._exchange(call, args or {}, cluster, True)

    def write(self, call: str, args: Args) -> Document:
        """Sent once. Raises Unreachable, AnswerLost, ApiError."""
        return self._exchange(call, args, False, False)

    def records(self, call: str, fields: Args, query: Optional[Args] = None, cluster: bool = False) -> List[Document]:
        """All records of a call named *-get-iter, over all pages. fields, query: below the name of the type."""
        args: Dict[str, Any] = {"max-records": PAGE, "desired-attributes": fields}
        if query is not None:
            args["query"] = query
        found: List[Document] = []
        seen = set()
        while True:
            page = self.read(call, args, cluster)
            rows = page.get("attributes-list")
            found += [row for row in listed(rows) if isinstance(row, dict)]
            tag = page.get("next-tag")
            if not tag:
                return found
            if tag in seen:
                raise ApiError(f"{self.address} answered {call} with pages that follow each other without end", 200)
            seen.add(tag)
            args["tag"] = tag

    # -- repeating

    def _exchange(self, call: str, args: Args, cluster: bool, repeatable: bool) -> Document:
        began, attempt = self._pace.now(), 0
        while True:
            attempt += 1
            try:
                return self._once(call, args, cluster)
            except _NotSent as error:
                failure: Union[_NotSent, _Dropped] = error
                limit = 1 if error.final else min(self._retry.attempts, self._retry.connect_attempts)
            except _Dropped as error:
                failure = error
                limit = self._retry.attempts if repeatable and error.status in (None, *PASSING) else 1
            delay_s = self._retry.delay_s(attempt, self._pace.spread())
            if attempt >= limit or self._pace.now() - began + delay_s > self._retry.budget_s:
                raise self._given_up(call, failure, repeatable, attempt) from failure
            self._pace.sleep(delay_s)

    def _given_up(self, call: str, failure: Union[_NotSent, _Dropped], repeatable: bool, attempts: int) -> MotionError:
        times = "once" if attempts == 1 else f"{attempts} times"
        if isinstance(failure, _NotSent):
            text = f"{self.address} cannot be reached for {call}: {failure}; {failure.do}"
            return Unreachable(text, kind=failure.kind, host=self.address)
        if not repeatable:
            return AnswerLost(
                f"the answer of {self.address} to {call} was lost: {failure}. It may or may not have been done; look at "
                "the array",
                host=self.address,
                status=failure.status,
            )
        return Unreachable(
            f"{self.address} gave no usable answer to {call} ({times}): {failure}; check that hostname, http_port and "
            "https name the management address of an ONTAP cluster that speaks ZAPI",
            kind="not_ontap" if failure.status else "dropped",
            host=self.address,
            status=failure.status,
        )

    # -- one attempt

    def _once(self, call: str, args: Args, cluster: bool) -> Document:
        try:
            element = _element(call, args)
        except ValueError as error:
            raise BadInput(f"{call} cannot be sent to {self.address}: XML cannot hold it ({error})") from error
        server = self._server()
        results = _answered(self.endpoint, lambda: server.invoke_elem(element, enable_tunneling=not cluster))
        if self._on_exchange is not None:
            self._on_exchange(_told(server, element, not cluster, results))
        if results.get_attr("status") != "passed":
            raise self._refused(call, results)
        return document(results)

    def _refused(self, call: str, results: Any) -> ApiError:
        errno, said = results.get_attr("errno") or "", results.get_attr("reason") or "no reason given"
        code, status = codes.ZAPI.get(errno, (errno, 200))
        do = codes.hint(status, code)
        text = f"{self.address} refused {call}: {said.rstrip('.')} (errno {errno or 'unknown'})"
        return ApiError(text + (f"; {do}" if do else ""), status, code, said=said.rstrip("."), errno=errno)

    def _server(self) -> Any:
        if not hasattr(self._local, "server"):
            self._local.server = _Server(self.endpoint, self._svm, self._context)
        return self._local.server


class _Server(NaServer):  # type: ignore[misc,unused-ignore]
    """netapp-lib's, with our TLS rules, both time-outs, and the login sent at once instead of after a refusal."""

    def __init__(self, endpoint: Endpoint, svm: str, context: Optional[ssl.SSLContext]) -> None:
        super().__init__(
            endpoint.address.rpartition(":")[0],
            transport_type="https" if endpoint.https else "http",
            username=endpoint.username,
            password=endpoint.password,
            port=endpoint.port,
        )
        self._endpoint, self._context = endpoint, context
        self.set_api_version(*ONTAPI)
        self.set_vserver(svm)
        self.set_timeout(max(1, round(endpoint.connect_timeout_s)))
        self._build_opener()

    def _build_opener(self) -> None:
        handlers: List[Any] = [_NoRedirects(), _Plain(self._endpoint), _Tls(self._endpoint, self._context)]
        if self._endpoint.hostname.startswith("127.") or self._endpoint.hostname in LOCAL:
            handlers.append(url_request.ProxyHandler({}))
        self._opener = url_request.build_opener(*handlers)
        self._opener.addheaders = [*HEADERS, *_login(self._endpoint)]
        self._refresh_conn = False


class _NoRedirects(url_request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class _Plain(url_request.HTTPHandler):
    """Connects within one time-out and reads with another."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self._endpoint = endpoint

    def http_open(self, req: url_request.Request) -> Any:
        return self.do_open(_patient(http.client.HTTPConnection, self._endpoint), req)


class _Tls(url_request.HTTPSHandler):
    """context: None where TLS is not spoken; the handler, which must be there, then has one that trusts nobody."""

    def __init__(self, endpoint: Endpoint, context: Optional[ssl.SSLContext]) -> None:
        super().__init__(context=context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self._endpoint, self._own = endpoint, context

    def https_open(self, req: url_request.Request) -> Any:
        return self.do_open(
            _patient(http.client.HTTPSConnection, self._endpoint),
            req,
            context=self._own,
        )


def _patient(kind: Any, endpoint: Endpoint) -> Any:
    """*kind* of connection; once it stands, answers may take as long as the endpoint says."""

    def make(*args: Any, **kwargs: Any) -> Any:
        made = kind(*args, **kwargs)
        connect = made.connect

        def connect_then_wait() -> None:
            connect()
            made.sock.settimeout(endpoint.read_timeout_s)

        made.connect = connect_then_wait
        return made

    return make


def _login(endpoint: Endpoint) -> List[Tuple[str, str]]:
    if endpoint.cert_filepath:
        return []
    pair = f"{endpoint.username or ''}:{endpoint.password or ''}".encode()
    return [("Authorization", "Basic " + base64.b64encode(pair).decode("ascii"))]


def _tls(endpoint: Endpoint) -> Optional[ssl.SSLContext]:
    if not endpoint.https:
        return None
    try:
        authorities = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None
        folder = authorities if authorities and os.path.isdir(authorities) else None
        context = ssl.create_default_context(cafile=None if folder else authorities, capath=folder)
        if not endpoint.validate_certs:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if endpoint.cert_filepath:
            context.load_cert_chain(endpoint.cert_filepath, endpoint.key_filepath)
    except OSError as error:
        raise BadInput(f"the certificate or key file for {endpoint.address} cannot be used: {error}") from error
    return context


# -- what went wrong


def _answered(endpoint: Endpoint, invoke: Callable[[], Any]) -> Any:
    """The results element. netapp-lib hides what happened behind its own error; the cause is still there."""
    try:
        results = invoke()
    except NaApiError as error:
        raise _failure(endpoint, error.__context__ or error) from error
    except (OSError, http.client.HTTPException, etree.XMLSyntaxError) as error:
        raise _failure(endpoint, error) from error
    if results is None:
        raise _Dropped("it is not in ONTAP's form", 200)
    return results


def _failure(endpoint: Endpoint, cause: BaseException) -> Exception:
    if isinstance(cause, url_error.HTTPError):
        if cause.code == 401:
            return Unreachable(
                f"login denied for user {endpoint.user} at {endpoint.address}: check the username, the password or "
                "certificate, and that the user may log in by ontapi",
                kind="login",
                host=endpoint.address,
                status=401,
            )
        return _Dropped(f"it had status {cause.code} and is not in ONTAP's form", cause.code)
    if isinstance(cause, url_error.URLError):
        return _connection(cause.reason)
    if isinstance(cause, etree.XMLSyntaxError):
        return _Dropped("it is not in ONTAP's form", 200)
    if isinstance(cause, socket.timeout):
        return _Dropped(f"nothing came within {endpoint.read_timeout_s:g} s")
    return _Dropped(f"the connection broke before the answer was complete ({type(cause).__name__})")


def _connection(reason: Any) -> Exception:
    """urllib tells so what fails while it connects, or while it sends."""
    if isinstance(reason, ssl.SSLCertVerificationError):
        do = (
            "point REQUESTS_CA_BUNDLE to the CA that signed it, use the host name in the certificate, or (test systems "
            "only) set validate_certs: false"
        )
        return _NotSent("tls", f"its TLS certificate is not trusted ({reason})", do, True)
    if isinstance(reason, ssl.SSLError):
        return _NotSent("handshake", "no TLS handshake", "check https and http_port", True)
    if isinstance(reason, socket.gaierror):
        return _NotSent("dns", "the host name is not known", "check hostname and DNS")
    if isinstance(reason, ConnectionRefusedError):
        do = "check hostname and http_port, and that the cluster is up"
        return _NotSent("refused", "the connection was refused", do)
    if isinstance(reason, socket.timeout):
        do = "check hostname and http_port, the routes and firewalls to it, and that the cluster is up"
        return _NotSent("timeout", "no connection came about in time", do)
    if isinstance(reason, (ConnectionResetError, BrokenPipeError, http.client.HTTPException)):
        return _Dropped(f"the connection broke before the answer was complete ({type(reason).__name__})")
    return _NotSent("no_route", "no connection came about", "check hostname and http_port, and the routes to it")


# -- XML


def _element(name: str, args: Any) -> Any:
    """args: as Zapi has them."""
    made = NaElement(name)
    pairs = args.items() if isinstance(args, Mapping) else args
    for child, value in pairs:
        if value is None:
            made.add_child_elem(NaElement(child))
        elif isinstance(value, (Mapping, list, tuple)):
            made.add_child_elem(_element(child, value))
        else:
            made.add_new_child(child, str(value).lower() if isinstance(value, bool) else str(value))
    return made


def document(element: Any) -> Document:
    """{element: its text, or a document of its own}; elements that repeat become a list."""
    found: Document = {}
    for child in element.get_children():
        name = child.get_name().rsplit("}", 1)[-1]
        value: Any = document(child) if child.get_children() else (child.get_content() or "").strip()
        if name in found:
            before = found[name]
            value = [*before, value] if isinstance(before, list) else [before, value]
        found[name] = value
    return found


def listed(value: Any) -> List[Any]:
    """What stands in a list element, whatever its items are called."""
    if not isinstance(value, dict):
        return []
    return [item for each in value.values() for item in (each if isinstance(each, list) else [each])]


def dig(record: Mapping[str, Any], name: str) -> Any:
    """The value at the dotted *name*, None where any part is absent or empty."""
    found: Any = record
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return None if found == "" else found


def _told(server: Any, element: Any, tunnelled: bool, results: Any) -> Exchange:
    """In the form that tests/contract/check_traffic.py reads."""
    request = server._create_request(element, tunnelled)[1]
    answer = NaElement("netapp")
    answer.add_child_elem(results)
    return {"zapi": _text(request), "response": _text(answer)}


def _text(element: Any) -> str:
    written = element.to_string()
    return written.decode("utf-8") if isinstance(written, bytes) else str(written)
