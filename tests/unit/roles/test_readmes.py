# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role's README says is what its argument specs say."""

from __future__ import annotations

import pytest

from tests.tools.role_readmes import ROLES, readme


@pytest.mark.parametrize("role", sorted(path.name for path in ROLES.iterdir() if path.is_dir()))
def test_a_readme_is_made_from_the_specs(role):
    written = (ROLES / role / "README.md").read_text(encoding="utf-8")
    assert written == readme(ROLES / role), "run: python -m tests.tools.role_readmes"
