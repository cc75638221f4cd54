# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is a value: stages one after another, chains side by side, steps in a row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple


class Verb(str, Enum):
    """What a step does, in ONTAP's words."""

    PEER_CREATE = "svm_peer_create"
    PEER_MODIFY = "svm_peer_modify"
    PEER_ACCEPT = "svm_peer_accept"
    VOLUME_CREATE = "volume_create"
    VOLUME_GROW = "volume_grow"
    VOLUME_COMMENT = "volume_comment"
    VOLUME_MODIFY = "volume_modify"
    VOLUME_DELETE = "volume_delete"
    CLONE_CREATE = "clone_create"
    CLONE_SPLIT = "clone_split"
    CLONE_DELETE = "clone_delete"
    SNAPSHOT_CREATE = "snapshot_create"
    SNAPSHOT_DELETE = "snapshot_delete"
    LUN_OFFLINE = "lun_offline"
    LUN_ONLINE = "lun_online"
    LUN_MAP = "lun_map"
    LUN_UNMAP = "lun_unmap"
    EXPORT_POLICY_CREATE = "export_policy_create"
    POLICY_CREATE = "policy_create"
    POLICY_MODIFY = "policy_modify"
    SHARE_CREATE = "share_create"
    SHARE_MODIFY = "share_modify"
    SHARE_ACL_SET = "share_acl_set"
    SHARE_ACL_DELETE = "share_acl_delete"
    MOUNT = "mount"
    UNMOUNT = "unmount"
    SVM_STOP = "svm_stop"
    SVM_START = "svm_start"
    GROUP_CREATE = "consistency_group_create"
    GROUP_ADD = "consistency_group_add"
    CREATE = "create"
    EXPAND = "expand"
    MODIFY = "modify"
    INITIALIZE = "initialize"
    AWAIT_IDLE = "await_idle"
    UPDATE = "update"
    QUIESCE = "quiesce"
    RESUME = "resume"
    ABORT = "abort"
    BREAK = "break"
    RESYNC = "resync"
    FAILOVER = "failover"
    DELETE = "delete"
    RELEASE = "release"

    @property
    def writes(self) -> bool:
        return self is not Verb.AWAIT_IDLE


SOURCE, DESTINATION = "source", "destination"
HIDDEN_ARGS = (
    "uuid", "transfer_uuid", "snapshot_uuid", "lun_uuid", "igroup_uuid", "before", "shows", "policy_type", "sync_type"
)  # fmt: skip
"""Arguments that mean nothing to the user, and those that a prediction cannot know."""


@dataclass(frozen=True)
class Step:
    """One request to one array, with the proof that it worked left to the engine.

    volume: the backend's own volume that the outcome is booked on ("" for the backend as a whole).
    target: what it acts on, `svm:volume` (a mirror is named by its destination).
    side: SOURCE or DESTINATION, the array that gets the request.
    args: plain values only; they are shown to the user, so never a secret.
    tolerated: a failure of this step is a warning and its chain goes on.
    also: where the step is one of a group of volumes, those on which its outcome is booked; volume then names the group.
    """

    verb: Verb
    volume: str
    target: str
    side: str = DESTINATION
    args: Mapping[str, Any] = field(default_factory=dict)
    tolerated: bool = False
    also: Tuple[str, ...] = ()

    @property
    def volumes(self) -> Tuple[str, ...]:
        """On which the outcome is booked."""
        return self.also or (self.volume,)

    def as_dict(self) -> Dict[str, Any]:
        shown = {name: value for name, value in self.args.items() if value is not None and name not in HIDDEN_ARGS}
        told = {"verb": self.verb.value, "volume": self.volume, "target": self.target, "side": self.side, "args": shown}
        return {**told, "volumes": list(self.also)} if self.also else told


@dataclass(frozen=True)
class Chain:
    """Steps for one volume, stopped by the first that fails.

    needs: volumes that must not be refused and whose chains in earlier stages must have succeeded; its own is
    always needed.
    """

    volume: str
    steps: Tuple[Step, ...]
    needs: Tuple[str, ...] = ()


