# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMB shares: the same cases over REST and over ZAPI, each judged by what the other one reads."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import AnswerLost, ApiError, BadInput
from tests.conformance.both import told_shares

PROTOCOLS = ("rest", "zapi")
SHARE = {"name": "made", "path": "/vol1", "comment": "ours"}
STAFF = {"user_or_group": "EXAMPLE\\Staff", "type": "windows", "permission": "change"}
ROOT = {"user_or_group": "root", "type": "unix_user", "permission": "read"}


def share_of(site, name="made"):
    return site.same("paris", lambda array: told_shares(array.shares())).get(name)


def test_a_share_is_made_with_its_acl_and_changed(serving):
    paris = serving.paris
    uuid = paris.svm_uuid()
    properties = {"oplocks": False, "browsable": False, "access_based_enumeration": True, "offline_files": "none"}
    paris.share_create({**SHARE, "properties": properties, "acls": [STAFF]})
    made = share_of(serving)
    assert (made.path, made.comment, [ace.as_dict() for ace in made.acls]) == ("/vol1", "ours", [STAFF])
    assert {name: made.properties[name] or False for name in properties} == {**properties}
    assert made.properties["change_notify"] is True
    paris.share_modify(uuid, "made", {"oplocks": True, "comment": "theirs"})
    paris.share_acl_set(uuid, "made", {**STAFF, "permission": "read"}, True)
    paris.share_acl_set(uuid, "made", {**STAFF, "user_or_group": "Guests"}, False)
    changed = share_of(serving)
    assert (changed.comment, changed.properties["oplocks"], changed.properties["browsable"]) == ("theirs", True, None)
    assert changed.properties["access_based_enumeration"] is True
    assert [(ace.user_or_group, ace.permission) for ace in changed.acls] == [
        ("EXAMPLE\\Staff", "read"),
        ("Guests", "change"),
    ]
    paris.share_acl_delete(uuid, "made", STAFF)
    assert [ace.user_or_group for ace in share_of(serving).acls] == ["Guests"]
    with pytest.raises(ApiError):
        paris.share_create({**SHARE, "path": "/"})
    assert [ace.user_or_group for ace in share_of(serving).acls] == ["Guests"]


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
@pytest.mark.parametrize(
    "call", ["cifs-share-create", "cifs-share-access-control-delete", "cifs-share-access-control-create"]
)
def test_a_share_that_was_half_made_is_made_whole(hosts, call, action):
    hosts.site.faults.add(method="ZAPI", path=f"/zapi/{call}", action=action, times=1)
    with pytest.raises(AnswerLost):
        hosts.paris.share_create({**SHARE, "acls": [STAFF]})
    hosts.paris.share_create({**SHARE, "acls": [STAFF]})
    assert [ace.as_dict() for ace in share_of(hosts).acls] == [STAFF]


def test_what_a_share_has_that_rest_does_not_tell_stays(hosts):
    with hosts.site.locked() as world:
        world.clusters["paris"].svms["svm_paris"].shares["projects"].other_words = frozenset({"shadowcopy"})
    hosts.paris.share_modify("", "projects", {"oplocks": False})
    share = hosts.site.world.clusters["paris"].svms["svm_paris"].shares["projects"]
    assert (share.other_words, share.properties["oplocks"]) == ({"shadowcopy"}, False)


@pytest.mark.parametrize(
    "name, refused",
    [
        ("SMB encryption", lambda array: array.share_create({**SHARE, "properties": {"encryption": True}})),
        ("entries for a unix_user", lambda array: array.share_create({**SHARE, "acls": [ROOT]})),
        ("entries for a unix_user", lambda array: array.share_acl_set("", "projects", ROOT, False)),
        ("unix_symlink of SMB shares", lambda array: array.share_modify("", "projects", {"unix_symlink": "local"})),
    ],
)
def test_what_ontapi_has_no_word_for_is_refused_by_name_and_writes_nothing(hosts, name, refused):
    with pytest.raises(BadInput, match=name) as error:
        refused(hosts.paris)
    assert "use REST" in str(error.value)
    assert hosts.site.journal.writes() == []
