# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the array about volumes and their clones."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import CloneSpec, TargetSpec
from tests.unit.gateway.rest_at import (
    EACH,
    MATCHING,
    PATIENT,
    VOLUME,
    R,
    T,
    array_at,
    judge_many,
    judge_read,
    judge_write,
)

PLACE = "/api/storage/volumes"

WRITES = {
    "volume_create": (
        lambda a: a.volume_create(
            TargetSpec("v", 4096, ("a1",), "c.utf_8", "volume", 5, "background", "both", True, "c")
        ),
        "POST",
        "/api/storage/volumes",
        PATIENT,
        {
            "name": "v",
            "svm": {"name": "svm_lyon"},
            "type": "dp",
            "size": 4096,
            "aggregates": [{"name": "a1"}],
            "language": "c.utf_8",
            "guarantee": {"type": "volume"},
            "space": {"snapshot": {"reserve_percent": 5}},
            "efficiency": {"dedupe": "background", "compression": "background"},
            "encryption": {"enabled": True},
            "comment": "c",
        },
    ),
    "volume_modify": (
        lambda a: a.volume_modify(
            R,
            {
                "export_policy": "e",
                "snapshot_policy": "s",
                "qos_policy": "q",
                "dedupe": "background",
                "compression": "none",
            },
        ),
        "PATCH",
        VOLUME,
        PATIENT,
        {
            "nas": {"export_policy": {"name": "e"}},
            "snapshot_policy": {"name": "s"},
            "qos": {"policy": {"name": "q"}},
            "efficiency": {"dedupe": "background", "compression": "none"},
        },
    ),
    "volume_resize": (lambda a: a.volume_resize(R, 8192), "PATCH", VOLUME, PATIENT, {"size": 8192}),
    "volume_comment": (lambda a: a.volume_comment(R, "x"), "PATCH", VOLUME, PATIENT, {"comment": "x"}),
    "volume_delete": (lambda a: a.volume_delete(R), "DELETE", VOLUME, PATIENT, None),
    "mount": (lambda a: a.mount(R, "/a/b"), "PATCH", VOLUME, PATIENT, {"nas": {"path": "/a/b"}}),
    "unmount": (lambda a: a.unmount(R), "PATCH", VOLUME, PATIENT, {"nas": {"path": ""}}),
    "clone_create": (
        lambda a: a.clone_create(CloneSpec("try_v", "v", "ours", "noon", "/try/v", "svm_copy")),
        "POST",
        PLACE,
        PATIENT,
        {
            "name": "try_v",
            "svm": {"name": "svm_lyon"},
            "clone": {
                "is_flexclone": True,
                "parent_volume": {"name": "v"},
                "parent_svm": {"name": "svm_copy"},
                "parent_snapshot": {"name": "noon"},
            },
            "comment": "ours",
            "nas": {"path": "/try/v"},
        },
    ),
    "clone_create of a volume as it is, not mounted": (
        lambda a: a.clone_create(CloneSpec("try_v", "v", "ours")),
        "POST",
        PLACE,
        PATIENT,
        {
            "name": "try_v",
            "svm": {"name": "svm_lyon"},
            "clone": {"is_flexclone": True, "parent_volume": {"name": "v"}},
            "comment": "ours",
        },
    ),
    "clone_split": (lambda a: a.clone_split(R), "PATCH", VOLUME, PATIENT, {"clone": {"split_initiated": True}}),
    "clone_delete": (lambda a: a.clone_delete(R), "DELETE", VOLUME, {**PATIENT, "force": "true"}, None),
}


@pytest.mark.parametrize("call, method, path, query, body", WRITES.values(), ids=WRITES)
def test_a_write_is_one_legal_request(call, method, path, query, body, checker):
    judge_write(checker, call, (method, path, query, body))


MANY = {
    "unmount": (lambda a: a.unmount_many([R, T]), "PATCH", MATCHING, {"nas": {"path": ""}}),
    "mount": (
        lambda a: a.mount_many([(R, "/a"), (T, "/b")]),
        "PATCH",
        EACH,
        {"records": [{"uuid": R, "nas": {"path": "/a"}}, {"uuid": T, "nas": {"path": "/b"}}]},
    ),
    "volume_comment": (
        lambda a: a.volume_comment_many([(R, "x"), (T, "y")]),
        "PATCH",
        EACH,
        {"records": [{"uuid": R, "comment": "x"}, {"uuid": T, "comment": "y"}]},
    ),
    "volume_modify": (
        lambda a: a.volume_modify_many([(R, {"snapshot_policy": "s"}), (T, {"dedupe": "inline"})]),
        "PATCH",
        EACH,
        {
            "records": [
                {"uuid": R, "snapshot_policy": {"name": "s"}},
                {"uuid": T, "efficiency": {"dedupe": "inline"}},
            ]
        },
    ),
}


@pytest.mark.parametrize("call, method, query, body", MANY.values(), ids=MANY)
def test_a_write_of_many_is_one_legal_request_whose_job_is_for_all(call, method, query, body, checker):
    judge_many(checker, call, (method, PLACE, query, body))


READS = {
    "volumes": (lambda a: a.volumes(), "/storage/volumes", {"svm.name": "svm_lyon"}),
    "volumes by name": (
        lambda a: a.volumes(["b", "a", "b"]),
        "/storage/volumes",
        {"svm.name": "svm_lyon", "name": "a|b"},
    ),
    "volumes by 51 names": (
        lambda a: a.volumes([f"v{n}" for n in range(51)]),
        "/storage/volumes",
        {"svm.name": "svm_lyon"},
    ),
    "volumes by long names": (
        lambda a: a.volumes([f"{n:0200}" for n in range(30)]),
        "/storage/volumes",
        {"svm.name": "svm_lyon"},
    ),
}


@pytest.mark.parametrize("call, path, filters", READS.values(), ids=READS)
def test_a_read_is_one_legal_request(call, path, filters, checker):
    judge_read(checker, call, path, filters)


def test_a_clone_goes_through_the_recovery_queue_of_a_release_that_knows_no_way_past_it():
    array, http = array_at((9, 11, 1), (202, {"job": {"uuid": T}}))
    assert array.clone_delete(R) == T
    assert http.asked == [("DELETE", VOLUME, PATIENT, None)]


def test_volumes_of_other_svms_are_left_out():
    volumes = [{"name": f"v_{svm}", "svm": {"name": svm}} for svm in ("svm_lyon", "svm_lyon2")]
    array, _http = array_at((9, 17, 1), (200, {"records": volumes, "num_records": 2}))
    assert list(array.volumes()) == ["v_svm_lyon"]


def test_constituents_and_volumes_not_asked_for_are_left_out():
    volumes = [
        {"name": name, "svm": {"name": "svm_lyon"}, "style": style}
        for name, style in (("fg", "flexgroup"), ("fg__0001", "flexgroup_constituent"), ("v1", "flexvol"))
    ]
    array, _http = array_at((9, 17, 1), (200, {"records": volumes, "num_records": 3}))
    assert list(array.volumes()) == ["fg", "v1"]
    assert list(array.volumes([f"v{n}" for n in range(60)])) == ["v1"]
