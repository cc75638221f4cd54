# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind every module of the group C(ontap): names of inventory backends become connections.

meta/runtime.yml names this action for each module. Options C(source), C(destination) and the entries of
C(targets) may be the name of an inventory host; here, on the controller, it becomes the dict that the module expects,
so no playbook, task result or command line ever holds a password. In the same way names of variables become the results
that a report is made of.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any, Callable, Dict, List, Mapping

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.ontap.data_motion.plugins.plugin_utils import quick_start

SINGLE_OPTIONS = ("source", "destination")
LIST_OPTIONS = ("targets",)
# Connection option of a module: the host variable of a backend that fills it.
HOST_VARIABLES = {
    name: f"ontap_{name}"
    for name in (
        "hostname",
        "username",
        "password",
        "https",
        "http_port",
        "validate_certs",
        "use_rest",
        "cert_filepath",
        "key_filepath",
        "svm",
    )
}
REQUIRED = ("hostname", "svm")
MARK_OF_A_BACKEND = "ontap_hostname"
ELSEWHERE = "ontap_other_backends"
"""Variable with the backends that are no hosts of this inventory: {name: its host variables}."""

UNREAD = ("plan", "diff", "predicted", "manifest", "deprecations")
"""What a report does not read of a task's result; most of it, where volumes are many."""
PLAIN = (str, int, float, Mapping, list, tuple, type(None))
"""ansible-core 2.19 and newer put objects of their own into results (exceptions, warnings), which no module can be handed."""

# name of a backend -> its rendered host variables (only those in HOST_VARIABLES that are set);
# raises LookupError where no such host exists
Reader = Callable[[str], Mapping[str, Any]]


class BackendError(ValueError):
    """An option that names no usable backend; the message is for the user."""


def connection_of(option: str, name: str, read: Reader, known: Callable[[], List[str]]) -> Dict[str, Any]:
    """The connection dict of backend *name*, as the modules' options C(source) and C(destination) take it.

    known: the names of all backends, asked only for the message about one that does not exist.
    """
    try:
        found = read(name)
    except LookupError:
        found = {}
    if not found:
        others = ", ".join(sorted(known())) or "none: no host has ontap_hostname"
        raise BackendError(f"{option}: '{name}' is no backend of this inventory (known backends: {others})")
    lacking = [HOST_VARIABLES[key] for key in REQUIRED if key not in found]
    if "cert_filepath" not in found:
        lacking += [HOST_VARIABLES[key] for key in ("username", "password") if key not in found]
    if lacking:
        raise BackendError(f"{option}: backend '{name}' lacks {', '.join(lacking)} in the inventory")
    return {"backend": name, **found}


def resolve(args: Mapping[str, Any], read: Reader, known: Callable[[], List[str]]) -> Dict[str, Any]:
    """A copy of the task's *args* in which every name of a backend has become its connection; dicts stay as given."""

    def one(option: str, value: Any) -> Any:
        return connection_of(option, value.strip(), read, known) if isinstance(value, str) else value

    resolved = dict(args)
    for option in SINGLE_OPTIONS:
        if option in resolved:
            resolved[option] = one(option, resolved[option])
    for option in LIST_OPTIONS:
        entries = resolved.get(option)
        if isinstance(entries, str):
            entries = entries.split(",")
        if isinstance(entries, (list, tuple)):
            resolved[option] = [one(option, entry) for entry in entries]
    return resolved


if quick_start.known():
    quick_start.load()


def registered(results: Any, variables: Mapping[str, Any]) -> Any:
    """The results of tasks for a report, the names of variables among them as what was registered there.

    Taken as they are: rendering the results of a thousand volumes, which hold no templates, takes seconds.
    """
    if not isinstance(results, (list, tuple)):
        return results
    return [_slim(_registered(one, variables)) for one in results]


def _registered(result: Any, variables: Mapping[str, Any]) -> Any:
    """{} for a task that was not reached."""
    if not isinstance(result, str):
        return result
    found = variables.get(result, {})
    if not isinstance(found, Mapping):
        raise BackendError(f"results: {result} is no variable in which a task registered its result")
    return found


def _slim(result: Any) -> Any:
    if not isinstance(result, Mapping):
        return result
    slim = {key: value for key, value in result.items() if key not in UNREAD and isinstance(value, PLAIN)}
    for key, plain in (("warnings", _text), ("results", _slim)):
        if isinstance(slim.get(key), (list, tuple)):
            slim[key] = [plain(one) for one in slim[key]]
    return slim


