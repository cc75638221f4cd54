# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark counts right, and runs."""

from __future__ import annotations

import pytest

from tests.benchmark.lab import METHODS, Cost, Load, kinds_of, lab, most_at_once
from tests.benchmark.works import AGAIN, BACK, OVER, PLANNED_OVER, REPLICATE

RELATIONSHIP = "/snapmirror/relationships/1fbd60a2-490a-5713-85d2-adc6827adc68"


def entry(started, ended, cluster="lyon", path="/cluster"):
    return {"cluster": cluster, "method": "GET", "path": path, "started": started, "ended": ended}


def test_requests_about_different_objects_are_of_one_kind():
    other = RELATIONSHIP.replace("1fbd", "2abc")
    assert kinds_of([entry(0, 1, path=RELATIONSHIP), entry(0, 1, path=other), entry(0, 1)]) == {
        "GET /snapmirror/relationships/* (lyon)": 2,
        "GET /cluster (lyon)": 1,
    }


def test_requests_are_counted_by_method():
    cost = Cost(1.0, 0, {"GET /cluster (lyon)": 2, "GET /cluster/jobs (lyon)": 1, "PATCH /storage/volumes (lyon)": 4})
    assert [cost.by_method(method) for method in METHODS] == [3, 0, 4, 0]
    assert (cost.requests, cost.writes) == (7, 4)


def test_the_high_water_mark_is_that_of_one_cluster():
    assert most_at_once([entry(0, 2), entry(1, 3), entry(2, 4), entry(0, 9, "paris")]) == 2
    assert most_at_once([]) == 0


@pytest.mark.parametrize(
    "work, load, floor_s",
    [
        (REPLICATE, Load(200, 20), 9 * 0.02),
        (REPLICATE, Load(5000, 20), 20 * 0.02),
        (REPLICATE, Load(5000, 20, served_at_once=3), 103 * 0.02),
        (AGAIN, Load(5000, 100), 3 * 0.1),
        (OVER, Load(200, 0), 0.0),
        (PLANNED_OVER, Load(16, 20), 16 * 0.02),
        (PLANNED_OVER, Load(200, 20), (15 + 13) * 0.02),
        (BACK, Load(200, 20), (23 + 3 * 13) * 0.02),
        (PLANNED_OVER, Load(5000, 20), 351 * 0.02),
    ],
)
def test_the_floor_is_requests_that_wait_for_each_other_or_for_their_turn(work, load, floor_s):
    assert work.floor_s(load) == pytest.approx(floor_s)
    assert work.floor_s(load, transfer_s=10.0) == pytest.approx(floor_s + 10.0)


def test_a_module_is_measured_on_mirrors_that_are_there_already():
    with lab(Load(60, 1), mirrored=True) as site:
        look = site.module("snapmirror_info", source_svm="svm_paris", destination=site.side("lyon"))
        broken = site.module("snapmirror_break", source_svm="svm_paris", destination=site.side("lyon"), timeout=600)
        states = {one["type"] for one in site.control("GET", "state")["clusters"]["lyon"]["svms"]["svm_lyon"]["volumes"].values()}  # fmt: skip
    assert (look.writes, broken.writes) == (0, 6)
    assert look.wall_s > 0 and broken.peak_bytes > 10**7
    assert states == {"rw"}


def test_what_fails_is_no_measurement():
    with lab(Load(1, 0)) as site, pytest.raises(RuntimeError, match="failed"):
        site.module("snapmirror_info", source_svm="svm_paris", destination={"hostname": "127.0.0.1", "svm": "x"})
