# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVMs that are mirrored as a whole are served, or not, as a whole: they are stopped in place of being unmounted.

Where its identity is preserved, the copy has the addresses of the original, so that only one of the two may ever run.
"""

from __future__ import annotations

from ..model.array import SvmAbout
from ..model.mirror import Mirror, State
from ..model.picture import Picture, Side
from ..model.plan import Step, Verb

FULL = "full"


def stop(side: Side, name: str, which: str) -> tuple[Step, ...]:
    """The step that stops the SVM of *side*, booked on volume *name*; none where it is stopped, or was not read."""
    return () if side.whole is None or side.whole.stopped else (_step(Verb.SVM_STOP, side.whole, side, name, which),)


def start(side: Side, name: str, which: str) -> tuple[Step, ...]:
    return () if side.whole is None or side.whole.running else (_step(Verb.SVM_START, side.whole, side, name, which),)


def _step(verb: Verb, about: SvmAbout, side: Side, name: str, which: str) -> Step:
    return Step(verb, name, f"{side.svm}:", which, {"uuid": about.uuid})


def two_of_one_identity(mirror: Mirror, have: Picture) -> tuple[str, str]:
    """(why the mirror may not be broken, what is to be warned of); "" for neither.

    A source that was not read was declared lost; then nobody but the operator knows that it is down.
    """
    if not mirror.of_svm or mirror.identity_preservation != FULL:
        return "", ""
    original = (mirror.group_source or mirror.source).svm
    about = have.source.whole if have.source is not None else None
    if about is None:
        return "", (
            f"{mirror.target} has the identity of SVM {original}, whose state is not known: see that it is down before its copy "
            "serves, or both have the same addresses"
        )
    if about.stopped:
        return "", ""
    return (
        f"SVM {original} is {about.state}, and {mirror.target} has its identity: stop it first (module source_fence with "
        "svm_dr: true, which a planned failover does)"
    ), ""


def all_volumes(side: Side) -> set[str]:
    """Those that are served with the SVM."""
    return {name for name, volume in side.volumes.items() if not volume.is_svm_root}


def what_stays(mirror: Mirror) -> str:
    """What the removal of an SVM's mirror leaves behind, and how it can go: not with us, since nothing of it has our mark.

    Source: ONTAP's manual page of vserver delete: what an SVM of subtype dp_destination owns is deleted after a break.
    """
    svm = mirror.destination.svm
    if mirror.state is State.BROKEN_OFF:
        return (
            f"SVM {svm} keeps its volumes, which take writes: to get rid of the copy, delete them and the SVM yourself"
        )
    return (
        f"SVM {svm} keeps its volumes and its subtype dp_destination, in which ONTAP deletes none: to get rid of the copy, break "
        f"{mirror.target} yourself while it has its mirror, leave the SVM stopped, retire the mirror, and delete the volumes and the SVM"
    )
