# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FlexGroups: the same cases over REST and over ZAPI, each judged by what the other one reads."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import ApiError
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import TargetSpec
from tests.conformance.both import GIB

PROTOCOLS = ("rest", "zapi")
AGGREGATES = ("aggr1_lyon", "aggr2_lyon")
SPEC = TargetSpec("wide", 400 * GIB, AGGREGATES, guarantee="none", comment="of paris", constituents_per_aggregate=3)


def group(site):
    return site.volume("lyon", "wide")


def test_a_group_is_made_changed_and_taken_away(site):
    site.lyon.volume_create(SPEC)
    site.settle(60)
    made = group(site)
    assert (made.style, made.type, made.state, made.aggregates) == ("flexgroup", "dp", "online", AGGREGATES)
    assert (made.size_bytes, made.comment, made.guarantee) == (400 * GIB, "of paris", "none")
    parts = site.same("lyon", lambda array: array.constituents())
    assert {name: sorted(places) for name, places in parts.items()} == {"wide": sorted(AGGREGATES * 3)}
    site.lyon.volume_resize(made.uuid, 500 * GIB)
    site.settle(60)
    site.lyon.volume_comment(made.uuid, "changed")
    site.settle(60)
    assert (group(site).size_bytes, group(site).comment) == (500 * GIB, "changed")
    with pytest.raises(ApiError):
        site.lyon.volume_modify(made.uuid, {"export_policy": "absent"})
    site.lyon.volume_delete(made.uuid)
    site.settle(60)
    assert group(site) is None
    assert site.same("lyon", lambda array: array.constituents()) == {}


NO_SPACE = {
    "action": "fail_job",
    "verb": "volume.create",
    "target": "svm_lyon:wide",
    "code": "918194",
    "message": "no space",
}


def test_what_a_job_could_not_do_is_told_by_it(site):
    site.site.faults.add(action="delay_job", verb="job", target="svm_lyon:wide", seconds=30)
    site.site.faults.add(**NO_SPACE)
    job = site.lyon.volume_create(SPEC)
    site.settle(60)
    told = site.lyon.jobs([job])[job]
    assert (told.state, "no space" in told.message) == ("failure", True)


def test_a_job_that_ends_at_once_is_told_by_the_answer(site):
    if site.writer != "rest":
        pytest.skip("only over REST does an answer wait for the job")
    site.site.faults.add(**NO_SPACE)
    with pytest.raises(ApiError, match="no space") as caught:
        site.lyon.volume_create(SPEC)
    assert caught.value.code == "918194"


def test_a_gateway_that_has_not_read_the_group_knows_it_by_its_uuid(site):
    site.lyon.volume_create(SPEC)
    site.settle(60)
    uuid = group(site).uuid
    site.forget("lyon")
    site.lyon.volume_comment(uuid, "by uuid alone")
    site.settle(60)
    assert group(site).comment == "by uuid alone"
