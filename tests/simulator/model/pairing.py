# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ends of a relationship that is to be made, and which volume goes onto which.

A group of the source that does not exist comes into being with the relationship, of just the volumes that are
named; one that exists has to hold just them, and to be in no other relationship. So says ONTAP's documentation.
Where it is silent, this is what the model does:
- groups are mirrored from 9.10.1 on, which has them in REST; asynchronously from 9.13.1 on;
- a synchronous policy of a group is one of automated failover: others are for volumes, and that one is for groups;
- the destination's volumes are all `dp`, or all `rw` with a snapshot that their source has;
- a volume that is mirrored with a group has no relationship of its own, and the other way round;
- groups are not mirrored onwards by what is a destination itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import groups, peers, releases
from .errors import Refused
from .mirrors import peering_problem
from .svm_dr import IDENTITY, WholeSvm, check_new

if TYPE_CHECKING:
    from .cluster import Cluster
    from .groups import ConsistencyGroup
    from .legs import Endpoint
    from .mirrors import Relationship
    from .policies import MirrorPolicy
    from .svms import Svm
    from .volumes import Volume

Version = tuple[int, ...]
_GROUPS_SINCE: Version = (9, 10, 1)
_ASYNC_GROUPS_SINCE: Version = (9, 13, 1)


@dataclass
class NewMirror:
    """What a user asks for. Paths are "svm:volume", "svm:/cg/group" or "svm:", the source's SVM as the destination's knows it.

    source_volumes, destination_volumes: a group's, in the order in which they belong together, by name or uuid.
    """

    source_path: str
    destination_path: str
    source_cluster: tuple[str | None, str | None] = (None, None)
    policy: str | None = None
    policy_uuid: str | None = None
    schedule: str | None = None
    throttle: int = 0
    source_volumes: Sequence[Mapping[str, str]] = ()
    destination_volumes: Sequence[Mapping[str, str]] = ()
    identity_preservation: str | None = None


@dataclass(frozen=True)
class Ends:
    """Checked ends. group_names: (source's, destination's), None where volumes are mirrored."""

    source_svm: Svm
    svm: Svm
    pairs: list[tuple[Volume, Volume]]
    group_names: tuple[str, str] | None = None
    whole: bool = False

    def made(self) -> tuple[Endpoint, Endpoint]:
        """The ends; groups that are missing come into being."""
        if self.whole:
            return WholeSvm(self.source_svm), WholeSvm(self.svm)
        if self.group_names is None:
            return self.pairs[0]
        sources = [source for source, _destination in self.pairs]
        destinations = [destination for _source, destination in self.pairs]
        return _made(self.source_svm, self.group_names[0], sources), _made(self.svm, self.group_names[1], destinations)


def _made(svm: Svm, name: str, volumes: list[Volume]) -> ConsistencyGroup:
    uuid = svm.cluster.world.ids.new("consistency-group")
    return svm.consistency_groups.get(name) or groups.found(svm, name, uuid, volumes)


def resolve(cluster: Cluster, wanted: NewMirror) -> Ends:
    """On the destination's cluster. Raises Refused."""
    svm_name, end = split(wanted.destination_path, "destination.path")
    svm = cluster.find_svm(svm_name)
    alias, source_end = split(wanted.source_path, "source.path")
    if bool(end) is not bool(source_end):
        raise Refused("13303841", "Relationships between an SVM and a part of one are not supported.")
    if not end:
        return _svms(svm, alias, wanted)
    if wanted.identity_preservation:
        raise Refused("13304093", "identity_preservation is for SVMs only.", "identity_preservation")
    if _is_group(end) is not _is_group(source_end):
        raise Refused("13303841", "Relationships between a volume and a consistency group are not supported.")
    if _is_group(end):
        return _groups(svm, alias, wanted, (source_end[len(groups.PREFIX) :], end[len(groups.PREFIX) :]))
    for side, volumes in (("source", wanted.source_volumes), ("destination", wanted.destination_volumes)):
        if volumes:
            field = f"{side}.consistency_group_volumes"
            raise Refused("13304093", f"{field} is not supported for this relationship.", field)
    return _volumes(svm, end, alias, source_end, wanted)


def split(path: str, target: str) -> tuple[str, str]:
    svm, colon, end = path.partition(":")
    if not colon:
        raise Refused("13303852", f'Path "{path}" has no colon: expected "svm:volume".', target)
    if end.startswith("/") and not _is_group(end):
        raise Refused("13303841", f'Relationships of "{path}" are not supported between these endpoints.', target)
    return svm, end


def _is_group(end: str) -> bool:
    return end.startswith(groups.PREFIX)


