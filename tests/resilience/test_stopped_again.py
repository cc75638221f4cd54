# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A planned failover that was killed between quiesce and break, and whose next run is stopped by a gate: as if neither had been."""

from __future__ import annotations

import pytest

from tests.resilience.matrix import SCHEDULES_FIRED_S, killed_run, undisturbed
from tests.resilience.runbooks import NAMES
from tests.resilience.scene import Scene, scene
from tests.resilience.strikes import strikes

pytestmark = pytest.mark.slow


@pytest.fixture(params=["rest", "zapi"])
def killed(request, tmp_path):
    """Fenced at paris, up to date and paused at lyon. The last quiesce was the last that was asked for."""
    if request.param == "zapi":
        pytest.importorskip("netapp_lib")
    words = undisturbed("planned", request.param).words
    last = max(number for number, word in enumerate(words, start=1) if word.endswith("quiesce"))
    with scene("planned", tmp_path, protocol=request.param) as site:
        site.site.faults.arm(last, strikes(site.site)["killed"])
        killed_run(site)
        site.site.advance(1)
        assert states(site) == ["paused"] * 3
        assert not any(site.in_service("paris", name) for name in NAMES)
        yield site


def states(site: Scene) -> list[str]:
    return [site.mirror("lyon", name).state for name in NAMES]


def ask(site: Scene, name: str, state: str) -> None:
    """What an administrator does at the array."""
    with site.site.locked() as world:
        mirror = site.mirror("lyon", name)
        mirror.quiesce() if state == "paused" else mirror.resume()
        world.settle()


def mount_by_hand(site: Scene) -> None:
    """An administrator lets hosts go on with one volume, so the next run fences it anew."""
    sides = site.job["sides"]
    site.bench.good(
        "source_fence", state="absent", volumes=["files"], source=sides["paris"], junction_paths={"files": "/files"}
    )


def no_room_for_the_manifest(site: Scene) -> None:
    manifest = site.folder / "manifest.json"
    manifest.unlink()
    manifest.mkdir()


@pytest.mark.parametrize("gate", [mount_by_hand, no_room_for_the_manifest], ids=["update", "manifest"])
def test_the_source_serves_and_the_mirrors_go_on(killed, gate):
    gate(killed)
    assert killed.run().bad
    assert [name for name in NAMES if not killed.in_service("paris", name)] == []
    assert states(killed) == ["snapmirrored"] * 3
    held = set(killed.hosts_write("afterwards"))
    killed.site.advance(SCHEDULES_FIRED_S)
    assert [name for name in held if "afterwards at paris" not in killed.volume("lyon", name).content()] == []


def test_the_run_after_that_fails_over(killed):
    mount_by_hand(killed)
    assert killed.run().bad
    done = killed.run()
    assert not done.bad, done.complaints
    assert killed.arrived()


def test_a_mirror_that_was_paused_by_hand_since_stays_paused(killed):
    for name in NAMES:
        ask(killed, name, "active")
    killed.site.advance(SCHEDULES_FIRED_S)
    ask(killed, "files", "paused")
    mount_by_hand(killed)
    assert killed.run().bad
    assert dict(zip(NAMES, states(killed))) == {"block": "snapmirrored", "files": "paused", "nested": "snapmirrored"}
    assert [name for name in NAMES if not killed.in_service("paris", name)] == []


def test_without_a_record_of_who_paused_it_a_mirror_stays_paused(killed):
    before = states(killed)
    (killed.folder / "reports" / "journal.jsonl").unlink()
    mount_by_hand(killed)
    assert killed.run().bad
    assert states(killed) == before
    assert [name for name in NAMES if not killed.in_service("paris", name)] == []
