# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what every task returned to the file named by DATA_MOTION_RECORD, one JSON object per line."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: aggregate
short_description: Keeps the results of tasks for the tests
description: As the module says.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def _record(self, result, outcome):
        task = getattr(result, "task", None) or result._task
        host = getattr(result, "host", None) or result._host
        returned = getattr(result, "result", None) or result._result
        line = {
            "task": task.name,
            "action": task.action,
            "host": host.name,
            "outcome": outcome,
            "result": dict(returned),
        }
        with open(os.environ["DATA_MOTION_RECORD"], "a", encoding="utf-8") as record:
            record.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._record(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record(result, "failed")

    def v2_runner_on_skipped(self, result):
        self._record(result, "skipped")
