# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Presenting: a backend's volumes where they are active, as the manifest says that they were at home."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.picture import Picture, Side
from ..model.plan import Chain, Plan, Stage, Step, Verb, Verdict
from ..model.volume import Volume, VolumeType
from .devices import Hosts, LunNumbers, LunPlan, plan_luns
from .names import Origin, check_patterns, globbed, is_literal, mirrors_by_source, target_name, twins
from .presentation import Junction, Mounts, depth, facts_in, junction_for
from .shares import plan_shares

PARTS = ("export_policy", "shares", "luns", "snapshot_policy", "qos_policy", "efficiency")
EFFICIENCY = ("dedupe", "compression", "compaction", "cross_volume_dedupe")


@dataclass(frozen=True)
class WantedPresentation:
    """manifest: as captured, {} when there is none; then the target volumes' comments tell junctions and exports.

    destination_name: "" or a template for volumes that neither a mirror nor a comment leads to.
    maps: {export_policy|snapshot_policy|qos_policy|igroup: {name at the source: name here}}; "" leaves it out.
    """

    origin: Origin
    volumes: tuple[str, ...] = ("*",)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    parts: Collection[str] = PARTS
    mount: bool = True
    junction_paths: Mapping[str, str] = field(default_factory=dict)
    destination_name: str = ""
    maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def entry(self, name: str, volume: Volume) -> tuple[dict[str, Any], str]:
        """What is known of a volume's presentation, and where from: manifest, comment, or nowhere ("")."""
        known = (self.manifest.get("volumes") or {}).get(name)
        if isinstance(known, Mapping):
            return dict(known), "manifest"
        noted = facts_in(volume.comment)
        if noted.get("volume") != name or noted.get("svm") != self.origin.svm:
            return {}, ""
        return {"junction_path": noted.get("junction") or "", "export_policy": noted.get("export") or ""}, "comment"

    def named_here(self, kind: str, name: str) -> str:
        return (self.maps.get(kind) or {}).get(name, name) if name else ""

    def hosts(self, side: Side) -> Hosts:
        return Hosts(
            side, self.maps.get("igroup") or {}, self.manifest.get("igroups") or {}, self.origin.by_destination
        )


def targets(side: Side, want: WantedPresentation) -> tuple[dict[str, str], dict[str, str]]:
    """{backend's own volume: the volume here}, and {own volume: why it is refused}.

    Here is the active side. A volume is found by its mirror, whatever its state, else by our line in its comment, else
    by `destination_name`. At home (named_by destination) the names are the backend's own.
    """
    if want.origin.by_destination:
        known = set(want.manifest.get("volumes") or {})
        known |= {name for name, volume in side.volumes.items() if facts_in(volume.comment).get("volume") == name}
        known |= {pattern for pattern in want.volumes if is_literal(pattern)}
        return {name: name for name in sorted(known) if name in side.volumes}, {}
    found: dict[str, str] = {}
    if want.destination_name:
        for name in want.manifest.get("volumes") or {}:
            found[name] = target_name(want.destination_name, name, want.origin.svm)
    for here, volume in sorted(side.volumes.items()):
        noted = facts_in(volume.comment)
        if noted.get("svm") == want.origin.svm:
            found[str(noted["volume"])] = here
    mirrors = mirrors_by_source(side, want.origin)
    found.update({name: mirror.destination.volume for name, mirror in mirrors.items()})
    return {name: here for name, here in found.items() if here in side.volumes}, twins(side, want.origin)


def chosen(patterns: Collection[str], known: Collection[str], where: str) -> tuple[str, ...]:
    """The set: literals as they are, globs over what is *known*. Raises BadInput for a glob that matches nothing."""
    check_patterns(list(patterns))
    names: set[str] = set()
    for pattern in patterns:
        names |= {pattern} if is_literal(pattern) else globbed(pattern, known, f"volume of the backend on {where}")
    return tuple(sorted(names))


