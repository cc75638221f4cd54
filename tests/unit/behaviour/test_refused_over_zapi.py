# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ONTAPI has no words for is refused by name, by check mode and run alike, before anything is changed."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import AGGREGATES

PROTOCOLS = ("zapi",)


def refused(site, **options):
    """What both say, which is the same."""
    site.forget_traffic()
    told = [site.run("snapmirror_relationship", check=check, **site.sides, **options)["msg"] for check in (True, False)]
    assert site.writes() == []
    assert told[0] == told[1]
    return told[0]


@pytest.mark.parametrize("policy", ["Sync", "StrictSync", "AutomatedFailOver"])
def test_a_synchronous_policy(bench, policy):
    site = bench(volumes=2)
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    words = refused(site, policy=policy)
    assert f"policy {policy} is synchronous" in words and "over REST" in words


def test_a_consistency_group(bench):
    site = bench(volumes=2)
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    assert "over REST" in refused(site, consistency_group="erp")


def test_a_whole_svm(bench):
    site = bench(volumes=2)
    with site.site.locked() as world:
        world.clusters["lyon"].svms["svm_lyon"].subtype = "dp_destination"
    assert "REST" in refused(site, svm_dr=True)


def test_taking_a_schedule_away(bench):
    site = bench(volumes=2)
    site.protect()
    words = refused(site, schedule="")
    assert "has schedule hourly, which only REST can take away" in words
    assert site.good("snapmirror_relationship", **site.sides, schedule="daily")["changed"] is True


def test_a_new_mirror_may_have_no_schedule(bench):
    site = bench(volumes=1)
    site.protect(schedule="")
    (mirror,) = site.site.world.clusters["lyon"].relationships.values()
    assert mirror.schedule is None
    assert site.good("snapmirror_relationship", **site.sides, schedule="")["changed"] is False
