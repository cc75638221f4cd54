# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent again and what never is, and what each fault is called."""

from __future__ import annotations

import threading
from email.utils import formatdate

import pytest

pytest.importorskip("requests")

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import (
    AnswerLost,
    ApiError,
    BadInput,
    Unreachable,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.http import Http, encode
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.retry import Pace, Retry, retry_after_s

from .scripted import OK, Drop, Hang, Reply, Reset, playing, unused_port

ERROR = {"error": {"message": "it is broken", "code": "4711"}}
PAGE = "<html><body>Service Unavailable</body></html>"
DONE = Reply(202, {"job": {"uuid": "11111111-2222-3333-4444-555555555555"}})
WALL = 1_760_000_000.0
SECRET = "päß-wörd"


class Time:
    """Sleeping is noted and moves the clock; nothing waits."""

    def __init__(self):
        self.slept = []
        self.t = 0.0

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.t += seconds

    def pace(self):
        return Pace(self.sleep, now=lambda: self.t, wall=lambda: WALL, spread=lambda: 0.5)


@pytest.fixture
def time():
    return Time()


def http_to(port, time, retry=None, on_exchange=None, **endpoint):
    given = {"username": "admin", "password": SECRET, "https": False, "read_timeout_s": 5.0, **endpoint}
    return Http(Endpoint("127.0.0.1", http_port=port, **given), time.pace(), retry, on_exchange)


@pytest.mark.parametrize(
    "step, slept",
    [
        pytest.param(Drop(), [0.5], id="dropped"),
        pytest.param(Reset(), [0.5], id="reset"),
        pytest.param(Reply(200, OK.body, short_by=10), [0.5], id="cut short"),
        pytest.param(Reply(429, ERROR), [0.5], id="429"),
        pytest.param(Reply(429, PAGE), [0.5], id="429 without envelope"),
        pytest.param(Reply(429, ERROR, (("Retry-After", "7"),)), [7.0], id="429 with Retry-After"),
        pytest.param(Reply(503, PAGE, (("Retry-After", formatdate(WALL + 11, usegmt=True)),)), [11.0], id="HTTP date"),
        pytest.param(Reply(503, ERROR, (("Retry-After", "9000"),)), [30.0], id="Retry-After is capped"),
        pytest.param(Reply(503, ERROR, (("Retry-After", "soon"),)), [0.5], id="unreadable Retry-After"),
        pytest.param(Reply(500, ERROR), [0.5], id="500"),
        pytest.param(Reply(502, PAGE), [0.5], id="502"),
        pytest.param(Reply(504, PAGE), [0.5], id="504"),
        pytest.param(Reply(200, PAGE), [0.5], id="HTML page"),
    ],
)
def test_a_read_is_repeated_after_a_passing_fault(step, slept, time):
    with playing(step, OK) as script:
        answer = http_to(script.port, time).read("/api/cluster")
    assert answer.document == OK.body
    assert script.methods == ["GET", "GET"]
    assert time.slept == slept


def test_pauses_grow_and_end_with_the_attempts(time):
    with playing(Reply(500, ERROR)) as script:
        answer = http_to(script.port, time, Retry(attempts=5)).read("/api/cluster")
    assert (answer.status, answer.error["code"]) == (500, "4711")
    assert time.slept == [0.5, 1.0, 2.0, 4.0]
    assert len(script.requests) == 5


def test_no_attempt_begins_after_the_budget(time):
    busy = Reply(429, PAGE, (("Retry-After", "25"),))
    with playing(busy) as script, pytest.raises(ApiError) as caught:
        http_to(script.port, time, Retry(attempts=100, budget_s=60)).read("/api/cluster")
    assert time.slept == [25.0, 25.0]
    assert caught.value.status == 429
    assert "answered 429 3 times" in str(caught.value)


@pytest.mark.parametrize(
    "step, kind, words",
    [
        pytest.param(Drop(), "dropped", "connection broke", id="dropped"),
        pytest.param(Reply(502, PAGE), "not_ontap", "status 502", id="502"),
        pytest.param(Reply(200, PAGE), "not_ontap", "hostname, http_port", id="HTML page"),
        pytest.param(Reply(200, ""), "not_ontap", "hostname, http_port", id="empty answer"),
        pytest.param(Reply(404, PAGE), "not_ontap", "status 404", id="wrong host"),
        pytest.param(Reply(302, "", (("Location", "https://elsewhere/"),)), "not_ontap", "status 302", id="redirect"),
    ],
)
def test_a_read_that_stays_without_answer_is_unreachable(step, kind, words, time):
    with playing(step) as script, pytest.raises(Unreachable) as caught:
        http_to(script.port, time, Retry(attempts=2)).read("/api/cluster")
    assert caught.value.facts["kind"] == kind
    assert words in str(caught.value)
    assert f"127.0.0.1:{script.port}" in str(caught.value)
    assert "GET /api/cluster" in str(caught.value)


def test_a_client_error_is_final_at_once(time):
    with playing(Reply(404, PAGE), OK) as script, pytest.raises(Unreachable):
        http_to(script.port, time).read("/api/cluster")
    assert len(script.requests) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(Drop(), id="dropped"),
        pytest.param(Reset(), id="reset"),
        pytest.param(Reply(202, DONE.body, short_by=10), id="cut short"),
        pytest.param(Reply(202, "", short_by=10), id="cut short after the headers"),
        pytest.param(Reply(202, PAGE), id="HTML page"),
        pytest.param(Reply(404, PAGE), id="HTML page with a client error"),
        pytest.param(Reply(500, PAGE), id="500 without envelope"),
        pytest.param(Reply(502, PAGE), id="502"),
        pytest.param(Reply(503, PAGE), id="503 that does not say come back"),
        pytest.param(Reply(504, {}), id="504 with a foreign document"),
        pytest.param(Reply(302, "", (("Location", "/elsewhere"),)), id="redirect"),
    ],
)
def test_a_write_whose_answer_was_lost_is_never_sent_again(method, step, time):
    with playing(step, DONE) as script, pytest.raises(AnswerLost) as caught:
        http_to(script.port, time).write(method, "/api/storage/volumes", body={"name": "vol1"})
    assert script.methods == [method]
    assert time.slept == []
    assert f"{method} /api/storage/volumes" in str(caught.value)


