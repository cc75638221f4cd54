# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module's success must mean on the arrays: each proof says what is missing, "" when nothing is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .site import name_at
from .truth import MirrorSeen, Truth, VolumeSeen

Result = Mapping[str, Any]
Proof = Callable[[Truth, Truth, str, Result], str]
FENCE = "data_motion_fence.svm_"


def _first(*complaints: tuple[bool, str]) -> str:
    """Of (whether it holds, what is wrong if not), the first that does not hold."""
    return next((text for holds, text in complaints if not holds), "")


def _mirror(truth: Truth, source: str, target: str, volume: str) -> MirrorSeen | None:
    """The mirror of this very pair."""
    found = truth.mirrors.get((target, name_at(target, volume)))
    return found if found is not None and found.source == (source, name_at(source, volume)) else None


def _volume(truth: Truth, cluster: str, volume: str) -> VolumeSeen | None:
    return truth.volumes.get((cluster, name_at(cluster, volume)))


def target(cluster: str) -> Proof:
    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        made, mirror = _volume(after, cluster, volume), after.mirrors.get((cluster, name_at(cluster, volume)))
        return _first(
            (made is not None, "the target volume is not there"),
            (made is not None and (made.type == "dp" or mirror is not None), "it is no target"),
        )

    return proof


def no_target(cluster: str) -> Proof:
    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        return _first((_volume(after, cluster, volume) is None, "the target volume is still there"))

    return proof


def mirror(source: str, target: str, state: str | None) -> Proof:
    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        seen = _mirror(after, source, target, volume)
        if seen is None:
            return "there is no such mirror"
        told = result.get("state")
        return _first(
            (seen.busy or told is None or told == seen.state, f"it is {seen.state}, not {told}"),
            (state != "active" or seen.state == "snapmirrored" or seen.busy, f"it is {seen.state}, not active"),
            (state != "paused" or (seen.state == "paused" and not seen.busy), f"it is {seen.state}, not paused"),
            (seen.state != "uninitialized" or seen.busy, "it was never initialized"),
        )

    return proof


def no_mirror(source: str, target: str) -> Proof:
    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        pair = ((source, name_at(source, volume)), (target, name_at(target, volume)))
        return _first(
            (_mirror(after, source, target, volume) is None, "the mirror is still there"),
            (pair not in after.records.values(), "the source still has a record of it"),
        )

    return proof


def carried(source: str, target: str) -> Proof:
    """All that the source held when the call began."""

    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        here, there = _volume(after, target, volume), _volume(before, source, volume)
        seen = _mirror(after, source, target, volume)
        if here is None or seen is None:
            return "there is no such mirror"
        if there is None or seen.source_uuid != there.uuid:
            return "the mirror has lost its source"
        return _first((there.marks <= here.marks, "what the source held has not arrived"))

    return proof


def in_service(source: str, target: str) -> Proof:
    """Broken off; or serving already, and mirrored back."""

    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        here, seen = _volume(after, target, volume), _mirror(after, source, target, volume)
        if here is not None and seen is None and _mirror(after, target, source, volume) is not None:
            return _first((here.writable, f"it is {here.type} and {here.state}"))
        if here is None or seen is None:
            return "there is no such mirror"
        return _first(
            (here.writable, f"it is {here.type} and {here.state}"),
            (seen.state == "broken_off" and not seen.busy, f"its mirror is {seen.state}"),
            (here.junction is not None, "it is not mounted"),
            (not any(one.name == f"{FENCE}{target}" for one in here.snapshots), "it takes writes and is called fenced"),
        )

    return proof


def turned(active: str, old: str) -> Proof:
    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        seen, stale = _mirror(after, active, old, volume), _mirror(after, old, active, volume)
        here = _volume(after, old, volume)
        pair = ((old, name_at(old, volume)), (active, name_at(active, volume)))
        if seen is None or here is None:
            return "there is no such mirror"
        if result["status"] == "ok":
            return _first((seen.state != "broken_off" or seen.busy, "it is broken off"))
        return _first(
            (seen.state == "snapmirrored" or not _resynced(result), f"it is {seen.state}"),
            (stale is None, "the mirror of the old direction is still there"),
            (pair not in after.records.values() or not _resynced(result), "a record of the old direction is left"),
            (here.junction is None or not _resynced(result), "the old side is still mounted"),
        )

    return proof


def _resynced(result: Result) -> bool:
    return any(step["verb"] == "resync" for step in result["steps"])


def fenced(cluster: str) -> Proof:
    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        here = _volume(after, cluster, volume)
        if here is None:
            return "the volume is not there"
        fences = [one for one in here.snapshots if one.name == f"{FENCE}{cluster}"]
        return _first(
            (here.junction is None, f"it is mounted at {here.junction}"),
            (not any(enabled for _path, enabled in here.luns), "a LUN takes writes"),
            (len(fences) == 1, f"it has {len(fences)} snapshots of the fence"),
            (bool(fences) and here.marks <= fences[0].marks, "it was written to after the fence"),
        )

    return proof


def unfenced(cluster: str) -> Proof:
    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        here = _volume(after, cluster, volume)
        if here is None:
            return "the volume is not there"
        return _first(
            (not any(one.name == f"{FENCE}{cluster}" for one in here.snapshots), "it is still called fenced"),
            (not result.get("junction") or here.junction == result["junction"], f"it is mounted at {here.junction}"),
        )

    return proof


def cloned(cluster: str) -> Proof:
    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        name = name_at(cluster, volume)
        clone = after.volumes.get((cluster, f"rehearsal_{name}"))
        if clone is None:
            return "there is no clone"
        told = result.get("junction")
        return _first(
            (clone.parent == name, f"it is a clone of {clone.parent}"),
            (not told or clone.junction == told or bool(result["drift"]), f"it is mounted at {clone.junction}"),
        )

    return proof


def not_cloned(cluster: str) -> Proof:
    def proof(before: Truth, after: Truth, volume: str, result: Result) -> str:
        left = f"rehearsal_{name_at(cluster, volume)}"
        return _first(((cluster, left) not in after.volumes, "the clone is still there"))

    return proof
