# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/application/consistency-groups: flat groups of existing volumes"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import groups
from ...model.errors import Refused
from ...model.groups import ConsistencyGroup
from ...model.volumes import Volume
from ..resource import Resource, Written
from .documents import Body, known, ref


class ConsistencyGroups(Resource):
    path = "/application/consistency-groups"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [document(group) for svm in self.cluster.svms.values() for group in svm.consistency_groups.values()]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        svm = self.cluster.find_svm(given.take("svm.name"), given.take("svm.uuid"))
        volumes = _existing_volumes(given)
        name = given.take("name")
        if not name:
            raise Refused("53411846", "The name of the consistency group is missing.", "name")
        if not volumes:
            raise Refused("53411864", "Groups without volumes are not simulated.", "volumes")
        _check_all_understood(given)
        uuid, job = groups.create(svm, name, volumes)
        return Written({"uuid": uuid, "name": name, "svm.name": svm.name}, job)

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        group = groups.find(self.cluster, record["uuid"])
        given = Body(body)
        volumes = _existing_volumes(given)
        _check_all_understood(given)
        job = groups.add(group, volumes) if volumes else None
        return Written({"uuid": group.uuid, "name": group.name, "svm.name": group.svm.name}, job)

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        group = groups.find(self.cluster, record["uuid"])
        return Written({"uuid": group.uuid, "name": group.name}, groups.delete(group))


def _existing_volumes(given: Body) -> list[str]:
    """The names of `volumes`, each of which is to be added as it is."""
    names: list[str] = []
    for volume in given.take("volumes") or []:
        one = Body(volume)
        action = one.take("provisioning_options.action")
        name = one.take("name")
        if action == "remove":
            raise Refused("262285", "Volumes cannot be removed from a consistency group by PATCH.", "volumes")
        if action != "add":
            raise Refused("53411864", 'An existing volume needs the action "add".', "volumes.provisioning_options")
        if not name:
            raise Refused("53411864", "The volume has no name.", "volumes.name")
        if one.rest:
            field = f"volumes.{next(iter(one.rest))}"
            raise Refused("53411856", f'Field "{field}" is for new volumes only.', field)
        names.append(name)
    return names


def _check_all_understood(given: Body) -> None:
    if given.rest:
        field = next(iter(given.rest))
        raise Refused("3", f'"{field}" of consistency groups is not simulated.', field, status=405)


def document(group: ConsistencyGroup) -> dict[str, Any]:
    replication = groups.replication(group)
    return known(
        {
            "uuid": group.uuid,
            "name": group.name,
            "svm": ref(group.svm),
            "volumes": [_volume(volume) for volume in group.volumes],
            "replicated": bool(replication),
            "replication_source": any(source for _uuid, source in replication),
            "replication_relationships": [{"uuid": uuid, "is_source": source} for uuid, source in replication] or None,
        }
    )


def _volume(volume: Volume) -> dict[str, Any]:
    return {
        **ref(volume),
        "comment": volume.comment,
        "space": {"size": volume.size_bytes, "available": volume.available_bytes, "used": volume.used_bytes},
    }
