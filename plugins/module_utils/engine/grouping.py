# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs of consistency groups and of active sync; see verbs.py."""

from __future__ import annotations

from typing import Dict

from ..model.mirror import State
from ..model.path import Path
from ..model.plan import Step, Verb
from .act import Act, Expiry, Hopeless, Kind, Seen

FAILED_OVER_BADLY = ("failed", "vetoed")
MIRROR, VOLUME = (Kind.MIRROR,), (Kind.VOLUME,)


def _grouped(step: Step, seen: Seen) -> bool:
    """Every volume says itself that it is in the group."""
    name = Path.parse(step.target).group
    held = [volume.consistency_group if volume else None for volume in seen.volumes or (seen.volume,)]
    other = next((one for one in held if one and one != name), None)
    if other:
        raise Hopeless(f"a volume of {step.target} is in consistency group {other}: another run may have put it there")
    return all(one == name for one in held)


def _turned(step: Step, seen: Seen) -> bool:
    """The relationship has left for the other cluster."""
    if seen.mirror is None:
        return True
    if seen.mirror.failover in FAILED_OVER_BADLY:
        raise Hopeless(
            f"the failover of {step.target} {seen.mirror.failover}: {seen.mirror.failover_error or 'no reason told'}"
        )
    return False


def _expanded(step: Step, seen: Seen) -> bool:
    if seen.mirror is None:
        raise Hopeless(f"{step.target} is no longer a mirror")
    held = {source for source, _destination in seen.mirror.members}
    return set(step.args["members"]) <= held and seen.mirror.state is not State.EXPANDING


GROUPS: Dict[Verb, Act] = {
    Verb.GROUP_CREATE: Act(
        lambda array, step, _: array.group_create(Path.parse(step.target).group, step.args["volumes"]),
        _grouped,
        VOLUME,
    ),
    Verb.GROUP_ADD: Act(
        lambda array, step, _: array.group_add(Path.parse(step.target).group, step.args["volumes"]), _grouped, VOLUME
    ),
    Verb.FAILOVER: Act(
        lambda array, step, uuid: array.fail_over(uuid, step.args["source"], step.args["destination"]),
        _turned,
        MIRROR,
        needs_uuid=True,
        begun=lambda step, seen: seen.mirror is not None and seen.mirror.failover == "started",
    ),
    Verb.EXPAND: Act(
        lambda array, step, uuid: array.expand(uuid, tuple(step.args["members"].items())),
        _expanded,
        MIRROR,
        Expiry.IN_PROGRESS,
        needs_uuid=True,
        begun=lambda step, seen: seen.mirror is not None and seen.mirror.state is State.EXPANDING,
    ),
}
