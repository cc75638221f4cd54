# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments beside the main one, for what must not live in it: other ansible-cores, Cinder."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(__file__).resolve().parent


class CannotInstall(Exception):
    """No Python in the wanted range, or pip failed; the text says which."""


def extra_venv(name: str, packages: list[str], lowest: str = "3.10", highest: str = "") -> Path:
    """Folder of the environment .cache/venvs/NAME with *packages* in it; made on first use, then kept.

    lowest, highest: the range of Python versions of which the newest found is taken ("" = no limit).
    Safe to ask for from several processes at once. Raises CannotInstall.
    """
    folder = ROOT / ".cache" / "venvs" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        limits = [lowest, highest] if highest else [lowest]
        python = output([str(TOOLS / "find_python.sh"), *limits]).strip()
        wanted = [argument for package in packages for argument in ("-p", package)]
        output([python, str(TOOLS / "make_venv.py"), str(folder), *wanted])
    return folder


def output(command: list[str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotInstall((done.stderr or done.stdout).strip()[-2000:])
    return done.stdout
