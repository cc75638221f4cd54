# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetApp's own library lists every collection that the simulator serves, page by page and strictly.

Strictly: no answer has a field, at any depth, that the library's model of the endpoint does not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from netapp_ontap import config
from netapp_ontap.resources import Cluster as OntapCluster
from netapp_ontap.resources import Snapshot, Volume

from tests.conformance.conftest import new_log
from tests.conformance.library import Pages, collection_classes, connect, key_of, scopes, template, unmodelled, watch
from tests.conformance.support import Cluster, Simulator, running, two_clusters
from tests.simulator.rest.resources import RESOURCES

SINGLETONS = {"/cluster"}
NOT_IN_THE_LIBRARY = {"/private/cli/{}"}
SERVED = sorted({template(resource.path) for resource in RESOURCES} - SINGLETONS - NOT_IN_THE_LIBRARY)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """A world with a record in most collections: five mirrors that were updated once."""
    with running(new_log("client"), *two_clusters(5)) as started:
        for name in started.paris.volumes:
            protect(started, name)
        started.settle_transfers()
        for mirror in started.lyon.mirrors().values():
            started.lyon.done(
                started.lyon.send("POST", f"/snapmirror/relationships/{mirror['uuid']}/transfers", body={})
            )
        started.settle_transfers()
        yield started


def protect(simulator: Simulator, name: str) -> None:
    source, lyon = simulator.paris.volume(name), simulator.lyon
    volume = {
        "name": name,
        "svm": {"name": "svm_lyon"},
        "type": "dp",
        "size": source["size"],
        "language": source["language"],
        "aggregates": [{"name": lyon.aggregates[0]}],
    }
    lyon.done(lyon.send("POST", "/storage/volumes", {"return_timeout": 30}, volume))
    paths = {"source": {"path": f"svm_paris:{name}"}, "destination": {"path": f"svm_lyon:{name}"}}
    made = lyon.send("POST", "/snapmirror/relationships", {"return_timeout": 30, "return_records": "true"}, paths)
    uuid = lyon.done(made).json()["records"][0]["uuid"]
    lyon.done(
        lyon.send("PATCH", f"/snapmirror/relationships/{uuid}", {"return_timeout": 30}, {"state": "snapmirrored"})
    )


@pytest.fixture(params=["paris", "lyon"])
def cluster(request: pytest.FixtureRequest, simulator: Simulator) -> Cluster:
    return simulator.clusters[request.param]


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "STRICT_FIELD_ACCEPTANCE", True)


def test_the_library_knows_every_collection_that_is_served() -> None:
    assert set(SERVED) - set(collection_classes()) == set()


@pytest.mark.parametrize("path", SERVED)
def test_pages_hold_each_record_once(cluster: Cluster, path: str) -> None:
    cls = collection_classes()[path]
    with connect(cluster) as connection:
        for scope in list(scopes(path)):
            whole = [key_of(record) for record in cls.get_collection(*scope)]
            assert len(set(whole)) == len(whole) == cls.count_collection(*scope)
            for size in (1, 2, 3):
                pages = Pages(connection)
                paged = [key_of(record) for record in cls.get_collection(*scope, max_records=size, fields="*")]
                assert paged == whole
                assert max(pages.sizes) <= size and len(pages.sizes) >= len(whole) / size


@pytest.mark.parametrize("path", SERVED)
def test_every_field_is_one_that_the_library_models(cluster: Cluster, path: str) -> None:
    cls = collection_classes()[path]
    answers: list[dict[str, Any]] = []
    with connect(cluster) as connection:
        for scope in list(scopes(path)):
            watch(connection, answers.append)
            for listed in cls.get_collection(*scope, fields="**"):
                alone = cls.from_dict(listed.to_dict(), *scope)
                if cls._keys:
                    alone.get(fields="**")
                assert key_of(alone) == key_of(listed)
            connection.session.hooks["response"].clear()
    documents = [record for answer in answers for record in answer.get("records", [answer])]
    assert [name for document in documents for name in unmodelled(cls._schema(), document)] == []


def test_most_collections_have_records_to_page_through(simulator: Simulator) -> None:
    """So that the tests above do not pass on emptiness."""
    with connect(simulator.lyon):
        counts = {path: collection_classes()[path].count_collection() for path in SERVED if "{}" not in path}
    assert counts["/storage/volumes"] > 3 and counts["/snapmirror/relationships"] > 3
    assert [path for path, count in counts.items() if count < 0] == []


def test_snapshots_of_all_volumes_in_one_listing(simulator: Simulator) -> None:
    with connect(simulator.lyon):
        volumes = list(Volume.get_collection())
        single = [key_of(found) for volume in volumes for found in Snapshot.get_collection(volume.uuid)]
        together = [key_of(found) for found in Snapshot.get_collection("*", max_records=2, fields="volume.uuid")]
    assert single and sorted(together) == sorted(single)


def test_the_cluster_itself(cluster: Cluster) -> None:
    with connect(cluster):
        found = OntapCluster()
        found.get(fields="**")
        assert found.name == cluster.name
