# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The direction guard: no step overwrites data that may be newer unless its owner said how much loss is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Loss:
    """What a resync would discard.  overwritten: the volume, `svm:volume`.  loss: none, seconds at most, or unknown."""

    overwritten: str
    loss: str | float = UNKNOWN

    def facts(self) -> dict[str, Any]:
        return {"overwritten": self.overwritten, "loss": self.loss}


def refusal(volume: str, loss: Loss, accepted: Mapping[str, Any]) -> str:
    """Why the overwrite is refused, "" when it is harmless or was accepted by the volume's name.

    accepted: {volume: seconds | 'unknown'}; seconds do not accept a loss that is unknown.
    """
    if loss.loss == "none" or str(accepted.get(volume, "")) == UNKNOWN == loss.loss:
        return ""
    return (
        f"a resync would discard everything written to {loss.overwritten} since the newest common snapshot, and nothing "
        f"proves that this is harmless (loss: {loss.loss}). If these writes may be lost, quote this: "
        f"accept_data_loss: {{{volume}: {loss.loss}}}"
    )
