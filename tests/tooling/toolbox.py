# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the tests here run a tool: from the main virtual environment, outside pytest's own surroundings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
REQUIRED = "DATA_MOTION_TOOLS_REQUIRED"
KEPT_LINES = 120


def tool(name: str) -> str:
    """Path of a program of the test environment; where `make test` does not insist, a missing one skips the test."""
    found = shutil.which(name, path=str(BIN))
    if found:
        return found
    if os.environ.get(REQUIRED):
        pytest.fail(f"{name} is not installed beside {sys.executable}")
    pytest.skip(f"{name} is not installed beside {sys.executable} (make test-venv installs it)")


def environment(home: Path | None = None, **extra: str) -> dict[str, str]:
    """The environment for a tool: the virtual environment's programs first, nothing of pytest's or of Ansible's.

    home: what ansible commands take for ~/.ansible, so that nothing they install is left there or found by others.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "ANSIBLE_", "MOLECULE_"))}
    kept["PATH"] = f"{BIN}{os.pathsep}{kept.get('PATH', os.defpath)}"
    if home is not None:
        kept["ANSIBLE_HOME"] = str(home)
    return {**kept, "NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1", **extra}


def run(command: list[str], timeout_s: float, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """Output (both streams) of a command that must succeed; the test fails with the end of it otherwise."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _nothing = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output, _nothing = process.communicate()
        pytest.fail(f"{command} still ran after {timeout_s} s:\n{last_lines(output)}", pytrace=False)
    if process.returncode != 0:
        pytest.fail(f"{command} ended with {process.returncode}:\n{last_lines(output)}", pytrace=False)
    return output


def last_lines(output: str) -> str:
    return "\n".join(output.splitlines()[-KEPT_LINES:])
