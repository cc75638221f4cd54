# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror policies: what is transferred, when, how fast, and what is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class RetentionRule:
    """How many snapshots with a label are kept.  prefix, schedule: of those that the destination makes itself."""

    label: str
    count: int = 1
    prefix: str = ""
    schedule: str = ""


@dataclass(frozen=True)
class MirrorPolicy:
    """svm: None for one of the whole cluster.  type: async, sync or continuous.  None in a field: not told.

    schedule: of the transfers, "" when the policy has none.  throttle_kbps: 0 is unlimited.
    copy_all_source_snapshots, copy_latest_source_snapshot, create_snapshot_on_source: as ONTAP calls them.
    """

    name: str
    svm: str | None = None
    uuid: str | None = None
    type: str | None = None
    sync_type: str | None = None
    comment: str | None = None
    schedule: str | None = None
    throttle_kbps: int | None = None
    retention: tuple[RetentionRule, ...] | None = None
    copy_all_source_snapshots: bool | None = None
    copy_latest_source_snapshot: bool | None = None
    create_snapshot_on_source: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        rules = None if self.retention is None else [asdict(rule) for rule in self.retention]
        return {**asdict(self), "retention": rules}
