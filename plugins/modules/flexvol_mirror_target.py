#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: flexvol_mirror_target
short_description: DP target volumes that match their sources
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - Creates for each source volume a volume of type DP on the destination, with the source's size, language, guarantee,
    snapshot reserve, efficiency and encryption, on the aggregate that O(aggregate_map) names, and waits until it is
    online.
  - A source that has grown grows its target, which never shrinks. A target that takes writes is left alone.
  - The source's junction path and export policy are kept in the target's comment, for the day on which the source is
    gone.
    What others wrote into the comment is kept.
  - A destination volume that is writable and belongs to no mirror is never touched.
  - The target of a FlexGroup is a FlexGroup with as many constituents, spread evenly over the aggregates that O(aggregate_map) names. It gets the
    source's efficiency when it takes writes, by M(ontap.data_motion.volume_presentation).
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.selection
  - ontap.data_motion.ontap.run
  - ontap.data_motion.ontap.attributes
options:
  state:
    description:
      - V(absent) deletes target volumes that this collection created, that are still of type DP, and that mirror
        nothing any more. Any other volume that has the name of a target is refused, and left alone.
    type: str
    choices: [present, absent]
    default: present
  aggregate_map:
    description: For each aggregate that holds source volumes, the aggregate of the destination that takes their
      targets.
    type: dict
    default: {}
  destination_name:
    description: Name of new targets; knows C({volume}) and C({svm}) of the source. Existing mirrors keep theirs.
    type: str
    default: '{volume}'
  policy:
    description: SnapMirror policy of the mirrors to come. Volumes and settings that do not go with it are refused before a target is made.
    type: str
  schedule:
    description: Transfer schedule of the mirrors to come, looked at together with O(policy).
    type: str
  throttle:
    description: Limit of the mirrors to come in KB/s, looked at together with O(policy).
    type: int
  consistency_group:
    description: The consistency group that is to be mirrored, looked at together with O(policy).
    type: str
seealso:
  - module: ontap.data_motion.snapmirror_relationship
"""

EXAMPLES = r"""
- name: Target volumes for a whole backend
  ontap.data_motion.flexvol_mirror_target:
    source: paris
    destination: lyon
    volumes: ['cinder_*']
    aggregate_map:
      aggr_p1: aggr_l1

- name: Remove what a retired mirror left behind
  ontap.data_motion.flexvol_mirror_target:
    source_svm: svm_paris
    destination: lyon
    volumes: [cinder_01]
    state: absent
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
    volume: {description: The backend's own volume., type: str}
    target: {description: What it acts on., type: str, sample: 'svm_lyon:vol0001'}
    side: {description: Which array gets the request., type: str, sample: destination}
    args: {description: Arguments., type: dict}
diff:
  description: Properties that change, before and after.
  returned: always
  type: dict
results:
  description: One entry per volume.
  returned: when the volumes could be read
  type: list
  elements: dict
  contains:
    volume: {description: The backend's own volume., type: str}
    status:
      description: V(ok), V(changed), V(failed), V(refused), V(unreachable) or V(in_progress).
      type: str
    msg: {description: One line about it., type: str}
    drift: {description: 'Properties that are not as wanted and are left as found, with what is had and wanted.', type: list, elements: dict}
    steps: {description: 'Outcome of each step: verb, target, status, msg, seconds, job.', type: list, elements: dict}
    source: {description: 'Source path, with the SVM by its own name.', type: str}
    destination: {description: Destination path., type: str}
    exists: {description: Whether the target volume is there., type: bool}
    type: {description: Type of the target volume., type: str, sample: dp}
    size_bytes: {description: Its size., type: int}
    aggregates: {description: Where it lies., type: list, elements: str}
failed_volumes:
  description: Volumes with status V(failed), V(refused) or V(unreachable).
  returned: when the volumes could be read
  type: list
  elements: str
predicted:
  description: In check mode, what the plan leads to; the next task takes it as O(assume). Empty otherwise.
  returned: when the volumes could be read
  type: dict
"""

from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.facts import target_facts
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.observe import Needs
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned
from ansible_collections.ontap.data_motion.plugins.module_utils.model.plan import Verb
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.targets import WantedTargets, plan_targets

SEEN = ("volumes", "paths", "peers")


def needs(params):
    absent = params["state"] == "absent"
    policies = ("policies",) if params["policy"] and not absent else ()
    return Needs(source=() if absent else ("volumes", "paths"), destination=SEEN + policies)


def places_if_creating(picture, want):
    """Where new targets can lie; and of how many constituents new FlexGroups consist."""
    made = [step for step in plan_targets(picture, want).steps() if step.verb is Verb.VOLUME_CREATE]
    groups = any("constituents_per_aggregate" in step.args for step in made)
    return Needs(source=("constituents",) if groups else (), destination=("aggregates",) if made else ())


def wanted(params, origin):
    return WantedTargets(
        origin=origin,
        volumes=tuple(params["volumes"]),
        absent=params["state"] == "absent",
        destination_name=params["destination_name"],
        aggregate_map=params["aggregate_map"],
        policy=params["policy"],
        schedule=params["schedule"],
        throttle_kbps=params["throttle"],
        grouped=bool(params["consistency_group"]),
    )


def main():
    run_planned(
        compose(
            "sides",
            "selection",
            "run",
            state={"type": "str", "choices": ["present", "absent"], "default": "present"},
            aggregate_map={"type": "dict", "default": {}},
            destination_name={"type": "str", "default": "{volume}"},
            policy={"type": "str"},
            schedule={"type": "str"},
            throttle={"type": "int"},
            consistency_group={"type": "str"},
        ),
        Work(
            want=wanted,
            needs=needs,
            more=places_if_creating,
            again=Needs(destination=("volumes",)),
            plan=plan_targets,
            facts=target_facts,
        ),
    )


if __name__ == "__main__":
    main()
