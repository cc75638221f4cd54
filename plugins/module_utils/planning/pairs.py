# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which volumes of two SVMs belong together, whatever the direction of their mirror, and what the mirror is between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..model.mirror import Mirror
from ..model.picture import Picture
from .names import Origin, is_literal, mirrors_by_source
from .presentation import facts_in

BACKEND_IS_DESTINATION, BACKEND_IS_SOURCE = "destination", "source"


@dataclass(frozen=True)
class Pair:
    """One volume on both sides.  old: the mirror in the other direction.  new: the one in the wanted direction.

    active_end, overwritten_end: what the relationship is between, the volumes or the groups that hold them.
    members: {active volume: overwritten one} of the groups.
    """

    name: str
    active: str
    overwritten: str
    old: Mirror | None = None
    new: Mirror | None = None
    active_end: str = ""
    overwritten_end: str = ""
    members: Mapping[str, str] = field(default_factory=dict)

    @property
    def grouped(self) -> bool:
        return self.active_end != self.active

    @property
    def whole(self) -> bool:
        """Whether the SVMs are mirrored as a whole."""
        return not self.active_end


def pairs_of(
    have: Picture, origin: Origin, volumes: Sequence[str], named_by: str = BACKEND_IS_DESTINATION, whole: bool = False
) -> dict[str, Pair]:
    """{backend's own name: Pair}, from the mirror in either direction, else from what the volumes say of each other.

    origin: the active side; the other one is the observed destination.  volumes: as they were asked for; literal names may
    stand for both sides.  named_by: which side's names the backend's own are.  whole: the SVMs are mirrored as such.
    """
    here, there = have.destination, have.side("source")
    old = mirrors_by_source(there, Origin(here.svm, here.about.name if here.about else None))
    new = mirrors_by_source(here, origin)
    found: dict[str, Pair] = {}

    def add(active: str, overwritten: str, old: Mirror | None = None, new: Mirror | None = None) -> None:
        name = overwritten if named_by == BACKEND_IS_DESTINATION else active
        found.setdefault(name, Pair(name, active, overwritten, old, new))

    for mirror in new.values():
        add(mirror.source.volume, mirror.destination.volume, new=mirror)
    for overwritten, mirror in old.items():
        add(mirror.destination.volume, overwritten, old=mirror)
    for active, overwritten in _orphaned(have, volumes, whole):
        add(active, overwritten)
    return _with_ends(found, have, whole)


def _with_ends(pairs: Mapping[str, Pair], have: Picture, whole: bool) -> dict[str, Pair]:
    """Groups are told by the mirror, or where a killed run left none, by both volumes."""
    placed = {}
    for name, pair in pairs.items():
        active, overwritten = _ends(pair, have, whole)
        placed[name] = replace(pair, active_end=active, overwritten_end=overwritten)
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for pair in placed.values():
        groups.setdefault((pair.active_end, pair.overwritten_end), {})[pair.active] = pair.overwritten
    return {
        name: replace(pair, members=groups[pair.active_end, pair.overwritten_end]) if pair.grouped else pair
        for name, pair in placed.items()
    }


def _ends(pair: Pair, have: Picture, whole: bool) -> tuple[str, str]:
    if pair.old is not None and pair.old.group and pair.old.group_source:
        return pair.old.group.volume, pair.old.group_source.volume
    if pair.new is not None and pair.new.group and pair.new.group_source:
        return pair.new.group_source.volume, pair.new.group.volume
    active, overwritten = have.side("source").volumes.get(pair.active), have.destination.volumes.get(pair.overwritten)
    mirrored = pair.old is not None or pair.new is not None
    if whole and not mirrored:
        return "", ""
    if mirrored or active is None or overwritten is None:
        return pair.active, pair.overwritten
    ends = active.group_end, overwritten.group_end
    return (ends[0], ends[1]) if ends[0] and ends[1] else (pair.active, pair.overwritten)


def _orphaned(have: Picture, volumes: Sequence[str], whole: bool) -> list[tuple[str, str]]:
    """Pairs that a killed run left without any mirror: known by the target's comment, else by their equal names.

    The copy of a whole SVM has its volumes by the same names, and no comments of ours.
    """
    here, there = have.destination, have.side("source")
    noted = []
    for mirrored, source, swap in ((there, here, False), (here, there, True)):
        for volume in mirrored.volumes.values():
            facts = facts_in(volume.comment)
            if facts.get("svm") == source.svm and facts.get("volume") in source.volumes:
                pair = (volume.name, str(facts["volume"]))
                noted.append((pair[1], pair[0]) if swap else pair)
    mentioned = {name for pair in noted for name in pair}
    literal = [name for name in volumes if is_literal(name) and name not in mentioned]
    alike = [name for name, volume in here.volumes.items() if whole and not volume.is_svm_root]
    same = [(name, name) for name in (*literal, *alike) if name in here.volumes and name in there.volumes]
    return noted + same
