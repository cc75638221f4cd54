# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures to plan from: `prod` on paris is the source, `dr` on lyon holds the mirrors and knows prod as `prod`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.ontap.data_motion.plugins.module_utils.model.array import Aggregate, ClusterAbout, Policy
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import Mirror, SourceRecord, State, SvmPeer
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.picture import Picture, Side
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Plan
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import Volume, VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.names import Origin
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.presentation import comment_for

GIB = 1024**3
ORIGIN = Origin("prod", "paris")
PARIS, LYON = ClusterAbout("paris", "c-paris", (9, 15, 1)), ClusterAbout("lyon", "c-lyon", (9, 15, 1))
PEER = SvmPeer("prod", "dr", "prod", "paris", "peered", ("snapmirror",), "p1")
POLICIES = {
    "MirrorAllSnapshots": Policy("MirrorAllSnapshots", "async"),
    "Asynchronous": Policy("Asynchronous", "async"),
    "Synchronous": Policy("Synchronous", "sync", "sync"),
}
AGGREGATES = {"aggr1_lyon": Aggregate("aggr1_lyon", 10**15), "aggr2_lyon": Aggregate("aggr2_lyon", 10**15)}


def source_volume(name: str, **more: Any) -> Volume:
    facts: dict[str, Any] = {
        "uuid": f"sv-{name}",
        "type": VolumeType.RW,
        "state": "online",
        "size_bytes": 10 * GIB,
        "aggregates": ("aggr1_paris",),
        "language": "c.utf_8",
        "guarantee": "none",
        "junction_path": f"/{name}",
        "export_policy": "default",
        **more,
    }
    return Volume(name, "prod", **facts)


def target_volume(name: str, of: Volume | None = None, **more: Any) -> Volume:
    """A volume of dr, type dp and with our comment about *of* (default: the source volume of the same name)."""
    source = of or source_volume(name)
    facts: dict[str, Any] = {
        "uuid": f"dv-{name}",
        "type": VolumeType.DP,
        "state": "online",
        "size_bytes": source.size_bytes,
        "aggregates": ("aggr1_lyon",),
        "language": source.language,
        "comment": comment_for(source),
        **more,
    }
    return Volume(name, "dr", **facts)


def mirror(volume: str, state: State = State.SNAPMIRRORED, to: str = "", svm: str = "prod", **more: Any) -> Mirror:
    facts: dict[str, Any] = {
        "uuid": f"m-{volume}",
        "source_svm_name": svm,
        "source_cluster": "paris",
        "healthy": True,
        "lag_s": 600.0,
        "exported_snapshot": "s1",
        "transfer_uuid": "t1",
        "transfer_state": "success",
        "policy": "MirrorAllSnapshots",
        "policy_type": "async",
        "schedule": "hourly",
        "throttle_kbps": 0,
        **more,
    }
    return Mirror(Path(svm, volume), Path("dr", to or volume), state=state, **facts)


def synchronous(volume: str, state: State = State.IN_SYNC, **more: Any) -> Mirror:
    facts = {"policy": "Synchronous", "policy_type": "sync", "sync_type": "sync", "schedule": "", **more}
    return mirror(volume, state, **facts)


def record(volume: str, uuid: str = "", to: str = "", svm: str = "dr", cluster: str | None = "lyon") -> SourceRecord:
    return SourceRecord(Path("prod", volume), Path(svm, to or volume), uuid or f"m-{volume}", cluster)


def here(*volumes: Volume, mirrors: tuple[Mirror, ...] = (), **more: Any) -> Side:
    facts: dict[str, Any] = {"about": LYON, "peers": (PEER,), "policies": POLICIES, "aggregates": AGGREGATES, **more}
    kept = {one.destination.volume: one for one in mirrors}
    return Side("dr", volumes={one.name: one for one in volumes}, mirrors=kept, **facts)


def there(*volumes: Volume, **more: Any) -> Side:
    facts: dict[str, Any] = {"about": PARIS, **more}
    return Side("prod", volumes={one.name: one for one in volumes}, **facts)


def protected(*names: str, **more: Any) -> Picture:
    """All *names* mirrored and well."""
    volumes, targets = [source_volume(name) for name in names], [target_volume(name) for name in names]
    mirrors = tuple(mirror(name, **more) for name in names)
    return Picture(here(*targets, mirrors=mirrors), there(*volumes))


def with_mirror(have: Picture, *changed: Mirror) -> Picture:
    for one in changed:
        have = replace(have, destination=have.destination.with_mirror(one))
    return have


def without_source(have: Picture) -> Picture:
    return replace(have, source=None)


def verbs(plan: Plan, volume: str = "v1") -> list[str]:
    return [step.verb.value for step in plan.steps() if step.volume == volume]


def verdict(plan: Plan, volume: str = "v1") -> Any:
    return next(one for one in plan.verdicts if one.volume == volume)
