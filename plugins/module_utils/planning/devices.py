# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LUNs of a volume where it is active: online, and mapped to the hosts that are to have them. No map is ever invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.picture import Side
from ..model.plan import Drift, Step, Verb
from ..model.san import Lun
from ..model.volume import Volume


@dataclass
class LunNumbers:
    """Which LUN ids are taken: {igroup: {number: LUN path}}; grows while maps are planned."""

    taken: dict[str, dict[int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, side: Side) -> LunNumbers:
        numbers = cls()
        for one in side.lun_maps or ():
            numbers.take(one.igroup, one.number, one.lun)
        return numbers

    def take(self, igroup: str, number: int | None, lun: str) -> bool:
        """False where another LUN has that number."""
        return number is None or self.taken.setdefault(igroup, {}).setdefault(number, lun) == lun


@dataclass(frozen=True)
class Hosts:
    """Which igroup here stands for an igroup of the source.

    named: {igroup at the source: igroup here, "" for none} by the user.  captured: the manifest's igroups.
    """

    side: Side
    named: Mapping[str, str] = field(default_factory=dict)
    captured: Mapping[str, Any] = field(default_factory=dict)
    at_home: bool = False

    def igroup(self, name: str) -> tuple[str, str]:
        """The igroup here ("": none), or why there is none. An equal name is enough only for equal initiators."""
        wanted = self.named.get(name, name)
        if not wanted:
            return "", ""
        there = (self.side.igroups or {}).get(wanted)
        if there is None:
            return "", f"igroup {wanted} does not exist on SVM {self.side.svm}: create it, or {self._remedy(name)}"
        if name in self.named or self.at_home:
            return wanted, ""
        before = {one.lower() for one in (self.captured.get(name) or {}).get("initiators") or ()}
        if before and before == {one.lower() for one in there.initiators}:
            return wanted, ""
        return "", f"igroup {wanted} of SVM {self.side.svm} is not known to hold the same hosts: {self._remedy(name)}"

    def _remedy(self, name: str) -> str:
        return f"name the hosts of this side in igroup_map: {{{name}: ...}}"


@dataclass
class LunPlan:
    """known: each captured LUN with its path here and the serial number that it had at home."""

    steps: list[Step] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    known: list[dict[str, Any]] = field(default_factory=list)


def path_in(volume: str, path: str) -> str:
    """The path of the LUN `/vol/<any>/<lun>` in *volume*."""
    return f"/vol/{volume}/" + path.split("/", 3)[-1]


def plan_luns(name: str, volume: Volume, entry: Mapping[str, Any], hosts: Hosts, numbers: LunNumbers) -> LunPlan:
    """name: the backend's own volume.  entry: its part of the manifest. A LUN that was offline is left as it is."""
    plan = LunPlan()
    there = {lun.path: lun for lun in hosts.side.luns_of.get(volume.name, ())}
    for captured in entry.get("luns") or ():
        path = path_in(volume.name, str(captured["path"]))
        lun = there.get(path)
        plan.known.append({"path": path, "home_serial_number": captured.get("serial_number")})
        if lun is None:
            plan.undone.append(f"{path} is not there: it was made after the last transfer, or removed since")
            continue
        target = f"{volume.svm}:{volume.name}"
        if captured.get("enabled", True) and lun.enabled is False:
            plan.steps.append(Step(Verb.LUN_ONLINE, name, target, args={"uuid": lun.uuid, "lun": lun.path}))
        for wanted in captured.get("maps") or ():
            _map(plan, name, target, lun, wanted, hosts, numbers)
    return plan


def _map(
    plan: LunPlan, name: str, target: str, lun: Lun, wanted: Mapping[str, Any], hosts: Hosts, numbers: LunNumbers
) -> None:
    igroup, refused = hosts.igroup(str(wanted["igroup"]))
    if refused:
        plan.undone.append(f"{lun.path} is not mapped: {refused}")
    if not igroup:
        return
    if any(step.args.get("lun") == lun.path and step.args.get("igroup") == igroup for step in plan.steps):
        return  # two igroups of the source are one here
    number = wanted.get("logical_unit_number")
    have = hosts.side.map_of.get((lun.path, igroup))
    if have is not None:
        if number is not None and have.number != number:
            plan.drift.append(Drift(f"LUN id of {lun.path} in igroup {igroup}", have.number, number))
        return
    if not numbers.take(igroup, number, lun.path):
        plan.warnings.append(f"LUN id {number} is taken in igroup {igroup}; {lun.path} gets a free one")
        number = None
    args = {"lun": lun.path, "igroup": igroup, "logical_unit_number": number}
    plan.steps.append(Step(Verb.LUN_MAP, name, target, args=args))
