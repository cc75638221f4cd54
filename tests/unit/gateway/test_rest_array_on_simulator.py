# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each verb of the gateway against the simulator; the traffic is judged by the contract when the run ends."""

from __future__ import annotations

import sys

import pytest

if sys.version_info < (3, 10):
    pytest.skip("the simulator needs Python 3.10", allow_module_level=True)
pytest.importorskip("requests")
pytest.importorskip("starlette")

from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.connect import open_array
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import AnswerLost, ApiError, Unreachable
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import MirrorSpec, State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import TargetSpec, VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.model import peers, snapshots, volume_create
from tests.simulator.model.world import World
from tests.simulator.testing import running

GIB = 1024**3
VERSIONS = ["9.17.1", "9.10.1"]
NOT_A_JOB = "99999999-9999-9999-9999-999999999999"


def make_world(version="9.17.1", peered=True):
    """paris holds vol1 (thin, deduplicated, mounted) and vol2; lyon is empty and knows svm_paris as "theirs"."""
    world = World(SteppedClock(), faults=FaultBook(), transfer_rate=0.1 * GIB)
    for name in ("paris", "lyon"):
        cluster = world.add_cluster(name, version=version)
        cluster.add_aggregate(f"aggr1_{name}", 1000 * GIB)
        cluster.add_svm(f"svm_{name}")
    world.peer_clusters("paris", "lyon")
    paris, lyon = (world.clusters[name].svms[f"svm_{name}"] for name in ("paris", "lyon"))
    if peered:
        peers.establish(lyon, paris, name="theirs")
    vol1 = volume_create.NewVolume(
        "vol1",
        size_bytes=10 * GIB,
        aggregates=["aggr1_paris"],
        junction="/vol1",
        efficiency={"dedupe": "background", "compression": "none"},
        fields={"guarantee": "none", "comment": "of paris"},
    )
    for wanted in (vol1, volume_create.NewVolume("vol2", size_bytes=GIB, aggregates=["aggr1_paris"])):
        volume_create.create(paris, wanted)
    paris.volumes["vol1"].write("first", size_bytes=GIB)
    return world


class Both:
    """Both sides, and a way to let what was started come to its end."""

    def __init__(self, site):
        self.site = site
        self.paris, self.lyon = (self._open(name) for name in ("paris", "lyon"))

    def _open(self, name):
        given = {key: value for key, value in self.site.params(name).items() if key != "svm"}
        return open_array(Endpoint(**given, read_timeout_s=10, width=4), f"svm_{name}", self.site.clock.sleep)

    def end(self, array, job, state="success"):
        self.site.advance(1)
        if job is not None:
            assert array.jobs([job])[job].state == state

    def target(self):
        self.end(self.lyon, self.lyon.volume_create(TargetSpec("vol1_dr", 10 * GIB, ("aggr1_lyon",))))
        return self.lyon.volumes(["vol1_dr"])["vol1_dr"]

    def mirror(self):
        [mirror] = self.lyon.mirrors()
        return mirror

    def protected(self):
        """vol1 mirrored onto vol1_dr, initialized."""
        self.target()
        job = self.lyon.create(MirrorSpec(Path("theirs", "vol1"), Path("svm_lyon", "vol1_dr"), "MirrorAllSnapshots"))
        self.end(self.lyon, job)
        self.lyon.initialize(self.mirror().uuid)
        self.site.advance(3600)
        return self.mirror()


@pytest.fixture
def both():
    with running(make_world()) as site:
        yield Both(site)


@pytest.fixture
def both_with_refusals():
    with running(make_world(), traffic="rejected") as site:
        yield Both(site)


def test_what_is_read_of_a_cluster(both):
    about = both.paris.about()
    assert (about.name, about.version) == ("paris", (9, 17, 1))
    assert both.paris.svm_exists()
    aggregates = both.paris.aggregates()
    assert aggregates["aggr1_paris"].state == "online"
    assert 0 < aggregates["aggr1_paris"].available_bytes < 1000 * GIB
    policies = both.lyon.policies()
    assert policies["MirrorAllSnapshots"].type == "async"
    assert policies["StrictSync"].sync_type == "strict_sync"


def test_an_svm_that_is_not_there(both):
    address = both.site.clusters["paris"]
    endpoint = Endpoint(address.hostname, address.username, address.password, http_port=address.port, https=False)
    for name in ("svm_pari", "svm*", "svm_paris|svm_lyon"):
        other = open_array(endpoint, name, both.site.clock.sleep)
        assert not other.svm_exists()
        assert other.volumes() == {}
        assert other.mirrors() == ()


