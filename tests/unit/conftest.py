# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all unit tests share."""

from __future__ import annotations

import importlib

import pytest


@pytest.fixture(autouse=True)
def modules_run_as_on_a_target(request, monkeypatch):
    """From ansible-core 2.19 on, a process that has once imported code of the controller shows a module's warnings
    instead of returning them. Tests of actions import such code, into the process that also runs modules.
    """
    if request.path.parent.name == "action":
        return
    try:
        internal = importlib.import_module("ansible.module_utils._internal")
    except ImportError:
        return
    monkeypatch.setattr(internal, "is_controller", False, raising=False)
