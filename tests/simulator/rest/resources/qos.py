# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/storage/qos/policies"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import qos
from ...model.errors import not_found
from ...model.qos import QosPolicy
from ..resource import Resource, Written
from .documents import Body, known, ref


class QosPolicies(Resource):
    path = "/storage/qos/policies"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [self._document(policy) for policy in self.cluster.qos_policies.values()]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        name, uuid = given.take("svm.name"), given.take("svm.uuid")
        svm = self.cluster.find_svm(name, uuid) if name or uuid else None
        policy = qos.create(self.cluster, svm, given.take("name"), given.take("fixed"), given.take("adaptive"))
        return Written({"uuid": policy.uuid, "name": policy.name})

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        policy = self._find(record["uuid"])
        qos.modify(policy, body.get("name"), body.get("fixed"), body.get("adaptive"))
        return Written({"uuid": policy.uuid, "name": policy.name})

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        policy = self._find(record["uuid"])
        qos.delete(policy)
        return Written({"uuid": policy.uuid, "name": policy.name})

    def _find(self, uuid: str) -> QosPolicy:
        policy = self.cluster.qos_policies.get(uuid)
        if policy is None:
            raise not_found(target="uuid")
        return policy

    def _document(self, policy: QosPolicy) -> dict[str, Any]:
        usual = {"capacity_shared": False} if policy.kind == "fixed" else {}
        return known(
            {
                **ref(policy),
                "svm": ref(policy.svm) if policy.svm else None,
                "scope": "svm" if policy.svm else "cluster",
                "policy_class": "user_defined",
                "object_count": len(policy.users),
                policy.kind: {**usual, **policy.limits},
            }
        )


def told(policy: QosPolicy | None) -> dict[str, Any] | None:
    """As a volume tells of its policy."""
    if policy is None:
        return None
    limits = {name: value for name, value in policy.limits.items() if name.split("_")[-1] in ("iops", "mbps")}
    return {"policy": {**ref(policy), **(limits if policy.kind == "fixed" else {})}}
