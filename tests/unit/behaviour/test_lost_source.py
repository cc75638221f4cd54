# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of mirrors whose source does not answer."""

from __future__ import annotations

from tests.unit.behaviour.bench import AGGREGATES

PROTOCOLS = ("rest", "zapi")


def test_a_source_that_cannot_be_asked_makes_no_orphans(bench):
    site = bench(volumes=2)
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    site.good("snapmirror_relationship", **site.sides, wait=True, timeout=36000)
    site.site.down("paris")
    info = site.good("snapmirror_info", **site.sides)
    assert [mirror["volume"] for mirror in info["mirrors"]] == ["vol0001", "vol0002"]
    assert info["orphans"] == []
