# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command with a tree at hand in which this checkout is ansible_collections/ontap/data_motion.

usage: PYTHON in_collection.py COMMAND [ARGUMENT]...

The tree is a temporary folder with one link; MYPYPATH and ANSIBLE_COLLECTIONS_PATH name it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def link_checkout(folder: Path) -> None:
    """Make FOLDER/ansible_collections/ontap/data_motion a link to this checkout."""
    link = folder / "ansible_collections" / "ontap" / "data_motion"
    link.parent.mkdir(parents=True)
    link.symlink_to(ROOT, target_is_directory=True)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="data_motion_collections_") as folder:
        link_checkout(Path(folder))
        environment = {**os.environ, "MYPYPATH": folder, "ANSIBLE_COLLECTIONS_PATH": folder}
        return subprocess.run(sys.argv[1:], check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
