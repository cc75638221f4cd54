# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user of the collection netapp.ontap writes for the same work: a task for each module, a loop over the volumes."""

from __future__ import annotations

from typing import Any

VOLUME, SNAPMIRROR = "netapp.ontap.na_ontap_volume", "netapp.ontap.na_ontap_snapmirror"
ENDS = {
    "source_endpoint": {"path": "svm_paris:{{ item }}"},
    "destination_endpoint": {"path": "svm_lyon:{{ item }}"},
}
DO_NOT_WAIT = {"transferring_time_out": 0}
"""Else it looks every 30 s, and sleeps before it looks."""


def playbook(names: list[str], place: dict[str, str]) -> list[dict[str, Any]]:
    """Tags: ensure and break. place: how lyon is reached, over HTTPS, since the modules speak nothing else."""
    login = {
        "hostname": place["hostname"],
        "http_port": int(place["port"]),
        "username": place["username"],
        "password": place["password"],
        "https": True,
        "validate_certs": False,
        "use_rest": "always",
    }
    target = {"aggregate_name": "aggr1_lyon", "type": "DP", "size": 1, "size_unit": "gb"}
    mirror = {"policy": "MirrorAllSnapshots", "initialize": True, **DO_NOT_WAIT}
    return [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "module_defaults": {VOLUME: login, SNAPMIRROR: login},
            "tasks": [
                _task("ensure", names, VOLUME, name="{{ item }}", vserver="svm_lyon", **target),
                _task("ensure", names, SNAPMIRROR, **ENDS, **mirror),
                _task("break", names, SNAPMIRROR, **ENDS, relationship_state="broken"),
                _task("break", names, VOLUME, name="{{ item }}", vserver="svm_lyon", junction_path="/{{ item }}"),
            ],
        }
    ]


def _task(tag: str, names: list[str], module: str, **options: Any) -> dict[str, Any]:
    return {module: {"state": "present", **options}, "loop": names, "tags": [tag]}
