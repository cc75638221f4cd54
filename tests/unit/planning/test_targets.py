# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mirror target volumes: what is created, grown, noted, refused, or taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State, SvmPeer
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import DESTINATION, Verb, find
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.presentation import comment_for
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.targets import WantedTargets, plan_targets
from tests.unit.planning.pictures import (
    GIB,
    ORIGIN,
    PEER,
    here,
    mirror,
    protected,
    source_volume,
    target_volume,
    there,
    verbs,
    verdict,
)

WANT = WantedTargets(ORIGIN, ("v1",), aggregate_map={"aggr1_paris": "aggr1_lyon"})
ABSENT = replace(WANT, absent=True)
SOURCE = source_volume("v1", dedupe="background", compression="none", encrypted=True, snapshot_reserve_percent=5)


def one(target=None, mirrors=(), source=SOURCE, **more):
    targets = [target] if target else []
    return Picture(here(*targets, mirrors=mirrors, **more), there(source))


@pytest.mark.parametrize(
    "have, planned",
    [
        pytest.param(one(), ["volume_create"], id="missing"),
        pytest.param(one(target_volume("v1", SOURCE)), [], id="already right"),
        pytest.param(one(target_volume("v1", SOURCE, size_bytes=9 * GIB)), ["volume_grow"], id="its source grew"),
        pytest.param(one(target_volume("v1", SOURCE, size_bytes=99 * GIB)), [], id="never shrinks"),
        pytest.param(one(target_volume("v1", SOURCE, comment="")), ["volume_comment"], id="no comment"),
        pytest.param(one(target_volume("v1", SOURCE, comment="ticket 42")), ["volume_comment"], id="foreign comment"),
        pytest.param(
            one(target_volume("v1", SOURCE, size_bytes=GIB, comment="")),
            ["volume_grow", "volume_comment"],
            id="grown and moved",
        ),
        pytest.param(
            one(target_volume("v1", SOURCE, type=VolumeType.RW, size_bytes=GIB, comment=""), (mirror("v1"),)),
            [],
            id="in use after a break",
        ),
        pytest.param(
            one(target_volume("copy", SOURCE, size_bytes=GIB), (mirror("v1", to="copy"),)),
            ["volume_grow"],
            id="an existing mirror tells the name",
        ),
    ],
)
def test_verbs(have, planned):
    plan = plan_targets(have, WANT)
    assert verbs(plan) == planned
    assert verdict(plan).refused == ""
    assert {step.side for step in plan.steps()} <= {DESTINATION}


@pytest.mark.parametrize(
    "have, reason",
    [
        pytest.param(
            one(target_volume("v1", SOURCE, type=VolumeType.RW)), "never overwritten", id="a read-write volume is there"
        ),
        pytest.param(
            one(
                target_volume("v1", SOURCE),
                (mirror("x", svm="test", to="v1"),),
                peers=(PEER, SvmPeer("test", "dr", "test", "rome", "peered")),
            ),
            "already mirrors test:x, so it cannot mirror prod:v1",
            id="the target of another source",
        ),
        pytest.param(
            one(target_volume("v1", source_volume("v7"))), "was made for prod:v7", id="made for another volume"
        ),
        pytest.param(
            one(target_volume("v1", replace(SOURCE, svm="test"))), "was made for test:v1", id="made for another backend"
        ),
        pytest.param(one(source=source_volume("v1", state="offline")), "offline", id="a source that is offline"),
    ],
)
def test_refused(have, reason):
    plan = plan_targets(have, WANT)
    assert verbs(plan) == []
    assert reason in verdict(plan).refused


def test_a_target_has_the_properties_of_its_source_and_is_not_mounted():
    step = find(plan_targets(one(), WANT), Verb.VOLUME_CREATE)
    assert step.target == "dr:v1"
    assert dict(step.args) == {
        "source": "prod:v1",
        "size_bytes": 10 * GIB,
        "aggregates": ["aggr1_lyon"],
        "language": "c.utf_8",
        "guarantee": "none",
        "snapshot_reserve_percent": 5,
        "dedupe": "background",
        "compression": "none",
        "encrypted": True,
        "comment": comment_for(SOURCE),
    }


def test_a_foreign_comment_is_kept_and_a_refusal_is_tolerated():
    step = find(plan_targets(one(target_volume("v1", SOURCE, comment="ticket 42")), WANT), Verb.VOLUME_COMMENT)
    assert step.args["comment"] == f"ticket 42 {comment_for(SOURCE)}"
    assert step.tolerated


def test_a_language_that_differs_is_drift_and_stays():
    plan = plan_targets(one(target_volume("v1", SOURCE, language="en")), WANT)
    assert verbs(plan) == []
    assert [one.as_dict() for one in verdict(plan).drift] == [{"property": "language", "have": "en", "want": "c.utf_8"}]
    assert "left as it is" in verdict(plan).warnings[0]


