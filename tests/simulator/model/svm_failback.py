# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way home of an SVM in one request: what the copy took in goes back, the source serves again, the copy mirrors it.

Where the published facts are silent, this is what the model does:
- the relationship is `broken_off`, both clusters answer, and all pairs of volumes share a snapshot; else nothing is done;
- it is one job, and what it carries takes no longer than that job;
- what the source took in since the failover is lost, as with every resync onto it;
- the relationship keeps its uuid, its policy and its schedule.
"""

from __future__ import annotations

from dataclasses import replace

from . import mirror_change
from .errors import Refused
from .jobs import Job
from .legs import Leg
from .mirrors import Relationship

_FAILED = "13303859"


def fail_back(relationship: Relationship) -> Job:
    """A job that mirrors back, stops the copy, starts the source, and mirrors as before the failover."""
    cluster, path = relationship.cluster, relationship.destination_path

    def check() -> None:
        if relationship.deleted:
            raise Refused("4", "entry doesn't exist", "uuid", status=404)
        problem = _obstacle(relationship)
        if problem:
            raise Refused(_FAILED, f'Failback of "{path}" is not possible: {problem}')

    def work() -> None:
        check()
        _turn_home(relationship)

    fault = cluster.world.consult(cluster.name, "snapmirror.failback", path)
    check()
    text = f"PATCH /api/snapmirror/relationships/{relationship.uuid}"
    return cluster.start_job("snapmirror.failback", path, text, work, svm=relationship.destination.svm, fault=fault)


def _obstacle(relationship: Relationship) -> str | None:
    if relationship.state != "broken_off" or relationship.transferring:
        return f"the relationship is {relationship.state}."
    back = _reversed(relationship, "")
    return back.obstacle() or next((why for leg in back.legs if (why := leg.why_no_resync())), None)


def _reversed(old: Relationship, uuid: str) -> Relationship:
    legs = [Leg(leg.destination, leg.source) for leg in old.legs]
    return replace(
        old, uuid=uuid, source=old.destination, destination=old.source, legs=legs, transfer=None, schedule=None
    )


def _turn_home(relationship: Relationship) -> None:
    source, destination = relationship.source.svm, relationship.destination.svm
    back = _reversed(relationship, relationship.world.ids.new("relationship"))
    _take_away(relationship)
    mirror_change.enter(back)
    source.state = "stopped"
    _carry(back)
    destination.state = "stopped"
    back.break_off()
    source.state = "running"
    relationship.legs = [Leg(leg.destination, leg.source) for leg in back.legs]
    _take_away(back)
    relationship.deleted = False
    mirror_change.enter(relationship)
    _carry(relationship)


def _take_away(relationship: Relationship) -> None:
    entry = relationship.source.cluster.source_entries.get(relationship.uuid)
    if entry is not None:
        entry.forget()
    mirror_change.remove(relationship)


def _carry(relationship: Relationship) -> None:
    transfer = relationship.resync()
    transfer.arrive_at_once()
    if transfer.state != "success":
        why = transfer.error[1] if transfer.error else transfer.state
        raise Refused(_FAILED, f'Failback stopped at "{relationship.destination_path}": {why}')
