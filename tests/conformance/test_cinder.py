# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenStack Cinder's data motion, over its own REST client, does its work on the simulator.

Cinder's code is the judge: nothing of it is replaced, and what it did is read back from the clusters.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import cinder_env
from tests.conformance.cinder_env import STANZA
from tests.conformance.support import Cluster, Simulator, running

pytestmark = pytest.mark.slow

CLIENT = Path(__file__).with_name("cinder_client.py")
DEADLINE_S = 240

Play = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def play(cinder_python: Path, simulator: Simulator, tmp_path: Path) -> Play:
    """play((method, *arguments), ...) -> what cinder answered to each, "<config>" being that of paris."""
    return player(cinder_python, simulator, tmp_path)


def player(cinder_python: Path, simulator: Simulator, tmp_path: Path) -> Play:
    conf = tmp_path / "cinder.conf"
    conf.write_text(cinder_conf(simulator, tmp_path), encoding="utf-8")

    def run(*calls: tuple[Any, ...]) -> list[dict[str, Any]]:
        steps = json.dumps([{"call": name, "args": args} for name, *args in calls])
        command = [str(cinder_python), "-W", "ignore", str(CLIENT), str(conf), "paris"]
        done = subprocess.run(
            command, input=steps, capture_output=True, text=True, timeout=DEADLINE_S, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        print(done.stderr)
        return json.loads(done.stdout)

    return run


def cinder_conf(simulator: Simulator, state: Path) -> str:
    paris, lyon = simulator.paris, simulator.lyon
    pairs = ",".join(f"{ours}:{theirs}" for ours, theirs in zip(paris.aggregates, lyon.aggregates, strict=True))
    replication = f"replication_device = backend_id:lyon\nnetapp_replication_aggregate_map = backend_id:lyon,{pairs}\n"
    return (
        f"[DEFAULT]\nstate_path = {state}\nssh_hosts_key_file = {state}/known_hosts\nenabled_backends = paris,lyon\n"
        + stanza(paris, replication)
        + stanza(lyon, "")
    )


def stanza(cluster: Cluster, replication: str) -> str:
    password = cluster.password.replace("$", "$$")  # a lone $ is a substitution in these files
    return STANZA.format(**{**vars(cluster), "password": password}, replication=replication)


def plain_volumes(cluster: Cluster) -> list[str]:
    """Not the encrypted ones: for those cinder passes an argument that its REST client does not have."""
    found = cluster.records("/storage/volumes", svm__name=cluster.svm, encryption__enabled="false")
    return [record["name"] for record in found if record["name"] in cluster.volumes]


def all_well(answers: list[dict[str, Any]]) -> bool:
    return all("error" not in answer for answer in answers)


def test_a_backend_is_protected_updated_failed_over_and_let_go(simulator: Simulator, play: Play) -> None:
    paris, lyon = simulator.paris, simulator.lyon
    names = plain_volumes(paris)
    assert len(names) >= 3, "a world to try several volumes on"

    answers = play(("ensure_snapmirrors", "<config>", "paris", names))
    assert all_well(answers), answers
    simulator.settle_transfers()
    assert set(lyon.mirrors()) == {f"svm_lyon:{name}" for name in names}
    for name in names:
        check_protected(simulator, name)

    first = {path: mirror["transfer"]["end_time"] for path, mirror in lyon.mirrors().items()}
    simulator.advance(600)
    for name in names:
        simulator.write(paris, name, f"updated {name}")
    answers = play(
        ("ensure_snapmirrors", "<config>", "paris", names), ("update_snapmirrors", "<config>", "paris", names)
    )
    assert all_well(answers), answers
    simulator.settle_transfers()
    after_update = lyon.mirrors()
    assert {mirror["state"] for mirror in after_update.values()} == {"snapmirrored"}
    assert all(mirror["transfer"]["end_time"] > first[path] for path, mirror in after_update.items())

    answers = play(
        ("_choose_failover_target", "paris", names, ["lyon"]),
        ("break_snapmirrors", "<config>", "paris", names, "lyon"),
    )
    assert answers == [{"result": "lyon"}, {"result": []}]
    for name in names:
        assert lyon.mirrors()[f"svm_lyon:{name}"]["state"] == "broken_off"
        volume = lyon.volume(name)
        assert (volume["type"], volume["nas"]["path"]) == ("rw", f"/{name}")
        assert simulator.content(lyon, name) == simulator.content(paris, name)
        assert f"updated {name}" in simulator.content(lyon, name)

    answers = play(*[("delete_snapmirror", "paris", "lyon", name, name) for name in names])
    assert all_well(answers), answers
    assert lyon.mirrors() == {}
    # Cinder asks for the source's entries through the SVM, where ONTAP from 9.12.1 on lists none: it leaves them.
    assert set(paris.mirrors(list_destinations_only="true")) == {f"svm_lyon:{name}" for name in names}
    assert {lyon.volume(name)["type"] for name in names} == {"rw"}


def check_protected(simulator: Simulator, name: str) -> None:
    """The mirror is whole, and its volume is what cinder asked for: its source's properties, size in whole GiB."""
    mirror = simulator.lyon.mirrors()[f"svm_lyon:{name}"]
    assert (mirror["state"], mirror["source"]["path"]) == ("snapmirrored", f"svm_paris:{name}")
    assert mirror["policy"]["name"] == "MirrorAllSnapshots"
    assert (mirror["healthy"], mirror["transfer"]["state"]) == (True, "success")
    ours, theirs = simulator.lyon.volume(name), simulator.paris.volume(name)
    assert (ours["type"], ours["state"], ours["style"]) == ("dp", "online", "flexvol")
    assert "path" not in ours.get("nas", {})
    assert ours["language"] == theirs["language"]
    assert ours["guarantee"]["type"] == theirs["guarantee"]["type"]
    assert ours["size"] >= theirs["size"] and ours["size"] % 2**30 == 0
    assert ours["aggregates"][0]["name"] == theirs["aggregates"][0]["name"].replace("paris", "lyon")


def test_a_broken_mirror_is_resynced_from_its_source(simulator: Simulator, play: Play) -> None:
    name = plain_volumes(simulator.paris)[0]
    assert all_well(play(("ensure_snapmirrors", "<config>", "paris", [name])))
    simulator.settle_transfers()
    assert play(("break_snapmirror", "paris", "lyon", name, name)) == [{"result": None}]
    path = f"svm_lyon:{name}"
    assert simulator.lyon.mirrors()[path]["state"] == "broken_off"
    simulator.write(simulator.lyon, name, "written at lyon")
    assert "written at lyon" in simulator.content(simulator.lyon, name)

    assert play(("resync_snapmirror", "paris", "lyon", name, name)) == [{"result": None}]
    simulator.settle_transfers()
    assert simulator.lyon.mirrors()[path]["state"] == "snapmirrored"
    assert simulator.lyon.volume(name)["type"] == "dp"
    assert "written at lyon" not in simulator.content(simulator.lyon, name)


def test_quiesce_and_resume(simulator: Simulator, play: Play) -> None:
    name = plain_volumes(simulator.paris)[0]
    assert all_well(play(("ensure_snapmirrors", "<config>", "paris", [name])))
    simulator.settle_transfers()
    assert play(("quiesce_then_abort", "paris", "lyon", name, name)) == [{"result": None}]
    assert simulator.lyon.mirrors()[f"svm_lyon:{name}"]["state"] == "paused"
    assert play(("resume_snapmirror", "paris", "lyon", name, name)) == [{"result": None}]
    assert simulator.lyon.mirrors()[f"svm_lyon:{name}"]["state"] == "snapmirrored"


def test_what_cinder_asks_for_twice_is_refused_in_the_words_it_knows(simulator: Simulator, play: Play) -> None:
    """It swallows 6619637 on a second create, and tells a missing relationship by an empty list."""
    name = plain_volumes(simulator.paris)[0]
    assert all_well(play(("ensure_snapmirrors", "<config>", "paris", [name])))
    again = {"source": {"path": f"svm_paris:{name}"}, "destination": {"path": f"svm_lyon:{name}"}}
    refused = simulator.lyon.send("POST", "/snapmirror/relationships", {"return_timeout": 15}, again)
    assert refused.json()["error"]["code"] == "6619637"
    simulator.settle_transfers()
    (answer,) = play(("update_snapmirror", "paris", "lyon", "no_such_volume", "no_such_volume"))
    assert answer["error"] == "NetAppDriverException"


def test_cinder_finds_the_peering_that_is_there(simulator: Simulator, play: Play) -> None:
    before = simulator.paris.get("/svm/peers")["num_records"]
    assert play(("create_vserver_peer", "svm_paris", "paris", "svm_lyon", ["snapmirror"])) == [{"result": None}]
    assert simulator.paris.get("/svm/peers")["num_records"] == before


def test_before_9_12_1_cinder_releases_the_source(cinder_python: Path, client_log: Path, tmp_path: Path) -> None:
    """Then ONTAP lists the source's entries also through its SVM, and cinder's release finds what it looks for."""
    volume = {"size": "1GB", "junction": "/vol1", "markers": ["first"]}
    svms = {
        name: {f"svm_{name}": {"volumes": {"vol1": volume} if name == "paris" else {}}} for name in ("paris", "lyon")
    }
    scenario = tmp_path / "old.json"
    clusters = {
        name: {"version": "9.11.1", "aggregates": {f"aggr1_{name}": "1TB"}, "svms": svms[name]} for name in svms
    }
    scenario.write_text(json.dumps({"clusters": clusters}), encoding="utf-8")
    with running(client_log, "--scenario", str(scenario)) as simulator:
        play = player(cinder_python, simulator, tmp_path)
        assert all_well(play(("ensure_snapmirrors", "<config>", "paris", ["vol1"])))
        simulator.settle_transfers()
        assert set(simulator.paris.mirrors(list_destinations_only="true")) == {"svm_lyon:vol1"}
        assert play(("delete_snapmirror", "paris", "lyon", "vol1", "vol1")) == [{"result": None}]
        assert simulator.lyon.mirrors() == {}
        assert simulator.paris.mirrors(list_destinations_only="true") == {}


def test_a_machine_without_a_fitting_python_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cinder_env, "LOWEST_PYTHON", "3.98")
    monkeypatch.setattr(cinder_env, "HIGHEST_PYTHON", "3.99")
    with pytest.raises(cinder_env.NotInstallable, match=r"3\.98"):
        cinder_env.ensure()
