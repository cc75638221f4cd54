# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes of one SVM over ZAPI."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..model.errors import ApiError
from ..model.volume import TargetSpec, Volume, VolumeType
from ..transport import codes
from ..transport.zapi import Document, Zapi, dig, listed
from .zapi_cluster import CHUNK, ZapiCluster, flag, leaves, number

FIELDS: Mapping[str, Any] = {
    "volume-attributes": {
        "encrypt": None,
        "volume-id-attributes": leaves(
            "name", "instance-uuid", "owning-vserver-name", "type", "style-extended", "containing-aggregate-name",
            "aggr-list", "comment", "junction-path", "flexcache-endpoint-type",
        ),
        "volume-state-attributes": leaves("state", "is-vserver-root", "is-constituent"),
        "volume-space-attributes": leaves("size", "size-used", "percentage-snapshot-reserve", "space-guarantee"),
        "volume-export-attributes": leaves("policy"),
        "volume-language-attributes": leaves("language-code"),
        "volume-security-attributes": leaves("style"),
        "volume-snapshot-attributes": leaves("snapshot-policy"),
        "volume-clone-attributes": {"volume-clone-parent-attributes": leaves("name", "snapshot-name")},
        "volume-qos-attributes": leaves("policy-group-name"),
    }
}  # fmt: skip
NAMES: Mapping[str, Any] = {
    "volume-attributes": {
        "volume-id-attributes": leaves("name", "instance-uuid", "owning-vserver-name", "style-extended")
    }
}
PARTS: Mapping[str, Any] = {
    "volume-attributes": {
        "volume-id-attributes": leaves("name", "owning-vserver-name", "style-extended", "containing-aggregate-name")
    }
}
FLEXGROUP, CONSTITUENT = "flexgroup", "flexgroup_constituent"
EFFICIENCY: Mapping[str, Any] = {
    "sis-status-info": leaves("path", "state", "is-compression-enabled", "is-inline-compression-enabled", "policy")
}
INLINE_ONLY = "inline-only"
SETTINGS = {
    "export_policy": ("volume-export-attributes", "policy"),
    "snapshot_policy": ("volume-snapshot-attributes", "snapshot-policy"),
    "qos_policy": ("volume-qos-attributes", "policy-group-name"),
    "comment": ("volume-id-attributes", "comment"),
}
ENABLED_ALREADY = "40043"


