# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity on the newest ansible-core, on an installed copy of the collection."""

from __future__ import annotations

import sys

import pytest

from tests.tooling.toolbox import ROOT, run, tool

pytestmark = pytest.mark.tool
ANSIBLE_TEST = [sys.executable, str(ROOT / "tests" / "tools" / "ansible_test.py")]


def test_sanity_on_every_python_found():
    tool("ansible-test")
    output = run([*ANSIBLE_TEST, "sanity", "--local"], timeout_s=1200)
    assert 'Running sanity test "validate-modules"' in output
    assert 'Running sanity test "import"' in output


def test_no_sanity_issue_is_ignored():
    assert [path.name for path in (ROOT / "tests" / "sanity").glob("ignore*.txt") if path.read_text().strip()] == []
