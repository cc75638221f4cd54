# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a run: one JSON object per line, on disk before the array is asked."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, BinaryIO

from ..model.errors import BadInput

NAME = "journal.jsonl"
BLOCK_BYTES = 1 << 20


def journal_path(report_dir: str) -> str:
    return os.path.join(os.path.expanduser(report_dir), NAME)


class NoJournal:
    """Keeps nothing: no report_dir was given."""

    def record(self, events: Collection[Mapping[str, Any]]) -> None:
        return None


class FileJournal:
    """Appends to `<report_dir>/journal.jsonl`, synced per call. Raises BadInput where it cannot be written."""

    def __init__(self, report_dir: str, common: Mapping[str, Any]) -> None:
        self._path = journal_path(report_dir)
        self._common = dict(common)
        try:
            os.makedirs(os.path.dirname(self._path), mode=0o750, exist_ok=True)
            with open(self._path, "a", encoding="utf-8"):
                pass
        except OSError as error:
            raise BadInput(f"report_dir {report_dir} cannot be written: {error.strerror}") from error

    def record(self, events: Collection[Mapping[str, Any]]) -> None:
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        lines = [
            json.dumps({"time": now, **self._common, **event}, sort_keys=True, default=str) + "\n" for event in events
        ]
        with open(self._path, "a+b") as journal:
            journal.write((_line_break(journal) + "".join(lines)).encode("utf-8"))
            journal.flush()
            os.fsync(journal.fileno())


def _line_break(journal: BinaryIO) -> str:
    """What a torn last line of a killed run needs, so that it takes no event of this run with it."""
    if not journal.seek(0, os.SEEK_END):
        return ""
    journal.seek(-1, os.SEEK_END)
    return "" if journal.read(1) == b"\n" else "\n"


def open_journal(report_dir: str | None, common: Mapping[str, Any]) -> FileJournal | NoJournal:
    return FileJournal(report_dir, common) if report_dir else NoJournal()


def lines_backwards(path: str) -> Iterator[str]:
    """Newest first. Raises OSError."""
    with open(path, "rb") as file:
        left, begun = file.seek(0, os.SEEK_END), b""
        while left:
            size = min(BLOCK_BYTES, left)
            left -= size
            file.seek(left)
            begun, *whole = (file.read(size) + begun).split(b"\n")
            for line in reversed(whole):
                yield line.decode("utf-8", "replace")
        yield begun.decode("utf-8", "replace")
