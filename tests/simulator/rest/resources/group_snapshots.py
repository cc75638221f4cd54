# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/application/consistency-groups/{consistency_group.uuid}/snapshots: taken in one phase"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import group_snapshots, groups
from ...model.errors import Refused
from ...model.group_snapshots import GroupSnapshot
from ...model.groups import ConsistencyGroup
from ..resource import Resource, Written
from .documents import Body, iso_time, known, ref


class GroupSnapshots(Resource):
    path = "/application/consistency-groups/{consistency_group.uuid}/snapshots"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [document(group, each) for group in self._groups(scope) for each in group_snapshots.of(group)]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        if params.get("action") or params.get("action_timeout"):
            raise Refused("3", "Snapshots in two phases are not simulated.", "action", status=405)
        group = groups.find(self.cluster, scope["consistency_group.uuid"])
        given = Body(body)
        name, kind = given.take("name"), given.take("consistency_type", "crash")
        comment, label = given.take("comment"), given.take("snapmirror_label")
        if given.rest:
            field = next(iter(given.rest))
            raise Refused("3", f'"{field}" of group snapshots is not simulated.', field, status=405)
        if not name:
            raise Refused("2", 'The field "name" is missing.', "name")
        uuid, job = group_snapshots.create(group, name, consistency_type=kind, comment=comment, label=label)
        return Written({"uuid": uuid, "name": name, "consistency_group.uuid": group.uuid}, job)

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        if params.get("action") == "commit":
            raise Refused("53411925", "There is no snapshot in two phases to be committed.", "action")
        self.unsupported("PATCH")

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        group = groups.find(self.cluster, record["consistency_group"]["uuid"])
        snapshot = group_snapshots.find(group, record["uuid"])
        key = {"uuid": snapshot.uuid, "name": snapshot.name, "consistency_group.uuid": group.uuid}
        return Written(key, group_snapshots.delete(group, snapshot))

    def _groups(self, scope: Mapping[str, str]) -> list[ConsistencyGroup]:
        uuid = scope["consistency_group.uuid"]
        if uuid != "*":
            return [groups.find(self.cluster, uuid)]
        return [group for svm in self.cluster.svms.values() for group in svm.consistency_groups.values()]


def document(group: ConsistencyGroup, snapshot: GroupSnapshot) -> dict[str, Any]:
    missing = snapshot.missing(group)
    return known(
        {
            "uuid": snapshot.uuid,
            "name": snapshot.name,
            "consistency_type": snapshot.consistency_type,
            "comment": snapshot.comment,
            "snapmirror_label": snapshot.snapmirror_label,
            "create_time": iso_time(snapshot.create_time),
            "consistency_group": ref(group),
            "svm": ref(group.svm),
            "is_partial": bool(missing),
            "missing_volumes": [ref(volume) for volume in missing] or None,
            "snapshot_volumes": [{"volume": ref(volume), "snapshot": ref(part)} for volume, part in snapshot.living()],
        }
    )
