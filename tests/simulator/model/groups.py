# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consistency groups: volumes that are snapshotted and mirrored as one.

Where the published facts are silent, this is what the model does:
- groups are flat and made of existing FlexVols that are `rw`; a group of `dp` volumes only comes into being with
  a relationship onto it;
- no volume leaves a group but with the group, or when it is deleted itself;
- the group that is the destination of a relationship is changed by that relationship alone;
- a group is not deleted while it is an end of a relationship, or while its cluster has an entry of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import Refused
from .places import InSvm

if TYPE_CHECKING:
    from .cluster import Cluster
    from .group_snapshots import GroupSnapshot
    from .jobs import Job
    from .svms import Svm
    from .volumes import Volume

PREFIX = "/cg/"
MOST_VOLUMES = 80
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]{0,254}$")


@dataclass(eq=False)
class ConsistencyGroup(InSvm):
    svm: Svm = field(repr=False)
    uuid: str
    name: str
    volumes: list[Volume] = field(default_factory=list, repr=False)
    snapshots: list[GroupSnapshot] = field(default_factory=list, repr=False)

    style = "consistency_group"
    constituent_count = None

    @property
    def locator(self) -> str:
        """What stands for the group behind the colon of a path."""
        return PREFIX + self.name

    def take_in(self, volumes: list[Volume]) -> None:
        for volume in volumes:
            self.volumes.append(volume)
            volume.group = self

    def let_go(self, volume: Volume) -> None:
        self.volumes.remove(volume)
        volume.group = None


def is_name(name: str) -> bool:
    return bool(_NAME.match(name))


def found(svm: Svm, name: str, uuid: str, volumes: list[Volume]) -> ConsistencyGroup:
    """Make the group, whatever its volumes are."""
    group = ConsistencyGroup(svm, uuid, name)
    group.take_in(volumes)
    svm.consistency_groups[name] = group
    return group


def find(cluster: Cluster, uuid: str) -> ConsistencyGroup:
    for svm in cluster.svms.values():
        for group in svm.consistency_groups.values():
            if group.uuid == uuid:
                return group
    raise Refused("53411843", f'Consistency group "{uuid}" does not exist.', "uuid", status=404)


# what users do


def create(svm: Svm, name: str, volumes: list[str]) -> tuple[str, Job]:
    """The uuid that the group will have, and the job that makes it of existing volumes."""
    uuid = svm.cluster.world.ids.new("consistency-group")
    path = f"{svm.name}:{PREFIX}{name}"

    def check() -> list[Volume]:
        if not is_name(name):
            raise Refused("5376461", f'The consistency group name "{name}" is not valid.', "name")
        if name in svm.consistency_groups:
            raise Refused("53411860", f'Consistency group "{name}" already exists in SVM "{svm.name}".', "name")
        return _addable(svm, None, volumes)

    def work() -> None:
        found(svm, name, uuid, check())

    fault = svm.cluster.world.consult(svm.cluster.name, "consistency_group.create", path)
    check()
    text = "POST /api/application/consistency-groups"
    return uuid, svm.cluster.start_job("consistency_group.create", path, text, work, svm=svm, fault=fault)


def add(group: ConsistencyGroup, volumes: list[str]) -> Job:
    """A job that takes existing volumes into the group."""

    def check() -> list[Volume]:
        if _is_destination(group):
            raise Refused("53411853", f'"{group.path}" is the destination of a SnapMirror relationship.', "volumes")
        return _addable(group.svm, group, volumes)

    def work() -> None:
        group.take_in(check())

    fault = group.world.consult(group.cluster.name, "consistency_group.modify", group.path)
    check()
    text = f"PATCH /api/application/consistency-groups/{group.uuid}"
    return group.cluster.start_job("consistency_group.modify", group.path, text, work, svm=group.svm, fault=fault)


def _addable(svm: Svm, group: ConsistencyGroup | None, names: list[str]) -> list[Volume]:
    """The volumes that the group is to take in; None: a new one."""
    held = group.volumes if group else []
    volumes = [_existing(svm, name) for name in dict.fromkeys(names)]
    new = [volume for volume in volumes if volume not in held]
    for volume in new:
        if volume.group is not None:
            raise Refused(
                "53411865",
                f'Volume "{volume.name}" already belongs to consistency group "{volume.group.name}".',
                "volumes.name",
            )
        if volume.style != "flexvol" or volume.type != "rw" or volume.is_svm_root:
            kind = "SVM root" if volume.is_svm_root else f"{volume.type} {volume.style}"
            raise Refused("53411853", f'Volume "{volume.name}" is a {kind} volume.', "volumes.name")
    if len(held) + len(new) > MOST_VOLUMES:
        raise Refused("53411853", f"A consistency group holds at most {MOST_VOLUMES} volumes.", "volumes")
    return new


def _existing(svm: Svm, name: str) -> Volume:
    volume = svm.volumes.get(name)
    if volume is None:
        raise Refused("917506", f'Volume "{name}" does not exist in SVM "{svm.name}".', "volumes.name")
    return volume


def delete(group: ConsistencyGroup) -> Job:
    """A job that takes the group away; its volumes stay."""

    def check() -> None:
        if is_source(group) or _is_destination(group):
            raise Refused("53412041", f'Consistency group "{group.name}" is in a SnapMirror relationship.')

    def work() -> None:
        check()
        for volume in list(group.volumes):
            group.let_go(volume)
        group.svm.consistency_groups.pop(group.name, None)

    fault = group.world.consult(group.cluster.name, "consistency_group.delete", group.path)
    check()
    text = f"DELETE /api/application/consistency-groups/{group.uuid}"
    return group.cluster.start_job("consistency_group.delete", group.path, text, work, svm=group.svm, fault=fault)


# its relationships


def replication(group: ConsistencyGroup) -> list[tuple[str, bool]]:
    """(uuid, whether the group is the source) of each relationship that its cluster knows."""
    cluster = group.cluster
    onto = [(uuid, False) for uuid, each in cluster.relationships.items() if each.destination is group]
    return onto + [(uuid, True) for uuid, entry in cluster.source_entries.items() if entry.source is group]


def is_source(group: ConsistencyGroup) -> bool:
    return any(source for _uuid, source in replication(group))


def _is_destination(group: ConsistencyGroup) -> bool:
    return any(not source for _uuid, source in replication(group))
