# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes of one SVM over REST."""

from __future__ import annotations

from typing import Any, Collection, Dict, List, Mapping, Optional, Sequence, Tuple

from ..model.told import Told
from ..model.volume import TargetSpec, Volume, VolumeType
from ..transport.rest import any_of, dig, literal
from .rest_cluster import CHUNK, RestCluster, Version, number

VOLUMES = "/storage/volumes"
V9_10_1: Version = (9, 10, 1)
FIELDS = (
    "name", "uuid", "svm.name", "type", "state", "style", "size", "space.used", "space.snapshot.reserve_percent",
    "aggregates.name", "language", "guarantee.type", "efficiency.dedupe", "efficiency.compression",
    "efficiency.compaction", "efficiency.cross_volume_dedupe", "qos.policy.name",
    "encryption.enabled", "nas.path", "nas.export_policy.name", "nas.security_style", "snapshot_policy.name",
    "comment", "is_svm_root", "clone.is_flexclone", "flexcache_endpoint_type", "consistency_group.name",
)  # fmt: skip
LONGEST_FILTER = 4000
"""Characters; a longer list of names would not fit into a URL everywhere."""


class RestVolumes(RestCluster):
    def volumes(self, names: Optional[Collection[str]] = None) -> Dict[str, Volume]:
        wanted = None if names is None else set(names)
        if wanted is not None and not wanted:
            return {}
        query = {"svm.name": literal(self.svm)}
        few = any_of(sorted(wanted or ()))
        if few and len(wanted or ()) <= CHUNK and len(few) <= LONGEST_FILTER:
            query["name"] = few
        found = map(volume_from_rest, self._rest.collection(VOLUMES, FIELDS, query))
        return {
            volume.name: volume
            for volume in found
            if volume.svm == self.svm
            and volume.style != "flexgroup_constituent"
            and (wanted is None or volume.name in wanted)
        }

    def constituents(self) -> Dict[str, Tuple[str, ...]]:
        """They are volumes named `<FlexGroup>__0001` and so on; which FlexGroup is told from 9.10.1 on only."""
        query: Dict[str, Any] = {"svm.name": literal(self.svm), "is_constituent": True}
        found: Dict[str, Tuple[str, ...]] = {}
        for document in self._rest.collection(VOLUMES, ("name", "style", "aggregates.name"), query):
            name = str(document.get("name") or "").rpartition("__")[0]
            if document.get("style") == "flexgroup_constituent":
                here = [str(one["name"]) for one in document.get("aggregates") or () if one.get("name")]
                found[name] = (*found.get(name, ()), *here)
        return found

    def takes_many(self) -> bool:
        return self.about().version >= V9_10_1

    def volume_create_many(self, specs: Sequence[TargetSpec]) -> List[Told]:
        return self._rest.post_many(VOLUMES, [target_to_rest(self.svm, spec) for spec in specs])

    def volume_create(self, spec: TargetSpec) -> Optional[str]:
        return self._rest.post(VOLUMES, target_to_rest(self.svm, spec))

    def volume_resize(self, uuid: str, size_bytes: int) -> Optional[str]:
        return self._volume_patch(uuid, {"size": size_bytes})

    def volume_comment(self, uuid: str, comment: str) -> Optional[str]:
        return self._volume_patch(uuid, {"comment": comment})

    def volume_modify(self, uuid: str, changes: Mapping[str, Any]) -> Optional[str]:
        return self._volume_patch(uuid, settings_to_rest(changes))

    def volume_comment_many(self, comments: Sequence[Tuple[str, str]]) -> List[Told]:
        return self._rest.patch_many(VOLUMES, [{"uuid": uuid, "comment": comment} for uuid, comment in comments])

    def volume_modify_many(self, changes: Sequence[Tuple[str, Mapping[str, Any]]]) -> List[Told]:
        return self._rest.patch_many(VOLUMES, [{"uuid": uuid, **settings_to_rest(change)} for uuid, change in changes])

    def volume_delete(self, uuid: str) -> Optional[str]:
        """Without force, so that it rests in the recovery queue."""
        return self._rest.delete(f"{VOLUMES}/{uuid}")

    def mount(self, uuid: str, junction_path: str) -> Optional[str]:
        return self._volume_patch(uuid, {"nas": {"path": junction_path}})

    def mount_many(self, places: Sequence[Tuple[str, str]]) -> List[Told]:
        return self._rest.patch_many(VOLUMES, [{"uuid": uuid, "nas": {"path": path}} for uuid, path in places])

    def unmount(self, uuid: str) -> Optional[str]:
        return self._volume_patch(uuid, {"nas": {"path": ""}})

    def unmount_many(self, uuids: Sequence[str]) -> List[Told]:
        return self._rest.patch_matching(VOLUMES, uuids, {"nas": {"path": ""}})

    def _volume_patch(self, uuid: str, body: Mapping[str, Any]) -> Optional[str]:
        return self._rest.patch(f"{VOLUMES}/{uuid}", body)


