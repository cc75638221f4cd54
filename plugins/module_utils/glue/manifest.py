# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest: a backend's presentation, kept where the source's death cannot reach it, and applied where it is active."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..model.errors import BadInput, MotionError
from ..model.path import Path
from ..model.picture import Picture
from ..model.presentation import naa_of
from ..planning.capturing import KINDS, knows_all, manifest_parts
from ..planning.names import Origin, is_literal
from ..planning.presenting import WantedPresentation, chosen, targets
from ..transport.http import REQUESTS_IMPORT_ERROR
from . import runtime
from .connect import connect
from .fence import half_fenced
from .files import read_json, write_json
from .observe import Needs, observe

SCHEMA = 1
WHAT = "manifest"
SERVICES = ("export_policies", "shares", "luns", "fences")
DEVICES = ("lun_maps", "igroups")


def run_presentation(options: dict[str, Any], work: runtime.Work, **spec: Any) -> None:
    """captured reads the source and writes a file; applied is a planned run like any other."""
    module = AnsibleModule(argument_spec=options, supports_check_mode=True, **spec)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    try:
        if module.params["state"] == "applied":
            runtime.finish(module, runtime.Run(work, module.params, module.check_mode, module._name)())
        values, warnings = _capture(module.params, module.check_mode)
    except MotionError as error:
        module.fail_json(msg=error.message, **error.facts)
    for warning in warnings:
        module.warn(warning)
    module.exit_json(**values)


def read_manifest(path: str | None) -> dict[str, Any]:
    """{} without a path or a file. Raises BadInput where it cannot be read or is of a newer release."""
    found = read_json(path, WHAT) if path else {}
    if found.get("schema", SCHEMA) != SCHEMA:
        raise BadInput(f"{WHAT} {path} has schema {found['schema']}; this release knows {SCHEMA}")
    return found


# -- captured


def _capture(params: Mapping[str, Any], check_mode: bool) -> tuple[dict[str, Any], list[str]]:
    runtime.check_numbers(params)
    if not params["manifest"]:
        raise BadInput("manifest is missing: name the file to keep the presentation in")
    before = read_manifest(params["manifest"])
    picture, warnings = _look(params, before)
    side = picture.side("source")
    parts, names = manifest_parts(side, params["volumes"], before, half_fenced(params))
    backend = str((params["source"] or {}).get("backend") or side.svm)
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    after = {"schema": SCHEMA, "backend": backend, "svm": side.svm, "captured": now, **parts}
    changed = any(before.get(name) != after[name] for name in after if name != "captured")
    if changed and not check_mode:
        write_json(params["manifest"], after, WHAT)
    shown = _difference(before, after)
    differing = {name for name in names if (before.get("volumes") or {}).get(name) != after["volumes"].get(name)}
    values = {
        "changed": changed,
        "manifest": after if changed else before,
        "plan": [],
        "diff": shown,
        "results": [{"volume": name, "status": "changed" if name in differing else "ok", "msg": ""} for name in names],
        "failed_volumes": [],
        "predicted": {},
    }
    return values, warnings


def _look(params: Mapping[str, Any], before: Mapping[str, Any]) -> tuple[Picture, list[str]]:
    """The source, in few bulk requests; a kind that the login may not read is a warning and stays as it is known."""
    arrays = connect(params, ("source",), params["width"], runtime.CLOCK.sleep)
    arrays.need("source")
    literal = all(is_literal(pattern) for pattern in params["volumes"])
    picture = observe(arrays, Needs(source=("volumes",) if literal else ("volumes", "paths")))
    if params["detail"] == "junctions" and knows_all(picture.side("source"), params["volumes"], before):
        return picture, []
    picture = observe(arrays, _hopeful("source", SERVICES), picture)
    if picture.side("source").luns:
        picture = observe(arrays, _hopeful("source", DEVICES), picture)
    side = picture.side("source")
    unread = [kind for kind in KINDS if getattr(side, kind) is None and (kind not in DEVICES or side.luns)]
    if side.luns and side.lun_maps is None:  # a LUN without its maps would look as if no host had it
        picture = picture.with_side("source", replace(side, luns=None))
    return picture, [
        f"{kind.replace('_', ' ')} of SVM {side.svm} could not be read: what is known of them stays" for kind in unread
    ]


