# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest: a backend's presentation, kept where the source's death cannot reach it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..model.errors import MotionError
from ..model.picture import Side
from ..planning.names import is_literal, select_from_source
from ..planning.presentation import capture
from . import runtime
from .connect import connect
from .files import read_json, write_json
from .observe import Needs, observe

SCHEMA = 1
WHAT = "manifest"


def run_capture(options: dict[str, Any]) -> None:
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    try:
        values = _capture(module.params, module.check_mode)
    except MotionError as error:
        module.fail_json(msg=error.message, **error.facts)
    module.exit_json(**values)


def _capture(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    runtime.check_numbers(params)
    arrays = connect(params, ("source",), params["width"], runtime.CLOCK.sleep)
    arrays.need("source")
    literal = all(is_literal(pattern) for pattern in params["volumes"])
    side = observe(arrays, Needs(source=("volumes",) if literal else ("volumes", "paths"))).side("source")
    before = read_json(params["manifest"], WHAT)
    after = manifest_of(side, params["volumes"], before, str((params["source"] or {}).get("backend") or side.svm))
    changed = any(before.get(name) != after[name] for name in after if name != "captured")
    if changed and not check_mode:
        write_json(params["manifest"], after, WHAT)
    old, new = before.get("volumes") or {}, after["volumes"]
    names = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return {
        "changed": changed,
        "manifest": after if changed else before,
        "plan": [],
        "diff": {"before": {name: old.get(name) for name in names}, "after": {name: new.get(name) for name in names}},
        "results": [{"volume": name, "status": "changed" if name in names else "ok", "msg": ""} for name in new],
        "failed_volumes": [],
        "predicted": {},
    }


def manifest_of(side: Side, patterns: list[str], before: Mapping[str, Any], backend: str) -> dict[str, Any]:
    """The manifest as it shall be; a volume without a junction path now keeps the one that is known."""
    names = select_from_source(patterns, side).names
    volumes = capture([side.volumes[name] for name in names])
    for name, known in (before.get("volumes") or {}).items():
        if name in volumes and not volumes[name]["junction_path"]:
            volumes[name]["junction_path"] = known.get("junction_path", "")
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return {"schema": SCHEMA, "backend": backend, "svm": side.svm, "captured": now, "volumes": volumes}
