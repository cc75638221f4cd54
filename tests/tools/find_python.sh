#!/bin/sh
# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: find_python.sh LOWEST [HIGHEST]      for example: find_python.sh 3.10 3.12
#        find_python.sh --folders
# Prints the path of the newest released CPython in that range which can make virtual environments.
# Looks at PATH and at the folders of the usual version managers. Exits 1 with one message if there is none.
# With --folders: the folders of all interpreters found, one of each version, the newest first.
set -u
lowest="$1"
highest="${2:-}"
[ "$lowest" = --folders ] && lowest=3.0
# One line: version, path, "ok" or what is missing. Written for any Python from 2.7 on, as it is asked of all of them.
probe='
import sys
v = sys.version_info
missing = []
for name in ("venv", "ensurepip", "ssl", "ctypes"):
    try:
        __import__(name)
    except Exception:
        missing.append(name)
if v[3] == "final":
    executable = getattr(sys, "_base_executable", None) or sys.executable
    print("%03d.%03d.%03d %d.%d %s %s" % (v[0], v[1], v[2], v[0], v[1], ",".join(missing) or "ok", executable))
'

candidates() {
    for name in python3 python $(seq 30 -1 10 | sed 's/^/python3./'); do
        command -v "$name"
    done
    for root in "${PYENV_ROOT:-$HOME/.pyenv}/versions" "$HOME/.asdf/installs/python" "$HOME/.local/share/mise/installs/python" \
        "${UV_PYTHON_INSTALL_DIR:-$HOME/.local/share/uv/python}" "$HOME/.rye/py" /opt /opt/python /opt/hostedtoolcache/Python \
        /usr/local /usr "$HOME"/miniconda3/envs "$HOME"/miniforge3/envs; do
        for path in "$root"/bin/python3.[0-9]* "$root"/*/bin/python3.[0-9]* "$root"/*/*/bin/python3.[0-9]*; do
            case "$path" in *-config | *\**) continue ;; esac
            [ -x "$path" ] && echo "$path"
        done
    done
}

found=$(candidates 2>/dev/null | sort -u | while read -r path; do
    "$path" -c "$probe" 2>/dev/null </dev/null
done | sort -r | awk -v low="$lowest" -v high="$highest" '
    function rank(text, part) { split(text, part, "."); return part[1] * 1000 + part[2] }
    rank($2) >= rank(low) && (high == "" || rank($2) <= rank(high))')

if [ "$1" = --folders ]; then
    printf '%s\n' "$found" | awk '!seen[$2]++ { sub("/[^/]*$", "", $4); print $4 }'
    exit 0
fi
best=$(printf '%s\n' "$found" | awk '$3 == "ok" { print $4; exit }')
if [ -n "$best" ]; then
    echo "$best"
    exit 0
fi
wanted="Python $lowest or newer"
[ -z "$highest" ] || wanted="Python $lowest to $highest"
if [ -n "$found" ]; then
    echo "error: $wanted is here, but cannot make virtual environments: $(printf '%s\n' "$found" |
        awk '{ print $4 " lacks " $3 }' | paste -sd ';' -). On Debian and Ubuntu install python3-venv." >&2
else
    echo "error: $wanted is needed and was not found on PATH or in the folders of version managers." >&2
fi
exit 1