class ZapiVolumes(ZapiCluster):
    """ONTAPI makes, changes and deletes FlexGroups by calls of their own, which leave the work to a job."""

    def __init__(self, zapi: Zapi, svm: str) -> None:
        super().__init__(zapi, svm)
        self._volume_names: dict[str, str] = {}
        self._flexgroups: set[str] = set()

    def volumes(self, names: Collection[str] | None = None) -> dict[str, Volume]:
        """Two bulk requests: efficiency is told apart from all else."""
        wanted = None if names is None else set(names)
        if wanted is not None and not wanted:
            return {}
        query = None
        if wanted is not None and len(wanted) <= CHUNK:
            query = _query(name="|".join(sorted(wanted)))
        records = self._records("volume-get-iter", FIELDS, query)
        efficiency = {record.get("path"): record for record in self._records("sis-get-iter", EFFICIENCY)}
        found = [
            volume_from_zapi(record, efficiency.get(f"/vol/{dig(record, 'volume-id-attributes.name')}") or {})
            for record in records
            if dig(record, "volume-state-attributes.is-constituent") != "true"
        ]
        self._volume_names.update((volume.uuid, volume.name) for volume in found if volume.uuid)
        self._flexgroups.update(volume.uuid for volume in found if volume.uuid and volume.style == FLEXGROUP)
        return {
            volume.name: volume
            for volume in found
            if volume.svm == self.svm and (wanted is None or volume.name in wanted)
        }

    def volumes_with_origins(self) -> dict[str, Volume]:
        """The usual reading tells them."""
        return self.volumes()

    def constituents(self) -> dict[str, tuple[str, ...]]:
        """They are volumes named `<FlexGroup>__0001` and so on."""
        found: dict[str, tuple[str, ...]] = {}
        for record in self._records("volume-get-iter", PARTS, _query(**{"style-extended": CONSTITUENT})):
            part = record.get("volume-id-attributes") or {}
            if part.get("style-extended") == CONSTITUENT and part.get("owning-vserver-name") == self.svm:
                group, here = str(part.get("name") or "").rpartition("__")[0], part.get("containing-aggregate-name")
                found[group] = (*found.get(group, ()), *((str(here),) if here else ()))
        return found

    def volume_create(self, spec: TargetSpec) -> str | None:
        """A FlexVol, then its efficiency, which has calls of its own; a FlexGroup by a job."""
        if len(spec.aggregates) != 1 or spec.constituents_per_aggregate is not None:
            return _job(self._zapi.write("volume-create-async", group_to_zapi(spec)))
        self._zapi.write("volume-create", target_to_zapi(spec))
        if any(_on(value) for value in (spec.dedupe, spec.compression)):
            self._set_efficiency(spec.name, {"dedupe": spec.dedupe, "compression": spec.compression})
        return None

    def volume_resize(self, uuid: str, size_bytes: int) -> str | None:
        name = self._volume_name(uuid)
        if uuid in self._flexgroups:
            return _job(self._zapi.write("volume-size-async", {"volume-name": name, "new-size": size_bytes}))
        self._zapi.write("volume-size", {"volume": name, "new-size": size_bytes})
        return None

    def volume_comment(self, uuid: str, comment: str) -> str | None:
        return self.volume_modify(uuid, {"comment": comment})

    def volume_modify(self, uuid: str, changes: Mapping[str, Any]) -> str | None:
        settings = {name: value for name, value in changes.items() if name in SETTINGS}
        efficiency = {name: value for name, value in changes.items() if name in ("dedupe", "compression")}
        unknown = set(changes) - set(settings) - set(efficiency)
        if unknown:
            raise self._unsupported(f"setting {' and '.join(sorted(unknown))} of a volume is")
        job = self._change(uuid, settings) if settings else None
        if efficiency:
            self._set_efficiency(self._volume_name(uuid), efficiency, uuid in self._flexgroups)
        return job

    def volume_delete(self, uuid: str) -> str | None:
        """By the name that it has now; without force, so that it rests in the recovery queue."""
        name = self._read_volume_name(uuid)
        if uuid in self._flexgroups:
            return _job(self._zapi.write("volume-destroy-async", {"volume-name": name, "unmount-and-offline": True}))
        self._zapi.write("volume-destroy", {"name": name, "unmount-and-offline": True})
        return None

    def mount(self, uuid: str, junction_path: str) -> str | None:
        name = self._volume_name(uuid)
        self._zapi.write("volume-mount", {"volume-name": name, "junction-path": junction_path})
        return None

    def unmount(self, uuid: str) -> str | None:
        self._zapi.write("volume-unmount", {"volume-name": self._volume_name(uuid)})
        return None

    # -- parts

    def _change(self, uuid: str, settings: Mapping[str, Any]) -> str | None:
        """The call passes whatever becomes of the volume, and tells of it in a list, or leaves it to a job."""
        attributes: dict[str, dict[str, Any]] = {}
        for name, value in settings.items():
            group, element = SETTINGS[name]
            attributes.setdefault(group, {})[element] = value or ""
        self._volume_name(uuid)
        call = "volume-modify-iter-async" if uuid in self._flexgroups else "volume-modify-iter"
        told = self._zapi.write(
            call,
            {"query": _query(**{"instance-uuid": uuid}), "attributes": {"volume-attributes": attributes}},
        )
        for failure in listed(told.get("failure-list")):
            errno, said = str(failure.get("error-code") or ""), str(failure.get("error-message") or "")
            code, status = codes.ZAPI.get(errno, (errno, 200))
            text = f"{self.address} refused {call}: {said.rstrip('.')} (errno {errno or 'unknown'})"
            raise ApiError(text, status, code, said=said, errno=errno)
        if number(told.get("num-succeeded")) == 0:
            raise self._gone(f"volume {uuid}")
        done = [one for one in listed(told.get("success-list")) if isinstance(one, dict)]
        return str(done[0]["jobid"]) if done and done[0].get("jobid") else None

    def _set_efficiency(self, name: str, wanted: Mapping[str, Any], flexgroup: bool = False) -> None:
        """Deduplication in the background is what sis-enable begins; compression is configured."""
        which, suffix = ({"volume-name": name}, "-async") if flexgroup else ({"path": f"/vol/{name}"}, "")
        for kind, value in wanted.items():
            if value not in (None, "", "none", "background", "both", "inline"):
                raise self._unsupported(f"{kind} {value} is")
        if any(_on(value) for value in wanted.values()):
            self._sis(f"sis-enable{suffix}", which)
        compression = wanted.get("compression")
        if _on(compression) or (compression == "none" and _on(wanted.get("dedupe"))):
            background, inline = compression in ("background", "both"), compression in ("inline", "both")
            flags = {"enable-compression": background or inline, "enable-inline-compression": inline}
            self._sis(f"sis-set-config{suffix}", {**which, **flags})

    def _sis(self, call: str, args: Mapping[str, Any]) -> None:
        try:
            self._zapi.write(call, args)
        except ApiError as refused:
            if refused.code != ENABLED_ALREADY:
                raise

    def _volume_name(self, uuid: str) -> str:
        """The name of a volume that was read by its uuid; ONTAPI names volumes by their names only."""
        return self._volume_names.get(uuid) or self._read_volume_name(uuid)

    def _read_volume_name(self, uuid: str) -> str:
        for record in self._records("volume-get-iter", NAMES, _query(**{"instance-uuid": uuid})):
            known = record.get("volume-id-attributes") or {}
            if known.get("instance-uuid") == uuid and known.get("owning-vserver-name") == self.svm:
                self._volume_names[uuid] = str(known["name"])
                self._flexgroups |= {uuid} if known.get("style-extended") == FLEXGROUP else set()
                return str(known["name"])
        raise self._gone(f"volume {uuid} in SVM {self.svm}")


