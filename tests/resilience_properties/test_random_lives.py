# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random lives of a backend: users, arrays and administrators in any order, and data that is never lost unasked.

Each call is judged by rules.py on what the simulator holds before and after it; while no fault is armed it must also
do what its check mode told, and have nothing to do a second time. DATA_MOTION_LIVES=N lives N random lives instead of
the same ones each time.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from . import calls
from .administrators import ACTIONS, intervene
from .life import Life, failback, planned_move
from .site import CLUSTERS, HOME, TARGETS, VOLUMES

LIVES = "DATA_MOTION_LIVES"
ON_TARGETS = st.sampled_from(TARGETS)
ON_CLUSTERS = st.sampled_from(CLUSTERS)
ONE = st.sampled_from(VOLUMES)
SOME = st.sampled_from(
    [VOLUMES, VOLUMES, ("vol*",), ("vol1",), ("vol2",), ("vol3",), ("vol1", "vol3"), ("vol2", "vol3")]
)
NUMBERS = st.integers(0, 9)
ACCEPTANCES = st.sampled_from(["none", "quoted", "quoted", "stale", "unknown", "of another"])
VERBS = (
    "volume.create",
    "volume.mount",
    "volume.unmount",
    "snapshot.create",
    "snapshot.delete",
    "snapmirror.create",
    "snapmirror.delete",
    "snapmirror.release",
    "snapmirror.quiesce",
    "snapmirror.resume",
    "snapmirror.break",
    "snapmirror.resync",
    "snapmirror.initialize",
    "snapmirror.update",
    "snapmirror.abort",
)
MODEL_FAULTS = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["refuse", "fail_job", "delay_job"]),
        "verb": st.sampled_from(VERBS),
        "nth": st.integers(1, 3),
    }
)
TRANSFER_FAULTS = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["fail_transfer", "hang_transfer"]),
        "verb": st.sampled_from(["snapmirror.initialize", "snapmirror.update", "snapmirror.resync"]),
        "nth": st.integers(1, 3),
    }
)
HTTP_FAULTS = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["drop_before", "drop_after", "http_status"]),
        "method": st.sampled_from(["POST", "PATCH", "DELETE"]),
        "path": st.just("*"),
        "nth": st.integers(1, 6),
    }
)


ZAPI_PATHS = {"POST": "/zapi/*-create", "PATCH": "/zapi/snapmirror-[!cdg]*", "DELETE": "/zapi/*-destroy"}
"""Where ONTAPI has what a method of REST does."""


