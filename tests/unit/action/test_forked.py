# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module in a fork tells and does what a program of its own would, and leaves no trace in the process it comes from."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from types import ModuleType

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings

from ansible_collections.ontap.data_motion.plugins.plugin_utils import forked, quick_start

if not quick_start.known():
    pytest.skip("not proven with this ansible-core", allow_module_level=True)

_internal = importlib.import_module("ansible.module_utils._internal")

NAME = "a_module_of_the_test"
ARGUMENTS = json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_remote_tmp": "/tmp"}}).encode()


@pytest.fixture
def run(monkeypatch):
    """Runs a function as the main of a module."""

    def run(main):
        module = ModuleType(NAME)
        module.main = main
        monkeypatch.setitem(sys.modules, NAME, module)
        return forked.run(NAME, ARGUMENTS, "legacy")

    return run


def _told(done):
    return json.loads(done.stdout)


def test_its_result_and_its_code_are_those_of_a_program(run):
    done = run(lambda: basic.AnsibleModule({}).exit_json(changed=True))
    assert (_told(done)["changed"], done.rc, done.stderr) == (True, 0, "")
    done = run(lambda: basic.AnsibleModule({}).fail_json(msg="no"))
    assert (_told(done)["msg"], done.rc) == ("no", 1)


def test_many_megabytes_come_out_whole(run):
    def main():
        sys.stderr.write("e" * 5_000_000)
        basic.AnsibleModule({}).exit_json(much="o" * 5_000_000)

    done = run(main)
    assert (len(_told(done)["much"]), len(done.stderr)) == (5_000_000, 5_000_000)


def test_an_exception_is_a_traceback_and_no_success(run):
    def main():
        raise RuntimeError("broken")

    done = run(main)
    assert done.rc == 1 and "RuntimeError: broken" in done.stderr and not done.stdout


def test_a_module_that_is_not_there_is_told():
    assert "no_such_module" in forked.run("no_such_module", ARGUMENTS, "legacy").stderr


def test_a_signal_that_ended_it_is_told(run):
    assert run(lambda: os.kill(os.getpid(), signal.SIGTERM)).rc == -signal.SIGTERM


def test_handlers_of_this_process_do_not_run_in_it(run):
    ran = []
    before = signal.signal(signal.SIGTERM, lambda *_args: ran.append(1))
    try:
        assert run(lambda: os.kill(os.getpid(), signal.SIGTERM)).rc == -signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)


def test_its_warnings_are_its_own_and_come_with_the_result(run, monkeypatch):
    monkeypatch.setattr(_internal, "is_controller", True)
    monkeypatch.setitem(warnings._global_warnings, "of the playbook", None)

    def main():
        module = basic.AnsibleModule({})
        module.warn("take care")
        module.exit_json()

    assert [one["event"]["msg"] for one in _told(run(main))["warnings"]] == ["take care"]


def test_nothing_that_it_does_stays(run, monkeypatch):
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", None)

    def main():
        os.environ["LEFT_BEHIND"] = "yes"
        basic.AnsibleModule({}).exit_json()

    run(main)
    assert basic._ANSIBLE_ARGS is None and "LEFT_BEHIND" not in os.environ


def test_it_ends_with_the_task(run):
    """As when the time of a task is over."""

    class TaskIsOver(Exception):
        pass

    def over(*_args):
        raise TaskIsOver

    read, write = os.pipe()

    def main():
        os.close(read)
        os.write(write, str(os.getpid()).encode())
        os.kill(os.getppid(), signal.SIGALRM)
        signal.pause()

    before = signal.signal(signal.SIGALRM, over)
    try:
        with pytest.raises(TaskIsOver):
            run(main)
    finally:
        signal.signal(signal.SIGALRM, before)
        os.close(write)
    number = int(os.read(read, 100))
    os.close(read)
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
