# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For whom a call is answered: the whole cluster, or the SVM into which it was tunnelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..model.cluster import Cluster
from ..model.svms import Svm
from ..model.volumes import Volume
from . import errors
from .errors import Failed


@dataclass(frozen=True)
class Scope:
    """tunnel: None for the cluster itself."""

    cluster: Cluster
    tunnel: Svm | None

    @property
    def svms(self) -> list[Svm]:
        return list(self.cluster.svms.values()) if self.tunnel is None else [self.tunnel]

    @property
    def svm(self) -> Svm:
        """Raises Failed where the call was not tunnelled: what it is about belongs to an SVM."""
        if self.tunnel is None:
            raise Failed(errors.NO_SUCH_CALL, "Unable to find API: it is one of an SVM, not of the cluster")
        return self.tunnel

    def volumes(self) -> Iterator[Volume]:
        for svm in self.svms:
            yield from svm.volumes.values()

    def volume(self, name: str) -> Volume:
        found = self.svm.volumes.get(name)
        if found is None:
            raise Failed(errors.NO_SUCH_VOLUME, f'Volume "{name}" does not exist in Vserver "{self.svm.name}"')
        return found


def scope_of(cluster: Cluster, name: str | None) -> Scope:
    if not name:
        return Scope(cluster, None)
    found = cluster.svms.get(name)
    if found is None:
        raise Failed(errors.NO_SUCH_SVM, f'Specified vserver "{name}" not found')
    return Scope(cluster, found)
