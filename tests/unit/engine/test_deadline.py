# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One deadline: what it means for each verb, and the abort of a quiesce that takes too long."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Plan
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Verb as V
from tests.unit.engine.world import Act, World, chain, lose, plan_of, refuse, step, unreachable


@pytest.fixture
def world():
    return World()


def hung(world, name="v1", quiesce_timeout_s=60.0, on_timeout="abort"):
    """The break of a mirror whose transfer hangs."""
    uuid = world.array.add_mirror(name).uuid
    world.array.add_transfer(name)
    quiesce = step(V.QUIESCE, name, uuid=uuid, timeout_s=quiesce_timeout_s, on_timeout=on_timeout)
    return plan_of(chain(name, quiesce, step(V.BREAK, name, uuid=uuid)))


@pytest.mark.parametrize(
    "verb, state",
    [(V.INITIALIZE, State.UNINITIALIZED), (V.UPDATE, State.SNAPMIRRORED), (V.RESYNC, State.BROKEN_OFF)],
    ids=["initialize", "update", "resync"],
)
def test_a_transfer_that_outlasts_the_deadline_is_in_progress(world, verb, state):
    uuid = world.array.add_mirror("v1", state).uuid
    world.array.transfer_s = 10_000.0
    transfer = step(verb, "v1", uuid=uuid, wait=True, before=world.array.of("v1").transfer_mark)
    outcomes = world.run(plan_of(chain("v1", transfer, step(V.QUIESCE, "v1", uuid=uuid))), 120.0)
    assert [one.status.value for one in outcomes] == ["in_progress", "not_reached"]
    assert world.elapsed_s == pytest.approx(120.0)


@pytest.mark.parametrize(
    "verb, state, args",
    [
        (V.BREAK, State.PAUSED, {}),
        (V.MOUNT, State.BROKEN_OFF, {"junction_path": "/v1"}),
        (V.RESUME, State.PAUSED, {}),
        (V.DELETE, State.PAUSED, {}),
    ],
    ids=lambda value: getattr(value, "value", None),
)
def test_any_other_step_that_is_not_proven_by_the_deadline_has_failed(world, verb, state, args):
    uuid = world.array.add_mirror("v1", state).uuid
    wire = {"break": "break", "mount": "mount", "resume": "resume", "delete": "delete"}[verb.value]
    world.array.always[wire] = Act(does=False)
    uuid = "v-v1" if verb is V.MOUNT else uuid
    (outcome,) = world.run(plan_of(chain("v1", step(verb, "v1", uuid=uuid, **args))), 45.0)
    assert outcome.status.value == "failed"
    assert "last seen" in outcome.message
    assert world.elapsed_s == pytest.approx(45.0)


def test_a_transfer_that_ended_just_in_time_is_done(world):
    """The last look is at the deadline, not before it."""
    uuid = world.array.add_mirror("v1", State.UNINITIALIZED).uuid
    world.array.transfer_s = 119.9
    assert world.statuses(plan_of(chain("v1", step(V.INITIALIZE, "v1", uuid=uuid, wait=True))), 120.0) == ["done"]


def test_nothing_is_in_progress_that_was_never_taken(world):
    uuid = world.array.add_mirror("v1", State.UNINITIALIZED).uuid
    world.array.always["initialize"] = refuse("13303844")
    (outcome,) = world.run(plan_of(chain("v1", step(V.INITIALIZE, "v1", uuid=uuid, wait=True))), 60.0)
    assert (outcome.status.value, outcome.sent) == ("failed", False)


def test_no_verdict_without_a_look(world):
    """A step that begins when the time is up is still looked at once."""
    uuid = world.array.add_mirror("v1").uuid
    world.array.script("update", "v1", Act(costs_s=500.0))
    world.array.transfer_s = 1.0
    update = step(V.UPDATE, "v1", uuid=uuid, wait=False, before=("t0", None, "s0"))
    outcomes = world.run(plan_of(chain("v1", update, step(V.AWAIT_IDLE, "v1", uuid=uuid))), 100.0)
    assert [one.status.value for one in outcomes] == ["done", "in_progress"]
    assert "mirror snapmirrored" in outcomes[1].message


# -- quiesce


def test_a_quiesce_is_aborted_at_its_time_out_and_the_break_follows(world):
    outcomes = world.run(hung(world))
    assert [one.status.value for one in outcomes] == ["done", "done"]
    assert "aborted" in outcomes[0].message
    assert 60.0 <= outcomes[0].seconds < 70.0
    assert world.log.writes("abort") == [("abort", "v1")]


def test_a_quiesce_time_out_of_zero_aborts_at_once(world):
    outcomes = world.run(hung(world, quiesce_timeout_s=0.0))
    assert [one.status.value for one in outcomes] == ["done", "done"]
    assert world.elapsed_s < 3.0


