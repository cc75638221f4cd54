# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine makes of answers that are lost, refused, early or wrong, and of arrays that fall silent."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import AnswerLost, ApiError, Unreachable
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State, SvmPeer
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import SOURCE
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Verb as V
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import VolumeType
from tests.unit.engine.world import (
    BUSY,
    ILLEGAL,
    Act,
    World,
    chain,
    fail_job,
    lose,
    plan_of,
    refuse,
    step,
    unreachable,
)


@pytest.fixture
def world():
    return World()


def one(world, verb, name="v1", state=State.SNAPMIRRORED, allowed_s=600.0, **args):
    """The outcome of a single step on a mirror of that state."""
    uuid = world.array.add_mirror(name, state).uuid
    (outcome,) = world.run(plan_of(chain(name, step(verb, name, uuid=uuid, **args))), allowed_s)
    return outcome


def sends(world, verb):
    return len(world.log.writes(verb))


# -- lost answers


@pytest.mark.parametrize(
    "verb, wire, state, args",
    [
        pytest.param(V.BREAK, "break", State.PAUSED, {}, id="break"),
        pytest.param(V.RESUME, "resume", State.PAUSED, {}, id="resume"),
        pytest.param(V.DELETE, "delete", State.SNAPMIRRORED, {}, id="delete"),
        pytest.param(V.QUIESCE, "quiesce", State.SNAPMIRRORED, {}, id="quiesce"),
        pytest.param(V.MODIFY, "modify", State.SNAPMIRRORED, {"changes": {"schedule": "daily"}}, id="modify"),
        pytest.param(V.UPDATE, "update", State.SNAPMIRRORED, {"wait": True, "before": ("t0", None, "s0")}, id="update"),
        pytest.param(V.INITIALIZE, "initialize", State.UNINITIALIZED, {"wait": True}, id="initialize"),
    ],
)
@pytest.mark.parametrize("done", [True, False], ids=["it was done", "it was not done"])
def test_a_lost_answer_is_resolved_by_looking(world, verb, wire, state, args, done):
    """Sent again only where nothing shows that it happened, and then only after the second look."""
    world.array.script(wire, "v1", lose(done))
    outcome = one(world, verb, state=state, **args)
    assert outcome.status.value == "done"
    assert outcome.sent
    assert sends(world, wire) == (1 if done else 2)
    if not done:
        entries = [(kind, name) for kind, name, _rest in world.log.entries if kind in ("read", "write")]
        first, second = [number for number, entry in enumerate(entries) if entry == ("write", wire)]
        assert entries[first + 1 : second].count(("read", "mirrors")) == 2


def test_a_transfer_whose_start_was_lost_runs_on_for_as_long_as_it_takes(world):
    """Seen to run, it needs no second request and no doubt ends it."""
    world.array.transfer_s = 300.0
    world.array.script("initialize", "v1", lose(True))
    outcome = one(world, V.INITIALIZE, state=State.UNINITIALIZED, wait=True)
    assert (outcome.status.value, sends(world, "initialize")) == ("done", 1)
    assert outcome.seconds >= 300.0


def test_a_transfer_whose_start_was_lost_is_in_progress_at_the_deadline(world):
    world.array.transfer_s = 3000.0
    world.array.script("initialize", "v1", lose(True))
    outcome = one(world, V.INITIALIZE, state=State.UNINITIALIZED, wait=True, allowed_s=60.0)
    assert outcome.status.value == "in_progress"


def test_a_volume_that_comes_late_is_not_created_twice(world):
    """The lost request was on its way; what the second one is told (a duplicate) is no failure."""
    spec = {"source": "prod:v1", "size_bytes": 10, "aggregates": ["aggr1"]}
    world.array.script("volume_create", "v1", Act(AnswerLost("lost"), after_s=0.4), Act(after_s=0.0))
    (outcome,) = world.run(plan_of(chain("v1", step(V.VOLUME_CREATE, "v1", **spec))))
    assert outcome.status.value == "done"
    assert sends(world, "volume_create") <= 2
    assert world.array.kept_volumes["v1"].size_bytes == 10


def test_a_duplicate_after_a_lost_answer_waits_for_the_first_to_show(world):
    spec = {"source": "prod:v1", "size_bytes": 10, "aggregates": ["aggr1"]}
    world.array.script("volume_create", "v1", Act(AnswerLost("lost"), after_s=9.0), refuse("1"), refuse("1"))
    (outcome,) = world.run(plan_of(chain("v1", step(V.VOLUME_CREATE, "v1", **spec))))
    assert (outcome.status.value, sends(world, "volume_create")) == ("done", 2)


