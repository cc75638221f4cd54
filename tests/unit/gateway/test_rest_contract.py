# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway as a whole: the fields it asks for, and the port that it serves."""

from __future__ import annotations

import inspect

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.engine.ports import Array
from ansible_collections.ontap.data_motion.plugins.module_utils.gateway import (
    rest_cluster,
    rest_exports,
    rest_mirrors,
    rest_peers,
    rest_policies,
    rest_san,
    rest_smb,
    rest_volumes,
)
from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.connect import open_array
from ansible_collections.ontap.data_motion.plugins.module_utils.gateway.rest_array import RestArray
from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.transport.endpoint import Endpoint
from tests.unit.gateway.rest_at import array_at

TABLES = [
    ("cluster", rest_cluster.CLUSTER_FIELDS),
    ("aggregate", rest_cluster.AGGREGATE_FIELDS),
    ("snapmirror_policy", rest_cluster.POLICY_FIELDS),
    ("job", rest_cluster.JOB_FIELDS),
    ("volume", rest_volumes.FIELDS),
    ("snapmirror_relationship", rest_mirrors.FIELDS),
    ("snapmirror_relationship", rest_mirrors.PATH_FIELDS),
    ("snapmirror_relationship", rest_mirrors.SOURCE_FIELDS),
    ("svm_peer", rest_peers.FIELDS),
    ("export_policy", rest_exports.POLICY_FIELDS),
    ("export_rule", rest_exports.RULE_FIELDS),
    ("snapshot_policy", rest_exports.SNAPSHOT_POLICY_FIELDS),
    ("qos_policy", rest_exports.QOS_FIELDS),
    ("cifs_share", rest_smb.SHARE_FIELDS),
    ("cifs_share", rest_smb.PROPERTY_FIELDS),
    ("lun", rest_san.LUN_FIELDS),
    ("lun_map", rest_san.LUN_MAP_FIELDS),
    ("igroup", rest_san.IGROUP_FIELDS),
    ("snapmirror_policy", rest_policies.DETAIL_FIELDS),
]


@pytest.mark.parametrize("schema, table", TABLES)
def test_no_field_is_asked_of_a_release_that_does_not_know_it(schema, table, facts):
    floor = rest_cluster.FLOOR
    asked = table if isinstance(table, dict) else dict.fromkeys(table, floor)
    known = facts["schemas"][schema]["fields"]
    for name, since in asked.items():
        told = tuple(int(part) for part in known[name].get("since", "9.6").split("."))
        assert told <= since, f"{name} came with {told}"
        assert "G" in known[name].get("rw", "G"), f"{name} is never answered"


@pytest.mark.parametrize("call", [lambda a: a.volumes([]), lambda a: a.mirrors([]), lambda a: a.jobs([])])
def test_asking_for_nothing_asks_nothing(call):
    array, http = array_at((9, 17, 1))
    assert not call(array)
    assert http.asked == []


def test_the_gateway_is_what_the_engine_expects():
    wanted = {name: member for name, member in vars(Array).items() if inspect.isfunction(member) and name[0] != "_"}
    assert len(wanted) > 25
    for name, member in wanted.items():
        have = inspect.signature(getattr(RestArray, name)).parameters
        assert list(have) == list(inspect.signature(member).parameters), name
        defaults = {key: value.default for key, value in inspect.signature(member).parameters.items()}
        assert {key: value.default for key, value in have.items()} == defaults, name
    array, _http = array_at(None)
    assert (array.svm, array.address) == ("svm_lyon", "c1:443")


def test_opening_needs_an_svm_and_sends_nothing():
    pytest.importorskip("requests")
    endpoint = Endpoint("cluster1.invalid", username="admin", password="x")
    with pytest.raises(BadInput, match="svm"):
        open_array(endpoint, "", lambda _seconds: None)
    array = open_array(endpoint, "svm1", lambda _seconds: None)
    assert (array.svm, array.address) == ("svm1", "cluster1.invalid:443")
    array.close()
