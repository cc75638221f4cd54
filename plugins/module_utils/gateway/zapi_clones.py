# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FlexClones of one SVM over ZAPI."""

from __future__ import annotations

from ..model.errors import AnswerLost, ApiError
from ..model.volume import CloneSpec, Volume
from ..transport import codes
from ..transport.zapi import Zapi
from .zapi_volumes import ZapiVolumes

TRIES = 3
"""How often a comment is written, which may be done twice, until its answer is not lost."""


class ZapiClones(ZapiVolumes):
    """ONTAPI makes a clone by one call and gives it its comment, which says whose it is, by another one.

    So a clone that this object has begun is finished, whichever answer was lost on the way; it is mounted only when it
    has its comment. One that is there without it and was not begun here is somebody else's.
    """

    def __init__(self, zapi: Zapi, svm: str) -> None:
        super().__init__(zapi, svm)
        self._begun: set[str] = set()

    def clone_create(self, spec: CloneSpec) -> str | None:
        clone = self._clone(spec.name)
        if clone is None:
            clone = self._begin(spec)
        elif clone.comment != spec.comment and spec.name not in self._begun:
            raise ApiError(f"{self.address} has a volume {spec.name} in SVM {self.svm} already", 409, codes.DUPLICATE)
        if clone.comment != spec.comment:
            self._mark(str(clone.uuid), spec.comment)
        if spec.junction_path and clone.junction_path != spec.junction_path:
            self.mount(str(clone.uuid), spec.junction_path)
        return None

    def clone_split(self, uuid: str) -> str | None:
        told = self._zapi.write("volume-clone-split-start", {"volume": self._volume_name(uuid)})
        return str(told["result-jobid"]) if told.get("result-jobid") else None

    def clone_delete(self, uuid: str) -> str | None:
        """Through the recovery queue, as there is no published way past it."""
        return self.volume_delete(uuid)

    def _clone(self, name: str) -> Volume | None:
        return self.volumes([name]).get(name)

    def _begin(self, spec: CloneSpec) -> Volume:
        args = {"volume": spec.name, "parent-volume": spec.parent}
        if spec.parent_svm:
            args["parent-vserver"] = spec.parent_svm
        if spec.snapshot:
            args["parent-snapshot"] = spec.snapshot
        self._begun.add(spec.name)
        try:
            self._zapi.write("volume-clone-create", args)
        except AnswerLost:
            made = self._clone(spec.name)
            if made is None:
                raise
            return made
        clone = self._clone(spec.name)
        if clone is None:
            raise self._gone(f"volume {spec.name} in SVM {self.svm}, though it said that it made it")
        return clone

    def _mark(self, uuid: str, comment: str) -> None:
        for left in reversed(range(TRIES)):
            try:
                self.volume_comment(uuid, comment)
            except AnswerLost:
                if not left:
                    raise
            else:
                return
