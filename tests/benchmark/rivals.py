# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same work by what people use today: a loop over netapp.ontap's modules, and OpenStack Cinder's own driver library.

Both come from PyPI into virtual environments of their own, below ${XDG_CACHE_HOME:-~/.cache}/ontap-data-motion; nothing
of them is part of this project. Where one cannot be installed, its lines are left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmark import netapp_ontap
from tests.benchmark.lab import Cost, Lab, Load, lab
from tests.benchmark.works import UNPLANNED
from tests.conformance import cinder_env

HEAD = ("who", "work", "volumes", "latency ms", "requests", "of them writes", "wall s", "ms per volume")
ANSIBLE = "12.3.0"
ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "tests" / "conformance" / "cinder_client.py"

LOOPING = "netapp.ontap in a loop"
"""Over HTTPS, since its modules speak nothing else."""
LOOP_MOST = 30
"""It takes about 18 s a volume, and nobody waits longer than ten minutes."""

Line = tuple[str, ...]
Runs = Callable[[Lab], Iterator[tuple[str, Cost]]]


def compare(volumes: int, latency_ms: int) -> Iterator[Line]:
    for who, runs in (("this collection", ours), ("Cinder's driver", cinder), (LOOPING, loop)):
        try:
            number = min(volumes, LOOP_MOST) if who == LOOPING else volumes
            with lab(Load(number, latency_ms, tls=who == LOOPING)) as site:
                for work, cost in runs(site):
                    each_ms = f"{cost.wall_s * 1000 / number:.0f}"
                    numbers = (number, latency_ms, cost.requests, cost.writes, f"{cost.wall_s:.1f}", each_ms)
                    yield (who, work, *map(str, numbers))
        except cinder_env.NotInstallable as reason:
            print(f"{who} is left out: {reason}", file=sys.stderr)


def ours(site: Lab) -> Iterator[tuple[str, Cost]]:
    yield "ensure", site.play("ontap.data_motion.replicate")
    yield "ensure, unchanged", site.play("ontap.data_motion.replicate")
    yield "break and mount", site.play("ontap.data_motion.failover", *UNPLANNED)


def cinder(site: Lab) -> Iterator[tuple[str, Cost]]:
    python = cinder_env.ensure()
    conf = site.folder / "cinder.conf"
    more = "replication_device = backend_id:lyon\n" + (
        "netapp_replication_aggregate_map = backend_id:lyon,aggr1_paris:aggr1_lyon,aggr2_paris:aggr2_lyon\n"
    )
    stanzas = [
        cinder_env.STANZA.format(name=name, svm=f"svm_{name}", replication=replication, **place(site, name))
        for name, replication in (("paris", more), ("lyon", ""))
    ]
    defaults = f"[DEFAULT]\nstate_path = {site.folder}\nssh_hosts_key_file = {site.folder}/hosts\n"
    conf.write_text(defaults + "enabled_backends = paris,lyon\n" + "".join(stanzas), encoding="utf-8")
    command = [str(python), "-W", "ignore", str(CLIENT), str(conf), "paris"]
    for work, call in (
        ("ensure", ["ensure_snapmirrors", "<config>", "paris", site.names]),
        ("ensure, unchanged", ["ensure_snapmirrors", "<config>", "paris", site.names]),
        ("break and mount", ["break_snapmirrors", "<config>", "paris", site.names, "lyon"]),
    ):
        yield work, site.run(command, json.dumps([{"call": call[0], "args": call[1:]}]))


def loop(site: Lab) -> Iterator[tuple[str, Cost]]:
    playbook = ansible_env() / "bin" / "ansible-playbook"
    written = site.folder / "loop.yml"
    written.write_text(json.dumps(netapp_ontap.playbook(site.names, place(site, "lyon"))), encoding="utf-8")
    command = [str(playbook), "-i", "localhost,", str(written), "-t"]
    own = {name: value for name, value in site.environment.items() if name != "ANSIBLE_COLLECTIONS_PATH"}
    for work, tag in (("ensure", "ensure"), ("ensure, unchanged", "ensure"), ("break and mount", "break")):
        yield work, site.run([*command, tag], "", own)


def place(site: Lab, name: str) -> dict[str, str]:
    found = site.site.clusters[name]
    return {key: str(found[key]) for key in ("hostname", "port", "username", "password")}


def ansible_env() -> Path:
    """A virtual environment with the package ansible, which holds the collection netapp.ontap (about 600 MB)."""
    directory = cinder_env.cache_dir() / f"venv-ansible-{ANSIBLE}-{sys.version_info[0]}.{sys.version_info[1]}"
    maker = [sys.executable, str(ROOT / "tests/tools/make_venv.py"), str(directory)]
    done = subprocess.run(
        [*maker, "-p", f"ansible=={ANSIBLE}", "-p", "requests"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise cinder_env.NotInstallable(done.stderr.strip().splitlines()[-1] if done.stderr else "no reason given")
    return directory
