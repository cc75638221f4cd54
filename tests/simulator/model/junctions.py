# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mounting: where volumes appear in their SVM's namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Refused

if TYPE_CHECKING:
    from .svms import Svm
    from .volumes import Volume

FAILED = "917536"


def check_path(path: str) -> None:
    """Refuse what could not be a junction path."""
    parts = path.split("/")
    if not path.startswith("/") or len(parts) < 2 or not all(parts[1:]) or {".", ".."} & set(parts):
        raise Refused("918252", f'Invalid nas.path value "{path}".', "nas.path")


def volume_at(svm: Svm, path: str) -> Volume | None:
    for volume in svm.volumes.values():
        if volume.junction == path:
            return volume
    return None


def parent(volume: Volume) -> Volume | None:
    """The volume that a mounted one hangs in; None for the root volume and for an unmounted one."""
    if volume.junction in (None, "/"):
        return None
    return volume_at(volume.svm, _parent_path(volume.junction))


def children(volume: Volume) -> list[Volume]:
    """All volumes mounted below."""
    if volume.junction is None:
        return []
    below = volume.junction.rstrip("/") + "/"
    return [
        other
        for other in volume.svm.volumes.values()
        if other is not volume and (other.junction or "").startswith(below)
    ]


def check_mount(volume: Volume, path: str) -> None:
    """Refuse what ONTAP cannot mount at *path*."""
    check_path(path)
    if not volume.online:
        raise Refused(FAILED, f'Volume "{volume.name}" cannot be mounted: it is not online.')
    if volume.type == "dp" and not volume.initialized:
        raise Refused(
            FAILED,
            f'Volume "{volume.name}" in SVM "{volume.svm.name}" cannot be mounted: it is a data protection volume'
            " that is not initialized. Use the snapmirror initialize command first.",
        )
    check_vacant(volume.svm, path, volume)


def check_vacant(svm: Svm, path: str, volume: Volume | None = None) -> None:
    """Refuse where *volume*, or one that is yet to be made, cannot hang in the namespace."""
    other = volume_at(svm, path)
    if other is not None and other is not volume:
        raise Refused(FAILED, f'Junction path "{path}" is already in use by volume "{other.name}".')
    below = volume_at(svm, _parent_path(path))
    if below is None or not below.online or below is volume:
        raise Refused(FAILED, f'Junction path "{path}" has no parent: nothing is mounted at "{_parent_path(path)}".')
    if below.type != "rw":
        raise Refused(FAILED, f'Junction path "{path}" cannot be made: its parent volume "{below.name}" is read-only.')


def mount(volume: Volume, path: str) -> None:
    if volume.junction == path:
        return
    if volume.junction is not None:
        check_unmount(volume)
    check_mount(volume, path)
    volume.junction = path


def check_unmount(volume: Volume) -> None:
    if volume.is_svm_root:
        raise Refused(FAILED, f'Volume "{volume.name}" is the root of its SVM: it cannot be unmounted.')
    below = children(volume)
    if below:
        raise Refused(
            FAILED,
            f'Volume "{volume.name}" in SVM "{volume.svm.name}" cannot be unmounted: volume "{below[0].name}"'
            f' is mounted below it at "{below[0].junction}".',
        )


def unmount(volume: Volume) -> None:
    if volume.junction is not None:
        check_unmount(volume)
        volume.junction = None


def _parent_path(path: str) -> str:
    return path.rpartition("/")[0] or "/"