def test_three_lost_answers_are_the_end_of_sending(world):
    world.array.always["break"] = lose(False)
    outcome = one(world, V.BREAK, state=State.PAUSED)
    assert (outcome.status.value, sends(world, "break")) == ("failed", 3)
    assert "lost" in outcome.message
    assert outcome.sent
    assert 30.0 <= outcome.seconds < 60.0


def test_busy_answers_do_not_use_up_the_tries_of_a_lost_one(world):
    world.array.script("break", "v1", *[refuse(BUSY)] * 5, lose(False))
    assert one(world, V.BREAK, state=State.PAUSED).status.value == "done"
    assert sends(world, "break") == 7


def test_an_array_that_dies_after_a_lost_answer_leaves_it_unknown(world):
    world.array.script("break", "v1", lose(False), unreachable())
    outcome = one(world, V.BREAK, state=State.PAUSED)
    assert (outcome.status.value, outcome.sent) == ("failed", True)
    assert "connection refused" in outcome.message


# -- refusals


@pytest.mark.parametrize("code", ["13303830", "13303844", "13303812", "13303813"])
def test_a_busy_relationship_is_asked_again_until_it_is_free(world, code):
    world.array.script("break", "v1", *[refuse(code)] * 4)
    assert one(world, V.BREAK, state=State.PAUSED).status.value == "done"
    assert sends(world, "break") == 5


def test_a_relationship_that_stays_busy_fails_with_its_code_at_the_time_out(world):
    world.array.always["break"] = refuse(BUSY)
    outcome = one(world, V.BREAK, state=State.PAUSED, allowed_s=100.0)
    assert outcome.status.value == "failed"
    assert BUSY in outcome.message
    assert 99.0 <= outcome.seconds <= 101.0


def test_any_other_refusal_is_final_and_tells_the_code(world):
    world.array.script("break", "v1", refuse(ILLEGAL))
    outcome = one(world, V.BREAK, state=State.PAUSED)
    assert (outcome.status.value, sends(world, "break")) == ("failed", 1)
    assert outcome.message == f"refused (ONTAP code {ILLEGAL})"
    assert outcome.seconds < 1.0


def test_a_code_that_the_message_names_is_not_told_twice(world):
    world.array.script("break", "v1", Act(ApiError(f"refused (error {ILLEGAL}, status 409)", 409, ILLEGAL), does=False))
    assert one(world, V.BREAK, state=State.PAUSED).message.count(ILLEGAL) == 1


def test_a_refusal_of_what_is_so_already_is_fine(world):
    """Another run was faster: the state is what counts."""
    world.array.add_mirror("v1", State.BROKEN_OFF)
    world.array.script("mount", "v1", Act(ApiError("already mounted", 409, "917000")))
    mount = step(V.MOUNT, "v1", uuid="v-v1", junction_path="/v1")
    assert world.statuses(plan_of(chain("v1", mount))) == ["done"]


def test_a_mirror_of_another_source_is_not_taken_for_ours(world):
    """The destination was taken by another run between looking and creating."""
    theirs = world.array.add_mirror("v1", State.UNINITIALIZED)
    world.array.change(theirs.uuid, source=Path("other", "v9"))
    create = step(V.CREATE, "v1", source="prod:v1", policy="p", schedule=None, throttle_kbps=None)
    outcomes = world.run(plan_of(chain("v1", create, step(V.INITIALIZE, "v1", wait=True))))
    assert [told.status.value for told in outcomes] == ["failed", "not_reached"]
    assert sends(world, "initialize") == 0
    assert not outcomes[0].sent


def test_a_writable_volume_is_not_taken_for_the_target_that_was_asked_for(world):
    world.array.add_mirror("v1", State.BROKEN_OFF)
    spec = {"source": "prod:v1", "size_bytes": 10, "aggregates": ["aggr1"]}
    (outcome,) = world.run(plan_of(chain("v1", step(V.VOLUME_CREATE, "v1", **spec))))
    assert outcome.status.value == "failed"
    assert world.array.kept_volumes["v1"].type is VolumeType.RW


# -- jobs


