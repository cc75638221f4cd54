# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes: what they are, what they hold, what space they take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import content, synchronous
from .content import Log, Mark
from .devices import Devices, Identity
from .errors import Refused
from .places import InSvm
from .snapshots import Snapshot, newest_common

if TYPE_CHECKING:
    from .aggregates import Aggregate
    from .exports import ExportPolicy
    from .groups import ConsistencyGroup
    from .jobs import Job
    from .mirrors import Relationship, SourceEntry
    from .qos import QosPolicy
    from .svms import Svm

NO_EFFICIENCY = {"dedupe": "none", "compression": "none", "compaction": "none", "cross_volume_dedupe": "none"}


@dataclass(eq=False)
class Volume(InSvm):
    """A FlexVol, or a FlexGroup seen as one.

    type: rw, dp or ls; state: online, offline, restricted; guarantee: volume (thick) or none (thin).
    initialized: whether a dp volume has had its baseline. junction: where it is mounted, None when not.
    settings: further fields as ONTAP names them in REST, told back as they were given.
    group: the consistency group that it belongs to.
    clone_of: the parent of a FlexClone that is not split, with the snapshot; split: the job that splits it.
    devices: LUNs and namespaces; identities: what hosts know them by, {file id: Identity};
    restores: how often they lost it, by a restore that does not keep LUN ids.
    """

    svm: Svm = field(repr=False)
    name: str
    size_bytes: int
    aggregates: list[Aggregate] = field(repr=False)
    type: str = "rw"
    style: str = "flexvol"
    state: str = "online"
    language: str = "c.utf_8"
    guarantee: str = "volume"
    comment: str = ""
    encrypted: bool = False
    junction: str | None = None
    snapshot_policy: str = "default"
    snapshot_reserve_percent: int = 5
    security_style: str = "unix"
    unix_permissions: int = 755
    uid: int = 0
    gid: int = 0
    is_svm_root: bool = False
    flexcache_endpoint_type: str = "none"
    tiering_policy: str = "none"
    constituent_count: int | None = None
    export_policy: ExportPolicy = field(default=None, repr=False)  # type: ignore[assignment]
    efficiency: dict[str, str] = field(default_factory=lambda: dict(NO_EFFICIENCY), repr=False)
    efficiency_policy: str | None = None
    autosize: dict[str, Any] = field(default_factory=dict, repr=False)
    settings: dict[str, Any] = field(default_factory=dict, repr=False)
    qos_policy: QosPolicy | None = field(default=None, repr=False)
    clone_of: tuple[Volume, Snapshot] | None = field(default=None, repr=False)
    split: Job | None = field(default=None, repr=False)
    group: ConsistencyGroup | None = field(default=None, repr=False)
    initialized: bool = False
    deleted: bool = False
    uuid: str = ""
    active: Log = field(default=(), repr=False)
    devices: Devices = field(default=(), repr=False)
    identities: dict[str, Identity] = field(default_factory=dict, repr=False)
    restores: int = 0
    snapshots: list[Snapshot] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self.uuid = self.uuid or self.world.ids.new("volume")
        self.create_time = self.world.now()
        self.msid = next(self.cluster.msids)
        self.export_policy = self.export_policy or self.svm.export_policies["default"]
        self.source_entries: list[SourceEntry] = []
        self._used: int | None = None

    @property
    def locator(self) -> str:
        """What stands for the volume behind the colon of a path."""
        return self.name

    @property
    def online(self) -> bool:
        return self.state == "online" and not self.deleted

    @property
    def has_efficiency(self) -> bool:
        return any(value != "none" for value in self.efficiency.values())

    def attach(self) -> None:
        """Enter the volume into its SVM and its aggregates."""
        self.svm.volumes[self.name] = self
        for aggregate in self.aggregates:
            aggregate.volumes.append(self)

    def detach(self) -> None:
        """Take the volume out of its SVM; its space stays taken until `free`."""
        self.deleted = True
        self.junction = None
        self.state = "offline"
        self._unmap_all_but(())
        if self.group is not None:
            self.group.let_go(self)
        del self.svm.volumes[self.name]

    def free(self) -> None:
        for aggregate in self.aggregates:
            aggregate.volumes.remove(self)

    # space

    def touch(self) -> None:
        """What the volume holds has changed."""
        self._used = None

    @property
    def used_bytes(self) -> int:
        """Space of the active file system and all snapshots; a clone shares its parent snapshot's."""
        if self._used is None:
            logs = [self.active, *(snapshot.content for snapshot in self.snapshots)]
            shared = [self.clone_of[1].content] if self.clone_of else []
            self._used = content.missing_bytes(logs, shared)
        return self._used

    @property
    def active_bytes(self) -> int:
        return content.union_bytes([self.active])

    @property
    def reserve_bytes(self) -> int:
        """Space kept for snapshots alone."""
        return self.size_bytes * self.snapshot_reserve_percent // 100

    @property
    def available_bytes(self) -> int:
        """What clients may still write; a thin volume is limited by its aggregates, too."""
        spilled = max(0, self.used_bytes - self.active_bytes - self.reserve_bytes)
        free = max(0, self.size_bytes - self.reserve_bytes - self.active_bytes - spilled)
        if self.guarantee == "none" and not self.deleted:
            free = min(free, sum(aggregate.available_bytes for aggregate in self.aggregates))
        return free

    @property
    def footprint_bytes(self) -> int:
        """What the volume takes from its aggregates."""
        if self.guarantee == "volume" and self.state == "online":
            return max(self.size_bytes, self.used_bytes)
        return self.used_bytes

    # content

    def content(self) -> list[str]:
        """The markers that can be read now, in the order of writing."""
        if not self.online:
            raise Refused("917775", f'Volume "{self.path}" is not online.')
        return [mark.marker for mark in self.active]

    def write(self, marker: str, size_bytes: int = 4096, *, via: str = "local") -> Mark:
        """A write by a client. Refused where it could not be done.

        via: "nfs" needs the volume mounted, "smb" a share of an enabled server that leads to it, "lun" a LUN
        in it that is enabled and mapped, "local" none of them.
        """
        if not self.online:
            raise Refused("917775", f'Volume "{self.path}" is not online.')
        if self.type != "rw":
            raise Refused("30", f'Volume "{self.path}" is read-only: its type is {self.type}.')
        if self.svm.state != "running":
            raise Refused("2", f'Volume "{self.path}" is served to nobody: its SVM is {self.svm.state}.')
        if not self._served(via):
            raise Refused("2", f'Volume "{self.path}" cannot be reached by {via}.')
        if size_bytes > self.available_bytes:
            raise Refused("28", f'No space left on volume "{self.path}".')
        for relationship in self.mirrored_by():
            synchronous.check_write(relationship)
        mark = Mark(marker, size_bytes, self.world.now())
        self.active = (*self.active, mark)
        self.touch()
        self._pass_on()
        return mark

    def _served(self, via: str) -> bool:
        if via == "nfs":
            return self.junction is not None
        if via == "smb":
            return any(share.volume is self and share.reachable for share in self.svm.shares.values())
        if via == "lun":
            mapped = {each.file_id for each in self.svm.lun_maps if each.volume is self}
            return any(device.enabled and device.file_id in mapped for device in self.devices)
        return via == "local"

    def hold(self, log: Log, devices: Devices) -> None:
        """Replace the active file system."""
        self.active = log
        self.devices = devices
        self._unmap_all_but(devices)
        self.touch()

    def set_devices(self, devices: Devices) -> None:
        """What a client made of the volume's LUNs."""
        self.hold(self.active, devices)
        self._pass_on()

    def forget_identities(self) -> None:
        """All LUNs become new ones to their hosts."""
        self.restores += 1
        self.identities = {}
        self._unmap_all_but(())

    def _unmap_all_but(self, devices: Devices) -> None:
        kept = {device.file_id for device in devices}
        self.svm.lun_maps = [each for each in self.svm.lun_maps if each.volume is not self or each.file_id in kept]

    def _pass_on(self) -> None:
        for relationship in self.mirrored_by():
            relationship.follow_write()

    # snapshots and mirrors

    def snapshot_named(self, name: str) -> Snapshot | None:
        for snapshot in self.snapshots:
            if snapshot.name == name:
                return snapshot
        return None

    def newest_common(self, destination: Volume) -> Snapshot | None:
        """The destination's copy of the newest snapshot that it shares with this volume."""
        return newest_common(self, destination)

    def mirrored_by(self) -> list[Relationship]:
        """All relationships of which this volume is the source, on any cluster."""
        return list(self.world.mirrors_from.get(self.uuid, ()))

    def mirror(self) -> Relationship | None:
        """The relationship of which this volume is the destination."""
        return self.world.mirror_onto.get(self.uuid)
