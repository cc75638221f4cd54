#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_clone
short_description: FlexClones of volumes and of mirrors
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - Makes a FlexClone of each volume on the SVM of O(destination), mounts it where O(junction_path) says, and splits
    it if asked to.
  - With O(source_svm) or O(source), the clones are made of the mirrors of that SVM, which go on replicating;
    O(volumes) are the source's names, and the
    source is never contacted. Without them, O(volumes) are names on the SVM itself.
  - Each clone carries C(ontap.data_motion.clone) in its comment, with its parent, its snapshot and O(purpose).
    V(absent) removes only clones that
    carry this mark and this purpose, for good and not into the recovery queue where the release can (9.12.1), since a
    clone in there would hold its
    parent's snapshot for hours. A clone that was split is a volume of its own and is refused.
  - Parents are only read. An exception is a volume that takes writes and for which no O(parent_snapshot) is named, of
    which ONTAP takes a snapshot
    that stays after the clone is gone; for a mirror that was failed over, this is refused.
  - A volume of the clone's name that is no clone of ours is refused. A clone of another snapshot is reported as drift
    and left as it is.
  - While a clone is not split, ONTAP keeps its snapshot of the parent.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.selection
  - ontap.data_motion.ontap.run
  - ontap.data_motion.ontap.attributes
options:
  state:
    description: Whether the clones are there.
    type: str
    choices: [present, absent]
    default: present
  clone_name:
    description:
      - Name of the clone, or a template that knows C({volume}) and C({parent}), which is the volume's name on the SVM
        of O(destination).
      - Left out, C({volume}_clone); with V(absent) any name.
    type: str
  parent_snapshot:
    description:
      - The snapshot to clone.
      - Left out, the one that the mirror exports, or else its newest; of a volume that takes writes, ONTAP takes a
        new one.
    type: str
  junction_path:
    description:
      - Where to mount the clones, as a template that knows C({volume}), C({parent}) and C({junction}). Left out, they
        are not mounted.
      - C({junction}) is the volume's place in production without its first slash. What is mounted below another
        volume of the set lies below
        that one's clone; in all others a slash becomes an underscore, since nothing makes folders.
      - A volume without a place in production is not mounted where C({junction}) is used.
    type: str
  split:
    description: Whether to make the clones volumes of their own. ONTAP copies in the background; O(timeout) may end
      before it.
    type: bool
    default: false
  purpose:
    description: One word about what the clones are for. Clones for other purposes are not touched.
    type: str
    default: clone
  manifest:
    description: Path of a manifest that M(ontap.data_motion.volume_presentation) wrote, for C({junction}) of mirrors.
      One that does not exist is ignored.
    type: path
  clone_svm:
    description:
      - Another SVM of the cluster of O(destination), in which the clones are made, mounted and looked for. Left out, it is the SVM of O(destination).
      - The copy of a whole SVM takes no clones, so clones of its volumes need it. The login has to reach both SVMs.
      - ONTAP gives such clones the export policy C(default) of that SVM, not their parent's.
    type: str
seealso:
  - module: ontap.data_motion.snapmirror_break
  - module: ontap.data_motion.volume_presentation
"""

EXAMPLES = r"""
- name: Writable copies of what lyon mirrors of paris, apart from production
  ontap.data_motion.volume_clone:
    source_svm: svm_paris
    destination: lyon
    clone_name: test_{parent}
    junction_path: /test_{junction}

- name: Of the copy of a whole SVM, which takes no clones itself
  ontap.data_motion.volume_clone:
    source_svm: svm_paris
    destination: lyon
    clone_svm: svm_try
    junction_path: /{junction}_test

- name: Away with them
  ontap.data_motion.volume_clone:
    state: absent
    source_svm: svm_paris
    destination: lyon

- name: A volume of its own, as of yesterday
  ontap.data_motion.volume_clone:
    destination: paris
    volumes: [projects]
    clone_name: projects_yesterday
    parent_snapshot: daily.2026-01-31_0010
    split: true
    timeout: 7200
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
    verb: {description: What the step does., type: str, sample: clone_create}
    volume: {description: The backend's own volume., type: str}
    target: {description: What it acts on., type: str, sample: 'svm_lyon:vol0001_clone'}
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
    source: {description: 'Path of the mirror''s source, only with a source.', type: str}
    destination: {description: Path of the volume that is cloned., type: str, sample: 'svm_lyon:vol0001'}
    clone: {description: Path of the clone., type: str, sample: 'svm_lyon:vol0001_clone'}
    clone_name: {description: Name of the clone., type: str}
    exists: {description: Whether a volume of that name was there when last read., type: bool}
    is_clone: {description: Whether it still shares its parent's blocks., type: bool}
    parent_snapshot: {description: 'Its snapshot, null where ONTAP is yet to take one.', type: str}
    data_age_s: {description: 'Age of its data in seconds when the run began, null if unknown.', type: float}
    junction: {description: 'Where it is to be mounted, empty for nowhere.', type: str}
    mounted_at: {description: Where it is mounted., type: str}
    size_bytes: {description: Its size., type: int}
    removed: {description: 'Paths of the clones that are removed, only with V(absent).', type: list, elements: str}
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
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.clones import clone_facts, needs, places, wanted
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.observe import Needs
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.clones import plan_clones


def main():
    run_planned(
        compose(
            "sides",
            "selection",
            "run",
            state={"type": "str", "choices": ["present", "absent"], "default": "present"},
            clone_name={"type": "str"},
            parent_snapshot={"type": "str"},
            junction_path={"type": "str"},
            split={"type": "bool", "default": False},
            purpose={"type": "str", "default": "clone"},
            manifest={"type": "path"},
            clone_svm={"type": "str"},
        ),
        Work(
            want=wanted,
            needs=needs,
            sides=("destination",),
            any_source=True,
            places=places,
            again=Needs(destination=("clones",)),
            plan=plan_clones,
            facts=clone_facts,
        ),
    )


if __name__ == "__main__":
    main()
