# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror active sync: groups whose two ends change their roles, when asked to or by themselves.

A planned failover is asked of the destination's cluster. When the source's cluster is lost while the group was in
sync, the destination takes over, if a mediator can tell it to. Where the published facts are silent:
- a planned failover needs the relationship in sync and the mediator reachable from both clusters (else 13303833),
  and takes `World.failover_s`; an automatic one begins `World.takeover_s` after the loss, and not for the loss of
  the way between the clusters alone;
- a failover that is done has turned the relationship round: it has a new uuid and is the other cluster's from then
  on; the cluster that serves keeps the entry of a source;
- after an automatic one that waits for the lost cluster: until that is back, the relationship stays where it was,
  `out_of_sync`, its volumes `rw`, and `consistency_group_failover` tells `unplanned` and `completed`; then the old
  primary becomes the destination, `out_of_sync`, and comes into sync;
- a lost cluster that lacks what is needed for the way back is left `broken_off`, for a resync;
- a failover that fails (the way was cut, or a fault `fail_transfer` on `snapmirror.failover`) leaves the roles as
  they are; it is not tried again;
- without a mediator a relationship is made and comes into sync, but is not healthy;
- volumes that are mounted are not mirrored so (13303925): LUNs only; both ends show a LUN under one serial number;
- with a duplex policy, too, writes are taken at the source's side only; its roles change in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import mediators, mirror_change, policies, synchronous
from .errors import Refused
from .legs import Leg
from .mirrors import Relationship

if TYPE_CHECKING:
    from .cluster import Cluster
    from .jobs import Job

_FAILED = "13303833"
_STARTED = "The failover has begun."
_DONE = "The failover has been completed."


@dataclass
class Failover:
    """type: planned or unplanned. state: started, completed, failed. error: (code, message)."""

    type: str
    state: str = "started"
    error: tuple[str, str] | None = None

    @property
    def message(self) -> str:
        return {"started": _STARTED, "completed": _DONE}.get(self.state, "The failover has failed.")


# planned


def fail_over(relationship: Relationship) -> Job:
    """On the destination's cluster: a job that starts the change of roles."""
    cluster, path = relationship.cluster, relationship.destination_path

    def work() -> None:
        _check(relationship)
        relationship.failover = failover = Failover("planned")
        if fault is not None and fault.action == "fail_transfer":
            failover.state = "failed"
            failover.error = (str(fault.args.get("code", _FAILED)), str(fault.args.get("message", "Failed.")))
            return
        relationship.world.at(
            relationship.world.now() + relationship.world.failover_s, lambda: _finish(relationship, failover)
        )

    fault = cluster.world.consult(cluster.name, "snapmirror.failover", path)
    _check(relationship)
    text = f"PATCH /api/snapmirror/relationships/{relationship.uuid}"
    return cluster.start_job("snapmirror.failover", path, text, work, svm=relationship.destination.svm, fault=fault)


def _check(relationship: Relationship) -> None:
    path = relationship.destination_path
    if relationship.deleted:
        raise Refused("4", "entry doesn't exist", "uuid", status=404)
    if relationship.source.cluster is relationship.cluster:
        raise Refused("13304003", "Relationships inside one cluster are not reversed.")
    if relationship.failing_over or relationship.state in ("synchronizing", "expanding"):
        raise Refused("13303830", f'Relationship "{path}" is in a transient state.', "state")
    problem = relationship.obstacle() or mediators.worry(relationship)
    if problem or relationship.state != "in_sync":
        raise Refused(_FAILED, f'Failed to fail over "{path}": {problem or "it is " + relationship.state}', "state")
    policies.find(relationship.source.cluster, relationship.source.svm, relationship.policy.name)


def _finish(relationship: Relationship, failover: Failover) -> None:
    if relationship.deleted:
        return
    synchronous.look(relationship)
    problem = relationship.obstacle()
    if problem or relationship.state != "in_sync":
        failover.state, failover.error = "failed", (_FAILED, problem or f"It is {relationship.state}.")
        return
    failover.state = "completed"
    turned = _turn_round(relationship)
    turned.state = "in_sync"
    turned.follow_write()


# automatic


def cluster_lost(lost: Cluster) -> None:
    """Let the partners of the groups that this cluster served take over in a while, if they may."""
    world = lost.world
    for each in world.synchronous:
        if each.policy.is_automated_failover and each.source.cluster is lost and each.state == "in_sync":
            world.at(world.now() + world.takeover_s, _taking_over(each, lost.outages))


def _taking_over(relationship: Relationship, outage: int) -> Any:
    def take_over() -> None:
        lost = relationship.source.cluster
        if lost.up or lost.outages != outage or relationship.deleted or not relationship.cluster.up:
            return
        if mediators.worry(relationship):
            return
        relationship.failover = Failover("unplanned", "completed")
        relationship.taken_over = True
        relationship.state = "out_of_sync"
        relationship.unhealthy = [(_FAILED, f"Source cluster {lost.name} is lost: the destination serves.")]
        for leg in relationship.legs:
            leg.destination.type = "rw"

    return take_over


def cluster_returned(cluster: Cluster) -> None:
    """What others took over from this cluster is mirrored back to it."""
    for each in list(cluster.world.synchronous):
        if each.taken_over and each.source.cluster is cluster:
            _mirror_back(_turn_round(each))


def _mirror_back(turned: Relationship) -> None:
    problem = next((why for leg in turned.legs if (why := leg.why_no_resync())), None)
    if problem:
        turned.state, turned.unhealthy = "broken_off", [(_FAILED, problem)]
        return
    for leg in turned.legs:
        leg.go_back_to_common()
    turned.state = "out_of_sync"
    synchronous.look(turned)


def _turn_round(old: Relationship) -> Relationship:
    """The relationship in the other direction, in place of the old one."""
    cluster, svm = old.source.cluster, old.source.svm
    same = [each for each in cluster.mirror_policies if each.name == old.policy.name and each.svm in (svm, None)]
    new = Relationship(
        uuid=old.world.ids.new("relationship"),
        source=old.destination,
        destination=old.source,
        policy=same[0] if same else old.policy,
        legs=[Leg(leg.destination, leg.source) for leg in old.legs],
        failover=old.failover,
    )
    entry = cluster.source_entries.get(old.uuid)
    if entry is not None:
        entry.forget()
    mirror_change.remove(old)
    mirror_change.enter(new)
    for leg in new.legs:
        for volume in (leg.source, leg.destination):
            for snapshot in volume.snapshots:
                snapshot.created_by = new.uuid if snapshot.created_by == old.uuid else snapshot.created_by
        leg.exported = leg.newest_common()
        leg.source.type, leg.destination.type = "rw", "dp"
    new.remember_at_source()
    return new
