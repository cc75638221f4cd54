# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes `ansible_collections.ontap.data_motion` and `tests.simulator` importable in any checkout.

Under ansible-test the collection lies where its name says and is importable already. In a plain checkout, of
whatever folder name, a temporary tree with one link to the checkout takes that place, for this process and (by
ANSIBLE_COLLECTIONS_PATH) for every ansible command that a test starts. Nothing is copied or installed.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.tools import in_collection, traffic  # importable only now


def _collections_dir() -> Path:
    """The folder that holds ansible_collections/ontap/data_motion with this very checkout in it."""
    if ROOT.parts[-3:] == ("ansible_collections", "ontap", "data_motion"):
        return ROOT.parents[2]
    made = Path(tempfile.mkdtemp(prefix="data_motion_collections_"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    in_collection.link_checkout(made)
    return made


COLLECTIONS_DIR = _collections_dir()
os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(COLLECTIONS_DIR)
os.environ["ANSIBLE_COLLECTIONS_SCAN_SYS_PATH"] = "false"
if str(COLLECTIONS_DIR) not in sys.path:
    sys.path.insert(0, str(COLLECTIONS_DIR))

MARKERS = (
    "tool: runs a linter, ansible-test, molecule or the like as a whole",
    "slow: takes more than about ten seconds",
    "rest_only: what it does, ZAPI cannot",
)


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if not hasattr(config, "workerinput") and not os.environ.get(traffic.FOLDER):
        made = tempfile.mkdtemp(prefix="data_motion_traffic_")
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        os.environ[traffic.FOLDER] = made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tools first, as they take long."""
    items.sort(key=lambda item: item.get_closest_marker("tool") is None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """After the last test: the traffic that all of them recorded obeys the contract, or the run fails."""
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    verdict = traffic.check_folder(Path(os.environ[traffic.FOLDER]))
    wrong = traffic.complaint(verdict)
    if not wrong and not verdict.exchanges:
        return
    report = pytest.TestReport(
        nodeid="tests/contract/check_traffic.py::recorded_traffic_obeys_the_contract",
        location=("tests/contract/check_traffic.py", 0, "recorded_traffic_obeys_the_contract"),
        keywords={},
        outcome="failed" if wrong else "passed",
        longrepr=wrong or None,
        when="call",
    )
    config.hook.pytest_runtest_logreport(report=report)
    if wrong and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
