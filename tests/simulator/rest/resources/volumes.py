# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/storage/volumes"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...model import qos, volume_change, volume_create
from ...model.errors import Refused
from ...model.svms import Svm
from ...model.volume_create import NewVolume
from ...model.volumes import Volume
from ..resource import Resource, Written, picked
from .documents import MISSING, Body, iso_time, known, merged, ref
from .volume_documents import documents


class Volumes(Resource):
    path = "/storage/volumes"

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        if params.get("is_constituent"):
            return [each for volume in self.cluster.volumes() for each in constituents(volume)]
        return documents(self.cluster, self.cluster.volumes())

    def select(
        self, scope: Mapping[str, str], params: Mapping[str, Any], wanted: Mapping[str, frozenset[str]]
    ) -> Iterable[dict[str, Any]] | None:
        if params.get("is_constituent"):
            return None
        tells: dict[str, Callable[[Volume], str]] = {
            "uuid": lambda volume: volume.uuid,
            "name": lambda volume: volume.name,
            "svm.name": lambda volume: volume.svm.name,
            "svm.uuid": lambda volume: volume.svm.uuid,
            "type": lambda volume: volume.type,
        }
        found = picked(self.cluster.volumes(), tells, wanted)
        return None if found is None else documents(self.cluster, found)

    def keys(self, scope: Mapping[str, str], wanted: Mapping[str, frozenset[str]]) -> Iterable[dict[str, Any]] | None:
        if set(wanted) != {"uuid"}:
            return None
        return [{"uuid": volume.uuid, "name": volume.name} for volume in self._with(wanted["uuid"])]

    def _with(self, uuids: frozenset[str]) -> list[Volume]:
        return [volume for volume in self.cluster.volumes() if volume.uuid in uuids]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        svm = self.cluster.find_svm(given.take("svm.name"), given.take("svm.uuid"))
        wanted = new_volume(svm, given)
        uuid, job = volume_create.create(svm, wanted)
        return Written({"uuid": uuid, "name": wanted.name, "svm.name": svm.name}, job)

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        volume = self.cluster.find_volume(record["uuid"])
        restore_to = params.get("restore_to.snapshot.name")
        if restore_to is None and params.get("restore_to.snapshot.uuid"):
            found = [each.name for each in volume.snapshots if each.uuid == params["restore_to.snapshot.uuid"]]
            restore_to = found[0] if found else params["restore_to.snapshot.uuid"]
        job = volume_change.modify(
            volume, changes(volume, Body(body)), restore_to, bool(params.get("preserve_lun_ids"))
        )
        return Written({"uuid": volume.uuid, "name": volume.name}, job)

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        volume = self.cluster.find_volume(record["uuid"])
        job = volume_change.delete(volume, bool(params.get("force")))
        return Written({"uuid": volume.uuid, "name": volume.name}, job)


def new_volume(svm: Svm, given: Body) -> NewVolume:
    """What a POST body asks for. Raises Refused."""
    fields = _fields(svm, given)
    state = given.take("state", "online")
    if state == "error":
        raise Refused("918652", 'The state "error" cannot be set.', "state")
    fields["state"] = state
    fields["language"] = given.take("language", None if _is_clone(given) else svm.language)
    fields["qos_policy"] = qos.find(svm, given.take("qos.policy.name") or given.take("qos.policy.uuid"))
    count = given.take("constituent_count")
    per_aggregate = given.take("constituents_per_aggregate")
    aggregates = [_aggregate_name(svm, each) for each in given.take("aggregates") or []]
    if count or per_aggregate:
        fields["constituent_count"] = count or per_aggregate * max(1, len(aggregates))
    home = _clone_home(svm, given)
    wanted = NewVolume(
        name=given.take("name"),
        type=given.take("type", "rw"),
        style=given.take("style"),
        size_bytes=given.take("size", given.take("space.size")),
        aggregates=aggregates,
        junction=given.take("nas.path") or None,
        export_policy=_export_policy(svm, given),
        snapshot_policy=given.named("snapshot_policy"),
        efficiency=_efficiency(given),
        clone_parent_svm=home.name,
        clone_parent=_clone_parent(home, given),
        fields={name: value for name, value in fields.items() if value is not None},
    )
    wanted.snapshot_policy = _snapshot_policy_name(svm, wanted.snapshot_policy)
    _check_no_group(given)
    wanted.fields["settings"] = given.rest
    return wanted


