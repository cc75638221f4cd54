# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One SVM on one cluster over ZAPI, with every verb that the engine asks for; what it cannot do is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ..model.array import Mediator
from ..model.errors import MotionError
from ..model.mirror import Members, MirrorSpec
from ..model.told import Told
from ..model.volume import TargetSpec
from .zapi_clones import ZapiClones
from .zapi_exports import ZapiExports
from .zapi_mirrors import ZapiMirrors
from .zapi_policies import ZapiPolicies
from .zapi_san import ZapiSan
from .zapi_smb import ZapiSmb
from .zapi_snapshots import ZapiSnapshots

GROUPS = "consistency groups are"
WHOLE_SVMS = "mirrors of whole SVMs are"


class ZapiArray(ZapiMirrors, ZapiClones, ZapiSnapshots, ZapiSan, ZapiExports, ZapiSmb, ZapiPolicies):
    """Implements `Array` of engine/ports.py; may be used by many threads at once."""

    # -- what is not supported yet

    def svm_set_running(self, uuid: str, running: bool) -> str | None:
        raise self._unsupported(WHOLE_SVMS)

    def group_create(self, name: str, volumes: Collection[str]) -> str | None:
        raise self._unsupported(GROUPS)

    def group_add(self, name: str, volumes: Collection[str]) -> str | None:
        raise self._unsupported(GROUPS)

    def mediators(self) -> tuple[Mediator, ...]:
        raise self._unsupported("mediators are")

    def fail_over(self, uuid: str, source: str, destination: str) -> str | None:
        raise self._unsupported("failovers of active sync are")

    def expand(self, uuid: str, members: Members) -> str | None:
        raise self._unsupported(GROUPS)

    # -- several objects: one request each

    def volume_create_many(self, specs: Sequence[TargetSpec]) -> Sequence[Told]:
        return _each(partial(self.volume_create, spec) for spec in specs)

    def volume_comment_many(self, comments: Sequence[tuple[str, str]]) -> Sequence[Told]:
        return _each(partial(self.volume_comment, *one) for one in comments)

    def volume_modify_many(self, changes: Sequence[tuple[str, Mapping[str, Any]]]) -> Sequence[Told]:
        return _each(partial(self.volume_modify, *one) for one in changes)

    def mount_many(self, places: Sequence[tuple[str, str]]) -> Sequence[Told]:
        return _each(partial(self.mount, *one) for one in places)

    def unmount_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        return _each(partial(self.unmount, uuid) for uuid in uuids)

    def snapshot_delete_many(self, doomed: Sequence[tuple[str, str]]) -> Sequence[Told]:
        return _each(partial(self.snapshot_delete, *one) for one in doomed)

    def create_many(self, specs: Sequence[MirrorSpec]) -> Sequence[Told]:
        return _each(partial(self.create, spec) for spec in specs)

    def initialize_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        return _each(partial(self.initialize, uuid) for uuid in uuids)

    def quiesce_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        return _each(partial(self.quiesce, uuid) for uuid in uuids)

    def break_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        return _each(partial(self.break_, uuid) for uuid in uuids)

    def snapshot_create_many(self, wanted: Sequence[tuple[str, str, str]]) -> Sequence[Told]:
        return _each(partial(self.snapshot_create, *one) for one in wanted)

    def resume_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        return _each(partial(self.resume, uuid) for uuid in uuids)

    def resync_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        return _each(partial(self.resync, uuid) for uuid in uuids)

    def delete_many(self, uuids: Sequence[str]) -> Sequence[Told]:
        return _each(partial(self.delete, uuid) for uuid in uuids)

    def release_many(self, uuids: Sequence[str], keep_snapshots: bool = True) -> Sequence[Told]:
        return _each(partial(self.release, uuid, keep_snapshots) for uuid in uuids)


def _each(requests: Iterable[Callable[[], str | None]]) -> list[Told]:
    told = []
    for send in requests:
        try:
            job = send()
        except MotionError as refused:
            told.append(Told(refusal=refused))
        else:
            told.append(Told(jobs=(job,) if job else ()))
    return told
