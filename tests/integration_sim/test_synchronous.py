# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend with a synchronous policy, by playbooks: protected, failed over both ways, and brought home without loss."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration_sim.playbooks import Arrays, arrays

pytestmark = pytest.mark.slow

BACKEND = {"backend": "paris"}
CONFIRMED = {"backend": "paris", "confirm": "paris"}


def mirrors(site: Arrays, cluster: str) -> set[str]:
    return {one["state"] for one in site.control("state")["clusters"][cluster]["mirrors"].values()}


def cut(site: Arrays, is_cut: bool) -> None:
    """The way between the two SVMs, while both serve and answer."""
    for peer in site.rest("lyon", "GET", "/svm/peers")["records"]:
        site.rest("lyon", "PATCH", f"/svm/peers/{peer['uuid']}", {"state": "suspended" if is_cut else "peered"})


def markers(site: Arrays, cluster: str, volume: str = "vol0001") -> set[str]:
    return set(site.volumes(cluster)[volume]["markers"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: Any) -> Any:
    with arrays(tmp_path_factory.mktemp("sync"), volumes=2, ontap_replication_policy="StrictSync") as found:
        assert found.play("replicate", **BACKEND).returncode == 0
        yield found


def test_it_is_protected_in_sync_and_status_says_so(site):
    assert mirrors(site, "lyon") == {"in_sync"}
    status = site.play("status", **BACKEND, rpo_s=60, fail_on_breach="true")
    assert status.returncode == 0, status.output
    assert {one["rpo"] for one in status.results("snapmirror_info")[0]["mirrors"]} == {"ok"}


def test_out_of_sync_stops_a_planned_failover_before_its_fence(site):
    cut(site, True)
    assert not site.write("paris", "vol0001", "refused, since it would not be mirrored")
    status = site.play("status", **BACKEND)
    assert "out_of_sync" in status.output
    stopped = site.play("failover", mode="planned", **CONFIRMED)
    assert stopped.returncode == 2
    assert "not in sync: vol0001, vol0002" in stopped.messages()
    assert "the source serves as before" in stopped.messages()
    assert None not in site.junctions("paris").values()
    cut(site, False)
    assert mirrors(site, "lyon") == {"synchronizing"}
    site.control("clock", {"advance": 5})
    assert mirrors(site, "lyon") == {"in_sync"}


def test_there_and_back_loses_nothing(site):
    assert site.write("paris", "vol0001", "at paris", via="nfs")
    over = site.play("failover", mode="planned", **CONFIRMED)
    assert over.returncode == 0, over.output
    assert "at paris" in markers(site, "lyon")
    assert site.write("lyon", "vol0001", "at lyon", via="nfs")
    again = site.play("reprotect", **BACKEND)
    assert again.returncode == 0, again.output
    assert mirrors(site, "paris") == {"in_sync"}
    home = site.play("failback", **CONFIRMED)
    assert home.returncode == 0, home.output
    assert {"at paris", "at lyon"} <= markers(site, "paris")
    assert mirrors(site, "lyon") == {"in_sync"}
    assert site.write("paris", "vol0001", "home again", via="nfs")


def test_when_the_source_is_gone_all_that_was_written_is_at_the_target(site):
    assert site.write("paris", "vol0002", "last words")
    site.shut_down("paris")
    over = site.play("failover", mode="unplanned", **CONFIRMED)
    assert over.returncode == 0, over.output
    assert [one for one in over.requests if one.cluster == "paris"] == []
    assert "last words" in markers(site, "lyon", "vol0002")
    assert site.write("lyon", "vol0002", "life goes on", via="nfs")
