# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user may ask for, as values: the module, its options, whom it may touch, and what its success must mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from . import proofs
from .site import HOME, JUNCTIONS, aggregates, destination_name, name_at, own_name
from .truth import Place, Truth

Params = Callable[[str], dict[str, Any]]
"""The connection of a cluster as a module takes it."""
Proof = Callable[[Truth, Truth, str, Mapping[str, Any]], str]
"""(before, after, the backend's volume, its result) -> what the arrays do not show, "" where all is as told."""


@dataclass(frozen=True)
class Call:
    """One module call.

    volumes: patterns of the backend's own names, which `name_at` translates.  clusters: the only ones it may write to.
    silent: clusters that it must not even ask.  repeatable: the same call again has nothing to do.
    may_discard: of a target, what is newer than the recovery point that was named.  clones: its business is clones.
    """

    module: str
    args: Mapping[str, Any]
    volumes: tuple[str, ...]
    clusters: tuple[str, ...]
    proof: Proof
    silent: tuple[str, ...] = ()
    repeatable: bool = True
    may_discard: bool = False
    clones: bool = False
    accepted: Mapping[str, Any] = field(default_factory=dict)
    removes_targets: bool = False

    def in_scope(self, place: Place) -> bool:
        """Whether the user named this volume."""
        cluster, name = place
        own = own_name(cluster, name)
        return cluster in self.clusters and any(fnmatchcase(own, pattern) for pattern in self.volumes)


def targets(params: Params, target: str, volumes: tuple[str, ...]) -> Call:
    args = {
        "source": params(HOME),
        "destination": params(target),
        "volumes": list(volumes),
        "aggregate_map": aggregates(target),
        "destination_name": destination_name(target),
        "timeout": 600,
    }
    return Call("flexvol_mirror_target", args, volumes, (target,), proofs.target(target))


def mirrors(
    params: Params,
    target: str,
    volumes: tuple[str, ...],
    state: str | None,
    accepted: Any = None,
    group: str | None = None,
) -> Call:
    args = {
        "source": params(HOME),
        "destination": params(target),
        "volumes": list(volumes),
        "destination_name": destination_name(target),
        "wait": True,
        "timeout": 3600,
        **({"consistency_group": group} if group else {}),
        **({"relationship_state": state} if state else {}),
        **({"accept_data_loss": accepted} if accepted else {}),
    }
    proof = proofs.mirror(HOME, target, state)
    written = (HOME, target) if group else (target,)  # the group itself is made at home
    return Call("snapmirror_relationship", args, volumes, written, proof, accepted=accepted or {})


def removal(params: Params, target: str, volumes: tuple[str, ...]) -> Call:
    args = {"source": params(HOME), "destination": params(target), "volumes": list(volumes), "state": "absent"}
    proof = proofs.no_mirror(HOME, target)
    return Call("snapmirror_relationship", args, volumes, (HOME, target), proof)


def update(params: Params, source: str, target: str, volumes: tuple[str, ...], not_before: Any = None) -> Call:
    args = {**_road(params, source, target, volumes), "wait": True, "timeout": 3600}
    args.update({"exported_not_before": not_before} if not_before else {})
    proof = proofs.carried(source, target)
    return Call("snapmirror_update", args, volumes, (target,), proof, silent=(source,), repeatable=False)


def failover(
    params: Params, source: str, target: str, volumes: tuple[str, ...], *, quiesce_timeout: int, point: Any = None
) -> Call:
    """point: options for an older recovery point."""
    args = {
        **_road(params, source, target, volumes),
        "quiesce_timeout": quiesce_timeout,
        "junction_paths": dict(JUNCTIONS),
        "timeout": 600,
        **(point or {}),
    }
    proof = proofs.in_service(source, target)
    return Call("snapmirror_break", args, volumes, (target,), proof, silent=(source,), may_discard=bool(point))


def reverse(
    params: Params, active: str, old: str, volumes: tuple[str, ...], accepted: Any = None, cleanup: bool = False
) -> Call:
    args = {
        "source": params(active),
        "destination": params(old),
        "volumes": list(volumes),
        "named_by": "destination" if old == HOME else "source",
        "timeout": 3600,
        "cleanup": cleanup,
        **({"accept_data_loss": accepted} if accepted else {}),
    }
    proof = proofs.turned(active, old)
    return Call("snapmirror_reverse", args, volumes, (active, old), proof, accepted=accepted or {})


def fence(params: Params, cluster: str, volumes: tuple[str, ...], report_dir: str) -> Call:
    args = {"source": params(cluster), "volumes": _there(cluster, volumes), "report_dir": report_dir, "timeout": 600}
    return Call("source_fence", args, volumes, (cluster,), proofs.fenced(cluster))


def unfence(params: Params, cluster: str, volumes: tuple[str, ...], report_dir: str) -> Call:
    args = {
        "source": params(cluster),
        "volumes": _there(cluster, volumes),
        "report_dir": report_dir,
        "state": "absent",
        "timeout": 600,
    }
    return Call("source_fence", args, volumes, (cluster,), proofs.unfenced(cluster))


def rehearsal(params: Params, target: str, volumes: tuple[str, ...], present: bool) -> Call:
    args = {
        "source_svm": f"svm_{HOME}",
        "destination": params(target),
        "volumes": list(volumes),
        "clone_name": "rehearsal_{parent}",
        "purpose": "rehearsal",
        "state": "present" if present else "absent",
        "timeout": 600,
        **({"junction_path": "/rehearsal_{junction}"} if present else {}),
    }
    proof = proofs.cloned(target) if present else proofs.not_cloned(target)
    return Call("volume_clone", args, volumes, (target,), proof, silent=(HOME,), clones=True)


def removed_targets(params: Params, target: str, volumes: tuple[str, ...]) -> Call:
    args = {
        "source": params(HOME),
        "destination": params(target),
        "volumes": list(volumes),
        "state": "absent",
        "destination_name": destination_name(target),
        "timeout": 600,
    }
    proof = proofs.no_target(target)
    return Call("flexvol_mirror_target", args, volumes, (target,), proof, removes_targets=True)


def _road(params: Params, source: str, target: str, volumes: tuple[str, ...]) -> dict[str, Any]:
    """For calls that must not contact the source."""
    named_by = "destination" if target == HOME else "source"
    return {
        "source_svm": f"svm_{source}",
        "destination": params(target),
        "volumes": list(volumes),
        "named_by": named_by,
    }


def _there(cluster: str, volumes: tuple[str, ...]) -> list[str]:
    return [name_at(cluster, volume) for volume in volumes]
