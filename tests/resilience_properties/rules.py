# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that no run may break, each as a function that tells what broke it: world before, world after, what was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .calls import Call
from .proofs import FENCE
from .site import own_name
from .truth import Place, Truth, VolumeSeen, common

OUR_CLONE = "ontap.data_motion.clone:"
GOOD = ("ok", "changed")
_SLACK_S = 2.0


def broken_rules(
    before: Truth, after: Truth, call: Call, result: Mapping[str, Any], given_up: frozenset[Any] = frozenset()
) -> list[str]:
    """given_up: writes whose loss was accepted before; the mirrors that still hold them follow their source."""
    return [
        *overwritten(before, after, call),
        *last_copies(before, after, call, given_up),
        *strangers(before, after, call),
        *deleted(before, after, call),
        *parted(before, after, call, result),
        *untrue(before, after, call, result),
    ]


def overwritten(before: Truth, after: Truth, call: Call) -> Iterator[str]:
    """Writes to a volume in service are lost only with an acceptance for it, by name, in this very call."""
    for place, volume in before.volumes.items():
        if volume.type != "rw" or OUR_CLONE in volume.comment:
            continue
        lost = volume.marks - _same(after, place, volume).marks if _same(after, place, volume) else volume.marks
        if not lost and _same(after, place, volume):
            continue
        said = call.accepted.get(own_name(*place)) if call.in_scope(place) else None
        oldest = min((mark.written_at for mark in lost), default=after.now)
        if said is None or (str(said) != "unknown" and after.now - oldest > float(said) + _SLACK_S):
            yield f"{place}: {len(lost)} writes lost, the oldest {after.now - oldest} s old; accepted: {said}"


def given_up_by(before: Truth, after: Truth, call: Call) -> frozenset[Any]:
    """Writes that a volume lost with its user's consent."""
    lost: frozenset[Any] = frozenset()
    for place, volume in before.volumes.items():
        if call.in_scope(place) and (call.may_discard or own_name(*place) in call.accepted):
            now = _same(after, place, volume)
            lost |= volume.marks - (now.marks if now else frozenset())
    return lost


def last_copies(before: Truth, after: Truth, call: Call, given_up: frozenset[Any]) -> Iterator[str]:
    """What no volume and no snapshot holds any more was accepted by name, or lies after a recovery point asked for."""
    gone = _held(before) - _held(after) - given_up
    for place, volume in before.volumes.items():
        excused = call.in_scope(place) and (call.may_discard or own_name(*place) in call.accepted)
        if volume.marks & gone and not excused and OUR_CLONE not in volume.comment:
            yield f"{place}: {len(volume.marks & gone)} writes exist nowhere any more"


def strangers(before: Truth, after: Truth, call: Call) -> Iterator[str]:
    """What was not named is as it was; mirrors of others go on by themselves."""
    for place, volume in before.volumes.items():
        if call.in_scope(place) or _clone_of_ours(place, volume, call):
            continue
        now = after.volumes.get(place)
        moving = any(truth.mirrors[place].busy for truth in (before, after) if place in truth.mirrors)
        if now is None:
            yield f"{place}, which nobody named, is gone"
        elif _kept(volume, moving) != _kept(now, moving):
            yield f"{place}, which nobody named, has changed from {_kept(volume, moving)} to {_kept(now, moving)}"
    for place, mirror in before.mirrors.items():
        seen = after.mirrors.get(place)
        if call.in_scope(place):
            continue
        if seen is None or (seen.uuid, seen.source, seen.settings) != (mirror.uuid, mirror.source, mirror.settings):
            yield f"the mirror onto {place}, which nobody named, is {seen}, not {mirror}"
        elif seen.state != mirror.state and not (seen.busy or mirror.busy):
            yield f"the mirror onto {place}, which nobody named, is {seen.state}, not {mirror.state}"
    for record, (source, destination) in before.records.items():
        if not (call.in_scope(destination) and call.in_scope(source)) and record not in after.records:
            yield f"the record of {source} to {destination}, which nobody named, is gone"
    for place in set(after.volumes) - set(before.volumes):
        if place[0] not in call.clusters:
            yield f"{place} was made on a cluster that was not named"