def test_a_job_that_fails_is_told_with_its_code_and_id(world):
    world.array.script("quiesce", "v1", fail_job("917536"))
    outcome = one(world, V.QUIESCE)
    assert outcome.status.value == "failed"
    assert "917536" in outcome.message
    assert outcome.job
    assert outcome.job in outcome.message


def test_a_job_that_ended_well_proves_nothing(world):
    """Requested is not reached: the state decides."""
    world.array.script("quiesce", "v1", Act(does=False, job="success"))
    outcome = one(world, V.QUIESCE, allowed_s=50.0)
    assert outcome.status.value == "failed"
    assert "mirror snapmirrored" in outcome.message


def test_a_forgotten_job_is_no_failure(world):
    world.array.script("quiesce", "v1", Act(job="success", after_s=20.0))
    world.array._job = lambda uuid, now: type(world.array)._job(world.array, "nobody", now)
    assert one(world, V.QUIESCE).status.value == "done"


def test_jobs_that_may_not_be_read_are_no_hindrance(world):
    world.array.jobs_unreadable = True
    world.array.script("quiesce", "v1", Act(job="success", after_s=120.0))
    assert one(world, V.QUIESCE).status.value == "done"


def test_a_failed_transfer_of_the_past_does_not_end_a_new_try(world):
    """The job has not begun yet, and the relationship still shows how the last transfer ended."""
    bad = {"transfer_state": "aborted", "transfer_uuid": "t0", "transfer_end_time": "then"}
    uuid = world.array.add_mirror("v1", State.BROKEN_OFF, **bad).uuid
    world.array.script("resync", "v1", Act(job="success", after_s=5.0))
    before = world.array.of("v1").transfer_mark
    resync = step(V.RESYNC, "v1", uuid=uuid, wait=True, before=before)
    assert world.statuses(plan_of(chain("v1", resync))) == ["done"]
    assert world.array.of("v1").state is State.SNAPMIRRORED


def test_a_baseline_that_fails_is_told_at_once(world):
    uuid = world.array.add_mirror("v1", State.UNINITIALIZED, transfer_state=None, transfer_uuid=None).uuid
    failed = {"transfer_state": "failed", "transfer_uuid": "t9", "unhealthy_reasons": ("no space (5)",)}
    world.array.initialize = lambda uuid, synchronous: world.array.change(uuid, **failed)
    (outcome,) = world.run(plan_of(chain("v1", step(V.INITIALIZE, "v1", uuid=uuid, wait=True))))
    assert outcome.status.value == "failed"
    assert "no space" in outcome.message
    assert outcome.seconds < 5.0


def test_nothing_is_hopeless_while_its_job_runs(world):
    """An array may show a volume offline while it is being made."""
    spec = {"source": "prod:v1", "size_bytes": 10, "aggregates": ["aggr1"]}
    world.array.add_mirror("v1")
    world.array.change_volume("v1", state="offline")
    world.array.script("volume_create", "v1", Act(does=False, job="success", after_s=20.0))
    world.array._do(19.0, lambda: world.array.change_volume("v1", state="online"))
    (outcome,) = world.run(plan_of(chain("v1", step(V.VOLUME_CREATE, "v1", **spec))))
    assert outcome.status.value == "done"


# -- requests that were taken and then forgotten

TRANSFERS = pytest.mark.parametrize(
    "verb, wire, state",
    [
        pytest.param(V.INITIALIZE, "initialize", State.UNINITIALIZED, id="initialize"),
        pytest.param(V.RESYNC, "resync", State.BROKEN_OFF, id="resync"),
        pytest.param(V.UPDATE, "update", State.SNAPMIRRORED, id="update"),
    ],
)
FORGETS = Act(does=False)
FORGETS_AND_SAYS_DONE = Act(does=False, job="success")


def transfer_of(world, verb, state, **more):
    return one(world, verb, state=state, wait=True, before=("t0", None, "s0"), **more)


@TRANSFERS
@pytest.mark.parametrize("act", [FORGETS, FORGETS_AND_SAYS_DONE], ids=["without a job", "with a job that ended"])
def test_a_transfer_that_the_array_forgot_is_asked_for_once_more(world, verb, wire, state, act):
    world.array.script(wire, "v1", act)
    outcome = transfer_of(world, verb, state)
    assert (outcome.status.value, sends(world, wire)) == ("done", 2)
    assert 30.0 <= outcome.seconds < 60.0