@pytest.mark.parametrize(
    "step, slept",
    [
        pytest.param(Reply(429, PAGE), [0.5], id="429"),
        pytest.param(Reply(429, ERROR, (("Retry-After", "3"),)), [3.0], id="429 with Retry-After"),
        pytest.param(Reply(503, ERROR), [0.5], id="503 in ONTAP's form"),
        pytest.param(Reply(503, PAGE, (("Retry-After", "4"),)), [4.0], id="503 with Retry-After"),
    ],
)
def test_a_write_that_was_turned_away_is_sent_again(step, slept, time):
    with playing(step, DONE) as script:
        answer = http_to(script.port, time).write("POST", "/api/storage/volumes", body={"name": "vol1"})
    assert answer.document == DONE.body
    assert script.methods == ["POST", "POST"]
    assert time.slept == slept


def test_a_write_turned_away_and_then_dropped_is_lost(time):
    with playing(Reply(429, ERROR), Drop(), DONE) as script, pytest.raises(AnswerLost):
        http_to(script.port, time).write("POST", "/api/storage/volumes", body={})
    assert script.methods == ["POST", "POST"]


def test_a_write_turned_away_to_the_end_was_not_done(time):
    with playing(Reply(503, PAGE, (("Retry-After", "1"),))) as script, pytest.raises(ApiError) as caught:
        http_to(script.port, time, Retry(attempts=3)).write("POST", "/api/storage/volumes", body={})
    assert len(script.requests) == 3
    assert "was not done" in str(caught.value)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
def test_an_error_in_ontaps_form_is_the_answer_to_a_write(status, time):
    with playing(Reply(status, ERROR), DONE) as script:
        answer = http_to(script.port, time).write("POST", "/api/storage/volumes", body={})
    assert (answer.status, answer.error["code"]) == (status, "4711")
    assert len(script.requests) == 1


