# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetApp's own library, `netapp-ontap`, makes and takes apart a mirror on the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from netapp_ontap import NetAppRestError
from netapp_ontap.resources import (
    Cluster as OntapCluster,
)
from netapp_ontap.resources import (
    ConsistencyGroup,
    ConsistencyGroupSnapshot,
    SnapmirrorRelationship,
    SnapmirrorTransfer,
    Snapshot,
    SvmPeer,
    Volume,
)

from tests.conformance.library import connect, watch
from tests.conformance.support import Simulator, running, two_clusters


@pytest.fixture
def simulator(client_log: Path) -> Iterator[Simulator]:
    with running(client_log, *two_clusters(4)) as started:
        yield started


def target_volume(simulator: Simulator, name: str, **more: Any) -> Volume:
    source = simulator.paris.volume(name)
    made = Volume.from_dict(
        {
            "name": name,
            "svm": {"name": "svm_lyon"},
            "aggregates": [{"name": simulator.lyon.aggregates[0]}],
            "size": source["size"],
            "language": source["language"],
            "type": "dp",
            **more,
        }
    )
    made.post(hydrate=True)
    return made


def mirror(name: str, policy: str = "MirrorAllSnapshots") -> SnapmirrorRelationship:
    made = SnapmirrorRelationship.from_dict(
        {
            "source": {"path": f"svm_paris:{name}"},
            "destination": {"path": f"svm_lyon:{name}"},
            "policy": {"name": policy},
        }
    )
    made.post(hydrate=True, return_timeout=15)
    return made


def ask(relationship: SnapmirrorRelationship, state: str) -> None:
    modified(SnapmirrorRelationship(uuid=relationship.uuid), state=state).patch()


def modified(resource: Any, **changes: Any) -> Any:
    """The library sends what was assigned after the making, and nothing that was said at it."""
    for name, value in changes.items():
        setattr(resource, name, value)
    return resource


def reach(simulator: Simulator, relationship: SnapmirrorRelationship, state: str) -> None:
    """Poll as a program would, letting simulated time pass in between."""
    for _attempt in range(60):
        relationship.get(fields="*")
        transfer = getattr(relationship, "transfer", None)
        if relationship.state == state and getattr(transfer, "state", "success") != "transferring":
            return
        simulator.advance(30)
    raise AssertionError(f"still {relationship.state}, not {state}")


def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(NetAppRestError) as raised:
        call()
    assert raised.value.response_body is not None, raised.value
    return raised.value.response_body["error"]["code"]


def test_a_mirror_from_its_making_to_its_end(simulator: Simulator) -> None:
    name = simulator.paris.volumes[0]
    with connect(simulator.lyon):
        volume = target_volume(simulator, name)
        assert (volume.type, volume.state, volume.svm.name) == ("dp", "online", "svm_lyon")

        relationship = mirror(name)
        assert relationship.state == "uninitialized"
        ask(relationship, "snapmirrored")
        reach(simulator, relationship, "snapmirrored")
        assert relationship.healthy and relationship.transfer.state == "success"
        assert relationship.exported_snapshot in {snapshot.name for snapshot in Snapshot.get_collection(volume.uuid)}

        update = SnapmirrorTransfer(relationship.uuid)
        update.post(hydrate=True)
        assert update.uuid
        reach(simulator, relationship, "snapmirrored")

        ask(relationship, "paused")
        reach(simulator, relationship, "paused")
        ask(relationship, "broken_off")
        reach(simulator, relationship, "broken_off")
        volume.get(fields="type,nas.path")
        assert volume.type == "rw"

        volume.nas = {"path": f"/{name}"}
        volume.patch(hydrate=True)
        volume.get(fields="nas.path")
        assert volume.nas.path == f"/{name}"

        ask(relationship, "snapmirrored")
        reach(simulator, relationship, "snapmirrored")
        volume.get(fields="type")
        assert volume.type == "dp"

        relationship.delete(destination_only=True)
        assert list(SnapmirrorRelationship.get_collection()) == []
        modified(Volume(uuid=volume.uuid), nas={"path": ""}).patch()
        modified(Volume(uuid=volume.uuid), state="offline").patch()
        volume.get(fields="state,nas.path")
        assert (volume.state, getattr(getattr(volume, "nas", None), "path", None)) == ("offline", None)
        volume.delete()
        assert Volume.find(name=name) is None

    with connect(simulator.paris):
        (left,) = SnapmirrorRelationship.get_collection(list_destinations_only=True)
        left.delete(source_info_only=True)
        assert list(SnapmirrorRelationship.get_collection(list_destinations_only=True)) == []


def test_deleting_without_a_flag_cleans_both_sides(simulator: Simulator) -> None:
    name = simulator.paris.volumes[0]
    with connect(simulator.lyon):
        target_volume(simulator, name)
        relationship = mirror(name)
        ask(relationship, "snapmirrored")
        reach(simulator, relationship, "snapmirrored")
        relationship.delete()
        assert SnapmirrorRelationship.count_collection() == 0
    with connect(simulator.paris):
        assert SnapmirrorRelationship.count_collection(list_destinations_only=True) == 0


