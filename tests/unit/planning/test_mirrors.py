# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Relationships: every state against every wish."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State, SvmPeer
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import SOURCE, Verb, find
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.mirrors import WantedMirrors, plan_mirrors
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.names import Origin
from tests.unit.planning.pictures import (
    LYON,
    ORIGIN,
    PEER,
    here,
    mirror,
    protected,
    record,
    source_volume,
    synchronous,
    target_volume,
    there,
    verbs,
    verdict,
    with_mirror,
    without_source,
)

WANT = WantedMirrors(ORIGIN, ("v1",), quiesce_timeout_s=60.0)
LOSS = {"v1": "unknown"}
NEW = Picture(here(target_volume("v1")), there(source_volume("v1")))
S = State


def in_state(state, **more):
    build = synchronous if state in (S.IN_SYNC, S.OUT_OF_SYNC, S.SYNCHRONIZING, S.EXPANDING, S.SHRINKING) else mirror
    have = protected("v1")
    if state is S.BROKEN_OFF:
        volume = replace(have.destination.volumes["v1"], type=VolumeType.RW)
        have = have.with_side("destination", have.destination.with_volume(volume))
    return with_mirror(have, build("v1", state, **more))


TABLE = [
    # state, transfer, relationship_state, wait -> verbs, status: "", refused, drift or in_progress
    (S.UNINITIALIZED, None, None, False, ["initialize"], ""),
    (S.UNINITIALIZED, None, True, False, ["initialize"], ""),
    (S.UNINITIALIZED, None, False, False, ["initialize"], ""),
    (S.UNINITIALIZED, None, False, True, ["initialize", "quiesce"], ""),
    (S.UNINITIALIZED, "failed", None, False, ["initialize"], ""),
    (S.UNINITIALIZED, "transferring", None, False, [], "in_progress"),
    (S.UNINITIALIZED, "queued", None, False, [], "in_progress"),
    (S.UNINITIALIZED, "transferring", None, True, ["await_idle"], "in_progress"),
    (S.UNINITIALIZED, "transferring", False, True, ["await_idle", "quiesce"], "in_progress"),
    (S.SNAPMIRRORED, "success", None, False, [], ""),
    (S.SNAPMIRRORED, "success", True, True, [], ""),
    (S.SNAPMIRRORED, "success", False, False, ["quiesce"], ""),
    (S.SNAPMIRRORED, "transferring", None, True, [], ""),
    (S.SNAPMIRRORED, "transferring", False, False, ["quiesce"], ""),
    (S.PAUSED, "success", None, False, [], "drift"),
    (S.PAUSED, "success", True, False, ["resume"], ""),
    (S.PAUSED, "success", False, False, [], ""),
    (S.PAUSED, "transferring", False, False, ["quiesce"], ""),
    (S.BROKEN_OFF, "success", None, True, [], "drift"),
    (S.BROKEN_OFF, "success", True, True, [], "refused"),
    (S.BROKEN_OFF, "success", False, True, [], "refused"),
    (S.BROKEN_OFF, "transferring", True, False, [], "in_progress"),
    (S.BROKEN_OFF, "transferring", True, True, ["await_idle"], "in_progress"),
    (S.IN_SYNC, None, None, False, [], ""),
    (S.IN_SYNC, None, True, False, [], ""),
    (S.IN_SYNC, None, False, False, ["quiesce"], ""),
    (S.OUT_OF_SYNC, None, None, False, [], "drift"),
    (S.OUT_OF_SYNC, None, True, True, [], "drift"),
    (S.SYNCHRONIZING, "transferring", None, False, [], "in_progress"),
    (S.SYNCHRONIZING, "success", None, True, ["await_idle"], "in_progress"),
    (S.EXPANDING, None, True, False, [], ""),
    (S.SHRINKING, None, None, False, [], ""),
    (S.UNKNOWN, None, None, False, [], "refused"),
    (S.UNKNOWN, None, True, True, [], "refused"),
    (S.UNKNOWN, None, False, False, [], "refused"),
]


@pytest.mark.parametrize("state, transfer, active, wait, planned, status", TABLE)
def test_what_each_state_asks_for(state, transfer, active, wait, planned, status):
    plan = plan_mirrors(in_state(state, transfer_state=transfer), replace(WANT, active=active, wait=wait))
    told = verdict(plan)
    assert verbs(plan) == planned
    assert bool(told.refused) == (status == "refused")
    assert bool(told.drift) == (status == "drift")
    assert told.in_progress == (status == "in_progress")
    assert not [step for step in plan.steps() if step.side == SOURCE]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("active", [None, False])
