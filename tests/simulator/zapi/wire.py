# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XML as ONTAPI writes it: a request becomes a call with its arguments, plain values become an answer."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import errors
from .contract import Api, Contract, ContractBroken, Element
from .errors import Failed

NAMESPACE = "http://www.netapp.com/filer/admin"
_INTEGER = re.compile(r"^-?\d+$")
_OPERATORS = re.compile(r"[*|!<>]|\.\.")
Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """svm: into which the request is tunnelled, None for the cluster itself."""

    name: str
    element: ET.Element
    svm: str | None = None

    def text(self, name: str) -> str | None:
        """What the argument holds, None where it is not given."""
        found = self._find(name)
        return None if found is None else (found.text or "").strip()

    def need(self, name: str) -> str:
        """Raises Failed where it is missing or empty."""
        value = self.text(name)
        if not value:
            raise Failed(errors.BAD_INPUT, f"Missing input: {name}")
        return value

    def number(self, name: str) -> int | None:
        value = self.text(name)
        return int(value) if value else None

    def flag(self, name: str) -> bool:
        return self.text(name) == "true"

    def items(self, name: str) -> list[str]:
        """The texts of a list."""
        found = self._find(name)
        return [] if found is None else [(each.text or "").strip() for each in found]

    def tree(self, name: str) -> Tree | None:
        """What `query` or `desired-attributes` hold below the name of the type; None where not given."""
        found = self._find(name)
        if found is None:
            return None
        return _tree(found[0]) if len(found) == 1 else _tree(found)

    def _find(self, name: str) -> ET.Element | None:
        return next((each for each in self.element if tag(each) == name), None)


def tag(element: ET.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _tree(element: ET.Element) -> dict[str, Any]:
    """{name: text or tree or list of texts}"""
    tree: dict[str, Any] = {}
    for each in element:
        value: Any = _tree(each) if len(each) else (each.text or "").strip()
        if tag(each) in tree:
            before = tree[tag(each)]
            value = [*(before if isinstance(before, list) else [before]), value]
        tree[tag(each)] = value
    return tree


# ---- requests


def parse(raw: bytes) -> Call:
    """Raises Failed for what is no request."""
    try:
        root = ET.fromstring(raw)
    except ET.ParseError as error:
        raise Failed(errors.BAD_INPUT, f"The request is not XML: {error}") from error
    if tag(root) != "netapp" or len(root) != 1:
        raise Failed(errors.BAD_INPUT, "The request must be one call inside of netapp")
    return Call(tag(root[0]), root[0], root.get("vfiler"))


def check(call: Call, api: Api, contract: Contract) -> None:
    """Refuse what the call does not know. Raises Failed."""
    given = set()
    for each in call.element:
        spec = api.inputs.get(tag(each))
        if spec is None:
            raise Failed(errors.BAD_INPUT, f"Extra input: {tag(each)}")
        given.add(spec.name)
        _check(each, spec, contract, api.name, spec.name == "query")
    for spec in api.inputs.values():
        if spec.required and spec.name not in given:
            raise Failed(errors.BAD_INPUT, f"Missing input: {spec.name}")


def _check(element: ET.Element, spec: Element, contract: Contract, label: str, in_query: bool) -> None:
    if spec.typedef:
        fields = contract.typedef(spec.typedef)
        items = list(element)
        if items and all(tag(each) in (spec.typedef, spec.wraps) for each in items):
            items = [inner for each in items for inner in each]
        for each in items:
            inner = fields.get(tag(each))
            if inner is None:
                raise Failed(errors.BAD_INPUT, f"Extra input: {tag(each)} in {spec.name} of {label}")
            _check(each, inner, contract, label, in_query)
        return
    if spec.is_list:
        for each in element:
            if spec.wraps is not None and tag(each) != spec.wraps:
                raise Failed(errors.BAD_INPUT, f"Extra input: {tag(each)} in {spec.name} of {label}")
        return
    text = (element.text or "").strip()
    if len(element) or (in_query and _OPERATORS.search(text)) or not text:
        if len(element):
            raise Failed(errors.BAD_INPUT, f"Extra input: {tag(element[0])} in {spec.name} of {label}")
        return
    if spec.scalar == "integer" and not _INTEGER.match(text):
        raise Failed(errors.BAD_INPUT, f'Invalid value for {spec.name}: "{text}" is not an integer')
    if spec.scalar == "boolean" and text not in ("true", "false"):
        raise Failed(errors.BAD_INPUT, f'Invalid value for {spec.name}: "{text}" is not true or false')
    if spec.enum and text not in spec.enum:
        raise Failed(errors.BAD_INPUT, f'Invalid value for {spec.name}: "{text}"')


# ---- answers


def passed(api: Api, contract: Contract, values: Tree, version: str) -> str:
    """Raises ContractBroken where *values* hold what the call never answers."""
    results = ET.Element("results", {"status": "passed"})
    _fill(results, values, api.outputs, contract, api.name)
    return _envelope(results, version)


def refused(failure: Failed, version: str) -> str:
    return _envelope(
        ET.Element("results", {"status": "failed", "errno": failure.errno, "reason": failure.reason}), version
    )


def _envelope(results: ET.Element, version: str) -> str:
    root = ET.Element("netapp", {"version": version, "xmlns": NAMESPACE})
    root.append(results)
    return "<?xml version='1.0' encoding='UTF-8' ?>\n" + ET.tostring(root, encoding="unicode")


def _fill(parent: ET.Element, values: Tree, known: Mapping[str, Element], contract: Contract, label: str) -> None:
    for name, value in values.items():
        if value is None:
            continue
        spec = known.get(name)
        if spec is None:
            raise ContractBroken(f"{label} has no element {name}")
        _value(ET.SubElement(parent, name), value, spec, contract, label)


def _value(place: ET.Element, value: Any, spec: Element, contract: Contract, label: str) -> None:
    if isinstance(value, (list, tuple)):
        if not spec.is_list or spec.wraps is None:
            raise ContractBroken(f"{spec.name} of {label} is no list whose items have a name")
        for item in value:
            child = ET.SubElement(place, spec.wraps)
            if spec.typedef:
                _fill(child, item, contract.typedef(spec.typedef), contract, spec.typedef)
            else:
                child.text = _text(item, spec, label)
        return
    if isinstance(value, Mapping):
        if not spec.typedef:
            raise ContractBroken(f"{spec.name} of {label} is plain")
        wrapped = spec.wraps or (spec.typedef if spec.name in ("attributes", "result") else None)
        place = ET.SubElement(place, wrapped) if wrapped else place
        _fill(place, value, contract.typedef(spec.typedef), contract, spec.typedef)
        return
    place.text = _text(value, spec, label)


def _text(value: Any, spec: Element, label: str) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    fits = {"integer": lambda: bool(_INTEGER.match(text)), "boolean": lambda: text in ("true", "false")}
    if not fits.get(spec.scalar, lambda: True)() or (spec.enum and text not in spec.enum):
        raise ContractBroken(f"{spec.name} of {label} cannot be {text!r}")
    return text
