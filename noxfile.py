# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions for those who use nox; each is one make target, so that there is one way to run everything.

`nox` runs all tests as continuous integration does, `nox -s "core(2.18)"` ansible-test on one ansible-core.
"""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["test"]


@nox.session
def test(session: nox.Session) -> None:
    """All tests and tools."""
    session.run("make", "test", external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Linters and checkers only."""
    session.run("make", "lint", external=True)


@nox.session
def formatters(session: nox.Session) -> None:
    """Bring all Python files into shape."""
    session.run("make", "format", external=True)


@nox.session(name="core")
@nox.parametrize("core", ["2.18", "2.19", "2.20", "2.21", "2.22"], ids=["2.18", "2.19", "2.20", "2.21", "2.22"])
def core_session(session: nox.Session, core: str) -> None:
    """ansible-test sanity and units on one ansible-core."""
    session.run("make", "test-venv", external=True)
    session.run(".venv/bin/python", "tests/tools/matrix.py", core, external=True)
