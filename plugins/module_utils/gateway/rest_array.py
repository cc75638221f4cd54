# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One SVM on one cluster over REST, with every verb that the engine asks for."""

from __future__ import annotations

from .rest_clones import RestClones
from .rest_exports import RestExports
from .rest_groups import RestGroups
from .rest_locks import RestLocks
from .rest_mirrors import RestMirrors
from .rest_peers import RestPeers
from .rest_policies import RestPolicies
from .rest_san import RestSan
from .rest_smb import RestSmb
from .rest_snapshots import RestSnapshots


class RestArray(
    RestClones,
    RestMirrors,
    RestGroups,
    RestPeers,
    RestSnapshots,
    RestSan,
    RestSmb,
    RestExports,
    RestLocks,
    RestPolicies,
):
    """Implements `Array` of engine/ports.py; may be used by many threads at once."""
