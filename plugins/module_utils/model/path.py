# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ends of a mirror, as ONTAP writes them."""

from __future__ import annotations

from dataclasses import dataclass

GROUP = "/cg/"


def group_end(name: str) -> str:
    """How the consistency group *name* stands in a path."""
    return GROUP + name


@dataclass(frozen=True, order=True)
class Path:
    """`svm:volume`; volume is empty for a whole SVM and `/cg/name` for a consistency group."""

    svm: str
    volume: str

    @classmethod
    def parse(cls, text: str) -> Path:
        """Raises ValueError where *text* has no colon or no SVM."""
        svm, colon, volume = text.partition(":")
        if not colon or not svm:
            raise ValueError(f"{text!r} is not of the form svm:volume")
        return cls(svm, volume)

    @property
    def is_volume(self) -> bool:
        return bool(self.volume) and not self.volume.startswith("/")

    @property
    def group(self) -> str:
        """The name of the consistency group, "" for what is none."""
        return self.volume[len(GROUP) :] if self.volume.startswith(GROUP) else ""

    def __str__(self) -> str:
        return f"{self.svm}:{self.volume}"
