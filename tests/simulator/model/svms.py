# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVMs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exports import ExportPolicy

if TYPE_CHECKING:
    from .aggregates import Aggregate
    from .cluster import Cluster
    from .groups import ConsistencyGroup
    from .san import Igroup, LunMap
    from .shares import CifsService, Share
    from .volumes import Volume

EFFICIENCY_POLICIES = ("auto", "default", "inline-only")


class Svm:
    """A data SVM; `aggregates` are those it may use. volumes: {name: Volume}, its root first.

    cifs: its SMB server, None while it has none.
    """

    def __init__(self, cluster: Cluster, uuid: str, name: str, aggregates: list[Aggregate], language: str) -> None:
        self.cluster = cluster
        self.uuid = uuid
        self.name = name
        self.aggregates = aggregates
        self.language = language
        self.state = "running"
        self.subtype = "default"
        self.comment = ""
        self.address = cluster.new_address()
        self.volumes: dict[str, Volume] = {}
        self.being_created: set[str] = set()
        ids = cluster.world.ids
        self.efficiency_policies = {each: ids.new("efficiency-policy") for each in EFFICIENCY_POLICIES}
        self.lif_uuid = ids.new("interface")
        self.export_policies: dict[str, ExportPolicy] = {}
        self.igroups: dict[str, Igroup] = {}
        self.lun_maps: list[LunMap] = []
        self.cifs: CifsService | None = None
        self.shares: dict[str, Share] = {}
        self.consistency_groups: dict[str, ConsistencyGroup] = {}
        self.add_export_policy("default")

    def add_export_policy(self, name: str) -> ExportPolicy:
        policy = ExportPolicy(next(self.cluster.policy_ids), name, self)
        self.export_policies[name] = policy
        return policy

    def add_root_volume(self) -> None:
        from .volumes import Volume  # the root volume needs the SVM that it belongs to

        root = Volume(
            svm=self,
            name=f"{self.name}_root",
            size_bytes=1024**3,
            aggregates=self.aggregates[:1],
            language=self.language,
            is_svm_root=True,
            junction="/",
        )
        root.attach()
