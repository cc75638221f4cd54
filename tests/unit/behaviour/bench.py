# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules against the simulator, in process and on a stepped clock: nothing waits for real."""

from __future__ import annotations

import importlib
import io
import json
import sys
from contextlib import redirect_stdout
from datetime import datetime, timezone
from typing import Any

import pytest
import requests
from ansible.module_utils import basic

from tests.simulator.testing import RunningSite

COLLECTION = "ansible_collections.ontap.data_motion.plugins"
AGGREGATES = {"aggr1_paris": "aggr1_lyon", "aggr2_paris": "aggr2_lyon"}


class ModuleFailed(Exception):
    """A module failed; `result` is what it returned."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__(result.get("msg"))
        self.result = result


class Bench:
    """A served world and the modules pointed at it."""

    def __init__(self, site: RunningSite, monkeypatch: pytest.MonkeyPatch) -> None:
        self.site = site
        self._monkeypatch = monkeypatch
        runtime = importlib.import_module(f"{COLLECTION}.module_utils.glue.runtime")
        monkeypatch.setattr(runtime, "CLOCK", site.clock)
        monkeypatch.setattr(runtime, "utc_now", lambda: datetime.fromtimestamp(site.clock.now(), timezone.utc))

    def run(self, module: str, *, check: bool = False, **args: Any) -> dict[str, Any]:
        """What the module returned; `failed` is set where it failed. Over ZAPI this needs netapp-lib."""
        if any(isinstance(side, dict) and side.get("use_rest") == "never" for side in args.values()):
            pytest.importorskip("netapp_lib")
        given = {**args, "_ansible_check_mode": check, "_ansible_diff": True, "_ansible_remote_tmp": "/tmp"}
        self._monkeypatch.setattr(
            basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode(), raising=False
        )
        self._monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        self._monkeypatch.setattr(sys, "argv", [f"{COLLECTION}.modules.{module}"])
        warned: list[str] = []  # how a release sends them differs, and some keep them for the next module of a process
        self._monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, text: warned.append(text))
        printed = io.StringIO()
        with redirect_stdout(printed), pytest.raises(SystemExit):
            importlib.import_module(f"{COLLECTION}.modules.{module}").main()
        result = json.loads(printed.getvalue().strip().splitlines()[-1])
        result["warnings"] = warned
        return result

    def good(self, module: str, **args: Any) -> dict[str, Any]:
        result = self.run(module, **args)
        if result.get("failed"):
            raise ModuleFailed(result)
        return result

    @property
    def sides(self) -> dict[str, Any]:
        return {"source": self.site.params("paris"), "destination": self.site.params("lyon")}

    @property
    def from_destination(self) -> dict[str, Any]:
        """For runs that must not contact the source."""
        return {"source_svm": "svm_paris", "destination": self.site.params("lyon")}

    def protect(self, **options: Any) -> dict[str, Any]:
        """Mirrors of all volumes, baseline awaited."""
        self.good("flexvol_mirror_target", **self.sides, aggregate_map=AGGREGATES)
        return self.good("snapmirror_relationship", **{**self.sides, "wait": True, "timeout": 36000, **options})

    def volume(self, cluster: str, name: str) -> Any:
        """The simulator's own volume; for looks and for setting the scene, between requests."""
        return self.site.world.clusters[cluster].volume(f"svm_{cluster}:{name}")

    def make_rw_volume(self, cluster: Any, svm: str, name: str) -> None:
        """A volume that somebody else made."""
        payload = {
            "name": name,
            "svm": {"name": svm},
            "size": 10**9,
            "aggregates": [{"name": next(iter(cluster.aggregates))}],
        }
        answer = requests.post(
            f"{self.site.clusters[cluster.name].url}/api/storage/volumes?return_timeout=30",
            json=payload,
            auth=(cluster.username, cluster.password),
            timeout=30,
        )
        assert answer.status_code == 201, answer.text

    def forget_traffic(self) -> None:
        self.site.journal.clear()

    def writes(self, cluster: str | None = None) -> list[Any]:
        return [entry for entry in self.site.journal.writes() if cluster in (None, entry.cluster)]

    def requests(self, cluster: str | None = None) -> list[Any]:
        return [entry for entry in self.site.journal.entries() if cluster in (None, entry.cluster)]


def by_volume(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["volume"]: one for one in result["results"]}


def check_then_run_twice(bench, module, **args):
    """The rule of every writing module; returns what the real run returned."""
    bench.forget_traffic()
    predicted = bench.good(module, check=True, **args)
    assert bench.writes() == []
    real = bench.good(module, **args)
    assert (predicted["plan"], predicted["diff"]) == (real["plan"], real["diff"])
    assert predicted["changed"] is real["changed"] is True
    bench.forget_traffic()
    again = bench.good(module, **args)
    assert again["changed"] is False
    assert again["plan"] == []
    assert bench.writes() == []
    return real
