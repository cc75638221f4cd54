# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains side by side, stages one after another, an outcome for each step, and nothing unwritten in the journal."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.engine import execute as engine
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import SourceRecord, State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import SOURCE, Chain, Plan, Verdict
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Verb as V
from tests.unit.engine.world import (
    Act,
    World,
    chain,
    crash,
    fail_job,
    plan_of,
    refuse,
    step,
    unreachable,
)


@pytest.fixture
def world():
    return World()


def broken(world, name, *more, needs=()):
    """A chain that quiesces and breaks the mirror of *name*."""
    uuid = world.array.add_mirror(name).uuid
    quiesce = step(V.QUIESCE, name, uuid=uuid, timeout_s=60, on_timeout="abort")
    return chain(name, quiesce, step(V.BREAK, name, uuid=uuid), *more, needs=needs)


def mount_of(name, path=None):
    return step(V.MOUNT, name, uuid=f"v-{name}", junction_path=path or f"/{name}")


def test_an_empty_plan_asks_nothing(world):
    assert world.run(Plan()) == ()
    assert world.log.entries == []


def test_a_chain_goes_from_step_to_step_and_each_is_proven(world):
    outcomes = world.run(plan_of(broken(world, "v1", mount_of("v1"))))
    assert [(one.step.verb.value, one.status.value) for one in outcomes] == [
        ("quiesce", "done"),
        ("break", "done"),
        ("mount", "done"),
    ]
    assert world.array.of("v1").state is State.BROKEN_OFF
    assert world.array.kept_volumes["v1"].junction_path == "/v1"
    assert all(one.sent for one in outcomes)


def test_a_new_mirror_is_initialized_by_the_uuid_that_its_creation_gave(world):
    create = step(V.CREATE, "v1", source="prod:v1", policy="p", schedule=None, throttle_kbps=None)
    assert world.statuses(plan_of(chain("v1", create, step(V.INITIALIZE, "v1", wait=True)))) == ["done", "done"]
    assert world.array.of("v1").state is State.SNAPMIRRORED


def test_outcomes_stand_in_plan_order_whatever_ends_first(world):
    for name, late in (("v1", 9.0), ("v2", 1.0), ("v3", 4.0)):
        world.array.script("quiesce", name, Act(after_s=late))
    outcomes = world.run(plan_of(*(broken(world, name) for name in ("v1", "v2", "v3"))))
    assert [one.step.volume for one in outcomes] == ["v1", "v1", "v2", "v2", "v3", "v3"]


def test_fifty_quiesces_of_ten_seconds_take_about_ten_seconds(world):
    chains = []
    for name in (f"v{number}" for number in range(50)):
        uuid = world.array.add_mirror(name).uuid
        world.array.script("quiesce", name, Act(after_s=10.0))
        chains.append(chain(name, step(V.QUIESCE, name, uuid=uuid, timeout_s=60, on_timeout="abort")))
    assert world.statuses(plan_of(*chains)) == ["done"] * 50
    assert 10.0 <= world.elapsed_s < 14.0


def test_one_look_serves_all_that_waits(world):
    chains = []
    for name in (f"v{number}" for number in range(50)):
        uuid = world.array.add_mirror(name).uuid
        world.array.script("quiesce", name, Act(after_s=10.0))
        chains.append(chain(name, step(V.QUIESCE, name, uuid=uuid)))
    world.run(plan_of(*chains))
    assert world.log.reads("mirrors") == world.log.reads() <= 20
    assert max(count for kind, _what, count in world.log.entries if kind == "read") == 50


def test_the_jobs_of_all_are_asked_in_one_request(world):
    chains = []
    for name in (f"v{number}" for number in range(20)):
        uuid = world.array.add_mirror(name).uuid
        world.array.script("quiesce", name, Act(after_s=5.0, job="success"))
        chains.append(chain(name, step(V.QUIESCE, name, uuid=uuid)))
    assert world.statuses(plan_of(*chains)) == ["done"] * 20
    asked = [count for kind, what, count in world.log.entries if (kind, what) == ("read", "jobs")]
    assert asked
    assert set(asked) == {20}


