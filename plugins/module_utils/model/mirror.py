# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SnapMirror relationships and SVM peers as observed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Dict, Optional, Tuple

from .path import Path


class State(str, Enum):
    """ONTAP's states of a relationship; UNKNOWN is what cannot be read, never a guess."""

    UNINITIALIZED = "uninitialized"
    SNAPMIRRORED = "snapmirrored"
    PAUSED = "paused"
    BROKEN_OFF = "broken_off"
    IN_SYNC = "in_sync"
    OUT_OF_SYNC = "out_of_sync"
    SYNCHRONIZING = "synchronizing"
    EXPANDING = "expanding"
    SHRINKING = "shrinking"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, text: Optional[str]) -> State:
        try:
            return cls((text or "").lower())
        except ValueError:
            return cls.UNKNOWN


ACTIVE_SYNC = "automated_failover"
"""How the sync_type of such a policy begins."""
Members = Tuple[Tuple[str, str], ...]
"""(source volume, destination volume) of a relationship that mirrors several."""

BUSY_TRANSFERS = ("queued", "transferring")
ENDED_BADLY = ("failed", "aborted", "hard_aborted")


@dataclass(frozen=True)
class MirrorSpec:
    """What is asked of the array when a relationship is created.

    source.svm is the local name of the peer.  schedule "" or None: none.  members: of a consistency group.
    """

    source: Path
    destination: Path
    policy: Optional[str] = None
    schedule: Optional[str] = None
    throttle_kbps: Optional[int] = None
    members: Members = ()
    identity_preservation: Optional[str] = None


