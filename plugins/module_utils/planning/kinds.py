# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes together: kinds of policies, settings of mirrors, and kinds of volumes."""

from __future__ import annotations

from ..model.array import Policy
from ..model.errors import BadInput


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


def unfit_for(policy: Policy | None, source: str, style: str) -> str:
    """Why a volume cannot be mirrored with *policy*, "" when it can."""
    if policy is not None and is_synchronous(policy) and style == "flexgroup":
        return f"{source} is a FlexGroup, which no synchronous policy mirrors ({policy.name}): name an asynchronous one"
    return ""
