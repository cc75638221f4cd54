#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replication_readiness
short_description: Which target to fail over to, and why
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - Reads the mirrors of a source SVM on each target and checks that the target can be reached, that it covers all
    volumes, that every mirror holds a copy,
    and health and lag.
  - Chooses the target that is reachable, covers all volumes, and has the smallest worst lag; healthy ones come first,
    and the order of O(targets) decides between equals.
  - A target that cannot be reached is skipped. The task fails only if no target is fit.
  - The source is never contacted.
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
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
  targets:
    description: The targets in order of preference, each as O(destination), or as the name of an inventory backend.
    type: list
    elements: dict
    required: true
    suboptions:
      hostname: {description: As O(source.hostname)., type: str}
      username: {description: As O(source.username)., type: str}
      password: {description: As O(source.password)., type: str}
      cert_filepath: {description: As O(source.cert_filepath)., type: path}
      key_filepath: {description: As O(source.key_filepath)., type: path}
      https: {description: As O(source.https)., type: bool, default: true}
      http_port: {description: As O(source.http_port)., type: int}
      validate_certs: {description: As O(source.validate_certs)., type: bool, default: true}
      use_rest: {description: As O(source.use_rest)., type: str, choices: [auto, always, never], default: auto}
      svm: {description: As O(source.svm)., type: str}
      backend: {description: As O(source.backend)., type: str}
  source_svm:
    description: The source SVM; left out, that of O(source).
    type: str
  source_cluster:
    description: Its cluster, where two clusters have an SVM of that name.
    type: str
  volumes:
    description:
      - Names of the volumes that must come up. Left empty, O(manifest) tells, else the union of what is mirrored on
        any target that can be reached.
    type: list
    elements: str
    default: []
  manifest:
    description: Path of a manifest that M(ontap.data_motion.volume_presentation) wrote. One that does not exist is
      ignored.
    type: path
  target:
    description:
      - Name of the target that you want, one of O(targets). Left out, the best is chosen.
      - If another target holds data that is newer by more than a minute, the task fails unless O(accept_older) is set.
    type: str
  accept_older:
    description: Whether the older data of O(target) is confirmed.
    type: bool
    default: false
  rpo_s:
    description: Recovery point objective in seconds; a worst lag above it is a warning.
    type: int
seealso:
  - module: ontap.data_motion.snapmirror_info
  - module: ontap.data_motion.snapmirror_break
"""

EXAMPLES = r"""
- name: Where to fail over to
  ontap.data_motion.replication_readiness:
    source_svm: svm_paris
    targets: [lyon, nice]
    rpo_s: 7200
"""

RETURN = r"""
changed:
  description: Always false.
  returned: always
  type: bool
target:
  description: Name of the chosen target, its O(targets[].backend) or else its SVM; null if none is fit.
  returned: always
  type: str
reason:
  description: Why it was chosen, or why none was.
  returned: always
  type: str
wanted:
  description: The volumes that must come up.
  returned: always
  type: list
  elements: str
coverage_basis:
  description: Who told them, that is V(option), V(manifest) or V(union).
  returned: always
  type: str
candidates:
  description: Each target with its checks.
  returned: always
  type: list
  elements: dict
  contains:
    target: {description: Its name., type: str}
    fit: {description: Whether it may be chosen., type: bool}
    complete: {description: Whether every wanted volume could come up there., type: bool}
    worst_lag_s: {description: 'Largest lag of the wanted volumes, null if unknown.', type: float}
    checks: {description: 'Each with name, result (pass, warn, fail or unknown), detail and remedy.', type: list, elements: dict}
newer_elsewhere:
  description: Targets with newer data than O(target).
  returned: always
  type: list
  elements: str
checks:
  description:
    - The checks of the chosen target, besides those of RV(candidates) also its peering, the junction paths, the space
      on its aggregates, left-overs of rehearsals, and the lock of another run.
  returned: always
  type: list
  elements: dict
serves:
  description: Whether the chosen target serves the wanted volumes already and mirrors them back, so that nothing is left to fail over.
  returned: always
  type: bool
active_sync:
  description: Wanted volumes whose mirrors on the chosen target are of active sync, which fail over by their own call.
  returned: always
  type: list
  elements: str
mirrors:
  description: State, health and lag of each mirror on the chosen target.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import CONNECTION, compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.readiness import run_readiness


def main():
    run_readiness(
        compose(
            "sides",
            "run",
            targets={"type": "list", "elements": "dict", "required": True, "options": CONNECTION},
            source_svm={"type": "str"},
            source_cluster={"type": "str"},
            volumes={"type": "list", "elements": "str", "default": []},
            manifest={"type": "path"},
            target={"type": "str"},
            accept_older={"type": "bool", "default": False},
            rpo_s={"type": "int"},
        )
    )


if __name__ == "__main__":
    main()
