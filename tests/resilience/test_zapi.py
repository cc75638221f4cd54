# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same interruptions over ZAPI alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.resilience.matrix import cases, interrupt_and_run_again

pytest.importorskip("netapp_lib")
pytestmark = pytest.mark.slow
RUNBOOKS = ("planned", "unplanned", "failback")
ONE_OF = 18


def sampled() -> list[Any]:
    every = [case for name in RUNBOOKS for case in cases(name, protocol="zapi", sampled_of=ONE_OF)]
    return [pytest.param(case, id=str(case)) for case in every]


@pytest.mark.parametrize("case", sampled())
def test_a_run_over_zapi_is_finished_by_the_next_one(case, tmp_path, record_property):
    interrupt_and_run_again(case, tmp_path)
    record_property("interrupted_runs", f"{case.runbook} over ZAPI {case.kind}")
