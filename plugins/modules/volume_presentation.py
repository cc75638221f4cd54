#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_presentation
short_description: Keep how hosts reach a backend's volumes, and give it back where they are active
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - V(captured) reads how hosts reach the volumes of O(source) and keeps it in O(manifest), from which an unplanned
    failover takes it when the
    source is gone. SnapMirror of volumes carries none of it over.
  - V(applied) presents the volumes at O(destination), the active side, as the manifest says. It is for volumes that
    take writes - after a break,
    and at home after a failback. It never touches data, and what is right already is left as it is.
  - A volume that is not mounted now keeps the junction path that the manifest has for it, and a fenced volume its
    LUNs' states and maps, so that a
    fenced source does not empty the manifest. Volumes that are not captured now stay in it until they are gone from
    the SVM, or O(volumes) holds
    globs and none of them names them.
  - The file is written atomically, and only if something in it changes.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.selection
  - ontap.data_motion.ontap.direction
  - ontap.data_motion.ontap.run
  - ontap.data_motion.ontap.attributes
options:
  state:
    description: What to do.
    type: str
    choices: [captured, applied]
    default: captured
  manifest:
    description:
      - Path of the file. Required for V(captured).
      - Where V(applied) has none, or it does not name a volume, the comment of the target volume tells junction path
        and export policy.
    type: path
  detail:
    description:
      - How much V(captured) reads. V(junctions) is one request for what the volumes themselves tell. V(full) also
        reads the rules of export policies, SMB shares
        with their ACLs, LUNs, and where there are LUNs their maps and igroups, each kind in one request.
      - What is not read stays as the manifest knows it. V(junctions) reads everything where the manifest does not know all of a volume yet.
    type: str
    choices: [junctions, full]
    default: full
  parts:
    description: What V(applied) presents. Leave out what this site cannot give, or what others take care of.
    type: list
    elements: str
    choices: [export_policy, shares, luns, snapshot_policy, qos_policy, efficiency]
    default: [export_policy, shares, luns, snapshot_policy, qos_policy, efficiency]
  mount:
    description: Whether V(applied) mounts what is not mounted yet, shallowest first. A path that nobody told is not
      assumed here.
    type: bool
    default: true
  junction_paths:
    description: Junction path by volume, where it shall be another one than the manifest's. Paths of shares follow.
    type: dict
    default: {}
  destination_name:
    description:
      - Name of the volumes at O(destination) that neither a mirror nor a comment of this collection leads to. Knows
        C({volume}) and C({svm}) of the source.
      - Without it, such a volume is refused, since nothing proves that it is the replica.
    type: str
  export_policy_map:
    description:
      - Export policy at O(destination) by the one at the source; the same name where it is not listed, and an empty
        name leaves the volume's policy as it is.
      - A policy that exists is used with its own rules. One that is missing is created with the captured rules.
    type: dict
    default: {}
  snapshot_policy_map:
    description: The same for snapshot policies, which are never created.
    type: dict
    default: {}
  qos_policy_map:
    description: The same for QoS policies, which are never created.
    type: dict
    default: {}
  igroup_map:
    description:
      - Igroup at O(destination) by the one at the source. An empty name leaves the LUNs of that igroup unmapped.
      - An igroup that is not listed stands for itself only at home, or where an igroup of the same name has the same
        initiators. Every other map is refused by name.
    type: dict
    default: {}
notes:
  - With O(named_by=destination), V(applied) mounts the volumes of a fenced home and brings its LUNs online. Do so
    only when the other side serves no longer.
seealso:
  - module: ontap.data_motion.snapmirror_break
  - module: ontap.data_motion.source_fence
"""

EXAMPLES = r"""
- name: Remember how hosts reach paris
  ontap.data_motion.volume_presentation:
    source: paris
    manifest: ~/.ansible/ontap_data_motion/manifests/paris.json

- name: Present the volumes of paris at lyon, after the break
  ontap.data_motion.volume_presentation:
    state: applied
    destination: lyon
    source_svm: svm_paris
    manifest: ~/.ansible/ontap_data_motion/manifests/paris.json
    igroup_map:
      esx_paris: esx_lyon

- name: Present them at home again, after a failback
  ontap.data_motion.volume_presentation:
    state: applied
    destination: paris
    named_by: destination
    manifest: ~/.ansible/ontap_data_motion/manifests/paris.json
