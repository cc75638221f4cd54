# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVM disaster recovery: one relationship `svm:` to `svm:` for all volumes of an SVM but its root, and its configuration.

Each transfer follows what the source has become: new volumes come into being at the destination, grown ones grow, deleted
ones go. Junctions follow with every kind of identity preservation; export policies and SMB shares, unless network and
protocols are excluded; the address, only with all of it.
Where the published facts are silent, this is what the model does:
- it needs asynchronous policies and ONTAP 9.11.1 on both clusters, which tells the kind of identity preservation;
- the destination is an SVM of subtype `dp_destination` without volumes, or one whose volumes all share a snapshot with
  their sources, as on the way back; in a resync it must be stopped, and becomes a `dp_destination`;
- a `dp_destination` cannot be started, and takes no volumes, clones and export policies but those of the relationship;
  by the manual page of vserver delete, none of its volumes is deleted before a break;
- volumes that the first transfer of a break's relationship has not reached are gone after the break;
- a new volume lies on the aggregate of the destination SVM that has most room, a FlexGroup on all of them;
- no `exported_snapshot` is told of the relationship, since each volume has one;
- igroups and LUN maps are not replicated, and no LUN keeps its maps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import exports
from .errors import Refused
from .legs import Leg, join, part
from .places import InSvm
from .shares import Ace, Share
from .volumes import Volume

if TYPE_CHECKING:
    from .aggregates import Aggregate
    from .jobs import Job
    from .mirrors import Relationship
    from .svms import Svm

IDENTITY = ("full", "exclude_network_config", "exclude_network_and_protocol_config")
_SINCE = (9, 11, 1)
_FOLLOWS = ("comment", "snapshot_reserve_percent", "efficiency_policy", "tiering_policy")


@dataclass(eq=False)
class WholeSvm(InSvm):
    """An SVM as the end of a relationship."""

    svm: Svm = field(repr=False)

    style = "svm"
    constituent_count = None

    @property
    def locator(self) -> str:
        return ""

    @property
    def name(self) -> str:
        return self.locator


def volumes_of(svm: Svm) -> list[Volume]:
    return [volume for volume in svm.volumes.values() if not volume.is_svm_root]


def relationships_of(svm: Svm) -> list[Relationship]:
    """Those of which the SVM as a whole is an end."""
    return [
        each
        for cluster in svm.cluster.world.clusters.values()
        for each in cluster.relationships.values()
        if each.group_type == "svm_dr" and svm in (each.source.svm, each.destination.svm)
    ]


# create


def check_new(source: Svm, destination: Svm) -> list[tuple[Volume, Volume]]:
    """The pairs that are there already, as on the way back. Raises Refused."""
    for svm in (source, destination):
        if tuple(int(part) for part in svm.cluster.version.split(".")) < _SINCE:
            raise Refused("13303872", "Relationships of SVMs need ONTAP 9.11.1 on both clusters.")
        if relationships_of(svm):
            raise Refused("13303976", f'SVM "{svm.name}" is in an SVM disaster recovery relationship already.')
    if source is destination:
        raise Refused("6619441", "Source and destination SVM are the same.")
    if source.subtype != "default":
        raise Refused("13303922", f'Source SVM "{source.name}" is of subtype {source.subtype}.', "source.path")
    for volume in volumes_of(destination):
        if volume.mirror() is not None:
            raise Refused("6619637", f'Volume "{volume.path}" is already in a relationship.', "destination.path")
    held = {volume.name: volume for volume in volumes_of(destination)}
    pairs = [(volume, held[volume.name]) for volume in carried(source) if volume.name in held]
    if destination.subtype == "dp_destination" and not held:
        return []
    strangers = [name for name in held if name not in {here.name for here, _there in pairs}]
    apart = [there.name for here, there in pairs if here.newest_common(there) is None]
    for name in strangers + apart:
        raise Refused(
            "13303882",
            f'Destination SVM "{destination.name}" is no data protection destination: volume "{name}" is its own.',
            "destination.path",
        )
    if not pairs:
        raise Refused(
            "13303882",
            f'Destination SVM "{destination.name}" must be of subtype dp_destination; it is {destination.subtype}.',
            "destination.path",
        )
    return pairs


def carried(source: Svm) -> list[Volume]:
    return [volume for volume in volumes_of(source) if volume.type == "rw" and volume.clone_of is None]


# transfers


def follow_volumes(relationship: Relationship) -> str | None:
    """Legs for what the source holds now, at the beginning of a transfer; the answer is what stands in the way."""
    source, destination = relationship.source.svm, relationship.destination.svm
    wanted = {volume.name: volume for volume in carried(source)}
    for leg in list(relationship.legs):
        if wanted.get(leg.source.name) is not leg.source or leg.destination.deleted:
            _drop(relationship, leg)
    known = {leg.source.name for leg in relationship.legs}
    for name, volume in wanted.items():
        if name not in known:
            problem = _add(relationship, volume, destination)
            if problem:
                return problem
    for leg in relationship.legs:
        leg.destination.size_bytes = max(leg.destination.size_bytes, leg.source.size_bytes)
    return None


