# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synchronous mirrors: in sync while the way between the two ends is open, out of sync once it is cut, and back by themselves.

Where the published facts are silent, this is what the model does:
- after a baseline, a resync and a resume a mirror is `synchronizing` for `World.synchronizing_s`, then `in_sync`;
- what is `synchronizing` is in a transient state: it can be neither quiesced nor broken;
- `out_of_sync` and the way back from it are not healthy, and the destination holds what it held when the way was cut;
- with a strict policy the source's clients get I/O errors meanwhile, but not while an administrator has it paused or broken;
- a schedule or a throttle of the relationship's own conflicts with a synchronous policy, and FlexGroups have none;
- common snapshots are those of baselines and resyncs; none is taken in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import mediators
from .errors import Refused

if TYPE_CHECKING:
    from .mirrors import Relationship
    from .policies import MirrorPolicy

NOT_IN_SYNC = ("out_of_sync", "synchronizing")
CODE = "13303844"


def look(relationship: Relationship) -> None:
    """Follow what has happened to the way between the two ends since the last look."""
    state = relationship.state
    if state not in ("in_sync", *NOT_IN_SYNC) or relationship.taken_over:
        return
    problem = relationship.obstacle()
    if problem and state != "out_of_sync":
        relationship.state = "out_of_sync"
        relationship.unhealthy = [(CODE, f"The relationship is out of sync. ({problem})")]
    elif state == "out_of_sync" and not problem and not relationship.pausing:
        begin(relationship)
    elif state == "in_sync" and relationship.policy.is_automated_failover:
        worry = mediators.worry(relationship)
        relationship.unhealthy = [(mediators.UNREACHABLE, worry)] if worry else []


def begin(relationship: Relationship) -> None:
    """Bring the two ends into sync; what the destination lacks is carried on the way."""
    relationship.state = "synchronizing"
    relationship.turns += 1
    world, turn = relationship.world, relationship.turns
    world.at(world.now() + world.synchronizing_s, lambda: _arrive(relationship, turn))
    look(relationship)


def _arrive(relationship: Relationship, turn: int) -> None:
    look(relationship)
    if relationship.deleted or relationship.state != "synchronizing" or relationship.turns != turn:
        return
    relationship.state = "in_sync"
    relationship.unhealthy = []
    relationship.follow_write()


def check_write(relationship: Relationship) -> None:
    """Raises Refused, an I/O error for the client, where the policy lets nothing be written that is not mirrored."""
    look(relationship)
    lost = relationship.state in NOT_IN_SYNC and not relationship.healthy
    if lost and relationship.policy.sync_type == "strict_sync":
        raise Refused("5", f'I/O error on volume "{relationship.source.path}": its strict mirror is not in sync.')


def check_settings(policy: MirrorPolicy, style: str, schedule: str | None, throttle: int | None) -> None:
    """Raises Refused for what a relationship with a synchronous policy cannot have."""
    if not policy.is_sync:
        return
    if style == "flexgroup":
        raise Refused("13303842", f'Policy "{policy.name}" of type sync is not supported for FlexGroups.', "policy")
    for name, value in (("transfer_schedule", schedule), ("throttle", throttle)):
        if value:
            raise Refused("13303843", f'{name} conflicts with policy "{policy.name}", which is of type sync.', name)
