# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory the processes of modules need for many volumes."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmark.lab import Load, lab

MODULES = ("snapmirror_relationship", "snapmirror_info", "snapmirror_break")


def peaks(volumes: int) -> Iterator[int]:
    """Bytes, for each of MODULES: an unchanged ensure, a look, a failover."""
    with lab(Load(volumes, 0, 0), mirrored=True) as site:
        source, destination = site.side("paris"), site.side("lyon")
        yield site.module(MODULES[0], source=source, destination=destination, timeout=3600).peak_bytes
        yield site.module(MODULES[1], source_svm="svm_paris", destination=destination).peak_bytes
        yield site.module(MODULES[2], source_svm="svm_paris", destination=destination, timeout=3600).peak_bytes
