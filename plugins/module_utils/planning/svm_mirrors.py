# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One mirror for a whole SVM: ONTAP makes the volumes at the destination and keeps their set as it is at the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..model.array import DP_DESTINATION
from ..model.errors import BadInput
from ..model.mirror import Mirror, State
from ..model.path import Path
from ..model.picture import Picture
from ..model.plan import Plan, Step, Verb, VolumePlan, join
from .kinds import is_synchronous
from .mirrors import (
    DEFAULT_POLICY,
    WantedMirrors,
    check_policy,
    converge,
    local_name_of,
    pause_at_last,
    schedule_at_creation,
)
from .names import Selection, mirrors_by_source, origin_of, select_from_source, unfit
from .whole_svms import all_volumes


def plan_svm_mirror(have: Picture, want: WantedMirrors) -> Plan:
    """As plan_mirrors, with the SVM's relationship in place of one for each volume."""
    about = have.destination.about
    if about is not None and not about.has_whole_svms:
        raise BadInput(
            f"an SVM is mirrored as a whole over REST only, and cluster {about.name} is asked in another way: use_rest: auto or "
            "always, or mirror its volumes; nothing was changed"
        )
    there = have.side("source")
    chosen = select_from_source(want.volumes, there)
    rest = sorted(name for name, volume in there.volumes.items() if not unfit(volume, there.mirrors))
    left_out = [name for name in rest if name not in chosen.names]
    if left_out:
        raise BadInput(
            f"SVM {there.svm} is mirrored as a whole, which takes {', '.join(left_out)} along: add them to volumes (['*'])"
        )
    whole = _relationship(have, want)
    if whole is not None:
        return join({name: _existing(name, whole, chosen, have, want) for name in chosen.names})
    check_policy(have, want, True)
    policy = (have.destination.policies or {}).get(want.policy or DEFAULT_POLICY)
    if is_synchronous(policy):
        raise BadInput(f"policy {want.policy} is synchronous, and an SVM is mirrored asynchronously: name another one")
    refused = _unfit_destination(have, want)
    if refused:
        return join({name: VolumePlan.refuse(name, refused) for name in chosen.names})
    args = _creation(have, want, chosen)
    return join({name: _create(name, chosen, args, have, want) for name in chosen.names})


def _relationship(have: Picture, want: WantedMirrors) -> Mirror | None:
    """The one of this SVM, or a volume's part of it. Raises BadInput where the destination mirrors another SVM."""
    here = have.destination
    found = next((mirror for mirror in here.mirrors.values() if mirror.of_svm), None)
    if found is not None and origin_of(found, here.peers).svm != want.origin.svm:
        raise BadInput(
            f"SVM {here.svm} already mirrors {found.group_source or found.source}, so it cannot mirror another SVM"
        )
    return found


def _unfit_destination(have: Picture, want: WantedMirrors) -> str:
    """Why this SVM cannot become the copy, "" where it can."""
    here = have.destination
    own = mirrors_by_source(here, want.origin)
    if own:
        names = ", ".join(sorted(own))
        return (
            f"{names}: mirrored one by one to SVM {here.svm} already; remove these mirrors first, or leave svm_dr out"
        )
    if here.whole is not None and here.whole.subtype != DP_DESTINATION:
        return (
            f"SVM {here.svm} is of subtype {here.whole.subtype}: an SVM is mirrored to one that was made for it "
            "(subtype dp_destination), and no other is turned into one"
        )
    held = sorted(all_volumes(here))
    if held:
        return f"SVM {here.svm} holds volumes of its own ({', '.join(held[:5])}): an SVM is mirrored to an empty one"
    return ""


def _creation(have: Picture, want: WantedMirrors, chosen: Selection) -> Mapping[str, Any]:
    members = {name: name for name in chosen.names if name not in chosen.refused}
    return {
        "source": f"{local_name_of(have, want)}:",
        "members": members,
        "policy": want.policy or DEFAULT_POLICY,
        "schedule": schedule_at_creation(have, want),
        "throttle_kbps": want.throttle_kbps,
        "identity_preservation": want.identity_preservation,
    }


def _create(name: str, chosen: Selection, args: Mapping[str, Any], have: Picture, want: WantedMirrors) -> VolumePlan:
    if name in chosen.refused:
        return VolumePlan.refuse(name, chosen.refused[name])
    path = f"{have.destination.svm}:"
    steps = [Step(Verb.CREATE, name, path, args=args)]
    if want.initialize:
        steps.append(Step(Verb.INITIALIZE, name, path, args={"wait": want.wait}))
        steps += pause_at_last(name, path, {}, False, want)
    return VolumePlan.of(name, *steps, facts=_facts(name, have, want))


def _facts(name: str, have: Picture, want: WantedMirrors) -> dict[str, str]:
    return {"source": f"{want.origin.svm}:{name}", "destination": f"{have.destination.svm}:{name}"}


def _existing(name: str, whole: Mirror, chosen: Selection, have: Picture, want: WantedMirrors) -> VolumePlan:
    facts = _facts(name, have, want)
    if name in chosen.refused:
        return VolumePlan.refuse(name, chosen.refused[name])
    if want.identity_preservation not in (None, whole.identity_preservation):
        reason = (
            f"{whole.target} preserves the identity {whole.identity_preservation}, not {want.identity_preservation}: "
            "remove the mirror and create it anew"
        )
        return VolumePlan.refuse(name, reason, facts=facts)
    part = have.destination.mirrors.get(name)
    if part is not None and part.of_svm:
        return converge(name, part, have, want)
    if whole.state is State.UNINITIALIZED:
        return converge(name, _part(whole, name), have, want)
    message = f"{name} is new and comes with the next update of {whole.target}"
    if whole.state is not State.SNAPMIRRORED or whole.transferring:
        return VolumePlan.of(name, message=message, facts=facts, in_progress=True, warnings=(message,))
    args = {"uuid": whole.uuid, "wait": want.wait, "before": whole.transfer_mark}
    return VolumePlan.of(name, Step(Verb.UPDATE, name, whole.target, args=args), message=message, facts=facts)


def _part(whole: Mirror, name: str) -> Mirror:
    """Of a relationship that has no volumes at the destination yet."""
    return replace(
        whole,
        source=Path(whole.source.svm, name),
        destination=Path(whole.destination.svm, name),
        group=whole.group or whole.destination,
        group_source=whole.group_source or whole.source,
    )