def test_an_empty_answer_to_a_write_is_an_answer(time):
    with playing(Reply(201, "")) as script:
        assert http_to(script.port, time).write("POST", "/api/x", body={}).document == {}


@pytest.mark.parametrize("method, error", [("GET", Unreachable), ("POST", AnswerLost)])
def test_silence_has_a_bound(method, error, time):
    with playing(Hang()) as script, pytest.raises(error) as caught:
        http = http_to(script.port, time, Retry(attempts=2), read_timeout_s=0.05)
        http.read("/api/cluster") if method == "GET" else http.write(method, "/api/cluster", body={})
    assert "nothing came within 0.05 s" in str(caught.value)
    assert len(script.requests) == (2 if method == "GET" else 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refused_connection_was_no_request(method, time):
    port = unused_port()
    with pytest.raises(Unreachable) as caught:
        http_to(port, time).write(method, "/api/cluster", body=None)
    assert caught.value.facts["kind"] == "refused"
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "check hostname and http_port" in str(caught.value)
    assert len(time.slept) == 2


def test_an_unknown_host_name_says_so(time, monkeypatch):
    import socket

    def unknown(*_args, **_more):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    endpoint = Endpoint("cluster1.invalid", username="admin", password=SECRET)
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(Unreachable) as caught:
        Http(endpoint, time.pace()).write("POST", "/api/x", body={})
    assert caught.value.facts["kind"] == "dns"
    assert "cluster1.invalid:443" in str(caught.value)


def test_a_login_that_is_denied_names_user_and_host_and_is_final(time):
    with playing(Reply(401, ERROR)) as script, pytest.raises(Unreachable) as caught:
        http_to(script.port, time).read("/api/cluster")
    assert caught.value.facts["kind"] == "login"
    assert f"login denied for user admin at 127.0.0.1:{script.port}" in str(caught.value)
    assert len(script.requests) == 1


@pytest.fixture(scope="module")
def authority():
    return pytest.importorskip("trustme").CA()


@pytest.fixture
def tls(authority):
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_untrusted_certificate_was_no_request_and_says_what_to_do(method, tls, time):
    with playing(tls=tls) as script, pytest.raises(Unreachable) as caught:
        http_to(script.port, time, https=True).write(method, "/api/cluster")
    assert caught.value.facts["kind"] == "tls"
    assert "validate_certs" in str(caught.value)
    assert "REQUESTS_CA_BUNDLE" in str(caught.value)
    assert script.requests == []
    assert time.slept == []


def test_a_certificate_is_trusted_through_the_named_authority(authority, tls, time, tmp_path, monkeypatch):
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with playing(tls=tls) as script:
        assert http_to(script.port, time, https=True).read("/api/cluster").document == OK.body


def test_validate_certs_false_wins_over_a_named_authority(authority, tls, time, tmp_path, monkeypatch):
    other = tmp_path / "other.pem"
    pytest.importorskip("trustme").CA().cert_pem.write_to_path(str(other))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    with playing(tls=tls) as script:
        assert http_to(script.port, time, https=True, validate_certs=False).read("/api/cluster").document == OK.body


def test_tls_spoken_to_a_plain_port_was_no_request(time):
    with playing(Reply(400, PAGE, short_by=1)) as script, pytest.raises(Unreachable) as caught:
        http_to(script.port, time, https=True).write("POST", "/api/x", body={})
    assert caught.value.facts["kind"] == "handshake"
    assert "check https and http_port" in str(caught.value)


def test_connections_are_kept_and_as_many_as_the_width(time):
    with playing(OK) as script:
        http = http_to(script.port, time, width=2)
        for _each in range(3):
            http.read("/api/cluster")
        assert script.connections == 1
        threads = [threading.Thread(target=http.read, args=("/api/cluster",)) for _each in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(script.requests) == 11
    assert script.connections <= 2


def test_a_kept_connection_that_the_array_closed_loses_a_write(time):
    with playing(OK, Reset(), DONE) as script, pytest.raises(AnswerLost):
        http = http_to(script.port, time)
        http.read("/api/cluster")
        http.write("POST", "/api/x", body={})
    assert script.methods == ["GET", "POST"]


def test_credentials_are_those_given_and_in_utf8(time, tmp_path, monkeypatch):
    import base64

    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with playing(OK) as script:
        http_to(script.port, time).read("/api/cluster")
    headers = script.requests[0][2]
    assert base64.b64decode(headers["authorization"].split()[1]).decode("utf-8") == f"admin:{SECRET}"
    assert headers["x-dot-client-app"] == "ontap.data_motion"


def test_no_secret_in_repr_facts_or_recordings(time):
    seen = []
    with playing(Reply(401, ERROR)) as script, pytest.raises(Unreachable) as caught:
        http = http_to(script.port, time, on_exchange=seen.append)
        http.read("/api/cluster", {"fields": "name"})
    assert seen == [
        {
            "method": "GET",
            "path": "/api/cluster",
            "query": {"fields": "name"},
            "request": None,
            "status": 401,
            "response": ERROR,
        }
    ]
    shown = repr((http.endpoint, str(caught.value), caught.value.facts, seen))
    assert SECRET not in shown


@pytest.mark.parametrize(
    "given, words",
    [
        pytest.param({"hostname": ""}, "hostname", id="no host"),
        pytest.param({"hostname": "https://cluster1"}, "without scheme", id="a URL"),
        pytest.param({"http_port": 0}, "http_port 0", id="port"),
        pytest.param({"password": None}, "username and password", id="no password"),
        pytest.param({"password": None, "cert_filepath": "/c.pem", "https": False}, "https", id="cert over http"),
        pytest.param({"width": 0}, "positive", id="width"),
        pytest.param({"read_timeout_s": -1}, "positive", id="timeout"),
    ],
)
def test_an_endpoint_that_can_never_work_is_refused(given, words):
    with pytest.raises(BadInput, match=words):
        Endpoint(**{"hostname": "c1", "username": "admin", "password": SECRET, **given})


@pytest.mark.parametrize(
    "given, url",
    [
        pytest.param({}, "https://c1:443", id="default"),
        pytest.param({"https": False}, "http://c1:80", id="http"),
        pytest.param({"http_port": 8443}, "https://c1:8443", id="port"),
        pytest.param({"hostname": "fd00::1"}, "https://[fd00::1]:443", id="IPv6"),
    ],
)
def test_where_an_endpoint_is(given, url):
    assert Endpoint(**{"hostname": "c1", "username": "admin", "password": SECRET, **given}).url == url


def test_a_missing_certificate_file_is_bad_input(time):
    endpoint = Endpoint("127.0.0.1", cert_filepath="/does/not/exist.pem", http_port=unused_port())
    with pytest.raises(BadInput, match="certificate or key file"):
        Http(endpoint, time.pace()).read("/api/cluster")


def test_query_values_are_encoded():
    query = {"name": '"a*b"|c d', "destination_only": True, "max_records": 5}
    assert encode(query) == "name=%22a*b%22%7Cc%20d&destination_only=true&max_records=5"


@pytest.mark.parametrize(
    "text, seconds",
    [(None, None), ("", None), ("12", 12.0), (formatdate(WALL - 60, usegmt=True), 0.0), ("later", None)],
)
def test_retry_after(text, seconds):
    assert retry_after_s(text, WALL) == seconds


def test_the_proxy_of_the_environment_counts_but_never_for_this_very_machine(time, monkeypatch):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with playing(OK) as proxy, playing(OK) as array:
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        http_to(array.port, time).read("/api/cluster")
        far = Endpoint("cluster1.invalid", username="admin", password=SECRET, https=False)
        Http(far, time.pace()).read("/api/cluster")
    assert array.targets == ["/api/cluster"]
    assert proxy.targets == ["http://cluster1.invalid:80/api/cluster"]
