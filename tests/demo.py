# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: protect a backend of 20 volumes, lose its cluster, go on at the other one.

Everything is real but the arrays: two simulated ONTAP clusters stand in for them, and the shipped playbooks do the work.

usage: python -m tests.demo [FOLDER]      FOLDER keeps inventory, manifest and reports (demo-output), and is emptied first
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.tools.simulated_site import ROOT, Site, read_ready

SCENARIO = ROOT / "examples" / "demo_scenario.yml"
CONFIG = """\
[defaults]
display_skipped_hosts = false
localhost_warning = false
"""
MARKER = "written at lyon after the failover"


def main(argv: list[str]) -> int:
    folder = Path(argv[0] if argv else ROOT / "demo-output").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.monotonic()
    with simulated_arrays(folder) as (site, control), collections() as path:
        failed = show(Demo(site, control, folder, path))
    print(f"\nThat took {time.monotonic() - started:.0f} s. Run it again at any time: make demo")
    return 1 if failed else 0


def show(demo: Demo) -> bool:
    """The story, in order. Returns whether anything went wrong."""
    volumes = {
        name: volume for name, volume in demo.state("paris").items() if volume["junction"] not in (None, "", "/")
    }
    tell(
        "Two ONTAP clusters run on this machine, simulated",
        f"paris serves {len(volumes)} volumes; two of them are mounted inside a third. lyon is empty.",
        f"Their inventory: {demo.inventory}",
    )
    steps = [
        ("What would be done to protect paris (--check: nothing is written)", "replicate", ["--check"]),
        ("Protect paris on lyon", "replicate", []),
        ("How well is paris protected?", "status", []),
    ]
    went_well = all(demo.play(*step) for step in steps)
    demo.shut_down("paris")
    tell("The cluster of paris goes down", "From here on it answers no request.")
    steps = [
        (
            "Fail paris over. It is gone, so mode=unplanned; confirm keeps fingers from slipping",
            "failover",
            ["-e", "mode=unplanned", "-e", "confirm=paris"],
        ),
        ("How is paris now?", "status", []),
    ]
    played = [demo.play(*step) for step in steps]
    went_well = all(played) and went_well
    return not prove(demo, volumes) or not went_well


def prove(demo: Demo, before: dict[str, Any]) -> bool:
    """Asks the arrays, not our own report: every volume takes writes at lyon where it was mounted at paris."""
    tell("Proof: write to every volume at lyon, where paris had it mounted")
    after = demo.state("lyon")
    print(f"    {'volume':<16} {'mounted at paris':<18} {'mounted at lyon':<18} written")
    good = 0
    for name, volume in sorted(before.items()):
        now = after.get(name, {"junction": None, "markers": []})
        written = demo.write("lyon", name)
        proven = written and now["junction"] == volume["junction"]
        good += proven
        print(f"    {name:<16} {volume['junction']:<18} {now['junction'] or '-':<18} {'yes' if written else 'NO'}")
    print(f"\n    {good} of {len(before)} volumes are writable and mounted where they were.")
    reports = demo.folder / "reports" / "paris"
    print(
        f"    Report: {reports / 'report.html'}\n    For programs: {reports / 'report.json'}, step by step: {reports / 'journal.jsonl'}"
    )
    return good == len(before) > 0 and (reports / "report.json").exists()


class Demo:
    """The arrays, and the commands that a user would type."""

    def __init__(self, site: Site, control: str, folder: Path, collections_path: Path) -> None:
        self.site, self.control, self.folder = site, control, folder
        self.inventory = site.write_inventory(folder, ontap_manifest_dir=str(folder / "manifests"), ontap_rpo_s=7200)
        (folder / "ansible.cfg").write_text(CONFIG, encoding="utf-8")
        self.environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(collections_path),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(folder / ".ansible"),
        }

    def play(self, title: str, playbook: str, options: list[str]) -> bool:
        shown = [
            "ansible-playbook",
            "-i",
            os.path.relpath(self.inventory),
            f"ontap.data_motion.{playbook}",
            "-e",
            "backend=paris",
            *options,
        ]
        tell(title, "$ " + " ".join(shown))
        report_dir = ["-e", json.dumps({"report_dir": str(self.folder / "reports")})]
        program = Path(sys.executable).parent / "ansible-playbook"
        done = subprocess.run([str(program), *shown[1:], *report_dir], env=self.environment, check=False)
        if done.returncode:
            print(f"    ansible-playbook ended with {done.returncode}")
        return done.returncode == 0

    def state(self, cluster: str) -> dict[str, Any]:
        """{volume: type, junction, markers} of the cluster's SVM."""
        svms = request(f"{self.control}/state")["clusters"][cluster]["svms"]
        return next(iter(svms.values()))["volumes"]

    def shut_down(self, cluster: str) -> None:
        request(f"{self.control}/clusters/{cluster}", {"up": False})

    def write(self, cluster: str, volume: str) -> bool:
        """As a host would; False where the volume does not take it."""
        svm = next(iter(self.site.clusters[cluster]["svms"]))
        where = {"cluster": cluster, "svm": svm, "volume": volume}
        try:
            return MARKER in request(f"{self.control}/write", {**where, "marker": MARKER})["markers"]
        except urllib.error.HTTPError:
            return False


@contextmanager
def simulated_arrays(folder: Path) -> Iterator[tuple[Site, str]]:
    """The scenario's clusters in a process of their own, and the address of the control routes."""
    command = [
        sys.executable,
        "-m",
        "tests.simulator",
        "--scenario",
        str(SCENARIO),
        "--traffic-log",
        str(folder / "traffic.jsonl"),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        ready = read_ready(process)
        control = ready["control"]
        yield Site(ready["clusters"], process), f"http://{control['hostname']}:{control['port']}/_control"
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def collections() -> Iterator[Path]:
    """A folder outside the checkout in which ansible finds the checkout as the collection it is."""
    with tempfile.TemporaryDirectory(prefix="data_motion_demo_") as made:
        link = Path(made) / "ansible_collections" / "ontap" / "data_motion"
        link.parent.mkdir(parents=True)
        link.symlink_to(ROOT, target_is_directory=True)
        yield Path(made)


def request(url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=30) as answer:
        return json.load(answer)


def tell(title: str, *lines: str) -> None:
    print(
        "\n" + "\n".join(["=" * 100, title, *(textwrap.indent(line, "    ") for line in lines), "=" * 100]), flush=True
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
