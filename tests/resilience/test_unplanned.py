# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An unplanned failover, interrupted at each of its writes."""

from __future__ import annotations

import pytest

from tests.resilience.matrix import cases, interrupt_and_run_again

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", cases("unplanned"), ids=str)
def test_an_unplanned_failover_is_finished_by_the_next_run(case, tmp_path, record_property):
    interrupt_and_run_again(case, tmp_path)
    record_property("interrupted_runs", f"{case.runbook} {case.kind}")