def test_fail_on_timeout_fails_and_aborts_nothing(world):
    """So it is for synchronous mirrors too: abort takes them out of sync."""
    outcomes = world.run(hung(world, on_timeout="fail"))
    assert [one.status.value for one in outcomes] == ["failed", "not_reached"]
    assert world.log.writes("abort") == []
    assert 60.0 <= world.elapsed_s < 62.0
    assert world.array.of("v1").state is State.SNAPMIRRORED


def test_a_transfer_that_ends_in_time_is_not_aborted(world):
    uuid = world.array.add_mirror("v1").uuid
    world.array.add_transfer("v1", 40.0)
    quiesce = step(V.QUIESCE, "v1", uuid=uuid, timeout_s=60.0, on_timeout="abort")
    assert world.statuses(plan_of(chain("v1", quiesce))) == ["done"]
    assert world.log.writes("abort") == []


@pytest.mark.parametrize(
    "answer", [lose(False), refuse("13303830"), unreachable()], ids=["lost", "busy", "unreachable"]
)
def test_an_abort_that_did_not_come_through_is_repeated(world, answer):
    world.array.script("abort", "v1", answer)
    outcomes = world.run(hung(world))
    assert [one.status.value for one in outcomes] == ["done", "done"]
    assert len(world.log.writes("abort")) == 2


def test_an_abort_whose_answer_was_lost_is_not_repeated_when_it_worked(world):
    world.array.script("abort", "v1", lose(True))
    assert world.statuses(hung(world)) == ["done", "done"]
    assert len(world.log.writes("abort")) == 1


def test_the_job_of_an_abort_is_not_the_job_of_the_quiesce(world):
    """A transfer that just ended makes its abort fail; the quiesce goes on."""
    world.array.script("abort", "v1", Act(job="failure", code="4"))
    (quiesce, _break) = world.run(hung(world))
    assert quiesce.status.value == "done"


@pytest.mark.parametrize("done", [True, False], ids=["it was done", "it was not done"])
def test_a_lost_quiesce_is_resolved_although_an_abort_came_between(world, done):
    world.array.script("quiesce", "v1", lose(done))
    outcomes = world.run(hung(world, quiesce_timeout_s=0.0), 600.0)
    assert [one.status.value for one in outcomes] == ["done", "done"]
    assert world.elapsed_s < 60.0


def test_a_busy_quiesce_is_still_aborted_at_its_time_out(world):
    """The transfer that makes it busy is the one that hangs."""
    plan = hung(world)
    quiesce = world.array.quiesce

    def busy_while_transferring(uuid):
        if world.array.kept_mirrors[uuid].transferring:
            world.array.script("quiesce", "v1", refuse("13303844"))
        return quiesce(uuid)

    world.array.quiesce = busy_while_transferring
    assert world.statuses(plan) == ["done", "done"]
    assert 60.0 <= world.elapsed_s < 75.0


def test_a_queued_transfer_that_has_no_name_yet_is_aborted_as_soon_as_it_has(world):
    plan = hung(world, quiesce_timeout_s=10.0)
    uuid = world.array.of("v1").uuid
    world.array.change(uuid, transfer_state="queued", transfer_uuid=None)
    world.array._do(30.0, lambda: world.array.change(uuid, transfer_state="transferring", transfer_uuid="t77"))
    assert world.statuses(plan) == ["done", "done"]
    assert 30.0 <= world.elapsed_s < 45.0


def test_a_quiesce_that_no_abort_can_end_fails_at_the_deadline(world):
    world.array.always["abort"] = refuse("13303848")
    outcomes = world.run(hung(world), 300.0)
    assert [one.status.value for one in outcomes] == ["failed", "not_reached"]
    assert world.elapsed_s == pytest.approx(300.0)


def test_no_abort_is_decided_on_an_old_look(world):
    world.array.silence = (1030.0, 1085.0)
    assert world.statuses(hung(world)) == ["done", "done"]
    aborts = [number for number, entry in enumerate(world.log.entries) if entry[:2] == ("write", "abort")]
    assert len(aborts) == 1
    assert world.elapsed_s >= 85.0


def test_hung_and_quick_quiesces_do_not_wait_for_each_other(world):
    slow = hung(world, "slow").stages[0]
    quick = [world.array.add_mirror(f"v{number}") for number in range(5)]
    chains = tuple(
        chain(
            mirror.destination.volume,
            step(V.QUIESCE, mirror.destination.volume, uuid=mirror.uuid, timeout_s=60.0, on_timeout="abort"),
            step(V.BREAK, mirror.destination.volume, uuid=mirror.uuid),
        )
        for mirror in quick
    )
    outcomes = world.run(Plan((slow + chains,)))
    assert {one.status.value for one in outcomes} == {"done"}
    assert all(one.seconds < 5.0 for one in outcomes if one.step.volume != "slow")
