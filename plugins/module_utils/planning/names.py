# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which volumes are meant, and what their mirrors are called on the other side."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..model.errors import BadInput
from ..model.mirror import Mirror, SvmPeer
from ..model.path import Path
from ..model.picture import Picture, Side
from ..model.volume import Volume, VolumeType
from .presentation import CLONE_MARK, KEPT_MARK, facts_in

GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Selection:
    """names: the set, in the array's order by name.  refused: {name: reason} for literal names that cannot take part."""

    names: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)


def is_literal(pattern: str) -> bool:
    return not pattern.startswith("~") and not GLOB.search(pattern)


def matching(patterns: Iterable[str], names: Iterable[str]) -> set[str]:
    """Those of *names* that a pattern names: literally, as a shell glob, or as a `~regex` that matches the whole name.

    Takes about as long for thousands of literal names as for one.
    """
    known, asked = set(names), set(patterns)
    others = [pattern for pattern in asked if not is_literal(pattern)]
    tests = [
        re.compile(pattern[1:] if pattern.startswith("~") else fnmatch.translate(pattern)).fullmatch
        for pattern in others
    ]
    literal = known.intersection(asked.difference(others))
    return literal | {name for name in known if any(test(name) for test in tests)}


def globbed(pattern: str, names: Iterable[str], what: str) -> set[str]:
    """As `matching`, for one glob or `~regex`. Raises BadInput where it names none; *what* the names are."""
    found = matching((pattern,), names)
    if not found:
        raise BadInput(f"volumes: {pattern!r} matches no {what}")
    return found


def check_patterns(patterns: Sequence[str]) -> None:
    """Raises BadInput for an empty list, an empty entry, or a regular expression that cannot be read."""
    if not patterns:
        raise BadInput("volumes is empty: name at least one volume, glob or ~regex")
    for pattern in patterns:
        if not pattern or pattern == "~":
            raise BadInput("volumes holds an empty entry: name a volume, a glob or a ~regex")
        try:
            re.compile(pattern[1:] if pattern.startswith("~") else "")
        except re.error as error:
            raise BadInput(f"volumes: {pattern!r} is no regular expression: {error}") from error


def select_from_source(patterns: Sequence[str], side: Side) -> Selection:
    """The volumes of the source SVM that take part in replication.

    Globs see online rw FlexVols and FlexGroups that are nobody's destination; a literal name is never dropped
    silently. Raises BadInput for a literal that does not exist and a glob that matches nothing.
    """
    check_patterns(patterns)
    reasons = {name: unfit(volume, side.mirrors) for name, volume in side.volumes.items()}
    fit = [name for name, reason in reasons.items() if not reason]
    chosen: dict[str, str] = {}
    for pattern in patterns:
        if is_literal(pattern):
            if pattern not in side.volumes:
                raise BadInput(f"volume {pattern} does not exist on SVM {side.svm}: correct volumes", volume=pattern)
            chosen[pattern] = reasons[pattern] or chosen.get(pattern, "")
        else:
            found = globbed(pattern, fit, f"online read-write volume on SVM {side.svm}")
            chosen.update({name: chosen.get(name, "") for name in found})
    return Selection(tuple(sorted(chosen)), {name: reason for name, reason in chosen.items() if reason})


def unfit(volume: Volume, mirrors: Mapping[str, Mirror]) -> str:
    """Why a volume cannot be a source, "" when it can."""
    if volume.is_svm_root:
        return f"{volume.name} is the root volume of SVM {volume.svm}"
    if volume.name in mirrors:
        return f"{volume.name} is itself the destination of a mirror from {mirrors[volume.name].source}"
    if volume.type is not VolumeType.RW:
        return f"{volume.name} is of type {volume.type.value}, only rw volumes can be replicated"
    if volume.is_flexcache:
        return f"{volume.name} is a FlexCache"
    if volume.is_clone and CLONE_MARK in volume.comment:
        return f"{volume.name} is a clone made for a rehearsal"
    if CLONE_MARK in volume.comment and KEPT_MARK in volume.comment:
        return f"{volume.name} keeps writes that were never replicated, and is nobody's pool"
    if not volume.online:
        return f"{volume.name} is {volume.state}, bring it online first"
    return ""


def select_from_mirrors(patterns: Sequence[str], mirrors: Collection[str], where: str) -> Selection:
    """The volumes whose mirrors are found; used where the source must not or need not be asked.

    mirrors: the names of the volumes that have one.  A literal name without a mirror is refused, not dropped.
    """
    check_patterns(patterns)
    names: set[str] = set()
    refused: dict[str, str] = {}
    for pattern in patterns:
        if not is_literal(pattern):
            names |= globbed(pattern, mirrors, f"mirrored volume on {where}")
        elif pattern in mirrors:
            names.add(pattern)
        else:
            refused[pattern] = f"{pattern} has no mirror on {where}"
    return Selection(tuple(sorted(names | set(refused))), refused)


