# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMB: an SVM's server, its shares and who may use them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import junctions
from .errors import Refused, duplicate, not_found

if TYPE_CHECKING:
    from .cluster import Cluster
    from .svms import Svm
    from .volumes import Volume

ADMIN_SHARES = ("c$", "ipc$")
_NAME = re.compile(r"^[^\\/\[\]:|<>+=;,*?\"]{1,80}$")
DEFAULTS: dict[str, Any] = {
    "access_based_enumeration": False,
    "browsable": True,
    "change_notify": True,
    "continuously_available": False,
    "encryption": False,
    "home_directory": False,
    "oplocks": True,
    "show_snapshot": False,
    "unix_symlink": "local",
}


@dataclass(eq=False)
class CifsService:
    """domain: of Active Directory, None in a workgroup."""

    name: str
    domain: str | None = None
    workgroup: str | None = None
    enabled: bool = True
    comment: str = ""


@dataclass(eq=False)
class Ace:
    user_or_group: str
    permission: str
    type: str = "windows"


@dataclass(eq=False)
class Share:
    """properties: ONTAP's further fields of a share.  other_words: properties that only ONTAPI tells of."""

    name: str
    path: str
    svm: Svm = field(repr=False)
    comment: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    acls: list[Ace] = field(default_factory=list)
    other_words: frozenset[str] = frozenset()

    @property
    def volume(self) -> Volume | None:
        """The volume that the path leads to now."""
        return _volume_of(self.svm, self.path)

    @property
    def reachable(self) -> bool:
        """Whether hosts get at the share's data."""
        return self.svm.cifs is not None and self.svm.cifs.enabled and _leads_somewhere(self.svm, self.path)


# the server


def start_service(
    svm: Svm,
    name: str,
    *,
    domain: str | None = None,
    workgroup: str | None = None,
    enabled: bool = True,
    comment: str = "",
) -> CifsService:
    """With the administrative shares that every server has."""
    if svm.cifs is not None:
        raise Refused("655477", f'SVM "{svm.name}" has a CIFS server already.', "svm.name")
    if len(name) > 15:
        raise Refused("655562", f'NetBIOS name "{name}" is longer than 15 characters.', "name")
    svm.cifs = CifsService(name, domain, workgroup, enabled, comment)
    administrators = Ace("BUILTIN\\Administrators", "full_control")
    for share in ADMIN_SHARES:
        svm.shares[share] = Share(
            share, "/", svm, properties=dict(DEFAULTS), acls=[administrators] if share == "c$" else []
        )
    return svm.cifs


def stop_service(svm: Svm) -> None:
    """The server goes with its shares."""
    svm.cifs = None
    svm.shares.clear()


# shares


def create(
    svm: Svm,
    name: str,
    path: str,
    *,
    comment: str = "",
    properties: dict[str, Any] | None = None,
    acls: list[Ace] | None = None,
) -> Share:
    """acls None: everyone has full control."""
    _consult(svm, "share.create", name)
    if svm.cifs is None:
        raise Refused("655399", f'SVM "{svm.name}" has no CIFS server.', "svm.name")
    if len(name) > 80:
        raise Refused("655577", "The name of a share has at most 80 characters.", "name")
    if not _NAME.match(name):
        raise Refused("656426", f'"{name}" is no valid name of a share.', "name")
    if find_named(svm, name) is not None:
        raise duplicate(f'Share "{name}" exists already in SVM "{svm.name}".', "name")
    _check_path(svm, path)
    share = Share(
        name,
        path,
        svm,
        comment,
        {**DEFAULTS, **(properties or {})},
        [Ace("Everyone", "full_control")] if acls is None else acls,
    )
    svm.shares[name] = share
    return share


def modify(share: Share, changes: dict[str, Any]) -> None:
    """changes: path, comment, and further fields as ONTAP names them."""
    _consult(share.svm, "share.modify", share.name)
    if share.name == "ipc$":
        raise Refused("656420", "The standard share ipc$ cannot be modified.", "name")
    path = changes.pop("path", share.path)
    if path != share.path:
        if share.name in ADMIN_SHARES:
            raise Refused("656425", "The path of an administrative share cannot be modified.", "path")
        _check_path(share.svm, path)
    share.path = path
    share.comment = changes.pop("comment", share.comment)
    share.properties.update(changes)


def delete(share: Share) -> None:
    _consult(share.svm, "share.delete", share.name)
    if share.name in ADMIN_SHARES:
        raise Refused("655393", "Standard administrative shares cannot be removed.", "name")
    del share.svm.shares[share.name]


def find(cluster: Cluster, svm_uuid: str, name: str) -> Share:
    for svm in cluster.svms.values():
        share = find_named(svm, name) if svm.uuid == svm_uuid else None
        if share is not None:
            return share
    raise not_found(target="name")


def find_named(svm: Svm, name: str) -> Share | None:
    """Whatever the case of its letters."""
    return next((share for share in svm.shares.values() if share.name.lower() == name.lower()), None)


# access


def grant(share: Share, ace: Ace) -> None:
    _consult(share.svm, "share_acl.create", share.name)
    if _ace(share, ace.user_or_group, ace.type) is not None:
        raise duplicate(f'"{ace.user_or_group}" is in the ACL of share "{share.name}" already.', "user_or_group")
    share.acls.append(ace)


def change_grant(share: Share, user_or_group: str, kind: str, permission: str) -> None:
    _consult(share.svm, "share_acl.modify", share.name)
    ace = _ace(share, user_or_group, kind)
    if ace is None:
        raise Refused("655516", f'"{user_or_group}" is not in the ACL of share "{share.name}".', "user_or_group")
    ace.permission = permission


def revoke(share: Share, user_or_group: str, kind: str) -> None:
    _consult(share.svm, "share_acl.delete", share.name)
    ace = _ace(share, user_or_group, kind)
    if ace is None:
        raise not_found(target="user_or_group")
    share.acls.remove(ace)


def _ace(share: Share, user_or_group: str, kind: str) -> Ace | None:
    for ace in share.acls:
        if ace.user_or_group.lower() == user_or_group.lower() and ace.type == kind:
            return ace
    return None


# paths


def _check_path(svm: Svm, path: str) -> None:
    if not path.startswith("/"):
        raise Refused("655551", f'The path "{path}" of the share does not exist: it must begin with a slash.', "path")
    if not _leads_somewhere(svm, path):
        raise Refused("655551", f'The path "{path}" does not exist in SVM "{svm.name}".', "path")


def _leads_somewhere(svm: Svm, path: str) -> bool:
    """Folders are not simulated: any is there inside a mounted volume, none in the SVM's root volume."""
    volume = _volume_of(svm, path)
    if volume is None or not volume.online:
        return False
    return not volume.is_svm_root or path.rstrip("/") == ""


def _volume_of(svm: Svm, path: str) -> Volume | None:
    """The volume with the longest junction path that *path* begins with."""
    place = path.rstrip("/") or "/"
    while True:
        found = junctions.volume_at(svm, place)
        if found is not None or place == "/":
            return found
        place = place.rpartition("/")[0] or "/"


def _consult(svm: Svm, verb: str, name: str) -> None:
    svm.cluster.world.consult(svm.cluster.name, verb, f"{svm.name}:{name}")
