# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of the fence: where each volume was mounted, kept before it is taken away."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..model.errors import BadInput
from ..model.picture import Picture
from ..model.plan import Plan
from ..planning.fence import WantedFence
from ..planning.names import Origin
from .files import read_json, write_json

NAME = "fence.json"
WHAT = "the fence's memory"


def _remembered(params: Mapping[str, Any]) -> dict[str, str]:
    """{volume: junction path} as kept by an earlier run, {} without report_dir."""
    if not params["report_dir"]:
        return {}
    kept = read_json(os.path.join(params["report_dir"], NAME), WHAT).get("junctions") or {}
    return {str(volume): str(path) for volume, path in kept.items()}


def wanted(params: Mapping[str, Any], origin: Origin) -> WantedFence:
    absent = params["state"] == "absent"
    junction_paths = dict(params["junction_paths"])
    if absent and not junction_paths:
        junction_paths = _remembered(params)
        if not junction_paths:
            raise BadInput(
                "nothing tells where the volumes were mounted: give junction_paths, or the report_dir of the run that fenced"
            )
    return WantedFence(tuple(params["volumes"]), absent, junction_paths if absent else {})


def junctions(picture: Picture, plan: Plan, params: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    """`{junctions: {volume: path}}`: what is known of the time before the fence, an earlier run's memory included."""
    found = {verdict.volume: str(verdict.facts.get("junction") or "") for verdict in plan.verdicts}
    kept = _remembered(params)
    return {"junctions": {volume: path or kept.get(volume, "") for volume, path in found.items()}}


def remember(picture: Picture, plan: Plan, params: Mapping[str, Any]) -> None:
    """On disk before the first request: a killed run can be undone."""
    if params["state"] == "absent" or not params["report_dir"]:
        return
    found = {
        verdict.volume: str(verdict.facts["junction"]) for verdict in plan.verdicts if verdict.facts.get("junction")
    }
    document = {"svm": picture.side("source").svm, "junctions": {**_remembered(params), **found}}
    write_json(os.path.join(params["report_dir"], NAME), document, WHAT)
