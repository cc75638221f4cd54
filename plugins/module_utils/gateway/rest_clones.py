# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FlexClones of one SVM over REST."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..model.volume import CloneSpec, Volume
from ..transport.rest import dig, literal
from .rest_cluster import Version
from .rest_volumes import VOLUMES, RestVolumes

V9_12_1: Version = (9, 12, 1)
ORIGIN_FIELDS = ("name", "svm.name", "clone.parent_volume.name", "clone.parent_snapshot.name")
"""What a clone was made of; expensive, so asked of clones only."""


class RestClones(RestVolumes):
    def volumes_with_origins(self) -> dict[str, Volume]:
        volumes = self.volumes()
        if not any(volume.is_clone for volume in volumes.values()):
            return volumes
        query = {"svm.name": literal(self.svm), "clone.is_flexclone": "true"}
        for document in self._rest.collection(VOLUMES, ORIGIN_FIELDS, query):
            name = str(document.get("name") or "")
            if name in volumes:
                volumes[name] = replace(
                    volumes[name],
                    clone_parent=dig(document, "clone.parent_volume.name"),
                    clone_parent_snapshot=dig(document, "clone.parent_snapshot.name"),
                )
        return volumes

    def clone_create(self, spec: CloneSpec) -> str | None:
        """Made and mounted by one request, as clients of ONTAP do; other properties are the parent's."""
        clone: dict[str, Any] = {"is_flexclone": True, "parent_volume": {"name": spec.parent}}
        if spec.parent_svm:
            clone["parent_svm"] = {"name": spec.parent_svm}
        if spec.snapshot:
            clone["parent_snapshot"] = {"name": spec.snapshot}
        body: dict[str, Any] = {"name": spec.name, "svm": {"name": self.svm}, "clone": clone, "comment": spec.comment}
        if spec.junction_path:
            body["nas"] = {"path": spec.junction_path}
        return self._rest.post(VOLUMES, body)

    def clone_split(self, uuid: str) -> str | None:
        return self._volume_patch(uuid, {"clone": {"split_initiated": True}})

    def clone_delete(self, uuid: str) -> str | None:
        """Past the recovery queue (9.12.1): in there a clone keeps its parent's snapshot busy for hours."""
        query = {"force": "true"} if self.about().version >= V9_12_1 else None
        return self._rest.delete(f"{VOLUMES}/{uuid}", query)
