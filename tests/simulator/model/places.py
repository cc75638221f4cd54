# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the ends of relationships lie: volumes, consistency groups and whole SVMs alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cluster import Cluster
    from .svms import Svm
    from .world import World


class InSvm:
    """locator: what stands behind the colon of a path."""

    svm: Svm

    @property
    def cluster(self) -> Cluster:
        return self.svm.cluster

    @property
    def world(self) -> World:
        return self.svm.cluster.world

    @property
    def locator(self) -> str:
        raise NotImplementedError

    @property
    def path(self) -> str:
        return f"{self.svm.name}:{self.locator}"
