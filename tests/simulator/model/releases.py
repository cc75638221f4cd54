# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which releases of ONTAP mirror to each other.

Source: NetApp's documentation, "Compatible ONTAP versions for SnapMirror relationships", XDP relationships between
on-premises systems, as far as 9.13.1. Of newer releases only what follows is taken: none goes back further than that.
"""

from __future__ import annotations

Release = tuple[int, int]

# The newer release: the oldest one that it mirrors with.
_OLDEST: dict[Release, Release] = {
    (9, 3): (9, 3),
    (9, 4): (9, 3),
    (9, 5): (9, 3),
    (9, 6): (9, 3),
    (9, 7): (9, 3),
    (9, 8): (9, 3),
    (9, 9): (9, 5),
    (9, 10): (9, 5),
    (9, 11): (9, 5),
    (9, 12): (9, 7),
    (9, 13): (9, 8),
}
_ONLY_WITH_9_5: Release = (9, 4)


def problem(one: str, other: str) -> str | None:
    """Why clusters of these two versions do not mirror, None where they do."""
    older, newer = sorted((_release(one), _release(other)))
    if older == newer:
        return None
    too_old = older < _OLDEST.get(newer, _OLDEST[9, 13] if newer > (9, 13) else newer)
    if too_old or (older == _ONLY_WITH_9_5 and newer != (9, 5)):
        return f"ONTAP {one} and ONTAP {other} are not compatible for SnapMirror."
    return None


def _release(version: str) -> Release:
    generation, major = version.split(".")[:2]
    return int(generation), int(major)
