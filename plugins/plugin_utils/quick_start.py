# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a module on the controller without packing it: a third of the time, which counts where a playbook has few tasks.

ansible-core packs a module and all that it imports into an archive, copies that, and compiles it again in every task.
None of this is needed where the module runs on the controller, by the controller's own Python: the collection lies there.
What the module is told and what it answers are the same. Where anything is out of the ordinary, ansible-core does it its
own way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, Dict, List, Mapping, Optional

from ansible import constants
from ansible.release import __version__

try:
    from ansible.module_utils.common.json import Direction, get_module_encoder
except ImportError:  # before ansible-core 2.19
    Direction = get_module_encoder = None

PROVEN = ((2, 21),)
"""Releases of ansible-core that were seen to hand over a module's arguments and result as it is done here.

That is no promised interface of ansible-core, so every other release, a newer one too, does it its own way.
"""
PROFILE = "legacy"
RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runner.py")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def possible(action: Any, interpreter: Optional[str]) -> bool:
    """Whether *action*'s module may be started so. interpreter: what the task's variables ask for."""
    environment: Dict[str, Any] = {}
    action._compute_environment_string(environment)
    ordinary = not (action._task.async_val or action._play_context.become or environment)
    here = action._connection.transport == "local" and interpreter == sys.executable
    return (
        get_module_encoder is not None
        and tuple(map(int, __version__.split(".")[:2])) in PROVEN
        and ordinary
        and here
        and not constants.DEFAULT_KEEP_REMOTE_FILES
        and not os.environ.get("ONTAP_DATA_MOTION_PACKED")
    )


def run(action: Any, module: str, arguments: Dict[str, Any], variables: Mapping[str, Any]) -> Dict[str, Any]:
    """What the module returned, as ActionBase._execute_module would tell it."""
    action._update_module_args(module, arguments, variables)
    encoder = get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)
    request = {
        "module": module.rpartition(".")[2],
        "collection": ROOT,
        "profile": PROFILE,
        "arguments": json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, cls=encoder),
    }
    done = subprocess.run(command(), input=json.dumps(request), capture_output=True, text=True, check=False)
    answer = {
        "rc": done.returncode,
        "stdout": done.stdout,
        "stdout_lines": done.stdout.splitlines(),
        "stderr": done.stderr,
        "stderr_lines": done.stderr.splitlines(),
    }
    told = action._parse_returned_data(answer, PROFILE)
    told.remove_internal_keys()
    return dict(told.as_result_dict(for_round_trip=True))


def command() -> List[str]:
    return [sys.executable, RUNNER]
