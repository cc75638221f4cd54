# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps give hosts back what they had, and which are refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture
from ansible_collections.ontap.data_motion.plugins.module_utils.model.presentation import (
    Ace,
    ExportPolicy,
    Igroup,
    LunMap,
    Share,
    naa_of,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.model.san import Lun
from ansible_collections.ontap.data_motion.plugins.module_utils.model.snapshot import Snapshot, fence_name
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.capturing import manifest_parts
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.effects import apply
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.presenting import (
    WantedPresentation,
    plan_presentation,
)
from tests.unit.planning.pictures import ORIGIN, here, mirror, source_volume, target_volume, there

STAFF, EVERYONE = Ace("Staff", "windows", "change"), Ace("Everyone", "windows", "full_control")
SHARE = Share("s1", "/v1/dir", "ours", {"oplocks": False, "browsable": True}, (STAFF,))
RULES = [{"clients": ["192.0.2.0/24"], "ro_rule": ["sys"], "rw_rule": ["sys"]}]
ESX = Igroup("esx", "vmware", "iscsi", ("iqn.a",))
BOTH = {"default": ExportPolicy("default", tuple(RULES))}


def active(name="v1", **more):
    """A volume of dr after its break: writable, mounted as at home."""
    facts = {"type": VolumeType.RW, "junction_path": f"/{name}", "export_policy": "default", "comment": "", **more}
    return target_volume(name, **facts)


def side(*volumes, **more):
    facts = {
        "export_policies": BOTH, "shares": {}, "luns": (), "lun_maps": (), "igroups": {},
        "snapshot_policies": frozenset({"default", "none"}), "qos_policies": frozenset({"gold"}), **more,
    }  # fmt: skip
    return here(*volumes, mirrors=tuple(mirror(one.name, State.BROKEN_OFF) for one in volumes), **facts)


def entry(name="v1", **more):
    return {"junction_path": f"/{name}", "export_policy": "default", **more}


def manifest(more=None, **volumes):
    return {"schema": 1, "svm": "prod", "volumes": volumes or {"v1": entry()}, **(more or {})}


def planned(one_side, known=None, **want):
    facts = {"manifest": manifest() if known is None else known, **want}
    return plan_presentation(Picture(one_side), WantedPresentation(ORIGIN, **facts))


def told(plan):
    verdict = plan.verdicts[0]
    return verdict.refused or "; ".join(verdict.undone)


def lun(path="/vol/v1/l1", **more):
    return Lun(path, path.split("/")[2], "u", **{"enabled": True, "serial_number": "RLIta+DhqCVk", **more})


def with_lun(*maps, **more):
    return manifest(
        {"igroups": {"esx": ESX.as_dict()}}, v1=entry(luns=[{"path": "/vol/v1/l1", "maps": list(maps), **more}])
    )


AT_0 = {"igroup": "esx", "logical_unit_number": 0}


def test_the_device_name_is_the_vendor_and_the_serial_number_in_hex():
    assert naa_of("RLIta+DhqCVk") == "naa.600a0980524c4974612b44687143566b"
    assert naa_of(None) is None


@pytest.mark.parametrize(
    "volume, known, verbs",
    [
        pytest.param(active(), entry(), [], id="already right"),
        pytest.param(active(export_policy="other"), entry(), ["volume_modify"], id="export policy"),
        pytest.param(active(junction_path=None), entry(), ["mount"], id="not mounted"),
        pytest.param(active(junction_path="/else"), entry(), [], id="in use elsewhere"),
        pytest.param(active(junction_path=None), entry(junction_path=""), [], id="was not mounted at home"),
        pytest.param(active(), entry(snapshot_policy="default"), ["volume_modify"], id="snapshot policy"),
        pytest.param(
            active(snapshot_policy="default"), entry(snapshot_policy="default"), [], id="right snapshot policy"
        ),
        pytest.param(active(), entry(qos_policy="gold"), ["volume_modify"], id="QoS"),
        pytest.param(active(), entry(efficiency={"dedupe": "background"}), ["volume_modify"], id="efficiency"),
        pytest.param(
            active(), entry(efficiency={"dedupe": "none", "compaction": "mixed"}), [], id="no efficiency is none"
        ),
        pytest.param(active(), entry(shares=[SHARE.as_dict()]), ["share_create"], id="share"),
        pytest.param(active(), {}, [], id="nothing captured"),
    ],
)
def test_verbs_for(volume, known, verbs):
    before, want = Picture(side(volume)), WantedPresentation(ORIGIN, manifest=manifest(v1=known))
    plan = plan_presentation(before, want)
    assert plan.verbs() == verbs
    assert plan_presentation(apply(before, plan), want).verbs() == []


@pytest.mark.parametrize(
    "volume, why",
    [
        pytest.param(active(type=VolumeType.DP), "break its mirror first", id="still a mirror"),
        pytest.param(active(state="offline"), "bring it online", id="offline"),
    ],
)
def test_a_volume_that_takes_no_writes_is_refused(volume, why):
    plan = planned(side(volume))
    assert (plan.verbs(), why in told(plan)) == ([], True)


def test_a_volume_is_found_by_mirror_then_comment_then_by_the_name_that_the_user_gave():
    renamed = replace(active(), name="v1_dr")
    by_mirror = replace(
        side(), volumes={"v1_dr": renamed}, mirrors={"v1_dr": mirror("v1", State.BROKEN_OFF, to="v1_dr")}
    )
    assert planned(by_mirror).verdicts[0].facts["destination"] == "dr:v1_dr"
    noted = replace(renamed, comment=target_volume("v1").comment)
    assert planned(replace(side(), volumes={"v1_dr": noted})).verdicts[0].facts["destination"] == "dr:v1_dr"
    unproven = replace(side(), volumes={"v1_dr": renamed})
    assert "no mirror and no comment" in told(planned(unproven, volumes=("v1",)))
    named = planned(unproven, destination_name="{volume}_dr")
    assert named.verdicts[0].facts["destination"] == "dr:v1_dr"


def test_a_glob_that_means_nothing_is_bad_input():
    with pytest.raises(BadInput, match="matches no volume"):
        planned(side(active()), volumes=("x*",))


def test_a_missing_export_policy_is_made_once_and_before_all_mounts():
    volumes = [active(name, junction_path=None) for name in ("a", "b")]
    known = manifest(
        {"export_policies": {"nfs": RULES}}, a=entry("a", export_policy="nfs"), b=entry("b", export_policy="nfs")
    )
    plan = planned(side(*volumes), known)
    assert plan.verbs() == ["export_policy_create", "volume_modify", "mount", "volume_modify", "mount"]
    assert [chain.needs for chain in plan.stages[1]] == [("a",), ("a",)]
    assert next(plan.steps()).args["rules"] == RULES


def test_a_policy_that_exists_keeps_its_rules_and_an_empty_one_is_said():
    plan = planned(
        side(active(), export_policies={"default": ExportPolicy("default")}),
        manifest({"export_policies": {"default": RULES}}),
    )
    assert plan.verbs() == []
    assert "no host gets in" in plan.verdicts[0].warnings[0]


def test_a_policy_without_known_rules_is_refused_and_the_mount_goes_on():
    plan = planned(side(active(junction_path=None)), manifest(v1=entry(export_policy="nfs")))
    assert plan.verbs() == ["mount"]
    assert "export_policy_map: {nfs: ...}" in told(plan)


def test_mounts_go_shallowest_first_and_wait_for_their_parents():
    volumes = [active(name, junction_path=None) for name in ("a", "b", "c")]
    known = manifest(
        a=entry("a", junction_path="/a/b/c"), b=entry("b", junction_path="/a/b"), c=entry("c", junction_path="/a")
    )
    plan = planned(side(*volumes), known)
    assert [[chain.volume for chain in stage] for stage in plan.stages] == [["c"], ["b"], ["a"]]
    assert plan.stages[2][0].needs == ("b", "c")


def test_what_hosts_do_not_wait_for_comes_last_and_hinders_no_child():
    volumes = [active(name, junction_path=None) for name in ("a", "b")]
    known = manifest(a=entry("a", qos_policy="gold"), b=entry("b", junction_path="/a/b"))
    plan = planned(side(*volumes), known)
    assert [[chain.steps[0].verb.value for chain in stage] for stage in plan.stages] == [
        ["mount"],
        ["mount"],
        ["volume_modify"],
    ]


@pytest.mark.parametrize(
    "have, verbs",
    [
        pytest.param(SHARE, [], id="right"),
        pytest.param(replace(SHARE, name="S1"), [], id="names have no case"),
        pytest.param(replace(SHARE, comment="x"), ["share_modify"], id="comment"),
        pytest.param(replace(SHARE, properties={"oplocks": True, "browsable": True}), ["share_modify"], id="property"),
        pytest.param(replace(SHARE, properties={"oplocks": False}), [], id="property that this release does not know"),
        pytest.param(replace(SHARE, acls=(Ace("STAFF", "windows", "change"),)), [], id="accounts have no case"),
        pytest.param(replace(SHARE, acls=(Ace("Staff", "windows", "read"),)), ["share_acl_set"], id="permission"),
        pytest.param(
            replace(SHARE, acls=(EVERYONE,)), ["share_acl_set", "share_acl_delete"], id="everyone is too many"
        ),
    ],
)
def test_a_share_is_brought_to_what_it_was(have, verbs):
    known = manifest(v1=entry(shares=[SHARE.as_dict()]))
    before = Picture(side(active(), shares={have.name: replace(have, svm_uuid="u")}))
    plan = plan_presentation(before, WantedPresentation(ORIGIN, manifest=known))
    assert plan.verbs() == verbs
    assert plan_presentation(apply(before, plan), WantedPresentation(ORIGIN, manifest=known)).verbs() == []


def test_a_share_without_an_acl_lets_nobody_in():
    closed = replace(SHARE, acls=()).as_dict()
    plan = planned(side(active()), manifest(v1=entry(shares=[closed])))
    assert next(plan.steps()).args["acls"] == [
        {"user_or_group": "Everyone", "type": "windows", "permission": "no_access"}
    ]


def test_a_share_that_leads_elsewhere_is_named_and_left():
    plan = planned(
        side(active(), shares={"s1": replace(SHARE, path="/other")}), manifest(v1=entry(shares=[SHARE.as_dict()]))
    )
    assert (plan.verbs(), "leads to /other, not to /v1/dir" in told(plan)) == ([], True)


@pytest.mark.parametrize(
    "luns, maps, igroups, named, verbs, refused",
    [
        pytest.param((lun(),), (), {"x": ESX}, {"esx": "x"}, ["lun_map"], "", id="by igroup_map"),
        pytest.param((lun(enabled=False),), (), {"x": ESX}, {"esx": "x"}, ["lun_online", "lun_map"], "", id="offline"),
        pytest.param((lun(),), (LunMap("/vol/v1/l1", "x", 0),), {"x": ESX}, {"esx": "x"}, [], "", id="mapped"),
        pytest.param((lun(),), (), {}, {"esx": "x"}, [], "igroup x does not exist", id="no such igroup"),
        pytest.param((lun(),), (), {"esx": ESX}, {}, ["lun_map"], "", id="same hosts"),
        pytest.param((lun(),), (), {"esx": replace(ESX, initiators=("b",))}, {}, [], "same hosts", id="other hosts"),
        pytest.param((lun(),), (), {}, {"esx": ""}, [], "", id="left out"),
        pytest.param((), (), {"x": ESX}, {"esx": "x"}, [], "is not there", id="no such LUN"),
    ],
)
def test_luns_are_mapped_to_the_hosts_that_the_user_names(luns, maps, igroups, named, verbs, refused):
    one = side(active(), luns=luns, lun_maps=maps, igroups=igroups)
    want = WantedPresentation(ORIGIN, manifest=with_lun(AT_0), maps={"igroup": named})
    plan = plan_presentation(Picture(one), want)
    assert plan.verbs() == verbs
    assert plan_presentation(apply(Picture(one), plan), want).verbs() == []
    assert refused in told(plan) and bool(refused) == bool(told(plan))


def test_at_home_an_igroup_stands_for_itself():
    one = side(active(), luns=(lun(),), igroups={"esx": replace(ESX, initiators=())})
    want = WantedPresentation(replace(ORIGIN, by_destination=True), manifest=with_lun(AT_0))
    assert plan_presentation(Picture(one), want).verbs() == ["lun_map"]


def test_a_lun_that_was_offline_stays_so():
    assert planned(side(active(), luns=(lun(enabled=False),)), with_lun(enabled=False)).verbs() == []


def test_a_lun_id_that_is_taken_is_not_taken_twice():
    known = with_lun(AT_0)
    known["volumes"]["v1"]["luns"].append({"path": "/vol/v1/l2", "maps": [AT_0]})
    one = side(active(), luns=(lun(), lun("/vol/v1/l2")), igroups={"esx": ESX})
    plan = planned(one, known)
    assert [step.args["logical_unit_number"] for step in plan.steps()] == [0, None]
    assert "LUN id 0 is taken" in plan.verdicts[0].warnings[0]


def test_another_lun_id_is_drift_and_left():
    one = side(active(), luns=(lun(),), lun_maps=(LunMap("/vol/v1/l1", "esx", 5),), igroups={"esx": ESX})
    plan = planned(one, with_lun(AT_0))
    assert plan.verbs() == []
    assert [(drift.have, drift.want) for drift in plan.verdicts[0].drift] == [(5, 0)]


def test_two_igroups_that_are_one_here_make_one_map():
    known = with_lun(AT_0, {"igroup": "other", "logical_unit_number": 1})
    one = side(active(), luns=(lun(),), igroups={"x": ESX})
    assert planned(one, known, maps={"igroup": {"esx": "x", "other": "x"}}).verbs() == ["lun_map"]


def test_a_policy_that_is_missing_is_refused_unless_it_is_left_out():
    known = manifest(v1=entry(snapshot_policy="weekly", qos_policy="silver"))
    plan = planned(side(active()), known)
    assert plan.verbs() == []
    assert "snapshot policy weekly" in told(plan) and "qos policy silver" in told(plan)
    without = planned(side(active()), known, maps={"qos_policy": {"silver": "gold"}, "snapshot_policy": {"weekly": ""}})
    assert (without.verbs(), told(without)) == (["volume_modify"], "")


# -- what is captured


def captured(one_side, before=None, patterns=("*",)):
    return manifest_parts(one_side, patterns, before or {})[0]


def test_a_share_belongs_to_the_innermost_volume():
    shares = {
        "out": Share("out", "/a/x"),
        "in": Share("in", "/a/b"),
        "near": Share("near", "/ab"),
        "root": Share("c$", "/"),
    }
    one = there(source_volume("a"), source_volume("b", junction_path="/a/b"), shares=shares)
    volumes = captured(one)["volumes"]
    assert {name: [share["name"] for share in one["shares"]] for name, one in volumes.items()} == {
        "a": ["out"],
        "b": ["in"],
    }


def test_a_fenced_volume_keeps_the_state_and_maps_of_its_luns_and_any_other_tells_the_truth():
    on = {"path": "/vol/a/l1", "serial_number": "s", "enabled": True, "maps": [AT_0]}
    before = {"volumes": {"a": {"junction_path": "/a", "luns": [on]}}, "igroups": {"esx": ESX.as_dict()}}
    off = there(
        source_volume("a", junction_path=None), luns=(lun("/vol/a/l1", enabled=False, serial_number="s"),), snapshots={}
    )
    fence = Snapshot(fence_name("prod"), "a", create_time=datetime(2026, 1, 1, tzinfo=timezone.utc))
    fenced = replace(off, snapshots={"a": (fence,)})
    assert captured(fenced, before)["volumes"]["a"]["luns"] == [on]
    assert captured(fenced, before)["igroups"] == before["igroups"]
    assert captured(off, before)["volumes"]["a"]["luns"][0]["enabled"] is False
    assert captured(off, before)["volumes"]["a"]["junction_path"] == "/a"


@pytest.mark.parametrize(
    "patterns, names",
    [
        pytest.param(["a"], {"a", "dp"}, id="a run for one volume"),
        pytest.param(["*"], {"a", "dp"}, id="a volume that is a mirror for a while"),
        pytest.param(["a*"], {"a"}, id="left the pools"),
    ],
)
def test_what_is_not_captured_now_stays_until_it_is_gone(patterns, names):
    before = {"volumes": {"a": {}, "dp": {"junction_path": "/dp"}, "deleted": {}}}
    one = there(source_volume("a"), source_volume("dp", type=VolumeType.DP))
    volumes = captured(one, before, patterns)["volumes"]
    assert set(volumes) == names
    assert volumes.get("dp", {"junction_path": "/dp"}) == {"junction_path": "/dp"}