def _kept(volume: VolumeSeen, moving: bool) -> tuple[Any, ...]:
    """What time alone does not change; a transfer that ends makes its destination rw or dp, and newer with all inside it."""
    settled = () if moving else (volume.type,)
    inside = (volume.marks, volume.luns, _others_snapshots(volume)) if volume.type == "rw" and not moving else ()
    return (volume.uuid, volume.state, volume.junction, volume.comment, settled, inside, volume.properties)


def _others_snapshots(volume: VolumeSeen) -> frozenset[str]:
    """By name, but for those that SnapMirror takes and removes."""
    return frozenset(one.name for one in volume.snapshots if one.made_by is None)


def deleted(before: Truth, after: Truth, call: Call) -> Iterator[str]:
    """No volume, clone or snapshot goes that is not ours; retention on a mirror's destination is SnapMirror's."""
    for place, volume in before.volumes.items():
        now = _same(after, place, volume)
        if now is None:
            ours = _clone_of_ours(place, volume, call)
            target = call.removes_targets and volume.type == "dp" and call.in_scope(place)
            if not ours and not target:
                yield f"{place} was deleted"
            continue
        if volume.type != "rw" or now.type != "rw" or own_name(*place) in call.accepted or call.may_discard:
            continue
        for version, snapshot in volume.versions().items():
            if version not in now.versions() and snapshot.made_by is None and not snapshot.name.startswith(FENCE[:18]):
                yield f"snapshot {snapshot.name} of {place} was deleted"


def parted(before: Truth, after: Truth, call: Call, result: Mapping[str, Any]) -> Iterator[str]:
    """Two sides that could be brought together still can.

    A resync over one of them may cost it its other partners, and an update takes from a mirror what its source no
    longer has, which another mirror may still hold. A fence takes its own snapshot with it: it is the last link only
    where somebody removed those of the mirror.
    """
    if call.may_discard:
        return
    steps = [step for one in result.get("results", []) for step in one["steps"]]
    resynced, updated = (
        {place for place in before.volumes if _reached(place, verb, steps)} for verb in ("resync", "update")
    )
    kept = [place for place in before.volumes if place in after.volumes and place not in resynced]
    mirrors = {place for place in kept if before.volumes[place].type == "dp"}
    for one in kept:
        for other in kept:
            if {one, other} <= mirrors and {one, other} & updated:
                continue
            if one[0] < other[0] and own_name(*one) == own_name(*other):
                links = common(before.volumes[one], before.volumes[other])
                if not links or common(after.volumes[one], after.volumes[other]):
                    continue
                if any(not before.volumes[one].versions()[link].name.startswith(FENCE[:18]) for link in links):
                    yield f"{one} and {other} have no snapshot in common any more"


def _reached(place: Place, verb: str, steps: list[dict[str, Any]]) -> bool:
    return any(step["verb"] == verb and step["target"] == f"svm_{place[0]}:{place[1]}" for step in steps)


def untrue(before: Truth, after: Truth, call: Call, result: Mapping[str, Any]) -> Iterator[str]:
    """What is told as done is done."""
    for one in result.get("results", []):
        if one["status"] in GOOD:
            complaint = call.proof(before, after, own_name("nice", one["volume"]), one)
            if complaint:
                yield f"{one['volume']} is told {one['status']}, but {complaint}"
    bad = [one["volume"] for one in result.get("results", []) if one["status"] in ("failed", "refused", "unreachable")]
    if bad != result.get("failed_volumes", bad) or bool(bad) > bool(result.get("failed")):
        yield f"failed volumes are {bad}, told are {result.get('failed_volumes')}, failed: {result.get('failed')}"


def _clone_of_ours(place: Place, volume: VolumeSeen, call: Call) -> bool:
    """Whether the call's business is this clone; a failover may remove a rehearsal that is in its way."""
    if OUR_CLONE not in volume.comment or place[0] not in call.clusters:
        return False
    in_the_way = '"purpose":"rehearsal"' in volume.comment and call.in_scope((place[0], volume.parent or ""))
    return call.clones or (call.module == "snapmirror_break" and in_the_way)


def _same(truth: Truth, place: Place, volume: VolumeSeen) -> VolumeSeen | None:
    """The very same volume later, not another one of its name."""
    found = truth.volumes.get(place)
    return found if found is not None and found.uuid == volume.uuid else None


def _held(truth: Truth) -> frozenset[Any]:
    """All writes that any volume or snapshot still holds."""
    everywhere = (volume.marks.union(*(one.marks for one in volume.snapshots)) for volume in truth.volumes.values())
    return frozenset().union(*everywhere)
