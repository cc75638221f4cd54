# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/svm/svms"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import svm_life
from ...model.errors import Refused
from ..resource import Resource, Written
from .documents import Body, ref


class Svms(Resource):
    path = "/svm/svms"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [self._document(svm) for svm in self.cluster.svms.values()]

    def _document(self, svm: Any) -> dict[str, Any]:
        queue = [volume for volume in svm.cluster.recovery_queue if volume.svm is svm]
        return {
            **ref(svm),
            "state": svm.state,
            "subtype": svm.subtype,
            "comment": svm.comment,
            "language": svm.language,
            "ipspace": {"name": "Default"},
            "aggregates": [
                {**ref(each), "state": "online", "type": "ssd", "available_size": each.available_bytes}
                for each in svm.aggregates
            ],
            "aggregates_delegated": True,
            "snapshot_policy": {"name": "default"},
            "nfs": {"allowed": True, "enabled": True},
            "cifs": {"allowed": True, "enabled": svm.cifs is not None and svm.cifs.enabled},
            "iscsi": {"allowed": True, "enabled": bool(svm.igroups)},
            "fcp": {"allowed": True, "enabled": False},
            "nvme": {"allowed": True, "enabled": False},
            "max_volumes": "unlimited",
            "number_of_volumes_in_recovery_queue": len(queue),
            "total_volume_size_in_recovery_queue": sum(volume.size_bytes for volume in queue),
        }

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        name, subtype = str(given.take("name")), given.take("subtype", "default")
        aggregates = [Body(each).take("name") for each in given.take("aggregates") or ()]
        language = str(given.take("language", "c.utf_8")).lower()
        _check_all_understood(given)
        return Written({"name": name}, svm_life.create(self.cluster, name, subtype, aggregates, language))

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        svm = self.cluster.find_svm(uuid=record["uuid"])
        given = Body(body)
        comment, state = given.take("comment"), given.take("state")
        _check_all_understood(given)
        if comment is not None:
            svm.comment = comment
        job = svm_life.set_state(svm, state) if state is not None else None
        return Written({"uuid": svm.uuid, "name": svm.name}, job)


def _check_all_understood(given: Body) -> None:
    if given.rest:
        field = next(iter(given.rest))
        raise Refused("3", f'"{field}" of SVMs is not simulated.', field, status=405)
