# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time per backend: an object on the target SVM that the cluster makes only once.

Taken before a run's first write and not before, so that a run with nothing to do writes nothing; kept by the modules
of the same run, given back when its report is written.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..engine.ports import Array
from ..model.array import DP_DESTINATION
from ..model.errors import AnswerLost, ApiError, BadInput, MotionError
from .files import read_json, write_json

NAME, WHAT = "lock.json", "the lock's record"
BEGUN = "begun at "
"""Before an SVM's name in the record: a run is about to make the lock there and to set its mark beside it."""
DUPLICATE_CODES = ("1", "1703940", "262246")


@dataclass(frozen=True)
class Owner:
    """Who holds a lock. process: `<host>-<process id>` of the run.  since: when it was taken, `20260131T235959`."""

    process: str
    since: str

    @property
    def dead(self) -> bool:
        """The run was one of this machine and its process has ended; of others nothing is known."""
        host, _dash, number = self.process.rpartition("-")
        if host != _plain(socket.gethostname()) or not number.isdigit():
            return False
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


def this_run(params: Mapping[str, Any]) -> str:
    """The run that this module belongs to: told by the action plugin, else the process that started it."""
    return _plain(params.get("lock_owner") or f"{socket.gethostname()}-{os.getppid()}")


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


def hold(array: Array, params: Mapping[str, Any], now: datetime) -> str:
    """Takes the lock, or finds that this run has it. Returns a warning where another's lock was taken over.

    Raises BadInput where another run holds it.
    """
    lock, run = f"dm_lock_{_plain(params['lock'])}", this_run(params)
    if _recorded(params, array.svm) == run:
        return ""
    cut_off = Owner(_recorded(params, BEGUN + array.svm), "")
    _record(params, BEGUN + array.svm, run)
    try:
        mine = _make(array, lock)
    except ApiError:
        if not _is_copy(array):
            _record(params, BEGUN + array.svm, None)
            raise
        mine = False
    if not mine and _is_copy(array):
        _record(params, BEGUN + array.svm, None)
        _record(params, array.svm, run)
        return (
            f"SVM {array.svm} is the copy of another one and takes no changes, so that no lock can be made there: "
            "see to it yourself that no other run is at work"
        )
    owners, said = _owners(array, lock), ""
    if run not in [owner.process for owner in owners.values()]:
        if not mine:
            try:
                said = _take_over(array, params, lock, owners, cut_off)
            except BadInput:
                _record(params, BEGUN + array.svm, None)
                raise
        array.lock_create(f"{lock}.by.{run}.{now:%Y%m%dT%H%M%S}")
    _record(params, BEGUN + array.svm, None)
    _record(params, array.svm, run)
    return said


def _is_copy(array: Array) -> bool:
    """Whether the SVM is the destination of a mirror of whole SVMs, whose configuration is not its own."""
    about = array.svm_about()
    return about is not None and about.subtype == DP_DESTINATION


def _make(array: Array, lock: str) -> bool:
    """Whether this made the lock. After a lost answer a second try decides; taken then counts as another's."""
    try:
        array.lock_create(lock)
    except ApiError as refused:
        if refused.code in DUPLICATE_CODES or refused.status == 409:
            return False
        raise
    except AnswerLost:
        return _make(array, lock)
    return True


def _owners(array: Array, lock: str) -> dict[str, Owner]:
    """{id: Owner}"""
    return {lock_id: _owner(name, lock) for name, lock_id in array.locks(f"{lock}.by.").items()}


def _owner(name: str, lock: str) -> Owner:
    """As told by the mark's name."""
    process, _dot, since = name[len(f"{lock}.by.") :].rpartition(".")
    return Owner(process, since)


def holders(array: Array, params: Mapping[str, Any]) -> str | None:
    """Who else holds the lock, "" when nobody, None where that cannot be read."""
    try:
        owners = _owners(array, f"dm_lock_{_plain(params['lock'])}")
    except MotionError:
        return None
    others = [owner for owner in owners.values() if owner.process != this_run(params) and not owner.dead]
    return ", ".join(f"{owner.process} since {owner.since}" for owner in others)


