# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the interrupted runs, over all processes, and tells how many there were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.resilience.matrix")

from tests.resilience import matrix

KEY = "interrupted_runs"
_total: Counter[str] = Counter()


@pytest.fixture(scope="session", autouse=True)
def controllers_end_with_the_tests() -> Iterator[None]:
    yield
    matrix.close_controllers()


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for name, value in report.user_properties if report.when == "call" and report.passed else ():
        if name == KEY:
            _total[value] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _total:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(_total.items()))
        terminalreporter.write_line(f"interrupted runs: {sum(_total.values())} ({kinds})")