def test_what_is_read_of_volumes(both):
    volumes = both.paris.volumes()
    assert {"vol1", "vol2"} < set(volumes)
    [root] = [volume for volume in volumes.values() if volume.is_svm_root]
    assert root.junction_path == "/"
    vol1 = volumes["vol1"]
    assert vol1.type is VolumeType.RW
    assert vol1.online
    assert vol1.size_bytes == 10 * GIB
    assert vol1.used_bytes >= GIB
    assert vol1.aggregates == ("aggr1_paris",)
    assert vol1.guarantee == "none"
    assert (vol1.dedupe, vol1.compression) == ("background", "none")
    assert vol1.encrypted is False
    assert vol1.junction_path == "/vol1"
    assert vol1.comment == "of paris"
    assert not vol1.is_clone
    assert not vol1.is_flexcache
    assert volumes["vol2"].junction_path is None
    assert volumes["vol2"].comment == ""
    assert list(both.paris.volumes(["vol2", "nothing"])) == ["vol2"]


def test_a_target_volume_lives_and_dies(both):
    spec = TargetSpec(
        "vol1_dr", 10 * GIB, ("aggr1_lyon",), "fr.utf_8", "none", 0, "background", "background", True, "of vol1"
    )
    both.end(both.lyon, both.lyon.volume_create(spec))
    made = both.lyon.volumes(["vol1_dr"])["vol1_dr"]
    assert made.type is VolumeType.DP
    assert made.junction_path is None
    assert (made.language, made.guarantee, made.snapshot_reserve_percent) == ("fr.utf_8", "none", 0)
    assert (made.dedupe, made.compression, made.encrypted) == ("background", "background", True)
    assert made.comment == "of vol1"
    both.end(both.lyon, both.lyon.volume_resize(made.uuid, 20 * GIB))
    both.end(both.lyon, both.lyon.volume_comment(made.uuid, "new words"))
    grown = both.lyon.volumes(["vol1_dr"])["vol1_dr"]
    assert (grown.size_bytes, grown.comment) == (20 * GIB, "new words")
    both.end(both.lyon, both.lyon.volume_delete(made.uuid))
    assert both.lyon.volumes(["vol1_dr"]) == {}


def test_a_volume_is_unmounted_and_mounted(both):
    uuid = both.paris.volumes(["vol1"])["vol1"].uuid
    both.end(both.paris, both.paris.unmount(uuid))
    assert both.paris.volumes(["vol1"])["vol1"].junction_path is None
    both.end(both.paris, both.paris.mount(uuid, "/elsewhere"))
    assert both.paris.volumes(["vol1"])["vol1"].junction_path == "/elsewhere"


def test_a_peering_is_made_changed_and_accepted():
    with running(make_world(peered=False)) as site:
        both = Both(site)
        assert both.lyon.svm_peers() == ()
        both.end(both.lyon, both.lyon.peer_create("svm_paris", "paris", ["snapmirror"], "theirs"))
        [asked] = both.paris.svm_peers()
        assert (asked.local_svm, asked.peer_svm, asked.state) == ("svm_paris", "svm_lyon", "pending")
        both.end(both.paris, both.paris.peer_accept(asked.uuid))
        [peer] = both.lyon.svm_peers()
        assert (peer.name, peer.peer_svm, peer.peer_cluster) == ("theirs", "svm_paris", "paris")
        assert (peer.state, peer.applications) == ("peered", ("snapmirror",))
        both.end(both.lyon, both.lyon.peer_modify(peer.uuid, ["snapmirror", "flexcache"]))
        assert set(both.lyon.svm_peers()[0].applications) == {"snapmirror", "flexcache"}


def test_a_mirror_is_created_initialized_and_told_in_full(both):
    both.target()
    ends = Path("theirs", "vol1"), Path("svm_lyon", "vol1_dr")
    both.end(both.lyon, both.lyon.create(MirrorSpec(*ends, "MirrorAllSnapshots", "daily", 2048)))
    new = both.mirror()
    assert (new.source, new.destination) == ends
    assert new.state is State.UNINITIALIZED
    assert not new.transferring
    assert (new.policy, new.policy_type, new.schedule, new.throttle_kbps) == (
        "MirrorAllSnapshots", "async", "daily", 2048,
    )  # fmt: skip
    assert new.lag_s is None
    assert both.lyon.initialize(new.uuid) is None
    running_now = both.mirror()
    assert running_now.transferring
    assert running_now.transfer_uuid
    both.site.advance(3000)
    idle = both.lyon.mirrors([new.uuid])[0]
    assert idle.state is State.SNAPMIRRORED
    assert idle.healthy is True
    assert not idle.transferring
    assert idle.exported_snapshot
    assert idle.lag_s is not None
    assert (idle.group_type, idle.last_transfer_type) == ("none", "initialize")
    assert both.lyon.mirrors([NOT_A_JOB]) == ()


