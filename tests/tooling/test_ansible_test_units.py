# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test units on the newest ansible-core, on an installed copy of the collection."""

from __future__ import annotations

import re
import sys

import pytest

from tests.tooling.toolbox import ROOT, run, tool

pytestmark = pytest.mark.tool
ANSIBLE_TEST = [sys.executable, str(ROOT / "tests" / "tools" / "ansible_test.py")]


def test_units_with_nothing_but_their_own_requirements():
    tool("ansible-test")
    version = "{}.{}".format(*sys.version_info)
    output = run([*ANSIBLE_TEST, "units", "--venv", "--python", version], timeout_s=1200)
    assert re.search(r"\b[1-9]\d* passed", output), output
