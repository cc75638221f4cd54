# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes together: kinds of policies, settings of mirrors, and kinds of volumes."""

from __future__ import annotations

from ..model.array import ClusterAbout, Policy
from ..model.errors import BadInput
from ..model.mirror import ACTIVE_SYNC
from ..model.volume import Volume


def is_synchronous(policy: Policy | None) -> bool:
    """As far as is known: a policy that could not be read counts as asynchronous."""
    return policy is not None and policy.type not in (None, "async")


def own_settings(schedule: str | None, throttle_kbps: int | None) -> list[str]:
    """Those asked for that only asynchronous mirrors have."""
    return [name for name, value in (("schedule", schedule), ("throttle", throttle_kbps)) if value]


def check_settings(policy: Policy | None, schedule: str | None, throttle_kbps: int | None) -> None:
    """Raises BadInput for settings that mirrors with *policy* do not have."""
    own = own_settings(schedule, throttle_kbps)
    if policy is not None and is_synchronous(policy) and own:
        raise BadInput(
            f"policy {policy.name} is synchronous, and a mirror with it has no {' and no '.join(own)}: "
            f"leave {' and '.join(own)} out; nothing was changed"
        )


def check_way(policy: Policy | None, about: ClusterAbout | None) -> None:
    """Raises BadInput for a synchronous policy where the destination is spoken to in a way that has no words for its states."""
    if policy is not None and is_synchronous(policy) and about is not None and not about.has_synchronous:
        raise BadInput(
            f"policy {policy.name} is synchronous, and cluster {about.name} would have to be asked over REST: use_rest: auto or "
            "always, or name an asynchronous one; nothing was changed"
        )


def is_active_sync(policy: Policy | None) -> bool:
    return policy is not None and (policy.sync_type or "").startswith(ACTIVE_SYNC)


def unfit_for(policy: Policy | None, source: Volume, grouped: bool) -> str:
    """Why a volume cannot be mirrored with *policy*, alone or as part of a consistency group; "" when it can."""
    if policy is None or not is_synchronous(policy):
        return ""
    name = f"{source.name}: policy {policy.name}"
    if source.style == "flexgroup":
        return f"{source.name} is a FlexGroup, which no synchronous policy mirrors ({policy.name}): name an asynchronous one"
    if is_active_sync(policy) and not grouped:
        return f"{name} (active sync) mirrors consistency groups only: give consistency_group (ontap_consistency_group)"
    if is_active_sync(policy) and source.junction_path:
        path = source.junction_path
        return f"{name} (active sync) mirrors LUNs only, and the volume is mounted at {path}: unmount it, or name another policy"
    if grouped and not is_active_sync(policy):
        return f"{name} does not mirror consistency groups: name an asynchronous one or AutomatedFailOver, or leave the group out"
    return ""
