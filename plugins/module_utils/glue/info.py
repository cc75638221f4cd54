# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return values of snapmirror_info."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.mirror import Mirror
from ..model.picture import Picture
from ..model.plan import Plan
from ..planning.info import mirrors_asked, orphans
from ..planning.names import Origin, origin_of
from .facts import facts_of, rpo_verdict


def mirror_entry(volume: str, mirror: Mirror, whence: Origin, rpo_s: float | None) -> dict[str, Any]:
    return {
        "volume": volume,
        "source": f"{whence.svm}:{mirror.source.volume}",
        "source_cluster": whence.cluster,
        "destination": str(mirror.destination),
        "rpo": rpo_verdict(mirror, rpo_s),
        **facts_of(mirror),
    }


def mirrors_and_orphans(picture: Picture, plan: Plan, params: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    asked = {verdict.volume for verdict in plan.verdicts}
    peers = picture.destination.peers
    found = [
        mirror_entry(name, mirror, origin_of(mirror, peers), params["rpo_s"])
        for name, mirror in sorted(mirrors_asked(picture, origin).items())
        if name in asked
    ]
    return {"mirrors": found, "orphans": orphans(picture, origin)}