def _query(**identity: str) -> dict[str, Any]:
    return {"volume-attributes": {"volume-id-attributes": identity}}


def _job(told: Document) -> str | None:
    return str(told["result-jobid"]) if told.get("result-jobid") else None


def _on(value: str | None) -> bool:
    return value not in (None, "", "none")


def volume_from_zapi(record: Document, efficiency: Document) -> Volume:
    """efficiency: as sis-get-iter tells it, {} where it never was on. What ONTAPI does not tell stays None."""
    known, state, space = (record.get(f"volume-{part}-attributes") or {} for part in ("id", "state", "space"))
    single = known.get("containing-aggregate-name")
    parent = "volume-clone-attributes.volume-clone-parent-attributes"
    return Volume(
        name=str(known.get("name") or ""),
        svm=str(known.get("owning-vserver-name") or ""),
        uuid=known.get("instance-uuid") or None,
        type=VolumeType.of(known.get("type")),
        state=str(state.get("state") or "unknown"),
        style=str(known.get("style-extended") or "flexvol"),
        size_bytes=number(space.get("size")),
        used_bytes=number(space.get("size-used")),
        aggregates=(single,) if single else tuple(listed(known.get("aggr-list"))),
        language=dig(record, "volume-language-attributes.language-code"),
        guarantee=space.get("space-guarantee") or None,
        snapshot_reserve_percent=number(space.get("percentage-snapshot-reserve")),
        dedupe=_dedupe(efficiency),
        compression=_compression(efficiency),
        encrypted=flag(record.get("encrypt")),
        junction_path=known.get("junction-path") or None,
        export_policy=dig(record, "volume-export-attributes.policy"),
        security_style=dig(record, "volume-security-attributes.style"),
        snapshot_policy=dig(record, "volume-snapshot-attributes.snapshot-policy"),
        qos_policy=dig(record, "volume-qos-attributes.policy-group-name"),
        comment=str(known.get("comment") or ""),
        is_svm_root=flag(state.get("is-vserver-root")) is True,
        is_clone=dig(record, f"{parent}.name") is not None,
        clone_parent=dig(record, f"{parent}.name"),
        clone_parent_snapshot=dig(record, f"{parent}.snapshot-name"),
        is_flexcache=known.get("flexcache-endpoint-type") == "cache",
    )


def _dedupe(efficiency: Document) -> str:
    if str(efficiency.get("state")).lower() != "enabled":
        return "none"
    return "inline" if efficiency.get("policy") == INLINE_ONLY else "background"


def _compression(efficiency: Document) -> str:
    both = (flag(efficiency.get("is-compression-enabled")), flag(efficiency.get("is-inline-compression-enabled")))
    return {(True, True): "both", (True, False): "background", (True, None): "background", (False, True): "inline"}.get(
        (bool(both[0]), both[1]), "none"
    )


def target_to_zapi(spec: TargetSpec) -> dict[str, Any]:
    """A dp volume is created without a junction."""
    given = {
        "volume": spec.name,
        "containing-aggr-name": spec.aggregates[0],
        "size": spec.size_bytes,
        "volume-type": "dp",
        "language-code": spec.language or None,
        "space-reserve": spec.guarantee or None,
        "percentage-snapshot-reserve": spec.snapshot_reserve_percent,
        "encrypt": True if spec.encrypted else None,
        "volume-comment": spec.comment or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def group_to_zapi(spec: TargetSpec) -> dict[str, Any]:
    """The same of a FlexGroup, whose efficiency is set when it takes writes."""
    given = target_to_zapi(spec)
    given["volume-name"] = given.pop("volume")
    del given["containing-aggr-name"]
    given["aggr-list"] = [("aggr-name", name) for name in spec.aggregates]
    if spec.constituents_per_aggregate is not None:
        given["aggr-list-multiplier"] = spec.constituents_per_aggregate
    return given
