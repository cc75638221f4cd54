# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of the fence: where each volume was mounted, kept before it is taken away."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.errors import BadInput
from ..model.picture import Picture
from ..model.plan import Plan
from ..model.snapshot import fence_name, fence_of
from ..planning.fence import WantedFence
from ..planning.names import Origin, matching
from .files import read_json, write_json

WHAT = "the fence's memory"
LUNS = ("luns", "maps")


def _file(params: Mapping[str, Any]) -> str:
    """One for each side that a run fences: a failback fences the target while the memory of the home is kept."""
    source = params["source"]
    return os.path.join(params["report_dir"], f"fence-{source.get('backend') or source['svm']}.json")


@dataclass(frozen=True)
class Memory:
    """What fences took away, by volume: junction paths, LUNs that were online, and LUN maps as the plan names them."""

    paths: dict[str, str] = field(default_factory=dict)
    luns: dict[str, list[str]] = field(default_factory=dict)
    maps: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    kept: bool = False


def _remembered(params: Mapping[str, Any]) -> Memory:
    """As kept by an earlier run, empty without report_dir."""
    if not params["report_dir"]:
        return Memory()
    kept = read_json(_file(params), WHAT)
    return Memory(
        {str(volume): str(path) for volume, path in (kept.get("junctions") or {}).items()},
        {str(volume): [str(lun) for lun in found] for volume, found in (kept.get("luns") or {}).items()},
        {str(volume): [dict(one) for one in found] for volume, found in (kept.get("maps") or {}).items()},
        bool(kept),
    )


def wanted(params: Mapping[str, Any], origin: Origin) -> WantedFence:
    volumes, given = tuple(params["volumes"]), dict(params["junction_paths"])
    names: dict[str, str] = dict(params["names"])
    if params["state"] == "present":
        if params["unmap"] and not params["report_dir"]:
            raise BadInput("unmap needs report_dir: only there are the LUN maps kept, so that they can be given back")
        return WantedFence(volumes, names=names, unmap=params["unmap"], svm_dr=params["svm_dr"])
    if params["svm_dr"]:
        return WantedFence(volumes, True, names=names, svm_dr=True)
    memory = _remembered(params)
    if not given and not memory.kept:
        raise BadInput(
            "nothing tells where the volumes were mounted: give junction_paths, or the report_dir of the run that fenced"
        )
    here = {own: volume for volume, own in names.items()}
    kept: dict[str, str] = given or {name: path for name, path in memory.paths.items() if path}
    mounts: dict[str, str] = {here.get(name, name): path for name, path in kept.items()}
    if not given:  # the memory may hold more than this run is about
        asked = matching(volumes, mounts)
        mounts = {name: path for name, path in mounts.items() if name in asked}
    luns = {here.get(name, name): found for name, found in memory.luns.items()}
    maps = {here.get(name, name): found for name, found in memory.maps.items()}
    return WantedFence(volumes, True, mounts, luns, maps=maps, names=names)


def junctions(picture: Picture, plan: Plan, params: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    """Junction paths before the fence, an earlier run's memory included, and when each volume was fenced."""
    found = {verdict.volume: str(verdict.facts.get("junction") or "") for verdict in plan.verdicts}
    paths = _remembered(params).paths
    side = picture.side("source")
    here = {own: volume for volume, own in params["names"].items()}
    fences = {name: fence_of(side.svm, (side.snapshots or {}).get(here.get(name, name), ())) for name in found}
    return {
        "junctions": {volume: path or paths.get(volume, "") for volume, path in found.items()},
        "snapshot": fence_name(side.svm),
        "fence_times": {name: one.create_time.isoformat() for name, one in fences.items() if one and one.create_time},
    }


def remember(picture: Picture, plan: Plan, params: Mapping[str, Any]) -> None:
    """On disk before the first request: a killed run can be undone."""
    if not params["report_dir"]:
        return
    begun = {"begun": sorted({*_begun(params), *(step.volume for step in plan.steps())})}
    if params["state"] == "absent":
        write_json(_file(params), {**read_json(_file(params), WHAT), **begun}, WHAT)
        return
    memory = _remembered(params)
    for verdict in plan.verdicts:
        name = verdict.volume
        if verdict.facts.get("junction"):
            memory.paths[name] = str(verdict.facts["junction"])
        memory.luns[name] = sorted({*memory.luns.get(name, []), *verdict.facts.get("luns", [])})
        known = memory.maps.setdefault(name, [])
        known += [one for one in verdict.facts.get("maps", []) if one not in known]
    document = {
        "svm": picture.side("source").svm,
        "junctions": memory.paths,
        "luns": {volume: found for volume, found in memory.luns.items() if found},
        "maps": {volume: found for volume, found in memory.maps.items() if found},
        **begun,
    }
    write_json(_file(params), document, WHAT)


def settle(picture: Picture, plan: Plan, params: Mapping[str, Any]) -> None:
    """A fence that is proven, or taken away with all its LUNs online again, is no longer half-way."""
    begun, luns, side = _begun(params), _remembered(params).luns, picture.side("source")
    here = {own: volume for volume, own in params["names"].items()}
    offline = {lun.path for lun in side.luns or () if lun.enabled is False}
    left = set()
    for name in begun:
        fenced = fence_of(side.svm, (side.snapshots or {}).get(here.get(name, name), ())) is not None
        served = params["state"] == "absent" and not offline & set(luns.get(name, ()))
        if not fenced and not served:
            left.add(name)
    if left == begun:
        return
    kept = {**read_json(_file(params), WHAT), "begun": sorted(left)}
    if params["state"] == "absent":  # given back: what is offline or not mapped from now on is so by somebody's wish
        kept |= {what: {name: one for name, one in (kept.get(what) or {}).items() if name in left} for what in LUNS}
    write_json(_file(params), kept, WHAT)


def half_fenced(params: Mapping[str, Any]) -> frozenset[str]:
    """LUNs that a fence which was cut off took offline: no proof of that fence is left on the array."""
    begun, luns = _begun(params), _remembered(params).luns
    return frozenset(path for volume in begun for path in luns.get(volume, ()))


def _begun(params: Mapping[str, Any]) -> set[str]:
    return {str(name) for name in read_json(_file(params), WHAT).get("begun") or ()} if params["report_dir"] else set()
