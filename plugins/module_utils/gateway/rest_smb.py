# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMB shares of one SVM over REST."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from ..model.presentation import Ace, Share
from ..transport.rest import dig, literal
from .rest_cluster import FLOOR, RestCluster, Version

SHARES = "/protocols/cifs/shares"
SHARE_FIELDS = ("name", "path", "svm.name", "svm.uuid", "comment", "acls")
PROPERTY_FIELDS: Mapping[str, Version] = {
    **dict.fromkeys(
        (
            "access_based_enumeration", "change_notify", "encryption", "home_directory", "oplocks", "unix_symlink",
        ),
        FLOOR,
    ),
    "no_strict_security": (9, 9, 1),
    **dict.fromkeys(
        (
            "continuously_available", "dir_umask", "file_umask", "force_group_for_create", "namespace_caching",
            "offline_files", "show_snapshot", "vscan_profile",
        ),
        (9, 10, 1),
    ),
    "allow_unencrypted_access": (9, 11, 1),
    **dict.fromkeys(("browsable", "show_previous_versions"), (9, 13, 1)),
    **dict.fromkeys(("attribute_cache", "max_connections_per_share"), (9, 14, 1)),
}  # fmt: skip
ONLY_AT_CREATION = ("home_directory",)


class RestSmb(RestCluster):
    def shares(self) -> dict[str, Share]:
        """One bulk request, ACLs included."""
        known = self._fields(PROPERTY_FIELDS)
        found = self._rest.collection(SHARES, [*SHARE_FIELDS, *known], {"svm.name": literal(self.svm)})
        return {share.name: share for share in (share_from_rest(document, known) for document in found)}

    def share_create(self, share: Mapping[str, Any]) -> str | None:
        """share: as Share.as_dict tells it."""
        body = {"svm": {"name": self.svm}, "name": share["name"], "path": share["path"]}
        body.update(self._known(share.get("properties") or {}))
        if share.get("comment"):
            body["comment"] = share["comment"]
        if share.get("acls"):
            body["acls"] = [dict(ace) for ace in share["acls"]]
        return self._rest.post_now(SHARES, body)

    def share_modify(self, svm_uuid: str, name: str, changes: Mapping[str, Any]) -> str | None:
        """changes: comment and properties, in ONTAP's names."""
        return self._rest.patch_now(f"{SHARES}/{svm_uuid}/{_quoted(name)}", changes)

    def share_acl_set(self, svm_uuid: str, share: str, ace: Mapping[str, Any], exists: bool) -> str | None:
        path = f"{SHARES}/{svm_uuid}/{_quoted(share)}/acls"
        if not exists:
            return self._rest.post_now(path, dict(ace))
        return self._rest.patch_now(f"{path}/{_entry(ace)}", {"permission": ace["permission"]})

    def share_acl_delete(self, svm_uuid: str, share: str, ace: Mapping[str, Any]) -> str | None:
        return self._rest.delete_now(f"{SHARES}/{svm_uuid}/{_quoted(share)}/acls/{_entry(ace)}")

    def _known(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        known = self._fields(PROPERTY_FIELDS)
        return {name: value for name, value in properties.items() if name in known}


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _entry(ace: Mapping[str, Any]) -> str:
    return f"{_quoted(str(ace['user_or_group']))}/{_quoted(str(ace['type']))}"


def share_from_rest(document: Mapping[str, Any], known: Collection[str]) -> Share:
    """Every property that the release knows has an entry, so that the others can be told from those not set."""
    return Share(
        name=str(document.get("name") or ""),
        path=str(document.get("path") or ""),
        comment=str(document.get("comment") or ""),
        properties={name: document.get(name) for name in known},
        acls=tuple(
            Ace(str(ace.get("user_or_group")), str(ace.get("type") or "windows"), str(ace.get("permission")))
            for ace in document.get("acls") or ()
        ),
        svm_uuid=dig(document, "svm.uuid"),
    )
