# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend whose SVM is mirrored as a whole, by playbooks: protected, failed over both ways, and brought home."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration_sim.playbooks import Arrays, arrays

pytestmark = pytest.mark.slow

BACKEND = {"backend": "paris"}
CONFIRMED = {"backend": "paris", "confirm": "paris"}
VOLUMES = {name: {"size": "1GB", "junction": f"/{name}"} for name in ("vol0001", "vol0002")}
SITES = {
    "clusters": {
        "paris": {"svms": {"svm_paris": {"volumes": VOLUMES}}},
        "lyon": {"svms": {"svm_lyon": {"subtype": "dp_destination"}, "svm_try": {"volumes": {}}}},
    }
}


def svms(site: Arrays) -> dict[str, tuple[str, str]]:
    clusters = site.control("state")["clusters"]
    return {
        name: (svm["state"], svm["subtype"])
        for name in clusters
        for svm_name, svm in clusters[name]["svms"].items()
        if svm_name == f"svm_{name}"
    }


def clones(site: Arrays) -> list[str]:
    volumes = site.control("state")["clusters"]["lyon"]["svms"]["svm_try"]["volumes"]
    return sorted(name for name in volumes if name.startswith("rehearsal_"))


def markers(site: Arrays, cluster: str) -> set[str]:
    return set(site.volumes(cluster)["vol0001"]["markers"])


def mirrors(site: Arrays, cluster: str) -> dict[str, str]:
    return {path: one["state"] for path, one in site.control("state")["clusters"][cluster]["mirrors"].items()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: Any) -> Any:
    settings = {"ontap_svm_dr": True, "ontap_identity_preservation": "full"}
    with arrays(tmp_path_factory.mktemp("svm"), scenario=SITES, **settings) as found:
        yield found


def test_it_is_protected_by_one_mirror_with_an_outcome_for_each_volume(site):
    check = site.play("replicate", "--check", **BACKEND)
    assert (check.returncode, check.writes) == (0, []), check.output
    done = site.play("replicate", **BACKEND)
    assert done.returncode == 0, done.output
    assert check.plans() == done.plans()
    assert mirrors(site, "lyon") == {"svm_lyon:": "snapmirrored"}
    assert site.play("replicate", **BACKEND).changed == 0
    status = site.play("status", **BACKEND, rpo_s=3600, fail_on_breach="true")
    assert status.returncode == 0, status.output
    ready = site.play("readiness", **BACKEND)
    assert ready.returncode == 0, ready.output


def test_a_retirement_tells_beforehand_what_stays_of_the_copy(site):
    for options, extra in ((["--check"], BACKEND), ([], CONFIRMED)):
        whole = site.play("retire", *options, target="lyon", delete_volumes="true", **extra)
        assert (whole.returncode, whole.writes) == (2, []), whole.output
        assert "not for the copy of a whole SVM (svm_lyon:), and nothing was done" in whole.messages()
        assert "break svm_lyon: yourself while it has its mirror" in whole.messages()


def test_a_copy_is_rehearsed_in_another_svm_which_a_refusal_asks_for(site):
    refused = site.play("rehearse", **BACKEND)
    assert (refused.returncode, refused.writes) == (2, []), refused.output
    assert "rehearsal_svm of the target" in refused.messages()
    targets = "{'ontap_replication_targets': [{'backend': 'lyon', 'rehearsal_svm': 'svm_try'}]}"
    kept = site.play("rehearse", "-e", targets, **BACKEND, keep="true")
    assert kept.returncode == 0, kept.output
    assert {"rehearsal_vol0001", "rehearsal_vol0002"} <= set(clones(site))
    gone = site.play("rehearse", "-e", targets, **BACKEND, state="absent")
    assert gone.returncode == 0, gone.output
    assert clones(site) == []
    assert mirrors(site, "lyon") == {"svm_lyon:": "snapmirrored"}


def test_a_gate_that_is_not_passed_starts_the_source_again(site):
    site.fault(verb="snapmirror.update", action="fail_transfer", args={"code": "1", "message": "line cut"})
    stopped = site.play("failover", mode="planned", **CONFIRMED)
    site.no_faults()
    assert stopped.returncode == 2
    assert "the source serves as before" in stopped.messages()
    assert svms(site)["paris"] == ("running", "default")
    assert site.write("paris", "vol0001", "served again", via="nfs")


def test_there_and_back_loses_nothing(site):
    assert site.write("paris", "vol0001", "at paris", via="nfs")
    check = site.play("failover", "--check", mode="planned", **BACKEND)
    assert (check.returncode, check.writes) == (0, []), check.output
    over = site.play("failover", mode="planned", **CONFIRMED)
    assert over.returncode == 0, over.output
    assert svms(site) == {"paris": ("stopped", "default"), "lyon": ("running", "default")}
    assert "at paris" in markers(site, "lyon")
    assert site.write("lyon", "vol0001", "at lyon", via="nfs")
    site.fault(verb="snapmirror.create", action="refuse", args={"code": "13303841", "message": "cut off"})
    assert site.play("reprotect", **BACKEND).returncode == 2
    site.no_faults()
    assert mirrors(site, "paris") == mirrors(site, "lyon") == {}
    again = site.play("reprotect", **BACKEND)
    assert again.returncode == 0, again.output
    assert mirrors(site, "paris") == {"svm_paris:": "snapmirrored"}
    home = site.play("failback", **CONFIRMED)
    assert home.returncode == 0, home.output
    assert svms(site) == {"paris": ("running", "default"), "lyon": ("stopped", "dp_destination")}
    assert mirrors(site, "lyon") == {"svm_lyon:": "snapmirrored"}
    assert {"at paris", "at lyon"} <= markers(site, "paris")
    assert site.write("paris", "vol0001", "home again", via="nfs")
    policies = site.rest("paris", "GET", "/protocols/nfs/export-policies?fields=name")["records"]
    assert [one["name"] for one in policies] == ["default"]


def test_a_source_that_is_gone_is_not_contacted_and_its_return_is_told(site):
    site.shut_down("paris")
    over = site.play("failover", mode="unplanned", **CONFIRMED)
    assert over.returncode == 0, over.output
    assert [one for one in over.requests if one.cluster == "paris"] == []
    assert "whose state is not known" in over.output
    assert site.write("lyon", "vol0001", "life goes on", via="nfs")
    site.control("clusters/paris", {"up": True})
    assert "split-brain" in site.play("status", **BACKEND).output
    lost = site.play("reprotect", **BACKEND)
    assert lost.returncode == 2
    assert svms(site)["paris"] == ("stopped", "default")
    loss = "{'accept_data_loss': {'vol0001': 'unknown', 'vol0002': 'unknown'}}"
    kept = site.play("reprotect", "-e", loss, **BACKEND)
    assert "keep_unreplicated=false" in kept.messages()
    again = site.play("reprotect", "-e", loss, **BACKEND, keep_unreplicated="false")
    assert again.returncode == 0, again.output
    assert mirrors(site, "paris") == {"svm_paris:": "snapmirrored"}
    home = site.play("failback", **CONFIRMED)
    assert home.returncode == 0, home.output
    assert svms(site) == {"paris": ("running", "default"), "lyon": ("stopped", "dp_destination")}
    assert "life goes on" in markers(site, "paris")