@dataclass
class _Row:
    """The plan of one volume.  serving: what hosts need, in this order.  caring: what they do not wait for.

    mounts_at: the junction that this plan gives the volume.  policy: the export policy that must be made before.
    """

    name: str
    serving: list[Step] = field(default_factory=list)
    caring: list[Step] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    verdict: Verdict = field(default_factory=lambda: Verdict(""))
    mounts_at: str = ""
    policy: str = ""


def plan_presentation(have: Picture, want: WantedPresentation) -> Plan:
    """Export policies, then mounts shallowest first with shares and LUNs, then what no host waits for.

    What cannot be done for a volume is named (`undone`) and stops none of the rest; its data is as it is.
    """
    side = have.destination
    found, doubtful = targets(side, want)
    names = chosen(want.volumes, found, f"SVM {side.svm}")
    numbers = LunNumbers.of(side)
    rows = [_one(name, found.get(name), doubtful.get(name, ""), side, want, numbers) for name in names]
    return Plan(_stages(rows, side, want), tuple(row.verdict for row in rows))


def _stages(rows: list[_Row], side: Side, want: WantedPresentation) -> tuple[Stage, ...]:
    """Stage 1 makes export policies, each booked on the first volume that needs it; the last one holds the care."""
    makers: dict[str, str] = {}
    for row in rows:
        if row.policy:
            makers.setdefault(row.policy, row.name)
    making = [Chain(maker, (_policy_created(policy, maker, side, want),)) for policy, maker in sorted(makers.items())]
    mounting = {row.name: row.mounts_at for row in rows if row.mounts_at}
    refused = {row.name: _wanted_path(row.name, want) for row in rows if row.verdict.refused}
    mounts, serving = Mounts.of({**refused, **mounting}), dict[int, list[Chain]]()
    for row in rows:
        parents = mounts.parents(row.mounts_at) if row.mounts_at else ()
        number = max((depth(mounting[parent]) for parent in parents if parent in mounting), default=0)
        needs = (*parents, *((makers[row.policy],) if row.policy else ()))
        if row.serving:
            serving.setdefault(number, []).append(Chain(row.name, tuple(row.serving), needs))
    caring = [Chain(row.name, tuple(row.caring)) for row in rows if row.caring]
    stages = [making, *(serving[number] for number in sorted(serving)), caring]
    return tuple(tuple(stage) for stage in stages if stage)


def _wanted_path(name: str, want: WantedPresentation) -> str:
    known = (want.manifest.get("volumes") or {}).get(name) or {}
    return str(want.junction_paths.get(name) or known.get("junction_path") or "")


def _policy_created(policy: str, maker: str, side: Side, want: WantedPresentation) -> Step:
    known = want.manifest.get("export_policies") or {}
    captured = {want.named_here("export_policy", name): rules for name, rules in known.items()}
    args = {"name": policy, "rules": [dict(rule) for rule in captured[policy]]}
    return Step(Verb.EXPORT_POLICY_CREATE, maker, side.svm, args=args)


def _one(name: str, here: str | None, doubt: str, side: Side, want: WantedPresentation, numbers: LunNumbers) -> _Row:
    volume = side.volumes.get(here or "")
    refused = doubt or _unfit(name, volume, side)
    if refused or volume is None:
        return _Row(name, verdict=Verdict(name, refused=refused, message=refused))
    path = f"{volume.svm}:{volume.name}"
    entry, basis = want.entry(name, volume)
    facts: dict[str, Any] = {"destination": path, "basis": basis}
    if not basis:
        told = f"nothing is known of how {name} was presented: neither a manifest nor the comment of {path} tells"
        return _Row(name, verdict=Verdict(name, message=told, warnings=(told,), facts=facts))
    row = _Row(name)
    _exports(row, volume, entry, side, want)
    _mount(row, volume, junction_for(name, volume, want.junction_paths, want.manifest), want)
    if "shares" in want.parts:
        shares = plan_shares(name, path, entry, row.mounts_at or volume.junction_path or "", side)
        row.serving += shares.steps
        row.undone += shares.undone
    luns = plan_luns(name, volume, entry, want.hosts(side), numbers) if "luns" in want.parts else LunPlan()
    row.serving += luns.steps
    row.undone += luns.undone
    row.warnings += luns.warnings
    facts["luns"] = luns.known
    _care(row, volume, entry, side, want)
    row.verdict = Verdict(
        name,
        message=f"{path} is presented as the {basis} says",
        drift=tuple(luns.drift),
        warnings=tuple(f"{path}: {warning}" for warning in row.warnings),
        facts=facts,
        undone=tuple(row.undone),
    )
    return row


