# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where hosts find a volume: junction paths, their order, and how they are remembered for the day the source is gone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..model.errors import BadInput
from ..model.volume import Volume

MARK = "ontap.data_motion:"
CLONE_MARK = "ontap.data_motion.clone"
KEPT_MARK = '"purpose":"kept"'
"""In the comment of a clone that keeps writes which were never replicated; it stays when it is split."""
COMMENT_LIMIT = 1023


@dataclass(frozen=True)
class Junction:
    """assumed: nobody told, `/<volume>` is a guess.  basis: option, manifest, comment or assumed.

    path "" : the volume was not mounted at its source and shall not be.
    """

    path: str
    basis: str

    @property
    def assumed(self) -> bool:
        return self.basis == "assumed"


def comment_for(volume: Volume, foreign: str = "") -> str:
    """The target volume's comment: what was there of others, then our one line about the source's presentation.

    The line is left out where it does not fit; a foreign comment is never cut.
    """
    facts = {
        "volume": volume.name,
        "svm": volume.svm,
        "junction": volume.junction_path or "",
        "export": volume.export_policy or "",
    }
    line = MARK + json.dumps(facts, sort_keys=True, separators=(",", ":"))
    kept = foreign_part(foreign)
    text = f"{kept} {line}" if kept else line
    return text if len(text) <= COMMENT_LIMIT else kept


def foreign_part(comment: str) -> str:
    """What of a comment is not ours."""
    begin, end, facts = _ours(comment)
    if not facts:
        return comment.strip()
    return foreign_part(f"{comment[:begin].strip()} {comment[end:].strip()}")


def facts_in(comment: str) -> dict[str, Any]:
    """Our facts in a comment, {} where there are none or they cannot be read."""
    return _ours(comment)[2]


def _ours(comment: str) -> tuple[int, int, dict[str, Any]]:
    """Where our line begins and ends, and what it says; others may write our mark too, but not what follows it."""
    for found in re.finditer(re.escape(MARK), comment):
        try:
            facts, end = json.JSONDecoder().raw_decode(comment, found.end())
        except ValueError:
            continue
        if isinstance(facts, dict) and "volume" in facts:
            return found.start(), end, facts
    return len(comment), len(comment), {}


def junction_for(
    volume: str, target: Volume | None, options: Mapping[str, str], manifest: Mapping[str, Any]
) -> Junction:
    """Where *volume* is to be mounted: option, manifest, the target's comment, else `/<volume>` (assumed).

    Raises BadInput for an option that is no junction path; "" is one that shall not be mounted.
    """
    if volume in options:
        return Junction(_asked_for(volume, options[volume]), "option")
    known = (manifest.get("volumes") or {}).get(volume)
    if isinstance(known, Mapping) and "junction_path" in known:
        return Junction(known["junction_path"] or "", "manifest")
    noted = facts_in(target.comment) if target else {}
    if noted.get("volume") == volume and "junction" in noted:
        return Junction(str(noted["junction"]), "comment")
    return Junction(f"/{volume}", "assumed")


def _asked_for(volume: str, path: str | None) -> str:
    path = (path or "").rstrip("/") if path != "/" else "/"
    if path and (not path.startswith("/") or path == "/"):
        raise BadInput(f"junction_paths: {path!r} of {volume} is no junction path such as /{volume}")
    return path


def depth(path: str) -> int:
    """/a is 1, /a/b is 2."""
    return len([part for part in path.split("/") if part])


def parents_in(path: str, others: Mapping[str, str]) -> tuple[str, ...]:
    """Volumes of *others* ({volume: junction}) whose junction lies above *path*."""
    return Mounts.of(others).parents(path)


@dataclass(frozen=True)
class Mounts:
    """Many junctions, for many questions: as parents_in, without going through all of them each time."""

    others: Mapping[str, str]
    by_path: Mapping[str, list[str]]
    deepest: int

    @classmethod
    def of(cls, others: Mapping[str, str]) -> Mounts:
        by_path: dict[str, list[str]] = {}
        for name, where in others.items():
            if where:
                by_path.setdefault(_plain(where), []).append(name)
        return cls(others, by_path, max(map(depth, others.values()), default=0))

    def parents(self, path: str) -> tuple[str, ...]:
        found = (name for above in paths_above(path) for name in self.by_path.get(above, ()))
        return tuple(sorted(name for name in found if self.others[name] != path))

    def below(self) -> dict[str, list[str]]:
        """{volume: those that are mounted below it}, without volumes that have none below."""
        found: dict[str, list[str]] = {}
        for name in sorted(name for name, where in self.others.items() if where):
            for parent in self.parents(self.others[name]):
                found.setdefault(parent, []).append(name)
        return found


def _plain(path: str) -> str:
    """Without a slash at the end; "" is the root."""
    return path.rstrip("/")


def paths_above(path: str) -> set[str]:
    """All that *path* lies below, without a slash at the end; "" is the root."""
    return {path[:end] for end, sign in enumerate(path) if sign == "/"}
