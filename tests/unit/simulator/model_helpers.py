# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small world to try the model on, and short words for what users do with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import scenario
from tests.simulator.faults import FaultBook
from tests.simulator.model import mirror_change, volume_change, volume_create
from tests.simulator.model.errors import Refused
from tests.simulator.model.jobs import Job
from tests.simulator.model.mirrors import Relationship
from tests.simulator.model.volume_create import NewVolume
from tests.simulator.model.volumes import Volume
from tests.simulator.model.world import World

MB = 1024**2
GB = 1024**3
RATE = 1 * MB
"""Bytes per second of the small world's transfers."""

PLAN: dict[str, Any] = {
    "settings": {"transfer_rate": RATE},
    "clusters": {
        "paris": {
            "aggregates": {"aggr1_paris": "100GB"},
            "svms": {
                "svm_paris": {
                    "volumes": {
                        "vol1": {"size": "1GB", "used": "10MB", "junction": "/vol1", "markers": ["a"]},
                        "vol2": {"size": "2GB", "junction": "/vol1/vol2", "guarantee": "thin"},
                    }
                }
            },
        },
        "lyon": {
            "aggregates": {"aggr1_lyon": "100GB"},
            "svms": {"svm_lyon": {"volumes": {"vol1": {"size": "1GB", "type": "dp"}}}},
        },
    },
}


def small_world(**settings: Any) -> World:
    """paris has vol1 and, mounted below it, vol2; lyon has the empty dp volume vol1."""
    return scenario.from_dict(PLAN, **{"faults": FaultBook(), **settings})


def volume(world: World, cluster: str, name: str = "vol1") -> Volume:
    return world.clusters[cluster].svms[f"svm_{cluster}"].volumes[name]


def make_volume(world: World, cluster: str, name: str, **fields: Any) -> Job:
    place = {} if "clone_parent" in fields else {"size_bytes": GB, "aggregates": [f"aggr1_{cluster}"]}
    wanted = NewVolume(**{"name": name, **place, **fields})
    return volume_create.create(world.clusters[cluster].svms[f"svm_{cluster}"], wanted)[1]


def change(of: Volume, **changes: Any) -> Job:
    return volume_change.modify(of, changes)


def make_mirror(
    world: World,
    *,
    onto: str = "lyon",
    source: str = "svm_paris:vol1",
    destination: str = "svm_lyon:vol1",
    **fields: Any,
) -> Relationship:
    fields.setdefault("policy", "MirrorAllSnapshots")
    uuid, job = mirror_change.create(world.clusters[onto], mirror_change.NewMirror(source, destination, **fields))
    assert job.error is None, job.error
    return world.clusters[onto].relationships[uuid]


def mirrored(world: World, **fields: Any) -> Relationship:
    """vol1 of paris mirrored to lyon, the baseline done."""
    relationship = make_mirror(world, **fields)
    mirror_change.start_transfer(relationship)
    later(world, 3600)
    assert relationship.state == relationship.settled_state
    return relationship


def later(world: World, seconds: float = 0) -> None:
    world.clock.advance(seconds)
    world.settle()


def set_state(relationship: Relationship, state: str, **options: Any) -> Job:
    return mirror_change.modify(relationship, state=state, **options)


def refused(code: str, work: Any, *args: Any, **options: Any) -> Refused:
    """That the work is refused with *code*, at once or as its job's failure."""
    with pytest.raises(Refused) as caught:
        answer = work(*args, **options)
        job = answer[1] if isinstance(answer, tuple) else answer
        if isinstance(job, Job) and job.error is not None:
            raise Refused(job.error["code"], job.message)
    assert caught.value.code == code, caught.value
    return caught.value
