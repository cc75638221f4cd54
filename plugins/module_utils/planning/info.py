# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backend's mirrors look like, and what is left of mirrors that are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..model.mirror import Mirror, SourceRecord, State
from ..model.picture import Picture
from ..model.plan import Plan, VolumePlan, join
from ..model.snapshot import fence_of
from .names import Origin, is_literal, matching, mirrors_by_source, origin_of, unfit
from .whereabouts import split_brain, takes_writes


@dataclass(frozen=True)
class Question:
    origin: Origin
    volumes: tuple[str, ...]


def plan_info(have: Picture, want: Question) -> Plan:
    """No steps; a verdict per volume that is mirrored, or that is meant and has no mirror."""
    mirrors = mirrors_asked(have, want.origin)
    names = matching(want.volumes, mirrors)
    plans = {}
    for name in sorted(names | _meant(have, want)):
        if name not in mirrors:
            reason = f"{name} has no mirror on SVM {have.destination.svm}"
            plans[name] = VolumePlan.of(
                name, message=reason, facts={"protected": False, "state": None, "rpo": "breach"}, warnings=(reason,)
            )
            continue
        whence = origin_of(mirrors[name], have.destination.peers)
        source, path = f"{whence.svm}:{mirrors[name].source.volume}", str(mirrors[name].destination)
        facts = {
            "source": source,
            "destination": path,
            "protected": True,
            "direction": "reversed" if want.origin.by_destination else "forward",
        }
        warnings = _troubles(mirrors[name])
        danger = split_brain(source, path) if _both_write(mirrors[name], have) else ""
        told = mirrors[name].state.value if mirrors[name].in_step or not warnings else warnings[0]
        message = f"{told}; {danger}" if danger else told
        warnings = (*warnings, danger) if danger else warnings
        plans[name] = VolumePlan.of(name, message=message, facts=facts, warnings=warnings)
    return join(plans)


def _troubles(mirror: Mirror) -> tuple[str, ...]:
    """What is not well with a mirror that is to replicate; that a synchronous one is out of sync says more than its health."""
    if mirror.synchronous and mirror.replicating and not mirror.in_step:
        reasons = "; ".join(mirror.unhealthy_reasons)
        return (f"{mirror.destination} is {mirror.state.value}, not in_sync{': ' if reasons else ''}{reasons}",)
    return (f"{mirror.destination} is not healthy",) if mirror.healthy is False else ()


def any_broken(have: Picture, want: Question) -> bool:
    """Whether it matters if the source is fenced: only then is more to be read for it."""
    broken = (mirror.state is State.BROKEN_OFF for mirror in mirrors_asked(have, want.origin).values())
    return have.source is not None and any(broken)


def _both_write(mirror: Mirror, have: Picture) -> bool:
    """The source serves although its mirror was broken; not where the target is fenced, on the way back home."""
    if have.source is None or mirror.state is not State.BROKEN_OFF:
        return False
    volume, here = have.source.volumes.get(mirror.source.volume), have.destination
    fenced = fence_of(here.svm, (here.snapshots or {}).get(mirror.destination.volume, ()))
    return volume is not None and takes_writes(volume, have.source) and fenced is None


def _meant(have: Picture, want: Question) -> set[str]:
    """Volumes that should have a mirror: those named, and those that globs see on a source that could be read."""
    literal = {name for name in want.volumes if is_literal(name)}
    if have.source is None or want.origin.by_destination:
        return literal
    fit = (name for name, volume in have.source.volumes.items() if not unfit(volume, have.source.mirrors))
    return literal | matching(want.volumes, fit)


def mirrors_asked(have: Picture, origin: Origin) -> dict[str, Mirror]:
    """{source volume: Mirror} of one source SVM; of all when none is named, then by `svm:volume`."""
    if origin.svm:
        return mirrors_by_source(have.destination, origin)
    mirrors = [mirror for mirror in have.destination.mirrors.values() if not mirror.is_restore]
    return {f"{origin_of(mirror, have.destination.peers).svm}:{mirror.source.volume}": mirror for mirror in mirrors}


def orphans(have: Picture, origin: Origin) -> list[dict[str, Any]]:
    """Records at the source without a mirror here, and mirrors here that the source has forgotten.

    Records for other destinations are nobody's orphans.
    """
    if have.source is None:
        return []
    mirrors = mirrors_by_source(have.destination, origin)
    uuids = {mirror.uuid for mirror in mirrors.values()}
    known = {record.uuid for record in have.source.records}
    lost = [record for record in have.source.records if record.uuid not in uuids and _is_ours(record, have)]
    found = [_orphan(record, "the source remembers it, the destination does not") for record in lost]
    found += [
        {
            "source": str(mirror.source),
            "destination": str(mirror.destination),
            "uuid": mirror.uuid,
            "reason": "the source does not know it",
        }
        for mirror in mirrors.values()
        if mirror.uuid not in known
    ]
    return found


def _is_ours(record: SourceRecord, have: Picture) -> bool:
    peers = have.source.peers if have.source else ()
    svm = _peer_svm(record.destination.svm, peers)
    cluster = have.destination.about.name if have.destination.about else None
    return svm == have.destination.svm and (cluster is None or record.destination_cluster in (None, cluster))


def _peer_svm(local_name: str, peers: Sequence[Any]) -> str:
    return next((peer.peer_svm for peer in peers if peer.name == local_name), local_name)


def _orphan(record: SourceRecord, reason: str) -> dict[str, Any]:
    return {"source": str(record.source), "destination": str(record.destination), "uuid": record.uuid, "reason": reason}
