# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a plan needs: few bulk requests, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from ..engine.ports import Array
from ..model.array import SvmAbout
from ..model.errors import BadInput, MotionError
from ..model.mirror import Mirror, SvmPeer
from ..model.picture import Picture, Side
from ..model.snapshot import FENCE_PREFIX, Delta, Snapshot
from ..model.volume import Volume
from ..planning.groups import expand
from .connect import Arrays


@dataclass(frozen=True)
class Needs:
    """What to read of each side: about, volumes, mirrors, paths, records, peers, aggregates, policies, svm_uuid, luns, namespaces, snapshots,
    constituents, mirror_policies, mediators, export_policies, shares, lun_maps, igroups, snapshot_policies, qos_policies,
    fences (only the snapshots that fences took), svm (state and subtype of the SVM itself).

    paths: mirrors with their two ends and state only, which needs no knowledge of the release.
    hopeful: (side, need) pairs that are read as far as possible; what cannot be read is left as it was.
    deltas: what is asked of the destination's snapshots, as far as it can tell; expensive.
    """

    source: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()
    hopeful: tuple[tuple[str, str], ...] = ()
    deltas: tuple[Delta, ...] = ()

    def plus(self, other: Needs) -> Needs:
        return Needs(
            (*self.source, *other.source),
            (*self.destination, *other.destination),
            (*self.hopeful, *other.hopeful),
            (*self.deltas, *other.deltas),
        )


def _by_destination(mirrors: tuple[Mirror, ...]) -> dict[str, Mirror]:
    return {mirror.destination.volume: mirror for mirror in mirrors if not mirror.is_restore}


READERS: Mapping[str, tuple[str, Callable[[Array], Any]]] = {
    "about": ("about", lambda array: array.about()),
    "volumes": ("volumes", lambda array: array.volumes()),
    "clones": ("volumes", lambda array: array.volumes_with_origins()),
    "mirrors": ("mirrors", lambda array: _by_destination(array.mirrors())),
    "paths": ("mirrors", lambda array: _by_destination(array.mirrors(paths_only=True))),
    "records": ("records", lambda array: array.source_records()),
    "peers": ("peers", lambda array: array.svm_peers()),
    "svm_uuid": ("svm_uuid", lambda array: array.svm_uuid()),
    "luns": ("luns", lambda array: array.luns()),
    "namespaces": ("namespaces", lambda array: array.namespaces()),
    "fences": ("snapshots", lambda array: array.snapshots(prefix=FENCE_PREFIX)),
    "snapshots": ("snapshots", lambda array: array.snapshots()),
    "export_policies": ("export_policies", lambda array: array.export_policies()),
    "shares": ("shares", lambda array: array.shares()),
    "lun_maps": ("lun_maps", lambda array: array.lun_maps()),
    "igroups": ("igroups", lambda array: array.igroups()),
    "snapshot_policies": ("snapshot_policies", lambda array: array.snapshot_policies()),
    "qos_policies": ("qos_policies", lambda array: array.qos_policies()),
    "constituents": ("constituents", lambda array: array.constituents()),
    "mirror_policies": ("mirror_policies", lambda array: array.mirror_policies()),
    "aggregates": ("aggregates", lambda array: array.aggregates()),
    "mediators": ("mediators", lambda array: array.mediators()),
    "policies": ("policies", lambda array: array.policies()),
    "svm": ("whole", lambda array: array.svm_about()),
}


def observe(arrays: Arrays, needs: Needs, known: Picture | None = None) -> Picture:
    """Reads *needs* on top of *known*. Raises Unreachable, ApiError, and BadInput for an SVM that does not exist."""
    wanted = [(side, need) for side in ("source", "destination") for need in getattr(needs, side)]
    wanted += [(side, need) for side, need in needs.hopeful if side in arrays.by_side()]
    with ThreadPoolExecutor(max_workers=max(len(wanted), 1)) as pool:
        reading = [(side, need, pool.submit(READERS[need][1], arrays.need(side))) for side, need in wanted]
        sides = {name: _known(name, known, array) for name, array in arrays.by_side().items()}
        silent = {side for side, _need in wanted}
        for side, need, future in reading:
            try:
                found = future.result()
            except MotionError:
                if (side, need) not in needs.hopeful:
                    raise
                continue
            silent.discard(side)
            sides[side] = replace(sides[side], **{READERS[need][0]: found})
    if needs.deltas:
        sides["destination"] = replace(sides["destination"], changed_bytes=_changed_bytes(arrays, needs.deltas))
    opened, hopeful = arrays.by_side(), {side for side, _need in needs.hopeful}
    sides = {name: expand(_with_volumes(seen, opened[name], name not in hopeful)) for name, seen in sides.items()}
    for name, seen in sides.items():
        if {"volumes", "clones"} & set(getattr(needs, name)) and not seen.volumes:
            _must_exist(arrays.need(name), name)
    if "source" in silent and known is None:
        sides.pop("source", None)  # nothing of it could be read, which is not the same as that nothing is there
    return Picture(sides.get("destination") or Side(""), sides.get("source"))


