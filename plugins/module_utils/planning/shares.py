# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMB shares of a volume: made with their ACLs, or brought to what they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..model.picture import Side
from ..model.plan import Step, Verb
from ..model.presentation import Ace, Share
from .presentation import parents_in

NOBODY = Ace("Everyone", "windows", "no_access")
"""Stands for an empty ACL: a share that is made without one lets everyone in."""

ONLY_AT_CREATION = ("home_directory",)


@dataclass
class SharePlan:
    steps: list[Step] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)


def plan_shares(name: str, path: str, entry: Mapping[str, Any], junction: str, side: Side) -> SharePlan:
    """entry: the volume's, from the manifest.  junction: where the volume is mounted here, "" where it is not.

    path: the volume here, for steps and messages. A share of the same name that leads elsewhere is left alone and named.
    """
    plan = SharePlan()
    there = {known.lower(): share for known, share in (side.shares or {}).items()}
    for captured in entry.get("shares") or ():
        wanted = _at(Share.from_dict(captured), str(entry.get("junction_path") or ""), junction)
        have = there.get(wanted.name.lower())
        if wanted.path and have is None:
            plan.steps.append(Step(Verb.SHARE_CREATE, name, path, args=wanted.as_dict()))
        elif not wanted.path:
            plan.undone.append(
                f"share {wanted.name} has no path, since {path} is not mounted: mount it, then run again"
            )
        elif have is not None and have.path.rstrip("/") != wanted.path.rstrip("/"):
            plan.undone.append(
                f"share {wanted.name} of SVM {side.svm} leads to {have.path}, not to {wanted.path}, and is left alone: "
                "remove or rename it, then run again"
            )
        elif have is not None:
            plan.steps += _converged(name, path, have, wanted)
    return plan


def _at(share: Share, before: str, now: str) -> Share:
    """The share with its path below the junction of now; "" where the volume is not mounted."""
    inside = share.path[len(before) :] if before and in_volume(share.path, before) else ""
    return replace(share, path=now + inside if now else "", acls=share.acls or (NOBODY,))


def in_volume(path: str, junction: str) -> bool:
    """Whether *path* is the junction or lies below it."""
    return bool(junction) and (path.rstrip("/") == junction or bool(parents_in(path, {"": junction})))


def _converged(name: str, path: str, have: Share, wanted: Share) -> list[Step]:
    """What the release here does not know cannot differ; a comment cannot be cleared."""
    known = {"uuid": have.svm_uuid, "name": have.name}
    changes = {
        key: value
        for key, value in wanted.properties.items()
        if key in have.properties and key not in ONLY_AT_CREATION and have.properties[key] != value
    }
    if wanted.comment and wanted.comment != have.comment:
        changes["comment"] = wanted.comment
    steps = [Step(Verb.SHARE_MODIFY, name, path, args={**known, "changes": changes})] if changes else []
    held, asked = {ace.who: ace for ace in have.acls}, {ace.who: ace for ace in wanted.acls}
    for who, ace in asked.items():
        if who not in held or held[who].permission != ace.permission:
            args = {**known, "ace": ace.as_dict(), "exists": who in held}
            steps.append(Step(Verb.SHARE_ACL_SET, name, path, args=args))
    for who, ace in held.items():
        if who not in asked:
            steps.append(Step(Verb.SHARE_ACL_DELETE, name, path, args={**known, "ace": ace.as_dict()}))
    return steps
