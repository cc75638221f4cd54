# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A note in a mirror target's comment: its synchronous mirror was seen in sync after its source was fenced.

An update of an asynchronous mirror leaves a snapshot on both sides that is newer than the fence, which proves that all has
arrived. A synchronous one leaves none. So the time of the fence that it outlasted is noted where the data is, and counts
only for that very fence: one that is taken away and made anew has another time.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from .presentation import COMMENT_LIMIT

NOTE = re.compile(r"\s*ontap\.data_motion\.carried:(\{[^{}]*\})")


def noted(comment: str, source: str, until: str) -> str:
    """*comment* with the note that all of *source*, `svm:volume`, until *until*, ISO 8601, is here; as it was if there is no room."""
    facts = json.dumps({"source": source, "until": until}, sort_keys=True, separators=(",", ":"))
    text = f"{without_note(comment)} ontap.data_motion.carried:{facts}".strip()
    return text if len(text) <= COMMENT_LIMIT else comment


def without_note(comment: str) -> str:
    return NOTE.sub("", comment).strip()


def carried_until(comment: str, source: str) -> datetime | None:
    """Until when all of *source* is here, by the note; None where there is none of it that can be read."""
    found = NOTE.search(comment)
    try:
        facts: Any = json.loads(found.group(1)) if found else {}
        until = datetime.fromisoformat(str(facts["until"])) if facts.get("source") == source else None
    except (ValueError, KeyError):
        return None
    return until if until is not None and until.tzinfo is not None else None


def is_carried(comment: str, source: str, until: str) -> bool:
    """Whether all of *source* until *until*, ISO 8601 with an offset, is noted to be here."""
    found = carried_until(comment, source)
    return found is not None and found >= datetime.fromisoformat(until)
