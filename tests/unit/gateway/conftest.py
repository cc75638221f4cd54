# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published contract, for those who judge by it."""

from __future__ import annotations

import importlib.util
import json
import pathlib

import pytest

CONTRACT = pathlib.Path(__file__).resolve().parents[2] / "contract"


@pytest.fixture(scope="module")
def checker():
    place = importlib.util.spec_from_file_location("check_traffic", CONTRACT / "check_traffic.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module.Checker(CONTRACT)


@pytest.fixture(scope="module")
def facts():
    return json.loads((CONTRACT / "rest.json").read_text("utf-8"))
