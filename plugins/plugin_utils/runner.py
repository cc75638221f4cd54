# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one module of this collection as a program of its own: the request comes on standard input, the result goes out.

It stands alone, so that it can be started by its path: python runner.py < request. The request is a JSON object with
module (its short name), collection (the folder that holds plugins/), profile and arguments (as ansible-core encodes them
for modules).
"""

from __future__ import annotations

import importlib
import json
import sys
from types import ModuleType

COLLECTION = ("ansible_collections", "ontap", "data_motion")


def main() -> None:
    request = json.load(sys.stdin)
    sys.path[0:1] = []  # this file's folder holds nothing that a module imports
    name = _make_importable(request["collection"])
    from ansible.module_utils import basic

    basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = request["arguments"].encode(), request["profile"]
    importlib.import_module(f"{name}.plugins.modules.{request['module']}").main()


def _make_importable(folder: str) -> str:
    """Wherever the collection lies, its own files are found under its name, and nothing else is."""
    for depth in range(1, len(COLLECTION) + 1):
        package = ModuleType(".".join(COLLECTION[:depth]))
        package.__path__ = [folder] if depth == len(COLLECTION) else []
        sys.modules[package.__name__] = package
    return ".".join(COLLECTION)


if __name__ == "__main__":
    main()
