# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser in which tests open the report page: found, or installed where that is possible.

As a program (`make test` runs it): installs the Debian package chromium if there is none and the user is root.
It never fails: where there is no browser, the tests that need one are skipped and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
MISSING = (
    "NO CHROMIUM: the report page is not looked at in a browser. Install it (Debian: apt-get install chromium), "
    "or name one in DATA_MOTION_CHROMIUM."
)


def find() -> str | None:
    """Path of the browser: DATA_MOTION_CHROMIUM, else the first of the usual names on PATH."""
    named = os.environ.get("DATA_MOTION_CHROMIUM")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


def install() -> bool:
    """Whether there is a browser now."""
    if find():
        return True
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wanted = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
    for command in (wanted, ["apt-get", "update", "-qq"], wanted):
        subprocess.run(command, env=environment, check=False, capture_output=True, timeout=600)
        if find():
            return True
    return False


if __name__ == "__main__" and not install():
    print(f"\n*** {MISSING} ***\n", file=sys.stderr)
