# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a module on the controller without packing it, which counts where a playbook has few tasks.

ansible-core packs a module and all that it imports into an archive, copies that, and compiles and loads it again in every
task. None of this is needed where the module runs on the controller, by the controller's own Python: the process of the
playbook loads all modules once, and each task's module is a fork of that task's own process.
What the module is told and what it answers are the same. Where anything is out of the ordinary, ansible-core does it its
own way.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from contextlib import contextmanager
from functools import cache
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from typing import Any, Dict, Iterator, Mapping, Optional, Sequence

from ansible import constants
from ansible.release import __version__

from ansible_collections.ontap.data_motion.plugins.plugin_utils import forked

try:
    from ansible.module_utils.common.json import Direction, get_module_encoder
except ImportError:  # before ansible-core 2.19
    Direction = get_module_encoder = None

PROVEN = ((2, 21),)
"""Releases of ansible-core that were seen to hand over a module's arguments and result as it is done here.

That is no promised interface of ansible-core, so every other release, a newer one too, does it its own way.
"""
PROFILE = "legacy"
PLUGINS = "ansible_collections.ontap.data_motion.plugins"
OWN = (f"{PLUGINS}.module_utils", f"{PLUGINS}.modules.")
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""The folder of PLUGINS."""


def known() -> bool:
    """Whether this ansible-core and this system are among those for which it is made."""
    release = tuple(map(int, __version__.split(".")[:2]))
    packed = os.environ.get("ONTAP_DATA_MOTION_PACKED")
    return get_module_encoder is not None and release in PROVEN and forked.possible() and not packed


def possible(action: Any, interpreter: Optional[str]) -> bool:
    """Whether *action*'s module may be started so. interpreter: what the task's variables ask for."""
    environment: Dict[str, Any] = {}
    action._compute_environment_string(environment)
    ordinary = not (action._task.async_val or action._play_context.become or environment)
    here = action._connection.transport == "local" and interpreter == sys.executable
    return known() and ordinary and here and not constants.DEFAULT_KEEP_REMOTE_FILES


def load() -> None:
    """Loads all modules, so that the processes of tasks, which are forks of this one, need not."""
    names = [
        name[: -len(".py")]
        for name in os.listdir(os.path.join(ROOT, "modules"))
        if name.endswith(".py") and name[0] != "_"
    ]
    with _compiled():
        for name in sorted(names):
            importlib.import_module(f"{PLUGINS}.modules.{name}")


def run(action: Any, module: str, arguments: Dict[str, Any], variables: Mapping[str, Any]) -> Dict[str, Any]:
    """What the module returned, as ActionBase._execute_module would tell it."""
    action._update_module_args(module, arguments, variables)
    encoder = get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)
    request = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, cls=encoder).encode()
    with _compiled():
        done = forked.run(f"{PLUGINS}.modules.{module.rpartition('.')[2]}", request, PROFILE)
    answer = {
        "rc": done.rc,
        "stdout": done.stdout,
        "stdout_lines": done.stdout.splitlines(),
        "stderr": done.stderr,
        "stderr_lines": done.stderr.splitlines(),
    }
    told = action._parse_returned_data(answer, PROFILE)
    told.remove_internal_keys()
    return dict(told.as_result_dict(for_round_trip=True))


class _Compiled:
    """Finds what is the collection's own by Python's own means, which keep compiled files; ansible-core's compile each time."""

    @staticmethod
    def find_spec(name: str, path: Optional[Sequence[str]] = None, target: Any = None) -> Optional[ModuleSpec]:
        specs = (_in_folder(folder).find_spec(name) for folder in path or ()) if name.startswith(OWN) else ()
        return next((spec for spec in specs if spec is not None), None)


@cache
def _in_folder(folder: str) -> FileFinder:
    return FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))


@contextmanager
def _compiled() -> Iterator[None]:
    sys.meta_path.insert(0, _Compiled)
    try:
        yield
    finally:
        sys.meta_path.remove(_Compiled)
