# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NFS exports, SMB shares with their ACLs and mapped LUNs follow the volumes to the other site and home again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration_sim.playbooks import Arrays, Play, arrays

pytestmark = pytest.mark.slow

BACKEND = {"backend": "paris"}
CONFIRMED = {"backend": "paris", "confirm": "paris"}
RULE = {"clients": ["192.0.2.0/24"], "ro_rule": ["sys"], "rw_rule": ["sys"]}
STAFF = {"user_or_group": "EXAMPLE\\Staff", "permission": "change"}
READERS = {"user_or_group": "EXAMPLE\\Readers", "permission": "read"}
PARIS = {
    "export_policies": {"nfs_prod": [RULE]},
    "igroups": {"esx": {"os_type": "vmware", "initiators": ["iqn.1998-01.com.example:paris1"]}},
    "lun_maps": [{"lun": "block/lun1", "igroup": "esx", "number": 7}],
    "cifs": {"name": "FILES", "domain": "example.com"},
    "shares": {
        "projects": {"path": "/files/projects", "comment": "ours", "acls": [STAFF, READERS], "oplocks": False},
        "inner": {"path": "/files/nested", "acls": [STAFF]},
    },
    "volumes": {
        "files": {"size": "10GB", "junction": "/files", "export_policy": "nfs_prod"},
        "nested": {"size": "5GB", "junction": "/files/nested", "export_policy": "nfs_prod"},
        "block": {"size": "20GB", "luns": {"lun1": {"size": "1GB"}}},
    },
}
LYON = {
    "igroups": {"esx_lyon": {"os_type": "vmware", "initiators": ["iqn.1998-01.com.example:lyon1"]}},
    "cifs": {"name": "FILESL", "domain": "example.com"},
}
VIA = {"files": ("nfs", "smb"), "nested": ("nfs", "smb"), "block": ("lun",)}
VIA_LISTS = {name: list(ways) for name, ways in VIA.items()}
SHARES = {
    "inner": ("/files/nested", {"EXAMPLE\\Staff": "change"}),
    "projects": ("/files/projects", {"EXAMPLE\\Staff": "change", "EXAMPLE\\Readers": "read"}),
}
LEFT_OVER = "data_motion_fence.svm_lyon"
"""As a run leaves it that is cut off before it tidies up."""
REFUSAL = {"status": 400, "code": "5308416", "message": "the array refuses this"}


def world() -> dict[str, Any]:
    svms = {"paris": PARIS, "lyon": LYON}
    return {
        "clusters": {
            name: {"aggregates": {f"aggr1_{name}": "10TB"}, "svms": {f"svm_{name}": svm}} for name, svm in svms.items()
        }
    }


def presentation(site: Arrays, cluster: str) -> dict[str, Any]:
    """What hosts find at a site, by the array's own word."""
    shares = site.rest(cluster, "GET", "/protocols/cifs/shares?fields=path,acls")["records"]
    volumes = site.rest(cluster, "GET", "/storage/volumes?fields=nas.export_policy.name,is_svm_root")["records"]
    maps = site.rest(cluster, "GET", "/protocols/san/lun-maps?fields=lun.name,igroup.name,logical_unit_number")[
        "records"
    ]
    return {
        "junctions": site.junctions(cluster),
        "exports": {one["name"]: one["nas"]["export_policy"]["name"] for one in volumes if one["name"] in VIA},
        "shares": {
            one["name"]: (one["path"], {ace["user_or_group"]: ace["permission"] for ace in one["acls"]})
            for one in shares
            if not one["name"].endswith("$")
        },
        "maps": [(one["lun"]["name"], one["igroup"]["name"], one["logical_unit_number"]) for one in maps],
    }


def hosts_write(site: Arrays, cluster: str, word: str) -> dict[str, list[str]]:
    """By every way that a host has. {volume: protocols by which it worked}"""
    return {
        volume: [way for way in ways if site.write(cluster, volume, f"{word} {way}", via=way)]
        for volume, ways in VIA.items()
    }


