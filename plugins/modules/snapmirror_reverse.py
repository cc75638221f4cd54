#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapmirror_reverse
short_description: Turn the direction of mirrors round
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - O(source) and O(destination) name the direction wanted after the run. A mirror that runs so already is left as it
    is.
  - Deletes the old mirror at its destination, releases it at its source, unmounts the volume that is overwritten,
    creates the mirror in the other direction with the
    same policy and schedule, and resynchronizes it. Every snapshot is kept, and each step can be found again from
    what the arrays show, so a killed run can simply be repeated.
  - A resync discards what was written to the old side since the newest common snapshot. It is refused unless nothing
    can be lost, since the old side was fenced before that
    snapshot was taken, or the loss is accepted by the volume's name in O(accept_data_loss).
  - Without a common snapshot only a new baseline helps; a writable volume is never turned into a mirror target, so
    that is refused and its size is told.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.run
  - ontap.data_motion.ontap.attributes
options:
  volumes:
    description: The backend's own volumes, as names, globs, or C(~) with a regular expression; see O(named_by).
    type: list
    elements: str
    default: ['*']
  named_by:
    description:
      - Which side is the backend, whose names O(volumes) are. V(destination) after a failover, when the backend
        becomes the mirror; V(source) when its mirrors are made anew.
    type: str
    choices: [source, destination]
    default: destination
  former_source_svm:
    description:
      - For a further target that is to follow O(source). Its mirrors from this SVM are taken to O(source). O(volumes) are
        the names of the volumes at the backend's home, on whichever side that is; O(named_by) and O(cleanup) do not apply.
      - Each mirror is quiesced and broken, since ONTAP takes none to another source before, the volume is unmounted, the old
        mirror is deleted at the target, and a new one is resynchronized from the newest common snapshot. What the target
        holds beyond that snapshot is measured, and refused unless it is nothing or accepted in O(accept_data_loss).
      - The former source keeps a record of the old mirror until M(ontap.data_motion.snapmirror_relationship) with
        C(state=absent) releases it.
      - A run that was cut off after the break has left a volume that could be written to, so that the next one asks for
        O(accept_data_loss).
    type: str
  policy:
    description: SnapMirror policy, where the old mirror no longer tells one. Left out, V(MirrorAllSnapshots).
    type: str
  schedule:
    description: Transfer schedule, where the old mirror no longer tells one. Left out, V(hourly) with the default policy.
    type: str
  wait:
    description: Whether to wait for the end of the resync. What outlasts O(timeout) is V(in_progress), not failed.
    type: bool
    default: true
  cleanup:
    description:
      - Whether to remove, where the direction is right already, what earlier directions left behind at the active side.
        That is the snapshots of fences, and base snapshots of mirrors that were turned round. All other snapshots stay.
      - Where the active side has a further destination that shows no base snapshot of its own, all of them stay, since
        one of them may be the last that the two have in common.
    type: bool
    default: false
  accept_data_loss:
    description: For each volume by name, the loss quoted by the refusal, in seconds or V(unknown).
    type: dict
    default: {}
  svm_dr:
    description: The SVMs are mirrored as a whole. Needed where a run that was cut off has left no mirror that tells so.
    type: bool
    default: false
  identity_preservation:
    description: What the copy of a whole SVM gets of its identity, where a run that was cut off has left no mirror that tells it.
    type: str
    choices: [full, exclude_network_config, exclude_network_and_protocol_config]
seealso:
  - module: ontap.data_motion.snapmirror_break
  - module: ontap.data_motion.snapmirror_relationship
  - module: ontap.data_motion.source_fence
"""

EXAMPLES = r"""
- name: Mirror back to paris, which was lost and came back
  ontap.data_motion.snapmirror_reverse:
    source: lyon
    destination: paris
    accept_data_loss:
      vol0001: 3600

- name: A further target follows lyon, where it followed paris
  ontap.data_motion.snapmirror_reverse:
    source: lyon
    destination: nice
    former_source_svm: svm_paris
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
    direction: {description: 'V(forward) is from the backend to its target, V(reversed) is back to it, V(repointed) from another target.', type: str}
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
    overwritten: {description: 'The volume that a resync overwrites.', type: str}
    common_snapshot: {description: 'Newest snapshot that both sides have, null if there is none.', type: str}
    common_snapshot_time: {description: When it was taken., type: str}
    loss: {description: 'What the resync discards: V(none), an upper bound in seconds, or V(unknown).', type: raw}
    loss_bytes: {description: 'The same in bytes, null where the array does not tell.', type: int}
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

from ansible_collections.ontap.data_motion.plugins.module_utils.glue import runtime
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.facts import mirror_facts, untold
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.observe import Needs, whole_svms
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.names import Origin
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.repoint import WantedRepoint, plan_direction
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.reverse import WantedReverse

ACTIVE_SIDE = ("about", "volumes", "mirrors", "peers", "snapshots")
OLD_SIDE = ("about", "volumes", "mirrors", "records", "peers", "snapshots", "luns", "namespaces")


def wanted(params, origin):
    same = {name: params[name] for name in ("policy", "schedule", "wait")}
    same.update(
        origin=origin, volumes=tuple(params["volumes"]), accepted=params["accept_data_loss"], now=runtime.utc_now()
    )
    if params["former_source_svm"]:
        return WantedRepoint(former=Origin(params["former_source_svm"]), **same)
    own = {name: params[name] for name in ("named_by", "cleanup", "svm_dr", "identity_preservation")}
    return WantedReverse(**same, **own)


def needs(params):
    svm = ("svm",) if params["svm_dr"] else ()
    cleanup = ("svm_uuid", "records") if params["cleanup"] else ()
    return Needs(source=ACTIVE_SIDE + cleanup, destination=OLD_SIDE + svm)


def main():
    run_planned(
        compose(
            "sides",
            "run",
            volumes={"type": "list", "elements": "str", "default": ["*"]},
            named_by={"type": "str", "choices": ["source", "destination"], "default": "destination"},
            former_source_svm={"type": "str"},
            policy={"type": "str"},
            schedule={"type": "str"},
            wait={"type": "bool", "default": True},
            cleanup={"type": "bool", "default": False},
            accept_data_loss={"type": "dict", "default": {}},
            svm_dr={"type": "bool", "default": False},
            identity_preservation={
                "type": "str",
                "choices": ["full", "exclude_network_config", "exclude_network_and_protocol_config"],
            },
        ),
        Work(
            want=wanted,
            needs=needs,
            more=lambda picture, want: untold(picture, plan_direction(picture, want)).plus(whole_svms(picture)),
            plan=plan_direction,
            facts=mirror_facts,
        ),
    )


if __name__ == "__main__":
    main()
