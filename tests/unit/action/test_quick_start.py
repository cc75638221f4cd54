# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a module is started without being packed, and what it then tells."""

from __future__ import annotations

import json
import sys
from importlib.machinery import SourceFileLoader
from types import SimpleNamespace

import pytest

from ansible_collections.ontap.data_motion.plugins.plugin_utils import quick_start

proven = pytest.mark.skipif(not quick_start.known(), reason="not proven with this ansible-core")


@pytest.fixture(autouse=True)
def _a_recent_core(monkeypatch):
    monkeypatch.setattr(quick_start, "__version__", "2.21.5")
    monkeypatch.setattr(quick_start, "get_module_encoder", lambda profile, direction: json.JSONEncoder)
    monkeypatch.setattr(quick_start, "Direction", SimpleNamespace(CONTROLLER_TO_MODULE=None))
    monkeypatch.delenv("ONTAP_DATA_MOTION_PACKED", raising=False)


class Action:
    """The parts of an action that are asked."""

    def __init__(self, transport="local", async_val=0, become=False, environment=None):
        self._connection = SimpleNamespace(transport=transport)
        self._task = SimpleNamespace(async_val=async_val)
        self._play_context = SimpleNamespace(become=become)
        self._environment = environment or {}

    def _compute_environment_string(self, into):
        into.update(self._environment)

    def _update_module_args(self, module, arguments, variables):
        arguments["_ansible_module_name"] = module
        arguments["_ansible_remote_tmp"] = "/tmp"

    def _parse_returned_data(self, answer, profile):
        lines = [line for line in answer["stdout_lines"] if line.startswith("{")]
        values = json.loads(lines[-1]) if lines else {"stderr": answer["stderr"]}
        return SimpleNamespace(remove_internal_keys=lambda: None, as_result_dict=lambda for_round_trip: values)


def test_a_module_on_the_controller_is_started_at_once():
    assert quick_start.possible(Action(), sys.executable)


@pytest.mark.parametrize(
    "out_of_the_ordinary",
    [{"transport": "ssh"}, {"async_val": 60}, {"become": True}, {"environment": {"HTTPS_PROXY": "http://proxy"}}],
    ids=["elsewhere", "async", "another user", "an environment of its own"],
)
def test_whatever_is_out_of_the_ordinary_is_left_to_ansible(out_of_the_ordinary):
    assert not quick_start.possible(Action(**out_of_the_ordinary), sys.executable)


@pytest.mark.parametrize("interpreter", ["/usr/bin/python3.9", "auto", None])
def test_another_python_is_left_to_ansible(interpreter):
    assert not quick_start.possible(Action(), interpreter)


@pytest.mark.parametrize("version", ["2.16.19", "2.20.10", "2.22.0"])
def test_an_older_or_newer_core_does_it_its_own_way(monkeypatch, version):
    monkeypatch.setattr(quick_start, "__version__", version)
    assert not quick_start.possible(Action(), sys.executable)


def test_a_core_without_encoders_does_it_its_own_way(monkeypatch):
    monkeypatch.setattr(quick_start, "get_module_encoder", None)
    assert not quick_start.possible(Action(), sys.executable)


def test_a_user_may_have_modules_packed(monkeypatch):
    monkeypatch.setenv("ONTAP_DATA_MOTION_PACKED", "1")
    assert not quick_start.possible(Action(), sys.executable)


def test_kept_remote_files_need_files_to_keep(monkeypatch):
    monkeypatch.setattr(quick_start.constants, "DEFAULT_KEEP_REMOTE_FILES", True)
    assert not quick_start.possible(Action(), sys.executable)


@proven
def test_the_module_tells_what_it_always_tells():
    told = quick_start.run(Action(), "ontap.data_motion.snapmirror_info", {"rpo_s": "soon"}, {})
    assert told["failed"] is True
    assert "rpo_s" in told["msg"]


def test_all_modules_are_loaded_from_where_they_lie_and_by_no_finder_that_stays():
    finders = list(sys.meta_path)
    quick_start.load()
    assert sys.meta_path == finders
    loaded = {name for name in sys.modules if name.startswith(f"{quick_start.PLUGINS}.modules.")}
    assert {name.rpartition(".")[2] for name in loaded} >= {"snapmirror_break", "replication_report"}


def test_what_is_its_own_is_loaded_as_python_compiled_it():
    folder = [f"{quick_start.ROOT}/module_utils/glue"]
    spec = quick_start._Compiled.find_spec(f"{quick_start.PLUGINS}.module_utils.glue.runtime", folder)
    assert spec.loader.__class__ is SourceFileLoader and spec.cached


@pytest.mark.parametrize("name", ["requests", "ansible_collections.other.one.plugins.module_utils.x"])
def test_what_is_not_its_own_is_left_to_others(name):
    assert quick_start._Compiled.find_spec(name, ["/anywhere"]) is None


def test_a_system_without_buffers_in_memory_does_it_its_own_way(monkeypatch):
    monkeypatch.delattr("os.memfd_create")
    assert not quick_start.possible(Action(), sys.executable)


@proven
def test_a_module_that_breaks_leaves_its_traceback():
    told = quick_start.run(Action(), "ontap.data_motion.no_such_module", {}, {})
    assert "no_such_module" in told["stderr"]