def steps(play: Play, task: str) -> list[tuple[str, str]]:
    return [(step["volume"], step["verb"]) for name, plan, _diff in play.plans() if name == task for step in plan]


def failed(play: Play) -> list[str]:
    (told,) = play.results("replication_report")
    return told["failed_volumes"]


def nothing_more(play: Play) -> bool:
    return (play.returncode, play.changed, play.writes) == (0, 0, [])


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A failover in which the array refuses the map of a LUN, the run that does the rest, and one more."""
    target = {"backend": "lyon", "aggregate_map": {"aggr1_paris": "aggr1_lyon"}, "igroup_map": {"esx": "esx_lyon"}}
    folder = tmp_path_factory.mktemp("hosts")
    with arrays(folder, scenario=world(), ontap_replication_targets=[target]) as site:
        home = presentation(site, "paris")
        assert site.play("replicate").returncode == 0
        site.fault(action="http_status", cluster="lyon", method="POST", path="/protocols/san/lun-maps", args=REFUSAL)
        stumbled = site.play("failover", mode="planned", **CONFIRMED)
        site.no_faults()
        took = hosts_write(site, "lyon", "early")
        rest = site.play("failover", mode="planned", **CONFIRMED)
        again = site.play("failover", mode="planned", **CONFIRMED)
        yield site, home, stumbled, took, rest, again


def test_a_part_that_cannot_be_presented_is_named_and_the_volumes_stay_up(there):
    _site, _home, stumbled, took, *_more = there
    assert stumbled.returncode == 2
    assert failed(stumbled) == ["block"]
    assert "lun_map of" in stumbled.messages()
    assert took == {**VIA_LISTS, "block": []}


def test_the_next_run_does_only_the_part_that_is_missing(there):
    _site, _home, _stumbled, _took, rest, again = there
    assert rest.returncode == 0, rest.output
    assert steps(rest, "Present the volumes to their hosts")[0] == ("block", "lun_map")
    assert {volume for volume, _verb in steps(rest, "Present the volumes to their hosts")} == {"block"}
    assert steps(rest, "Break the mirrors and mount the volumes") == []
    assert nothing_more(again), again.output


def test_hosts_find_at_the_target_what_they_had_at_home(there):
    site, home, *_more = there
    found = presentation(site, "lyon")
    assert found == {**home, "maps": [("/vol/block/lun1", "esx_lyon", 7)]}
    assert found["shares"] == SHARES
    assert set(found["exports"].values()) == {"nfs_prod", "default"}
    assert hosts_write(site, "lyon", "at lyon") == VIA_LISTS
    assert hosts_write(site, "paris", "at both") == {name: [] for name in VIA}


@pytest.fixture(scope="module")
def back(there):
    """A failback in which the array refuses to bring a LUN online at home, the run that does the rest, and one more."""
    site = there[0]
    assert hosts_write(site, "lyon", "before the way back") == VIA_LISTS
    site.fault(action="http_status", cluster="paris", method="PATCH", path="/storage/luns/*", args=REFUSAL)
    stumbled = site.play("failback", **CONFIRMED)
    site.no_faults()
    took = hosts_write(site, "paris", "early at home")
    (files,) = site.rest("paris", "GET", "/storage/volumes?name=files")["records"]
    site.rest("paris", "POST", f"/storage/volumes/{files['uuid']}/snapshots", {"name": LEFT_OVER})
    check = site.play("failback", "--check", **BACKEND)
    rest = site.play("failback", **CONFIRMED)
    return stumbled, took, check, rest, site.play("failback", **CONFIRMED)


def test_a_volume_that_cannot_be_presented_at_home_keeps_no_other_from_being_protected(back):
    stumbled, took, *_more = back
    assert stumbled.returncode == 2
    assert failed(stumbled) == ["block"]
    assert took == {**VIA_LISTS, "block": []}
    assert {volume for volume, _verb in steps(stumbled, "Mirror to the target again")} == {"files", "nested"}


def test_the_next_failback_does_only_the_rest_and_its_check_foretells_it(back):
    _stumbled, _took, check, rest, again = back
    assert rest.returncode == 0, rest.output
    assert (check.returncode, check.writes) == (0, []), check.output
    for task in ("Present the volumes at home", "Mirror to the target again"):
        assert steps(check, task) == steps(rest, task) != []
        assert {volume for volume, _verb in steps(rest, task)} == {"block"}
    assert nothing_more(again), again.output


def test_a_check_foretells_what_is_left_over_of_volumes_that_are_at_home(back):
    _stumbled, _took, check, rest, _again = back
    tidied = "Remove what the way there and back left behind"
    assert steps(check, tidied) == [("files", "snapshot_delete")]
    assert set(steps(check, tidied)) < set(steps(rest, tidied)), "of the block volume it is known only then"


def test_hosts_find_at_home_what_they_had_and_all_that_they_wrote(there, back):
    site, home, *_more = there
    assert presentation(site, "paris") == home
    assert hosts_write(site, "paris", "home again") == VIA_LISTS
    content = {name: volume["markers"] for name, volume in site.volumes("paris").items()}
    for name, ways in VIA.items():
        words = ("at lyon", "before the way back", "home again")
        assert [way for word in words for way in ways if f"{word} {way}" not in content[name]] == []


def test_the_target_serves_nobody_and_keeps_only_what_the_next_failover_needs(there, back):
    """Shares, maps and export policies stay as they are; nothing is mounted, and no lock, fence or clone is left."""
    site = there[0]
    found = presentation(site, "lyon")
    assert set(found["junctions"].values()) == {None}
    assert set(found["junctions"]) == set(VIA)
    assert hosts_write(site, "lyon", "at both") == {name: [] for name in VIA}
    assert found["maps"] == [("/vol/block/lun1", "esx_lyon", 7)]
    policies = {
        cluster: {one["name"] for one in site.rest(cluster, "GET", "/protocols/nfs/export-policies")["records"]}
        for cluster in ("paris", "lyon")
    }
    assert policies == {"paris": {"default", "nfs_prod"}, "lyon": {"default", "nfs_prod"}}
    assert not any("fence" in name for cluster in ("paris", "lyon") for name in snapshots(site, cluster))
    mirrors = site.rest("lyon", "GET", "/snapmirror/relationships?fields=state")["records"]
    assert [one["state"] for one in mirrors] == ["snapmirrored"] * 3
    assert site.rest("paris", "GET", "/snapmirror/relationships")["num_records"] == 0


def snapshots(site: Arrays, cluster: str) -> list[str]:
    volumes = site.rest(cluster, "GET", "/storage/volumes?fields=name")["records"]
    return [
        one["name"]
        for volume in volumes
        for one in site.rest(cluster, "GET", f"/storage/volumes/{volume['uuid']}/snapshots")["records"]
    ]


def test_the_report_and_the_manifest_agree_in_the_end(there, back):
    site = there[0]
    told = json.loads((site.folder / "reports" / "paris" / "report.json").read_text(encoding="utf-8"))
    assert (told["ok"], sorted(one["volume"] for one in told["volumes"])) == (True, sorted(VIA))
    assert site.play("status").returncode == 0
    kept = json.loads((site.folder / "manifests" / "paris.json").read_text(encoding="utf-8"))
    (lun,) = kept["volumes"]["block"]["luns"]
    assert (lun["enabled"], lun["maps"]) == (True, [{"igroup": "esx", "logical_unit_number": 7}])
    assert sorted(share["name"] for one in kept["volumes"].values() for share in one.get("shares") or ()) == sorted(
        SHARES
    )
