#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapmirror_break
short_description: Break mirrors and mount their volumes where their sources were
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - Quiesces each mirror, waits, aborts the transfer at O(quiesce_timeout), breaks the mirror, proves that the volume
    takes writes, and mounts it.
  - All volumes move side by side; one that is ready does not wait for a slower one. A volume below another one of the
    set is mounted after it.
  - The source is never contacted, but for one case. Where an SVM is mirrored as a whole with its identity preserved and O(source) is given, it is asked
    whether it is stopped, and the break is refused if it is not. Without O(source) it counts as lost, which is warned of.
  - The copy of a whole SVM is started after the break.
  - The junction path is that of O(junction_paths), else of O(manifest), else the one kept in the target volume's
    comment, else C(/<volume>),
    which is then reported as assumed. A volume that was not mounted at its source is not mounted.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.selection
  - ontap.data_motion.ontap.direction
  - ontap.data_motion.ontap.run
  - ontap.data_motion.ontap.attributes
options:
  quiesce_timeout:
    description: Seconds to wait for a running transfer. 0 aborts it at once.
    type: int
    default: 60
  on_quiesce_timeout:
    description: What happens then. Synchronous mirrors are never aborted.
    type: str
    choices: [abort, fail]
    default: abort
  mount:
    description: Whether to mount the volumes.
    type: bool
    default: true
  junction_paths:
    description: Junction path by volume.
    type: dict
    default: {}
  manifest:
    description: Path of a manifest that M(ontap.data_motion.volume_presentation) wrote. One that does not exist is
      ignored.
    type: path
  snapshot:
    description: Break to this older snapshot, for example one from before an attack. Newer data on the destination is
      discarded.
    type: str
  recovery_point:
    description:
      - A time in ISO 8601. Each volume breaks to its newest snapshot that is not later. Newer data on the destination
        is discarded.
    type: str
seealso:
  - module: ontap.data_motion.snapmirror_relationship
  - module: ontap.data_motion.volume_presentation
  - module: ontap.data_motion.replication_readiness
"""

EXAMPLES = r"""
- name: Fail over, the source is gone
  ontap.data_motion.snapmirror_break:
    source_svm: svm_paris
    destination: lyon
    quiesce_timeout: 60
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
    recovery_snapshot: {description: 'The older snapshot that it was broken to, if one was asked for.', type: str}
    recovery_time: {description: When that was taken., type: str}
    writable: {description: 'Whether the volume takes writes, as it says itself; null if unknown.', type: bool}
    mounted_at: {description: Its junction path., type: str}
    junction: {description: The junction path that is wanted., type: str}
    junction_basis: {description: 'Who told it: option, manifest, comment or assumed.', type: str}
    junction_assumed: {description: Whether nobody told it., type: bool}
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
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.facts import break_facts, moment_of
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.files import read_json
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.observe import Needs
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.relationships import more_for_a_break
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.failover import WantedBreak, plan_break


def wanted(params, origin):
    return WantedBreak(
        origin=origin,
        volumes=tuple(params["volumes"]),
        quiesce_timeout_s=params["quiesce_timeout"],
        on_quiesce_timeout=params["on_quiesce_timeout"],
        mount=params["mount"],
        junction_paths=params["junction_paths"],
        manifest=read_json(params["manifest"], "manifest") if params["manifest"] else {},
        snapshot=params["snapshot"],
        recovery_point=moment_of(params["recovery_point"]) if params["recovery_point"] else None,
    )


def needs(params):
    """All snapshots only where an older one is asked for, else those that a fence may have left."""
    if params["snapshot"] or params["recovery_point"]:
        return Needs(destination=("volumes", "mirrors", "snapshots"), hopeful=(("destination", "peers"),))
    return Needs(destination=("volumes", "mirrors"), hopeful=(("destination", "peers"), ("destination", "fences")))


def main():
    run_planned(
        compose(
            "sides",
            "selection",
            "direction",
            "run",
            quiesce_timeout={"type": "int", "default": 60},
            on_quiesce_timeout={"type": "str", "choices": ["abort", "fail"], "default": "abort"},
            mount={"type": "bool", "default": True},
            junction_paths={"type": "dict", "default": {}},
            manifest={"type": "path"},
            snapshot={"type": "str"},
            recovery_point={"type": "str"},
        ),
        Work(
            want=wanted,
            needs=needs,
            ask_source=False,
            seldom=("source",),
            more=more_for_a_break,
            plan=plan_break,
            facts=break_facts,
            deadline_s=lambda params: float(params["quiesce_timeout"] + params["timeout"]),
        ),
        mutually_exclusive=[("snapshot", "recovery_point")],
    )


if __name__ == "__main__":
    main()