def test_only_paths_of_mirrors(both):
    full = both.protected()
    [short] = both.lyon.mirrors(paths_only=True)
    assert (short.uuid, short.source, short.destination, short.state) == (
        full.uuid, full.source, full.destination, full.state,
    )  # fmt: skip


def test_settings_of_a_mirror_change(both):
    uuid = both.protected().uuid
    both.end(both.lyon, both.lyon.modify(uuid, {"schedule": "daily", "throttle_kbps": 512}))
    assert (both.mirror().schedule, both.mirror().throttle_kbps) == ("daily", 512)
    both.end(both.lyon, both.lyon.modify(uuid, {"schedule": "", "throttle_kbps": 0, "policy": "MirrorLatest"}))
    changed = both.mirror()
    assert (changed.schedule, changed.throttle_kbps, changed.policy) == ("", 0, "MirrorLatest")


def test_quiesce_resume_update_abort_break_resync(both):
    lyon, uuid = both.lyon, both.protected().uuid
    both.end(lyon, lyon.quiesce(uuid))
    assert both.mirror().state is State.PAUSED
    both.end(lyon, lyon.resume(uuid))
    assert both.mirror().state is State.SNAPMIRRORED
    with both.site.locked() as world:
        world.clusters["paris"].volume("svm_paris:vol1").write("second", size_bytes=GIB)
    assert lyon.update(uuid) is None
    assert both.mirror().transferring
    lyon.abort(uuid, both.mirror().transfer_uuid)
    assert (both.mirror().transferring, both.mirror().transfer_state) == (False, "aborted")
    both.end(lyon, lyon.quiesce(uuid))
    both.end(lyon, lyon.break_(uuid))
    assert both.mirror().state is State.BROKEN_OFF
    assert lyon.volumes(["vol1_dr"])["vol1_dr"].type is VolumeType.RW
    both.end(lyon, lyon.resync(uuid))
    both.site.advance(3600)
    assert both.mirror().state is State.SNAPMIRRORED
    assert lyon.volumes(["vol1_dr"])["vol1_dr"].type is VolumeType.DP


def test_break_to_an_older_snapshot(both):
    mirror = both.protected()
    with both.site.locked() as world:
        source = world.clusters["paris"].volume("svm_paris:vol1")
        snapshots.create(source, "noon")
        source.write("second", size_bytes=4096)
    both.site.advance(60)
    both.lyon.update(mirror.uuid)
    both.site.advance(3600)
    with both.site.locked() as world:
        target = world.clusters["lyon"].volume("svm_lyon:vol1_dr")
        assert target.content() == ["first", "second"]
    both.end(both.lyon, both.lyon.quiesce(mirror.uuid))
    both.end(both.lyon, both.lyon.break_(mirror.uuid, "noon"))
    with both.site.locked():
        assert target.content() == ["first"]


@pytest.mark.parametrize("keep", [True, False])
def test_delete_leaves_the_source_its_record_until_released(keep, both):
    mirror = both.protected()
    [record] = both.paris.source_records()
    assert (record.source, record.destination.volume) == (Path("svm_paris", "vol1"), "vol1_dr")
    both.end(both.lyon, both.lyon.delete(mirror.uuid))
    assert both.lyon.mirrors() == ()
    [record] = both.paris.source_records()
    both.end(both.paris, both.paris.release(record.uuid, keep_snapshots=keep))
    assert both.paris.source_records() == ()
    with both.site.locked() as world:
        names = [each.name for each in world.clusters["paris"].volume("svm_paris:vol1").snapshots]
    assert any(name.startswith("snapmirror") for name in names) is keep


def test_how_a_mirror_is_synchronous(both):
    both.target()
    job = both.lyon.create(MirrorSpec(Path("theirs", "vol1"), Path("svm_lyon", "vol1_dr"), "StrictSync"))
    both.end(both.lyon, job)
    assert (both.mirror().policy_type, both.mirror().sync_type) == ("sync", "strict_sync")


