# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module replication_report: what it writes, when, and what it returns."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from ansible.module_utils import basic

from ansible_collections.ontap.data_motion.plugins.module_utils.glue import journal as run_journal
from ansible_collections.ontap.data_motion.plugins.module_utils.glue import report as glue
from ansible_collections.ontap.data_motion.plugins.modules import replication_report
from tests.unit.report.stories import at, event, events_of, result, stamp, step, task


class Desk:
    """A folder for reports and a clock that is set by hand."""

    def __init__(self, folder, monkeypatch):
        self.folder, self._monkeypatch = folder, monkeypatch
        self.set_clock(600)

    def set_clock(self, seconds):
        self._monkeypatch.setattr(glue, "now", lambda: at(seconds))

    def journal(self, *lines):
        self.folder.mkdir(exist_ok=True)
        with open(self.folder / "journal.jsonl", "a", encoding="utf-8") as file:
            file.writelines(lines)

    def run(self, *results, check=False, **args):
        given = {"backend": "paris", "target": "lyon", "playbook": "status", "report_dir": str(self.folder), **args}
        given.update(results=list(results), _ansible_check_mode=check, _ansible_remote_tmp="/tmp")
        if "inject_invocation" in basic.PASS_VARS:  # older releases of ansible-core do it always
            given["_ansible_inject_invocation"] = True
        text = json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()
        self._monkeypatch.setattr(basic, "_ANSIBLE_ARGS", text, raising=False)
        self._monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        self._monkeypatch.setattr(sys, "argv", ["replication_report"])
        printed = io.StringIO()
        with redirect_stdout(printed), pytest.raises(SystemExit):
            replication_report.main()
        return json.loads(printed.getvalue().strip().splitlines()[-1])

    @property
    def document(self):
        return json.loads((self.folder / "report.json").read_text(encoding="utf-8"))

    @property
    def files(self):
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []


@pytest.fixture
def desk(tmp_path, monkeypatch):
    return Desk(tmp_path / "paris", monkeypatch)


