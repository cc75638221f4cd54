# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend that serves NFS and LUNs only finds at the target what its hosts had at home, over either protocol."""

from __future__ import annotations

import json

import pytest

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.unit.behaviour.bench import check_then_run_twice
from tests.unit.behaviour.test_presentation import LYON, PARIS

PROTOCOLS = ("rest", "zapi")
SMB = ("cifs", "shares")


@pytest.fixture
def captured(bench, tmp_path):
    """Both sites, paris protected, captured and gone."""
    plan = {
        name: {
            "aggregates": {f"aggr1_{name}": "10TB", f"aggr2_{name}": "10TB"},
            "svms": {f"svm_{name}": {key: value for key, value in svm.items() if key not in SMB}},
        }
        for name, svm in (("paris", PARIS), ("lyon", LYON))
    }
    site = bench(world=scenario.from_dict({"clusters": plan}, SteppedClock(), faults=FaultBook()))
    site.manifest = str(tmp_path / "paris.json")
    site.protect()
    told = site.good("volume_presentation", source=site.sides["source"], manifest=site.manifest)
    assert told["warnings"] == []
    site.site.down("paris")
    site.good("snapmirror_break", **site.from_destination, manifest=site.manifest)
    return site


def test_the_manifest_knows_exports_luns_and_policies(captured):
    with open(captured.manifest, encoding="utf-8") as file:
        kept = json.load(file)
    files, block = kept["volumes"]["files"], kept["volumes"]["block"]
    assert (files["junction_path"], files["export_policy"], files["qos_policy"]) == ("/files", "nfs_prod", "gold")
    assert (files["efficiency"]["dedupe"], files["efficiency"]["compression"]) == ("background", "background")
    assert block["luns"][0]["maps"] == [{"igroup": "esx", "logical_unit_number": 7}]
    assert kept["export_policies"]["nfs_prod"][0]["clients"] == ["192.0.2.0/24"]


def test_hosts_find_at_the_target_what_they_had_at_home(captured):
    site = captured
    options = {"igroup_map": {"esx": "esx_lyon"}, "manifest": site.manifest}
    check_then_run_twice(site, "volume_presentation", state="applied", **site.from_destination, **options)
    lyon = site.site.world.clusters["lyon"].svms["svm_lyon"]
    files, block = lyon.volumes["files"], lyon.volumes["block"]
    assert (files.junction, files.export_policy.name, files.qos_policy.name) == ("/files", "nfs_prod", "gold")
    assert files.snapshot_policy == "default-1weekly"
    assert [rule.properties["clients"] for rule in files.export_policy.rules] == [[{"match": "192.0.2.0/24"}]]
    assert [(each.igroup.name, each.number) for each in lyon.lun_maps] == [("esx_lyon", 7)]
    assert block.type == "rw"
