# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small JSON files that must never be half written."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any

from ..model.errors import BadInput


def read_json(path: str, what: str) -> dict[str, Any]:
    """{} where the file does not exist. Raises BadInput where it is there but cannot be understood."""
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadInput(f"{what} {path} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BadInput(f"{what} {path} holds no JSON object")
    return found


def write_text(path: str, text: str, what: str) -> None:
    """Atomic: readers see the old file or the new one. Raises BadInput where it cannot be written."""
    path = os.path.expanduser(path)
    try:
        os.makedirs(os.path.dirname(path) or ".", mode=0o750, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".writing-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise BadInput(f"{what} {path} cannot be written: {error.strerror}") from error


def write_json(path: str, document: dict[str, Any], what: str) -> None:
    write_text(path, json.dumps(document, indent=2, sort_keys=True) + "\n", what)
