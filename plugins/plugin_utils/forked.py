# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module in a fork of this process: nothing has to be started or loaded, and nothing that it does stays here."""

from __future__ import annotations

import gc
import importlib
import io
import multiprocessing
import os
import signal
import sys
from contextlib import contextmanager
from typing import BinaryIO, Iterator, NamedTuple

SIGNALS = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGALRM: signal.SIG_DFL,
}
"""As a program of its own has them when it starts."""


class Done(NamedTuple):
    """rc: below 0 where a signal ended it."""

    rc: int
    stdout: str
    stderr: str


def possible() -> bool:
    """On Linux only: elsewhere libraries of the system may not be used in a fork."""
    return hasattr(os, "memfd_create")


def run(module: str, arguments: bytes, profile: str) -> Done:
    """module: its full name.  arguments, profile: as AnsibleModule reads them. The fork ends with this call, however that ends."""
    with _buffer("stdout") as out, _buffer("stderr") as err:
        process = multiprocessing.get_context("fork").Process(target=_be, args=(module, arguments, profile, out, err))
        try:
            with _held_back():
                process.start()
            process.join()
        finally:
            if process.pid:
                process.kill()
                process.join()
        return Done(process.exitcode or 0, _read(out), _read(err))


@contextmanager
def _held_back() -> Iterator[None]:
    """Signals wait, so that none comes when there is a fork that nobody knows of yet."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _buffer(name: str) -> BinaryIO:
    """In memory, of any size: no reader is needed for the writer to go on."""
    return os.fdopen(os.memfd_create(name), "w+b")


def _read(buffer: BinaryIO) -> str:
    buffer.seek(0)
    return buffer.read().decode("utf-8", "replace")


def _be(module: str, arguments: bytes, profile: str, out: BinaryIO, err: BinaryIO) -> None:
    gc.freeze()  # what the playbook has loaded is no garbage of the module's
    for number, handler in SIGNALS.items():
        signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    for number, buffer in ((1, out), (2, err)):
        os.dup2(buffer.fileno(), number)
    sys.stdout, sys.stderr = (io.TextIOWrapper(buffer, encoding="utf-8") for buffer in (out, err))
    _leave_controller()
    from ansible.module_utils import basic

    basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE, basic._PARSED_MODULE_ARGS = arguments, profile, None
    importlib.import_module(module).main()


def _leave_controller() -> None:
    """ansible.module_utils behaves differently in a controller's process; this one has stopped being one."""
    from ansible.module_utils import _internal
    from ansible.module_utils._internal import _traceback
    from ansible.module_utils.common import warnings

    _internal.is_controller = False
    _internal.get_controller_serialize_map = dict
    _internal.import_controller_module = lambda _name: None
    _traceback._is_traceback_enabled = _traceback._is_module_traceback_enabled
    _traceback._module_tracebacks_enabled_events = None
    warnings._global_warnings.clear()
    warnings._global_deprecations.clear()
