# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs that present volumes to hosts: their settings, LUNs, export policies and SMB shares."""

from __future__ import annotations

from typing import Dict

from ..model.plan import Step, Verb
from ..model.presentation import Ace
from .act import Act, Hopeless, Kind, Seen

LUN, SHARE = (Kind.LUN,), (Kind.SHARE,)


def _has_settings(step: Step, seen: Seen) -> bool:
    """An array may leave out what is none."""
    have = seen.volume
    if have is None:
        raise Hopeless(f"{step.target} is no longer there")
    return all((getattr(have, name) or "none") == (want or "none") for name, want in step.args["changes"].items())


def _shared(step: Step, seen: Seen) -> bool:
    """With its ACL: an array may make a share first and grant access to it then."""
    have = seen.share
    if have is None:
        return False
    if have.path != step.args["path"]:
        raise Hopeless(f"share {have.name} exists meanwhile, with the path {have.path}")
    asked = map(Ace.from_dict, step.args.get("acls") or ())
    return {ace.who: ace.permission for ace in have.acls} == {ace.who: ace.permission for ace in asked}


def _share_has(step: Step, seen: Seen) -> bool:
    have = seen.share
    if have is None:
        raise Hopeless(f"share {step.args['name']} is no longer there")
    told = {**have.properties, "comment": have.comment}
    return all(told.get(name) == want for name, want in step.args["changes"].items())


def _granted(step: Step, seen: Seen) -> bool:
    """Whether the share's ACL says what was asked, for share_acl_delete that it says nothing of that user or group."""
    if seen.share is None:
        raise Hopeless(f"share {step.args['name']} is no longer there")
    wanted = Ace.from_dict(step.args["ace"])
    permission = next((ace.permission for ace in seen.share.acls if ace.who == wanted.who), None)
    return permission == (None if step.verb is Verb.SHARE_ACL_DELETE else wanted.permission)


PRESENTING: Dict[Verb, Act] = {
    Verb.VOLUME_MODIFY: Act(
        lambda array, step, _: array.volume_modify(step.args["uuid"], step.args["changes"]),
        _has_settings,
        (Kind.VOLUME,),
        many=lambda array, steps, uuids: array.volume_modify_many(
            [(uuid, step.args["changes"]) for step, uuid in zip(steps, uuids)]
        ),
    ),
    Verb.LUN_OFFLINE: Act(
        lambda array, step, _: array.lun_enable(step.args["uuid"], False),
        lambda step, seen: seen.lun is None or seen.lun.enabled is False,
        LUN,
    ),
    Verb.LUN_ONLINE: Act(
        lambda array, step, _: array.lun_enable(step.args["uuid"], True),
        lambda step, seen: seen.lun is not None and seen.lun.enabled is True,
        LUN,
    ),
    Verb.LUN_MAP: Act(
        lambda array, step, _: array.lun_map(step.args["lun"], step.args["igroup"], step.args["logical_unit_number"]),
        lambda step, seen: seen.lun_map is not None,
        (Kind.LUN_MAP,),
    ),
    Verb.LUN_UNMAP: Act(
        lambda array, step, _: array.lun_unmap(step.args["lun_uuid"], step.args["igroup_uuid"]),
        lambda step, seen: seen.lun_map is None,
        (Kind.LUN_MAP,),
    ),
    Verb.EXPORT_POLICY_CREATE: Act(
        lambda array, step, _: array.export_policy_create(step.args["name"], step.args["rules"]),
        lambda step, seen: seen.export_policy is not None,
        (Kind.EXPORT_POLICY,),
    ),
    Verb.SHARE_CREATE: Act(lambda array, step, _: array.share_create(step.args), _shared, SHARE),
    Verb.SHARE_MODIFY: Act(
        lambda array, step, _: array.share_modify(step.args["uuid"], step.args["name"], step.args["changes"]),
        _share_has,
        SHARE,
    ),
    Verb.SHARE_ACL_SET: Act(
        lambda array, step, _: array.share_acl_set(
            step.args["uuid"], step.args["name"], step.args["ace"], step.args["exists"]
        ),
        _granted,
        SHARE,
    ),
    Verb.SHARE_ACL_DELETE: Act(
        lambda array, step, _: array.share_acl_delete(step.args["uuid"], step.args["name"], step.args["ace"]),
        _granted,
        SHARE,
    ),
}