@TRANSFERS
def test_a_transfer_that_is_forgotten_twice_has_failed(world, verb, wire, state):
    world.array.always[wire] = FORGETS
    outcome = transfer_of(world, verb, state, allowed_s=3600.0)
    assert (outcome.status.value, outcome.sent, sends(world, wire)) == ("failed", True, 2)
    assert "nothing shows that it has begun" in outcome.message
    assert 60.0 <= outcome.seconds < 90.0


@TRANSFERS
def test_what_does_not_show_is_not_in_progress(world, verb, wire, state):
    """The time is up before the doubt is."""
    world.array.script(wire, "v1", FORGETS)
    outcome = transfer_of(world, verb, state, allowed_s=20.0)
    assert (outcome.status.value, sends(world, wire)) == ("failed", 1)
    assert "nothing shows that it has begun" in outcome.message


@TRANSFERS
def test_a_transfer_that_begins_late_is_asked_for_once(world, verb, wire, state):
    world.array.script(wire, "v1", Act(after_s=20.0))
    assert (transfer_of(world, verb, state).status.value, sends(world, wire)) == ("done", 1)


@pytest.mark.parametrize(
    "told", [ApiError("busy", 409, BUSY), ApiError("no", 409, ILLEGAL), Unreachable("gone")], ids=["busy", "no", "gone"]
)
@pytest.mark.parametrize("allowed_s, status", [(600.0, "done"), (200.0, "in_progress")])
def test_a_transfer_that_runs_after_all_is_followed_whatever_its_second_request_was_told(
    world, told, allowed_s, status
):
    world.array.transfer_s = 300.0
    world.array.script("resync", "v1", FORGETS, Act(told, does=True))
    outcome = transfer_of(world, V.RESYNC, State.BROKEN_OFF, allowed_s=allowed_s)
    assert (outcome.status.value, sends(world, "resync")) == (status, 2)


def test_a_transfer_that_vanishes_without_an_end_is_asked_for_again(world):
    """The array restarted, and knows nothing of it."""
    world.array.hanging.add("v1")
    uuid = world.array.add_mirror("v1", State.BROKEN_OFF).uuid
    vanished = {"transfer_state": "success", "transfer_uuid": "t0", "transfer_end_time": None}

    def restart():
        world.array.hanging.clear()
        world.array.change(uuid, **vanished)

    world.array._do(100.0, restart)
    resync = step(V.RESYNC, "v1", uuid=uuid, wait=True)
    assert world.statuses(plan_of(chain("v1", resync))) == ["done"]
    assert sends(world, "resync") == 2
    assert 130.0 <= world.elapsed_s < 160.0


def test_the_silence_of_an_array_is_no_trace_of_forgetting(world):
    world.array.script("resync", "v1", Act(after_s=55.0))
    world.array.silence = (1001.0, 1050.0)
    assert transfer_of(world, V.RESYNC, State.BROKEN_OFF).status.value == "done"
    assert sends(world, "resync") == 1


# -- updates


@pytest.mark.parametrize("names_told", [True, False], ids=["transfers have names", "ended transfers have none"])
def test_an_update_is_a_transfer_after_the_one_that_was_running(world, names_told):
    """What ran before the request holds none of the newest writes, so its end must not pass for the update's."""
    world.array.names_told = names_told
    world.array.add_mirror("v1")
    world.array.add_transfer("v1", 5.0)
    (have,) = world.array.mirrors()
    running = world.array.of("v1").transfer_uuid
    world.array.script("update", "v1", Act(after_s=3.0))
    plan = plan_of(
        chain(
            "v1",
            step(V.AWAIT_IDLE, "v1", uuid=have.uuid),
            step(V.UPDATE, "v1", uuid=have.uuid, wait=True, before=have.transfer_mark),
        )
    )
    assert world.statuses(plan) == ["done", "done"]
    assert world.array.of("v1").exported_snapshot not in ("s0", running)


def test_an_update_that_is_not_awaited_ends_when_its_transfer_is_seen(world):
    world.array.transfer_s = 1000.0
    outcome = one(world, V.UPDATE, wait=False, before=("t0", None, "s0"))
    assert outcome.status.value == "done"
    assert outcome.seconds < 5.0


def test_an_update_of_a_mirror_that_was_broken_meanwhile_fails(world):
    outcome = one(world, V.UPDATE, state=State.BROKEN_OFF, wait=True, before=("t0", None, "s0"))
    assert (outcome.status.value, "no longer replicating" in outcome.message) == ("failed", True)


