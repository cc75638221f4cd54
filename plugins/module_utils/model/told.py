# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an array says of each object to a request for several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from .errors import MotionError


@dataclass(frozen=True)
class Told:
    """What an array said of one object to a request that may have been for several.

    jobs: they carry it out.  refusal: why it was not taken.
    shared: jobs and refusal are of the whole request, so they say nothing about this object alone.
    revocable: the array may undo what is seen of it until the jobs have ended.
    """

    jobs: Tuple[str, ...] = ()
    refusal: Optional[MotionError] = None
    shared: bool = False
    revocable: bool = False
