# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One suite for both gateways: the same cases over REST and over ZAPI, each judged by what the other one reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.connect import open_array
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import AnswerLost, ApiError, BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import MirrorSpec, State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import TargetSpec, VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint
from tests.conformance.both import ENDS, GIB, USE_REST, Site, told, told_policies, told_shares
from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.testing import running

PROTOCOLS = ("rest", "zapi")

# ---- readings


def plain_about(array):
    """Without what tells of the protocol."""
    words = ("has_groups", "has_synchronous", "has_whole_svms", "schedules_go", "policy_settings")
    return replace(array.about(), **dict.fromkeys(words))


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(plain_about, id="about"),
        pytest.param(lambda array: (array.svm_exists(), array.svm_uuid(), array.svm_about()), id="svm"),
        pytest.param(lambda array: array.aggregates(), id="aggregates"),
        pytest.param(lambda array: array.policies(), id="policies"),
        pytest.param(lambda array: told_policies(array.mirror_policies()), id="policies in detail"),
        pytest.param(lambda array: told(array.volumes()), id="volumes"),
        pytest.param(lambda array: array.snapshots(), id="snapshots"),
        pytest.param(lambda array: array.snapshots(["vol1"], prefix="d"), id="some snapshots"),
        pytest.param(lambda array: [replace(peer, uuid=None) for peer in array.svm_peers()], id="peers"),
        pytest.param(lambda array: sorted(array.luns(), key=lambda lun: lun.path), id="luns"),
        pytest.param(lambda array: array.namespaces(), id="namespaces"),
        pytest.param(lambda array: array.lun_maps(), id="lun maps"),
        pytest.param(lambda array: array.igroups(), id="igroups"),
        pytest.param(lambda array: array.export_policies(), id="export policies"),
        pytest.param(lambda array: told_shares(array.shares()), id="SMB shares"),
        pytest.param(lambda array: array.snapshot_policies(), id="snapshot policies"),
        pytest.param(lambda array: array.qos_policies(), id="QoS policies"),
        pytest.param(lambda array: array.mirrors(), id="no mirrors"),
        pytest.param(lambda array: array.source_records(), id="no records"),
        pytest.param(lambda array: array.jobs(["1"])["1"].state, id="a job that nobody knows"),
    ],
)
@pytest.mark.parametrize("cluster", ["paris", "lyon"])
def test_both_protocols_read_the_same(hosts, cluster, read):
    hosts.same(cluster, read)


def test_what_is_read_is_not_empty(hosts):
    paris = hosts.paris
    assert set(paris.shares()) == {"projects", "c$", "ipc$"}
    assert paris.luns() and paris.namespaces() and paris.lun_maps() and paris.igroups()
    assert paris.volumes()["vol1"].size_bytes and paris.qos_policies() == {"gold", "flex"}


@pytest.mark.parametrize("name", ["svm_pari", "svm*", "svm_paris|svm_lyon"])
def test_an_svm_that_is_not_there_holds_nothing(site, name):
    given = {key: value for key, value in site.site.params("paris").items() if key != "svm"}
    other = open_array(Endpoint(**given, use_rest=USE_REST[site.writer]), name, site.site.clock.sleep)
    assert not other.svm_exists()
    assert (other.volumes(), other.mirrors(), other.source_records()) == ({}, (), ())


# ---- volumes and snapshots


def test_a_target_volume_is_made_as_its_spec_says(site):
    spec = TargetSpec(
        "made", 30 * GIB, ("aggr2_lyon",), language="c.utf_8", guarantee="none", snapshot_reserve_percent=7,
        dedupe="background", compression="background", comment="of paris",
    )  # fmt: skip
    site.lyon.volume_create(spec)
    site.settle(60)
    made = site.volume("lyon", "made")
    assert (made.type, made.state, made.size_bytes, made.aggregates) == (
        VolumeType.DP,
        "online",
        30 * GIB,
        ("aggr2_lyon",),
    )
    assert (made.guarantee, made.snapshot_reserve_percent, made.comment) == ("none", 7, "of paris")
    assert (made.junction_path, made.compression) == (None, "background")
    with pytest.raises(ApiError, match="already exists"):
        site.lyon.volume_create(spec)