def test_an_awaited_baseline_must_arrive(world):
    """Idle is not enough: a baseline that was aborted leaves nothing to fail over to."""
    uuid = world.array.add_mirror("v1", State.UNINITIALIZED).uuid
    world.array.add_transfer("v1")
    transfer = world.array.of("v1").transfer_uuid
    world.array._do(10.0, lambda: world.array.change(uuid, transfer_state="aborted", transfer_uuid=transfer))
    (outcome,) = world.run(plan_of(chain("v1", step(V.AWAIT_IDLE, "v1", uuid=uuid, initialized=True))))
    assert (outcome.status.value, outcome.sent) == ("failed", False)


def test_a_mirror_that_was_broken_meanwhile_is_not_paused(world):
    assert one(world, V.QUIESCE, state=State.BROKEN_OFF).status.value == "failed"


# -- silence


def test_a_short_silence_is_sat_out(world):
    world.array.script("quiesce", "v1", Act(after_s=5.0))
    world.array.silence = (1001.0, 1040.0)
    assert one(world, V.QUIESCE).status.value == "done"


def test_a_long_silence_ends_in_unreachable_and_unknown(world):
    world.array.script("quiesce", "v1", Act(after_s=5.0))
    world.array.silence = (1001.0, 9999.0)
    outcome = one(world, V.QUIESCE)
    assert outcome.status.value == "unreachable"
    assert "unknown" in outcome.message
    assert outcome.sent
    assert 60.0 <= outcome.seconds < 80.0


def test_a_transfer_is_not_in_progress_where_nobody_can_see_it(world):
    world.array.transfer_s = 500.0
    world.array.silence = (1010.0, 9999.0)
    outcome = one(world, V.INITIALIZE, state=State.UNINITIALIZED, wait=True, allowed_s=30.0)
    assert (outcome.status.value, "unknown" in outcome.message) == ("unreachable", True)


def test_each_silence_is_counted_on_its_own(world):
    """Two short ones are not one long one."""
    world.array.script("quiesce", "v1", Act(after_s=200.0))
    uuid = world.array.add_mirror("v1").uuid
    blips = [None, Unreachable("blip"), Unreachable("blip"), None]
    world.array.read_faults = blips * 30
    assert world.statuses(plan_of(chain("v1", step(V.QUIESCE, "v1", uuid=uuid)))) == ["done"]


def test_one_silent_side_does_not_touch_the_other(world):
    world.source.silence = (0.0, 9999.0)
    uuid = world.array.add_mirror("v1").uuid
    unmount = step(V.UNMOUNT, "v2", side=SOURCE, uuid="v-v2")
    outcomes = world.run(plan_of(chain("v1", step(V.QUIESCE, "v1", uuid=uuid)), chain("v2", unmount)))
    assert [told.status.value for told in outcomes] == ["done", "unreachable"]


# -- what is not there yet


def test_a_peering_that_the_other_side_has_not_heard_of_is_accepted_later(world):
    def heard():
        world.source.kept_peers["p1"] = SvmPeer("dr", "prod", "dr", None, "pending", ("snapmirror",), "p1")

    world.source._do(4.0, heard)
    accept = step(V.PEER_ACCEPT, "prod<>dr", side=SOURCE, peer_svm="dr", peer_cluster=None)
    assert world.statuses(plan_of(chain("prod<>dr", accept))) == ["done"]
    assert sends(world, "peer_accept") == 1


def test_a_peering_that_never_comes_fails_and_nothing_was_sent(world):
    accept = step(V.PEER_ACCEPT, "prod<>dr", side=SOURCE, peer_svm="dr", peer_cluster=None)
    (outcome,) = world.run(plan_of(chain("prod<>dr", accept)), 60.0)
    assert (outcome.status.value, outcome.sent) == ("failed", False)
    assert "not heard of a peering" in outcome.message


def test_a_step_without_a_relationship_sends_nothing(world):
    (outcome,) = world.run(plan_of(chain("v1", step(V.QUIESCE, "v1"))))
    assert (outcome.status.value, outcome.sent) == ("failed", False)
    assert world.log.writes() == []


def test_a_relationship_is_found_by_its_destination_where_the_plan_knows_no_uuid(world):
    world.array.add_mirror("v1")
    assert world.statuses(plan_of(chain("v1", step(V.QUIESCE, "v1")))) == ["done"]
