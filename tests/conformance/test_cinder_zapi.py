# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenStack Cinder's data motion over its own ZAPI client; what it did is read back over REST."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import test_cinder
from tests.conformance.support import Simulator
from tests.conformance.test_cinder import Play, all_well, player

pytestmark = pytest.mark.slow
OVER_ZAPI = test_cinder.STANZA.replace("netapp_use_legacy_client = False", "netapp_use_legacy_client = True")


@pytest.fixture
def play(cinder_python: Path, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    monkeypatch.setattr(test_cinder, "STANZA", OVER_ZAPI)
    return player(cinder_python, simulator, tmp_path)


def calls(client_log: Path) -> set[str]:
    """The protocols that were spoken, told by the traffic log."""
    lines = client_log.read_text(encoding="utf-8").splitlines()
    return {"zapi" if '"zapi":' in line else "rest" for line in lines if "_control" not in line}


def test_a_backend_is_protected_updated_failed_over_and_let_go(
    simulator: Simulator,
    play: Play,
    client_log: Path,
) -> None:
    paris, lyon = simulator.paris, simulator.lyon
    names = list(paris.volumes)[:3]
    answers = play(("ensure_snapmirrors", "<config>", "paris", names))
    assert all_well(answers), answers
    assert calls(client_log) == {"zapi"}
    simulator.settle_transfers()
    assert {path: mirror["state"] for path, mirror in lyon.mirrors().items()} == {
        f"svm_lyon:{name}": "snapmirrored" for name in names
    }
    for name in names:
        ours, theirs = lyon.volume(name), paris.volume(name)
        assert (ours["type"], ours["state"], ours["language"]) == ("dp", "online", theirs["language"])
        assert ours["size"] >= theirs["size"]

    simulator.advance(600)
    for name in names:
        simulator.write(paris, name, f"updated {name}")
    answers = play(
        ("ensure_snapmirrors", "<config>", "paris", names), ("update_snapmirrors", "<config>", "paris", names)
    )
    assert all_well(answers), answers
    simulator.settle_transfers()

    answers = play(
        ("_choose_failover_target", "paris", names, ["lyon"]),
        ("break_snapmirrors", "<config>", "paris", names, "lyon"),
    )
    assert answers == [{"result": "lyon"}, {"result": []}]
    for name in names:
        assert lyon.mirrors()[f"svm_lyon:{name}"]["state"] == "broken_off"
        assert (lyon.volume(name)["type"], lyon.volume(name)["nas"]["path"]) == ("rw", f"/{name}")
        assert f"updated {name}" in simulator.content(lyon, name)

    answers = play(*[("delete_snapmirror", "paris", "lyon", name, name) for name in names])
    # It filters the release by an element that the published type does not have, so the source keeps its entries.
    assert {answer["code"] for answer in answers} == {"13115"}
    assert all("relationship-info-only" in answer["message"] for answer in answers)
    assert lyon.mirrors() == {}
    assert set(paris.mirrors(list_destinations_only="true")) == {f"svm_lyon:{name}" for name in names}


def test_quiesce_abort_resume_and_resync(simulator: Simulator, play: Play) -> None:
    name = simulator.paris.volumes[0]
    assert all_well(play(("ensure_snapmirrors", "<config>", "paris", [name])))
    simulator.settle_transfers()
    for call, after in (
        ("quiesce_then_abort", "paused"),
        ("resume_snapmirror", "snapmirrored"),
        ("break_snapmirror", "broken_off"),
        ("resync_snapmirror", "snapmirrored"),
    ):
        answers = play((call, "paris", "lyon", name, name))
        assert all_well(answers), (call, answers)
        simulator.settle_transfers()
        assert simulator.lyon.mirrors()[f"svm_lyon:{name}"]["state"] == after, call
