# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that maps Cinder's library names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "seed-mapping.md"
FUNCTIONS = (
    "create_destination_flexvol", "create_snapmirror", "delete_snapmirror", "get_snapmirrors", "quiesce_then_abort",
    "break_snapmirror", "resume_snapmirror", "resync_snapmirror", "update_snapmirror", "ensure_snapmirrors",
    "update_snapmirrors", "break_snapmirrors", "get_replication_backend_names", "get_replication_backend_stats",
)  # fmt: skip
NAMED = (
    sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8")))) if PAGE.exists() else []
)


@pytest.mark.skipif(not PAGE.exists(), reason="docs/ is not part of an installed collection")
@pytest.mark.parametrize("file, name", NAMED)
def test_every_test_that_the_mapping_names_exists(file, name):
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.skipif(not PAGE.exists(), reason="docs/ is not part of an installed collection")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_of_the_library_is_mapped(function):
    assert f"| `{function}` |" in PAGE.read_text(encoding="utf-8")
