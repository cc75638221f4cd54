# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking further volumes into the relationship of a group.

By ONTAP's documentation the request names the new volumes alone, and a relationship of their own is deleted and
released first, with its common snapshots kept. Where it is silent, this is what the model does:
- a relationship is expanded in its settled state, while nothing is transferred;
- the source's group has to hold the new volumes before, the destination's group gets them with the expansion;
- with automated failover a new pair needs a relationship of its own that has had its baseline; the group's is
  `expanding`, then `synchronizing`, then `in_sync` again;
- asynchronously a new pair without a common snapshot gets its baseline by the next update; until then there is
  nothing that the relationship could be broken to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from . import legs, mirror_change, pairing, synchronous
from .errors import Refused
from .groups import MOST_VOLUMES, ConsistencyGroup
from .legs import Leg

if TYPE_CHECKING:
    from .jobs import Job
    from .mirrors import Relationship
    from .volumes import Volume

    Named = Sequence[Mapping[str, str]]
    Pair = tuple[Volume, Volume]

_FAILED = "6622077"


def expand(relationship: Relationship, sources: Named, destinations: Named) -> Job:
    """A job that adds the named volumes, which belong together in the order of the two lists."""

    def work() -> None:
        _add(relationship, _check(relationship, sources, destinations))

    cluster, path = relationship.cluster, relationship.destination_path
    fault = cluster.world.consult(cluster.name, "snapmirror.expand", path)
    _check(relationship, sources, destinations)
    text = f"PATCH /api/snapmirror/relationships/{relationship.uuid}"
    return cluster.start_job("snapmirror.expand", path, text, work, svm=relationship.destination.svm, fault=fault)


def _check(relationship: Relationship, sources: Named, destinations: Named) -> list[Pair]:
    group = relationship.destination
    if not isinstance(group, ConsistencyGroup):
        field = "source.consistency_group_volumes"
        raise Refused("13304093", f"{field} is not supported for this relationship.", field)
    if relationship.deleted:
        raise Refused("4", "entry doesn't exist", "uuid", status=404)
    if relationship.transferring or relationship.state in ("expanding", "synchronizing"):
        raise Refused("13303830", f'Relationship "{group.path}" is in a transient state.')
    if relationship.state != relationship.settled_state:
        raise Refused("13303818", f'Relationship "{group.path}" cannot be expanded: it is {relationship.state}.')
    if not relationship.source.cluster.up:
        raise Refused("13304071", f'Peer cluster "{relationship.source.cluster.name}" cannot be reached.')
    if not sources or len(sources) != len(destinations):
        raise _failure("as many volumes are needed on the one side as on the other")
    if len(relationship.legs) + len(sources) > MOST_VOLUMES:
        raise _failure(f"a group holds at most {MOST_VOLUMES} volumes")
    pairs = [
        (
            pairing.find_member(relationship.source.svm, source, "source"),
            pairing.find_member(group.svm, destination, "destination"),
        )
        for source, destination in zip(sources, destinations)
    ]
    for pair in pairs:
        _check_pair(relationship, *pair)
    return pairs


def _check_pair(relationship: Relationship, source: Volume, destination: Volume) -> None:
    if source.group is not relationship.source:
        raise _failure(f'volume "{source.path}" does not belong to the source group')
    if any(leg.source is source for leg in relationship.legs):
        raise _failure(f'volume "{source.path}" is mirrored with the group already')
    if destination.group not in (None, relationship.destination):
        raise _failure(f'volume "{destination.path}" belongs to another group')
    if destination.type != "dp":
        raise Refused("6619546", f'Destination "{destination.path}" must be a data protection volume.')
    own = destination.mirror()
    if own is not None and (own.source is not source or own.state != own.settled_state or own.transferring):
        raise _failure(f'volume "{destination.path}" is in a relationship that cannot be taken over')
    if any(each is not own for each in source.mirrored_by()):
        raise _failure(f'volume "{source.path}" is in another relationship')
    if own is None:
        pairing.check_member_pair(source, destination)
    if relationship.policy.is_automated_failover and (own is None or own.exported is None):
        raise _failure(f'volume "{destination.path}" has had no baseline from "{source.path}"')


def _failure(why: str) -> Refused:
    return Refused(_FAILED, f"The expansion of the relationship failed: {why}.")


def _add(relationship: Relationship, pairs: list[Pair]) -> None:
    for source, destination in pairs:
        _take_over(relationship, source, destination)
        leg = Leg(source, destination)
        leg.exported = leg.newest_common()
        relationship.legs.append(leg)
        legs.join(relationship, leg)
        if destination.group is None and isinstance(relationship.destination, ConsistencyGroup):
            relationship.destination.take_in([destination])
    relationship.remember_at_source()
    if relationship.policy.is_sync:
        relationship.state = "expanding"
        world = relationship.world
        world.at(world.now() + world.synchronizing_s, lambda: _expanded(relationship))


def _take_over(relationship: Relationship, source: Volume, destination: Volume) -> None:
    """The pair's own relationship goes; what it left behind belongs to the group's from now on."""
    own = destination.mirror()
    if own is None:
        return
    entry = source.cluster.source_entries.get(own.uuid)
    if entry is not None:
        entry.forget()
    mirror_change.remove(own)
    for volume in (source, destination):
        for snapshot in volume.snapshots:
            if snapshot.created_by == own.uuid:
                snapshot.created_by = relationship.uuid


def _expanded(relationship: Relationship) -> None:
    if relationship.state == "expanding" and not relationship.deleted:
        synchronous.begin(relationship)
