# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proves each verb, what shows that it has begun, and what makes it hopeless."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.engine.act import Expiry, Hopeless, Seen
from ansible_collections.ontap.data_motion.plugins.module_utils.engine.verbs import ACTS, expiry_of
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import Mirror, SourceRecord, State, SvmPeer
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Verb as V
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import Volume, VolumeType
from tests.unit.engine.world import step

S = State
PROD, DR = Path("prod", "v1"), Path("dr", "v1")
RW = Volume("v1", "dr", type=VolumeType.RW, state="online", size_bytes=10, junction_path="/v1", comment="ours")
DP = replace(RW, type=VolumeType.DP, junction_path=None)
NOTHING = Seen()
HOPELESS = "hopeless"
OLD = ("t0", "end t0", "s0")


def mirror(state, transfer="success", mark=("t1", "end t1", "s1"), **more):
    uuid, end, exported = mark
    return Mirror(
        PROD,
        DR,
        "m1",
        state,
        transfer_state=transfer,
        transfer_uuid=uuid,
        transfer_end_time=end,
        exported_snapshot=exported,
        **more,
    )


def seen(state, transfer="success", mark=("t1", "end t1", "s1"), volume=None, before=None, **more):
    return Seen(mirror(state, transfer, mark, **more), volume, before=before)


def verdict(verb, what, **args):
    one = step(verb, "v1", **args)
    try:
        return ACTS[verb].proof(one, what)
    except Hopeless:
        return HOPELESS


@pytest.mark.parametrize(
    "what, proven",
    [
        pytest.param(seen(S.PAUSED), True, id="paused and idle"),
        pytest.param(seen(S.PAUSED, "aborted"), True, id="paused after an abort"),
        pytest.param(seen(S.PAUSED, None), True, id="paused and never transferred"),
        pytest.param(seen(S.PAUSED, "transferring"), False, id="paused and still transferring"),
        pytest.param(seen(S.PAUSED, "queued"), False, id="paused with a queued transfer"),
        pytest.param(seen(S.SNAPMIRRORED), False, id="not yet"),
        pytest.param(seen(S.UNKNOWN), False, id="a state that cannot be read"),
        pytest.param(seen(S.BROKEN_OFF), HOPELESS, id="broken off meanwhile"),
        pytest.param(NOTHING, HOPELESS, id="gone"),
    ],
)
def test_quiesce(what, proven):
    assert verdict(V.QUIESCE, what) == proven


@pytest.mark.parametrize(
    "what, proven",
    [
        pytest.param(seen(S.BROKEN_OFF, volume=RW), True, id="broken off and writable"),
        pytest.param(seen(S.BROKEN_OFF, volume=DP), False, id="the volume takes no writes yet"),
        pytest.param(seen(S.BROKEN_OFF), False, id="the volume is not seen"),
        pytest.param(seen(S.PAUSED, volume=RW), False, id="the volume alone proves nothing"),
        pytest.param(Seen(volume=RW), HOPELESS, id="gone"),
    ],
)
def test_break(what, proven):
    assert verdict(V.BREAK, what) == proven


@pytest.mark.parametrize(
    "verb, what, wait, before, proven",
    [
        (V.INITIALIZE, seen(S.SNAPMIRRORED), True, None, True),
        (V.INITIALIZE, seen(S.IN_SYNC, None), True, None, True),
        (V.INITIALIZE, seen(S.UNINITIALIZED, "transferring"), True, None, False),
        (V.INITIALIZE, seen(S.UNINITIALIZED, "transferring"), False, None, True),
        (V.INITIALIZE, seen(S.UNINITIALIZED, "queued"), False, None, True),
        (V.INITIALIZE, seen(S.UNINITIALIZED, None), False, None, False),
        (V.INITIALIZE, seen(S.UNINITIALIZED, "failed"), True, None, HOPELESS),
        (V.INITIALIZE, seen(S.UNINITIALIZED, "failed"), False, None, HOPELESS),
        (V.INITIALIZE, seen(S.UNINITIALIZED, "failed", OLD), True, OLD, False),
        (V.INITIALIZE, seen(S.UNINITIALIZED, "aborted"), True, OLD, HOPELESS),
        (V.INITIALIZE, NOTHING, True, None, HOPELESS),
        (V.RESYNC, seen(S.SNAPMIRRORED), True, None, True),
        (V.RESYNC, seen(S.SNAPMIRRORED, "transferring"), True, None, False),
        (V.RESYNC, seen(S.SNAPMIRRORED, "failed"), True, None, HOPELESS),
        (V.RESYNC, seen(S.BROKEN_OFF), True, None, False),
        (V.RESYNC, seen(S.BROKEN_OFF, "aborted", OLD), True, OLD, False),
        (V.RESYNC, seen(S.BROKEN_OFF, "transferring"), False, None, True),
        (V.UPDATE, seen(S.SNAPMIRRORED), True, OLD, True),
        (V.UPDATE, seen(S.SNAPMIRRORED, "success", OLD), True, OLD, False),
        (V.UPDATE, seen(S.SNAPMIRRORED, "success", OLD), False, OLD, False),
        (V.UPDATE, seen(S.SNAPMIRRORED, "transferring"), True, OLD, False),
        (V.UPDATE, seen(S.SNAPMIRRORED, "transferring"), False, OLD, True),
        (V.UPDATE, seen(S.SNAPMIRRORED, "failed"), True, OLD, HOPELESS),
        (V.UPDATE, seen(S.SNAPMIRRORED, "failed", OLD), True, OLD, False),
        (V.UPDATE, seen(S.SNAPMIRRORED, "success", ("t0", "end t0", "s1")), True, ("t0", None, "s0"), False),
        (V.UPDATE, seen(S.SNAPMIRRORED, "success", (None, None, "s1")), True, (None, None, "s0"), True),
        (V.UPDATE, seen(S.BROKEN_OFF), True, OLD, HOPELESS),
        (V.UPDATE, NOTHING, True, OLD, HOPELESS),
    ],
)
def test_transfers(verb, what, wait, before, proven):
    assert verdict(verb, what, wait=wait, before=before) == proven


