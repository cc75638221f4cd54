# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site on which lives are lived: a backend at paris, targets lyon and nice, and volumes of other people everywhere.

At nice the target volumes have names of their own, so that no name may be taken for the other side's.
"""

from __future__ import annotations

from typing import Any

from tests.simulator import scenario
from tests.simulator.clock import SteppedClock
from tests.simulator.faults import FaultBook
from tests.simulator.model.world import World

HOME = "paris"
TARGETS = ("lyon", "nice")
CLUSTERS = (HOME, *TARGETS)
VOLUMES = ("vol1", "vol2", "vol3")
JUNCTIONS = {"vol1": "/vol1", "vol2": "/vol2", "vol3": "/vol1/vol3"}
_AT_NICE = "_at_nice"


def name_at(cluster: str, volume: str) -> str:
    """What the backend's volume is called there."""
    return volume + _AT_NICE if cluster == "nice" else volume


def own_name(cluster: str, name: str) -> str:
    """The inverse of name_at."""
    return name.removesuffix(_AT_NICE) if cluster == "nice" else name


def destination_name(cluster: str) -> str:
    return name_at(cluster, "{volume}")


def aggregates(target: str) -> dict[str, str]:
    return {"aggr_paris": f"aggr_{target}"}


def make_world() -> World:
    clusters = {name: _cluster(name) for name in CLUSTERS}
    volumes = clusters[HOME]["svms"]["svm_paris"]["volumes"]
    volumes["vol1"] = {"size": "1GB", "used": "8MB", "junction": "/vol1"}
    volumes["vol2"] = {"size": "2GB", "used": "4MB", "junction": "/vol2", "luns": {"lun1": {"size": "1MB"}}}
    volumes["vol3"] = {"size": "1GB", "junction": "/vol1/vol3", "guarantee": "thin", "snapshots": ["kept"]}
    svm = clusters[HOME]["svms"]["svm_paris"]
    svm["igroups"] = {"hosts": {"os_type": "linux", "protocol": "iscsi", "initiators": ["iqn.1998-01.com.example:h1"]}}
    svm["lun_maps"] = [{"lun": "vol2/lun1", "igroup": "hosts"}]
    plan = {
        "settings": {"transfer_rate": "100MB", "transfer_seconds_min": 3, "job_seconds": 0.2},
        "clusters": clusters,
        "relationships": [
            {
                "source": "paris:svm_paris:stranger",
                "destination": "lyon:svm_lyon:stranger_copy",
                "schedule": "hourly",
                "state": "snapmirrored",
            }
        ],
    }
    return scenario.from_dict(plan, SteppedClock(), faults=FaultBook())


def _cluster(name: str) -> dict[str, Any]:
    """Each with a volume of somebody else's that is in service."""
    stranger = {"size": "1GB", "junction": "/stranger", "markers": ["theirs"], "snapshots": ["theirs"]}
    return {
        "aggregates": {f"aggr_{name}": "10TB"},
        "svms": {f"svm_{name}": {"volumes": {"stranger": stranger}}},
    }
