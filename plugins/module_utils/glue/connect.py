# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From module options to the two sides of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.ports import Array
from ..gateway.connect import open_array
from ..model.errors import BadInput
from ..transport.endpoint import Endpoint

FROM_ENVIRONMENT = ("hostname", "username", "password", "cert_filepath", "key_filepath", "svm")
ENDPOINT = (
    "hostname",
    "username",
    "password",
    "cert_filepath",
    "key_filepath",
    "https",
    "http_port",
    "validate_certs",
    "use_rest",
)


@dataclass(frozen=True)
class Arrays:
    """None: not given, so never contacted."""

    source: Array | None = None
    destination: Array | None = None

    def need(self, side: str) -> Array:
        """Raises BadInput where the user did not name that side."""
        array = self.source if side == "source" else self.destination
        if array is None:
            raise BadInput(
                f"{side} is missing: give the name of an inventory backend or a dict with hostname, svm and a login"
            )
        return array

    def by_side(self) -> dict[str, Array]:
        return {
            name: array
            for name, array in (("source", self.source), ("destination", self.destination))
            if array is not None
        }

    def notes(self) -> list[str]:
        """What the choice of a protocol has to tell."""
        return [note for note in (getattr(array, "note", "") for array in self.by_side().values()) if note]


def connect(params: Mapping[str, Any], sides: tuple[str, ...], width: int, sleep: Callable[[float], None]) -> Arrays:
    """Opens the sides that a module uses; others are ignored even where they are given."""
    opened = {side: open_side(side, params[side], width, sleep) for side in sides if params.get(side)}
    return Arrays(**opened)


def is_named(params: Mapping[str, Any], side: str) -> bool:
    """Whether it is told, by the options or the environment, where that side is."""
    given = params.get(side) or {}
    return bool(given) and bool(given.get("hostname") or os.environ.get(f"ONTAP_{side.upper()}_HOSTNAME"))


def open_side(option: str, given: Mapping[str, Any], width: int, sleep: Callable[[float], None]) -> Array:
    """*option*: source or destination, for messages and for ONTAP_SOURCE_* and ONTAP_DESTINATION_*.

    Sends nothing yet. Raises BadInput naming the option that is missing.
    """
    filled = dict(given)
    for name in FROM_ENVIRONMENT:
        filled[name] = filled.get(name) or os.environ.get(f"ONTAP_{option.upper()}_{name.upper()}") or None
    for name in ("hostname", "svm"):
        if not filled[name]:
            raise BadInput(f"{option}.{name} is missing")
    endpoint = Endpoint(width=width, **{name: filled[name] for name in ENDPOINT})
    return open_array(endpoint, filled["svm"], sleep)
