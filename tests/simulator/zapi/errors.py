# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals in ONTAPI's numbers: those that clients are known to handle, and the generic one for all else."""

from __future__ import annotations

from collections.abc import Mapping

from ..model.errors import Refused

GENERIC = "13001"
UNSUPPORTED = "160"
NO_PRIVILEGE = "13003"
NO_SUCH_CALL = "13005"
SNAPSHOT_NOT_ALLOWED = "13023"
SNAPSHOT_BUSY = "13024"
NO_SUCH_VOLUME = "13040"
OFFLINE_ALREADY = "13042"
BAD_INPUT = "13115"
DUPLICATE = "13130"
NOT_A_CLONE = "13170"
NO_SUCH_AGGREGATE = "14420"
NOT_MOUNTED = "14716"
NOT_FOUND = "15661"
NO_SUCH_SVM = "15698"
HAS_CLONES = "15894"
EXISTS = "17"
PARENT_NOT_ONLINE = "17003"
SOURCE_DIFFERS = "17105"
NOT_A_TARGET = "17114"
RELATION_EXISTS = "17122"
NOT_QUIESCED = "17127"
NO_TRANSFER = "17130"
OTHER_OPERATION = "17131"
TRANSFER_RUNS = "17137"
NO_SOURCE_INFO = "19068"
NO_SUCH_IGROUP = "9003"
LUN_OFFLINE = "9014"
LUN_ONLINE = "9015"
NO_SUCH_MAP = "9016"
ALREADY_MAPPED = "9023"
NUMBER_TAKEN = "9024"

# The model's codes are REST's; those that say the same in both are told by their own number.
_SAME: Mapping[str, str] = {
    "1": DUPLICATE,
    "4": NOT_FOUND,
    "6": NO_PRIVILEGE,
    "917526": EXISTS,
    "917508": NO_SUCH_AGGREGATE,
    "524615": HAS_CLONES,
    "525059": EXISTS,
    "1638461": SNAPSHOT_NOT_ALLOWED,
    "1638521": SNAPSHOT_NOT_ALLOWED,
    "1638600": NOT_FOUND,
    "1638543": SNAPSHOT_BUSY,
    "2621462": NO_SUCH_SVM,
    "6619546": NOT_A_TARGET,
    "6619637": RELATION_EXISTS,
    "13303849": NO_TRANSFER,
    "6619715": OTHER_OPERATION,
    "5374875": NOT_FOUND,
    "1254207": ALREADY_MAPPED,
    "655516": NOT_FOUND,
    "6621060": DUPLICATE,
}


class Failed(Exception):
    """What ONTAPI answers with status failed."""

    def __init__(self, errno: str, reason: str) -> None:
        super().__init__(f"{errno}: {reason}")
        self.errno = errno
        self.reason = reason


def failed(refused: Refused) -> Failed:
    return Failed(errno_of(refused.code), refused.message)


def errno_of(code: str) -> str:
    """For a code of the model; a number that is ONTAPI's own, as fault rules give it, stays what it is."""
    if code in _SAME:
        return _SAME[code]
    return code if code in OWN else GENERIC


OWN = frozenset(
    value for name, value in globals().items() if name.isupper() and isinstance(value, str) and value.isdigit()
)