def _hopeful(side: str, kinds: tuple[str, ...]) -> Needs:
    return Needs(hopeful=tuple((side, kind) for kind in kinds))


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Volumes by their names; of the rest of the manifest only what changes."""
    old, new = dict(before.get("volumes") or {}), dict(after["volumes"])
    for part in ("export_policies", "igroups"):
        title = part.replace("_", " ").replace("policies", "policy").rstrip("s")
        old.update({f"{title} {name}": one for name, one in (before.get(part) or {}).items()})
        new.update({f"{title} {name}": one for name, one in after[part].items()})
    names = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return {"before": {name: old.get(name) for name in names}, "after": {name: new.get(name) for name in names}}


# -- applied


def wanted(params: Mapping[str, Any], origin: Origin) -> WantedPresentation:
    manifest = read_manifest(params["manifest"])
    svm = origin.svm or str(manifest.get("svm") or "")
    if not svm:
        raise BadInput("name the backend's own SVM: give source_svm, or a manifest that tells it")
    if manifest.get("svm") not in (None, svm):
        raise BadInput(f"manifest {params['manifest']} is of SVM {manifest['svm']}, not of {svm}")
    return WantedPresentation(
        origin=replace(origin, svm=svm),
        volumes=tuple(params["volumes"]),
        manifest=manifest,
        parts=tuple(params["parts"]),
        mount=params["mount"],
        junction_paths=params["junction_paths"],
        destination_name=params["destination_name"] or "",
        maps={kind: params[f"{kind}_map"] for kind in ("export_policy", "snapshot_policy", "qos_policy", "igroup")},
    )


def first_needs(params: Mapping[str, Any]) -> Needs:
    """At home nothing has to be found by its mirror."""
    if params["named_by"] == "destination":
        return Needs(destination=("volumes",))
    return Needs(destination=("volumes", "mirrors"), hopeful=(("destination", "peers"),))


def more_needs(picture: Picture, want: WantedPresentation) -> Needs:
    """Only the kinds that the chosen volumes have."""
    found, _doubtful = targets(picture.destination, want)
    names = chosen(want.volumes, found, f"SVM {picture.destination.svm}")
    entries = [want.entry(name, picture.destination.volumes[found[name]])[0] for name in names if name in found]
    kinds = [
        kind
        for kind, part, name in (
            ("export_policies", "export_policy", "export_policy"),
            ("snapshot_policies", "snapshot_policy", "snapshot_policy"),
            ("qos_policies", "qos_policy", "qos_policy"),
            ("shares", "shares", "shares"),
            ("luns", "luns", "luns"),
        )
        if part in want.parts and any(entry.get(name) for entry in entries)
    ]
    return Needs(destination=(*kinds, *(DEVICES if "luns" in kinds else ())))


AGAIN = Needs(destination=("volumes",), hopeful=(("destination", "luns"), ("destination", "lun_maps")))


def facts(picture: Picture, volume: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Where the volume is mounted, and by which names hosts know its LUNs now."""
    side = picture.destination
    here = side.volumes.get(Path.parse(result["destination"]).volume) if "destination" in result else None
    if here is None:
        return {}
    luns = {lun.path: lun for lun in side.luns or ()}
    told = []
    for one in result.get("luns") or ():
        lun = luns.get(one["path"])
        serial, before = lun.serial_number if lun else None, one["home_serial_number"]
        maps = [one_map.as_dict() for one_map in side.lun_maps or () if one_map.lun == one["path"]]
        state = {"enabled": lun.enabled if lun else None, "maps": maps}
        told.append({**one, "home_naa": naa_of(before), "serial_number": serial, "naa": naa_of(serial), **state})
    return {"mounted_at": here.junction_path, "export_policy": here.export_policy, "luns": told}