def _volumes(svm: Svm, name: str, alias: str, source_name: str, wanted: NewMirror) -> Ends:
    destination = svm.volumes.get(name)
    if destination is None:
        raise Refused(
            "6619546",
            f'Destination "{wanted.destination_path}" must be a data protection volume: it does not exist.',
            "destination.path",
        )
    check_free(destination)
    source_svm = _source_svm(svm, alias, wanted)
    source = source_svm.volumes.get(source_name)
    if source is None:
        raise Refused("13303925", f'Source volume "{wanted.source_path}" does not exist.', "source.path")
    if source is destination:
        raise Refused("6619441", "Source and destination volume are the same.")
    check_pair(source, destination)
    if any(each.group_type == "consistency_group" for each in source.mirrored_by()):
        raise Refused("13303841", f'Volume "{source.path}" is mirrored with its consistency group.', "source.path")
    return Ends(source_svm, svm, [(source, destination)])


def _source_svm(svm: Svm, alias: str, wanted: NewMirror) -> Svm:
    cluster = svm.cluster
    named_cluster, uuid = wanted.source_cluster
    there = peers.find_remote(cluster, named_cluster, uuid) if named_cluster or uuid else None
    peer = peers.by_alias(svm, alias)
    if peer is None and alias in cluster.svms and there in (None, cluster):
        found = cluster.svms[alias]
    elif peer is not None and there in (None, peer.remote.cluster):
        found = peer.remote
    else:
        raise Refused("6620384", f'SVM "{alias}" is not peered with SVM "{svm.name}".', "source.path")
    if found is not svm and peer is not None and peer.state != "peered":
        raise Refused(
            "6620384", f'SVM "{alias}" is not peered with "{svm.name}": the peering is {peer.state}.', "source.path"
        )
    if not found.cluster.up:
        raise Refused("6620478", f'Cluster "{found.cluster.name}" cannot be reached to check its capabilities.')
    return found


def check_free(destination: Volume) -> None:
    if destination.mirror() is not None:
        raise Refused("6619637", f'Destination "{destination.path}" is already in a relationship.')


def check_pair(source: Volume, destination: Volume) -> None:
    """Whether one volume may be mirrored onto the other. Raises Refused."""
    problem = peering_problem(destination, source)
    if problem:
        raise Refused("6620384", problem, "source.path")
    if not source.online:
        raise Refused("13303925", f'Source volume "{source.path}" is not online.', "source.path")
    if not destination.online:
        raise Refused("13303925", f'Destination volume "{destination.path}" is not online.', "destination.path")
    unlike = releases.problem(source.cluster.version, destination.cluster.version)
    if unlike:
        raise Refused("13303841", f'Relationship with destination "{destination.path}": {unlike}')
    if source.style != destination.style:
        raise Refused(
            "13303841", f"Relationships between a {source.style} and a {destination.style} are not supported."
        )
    if source.constituent_count != destination.constituent_count:
        counts = f"{source.constituent_count} and {destination.constituent_count} constituents"
        raise Refused("13303841", f"Relationships between FlexGroups of {counts} are not supported.")
    if destination.type == "rw" and source.newest_common(destination) is None:
        raise Refused(
            "6619546",
            f'Destination "{destination.path}" must be a data protection volume: its type is {destination.type}.',
            "destination.path",
        )


def _svms(svm: Svm, alias: str, wanted: NewMirror) -> Ends:
    if wanted.source_volumes or wanted.destination_volumes:
        raise Refused("13304093", "consistency_group_volumes are not supported for this relationship.")
    if wanted.identity_preservation not in (None, *IDENTITY):
        raise Refused("13303847", f'"{wanted.identity_preservation}" is no kind of identity preservation.')
    source_svm = _source_svm(svm, alias, wanted)
    problem = peering_problem(WholeSvm(svm), WholeSvm(source_svm))
    if problem:
        raise Refused("6620384", problem, "source.path")
    unlike = releases.problem(source_svm.cluster.version, svm.cluster.version)
    if unlike:
        raise Refused("13303841", f'Relationship with destination "{wanted.destination_path}": {unlike}')
    return Ends(source_svm, svm, check_new(source_svm, svm), whole=True)


# groups


def _groups(svm: Svm, alias: str, wanted: NewMirror, names: tuple[str, str]) -> Ends:
    for name, side in zip(names, ("source", "destination")):
        if not groups.is_name(name):
            raise Refused("13304155", f'The consistency group name "{name}" is not valid.', f"{side}.path")
    source_svm = _source_svm(svm, alias, wanted)
    if min(_version(source_svm.cluster), _version(svm.cluster)) < _GROUPS_SINCE:
        raise Refused("13303872", "Relationships of consistency groups need ONTAP 9.10.1 on both clusters.")
    sources = _named(source_svm, wanted.source_volumes, "source")
    destinations = _named(svm, wanted.destination_volumes, "destination")
    if len(sources) != len(destinations):
        raise Refused("13303980", "The two consistency groups have different numbers of volumes.")
    pairs = list(zip(sources, destinations))
    for source, destination in pairs:
        check_member_pair(source, destination)
        if source.mirrored_by():
            raise Refused("13303841", f'Volume "{source.path}" is in a relationship already.', "source.path")
    if len({destination.type for destination in destinations}) > 1:
        raise Refused("13303968", "Some volumes of the destination are dp, others rw.", "destination.path")
    _check_source_group(source_svm, names[0], sources)
    _check_destination_group(svm, names[1], destinations)
    return Ends(source_svm, svm, pairs, names)


