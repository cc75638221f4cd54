#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapmirror_relationship
short_description: SnapMirror relationships exist and replicate, or do not
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - Creates the mirror of each volume and starts its baseline transfer; initializes one that exists but was never
    initialized.
  - The state of an existing mirror is left as found and reported as drift, unless O(relationship_state) asks for one.
    Whoever
    paused or broke it may have had a reason.
  - A resync overwrites what was written to the destination since its break. It is refused unless nothing can be lost
    or the loss is
    accepted by the volume's name in O(accept_data_loss).
  - A destination that mirrors another source, or that is a writable volume without a mirror, is refused.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.selection
  - ontap.data_motion.ontap.run
  - ontap.data_motion.ontap.attributes
options:
  state:
    description: V(absent) aborts a running transfer, deletes the mirror and releases it at the source; every snapshot
      is kept by default.
    type: str
    choices: [present, absent]
    default: present
  relationship_state:
    description:
      - V(active) resumes a paused mirror, and resynchronizes a broken one if the direction guard allows it.
      - V(paused) quiesces, waits until no transfer runs, and aborts the transfer at the timeout.
      - Left out, the state found is kept.
    type: str
    choices: [active, paused]
  destination_name:
    description: Name of the target volumes of new mirrors; knows C({volume}) and C({svm}) of the source.
    type: str
    default: '{volume}'
  policy:
    description:
      - SnapMirror policy. Given, it is converged, but a policy of another type is refused;
        left out, it is V(MirrorAllSnapshots) at creation and not looked at later.
      - With a synchronous one (V(Sync), V(StrictSync)) O(wait) waits until the mirror is in sync. It mirrors FlexVols only, and has neither O(schedule)
        nor O(throttle).
    type: str
  schedule:
    description:
      - Transfer schedule, an empty string for none. Left out, it is V(hourly) for asynchronous mirrors at creation
        and not looked at later.
    type: str
  throttle:
    description: Limit in KB/s, 0 for none. Left out, it is not looked at.
    type: int
  initialize:
    description: Whether to start the baseline transfer of a mirror that was never initialized.
    type: bool
    default: true
  wait:
    description: Whether to wait for the end of the baseline transfer or resync. What outlasts O(timeout) is
      V(in_progress), not failed.
    type: bool
    default: false
  release:
    description:
      - What V(absent) does at the source. V(source_info_only) removes the record and keeps the common snapshots,
        V(source_only) removes
        these too, so that a later mirror needs a new baseline, V(none) leaves the record.
      - Where O(source) is not given nothing can be released, and a warning names the record that stays.
    type: str
    choices: [source_info_only, source_only, none]
    default: source_info_only
  accept_data_loss:
    description:
      - For each volume by name, the loss quoted by the refusal, in seconds or V(unknown).
    type: dict
    default: {}
  consistency_group:
    description:
      - Mirrors the volumes as one, by this consistency group of the source SVM. It is made where no volume is in it yet.
      - A group that exists is respected; it is mirrored as a whole, and no volume is taken out of another group.
      - Needs REST and ONTAP 9.10.1 or newer on both sides. What a group's mirror can do is the array's to say.
      - Existing mirrors of groups need no option; their volumes are recognized as parts of them.
    type: str
    version_added: 0.1.0
  destination_consistency_group:
    description: Name of the group at the destination, where it is made with the mirror. Left out, it is that of the source.
    type: str
    version_added: 0.1.0
  expand_consistency_group:
    description:
      - Whether volumes may be added to a consistency group that exists, and to its mirror. Without it they are refused.
      - Active sync takes in what has had its baseline. Such a volume gets a mirror of its own first, whose baseline is awaited; the expansion takes it over.
    type: bool
    default: false
    version_added: 0.1.0
  svm_dr:
    description:
      - The SVM is mirrored as a whole (SVM disaster recovery), to an SVM of subtype C(dp_destination) that holds no volumes. ONTAP makes the target
        volumes there; new, grown and deleted volumes and their junction paths follow with each update.
      - O(volumes) has to name all volumes. A volume that is new at the source makes for an update.
      - Over REST from ONTAP 9.11.1. Excludes O(consistency_group), and O(destination_name).
    type: bool
    default: false
  identity_preservation:
    description:
      - What of the source SVM its copy gets, besides volumes and junction paths. V(full) is everything, its addresses too, so that only one of the two
        SVMs may ever run. V(exclude_network_config) leaves the addresses out, V(exclude_network_and_protocol_config) exports and shares as well.
      - Left out, the policy decides. It is never changed afterwards.
    type: str
    choices: [full, exclude_network_config, exclude_network_and_protocol_config]
seealso:
  - module: ontap.data_motion.flexvol_mirror_target
  - module: ontap.data_motion.snapmirror_break
  - module: ontap.data_motion.snapmirror_info
"""

EXAMPLES = r"""
- name: Mirror a whole backend
  ontap.data_motion.snapmirror_relationship:
    source: paris
    destination: lyon
    volumes: ['cinder_*']
    policy: MirrorAllSnapshots
    schedule: hourly

- name: Mirror three volumes at one instant, as one consistency group
  ontap.data_motion.snapmirror_relationship:
    source: paris
    destination: lyon
    volumes: [erp_data, erp_log, erp_conf]
    consistency_group: erp

- name: Pause it for maintenance
  ontap.data_motion.snapmirror_relationship:
    source: paris
    destination: lyon
    relationship_state: paused

- name: Remove the mirror of one volume, also if its source is gone
  ontap.data_motion.snapmirror_relationship:
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
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.facts import mirror_facts
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.relationships import more, needs, plan, wanted
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned


def main():
    run_planned(
        compose(
            "sides",
            "selection",
            "run",
            state={"type": "str", "choices": ["present", "absent"], "default": "present"},
            relationship_state={"type": "str", "choices": ["active", "paused"]},
            destination_name={"type": "str", "default": "{volume}"},
            policy={"type": "str"},
            schedule={"type": "str"},
            throttle={"type": "int"},
            initialize={"type": "bool", "default": True},
            wait={"type": "bool", "default": False},
            release={
                "type": "str",
                "choices": ["source_info_only", "source_only", "none"],
                "default": "source_info_only",
            },
            accept_data_loss={"type": "dict", "default": {}},
            consistency_group={"type": "str"},
            destination_consistency_group={"type": "str"},
            expand_consistency_group={"type": "bool", "default": False},
            svm_dr={"type": "bool", "default": False},
            identity_preservation={
                "type": "str",
                "choices": ["full", "exclude_network_config", "exclude_network_and_protocol_config"],
            },
        ),
        Work(want=wanted, needs=needs, more=more, plan=plan, facts=mirror_facts),
    )


if __name__ == "__main__":
    main()
