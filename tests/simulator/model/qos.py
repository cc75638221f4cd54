# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quality of service: policy groups of a cluster or an SVM, which volumes are put into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import Refused

if TYPE_CHECKING:
    from .cluster import Cluster
    from .svms import Svm

FIXED = ("max_throughput_iops", "max_throughput_mbps", "min_throughput_iops", "min_throughput_mbps", "capacity_shared")
ADAPTIVE = (
    "absolute_min_iops",
    "expected_iops",
    "peak_iops",
    "block_size",
    "expected_iops_allocation",
    "peak_iops_allocation",
)


@dataclass(eq=False)
class QosPolicy:
    """svm None: of the cluster. kind: fixed or adaptive, with that kind's limits as ONTAP names them."""

    uuid: str
    name: str
    cluster: Cluster = field(repr=False)
    svm: Svm | None
    kind: str
    limits: dict[str, Any]

    @property
    def users(self) -> list[str]:
        """The volumes and LUNs that it governs."""
        volumes = [volume.path for volume in self.cluster.volumes() if volume.qos_policy is self]
        luns = [
            volume.path
            for volume in self.cluster.volumes()
            for each in volume.identities.values()
            if each.qos_policy is self
        ]
        return volumes + luns


def create(
    cluster: Cluster, svm: Svm | None, name: str, fixed: dict[str, Any] | None, adaptive: dict[str, Any] | None
) -> QosPolicy:
    owner = svm.name if svm else cluster.name
    cluster.world.consult(cluster.name, "qos.create", f"{owner}:{name}")
    if fixed is not None and adaptive is not None:
        raise Refused("8454389", "fixed and adaptive exclude each other.", "adaptive")
    kind, limits = ("adaptive", adaptive) if adaptive is not None else ("fixed", fixed or {})
    for other in cluster.qos_policies.values():
        if other.name == name and other.svm is svm:
            taken = {
                ("fixed", "fixed"): "8454379",
                ("adaptive", "adaptive"): "8454380",
                ("adaptive", "fixed"): "8454277",
                ("fixed", "adaptive"): "8454278",
            }[other.kind, kind]
            raise Refused(taken, f'QoS policy "{name}" exists already: it is {other.kind}.', "name")
    _check(kind, limits)
    policy = QosPolicy(cluster.world.ids.new("qos-policy"), name, cluster, svm, kind, dict(limits))
    cluster.qos_policies[policy.uuid] = policy
    return policy


def _check(kind: str, limits: dict[str, Any]) -> None:
    if kind == "adaptive":
        expected, peak = limits.get("expected_iops", 0), limits.get("peak_iops", 0)
        if not expected or not peak:
            raise Refused("8454273", "expected_iops and peak_iops must not be zero.", "adaptive")
        if expected > peak:
            raise Refused("8454274", "expected_iops must not be above peak_iops.", "adaptive.expected_iops")
        return
    for unit in ("iops", "mbps"):
        least, most = limits.get(f"min_throughput_{unit}", 0), limits.get(f"max_throughput_{unit}", 0)
        if most and least > most:
            raise Refused("8454194", "The minimum throughput is above the maximum.", f"fixed.min_throughput_{unit}")


def modify(policy: QosPolicy, name: str | None, fixed: dict[str, Any] | None, adaptive: dict[str, Any] | None) -> None:
    cluster = policy.cluster
    cluster.world.consult(cluster.name, "qos.modify", policy.name)
    if fixed is not None and policy.kind == "adaptive":
        raise Refused("8454328", "An adaptive policy cannot become a fixed one.", "fixed")
    if adaptive is not None and policy.kind == "fixed":
        raise Refused("8454327", "A fixed policy cannot become an adaptive one.", "adaptive")
    limits = {**policy.limits, **(fixed or adaptive or {})}
    _check(policy.kind, limits)
    if name not in (None, policy.name) and any(
        other.name == name and other.svm is policy.svm for other in cluster.qos_policies.values()
    ):
        raise Refused("8454154", f'QoS policy "{name}" exists already.', "name")
    policy.name, policy.limits = name or policy.name, limits


def delete(policy: QosPolicy) -> None:
    policy.cluster.world.consult(policy.cluster.name, "qos.delete", policy.name)
    users = policy.users
    if users:
        raise Refused("2", f'QoS policy "{policy.name}" is in use by "{users[0]}".')
    del policy.cluster.qos_policies[policy.uuid]


def find(svm: Svm, wanted: str | None) -> QosPolicy | None:
    """By name or uuid, the SVM's before the cluster's; "none" and "" are no policy."""
    if wanted in (None, "", "none"):
        return None
    for owner in (svm, None):
        for policy in svm.cluster.qos_policies.values():
            if policy.svm is owner and wanted in (policy.name, policy.uuid):
                return policy
    raise Refused("8454243", f'QoS policy "{wanted}" does not exist in SVM "{svm.name}".', "qos.policy.name")
