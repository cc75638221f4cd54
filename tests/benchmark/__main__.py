# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection's playbooks cost against simulated clusters, beside what others need for the same.

usage: python -m tests.benchmark [--volumes 10,200,1000] [--latency-ms 20] [--rivals 100] [--job-s 0]

Each playbook is measured from the start of ansible-playbook to its end, in a process of its own; the clusters are
simulated in another one. Prints Markdown.
"""

from __future__ import annotations

import argparse
import sys

from tests.benchmark import rivals
from tests.benchmark.lab import METHODS, Load
from tests.benchmark.memory import MODULES, peaks
from tests.benchmark.works import Measured, disaster, life

HEAD = (
    "work", "volumes", "latency ms", "requests", *METHODS, "at once", "peak MB", "wall s", "CPU s", "floor s", "no-op s", "ratio",
)  # fmt: skip


def row(one: Measured, title: str = "") -> tuple[str, ...]:
    cost, noop_s = one.cost, one.noop.wall_s if one.noop else 0.0
    counts = (
        one.load.volumes,
        one.load.latency_ms,
        cost.requests,
        *map(cost.by_method, METHODS),
        cost.at_once,
        cost.peak_bytes >> 20,
    )
    seconds = (f"{cost.wall_s:.1f}", f"{cost.cpu_s:.1f}", f"{one.floor_s:.2f}", f"{noop_s:.1f}")
    return (title or one.work.title, *map(str, counts), *seconds, f"{one.ratio:.2f}")


def show(cells: tuple[str, ...]) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def begin(head: tuple[str, ...]) -> None:
    print()
    show(head)
    show(("---",) * len(head))


def measure(options: argparse.Namespace) -> None:
    begin(HEAD)
    for latency_ms in options.latency_ms:
        for volumes in options.volumes:
            load = Load(volumes, latency_ms, options.served_at_once, options.job_s)
            for one in life(load):
                show(row(one))
                if options.kinds:
                    print("\n".join(f"    {number:5} {kind}" for kind, number in sorted(one.cost.kinds.items())))
            show(row(disaster(load)))
    for volumes in options.slow:
        load = Load(volumes, 20, options.served_at_once, seconds_min=10.0)
        show(row(disaster(load), "failover, unplanned, each quiesce 10 s"))
        hanging = max(volumes // 100, 1)
        show(row(disaster(load, hanging), f"the same, and {hanging} hang until they are aborted after 30 s"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--volumes", type=numbers, default=[10, 200, 1000], help="numbers with commas")
    parser.add_argument("--latency-ms", type=numbers, default=[20])
    parser.add_argument("--served-at-once", type=int, default=16, help="requests a cluster works on at once")
    parser.add_argument("--job-s", type=float, default=0.0, help="how long a job of the clusters takes")
    parser.add_argument("--slow", type=numbers, default=[200], help="volumes of the failovers whose quiesces take 10 s")
    parser.add_argument("--memory", type=numbers, default=[1000], help="volumes for the memory of module processes")
    parser.add_argument("--rivals", type=int, default=100, help="volumes for the comparison; 0 leaves it out")
    parser.add_argument("--kinds", action="store_true", help="each kind of request in a line of its own")
    options = parser.parse_args()
    measure(options)
    begin(("volumes", *(f"{name}, peak MB" for name in MODULES)))
    for volumes in options.memory:
        show((str(volumes), *(str(peak >> 20) for peak in peaks(volumes))))
    if options.rivals:
        begin(rivals.HEAD)
        for line in rivals.compare(options.rivals, options.latency_ms[-1]):
            show(line)
    return 0


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


if __name__ == "__main__":
    sys.exit(main())
