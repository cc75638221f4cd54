# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror policies: ONTAP's own and those that users make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import Refused
from .ids import Ids
from .schedules import Schedule

if TYPE_CHECKING:
    from .cluster import Cluster
    from .svms import Svm


@dataclass(frozen=True)
class Rule:
    """Keep `count` snapshots of a label."""

    label: str
    count: int
    prefix: str = ""
    schedule: Schedule | None = None


@dataclass(eq=False)
class MirrorPolicy:
    """svm is None for ONTAP's own, whose scope is the cluster.

    copies: "all" source snapshots, only the "latest" (the one that the transfer takes), or by "rules".
    takes_snapshot: whether a transfer takes a snapshot of the source.
    throttle: KB per second, 0 is unlimited.
    """

    uuid: str
    name: str
    type: str = "async"
    sync_type: str | None = None
    svm: Svm | None = None
    comment: str = ""
    copies: str = "rules"
    takes_snapshot: bool = True
    rules: tuple[Rule, ...] = ()
    transfer_schedule: Schedule | None = None
    throttle: int = 0
    identity_preservation: str | None = None
    network_compression: bool = False
    rpo_s: int | None = None
    builtin: bool = field(default=False)

    @property
    def is_sync(self) -> bool:
        return self.type == "sync"

    @property
    def is_automated_failover(self) -> bool:
        return (self.sync_type or "").startswith("automated_failover")

    @property
    def has_creation_schedules(self) -> bool:
        return any(rule.schedule is not None for rule in self.rules)


_KEEP = (Rule("daily", 7), Rule("weekly", 52))
_SYSTEM: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "Asynchronous",
        {
            "rules": _KEEP,
            "transfer_schedule": "hourly",
            "comment": "A unified Asynchronous SnapMirror and SnapVault policy for mirroring the latest"
            " active file system and daily and weekly snapshots with an hourly transfer schedule.",
        },
    ),
    (
        "AutomatedFailOver",
        {
            "type": "sync",
            "sync_type": "automated_failover",
            "comment": "Policy for SnapMirror active sync with zero RTO guarantee.",
        },
    ),
    (
        "AutomatedFailOverDuplex",
        {
            "type": "sync",
            "sync_type": "automated_failover_duplex",
            "comment": "Policy for SnapMirror active sync with bidirectional synchronization.",
        },
    ),
    (
        "CloudBackupDefault",
        {"rules": (Rule("daily", 7),), "takes_snapshot": False, "comment": "Vault policy with daily rule."},
    ),
    ("Continuous", {"type": "continuous", "comment": "Policy for S3 bucket mirroring."}),
    (
        "DailyBackup",
        {
            "rules": (Rule("daily", 7),),
            "takes_snapshot": False,
            "transfer_schedule": "daily",
            "comment": "Vault policy with a daily rule and a daily transfer schedule.",
        },
    ),
    (
        "DPDefault",
        {
            "copies": "all",
            "comment": "Asynchronous SnapMirror policy for mirroring all snapshots and the latest active file system.",
        },
    ),
    (
        "MirrorAllSnapshots",
        {
            "copies": "all",
            "comment": "Asynchronous SnapMirror policy for mirroring all snapshots and the latest active file system.",
        },
    ),
    (
        "MirrorAllSnapshotsDiscardNetwork",
        {
            "copies": "all",
            "identity_preservation": "exclude_network_config",
            "comment": "Mirrors all snapshots, without the network configuration.",
        },
    ),
    (
        "MirrorAndVault",
        {
            "rules": _KEEP,
            "comment": "A unified Asynchronous SnapMirror and SnapVault policy for mirroring the latest"
            " active file system and daily and weekly snapshots.",
        },
    ),
    (
        "MirrorAndVaultDiscardNetwork",
        {
            "rules": _KEEP,
            "identity_preservation": "exclude_network_config",
            "comment": "Mirror and vault, without the network configuration.",
        },
    ),
    (
        "MirrorLatest",
        {"copies": "latest", "comment": "Asynchronous SnapMirror policy for mirroring the latest active file system."},
    ),
    (
        "SnapCenterSync",
        {
            "type": "sync",
            "sync_type": "sync",
            "rules": (Rule("app_consistent", 1),),
            "comment": "Synchronous policy with application created snapshots.",
        },
    ),
    (
        "StrictSync",
        {
            "type": "sync",
            "sync_type": "strict_sync",
            "comment": "Synchronous SnapMirror where I/O fails when the secondary is not in sync.",
        },
    ),
    (
        "Sync",
        {
            "type": "sync",
            "sync_type": "sync",
            "comment": "Synchronous SnapMirror where I/O goes on when the secondary is not in sync.",
        },
    ),
    (
        "Synchronous",
        {
            "type": "sync",
            "sync_type": "sync",
            "rules": (Rule("hourly", 6),),
            "comment": "Synchronous SnapMirror with a common snapshot schedule.",
        },
    ),
    (
        "Unified7year",
        {"rules": (*_KEEP, Rule("monthly", 84)), "comment": "Unified SnapMirror policy with 7 year retention."},
    ),
    ("XDPDefault", {"rules": _KEEP, "takes_snapshot": False, "comment": "Vault policy with daily and weekly rules."}),
)


def system_mirror_policies(ids: Ids, schedules: dict[str, Schedule]) -> list[MirrorPolicy]:
    made = []
    for name, given in _SYSTEM:
        fields = dict(given)
        schedule = fields.pop("transfer_schedule", None)
        fields["transfer_schedule"] = schedules[schedule] if schedule else None
        made.append(MirrorPolicy(ids.new("snapmirror-policy"), name, builtin=True, **fields))
    return made


def find(cluster: Cluster, svm: Svm, name: str | None, uuid: str | None = None) -> MirrorPolicy:
    """The policy that a relationship of *svm* may use; its own one before the cluster's. Raises Refused."""
    usable = [
        policy
        for policy in cluster.mirror_policies
        if policy.svm in (svm, None) and (policy.name == name or (name is None and policy.uuid == uuid))
    ]
    if not usable:
        raise Refused(
            "13303821", f'SnapMirror policy "{name or uuid}" does not exist.', "policy.name" if name else "policy.uuid"
        )
    best = min(usable, key=lambda policy: policy.svm is None)
    if uuid is not None and best.uuid != uuid:
        raise Refused("13304080", f'The name "{name}" and the UUID "{uuid}" of the policy disagree.', "policy.uuid")
    return best


def create(cluster: Cluster, policy: MirrorPolicy) -> None:
    for other in cluster.mirror_policies:
        if other.name == policy.name and other.svm is policy.svm:
            raise Refused("6621060", f'SnapMirror policy "{policy.name}" already exists.', "name")
    cluster.mirror_policies.append(policy)


def check_changeable(policy: MirrorPolicy) -> None:
    if policy.builtin:
        raise Refused("13303865", f'SnapMirror policy "{policy.name}" is built in: it cannot be modified or deleted.')


def delete(cluster: Cluster, policy: MirrorPolicy) -> None:
    check_changeable(policy)
    users = [each.destination_path for each in cluster.relationships.values() if each.policy is policy]
    if users:
        raise Refused("8", f'SnapMirror policy "{policy.name}" is in use by relationship "{users[0]}".')
    cluster.mirror_policies.remove(policy)
