# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world with volumes to be grouped, and short words for what clients do with groups."""

from __future__ import annotations

import copy
from typing import Any

from tests.simulator import scenario
from tests.simulator.faults import FaultBook
from tests.simulator.model.world import World
from tests.simulator.testing import RunningSite
from tests.unit.simulator.fakes import Client

GROUPS = "/application/consistency-groups"
MIRRORS = "/snapmirror/relationships"
VOLUMES = "/storage/volumes"
MEMBERS = "source.consistency_group_volumes,destination.consistency_group_volumes"

PLAN: dict[str, Any] = {
    "settings": {"transfer_rate": 1024**2},
    "clusters": {
        "paris": {
            "svms": {
                "svm_paris": {
                    "volumes": {
                        "data": {"used": "10MB", "markers": ["d1"]},
                        "logs": {"used": "2MB", "markers": ["l1"]},
                        "more": {"markers": ["m1"]},
                        "lone": {},
                        "big": {"style": "flexgroup", "size": "10GB", "aggregates": ["aggr1_paris", "aggr2_paris"]},
                        "old": {"type": "dp"},
                    }
                },
                "svm_other": {"volumes": {"data": {}}},
            }
        },
        "lyon": {
            "svms": {
                "svm_lyon": {"volumes": {name: {"type": "dp"} for name in ("data_dr", "logs_dr", "more_dr", "lone_dr")}}
            }
        },
    },
}


def groups_world(versions: dict[str, str] | None = None, **settings: Any) -> World:
    """paris has the FlexVols data, logs, more and lone, lyon a dp volume for each."""
    plan = copy.deepcopy(PLAN)
    for name, version in (versions or {}).items():
        plan["clusters"][name]["version"] = version
    return scenario.from_dict(plan, **{"faults": FaultBook(), **settings})


def members(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "provisioning_options": {"action": "add"}} for name in names]


def group_body(*names: str, name: str = "app", svm: str = "svm_paris") -> dict[str, Any]:
    return {"svm": {"name": svm}, "name": name, "volumes": members(*names)}


def make_group(client: Client, *names: str, **fields: Any) -> str:
    status, answer = client.ask("POST", GROUPS, {"return_records": "true"}, group_body(*names, **fields))
    assert status in (201, 202), answer
    return str(answer["records"][0]["uuid"])


def end(path: str, *names: str) -> dict[str, Any]:
    return {"path": path, "consistency_group_volumes": [{"name": name} for name in names]}


def mirror_body(*names: str, policy: str = "MirrorAllSnapshots", **fields: Any) -> dict[str, Any]:
    """app of paris onto app_dr of lyon."""
    return {
        "source": end("svm_paris:/cg/app", *names),
        "destination": end("svm_lyon:/cg/app_dr", *(f"{name}_dr" for name in names)),
        "policy": policy,
        **fields,
    }


class Pair:
    """Two clients, and the relationship of the group app (data and logs)."""

    def __init__(self, site: RunningSite) -> None:
        self.site = site
        self.paris, self.lyon = Client(site), Client(site, "lyon")
        self.uuid = ""

    def mirror(self, *names: str, **fields: Any) -> Pair:
        names = names or ("data", "logs")
        status, answer = self.lyon.ask("POST", MIRRORS, {"return_records": "true"}, mirror_body(*names, **fields))
        assert status == 202, answer
        self.uuid = answer["records"][0]["uuid"]
        return self

    def initialized(self, *names: str, **fields: Any) -> Pair:
        self.mirror(*names, **fields)
        self.patch(state="in_sync" if self.now("policy.type")["policy"]["type"] == "sync" else "snapmirrored")
        self.site.advance(3600)
        return self

    @property
    def path(self) -> str:
        return f"{MIRRORS}/{self.uuid}"

    def now(self, fields: str = "**") -> dict[str, Any]:
        found: dict[str, Any] = self.lyon.get(self.path, fields=fields)
        return found

    @property
    def state(self) -> str:
        return str(self.now("state")["state"])

    def patch(self, query: dict[str, str] | None = None, **body: Any) -> None:
        """Start a change and let its job end well."""
        status, answer = self.lyon.ask("PATCH", self.path, query, body)
        assert status in (200, 202), answer
        if status == 202:
            job = self.lyon.get(f"/cluster/jobs/{answer['job']['uuid']}", fields="state,error")
            assert job["state"] in ("success", "running"), job

    def refused(self, **body: Any) -> str:
        """The code with which a change is refused, at once or by its job."""
        status, answer = self.lyon.ask("PATCH", self.path, {}, body)
        if status == 202:
            job = self.lyon.get(f"/cluster/jobs/{answer['job']['uuid']}", fields="state,error")
            assert job["state"] == "failure", job
            return str(job["error"]["code"])
        assert status >= 400, answer
        return str(answer["error"]["code"])

    def update(self) -> None:
        status, answer = self.lyon.ask("POST", f"{self.path}/transfers", {}, {})
        assert status == 201, answer
        self.site.advance(600)

    def volume(self, cluster: str, name: str) -> Any:
        return self.site.world.clusters[cluster].svms[f"svm_{cluster}"].volumes[name]

    def content(self, cluster: str, *names: str) -> list[list[str]]:
        return [[marker for marker in self.volume(cluster, name).content() if "/" not in marker] for name in names]