def test_width_bounds_the_requests_under_way(world):
    gate, most = threading.Semaphore(0), []
    lock = threading.Lock()
    running = [0]
    mount = world.array.mount

    def slow_mount(uuid, junction_path):
        with lock:
            running[0] += 1
            most.append(running[0])
            if len(most) == 3:
                for _each in range(20):
                    gate.release()
        gate.acquire(timeout=5)
        with lock:
            running[0] -= 1
        return mount(uuid, junction_path)

    world.array.mount, world.array.many = slow_mount, False
    for number in range(12):
        world.array.add_mirror(f"v{number}", State.BROKEN_OFF)
    plan = plan_of(*(chain(f"v{number}", mount_of(f"v{number}")) for number in range(12)))
    assert world.statuses(plan, width=3) == ["done"] * 12
    assert max(most) == 3


def test_a_failed_volume_stops_nothing_else(world):
    chains = [broken(world, name, mount_of(name)) for name in ("v1", "v2", "v3")]
    world.array.script("break", "v2", refuse("13303818"))
    outcomes = world.run(plan_of(*chains))
    assert [one.status.value for one in outcomes if one.step.volume != "v2"] == ["done"] * 6
    assert [one.status.value for one in outcomes if one.step.volume == "v2"] == ["done", "failed", "not_reached"]
    assert world.log.writes("mount") and ("mount", "v2") not in world.log.writes("mount")


def test_a_tolerated_step_fails_and_its_chain_goes_on(world):
    comment = step(V.VOLUME_COMMENT, "v1", tolerated=True, uuid="v-v1", comment="ours")
    world.array.script("volume_comment", "v1", refuse("917628"))
    outcomes = world.run(plan_of(broken(world, "v1", comment, mount_of("v1"))))
    assert [one.status.value for one in outcomes] == ["done", "done", "failed", "done"]
    assert "917628" in outcomes[2].message


def test_a_tolerated_failure_does_not_keep_later_stages_back(world):
    comment = step(V.VOLUME_COMMENT, "v1", tolerated=True, uuid="v-v1", comment="ours")
    world.array.script("volume_comment", "v1", refuse("917628"))
    world.array.add_mirror("v1", State.BROKEN_OFF)
    plan = Plan(((chain("v1", comment),), (chain("v1", mount_of("v1")),)))
    assert world.statuses(plan) == ["failed", "done"]


def test_a_stage_waits_for_the_one_before(world):
    world.array.script("break", "v1", Act(after_s=7.0))
    plan = Plan(((broken(world, "v1"), broken(world, "v2")), (chain("v2", mount_of("v2")),)))
    outcomes = world.run(plan)
    assert [one.status.value for one in outcomes] == ["done"] * 5
    done = [one["event"] + " " + one["volume"] + " " + one["verb"] for one in world.journal.events]
    assert done.index("step_ended v1 break") < done.index("step_started v2 mount")


def test_a_later_stage_skips_what_failed_and_whoever_needs_it(world):
    stage = tuple(broken(world, name) for name in ("parent", "child", "other"))
    world.array.script("break", "parent", refuse("13303818"))
    mounts = (
        chain("parent", mount_of("parent")),
        chain("child", mount_of("child", "/parent/child"), needs=("parent",)),
        chain("other", mount_of("other")),
    )
    outcomes = world.run(Plan((stage, mounts)))
    told = {one.step.volume: (one.status.value, one.message) for one in outcomes[-3:]}
    assert told["child"] == ("not_reached", "not tried, since parent did not get this far")
    assert told["parent"][0] == "not_reached"
    assert told["other"][0] == "done"
    assert [target for _verb, target in world.log.writes("mount")] == ["other"]
    assert world.array.of("child").state is State.BROKEN_OFF


def test_whoever_needs_a_refused_volume_is_not_tried(world):
    world.array.add_mirror("child", State.BROKEN_OFF)
    mount = Chain("child", (mount_of("child", "/parent/child"),), ("parent",))
    plan = Plan(((mount,),), (Verdict("parent", refused="never initialized"), Verdict("child")))
    assert world.statuses(plan) == ["not_reached"]
    assert world.log.writes() == []