def test_a_volume_is_changed_mounted_and_taken_away(site):
    uuid = site.volume("paris", "vol0002").uuid
    for change in (
        lambda: site.paris.unmount(uuid),
        lambda: site.paris.volume_resize(uuid, 700 * GIB),
        lambda: site.paris.volume_comment(uuid, "hello"),
        lambda: site.paris.volume_modify(uuid, {"export_policy": "nfs_prod", "snapshot_policy": "none"}),
    ):
        change()
        site.settle(60)
    seen = site.volume("paris", "vol0002")
    assert (seen.junction_path, seen.size_bytes, seen.comment) == (None, 700 * GIB, "hello")
    assert (seen.export_policy, seen.snapshot_policy) == ("nfs_prod", "none")
    site.paris.mount(uuid, "/again")
    site.settle(60)
    assert site.volume("paris", "vol0002").junction_path == "/again"
    with pytest.raises(ApiError):
        site.paris.volume_modify(uuid, {"export_policy": "absent"})
    site.paris.volume_delete(uuid)
    site.settle(60)
    assert site.volume("paris", "vol0002") is None
    with pytest.raises(ApiError) as gone:
        site.paris.volume_delete(uuid)
    assert (gone.value.status, gone.value.code) == (404, "4")


def test_snapshots_are_taken_and_removed_by_uuid(site):
    uuid = site.volume("paris", "vol0001").uuid
    site.paris.snapshot_create(uuid, "data_motion_fence.svm_paris", "why")
    site.settle(60)
    [fence] = site.same("paris", lambda array: array.snapshots(prefix="data_motion_fence."))["vol0001"]
    assert fence.comment == "why" and fence.create_time is not None and fence.version_uuid
    with site.site.locked() as world:
        world.clusters["paris"].volume("svm_paris:vol0001").write("more", 8192)
    site.paris.snapshot_create(uuid, "later", "")
    site.settle(60)
    assert site.same("paris", lambda array: array.snapshot_delta_bytes(uuid, fence.name, "later")) == 8192
    site.paris.snapshot_delete(uuid, fence.uuid)
    site.settle(60)
    assert site.same("paris", lambda array: array.snapshots(prefix="data_motion_fence.")) == {}


# ---- mirrors


def test_a_mirror_lives_through_every_verb(site):
    mirror = site.protect()
    assert (mirror.state, mirror.healthy, mirror.transfer_state) == (State.SNAPMIRRORED, True, "success")
    assert (mirror.source_cluster, mirror.source_svm_name, mirror.policy_type) == ("paris", "svm_paris", "async")
    [record] = site.same("paris", lambda array: array.source_records())
    assert (record.uuid, record.destination, record.destination_cluster) == (mirror.uuid, ENDS[1], "lyon")
    for act, state in (
        (lambda: site.lyon.update(mirror.uuid), State.SNAPMIRRORED),
        (lambda: site.lyon.modify(mirror.uuid, {"schedule": "daily", "throttle_kbps": 512}), State.SNAPMIRRORED),
        (lambda: site.lyon.quiesce(mirror.uuid), State.PAUSED),
        (lambda: site.lyon.resume(mirror.uuid), State.SNAPMIRRORED),
        (lambda: site.lyon.break_(mirror.uuid), State.BROKEN_OFF),
        (lambda: site.lyon.resync(mirror.uuid), State.SNAPMIRRORED),
    ):
        act()
        site.settle()
        assert site.mirror().state is state
    assert (site.mirror().schedule, site.mirror().throttle_kbps) == ("daily", 512)
    site.lyon.delete(mirror.uuid)
    site.settle(60)
    assert site.mirror() is None
    site.paris.release(mirror.uuid, keep_snapshots=True)
    site.settle(60)
    assert site.same("paris", lambda array: array.source_records()) == ()


