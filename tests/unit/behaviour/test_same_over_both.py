# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same story over REST and over ZAPI: equal plans, diffs and results."""

from __future__ import annotations

import re

from tests.unit.behaviour.bench import AGGREGATES

VOLUMES = 2


def of_zapi(site):
    told = site.site.params
    site.site.params = lambda *names: {**told(*names), "use_rest": "never"}
    return site


def told(site, folder):
    """What each task of a whole life says beforehand and afterwards: {task: (predicted, result)}"""
    paris, lyon, both, there = *map(site.site.params, ("paris", "lyon")), site.sides, site.from_destination
    long = {"wait": True, "timeout": 36000}
    home = {"source": lyon, "destination": paris}
    tasks = {}

    def task(name, module, write=None, **args):
        if write:
            site.site.advance(60)
            with site.site.locked():
                for number in range(1, VOLUMES + 1):
                    site.volume(write, f"vol000{number}").write(name)
        predicted = site.good(module, check=True, **args)
        tasks[name] = predicted, site.good(module, **args)
        return tasks[name][1]

    task("targets", "flexvol_mirror_target", **both, aggregate_map=AGGREGATES)
    task("mirrors", "snapmirror_relationship", **both, **long)
    task("update", "snapmirror_update", "paris", **there, **long)
    task("other policy", "snapmirror_relationship", **both, policy="MirrorLatest", throttle=512)
    task("policy as before", "snapmirror_relationship", **both, policy="MirrorAllSnapshots")
    task("pause", "snapmirror_relationship", **both, relationship_state="paused")
    task("resume", "snapmirror_relationship", **both, relationship_state="active")
    task("manifest", "volume_presentation", source=paris, manifest=str(folder / "paris.json"))
    fenced = task("fence", "source_fence", "paris", source=paris, report_dir=str(folder / "paris"))
    after = {"exported_not_before": fenced["fence_times"]}
    task("last update", "snapmirror_update", **there, **long, **after)
    task("break", "snapmirror_break", **there, manifest=str(folder / "paris.json"))
    task("present", "volume_presentation", **there, state="applied", manifest=str(folder / "paris.json"))
    task("reverse", "snapmirror_reverse", **home, timeout=36000, named_by="destination")
    fenced = task("fence there", "source_fence", "lyon", source=lyon, report_dir=str(folder / "lyon"))
    after = {"exported_not_before": fenced["fence_times"]}
    task("update home", "snapmirror_update", **home, **long, **after, named_by="destination")
    back = {"destination": paris, "source_svm": "svm_lyon", "named_by": "destination"}
    task("break home", "snapmirror_break", **back, manifest=str(folder / "paris.json"))
    task("home", "snapmirror_reverse", **both, timeout=36000, named_by="source")
    task("tidy", "snapmirror_reverse", **both, timeout=36000, named_by="source", cleanup=True)
    task("info", "snapmirror_info", **both)
    task("let go", "snapmirror_relationship", **both, state="absent")
    task("targets gone", "flexvol_mirror_target", **both, state="absent")
    return tasks


OWN = ("job", "transfer_uuid", "seconds", "captured", "compaction", "cross_volume_dedupe")
"""What only one protocol knows, and what tells of a moment."""
IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(_\d+)?")


def plain(value):
    """Without ids, whose order differs where volumes move side by side."""
    if isinstance(value, dict):
        return {plain(name): plain(one) for name, one in value.items() if name not in OWN}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return IDS.sub("<id>", value) if isinstance(value, str) else value


def test_a_whole_life_is_foretold_and_told_alike(bench, tmp_path):
    over_rest = plain(told(bench(volumes=VOLUMES), tmp_path / "rest"))
    over_zapi = plain(told(of_zapi(bench(volumes=VOLUMES)), tmp_path / "zapi"))
    assert list(over_rest) == list(over_zapi)
    for task, (predicted, result) in over_rest.items():
        assert over_zapi[task][0] == predicted, task
        assert over_zapi[task][1] == result, task
        if task != "info":
            assert (predicted["plan"], predicted["diff"]) == (result["plan"], result["diff"]), task
            assert result["changed"] is True, task


def test_the_comparison_would_see_another_plan():
    assert plain([{"verb": "update", "job": "1"}]) == plain([{"verb": "update", "job": "2"}])
    assert plain([{"verb": "update", "target": "svm_lyon:a"}]) != plain([{"verb": "update", "target": "svm_lyon:b"}])
    first, second = ("b4321451-ae0a-5135-8bf7-286538b13331_21", "e2a4e24b-00c7-55bf-8b61-3e992f774296_7")
    assert plain(f"snapmirror.{first}.2025-10-09_085320") == plain(f"snapmirror.{second}.2025-10-09_085320")
