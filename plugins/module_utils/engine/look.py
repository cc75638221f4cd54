# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look for all that waits: the fewest reads that answer every open question."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Callable, Collection, Dict, List, Mapping, Optional, Sequence, Tuple

from ..model.array import SvmAbout
from ..model.mirror import Mirror, SourceRecord, SvmPeer
from ..model.path import Path
from ..model.plan import Step
from ..model.policy import MirrorPolicy
from ..model.presentation import ExportPolicy, LunMap, Share
from ..model.san import Lun
from ..model.snapshot import Snapshot
from ..model.volume import Volume
from .act import Kind, Seen
from .ports import Array
from .verbs import ACTS


@dataclass(frozen=True)
class Question:
    """A step whose proof is wanted; uuid of its relationship where it is known."""

    step: Step
    uuid: Optional[str] = None


@dataclass
class Looker:
    """Answers many questions by bulk reads of one array."""

    array: Array
    mirrors: Dict[str, Mirror] = field(default_factory=dict)
    volumes: Dict[str, Volume] = field(default_factory=dict)
    peers: Dict[str, SvmPeer] = field(default_factory=dict)
    records: Dict[str, SourceRecord] = field(default_factory=dict)
    snapshots: Dict[str, Tuple[Snapshot, ...]] = field(default_factory=dict)
    luns: Dict[str, Lun] = field(default_factory=dict)
    lun_maps: Dict[Tuple[str, str], LunMap] = field(default_factory=dict)
    shares: Dict[str, Share] = field(default_factory=dict)
    export_policies: Dict[str, ExportPolicy] = field(default_factory=dict)
    mirror_policies: Dict[str, MirrorPolicy] = field(default_factory=dict)
    svm: Optional[SvmAbout] = None

    def look(self, questions: Sequence[Question]) -> List[Seen]:
        """What is seen for each question, in their order. Raises Unreachable or ApiError where nothing can be read."""
        wanted = {kind: [one for one in questions if kind in ACTS[one.step.verb].watches] for kind in Kind}
        reads = [partial(read, wanted[kind]) for kind, read in self._readers().items() if wanted[kind]]
        if len(reads) == 1:
            reads[0]()
        else:
            with ThreadPoolExecutor(max_workers=max(len(reads), 1)) as pool:
                for reading in [pool.submit(read) for read in reads]:
                    reading.result()
        return [self._seen(one.step) for one in questions]

    def _readers(self) -> Mapping[Kind, Callable[[Collection[Question]], None]]:
        return {
            Kind.MIRROR: self._read_mirrors,
            Kind.VOLUME: self._read_volumes,
            Kind.PEER: self._read_peers,
            Kind.RECORD: self._read_records,
            Kind.SNAPSHOT: self._read_snapshots,
            Kind.LUN: self._read_luns,
            Kind.LUN_MAP: self._read_lun_maps,
            Kind.SHARE: self._read_shares,
            Kind.EXPORT_POLICY: self._read_export_policies,
            Kind.MIRROR_POLICY: self._read_mirror_policies,
            Kind.SVM: self._read_svm,
        }

    def _read_mirrors(self, questions: Collection[Question]) -> None:
        uuids = [one.uuid for one in questions if one.uuid]
        narrow = uuids if len(uuids) == len(questions) else None
        self.mirrors = {
            str(mirror.destination): mirror for mirror in self.array.mirrors(narrow) if not mirror.is_restore
        }

    def _read_volumes(self, questions: Collection[Question]) -> None:
        self.volumes = self.array.volumes([name for one in questions for name in _volumes_of(one.step)])

    def _read_peers(self, _questions: Collection[Question]) -> None:
        self.peers = {peer.name: peer for peer in self.array.svm_peers()}

    def _read_records(self, _questions: Collection[Question]) -> None:
        self.records = {record.uuid or str(record.destination): record for record in self.array.source_records()}

    def _read_snapshots(self, questions: Collection[Question]) -> None:
        self.snapshots = self.array.snapshots({Path.parse(one.step.target).volume for one in questions})

    def _read_luns(self, _questions: Collection[Question]) -> None:
        self.luns = {lun.path: lun for lun in self.array.luns()}

    def _read_lun_maps(self, _questions: Collection[Question]) -> None:
        self.lun_maps = {(one.lun, one.igroup): one for one in self.array.lun_maps()}

    def _read_shares(self, _questions: Collection[Question]) -> None:
        self.shares = {name.lower(): share for name, share in self.array.shares().items()}

    def _read_export_policies(self, _questions: Collection[Question]) -> None:
        self.export_policies = self.array.export_policies()

    def _read_mirror_policies(self, _questions: Collection[Question]) -> None:
        self.mirror_policies = self.array.mirror_policies()

    def _read_svm(self, _questions: Collection[Question]) -> None:
        self.svm = self.array.svm_about()

    def _seen(self, step: Step) -> Seen:
        watches = ACTS[step.verb].watches
        volumes = tuple(self.volumes.get(name) for name in _volumes_of(step)) if Kind.VOLUME in watches else ()
        return Seen(
            mirror=self.mirrors.get(step.target) if Kind.MIRROR in watches else None,
            volume=volumes[0] if volumes else None,
            volumes=volumes if len(volumes) > 1 else (),
            peer=self._peer(step) if Kind.PEER in watches else None,
            record=self.records.get(step.args.get("uuid", "")) if Kind.RECORD in watches else None,
            snapshot=self._snapshot(step) if Kind.SNAPSHOT in watches else None,
            lun=self.luns.get(step.args["lun"]) if Kind.LUN in watches else None,
            lun_map=self.lun_maps.get((step.args["lun"], step.args["igroup"])) if Kind.LUN_MAP in watches else None,
            share=self.shares.get(step.args["name"].lower()) if Kind.SHARE in watches else None,
            export_policy=self.export_policies.get(step.args["name"]) if Kind.EXPORT_POLICY in watches else None,
            mirror_policy=self.mirror_policies.get(step.args["name"]) if Kind.MIRROR_POLICY in watches else None,
            svm=self.svm if Kind.SVM in watches else None,
        )

    def _snapshot(self, step: Step) -> Optional[Snapshot]:
        held = self.snapshots.get(Path.parse(step.target).volume, ())
        return next((one for one in held if one.name == step.args["name"]), None)

    def _peer(self, step: Step) -> Optional[SvmPeer]:
        """The peering of a step; named by the peer SVM and its cluster, since a local name may be an alias."""
        want = (step.args.get("peer_svm"), step.args.get("peer_cluster"))
        return next((peer for peer in self.peers.values() if _matches(peer, want)), None)


def _volumes_of(step: Step) -> Sequence[str]:
    """The one at its target, or those that a step on a group names."""
    named: Sequence[str] = step.args.get("volumes") or (Path.parse(step.target).volume,)
    return named


def _matches(peer: SvmPeer, want: Tuple[Optional[str], Optional[str]]) -> bool:
    svm, cluster = want
    return peer.peer_svm == svm and (cluster is None or peer.peer_cluster in (None, cluster))