def test_what_the_chain_saw_last_counts_more_than_what_the_plan_knew():
    """The plan was made while a transfer ran; its end is no update."""
    ended = mirror(S.SNAPMIRRORED, "success", (None, "end t1", "s1"))
    running = (None, None, "s0")
    assert verdict(V.UPDATE, Seen(ended, before=ended), wait=True, before=running) is False
    newer = replace(ended, exported_snapshot="s2", transfer_end_time="end t2")
    assert verdict(V.UPDATE, Seen(newer, before=ended), wait=True, before=running) is True


@pytest.mark.parametrize(
    "what, args, proven",
    [
        (seen(S.SNAPMIRRORED), {}, True),
        (seen(S.SNAPMIRRORED, "transferring"), {}, False),
        (seen(S.SNAPMIRRORED, "queued"), {}, False),
        (seen(S.UNKNOWN), {}, False),
        (seen(S.UNINITIALIZED, "failed"), {}, True),
        (seen(S.UNINITIALIZED, "failed"), {"initialized": True}, HOPELESS),
        (seen(S.UNINITIALIZED, "transferring"), {"initialized": True}, False),
        (seen(S.SNAPMIRRORED), {"initialized": True}, True),
        (NOTHING, {}, True),
        (NOTHING, {"initialized": True}, HOPELESS),
    ],
)
def test_await_idle(what, args, proven):
    assert verdict(V.AWAIT_IDLE, what, **args) == proven


@pytest.mark.parametrize("verb", [V.INITIALIZE, V.RESYNC, V.AWAIT_IDLE])
@pytest.mark.parametrize(
    "state, transfer, wait, proven",
    [
        pytest.param(S.IN_SYNC, "success", True, True, id="in sync"),
        pytest.param(S.SYNCHRONIZING, "success", True, False, id="on its way"),
        pytest.param(S.OUT_OF_SYNC, "failed", True, False, id="the array tries again by itself"),
        pytest.param(S.SYNCHRONIZING, "success", False, True, id="on its way and not awaited"),
    ],
)
def test_a_synchronous_mirror_has_arrived_when_it_is_in_sync(verb, state, transfer, wait, proven):
    found = Seen(replace(mirror(state, transfer), policy_type="sync"))
    assert verdict(verb, found, wait=wait, initialized=True) == proven


@pytest.mark.parametrize(
    "found, proven",
    [
        (mirror(S.UNINITIALIZED), True),
        (replace(mirror(S.UNINITIALIZED), source=Path("alias", "v1"), source_svm_name="prod"), True),
        (replace(mirror(S.UNINITIALIZED), source=Path("prod", "v2")), HOPELESS),
        (replace(mirror(S.UNINITIALIZED), source=Path("test", "v1"), source_svm_name="test"), HOPELESS),
        (None, False),
    ],
    ids=["ours", "by its alias", "of another volume", "of another SVM", "not yet"],
)
def test_create(found, proven):
    assert verdict(V.CREATE, Seen(found), source="prod:v1") == proven


@pytest.mark.parametrize(
    "found, changes, proven",
    [
        ({"schedule": "daily"}, {"schedule": "daily"}, True),
        ({"schedule": "hourly"}, {"schedule": "daily"}, False),
        ({"schedule": None}, {"schedule": ""}, True),
        ({"schedule": "hourly"}, {"schedule": ""}, False),
        ({"throttle_kbps": None}, {"throttle_kbps": 0}, True),
        ({"throttle_kbps": 9}, {"throttle_kbps": 0}, False),
        ({"policy": "a", "schedule": "x"}, {"policy": "a", "schedule": "y"}, False),
    ],
)
def test_modify(found, changes, proven):
    assert verdict(V.MODIFY, seen(S.SNAPMIRRORED, **found), changes=changes) == proven


