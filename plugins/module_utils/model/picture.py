# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed of the two sides, as one value that planning reads and predictions change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Dict, Mapping, Optional, Tuple

from .array import Aggregate, ClusterAbout, Policy
from .mirror import Mirror, SourceRecord, SvmPeer
from .snapshot import Snapshot
from .volume import Volume


@dataclass(frozen=True)
class Side:
    """One SVM.

    volumes: {volume name: Volume}.  mirrors: {destination volume name: Mirror}, destination is here.
    records: what this side remembers as a source.  block_devices: {volume: LUNs and namespaces that take writes}.
    snapshots: {volume: its snapshots}.  None in a field: not read.
    """

    svm: str
    about: Optional[ClusterAbout] = None
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    mirrors: Mapping[str, Mirror] = field(default_factory=dict)
    records: Tuple[SourceRecord, ...] = ()
    peers: Tuple[SvmPeer, ...] = ()
    aggregates: Optional[Mapping[str, Aggregate]] = None
    policies: Optional[Mapping[str, Policy]] = None
    block_devices: Optional[Mapping[str, int]] = None
    snapshots: Optional[Mapping[str, Tuple[Snapshot, ...]]] = None

    def with_volume(self, volume: Volume) -> Side:
        return replace(self, volumes={**self.volumes, volume.name: volume})

    def with_mirror(self, mirror: Mirror) -> Side:
        return replace(self, mirrors={**self.mirrors, mirror.destination.volume: mirror})


@dataclass(frozen=True)
class Picture:
    """source is None where the run must not or does not look at the source."""

    destination: Side
    source: Optional[Side] = None

    def side(self, name: str) -> Side:
        found = self.destination if name == "destination" else self.source
        if found is None:
            raise LookupError(f"the {name} was not observed")
        return found

    def with_side(self, name: str, side: Side) -> Picture:
        return replace(self, destination=side) if name == "destination" else replace(self, source=side)


Prediction = Dict[str, Any]
