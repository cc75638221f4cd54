# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of plugins/module_utils: arrows point downwards only, and each layer keeps to its own trade."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.unit.architecture.syntax import ROOT, UTILS, Import, all_imports, imports_of, python_files, tree_of

US = "plugins.module_utils"
LAYERS = ("model", "planning", "report", "transport", "gateway", "engine", "glue")
# Layer -> what of our own it may import, itself aside.
MAY_IMPORT = {
    "model": (),
    "planning": ("model",),
    "report": ("model",),
    "transport": ("model.errors", "model.told"),
    "gateway": ("model", "transport"),
    "engine": ("model",),
    "glue": ("model", "planning", "transport", "gateway", "engine", "report"),
}
NETWORK = ("socket", "ssl", "http", "urllib", "requests", "netapp_lib", "lxml")
THREADS = ("threading", "concurrent", "multiprocessing", "asyncio", "queue", "subprocess")
RUNNERS = tuple(name for name in THREADS if name != "threading")  # a lock is no thread
FILES = ("os", "io", "pathlib", "shutil", "tempfile")
MUST_NOT_IMPORT = {
    "model": (*NETWORK, *THREADS, *FILES, "time", "random", "ansible"),
    "planning": (*NETWORK, *THREADS, *FILES, "time", "random", "ansible"),
    "report": (*NETWORK, *THREADS, *FILES, "time", "random", "ansible"),
    "transport": ("ansible",),
    "gateway": (*RUNNERS, "time", "random", "requests", "ansible"),
    "engine": (*NETWORK, *FILES, "ansible"),
    "glue": (),
}
# Third-party package -> the one file that may import it.
ONLY_IN = {
    "requests": "transport/http.py",
    "netapp_lib": "transport/zapi.py",
    "lxml": "transport/zapi.py",
    "jinja2": "report/html.py",
}


def own_layers_imported(found: Import) -> str:
    return found.name.removeprefix(US + ".") if found.within(US) else ""


def shown(found: list[Import]) -> list[str]:
    return [str(each) for each in found]


def test_every_file_lies_in_a_known_layer():
    folders = {path.relative_to(UTILS).parts[0] for path in python_files(UTILS)}
    assert folders <= {*LAYERS, "__init__.py"}


@pytest.mark.parametrize("layer", LAYERS)
def test_no_layer_imports_upwards(layer):
    allowed = tuple(f"{US}.{name}" for name in (layer, *MAY_IMPORT[layer]))
    upwards = [found for found in all_imports(UTILS / layer) if found.within("plugins") and not found.within(*allowed)]
    assert shown(upwards) == []


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_keeps_away_from(layer):
    assert shown([found for found in all_imports(UTILS / layer) if found.within(*MUST_NOT_IMPORT[layer])]) == []


def test_nothing_but_the_standard_library_ansible_and_the_named_packages_is_imported():
    known = {*sys.stdlib_module_names, *ONLY_IN, "__future__", "ansible", "plugins"}
    foreign = [found for found in all_imports(ROOT / "plugins") if found.name.split(".")[0] not in known]
    # urllib3 comes with requests
    assert shown([found for found in foreign if not (found.within("urllib3") and found.file.name == "http.py")]) == []


def test_third_party_packages_are_imported_by_one_file_each_and_guarded():
    wrong = [
        found
        for found in all_imports(UTILS)
        for package, file in ONLY_IN.items()
        if found.within(package) and not (found.guarded and found.file == UTILS / file)
    ]
    assert shown(wrong) == []


def test_real_time_is_known_only_to_the_clock():
    users = {
        found.file.relative_to(UTILS).as_posix() for found in all_imports(UTILS / "engine") if found.within("time")
    }
    assert users <= {"engine/clock.py"}


@pytest.mark.parametrize("layer", ["model", "planning", "report", "gateway", "engine"])
def test_nothing_asks_for_the_present_time_by_itself(layer):
    asked = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in python_files(UTILS / layer)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("now", "utcnow", "today")
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("datetime", "date")
    ]
    assert asked == []


def test_check_mode_and_the_modules_ways_out_are_known_only_to_the_glue():
    words = ("check_mode", "fail_json", "exit_json")
    wrong = [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.attr}"
        for layer in LAYERS
        if layer != "glue"
        for file in python_files(UTILS / layer)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Attribute) and node.attr in words
    ]
    assert wrong == []


def modules():
    return [pytest.param(file, id=file.stem) for file in python_files(ROOT / "plugins" / "modules")]


@pytest.mark.parametrize("file", modules())
def test_a_module_imports_glue_model_and_one_planner(file):
    own = [found for found in imports_of(file) if found.within("plugins")]
    allowed = tuple(f"{US}.{layer}" for layer in ("glue", "model", "planning"))
    assert shown([found for found in own if not found.within(*allowed)]) == []
    planned = [found for found in own if found.within(f"{US}.planning")]
    assert len([found for found in planned if found.name.rsplit(".", 1)[1][0].islower()]) <= 1, shown(planned)


@pytest.mark.parametrize("file", modules())
def test_a_module_says_what_and_not_how(file):
    tree = tree_of(file)
    loops = [node.lineno for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While, ast.AsyncFor))]
    calls = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "fail_json"]
    documented = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id in ("DOCUMENTATION", "EXAMPLES", "RETURN")
    ]
    docs = sum(node.end_lineno - node.lineno + 1 for node in documented)
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert (loops, calls) == ([], [])
    blank_in_docs = sum(
        not line.strip()
        for node in documented
        for line in file.read_text(encoding="utf-8").splitlines()[node.lineno - 1 : node.end_lineno]
    )
    assert len(lines) - (docs - blank_in_docs) <= 70, "about 60 lines of code beside the documentation, and the header"


def test_the_simulator_knows_nothing_of_the_collection():
    found = all_imports(ROOT / "tests" / "simulator")
    assert found
    assert shown([each for each in found if each.within("plugins", "ansible_collections", "ansible")]) == []


def test_the_simulators_model_knows_no_protocol():
    found = all_imports(ROOT / "tests" / "simulator" / "model")
    web = ("starlette", "uvicorn", "http", "urllib", "socket", "tests.simulator.rest", "tests.simulator.zapi")
    assert found
    assert shown([each for each in found if each.within(*web)]) == []


@pytest.mark.parametrize("folder", ["plugins", "tests"])
def test_files_start_with_the_licence_and_stay_readable(folder):
    wrong = []
    for file in python_files(ROOT / folder):
        lines = file.read_text(encoding="utf-8").splitlines()
        if lines and "SPDX-License-Identifier: GPL-3.0-or-later" not in "\n".join(lines[:5]):
            wrong.append(f"{file.relative_to(ROOT)}: no licence header")
        if folder == "plugins" and "modules" not in file.parts and len(lines) > 450:
            wrong.append(f"{file.relative_to(ROOT)}: {len(lines)} lines")
    assert wrong == []


@pytest.mark.parametrize("folder", ["plugins", "tests"])
def test_no_name_is_one_that_ansible_test_refuses(folder):
    refused = {"_", "bar", "baz", "foo", "toto", "tutu", "tata"}
    wrong = [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.id}"
        for file in python_files(ROOT / folder)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in refused
    ]
    assert wrong == []
