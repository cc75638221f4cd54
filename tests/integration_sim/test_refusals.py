# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong calls of the playbooks: one clear error each, and not one request to any array."""

from __future__ import annotations

import pytest

from tests.integration_sim.playbooks import Arrays, arrays

FAILOVER = {"backend": "paris", "mode": "unplanned", "confirm": "paris"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with arrays(tmp_path_factory.mktemp("refusals"), volumes=1) as running:
        yield running


@pytest.mark.parametrize(
    "playbook, options, extra, told",
    [
        pytest.param(
            "replicate",
            [],
            {"backend": "pariz"},
            "backend=pariz is not in the inventory (known: lyon, paris).",
            id="misspelt backend",
        ),
        pytest.param(
            "status",
            ["--limit", "lyon"],
            {"backend": "paris"},
            "backend=paris is left out by --limit lyon.",
            id="limited away",
        ),
        pytest.param("update", ["--limit", "lyon"], {}, "there is nothing to do", id="nothing to act on"),
        pytest.param("replicate", [], {"backend": "lyon"}, "lyon has no ontap_replication_targets.", id="no targets"),
        pytest.param("failover", [], {"backend": "paris"}, "This playbook needs more: -e mode=...", id="mode missing"),
        pytest.param("failover", [], {**FAILOVER, "mode": "now"}, "mode=now is neither planned", id="mode unknown"),
        pytest.param(
            "failover", [], {**FAILOVER, "confirm": "lyon"}, 'confirm=paris (given: "lyon")', id="wrong confirmation"
        ),
        pytest.param(
            "failover", [], {**FAILOVER, "target": "lion"}, "target=lion is not in the inventory", id="misspelt target"
        ),
        pytest.param(
            "failover",
            [],
            {**FAILOVER, "backend_failover_pre_tasks": "no.yml"},
            "There is no file no.yml",
            id="no hook",
        ),
        pytest.param(
            "reprotect",
            [],
            {"backend": "paris", "backend_reprotection_post_tasks": "no.yml"},
            "There is no file no.yml",
            id="no hook of reprotect",
        ),
        pytest.param(
            "retire", [], {"backend": "paris", "confirm": "paris"}, "needs more: -e target=...", id="target missing"
        ),
    ],
)
def test_a_wrong_call_is_told_before_anything_is_asked(site: Arrays, playbook, options, extra, told):
    run = site.play(playbook, *options, **extra)
    assert run.returncode == 2, run.output
    assert told in run.messages() + run.output  # of a loop only the output tells
    assert run.requests == []


def test_a_target_that_the_inventory_lacks_is_named(site: Arrays):
    everywhere = '{"ontap_replication_targets": [{"backend": "lyon"}, {"backend": "lion"}]}'
    run = site.play("status", "-e", everywhere, backend="paris")
    assert (run.returncode, run.requests) == (2, [])
    assert "paris has targets that are not in the inventory: lion" in run.messages()


def test_a_backend_without_its_connection_is_named(site: Arrays):
    run = site.play("replicate", "-e", '{"ontap_svm": ""}', backend="paris")
    assert (run.returncode, run.requests) == (2, [])
    assert "backend 'paris' lacks ontap_svm in the inventory" in run.messages()


def test_a_negative_timeout_is_refused(site: Arrays):
    run = site.play("replicate", backend="paris", timeout="-1")
    assert run.returncode == 2
    assert "timeout is -1: it must not be negative" in run.messages()
    assert run.writes == []
