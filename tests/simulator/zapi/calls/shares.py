# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMB servers, their shares and who may use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import shares
from ...model.shares import Ace, Share
from .. import errors
from ..errors import Failed
from ..iterators import Listing, Record
from ..reply import Handler, Reply
from ..scope import Scope
from ..wire import Call

# ONTAPI's word for what is on: REST's property
FLAGS = {
    "access_based_enumeration": "access_based_enumeration",
    "attributecache": "attribute_cache",
    "browsable": "browsable",
    "changenotify": "change_notify",
    "continuously_available": "continuously_available",
    "homedirectory": "home_directory",
    "oplocks": "oplocks",
    "showsnapshot": "show_snapshot",
}
ONLY_HERE = ("branchcache", "shadowcopy")
PLAIN = {"offline-files-mode": "offline_files", "vscan-fileop-profile": "vscan_profile"}


def _smb_servers(scope: Scope) -> Iterable[Record]:
    for svm in scope.svms:
        if svm.cifs is not None:
            yield {
                "cifs-server": svm.cifs.name,
                "vserver": svm.name,
                "administrative-status": "up" if svm.cifs.enabled else "down",
                "domain": svm.cifs.domain,
            }


def _shares(scope: Scope) -> Iterable[Record]:
    for svm in scope.svms:
        for share in svm.shares.values():
            yield _document(share)


def _document(share: Share) -> Record:
    has = share.properties
    volume = share.volume
    return {
        "share-name": share.name,
        "vserver": share.svm.name,
        "cifs-server": share.svm.cifs.name if share.svm.cifs else None,
        "path": share.path,
        "volume": volume.name if volume else None,
        "comment": share.comment or None,
        "share-properties": [*(word for word, rest in FLAGS.items() if has.get(rest)), *sorted(share.other_words)]
        or None,
        **{name: has.get(rest) for name, rest in PLAIN.items()},
    }


def _create(scope: Scope, call: Call) -> Reply:
    share = shares.create(
        scope.svm,
        call.need("share-name"),
        call.need("path"),
        comment=call.text("comment") or "",
        properties=_properties(call),
    )
    share.other_words = _other_words(call) or frozenset()
    return Reply({"result": _document(share)} if call.flag("return-record") else {})


def _modify(scope: Scope, call: Call) -> Reply:
    share = _share(scope, call.need("share-name"))
    changes = _properties(call)
    changes.update((name, call.text(name)) for name in ("path", "comment") if call.text(name) is not None)
    words = _other_words(call)
    shares.modify(share, changes)
    share.other_words = share.other_words if words is None else words
    return Reply()


def _delete(scope: Scope, call: Call) -> Reply:
    shares.delete(_share(scope, call.need("share-name")))
    return Reply()


def _properties(call: Call) -> dict[str, Any]:
    """The list is whole: what it does not name is off."""
    on = call.items("share-properties")
    unknown = set(on) - {*FLAGS, *ONLY_HERE}
    if unknown:
        raise Failed(errors.BAD_INPUT, f'Invalid value for share-properties: "{min(unknown)}"')
    found: dict[str, Any] = {rest: word in on for word, rest in FLAGS.items()} if on else {}
    found.update((rest, call.text(name)) for name, rest in PLAIN.items() if call.text(name))
    return found


def _other_words(call: Call) -> frozenset[str] | None:
    on = call.items("share-properties")
    return frozenset(on) & frozenset(ONLY_HERE) if on else None


def _share(scope: Scope, name: str) -> Share:
    found = shares.find_named(scope.svm, name)
    if found is None:
        raise Failed(errors.NOT_FOUND, f'entry doesn\'t exist: share "{name}"')
    return found


# ---- who may use them


def _acls(scope: Scope) -> Iterable[Record]:
    for svm in scope.svms:
        for share in svm.shares.values():
            for ace in share.acls:
                yield {
                    "share": share.name,
                    "vserver": svm.name,
                    "user-or-group": ace.user_or_group,
                    "permission": ace.permission,
                }


def _grant(scope: Scope, call: Call) -> Reply:
    share, ace = (
        _share(scope, call.need("share")),
        Ace(call.need("user-or-group"), call.need("permission"), _kind(call)),
    )
    shares.grant(share, ace)
    return Reply()


def _change_grant(scope: Scope, call: Call) -> Reply:
    share, permission = _share(scope, call.need("share")), call.text("permission")
    if permission:
        shares.change_grant(share, call.need("user-or-group"), _kind(call), permission)
    return Reply()


def _revoke(scope: Scope, call: Call) -> Reply:
    shares.revoke(_share(scope, call.need("share")), call.need("user-or-group"), _kind(call))
    return Reply()


def _kind(call: Call) -> str:
    return call.text("user-group-type") or "windows"


LISTINGS: Mapping[str, Listing] = {
    "cifs-server-get-iter": Listing(_smb_servers, ("vserver",)),
    "cifs-share-get-iter": Listing(_shares, ("vserver", "share-name")),
    "cifs-share-access-control-get-iter": Listing(_acls, ("vserver", "share", "user-or-group")),
}
HANDLERS: Mapping[str, Handler] = {
    "cifs-share-create": _create,
    "cifs-share-modify": _modify,
    "cifs-share-delete": _delete,
    "cifs-share-access-control-create": _grant,
    "cifs-share-access-control-modify": _change_grant,
    "cifs-share-access-control-delete": _revoke,
}