def changes(volume: Volume, given: Body) -> dict[str, Any]:
    """What a PATCH body changes, by the names of volume_change.modify. Raises Refused."""
    if given.take("efficiency.state") is not None:
        raise Refused(
            "6881640",
            "The field efficiency.state is only supported on read-write volumes of FSx for ONTAP"
            " and Cloud Volumes ONTAP.",
            "efficiency.state",
        )
    if given.take("movement") is not None:
        raise Refused("3", "Moving volumes is not simulated.", "movement", status=405)
    found = _fields(volume.svm, given)
    found["export_policy"] = _export_policy(volume.svm, given)
    found["snapshot_policy"] = _snapshot_policy_name(volume.svm, given.named("snapshot_policy"))
    for key, path in (("name", "name"), ("state", "state"), ("split_clone", "clone.split_initiated")):
        found[key] = given.take(path)
    size = given.take("size")
    found["size_bytes"] = size if size is not None else given.take("space.size")
    found["efficiency"] = _efficiency(given) or None
    junction = given.take("nas.path", MISSING)
    policy = given.take("qos.policy.name", given.take("qos.policy.uuid"))
    clean = {name: value for name, value in found.items() if value is not None}
    if policy is not None:
        clean["qos_policy"] = qos.find(volume.svm, policy)
    if junction is not MISSING:
        clean["junction"] = junction or ""
    _check_no_group(given)
    if given.rest:
        clean["settings"] = merged(volume.settings, given.rest)
    return clean


def _check_no_group(given: Body) -> None:
    if given.take("consistency_group") is not None:
        raise Refused(
            "3", "Groups are changed by /application/consistency-groups here.", "consistency_group", status=405
        )


_SAME = (
    ("comment", "comment"),
    ("guarantee", "guarantee.type"),
    ("encrypted", "encryption.enabled"),
    ("snapshot_reserve_percent", "space.snapshot.reserve_percent"),
    ("security_style", "nas.security_style"),
    ("uid", "nas.uid"),
    ("gid", "nas.gid"),
    ("unix_permissions", "nas.unix_permissions"),
    ("tiering_policy", "tiering.policy"),
    ("autosize", "autosize"),
    ("efficiency_policy", "efficiency.policy.name"),
)


def _fields(svm: Svm, given: Body) -> dict[str, Any]:
    return {name: given.take(path) for name, path in _SAME}


def _efficiency(given: Body) -> dict[str, str]:
    found = {
        name: given.take(f"efficiency.{name}")
        for name in ("dedupe", "compression", "compaction", "cross_volume_dedupe")
    }
    return {name: value for name, value in found.items() if value is not None}


def _aggregate_name(svm: Svm, given: Any) -> str:
    if isinstance(given, str):
        return given
    if given.get("name") is None:
        for aggregate in svm.cluster.aggregates.values():
            if aggregate.uuid == given.get("uuid"):
                return aggregate.name
        raise Refused("917508", f'Aggregate "{given.get("uuid")}" does not exist.', "aggregates.uuid")
    named = svm.cluster.aggregates.get(given["name"])
    if named is not None and given.get("uuid") not in (None, named.uuid):
        raise Refused("787141", "aggregates.name and aggregates.uuid disagree.", "aggregates.uuid")
    return str(given["name"])


def _export_policy(svm: Svm, given: Body) -> str | None:
    name, number = given.take("nas.export_policy.name"), given.take("nas.export_policy.id")
    if name is None and number is not None:
        for policy in svm.export_policies.values():
            if policy.id == number:
                return policy.name
        raise Refused("918271", f'Export policy "{number}" does not exist.', "nas.export_policy.id")
    return None if name is None else str(name)


def _snapshot_policy_name(svm: Svm, given: str | None) -> str | None:
    for policy in svm.cluster.snapshot_policies:
        if given == policy.uuid:
            return policy.name
    return given


def _is_clone(given: Body) -> bool:
    clone = given.rest.get("clone")
    return isinstance(clone, Mapping) and bool(clone.get("is_flexclone"))


def _clone_home(svm: Svm, given: Body) -> Svm:
    """The SVM of a clone's parent."""
    name, uuid = given.take("clone.parent_svm.name"), given.take("clone.parent_svm.uuid")
    if name is None and uuid is None:
        return svm
    for each in svm.cluster.svms.values():
        if name in (None, each.name) and uuid in (None, each.uuid):
            return each
    raise Refused("524601", f'SVM "{name or uuid}" of the clone parent volume does not exist.', "clone.parent_svm")


def _clone_parent(svm: Svm, given: Body) -> tuple[str, str | None] | None:
    is_clone = given.take("clone.is_flexclone")
    parent = given.named("clone.parent_volume") or ""
    snapshot = given.named("clone.parent_snapshot")
    if not is_clone:
        return None
    for volume in svm.volumes.values():
        if parent in (volume.name, volume.uuid):
            parent = volume.name
            snapshot = next((each.name for each in volume.snapshots if each.uuid == snapshot), snapshot)
    return parent, snapshot


def constituents(volume: Volume) -> list[dict[str, Any]]:
    """The members of a FlexGroup, as `is_constituent=true` lists them."""
    if volume.style != "flexgroup":
        return []
    count = volume.constituent_count or 1
    return [
        known(
            {
                "uuid": f"{volume.uuid[:-4]}{number:04x}",
                "name": f"{volume.name}__{number:04d}",
                "style": "flexgroup_constituent",
                "type": volume.type,
                "state": volume.state,
                "size": volume.size_bytes // count,
                "svm": ref(volume.svm),
                "flexgroup": ref(volume),
                "create_time": iso_time(volume.create_time),
                "aggregates": [ref(volume.aggregates[(number - 1) % len(volume.aggregates)])],
            }
        )
        for number in range(1, count + 1)
    ]
