# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translators between the model and REST documents, one class for each collection."""

from __future__ import annotations

from ..resource import Resource
from .cluster import (
    Aggregates,
    EfficiencyPolicies,
    IpInterfaces,
    Ipspaces,
    Jobs,
    Licenses,
    NfsServices,
    Nodes,
    Schedules,
    SnapshotPolicies,
    TheCluster,
)
from .empty import empty_collections
from .exports import ExportPolicies, ExportRules
from .group_snapshots import GroupSnapshots
from .groups import ConsistencyGroups
from .luns import Luns, Namespaces
from .mediators import Mediators
from .mirrors import Relationships, Transfers
from .peers import ClusterPeers, SvmPeers
from .policies import MirrorPolicies
from .qos import QosPolicies
from .san import Igroups, LunMaps
from .shares import CifsServices, ShareAcls, Shares
from .snapshots import Snapshots
from .svms import Svms
from .volumes import Volumes

RESOURCES: list[type[Resource]] = [
    TheCluster,
    Jobs,
    Nodes,
    Licenses,
    Schedules,
    ClusterPeers,
    Aggregates,
    Svms,
    SvmPeers,
    Volumes,
    Snapshots,
    Relationships,
    Transfers,
    MirrorPolicies,
    ConsistencyGroups,
    GroupSnapshots,
    Mediators,
    SnapshotPolicies,
    EfficiencyPolicies,
    ExportPolicies,
    ExportRules,
    NfsServices,
    Luns,
    Namespaces,
    Igroups,
    LunMaps,
    CifsServices,
    Shares,
    ShareAcls,
    QosPolicies,
    Ipspaces,
    IpInterfaces,
    *empty_collections(),
]
