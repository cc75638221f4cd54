# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the options of volume_clone and its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.errors import BadInput
from ..model.path import Path
from ..model.picture import Picture
from ..planning.clone_marks import WantedClones
from ..planning.names import Origin
from . import runtime
from .connect import Arrays, open_side
from .files import read_json
from .observe import Needs

TO_MAKE = Needs(destination=("clones", "mirrors", "snapshots"), hopeful=(("destination", "peers"),))
TO_MAKE_ELSEWHERE = Needs(
    source=("volumes", "mirrors", "snapshots"), destination=("clones",), hopeful=(("source", "peers"),)
)
TO_REMOVE = Needs(destination=("clones",))


def wanted(params: Mapping[str, Any], origin: Origin) -> WantedClones:
    return WantedClones(
        origin=origin,
        volumes=tuple(params["volumes"]),
        now=runtime.utc_now(),
        clone_name=params["clone_name"] or "",
        snapshot=params["parent_snapshot"] or None,
        junction_path=params["junction_path"] or "",
        split=params["split"],
        absent=params["state"] == "absent",
        purpose=params["purpose"],
        manifest=read_json(params["manifest"], "manifest") if params["manifest"] else {},
    )


def needs(params: Mapping[str, Any]) -> Needs:
    """A removal goes by the marks alone."""
    if params["state"] == "absent":
        return TO_REMOVE
    return TO_MAKE_ELSEWHERE if _elsewhere(params) else TO_MAKE


def _elsewhere(params: Mapping[str, Any]) -> bool:
    return bool(params["clone_svm"])


def places(params: Mapping[str, Any], arrays: Arrays) -> Arrays:
    """Clones in another SVM of the cluster: that one is the destination, and what is cloned lies at the source side.

    Raises BadInput where it is the very SVM that holds what is cloned.
    """
    if not _elsewhere(params):
        return arrays
    home, svm = arrays.need("destination"), params["clone_svm"]
    if svm == home.svm:
        raise BadInput(f"clone_svm is {svm}, the SVM of destination: name another one of its cluster, or leave it out")
    given = {**params["destination"], "svm": svm}
    return Arrays(source=home, destination=open_side("destination", given, params["width"], runtime.CLOCK.sleep))


def clone_facts(picture: Picture, volume: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Of the clone that *result* names, as last read; {} where it is not there."""
    if "clone" not in result:
        return {}
    found = picture.destination.volumes.get(Path.parse(result["clone"]).volume)
    if found is None or result["status"] == "refused":
        return {"exists": found is not None}
    return {
        "exists": True,
        "parent_snapshot": found.clone_parent_snapshot or result.get("parent_snapshot"),
        "size_bytes": found.size_bytes,
        "mounted_at": found.junction_path,
        "is_clone": found.is_clone,
    }
