# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two pictures, as it is shown to the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..model.array import SvmAbout
from ..model.mirror import SourceRecord
from ..model.picture import Picture, Side
from ..model.presentation import LunMap
from ..model.snapshot import Snapshot

VOLATILE = (
    "lag_s",
    "transfer_uuid",
    "transfer_end_time",
    "transferred_bytes",
    "used_bytes",
    "uuid",
    "exported_snapshot",
    "healthy",
)
"""Left out of diffs: they change by themselves, or nobody can know them before."""

SHOWN: Mapping[type, Callable[[Any], Mapping[str, Any]]] = {
    Snapshot: lambda one: {"comment": one.comment},
    LunMap: lambda one: {"logical_unit_number": one.number},
    SourceRecord: lambda one: {"uuid": one.uuid},
    SvmAbout: lambda one: {**one.as_dict(), "uuid": ""},
}
"""What is shown of a record; all of it, where it is not named here."""


def difference(before: Picture, after: Picture) -> dict[str, dict[str, Any]]:
    """`{"before": {...}, "after": {...}}` with only the records and properties that change."""
    shown: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
    for old_side, new_side in ((before.source, after.source), (before.destination, after.destination)):
        if old_side is new_side:
            continue
        old, new = _records(old_side), _records(new_side)
        for name in sorted(name for name in {**old, **new} if old.get(name) is not new.get(name)):
            gone, come = _plain(old.get(name)), _plain(new.get(name))
            changed = [
                field
                for field in sorted({*gone, *come})
                if gone.get(field) != come.get(field) and field not in VOLATILE
            ]
            if changed or (name in old) != (name in new):
                shown["before"][name] = {field: gone.get(field) for field in changed} if name in old else None
                shown["after"][name] = {field: come.get(field) for field in changed} if name in new else None
    return shown


def _plain(record: Any) -> Mapping[str, Any]:
    if record is None:
        return {}
    shown = SHOWN.get(type(record))
    told: Mapping[str, Any] = shown(record) if shown else record.as_dict()
    return told


def _records(side: Side | None) -> dict[str, Any]:
    """{"kind name": record} of everything a plan can change on one side."""
    if side is None:
        return {}
    svm = side.svm
    named: dict[str, Mapping[str, Any] | None] = {
        "volume": side.volumes,
        "mirror": side.mirrors,
        "share": side.shares,
        "export policy": side.export_policies,
        "snapmirror policy": side.mirror_policies,
    }
    found: dict[str, Any] = {
        f"{kind} {svm}:{name}": one for kind, records in named.items() for name, one in (records or {}).items()
    }
    for name, snapshots in (side.snapshots or {}).items():
        found.update({f"snapshot {svm}:{name}@{one.name}": one for one in snapshots})
    found.update({f"lun {svm}:{lun.path}": lun for lun in side.luns or ()})
    found.update({f"lun map {svm}:{one.lun}-{one.igroup}": one for one in side.lun_maps or ()})
    found.update({f"svm {svm}": side.whole} if side.whole is not None else {})
    found.update({f"svm peer {svm}-{peer.peer_svm}": peer for peer in side.peers})
    found.update({f"source record {record.source}-{record.destination}": record for record in side.records})
    return found