def _unfit(name: str, volume: Volume | None, side: Side) -> str:
    if volume is None:
        return f"no mirror and no comment on SVM {side.svm} tells which volume holds {name}: nothing is presented"
    path = f"{volume.svm}:{volume.name}"
    if volume.type is not VolumeType.RW:
        return f"{path} is of type {volume.type.value} and takes no writes: break its mirror first"
    if not volume.online:
        return f"{path} is {volume.state}: bring it online first"
    return ""


def _step(row: _Row, volume: Volume, changes: Mapping[str, Any]) -> Step:
    args = {"uuid": volume.uuid, "changes": dict(changes)}
    return Step(Verb.VOLUME_MODIFY, row.name, f"{volume.svm}:{volume.name}", args=args)


def _exports(row: _Row, volume: Volume, entry: Mapping[str, Any], side: Side, want: WantedPresentation) -> None:
    """A policy that exists is used with the rules that it has: the hosts of this site are not those of the other."""
    captured = str(entry.get("export_policy") or "")
    policy = want.named_here("export_policy", captured)
    if "export_policy" not in want.parts or not policy:
        return
    rules = (want.manifest.get("export_policies") or {}).get(captured)
    there = (side.export_policies or {}).get(policy)
    if there is None:
        if rules is None:
            row.undone.append(
                f"export policy {policy} does not exist on SVM {side.svm}, and nothing tells its rules: create it, or "
                f"name another one in export_policy_map: {{{captured}: ...}}"
            )
            return
        row.policy = policy
    elif rules and not there.rules:
        row.warnings.append(
            f"export policy {policy} has no rule here, so no host gets in; it had {len(rules)} at the source"
        )
    if volume.export_policy != policy:
        row.serving.append(_step(row, volume, {"export_policy": policy}))


def _mount(row: _Row, volume: Volume, junction: Junction, want: WantedPresentation) -> None:
    """What is mounted elsewhere is in use there, and is left. A path that nobody told is no reason to mount."""
    if not want.mount or junction.assumed or not junction.path or volume.junction_path == junction.path:
        return
    if volume.junction_path:
        row.warnings.append(f"is mounted at {volume.junction_path}, not at {junction.path}; it is left there")
        return
    row.mounts_at = junction.path
    args = {"uuid": volume.uuid, "junction_path": junction.path}
    row.serving.append(Step(Verb.MOUNT, row.name, f"{volume.svm}:{volume.name}", args=args))


def _care(row: _Row, volume: Volume, entry: Mapping[str, Any], side: Side, want: WantedPresentation) -> None:
    for kind, usable in (("snapshot_policy", side.snapshot_policies), ("qos_policy", side.qos_policies)):
        captured = str(entry.get(kind) or "")
        policy = want.named_here(kind, captured)
        if kind not in want.parts or not policy or policy == (getattr(volume, kind) or ""):
            continue
        if usable is not None and policy not in usable and policy != "none":
            row.undone.append(
                f"{kind.replace('_', ' ')} {policy} does not exist on SVM {side.svm}: create it, or name another one in "
                f"{kind}_map: {{{captured}: ...}}"
            )
            continue
        row.caring.append(_step(row, volume, {kind: policy}))
    wanted = entry.get("efficiency") or {}
    changes = {
        name: wanted[name]
        for name in EFFICIENCY
        if wanted.get(name) not in (None, "", "mixed") and wanted[name] != (getattr(volume, name) or "none")
    }
    if changes and "efficiency" in want.parts:
        row.caring.append(_step(row, volume, changes))