def _text(warning: Any) -> Any:
    """An object is rendered by ansible-core only where a template names it."""
    event = getattr(warning, "event", None)
    return warning if event is None else str(event.msg)


class ActionModule(ActionBase):
    """Resolves the backends of a task, then runs the module that the task names."""

    _supports_check_mode = True
    _supports_async = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> Dict[str, Any]:
        result = super().run(tmp, task_vars)
        variables = dict(task_vars or {})
        module = self._task.action
        if module.rpartition(".")[2] == "backend":
            return {**result, "failed": True, "msg": f"{module} is the inner part of the modules; call one of those"}
        try:
            args = resolve(self._task.args, self._reader(variables), lambda: known_backends(variables))
            if "results" in args:
                args["results"] = registered(args["results"], variables)
        except BackendError as error:
            return {**result, "failed": True, "msg": str(error)}
        if args.get("lock"):
            args["lock_owner"] = f"{socket.gethostname()}-{os.getppid()}"  # the process that runs the playbook
        self._stay_on_controller(variables)
        interpreter = self._templar.template(variables.get("ansible_python_interpreter"))
        if quick_start.possible(self, interpreter):
            return {**result, **quick_start.run(self, module, args, variables)}
        wrap_async = bool(self._task.async_val)
        result.update(
            self._execute_module(module_name=module, module_args=args, task_vars=variables, wrap_async=wrap_async)
        )
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _reader(self, variables: Mapping[str, Any]) -> Reader:
        """Reads a backend's variables as its own host sees them; templates must render."""

        def read(name: str) -> Dict[str, Any]:
            raw = raw_variables(variables, name)
            templar = self._templar.copy_with_new_env(available_variables=raw)
            found = {}
            for key, variable in HOST_VARIABLES.items():
                if variable not in raw:
                    continue
                try:
                    value = templar.template(raw[variable])
                except AnsibleError as error:
                    raise BackendError(f"{variable} of backend '{name}' cannot be read: {error}") from error
                if value is not None and value != "":
                    found[key] = value
            return found

        return read

    def _stay_on_controller(self, variables: Dict[str, Any]) -> None:
        """A backend is no machine to log in to: whatever connection it has by default, its modules run here.

        A task that is delegated, or whose host is not a backend, runs where the play says.
        """
        if self._task.delegate_to or MARK_OF_A_BACKEND not in variables:
            return
        already_local = self._connection.transport == "local"
        if not already_local or "ansible_python_interpreter" not in variables:
            variables["ansible_python_interpreter"] = variables.get("ansible_playbook_python", sys.executable)
        if already_local:
            return
        local = self._shared_loader_obj.connection_loader.get(
            "ansible.builtin.local", self._play_context, new_stdin=None
        )
        local.set_options(var_options=variables)
        local._shell.set_options(var_options=variables)
        self._connection = local


def raw_variables(variables: Mapping[str, Any], name: str) -> Dict[str, Any]:
    """All variables of host *name*, not rendered; those of the task's own host include what its play and roles set.

    A backend that is no host of this inventory, which may be a slice of a larger one, is looked up in ELSEWHERE.
    Raises LookupError where there is no such backend.
    """
    if name == variables.get("inventory_hostname"):
        return dict(variables)
    hostvars = variables.get("hostvars", {})
    if name not in hostvars:
        own = set(HOST_VARIABLES.values())  # of the task's host, and never those of another one
        return {**{key: value for key, value in variables.items() if key not in own}, **elsewhere(variables)[name]}
    return {**hostvars.raw_get(name), "hostvars": hostvars}


def elsewhere(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    found = variables.get(ELSEWHERE) or {}
    if not isinstance(found, Mapping) or not all(isinstance(one, Mapping) for one in found.values()):
        raise BackendError(f"{ELSEWHERE} must hold the host variables of each backend by its name")
    return found


def known_backends(variables: Mapping[str, Any]) -> List[str]:
    """The hosts of the inventory that have ontap_hostname, and the backends elsewhere."""
    hostvars = variables.get("hostvars", {})
    hosts = [name for name in hostvars if name in hostvars and MARK_OF_A_BACKEND in hostvars.raw_get(name)]
    return sorted({*hosts, *elsewhere(variables)})
