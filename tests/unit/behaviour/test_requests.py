# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a run may take."""

from __future__ import annotations

from tests.unit.behaviour.bench import AGGREGATES

VOLUMES = 200


def replicate(site):
    """What the role does, module by module."""
    peer = site.good("svm_peer", **site.sides)
    both = {**site.sides, "source_cluster": peer["source_cluster"]}
    targets = site.good("flexvol_mirror_target", **both, aggregate_map=AGGREGATES)
    site.good("snapmirror_relationship", **both)
    return targets


def test_fresh_and_unchanged_replication_stay_within_the_budget(bench, tmp_path):
    site = bench(volumes=VOLUMES)
    targets = replicate(site)
    assert len(site.requests()) <= 3 * VOLUMES + 30
    site.site.advance(3600)
    capture = {
        "source": site.sides["source"],
        "detail": "junctions",
        "volumes": [one["volume"] for one in targets["results"]],
        "manifest": str(tmp_path / "paris.json"),
    }
    site.good("volume_presentation", **capture)
    site.forget_traffic()
    replicate(site)
    site.good("volume_presentation", **capture)
    assert site.writes() == []
    assert len(site.requests()) <= 15
