# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return values of snapmirror_info and failover_info."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.mirror import Mirror, State
from ..model.picture import Picture
from ..model.plan import Plan
from ..planning.info import Question, any_broken, mirrors_asked, orphans
from ..planning.names import Origin, origin_of
from ..planning.whereabouts import AWAY, Phase
from ..report.pauses import paused_for_a_break
from .facts import facts_of, rpo_verdict
from .journal import journal_path, lines_backwards
from .observe import Needs


def mirror_entry(volume: str, mirror: Mirror, whence: Origin, rpo_s: float | None) -> dict[str, Any]:
    return {
        "volume": volume,
        "source": f"{whence.svm}:{mirror.source.volume}",
        "source_cluster": whence.cluster,
        "destination": str(mirror.destination),
        "rpo": rpo_verdict(mirror, rpo_s),
        **facts_of(mirror),
    }


def more_about_broken_mirrors(picture: Picture, want: Question) -> Needs:
    """Whether the source can take writes beside the target, as far as the arrays tell."""
    if not any_broken(picture, want):
        return Needs()
    whole = (("source", "svm"),) if any(mirror.of_svm for mirror in picture.destination.mirrors.values()) else ()
    return Needs(hopeful=(("source", "luns"), ("source", "namespaces"), ("destination", "fences"), *whole))


def mirrors_and_orphans(picture: Picture, plan: Plan, params: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    asked = {verdict.volume for verdict in plan.verdicts}
    peers = picture.destination.peers
    found = [
        mirror_entry(name, mirror, origin_of(mirror, peers), params["rpo_s"])
        for name, mirror in sorted(mirrors_asked(picture, origin).items())
        if name in asked
    ]
    return {"mirrors": found, "orphans": orphans(picture, origin)}


def by_phase(picture: Picture, plan: Plan, params: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    found: dict[str, list[str]] = {phase.value: [] for phase in Phase}
    for verdict in plan.verdicts:
        found[verdict.facts["phase"]].append(verdict.volume)
    paused = _paused_at_home(picture, plan)
    return {
        "phases": found,
        "fenced_at_home": [verdict.volume for verdict in plan.verdicts if verdict.facts.get("fenced_at_home")],
        "paused": sorted(paused),
        "paused_by_failover": sorted(_left_by_a_run(paused, params)),
        "away": [name for phase in AWAY for name in found[phase.value]],
        "isolate": [verdict.volume for verdict in plan.verdicts if verdict.facts.get("isolate")],
        "settled": [verdict.volume for verdict in plan.verdicts if verdict.facts.get("settled")],
        "target_volumes": {
            verdict.volume: verdict.facts["target_volume"]
            for verdict in plan.verdicts
            if "target_volume" in verdict.facts
        },
        "split_brain": [verdict.volume for verdict in plan.verdicts if verdict.facts["split_brain"]],
    }


def _paused_at_home(picture: Picture, plan: Plan) -> dict[str, Mirror]:
    """{volume: its mirror}, of those that are active at home."""
    mirrors = picture.destination.mirrors
    named = {
        one.volume: str(one.facts.get("target_volume")) for one in plan.verdicts if one.facts["phase"] == Phase.HOME
    }
    found = {volume: mirrors[target] for volume, target in named.items() if target in mirrors}
    return {volume: mirror for volume, mirror in found.items() if mirror.state is State.PAUSED}


def _left_by_a_run(paused: Mapping[str, Mirror], params: Mapping[str, Any]) -> list[str]:
    """Those that a run quiesced for a break and left, by the journal; none where it tells nothing."""
    resting = {mirror.target: mirror.shows for mirror in paused.values() if mirror.shows}
    if not resting or not params["report_dir"]:
        return []
    try:
        lines = lines_backwards(journal_path(params["report_dir"]))
        ours = paused_for_a_break(lines, resting)
    except OSError:
        return []
    return [volume for volume, mirror in paused.items() if mirror.target in ours]
