# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the plan and whatever goes wrong: the run ends, tells of every step, and never claims what is not so."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import Unreachable
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import SourceRecord, State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import SOURCE, Chain, Plan
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Verb as V
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import VolumeType
from tests.unit.engine.world import BUSY, ILLEGAL, Act, World, fail_job, lose, refuse, step, unreachable

WIRE = {
    V.QUIESCE: "quiesce",
    V.BREAK: "break",
    V.MOUNT: "mount",
    V.CREATE: "create",
    V.INITIALIZE: "initialize",
    V.UPDATE: "update",
    V.DELETE: "delete",
    V.RELEASE: "release",
    V.RESUME: "resume",
    V.VOLUME_COMMENT: "volume_comment",
}
FAULTS = {
    "fine": Act,
    "lost, done": lambda: lose(True),
    "lost, not done": lambda: lose(False),
    "lost, done later": lambda: Act(lose(True).raises, after_s=3.0),
    "busy": lambda: refuse(BUSY),
    "refused": lambda: refuse(ILLEGAL),
    "unreachable": unreachable,
    "job": lambda: Act(job="success", after_s=4.0),
    "job fails": fail_job,
    "busy job": lambda: fail_job(BUSY),
    "late": lambda: Act(after_s=12.0),
    "slow answer": lambda: Act(costs_s=45.0),
    "never": lambda: Act(does=False),
    "job lies": lambda: Act(does=False, job="success"),
}
KINDS = ("break", "create", "update", "remove", "resume")


def some(values):
    return st.sampled_from(list(values))


@st.composite
def stories(draw):
    """A dict per volume: what is planned for it and what goes wrong."""
    return {
        f"v{number}": {
            "kind": draw(some(KINDS)),
            "hangs": draw(some([False, False, True])),
            "on_timeout": draw(some(["abort", "fail"])),
            "mount_later": draw(st.booleans()),
            "needs": draw(some([(), ("v0",)])) if number else (),
            "faults": {
                wire: draw(st.lists(some(FAULTS), max_size=4))
                for wire in draw(st.sets(some([*WIRE.values(), "abort"])))
            },
        }
        for number in range(draw(st.integers(1, 3)))
    }


SILENCES = some([(0.0, 0.0), (0.0, 0.0), (1003.0, 1020.0), (1003.0, 1090.0), (1001.0, 99999.0)])
BLIPS = st.lists(some([None, None, "blip"]), max_size=12)


def tell(world, name, story):
    """Builds what the story needs and returns (first stage, second stage) of its volume."""
    array = world.array
    for wire, faults in story["faults"].items():
        side = world.source if wire == "release" else array
        side.script(wire, name, *(FAULTS[fault]() for fault in faults))
    if story["kind"] == "create":
        create = step(V.CREATE, name, source=f"prod:{name}", policy="p", schedule=None, throttle_kbps=None)
        return (create, step(V.INITIALIZE, name, wait=True)), ()
    uuid = array.add_mirror(name, State.PAUSED if story["kind"] == "resume" else State.SNAPMIRRORED).uuid
    if story["hangs"]:
        array.add_transfer(name)
    if story["kind"] == "resume":
        return (step(V.RESUME, name, uuid=uuid),), ()
    if story["kind"] == "update":
        mark = array.of(name).transfer_mark
        idle = step(V.AWAIT_IDLE, name, uuid=uuid)
        return (idle, step(V.UPDATE, name, uuid=uuid, wait=True, before=mark)), ()
    if story["kind"] == "remove":
        world.source.kept_records[uuid] = SourceRecord(Path("prod", name), Path("dr", name), uuid)
        release = step(V.RELEASE, name, side=SOURCE, uuid=uuid, keep_snapshots=True)
        return (step(V.DELETE, name, uuid=uuid), release), ()
    quiesce = step(V.QUIESCE, name, uuid=uuid, timeout_s=30.0, on_timeout=story["on_timeout"])
    comment = step(V.VOLUME_COMMENT, name, tolerated=True, uuid=f"v-{name}", comment="ours")
    mount = step(V.MOUNT, name, uuid=f"v-{name}", junction_path=f"/{name}")
    rows = (quiesce, comment, step(V.BREAK, name, uuid=uuid))
    return (rows, (mount,)) if story["mount_later"] else ((*rows, mount), ())


