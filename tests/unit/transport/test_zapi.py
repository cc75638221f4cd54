# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong between netapp-lib and a cluster, and what is made of it."""

from __future__ import annotations

import socket
import sys

import pytest

if sys.version_info < (3, 10):
    pytest.skip("the simulator needs Python 3.10", allow_module_level=True)
for needed in ("netapp_lib", "lxml", "starlette"):
    pytest.importorskip(needed)

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import (
    AnswerLost,
    ApiError,
    BadInput,
    Unreachable,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.transport import zapi as transport
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.retry import Pace, Retry
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.zapi import Zapi, document, listed
from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.testing import running

NAME = {"volume-attributes": {"volume-id-attributes": {"name": None}}}


def make_world():
    return scenario.from_counts(["paris"], 3, SteppedClock(), faults=FaultBook())


@pytest.fixture
def site():
    with running(make_world(), traffic="rejected") as served:
        yield served


def open_zapi(site, **change):
    """The clock stands still but for the pauses, which pass at once."""
    given = {key: value for key, value in site.params("paris").items() if key != "svm"}
    endpoint = Endpoint(**{**given, "read_timeout_s": 5, **change})
    seen = []
    pace = Pace(site.clock.sleep, now=site.clock.now, spread=lambda: 0.5)
    zapi = Zapi(endpoint, "svm_paris", pace, Retry(first_delay_s=0.1), seen.append)
    zapi.seen = seen
    return zapi


def calls(site):
    return [entry.path.rpartition("/")[2] for entry in site.journal.entries()]


def test_an_answer_becomes_plain_values_and_a_list_is_a_list_whatever_its_length(site):
    zapi = open_zapi(site)
    info = zapi.read("cluster-identity-get", cluster=True)["attributes"]["cluster-identity-info"]
    assert info["cluster-name"] == "paris"
    assert [row["volume-id-attributes"]["name"] for row in zapi.records("volume-get-iter", NAME)][1:] == [
        "vol0001",
        "vol0002",
        "vol0003",
    ]
    assert (listed({"a": "x"}), listed({"a": ["x", "y"]}), listed(""), listed(None)) == (["x"], ["x", "y"], [], [])


def test_pages_are_followed_to_the_end(site, monkeypatch):
    monkeypatch.setattr(transport, "PAGE", 2)
    assert len(open_zapi(site).records("volume-get-iter", NAME)) == 4
    assert calls(site) == ["volume-get-iter"] * 2


def test_pages_that_go_round_are_an_error(site, monkeypatch):
    zapi = open_zapi(site)
    page = {"attributes-list": {"a": {"b": "c"}}, "next-tag": "again"}
    monkeypatch.setattr(zapi, "read", lambda *_args: page)
    with pytest.raises(ApiError, match="without end"):
        zapi.records("volume-get-iter", NAME)


@pytest.mark.parametrize(
    "call, args, code, status, errno",
    [
        ("volume-size", {"volume": "absent"}, "4", 404, "13040"),
        ("volume-show", {}, "3", 405, "13005"),
        ("export-policy-create", {"policy-name": "default"}, "1", 409, "13130"),
        ("volume-unmount", {"volume-name": "svm_paris_root"}, "13001", 200, "13001"),
    ],
)
def test_a_refusal_has_its_reason_and_the_code_that_rest_has_for_it(site, call, args, code, status, errno):
    with pytest.raises(ApiError) as refused:
        open_zapi(site).write(call, args)
    assert (refused.value.code, refused.value.status, refused.value.facts["errno"]) == (code, status, errno)
    assert call in str(refused.value) and f"errno {errno}" in str(refused.value)


def test_a_wrong_login_is_told_and_not_tried_twice(site):
    with pytest.raises(Unreachable, match="login denied for user admin") as denied:
        open_zapi(site, password="wrong").read("system-get-version")
    assert denied.value.facts["kind"] == "login"
    assert len(site.journal) == 1
    assert "wrong" not in str(denied.value)


def test_a_read_whose_answer_is_lost_is_sent_again(site):
    site.faults.add(method="ZAPI", action="drop_after", times=2)
    site.faults.add(method="ZAPI", action="http_status", status=503, times=1)
    assert open_zapi(site).read("system-get-version")["is-clustered"] == "true"
    assert len(site.journal) == 4


@pytest.mark.parametrize(
    "fault",
    [{"action": "drop_before"}, {"action": "drop_after"}, {"action": "http_status", "status": 500, "after": True}],
)
def test_a_write_whose_answer_is_lost_is_sent_once(site, fault):
    site.faults.add(method="ZAPI", **fault)
    with pytest.raises(AnswerLost, match="look at the array"):
        open_zapi(site).write("volume-unmount", {"volume-name": "vol0001"})
    assert calls(site) == ["volume-unmount"]


def test_what_is_no_ontapi_is_told_as_such(site):
    site.faults.add(method="ZAPI", action="html_page", status=404)
    with pytest.raises(Unreachable, match="speaks ZAPI") as strange:
        open_zapi(site).read("system-get-version")
    assert strange.value.facts["kind"] == "not_ontap"
    assert len(site.journal) == 1


def test_a_redirect_is_not_followed(site):
    site.faults.add(method="ZAPI", action="http_status", status=302)
    with pytest.raises(Unreachable):
        open_zapi(site).read("system-get-version")
    assert len(site.journal) == 1


def test_a_closed_port_was_never_asked_so_a_write_is_tried_again_and_unreachable(site):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        zapi = open_zapi(site, http_port=taken.getsockname()[1])
        before = site.clock.now()
        with pytest.raises(Unreachable, match="refused") as failed:
            zapi.write("volume-unmount", {"volume-name": "vol0001"})
    assert failed.value.facts["kind"] == "refused"
    assert site.clock.now() > before


def test_certificates_are_checked_unless_told_otherwise(monkeypatch, tmp_path):
    with running(make_world(), tls=True, ca_file=tmp_path / "ca.pem", traffic="rejected") as site:
        with pytest.raises(Unreachable, match="not trusted"):
            open_zapi(site).read("system-get-version")
        assert open_zapi(site, validate_certs=False).read("system-get-version")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(site.ca_file))
        assert open_zapi(site).read("system-get-version")
        with pytest.raises(Unreachable):
            open_zapi(site, https=False).read("system-get-version")


def test_a_certificate_file_that_is_not_there_is_bad_input(site):
    with pytest.raises(BadInput, match="cannot be used"):
        open_zapi(site, https=True, cert_filepath="/nonexistent.pem")


def test_without_the_library_it_is_named_and_nothing_is_sent(site, monkeypatch):
    monkeypatch.setattr(transport, "NETAPP_LIB_IMPORT_ERROR", "no module")
    with pytest.raises(BadInput, match="netapp-lib and lxml"):
        open_zapi(site)


def test_what_xml_cannot_hold_is_bad_input(site):
    with pytest.raises(BadInput, match="XML"):
        open_zapi(site).write("snapshot-create", {"volume": "vol0001", "snapshot": "x", "comment": "a\x00b"})
    assert len(site.journal) == 0


def test_exchanges_are_told_without_the_password(site):
    zapi = open_zapi(site)
    zapi.read("system-get-version")
    [seen] = zapi.seen
    assert "system-get-version" in seen["zapi"] and "is-clustered" in seen["response"]
    assert site.clusters["paris"].password not in repr(seen)


def test_elements_that_repeat_become_a_list():
    element = transport.NaElement("results")
    for text in ("one", "two"):
        element.add_new_child("name", text)
    assert document(element) == {"name": ["one", "two"]}
