# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consistency groups over REST (from ONTAP 9.10.1 on) and mediators; which volume is in which group, the volumes tell."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..model.array import Mediator
from ..model.errors import NotYet
from ..transport.rest import dig, literal
from .rest_cluster import RestCluster

MEDIATORS = "/cluster/mediators"
GROUPS = "/application/consistency-groups"


class RestGroups(RestCluster):
    def mediators(self) -> tuple[Mediator, ...]:
        found = self._rest.collection(MEDIATORS, ("peer_cluster.name", "reachable"))
        return tuple(Mediator(str(dig(one, "peer_cluster.name") or ""), one.get("reachable")) for one in found)

    def group_create(self, name: str, volumes: Collection[str]) -> str | None:
        body = {"svm": {"name": self.svm}, "name": name, "volumes": _existing(volumes)}
        return self._rest.post(GROUPS, body)

    def group_add(self, name: str, volumes: Collection[str]) -> str | None:
        query = {"svm.name": literal(self.svm), "name": literal(name)}
        found = [one for one in self._rest.collection(GROUPS, ("uuid", "name"), query) if one.get("name") == name]
        if not found:
            raise NotYet(f"SVM {self.svm} has no consistency group {name}")
        return self._rest.patch(f"{GROUPS}/{found[0]['uuid']}", {"volumes": _existing(volumes)})


def _existing(volumes: Collection[str]) -> list[dict[str, Any]]:
    return [{"name": name, "provisioning_options": {"action": "add"}} for name in volumes]
