# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What REST documents become, and that nothing in them is a stumbling block."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.rest_cluster import (
    about_from_rest,
    aggregate_from_rest,
    job_from_rest,
    policy_from_rest,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.rest_mirrors import (
    mirror_from_rest,
    source_record_from_rest,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.rest_peers import peer_from_rest
from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.rest_volumes import (
    target_to_rest,
    volume_from_rest,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.model.array import (
    Aggregate,
    ClusterAbout,
    Job,
    Policy,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import (
    Mirror,
    SourceRecord,
    State,
    SvmPeer,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import TargetSpec, Volume, VolumeType

UUID = "11111111-2222-3333-4444-555555555555"
MIRROR = {
    "uuid": UUID,
    "source": {"path": "alias:vol1", "svm": {"name": "svm_paris"}, "cluster": {"name": "paris"}},
    "destination": {"path": "svm_lyon:vol1_dr", "svm": {"name": "svm_lyon"}},
    "state": "snapmirrored",
    "healthy": False,
    "unhealthy_reason": [{"code": "6619715", "message": "Transfer failed."}],
    "lag_time": "P428DT22H45M19S",
    "exported_snapshot": "snapmirror.1",
    "policy": {"name": "Asynchronous", "type": "async"},
    "restore": False,
    "transfer": {"uuid": UUID, "state": "transferring", "bytes_transferred": 42, "end_time": "2026-01-01T00:00:00Z"},
    "transfer_schedule": {"name": "hourly"},
    "throttle": 1024,
    "group_type": "none",
    "last_transfer_type": "update",
}


def test_a_relationship_in_full():
    assert mirror_from_rest(MIRROR) == Mirror(
        source=Path("alias", "vol1"),
        destination=Path("svm_lyon", "vol1_dr"),
        uuid=UUID,
        state=State.SNAPMIRRORED,
        source_svm_name="svm_paris",
        source_cluster="paris",
        healthy=False,
        unhealthy_reasons=("Transfer failed. (6619715)",),
        lag_s=428 * 86400 + 22 * 3600 + 45 * 60 + 19.0,
        exported_snapshot="snapmirror.1",
        transfer_uuid=UUID,
        transfer_state="transferring",
        transfer_end_time="2026-01-01T00:00:00Z",
        transferred_bytes=42,
        last_transfer_type="update",
        policy="Asynchronous",
        policy_type="async",
        schedule="hourly",
        throttle_kbps=1024,
        group_type="none",
    )


@pytest.mark.parametrize(
    "changes, field, value",
    [
        pytest.param({"state": "sideways"}, "state", State.UNKNOWN, id="unknown state"),
        pytest.param({"state": None}, "state", State.UNKNOWN, id="no state"),
        pytest.param({"lag_time": "a while"}, "lag_s", None, id="unreadable lag"),
        pytest.param({"lag_time": None}, "lag_s", None, id="no lag"),
        pytest.param({"lag_time": "PT26H"}, "lag_s", 93600.0, id="more than a day in hours"),
        pytest.param({"healthy": None}, "healthy", None, id="health not told"),
        pytest.param({"unhealthy_reason": None}, "unhealthy_reasons", (), id="no reasons"),
        pytest.param({"unhealthy_reason": {"message": "x"}}, "unhealthy_reasons", ("x",), id="one reason, no array"),
        pytest.param({"unhealthy_reason": [{"code": "7"}]}, "unhealthy_reasons", ("(7)",), id="reason without words"),
        pytest.param({"transfer": None}, "transferring", False, id="no transfer"),
        pytest.param({"transfer": {"state": "queued"}}, "transferring", True, id="queued"),
        pytest.param({"transfer": {"state": "success"}}, "transferring", False, id="ended"),
        pytest.param({"transfer": {"state": "dancing"}}, "transfer_state", "dancing", id="unknown transfer state"),
        pytest.param({"transfer_schedule": None}, "schedule", "", id="no schedule"),
        pytest.param({"throttle": None}, "throttle_kbps", None, id="throttle not told"),
        pytest.param({"throttle": "12"}, "throttle_kbps", 12, id="throttle as text"),
        pytest.param({"restore": True}, "is_restore", True, id="restore"),
        pytest.param({"policy": None}, "policy", None, id="no policy"),
        pytest.param({"policy": {"type": "continuous"}}, "synchronous", True, id="continuous"),
        pytest.param({"group_type": None}, "group_type", "none", id="group not told"),
        pytest.param(
            {"group_type": None, "destination": {"path": "svm:"}}, "group_type", "svm_dr", id="SVM DR on old releases"
        ),
        pytest.param(
            {"group_type": None, "destination": {"path": "svm:/cg/g"}},
            "group_type",
            "consistency_group",
            id="CG on old releases",
        ),
        pytest.param({"source": {"path": "10.0.0.1"}}, "source", Path("", "10.0.0.1"), id="path in no known form"),
        pytest.param({"source": {"path": "b:/objstore/1"}}, "source", Path("b", "/objstore/1"), id="object store"),
        pytest.param({"source": None}, "source", Path("", ""), id="no source"),
    ],
)
def test_a_relationship_with(changes, field, value):
    assert getattr(mirror_from_rest({**MIRROR, **changes}), field) == value


def test_a_release_that_tells_no_schedules_is_not_taken_to_have_none():
    assert mirror_from_rest({**MIRROR, "transfer_schedule": None}, schedule_told=False).schedule is None


def test_what_the_source_remembers():
    document = {
        "uuid": UUID,
        "source": {"path": "svm_paris:vol1"},
        "destination": {"path": "dr_alias:vol1_dr", "cluster": {"name": "lyon"}},
    }
    expected = SourceRecord(Path("svm_paris", "vol1"), Path("dr_alias", "vol1_dr"), UUID, "lyon")
    assert source_record_from_rest(document) == expected


VOLUME = {
    "uuid": UUID,
    "name": "vol1",
    "svm": {"name": "svm_paris"},
    "type": "rw",
    "state": "online",
    "style": "flexvol",
    "size": 1073741824,
    "space": {"used": 4096, "snapshot": {"reserve_percent": 5}},
    "aggregates": [{"name": "aggr1"}],
    "language": "c.utf_8",
    "guarantee": {"type": "none"},
    "efficiency": {"dedupe": "background", "compression": "none"},
    "encryption": {"enabled": True},
    "nas": {"path": "/data/vol1", "export_policy": {"name": "open"}, "security_style": "unix"},
    "snapshot_policy": {"name": "default"},
    "comment": "mine",
    "is_svm_root": False,
    "clone": {"is_flexclone": False},
    "flexcache_endpoint_type": "none",
}


def test_a_volume_in_full():
    assert volume_from_rest(VOLUME) == Volume(
        name="vol1",
        svm="svm_paris",
        uuid=UUID,
        type=VolumeType.RW,
        state="online",
        style="flexvol",
        size_bytes=1073741824,
        used_bytes=4096,
        aggregates=("aggr1",),
        language="c.utf_8",
        guarantee="none",
        snapshot_reserve_percent=5,
        dedupe="background",
        compression="none",
        encrypted=True,
        junction_path="/data/vol1",
        export_policy="open",
        security_style="unix",
        snapshot_policy="default",
        comment="mine",
    )


@pytest.mark.parametrize(
    "changes, field, value",
    [
        pytest.param({"nas": None}, "junction_path", None, id="never mounted"),
        pytest.param({"nas": {"path": ""}}, "junction_path", None, id="unmounted"),
        pytest.param({"type": "cache"}, "type", VolumeType.UNKNOWN, id="unknown type"),
        pytest.param({"state": None}, "online", False, id="no state"),
        pytest.param({"size": None}, "size_bytes", None, id="no size"),
        pytest.param({"size": "huge"}, "size_bytes", None, id="unreadable size"),
        pytest.param({"encryption": None}, "encrypted", None, id="encryption not told"),
        pytest.param({"comment": None}, "comment", "", id="no comment"),
        pytest.param({"is_svm_root": True}, "is_svm_root", True, id="SVM root"),
        pytest.param({"clone": {"is_flexclone": True}}, "is_clone", True, id="clone"),
        pytest.param({"flexcache_endpoint_type": "cache"}, "is_flexcache", True, id="FlexCache"),
        pytest.param({"flexcache_endpoint_type": "origin"}, "is_flexcache", False, id="origin of a FlexCache"),
        pytest.param({"aggregates": None}, "aggregates", (), id="aggregates not told"),
        pytest.param({"aggregates": [{"name": "a"}, {"name": "b"}]}, "aggregates", ("a", "b"), id="FlexGroup"),
    ],
)
def test_a_volume_with(changes, field, value):
    assert getattr(volume_from_rest({**VOLUME, **changes}), field) == value


def test_a_target_asks_only_for_what_is_wanted():
    assert target_to_rest("svm_lyon", TargetSpec("vol1_dr", 4096, ("aggr1",))) == {
        "name": "vol1_dr",
        "svm": {"name": "svm_lyon"},
        "type": "dp",
        "size": 4096,
        "aggregates": [{"name": "aggr1"}],
    }


def test_a_target_in_full():
    spec = TargetSpec("vol1_dr", 4096, ("a1", "a2"), "c.utf_8", "none", 0, "both", "inline", True, "of vol1")
    assert target_to_rest("svm_lyon", spec) == {
        "name": "vol1_dr",
        "svm": {"name": "svm_lyon"},
        "type": "dp",
        "size": 4096,
        "aggregates": [{"name": "a1"}, {"name": "a2"}],
        "language": "c.utf_8",
        "guarantee": {"type": "none"},
        "space": {"snapshot": {"reserve_percent": 0}},
        "efficiency": {"dedupe": "background", "compression": "background"},
        "encryption": {"enabled": True},
        "comment": "of vol1",
    }


def test_efficiency_that_the_source_has_not_is_not_asked_for():
    spec = TargetSpec("vol1_dr", 4096, ("a1",), dedupe="none", compression="background", encrypted=False)
    body = target_to_rest("svm_lyon", spec)
    assert body["efficiency"] == {"compression": "background"}
    assert "encryption" not in body


@pytest.mark.parametrize(
    "document, job",
    [
        pytest.param({"uuid": UUID, "state": "success", "code": 0}, Job(UUID, "success"), id="success"),
        pytest.param(
            {"uuid": UUID, "state": "failure", "code": 917526, "message": "exists"},
            Job(UUID, "failure", "917526", "exists"),
            id="failure as old releases tell it",
        ),
        pytest.param(
            {"uuid": UUID, "state": "failure", "code": 4, "error": {"code": "917526", "message": "exists"}},
            Job(UUID, "failure", "917526", "exists"),
            id="failure with the error in full",
        ),
        pytest.param({"uuid": UUID, "state": "dreaming"}, Job(UUID, "dreaming"), id="unknown state"),
        pytest.param({"uuid": UUID}, Job(UUID, "unknown"), id="no state"),
    ],
)
def test_a_job(document, job):
    assert job_from_rest(document) == job


@pytest.mark.parametrize(
    "version, expected",
    [
        ({"generation": 9, "major": 17, "minor": 1, "full": "NetApp Release 9.17.1"}, (9, 17, 1)),
        ({"generation": 9, "major": 8}, (9, 8, 0)),
        (None, (0, 0, 0)),
    ],
)
def test_a_cluster(version, expected):
    about = about_from_rest({"name": "paris", "uuid": UUID, "version": version})
    assert about == ClusterAbout(
        "paris", UUID, expected, mirrors_have_schedules=expected >= (9, 11, 1), has_groups=expected >= (9, 10, 1)
    )


def test_an_aggregate_and_a_policy():
    space = {"block_storage": {"available": 5}}
    assert aggregate_from_rest({"name": "a1", "state": "online", "space": space}) == Aggregate("a1", 5, "online")
    assert aggregate_from_rest({"name": "a1"}) == Aggregate("a1", None, "unknown")
    document = {"name": "p", "type": "sync", "sync_type": "strict_sync", "svm": {"name": "s"}}
    assert policy_from_rest(document) == Policy("p", "sync", "strict_sync", "s")
    assert policy_from_rest({"name": "p"}) == Policy("p", None, None, None)


def test_a_peering():
    document = {
        "uuid": UUID,
        "name": "alias",
        "svm": {"name": "svm_lyon"},
        "peer": {"svm": {"name": "svm_paris"}, "cluster": {"name": "paris"}},
        "state": "peered",
        "applications": ["snapmirror"],
    }
    assert peer_from_rest(document) == SvmPeer(
        "alias", "svm_lyon", "svm_paris", "paris", "peered", ("snapmirror",), UUID
    )
    bare = {"svm": {"name": "svm_lyon"}, "peer": {"svm": {"name": "svm_paris"}}}
    assert peer_from_rest(bare) == SvmPeer("svm_paris", "svm_lyon", "svm_paris")
