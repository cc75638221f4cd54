# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of a module that makes and removes relationships to what is read and what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.errors import BadInput
from ..model.mirror import State
from ..model.picture import Picture
from ..model.plan import Plan, Verb
from ..planning.failover import WantedBreak, without_mirrors
from ..planning.group_mirrors import WantedGroup
from ..planning.mirrors import WantedMirrors, plan_mirrors
from ..planning.names import Origin
from ..planning.removal import records_of_groups
from ..planning.svm_mirrors import plan_svm_mirror
from . import runtime
from .observe import Needs, whole_svms

ACTIVE = {None: None, "active": True, "paused": False}


def needs(params: Mapping[str, Any]) -> Needs:
    if params["state"] == "present":
        about = ("about",) if params["consistency_group"] else ()
        if params["svm_dr"]:
            return Needs(source=("volumes", "paths"), destination=("volumes", "mirrors", "peers", "svm", "about"))
        return Needs(source=("volumes", "paths", *about), destination=("volumes", "mirrors", "peers", *about))
    return Needs(source=("records", "peers") if params["source"] else (), destination=("mirrors", "peers", "about"))


def plan(have: Picture, want: WantedMirrors) -> Plan:
    return plan_svm_mirror(have, want) if want.whole and not want.absent else plan_mirrors(have, want)


def more(picture: Picture, want: WantedMirrors) -> Needs:
    """Policies only where one is chosen, snapshots only where a resync is asked for."""
    if want.absent:
        return Needs(source=("volumes",)) if records_of_groups(picture) else Needs()
    creates = want.policy or Verb.CREATE.value in plan(picture, want).verbs()
    policies = ("policies", "about") if creates else ("about",) if want.schedule == "" else ()
    broken = want.active and any(one.state is State.BROKEN_OFF for one in picture.destination.mirrors.values())
    grouped = want.group is not None and Verb.CREATE.value in plan_mirrors(picture, want).verbs()
    return Needs(
        source=(("snapshots",) if broken else ()) + (("records",) if grouped else ()),
        hopeful=(("source", "mediators"), ("destination", "mediators")) if grouped else (),
        destination=policies + (("snapshots", "luns", "namespaces") if broken else ()),
    ).plus(Needs() if want.whole or not broken else whole_svms(picture))


def wanted(params: Mapping[str, Any], origin: Origin) -> WantedMirrors:
    return WantedMirrors(
        origin=origin,
        volumes=tuple(params["volumes"]),
        absent=params["state"] == "absent",
        destination_name=params["destination_name"],
        active=ACTIVE[params["relationship_state"]],
        policy=params["policy"],
        schedule=params["schedule"],
        throttle_kbps=params["throttle"],
        initialize=params["initialize"],
        wait=params["wait"],
        quiesce_timeout_s=params["timeout"] / 2,
        release=params["release"],
        accepted=params["accept_data_loss"],
        now=runtime.utc_now(),
        group=_group(params),
        whole=params["svm_dr"],
        identity_preservation=params["identity_preservation"],
    )


def _group(params: Mapping[str, Any]) -> WantedGroup | None:
    name = params["consistency_group"]
    if params["svm_dr"] and name:
        raise BadInput("svm_dr and consistency_group exclude each other: an SVM is mirrored as a whole")
    if params["identity_preservation"] and not params["svm_dr"]:
        raise BadInput("identity_preservation is for whole SVMs: set svm_dr, or leave it out")
    if params["svm_dr"] and params["destination_name"] != "{volume}":
        raise BadInput("destination_name: the volumes of an SVM that is mirrored as a whole keep their names")
    if not name:
        return None
    return WantedGroup(name, params["destination_consistency_group"] or name, params["expand_consistency_group"])


def more_for_a_break(picture: Picture, want: WantedBreak) -> Needs:
    """What has no mirror here may have been failed over, and be mirrored back: the records of this side tell."""
    records = Needs(hopeful=(("destination", "records"),)) if without_mirrors(picture, want) else Needs()
    return whole_svms(picture).plus(records)
