# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that modules share, composed by name."""

from __future__ import annotations

from typing import Any

CONNECTION: dict[str, dict[str, Any]] = {
    "hostname": {"type": "str"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "cert_filepath": {"type": "path"},
    "key_filepath": {"type": "path", "no_log": False},
    "https": {"type": "bool", "default": True},
    "http_port": {"type": "int"},
    "validate_certs": {"type": "bool", "default": True},
    "use_rest": {"type": "str", "choices": ["auto", "always", "never"], "default": "auto"},
    "svm": {"type": "str"},
    "backend": {"type": "str"},
}

FRAGMENTS: dict[str, dict[str, dict[str, Any]]] = {
    "sides": {
        "source": {"type": "dict", "options": CONNECTION},
        "destination": {"type": "dict", "options": CONNECTION},
    },
    "selection": {
        "volumes": {"type": "list", "elements": "str", "default": ["*"]},
        "source_svm": {"type": "str"},
        "source_cluster": {"type": "str"},
    },
    "direction": {
        "named_by": {"type": "str", "choices": ["source", "destination"], "default": "source"},
    },
    "run": {
        "timeout": {"type": "int", "default": 300},
        "width": {"type": "int", "default": 16},
        "report_dir": {"type": "path"},
        "assume": {"type": "dict", "default": {}},
        "lock": {"type": "str"},
        "lock_owner": {"type": "str"},
        "take_over_lock": {"type": "bool", "default": False},
    },
}


def compose(*fragments: str, **options: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """An argument_spec of the named fragments, then *options*, which may replace an option of theirs."""
    spec: dict[str, dict[str, Any]] = {}
    for name in fragments:
        spec.update(FRAGMENTS[name])
    spec.update(options)
    return spec
