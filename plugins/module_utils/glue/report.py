# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the report of a run beside its journal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..model.errors import BadInput, MotionError
from ..report.build import Report, Run, build
from ..report.html import JINJA2_IMPORT_ERROR, render
from ..report.journal import Reading, parse_event, parse_time, read_events
from ..report.words import summary
from . import lock, runtime
from .connect import open_side
from .files import read_json, write_text
from .journal import journal_path, lines_backwards

JSON_NAME, HTML_NAME = "report.json", "report.html"
WHAT = "report"


def now() -> datetime:
    return datetime.now(timezone.utc)


def run_report(options: dict[str, Any]) -> None:
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    # Ansible returns all options by itself; the results of a thousand volumes are not sent back once more.
    told: dict[str, Any] = {"changed": False, "invocation": _invocation(module.params)}
    try:
        report = _report(module.params, module.check_mode)
        told.update(_values(report, module.params["report_dir"]))
        for warning in [*_write(report, told, module.check_mode), *_release(module.params, module.check_mode)]:
            module.warn(warning)
    except MotionError as error:
        module.fail_json(msg=error.message, **{**told, **error.facts})
    module.exit_json(**told)


def _invocation(params: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in params.items() if name not in ("source", "destination", "results")}
    return {"module_args": {**shown, "results": f"{len(params['results'])} results"}}


def _report(params: Mapping[str, Any], check_mode: bool) -> Report:
    runtime.check_numbers(params)
    empty = [name for name in ("backend", "playbook", "report_dir") if not params[name]]
    if empty:
        raise BadInput(f"{empty[0]} is empty: give one")
    since = _since(params)
    run = Run(
        backend=params["backend"],
        target=params["target"] or None,
        playbook=params["playbook"],
        mode=params["mode"] or None,
        rehearsed=check_mode,
        ended=now(),
        since=since,
        sure_of_start=bool(params["started"]),
        rpo_s=params["rpo_s"] or None,
        coverage_basis=params["coverage_basis"] or None,
    )
    journal = _journal(params["report_dir"], since)
    return build(run, params["results"], journal, params["orphans"], params["notes"])


def _since(params: Mapping[str, Any]) -> datetime | None:
    """What the user named, else the end of the report before, else None: the journal counts from its beginning."""
    if params["started"]:
        time = parse_time(params["started"])
        if time is None:
            raise BadInput(f"started is {params['started']}: it must be a time such as 2030-01-31T12:00:00+00:00")
        return time
    try:
        return parse_time(read_json(os.path.join(params["report_dir"], JSON_NAME), WHAT).get("ended"))
    except BadInput:
        return None


def _journal(report_dir: str, since: datetime | None) -> Reading:
    path = journal_path(report_dir)
    try:
        return read_events(reversed(list(_lines_back_to(path, since))), since)
    except FileNotFoundError:
        return Reading()
    except OSError as error:
        raise BadInput(f"the journal {path} cannot be read: {error.strerror}") from error


def _lines_back_to(path: str, since: datetime | None) -> Iterator[str]:
    """Newest first, until an event before *since*: a journal is appended to for years, and a run is at its end."""
    for line in lines_backwards(path):
        yield line
        if since is not None:
            event = parse_event(line)
            if event is not None and event["time"] < since:
                return


def _values(report: Report, report_dir: str) -> dict[str, Any]:
    folder = os.path.expanduser(report_dir)
    return {
        "report": os.path.join(folder, JSON_NAME),
        "html": None if JINJA2_IMPORT_ERROR else os.path.join(folder, HTML_NAME),
        "ok": report.document["ok"],
        "summary": summary(report),
        "failed_volumes": report.failed_volumes,
        "breached_volumes": report.breached_volumes,
    }


def _release(params: Mapping[str, Any], check_mode: bool) -> list[str]:
    """Gives the run's locks back. A target that cannot be reached keeps its lock, which is told.  Returns warnings."""
    held = set() if check_mode or not params["lock"] else set(lock.held(params))
    said, opened = [], {}
    for given in params["targets"] if held else ():
        opened[given.get("svm")] = open_side("destination", given, params["width"], runtime.CLOCK.sleep)
    for svm in sorted(held & set(opened)):
        try:
            if lock.release(opened[svm], params):
                for other in set(opened) - {svm}:
                    lock.sweep(opened[other], params)
            held.discard(svm)
        except MotionError as error:
            said.append(f"the lock on SVM {svm} could not be given back: {error}")
    return said + [
        f"the lock on SVM {svm} is still held: no target of that name was given" for svm in sorted(held) if not said
    ]


def _write(report: Report, paths: Mapping[str, Any], check_mode: bool) -> list[str]:
    """The page first: the end of a run counts as reported when report.json is there.  Returns warnings."""
    missing = [f"report.html is not written: {missing_required_lib('jinja2')}"] if JINJA2_IMPORT_ERROR else []
    page = "" if missing else render(report)
    if check_mode:
        return missing
    if page:
        write_text(paths["html"], page, WHAT)
    write_text(paths["report"], json.dumps(report.document, indent=2) + "\n", WHAT)
    return missing
