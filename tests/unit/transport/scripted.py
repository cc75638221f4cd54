# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that does on the wire just what a test tells it, request by request."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Iterator


@dataclass(frozen=True)
class Reply:
    """body: JSON values are written as JSON, text as HTML.  short_by: bytes that are promised and never sent."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    short_by: int = 0


class Drop:
    """The request is read and the connection closed without an answer."""


class Reset(Drop):
    """The same with a TCP reset."""


class Hang:
    """The request is read and never answered."""


OK = Reply(200, {"records": [], "num_records": 0})


@dataclass
class Script:
    """steps: what to do with each request, in order; the last one is for all that follow.

    requests: what was asked, one (method, target, headers, body) each.
    """

    steps: list[Any]
    port: int = 0
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def next(self) -> Any:
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    @property
    def methods(self) -> list[str]:
        return [method for method, _target, _headers, _body in self.requests]

    @property
    def targets(self) -> list[str]:
        return [target for _method, target, _headers, _body in self.requests]


@contextmanager
def playing(*steps: Any, tls: ssl.SSLContext | None = None) -> Iterator[Script]:
    script = Script(list(steps) or [OK])
    listener = socket.create_server(("127.0.0.1", 0))
    script.port = listener.getsockname()[1]
    lock = threading.Lock()

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                wrapped = tls.wrap_socket(connection, server_side=True) if tls else connection
                while _one(wrapped, script, lock):
                    pass
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _peer = listener.accept()
            except OSError:
                return
            script.connections += 1
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield script
    finally:
        script.over.set()
        listener.close()


def unused_port() -> int:
    """A port that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def _one(connection: socket.socket, script: Script, lock: threading.Lock) -> bool:
    """Whether the connection stays open."""
    request = _read(connection)
    if request is None:
        return False
    with lock:
        script.requests.append(request)
        step = script.next()
    if isinstance(step, Hang):
        script.over.wait()
        return False
    if isinstance(step, Reset):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(step, Drop):
        return False
    connection.sendall(_written(step))
    return step.short_by == 0


def _read(connection: socket.socket) -> tuple[str, str, dict[str, str], bytes] | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        got = connection.recv(65536)
        if not got:
            return None
        raw += got
        if raw[:1] == b"\x16":  # a TLS greeting: to a plain server the start of a bad request
            return "?", "?", {}, b""
    head, _mark, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {name.strip().lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return method, target, headers, body


def _written(reply: Reply) -> bytes:
    if isinstance(reply.body, str):
        kind, body = "text/html", reply.body.encode()
    else:
        kind, body = "application/hal+json", json.dumps(reply.body).encode()
    length = len(body) + reply.short_by
    lines = [f"HTTP/1.1 {reply.status} Scripted", f"Content-Type: {kind}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
