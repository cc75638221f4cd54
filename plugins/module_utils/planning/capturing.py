# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manifest keeps of a source: never less than it knew, unless the source shows that it is otherwise now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..model.picture import Side
from ..model.san import Lun
from ..model.snapshot import fence_of
from ..model.volume import Volume
from .names import is_literal, matching, select_from_source
from .shares import in_volume

KINDS = ("export_policies", "shares", "luns", "lun_maps", "igroups")
"""What Side holds beyond volumes; None there: not read, so what is known stays."""


def manifest_parts(
    side: Side, patterns: Sequence[str], before: Mapping[str, Any], half_fenced: Collection[str] = ()
) -> tuple[dict[str, Any], list[str]]:
    """`{volumes, export_policies, igroups}` as they shall be, and the names of the volumes that were captured.

    half_fenced: LUNs that a fence took offline which was cut off before it left its snapshot.

    What was known of volumes that are not captured now stays, until they are gone from the SVM or the patterns leave
    them out: a run for a few volumes, and a source whose volumes are mirrors for a while, must not empty the manifest.
    """
    known = {str(name): dict(entry) for name, entry in (before.get("volumes") or {}).items()}
    selection = select_from_source(patterns, side)
    covered = _covered(patterns, known)
    volumes = {name: entry for name, entry in known.items() if name in side.volumes and name in covered}
    junctions = {
        name: volume.junction_path or str(known.get(name, {}).get("junction_path") or "")
        for name, volume in side.volumes.items()
    }
    for name in selection.names:
        if name not in selection.refused or name not in known:
            volumes[name] = _entry(side.volumes[name], side, known.get(name, {}), junctions, half_fenced)
    policies = {str(entry.get("export_policy") or "") for entry in volumes.values()}
    igroups = {one["igroup"] for entry in volumes.values() for lun in entry.get("luns") or () for one in lun["maps"]}
    there = {name: one.as_dict()["rules"] for name, one in (side.export_policies or {}).items()}
    hosts = {name: one.as_dict() for name, one in (side.igroups or {}).items()}
    parts = {
        "volumes": dict(sorted(volumes.items())),
        "export_policies": _used(policies, {**(before.get("export_policies") or {}), **there}),
        "igroups": _used(igroups, {**(before.get("igroups") or {}), **hosts}),
    }
    return parts, list(selection.names)


def knows_all(side: Side, patterns: Sequence[str], before: Mapping[str, Any]) -> bool:
    """Whether the manifest tells of every volume that is captured more than the volume itself does."""
    known = before.get("volumes") or {}
    return all({"shares", "luns"} <= set(known.get(name) or ()) for name in select_from_source(patterns, side).names)


def _covered(patterns: Sequence[str], known: Collection[str]) -> Collection[str]:
    """Names alone say nothing of other volumes; a glob or regular expression tells which volumes are the backend's."""
    return known if all(map(is_literal, patterns)) else matching(patterns, known)


def _used(names: set[str], known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: known[name] for name in sorted(names) if name in known}


def _entry(
    volume: Volume,
    side: Side,
    known: Mapping[str, Any],
    junctions: Mapping[str, str],
    half_fenced: Collection[str],
) -> dict[str, Any]:
    """junctions: {volume: path}; one that is not mounted now keeps the path that is known: it may be fenced."""
    entry = {
        **known,
        "junction_path": junctions[volume.name],
        "export_policy": volume.export_policy or "",
        "security_style": volume.security_style or "",
        "snapshot_policy": volume.snapshot_policy or "",
        "qos_policy": volume.qos_policy or "",
        "efficiency": {
            name: value
            for name in ("dedupe", "compression", "compaction", "cross_volume_dedupe")
            if (value := getattr(volume, name))
        },
    }
    if side.shares is not None:
        entry["shares"] = [
            share.as_dict()
            for _name, share in sorted(side.shares.items())
            if _innermost(share.path, volume.name, junctions)
        ]
    if side.luns is not None:
        luns = sorted((lun for lun in side.luns if lun.volume == volume.name), key=lambda lun: lun.path)
        fenced = _fenced(volume, side)
        held = {one["path"]: one for one in known.get("luns") or () if fenced or one["path"] in half_fenced}
        entry["luns"] = [_lun(lun, side, held.get(lun.path)) for lun in luns]
    return entry


def _innermost(path: str, volume: str, junctions: Mapping[str, str]) -> bool:
    """Whether *path* leads into *volume* and not into one that is mounted below it."""
    mine = junctions[volume]
    below = [other for name, other in junctions.items() if name != volume and in_volume(other, mine)]
    return in_volume(path, mine) and not any(in_volume(path, other) for other in below)


def _fenced(volume: Volume, side: Side) -> bool:
    """Whether it may be fenced: a fence leaves a snapshot. Unread, it may be."""
    return side.snapshots is None or fence_of(volume.svm, side.snapshots.get(volume.name, ())) is not None


def _lun(lun: Lun, side: Side, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """known: as before the fence, which takes LUNs offline and may take their maps away."""
    maps = sorted((one for one in side.lun_maps or () if one.lun == lun.path), key=lambda one: one.igroup)
    fresh: dict[str, Any] = {
        "path": lun.path,
        "serial_number": lun.serial_number,
        "enabled": lun.enabled is not False,
        "maps": [one.as_dict() for one in maps],
    }
    if known is None or fresh["enabled"]:
        return fresh
    return {**fresh, "enabled": known.get("enabled", True), "maps": fresh["maps"] or list(known.get("maps") or ())}
