# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identifiers that a world hands out: the same for the same world, so that runs can be compared."""

from __future__ import annotations

import uuid


class Ids:
    """A deterministic row of uuids for one world."""

    _SPACE = uuid.UUID("6f7a1c52-6d0e-5f43-9c1e-0a5b7c2d9e10")

    def __init__(self, seed: str = "world") -> None:
        self._seed = seed
        self._count = 0

    def new(self, kind: str) -> str:
        self._count += 1
        return str(uuid.uuid5(self._SPACE, f"{self._seed}/{kind}/{self._count}"))

    def derived(self, *parts: str) -> str:
        """The uuid of what is known by other identifiers, in whatever order it is asked for."""
        return str(uuid.uuid5(self._SPACE, "/".join((self._seed, *parts))))
