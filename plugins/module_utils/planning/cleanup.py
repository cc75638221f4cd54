# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What turning a mirror round leaves behind at the active side, and when it may go."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.mirror import Mirror
from ..model.picture import Side
from ..model.plan import SOURCE, Step, Verb
from ..model.snapshot import FENCE_PREFIX, Snapshot, newest
from ..model.volume import Volume
from .carried import without_note
from .pairs import Pair


def left_behind(pair: Pair, mirror: Mirror, active: Volume, there: Side) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Removes what earlier directions left at the active side: fences, notes, base snapshots of mirrors that are gone.

    Returns the steps, and warnings that tell what stays.

    SnapMirror names a base snapshot by its destination, `snapmirror.<SVM uuid>_<volume>.<time>`, and keeps the newest.
    So those that name the active SVM itself belong to a mirror that ran towards it, and of this mirror's own all but
    the exported one are left-overs. Snapshots of other mirrors, and all others, are never touched. While a further
    destination may have no other link to this volume than one of these, all stay, and a warning says so.
    """
    path = f"{there.svm}:{pair.active}"
    own = (mirror.exported_snapshot or "").rpartition(".")[0]
    towards_us = f"snapmirror.{there.svm_uuid}_" if there.svm_uuid else None
    held = (there.snapshots or {}).get(pair.active, ())

    def left_over(one: Snapshot) -> bool:
        replaced = own.startswith("snapmirror.") and one.name.rpartition(".")[0] == own
        stale = replaced and one.name != mirror.exported_snapshot
        from_before = towards_us is not None and one.name.startswith(towards_us)
        return stale or from_before or one.name.startswith(FENCE_PREFIX)

    going = sorted(filter(left_over, held), key=lambda snapshot: snapshot.name)
    note = without_note(active.comment)
    steps = []
    if note != active.comment:
        args = {"uuid": active.uuid, "comment": note}
        steps.append(Step(Verb.VOLUME_COMMENT, pair.name, path, SOURCE, args, tolerated=True))
    ends = {pair.active, pair.active_end, ""}
    records = [record for end in ends for record in there.records_of.get(end, ())]
    others = {str(record.destination) for record in records if record.uuid != mirror.uuid}
    if going and len(others) > _linked([one for one in held if one not in going], own, going):
        kept = f"{path} keeps {', '.join(one.name for one in going)}: it may be the last link to {', '.join(sorted(others))}"
        return tuple(steps), (f"{kept}; once that is updated from here, run again to remove it",)
    for one in going:
        args = {"uuid": active.uuid, "name": one.name, "snapshot_uuid": one.uuid}
        steps.append(Step(Verb.SNAPSHOT_DELETE, pair.name, path, SOURCE, args, tolerated=True))
    return tuple(steps), ()


def _linked(held: Sequence[Snapshot], own: str, going: Sequence[Snapshot]) -> int:
    """How many further destinations surely have a link of their own.

    A base snapshot that is the only one of its destination and younger than all that go was transferred since: one
    that came back with an older state of the volume is older, and beside a transfer that failed lie two.
    """
    bases: dict[str, list[Snapshot]] = {}
    for one in held:
        base = one.name.rpartition(".")[0]
        if one.name.startswith("snapmirror.") and base != own:
            bases.setdefault(base, []).append(one)
    if any(one.create_time is None for one in going):
        return 0
    return sum(len(of) == 1 and newest([*going, *of]) == of[0] for of in bases.values())
