# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making volumes, as ONTAP's volume create does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import clones, junctions
from .errors import Refused
from .volumes import NO_EFFICIENCY, Volume

if TYPE_CHECKING:
    from .jobs import Job
    from .svms import Svm

SMALLEST = 20 * 1024**2
LONGEST_NAME = 203
LONGEST_COMMENT = 1023


@dataclass
class NewVolume:
    """What a user asks for; None means ONTAP's default.

    aggregates: names; fields: further attributes of Volume; clone_parent: (volume, snapshot name or None).
    clone_parent_svm: where that volume lies, None in the same SVM.
    """

    name: str
    type: str = "rw"
    style: str | None = None
    size_bytes: int | None = None
    aggregates: list[str] = field(default_factory=list)
    junction: str | None = None
    export_policy: str | None = None
    snapshot_policy: str | None = None
    efficiency: dict[str, str] = field(default_factory=dict)
    clone_parent: tuple[str, str | None] | None = None
    clone_parent_svm: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def create(svm: Svm, wanted: NewVolume) -> tuple[str, Job]:
    """The uuid that the volume will have, and the job that makes it."""
    cluster = svm.cluster
    path = f"{svm.name}:{wanted.name}"
    uuid = cluster.world.ids.new("volume")

    def work() -> None:
        svm.being_created.discard(wanted.name)
        _check(svm, wanted)
        _make(svm, wanted, uuid)

    fault = cluster.world.consult(cluster.name, "volume.create", path)
    _check(svm, wanted)
    svm.being_created.add(wanted.name)
    text = f"POST /api/storage/volumes/{wanted.name}"
    job = cluster.start_job("volume.create", path, text, work, svm=svm, fault=fault)
    if job.ended:
        svm.being_created.discard(wanted.name)
    return uuid, job


def check_name(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise Refused("917886", f'Volume name "{name}" is longer than {LONGEST_NAME} characters.', "name")
    if not re.match(r"[A-Za-z_]", name):
        raise Refused("917887", f'Volume name "{name}" must begin with a letter or an underscore.', "name")
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        raise Refused("917888", f'Volume name "{name}" has a character that is not allowed.', "name")


def check_comment(comment: str) -> None:
    if len(comment) > LONGEST_COMMENT:
        raise Refused("2", f"The comment is longer than {LONGEST_COMMENT} characters.", "comment")


def _check(svm: Svm, wanted: NewVolume) -> None:
    """Refuse at once what needs no job to find out."""
    check_name(wanted.name)
    check_comment(wanted.fields.get("comment") or "")
    if svm.subtype == "dp_destination":
        raise Refused("918233", f'SVM "{svm.name}" is of subtype dp_destination: its volumes come from its source.')
    if wanted.name in svm.volumes:
        raise Refused("917526", f'Volume name "{wanted.name}" already exists in SVM "{svm.name}".', "name")
    if wanted.name in svm.being_created:
        raise Refused("13107405", f'Volume "{wanted.name}" is being created in SVM "{svm.name}".', "name")
    if wanted.clone_parent is not None:
        clones.check(svm, wanted)
        check_policies(svm, wanted.export_policy, wanted.snapshot_policy)
        if wanted.junction:
            junctions.check_path(wanted.junction)
        return
    _check_place(svm, wanted)
    if wanted.size_bytes is not None and wanted.size_bytes < SMALLEST:
        raise Refused("917534", f'Size "{wanted.size_bytes}" is too small: the minimum is {SMALLEST}.', "size")
    if not 0 <= int(wanted.fields.get("snapshot_reserve_percent", 5)) <= 90:
        raise Refused(
            "917835",
            "The snapshot reserve must be between 0 and 90 percent at creation.",
            "space.snapshot.reserve_percent",
        )
    check_policies(svm, wanted.export_policy, wanted.snapshot_policy)
    if wanted.junction:
        junctions.check_path(wanted.junction)


def _check_place(svm: Svm, wanted: NewVolume) -> None:
    known = {aggregate.name for aggregate in svm.aggregates}
    for name in wanted.aggregates:
        if name not in svm.cluster.aggregates:
            raise Refused("917508", f'Aggregate "{name}" does not exist.', "aggregates.name")
        if name not in known:
            raise Refused("917508", f'Aggregate "{name}" is not assigned to SVM "{svm.name}".', "aggregates.name")
    if not wanted.aggregates and wanted.style is None:
        raise Refused("787140", "One of aggregates.uuid, aggregates.name, or style must be provided.")
    if wanted.style == "flexgroup_constituent":
        raise Refused("918241", "A FlexGroup constituent cannot be created on its own.", "style")
    if style_of(wanted) == "flexvol" and len(wanted.aggregates) != 1:
        raise Refused("918242", "One aggregate must be given for a FlexVol volume.", "aggregates")
    if wanted.type not in ("rw", "dp"):
        raise Refused("918233", f'A volume of type "{wanted.type}" cannot be created here.', "type")


def style_of(wanted: NewVolume) -> str:
    return wanted.style or ("flexvol" if len(wanted.aggregates) == 1 else "flexgroup")


def check_policies(svm: Svm, export_policy: str | None, snapshot_policy: str | None) -> None:
    if export_policy is not None and export_policy not in svm.export_policies:
        raise Refused("918271", f'Export policy "{export_policy}" does not exist.', "nas.export_policy.name")
    if snapshot_policy is not None and all(each.name != snapshot_policy for each in svm.cluster.snapshot_policies):
        raise Refused("917551", f'Snapshot policy "{snapshot_policy}" does not exist.', "snapshot_policy.name")


def _make(svm: Svm, wanted: NewVolume, uuid: str) -> Volume:
    if wanted.clone_parent is not None:
        return clones.make(svm, wanted, uuid)
    if wanted.junction and wanted.type == "dp":
        raise Refused(
            junctions.FAILED,
            f'Volume "{wanted.name}" cannot be mounted: it is a data protection volume that is not initialized.'
            " Use the snapmirror initialize command first.",
        )
    style = style_of(wanted)
    names = wanted.aggregates or [aggregate.name for aggregate in svm.aggregates]
    fields = dict(wanted.fields)
    is_dp = wanted.type == "dp"
    fields.setdefault("language", svm.language)
    fields.setdefault("snapshot_reserve_percent", 0 if is_dp else 5)
    volume = Volume(
        svm=svm,
        uuid=uuid,
        name=wanted.name,
        size_bytes=wanted.size_bytes or SMALLEST,
        aggregates=[svm.cluster.aggregates[name] for name in names],
        type=wanted.type,
        style=style,
        snapshot_policy=wanted.snapshot_policy or ("none" if is_dp else "default"),
        export_policy=svm.export_policies[wanted.export_policy or "default"],
        efficiency={**NO_EFFICIENCY, **wanted.efficiency},
        **fields,
    )
    if style == "flexgroup" and volume.constituent_count is None:
        volume.constituent_count = 4 * len(names)
    if volume.guarantee == "volume":
        for aggregate in volume.aggregates:
            aggregate.claim(volume.size_bytes // len(volume.aggregates), f'Failed to create volume "{volume.path}"')
    if wanted.junction:
        junctions.check_mount(volume, wanted.junction)
        volume.junction = wanted.junction
    volume.attach()
    return volume