def test_nothing_is_resynchronized_or_resumed_unasked(state, active):
    plan = plan_mirrors(in_state(state), replace(WANT, active=active, accepted=LOSS))
    assert not {"resync", "resume", "break"} & set(plan.verbs())


def test_state_left_as_found_is_said():
    told = verdict(plan_mirrors(in_state(S.PAUSED), WANT))
    assert [one.as_dict() for one in told.drift] == [{"property": "state", "have": "paused", "want": "snapmirrored"}]
    assert "relationship_state: active" in told.warnings[0]


def test_an_unhealthy_mirror_is_a_warning_with_its_reasons():
    told = verdict(plan_mirrors(in_state(S.SNAPMIRRORED, healthy=False, unhealthy_reasons=("no space (5)",)), WANT))
    assert "no space (5)" in told.warnings[0]


def test_an_uninitialized_mirror_is_left_where_that_is_asked():
    plan = plan_mirrors(in_state(S.UNINITIALIZED), replace(WANT, initialize=False))
    assert (verbs(plan), len(verdict(plan).drift)) == ([], 1)


def test_an_awaited_baseline_must_be_there_at_the_end():
    plan = plan_mirrors(in_state(S.UNINITIALIZED, transfer_state="transferring"), replace(WANT, wait=True))
    assert find(plan, Verb.AWAIT_IDLE).args["initialized"] is True


@pytest.mark.parametrize("transfer, known", [("failed", True), ("aborted", True), ("success", False), (None, False)])
def test_the_bad_end_of_an_earlier_transfer_is_known_to_a_new_one(transfer, known):
    have = in_state(S.UNINITIALIZED, transfer_state=transfer, transfer_end_time="then")
    before = find(plan_mirrors(have, WANT), Verb.INITIALIZE).args["before"]
    assert before == (("t1", "then", "s1") if known else None)


# -- accept_data_loss


@pytest.mark.parametrize(
    "accepted, resyncs",
    [
        ({}, False),
        ({"v1": "unknown"}, True),
        ({"v1": 3600}, False),
        ({"v1": 0}, False),
        ({"v1": "none"}, False),
        ({"*": "unknown"}, False),
        ({"v2": "unknown"}, False),
    ],
)
def test_a_resync_needs_the_acceptance_of_just_this_loss_by_name(accepted, resyncs):
    plan = plan_mirrors(in_state(S.BROKEN_OFF), replace(WANT, active=True, accepted=accepted))
    assert verbs(plan) == (["resync"] if resyncs else [])
    if not resyncs:
        assert "accept_data_loss: {v1: unknown}" in verdict(plan).refused
        assert verdict(plan).facts["loss"] == "unknown"


def test_a_refused_resync_modifies_nothing_either():
    plan = plan_mirrors(in_state(S.BROKEN_OFF), replace(WANT, active=True, schedule="daily"))
    assert verbs(plan) == []


# -- properties


@pytest.mark.parametrize(
    "wish, mine, changes",
    [
        pytest.param({}, {}, None, id="nothing asked, nothing enforced"),
        pytest.param({"policy": "Asynchronous"}, {}, {"policy": "Asynchronous"}, id="policy of the same type"),
        pytest.param({"policy": "MirrorAllSnapshots"}, {}, None, id="policy as it is"),
        pytest.param({"schedule": "daily"}, {}, {"schedule": "daily"}, id="schedule"),
        pytest.param({"schedule": ""}, {}, {"schedule": ""}, id="no schedule"),
        pytest.param({"schedule": ""}, {"schedule": ""}, None, id="no schedule as it is"),
        pytest.param({"schedule": ""}, {"schedule": None}, None, id="no schedule where none is told"),
        pytest.param({"schedule": "hourly"}, {"schedule": ""}, {"schedule": "hourly"}, id="a schedule for none"),
        pytest.param({"throttle_kbps": 100}, {}, {"throttle_kbps": 100}, id="throttle"),
        pytest.param({"throttle_kbps": 0}, {"throttle_kbps": None}, None, id="no throttle where none is told"),
        pytest.param({"throttle_kbps": 0}, {"throttle_kbps": 9}, {"throttle_kbps": 0}, id="throttle taken away"),
        pytest.param(
            {"policy": "Asynchronous", "schedule": "", "throttle_kbps": 7},
            {},
            {"policy": "Asynchronous", "schedule": "", "throttle_kbps": 7},
            id="all in one request",
        ),
    ],
)
def test_what_is_given_is_converged(wish, mine, changes):
    plan = plan_mirrors(in_state(S.SNAPMIRRORED, **mine), replace(WANT, **wish))
    assert [dict(step.args["changes"]) for step in plan.steps()] == ([changes] if changes else [])


