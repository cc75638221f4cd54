# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of backends in a task's options become connections."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.ontap.data_motion.plugins.action.backend import (
    BackendError,
    known_backends,
    raw_variables,
    registered,
    resolve,
)

PARIS = {"hostname": "c1", "username": "admin", "password": "geheim", "svm": "svm_paris", "http_port": 8080}
LYON = {"hostname": "c2", "cert_filepath": "/etc/c.pem", "key_filepath": "/etc/k.pem", "svm": "svm_lyon"}
HOSTS = {"paris": PARIS, "lyon": LYON}


def read(name):
    return HOSTS[name]


def resolved(args):
    return resolve(args, read, lambda: list(HOSTS))


def test_names_become_connections_that_still_tell_their_name():
    assert resolved({"source": "paris", "destination": "lyon", "volumes": ["vol1"]}) == {
        "source": {"backend": "paris", **PARIS},
        "destination": {"backend": "lyon", **LYON},
        "volumes": ["vol1"],
    }


def test_a_dict_is_passed_as_given():
    args = {"source": {"hostname": "c9"}, "targets": [{"hostname": "c8"}, "lyon"]}
    assert resolved(args) == {
        "source": {"hostname": "c9"},
        "targets": [{"hostname": "c8"}, {"backend": "lyon", **LYON}],
    }


def test_the_task_and_the_inventory_are_left_as_they_were():
    args = {"source": "paris", "targets": ["lyon"]}
    before = copy.deepcopy((args, HOSTS))
    resolved(args)
    assert (args, HOSTS) == before


def test_targets_of_an_ad_hoc_command_are_separated_by_commas():
    names = [target["backend"] for target in resolved({"targets": "lyon, paris"})["targets"]]
    assert names == ["lyon", "paris"]


@pytest.mark.parametrize("args", [{"destination": "lyom"}, {"targets": ["paris", "lyom"]}])
def test_a_misspelt_backend_names_the_option_the_name_and_the_known_ones(args):
    with pytest.raises(BackendError) as error:
        resolved(args)
    assert str(error.value) == (
        f"{next(iter(args))}: 'lyom' is no backend of this inventory (known backends: lyon, paris)"
    )


@pytest.mark.parametrize(
    "missing, named",
    [
        pytest.param(["svm"], "ontap_svm", id="svm"),
        pytest.param(["hostname"], "ontap_hostname", id="hostname"),
        pytest.param(["username", "password"], "ontap_username, ontap_password", id="no credentials"),
        pytest.param(["svm", "password"], "ontap_svm, ontap_password", id="several"),
    ],
)
def test_what_a_backend_lacks_is_named(missing, named):
    lacking = {key: value for key, value in PARIS.items() if key not in missing}
    with pytest.raises(BackendError) as error:
        resolve({"source": "paris"}, lambda name: lacking, list)
    assert str(error.value) == f"source: backend 'paris' lacks {named} in the inventory"


class HostVars(dict):
    """Stands for Ansible's own mapping of hosts."""

    raw_get = dict.__getitem__


def test_variables_of_the_tasks_own_host_are_those_of_its_play():
    hostvars = HostVars(paris={"ontap_svm": "inventory"}, lyon={"ontap_svm": "svm_lyon"})
    variables = {"inventory_hostname": "paris", "ontap_svm": "play", "hostvars": hostvars}
    assert raw_variables(variables, "paris")["ontap_svm"] == "play"
    assert raw_variables(variables, "lyon")["ontap_svm"] == "svm_lyon"
    with pytest.raises(LookupError):
        raw_variables(variables, "lyom")


def test_a_known_backend_is_a_host_that_has_ontap_hostname():
    hostvars = HostVars(paris={"ontap_hostname": "c1"}, bastion={"ansible_host": "b"})
    assert known_backends({"hostvars": hostvars}) == ["paris"]


def test_a_backend_of_another_slice_has_its_own_variables_and_none_of_the_tasks_host():
    variables = {
        "inventory_hostname": "paris",
        "hostvars": HostVars(paris={"ontap_hostname": "c1"}),
        "ontap_password": "of paris",
        "vault_lyon": "secret",
        "ontap_other_backends": {"lyon": {"ontap_hostname": "c2", "ontap_svm": "svm_lyon"}},
    }
    lyon = raw_variables(variables, "lyon")
    assert (lyon["ontap_hostname"], lyon["vault_lyon"], "ontap_password" in lyon) == ("c2", "secret", False)
    assert known_backends(variables) == ["lyon", "paris"]
    with pytest.raises(LookupError):
        raw_variables(variables, "lyom")
    with pytest.raises(BackendError, match="host variables of each backend"):
        raw_variables({**variables, "ontap_other_backends": {"lyon": "c2"}}, "lyon")


# -- results for a report


RESULT = {
    "results": [{"volume": "vol1", "status": "ok"}],
    "plan": [1],
    "diff": {"before": 1},
    "predicted": {"source": 1},
}
SLIM = {"results": [{"volume": "vol1", "status": "ok"}]}


def test_the_name_of_a_registered_result_becomes_that_result_without_what_no_report_reads():
    assert registered(["done"], {"done": RESULT}) == [SLIM]


def test_results_given_as_such_are_taken():
    assert registered([RESULT, {"msg": "no"}], {}) == [SLIM, {"msg": "no"}]


def test_the_passes_of_a_loop_are_slim_too():
    assert registered(["looped"], {"looped": {"results": [RESULT]}}) == [{"results": [SLIM]}]


class Event:
    msg = "look at vol1"


class Summary:
    """As ansible-core 2.19 and newer keep what went wrong, and warnings."""

    event = Event()


def test_objects_of_ansible_core_become_texts_or_are_left_out():
    known = {**RESULT, "warnings": [Summary(), "and at vol2"], "exception": Summary(), "failed": True, "rc": None}
    known["failed_when_suppressed_exception"] = Summary()
    slim = {**SLIM, "warnings": ["look at vol1", "and at vol2"], "failed": True, "rc": None}
    assert registered(["done", "looped"], {"done": known, "looped": {"results": [known]}}) == [
        slim,
        {"results": [slim]},
    ]


def test_a_task_that_was_not_reached_told_nothing():
    assert registered(["never"], {}) == [{}]


def test_a_variable_that_is_no_result_is_refused():
    with pytest.raises(BackendError, match="playbook is no variable"):
        registered(["playbook"], {"playbook": "replicate"})
