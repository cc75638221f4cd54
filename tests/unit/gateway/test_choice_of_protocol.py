# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""use_rest: which gateway is opened, and when the other one is taken instead."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

if sys.version_info < (3, 10):
    pytest.skip("the simulator needs Python 3.10", allow_module_level=True)
for needed in ("requests", "netapp_lib", "lxml", "starlette"):
    pytest.importorskip(needed)

from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.connect import AutoArray, open_array
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import ApiError, BadInput, Unreachable
from ansible_collections.ontap.data_motion.plugins.module_utils.transport import zapi
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint
from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.testing import running


@pytest.fixture
def site():
    with running(scenario.from_counts(["paris"], 1, SteppedClock(), faults=FaultBook()), traffic="rejected") as served:
        yield served


def open_as(site, use_rest, **change):
    given = {key: value for key, value in site.params("paris").items() if key != "svm"}
    return open_array(Endpoint(**{**given, "use_rest": use_rest, **change}), "svm_paris", site.clock.sleep)


def protocols(site):
    return {"zapi" if entry.method == "ZAPI" else "rest" for entry in site.journal.entries() if entry.status == 200}


def no_rest(site, **fault):
    site.faults.add(method="GET", **fault)


@pytest.mark.parametrize(
    "use_rest, wanted", [("always", "rest"), ("never", "zapi"), ("auto", "rest"), ("Auto", "rest")]
)
def test_opening_sends_nothing_and_reading_takes_the_protocol_that_was_asked_for(site, use_rest, wanted):
    array = open_as(site, use_rest)
    assert len(site.journal) == 0
    assert "vol0001" in array.volumes()
    assert protocols(site) == {wanted}
    assert getattr(array, "note", "") == ""


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"action": "html_page", "status": 404}, id="no REST API"),
        pytest.param({"action": "http_status", "status": 403, "code": "6", "message": "denied"}, id="no REST role"),
        pytest.param({"action": "html_page", "status": 401}, id="login only for ontapi"),
    ],
)
def test_auto_takes_zapi_where_rest_is_not_to_be_had_and_says_so_once(site, fault):
    no_rest(site, **fault)
    array = open_as(site, "auto")
    assert "vol0001" in array.volumes() and array.snapshots() is not None
    assert protocols(site) == {"zapi"}
    assert len([entry for entry in site.journal.entries() if entry.method == "GET"]) == 1
    assert "over ZAPI" in array.note and array.address in array.note


def test_many_verbs_at_once_decide_once(site):
    no_rest(site, action="html_page", status=404)
    array = open_as(site, "auto")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _number: array.volumes(), range(8)))
    assert all("vol0001" in volumes for volumes in found)
    assert len([entry for entry in site.journal.entries() if entry.method == "GET"]) == 1


def test_a_refusal_that_says_nothing_about_rest_decides_nothing(site):
    no_rest(site, action="http_status", status=400, code="1234", message="internal", times=1)
    array = open_as(site, "auto")
    with pytest.raises(ApiError):
        array.svm_exists()
    assert array.svm_exists()
    assert protocols(site) == {"rest"}


def test_a_wrong_password_is_told_as_rest_tells_it(site):
    with pytest.raises(Unreachable, match="login denied") as denied:
        open_as(site, "auto", password="wrong").volumes()
    assert denied.value.facts["kind"] == "login"


class Rest:
    """Its first verb ends when all have come."""

    svm, address = "svm_paris", "c1:443"

    def __init__(self, *failures):
        self.asked, self.failures, self.all_came = 0, list(failures), threading.Event()

    def volumes(self):
        self.asked += 1
        assert self.all_came.wait(60)
        if self.failures:
            raise self.failures.pop(0)
        return {}


def met(array, rest):
    """What eight verbs at once end with."""
    came = set()

    class Failures(list):
        """Each verb asks how many there are when it comes."""

        def __len__(self):
            found = super().__len__()
            came.add(threading.get_ident())
            if len(came) == 8:
                rest.all_came.set()
            return found

    def ask(_number):
        try:
            return array.volumes()
        except (ApiError, Unreachable) as error:
            return error.facts.get("kind") or error.message

    array._failures = Failures()
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(ask, range(8)))


@pytest.mark.parametrize("kind", ["login", "timeout"])
def test_a_dead_array_or_a_wrong_password_is_tried_once_for_all_that_wait(kind):
    rest = Rest(Unreachable("no", kind=kind))
    array = AutoArray(rest, lambda: pytest.fail("reached") if kind == "timeout" else no_zapi())
    assert met(array, rest) == [kind] * 8
    assert rest.asked == 1
    assert array.volumes() == {}, "a later verb tries again"


def no_zapi():
    raise BadInput("netapp-lib is missing")


def test_what_the_array_answers_to_one_verb_is_no_answer_to_another():
    rest = Rest(ApiError("busy with that", 400, "1"))
    found = met(AutoArray(rest, no_zapi), rest)
    assert sorted(map(str, found)) == sorted(["busy with that", *["{}"] * 7])


@pytest.mark.parametrize("how", [{"action": "drop_before"}, {"action": "http_status", "status": 503}])
def test_an_array_that_cannot_be_reached_is_no_reason_for_another_protocol(site, how):
    no_rest(site, **how)
    with pytest.raises((ApiError, Unreachable)):
        open_as(site, "auto").volumes()
    assert [entry for entry in site.journal.entries() if entry.method == "ZAPI"] == []


def test_without_netapp_lib_auto_is_rest_and_never_names_the_library(site, monkeypatch):
    monkeypatch.setattr(zapi, "NETAPP_LIB_IMPORT_ERROR", "missing")
    assert open_as(site, "auto").svm_exists()
    assert protocols(site) == {"rest"}
    no_rest(site, action="html_page", status=404)
    with pytest.raises(Unreachable):
        open_as(site, "auto").svm_exists()
    with pytest.raises(BadInput, match="netapp-lib"):
        open_as(site, "never")


def test_the_libraries_of_zapi_are_not_loaded_where_rest_will_do(site):
    given = {key: value for key, value in site.params("paris").items() if key != "svm"}
    code = (
        "import sys, time; from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.connect import open_array; "
        "from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint; "
        f"assert open_array(Endpoint(**{given!r}), 'svm_paris', time.sleep).svm_exists(); "
        "sys.exit(len({'lxml', 'netapp_lib'} & set(sys.modules)))"
    )
    path = os.pathsep.join(filter(None, [os.environ.get("ANSIBLE_COLLECTIONS_PATH"), os.environ.get("PYTHONPATH")]))
    assert (
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=False).returncode
        == 0
    )
