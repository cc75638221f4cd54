# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mirrors that are no longer wanted: gone at the destination, forgotten at the source, every snapshot left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..model.mirror import Mirror, SourceRecord
from ..model.path import Path
from ..model.picture import Picture
from ..model.plan import SOURCE, Plan, Step, Verb, VolumePlan, join
from .names import Origin, mirrors_by_source, select_known, twins
from .whole_svms import what_stays


@dataclass(frozen=True)
class WantedRemoval:
    """release: source_info_only, source_only or none."""

    origin: Origin
    volumes: tuple[str, ...]
    quiesce_timeout_s: float | None = None
    release: str = "source_info_only"


@dataclass(frozen=True)
class Records:
    """What the source remembers, found by what may tie it to a volume. by_uuid, by_source: {it: numbers of records}."""

    all: tuple[SourceRecord, ...]
    by_uuid: Mapping[str | None, Sequence[int]]
    by_source: Mapping[str | None, Sequence[int]]

    @classmethod
    def of(cls, have: Picture) -> Records:
        records = have.source.records if have.source else ()
        by_uuid: dict[str | None, list[int]] = {}
        by_source: dict[str | None, list[int]] = {}
        for number, record in enumerate(records):
            by_uuid.setdefault(record.uuid, []).append(number)
            by_source.setdefault(record.source.volume, []).append(number)
        return cls(records, by_uuid, by_source)

    def near(self, name: str, group: str | None, mirror: Mirror | None) -> list[SourceRecord]:
        """In the order of the source: all with the mirror's uuid, of the volume, of its group, and of the whole SVM."""
        numbers = set(self.by_uuid.get(mirror.uuid, ()) if mirror is not None else ())
        numbers.update(*(self.by_source.get(one, ()) for one in (name, group, "")))
        return [self.all[number] for number in sorted(numbers)]


def plan_removal(have: Picture, want: WantedRemoval) -> Plan:
    """What is gone already is right; a source volume need not exist any more."""
    mirrors = mirrors_by_source(have.destination, want.origin)
    names = select_known(want.volumes, {*mirrors, *_recorded(have)})
    doubtful = {**twins(have.destination, want.origin), **_torn(names, mirrors, have)}
    records = Records.of(have)
    return join(
        {
            name: VolumePlan.refuse(name, doubtful[name])
            if name in doubtful
            else _remove(name, mirrors.get(name), records, have, want)
            for name in names
        },
        tuple({what_stays(mirror): None for name, mirror in mirrors.items() if mirror.of_svm and name in names}),
    )


def _remove(name: str, mirror: Mirror | None, known: Records, have: Picture, want: WantedRemoval) -> VolumePlan:
    """Abort (a synchronous one is quiesced), delete, release at the source; every snapshot stays unless asked."""
    steps: list[Step] = []
    records = [one for one in known.near(name, _group_of(name, have), mirror) if _is_trace(one, name, mirror, have)]
    if mirror is not None:
        path, uuid = mirror.target, mirror.uuid
        if mirror.synchronous and mirror.replicating and not mirror.active_sync:
            args = {"uuid": uuid, "timeout_s": want.quiesce_timeout_s, "on_timeout": "fail"}
            steps.append(Step(Verb.QUIESCE, name, path, args=args))
        elif mirror.synchronous and mirror.transferring:
            steps.append(Step(Verb.AWAIT_IDLE, name, path, args={"uuid": uuid}))
        elif mirror.transferring and mirror.transfer_uuid:
            steps.append(Step(Verb.ABORT, name, path, args={"uuid": uuid, "transfer_uuid": mirror.transfer_uuid}))
        steps.append(Step(Verb.DELETE, name, path, args={"uuid": uuid}))
    message = "" if steps or records else "has no mirror"
    facts = (
        {"source": f"{want.origin.svm}:{name}", "destination": str(mirror.destination)} if mirror is not None else {}
    )
    warnings: tuple[str, ...] = ()
    if want.release != "none" and have.source is not None:
        ends = [(record.source, record.uuid) for record in records]
        if mirror is not None and not ends:
            ends = [(mirror.group_source or mirror.source, mirror.uuid)]
        keep = {"keep_snapshots": want.release == "source_info_only"}
        steps += [
            Step(Verb.RELEASE, name, f"{want.origin.svm}:{end.volume}", SOURCE, {"uuid": uuid, **keep})
            for end, uuid in ends
        ]
    elif want.release != "none" and steps:
        warnings = (
            f"{want.origin.svm}:{name} keeps a record of {facts['destination']} until it is released (give source)",
        )
    return VolumePlan.of(name, *steps, message=message, facts=facts, warnings=warnings)


def records_of_groups(have: Picture) -> bool:
    """Whether the source remembers mirrors whose volumes only its consistency groups tell."""
    return any(not record.source.is_volume for record in (have.source.records if have.source else ()))


def _group_of(name: str, have: Picture) -> str | None:
    """As it stands in paths; None where the volume is in none, or the source's volumes were not read."""
    volume = have.source.volumes.get(name) if have.source else None
    return volume.group_end if volume is not None else None


def _carried_by(record: SourceRecord, have: Picture) -> set[str]:
    """The source's volumes that a record is about; "" stands for a whole SVM whose volumes were not read."""
    if record.source.is_volume:
        return {record.source.volume}
    volumes = have.source.volumes if have.source else {}
    if not record.source.volume:
        return {name for name, volume in volumes.items() if not volume.is_svm_root} or {""}
    return {name for name in volumes if _group_of(name, have) == record.source.volume} or {record.source.volume}


def _recorded(have: Picture) -> set[str]:
    """Volumes of which the source remembers mirrors; a group of which nothing else is left stands for itself."""
    found: set[str] = set()
    for record in have.source.records if have.source else ():
        found |= _carried_by(record, have)
    return found


def _torn(names: tuple[str, ...], mirrors: Mapping[str, Mirror], have: Picture) -> dict[str, str]:
    """{volume: why it is refused} of those whose group's record would be released without the others of the group.

    Where the mirror is there still, its own members tell as much.
    """
    volumes = have.source.volumes if have.source else {}
    recorded = {record.source.volume for record in (have.source.records if have.source else ())}
    found = {}
    for name in names:
        group = _group_of(name, have)
        if group in recorded and name not in mirrors:
            missing = [one for one in sorted(volumes) if _group_of(one, have) == group and one not in names]
            if missing:
                found[name] = (
                    f"the source remembers a mirror of {group}, released as a whole: name {', '.join(missing)} too"
                )
    return found


def _is_trace(record: SourceRecord, name: str, mirror: Mirror | None, have: Picture) -> bool:
    """Whether a record at the source speaks of this volume's mirror on this destination SVM."""
    if mirror is not None and record.uuid == mirror.uuid:
        return True
    if record.source.volume not in (name, _group_of(name, have), ""):
        return False
    if mirror is not None and record.destination.volume != Path.parse(mirror.target).volume:
        return False
    peers = have.source.peers if have.source else ()
    local = next((peer.peer_svm for peer in peers if peer.name == record.destination.svm), record.destination.svm)
    cluster = have.destination.about.name if have.destination.about else None
    return local == have.destination.svm and (cluster is None or record.destination_cluster in (None, cluster))