def test_it_writes_both_files_and_tells_where(desk):
    told = desk.run(task(result("vol1", lag_s=31)))
    assert desk.files == ["report.html", "report.json"]
    assert (told["report"], told["html"]) == (str(desk.folder / "report.json"), str(desk.folder / "report.html"))
    assert told["summary"] == ["paris -> lyon: 1 volume, 1 ok, worst lag 31 s"]
    assert (told["ok"], told["failed_volumes"], told["breached_volumes"]) == (True, [], [])
    assert desk.document["ok"] is True
    assert (desk.folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_failed_volumes_do_not_fail_it(desk):
    told = desk.run(task(result("vol1", "failed", msg="no")), {"failed": True, "msg": "nice does not answer"})
    assert told.get("failed", False) is False
    assert (told["ok"], told["failed_volumes"]) == (False, ["vol1"])
    assert told["summary"][1:] == ["nice does not answer", "vol1: failed: no"]


def test_a_report_is_never_a_change(desk):
    assert [desk.run(task(result("vol1", "changed")))["changed"] for _time in range(2)] == [False, False]


def test_check_mode_writes_nothing_and_returns_the_same(desk):
    arguments = [task(result("vol1", "failed", msg="no", lag_s=9000))]
    checked = desk.run(*arguments, check=True, rpo_s=60)
    assert desk.files == []
    real = desk.run(*arguments, rpo_s=60)
    for name in ("changed", "report", "html", "ok", "failed_volumes", "breached_volumes"):
        assert checked[name] == real[name]
    assert checked["summary"][1:] == real["summary"][1:]
    assert checked["breached_volumes"] == ["vol1"]


def test_check_mode_leaves_an_older_report_alone(desk):
    desk.run(task(result("vol1")))
    before = {name: (desk.folder / name).read_bytes() for name in desk.files}
    desk.run(task(result("vol2", "failed")), check=True)
    assert {name: (desk.folder / name).read_bytes() for name in desk.files} == before


def test_a_report_is_replaced_as_a_whole_or_not_at_all(desk, monkeypatch):
    desk.run(task(result("vol1")))
    before = desk.document

    def full_disk(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    told = desk.run(task(result("vol2", "failed")))
    assert told["failed"] is True
    assert "No space left on device" in told["msg"]
    assert told["failed_volumes"] == ["vol2"]
    assert desk.document == before


def test_the_old_report_stays_readable_until_the_new_one_is_whole(desk, monkeypatch):
    desk.run(task(result("vol1")))
    seen, replace = [], os.replace

    def look_and_replace(new, old):
        if str(old).endswith("report.json"):
            seen.append(
                (desk.document["volumes"][0]["volume"], json.loads(Path(new).read_text(encoding="utf-8"))["ok"])
            )
        replace(new, old)

    monkeypatch.setattr(os, "replace", look_and_replace)
    desk.run(task(result("vol2", "failed")))
    assert seen == [("vol1", False)]
    assert desk.document["volumes"][0]["volume"] == "vol2"


# ---- the journal


def broken(when, volume="vol1"):
    return task(result(volume, "changed", state="broken_off", steps=[step(volume, "break")]))


def test_it_reads_the_journal_that_the_modules_write(desk, monkeypatch):
    written = run_journal.FileJournal(str(desk.folder), {"module": "snapmirror_break"})
    start = {"event": "step_started", "volume": "vol1", "side": "destination", **step("vol1", "break")}
    written.record([{"event": "planned", "volume": "vol1", "verb": "break"}, start])
    written.record([{**start, "event": "step_ended"}])
    monkeypatch.setattr(glue, "now", lambda: at(10**9))
    desk.run(broken(0))
    (done,) = desk.document["volumes"][0]["steps"]
    assert done["started"] is not None
    assert done["ended"] >= done["started"]


def test_events_before_the_named_start_are_not_of_the_run(desk):
    desk.journal(*events_of("vol1", "break", 1, 2), *events_of("vol1", "break", 100, 101))
    desk.run(broken(100), started=stamp(50))
    assert [one["started"] for one in desk.document["volumes"][0]["steps"]] == [stamp(100)]
    assert desk.document["started"] == stamp(50)


def test_without_a_named_start_the_journal_counts_from_the_last_report(desk):
    desk.journal(*events_of("vol1", "break", 1, 2))
    desk.set_clock(10)
    desk.run(broken(1))
    assert desk.document["started"] == stamp(1)
    desk.journal(*events_of("vol1", "break", 100, 101))
    desk.set_clock(200)
    desk.run(broken(100))
    assert [one["started"] for one in desk.document["volumes"][0]["steps"]] == [stamp(100)]
    assert desk.document["started"] == stamp(100)


def test_an_older_report_that_is_torn_does_no_harm(desk):
    desk.journal(*events_of("vol1", "break", 1, 2))
    (desk.folder / "report.json").write_text('{"ended": "20', encoding="utf-8")
    assert desk.run(broken(1))["ok"] is True
    assert desk.document["started"] == stamp(1)


def test_a_torn_journal_does_no_harm(desk):
    desk.journal(*events_of("vol1", "break", 1, 2), '{"event": "step_star')
    told = desk.run(broken(1))
    assert told["ok"] is True
    assert any("torn" in warning for warning in desk.document["warnings"])


def test_bytes_that_are_no_text_do_no_harm(desk):
    desk.journal(*events_of("vol1", "break", 1, 2))
    with open(desk.folder / "journal.jsonl", "ab") as file:
        file.write(b"\xff\xfe\x00\n")
    assert desk.run(broken(1))["ok"] is True


def test_without_a_journal_there_are_steps_without_times(desk):
    desk.run(broken(1))
    (done,) = desk.document["volumes"][0]["steps"]
    assert (done["verb"], done["seconds"], done["started"]) == ("break", 1.0, None)


def test_of_a_long_journal_only_the_end_is_read(desk, monkeypatch):
    monkeypatch.setattr(run_journal, "BLOCK_BYTES", 300)
    desk.journal(*(event("step_ended", number, "vol1", "mount") for number in range(2000)))
    desk.journal(*events_of("vol1", "break", 5000, 5001))
    parsed = []
    monkeypatch.setattr(glue, "parse_event", lambda line: parsed.append(line) or json_event(line))
    desk.run(broken(5000), started=stamp(4000))
    assert [one["started"] for one in desk.document["volumes"][0]["steps"]] == [stamp(5000)]
    assert len(parsed) < 10


def json_event(line):
    from ansible_collections.ontap.data_motion.plugins.module_utils.report.journal import parse_event

    return parse_event(line)


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
def test_reading_backwards_loses_nothing(desk, monkeypatch, block):
    monkeypatch.setattr(run_journal, "BLOCK_BYTES", block)
    lines = ["one", "", "zwölf → 12", "last"]
    desk.journal("\n".join(lines))
    assert list(run_journal.lines_backwards(str(desk.folder / "journal.jsonl"))) == lines[::-1]


# ---- options


def test_the_rpo_of_the_option_gives_the_verdict(desk):
    assert desk.run(task(result("vol1", lag_s=61)), rpo_s=60)["breached_volumes"] == ["vol1"]
    assert desk.run(task(result("vol1", lag_s=61)), rpo_s=0)["breached_volumes"] == []


@pytest.mark.parametrize("args, word", [({"rpo_s": -1}, "rpo_s"), ({"started": "yesterday"}, "started")])
def test_what_cannot_be_right_is_refused_and_nothing_is_written(desk, args, word):
    told = desk.run(task(result("vol1")), **args)
    assert told["failed"] is True
    assert word in told["msg"]
    assert desk.files == []


@pytest.mark.parametrize("missing", ["backend", "playbook", "report_dir"])
def test_what_is_required_may_not_be_empty_either(desk, missing):
    told = desk.run(task(result("vol1")), **{missing: ""})
    assert told["failed"] is True
    assert missing in told["msg"]
    assert desk.files == []


def test_sides_are_accepted_and_ignored(desk):
    nowhere = {"hostname": "nowhere.invalid", "username": "u", "password": "topsecret", "backend": "lyon"}
    told = desk.run(task(result("vol1")), source=nowhere, destination=nowhere)
    assert told["ok"] is True
    assert "topsecret" not in json.dumps(told)


def test_what_it_returns_is_small_whatever_it_was_given(desk):
    told = desk.run(task(*(result(f"vol{number}") for number in range(1000))))
    assert len(json.dumps(told)) < 3000


def test_without_jinja2_there_is_report_json_and_a_warning(desk, monkeypatch):
    monkeypatch.setattr(glue, "JINJA2_IMPORT_ERROR", "Traceback: no jinja2")
    told = desk.run(task(result("vol1")))
    assert (told["ok"], told["html"]) == (True, None)
    assert "jinja2" in json.dumps(told["warnings"])
    assert desk.files == ["report.json"]


def test_what_is_documented_is_what_is_returned_and_taken(desk):
    import yaml

    told = desk.run(task(result("vol1")))
    assert set(yaml.safe_load(replication_report.RETURN)) == {
        name for name in told if name not in ("invocation", "failed", "warnings")
    }
    documented = yaml.safe_load(replication_report.DOCUMENTATION)["options"]
    shared = {"source", "destination", "timeout", "width", "assume", "lock", "lock_owner", "take_over_lock"}
    taken = told["invocation"]["module_args"]
    assert {*documented, *shared} == {*taken, "source", "destination"}
