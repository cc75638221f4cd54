# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetApp's own ONTAPI library, as it is, against the simulator."""

from __future__ import annotations

import pytest

zapi = pytest.importorskip("netapp_lib.api.zapi.zapi")

from tests.conformance.support import running, two_clusters


@pytest.fixture
def simulator(client_log):
    with running(client_log, *two_clusters(3)) as started:
        yield started


def connect(cluster, svm=None, password=None):
    server = zapi.NaServer(
        cluster.hostname, username=cluster.username, password=password or cluster.password, port=cluster.port
    )
    server.set_api_version(1, 150)
    if svm:
        server.set_vserver(svm)
    return server


def ask(server, call, **args):
    """Underscores stand for hyphens."""
    element = zapi.NaElement.create_node_with_children(
        call, **{name.replace("_", "-"): str(value) for name, value in args.items()}
    )
    return server.invoke_successfully(element, enable_tunneling=True)


def test_the_version_and_the_volumes_are_read_page_by_page(simulator):
    cluster = connect(simulator.paris)
    assert ask(cluster, "system-get-ontapi-version").get_child_content("major-version") == "1"
    svm, names, tag = connect(simulator.paris, "svm_paris"), [], None
    while True:
        page = ask(svm, "volume-get-iter", max_records=2, **({"tag": tag} if tag else {}))
        for volume in page.get_child_by_name("attributes-list").get_children():
            names.append(volume.get_child_by_name("volume-id-attributes").get_child_content("name"))
        tag = page.get_child_content("next-tag")
        if tag is None:
            break
    assert names == ["svm_paris_root", "vol0001", "vol0002", "vol0003"]


def test_a_mirror_is_made_broken_and_resynced(simulator):
    lyon = connect(simulator.lyon, "svm_lyon")
    ask(lyon, "volume-create", volume="vol0001", containing_aggr_name="aggr1_lyon", size="900g", volume_type="dp")
    end = {"destination_location": "svm_lyon:vol0001"}
    ask(lyon, "snapmirror-create", source_location="svm_paris:vol0001", **end)
    ask(lyon, "snapmirror-initialize", **end)
    simulator.settle_transfers()
    assert simulator.lyon.mirrors()["svm_lyon:vol0001"]["state"] == "snapmirrored"
    for call, state in (("quiesce", "paused"), ("break", "broken_off"), ("resync", "snapmirrored")):
        ask(lyon, f"snapmirror-{call}", **end)
        simulator.settle_transfers()
        assert simulator.lyon.mirrors()["svm_lyon:vol0001"]["state"] == state


def test_refusals_arrive_as_its_errors(simulator):
    lyon = connect(simulator.lyon, "svm_lyon")
    for call, args, code in (
        ("snapmirror-update", {"destination_location": "svm_lyon:absent"}, "15661"),
        ("volume-offline", {"name": "absent"}, "13040"),
        ("no-such-call", {}, "13005"),
    ):
        with pytest.raises(zapi.NaApiError) as refused:
            ask(lyon, call, **args)
        assert refused.value.code == code
    with pytest.raises(zapi.NaApiError) as denied:
        ask(connect(simulator.lyon, password="wrong"), "system-get-version")
    assert denied.value.code == 401
