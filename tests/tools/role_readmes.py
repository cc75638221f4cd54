# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the README of every role from its argument specs: python -m tests.tools.role_readmes"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
HEAD = "| Variable | Type | Default | What it is |\n| --- | --- | --- | --- |\n"


def readme(role: Path) -> str:
    spec = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]
    rows = "".join(f"| {' | '.join(row)} |\n" for row in table(spec["options"]))
    return (
        f"# {role.name}\n\n{spec['short_description']}.\n\n"
        + "".join(f"- {plain(line)}\n" for line in spec["description"])
        + f"\n## Variables\n\n{HEAD}{rows}\n"
        "This page is made from meta/argument_specs.yml by tests/tools/role_readmes.py.\n"
    )


def table(options: dict[str, Any], above: str = "") -> Iterator[tuple[str, str, str, str]]:
    for name, option in options.items():
        kind = option["type"] + (f" of {option['elements']}" if "elements" in option else "")
        texts = option["description"] if isinstance(option["description"], list) else [option["description"]]
        if "choices" in option:
            texts = [*texts, "One of " + ", ".join(f"`{choice}`" for choice in option["choices"]) + "."]
        yield f"`{above}{name}`", kind, default_of(option), plain(" ".join(texts))
        yield from table(option.get("options", {}), f"{above}{name}[].")


def default_of(option: dict[str, Any]) -> str:
    if "default" not in option:
        return "required" if option.get("required") else ""
    default = option["default"]
    return f"`{default if isinstance(default, str) and default else json.dumps(default)}`"


def plain(text: str) -> str:
    """Ansible's markup as Markdown."""
    return re.sub(r"\b[OVCI]\(([^)]*)\)", r"`\1`", text)


def main() -> None:
    for role in sorted(path.parent.parent for path in ROLES.glob("*/meta/argument_specs.yml")):
        (role / "README.md").write_text(readme(role), encoding="utf-8")


if __name__ == "__main__":
    main()
