# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The relationships of a scenario file; scenario.py documents their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .model import groups, mirror_change, peers
from .model.pairing import NewMirror
from .model.svms import Svm
from .model.world import World
from .scenario_words import ended, only, size_of

_KEYS = ("source", "destination", "volumes", "policy", "schedule", "throttle", "rate", "state", "lag_s")


def make(world: World, given: Mapping[str, Any], new_volume: Callable[[Svm, str, Mapping[str, Any]], Any]) -> None:
    """As a scenario file describes it; new_volume makes a destination that is missing."""
    only(given, "a relationship", *_KEYS)
    source_cluster, source_svm, source_end = given["source"].split(":")
    cluster_name, svm_name, end = given["destination"].split(":")
    cluster = world.clusters[cluster_name]
    svm = cluster.svms[svm_name]
    there = world.clusters[source_cluster].svms[source_svm]
    names = _names(there, source_end, end, given.get("volumes"))
    for source_name, name in names.items():
        source = there.volumes[source_name]
        if name not in svm.volumes:
            new_volume(svm, name, {"type": "dp", "size": source.size_bytes, "guarantee": source.guarantee})
    is_group = end.startswith(groups.PREFIX)
    wanted = NewMirror(
        source_path=f"{peers.alias_of(svm, there)}:{source_end}",
        destination_path=f"{svm_name}:{end}",
        policy=given.get("policy", "MirrorAllSnapshots"),
        schedule=given.get("schedule"),
        throttle=given.get("throttle", 0),
        source_volumes=[{"name": name} for name in names] if is_group else (),
        destination_volumes=[{"name": name} for name in names.values()] if is_group else (),
    )
    uuid, job = mirror_change.create(cluster, wanted)
    ended(job)
    relationship = cluster.relationships[uuid]
    _bring_to(relationship, given.get("state", relationship.settled_state), float(given.get("lag_s", 0)))
    if "rate" in given:
        relationship.own_rate = float(size_of(given["rate"]))


def _names(source_svm: Svm, source_end: str, end: str, given: Mapping[str, str] | None) -> Mapping[str, str]:
    """{volume of the source: volume of the destination}"""
    if not source_end.startswith(groups.PREFIX):
        return {source_end: end}
    if given is not None:
        return given
    group = source_svm.consistency_groups[source_end[len(groups.PREFIX) :]]
    return {volume.name: volume.name for volume in group.volumes}


def _bring_to(relationship: Any, state: str, lag_s: float) -> None:
    if state == "uninitialized":
        return
    mirror_change.start_transfer(relationship)
    relationship.world.settle()
    for leg in relationship.legs:
        for snapshot in (*leg.source.snapshots, *leg.destination.snapshots):
            if snapshot.version_uuid == leg.exported.version_uuid:
                snapshot.create_time -= lag_s
    if state == "paused":
        relationship.quiesce()
    elif state == "broken_off":
        relationship.break_off()
    elif state != relationship.settled_state:
        raise ValueError(f"a relationship cannot begin as {state}")
