# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror policies exist on every side that is given, as declared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.picture import Picture, Side
from ..model.plan import DESTINATION, SOURCE, Plan, Step, Verb, VolumePlan, join

LASTING = (
    "type",
    "sync_type",
    "copy_all_source_snapshots",
    "copy_latest_source_snapshot",
    "create_snapshot_on_source",
)
"""What ONTAP takes at creation only."""

SINCE = {
    "copy_all_source_snapshots": (9, 10, 1),
    "copy_latest_source_snapshot": (9, 11, 1),
    "create_snapshot_on_source": (9, 11, 1),
}
"""The release that first knows it."""


@dataclass(frozen=True)
class WantedPolicy:
    """declared: fields of MirrorPolicy; what is not in it is left as found.  sides: on which sides it shall be."""

    name: str
    declared: Mapping[str, Any] = field(default_factory=dict)
    sides: tuple[str, ...] = (SOURCE, DESTINATION)


def plan_policies(have: Picture, want: WantedPolicy) -> Plan:
    """One verdict per side, named `<side>:<policy>`."""
    return join(
        {f"{name}:{want.name}": _one(f"{name}:{want.name}", name, have.side(name), want) for name in want.sides}
    )


def _beyond(declared: Mapping[str, Any], settings: Collection[str] | None) -> list[str]:
    """What of *declared* has no word in the way the cluster is spoken to."""
    if settings is None:
        return []
    rules = declared.get("retention") or ()
    found = [name for name in declared if name not in settings]
    found += [f"type {declared['type']}"] if declared.get("type", "async") != "async" else []
    found += [f"{part} of a retention rule" for part in ("prefix", "schedule") if any(rule.get(part) for rule in rules)]
    return found


def _one(title: str, side_name: str, side: Side, want: WantedPolicy) -> VolumePlan:
    target = f"{side.svm}:{want.name}"
    unknown = [name for name in want.declared if side.about and side.about.version < SINCE.get(name, (0, 0, 0))]
    if unknown:
        needed = " and ".join(f"{name} needs ONTAP {'.'.join(map(str, SINCE[name]))}" for name in unknown)
        return VolumePlan.refuse(title, f"policy {target}: {needed}, the cluster has an older one")
    beyond = _beyond(want.declared, side.about.policy_settings if side.about else None)
    if beyond:
        return VolumePlan.refuse(
            title,
            f"policy {target}: {' and '.join(beyond)} cannot be set by the way the cluster is reached: it needs REST, "
            "or leave it out",
        )
    found = (side.mirror_policies or {}).get(want.name)
    if found is None:
        args = {"name": want.name, "declared": {"type": "async", **want.declared}}
        return VolumePlan.of(title, Step(Verb.POLICY_CREATE, title, target, side_name, args))
    told = found.as_dict()
    changes = {name: value for name, value in want.declared.items() if told[name] != value}
    fixed = [name for name in LASTING if name in changes]
    if fixed:
        reasons = "; ".join(f"{name} is {told[name]}, not {changes[name]}" for name in fixed)
        return VolumePlan.refuse(
            title, f"policy {target}: {reasons}. ONTAP sets that at creation only: give the policy another name"
        )
    if changes and found.svm is None:
        differ = ", ".join(sorted(changes))
        return VolumePlan.refuse(
            title, f"policy {want.name} belongs to the whole cluster of SVM {side.svm} and differs in {differ}: give yours another name"
        )  # fmt: skip
    if not changes:
        return VolumePlan.of(title, message=f"policy {target} is as declared")
    modify = Step(
        Verb.POLICY_MODIFY, title, target, side_name, {"uuid": found.uuid, "name": want.name, "changes": changes}
    )
    return VolumePlan.of(title, modify)
