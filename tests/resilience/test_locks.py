# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the lock of a run that was cut off after its last write."""

from __future__ import annotations

import os
import socket

from tests.resilience.scene import scene


def locks(site):
    policies = site.site.world.clusters["lyon"].svms["svm_lyon"].export_policies
    return sorted(name for name in policies if name.startswith("dm_lock"))


def left_behind(site):
    """The lock cannot be given back, since its deletion is refused; all else is done."""
    site.site.faults.add(
        action="http_status", status=400, code="5308416", message="no", method="DELETE", path="/protocols/nfs/*"
    )
    done = site.run()
    site.site.faults.clear()
    assert not done.bad
    assert any("could not be given back" in warning for warning in done.told[-1][2]["warnings"])


def test_a_run_with_nothing_to_do_gives_back_what_a_dead_one_left(tmp_path):
    with scene("unplanned", tmp_path, traffic="rejected") as site:
        left_behind(site)
        assert len(locks(site)) == 2
        assert not site.run().bad
        assert locks(site) == []


def test_what_a_live_run_took_over_is_left_to_it(tmp_path):
    with scene("unplanned", tmp_path, traffic="rejected") as site:
        left_behind(site)
        other = f"{socket.gethostname()}-{os.getpid()}"
        svm = site.site.world.clusters["lyon"].svms["svm_lyon"]
        with site.site.locked():
            mark = next(policy for name, policy in svm.export_policies.items() if ".by." in name)
            del svm.export_policies[mark.name]
            mark.name = f"dm_lock_paris.by.{other}.20260101T000000"
            svm.export_policies[mark.name] = mark
        assert not site.run().bad
        assert locks(site) == ["dm_lock_paris", mark.name]
