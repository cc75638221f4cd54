# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted of clones, and the mark by which they are known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..model.errors import BadInput
from .names import Origin
from .presentation import CLONE_MARK

DEFAULT_NAME = "{volume}_clone"
REHEARSAL = "rehearsal"
"""The purpose of clones that a rehearsal makes: nobody keeps data in them."""


@dataclass(frozen=True)
class WantedClones:
    """What is wanted of the SVM at the destination.

    origin.svm "": volumes are names on that SVM, else those of the mirrors' sources.
    clone_name: template; "" is DEFAULT_NAME, and any name for a removal.  junction_path: template, "" mounts nothing.
    snapshot: None takes the mirror's exported one; of a volume that takes writes, the array takes a new one.
    purpose: kept in the mark; a removal touches no clone with another one.  manifest: as captured, {} where there is none.
    """

    origin: Origin
    volumes: tuple[str, ...]
    now: datetime
    clone_name: str = ""
    snapshot: str | None = None
    junction_path: str = ""
    split: bool = False
    absent: bool = False
    purpose: str = "clone"
    manifest: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Mark:
    """What a clone's comment says of it.  source: `svm:volume` of the mirror's source, "" where it was no mirror.

    snapshot "": the array took one for the clone.
    """

    parent: str
    purpose: str
    snapshot: str = ""
    source: str = ""

    def text(self) -> str:
        facts = {"parent": self.parent, "purpose": self.purpose, "snapshot": self.snapshot, "source": self.source}
        return CLONE_MARK + ":" + json.dumps(facts, sort_keys=True, separators=(",", ":"))


def mark_in(comment: str) -> Mark | None:
    """The mark in a comment, None where there is none that can be read."""
    _before, found, rest = comment.partition(CLONE_MARK + ":")
    try:
        facts = json.JSONDecoder().raw_decode(rest)[0] if found else None
    except ValueError:
        return None
    if not isinstance(facts, dict) or not facts.get("parent"):
        return None
    return Mark(**{name: str(facts.get(name) or "") for name in ("parent", "purpose", "snapshot", "source")})


def fill(option: str, template: str, volume: str, parent: str, **more: str) -> str:
    """The template's text for one volume."""
    try:
        text = template.format(volume=volume, parent=parent, **more)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        known = ", ".join("{" + name + "}" for name in ("volume", "parent", *more))
        raise BadInput(f"{option} {template!r} may hold only {known}") from error
    if not text:
        raise BadInput(f"{option} is empty: give a template such as {DEFAULT_NAME}")
    return text
