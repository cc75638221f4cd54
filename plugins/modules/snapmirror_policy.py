#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapmirror_policy
short_description: SnapMirror policies exist on both sides as declared
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - A policy of the SVMs O(source) and O(destination), so that mirrors find it in either direction. With one of them only, there alone.
  - What is given is made so; what is left out stays as it is found. ONTAP sets the type and what is copied at creation only; a policy that
    differs in these is refused, and so is a change to a policy that belongs to the whole cluster.
  - Over ZAPI policies are asynchronous, and O(schedule), O(throttle), O(copy_latest_source_snapshot), and prefix and schedule of O(retention), are
    refused, since ONTAPI has no words for them. Over REST O(copy_all_source_snapshots) needs ONTAP 9.10.1, O(copy_latest_source_snapshot)
    and O(create_snapshot_on_source) 9.11.1.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.run
  - ontap.data_motion.ontap.attributes
options:
  name:
    description: Name of the policy.
    type: str
    required: true
  state:
    description: Policies are never removed by this module.
    type: str
    choices: [present]
    default: present
  type:
    description: Left out, V(async) for a new policy.
    type: str
    choices: [async, sync, continuous]
  sync_type:
    description: For O(type=sync).
    type: str
    choices: [sync, strict_sync, automated_failover, automated_failover_duplex]
  comment:
    description: What the policy is for.
    type: str
  schedule:
    description: Transfer schedule of the mirrors that have none of their own.
    type: str
  throttle:
    description: Limit in KB/s of mirrors that have none of their own, V(0) is unlimited.
    type: int
  retention:
    description: Which snapshots are kept at the destination. The whole list replaces the one that is found.
    type: list
    elements: dict
    suboptions:
      label:
        description: SnapMirror label of the snapshots.
        type: str
        required: true
      count:
        description: How many are kept.
        type: int
        default: 1
      prefix:
        description: Name of those that the destination makes itself; left out, the label.
        type: str
        default: ""
      schedule:
        description: When the destination makes snapshots itself.
        type: str
        default: ""
  copy_all_source_snapshots:
    description: Whether every snapshot of the source is copied.
    type: bool
  copy_latest_source_snapshot:
    description: Whether the newest snapshot of the source is copied and none is made for the transfer.
    type: bool
  create_snapshot_on_source:
    description: Whether each transfer makes a snapshot of its own at the source.
    type: bool
seealso:
  - module: ontap.data_motion.snapmirror_relationship
"""

EXAMPLES = r"""
- name: Daily copies, seven of them and four weekly ones kept
  ontap.data_motion.snapmirror_policy:
    source: paris
    destination: lyon
    name: Daily
    schedule: daily
    retention:
      - {label: daily, count: 7}
      - {label: weekly, count: 4}
"""

RETURN = r"""
changed:
  description: Whether a write request was sent, or would be in check mode. True also where something failed half-way.
  returned: always
  type: bool
plan:
  description: The steps from what was found to what is wanted, in the order in which they are started.
  returned: always
  type: list
  elements: dict
  contains:
    stage: {description: 'Stages run one after another, from 1.', type: int}
    verb: {description: What the step does., type: str, sample: create}
    volume: {description: 'Side and policy.', type: str, sample: 'destination:Daily'}
    target: {description: What it acts on., type: str, sample: 'svm_lyon:Daily'}
    side: {description: Which array gets the request., type: str, sample: destination}
    args: {description: Arguments., type: dict}
diff:
  description: Properties that change, before and after.
  returned: always
  type: dict
results:
  description: One entry per side.
  returned: when the policies could be read
  type: list
  elements: dict
  contains:
    volume: {description: 'Side and policy.', type: str, sample: 'destination:Daily'}
    status:
      description: V(ok), V(changed), V(failed), V(refused), V(unreachable) or V(in_progress).
      type: str
    msg: {description: One line about it., type: str}
    drift: {description: 'Properties that are not as wanted and are left as found, with what is had and wanted.', type: list, elements: dict}
    steps: {description: 'Outcome of each step: verb, target, status, msg, seconds, job.', type: list, elements: dict}
failed_volumes:
  description: The entries of RV(results) with status V(failed), V(refused) or V(unreachable).
  returned: when the policies could be read
  type: list
  elements: str
predicted:
  description: In check mode, what the plan leads to; the next task takes it as O(assume). Empty otherwise.
  returned: when the policies could be read
  type: dict
"""

from dataclasses import asdict

from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.observe import Needs
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned
from ansible_collections.ontap.data_motion.plugins.module_utils.model.policy import RetentionRule
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.policies import WantedPolicy, plan_policies

LIKE_ONTAP = (
    "type",
    "sync_type",
    "comment",
    "schedule",
    "copy_all_source_snapshots",
    "copy_latest_source_snapshot",
    "create_snapshot_on_source",
)
SIDES = ("source", "destination")


def wanted(params, origin):
    declared = {name: params[name] for name in LIKE_ONTAP if params[name] is not None}
    if params["throttle"] is not None:
        declared["throttle_kbps"] = params["throttle"]
    if params["retention"] is not None:
        declared["retention"] = [asdict(rule) for rule in sorted(RetentionRule(**one) for one in params["retention"])]
    return WantedPolicy(params["name"], declared, tuple(side for side in SIDES if params[side]))


def seen(params):
    return Needs(**{side: ("about", "mirror_policies") for side in SIDES if params[side]})


RULE = {
    "label": {"type": "str", "required": True},
    "count": {"type": "int", "default": 1},
    "prefix": {"type": "str", "default": ""},
    "schedule": {"type": "str", "default": ""},
}


def main():
    run_planned(
        compose(
            "sides",
            "run",
            name={"type": "str", "required": True},
            state={"type": "str", "choices": ["present"], "default": "present"},
            type={"type": "str", "choices": ["async", "sync", "continuous"]},
            sync_type={
                "type": "str",
                "choices": ["sync", "strict_sync", "automated_failover", "automated_failover_duplex"],
            },
            comment={"type": "str"},
            schedule={"type": "str"},
            throttle={"type": "int"},
            retention={"type": "list", "elements": "dict", "options": RULE},
            copy_all_source_snapshots={"type": "bool"},
            copy_latest_source_snapshot={"type": "bool"},
            create_snapshot_on_source={"type": "bool"},
        ),
        Work(want=wanted, needs=seen, again=seen, any_source=True, plan=plan_policies),
        required_one_of=[("source", "destination")],
    )


if __name__ == "__main__":
    main()
