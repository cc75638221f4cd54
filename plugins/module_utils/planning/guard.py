# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The direction guard: no step overwrites data that may be newer unless its owner said how much loss is accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..model.snapshot import Snapshot, fence_name, fence_of, newest_common
from ..model.volume import Volume

NONE, UNKNOWN = "none", "unknown"


@dataclass(frozen=True)
class Loss:
    """What a resync would discard.

    overwritten: the volume, `svm:volume`.  common: the newest snapshot that both sides have.
    loss: none, an upper bound in whole seconds, or unknown.  loss_bytes: None where the array does not tell.
    until: the end of the time in question: when the overwritten side was fenced, else now.
    """

    overwritten: str
    common: Snapshot | None = None
    loss: str | int = UNKNOWN
    loss_bytes: int | None = None
    until: datetime | None = None
    fence: Snapshot | None = None

    def facts(self) -> dict[str, Any]:
        return {
            "overwritten": self.overwritten,
            "common_snapshot": self.common.name if self.common else None,
            "common_snapshot_time": _iso(self.common.create_time) if self.common else None,
            "loss": self.loss,
            "loss_bytes": self.loss_bytes,
        }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def measure(
    path: str,
    overwritten: Volume,
    theirs: Sequence[Snapshot] | None,
    ours: Sequence[Snapshot] | None,
    block_devices: int | None,
    now: datetime | None,
    update_to_come: bool = False,
    changed_bytes: int | None = None,
    carried: datetime | None = None,
    stopped: bool = False,
) -> Loss:
    """The loss that overwriting *overwritten* means.

    update_to_come: in check mode, a task before this one carries over what was written until the fence.
    stopped: its SVM serves nobody.
    carried: until when all that was written to it is known to be on the other side, beside the snapshots' word.
    changed_bytes: what changed in it between the common snapshot and its fence, where the array told.
    theirs, ours: snapshots of the overwritten and of the other side, None where they could not be read.
    block_devices: LUNs and namespaces of the overwritten volume that take writes, None where not read.
    No loss only if it was fenced before the common snapshot was taken, and still is (design rule 1a).
    """
    if theirs is None or ours is None:
        return Loss(path)
    common, fence = newest_common(theirs, ours), fence_of(overwritten.svm, theirs)
    if common is None or common.create_time is None:
        return Loss(path)
    if update_to_come and any(one.predicted and one.name == fence_name(overwritten.svm) for one in theirs):
        return Loss(path, common, NONE, 0)
    fenced = fence is not None and (stopped or (not overwritten.junction_path and block_devices == 0))
    fence_time = fence.create_time if fence is not None and fenced else None
    proven = max(common.create_time, carried or common.create_time)
    if fence_time is not None and proven >= fence_time:
        return Loss(path, common, NONE, 0, fence_time, fence)
    until = fence_time or now
    if until is None:
        return Loss(path, common)
    seconds = max(int((until - common.create_time).total_seconds()) + 1, 1)
    return Loss(path, common, seconds, changed_bytes if fenced else None, until, fence if fenced else None)


def refusal(volume: str, loss: Loss, accepted: Mapping[str, Any]) -> str:
    """Why the overwrite is refused, "" when it is harmless or its loss was accepted by the volume's name.

    accepted: {volume: seconds | 'unknown'}; seconds accept no loss that is unknown, and none that is greater.
    """
    if loss.loss == NONE or _accepts(accepted.get(volume), loss.loss):
        return ""
    amount = "an unknown amount" if loss.loss == UNKNOWN else f"at most {loss.loss} s"
    size = f" ({loss.loss_bytes} bytes)" if loss.loss_bytes is not None else ""
    since = f"the newest common snapshot, {_iso(loss.common.create_time)}" if loss.common else "the two sides parted"
    return (
        f"this would discard {amount} of writes to {loss.overwritten}{size}, all since {since}. "
        f"If these may be lost, quote it: accept_data_loss: {{{volume}: {loss.loss}}}"
    )


def _accepts(said: Any, loss: str | int) -> bool:
    if said is None:
        return False
    if str(said) == UNKNOWN:
        return True
    try:
        return isinstance(loss, int) and loss <= float(said)
    except (TypeError, ValueError):
        return False
