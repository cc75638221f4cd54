#!/usr/bin/python
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_presentation
short_description: Keep how hosts reach a backend's volumes
version_added: 0.1.0
author:
  - ontap.data_motion contributors (@ontap-data-motion)
description:
  - V(captured) reads junction path, export policy, security style and snapshot policy of the volumes and keeps them in O(manifest), from which
    an unplanned failover takes them when the source is gone.
  - A volume that is not mounted now keeps the junction path that the manifest has for it, so that a fenced source does not empty the manifest.
  - The file is written atomically, and only if something in it changes.
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
    description: What to do.
    type: str
    choices: [captured]
    default: captured
  manifest:
    description: Path of the file.
    type: path
    required: true
seealso:
  - module: ontap.data_motion.snapmirror_break
  - module: ontap.data_motion.source_fence
"""

EXAMPLES = r"""
- name: Remember how hosts reach paris
  ontap.data_motion.volume_presentation:
    source: paris
    manifest: ~/.ansible/ontap_data_motion/manifests/paris.json
"""

RETURN = r"""
changed:
  description: Whether the manifest differs from the one on disk.
  returned: always
  type: bool
manifest:
  description: The manifest as it is now.
  returned: success
  type: dict
  contains:
    schema: {description: Version of the format., type: int}
    backend: {description: Name of the backend., type: str}
    svm: {description: Its SVM., type: str}
    captured: {description: When it was captured last., type: str}
    volumes: {description: 'By volume: junction_path, export_policy, security_style, snapshot_policy.', type: dict}
diff:
  description: The volumes' part of the manifest that changes, before and after.
  returned: always
  type: dict
plan:
  description: Always empty, since no array is changed.
  returned: always
  type: list
  elements: dict
results:
  description: One entry per volume with volume, status, msg.
  returned: success
  type: list
  elements: dict
failed_volumes:
  description: Always empty; a volume that cannot be read fails the task.
  returned: success
  type: list
  elements: str
predicted:
  description: Always empty.
  returned: success
  type: dict
"""

from ansible_collections.ontap.data_motion.plugins.module_utils.glue.argspec import compose
from ansible_collections.ontap.data_motion.plugins.module_utils.glue.manifest import run_capture


def main():
    run_capture(
        compose(
            "sides",
            "run",
            volumes={"type": "list", "elements": "str", "default": ["*"]},
            state={"type": "str", "choices": ["captured"], "default": "captured"},
            manifest={"type": "path", "required": True},
        )
    )


if __name__ == "__main__":
    main()
