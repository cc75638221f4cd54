# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about a cluster and its jobs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Dict, Optional, Tuple


@dataclass(frozen=True)
class ClusterAbout:
    """version: (generation, major, minor), for comparisons such as `about.version >= (9, 11, 1)`.

    mirrors_have_schedules: False where only the policy says when its mirrors are updated (REST before 9.11.1).
    has_groups: whether consistency groups can be made and mirrored, by the way the cluster is spoken to.
    has_synchronous, has_whole_svms: whether synchronous mirrors and mirrors of whole SVMs can be made, by that way.
    schedules_go: whether a mirror's schedule can be taken away, by that way.
    policy_settings: those of SnapMirror policies that can be declared, by that way; None: all that the release knows.
    """

    name: str
    uuid: str
    version: Tuple[int, int, int]
    mirrors_have_schedules: bool = True
    has_groups: bool = False
    has_synchronous: bool = True
    has_whole_svms: bool = True
    schedules_go: bool = True
    policy_settings: Optional[Tuple[str, ...]] = None


DP_DESTINATION = "dp_destination"
"""Subtype of an SVM that is the copy of another one."""


@dataclass(frozen=True)
class SvmAbout:
    """The SVM itself.  state: running, stopped, starting, stopping, ...  subtype: default, dp_destination, ..."""

    uuid: str
    state: str
    subtype: str

    @property
    def running(self) -> bool:
        return self.state == "running"

    @property
    def stopped(self) -> bool:
        return self.state == "stopped"

    @classmethod
    def from_dict(cls, data: Dict[str, str]) -> SvmAbout:
        return cls(**data)

    def as_dict(self) -> Dict[str, str]:
        """Plain values for diffs and predictions."""
        return asdict(self)


@dataclass(frozen=True)
class Mediator:
    """The third place that tells this cluster and *peer_cluster* which of them may serve.  reachable: None where not told."""

    peer_cluster: str
    reachable: Optional[bool] = None


@dataclass(frozen=True)
class Job:
    """state: queued, running, paused, success, failure, or gone (the array has forgotten a finished job)."""

    uuid: str
    state: str
    code: str = ""
    message: str = ""

    @property
    def ended(self) -> bool:
        return self.state in ("success", "failure", "gone")


@dataclass(frozen=True)
class Aggregate:
    name: str
    available_bytes: Optional[int] = None
    state: str = "unknown"


@dataclass(frozen=True)
class Policy:
    """type: async, sync or continuous; svm None for one that the whole cluster shares."""

    name: str
    type: Optional[str] = None
    sync_type: Optional[str] = None
    svm: Optional[str] = None
