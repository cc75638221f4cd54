# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that users see is left without its documentation, its registration or a test."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.architecture.syntax import ROOT, python_files, tree_of

COLLECTION = "ontap.data_motion"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py"))
ROLES = sorted(path.name for path in (ROOT / "roles").glob("*") if (path / "tasks").is_dir())
PLAYBOOK_TEXTS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "playbooks").glob("*.yml")}
# Those that users run; what others import is part of them.
PLAYBOOKS = sorted(
    name.removesuffix(".yml")
    for name in PLAYBOOK_TEXTS
    if not any(f"import_playbook: {name}" in text for text in PLAYBOOK_TEXTS.values())
)
ATTRIBUTES = ("action_group", "check_mode", "diff_mode", "idempotent")


def constants(file: Path) -> dict[str, Any]:
    """Texts assigned to plain names, at the top of *file* or in its classes."""
    return {
        node.targets[0].id: node.value.value
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }


def module_constants(module: str) -> dict[str, Any]:
    return constants(ROOT / "plugins" / "modules" / f"{module}.py")


def fragments(documentation: dict[str, Any]) -> list[dict[str, Any]]:
    """This collection's documentation fragments that *documentation* extends."""
    names = documentation.get("extends_documentation_fragment", [])
    found = []
    for name in [names] if isinstance(names, str) else names:
        if name.startswith(COLLECTION + "."):
            fragment, _dot, variable = name.removeprefix(COLLECTION + ".").partition(".")
            texts = constants(ROOT / "plugins" / "doc_fragments" / f"{fragment}.py")
            found.append(yaml.safe_load(texts[(variable or "documentation").upper()]))
    return found


def documented_attributes(module: str) -> dict[str, Any]:
    documentation = yaml.safe_load(module_constants(module)["DOCUMENTATION"])
    merged: dict[str, Any] = {}
    for part in [*fragments(documentation), documentation]:
        for name, details in (part.get("attributes") or {}).items():
            merged.setdefault(name, {}).update(details)
    return merged


def texts_of_tests() -> str:
    """All that tests say, but for these tests about tests."""
    places = [*python_files(ROOT / "tests"), *(ROOT / "extensions" / "molecule").rglob("*.yml")]
    here = Path(__file__).parent
    wanted = [path for path in places if here not in path.parents and (path.name.startswith(("test_", "conv", "ver")))]
    return "\n".join(path.read_text(encoding="utf-8") for path in wanted)


def named(name: str) -> bool:
    return re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", texts_of_tests()) is not None


def runtime() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))


def test_there_are_modules_roles_and_playbooks():
    assert [bool(found) for found in (MODULES, ROLES, PLAYBOOKS)] == [True, True, True]


def test_the_action_group_lists_every_module():
    assert sorted(runtime()["action_groups"]["ontap"]) == MODULES


def test_every_module_goes_through_the_action_that_knows_backends():
    actions = "ansible_collections.ontap.data_motion.plugins.action"
    expected = import_module(f"{actions}.backend").ActionModule
    assert {name for name in MODULES if import_module(f"{actions}.{name}").ActionModule is not expected} == set()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_documents_its_attributes(module):
    documented = documented_attributes(module)
    assert sorted(set(ATTRIBUTES) - set(documented)) == []
    assert [name for name, details in documented.items() if not details.get("description")] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_modules_examples_are_tasks_that_use_it(module):
    used = {key for task in yaml.safe_load(module_constants(module)["EXAMPLES"]) for key in task}
    assert f"{COLLECTION}.{module}" in used


@pytest.mark.parametrize("module", MODULES)
def test_a_module_documents_what_it_returns(module):
    returned = yaml.safe_load(module_constants(module)["RETURN"])
    assert returned
    assert [name for name, value in returned.items() if not {"description", "returned", "type"} <= set(value)] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_named_by_a_test(module):
    assert named(module)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_a_scenario_and_is_named_by_a_test(role):
    assert (ROOT / "extensions" / "molecule" / role / "molecule.yml").exists()
    assert named(role)


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_is_named_by_a_test(playbook):
    assert named(playbook)


@pytest.mark.parametrize("role", ROLES)
def test_a_roles_defaults_are_those_it_documents(role):
    folder = ROOT / "roles" / role
    specs = yaml.safe_load((folder / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    defaults_file = folder / "defaults" / "main.yml"
    defaults = yaml.safe_load(defaults_file.read_text(encoding="utf-8")) if defaults_file.exists() else {}
    options = specs["main"].get("options", {})
    documented = {name: option["default"] for name, option in options.items() if "default" in option}
    assert documented == (defaults or {})


@pytest.mark.parametrize("role", ROLES)
def test_a_roles_variables_carry_its_name(role):
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    names = [name for entry in specs["argument_specs"].values() for name in entry.get("options", {})]
    assert [name for name in names if not name.startswith(role + "_")] == []
