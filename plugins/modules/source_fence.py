#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: source_fence
short_description: A source that cannot take writes, and its way back
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - V(present) takes LUNs offline, which keeps their maps and ids, unmounts the volumes, deepest first, proves both,
    and then takes a snapshot of each volume.
    That snapshot's create time is the time of the fence. It lets a later reverse resync prove that nothing is lost,
    and stays until the fence is taken away.
  - What the fence takes away is kept in C(fence-BACKEND.json) in O(report_dir) before the first request, so that a
    killed run can be undone or finished.
  - V(absent) deletes that snapshot, mounts the volumes again, shallowest first, and brings the LUNs online that the
    fence took offline.
  - A volume is refused if another volume that is not in the set is mounted below it, or if it holds NVMe namespaces
    that take writes, since ONTAP does not let these be taken
    offline.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.run
  - ontap.data_motion.ontap.attributes
options:
  volumes:
    description: The volumes, as names, globs, or C(~) with a regular expression.
    type: list
    elements: str
    default: ['*']
  state:
    description: Whether the fence stands.
    type: str
    choices: [present, absent]
    default: present
  unmap:
    description:
      - Whether V(present) also takes the LUN maps away, so that hosts no longer see the LUNs. V(absent) maps again, with the same LUN ids,
        what C(fence-BACKEND.json) in O(report_dir) remembers, which is required for it.
    type: bool
    default: false
  svm_dr:
    description:
      - The SVM is mirrored as a whole. It is stopped and started, and its volumes stay mounted, since their junction paths are mirrored, too.
      - O(volumes) has to name all volumes of the SVM.
    type: bool
    default: false
  junction_paths:
    description: For V(absent), where to mount each volume; left out, C(fence-BACKEND.json) in O(report_dir) tells.
    type: dict
    default: {}
  names:
    description:
      - What results, RV(junctions), RV(fence_times) and O(junction_paths) call a volume instead of its own name. For fencing a target, whose volumes
        may have other names than the backend's that they hold.
    type: dict
    default: {}
seealso:
  - module: ontap.data_motion.snapmirror_break
"""

EXAMPLES = r"""
- name: No writes at paris any more
  ontap.data_motion.source_fence:
    source: paris
    volumes: ['cinder_*']
    report_dir: /var/log/ontap/paris
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
fence_times:
  description: When each volume was fenced, by volume, in ISO 8601 by the clock of its cluster.
  returned: when the volumes could be read
  type: dict
snapshot:
  description: Name of the snapshot that a fence of this SVM takes of each volume.
  returned: when the volumes could be read
  type: str
junctions:
  description: Where each volume was mounted before the fence, by volume.
  returned: when the volumes could be read
  type: dict
"""

from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.fence import junctions, remember, settle, wanted
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.observe import Needs
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.fence import plan_fence

SEEN = ("volumes", "paths", "luns", "namespaces", "fences")


def mapped(params):
    """Maps are of interest where they are taken away, and where they may have to be given back."""
    return ("lun_maps",) if params["unmap"] or params["state"] == "absent" else ()


def main():
    run_planned(
        compose(
            "sides",
            "run",
            volumes={"type": "list", "elements": "str", "default": ["*"]},
            state={"type": "str", "choices": ["present", "absent"], "default": "present"},
            junction_paths={"type": "dict", "default": {}},
            names={"type": "dict", "default": {}},
            unmap={"type": "bool", "default": False},
            svm_dr={"type": "bool", "default": False},
        ),
        Work(
            want=wanted,
            needs=lambda params: Needs(source=(*SEEN, *mapped(params), *(("svm",) if params["svm_dr"] else ()))),
            sides=("source",),
            again=Needs(source=("volumes", "luns", "fences")),
            plan=plan_fence,
            before_writes=remember,
            after_writes=settle,
            extra=junctions,
        ),
    )


if __name__ == "__main__":
    main()