def _with_volumes(side: Side, array: Array, needed: bool) -> Side:
    """Only the volumes tell what a mirror of a whole SVM is made of."""
    untold = not side.volumes and any(mirror.of_svm and mirror.group is None for mirror in side.mirrors.values())
    try:
        return replace(side, volumes=array.volumes()) if untold else side
    except MotionError:
        if needed:
            raise
        return side


def _changed_bytes(arrays: Arrays, deltas: tuple[Delta, ...]) -> dict[str, int]:
    """One after another: the array compares whole volumes for each."""
    found = {}
    for one in deltas:
        try:
            told = arrays.need("destination").snapshot_delta_bytes(one.volume_uuid, one.older, one.newer)
        except MotionError:
            continue
        if told is not None:
            found[one.volume] = told
    return found


def _known(name: str, known: Picture | None, array: Array) -> Side:
    if known is None:
        return Side(array.svm)
    return (known.source if name == "source" else known.destination) or Side(array.svm)


def _must_exist(array: Array, option: str) -> None:
    if not array.svm_exists():
        raise BadInput(f"{option}: SVM {array.svm} does not exist on {array.address}, or the login may not see it")


# -- predictions of an earlier task, in check mode


def overlay(picture: Picture, assumed: Mapping[str, Any]) -> Picture:
    """*picture* as it would be after the predicted changes of the tasks before."""
    for name in ("source", "destination"):
        side = picture.source if name == "source" else picture.destination
        changes = (assumed or {}).get(name) or {}
        if side is None or changes.get("svm") != side.svm:
            continue
        volumes = _merged(side.volumes, changes.get("volumes") or {}, Volume.from_dict)
        mirrors = _merged(side.mirrors, changes.get("mirrors") or {}, Mirror.from_dict)
        peers = _merged({peer.peer_svm: peer for peer in side.peers}, changes.get("peers") or {}, SvmPeer.from_dict)
        snapshots = _with_snapshots(side, changes.get("snapshots") or {})
        if side.whole is not None and changes.get("whole"):
            side = replace(side, whole=SvmAbout.from_dict(changes["whole"]))
        changed = replace(side, volumes=volumes, mirrors=mirrors, peers=tuple(peers.values()), snapshots=snapshots)
        picture = picture.with_side(name, changed)
    return picture


def _with_snapshots(side: Side, changes: Mapping[str, Any]) -> Mapping[str, tuple[Snapshot, ...]] | None:
    """changes: {volume: {snapshot: record, None for one that is gone}}; what was not read stays unread."""
    if side.snapshots is None or not changes:
        return side.snapshots
    merged = dict(side.snapshots)
    for volume, records in changes.items():
        held = {one.name: one for one in merged.get(volume, ())}
        merged[volume] = tuple(_merged(held, records, Snapshot.from_dict).values())
    return merged


def _merged(
    have: Mapping[str, Any], changes: Mapping[str, Any], build: Callable[[dict[str, Any]], Any]
) -> dict[str, Any]:
    merged = {name: one for name, one in have.items() if name not in changes}
    merged.update({name: build(dict(record)) for name, record in changes.items() if record is not None})
    return merged


def prediction(before: Picture, after: Picture, assumed: Mapping[str, Any]) -> dict[str, Any]:
    """What *after* has that *before* has not, on top of what was assumed already; None stands for "gone"."""
    predicted: dict[str, Any] = {}
    for name in ("source", "destination"):
        old = before.source if name == "source" else before.destination
        new = after.source if name == "source" else after.destination
        earlier = (assumed or {}).get(name) or {}
        if old is None or new is None or not new.svm:  # not looked at: what was foreseen of it stays
            predicted.update({name: earlier} if earlier else {})
            continue
        parts = {
            "volumes": _changed(old.volumes, new.volumes),
            "mirrors": _changed(old.mirrors, new.mirrors),
            "peers": _changed({peer.peer_svm: peer for peer in old.peers}, {peer.peer_svm: peer for peer in new.peers}),
        }
        merged = {part: {**(earlier.get(part) or {}), **changes} for part, changes in parts.items()}
        if new.whole is not None and (new.whole != old.whole or earlier.get("whole")):
            merged["whole"] = new.whole.as_dict()
        merged["snapshots"] = _changed_snapshots(old, new, earlier.get("snapshots") or {})
        if any(merged.values()):
            predicted[name] = {"svm": new.svm, **merged}
    return predicted


def _changed_snapshots(old: Side, new: Side, earlier: Mapping[str, Any]) -> dict[str, Any]:
    found = {volume: dict(records) for volume, records in earlier.items()}
    for volume in {*(old.snapshots or {}), *(new.snapshots or {})}:
        before = {one.name: one for one in (old.snapshots or {}).get(volume, ())}
        after = {one.name: one for one in (new.snapshots or {}).get(volume, ())}
        changes = _changed(before, after)
        if changes:
            found[volume] = {**found.get(volume, {}), **changes}
    return found


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: new[name].as_dict() if name in new else None for name in {*old, *new} if old.get(name) != new.get(name)
    }


def whole_svms(picture: Picture) -> Needs:
    """State and subtype of the SVMs that are observed, where one of them is mirrored as a whole."""
    sides = [side for side in (picture.source, picture.destination) if side is not None]
    if not any(mirror.of_svm for side in sides for mirror in side.mirrors.values()):
        return Needs()
    return Needs(source=("svm",) if picture.source is not None else (), destination=("svm",))
