# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/support-matrix.md says what the tests prove, and the ZAPI gateway sends only calls that are published."""

from __future__ import annotations

import ast
import re

import pytest

from tests.tools import support_matrix
from tests.tools.support_matrix import GATEWAYS, PAGE, page, proof

CALLING = ("read", "write", "records", "_records", "_do", "_sis")


def test_the_page_is_made_from_the_tests():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.tools.support_matrix"


def test_a_proof_that_is_not_there_or_speaks_another_protocol_is_an_error():
    with pytest.raises(LookupError):
        proof("tests/unit/behaviour/test_break.py::test_nothing")
    with pytest.raises(LookupError):
        proof("tests/unit/behaviour/test_absent.py")
    with pytest.raises(LookupError, match="does not run over zapi"):
        support_matrix.cell("tests/unit/behaviour/test_groups.py", "zapi")


def test_every_call_that_is_sent_is_a_published_one():
    sent = {
        node.args[0].value
        for file in GATEWAYS.glob("zapi_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLING
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }
    assert len(sent) > 30
    assert sent <= support_matrix.ontapi_calls()
    assert all(re.fullmatch(r"[a-z-]+", call) for call in sent)
