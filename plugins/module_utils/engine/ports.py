# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine asks of the world: an array, a clock, a journal.

Above these Protocols nobody knows REST from ZAPI. One Array is one SVM on one cluster.
"""

from __future__ import annotations

from typing import Any, Collection, Dict, FrozenSet, Mapping, Optional, Protocol, Sequence, Tuple

from ..model.array import Aggregate, ClusterAbout, Job, Mediator, Policy, SvmAbout
from ..model.mirror import Members, Mirror, MirrorSpec, SourceRecord, SvmPeer
from ..model.policy import MirrorPolicy
from ..model.presentation import ExportPolicy, Igroup, LunMap, Share
from ..model.san import Lun
from ..model.snapshot import Snapshot
from ..model.told import Told
from ..model.volume import CloneSpec, TargetSpec, Volume

JobId = Optional[str]


class Clock(Protocol):
    def now(self) -> float:
        """Seconds, monotonic."""

    def sleep(self, seconds: float) -> None:
        """Return *seconds* later."""


class Journal(Protocol):
    def record(self, events: Collection[Mapping[str, Any]]) -> None:
        """Keep *events*, durable on return."""


class Array(Protocol):
    """Reads may be repeated by the transport; writes are sent once.

    Every write answers the uuid of the job that carries it out, or None where it is done or has no job.
    All raise Unreachable, ApiError; writes also AnswerLost. Nothing here waits or decides.
    """

    svm: str
    address: str

    # -- reads, each one bulk request with paging
    def about(self) -> ClusterAbout:
        """Name, uuid and release of the cluster."""

    def svm_exists(self) -> bool:
        """Whether the SVM of this connection is there."""

    def svm_about(self) -> Optional[SvmAbout]:
        """State and subtype of the SVM, None where it is not found."""

    def svm_uuid(self) -> str:
        """The SVM's uuid, "" where the SVM is not found."""

    def volumes(self, names: Optional[Collection[str]] = None) -> Dict[str, Volume]:
        """{name: Volume} of this SVM; FlexGroup constituents are left out."""

    def constituents(self) -> Dict[str, Tuple[str, ...]]:
        """{FlexGroup: the aggregate of each of its constituents} of this SVM."""

    def volumes_with_origins(self) -> Dict[str, Volume]:
        """As volumes, and clones also tell what they were made of, which is expensive."""

    def mirrors(self, uuids: Optional[Collection[str]] = None, paths_only: bool = False) -> Tuple[Mirror, ...]:
        """Relationships whose destination is this SVM; *uuids* asks for those only.

        paths_only: uuid, both ends and the state, nothing that depends on the release.
        """

    def source_records(self) -> Tuple[SourceRecord, ...]:
        """Relationships whose source is this SVM, as this (source) cluster remembers them."""

    def svm_peers(self) -> Tuple[SvmPeer, ...]:
        """Peerings of this SVM."""

    def luns(self) -> Tuple[Lun, ...]:
        """All LUNs of this SVM."""

    def namespaces(self) -> Dict[str, int]:
        """{volume name: how many namespaces in it take writes}; volumes without any are left out."""

    def export_policies(self) -> Dict[str, ExportPolicy]:
        """{name: export policy} of this SVM."""

    def snapshot_policies(self) -> FrozenSet[str]:
        """Names of those that the SVM can use."""

    def qos_policies(self) -> FrozenSet[str]:
        """Names of those that the SVM can use, so for snapshot policies."""

    def shares(self) -> Dict[str, Share]:
        """{name: SMB share} of this SVM."""

    def lun_maps(self) -> Tuple[LunMap, ...]:
        """All LUN maps of this SVM."""

    def igroups(self) -> Dict[str, Igroup]:
        """{name: igroup} of this SVM."""

    def snapshots(
        self, volumes: Optional[Collection[str]] = None, prefix: Optional[str] = None
    ) -> Dict[str, Tuple[Snapshot, ...]]:
        """{volume name: its snapshots}, for all volumes of the SVM or those named; *prefix* asks for names that begin so."""

    def snapshot_delta_bytes(self, volume_uuid: str, older: str, newer: str) -> Optional[int]:
        """What changed between two snapshots, by their names; None where the array does not tell. Expensive."""

    def aggregates(self) -> Dict[str, Aggregate]:
        """{name: Aggregate} that this SVM may use."""

    def policies(self) -> Dict[str, Policy]:
        """{name: Policy} of SnapMirror that this SVM may use."""

    def jobs(self, uuids: Collection[str]) -> Dict[str, Job]:
        """One Job for each of *uuids*; state gone where the array knows it no more."""

    # -- SVM peers
    def peer_create(
        self, peer_svm: str, peer_cluster: Optional[str], applications: Collection[str], local_name: Optional[str]
    ) -> JobId:
        """Ask *peer_svm* for a peering; local_name: its name on this cluster, where its own is taken."""

    def peer_modify(self, uuid: str, applications: Collection[str]) -> JobId:
        """Set the applications of a peering."""

    def mirror_policies(self) -> Dict[str, MirrorPolicy]:
        """{name: it} with all that a policy says, those that this SVM can use."""

    def policy_create(self, name: str, declared: Mapping[str, Any]) -> JobId:
        """declared: fields of MirrorPolicy, the rules as dicts."""

    def policy_modify(self, uuid: str, changes: Mapping[str, Any]) -> JobId:
        """changes: as for policy_create."""

    def peer_accept(self, uuid: str) -> JobId:
        """Accept a peering that the other side asked for."""

    # -- LUNs
    def lun_enable(self, uuid: str, enabled: bool) -> JobId:
        """False takes the LUN offline; maps and ids stay."""

    def lun_map(self, lun: str, igroup: str, number: Optional[int]) -> JobId:
        """Let the igroup see the LUN of this path; number None: the array takes a free one."""

    def lun_unmap(self, lun_uuid: str, igroup_uuid: str) -> JobId:
        """The LUN and the igroup stay."""

    # -- exports and shares
    def export_policy_create(self, name: str, rules: Collection[Mapping[str, Any]]) -> JobId:
        """rules: as ExportPolicy holds them; what the release does not know is left out."""

    def share_create(self, share: Mapping[str, Any]) -> JobId:
        """share: as Share.as_dict tells it."""

    def share_modify(self, svm_uuid: str, name: str, changes: Mapping[str, Any]) -> JobId:
        """changes: comment and properties."""

    def share_acl_set(self, svm_uuid: str, share: str, ace: Mapping[str, Any], exists: bool) -> JobId:
        """ace: as Ace.as_dict tells it; exists: its user or group has an entry already."""

    def share_acl_delete(self, svm_uuid: str, share: str, ace: Mapping[str, Any]) -> JobId:
        """Takes one entry out of a share's ACL."""

    # -- locks
    def lock_create(self, name: str) -> None:
        """Raises ApiError where the name is taken: the array makes it once, whoever asks."""

    def locks(self, prefix: str) -> Dict[str, str]:
        """{name: id} of the locks whose names begin so."""

    def lock_delete(self, lock_id: str) -> None:
        """Gives the name back."""

    # -- snapshots
    def snapshot_create(self, volume_uuid: str, name: str, comment: str) -> JobId:
        """Of a volume that takes writes."""

    def snapshot_create_many(self, wanted: Sequence[Tuple[str, str, str]]) -> Sequence[Told]:
        """wanted: (volume's uuid, name, comment)."""

    def snapshot_delete_many(self, doomed: Sequence[Tuple[str, str]]) -> Sequence[Told]:
        """doomed: (volume's uuid, snapshot's uuid)."""

    def snapshot_delete(self, volume_uuid: str, snapshot_uuid: str) -> JobId:
        """Refused by the array while something holds it."""

    # -- volumes
    def takes_many(self) -> bool:
        """Whether the release takes several records in one request (9.10.1).

        The verbs ending in _many send one request and tell of each object in the order given. What they raise says
        nothing about any single one: some may have been done.
        """

    def volume_create_many(self, specs: Sequence[TargetSpec]) -> Sequence[Told]:
        """As volume_create."""

    def volume_create(self, spec: TargetSpec) -> JobId:
        """A destination volume."""

    def volume_resize(self, uuid: str, size_bytes: int) -> JobId:
        """Grow it."""

    def volume_comment(self, uuid: str, comment: str) -> JobId:
        """Set its comment."""

    def volume_modify(self, uuid: str, changes: Mapping[str, Any]) -> JobId:
        """changes: any of export_policy, snapshot_policy, qos_policy, dedupe, compression, compaction, ..."""

    def volume_comment_many(self, comments: Sequence[Tuple[str, str]]) -> Sequence[Told]:
        """comments: (uuid, comment)."""

    def volume_modify_many(self, changes: Sequence[Tuple[str, Mapping[str, Any]]]) -> Sequence[Told]:
        """changes: (uuid, as for volume_modify)."""

    def volume_delete(self, uuid: str) -> JobId:
        """Delete it."""

    def mount(self, uuid: str, junction_path: str) -> JobId:
        """Give it its place in the namespace."""

    def mount_many(self, places: Sequence[Tuple[str, str]]) -> Sequence[Told]:
        """places: (uuid, junction path)."""

    def unmount(self, uuid: str) -> JobId:
        """Take it out of the namespace."""

    def unmount_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        """As unmount."""

    def clone_create(self, spec: CloneSpec) -> JobId:
        """A FlexClone, mounted where a path is given."""

    def clone_split(self, uuid: str) -> JobId:
        """Make a clone a volume of its own."""

    def clone_delete(self, uuid: str) -> JobId:
        """Delete a clone for good, so that it holds its parent's snapshot no longer."""

    def svm_set_running(self, uuid: str, running: bool) -> JobId:
        """Start or stop the SVM."""

    # -- relationships (this SVM is the destination, except for release)
    def create(self, spec: MirrorSpec) -> JobId:
        """A relationship, uninitialized."""

    def create_many(self, specs: Sequence[MirrorSpec]) -> Sequence[Told]:
        """As create."""

    def group_create(self, name: str, volumes: Collection[str]) -> JobId:
        """A consistency group of volumes of this SVM."""

    def group_add(self, name: str, volumes: Collection[str]) -> JobId:
        """More volumes for a consistency group."""

    def mediators(self) -> Tuple[Mediator, ...]:
        """Of this cluster."""

    def fail_over(self, uuid: str, source: str, destination: str) -> JobId:
        """Of active sync: let the two ends change their roles; source, destination: the paths as they shall be."""

    def expand(self, uuid: str, members: Members) -> JobId:
        """members: those that join the relationship between two consistency groups."""

    def modify(self, uuid: str, changes: Mapping[str, Any]) -> JobId:
        """changes: any of policy, schedule ("" clears it), throttle_kbps."""

    def initialize(self, uuid: str, synchronous: bool = False) -> JobId:
        """Start the first transfer; a synchronous mirror goes on until it is in sync."""

    def initialize_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        """The same for asynchronous mirrors; one that is no longer uninitialized is left alone."""

    def update(self, uuid: str) -> JobId:
        """Start a transfer."""

    def quiesce(self, uuid: str) -> JobId:
        """No transfers from now on; a running one goes on to its end."""

    def quiesce_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        """As quiesce."""

    def break_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        """As break_ without a snapshot."""

    def resume(self, uuid: str, synchronous: bool = False) -> JobId:
        """Undo quiesce."""

    def break_(self, uuid: str, snapshot: Optional[str] = None) -> JobId:
        """Make the destination writable, with the content of *snapshot* where one is given."""

    def resume_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        """The same for asynchronous mirrors; one that is no longer paused is left alone."""

    def resync_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        """As resync, for asynchronous mirrors; one that is no longer broken_off is left alone."""

    def resync(self, uuid: str, synchronous: bool = False) -> JobId:
        """Mirror again; what the destination got since is lost."""

    def abort(self, uuid: str, transfer_uuid: str) -> JobId:
        """Stop a transfer."""

    def delete(self, uuid: str) -> JobId:
        """The destination side only; the source keeps its record and every snapshot."""

    def delete_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        """As delete."""

    def release_many(self, uuids: Sequence[str], keep_snapshots: bool = True) -> Sequence[Told]:
        """As release."""

    def release(self, uuid: str, keep_snapshots: bool = True) -> JobId:
        """Sent to the source cluster."""


class Arrays(Protocol):
    """The two sides of a run."""

    destination: Array
    source: Optional[Array]