def volume_from_rest(document: Mapping[str, Any]) -> Volume:
    return Volume(
        name=str(document.get("name") or ""),
        svm=str(dig(document, "svm.name") or ""),
        uuid=document.get("uuid"),
        type=VolumeType.of(document.get("type")),
        state=str(document.get("state") or "unknown"),
        style=str(document.get("style") or "flexvol"),
        size_bytes=number(document.get("size")),
        used_bytes=number(dig(document, "space.used")),
        aggregates=tuple(str(one["name"]) for one in document.get("aggregates") or () if one.get("name")),
        language=document.get("language"),
        guarantee=dig(document, "guarantee.type"),
        snapshot_reserve_percent=number(dig(document, "space.snapshot.reserve_percent")),
        dedupe=dig(document, "efficiency.dedupe"),
        compression=dig(document, "efficiency.compression"),
        compaction=dig(document, "efficiency.compaction"),
        cross_volume_dedupe=dig(document, "efficiency.cross_volume_dedupe"),
        encrypted=dig(document, "encryption.enabled"),
        junction_path=dig(document, "nas.path") or None,
        export_policy=dig(document, "nas.export_policy.name"),
        security_style=dig(document, "nas.security_style"),
        snapshot_policy=dig(document, "snapshot_policy.name"),
        qos_policy=dig(document, "qos.policy.name"),
        comment=str(document.get("comment") or ""),
        is_svm_root=document.get("is_svm_root") is True,
        is_clone=dig(document, "clone.is_flexclone") is True,
        is_flexcache=document.get("flexcache_endpoint_type") == "cache",
        consistency_group=dig(document, "consistency_group.name") or None,
    )


SETTINGS = {
    "export_policy": ("nas", "export_policy"),
    "snapshot_policy": ("snapshot_policy",),
    "qos_policy": ("qos", "policy"),
}
EFFICIENCY = ("dedupe", "compression", "compaction", "cross_volume_dedupe")


def settings_to_rest(changes: Mapping[str, Any]) -> Dict[str, Any]:
    """changes: names of policies by SETTINGS, and any of EFFICIENCY."""
    body: Dict[str, Any] = {}
    for name, value in changes.items():
        if name in EFFICIENCY:
            body.setdefault("efficiency", {})[name] = value
            continue
        place = body
        for part in SETTINGS[name]:
            place = place.setdefault(part, {})
        place["name"] = value
    return body


def target_to_rest(svm: str, spec: TargetSpec) -> Dict[str, Any]:
    """A dp volume is created without a junction and, as Cinder does, with efficiency in its background form."""
    body: Dict[str, Any] = {
        "name": spec.name,
        "svm": {"name": svm},
        "type": "dp",
        "size": spec.size_bytes,
        "aggregates": [{"name": name} for name in spec.aggregates],
    }
    if spec.constituents_per_aggregate is not None:
        body.update({"style": "flexgroup", "constituents_per_aggregate": spec.constituents_per_aggregate})
    efficiency = {
        name: "background"
        for name, value in (("dedupe", spec.dedupe), ("compression", spec.compression))
        if value not in (None, "", "none")
    }
    if efficiency:
        body["efficiency"] = efficiency
    if spec.language:
        body["language"] = spec.language
    if spec.guarantee:
        body["guarantee"] = {"type": spec.guarantee}
    if spec.snapshot_reserve_percent is not None:
        body["space"] = {"snapshot": {"reserve_percent": spec.snapshot_reserve_percent}}
    if spec.encrypted:
        body["encryption"] = {"enabled": True}
    if spec.comment:
        body["comment"] = spec.comment
    return body
