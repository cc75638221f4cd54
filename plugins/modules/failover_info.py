#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: failover_info
short_description: Where the volumes of a backend are active
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - Reads the backend (O(source)) and one of its targets (O(destination)), and tells for each volume that is or was
    mirrored to that target where hosts
    are to use it, and how far it is on its way to the target or back.
  - The phase V(home) is a volume that is active at the backend; nothing is to be done for it. V(failed_over) is
    active at the target and not mirrored back,
    V(reprotected) is active there and mirrored back.
  - V(returning) is fenced at the target and writable at home, and V(returned) the same after the mirror from the
    target is gone, before the original direction replicates again.
  - V(unknown) is what cannot be read for certain; nothing should be done to it.
  - A volume that was failed over and that hosts can also reach at home is in split-brain danger. That is a warning;
    nothing is ever done to it by itself.
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
  volumes:
    description: The backend's own volumes, as names, globs, or C(~) with a regular expression.
    type: list
    elements: str
    default: ['*']
  svm_dr:
    description: The SVMs are mirrored as a whole. Needed where a run that was cut off has left no mirror that tells so.
    type: bool
    default: false
seealso:
  - module: ontap.data_motion.snapmirror_info
  - module: ontap.data_motion.snapmirror_reverse
"""

EXAMPLES = r"""
- name: Is paris at home, or did it fail over to lyon
  ontap.data_motion.failover_info:
    source: paris
    destination: lyon
"""

RETURN = r"""
changed:
  description: Always false.
  returned: always
  type: bool
plan:
  description: Always empty.
  returned: always
  type: list
  elements: dict
diff:
  description: Always empty.
  returned: always
  type: dict
results:
  description: One entry per volume.
  returned: when the volumes could be read
  type: list
  elements: dict
  contains:
    volume: {description: The backend's own volume., type: str}
    status: {description: V(ok)., type: str}
    msg: {description: One line about it., type: str}
    phase: {description: 'V(home), V(failed_over), V(reprotected), V(returning), V(returned) or V(unknown).', type: str}
    source: {description: 'The volume at the backend, C(svm:volume).', type: str}
    destination: {description: The volume at the target., type: str}
    target_volume: {description: Its name alone., type: str}
    active: {description: The one that hosts are to use., type: str}
    direction: {description: 'Of the mirror, V(forward) or V(reversed).', type: str}
    active_sync: {description: 'Whether its mirror is of active sync, which fails over by its own call.', type: bool}
    split_brain: {description: Whether hosts can write on both sides., type: bool}
    isolate: {description: 'Whether the volume at the backend is to be fenced before the mirrors are turned round.', type: bool}
    fenced: {description: Whether the volume at the target is fenced., type: bool}
    fenced_at_home: {description: Whether the volume at the backend is fenced., type: bool}
    settled: {description: Whether it is at home and replicating., type: bool}
    state: {description: State of the mirror., type: str}
    healthy: {description: Its health., type: bool}
    lag_s: {description: Its lag in seconds., type: float}
failed_volumes:
  description: Always empty.
  returned: when the volumes could be read
  type: list
  elements: str
predicted:
  description: Always empty.
  returned: when the volumes could be read
  type: dict
phases:
  description: For each phase, the backend's volumes that are in it.
  returned: success
  type: dict
away:
  description: The backend's volumes that are not in the phase V(home) or V(unknown).
  returned: success
  type: list
  elements: str
isolate:
  description: The backend's volumes that are to be fenced at the backend before their mirrors are turned round.
  returned: success
  type: list
  elements: str
settled:
  description: The backend's volumes that are at home and replicating.
  returned: success
  type: list
  elements: str
fenced_at_home:
  description: The backend's volumes that are fenced at the backend.
  returned: success
  type: list
  elements: str
paused:
  description: The backend's volumes in the phase V(home) whose mirror is paused.
  returned: success
  type: list
  elements: str
paused_by_failover:
  description: Those of RV(paused) whose mirror a run quiesced for a break that never came, by the journal in O(report_dir).
  returned: success
  type: list
  elements: str
target_volumes:
  description: The name at the target for each volume of the backend that has a counterpart there.
  returned: success
  type: dict
split_brain:
  description: The backend's volumes in split-brain danger.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.info import by_phase
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.observe import Needs, whole_svms
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.runtime import Work, run_planned
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.whereabouts import Question, plan_whereabouts

SEEN = ("about", "volumes", "mirrors", "peers", "luns", "namespaces", "fences")


def seen(params):
    return SEEN + (("svm",) if params["svm_dr"] else ())


def main():
    run_planned(
        compose(
            "sides",
            "run",
            volumes={"type": "list", "elements": "str", "default": ["*"]},
            svm_dr={"type": "bool", "default": False},
        ),
        Work(
            want=lambda params, origin: Question(origin, tuple(params["volumes"]), params["svm_dr"]),
            needs=lambda params: Needs(source=seen(params), destination=seen(params)),
            more=lambda picture, want: Needs() if want.svm_dr else whole_svms(picture),
            plan=plan_whereabouts,
            extra=by_phase,
        ),
    )


if __name__ == "__main__":
    main()