def test_the_type_of_a_policy_is_never_changed():
    plan = plan_mirrors(in_state(S.SNAPMIRRORED), replace(WANT, policy="Synchronous", schedule="daily"))
    assert verbs(plan) == []
    assert "of type async; Synchronous is of type sync" in verdict(plan).refused


def test_a_policy_that_does_not_exist_is_told():
    with pytest.raises(BadInput, match="policy Gold does not exist for SVM dr"):
        plan_mirrors(in_state(S.SNAPMIRRORED), replace(WANT, policy="Gold"))


# -- new mirrors


@pytest.mark.parametrize(
    "wish, args",
    [
        pytest.param({}, ("MirrorAllSnapshots", "hourly", None), id="defaults"),
        pytest.param({"schedule": ""}, ("MirrorAllSnapshots", None, None), id="no schedule"),
        pytest.param({"schedule": "daily", "throttle_kbps": 9}, ("MirrorAllSnapshots", "daily", 9), id="as given"),
        pytest.param({"policy": "Synchronous"}, ("Synchronous", None, None), id="synchronous takes no schedule"),
        pytest.param({"policy": "Asynchronous"}, ("Asynchronous", "hourly", None), id="another policy"),
    ],
)
def test_a_new_mirror(wish, args):
    plan = plan_mirrors(NEW, replace(WANT, **wish))
    assert verbs(plan) == ["create", "initialize"]
    create = find(plan, Verb.CREATE)
    assert (create.args["policy"], create.args["schedule"], create.args["throttle_kbps"]) == args
    assert (create.args["source"], create.target) == ("prod:v1", "dr:v1")


def test_the_path_of_a_new_mirror_has_the_local_name_of_the_peer():
    alias = SvmPeer("prod_of_paris", "dr", "prod", "paris", "peered", ("snapmirror",))
    have = replace(NEW, destination=replace(NEW.destination, peers=(alias,)))
    assert find(plan_mirrors(have, WANT), Verb.CREATE).args["source"] == "prod_of_paris:v1"


@pytest.mark.parametrize(
    "wish, planned",
    [
        ({"initialize": False}, ["create"]),
        ({"active": False}, ["create", "initialize"]),
        ({"active": False, "wait": True}, ["create", "initialize", "quiesce"]),
    ],
)
def test_how_far_a_new_mirror_goes(wish, planned):
    assert verbs(plan_mirrors(NEW, replace(WANT, **wish))) == planned


@pytest.mark.parametrize(
    "peers, message",
    [
        ((), "not peered with SVM dr"),
        ((replace(PEER, peer_cluster="rome"),), "not peered with SVM dr"),
        ((replace(PEER, state="pending"),), "is pending, not peered"),
        ((replace(PEER, state="suspended"),), "is suspended, not peered"),
        ((replace(PEER, applications=("flexcache",)),), "not for snapmirror"),
    ],
)
def test_unpeered_svms_are_told_before_any_write(peers, message):
    with pytest.raises(BadInput, match=message):
        plan_mirrors(replace(NEW, destination=replace(NEW.destination, peers=peers)), WANT)


def test_peering_does_not_matter_where_nothing_is_created():
    have = protected("v1")
    assert verbs(plan_mirrors(replace(have, destination=replace(have.destination, peers=())), WANT)) == []


def test_within_one_svm_no_peering_is_needed():
    origin = Origin("dr", LYON.name)
    side = here(source_volume("v1"), target_volume("copy"), peers=())
    want = replace(WANT, origin=origin, destination_name="copy")
    assert find(plan_mirrors(Picture(side, side), want), Verb.CREATE).args["source"] == "dr:v1"


@pytest.mark.parametrize(
    "have, reason",
    [
        pytest.param(Picture(here(), there(source_volume("v1"))), "does not exist", id="no target volume"),
        pytest.param(
            Picture(here(target_volume("v1", type=VolumeType.RW)), there(source_volume("v1"))),
            "never turned into a mirror target",
            id="a writable volume",
        ),
        pytest.param(
            Picture(
                here(target_volume("v1"), mirrors=(mirror("x", svm="test", source_svm_name="test", to="v1"),)),
                there(source_volume("v1")),
            ),
            "already mirrors test:x, so it cannot mirror prod:v1",
            id="the destination of another source",
        ),
    ],
)
def test_a_new_mirror_is_refused(have, reason):
    plan = plan_mirrors(have, WANT)
    assert verbs(plan) == []
    assert reason in verdict(plan).refused