@dataclass(frozen=True)
class Mirror:
    """One relationship, as its destination cluster tells it.

    source.svm is the name by which the destination cluster knows the source SVM (its peer's local alias).
    source_svm_name, source_cluster: the source's own names, None where the array does not tell.
    healthy: None when not told.  lag_s: age of the exported snapshot, None when absent or unreadable.
    transfer_state: aborted, failed, hard_aborted, queued, success, transferring, or None.
    policy_type: async, sync or continuous.  sync_type: sync, strict_sync, automated_failover, ...
    schedule: None when not told, "" when the relationship has none.  throttle_kbps: 0 is unlimited.
    failover: of active sync, how the last or running failover stands (started, failed, completed, ...); failover_error: why it failed.
    members: of a relationship between groups, as the array tells them.
    group, group_source: the two ends of the relationship, where this is one volume's part of it (planning/groups.py).
    """

    source: Path
    destination: Path
    uuid: Optional[str] = None
    state: State = State.UNKNOWN
    source_svm_name: Optional[str] = None
    source_cluster: Optional[str] = None
    healthy: Optional[bool] = None
    unhealthy_reasons: Tuple[str, ...] = ()
    lag_s: Optional[float] = None
    exported_snapshot: Optional[str] = None
    transfer_uuid: Optional[str] = None
    transfer_state: Optional[str] = None
    transfer_end_time: Optional[str] = None
    transferred_bytes: Optional[int] = None
    last_transfer_type: Optional[str] = None
    policy: Optional[str] = None
    policy_type: Optional[str] = None
    sync_type: Optional[str] = None
    schedule: Optional[str] = None
    throttle_kbps: Optional[int] = None
    is_restore: bool = False
    group_type: str = "none"
    failover: Optional[str] = None
    failover_error: Optional[str] = None
    members: Members = ()
    group: Optional[Path] = None
    group_source: Optional[Path] = None
    identity_preservation: Optional[str] = None

    @property
    def target(self) -> str:
        """The destination of the relationship, which for a member of a group is the group's."""
        return str(self.group or self.destination)

    @property
    def of_svm(self) -> bool:
        """Whether whole SVMs are mirrored, be this the relationship itself or one volume's part of it."""
        return not (self.group or self.destination).volume

    @property
    def transferring(self) -> bool:
        """A transfer is running or waits to run."""
        return self.transfer_state in BUSY_TRANSFERS

    @property
    def synchronous(self) -> bool:
        return self.policy_type in ("sync", "continuous")

    @property
    def active_sync(self) -> bool:
        """Fails over by a call of its own, or by itself; it is never paused and never broken."""
        return (self.sync_type or "").startswith(ACTIVE_SYNC)

    @property
    def replicating(self) -> bool:
        """Updates flow or would flow at the next schedule."""
        return self.state in (State.SNAPMIRRORED, State.IN_SYNC, State.OUT_OF_SYNC, State.SYNCHRONIZING)

    @property
    def in_step(self) -> bool:
        """Replicating as it is meant to: a synchronous one is in sync."""
        return self.replicating and (not self.synchronous or self.state is State.IN_SYNC)

    @property
    def behind_s(self) -> Optional[float]:
        """How old what it holds is: nothing is missing while in sync; None when that is not known."""
        return 0.0 if self.state is State.IN_SYNC else self.lag_s

    @property
    def good_state(self) -> str:
        """The state that it is to have."""
        return State.IN_SYNC.value if self.synchronous else State.SNAPMIRRORED.value

    @property
    def transfer_mark(self) -> Tuple[Optional[str], ...]:
        """Changes with each transfer; tells a new one from the one before."""
        return (self.transfer_uuid, self.transfer_end_time, self.exported_snapshot)

    @property
    def bad_end(self) -> Optional[Tuple[Optional[str], ...]]:
        """The mark of a transfer that ended badly before, so that nobody takes it for the one to come."""
        return self.transfer_mark if self.transfer_state in ENDED_BADLY else None

    @property
    def shows(self) -> Optional[str]:
        """What stays the same while it rests: its exported snapshot, else the end of its last transfer."""
        return self.exported_snapshot or self.transfer_end_time

    def as_dict(self) -> Dict[str, Any]:
        """Plain values for diffs and predictions."""
        told = {
            **asdict(self),
            "source": str(self.source),
            "destination": str(self.destination),
            "state": self.state.value,
            "unhealthy_reasons": list(self.unhealthy_reasons),
        }
        for name in ("members", "group", "group_source", "identity_preservation"):
            value = told.pop(name)
            if value:
                told[name] = [list(pair) for pair in value] if name == "members" else str(getattr(self, name))
        return told

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> Mirror:
        """The inverse of as_dict."""
        paths = {"source": Path.parse(data["source"]), "destination": Path.parse(data["destination"])}
        paths.update({name: Path.parse(data[name]) for name in ("group", "group_source") if data.get(name)})
        lists = {
            "unhealthy_reasons": tuple(data.get("unhealthy_reasons") or ()),
            "members": tuple((str(one), str(other)) for one, other in data.get("members") or ()),
        }
        return cls(**{**data, **paths, **lists, "state": State.of(data.get("state"))})


@dataclass(frozen=True)
class SourceRecord:
    """What the source cluster remembers of a relationship whose source is local.

    destination.svm is the name by which the source cluster knows the destination SVM.
    """

    source: Path
    destination: Path
    uuid: Optional[str] = None
    destination_cluster: Optional[str] = None


@dataclass(frozen=True)
class SvmPeer:
    """One SVM peering as one of its sides tells it.

    name: the local name of the peer SVM (the alias in source paths).  state: peered, initiated, pending, rejected,
    suspended, initializing, ... or unknown.  applications: snapmirror, flexcache.
    """

    name: str
    local_svm: str
    peer_svm: str
    peer_cluster: Optional[str] = None
    state: str = "unknown"
    applications: Tuple[str, ...] = ()
    uuid: Optional[str] = None

    def as_dict(self) -> Dict[str, Any]:
        return {**asdict(self), "applications": list(self.applications)}

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> SvmPeer:
        return cls(**{**data, "applications": tuple(data.get("applications") or ())})
