# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib


def test_the_collection_and_the_simulator_are_those_of_this_checkout():
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    utils = importlib.import_module("ansible_collections.ontap.data_motion.plugins.module_utils")
    simulator = importlib.import_module("tests.simulator")
    assert Path(utils.__file__).resolve().is_relative_to(root)
    assert Path(simulator.__file__).resolve().is_relative_to(root)