def test_a_transfer_that_runs_is_seen_and_stopped(site):
    mirror = site.protect()
    site.site.world.transfer_seconds_min = 100.0
    site.lyon.update(mirror.uuid)
    running_now = site.mirror()
    assert (running_now.transfer_state, bool(running_now.transfer_uuid)) == ("transferring", True)
    with pytest.raises(ApiError) as busy:
        site.lyon.update(mirror.uuid)
    assert busy.value.code == "13303844"
    site.lyon.quiesce(mirror.uuid)
    site.settle(1)
    assert (site.mirror().state, site.mirror().transferring) == (State.SNAPMIRRORED, True)
    site.lyon.abort(mirror.uuid, running_now.transfer_uuid)
    site.settle(1)
    assert (site.mirror().state, site.mirror().transfer_state, site.mirror().healthy) == (State.PAUSED, "failed", False)


def test_a_break_to_an_older_snapshot(site):
    uuid = site.volume("paris", "vol0001").uuid
    site.paris.snapshot_create(uuid, "older", "")
    site.settle(60)
    mirror = site.protect()
    site.lyon.break_(mirror.uuid, "older")
    site.settle(60)
    assert (site.mirror().state, site.mirror().exported_snapshot) == (State.BROKEN_OFF, "older")


DAILY, WEEKLY = {"label": "daily", "count": 7}, {"label": "weekly", "count": 52}


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param({"retention": [DAILY, WEEKLY], "comment": "ours"}, id="mirror and vault"),
        pytest.param({"retention": [DAILY], "create_snapshot_on_source": False}, id="vault"),
        pytest.param({"copy_all_source_snapshots": True}, id="all snapshots"),
        pytest.param({}, id="nothing said"),
    ],
)
def test_a_policy_is_made_and_changed(site, declared):
    def seen():
        return site.same("lyon", lambda array: told_policies(array.mirror_policies()))["made"]

    site.lyon.policy_create("made", {"type": "async", **declared})
    site.settle(60)
    made = seen().as_dict()
    rules = [{"prefix": "", "schedule": "", **rule} for rule in declared.get("retention", ())]
    assert {name: made[name] for name in declared} == {**declared, **({"retention": rules} if rules else {})}
    assert (seen().type, seen().svm) == ("async", "svm_lyon")
    with pytest.raises(ApiError):
        site.paris.policy_modify("no such policy", {"comment": "x"})
    if rules:
        known = site.lyon.mirror_policies()["made"].uuid
        site.lyon.policy_modify(known, {"comment": "theirs", "retention": [{"label": "daily", "count": 3}]})
        site.settle(60)
        assert ([(rule.label, rule.count) for rule in seen().retention], seen().comment) == ([("daily", 3)], "theirs")


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
@pytest.mark.parametrize("call", ["snapmirror-policy-create", "snapmirror-policy-add-rule"])
def test_a_policy_that_was_half_made_is_made_whole(hosts, call, action):
    hosts.site.faults.add(method="ZAPI", path=f"/zapi/{call}", action=action, times=1)
    with pytest.raises(AnswerLost):
        hosts.lyon.policy_create("made", {"retention": [DAILY, WEEKLY]})
    hosts.lyon.policy_create("made", {"retention": [DAILY, WEEKLY]})
    assert {rule.label for rule in hosts.lyon.mirror_policies()["made"].retention} == {"daily", "weekly"}
    with pytest.raises(ApiError) as taken:
        hosts.lyon.policy_create("made", {"copy_all_source_snapshots": True})
    assert taken.value.status == 409


