# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity and units on every supported ansible-core that a Python found here can run.

usage: PYTHON matrix.py [CORE]... (default: all)
Logs go to .cache/matrix/. Ends with 1 if anything failed, or if no core could be tested.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.tools.extra_venv import ROOT, TOOLS, CannotInstall, extra_venv

# ansible-core -> the lowest and the highest Python for its controller.
CORES = {
    "2.16": ("3.10", "3.12"),
    "2.17": ("3.10", "3.12"),
    "2.18": ("3.11", "3.13"),
    "2.19": ("3.11", "3.13"),
    "2.20": ("3.12", "3.14"),
    "2.21": ("3.12", "3.14"),
    "2.22": ("3.13", "3.14"),
}
# ansible-test is tried on these; playbooks on the older ones, too (tests/tooling/test_other_releases.py).
TRIED = [core for core in CORES if core not in ("2.16", "2.17")]
# Its pylint comes with a package that only a source archive on GitHub has, which many a network cannot reach.
MORE_ARGUMENTS = {("2.22", "sanity"): ["--skip-test", "pylint"]}
LOGS = ROOT / ".cache" / "matrix"


def try_core(core: str) -> dict[str, bool | None]:
    """{"sanity": passed?, "units": passed?}; None for what could not be tried."""
    try:
        venv = extra_venv(f"core-{core}", [f"ansible-core=={core}.*"], *CORES[core])
    except CannotInstall as problem:
        print(f"{core}: NOT TESTED: {problem}", flush=True)
        return {"sanity": None, "units": None}
    python = next((venv / "lib").glob("python3.*")).name.removeprefix("python")
    kinds = {"sanity": ["sanity", "--local"], "units": ["units", "--venv", "--python", python]}
    return {
        kind: passed(core, kind, venv, [*arguments, *MORE_ARGUMENTS.get((core, kind), [])])
        for kind, arguments in kinds.items()
    }


def passed(core: str, kind: str, venv: Path, arguments: list[str]) -> bool:
    log = LOGS / f"{core}-{kind}.log"
    command = [sys.executable, str(TOOLS / "ansible_test.py"), "--venv", str(venv), *arguments]
    start = time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        code = subprocess.run(command, check=False, stdout=output, stderr=subprocess.STDOUT).returncode
    took = time.monotonic() - start
    print(
        f"{core} {kind:7} {'passed' if code == 0 else 'FAILED'} in {took:.0f} s ({log.relative_to(ROOT)})", flush=True
    )
    if code:
        print("\n".join(log.read_text(encoding="utf-8").splitlines()[-25:]), flush=True)
    return code == 0


def main() -> int:
    LOGS.mkdir(parents=True, exist_ok=True)
    verdicts = [verdict for core in sys.argv[1:] or TRIED for verdict in try_core(core).values()]
    counts = [verdicts.count(kind) for kind in (True, False, None)]
    print("{} passed, {} failed, {} skipped".format(*counts))
    return 1 if counts[1] or not counts[0] else 0


if __name__ == "__main__":
    sys.exit(main())