def _take_over(array: Array, params: Mapping[str, Any], lock: str, owners: Mapping[str, Owner], cut_off: Owner) -> str:
    """cut_off: who was making the lock when this folder was last used; a lock without a mark is its own."""
    owners = owners or ({"": cut_off} if cut_off.dead else {})
    alive = [owner for owner in owners.values() if not owner.dead]
    told = [f"{owner.process} since {owner.since or 'an unknown time'}" for owner in owners.values()]
    holders = ", ".join(told) or "an unknown run"
    if not params["take_over_lock"] and (alive or not owners):
        raise BadInput(
            f"another run holds the lock {lock} of SVM {array.svm}: {holders}. Wait for it to end; if it has died, "
            "take_over_lock: true goes on in its place. Nothing was changed"
        )
    for lock_id in filter(None, owners):
        array.lock_delete(lock_id)
    return f"the lock {lock} of SVM {array.svm} was taken over from {holders}"


def release(array: Array, params: Mapping[str, Any]) -> bool:
    """Gives back what this run, or an earlier one of this machine that has ended, holds on the SVM.

    The owner's mark goes last, so that a half-done release stays ours. What a live run took over is left to it.
    Returns whether the SVM has become the copy of another one meanwhile: then its locks go where that one's go.
    """
    if not _ours(_recorded(params, array.svm), params):
        return False
    lock = f"dm_lock_{_plain(params['lock'])}"
    found = array.locks(lock)
    owners = [_owner(name, lock) for name in found if name.startswith(f"{lock}.by.")]
    taken = any(owner.process != this_run(params) and not owner.dead for owner in owners)
    for name in () if taken else sorted(found, key=lambda one: ".by." in one):
        if name != lock and not name.startswith(f"{lock}.by."):
            continue
        try:
            array.lock_delete(found[name])
        except ApiError as gone:
            if gone.status == 404:
                continue
            if not _is_copy(array):
                raise
            _record(params, array.svm, None)
            return True
    _record(params, array.svm, None)
    return False


def sweep(array: Array, params: Mapping[str, Any]) -> None:
    """Removes this run's lock where a mirror of whole SVMs has brought it along with the configuration."""
    lock = f"dm_lock_{_plain(params['lock'])}"
    found = array.locks(lock)
    mine = [name for name in found if name.startswith(f"{lock}.by.") and _owner(name, lock).process == this_run(params)]
    others = [name for name in found if name not in (lock, *mine)]
    for name in [lock, *mine] if mine and not others else mine:
        if name in found:
            array.lock_delete(found[name])


def held(params: Mapping[str, Any]) -> list[str]:
    """SVMs on which this run, or an earlier one of this machine that has ended, holds the lock by the local record."""
    told = {svm: str(owner) for svm, owner in _record_file(params).items() if not svm.startswith(BEGUN)}
    return sorted(svm for svm, owner in told.items() if _ours(owner, params))


def _ours(owner: str, params: Mapping[str, Any]) -> bool:
    return owner == this_run(params) or Owner(owner, "").dead


def _path(params: Mapping[str, Any]) -> str:
    return os.path.join(params["report_dir"], NAME)


def _record_file(params: Mapping[str, Any]) -> dict[str, Any]:
    if not params.get("report_dir"):
        return {}
    try:
        return read_json(_path(params), WHAT)
    except MotionError:
        return {}


def _recorded(params: Mapping[str, Any], svm: str) -> str:
    return str(_record_file(params).get(svm) or "")


def _record(params: Mapping[str, Any], svm: str, run: str | None) -> None:
    if not params.get("report_dir"):
        return
    kept = {name: owner for name, owner in _record_file(params).items() if name != svm}
    write_json(_path(params), {**kept, svm: run} if run else kept, WHAT)
