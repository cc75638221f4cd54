# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Aggregates: where volumes take their space from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import Refused

if TYPE_CHECKING:
    from .volumes import Volume


@dataclass(eq=False)
class Aggregate:
    """node: (name, uuid) of its owner; volumes: those that take space here, deleted ones in recovery too."""

    uuid: str
    name: str
    size_bytes: int
    node: tuple[str, str]
    create_time: float
    volumes: list[Volume] = field(default_factory=list, repr=False)
    _holds: bool = field(default=False, init=False, repr=False)
    _held_bytes: int | None = field(default=None, init=False, repr=False)

    @property
    def used_bytes(self) -> int:
        if self._held_bytes is not None:
            return self._held_bytes
        used = sum(volume.footprint_bytes // len(volume.aggregates) for volume in self.volumes)
        if self._holds:
            self._held_bytes = used
        return used

    @contextmanager
    def held(self) -> Iterator[None]:
        """Add up the space at most once while nothing changes: every thin volume's document asks for it."""
        self._holds = True
        try:
            yield
        finally:
            self._holds, self._held_bytes = False, None

    @property
    def available_bytes(self) -> int:
        return max(0, self.size_bytes - self.used_bytes)

    def claim(self, size_bytes: int, purpose: str, code: str = "917536") -> None:
        """Refuse when *size_bytes* more do not fit; *purpose* begins the message."""
        if size_bytes > self.available_bytes:
            raise Refused(
                code,
                f"{purpose}: not enough space in aggregate {self.name}."
                f" {size_bytes} bytes are needed and {self.available_bytes} bytes are available.",
            )
