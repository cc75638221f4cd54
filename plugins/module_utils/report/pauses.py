# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose pause it is: told by the journal, never guessed from the state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .journal import parse_event

SETTLES = ("resume", "break", "resync", "initialize", "create", "delete")
"""Verbs after which an earlier quiesce no longer tells anything."""
VERBS = tuple(f'"{verb}"' for verb in ("quiesce", *SETTLES))


def paused_for_a_break(newest_first: Iterable[str], resting: Mapping[str, str]) -> set[str]:
    """Those of *resting* that a break has quiesced and left: it never came to its end.

    newest_first: lines of the journal.  resting: {destination of a paused mirror: what it shows}. A mirror that shows
    something else than when it was quiesced has run since, and was paused by somebody else.
    """
    ours, asked = set(), dict(resting)
    for line in newest_first:
        event = parse_event(line) if any(verb in line for verb in VERBS) else None
        target = str(event.get("target")) if event is not None else ""
        if event is None or target not in asked or event.get("side") != "destination":
            continue
        if event.get("event") == "step_started" and event.get("verb") == "quiesce":
            if event.get("shows") == asked.pop(target):
                ours.add(target)
        elif event.get("event") == "step_ended" and event.get("verb") in SETTLES and event.get("status") == "done":
            asked.pop(target)
        if not asked:
            break
    return ours
