# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend's life on every ansible-core before the one that all other tests run on, with what warns and what fails."""

from __future__ import annotations

import json

import pytest

from tests.integration_sim.playbooks import arrays, good
from tests.tools.extra_venv import CannotInstall, extra_venv
from tests.tools.in_collection import link_checkout
from tests.tools.matrix import CORES

pytestmark = pytest.mark.tool

OTHERS = [core for core in CORES if core not in ("2.21", "2.22")]
"""Released before the one that all other tests run on."""
BACKEND = {"backend": "paris", "confirm": "paris"}


@pytest.fixture(params=OTHERS)
def site(request, tmp_path):
    try:
        venv = extra_venv(
            f"playbooks-{request.param}", [f"ansible-core=={request.param}.*", "requests"], *CORES[request.param]
        )
    except CannotInstall as reason:
        pytest.skip(f"ansible-core {request.param}: {reason}")
    link_checkout(tmp_path / "collections")
    with arrays(tmp_path, volumes=2) as found:
        found.programs = venv / "bin"
        found.environment["ANSIBLE_COLLECTIONS_PATH"] = str(tmp_path / "collections")
        version = found.run("ansible", "--version").output
        assert f"[core {request.param}." in version, version
        yield found


def report(site):
    return json.loads((site.folder / "reports" / "paris" / "report.json").read_text(encoding="utf-8"))


def outcomes(site):
    return {one["volume"]: one["status"] for one in report(site)["volumes"]}


def warned_of(site, what):
    return len([warning for warning in report(site)["warnings"] if warning.startswith(what)])


def test_there_with_a_warning_and_back_with_a_refusal(site):
    good(site.play("replicate", backend="paris"))
    assert site.write("paris", "vol0001", "never replicated")
    site.shut_down("paris")
    good(site.play("failover", mode="unplanned", **BACKEND))
    assert outcomes(site) == {"vol0001": "changed", "vol0002": "changed"}
    site.control("clusters/paris", {"up": True})
    good(site.play("status", backend="paris"))
    assert warned_of(site, "split-brain danger") == 2
    refused = site.play("failback", **BACKEND)
    assert refused.returncode == 2
    assert "accept_data_loss: {vol0001: " in refused.messages()
    assert outcomes(site) == {"vol0001": "refused", "vol0002": "refused"}
    assert warned_of(site, "split-brain danger") == 2
    good(site.play("failback", "-e", f"@{site.folder}/reports/paris/accept_data_loss.yml", **BACKEND))
    assert (site.types("paris"), site.types("lyon")) == ({"rw"}, {"dp"})
