#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapmirror_update
short_description: Transfer now
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - Starts an update of each mirror, after the running transfer if O(wait) is set, and waits for its end if asked.
  - Mirrors that are not replicating are refused. Paused ones that already show what O(exported_not_before) asks for, as a run leaves them that was
    cut off before its break, need no update.
  - Nothing is transferred for synchronous mirrors. One that is not in sync is V(in_progress); O(wait) waits until it is.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.selection
  - ontap.data_motion.ontap.direction
  - ontap.data_motion.ontap.run
attributes:
  check_mode:
    support: full
    description: Plans and shows, with the same plan and diff as the real run, and sends no write request.
  diff_mode:
    support: full
    description: Shows the properties that change, before and after.
  idempotent:
    support: none
    description: An update is an action; each run asks for another one.
  action_group:
    support: full
    description: Use C(group/ontap.data_motion.ontap) in C(module_defaults) for all modules at once.
    membership: [ontap.data_motion.ontap]
options:
  wait:
    description: Whether to wait until the update has ended well. What outlasts O(timeout) is V(in_progress), not
      failed.
    type: bool
    default: false
  exported_not_before:
    description:
      - By volume, a time in ISO 8601 that the snapshot which the destination shows after an awaited update must not
        be older than, such as the time of a fence (RV(ignore:fence_times) of
        M(ontap.data_motion.source_fence)). A volume for which this is not proven has failed.
      - For a synchronous mirror the proof is that it is in sync after that time, which is noted in the comment of the target volume for the way back.
    type: dict
    default: {}
seealso:
  - module: ontap.data_motion.snapmirror_relationship
  - module: ontap.data_motion.snapmirror_break
"""

EXAMPLES = r"""
- name: A last update before a planned failover
  ontap.data_motion.snapmirror_update:
    source_svm: svm_paris
    destination: lyon
    wait: true
    timeout: 3600
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
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.facts import checked_times, update_facts
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.observe import Needs
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.updates import WantedUpdates, plan_updates


def wanted(params, origin):
    times = checked_times(params["exported_not_before"])
    return WantedUpdates(origin, tuple(params["volumes"]), params["wait"], times)


def where_notes_are(picture, want):
    """Of synchronous mirrors that are to be proven, the volumes: there is noted what was seen."""
    proven = want.exported_not_before and any(one.synchronous for one in picture.destination.mirrors.values())
    return Needs(destination=("volumes",) if proven else ())


def seen(params):
    return ("mirrors", "snapshots") if params["exported_not_before"] else ("mirrors",)


def main():
    run_planned(
        compose(
            "sides",
            "selection",
            "direction",
            "run",
            wait={"type": "bool", "default": False},
            exported_not_before={"type": "dict", "default": {}},
        ),
        Work(
            want=wanted,
            needs=lambda params: Needs(destination=seen(params), hopeful=(("destination", "peers"),)),
            sides=("destination",),
            more=where_notes_are,
            again=lambda params: Needs(destination=seen(params)),
            plan=plan_updates,
            facts=update_facts,
        ),
    )


if __name__ == "__main__":
    main()
