# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What README.md and CONTRIBUTING.md tell readers to type exists."""

from __future__ import annotations

import re

import pytest

from tests.tooling.toolbox import ROOT, run

PAGES = ["README.md", "CONTRIBUTING.md"]


def blocks(page: str, *languages: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [body for language, body in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S) if language in languages]


def commands(page: str) -> list[str]:
    joined = "\n".join(blocks(page, "sh", "bash", "shell", "console")).replace("\\\n", " ")
    return [line.strip().removeprefix("$ ") for line in joined.splitlines() if line.strip() and line.strip()[0] != "#"]


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_that_are_told_exist(page):
    told = {target for line in commands(page) for target in re.findall(r"\bmake ([a-z-]+)", line)}
    assert told
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [target for target in sorted(told) if not re.search(rf"^{target}:", makefile, re.M)] == []


@pytest.mark.parametrize("page", PAGES)
def test_playbooks_that_are_told_exist(page):
    told = {
        name for line in commands(page) for name in re.findall(r"ansible-playbook .*?ontap\.data_motion\.(\w+)", line)
    }
    assert [name for name in sorted(told) if not (ROOT / "playbooks" / f"{name}.yml").exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_modules_that_are_told_exist(page):
    told = {name for line in commands(page) for name in re.findall(r"-m ontap\.data_motion\.(\w+)", line)}
    assert [name for name in sorted(told) if not (ROOT / "plugins" / "modules" / f"{name}.py").exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_to_files_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (ROOT / link).exists()] == []


def test_make_help_lists_every_target():
    listed = run(["make", "help"], timeout_s=30)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert [target for target in sorted(targets) if f"  {target} " not in listed] == []
