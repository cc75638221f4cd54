# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the array about snapshots."""

from __future__ import annotations

import pytest

from tests.unit.gateway.rest_at import (
    EACH,
    PATIENT,
    R,
    T,
    judge_many,
)

PLACE = "/api/storage/volumes/*/snapshots"

MANY = {
    "snapshot_create": (
        lambda a: a.snapshot_create_many([(R, "s", "ours"), (T, "s", "ours")]),
        "POST",
        PATIENT,
        {
            "records": [
                {"volume": {"uuid": R}, "name": "s", "comment": "ours"},
                {"volume": {"uuid": T}, "name": "s", "comment": "ours"},
            ]
        },
    ),
    "snapshot_delete": (
        lambda a: a.snapshot_delete_many([(T, R), (R, T)]),
        "DELETE",
        {**EACH, "return_records": True},
        {"records": [{"volume": {"uuid": T}, "uuid": R}, {"volume": {"uuid": R}, "uuid": T}]},
    ),
}


@pytest.mark.parametrize("call, method, query, body", MANY.values(), ids=MANY)
def test_a_write_of_many_is_one_legal_request_whose_job_is_for_all(call, method, query, body, checker):
    judge_many(checker, call, (method, PLACE, query, body))
