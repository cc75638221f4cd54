# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process: its options, the READY line, its end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT_S = 30


@contextmanager
def started(*arguments):
    """(process, what READY said)"""
    command = [sys.executable, "-m", "tests.simulator", *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("READY {"), (line, process.poll() is not None and process.stderr.read())
            yield process, json.loads(line.removeprefix("READY "))
        finally:
            process.kill()


def get(cluster, path, **options):
    scheme = "https" if cluster["https"] else "http"
    return requests.get(
        f"{scheme}://{cluster['hostname']}:{cluster['port']}/api{path}",
        auth=(cluster["username"], cluster["password"]),
        timeout=TIMEOUT_S,
        **options,
    )


def test_a_world_from_counts_has_predictable_names():
    with started("--clusters", "paris,lyon", "--volumes", 3) as (_process, said):
        paris, lyon = said["clusters"]["paris"], said["clusters"]["lyon"]
        assert paris["svms"] == {
            "svm_paris": {
                "volumes": ["vol0001", "vol0002", "vol0003"],
                "aggregates": ["aggr1_paris", "aggr2_paris"],
            }
        }
        assert lyon["svms"] == {"svm_lyon": {"volumes": [], "aggregates": ["aggr1_lyon", "aggr2_lyon"]}}
        assert (paris["hostname"], paris["https"], paris["port"] != lyon["port"]) == ("127.0.0.1", False, True)
        assert get(paris, "/storage/volumes?svm.name=svm_paris&name=vol*").json()["num_records"] == 3
        assert get(lyon, "/svm/peers?fields=state").json()["records"][0]["state"] == "peered"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_asked_to_even_with_clients_connected(how):
    with started("--volumes", 1) as (process, said):
        with requests.Session() as session:
            url = f"http://127.0.0.1:{said['clusters']['paris']['port']}/_control/clock"
            assert session.get(url, timeout=TIMEOUT_S).status_code == 200
            process.send_signal(how)
            assert process.wait(TIMEOUT_S) == 0
            assert process.stderr.read() == ""


def test_it_ends_well_with_requests_under_way():
    with started("--volumes", 1, "--latency-ms", 60000) as (process, said):
        outcome = []

        def ask(name):
            try:
                outcome.append(get(said["clusters"][name], "/cluster").status_code)
            except requests.ConnectionError:
                outcome.append("cut")

        control = f"http://127.0.0.1:{said['control']['port']}/_control"
        requests.post(f"{control}/clusters/lyon", json={"up": False, "how": "hang"}, timeout=TIMEOUT_S)
        threads = [threading.Thread(target=ask, args=(name,)) for name in ("paris", "lyon")]
        for thread in threads:
            thread.start()
        while requests.get(f"{control}/journal?count=1", timeout=TIMEOUT_S).json()["count"] < 1:
            time.sleep(0.001)
        process.terminate()
        assert process.wait(TIMEOUT_S) == 0
        for thread in threads:
            thread.join(TIMEOUT_S)
        assert outcome == ["cut", "cut"]
        assert process.stderr.read() == ""


def test_passwords_differ_from_run_to_run_and_survive_a_reset():
    with started("--volumes", 1) as (_process, first), started("--volumes", 1) as (_other, second):
        assert first["clusters"]["paris"]["password"] != second["clusters"]["paris"]["password"]
        control = f"http://127.0.0.1:{first['control']['port']}/_control"
        assert requests.post(f"{control}/reset", timeout=TIMEOUT_S).status_code == 200
        assert get(first["clusters"]["paris"], "/cluster").status_code == 200


def test_tls_with_the_authority_beside_the_traffic_log(tmp_path):
    log = tmp_path / "traffic.jsonl"
    with started("--volumes", 1, "--tls", "--traffic-log", log) as (_process, said):
        assert Path(said["ca_file"]).parent == tmp_path
        assert get(said["clusters"]["paris"], "/cluster", verify=said["ca_file"]).json()["name"] == "paris"
    (line,) = log.read_text().splitlines()
    assert json.loads(line)["path"] == "/api/cluster"


def test_time_can_run_faster():
    with started("--volumes", 1, "--time-scale", 100000) as (_process, said):
        clock = f"http://127.0.0.1:{said['control']['port']}/_control/clock"
        first, second = (requests.get(clock, timeout=TIMEOUT_S).json()["now"] for _each in range(2))
        assert second - first > 20


@pytest.mark.parametrize(
    "arguments",
    [
        ["--clusters", "paris,paris"],
        ["--clusters", ""],
        ["--volumes", "-1"],
        ["--ports", "http"],
        ["--ports", "70000"],
        ["--time-scale", "0"],
        ["--transfer-rate", "fast"],
        ["--scenario", "no-such-file.yml"],
        ["--scenario", "x.yml", "--clusters", "paris"],
        ["--traffic-log", "no-such-folder/x.jsonl"],
    ],
)
def test_nonsense_is_refused_in_one_line(arguments):
    command = [sys.executable, "-m", "tests.simulator", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(("simulator: ", "python -m tests.simulator: error: "))


def test_a_taken_port_is_told():
    with started("--volumes", 1) as (_process, said):
        port = said["clusters"]["paris"]["port"]
        done = subprocess.run(
            [sys.executable, "-m", "tests.simulator", "--ports", f"{port},0"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 2
        assert "in use" in done.stderr
