# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a virtual environment and bring it up to date; a re-run with nothing new costs nothing.

usage: PYTHON make_venv.py DIRECTORY [-r REQUIREMENTS]... [-p PACKAGE]... [--link-collection]

PYTHON is the interpreter that the environment is made with. The environment is made anew when that
interpreter changes, and left alone while the wanted packages are those of the last successful run.
With --link-collection the environment's site-packages get a link to this checkout, so that everything in
the environment (ansible-playbook too) finds the collection as it is now, never an installed copy of it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAMP = ".made-with"


def fingerprint(requirements: list[Path], packages: list[str]) -> str:
    """Changes with the interpreter and with anything that is asked to be installed."""
    digest = hashlib.sha256(f"{sys.version}\n{sys.executable}\n{sorted(packages)}".encode())
    for path in requirements:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def same_interpreter(directory: Path) -> bool:
    """True where *directory* holds a working environment of the running interpreter."""
    python = directory / "bin" / "python"
    try:
        found = subprocess.run(
            [str(python), "-c", "import sys, pip; print(sys.base_prefix, sys.version)"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return found.strip() == f"{sys.base_prefix} {sys.version}"


def make(directory: Path) -> None:
    """An empty environment with a current pip (old ones choose wheels badly)."""
    if directory.exists():
        shutil.rmtree(directory)
    subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
    pip_install(directory, ["--upgrade", "pip"])


def pip_install(directory: Path, arguments: list[str]) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    command = [str(directory / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run(command + arguments, check=True, env=environment)


def link_collection(directory: Path) -> None:
    """site-packages/ansible_collections/ontap/data_motion -> this checkout."""
    site = directory / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages"
    link = site / "ansible_collections" / "ontap" / "data_motion"
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() and Path(os.readlink(link)) == ROOT:
        return
    if link.is_symlink():
        link.unlink()
    link.symlink_to(ROOT, target_is_directory=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("-r", dest="requirements", action="append", default=[], type=Path)
    parser.add_argument("-p", dest="packages", action="append", default=[])
    parser.add_argument("--link-collection", action="store_true")
    wanted = parser.parse_args()
    stamp = wanted.directory / STAMP
    now = fingerprint(wanted.requirements, wanted.packages)
    made = stamp.read_text(encoding="utf-8").split() if stamp.exists() else []
    try:
        if now not in made or not (wanted.directory / "bin" / "python").exists():
            if not same_interpreter(wanted.directory):
                made = []
                print(f"making {wanted.directory} with Python {sys.version.split()[0]}", flush=True)
                make(wanted.directory)
            arguments = [item for path in wanted.requirements for item in ("-r", str(path))] + wanted.packages
            print(f"installing into {wanted.directory}: {' '.join(arguments)}", flush=True)
            pip_install(wanted.directory, arguments)
            stamp.write_text("\n".join([*made, now]) + "\n", encoding="utf-8")
    except subprocess.CalledProcessError as error:
        print(f"error: {' '.join(map(str, error.cmd))} failed (exit code {error.returncode})", file=sys.stderr)
        return 1
    if wanted.link_collection:
        link_collection(wanted.directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
