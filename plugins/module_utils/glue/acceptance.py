# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A refusal by the direction guard leaves the file with which its owner accepts the loss: -e @accept_data_loss.yml"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..planning.guard import NONE
from .files import write_text
from .results import Report

NAME = "accept_data_loss.yml"
HEAD = """---
# Losses that were refused, quoted volume by volume: seconds of writes at most, or unknown.
# Leave only the volumes whose loss you accept, then hand this file to the next run: -e @{path}
accept_data_loss:
"""


def with_acceptance(told: Report, params: Mapping[str, Any]) -> Report:
    """Writes the file where a loss was refused, and says so. A run that refuses more later writes it anew."""
    quoted = {
        one["volume"]: one["loss"]
        for one in told.values["results"]
        if one["status"] == "refused" and one.get("loss") not in (None, NONE)
    }
    if not quoted or not params.get("report_dir") or "accept_data_loss" not in params:
        return told
    path = os.path.join(os.path.expanduser(params["report_dir"]), NAME)
    lines = "".join(f"  {json.dumps(volume)}: {loss}\n" for volume, loss in sorted(quoted.items()))
    write_text(path, HEAD.format(path=path) + lines, "the acceptance of a loss")
    return replace(told, failure=f"{told.failure}\nTo accept these losses: -e @{path}")
