#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapmirror_info
short_description: State, health and lag of a backend's mirrors
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - Reads the mirrors of a source SVM on a destination SVM in a few bulk requests.
  - Where O(source) is given, it also tells which of its volumes have no mirror, and lists orphans, that is records at
    the source without a mirror, and mirrors that the source has forgotten.
    A source that hosts can still reach although its mirror was broken is a split-brain danger and a warning.
  - Without a source of any kind, all mirrors on the destination are told.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.selection
  - ontap.data_motion.ontap.direction
  - ontap.data_motion.ontap.run
attributes:
  check_mode:
    support: full
    description: It only reads.
  diff_mode:
    support: N/A
    description: It changes nothing.
  idempotent:
    support: full
    description: It only reads.
  action_group:
    support: full
    description: Use C(group/ontap.data_motion.ontap) in C(module_defaults) for all modules at once.
    membership: [ontap.data_motion.ontap]
options:
  rpo_s:
    description: Recovery point objective in seconds; each mirror gets a verdict against it.
    type: int
seealso:
  - module: ontap.data_motion.snapmirror_relationship
  - module: ontap.data_motion.replication_readiness
"""

EXAMPLES = r"""
- name: How are the mirrors of paris on lyon
  ontap.data_motion.snapmirror_info:
    source: paris
    destination: lyon
    rpo_s: 7200
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
    protected: {description: Whether there is a mirror., type: bool}
    direction: {description: 'V(forward) is from the backend to its target, V(reversed) is back to it.', type: str}
    state: {description: State of the mirror as last read., type: str, sample: snapmirrored}
    healthy: {description: 'Health of the mirror, null if the array does not tell.', type: bool}
    unhealthy_reasons: {description: Why it is not healthy., type: list, elements: str}
    relationship: {description: 'Destination of the relationship that carries it, where that is a consistency group or an SVM.', type: str}
    lag_s: {description: 'Age of the exported snapshot in seconds, null if unknown.', type: float}
    exported_snapshot: {description: Snapshot that the destination shows., type: str}
    transfer_state: {description: State of the last or running transfer., type: str}
    last_transfer_end: {description: End of the last transfer., type: str}
    policy: {description: SnapMirror policy., type: str}
    schedule: {description: Transfer schedule., type: str}
    throttle_kbps: {description: 'Limit in KB/s, 0 is unlimited.', type: int}
failed_volumes:
  description: Volumes with status V(failed), V(refused) or V(unreachable).
  returned: when the volumes could be read
  type: list
  elements: str
predicted:
  description: In check mode, what the plan leads to; the next task takes it as O(assume). Empty otherwise.
  returned: when the volumes could be read
  type: dict
mirrors:
  description: One entry per mirror.
  returned: success
  type: list
  elements: dict
  contains:
    volume: {description: The backend's own volume., type: str}
    source: {description: 'Source path, with the SVM by its own name.', type: str}
    source_cluster: {description: Its cluster., type: str}
    destination: {description: Destination path., type: str}
    rpo: {description: 'V(ok), V(breach) or V(unknown).', type: str}
    state: {description: As in RV(results)., type: str}
    healthy: {description: As in RV(results)., type: bool}
    lag_s: {description: As in RV(results)., type: float}
orphans:
  description: What is left of mirrors on one side only.
  returned: success
  type: list
  elements: dict
  contains:
    source: {description: Source path., type: str}
    destination: {description: Destination path., type: str}
    uuid: {description: Its uuid., type: str}
    reason: {description: Which side knows it., type: str}
"""

from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.facts import mirror_facts
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.info import (
    mirrors_and_orphans,
    more_about_broken_mirrors,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.observe import Needs
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.info import Question, plan_info


def main():
    run_planned(
        compose("sides", "selection", "direction", "run", rpo_s={"type": "int"}),
        Work(
            want=lambda params, origin: Question(origin, tuple(params["volumes"])),
            needs=lambda params: Needs(
                destination=("mirrors", "about"),
                hopeful=(
                    ("destination", "peers"),
                    ("source", "records"),
                    ("source", "peers"),
                    ("source", "volumes"),
                    ("source", "paths"),
                ),
            ),
            more=more_about_broken_mirrors,
            ask_source=False,
            any_source=True,
            plan=plan_info,
            facts=mirror_facts,
            extra=mirrors_and_orphans,
        ),
    )


if __name__ == "__main__":
    main()