def test_every_request_is_in_the_journal_before_it_is_sent(world):
    create = step(V.CREATE, "new", source="prod:new", policy="p", schedule=None, throttle_kbps=None)
    hung = broken(world, "hung")
    world.array.add_transfer("hung")
    plan = plan_of(
        hung,
        broken(world, "v1", mount_of("v1")),
        chain("new", create, step(V.INITIALIZE, "new", wait=True)),
    )
    assert set(world.statuses(plan)) == {"done"}
    noted = set()  # an abort is journaled by a name of its own
    for kind, name, what in world.log.entries:
        if kind == "journal" and name in ("step_started", "transfer_aborted"):
            noted.add((what[0], what[1].partition(":")[2]))
        elif kind == "write":
            assert (name, what) in noted
    assert ("abort", "hung") in noted


def test_every_step_that_ended_is_in_the_journal(world):
    chains = [broken(world, name) for name in ("v1", "v2")]
    world.array.script("quiesce", "v1", refuse("13303818"))
    world.run(plan_of(*chains))
    ended = [
        (one["verb"], one["volume"], one["status"]) for one in world.journal.events if one["event"] == "step_ended"
    ]
    assert sorted(ended) == [("break", "v2", "done"), ("quiesce", "v1", "failed"), ("quiesce", "v2", "done")]


def test_an_array_that_takes_no_connection_is_unreachable_and_was_not_changed(world):
    world.array.script("quiesce", "v1", unreachable())
    (quiesce, rest) = world.run(plan_of(broken(world, "v1")))
    assert (quiesce.status.value, quiesce.sent, rest.status.value) == ("unreachable", False, "not_reached")


def test_a_refused_request_has_changed_nothing(world):
    world.array.script("quiesce", "v1", refuse("6", 403))
    assert [one.sent for one in world.run(plan_of(broken(world, "v1")))] == [False, False]


def test_a_failed_job_may_have_changed_something(world):
    world.array.script("quiesce", "v1", fail_job())
    assert world.run(plan_of(broken(world, "v1")))[0].sent


def test_a_mistake_of_ours_comes_to_light_and_nothing_more_is_sent(world, monkeypatch):
    """It neither hangs nor passes for an outcome; requests that wait for their turn stay unsent."""
    closed = threading.Event()

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait=True, *, cancel_futures=False):
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            closed.set()
            super().shutdown(wait=wait)

    monkeypatch.setattr(engine, "ThreadPoolExecutor", Pool)
    for number in range(9):
        world.array.add_mirror(f"v{number}", State.BROKEN_OFF)
    world.array.script("mount", "v0", crash())
    mount = world.array.mount

    def mount_when_closed(uuid, junction_path):
        if uuid != "v-v0":
            assert closed.wait(5)
        return mount(uuid, junction_path)

    world.array.mount = mount_when_closed
    with pytest.raises(TypeError, match="a mistake of ours"):
        world.run(plan_of(*(chain(f"v{number}", mount_of(f"v{number}")) for number in range(9))), width=1)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("destination", "source"))]
    assert len(world.log.writes("mount")) <= 2


def test_a_mistake_in_an_abort_comes_to_light(world):
    chains = broken(world, "v1")
    world.array.add_transfer("v1")
    world.array.script("abort", "v1", crash())
    with pytest.raises(TypeError, match="a mistake of ours"):
        world.run(plan_of(chains))


def test_a_journal_that_cannot_be_written_stops_the_run_before_the_request(world):
    def full(events):
        raise OSError("no space left on device")

    world.journal.record = full
    plan = plan_of(broken(world, "v1"))
    with pytest.raises(OSError, match="no space left"):
        world.run(plan)
    assert world.log.writes() == []


def test_both_sides_are_written_side_by_side(world):
    uuid = world.array.add_mirror("v1").uuid
    world.source.kept_records[uuid] = SourceRecord(Path("prod", "v1"), Path("dr", "v1"), uuid)
    delete = step(V.DELETE, "v1", uuid=uuid)
    release = step(V.RELEASE, "v1", side=SOURCE, uuid=uuid, keep_snapshots=True)
    assert world.statuses(plan_of(chain("v1", delete, release))) == ["done", "done"]
    assert world.array.kept_mirrors == {}
    assert world.source.kept_records == {}
