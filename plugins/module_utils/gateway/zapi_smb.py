# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMB shares of one SVM over ZAPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.errors import ApiError
from ..model.presentation import Ace, Share
from ..transport import codes
from ..transport.zapi import Document, listed
from .zapi_cluster import ZapiCluster, leaves

SHARE_FIELDS = {
    "cifs-share": leaves("share-name", "path", "comment", "share-properties", "offline-files-mode", "vscan-fileop-profile")
}  # fmt: skip
ACL_FIELDS = {"cifs-share-access-control": leaves("share", "user-or-group", "permission")}
FLAGS = {
    "access_based_enumeration": "access_based_enumeration",
    "attribute_cache": "attributecache",
    "browsable": "browsable",
    "change_notify": "changenotify",
    "continuously_available": "continuously_available",
    "home_directory": "homedirectory",
    "oplocks": "oplocks",
    "show_snapshot": "showsnapshot",
}
"""{property: its word in the list of what is on}"""
WORDS = {"offline_files": "offline-files-mode", "vscan_profile": "vscan-fileop-profile"}
USUAL = {"browsable": True, "change_notify": True, "oplocks": True}
"""What a share has unless it is told otherwise; the list of a new share must be whole."""
WINDOWS = "windows"


class ZapiSmb(ZapiCluster):
    """ONTAPI names a share by its name. It does not tell of an entry in an ACL whether it is one of Windows."""

    def shares(self) -> dict[str, Share]:
        """Two bulk requests; one where there are none."""
        records = self._records("cifs-share-get-iter", SHARE_FIELDS)
        acls: dict[str, list[Ace]] = {}
        for entry in self._records("cifs-share-access-control-get-iter", ACL_FIELDS) if records else ():
            acls.setdefault(str(entry.get("share")), []).append(ace_from_zapi(entry))
        found = [share_from_zapi(record, acls.get(str(record.get("share-name")), ())) for record in records]
        return {share.name: share for share in found}

    def share_create(self, share: Mapping[str, Any]) -> str | None:
        """With its ACL. What is left of a try whose answer was lost is made whole, so it may be asked for again.

        ONTAPI lets everyone in to a new share; that is taken back before anybody is granted anything.
        """
        name, asked = str(share["name"]), [Ace.from_dict(ace) for ace in share.get("acls") or ()]
        for ace in asked:
            self._check_kind(ace)
        try:
            self._zapi.write("cifs-share-create", self._new(share))
        except ApiError as refused:
            there = self.shares().get(name) if refused.code == codes.DUPLICATE else None
            if there is None or there.path != share["path"]:
                raise
        if asked:
            self._converge_acl(name, asked)
        return None

    def share_modify(self, svm_uuid: str, name: str, changes: Mapping[str, Any]) -> str | None:
        """The list of what is on is replaced as a whole, so what it says else is read before and said again."""
        unknown = set(changes) - {"comment", *FLAGS, *WORDS}
        if unknown:
            raise self._unsupported(f"{' and '.join(sorted(unknown))} of SMB shares are")
        args: dict[str, Any] = {"share-name": name}
        args.update((element, changes[key]) for key, element in WORDS.items() if key in changes)
        if "comment" in changes:
            args["comment"] = changes["comment"]
        turned = {word: bool(changes[key]) for key, word in FLAGS.items() if key in changes}
        if turned:
            args["share-properties"] = self._listed([word for word in self._on(name) if turned.get(word, True)], turned)
        self._zapi.write("cifs-share-modify", args)
        return None

    def share_acl_set(self, svm_uuid: str, share: str, ace: Mapping[str, Any], exists: bool) -> str | None:
        entry = Ace.from_dict(ace)
        self._check_kind(entry)
        call = "cifs-share-access-control-modify" if exists else "cifs-share-access-control-create"
        self._zapi.write(call, {**_who(share, entry), "permission": entry.permission})
        return None

    def share_acl_delete(self, svm_uuid: str, share: str, ace: Mapping[str, Any]) -> str | None:
        self._zapi.write("cifs-share-access-control-delete", _who(share, Ace.from_dict(ace)))
        return None

    # -- parts

    def _new(self, share: Mapping[str, Any]) -> dict[str, Any]:
        """What ONTAPI has no word for stays as the array makes it, unless it protects."""
        wanted = {**USUAL, **(share.get("properties") or {})}
        if wanted.get("encryption"):
            raise self._unsupported(f"SMB encryption (of share {share['name']}) is")
        args: dict[str, Any] = {"share-name": share["name"], "path": share["path"]}
        args.update((element, wanted[key]) for key, element in WORDS.items() if wanted.get(key))
        if share.get("comment"):
            args["comment"] = share["comment"]
        args["share-properties"] = self._listed([], {word: bool(wanted.get(key)) for key, word in FLAGS.items()})
        return args

    def _listed(self, kept: list[str], turned: Mapping[str, bool]) -> list[tuple[str, str]]:
        """The list says what is on; no published fact tells how an empty one is understood."""
        on = [*kept, *(word for word in sorted(turned) if turned[word] and word not in kept)]
        if not on:
            raise self._unsupported("SMB shares without any property are")
        return [("cifs-share-properties", word) for word in on]

    def _on(self, name: str) -> list[str]:
        for record in self._records("cifs-share-get-iter", SHARE_FIELDS, {"cifs-share": {"share-name": name}}):
            if str(record.get("share-name")).lower() == name.lower():
                return [str(word) for word in listed(record.get("share-properties"))]
        raise self._gone(f"share {name} in SVM {self.svm}")

    def _converge_acl(self, share: str, asked: list[Ace]) -> None:
        found = next((one for name, one in self.shares().items() if name.lower() == share.lower()), None)
        held = {ace.who: ace for ace in (found.acls if found else ())}
        for who in set(held) - {ace.who for ace in asked}:
            self.share_acl_delete("", share, held[who].as_dict())
        for ace in asked:
            if ace.who not in held or held[ace.who].permission != ace.permission:
                self.share_acl_set("", share, ace.as_dict(), ace.who in held)

    def _check_kind(self, ace: Ace) -> None:
        if ace.type != WINDOWS:
            raise self._unsupported(f"entries for a {ace.type} ({ace.user_or_group}) in the ACL of an SMB share are")


def _who(share: str, ace: Ace) -> dict[str, str]:
    return {"share": share, "user-or-group": ace.user_or_group}


def ace_from_zapi(record: Document) -> Ace:
    return Ace(str(record.get("user-or-group") or ""), WINDOWS, str(record.get("permission") or ""))


def share_from_zapi(record: Document, acls: Any) -> Share:
    """Every property that ONTAPI has a word for has an entry, so that the others can be told from those not set."""
    on = set(map(str, listed(record.get("share-properties"))))
    properties: dict[str, Any] = {name: word in on for name, word in FLAGS.items()}
    properties.update((name, record.get(element) or None) for name, element in WORDS.items())
    return Share(
        name=str(record.get("share-name") or ""),
        path=str(record.get("path") or ""),
        comment=str(record.get("comment") or ""),
        properties=properties,
        acls=tuple(acls),
    )