def _add(relationship: Relationship, source: Volume, destination: Svm) -> str | None:
    held = destination.volumes.get(source.name)
    if held is not None and held.newest_common(source) is None:
        return f'Volume "{held.path}" exists and is not the copy of "{source.path}".'
    if held is None:
        place = _place(source, destination)
        if not place:
            return f'No aggregate of SVM "{destination.name}" has room for volume "{source.name}".'
        held = _make(source, destination, place)
    leg = Leg(source, held)
    relationship.legs.append(leg)
    join(relationship, leg)
    return None


def _place(source: Volume, destination: Svm) -> list[Aggregate]:
    by_room = sorted(destination.aggregates, key=lambda each: each.available_bytes, reverse=True)
    chosen = by_room if source.style == "flexgroup" else by_room[:1]
    return chosen if chosen and sum(each.available_bytes for each in chosen) >= source.used_bytes else []


def _make(source: Volume, destination: Svm, place: list[Aggregate]) -> Volume:
    volume = Volume(
        svm=destination,
        name=source.name,
        size_bytes=source.size_bytes,
        aggregates=place,
        type="dp",
        style=source.style,
        guarantee="none",
        snapshot_policy=source.snapshot_policy,
        constituent_count=source.constituent_count,
        encrypted=source.encrypted,
    )
    volume.attach()
    return volume


def _drop(relationship: Relationship, leg: Leg) -> None:
    """The source's volume is gone; so is its copy."""
    part(relationship, leg)
    relationship.legs.remove(leg)
    entry = relationship.source.cluster.source_entries.get(relationship.uuid)
    if entry is not None and leg.source in entry.volumes:
        entry.volumes.remove(leg.source)
        leg.source.source_entries.remove(entry)
    if not leg.destination.deleted:
        leg.destination.detach()
        leg.destination.free()


def follow_configuration(relationship: Relationship) -> None:
    """At the end of a transfer, when the volumes are there."""
    source, destination = relationship.source.svm, relationship.destination.svm
    protocols = relationship.identity != "exclude_network_and_protocol_config"
    if protocols:
        _follow_exports(source, destination)
    for leg in relationship.legs:
        leg.destination.junction = leg.source.junction
        leg.destination.efficiency = dict(leg.source.efficiency)
        for name in _FOLLOWS:
            setattr(leg.destination, name, getattr(leg.source, name))
        policy = leg.source.export_policy.name if protocols else "default"
        leg.destination.export_policy = destination.export_policies[policy]
    if protocols and destination.cifs is not None:
        destination.shares = {name: _copy(share, destination) for name, share in source.shares.items()}
    if relationship.identity == "full":
        destination.address = source.address


def _follow_exports(source: Svm, destination: Svm) -> None:
    used = {volume.export_policy.name for volume in destination.volumes.values()}
    for name in set(destination.export_policies) - set(source.export_policies) - used:
        del destination.export_policies[name]
    for name, policy in source.export_policies.items():
        twin = destination.export_policies.get(name) or exports.create(destination, name, replicated=True)
        twin.rules = [exports.ExportRule(rule.index, dict(rule.properties)) for rule in policy.rules]


def _copy(share: Share, svm: Svm) -> Share:
    acls = [Ace(one.user_or_group, one.permission, one.type) for one in share.acls]
    return Share(share.name, share.path, svm, share.comment, dict(share.properties), acls)


# break and resync


def check_resync(relationship: Relationship) -> str | None:
    svm = relationship.destination.svm
    return None if svm.state == "stopped" else f'SVM "{svm.name}" is {svm.state}: it must be stopped.'


def broken(relationship: Relationship) -> None:
    relationship.destination.svm.subtype = "default"


def resynced(relationship: Relationship) -> None:
    relationship.destination.svm.subtype = "dp_destination"


def forget_unreached(relationship: Relationship) -> None:
    """Volumes that no transfer has reached yet hold nothing."""
    for leg in [each for each in relationship.legs if each.exported is None]:
        _drop(relationship, leg)


def fail_over(relationship: Relationship, force: bool) -> Job:
    """A job that stops the source, breaks, and starts the destination; *force*: although the source does not answer."""
    source, destination = relationship.source.svm, relationship.destination.svm
    path, cluster = relationship.destination_path, relationship.cluster

    def check() -> None:
        if not source.cluster.up and not force:
            raise Refused("13303815", f'Peer cluster "{source.cluster.name}" cannot be reached.')
        if relationship.transferring or relationship.state not in ("snapmirrored", "paused"):
            raise Refused("13303859", f'Failover of "{path}" is not possible: it is {relationship.state}.')

    def work() -> None:
        check()
        if source.cluster.up:
            source.state = "stopped"
        relationship.break_off()
        destination.state = "running"

    fault = cluster.world.consult(cluster.name, "snapmirror.failover", path)
    check()
    text = f"PATCH /api/snapmirror/relationships/{relationship.uuid}"
    return cluster.start_job("snapmirror.failover", path, text, work, svm=destination, fault=fault)
