# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that go out together: one request for many, one outcome for each."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.array import Job
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import ApiError
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Verb as V
from ansible_collections.ontap.data_motion.plugins.module_utils.model.told import Told
from tests.unit.engine.world import ILLEGAL, Act, World, chain, fail_job, lose, plan_of, refuse, step

NAMES = [f"v{number}" for number in range(6)]


@pytest.fixture
def world():
    return World()


def bulk(world):
    return [(kind, count) for name, kind, count in world.log.entries if name == "bulk"]


def failover(world, names):
    chains = []
    for name in names:
        uuid = world.array.add_mirror(name).uuid
        quiesce = step(V.QUIESCE, name, uuid=uuid, timeout_s=60.0, on_timeout="abort")
        mount = step(V.MOUNT, name, uuid=f"v-{name}", junction_path=f"/{name}")
        chains.append(chain(name, quiesce, step(V.BREAK, name, uuid=uuid), mount))
    return plan_of(*chains)


def create_of(name, **more):
    create = step(V.CREATE, name, source=f"prod:{name}", policy="p", schedule=None, throttle_kbps=None)
    return chain(name, create, step(V.INITIALIZE, name, wait=True, **more))


def spec_of(name):
    return chain(name, step(V.VOLUME_CREATE, name, source=f"prod:{name}", size_bytes=10, aggregates=["aggr1"]))


def failed(outcomes):
    return {one.step.volume: one.message for one in outcomes if one.status.value == "failed"}


def test_a_failover_of_many_takes_three_requests_for_each_fifty(world):
    assert set(world.statuses(failover(world, [f"v{number}" for number in range(120)]))) == {"done"}
    assert sorted(bulk(world)) == sorted([("query", 50), ("query", 50), ("query", 20)] * 2 + [("records", 50)] * 2 + [("records", 20)])  # fmt: skip


def test_an_array_that_takes_one_at_a_time_gets_one_at_a_time(world):
    world.array.many = False
    assert set(world.statuses(failover(world, NAMES))) == {"done"}
    assert bulk(world) == []


@pytest.mark.parametrize("verb", ["quiesce", "break"])
def test_what_is_refused_for_one_is_done_for_the_others_and_asked_for_once(world, verb):
    world.array.script(verb, "v2", refuse(ILLEGAL))
    outcomes = world.run(failover(world, NAMES))
    assert failed(outcomes) == {"v2": f"refused (ONTAP code {ILLEGAL})"}
    assert len(world.log.writes(verb)) == len(NAMES)


def test_several_that_are_refused_together_each_get_their_own_answer(world):
    world.array.script("break", "v2", refuse("1"), refuse("2"))
    world.array.script("break", "v4", refuse("1"))
    outcomes = world.run(failover(world, NAMES))
    assert failed(outcomes) == {"v2": "refused (ONTAP code 2)"}


def test_a_job_that_fails_is_told_of_the_volume_that_it_was_for(world):
    """Which of the jobs is whose is not told, so each that is not proven is asked for alone."""
    world.array.script("break", "v2", fail_job("917536"), fail_job("917536"))
    outcomes = world.run(failover(world, NAMES))
    assert list(failed(outcomes)) == ["v2"]
    assert len(world.log.writes("break")) == len(NAMES) + 1


def test_a_lost_answer_of_many_is_resolved_by_looking(world):
    world.array.script("break", "v3", lose(done=False))
    assert set(world.statuses(failover(world, NAMES))) == {"done"}
    assert world.log.writes("break").count(("break", "v3")) == 2
    assert len(world.log.writes("break")) == len(NAMES) + 1


def test_what_the_array_takes_back_was_never_done(world):
    """A body of records is all or nothing on some releases: what is seen of it counts when its job has ended well."""
    array, alone = world.array, []

    def create_many(specs):
        for spec in specs:
            array.volume_create(spec)
        array.kept_jobs["j"] = (world.clock.now() + 3.0, Job("j", "failure", "918194", "no space for v2"))
        array._do(3.0, lambda: [array.kept_volumes.pop(spec.name) for spec in specs])
        return [Told(("j",), shared=True, revocable=True)] * len(specs)

    make = array.volume_create

    def create(spec):
        if world.clock.now() > 1002.0:
            alone.append(spec.name)
            if spec.name == "v2":
                raise ApiError("no space", 400, "918194")
        return make(spec)

    array.volume_create_many, array.volume_create = create_many, create
    outcomes = world.run(plan_of(*map(spec_of, NAMES)))
    assert failed(outcomes) == {"v2": "no space (ONTAP code 918194)"}
    assert (sorted(alone), sorted(array.kept_volumes)) == (NAMES, [name for name in NAMES if name != "v2"])


def test_jobs_that_may_not_be_read_do_not_hold_back_what_is_seen(world):
    world.array.jobs_unreadable = True
    world.array.always["volume_create"] = Act(job="success", after_s=1.0)
    assert world.statuses(plan_of(*map(spec_of, NAMES))) == ["done"] * len(NAMES)


def test_new_mirrors_are_made_and_initialized_together(world):
    assert set(world.statuses(plan_of(*map(create_of, NAMES)))) == {"done"}
    assert bulk(world) == [("records", len(NAMES)), ("query", len(NAMES))]


@pytest.mark.parametrize("policy_type", ["sync", None])
def test_only_what_is_known_to_be_asynchronous_is_initialized_by_state(world, policy_type):
    world.array.policy_type = policy_type
    assert set(world.statuses(plan_of(*map(create_of, NAMES)))) == {"done"}
    assert bulk(world) == [("records", len(NAMES))]


def test_a_break_to_an_older_snapshot_goes_alone(world):
    chains = []
    for name in NAMES:
        uuid = world.array.add_mirror(name, State.PAUSED).uuid
        chains.append(chain(name, step(V.BREAK, name, uuid=uuid, snapshot="daily.1" if name == "v0" else None)))
    assert set(world.statuses(plan_of(*chains))) == {"done"}
    assert bulk(world) == [("query", len(NAMES) - 1)]


def test_ready_volumes_are_broken_and_mounted_while_stragglers_are_awaited(world):
    plan = failover(world, NAMES)
    world.array.add_transfer("v0", 30.0)
    world.array.add_transfer("v1")
    outcomes = world.run(plan)
    ended = {}
    for one in outcomes:
        ended[one.step.volume] = ended.get(one.step.volume, 0.0) + one.seconds
    assert {one.status.value for one in outcomes} == {"done"}
    assert all(ended[name] < 2.0 for name in NAMES[2:])
    assert 29.0 < ended["v0"] < 40.0
    assert 60.0 <= ended["v1"] < 70.0
