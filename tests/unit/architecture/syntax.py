# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files of this checkout import, read from their syntax trees without running them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
UTILS = ROOT / "plugins" / "module_utils"
COLLECTION = "ansible_collections.ontap.data_motion."


@dataclass(frozen=True)
class Import:
    """name: full dotted name, of this collection's own files without the collection: plugins.module_utils.model.path.

    guarded: inside a try, so that the file can be imported where the imported thing is missing.
    """

    file: Path
    line: int
    name: str
    guarded: bool

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.name}"

    def within(self, *packages: str) -> bool:
        return any(self.name == package or self.name.startswith(package + ".") for package in packages)


def python_files(folder: Path) -> list[Path]:
    made = {"__pycache__", "output"}  # tests/output is ansible-test's
    return sorted(path for path in folder.rglob("*.py") if not made.intersection(path.relative_to(ROOT).parts))


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def imports_of(file: Path) -> list[Import]:
    """Each imported thing by its full name; `from package import thing` counts as package.thing."""
    tree = tree_of(file)
    guarded = {id(node) for outer in ast.walk(tree) if isinstance(outer, ast.Try) for node in ast.walk(outer)}
    found = []
    for node in ast.walk(tree):
        for name in names_of(node, file):
            found.append(Import(file, node.lineno, name.removeprefix(COLLECTION), id(node) in guarded))
    return found


def names_of(node: ast.AST, file: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        package = [node.module] if node.module else []
        if node.level:
            package = [*file.relative_to(ROOT).parts[: -node.level], *package]
        return [".".join([*package, alias.name]) for alias in node.names]
    return []


def all_imports(folder: Path) -> list[Import]:
    return [found for file in python_files(folder) for found in imports_of(file)]
