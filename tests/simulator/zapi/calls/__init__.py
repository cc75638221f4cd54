# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All calls that are simulated."""

from __future__ import annotations

from collections.abc import Mapping

from ..iterators import Listing
from ..reply import Handler
from . import cluster, efficiency, exports, mirrors, peers, policies, san, shares, snapshots, volumes

_PARTS = (cluster, volumes, efficiency, snapshots, mirrors, peers, exports, san, shares, policies)
LISTINGS: Mapping[str, Listing] = {name: each for part in _PARTS for name, each in part.LISTINGS.items()}
HANDLERS: Mapping[str, Handler] = {name: each for part in _PARTS for name, each in part.HANDLERS.items()}
