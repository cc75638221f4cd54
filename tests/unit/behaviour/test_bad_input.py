# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: one clear error that names what is wrong, and not one write request."""

from __future__ import annotations

import pytest

from tests.unit.behaviour.bench import AGGREGATES, by_volume

PROTOCOLS = ("rest", "zapi")


def refused(site, module, **args):
    """The message of a module that must fail without having written."""
    site.forget_traffic()
    result = site.run(module, **args)
    assert result["failed"] is True
    assert result.get("changed", False) is False
    assert site.writes() == []
    return result["msg"]


@pytest.mark.parametrize(
    "module, options, words",
    [
        pytest.param("flexvol_mirror_target", {"volumes": ["nosuch"]}, ["nosuch", "svm_paris"], id="unknown volume"),
        pytest.param("snapmirror_relationship", {"volumes": ["nosuch"]}, ["nosuch"], id="unknown volume, mirror"),
        pytest.param("flexvol_mirror_target", {"volumes": ["x*"]}, ["x*", "matches no"], id="glob without match"),
        pytest.param("flexvol_mirror_target", {"volumes": ["~("]}, ["regular expression"], id="broken regex"),
        pytest.param("flexvol_mirror_target", {"volumes": []}, ["volumes is empty"], id="no volumes"),
        pytest.param("flexvol_mirror_target", {"timeout": -1}, ["timeout", "negative"], id="negative timeout"),
        pytest.param("snapmirror_relationship", {"throttle": -5}, ["throttle", "negative"], id="negative throttle"),
        pytest.param("flexvol_mirror_target", {"width": 0}, ["width"], id="no width"),
        pytest.param(
            "flexvol_mirror_target", {"destination_name": "all"}, ["vol0001", "vol0002", "all"], id="one name for two"
        ),
        pytest.param(
            "flexvol_mirror_target", {"destination_name": "{nope}"}, ["destination_name"], id="unknown placeholder"
        ),
        pytest.param("snapmirror_relationship", {"policy": "Nope"}, ["policy Nope"], id="unknown policy"),
    ],
)
def test_options(bench, module, options, words):
    site = bench(volumes=3, traffic="rejected")
    if module == "snapmirror_relationship":
        site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    else:
        options = {"aggregate_map": AGGREGATES, **options}
    message = refused(site, module, **{**site.sides, **options})
    assert all(word in message for word in words), message


def test_a_missing_aggregate_names_every_volume_before_anything_is_created(bench):
    site = bench(volumes=4)
    message = refused(site, "flexvol_mirror_target", **site.sides, aggregate_map={"aggr1_paris": "aggr1_lyon"})
    lacking = [name for name in ("vol0001", "vol0002", "vol0003", "vol0004") if name in message]
    placed = [volume.aggregates[0].name for volume in map(lambda name: site.volume("paris", name), lacking)]
    assert lacking and set(placed) == {"aggr2_paris"}


def test_an_aggregate_that_does_not_exist_is_named(bench):
    site = bench(volumes=2)
    wrong = {"aggr1_paris": "aggr9", "aggr2_paris": "aggr9"}
    assert "aggr9" in refused(site, "flexvol_mirror_target", **site.sides, aggregate_map=wrong)


@pytest.mark.parametrize(
    "change, words",
    [
        pytest.param({"password": "wrong"}, ["login denied"], id="password"),
        pytest.param({"svm": "svm_nope"}, ["svm_nope", "does not exist"], id="SVM"),
        pytest.param({"http_port": 1}, ["127.0.0.1:1", "refused"], id="host"),
        pytest.param({"https": True}, ["127.0.0.1"], id="TLS where there is none"),
        pytest.param({"hostname": None}, ["destination.hostname"], id="no host"),
    ],
)
def test_connections(bench, change, words):
    site = bench(volumes=1, traffic="rejected")
    destination = {**site.sides["destination"], **change}
    message = refused(
        site, "flexvol_mirror_target", source=site.sides["source"], destination=destination, aggregate_map=AGGREGATES
    )
    assert all(word in message for word in words), message
    assert site.sides["destination"]["password"] not in message


def test_a_certificate_that_nobody_trusts(bench):
    site = bench(volumes=1, tls=True)
    message = refused(site, "snapmirror_info", **site.sides)
    assert "validate_certs" in message


def test_unpeered_svms(bench):
    site = bench(volumes=1)
    site.good("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    with site.site.locked() as world:
        for cluster in world.clusters.values():
            cluster.svm_peers.clear()
    assert "svm_peer" in refused(site, "snapmirror_relationship", **site.sides)


def test_no_source_of_any_kind(bench):
    site = bench(volumes=1)
    assert "source_svm" in refused(site, "snapmirror_break", destination=site.sides["destination"])


def test_a_writable_destination_volume_is_never_touched(bench):
    site = bench(volumes=3)
    site.make_rw_volume(site.site.world.clusters["lyon"], "svm_lyon", "vol0002")
    result = site.run("flexvol_mirror_target", **site.sides, aggregate_map=AGGREGATES)
    statuses = {name: one["status"] for name, one in by_volume(result).items()}
    assert statuses == {"vol0001": "changed", "vol0002": "refused", "vol0003": "changed"}
    mirrors = site.run("snapmirror_relationship", **site.sides)
    assert by_volume(mirrors)["vol0002"]["status"] == "refused"
    assert mirrors["failed_volumes"] == ["vol0002"]
    assert site.volume("lyon", "vol0002").type == "rw"


def test_a_destination_of_another_source_is_a_conflict(bench):
    site = bench(volumes=1, clusters=("paris", "lyon", "nice"))
    site.protect()
    site.make_rw_volume(site.site.world.clusters["nice"], "svm_nice", "vol0001")
    other = {"source": site.site.params("nice"), "destination": site.site.params("lyon")}
    message = refused(site, "snapmirror_relationship", **other)
    assert "already mirrors" in message and "svm_paris:vol0001" in message


def test_a_resync_that_nobody_proves_harmless_is_refused(bench):
    site = bench(volumes=2)
    site.protect()
    site.good("snapmirror_break", **site.from_destination)
    message = refused(site, "snapmirror_relationship", **site.sides, relationship_state="active")
    assert "accept_data_loss" in message
    left = site.good("snapmirror_relationship", **site.sides)
    assert left["changed"] is False
    accepted = site.run(
        "snapmirror_relationship",
        **site.sides,
        relationship_state="active",
        wait=True,
        timeout=36000,
        accept_data_loss={"vol0001": "unknown"},
    )
    states = {name: one.get("state") for name, one in by_volume(accepted).items()}
    assert states == {"vol0001": "snapmirrored", "vol0002": "broken_off"}
    assert accepted["failed_volumes"] == ["vol0002"]
