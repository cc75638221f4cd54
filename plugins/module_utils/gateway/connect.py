# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the gateway that fits an endpoint."""

from __future__ import annotations

from typing import Callable, Optional

from ..model.errors import BadInput
from ..transport.endpoint import Endpoint
from ..transport.http import Exchange, Http
from ..transport.rest import Rest
from ..transport.retry import Pace, Retry
from .rest_array import RestArray


def open_array(
    endpoint: Endpoint,
    svm: str,
    sleep: Callable[[float], None],
    retry: Optional[Retry] = None,
    on_exchange: Optional[Callable[[Exchange], None]] = None,
) -> RestArray:
    """Sends nothing yet. Raises BadInput where the endpoint asks for what this release has not."""
    if endpoint.use_rest.lower() == "never":
        raise BadInput(
            f"use_rest: never for {endpoint.hostname}: ZAPI is not supported by this release; use auto or always"
        )
    if not svm:
        raise BadInput(f"no SVM is named for {endpoint.hostname}: give svm")
    return RestArray(Rest(Http(endpoint, Pace(sleep), retry, on_exchange)), svm)