class Lives(RuleBasedStateMachine):
    """Names and options are drawn from fixed pools, so that a life can be lived again.

    group: the volumes are mirrored as the consistency group of this name.  use_rest: how the arrays are reached.
    """

    group: str | None = None
    use_rest = "always"

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="data_motion_life_")
        self.life = Life(Path(self._folder.name), None if os.environ.get(LIVES) else "strict", self.use_rest)
        self._admin_snapshots = 0

    def teardown(self) -> None:
        self.life.end()
        self._folder.cleanup()
        for name, count in self.life.judged.items():
            JUDGED[name] = JUDGED.get(name, 0) + count

    # the user

    @initialize(at=st.lists(ON_TARGETS, unique=True), wrote=st.booleans())
    def begin(self, at: list[str], wrote: bool) -> None:
        for dr in at:
            self.protect(dr, VOLUMES, None, "none")
        if wrote:
            self.clients_write(list(VOLUMES), 30)

    @rule(dr=ON_TARGETS, volumes=SOME, state=st.sampled_from([None, "active", "active", "paused"]), how=ACCEPTANCES)
    def protect(self, dr: str, volumes: tuple[str, ...], state: str | None, how: str) -> None:
        made = self.life.do(calls.targets(self.life.params, dr, volumes))
        if made.get("failed") and "results" not in made:
            return

        def asked(accepted: Any) -> calls.Call:
            return calls.mirrors(self.life.params, dr, volumes, state, accepted, self.group)

        self.life.do(asked(self._acceptance(asked(None), how)))

    @rule(dr=ON_TARGETS, volumes=SOME, home=st.booleans())
    def update(self, dr: str, volumes: tuple[str, ...], home: bool) -> None:
        source, destination = (dr, HOME) if home else (HOME, dr)
        self.life.do(calls.update(self.life.params, source, destination, volumes))

    @rule(dr=ON_TARGETS, volumes=SOME, home=st.booleans(), patience=st.sampled_from([0, 60]))
    def fail_over_unplanned(self, dr: str, volumes: tuple[str, ...], home: bool, patience: int) -> None:
        source, destination = (dr, HOME) if home else (HOME, dr)
        self.life.do(calls.failover(self.life.params, source, destination, volumes, quiesce_timeout=patience))

    @rule(dr=ON_TARGETS, volume=ONE, number=NUMBERS)
    def fail_over_to_an_older_point(self, dr: str, volume: str, number: int) -> None:
        there = self.life.volume(dr, volume)
        held = [one.name for one in there.snapshots] if there is not None else []
        point = {"snapshot": held[number % len(held)]} if held else {"recovery_point": "2025-10-09T08:53:20Z"}
        call = calls.failover(self.life.params, HOME, dr, (volume,), quiesce_timeout=60, point=point)
        self.life.do(call)

    @rule(dr=ON_TARGETS, volumes=SOME)
    def fail_over_planned(self, dr: str, volumes: tuple[str, ...]) -> None:
        planned_move(self.life, HOME, dr, volumes)

    @rule(dr=ON_TARGETS, volumes=SOME, back=st.booleans(), how=ACCEPTANCES, cleanup=st.booleans())
    def reverse(self, dr: str, volumes: tuple[str, ...], back: bool, how: str, cleanup: bool) -> None:
        active, old = (HOME, dr) if back else (dr, HOME)

        def asked(accepted: Any) -> calls.Call:
            return calls.reverse(self.life.params, active, old, volumes, accepted, cleanup)

        self.life.do(asked(self._acceptance(asked(None), how)))

    @rule(dr=ON_TARGETS, volumes=SOME, accept=st.booleans())
    def fail_back(self, dr: str, volumes: tuple[str, ...], accept: bool) -> None:
        failback(self.life, dr, volumes, dict.fromkeys(VOLUMES, "unknown") if accept else None)

    @rule(cluster=ON_CLUSTERS, volumes=SOME)
    def fence(self, cluster: str, volumes: tuple[str, ...]) -> None:
        self.life.do(calls.fence(self.life.params, cluster, volumes, self.life.report_dir))

    @rule(cluster=ON_CLUSTERS, volumes=SOME)
    def unfence(self, cluster: str, volumes: tuple[str, ...]) -> None:
        self.life.do(calls.unfence(self.life.params, cluster, volumes, self.life.report_dir))

    @rule(dr=ON_TARGETS, volumes=SOME, present=st.booleans())
    def rehearse(self, dr: str, volumes: tuple[str, ...], present: bool) -> None:
        self.life.do(calls.rehearsal(self.life.params, dr, volumes, present))

    @rule(dr=ON_TARGETS, volumes=SOME, volumes_too=st.booleans())
    def retire(self, dr: str, volumes: tuple[str, ...], volumes_too: bool) -> None:
        removed = self.life.do(calls.removal(self.life.params, dr, volumes))
        if volumes_too and not removed.get("failed"):
            self.life.do(calls.removed_targets(self.life.params, dr, volumes))

    # the world

    @rule(volumes=st.lists(ONE, min_size=1, unique=True), seconds=st.sampled_from([1, 30, 600]))
    def clients_write(self, volumes: list[str], seconds: int) -> None:
        self.life.advance(seconds)
        for volume in volumes:
            self.life.write(volume)

    @rule(seconds=st.sampled_from([5, 300, 3700, 90000]))
    def time_passes(self, seconds: int) -> None:
        self.life.advance(seconds)

    @rule(fault=st.one_of(MODEL_FAULTS, TRANSFER_FAULTS, HTTP_FAULTS))
    def something_is_about_to_fail(self, fault: dict[str, Any]) -> None:
        extra = {"delay_job": {"seconds": 20}, "http_status": {"status": 503}}.get(fault["action"], {})
        if self.use_rest == "never" and "method" in fault:
            extra = {**extra, "method": "ZAPI", "path": ZAPI_PATHS[fault["method"]]}
        self.life.arm({**fault, **extra})

    @rule()
    def all_is_well_again(self) -> None:
        self.life.disarm()
        self.life.set_up()

    @rule(cluster=ON_CLUSTERS)
    def cluster_goes_down(self, cluster: str) -> None:
        self.life.set_down(cluster)

    @rule(what=st.sampled_from(sorted(ACTIONS)), cluster=ON_CLUSTERS, volume=ONE)
    def administrator(self, what: str, cluster: str, volume: str) -> None:
        self._admin_snapshots += 1
        intervene(self.life, what, cluster, volume, self._admin_snapshots)

    def _acceptance(self, call: calls.Call, how: str) -> dict[str, Any]:
        """What the user says after having read the refusal: nothing, the quote, too late, everything, the wrong name."""
        if how == "none":
            return {}
        if how == "unknown":
            return dict.fromkeys(VOLUMES, "unknown")
        if how == "of another":
            return {"stranger": "unknown"}
        quoted = self.life.losses(call)
        if how == "stale":
            self.clients_write(list(VOLUMES), 30)
        return quoted


class LivesOfAGroup(Lives):
    """All volumes go together, or none does."""

    group = "erp"


class ZapiLives(Lives):
    """The same over ZAPI."""

    use_rest = "never"


JUDGED: dict[str, int] = {}


def _settings(lives: int) -> settings:
    soak = int(os.environ.get(LIVES, "0"))
    return settings(
        max_examples=soak or lives,
        stateful_step_count=30 if soak else 25,
        derandomize=not soak,
        database=None,
        deadline=None,
        print_blob=False,
        phases=(Phase.generate,) if soak else (Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind, lives", [(Lives, 24), (LivesOfAGroup, 12), (ZapiLives, 3)])
def test_random_lives_never_lose_data_unasked(kind: type[Lives], lives: int) -> None:
    JUDGED.clear()
    run_state_machine_as_test(kind, settings=_settings(lives))
    print(f"judged: {JUDGED}")
    assert JUDGED["good"] > JUDGED["calls"] / 10, "hardly any call was good: these lives tell nothing"