def test_every_volume_without_an_aggregate_is_named_before_anything_is_planned():
    names = [f"v{number}" for number in range(1, 4)]
    volumes = [source_volume(name, aggregates=("aggr9",) if name != "v1" else ("aggr1_paris",)) for name in names]
    have = Picture(here(), there(*volumes))
    with pytest.raises(BadInput) as raised:
        plan_targets(have, replace(WANT, volumes=("*",)))
    assert "v2 (on aggr9), v3 (on aggr9)" in raised.value.message
    assert raised.value.facts["failed_volumes"] == ["v2", "v3"]
    assert "v1 " not in raised.value.message


def test_an_aggregate_that_the_destination_lacks_is_named():
    with pytest.raises(BadInput, match="no aggregate aggr7"):
        plan_targets(one(), replace(WANT, aggregate_map={"aggr1_paris": "aggr7"}))


def test_no_aggregate_is_needed_for_what_exists():
    assert verbs(plan_targets(one(target_volume("v1", SOURCE)), replace(WANT, aggregate_map={}))) == []


@pytest.mark.parametrize(
    "have, want",
    [
        pytest.param(
            Picture(here(), there(source_volume("v1"), source_volume("v2"))),
            replace(WANT, volumes=("*",), destination_name="copy"),
            id="by the template",
        ),
        pytest.param(
            Picture(here(target_volume("v2"), mirrors=(mirror("v1", to="v2"),)), there(SOURCE, source_volume("v2"))),
            replace(WANT, volumes=("*",)),
            id="with an existing mirror",
        ),
    ],
)
def test_two_volumes_on_one_destination_are_refused_before_any_write(have, want):
    with pytest.raises(BadInput, match=r"v1 and v2"):
        plan_targets(have, want)


# -- absent


@pytest.mark.parametrize(
    "have, planned, refused",
    [
        pytest.param(one(target_volume("v1", SOURCE)), ["volume_delete"], "", id="ours"),
        pytest.param(
            one(target_volume("v1", SOURCE, junction_path="/ro")), ["unmount", "volume_delete"], "", id="mounted"
        ),
        pytest.param(one(target_volume("other", SOURCE)), ["volume_delete"], "", id="ours by another name"),
        pytest.param(one(), [], "", id="gone already"),
        pytest.param(one(target_volume("v1", comment="")), [], "was not created by this collection", id="not ours"),
        pytest.param(
            one(target_volume("v1", comment="", type=VolumeType.RW)), [], "is rw and no mirror's target", id="foreign"
        ),
        pytest.param(
            one(target_volume("v1", replace(SOURCE, svm="test"))), [], "was made for test:v1", id="another backend's"
        ),
        pytest.param(one(target_volume("v1", SOURCE), (mirror("v1"),)), [], "still the destination", id="mirrored"),
        pytest.param(
            one(target_volume("v1", comment=""), (mirror("v1"),)), [], "not created by", id="mirrored and not ours"
        ),
        pytest.param(
            one(target_volume("v1", SOURCE, type=VolumeType.RW)), [], "would lose what was written", id="writable"
        ),
        pytest.param(
            one(target_volume("v1", SOURCE), (mirror("x", svm="test", to="v1", source_svm_name="test"),)),
            [],
            "still the destination",
            id="mirrors another source now",
        ),
    ],
)
def test_removal_deletes_only_what_is_ours_and_idle(have, planned, refused):
    plan = plan_targets(have, ABSENT)
    assert verbs(plan) == planned
    assert refused in verdict(plan).refused
    assert bool(verdict(plan).refused) == bool(refused)


def test_another_destination_name_tells_which_volume_would_be_the_target():
    have = one(target_volume("v1", comment="", type=VolumeType.RW))
    plan = plan_targets(have, replace(ABSENT, destination_name="{volume}_dr"))
    assert (verbs(plan), verdict(plan).refused, verdict(plan).message) == ([], "", "has no target volume")


def test_a_removal_needs_no_source():
    have = replace(one(target_volume("v1", SOURCE)), source=None)
    assert verbs(plan_targets(have, ABSENT)) == ["volume_delete"]


def test_targets_of_other_backends_are_not_removed_by_a_glob():
    theirs = target_volume("v9", replace(source_volume("v9"), svm="test"))
    plan = plan_targets(Picture(here(target_volume("v1", SOURCE), theirs)), replace(ABSENT, volumes=("*",)))
    assert [step.target for step in plan.steps()] == ["dr:v1"]


def test_a_broken_mirror_protects_its_volume_from_removal():
    have = protected("v1", state=State.BROKEN_OFF)
    assert verdict(plan_targets(have, ABSENT)).refused
