# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every shipped playbook once on the oldest supported ansible-core, against a simulated site.

What the playbooks do in full is tested on the newest one, in tests/integration_sim/.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import COLLECTIONS_DIR
from tests.tooling.toolbox import environment, run
from tests.tools.extra_venv import CannotInstall, extra_venv
from tests.tools.simulated_site import Site, simulated_site
from tests.unit.architecture.test_completeness import PLAYBOOKS

pytestmark = pytest.mark.tool
OLDEST = "2.16"
BACKEND = "paris"
TARGET = "lyon"
Play = Callable[..., int]


@pytest.fixture(scope="module")
def programs() -> Path:
    """Folder of the programs of the oldest ansible-core."""
    packages = [f"ansible-core=={OLDEST}.*", "requests"]
    try:
        return extra_venv(f"core-{OLDEST}", packages, "3.10", "3.12") / "bin"
    except CannotInstall as problem:
        warnings.warn(f"NOT TESTED on ansible-core {OLDEST}: {problem}", stacklevel=1)
        pytest.skip(f"NOT TESTED on ansible-core {OLDEST}: {problem}")


@pytest.fixture
def site():
    with simulated_site() as running:
        yield running


@pytest.fixture
def play(programs: Path, site: Site, tmp_path: Path) -> Play:
    """play(playbook, extra var=value, ...) -> number of changed tasks; the playbook must succeed."""
    inventory = site.write_inventory(tmp_path, ontap_manifest_dir=str(tmp_path / "manifests"))
    env = environment(tmp_path / "home", ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS_DIR))
    env["PATH"] = f"{programs}{os.pathsep}{env['PATH']}"

    def run_playbook(playbook: str, **extra: object) -> int:
        values = {"backend": BACKEND, "report_dir": str(tmp_path / "reports"), **extra}
        command = [str(programs / "ansible-playbook"), "-i", str(inventory), f"ontap.data_motion.{playbook}"]
        output = run([*command, "-e", json.dumps(values)], timeout_s=300, env=env, cwd=tmp_path)
        return sum(map(int, re.findall(r"\bchanged=(\d+)", output)))

    return run_playbook


def test_a_backend_is_protected_watched_updated_and_failed_over(play, tmp_path):
    assert play("replicate") > 0
    assert play("replicate") == 0
    assert play("status") == 0
    play("update")
    assert play("failover", mode="unplanned", target=TARGET, confirm=BACKEND) > 0
    assert play("failover", mode="unplanned", target=TARGET, confirm=BACKEND) == 0
    report = json.loads((tmp_path / "reports" / BACKEND / "report.json").read_text(encoding="utf-8"))
    assert report["ok"] is True
    assert len(report["volumes"]) == 3


def test_a_planned_failover_moves_the_service(play):
    assert play("replicate") > 0
    assert play("failover", mode="planned", target=TARGET, confirm=BACKEND) > 0


def test_protection_is_retired(play):
    assert play("replicate") > 0
    assert play("retire", target=TARGET, confirm=BACKEND) > 0
    assert play("retire", target=TARGET, confirm=BACKEND) == 0


def test_the_service_goes_and_comes_home(play):
    assert play("replicate") > 0
    assert play("readiness") == 0
    assert play("rehearse") > 0
    assert play("failover", mode="planned", target=TARGET, confirm=BACKEND) > 0
    assert play("reprotect") > 0
    assert play("failback", confirm=BACKEND) > 0


def test_every_playbook_is_run_here():
    told = Path(__file__).read_text(encoding="utf-8")
    assert PLAYBOOKS
    assert [name for name in PLAYBOOKS if f'play("{name}"' not in told] == []
