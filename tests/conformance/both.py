# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both clusters over both protocols, and what the protocols tell alike."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.connect import open_array
from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.zapi_smb import FLAGS
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import MirrorSpec
from ansible_collections.ontap.data_motion.plugins.module_utils.model.path import Path
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import TargetSpec
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint

USE_REST = {"rest": "always", "zapi": "never"}
GIB = 1024**3
ENDS = (Path("svm_paris", "vol0001"), Path("svm_lyon", "vol0001"))


class Site:
    """Both clusters, each reached over both protocols. writer: the protocol that is tried."""

    def __init__(self, site, writer):
        self.site, self.writer = site, writer
        self._open = {}

    def array(self, cluster, protocol=None):
        key = (cluster, protocol or self.writer)
        if key not in self._open:
            given = {name: value for name, value in self.site.params(cluster).items() if name != "svm"}
            endpoint = Endpoint(**given, use_rest=USE_REST[key[1]], read_timeout_s=10)
            self._open[key] = open_array(endpoint, f"svm_{cluster}", self.site.clock.sleep)
        return self._open[key]

    @property
    def lyon(self):
        return self.array("lyon")

    @property
    def paris(self):
        return self.array("paris")

    def forget(self, cluster):
        """Open it anew when it is asked next."""
        self._open = {key: array for key, array in self._open.items() if key[0] != cluster}

    def same(self, cluster, read, clean=lambda found: found):
        """What both protocols read, which must be equal."""
        over = {protocol: clean(read(self.array(cluster, protocol))) for protocol in USE_REST}
        assert over["zapi"] == over["rest"]
        return over["rest"]

    def volume(self, cluster, name):
        return self.same(cluster, lambda array: array.volumes([name]), told).get(name)

    def mirror(self):
        """The one relationship of lyon, None where there is none."""
        return next(iter(self.same("lyon", lambda array: array.mirrors(), told_mirrors)), None)

    def settle(self, seconds=36000):
        self.site.advance(seconds)

    def protect(self):
        self.lyon.volume_create(TargetSpec("vol0001", 900 * GIB, ("aggr1_lyon",)))
        self.settle(60)
        self.lyon.create(MirrorSpec(*ENDS, "MirrorAllSnapshots"))
        self.settle(60)
        self.lyon.initialize(self.mirror().uuid)
        self.settle()
        return self.mirror()


def told(volumes):
    """Without what ONTAPI does not tell: inline efficiency, and that a reading for clones is a reading of its own."""
    return {
        name: replace(one, compaction=None, cross_volume_dedupe=None, dedupe=one.dedupe and one.dedupe != "none")
        for name, one in volumes.items()
    }


def told_shares(shares):
    """Without the uuid, by which only REST names them, and the properties that ONTAPI has no word for."""
    words = (*FLAGS, "offline_files", "vscan_profile")
    return {
        name: replace(
            one,
            svm_uuid=None,
            acls=tuple(sorted(one.acls, key=lambda ace: ace.who)),
            properties={word: one.properties.get(word) or None for word in words},
        )
        for name, one in shares.items()
    }


def told_policies(policies):
    """Without the uuid, the schedule and the throttle, for which ONTAPI has no words."""
    return {name: replace(one, uuid=None, schedule=None, throttle_kbps=None) for name, one in policies.items()}


def told_mirrors(mirrors):
    """Without the id of a transfer that has ended, and the word for how it failed."""
    bad = {"aborted": "failed", "hard_aborted": "failed"}
    return tuple(
        replace(
            one,
            transfer_uuid=one.transfer_uuid if one.transferring else None,
            transfer_state=bad.get(one.transfer_state, one.transfer_state),
            transferred_bytes=None,
            unhealthy_reasons=bool(one.unhealthy_reasons),
        )
        for one in sorted(mirrors, key=lambda one: str(one.destination))
    )