def test_what_is_refused_is_refused_over_both(site):
    mirror = site.protect()
    for refused in (
        lambda: site.lyon.create(MirrorSpec(*ENDS)),
        lambda: site.lyon.resync(mirror.uuid),
        lambda: site.lyon.create(MirrorSpec(Path("svm_paris", "absent"), Path("svm_lyon", "absent"))),
        lambda: site.lyon.delete("99999999-9999-9999-9999-999999999999"),
    ):
        with pytest.raises(ApiError):
            refused()
    assert site.mirror() == mirror


def test_a_peering_is_asked_for_accepted_and_changed():
    plan = {
        "clusters": {
            name: {"aggregates": {f"aggr_{name}": "1TB"}, "svms": {f"svm_{name}": {}}} for name in ("paris", "lyon")
        },
        "peers": [],
    }
    world = scenario.from_dict(plan, SteppedClock(), faults=FaultBook())
    with running(world) as served:
        site = Site(served, "zapi")
        site.paris.peer_create("svm_lyon", "lyon", ["snapmirror"], None)
        assert [one.state for one in site.same("paris", plain_peers)] == ["initiated"]
        [asked] = site.lyon.svm_peers()
        assert (asked.state, asked.peer_svm, asked.peer_cluster) == ("pending", "svm_paris", "paris")
        site.lyon.peer_accept(asked.uuid)
        assert [one.state for one in site.same("lyon", plain_peers)] == ["peered"]
        site.lyon.peer_modify(asked.uuid, ["snapmirror", "flexcache"])
        assert site.same("paris", plain_peers)[0].applications == ("flexcache", "snapmirror")


def plain_peers(array):
    return [replace(one, uuid=None) for one in array.svm_peers()]


# ---- LUNs and locks


def test_luns_are_fenced_mapped_and_unmapped(hosts):
    [lun] = [one for one in hosts.paris.luns() if one.path == "/vol/vol1/lun1"]
    hosts.paris.lun_enable(lun.uuid, False)
    assert {one.path: one.enabled for one in hosts.same("paris", lambda array: array.luns())}[lun.path] is False
    hosts.paris.lun_enable(lun.uuid, True)
    [mapped] = hosts.same("paris", lambda array: array.lun_maps())
    hosts.paris.lun_unmap(mapped.lun_uuid, mapped.igroup_uuid)
    assert hosts.same("paris", lambda array: array.lun_maps()) == ()
    hosts.paris.lun_map(lun.path, "hosts", 5)
    assert [one.number for one in hosts.same("paris", lambda array: array.lun_maps())] == [5]


RULES = (
    {
        "clients": ["192.0.2.0/24", "198.51.100.7"],
        "protocols": ["nfs3", "nfs4"],
        "ro_rule": ["sys", "krb5"],
        "rw_rule": ["sys"],
        "superuser": ["none"],
        "anonymous_user": "65534",
        "allow_suid": False,
    },
    {"clients": ["0.0.0.0/0"], "ro_rule": ["any"], "rw_rule": ["never"], "superuser": ["none"]},
)


def test_an_export_policy_is_made_with_its_rules_in_their_order(site):
    site.lyon.export_policy_create("made", RULES)
    made = site.same("lyon", lambda array: array.export_policies())["made"]
    assert [{name: rule[name] for name in given} for rule, given in zip(made.rules, RULES, strict=True)] == list(RULES)
    with pytest.raises(ApiError) as taken:
        site.lyon.export_policy_create("made", RULES)
    assert taken.value.status == 409
    assert [name for name in site.lyon.export_policies() if name.startswith("dm_making_")] == []


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
@pytest.mark.parametrize("call", ["export-policy-create", "export-rule-create", "export-policy-rename"])
def test_an_export_policy_is_never_seen_half_made(hosts, call, action):
    hosts.site.faults.add(method="ZAPI", path=f"/zapi/{call}", action=action, times=1)
    with pytest.raises(AnswerLost):
        hosts.lyon.export_policy_create("made", RULES)
    seen = hosts.lyon.export_policies().get("made")
    assert seen is None or len(seen.rules) == 2
    if seen is None:
        hosts.lyon.export_policy_create("made", RULES)
    policies = hosts.lyon.export_policies()
    assert len(policies["made"].rules) == 2
    assert [name for name in policies if name.startswith("dm_making_")] == []