def test_jobs_run_end_fail_and_are_forgotten(both):
    with both.site.locked() as world:
        world.job_seconds = 10.0
    job = both.lyon.volume_create(TargetSpec("vol1_dr", GIB, ("aggr1_lyon",)))
    both.site.faults.add(action="fail_job", verb="volume.create", code="917829", message="no space")
    failing = both.lyon.volume_create(TargetSpec("vol2_dr", GIB, ("aggr1_lyon",)))
    assert {found.state for found in both.lyon.jobs([job, failing]).values()} <= {"queued", "running"}
    both.site.advance(11)
    found = both.lyon.jobs([job, failing, NOT_A_JOB])
    assert found[job].state == "success"
    assert (found[failing].state, found[failing].code) == ("failure", "917829")
    assert "no space" in found[failing].message
    assert found[NOT_A_JOB].state == "gone"
    both.site.advance(1000)
    assert both.lyon.jobs([job])[job].state == "gone"


def test_pages_are_put_together(both, monkeypatch):
    monkeypatch.setattr(
        "ansible_collections.ontap.data_motion.plugins.module_utils.transport.rest.PAGE", 2
    )  # each page holds two
    with both.site.locked() as world:
        svm = world.clusters["paris"].svms["svm_paris"]
        for number in range(5):
            volume_create.create(
                svm, volume_create.NewVolume(f"more{number}", size_bytes=GIB, aggregates=["aggr1_paris"])
            )
    assert len([name for name in both.paris.volumes() if name.startswith("more")]) == 5


@pytest.mark.parametrize("version", VERSIONS)
def test_old_and_new_releases_are_asked_what_they_know(version):
    with running(make_world(version)) as site:
        both = Both(site)
        mirror = both.protected()
        assert mirror.state is State.SNAPMIRRORED
        assert (mirror.schedule is None) == (version == "9.10.1")
        assert len(both.paris.volumes()) == 3
        assert len(both.paris.source_records()) == 1


def test_a_refusal_names_object_code_and_words(both_with_refusals):
    both = both_with_refusals
    both.target()
    with pytest.raises(ApiError) as caught:
        both.end(both.lyon, both.lyon.volume_create(TargetSpec("vol1_dr", GIB, ("aggr1_lyon",))))
    assert caught.value.code in ("1", "917526")
    assert "POST /api/storage/volumes" in str(caught.value)


def test_a_wrong_password_is_a_login_denied(both_with_refusals):
    address = both_with_refusals.site.clusters["paris"]
    endpoint = Endpoint(address.hostname, "eve", "wrong", http_port=address.port, https=False)
    with pytest.raises(Unreachable, match="login denied for user eve") as caught:
        open_array(endpoint, "svm_paris", both_with_refusals.site.clock.sleep).about()
    assert caught.value.facts["kind"] == "login"


FAULTS = [
    pytest.param({"action": "drop_before"}, AnswerLost, id="dropped before"),
    pytest.param({"action": "drop_after"}, AnswerLost, id="dropped after"),
    pytest.param({"action": "html_page"}, AnswerLost, id="HTML page"),
    pytest.param({"action": "http_status", "status": 500, "body": "html"}, AnswerLost, id="500 page"),
    pytest.param({"action": "http_status", "status": 500}, ApiError, id="500 in ONTAP's form"),
    pytest.param({"action": "http_status", "status": 503}, None, id="503"),
    pytest.param({"action": "http_status", "status": 429, "retry_after": 5}, None, id="429 with Retry-After"),
    pytest.param({"action": "http_status", "status": 429}, None, id="429"),
]


@pytest.mark.parametrize("fault, error", FAULTS)
def test_a_write_meets_a_fault(fault, error, both_with_refusals):
    both = both_with_refusals
    both.site.faults.add(method="POST", path="/storage/volumes", times=1, **fault)
    spec = TargetSpec("vol1_dr", GIB, ("aggr1_lyon",))
    if error is None:
        both.end(both.lyon, both.lyon.volume_create(spec))
    else:
        with pytest.raises(error):
            both.lyon.volume_create(spec)
    both.site.faults.clear()
    was_done = "vol1_dr" in both.lyon.volumes()
    assert was_done == (error is None or fault["action"] == "drop_after")


@pytest.mark.parametrize("fault", [parameter.values[0] for parameter in FAULTS], ids=[p.id for p in FAULTS])
def test_a_read_outlives_a_fault(fault, both_with_refusals):
    both = both_with_refusals
    both.site.faults.add(method="GET", path="/storage/volumes", times=1, **fault)
    assert "vol1" in both.paris.volumes()


def test_a_cluster_that_is_down(both):
    both.paris.about()
    both.site.down("paris")
    with pytest.raises(Unreachable) as caught:
        both.paris.volumes()
    assert both.paris.address in str(caught.value)
    both.site.up("paris")
    assert "vol1" in both.paris.volumes()
