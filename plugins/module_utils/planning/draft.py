# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One side while the steps of a plan go over it: copied once, changed in place, and a value again at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..model.mirror import Mirror
from ..model.path import Path
from ..model.picture import Side

ROWS: Mapping[str, Callable[[Any], Any]] = {
    "luns": lambda lun: lun.path,
    "lun_maps": lambda one: (one.lun, one.igroup),
    "peers": lambda peer: (peer.name, peer.peer_svm),
    "records": lambda record: record.uuid or (record.source, record.destination),
}
"""Fields that a side holds as rows, each with what tells its rows apart."""


class Draft:
    """before: the side as it was observed."""

    def __init__(self, before: Side) -> None:
        self.before, self.svm, self.whole = before, before.svm, before.whole
        self._tables: dict[str, dict[Any, Any]] = {}

    def table(self, field: str) -> dict[Any, Any]:
        """{key: record} of a field, to be changed in place; mirrors get and lose members by the methods below."""
        if field not in self._tables:
            held, key = getattr(self.before, field) or (), ROWS.get(field)
            self._tables[field] = {key(one): one for one in held} if key else dict(held)
        return self._tables[field]

    def members(self, group: Path) -> list[str]:
        """The destination volumes of the relationship whose destination is *group*."""
        return list(self._groups.get(group, ()))

    def put_mirror(self, mirror: Mirror) -> None:
        name, mirrors = mirror.destination.volume, self.table("mirrors")
        if name in mirrors:
            self.drop_mirror(name)
        mirrors[name] = mirror
        if mirror.group is not None:
            self._groups.setdefault(mirror.group, {})[name] = None

    def drop_mirror(self, name: str) -> Mirror:
        gone: Mirror = self.table("mirrors").pop(name)
        if gone.group is not None:
            self._groups[gone.group].pop(name)
        return gone

    @cached_property
    def _groups(self) -> dict[Path, dict[str, None]]:
        """First asked for before any mirror comes or goes."""
        found: dict[Path, dict[str, None]] = {}
        for name, mirror in self.before.mirrors.items():
            if mirror.group is not None:
                found.setdefault(mirror.group, {})[name] = None
        return found

    def side(self) -> Side:
        fields: dict[str, Any] = {
            name: tuple(table.values()) if name in ROWS else table for name, table in self._tables.items()
        }
        return replace(self.before, whole=self.whole, **fields)
