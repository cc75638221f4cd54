# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the pages of all modules and roles as HTML.

usage: PYTHON build_docs.py FOLDER
Works without a network: links to other projects' pages are left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.tools.extra_venv import CannotInstall, extra_venv

OFFLINE = "\nintersphinx_mapping = {}\nsuppress_warnings = ['ref.ref']\n"
TOOLS = ["ansible-core", "antsibull-docs", "sphinx", "sphinx-ansible-theme", "ansible-pygments"]


def build(folder: Path) -> None:
    bin_folder = extra_venv("docs", TOOLS, "3.11") / "bin"
    env = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    in_collection = [sys.executable, str(Path(__file__).with_name("in_collection.py"))]
    initialise = ["antsibull-docs", "sphinx-init", "--use-current", "--dest-dir", str(folder), "ontap.data_motion"]
    subprocess.run([*in_collection, *initialise], check=True, env=env)
    with (folder / "conf.py").open("a", encoding="utf-8") as settings:
        settings.write(OFFLINE)
    subprocess.run([*in_collection, "./build.sh"], check=True, env=env, cwd=folder)
    print(f"open {folder / 'build' / 'html' / 'index.html'}")


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1]).absolute())
    except (CannotInstall, subprocess.CalledProcessError) as problem:
        sys.exit(f"error: {problem}")
