# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FlexClones: writable volumes that share the blocks of a snapshot of their parent.

One in another SVM has the export policy `default` of that SVM, not its parent's.
Where the published facts are silent, this is what the model does:
- the parent's SVM may be of subtype `dp_destination`, which only takes no clones itself;
- a clone of a dp volume of which no snapshot is named is one of the mirror's exported snapshot;
- a deleted clone holds its parent's snapshot until it leaves the recovery queue, or is deleted by force.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import junctions, snapshots
from .errors import Refused
from .volumes import Volume

if TYPE_CHECKING:
    from .jobs import Job
    from .snapshots import Snapshot
    from .svms import Svm
    from .volume_create import NewVolume

OWNER = "volume clone"
_INHERITED = ("language", "encrypted", "security_style", "uid", "gid", "unix_permissions", "snapshot_reserve_percent")


def check(svm: Svm, wanted: NewVolume) -> None:
    """Refuse at once what needs no job to find out."""
    parent_name, snapshot_name = wanted.clone_parent or ("", None)
    parent = parent_svm(svm, wanted).volumes.get(parent_name)
    if parent is None:
        raise Refused("524601", f'Clone parent volume "{parent_name}" does not exist.', "clone.parent_volume.name")
    for value, target in ((wanted.size_bytes, "size"), (wanted.aggregates or None, "aggregates")):
        if value is not None:
            raise Refused(
                "918247", f"Specifying {target} is not allowed for a FlexClone: its parent's is taken.", target
            )
    if not parent.online:
        raise Refused("917775", f'Volume "{parent_name}" is not online.', "clone.parent_volume.name")
    if snapshot_name is not None and parent.snapshot_named(snapshot_name) is None:
        raise Refused(
            "524819",
            f'Snapshot "{snapshot_name}" of volume "{parent_name}" does not exist.',
            "clone.parent_snapshot.name",
        )
    if snapshot_name is None and parent.type != "rw" and not parent.snapshots:
        raise Refused("524819", f'Volume "{parent_name}" has no snapshot to clone.')
    if wanted.type != "rw":
        raise Refused("918244", f'A clone of type "{wanted.type}" cannot be created here.', "type")


def parent_svm(svm: Svm, wanted: NewVolume) -> Svm:
    """On the same cluster in any case."""
    name = wanted.clone_parent_svm
    found = svm if name is None else svm.cluster.svms.get(name)
    if found is None:
        raise Refused("524601", f'SVM "{name}" of the clone parent volume does not exist.', "clone.parent_svm.name")
    return found


def _own_export_policy(svm: Svm, parent: Volume) -> str:
    return parent.export_policy.name if parent.svm is svm else "default"


def make(svm: Svm, wanted: NewVolume, uuid: str) -> Volume:
    parent_name, snapshot_name = wanted.clone_parent or ("", None)
    parent = parent_svm(svm, wanted).volumes[parent_name]
    if wanted.junction:
        junctions.check_vacant(svm, wanted.junction)
    base = _base(parent, wanted.name, snapshot_name)
    fields = dict(wanted.fields)
    for name in _INHERITED:
        fields.setdefault(name, getattr(parent, name))
    fields.setdefault("guarantee", "none")
    clone = Volume(
        svm=svm,
        uuid=uuid,
        name=wanted.name,
        size_bytes=parent.size_bytes,
        aggregates=list(parent.aggregates),
        style=parent.style,
        constituent_count=parent.constituent_count,
        snapshot_policy=wanted.snapshot_policy or parent.snapshot_policy,
        export_policy=svm.export_policies[wanted.export_policy or _own_export_policy(svm, parent)],
        efficiency=dict(parent.efficiency),
        clone_of=(parent, base),
        active=base.content,
        devices=base.devices,
        **fields,
    )
    base.owners.append(OWNER)
    clone.attach()
    clone.junction = wanted.junction
    return clone


def _base(parent: Volume, name: str, snapshot_name: str | None) -> Snapshot:
    mirror = parent.mirror()
    if snapshot_name is not None:
        base = parent.snapshot_named(snapshot_name)
    elif parent.type == "rw":
        base = snapshots.take(parent, f"clone_{name}.{int(parent.world.now())}")
    elif mirror is not None and (exported := mirror.leg_onto(parent).exported) in parent.snapshots:
        base = exported
    else:
        base = parent.snapshots[-1] if parent.snapshots else None
    if base is None:
        raise Refused("524819", f'Snapshot "{snapshot_name}" of volume "{parent.name}" does not exist.')
    return base


def of(parent: Volume) -> list[Volume]:
    """Its clones that are not split, deleted ones in the recovery queue too."""
    everyone = [*parent.cluster.volumes(), *parent.cluster.recovery_queue]
    return [volume for volume in everyone if volume.clone_of is not None and volume.clone_of[0] is parent]


def let_go(clone: Volume) -> None:
    """The parent's snapshot is no longer needed by this clone."""
    if clone.clone_of is not None:
        clone.clone_of[1].owners.remove(OWNER)
        clone.clone_of = None
        clone.touch()


def check_split(volume: Volume, others: set[str]) -> None:
    """others: what is to change together with it."""
    if volume.clone_of is None:
        raise Refused("2", f'Volume "{volume.name}" is not a FlexClone: it cannot be split.', "clone.split_initiated")
    if others:
        raise Refused("918248", f"Specifying {min(others)} is not allowed when a clone split is started.", min(others))
    needed = sum(mark.size_bytes for mark in volume.clone_of[1].content)
    for aggregate in volume.aggregates:
        aggregate.claim(needed // len(volume.aggregates), f'Failed to split volume "{volume.path}"')


def split_percent(volume: Volume) -> int | None:
    """How far a split is, None when none runs."""
    job: Job | None = volume.split
    if job is None or job.ended:
        return None
    return min(99, int(100 * (volume.world.now() - job.start_time) / max(1e-9, job.due_time - job.start_time)))
