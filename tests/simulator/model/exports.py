# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NFS export policies and their rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import Refused, duplicate, not_found

if TYPE_CHECKING:
    from .svms import Svm


@dataclass(eq=False)
class ExportRule:
    """index orders the rules; properties are ONTAP's fields of a rule."""

    index: int
    properties: dict[str, Any]


@dataclass(eq=False)
class ExportPolicy:
    id: int
    name: str
    svm: Svm = field(repr=False)
    rules: list[ExportRule] = field(default_factory=list)

    def add_rule(self, properties: dict[str, Any], index: int | None = None) -> ExportRule:
        if not properties.get("clients"):
            raise Refused("1704039", "clients.match is required.", "clients.match")
        if index is not None and index < 1:
            raise Refused("3277162", "Invalid index: the valid range is 1 to 4294967295.", "index")
        place = index or max((rule.index for rule in self.rules), default=0) + 1
        for rule in self.rules:
            if rule.index >= place and any(other.index == place for other in self.rules):
                rule.index += 1
        rule = ExportRule(place, properties)
        self.rules = sorted([*self.rules, rule], key=lambda each: each.index)
        return rule

    def rule(self, index: int) -> ExportRule:
        for rule in self.rules:
            if rule.index == index:
                return rule
        raise not_found(target="index")


def create(svm: Svm, name: str, rules: list[dict[str, Any]] | None = None, *, replicated: bool = False) -> ExportPolicy:
    """replicated: by a mirror of whole SVMs, which alone changes its destination's configuration."""
    if svm.subtype == "dp_destination" and not replicated:
        raise Refused(
            "13434880", f'SVM "{svm.name}" is of subtype dp_destination: its configuration comes from its source.'
        )
    if name in svm.export_policies:
        raise duplicate(target="name")
    if not name or " " in name:
        raise Refused("1703952", f'Invalid ruleset name "{name}": no spaces allowed.', "name")
    policy = svm.add_export_policy(name)
    for properties in rules or []:
        policy.add_rule(properties)
    return policy


def delete(policy: ExportPolicy) -> None:
    if policy.svm.subtype == "dp_destination":
        raise Refused(
            "13434880",
            f'SVM "{policy.svm.name}" is of subtype dp_destination: its configuration comes from its source.',
        )
    if policy.name == "default":
        raise Refused("1703947", "Cannot delete the default ruleset: it is deleted with its SVM.")
    users = [volume.name for volume in policy.svm.volumes.values() if volume.export_policy is policy]
    if users:
        raise Refused("1703945", f'The policy "{policy.name}" is in use by volume "{users[0]}".')
    del policy.svm.export_policies[policy.name]


def rename(policy: ExportPolicy, name: str) -> None:
    if name == policy.name:
        return
    if name in policy.svm.export_policies:
        raise duplicate(target="name")
    del policy.svm.export_policies[policy.name]
    policy.name = name
    policy.svm.export_policies[name] = policy
