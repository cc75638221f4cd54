#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: svm_peer
short_description: SVM peering exists and is accepted on both sides
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - Peers the SVMs O(source) and O(destination) for SnapMirror, and accepts the peering on the side that did not ask.
  - An existing peering is extended by missing applications, never replaced. One that was rejected or suspended is
    left and refused.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.run
  - ontap.data_motion.ontap.attributes
options:
  state:
    description: Peerings are never removed by this module.
    type: str
    choices: [present]
    default: present
  applications:
    description: What the peering is for.
    type: list
    elements: str
    choices: [snapmirror, flexcache]
    default: [snapmirror]
seealso:
  - module: ontap.data_motion.snapmirror_relationship
"""

EXAMPLES = r"""
- name: Peer two backends of the inventory
  ontap.data_motion.svm_peer:
    source: paris
    destination: lyon
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
failed_volumes:
  description: Volumes with status V(failed), V(refused) or V(unreachable).
  returned: when the volumes could be read
  type: list
  elements: str
predicted:
  description: In check mode, what the plan leads to; the next task takes it as O(assume). Empty otherwise.
  returned: when the volumes could be read
  type: dict
source_cluster:
  description: Name of the source SVM's cluster.
  returned: success
  type: str
"""

from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.observe import Needs
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.peers import WantedPeering, plan_peering

BOTH = ("peers",)
CLUSTERS = Needs(source=("about",), destination=("about",))


def unsettled(picture, want):
    """Only a peering that has to be made, extended or accepted needs the names of the clusters."""
    return CLUSTERS if plan_peering(picture, want).changes else Needs()


def main():
    run_planned(
        compose(
            "sides",
            "run",
            state={"type": "str", "choices": ["present"], "default": "present"},
            applications={
                "type": "list",
                "elements": "str",
                "choices": ["snapmirror", "flexcache"],
                "default": ["snapmirror"],
            },
        ),
        Work(
            want=lambda params, origin: WantedPeering(tuple(params["applications"])),
            needs=lambda params: Needs(source=BOTH, destination=BOTH),
            more=unsettled,
            again=Needs(source=BOTH, destination=BOTH),
            plan=plan_peering,
            extra=lambda picture, plan, params, origin: {"source_cluster": origin.cluster},
        ),
    )


if __name__ == "__main__":
    main()
