# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Empty export policies as locks: a cluster makes a name once, whoever asks."""

from __future__ import annotations

from ..transport.rest import literal
from .rest_cluster import RestCluster

POLICIES = "/protocols/nfs/export-policies"


class RestLocks(RestCluster):
    def lock_create(self, name: str) -> None:
        """Raises ApiError with code 1 where the name is taken."""
        self._rest.post_now(POLICIES, {"name": name, "svm": {"name": self.svm}})

    def locks(self, prefix: str) -> dict[str, str]:
        """{name: id} of the locks whose names begin so."""
        query = {"svm.name": literal(self.svm), "name": literal(prefix) + "*"}
        documents = self._rest.collection(POLICIES, ("id", "name"), query)
        return {str(one["name"]): str(one["id"]) for one in documents}

    def lock_delete(self, lock_id: str) -> None:
        """What is gone already is right."""
        self._rest.delete_now(f"{POLICIES}/{lock_id}")