def plan_of(world, told):
    built = {name: tell(world, name, story) for name, story in told.items()}
    first = tuple(Chain(name, steps) for name, (steps, _later) in built.items())
    second = tuple(Chain(name, later, told[name]["needs"]) for name, (_steps, later) in built.items() if later)
    return Plan((first, second) if second else (first,))


def is_so(world, verb, name):
    """Whether the goal of a step is a fact of the array at this moment; written apart from the engine's own proofs."""
    found = [one for one in world.array.kept_mirrors.values() if one.destination.volume == name]
    mirror, volume = (found[0] if found else None), world.array.kept_volumes.get(name)
    return {
        V.QUIESCE: lambda: mirror.state is State.PAUSED and not mirror.transferring,
        V.BREAK: lambda: mirror.state is State.BROKEN_OFF and volume.type is VolumeType.RW,
        V.MOUNT: lambda: volume.junction_path == f"/{name}",
        V.CREATE: lambda: str(mirror.source) == f"prod:{name}",
        V.INITIALIZE: lambda: mirror.state is State.SNAPMIRRORED and not mirror.transferring,
        V.UPDATE: lambda: mirror.exported_snapshot != "s0" and not mirror.transferring,
        V.AWAIT_IDLE: lambda: not mirror.transferring,
        V.ABORT: lambda: not mirror.transferring,
        V.DELETE: lambda: mirror is None,
        V.RELEASE: lambda: (
            not world.source.kept_records
            or all(one.source.volume != name for one in world.source.kept_records.values())
        ),
        V.RESUME: lambda: mirror.state is State.SNAPMIRRORED,
        V.VOLUME_COMMENT: lambda: volume.comment == "ours",
    }[verb]()


def _repetitions(told, name, wire, many):
    """How often a request may be sent again. One for several volumes shares their faults, then each asks for itself."""
    sharers = told if many else [name]
    faults = [fault for sharer in sharers for fault in told[sharer]["faults"].get(wire, [])]
    forgotten = wire in ("initialize", "update") and not {"never", "job lies"}.isdisjoint(faults)
    return sum("lost" in fault or "busy" in fault for fault in faults) + bool(many and faults) + forgotten


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories(), SILENCES, BLIPS, some([0.0, 20.0, 200.0, 600.0]), some([1, 8]), st.booleans())
def test_every_run_ends_and_tells_the_truth(told, silence, blips, allowed_s, width, many):
    world = World()
    world.array.many = world.source.many = many
    plan = plan_of(world, told)
    world.array.silence = silence
    world.array.read_faults = [blip and Unreachable("blip") for blip in blips]
    false_claims = []
    record = world.journal.record

    def checked(events):
        false_claims.extend(
            (event["verb"], event["volume"])
            for event in events
            if event.get("status") == "done" and not is_so(world, V(event["verb"]), event["volume"])
        )
        record(events)

    world.journal.record = checked
    outcomes = world.run(plan, allowed_s, width=width)

    assert [one.step for one in outcomes] == list(plan.steps())
    assert false_claims == []
    slow = 45.0 * sum(faults.count("slow answer") for one in told.values() for faults in one["faults"].values())
    assert world.elapsed_s <= allowed_s + slow + 1.0
    for name, story in told.items():
        mine = [one for one in outcomes if one.step.volume == name]
        stops = [one.status.value for one in mine if one.status.value != "done" and not one.step.tolerated]
        assert set(stops[1:]) <= {"not_reached"}
        assert all(one.status.value != "not_reached" or not one.sent for one in mine)
        if story["on_timeout"] == "fail":
            assert ("abort", name) not in world.log.writes("abort")
    sent = Counter(world.log.writes())
    for one in outcomes:
        if one.step.verb is V.AWAIT_IDLE:
            continue
        name, wire = one.step.volume, WIRE[one.step.verb]
        if one.status.value == "in_progress":
            assert world.array.of(name).transferring or one.job or is_so(world, one.step.verb, name), "no trace of it"
        assert sent[wire, name] <= 1 + _repetitions(told, name, wire, many)
        if one.sent:
            assert sent[wire, name] >= 1
        if one.status.value == "done" and not one.sent:
            assert sent[wire, name] == 0