def test_a_rule_that_does_not_say_who_may_write_is_refused_before_anything_is_made(hosts):
    with pytest.raises(BadInput, match="rw_rule"):
        hosts.lyon.export_policy_create("made", [{"clients": ["0.0.0.0/0"], "ro_rule": ["any"]}])
    assert hosts.site.journal.writes() == []


def test_a_lock_is_made_once_whatever_the_protocol(site):
    site.lyon.lock_create("dm_lock_paris")
    for protocol in PROTOCOLS:
        with pytest.raises(ApiError) as taken:
            site.array("lyon", protocol).lock_create("dm_lock_paris")
        assert (taken.value.code, taken.value.status) == ("1", 409)
    [lock] = site.lyon.locks("dm_lock_").values()
    site.lyon.lock_delete(lock)
    assert site.same("lyon", lambda array: array.locks("dm_lock_")) == {}
    with pytest.raises(ApiError) as gone:
        site.lyon.lock_delete(lock)
    assert gone.value.status == 404


# ---- what only REST can do


@pytest.mark.parametrize(
    "name, refused",
    [
        ("throttle_kbps of SnapMirror policies", lambda array: array.policy_create("p", {"throttle_kbps": 5})),
        ("schedule of SnapMirror policies", lambda array: array.policy_modify("p", {"schedule": "daily"})),
        ("making policies of type sync", lambda array: array.policy_create("p", {"type": "sync"})),
        (
            "rules of SnapMirror policies",
            lambda array: array.policy_create("p", {"retention": [{**DAILY, "prefix": "x"}]}),
        ),
        ("policies of type sync", lambda array: array.create(MirrorSpec(*ENDS, "StrictSync"))),
        ("consistency groups", lambda array: array.group_create("erp", ["vol1"])),
        ("consistency groups", lambda array: array.group_add("erp", ["vol1"])),
        ("consistency groups", lambda array: array.expand("any", (("vol1", "vol1"),))),
        ("mirrors of consistency groups", lambda array: array.create(MirrorSpec(*ENDS, members=(("vol1", "vol1"),)))),
        ("mirrors of whole SVMs", lambda array: array.svm_set_running("any", False)),
        ("mirrors of whole SVMs", lambda array: array.create(MirrorSpec(Path("svm_paris", ""), Path("svm_lyon", "")))),
        ("mediators", lambda array: array.mediators()),
        ("failovers of active sync", lambda array: array.fail_over("any", "svm_lyon:/cg/a", "svm_paris:/cg/a")),
        ("compaction", lambda array: array.volume_modify("any", {"compaction": "inline"})),
    ],
)
def test_what_zapi_cannot_do_is_refused_by_name_and_writes_nothing(hosts, name, refused):
    with pytest.raises(BadInput, match=name) as error:
        refused(hosts.lyon)
    assert "use REST" in str(error.value)
    assert hosts.site.journal.writes() == []


def test_an_svm_that_serves_no_smb_has_no_shares(site):
    assert site.same("paris", lambda array: array.shares()) == {}


def test_a_release_without_nvme_has_no_namespaces(hosts):
    hosts.site.world.clusters["paris"].version = "9.3"
    assert hosts.paris.namespaces() == {}
    assert len(hosts.paris.luns()) == 2


def test_a_schedule_cannot_be_taken_away_over_zapi(site):
    if site.writer == "rest":
        pytest.skip("REST can")
    mirror = site.protect()
    with pytest.raises(BadInput, match="taking the schedule away"):
        site.lyon.modify(mirror.uuid, {"schedule": ""})