def _version(cluster: Cluster) -> Version:
    return tuple(int(part) for part in cluster.version.split("."))


def _named(svm: Svm, given: Sequence[Mapping[str, str]], side: str) -> list[Volume]:
    field = f"{side}.consistency_group_volumes"
    if not given:
        raise Refused("13303925", f"{field} is required for a consistency group.", field)
    if len(given) > groups.MOST_VOLUMES:
        raise Refused("13303979", f"A consistency group holds at most {groups.MOST_VOLUMES} volumes.", field)
    if len({"uuid" in each for each in given}) > 1 or len({"name" in each for each in given}) > 1:
        raise Refused("13303978", f"{field} has names or UUIDs of some volumes only.", field)
    volumes = [find_member(svm, each, side) for each in given]
    if len(set(map(id, volumes))) < len(volumes):
        raise Refused("13303925", f"{field} names a volume twice.", field)
    return volumes


def find_member(svm: Svm, given: Mapping[str, str], side: str) -> Volume:
    """The volume that an entry of consistency_group_volumes names."""
    field = f"{side}.consistency_group_volumes"
    name, uuid = given.get("name"), given.get("uuid")
    for volume in svm.volumes.values():
        if name == volume.name or (name is None and uuid == volume.uuid):
            if uuid not in (None, volume.uuid):
                raise Refused("13304080", f'The name "{name}" and the UUID "{uuid}" of a volume disagree.', field)
            return volume
    code = "6619546" if side == "destination" else "13303925"
    raise Refused(code, f'The {side} volume "{svm.name}:{name or uuid}" does not exist.', field)


def check_member_pair(source: Volume, destination: Volume) -> None:
    """Whether one volume may be mirrored onto the other as members of groups. Raises Refused."""
    for volume in (source, destination):
        if volume.style != "flexvol" or volume.is_svm_root:
            raise Refused("13303967", f'Volume "{volume.path}" of the consistency group is no FlexVol of data.')
    if source.type != "rw":
        raise Refused("13303968", f'Volume "{source.path}" of the source is of type {source.type}.')
    check_free(destination)
    check_pair(source, destination)


def _check_source_group(svm: Svm, name: str, volumes: list[Volume]) -> None:
    group = svm.consistency_groups.get(name)
    strangers = [volume for volume in volumes if volume.group is not group]
    if strangers or (group is not None and len(group.volumes) != len(volumes)):
        raise Refused(
            "53411897",
            f'The volumes named differ from those of consistency group "{svm.name}:{name}".',
            "source.consistency_group_volumes",
        )
    if group is not None and relationships_of(group):
        raise Refused("13303925", f'Consistency group "{group.path}" is in a relationship already.', "source.path")


def _check_destination_group(svm: Svm, name: str, volumes: list[Volume]) -> None:
    group = svm.consistency_groups.get(name)
    living = relationships_of(group) if group is not None else []
    if any(each.destination is group for each in living):
        raise Refused("6619637", f'Destination "{svm.name}:{groups.PREFIX}{name}" is already in a relationship.')
    if any(each.policy.is_sync for each in living):
        raise Refused("6621458", "The destination group is the source of a synchronous relationship.")
    strangers = [volume for volume in volumes if volume.group is not group]
    if living or strangers or (group is not None and len(group.volumes) != len(volumes)):
        raise Refused(
            "13303925",
            f'Consistency group "{svm.name}:{name}" cannot be the destination: it has other volumes, or a relationship.',
            "destination.path",
        )


def relationships_of(group: ConsistencyGroup) -> list[Relationship]:
    """The living ones of which the group is an end, on any cluster."""
    return [
        each
        for cluster in group.world.clusters.values()
        for each in cluster.relationships.values()
        if group in (each.source, each.destination)
    ]


def check_policy(ends: Ends, policy: MirrorPolicy) -> None:
    """Whether ends of this kind may have the policy. Raises Refused."""
    if ends.whole and policy.type != "async":
        raise Refused("13303842", f"Policies of type {policy.type} are not supported for SVMs.", "policy")
    if ends.group_names is None:
        if policy.is_automated_failover:
            raise Refused("13303841", f'Policy "{policy.name}" is for consistency groups only.', "policy")
        return
    mounted = [source.path for source, _destination in ends.pairs if source.junction]
    if policy.is_automated_failover and mounted:
        raise Refused("13303925", f'Volume "{mounted[0]}" is mounted: active sync is for SAN volumes.', "source.path")
    if policy.type not in ("async", "sync"):
        raise Refused("13303970", f"Policies of type {policy.type} are not supported for consistency groups.", "policy")
    is_old = min(_version(ends.source_svm.cluster), _version(ends.svm.cluster)) < _ASYNC_GROUPS_SINCE
    if not policy.is_automated_failover and (policy.is_sync or is_old):
        raise Refused(
            "13303966", "Consistency groups need a policy of type sync with automated failover here.", "policy"
        )
