# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users do with SVMs: make one, start it, stop it.

Where the published facts are silent, this is what the model does:
- a new SVM is `running`, one of subtype `dp_destination` is `stopped`;
- a change to the state that an SVM is in or on its way to is done already; one against the way it is on is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Refused

if TYPE_CHECKING:
    from .cluster import Cluster
    from .jobs import Job
    from .svms import Svm

SUBTYPES = ("default", "dp_destination")
_ON_THE_WAY = {"running": "starting", "stopped": "stopping"}
LONGEST_NAME = 41


def create(cluster: Cluster, name: str, subtype: str, aggregates: list[str], language: str) -> Job:
    """A job that makes an SVM with its root volume; without *aggregates* it may use all."""

    def check() -> None:
        if subtype == "sync_source":
            raise Refused("2621634", "SVMs of subtype sync_source need MetroCluster.", "subtype")
        if subtype not in SUBTYPES:
            raise Refused("13434884", f'SVMs of subtype "{subtype}" cannot be created.', "subtype")
        if len(name) > LONGEST_NAME:
            raise Refused("13434911", f'SVM name "{name}" is longer than {LONGEST_NAME} characters.', "name")
        if name in cluster.svms:
            raise Refused("13434908", f'SVM "{name}" already exists.', "name")
        for each in aggregates:
            if each not in cluster.aggregates:
                raise Refused("13434884", f'Aggregate "{each}" does not exist.', "aggregates.name")

    def work() -> None:
        check()
        svm = cluster.add_svm(name, aggregates or None, language=language)
        svm.subtype = subtype
        if subtype == "dp_destination":
            svm.state = "stopped"

    fault = cluster.world.consult(cluster.name, "svm.create", f"{name}:")
    check()
    return cluster.start_job("svm.create", f"{name}:", "POST /api/svm/svms", work, fault=fault)


def set_state(svm: Svm, wanted: str) -> Job:
    """A job that starts or stops the SVM."""
    if wanted not in _ON_THE_WAY:
        raise Refused("13434884", f'State "{wanted}" cannot be set.', "state")
    if wanted == "running" and svm.subtype == "dp_destination":
        raise Refused("13434880", f'SVM "{svm.name}" is of subtype dp_destination: it cannot be started.', "state")
    if svm.state in _ON_THE_WAY.values() and svm.state != _ON_THE_WAY[wanted]:
        raise Refused("13434915", f'SVM "{svm.name}" is {svm.state}. Try again later.', "state")
    verb = "svm.start" if wanted == "running" else "svm.stop"

    def work() -> None:
        svm.state = wanted

    cluster, path = svm.cluster, f"{svm.name}:"
    fault = cluster.world.consult(cluster.name, verb, path)
    was, svm.state = svm.state, wanted if svm.state == wanted else _ON_THE_WAY[wanted]
    job = cluster.start_job(verb, path, f"PATCH /api/svm/svms/{svm.uuid}", work, svm=svm, fault=fault)

    def undo() -> None:
        if job.error is not None and svm.state == _ON_THE_WAY[wanted]:
            svm.state = was

    undo() if job.ended else cluster.world.at(job.due_time, undo)
    return job