def select_known(patterns: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    """Names for a removal: literals as given (gone already is fine), globs over what is *known*."""
    check_patterns(patterns)
    literal = {pattern for pattern in patterns if is_literal(pattern)}
    return tuple(sorted(literal | matching(patterns, known)))


@dataclass(frozen=True)
class Origin:
    """A source SVM by its own name; cluster None where any will do.

    by_destination: the backend's own volumes are those at the destination, since the mirrors are reversed.
    """

    svm: str
    cluster: str | None = None
    by_destination: bool = False

    def own_name(self, mirror: Mirror) -> str:
        """The name of the backend's own volume."""
        return mirror.destination.volume if self.by_destination else mirror.source.volume


def origin_of(mirror: Mirror, peers: Sequence[SvmPeer]) -> Origin:
    """The source SVM's own name and cluster, by the peering whose local name stands in the path."""
    peer = next((one for one in peers if one.name == mirror.source.svm), None)
    svm = peer.peer_svm if peer else mirror.source_svm_name or mirror.source.svm
    return Origin(svm, (peer.peer_cluster if peer else None) or mirror.source_cluster)


def mirrors_by_source(side: Side, origin: Origin) -> dict[str, Mirror]:
    """{backend's own volume: Mirror} of *origin* on *side*; of twins (see there) the first by its destination.

    Raises BadInput where more than one source cluster stands behind the SVM's name: no guess is made.
    """
    found = [(mirror, origin_of(mirror, side.peers)) for mirror in side.mirrors.values() if _is_volume_mirror(mirror)]
    mine = [(mirror, whence) for mirror, whence in found if whence.svm == origin.svm]
    if origin.cluster is not None:
        mine = [(mirror, whence) for mirror, whence in mine if whence.cluster in (None, origin.cluster)]
    clusters = sorted({whence.cluster for _mirror, whence in mine if whence.cluster})
    if len(clusters) > 1:
        raise BadInput(
            f"SVM {side.svm} holds mirrors of two SVMs named {origin.svm}, on clusters {' and '.join(clusters)}: "
            "set source_cluster to the one that is meant"
        )
    ordered = sorted((mirror for mirror, _whence in mine), key=_by_destination, reverse=True)
    return {origin.own_name(mirror): mirror for mirror in ordered}


def _by_destination(mirror: Mirror) -> Path:
    return mirror.destination


def twins(side: Side, origin: Origin) -> dict[str, str]:
    """{source volume: why it is refused} of those with two mirrors on *side*: nothing tells which one is meant."""
    chosen = mirrors_by_source(side, origin)
    found = {}
    for mirror in sorted(side.mirrors.values(), key=_by_destination):
        first = chosen.get(origin.own_name(mirror))
        if first is None or mirror == first or not _is_volume_mirror(mirror):
            continue
        if origin_of(mirror, side.peers) == origin_of(first, side.peers):
            found[mirror.source.volume] = (
                f"{mirror.source.volume} is mirrored twice to SVM {side.svm}, to {first.destination.volume} and "
                f"{mirror.destination.volume}, and nothing tells which one is meant: remove one of them"
            )
    return found


def without_twins(chosen: Selection, side: Side, origin: Origin) -> Selection:
    """*chosen* with its twins refused."""
    found = {name: reason for name, reason in twins(side, origin).items() if name in chosen.names}
    return Selection(chosen.names, {**found, **chosen.refused})


def _is_volume_mirror(mirror: Mirror) -> bool:
    return mirror.source.is_volume and mirror.destination.is_volume and not mirror.is_restore


def served_here(side: Side, origin: Origin) -> dict[str, Volume]:
    """{backend's own name: Volume} of those that serve in place of *origin*'s and are mirrored back to it.

    Told by what *side* remembers as a source, and by the comments that these volumes got as targets.
    """
    names = {peer.name for peer in side.peers if peer.peer_svm == origin.svm} | {origin.svm}
    ends = {record.source.volume for record in side.records if record.destination.svm in names}
    found = {}
    for volume in side.volumes.values():
        noted = facts_in(volume.comment)
        whole = "" in ends and not volume.is_svm_root
        ours = noted.get("svm") == origin.svm and (volume.name in ends or volume.group_end in ends)
        if volume.type is VolumeType.RW and (whole or ours):
            found[str(noted.get("volume") or volume.name)] = volume
    return found


def peer_of(side: Side, origin: Origin) -> SvmPeer | None:
    """The peering of *side* with *origin*; a peered one is preferred."""
    fits = [
        peer
        for peer in side.peers
        if peer.peer_svm == origin.svm and (origin.cluster is None or peer.peer_cluster in (None, origin.cluster))
    ]
    return next((peer for peer in fits if peer.state == "peered"), fits[0] if fits else None)


def target_name(template: str, volume: str, svm: str) -> str:
    """The destination volume's name for a new mirror."""
    try:
        name = template.format(volume=volume, svm=svm)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise BadInput(f"destination_name {template!r} may hold only {{volume}} and {{svm}}") from error
    if not name:
        raise BadInput("destination_name is empty: give a name, or a template with {volume}")
    return name


def target_names(template: str, volumes: Sequence[str], svm: str) -> dict[str, str]:
    """{volume: destination name}. Raises BadInput where two volumes would share a name."""
    names = {volume: target_name(template, volume, svm) for volume in volumes}
    taken: dict[str, str] = {}
    for volume, name in names.items():
        if name in taken:
            raise BadInput(f"destination_name {template!r} gives {taken[name]} and {volume} the same name {name}")
        taken[name] = volume
    return names


def selection(picture: Picture, patterns: Sequence[str], origin: Origin) -> tuple[Selection, dict[str, Mirror]]:
    """The set and its mirrors; from the source where it was observed, else from the mirrors alone."""
    mirrors = mirrors_by_source(picture.destination, origin)
    if picture.source is None:
        chosen = select_from_mirrors(patterns, mirrors, f"SVM {picture.destination.svm}")
    else:
        chosen = select_from_source(patterns, picture.source)
    return without_twins(chosen, picture.destination, origin), mirrors