@pytest.mark.parametrize("verb, args", [(V.MODIFY, {"changes": {"schedule": ""}}), (V.RESUME, {})])
def test_what_is_gone_is_not_waited_for(verb, args):
    assert verdict(verb, NOTHING, **args) == HOPELESS


@pytest.mark.parametrize("state", list(State))
def test_resume(state):
    good = {S.SNAPMIRRORED, S.IN_SYNC, S.OUT_OF_SYNC, S.SYNCHRONIZING}
    assert verdict(V.RESUME, seen(state)) is (state in good)


@pytest.mark.parametrize(
    "verb, volume, args, proven",
    [
        (V.VOLUME_CREATE, DP, {}, True),
        (V.VOLUME_CREATE, replace(DP, state="creating"), {}, False),
        (V.VOLUME_CREATE, replace(DP, state="offline"), {}, HOPELESS),
        (V.VOLUME_CREATE, RW, {}, HOPELESS),
        (V.VOLUME_CREATE, None, {}, False),
        (V.VOLUME_GROW, DP, {"size_bytes": 10}, True),
        (V.VOLUME_GROW, DP, {"size_bytes": 11}, False),
        (V.VOLUME_COMMENT, DP, {"comment": "ours"}, True),
        (V.VOLUME_COMMENT, DP, {"comment": "other"}, False),
        (V.VOLUME_DELETE, None, {}, True),
        (V.VOLUME_DELETE, DP, {}, False),
        (V.MOUNT, RW, {"junction_path": "/v1"}, True),
        (V.MOUNT, RW, {"junction_path": "/v2"}, False),
        (V.MOUNT, None, {"junction_path": "/v1"}, False),
        (V.UNMOUNT, DP, {}, True),
        (V.UNMOUNT, RW, {}, False),
        (V.UNMOUNT, None, {}, True),
    ],
)
def test_volumes(verb, volume, args, proven):
    assert verdict(verb, Seen(volume=volume), **args) == proven


def test_removals_and_peers():
    record = SourceRecord(PROD, DR, "m1")
    peer = SvmPeer("prod", "dr", "prod", "paris", "pending", ("flexcache",))
    assert verdict(V.DELETE, NOTHING) is True
    assert verdict(V.DELETE, seen(S.BROKEN_OFF)) is False
    assert verdict(V.RELEASE, NOTHING, uuid="m1") is True
    assert verdict(V.RELEASE, Seen(record=record), uuid="m1") is False
    assert verdict(V.PEER_CREATE, Seen(peer=peer)) is True
    assert verdict(V.PEER_ACCEPT, Seen(peer=peer)) is False
    assert verdict(V.PEER_ACCEPT, Seen(peer=replace(peer, state="peered"))) is True
    assert verdict(V.PEER_MODIFY, Seen(peer=peer), applications=["snapmirror"]) is False
    assert verdict(V.PEER_MODIFY, Seen(peer=peer), applications=["flexcache"]) is True


@pytest.mark.parametrize(
    "verb, what, begun",
    [
        (V.INITIALIZE, seen(S.UNINITIALIZED, "transferring"), True),
        (V.INITIALIZE, seen(S.UNINITIALIZED, "queued"), True),
        (V.INITIALIZE, seen(S.UNINITIALIZED, None), False),
        (V.UPDATE, seen(S.SNAPMIRRORED, "transferring"), True),
        (V.RESYNC, seen(S.BROKEN_OFF, "transferring"), True),
        (V.QUIESCE, seen(S.PAUSED, "transferring"), True),
        (V.QUIESCE, seen(S.SNAPMIRRORED, "transferring"), False),
        (V.BREAK, seen(S.BROKEN_OFF, volume=DP), True),
        (V.BREAK, seen(S.PAUSED, volume=DP), False),
        (V.VOLUME_CREATE, Seen(volume=replace(DP, state="creating")), True),
        (V.MOUNT, Seen(volume=DP), False),
    ],
)
def test_what_shows_that_a_lost_request_was_taken(verb, what, begun):
    assert ACTS[verb].begun(step(verb, "v1"), what) is begun


def test_every_verb_can_be_carried_out():
    assert set(ACTS) == set(V)


@pytest.mark.parametrize(
    "verb, args, rule",
    [
        (V.QUIESCE, {"on_timeout": "abort"}, Expiry.ABORT),
        (V.QUIESCE, {"on_timeout": "fail"}, Expiry.FAILED),
        (V.QUIESCE, {}, Expiry.FAILED),
        (V.INITIALIZE, {}, Expiry.IN_PROGRESS),
        (V.RESYNC, {}, Expiry.IN_PROGRESS),
        (V.UPDATE, {}, Expiry.IN_PROGRESS),
        (V.BREAK, {}, Expiry.FAILED),
        (V.MOUNT, {}, Expiry.FAILED),
    ],
)
def test_what_a_time_out_means(verb, args, rule):
    assert expiry_of(step(verb, "v1", **args)) is rule