def test_an_existing_mirror_is_matched_by_its_source_whatever_its_name():
    have = Picture(here(target_volume("copy"), mirrors=(mirror("v1", to="copy"),)), there(source_volume("v1")))
    assert verbs(plan_mirrors(have, WANT)) == []
    assert verdict(plan_mirrors(have, WANT)).facts["destination"] == "dr:copy"


def test_two_new_mirrors_on_one_name_are_refused_before_any_write():
    have = Picture(here(), there(source_volume("v1"), source_volume("v2")))
    with pytest.raises(BadInput, match="v1 and v2"):
        plan_mirrors(have, replace(WANT, volumes=("*",), destination_name="copy"))


# -- absent

ABSENT = replace(WANT, absent=True)


def with_records(have, *records):
    return replace(have, source=replace(have.source, records=records))


@pytest.mark.parametrize(
    "have, release, planned",
    [
        pytest.param(with_records(protected("v1"), record("v1")), "source_info_only", ["delete", "release"], id="idle"),
        pytest.param(with_records(protected("v1"), record("v1")), "none", ["delete"], id="no release"),
        pytest.param(
            with_records(in_state(S.SNAPMIRRORED, transfer_state="transferring"), record("v1")),
            "source_info_only",
            ["abort", "delete", "release"],
            id="transferring",
        ),
        pytest.param(
            with_records(in_state(S.IN_SYNC, transfer_state="transferring"), record("v1")),
            "source_info_only",
            ["quiesce", "delete", "release"],
            id="synchronous is quiesced, never aborted",
        ),
        pytest.param(
            with_records(in_state(S.SNAPMIRRORED, transfer_state="queued", transfer_uuid=None), record("v1")),
            "source_info_only",
            ["delete", "release"],
            id="queued without a name",
        ),
        pytest.param(in_state(S.BROKEN_OFF), "source_info_only", ["delete", "release"], id="broken off"),
        pytest.param(
            with_records(Picture(here(), there(source_volume("v1"))), record("v1")),
            "source_info_only",
            ["release"],
            id="an orphan at the source",
        ),
        pytest.param(Picture(here(), there()), "source_info_only", [], id="gone already"),
        pytest.param(
            with_records(protected("v1"), record("v1", "m-v1"), record("v1", "stale")),
            "source_info_only",
            ["delete", "release", "release"],
            id="a stale record too",
        ),
    ],
)
def test_removal(have, release, planned):
    plan = plan_mirrors(have, replace(ABSENT, release=release))
    assert verbs(plan) == planned
    assert all((step.side == SOURCE) == (step.verb is Verb.RELEASE) for step in plan.steps())


@pytest.mark.parametrize("release, keep", [("source_info_only", True), ("source_only", False)])
def test_snapshots_stay_unless_asked(release, keep):
    plan = plan_mirrors(with_records(protected("v1"), record("v1")), replace(ABSENT, release=release))
    assert find(plan, Verb.RELEASE).args["keep_snapshots"] is keep


def test_a_synchronous_mirror_is_never_aborted():
    have = with_records(in_state(S.IN_SYNC, transfer_state="transferring"), record("v1"))
    assert find(plan_mirrors(have, ABSENT), Verb.QUIESCE).args["on_timeout"] == "fail"
    assert (
        find(plan_mirrors(in_state(S.IN_SYNC), replace(WANT, active=False)), Verb.QUIESCE).args["on_timeout"] == "fail"
    )


def test_without_the_source_an_orphan_is_left_and_named():
    plan = plan_mirrors(without_source(protected("v1")), ABSENT)
    assert verbs(plan) == ["delete"]
    assert "prod:v1 keeps a record of dr:v1" in verdict(plan).warnings[0]


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param(record("v1", "r2", svm="dr2"), id="of another SVM"),
        pytest.param(record("v1", "r2", cluster="rome"), id="of an SVM of that name on another cluster"),
        pytest.param(record("v1", "r2", to="copy"), id="of another volume"),
    ],
)
def test_records_of_other_targets_are_not_released(foreign):
    plan = plan_mirrors(with_records(protected("v1"), record("v1"), foreign), ABSENT)
    assert [step.args["uuid"] for step in plan.steps() if step.verb is Verb.RELEASE] == ["m-v1"]


def test_a_volume_that_is_mirrored_twice_is_not_removed():
    have = with_mirror(protected("v1"), mirror("v1", to="v1_copy", uuid="m-other"))
    plan = plan_mirrors(have, ABSENT)
    assert (verbs(plan), bool(verdict(plan).refused)) == ([], True)
