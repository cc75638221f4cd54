# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The small world of the model's tests, with hosts: LUNs and igroups, an SMB server, QoS policies."""

from __future__ import annotations

import copy
from typing import Any

from tests.simulator import scenario
from tests.simulator.faults import FaultBook
from tests.simulator.model.devices import Device, Identity, identity
from tests.simulator.model.volumes import Volume
from tests.simulator.model.world import World
from tests.unit.simulator.model_helpers import PLAN

HOST = "iqn.1998-01.com.example:host1"


def hosts_world(**settings: Any) -> World:
    """vol1 of paris holds lun1, mapped to the igroup hosts, and ns1; lyon has the igroup dr; both serve SMB."""
    plan = copy.deepcopy(PLAN)
    paris, lyon = (plan["clusters"][name]["svms"][f"svm_{name}"] for name in ("paris", "lyon"))
    paris["volumes"]["vol1"].update(
        luns={"lun1": {"size": "1GB", "comment": "data"}, "lun2": {}}, namespaces={"ns1": {}}, qos_policy="gold"
    )
    paris.update(
        igroups={"hosts": {"os_type": "linux", "protocol": "iscsi", "initiators": [HOST]}},
        lun_maps=[{"lun": "vol1/lun1", "igroup": "hosts"}],
        cifs={"name": "FILES", "domain": "example.com"},
        shares={"projects": {"path": "/vol1", "acls": [{"user_or_group": "Staff", "permission": "change"}]}},
        qos_policies={"gold": {"max_throughput_iops": 5000}, "flex": {"expected_iops": 10, "peak_iops": 20}},
    )
    lyon.update(
        igroups={"dr": {"os_type": "linux"}},
        cifs={"name": "FILES_DR", "workgroup": "HERE"},
        qos_policies={"gold": {"max_throughput_iops": 1000}},
    )
    return scenario.from_dict(plan, **{"faults": FaultBook(), **settings})


def lun(of: Volume, name: str = "lun1") -> Device:
    return next(each for each in of.devices if each.name == name)


def known_as(of: Volume, name: str = "lun1") -> Identity:
    return identity(of, lun(of, name))
