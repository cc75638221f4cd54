# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine asks of the world: an array, a clock, a journal.

Above these Protocols nobody knows REST from ZAPI. One Array is one SVM on one cluster.
"""

from __future__ import annotations

from typing import Any, Collection, Dict, Mapping, Optional, Protocol, Tuple

from ..model.array import Aggregate, ClusterAbout, Job, Policy
from ..model.mirror import Mirror, SourceRecord, SvmPeer
from ..model.path import Path
from ..model.volume import TargetSpec, Volume

JobId = Optional[str]


class Clock(Protocol):
    def now(self) -> float:
        """Seconds, monotonic."""

    def sleep(self, seconds: float) -> None: ...


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
    def about(self) -> ClusterAbout: ...
    def svm_exists(self) -> bool: ...
    def volumes(self, names: Optional[Collection[str]] = None) -> Dict[str, Volume]:
        """{name: Volume} of this SVM; FlexGroup constituents are left out."""

    def mirrors(self, uuids: Optional[Collection[str]] = None, paths_only: bool = False) -> Tuple[Mirror, ...]:
        """Relationships whose destination is this SVM; *uuids* asks for those only.

        paths_only: uuid, both ends and the state, nothing that depends on the release.
        """

    def source_records(self) -> Tuple[SourceRecord, ...]:
        """Relationships whose source is this SVM, as this (source) cluster remembers them."""

    def svm_peers(self) -> Tuple[SvmPeer, ...]: ...
    def aggregates(self) -> Dict[str, Aggregate]: ...
    def policies(self) -> Dict[str, Policy]: ...
    def jobs(self, uuids: Collection[str]) -> Dict[str, Job]:
        """One Job for each of *uuids*; state gone where the array knows it no more."""

    # -- SVM peers
    def peer_create(
        self, peer_svm: str, peer_cluster: Optional[str], applications: Collection[str], local_name: Optional[str]
    ) -> JobId: ...
    def peer_modify(self, uuid: str, applications: Collection[str]) -> JobId: ...
    def peer_accept(self, uuid: str) -> JobId: ...

    # -- volumes
    def volume_create(self, spec: TargetSpec) -> JobId: ...
    def volume_resize(self, uuid: str, size_bytes: int) -> JobId: ...
    def volume_comment(self, uuid: str, comment: str) -> JobId: ...
    def volume_delete(self, uuid: str) -> JobId: ...
    def mount(self, uuid: str, junction_path: str) -> JobId: ...
    def unmount(self, uuid: str) -> JobId: ...

    # -- relationships (this SVM is the destination, except for release)
    def create(
        self,
        source: Path,
        destination: Path,
        policy: Optional[str],
        schedule: Optional[str],
        throttle_kbps: Optional[int],
    ) -> JobId:
        """source.svm is the local name of the peer. schedule "" or None: none."""

    def modify(self, uuid: str, changes: Mapping[str, Any]) -> JobId:
        """changes: any of policy, schedule ("" clears it), throttle_kbps."""

    def initialize(self, uuid: str) -> JobId: ...
    def update(self, uuid: str) -> JobId: ...
    def quiesce(self, uuid: str) -> JobId: ...
    def resume(self, uuid: str, synchronous: bool = False) -> JobId: ...
    def break_(self, uuid: str, snapshot: Optional[str] = None) -> JobId: ...
    def resync(self, uuid: str, synchronous: bool = False) -> JobId: ...
    def abort(self, uuid: str, transfer_uuid: str) -> JobId: ...
    def delete(self, uuid: str) -> JobId:
        """The destination side only; the source keeps its record and every snapshot."""

    def release(self, uuid: str, keep_snapshots: bool = True) -> JobId:
        """Sent to the source cluster."""


class Arrays(Protocol):
    """The two sides of a run."""

    destination: Array
    source: Optional[Array]
