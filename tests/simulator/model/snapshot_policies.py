# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot policies of a cluster. The simulator knows them; it does not take their snapshots."""

from __future__ import annotations

from dataclasses import dataclass

from .ids import Ids
from .schedules import Schedule


@dataclass(frozen=True)
class Copies:
    """How many snapshots of one schedule are kept."""

    schedule: Schedule
    count: int
    prefix: str
    label: str | None


@dataclass(frozen=True)
class SnapshotPolicy:
    uuid: str
    name: str
    comment: str
    enabled: bool
    copies: tuple[Copies, ...] = ()


def builtin_snapshot_policies(ids: Ids, schedules: dict[str, Schedule]) -> list[SnapshotPolicy]:
    usual = tuple(
        Copies(schedules[name], count, name, None if name == "hourly" else name)
        for name, count in (("hourly", 6), ("daily", 2), ("weekly", 2))
    )
    scarce = tuple(
        Copies(each.schedule, 1 if each.prefix == "weekly" else each.count, each.prefix, each.label) for each in usual
    )
    return [
        SnapshotPolicy(
            ids.new("snapshot-policy"), "default", "Default policy with hourly, daily & weekly schedules.", True, usual
        ),
        SnapshotPolicy(
            ids.new("snapshot-policy"),
            "default-1weekly",
            "Default policy with 6 hourly, 2 daily & 1 weekly schedule.",
            True,
            scarce,
        ),
        SnapshotPolicy(ids.new("snapshot-policy"), "none", "Policy for no automatic snapshots.", False),
    ]
