# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test on a built and installed copy of the collection that lies outside the repository.

usage: PYTHON ansible_test.py [--venv DIRECTORY] sanity|units [ARGUMENT]...

ansible-test works only below ansible_collections/NAMESPACE/NAME, and a copy in an ignored folder of a
repository makes it skip everything with exit code 0: hence the temporary folder, and hence that message
counts as a failure here. It clears the environment, so it gets a home of its own (kept in .cache, for speed)
with pip's settings written down and with a stand-in for the pip bootstrap script it would download.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".cache" / "ansible-test-home"
ALL_SKIPPED = "All targets skipped"
GET_PIP = """\
import ensurepip
import os
import subprocess
import sys

env = dict(os.environ)  # ensurepip.bootstrap() points PIP_CONFIG_FILE at the null device
ensurepip.bootstrap()
wanted = [a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--quiet", *wanted], env=env))
"""


def collection_copy(venv: Path, parent: Path) -> Path:
    """Build the collection from this checkout, install it below *parent*, return its folder."""
    galaxy = venv / "bin" / "ansible-galaxy"
    environment = {**os.environ, "ANSIBLE_HOME": str(parent / "ansible-home")}
    run_quietly([galaxy, "collection", "build", "--output-path", parent / "built", ROOT], environment)
    (tarball,) = (parent / "built").glob("*.tar.gz")
    install = [galaxy, "collection", "install", tarball, "--force", "--offline", "-p", parent / "collections"]
    run_quietly(install, environment)
    return parent / "collections" / "ansible_collections" / "ontap" / "data_motion"


def run_quietly(command: list[str | Path], environment: dict[str, str]) -> None:
    """What it says is shown only if it fails."""
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


def prepare_home(venv: Path) -> None:
    """A home in which ansible-test can bootstrap pip, with the user's own settings for pip."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    source = next(venv.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py"))
    for version in set(re.findall(r"""\bpip=["']([\d.]+)["']""", source.read_text(encoding="utf-8"))):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP, encoding="utf-8")
    settings = HOME / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(pip_settings(), encoding="utf-8")
    pip_cache = HOME / ".cache" / "pip"
    real = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pip"
    if not pip_cache.exists() and real.is_dir():
        pip_cache.parent.mkdir(parents=True, exist_ok=True)
        pip_cache.symlink_to(real)


def pip_settings() -> str:
    """What pip was told by files and by the environment, as the content of one pip.conf."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, check=True, text=True
    ).stdout
    sections: dict[str, dict[str, str]] = {}
    for line in listed.splitlines():
        name, _sign, value = line.partition("=")
        section, _dot, key = name.rpartition(".")
        section = "global" if section == ":env:" else section
        text = value.strip().strip("'\"").replace("\\n", " ")
        if key != "config-file":
            sections.setdefault(section, {})[key] = text
    return "".join(
        f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
        for section, values in sections.items()
    )


def interpreters() -> list[str]:
    """Folders of real interpreters (a version manager's shims fail in ansible-test's cleared environment)."""
    listed = subprocess.run(
        [ROOT / "tests" / "tools" / "find_python.sh", "--folders"], stdout=subprocess.PIPE, check=True, text=True
    ).stdout
    return listed.split()


def run(venv: Path, arguments: list[str]) -> int:
    """Exit code of ansible-test; its output goes to stdout."""
    prepare_home(venv)
    path = os.pathsep.join([str(venv / "bin"), *interpreters(), "/usr/local/bin", "/usr/bin", "/bin"])
    environment = {"PATH": path, "HOME": str(HOME), "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    parent = Path(tempfile.mkdtemp(prefix="data_motion_ansible_test_"))
    try:
        copy = collection_copy(venv, parent)
        command = [venv / "bin" / "ansible-test", *arguments, "--color", "no"]
        process = subprocess.Popen(
            command,
            cwd=copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        skipped = False
        for line in process.stdout:
            skipped = skipped or ALL_SKIPPED in line
            print(line, end="", flush=True)
        code = process.wait()
    finally:
        shutil.rmtree(parent, ignore_errors=True)
    if skipped:
        print("error: ansible-test skipped every target, so it has proved nothing")
        return 1
    return code


def main() -> int:
    arguments = sys.argv[1:]
    venv = Path(sys.prefix)
    if arguments[:1] == ["--venv"]:
        venv = Path(arguments[1]).absolute()
        arguments = arguments[2:]
    return run(venv, arguments)


if __name__ == "__main__":
    sys.exit(main())
