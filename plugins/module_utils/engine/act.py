# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verb is to the engine: a request, a proof, and what the proof reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Callable, Optional, Sequence, Tuple

from ..model.array import SvmAbout
from ..model.errors import MotionError
from ..model.mirror import Mirror, SourceRecord, SvmPeer
from ..model.plan import Step
from ..model.policy import MirrorPolicy
from ..model.presentation import ExportPolicy, LunMap, Share
from ..model.san import Lun
from ..model.snapshot import Snapshot
from ..model.told import Told
from ..model.volume import Volume
from .ports import Array, JobId

Many = Callable[[Array, Sequence[Step], Sequence[str]], Sequence[Told]]


class Kind(str, Enum):
    """What a proof reads."""

    MIRROR = "mirror"
    VOLUME = "volume"
    PEER = "peer"
    RECORD = "record"
    SNAPSHOT = "snapshot"
    LUN = "lun"
    LUN_MAP = "lun_map"
    SHARE = "share"
    EXPORT_POLICY = "export_policy"
    MIRROR_POLICY = "mirror_policy"
    SVM = "svm"


class Expiry(str, Enum):
    """What the end of the time allowed means."""

    FAILED = "failed"
    IN_PROGRESS = "in_progress"
    ABORT = "abort"


@dataclass(frozen=True)
class Seen:
    """The last look at a step's target; None in a field: not there (or not watched).

    before: the mirror as its chain saw it last before the step began, None where it had not looked.
    volumes: those that a step on a group names, in their order; volume is the first.
    """

    mirror: Optional[Mirror] = None
    volume: Optional[Volume] = None
    peer: Optional[SvmPeer] = None
    record: Optional[SourceRecord] = None
    snapshot: Optional[Snapshot] = None
    lun: Optional[Lun] = None
    lun_map: Optional[LunMap] = None
    share: Optional[Share] = None
    export_policy: Optional[ExportPolicy] = None
    mirror_policy: Optional[MirrorPolicy] = None
    before: Optional[Mirror] = None
    volumes: Tuple[Optional[Volume], ...] = ()
    svm: Optional[SvmAbout] = None

    def __str__(self) -> str:
        parts = []
        if self.mirror:
            parts.append(f"mirror {self.mirror.state.value}, transfer {self.mirror.transfer_state or 'none'}")
        if self.volume:
            parts.append(
                f"volume {self.volume.type.value} {self.volume.state}, junction {self.volume.junction_path or 'none'}"
            )
        if self.svm:
            parts.append(f"SVM {self.svm.state}")
        if self.peer:
            parts.append(f"peer {self.peer.state}")
        if self.lun:
            parts.append(f"LUN {'offline' if self.lun.enabled is False else 'online'}")
        if self.share:
            parts.append(f"share {self.share.name} at {self.share.path}")
        return "; ".join(parts) or "nothing found"


class Hopeless(MotionError):
    """The state read cannot become the wanted one by waiting."""


def _never(step: Step, seen: Seen) -> bool:
    return False


def _always(step: Step, before: Optional[Mirror]) -> bool:
    return True


@dataclass(frozen=True)
class Act:
    """start: sends the one request, given the relationship's uuid where the verb needs one.

    proof: True when *seen* shows the goal; raises Hopeless when it cannot come.
    begun: True when *seen* shows that the request was taken, though the goal is not reached: it settles a lost answer,
    and without it nothing is told to be in progress.
    many: sends one request for several steps, given their relationships' uuids.
    fits: whether a step may go into such a request, given the mirror as its chain saw it last.
    """

    start: Callable[[Array, Step, str], JobId]
    proof: Callable[[Step, Seen], bool]
    watches: Tuple[Kind, ...]
    expiry: Expiry = Expiry.FAILED
    needs_uuid: bool = False
    begun: Callable[[Step, Seen], bool] = _never
    many: Optional[Many] = None
    fits: Callable[[Step, Optional[Mirror]], bool] = _always

    @property
    def shows_itself(self) -> bool:
        """It starts what goes on by itself and can be seen while it does; started twice, it is refused or does no harm."""
        return self.expiry is Expiry.IN_PROGRESS and self.begun is not _never