def test_several_at_once_by_records_and_by_query(simulator: Simulator) -> None:
    names = simulator.paris.volumes[:3]
    with connect(simulator.lyon):
        for name in names:
            target_volume(simulator, name)
        bodies = [
            SnapmirrorRelationship.from_dict(
                {"source": {"path": f"svm_paris:{name}"}, "destination": {"path": f"svm_lyon:{name}"}}
            )
            for name in names
        ]
        SnapmirrorRelationship.post_collection(bodies)
        made = list(SnapmirrorRelationship.get_collection(fields="state,source.path"))
        assert {record.state for record in made} == {"uninitialized"} and len(made) == 3

        SnapmirrorRelationship.patch_collection({"state": "snapmirrored"}, **{"source.path": "svm_paris:*"})
        for record in made:
            reach(simulator, record, "snapmirrored")

        chosen = [modified(SnapmirrorRelationship(uuid=record.uuid), state="paused") for record in made[:2]]
        SnapmirrorRelationship.patch_collection({}, records=chosen)
        states = [record.state for record in SnapmirrorRelationship.get_collection(fields="state")]
        assert sorted(states) == ["paused", "paused", "snapmirrored"]

        SnapmirrorRelationship.delete_collection(state="paused")
        (left,) = SnapmirrorRelationship.get_collection()
        SnapmirrorRelationship.delete_collection(records=[SnapmirrorRelationship(uuid=left.uuid)])
        assert SnapmirrorRelationship.count_collection() == 0


def test_the_library_follows_the_job_of_a_slow_volume(client_log: Path) -> None:
    """202, a job and the Location of what is to be: the library asks for the job until it has ended."""
    with (
        running(client_log, *two_clusters(1), "--job-seconds", "50") as simulator,
        connect(simulator.lyon) as connection,
    ):
        seen = []

        def pass_time(content: dict[str, Any]) -> None:
            if "/cluster/jobs/" in content.get("_links", {}).get("self", {}).get("href", ""):
                seen.append(content["state"])
                simulator.advance(20)

        watch(connection, pass_time)
        made = target_volume(simulator, simulator.paris.volumes[0])
        assert (seen[0], seen[-1], len(seen) >= 3) == ("running", "success", True)
        assert made.uuid == Volume.find(name=made.name).uuid


def test_over_https_with_the_authority_of_the_simulator(client_log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)  # these would win over what the connection is told
    with running(client_log, *two_clusters(1), "--tls") as simulator, connect(simulator.paris):
        assert simulator.paris.scheme == "https"
        assert [volume.name for volume in Volume.get_collection(is_svm_root=False)] == list(simulator.paris.volumes)


def test_a_failed_job_reaches_the_caller(simulator: Simulator) -> None:
    with connect(simulator.lyon), pytest.raises(NetAppRestError):
        target_volume(simulator, simulator.paris.volumes[0], aggregates=[{"name": "no_such_aggregate"}])


def test_refusals_arrive_with_ontaps_codes(simulator: Simulator) -> None:
    name, other = simulator.paris.volumes[:2]
    with connect(simulator.lyon):
        assert code_of(lambda: mirror(name)) == "6619546"  # no destination volume yet
        volume = target_volume(simulator, name)
        relationship = mirror(name)
        assert code_of(lambda: mirror(name)) == "6619637"
        early = modified(Volume(uuid=volume.uuid), nas={"path": "/early"})
        assert code_of(lambda: early.patch(return_timeout=15))
        ask(relationship, "snapmirrored")
        reach(simulator, relationship, "snapmirrored")
        assert code_of(lambda: Volume(uuid="00000000-0000-0000-0000-000000000000").get()) == "4"
        assert code_of(lambda: Snapshot(volume.uuid, name="ours").post(return_timeout=15)) == "1638461"
        assert code_of(lambda: SnapmirrorRelationship.from_dict({"uuid": relationship.uuid}).get(nonsense="1"))
    with connect(simulator.paris):
        assert code_of(lambda: list(Volume.get_collection(nonsense="1"))) in {"262197", "262179"}
        assert other in {volume.name for volume in Volume.get_collection()}
    assert simulator.paris.send("GET", "/storage/nonsense").json()["error"]["code"].isdigit()


def test_a_wrong_password_is_refused(simulator: Simulator) -> None:
    connection = connect(simulator.lyon)
    connection.password = "wrong"
    with connection, pytest.raises(NetAppRestError) as raised:
        OntapCluster().get()
    assert raised.value.status_code == 401


def test_the_cluster_and_its_peers_read_as_the_library_models_them(simulator: Simulator) -> None:
    with connect(simulator.lyon):
        cluster = OntapCluster()
        cluster.get(fields="*")
        assert cluster.name == "lyon" and cluster.version.generation == 9
        (peer,) = SvmPeer.get_collection(fields="*")
        assert (peer.svm.name, peer.peer.svm.name, peer.state) == ("svm_lyon", "svm_paris", "peered")
        assert "snapmirror" in peer.applications


def test_snapshots_of_a_consistency_group(simulator: Simulator) -> None:
    with connect(simulator.paris):
        names = ["vol0001", "vol0002"]
        volumes = [{"name": name, "provisioning_options": {"action": "add"}} for name in names]
        group = ConsistencyGroup.from_dict({"name": "app", "svm": {"name": "svm_paris"}, "volumes": volumes})
        group.post(hydrate=True, return_timeout=15)
        taken = ConsistencyGroupSnapshot(group.uuid, name="before", consistency_type="application", comment="upgrade")
        taken.post(hydrate=True, return_timeout=15)
        told = ConsistencyGroupSnapshot(group.uuid, uuid=taken.uuid)
        told.get(fields="is_partial,snapshot_volumes,consistency_type")
        assert (told.consistency_type, told.is_partial) == ("application", False)
        assert sorted(part.volume.name for part in told.snapshot_volumes) == names
        assert [one.name for one in ConsistencyGroupSnapshot.get_collection(group.uuid)] == ["before"]
        volume = Volume.find(name="vol0001")
        assert "before" in [one.name for one in Snapshot.get_collection(volume.uuid)]
        taken.delete(poll=True)
        assert list(ConsistencyGroupSnapshot.get_collection(group.uuid)) == []
        assert "before" not in [one.name for one in Snapshot.get_collection(volume.uuid)]
