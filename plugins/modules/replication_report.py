#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replication_report
short_description: Write the report of a run
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - Joins what the tasks of a run returned with the journal that they wrote, and writes C(report.json) and
    C(report.html) into O(report_dir), each atomically.
  - C(report.html) is a single page without scripts that loads nothing; it holds the same figures as C(report.json).
  - No array is contacted. The task does not fail because of failed volumes; RV(ok) and RV(failed_volumes) tell of them.
  - A volume has one entry for each target that it is mirrored to. Of several results of one volume the worst counts,
    its steps are joined, and the newest
    known facts are kept.
  - After a V(failover), a volume whose mirror is not proven to be broken counts as failed, and after a V(replicate)
    one without a mirror does, even if no
    task failed for it. Check mode leaves that out.
  - RV(changed) is always false, since a report is a record of a run and no state; otherwise no second run of a
    playbook could ever be without changes.
requirements:
  - jinja2 for C(report.html); it comes with ansible-core
extends_documentation_fragment:
  - ontap.data_motion.ontap.sides
  - ontap.data_motion.ontap.run
attributes:
  check_mode:
    support: full
    description: Writes nothing, and returns what it would return otherwise.
  diff_mode:
    support: none
    description: A report is a record of a run and no state.
  idempotent:
    support: full
    description: It never reports a change.
  action_group:
    support: full
    description: Use C(group/ontap.data_motion.ontap) in C(module_defaults) for all modules at once.
    membership: [ontap.data_motion.ontap]
options:
  targets:
    description: The targets whose locks this run may hold, each as O(destination), or as the name of an inventory
      backend.
    type: list
    elements: dict
    default: []
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
  backend:
    description: Name of the backend that the run was for.
    type: str
    required: true
  target:
    description: Name of the target, or several in one text.
    type: str
  playbook:
    description: What was run, for example V(replicate), V(status), V(update), V(readiness), V(failover) or V(retire).
    type: str
    required: true
  mode:
    description: Its mode, for example V(planned) or V(unplanned).
    type: str
  results:
    description:
      - What the tasks of the run returned, in their order, each as it was registered; of a task with a loop also its
        RV(ignore:results).
      - Instead of a result, the name of the variable in which it was registered, which saves seconds where volumes are
        many. A task that was not reached has registered nothing, and that is no error.
      - Those of tasks that were left out, and empty ones, are passed over.
      - A result with a message and without C(results) or C(candidates) is that of a task that failed.
    type: list
    elements: raw
    default: []
  report_dir:
    description: Folder of this backend's reports, in which C(journal.jsonl) lies. It is made if it does not exist.
    type: path
    required: true
  rpo_s:
    description: Recovery point objective in seconds, for results that hold no verdict of their own. V(0) is none.
    type: int
  coverage_basis:
    description: Who told the set of volumes. Left out, what M(ontap.data_motion.replication_readiness) told.
    type: str
  started:
    description:
      - When the run started, in ISO 8601; without an offset it is UTC. Events of the journal before it are of other
        runs.
      - Left out, the journal counts from the end of the report that is in O(report_dir), or from its beginning if
        there is none.
    type: str
  orphans:
    description: Orphans beside those that O(results) tell.
    type: list
    elements: dict
    default: []
  notes:
    description: Lines for the reader of the page, for example what was measured.
    type: list
    elements: str
    default: []
seealso:
  - module: ontap.data_motion.snapmirror_info
  - module: ontap.data_motion.snapmirror_break
"""

EXAMPLES = r"""
- name: Break the mirrors
  ontap.data_motion.snapmirror_break:
    source_svm: svm_paris
    destination: lyon
    report_dir: ~/reports/paris
  register: broken
  failed_when: false

- name: Write the report
  ontap.data_motion.replication_report:
    backend: paris
    target: lyon
    playbook: failover
    mode: unplanned
    results:
      - broken
    report_dir: ~/reports/paris
  register: written

- name: Every volume is failed over
  ansible.builtin.assert:
    that: written.ok
    success_msg: "{{ written.summary }}"
    fail_msg: "{{ written.summary }}"
"""

RETURN = r"""
changed:
  description: Always false.
  returned: always
  type: bool
report:
  description: Path of C(report.json).
  returned: success
  type: str
html:
  description: Path of C(report.html); null where jinja2 is missing, which is also a warning.
  returned: success
  type: str
ok:
  description: Whether no task and no volume failed.
  returned: success
  type: bool
summary:
  description: Lines for the screen, 20 at most. The first one is about the backend, each other one about a task that
    failed or a volume that is not well.
  returned: success
  type: list
  elements: str
  sample:
    - 'paris -> lyon: 20 volumes, 19 ok, 1 failed, worst lag 31 s'
    - 'vol0007: failed: break of svm_lyon:vol0007: not proven in the time allowed'
failed_volumes:
  description: Volumes with status V(failed), V(refused) or V(unreachable).
  returned: success
  type: list
  elements: str
breached_volumes:
  description: Volumes whose lag exceeds the recovery point objective on at least one target.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import CONNECTION, compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.report import run_report


def main():
    run_report(
        compose(
            "sides",
            "run",
            backend={"type": "str", "required": True},
            target={"type": "str"},
            playbook={"type": "str", "required": True},
            mode={"type": "str"},
            results={"type": "list", "elements": "raw", "default": []},
            report_dir={"type": "path", "required": True},
            rpo_s={"type": "int"},
            coverage_basis={"type": "str"},
            started={"type": "str"},
            targets={"type": "list", "elements": "dict", "default": [], "options": CONNECTION},
            orphans={"type": "list", "elements": "dict", "default": []},
            notes={"type": "list", "elements": "str", "default": []},
        )
    )


if __name__ == "__main__":
    main()
