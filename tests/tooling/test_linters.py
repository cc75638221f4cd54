# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Linters and checkers, each as one test."""

from __future__ import annotations

import os
import sys

import pytest

from tests.tooling.toolbox import ROOT, environment, run, tool
from tests.tools.in_collection import link_checkout

pytestmark = pytest.mark.tool
PYTHON_FOLDERS = ["plugins", "tests"]


def test_ruff_check():
    run([tool("ruff"), "check", "--no-cache", "."], timeout_s=120)


def test_ruff_format():
    run([tool("ruff"), "format", "--no-cache", "--check", "--diff", "."], timeout_s=120)


def test_mypy_strict_on_module_utils():
    output = run(
        [
            sys.executable,
            "tests/tools/in_collection.py",
            tool("mypy"),
            "-p",
            "ansible_collections.ontap.data_motion.plugins.module_utils",
        ],
        timeout_s=600,
    )
    assert "Success: no issues found" in output


def test_yamllint():
    run([tool("yamllint"), "--strict", "."], timeout_s=120)


def test_ansible_lint_production_profile(tmp_path):
    output = run([tool("ansible-lint")], timeout_s=900, env=environment(tmp_path))
    assert "Profile 'production' was required, and it passed" in output


def test_antsibull_docs_lint(tmp_path):
    env = environment(tmp_path)
    run([tool("antsibull-docs"), "lint-collection-docs", "--plugin-docs", "."], timeout_s=600, env=env)


def test_antsibull_changelog_lint():
    run([tool("antsibull-changelog"), "lint"], timeout_s=120)


def test_galaxy_importer_accepts_the_built_collection(tmp_path):
    settings = tmp_path / "galaxy-importer.cfg"
    settings.write_text("[galaxy-importer]\nRUN_ANSIBLE_LINT = False\n", encoding="utf-8")  # has a test of its own
    env = environment(tmp_path / "home", GALAXY_IMPORTER_CONFIG=str(settings))
    galaxy = tool("ansible-galaxy")
    run([galaxy, "collection", "build", "--output-path", str(tmp_path), str(ROOT)], timeout_s=120, env=env)
    (tarball,) = tmp_path.glob("*.tar.gz")
    output = run([sys.executable, "-m", "galaxy_importer.main", str(tarball)], timeout_s=600, cwd=tmp_path, env=env)
    assert "Importer processing completed successfully" in output
    assert [line for line in output.splitlines() if line.startswith(("ERROR", "WARNING"))] == []


EXECUTION_ENVIRONMENT = """
version: 3
dependencies:
  ansible_core: {package_pip: ansible-core}
  ansible_runner: {package_pip: ansible-runner}
  galaxy: {collections: [{name: ontap.data_motion}]}
"""


def test_execution_environment_gets_what_the_modules_need(tmp_path):
    folder = tmp_path / "collections"
    link_checkout(folder)
    listed = run([tool("ansible-builder"), "introspect", str(folder)], timeout_s=120)
    assert "requests" in listed


def test_execution_environment_with_the_collection_can_be_created(tmp_path):
    definition = tmp_path / "execution-environment.yml"
    definition.write_text(EXECUTION_ENVIRONMENT, encoding="utf-8")
    run([tool("ansible-builder"), "create", "-f", str(definition), "-c", str(tmp_path / "context")], timeout_s=120)
    assert "ontap.data_motion" in (tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8")


def test_shell_scripts():
    scripts = [str(path) for path in sorted((ROOT / "tests").rglob("*.sh"))] + [str(ROOT / ".ci" / "run")]
    run([tool("shellcheck"), *scripts], timeout_s=60)
    assert all(os.access(script, os.X_OK) for script in scripts)
