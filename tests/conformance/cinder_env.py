# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual environment that holds OpenStack Cinder, made once and used again by all checkouts.

usage: python cinder_env.py      makes it where it is missing, prints the path of its interpreter

It lies in ${XDG_CACHE_HOME:-~/.cache}/ontap-data-motion/venv-cinder-VERSION-PYTHON (about 320 MB, 40 s).
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = "29.0.0"
LOWEST_PYTHON, HIGHEST_PYTHON = "3.11", "3.13"  # what this release of cinder is tested on by its makers
STANZA = """
[{name}]
volume_backend_name = {name}
netapp_server_hostname = {hostname}
netapp_server_port = {port}
netapp_transport_type = http
netapp_login = {username}
netapp_password = {password}
netapp_vserver = {svm}
netapp_storage_family = ontap_cluster
netapp_storage_protocol = nfs
netapp_use_legacy_client = False
netapp_allow_zapi_fallback = False
netapp_snapmirror_quiesce_timeout = 30
{replication}"""
"""A backend in cinder.conf. replication: further lines."""


class NotInstallable(Exception):
    """Cinder cannot be installed on this machine; the message says why."""


def ensure() -> Path:
    """The interpreter of an environment with cinder in it. A second call costs a fraction of a second."""
    base = _base_interpreter()
    directory = cache_dir() / f"venv-cinder-{VERSION}-{_minor_version(base)}"
    python = directory / "bin" / "python"
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(directory.with_suffix(".lock")):
            _install(base, directory)
    except OSError as error:
        raise NotInstallable(f"{directory}: {error}") from error
    return python


def cache_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ontap-data-motion"


def _base_interpreter() -> str:
    found = _run([str(ROOT / "tests/tools/find_python.sh"), LOWEST_PYTHON, HIGHEST_PYTHON])
    return found.strip()


def _minor_version(python: str) -> str:
    return _run([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()


def _install(base: str, directory: Path) -> None:
    """Idempotent: the helper leaves an environment alone that holds what is wanted."""
    _run([base, str(ROOT / "tests/tools/make_venv.py"), str(directory), "-p", f"cinder=={VERSION}"])


def _run(command: list[str]) -> str:
    """Standard output; a machine without a package index is to find out soon, hence few retries."""
    environment = {"PIP_RETRIES": "2", "PIP_DEFAULT_TIMEOUT": "30", **os.environ}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last_lines = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise NotInstallable(last_lines or f"{command[0]} ended with {done.returncode}")
    return done.stdout


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    """Tests that run side by side wait for the one that installs."""
    with lock.open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        print(ensure())
    except NotInstallable as reason:
        sys.exit(f"cinder cannot be installed here: {reason}")