"""

RETURN = r"""
changed:
  description: Whether the manifest differs from the one on disk, or anything was changed on the array.
  returned: always
  type: bool
manifest:
  description: The manifest as it is now.
  returned: success, where the state is captured
  type: dict
  contains:
    schema: {description: Version of the format., type: int}
    backend: {description: Name of the backend., type: str}
    svm: {description: Its SVM., type: str}
    captured: {description: When it was captured last., type: str}
    volumes: {description: 'By volume: junction_path, export_policy, security_style, snapshot_policy, qos_policy, efficiency, shares, luns.', type: dict}
    export_policies: {description: Rules of the export policies in use., type: dict}
    igroups: {description: 'By igroup that LUNs are mapped to: os_type, protocol, initiators.', type: dict}
diff:
  description: The parts of the manifest, or the objects of the array, that change, before and after.
  returned: always
  type: dict
plan:
  description: Steps, in stages one after another. Empty for V(captured), since no array is changed.
  returned: always
  type: list
  elements: dict
  sample:
    - {stage: 1, verb: mount, volume: vol1, target: 'svm_lyon:vol1', side: destination, args: {junction_path: /vol1}}
results:
  description: One entry per volume with volume, status, msg; for V(applied) also what follows.
  returned: when the volumes could be read
  type: list
  elements: dict
  contains:
    volume: {description: Name of the backend's own volume., type: str}
    status:
      description: V(ok), V(changed), V(failed), V(refused) or V(unreachable). A volume of which a part is refused has
        V(refused); the rest of it is done.
      type: str
    msg: {description: One line about it., type: str}
    drift: {description: 'What is not as captured and is left so, such as a LUN id.', type: list, elements: dict}
    steps: {description: Outcome of each step., type: list, elements: dict}
    destination: {description: Path of the volume at the active side., type: str}
    basis: {description: 'Where the presentation is known from: manifest, comment, or an empty string.', type: str}
    mounted_at: {description: Its junction path., type: str}
    export_policy: {description: Its export policy., type: str}
    luns:
      description: Its LUNs as hosts see them now. A replica's LUN has a serial number of its own, so hosts find a new
        device.
      type: list
      elements: dict
      contains:
        path: {description: Path of the LUN at the active side., type: str}
        serial_number: {description: 'Its serial number, null if it is not there.', type: str}
        naa: {description: The device name that hosts show for it., type: str, sample: naa.600a0980524c4974612b44687143566b}
        home_serial_number: {description: The serial number that was captured., type: str}
        home_naa: {description: The device name that hosts knew., type: str}
        enabled: {description: Whether it is online., type: bool}
        maps: {description: 'Its maps, each with igroup and logical_unit_number.', type: list, elements: dict}
failed_volumes:
  description: Volumes with status V(failed), V(refused) or V(unreachable). Always empty for V(captured); a volume
    that cannot be read fails the task.
  returned: when the volumes could be read
  type: list
  elements: str
predicted:
  description: In check mode, what the plan leads to; the next task takes it as O(assume). Empty otherwise.
  returned: when the volumes could be read
  type: dict
"""

from ansible_collections.ontap.data_motion.plugins.module_utils.glue import manifest
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.presenting import PARTS, plan_presentation


def main():
    manifest.run_presentation(
        compose(
            "sides",
            "selection",
            "direction",
            "run",
            state={"type": "str", "choices": ["captured", "applied"], "default": "captured"},
            manifest={"type": "path"},
            detail={"type": "str", "choices": ["junctions", "full"], "default": "full"},
            parts={"type": "list", "elements": "str", "choices": list(PARTS), "default": list(PARTS)},
            mount={"type": "bool", "default": True},
            junction_paths={"type": "dict", "default": {}},
            destination_name={"type": "str"},
            export_policy_map={"type": "dict", "default": {}},
            snapshot_policy_map={"type": "dict", "default": {}},
            qos_policy_map={"type": "dict", "default": {}},
            igroup_map={"type": "dict", "default": {}},
        ),
        Work(
            want=manifest.wanted,
            needs=manifest.first_needs,
            more=manifest.more_needs,
            sides=("destination",),
            any_source=True,
            plan=plan_presentation,
            again=manifest.AGAIN,
            facts=manifest.facts,
        ),
        required_if=[("state", "captured", ["manifest"])],
    )


if __name__ == "__main__":
    main()