Stage = Tuple[Chain, ...]


@dataclass(frozen=True)
class Drift:
    """One property that is not as wanted and is left as found."""

    property: str
    have: Any
    want: Any

    def as_dict(self) -> Dict[str, Any]:
        return {"property": self.property, "have": self.have, "want": self.want}


@dataclass(frozen=True)
class Verdict:
    """What planning found for one volume.

    refused: why nothing will be done ("" when it is not refused).  message: one line for the user.
    undone: parts that are refused, each with its reason, while the rest of the volume's steps is done.
    """

    volume: str
    refused: str = ""
    message: str = ""
    drift: Tuple[Drift, ...] = ()
    warnings: Tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    in_progress: bool = False
    undone: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """stages: what to do.  verdicts: one per volume of the set, in the order of the set."""

    stages: Tuple[Stage, ...] = ()
    verdicts: Tuple[Verdict, ...] = ()
    warnings: Tuple[str, ...] = ()

    def steps(self) -> Iterator[Step]:
        for stage in self.stages:
            for chain in stage:
                yield from chain.steps

    def verbs(self) -> List[str]:
        return [step.verb.value for step in self.steps()]

    def booked_on(self, names: Mapping[str, str]) -> Plan:
        """The same steps with each outcome booked on another name, {volume: name}; what is not in it stays."""
        if not names:
            return self

        def own(volume: str) -> str:
            return names.get(volume, volume)

        def renamed(chain: Chain) -> Chain:
            steps = tuple(replace(step, volume=own(step.volume)) for step in chain.steps)
            return Chain(own(chain.volume), steps, tuple(own(one) for one in chain.needs))

        stages = tuple(tuple(renamed(chain) for chain in stage) for stage in self.stages)
        verdicts = tuple(replace(one, volume=own(one.volume)) for one in self.verdicts)
        return Plan(stages, verdicts, self.warnings)

    @property
    def changes(self) -> bool:
        return any(step.verb.writes for step in self.steps())

    def as_list(self) -> List[Dict[str, Any]]:
        """The steps as plain values, each with its stage from 1."""
        return [
            {"stage": number, **step.as_dict()}
            for number, stage in enumerate(self.stages, start=1)
            for chain in stage
            for step in chain.steps
        ]


@dataclass(frozen=True)
class VolumePlan:
    """The plan of a single volume: its verdict and its steps by stage number (from 0)."""

    verdict: Verdict
    stages: Mapping[int, Tuple[Step, ...]] = field(default_factory=dict)
    needs: Tuple[str, ...] = ()

    @classmethod
    def of(cls, volume: str, *steps: Step, message: str = "", **verdict: Any) -> VolumePlan:
        return cls(Verdict(volume, message=message, **verdict), {0: tuple(steps)} if steps else {})

    @classmethod
    def refuse(cls, volume: str, reason: str, **verdict: Any) -> VolumePlan:
        return cls(Verdict(volume, refused=reason, message=reason, **verdict))


def join(plans: Mapping[str, VolumePlan], warnings: Tuple[str, ...] = ()) -> Plan:
    """One plan from the plans of many volumes; stages with equal numbers run side by side.

    The needs of a plan concern its later stages: its stage 0, and what clears the way
    for it in stages below 0, has nobody to wait for.
    """
    numbers = sorted({number for plan in plans.values() for number in plan.stages})
    stages = tuple(
        tuple(
            Chain(name, plan.stages[number], plan.needs if number > 0 else ())
            for name, plan in plans.items()
            if plan.stages.get(number)
        )
        for number in numbers
    )
    return Plan(stages, tuple(plan.verdict for plan in plans.values()), warnings)


def find(plan: Plan, verb: Verb) -> Optional[Step]:
    """The first step with *verb*, None when there is none."""
    return next((step for step in plan.steps() if step.verb is verb), None)
