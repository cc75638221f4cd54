# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a target that do not decide whether it is fit, but that are better known before the night it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.mirror import Mirror
from ..model.picture import Side
from .names import Origin, peer_of
from .presentation import CLONE_MARK, Mounts, depth, junction_for
from .readiness import Check, some


def target_checks(
    side: Side, mirrors: Mapping[str, Mirror], wanted: Sequence[str], origin: Origin, manifest: Mapping[str, Any]
) -> tuple[Check, ...]:
    """mirrors: {backend's own volume: Mirror} on *side*."""
    found = {name: mirrors[name] for name in wanted if name in mirrors}
    return (
        _peering(side, origin),
        _junctions(side, found, manifest),
        _space(side, found),
        _rehearsals(side),
        *_mediator(side, found, origin),
    )


def _peering(side: Side, origin: Origin) -> Check:
    """Not needed to fail over, but to mirror back."""
    peer = peer_of(side, origin)
    if peer is not None and peer.state == "peered":
        return Check("peering", "pass", f"peered with SVM {origin.svm}")
    state = peer.state if peer is not None else "not there, or could not be read"
    return Check(
        "peering", "warn", f"the peering with SVM {origin.svm} is {state}", "needed to mirror back: run svm_peer"
    )


def _junctions(side: Side, mirrors: Mapping[str, Mirror], manifest: Mapping[str, Any]) -> Check:
    """Every volume knows its path, no path is taken, and what lies above a path is there."""
    wanted = {
        name: junction_for(name, side.volumes.get(mirror.destination.volume), {}, manifest)
        for name, mirror in mirrors.items()
    }
    assumed = sorted(name for name, junction in wanted.items() if junction.assumed)
    if assumed:
        detail = f"nobody told where these were mounted: {some(assumed)}"
        return Check("junctions", "warn", detail, "run replicate or status while the source lives")
    paths = {name: junction.path for name, junction in wanted.items() if junction.path}
    own = {mirror.destination.volume for mirror in mirrors.values()}
    others = {
        name: volume.junction_path for name, volume in side.volumes.items() if volume.junction_path and name not in own
    }
    taken = sorted(
        f"{path} by {other}" for path in paths.values() for other in side.mounted_at.get(path, ()) if other in others
    )
    if taken:
        return Check(
            "junctions", "warn", f"taken on SVM {side.svm}: {some(taken)}", "unmount these, or give junction_paths"
        )
    everyone = Mounts.of({**{name: path or "" for name, path in others.items()}, **paths})
    orphaned = sorted(path for path in paths.values() if depth(path) > 1 and not everyone.parents(path))
    if orphaned:
        detail = f"no volume is mounted above {some(orphaned)}"
        return Check(
            "junctions", "unknown", detail, f"see that these folders exist in the root volume of SVM {side.svm}"
        )
    return Check("junctions", "pass", "every path is known and free")


def _space(side: Side, mirrors: Mapping[str, Mirror]) -> Check:
    """Thin copies begin to grow once they take writes."""
    if side.aggregates is None:
        return Check("space", "unknown", "the aggregates could not be read", "let the login read them")
    promised: dict[str, int] = {}
    for mirror in mirrors.values():
        volume = side.volumes.get(mirror.destination.volume)
        if volume is not None and volume.guarantee == "none" and volume.aggregates:
            room = max((volume.size_bytes or 0) - (volume.used_bytes or 0), 0)
            promised[volume.aggregates[0]] = promised.get(volume.aggregates[0], 0) + room
    short = [
        name
        for name, room in promised.items()
        if _available(side, name) is not None and room > (_available(side, name) or 0)
    ]
    if short:
        detail = f"thin volumes may outgrow {some(sorted(short))}"
        return Check("space", "warn", detail, "watch their aggregates after a failover, or add space")
    return Check("space", "pass", "the aggregates hold what the volumes may grow to")


def _available(side: Side, aggregate: str) -> int | None:
    found = (side.aggregates or {}).get(aggregate)
    return found.available_bytes if found is not None else None


def _mediator(side: Side, mirrors: Mapping[str, Mirror], origin: Origin) -> tuple[Check, ...]:
    """Of active sync only: without it nobody tells the target to take over."""
    mine = [mirror for mirror in mirrors.values() if mirror.active_sync]
    if not mine:
        return ()
    cluster = mine[0].source_cluster or origin.cluster or ""
    if side.mediators is None:
        return (
            Check("mediator", "unknown", "the mediators could not be read", "let the login read /cluster/mediators"),
        )
    found = next((one for one in side.mediators if one.peer_cluster == cluster), None)
    if found is None or found.reachable is False:
        detail = f"no mediator for cluster {cluster}" if found is None else "the mediator is not reached"
        return (
            Check("mediator", "fail", detail, "add or mend it on the cluster; without it nothing takes over by itself"),
        )
    return (Check("mediator", "pass", "the mediator is reached"),)


def _rehearsals(side: Side) -> Check:
    left = sorted(name for name, volume in side.volumes.items() if CLONE_MARK in volume.comment)
    if left:
        return Check(
            "rehearsal", "warn", f"clones of a rehearsal are left: {some(left)}", "playbook rehearse, state=absent"
        )
    return Check("rehearsal", "pass", "no rehearsal is left over")
