# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the gateway that fits an endpoint."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Union, cast

from ..model.errors import ApiError, BadInput, MotionError, Unreachable
from ..transport import codes
from ..transport.endpoint import Endpoint
from ..transport.http import Exchange, Http
from ..transport.rest import Rest
from ..transport.retry import Pace, Retry
from .rest_array import RestArray

if TYPE_CHECKING:
    from .zapi_array import ZapiArray


def open_array(
    endpoint: Endpoint,
    svm: str,
    sleep: Callable[[float], None],
    retry: Optional[Retry] = None,
    on_exchange: Optional[Callable[[Exchange], None]] = None,
) -> Union[RestArray, ZapiArray]:
    """Sends nothing yet. Raises BadInput where the endpoint asks for what cannot be had."""

    def zapi() -> ZapiArray:
        """Imported where it is needed only: its libraries take a good part of a module's start."""
        from ..transport.zapi import Zapi
        from .zapi_array import ZapiArray

        return ZapiArray(Zapi(endpoint, svm, Pace(sleep), retry, on_exchange), svm)

    if not svm:
        raise BadInput(f"no SVM is named for {endpoint.hostname}: give svm")
    if endpoint.use_rest.lower() == "never":
        return zapi()
    rest = RestArray(Rest(Http(endpoint, Pace(sleep), retry, on_exchange)), svm)
    if endpoint.use_rest.lower() == "always":
        return rest
    return cast(RestArray, AutoArray(rest, zapi))  # it hands every verb on


class AutoArray:
    """REST where the release and the login allow it, else ZAPI; decided once, by how the first verb goes.

    An array that cannot be reached is no reason for another protocol: only one that answers, and not as REST does.
    Verbs that come while the first one is under way wait for it, and where it reaches nobody or may not log in, they end as it does:
    so a dead array is waited for once, and a wrong password, which may lock the account, is tried once.
    note: why it is ZAPI, "" while it is not.
    """

    def __init__(self, rest: RestArray, open_zapi: Callable[[], ZapiArray]) -> None:
        self.svm, self.address = rest.svm, rest.address
        self.note = ""
        self._rest, self._open_zapi = rest, open_zapi
        self._chosen: Any = None
        self._failures: List[Unreachable] = []
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        """A verb; asked for only where this object itself has no such name."""
        return getattr(self._chosen, name) if self._chosen is not None else partial(self._first, name)

    def close(self) -> None:
        self._rest.close()

    def _first(self, name: str, *args: Any, **named: Any) -> Any:
        known = len(self._failures)
        with self._lock:
            if self._chosen is None:
                if len(self._failures) > known:
                    raise self._failures[-1]
                try:
                    answer = self._decide(name, *args, **named)
                except Unreachable as error:
                    self._failures.append(error)
                    raise
                if self._chosen is self._rest:
                    return answer
        return getattr(self._chosen, name)(*args, **named)

    def _decide(self, name: str, *args: Any, **named: Any) -> Any:
        """What REST answers. What was refused because there is no REST API was not done, so ZAPI is to be asked for the same."""
        try:
            answer = getattr(self._rest, name)(*args, **named)
        except (Unreachable, ApiError) as error:
            if not _no_rest(error):
                raise
            self._take_zapi(error)
            return None
        self._chosen = self._rest
        return answer

    def _take_zapi(self, error: MotionError) -> None:
        """If it can be had and answers; else what REST said is what the user must know."""
        try:
            zapi = self._open_zapi()
            zapi.about()
        except MotionError:
            raise error from None
        self.note = f"{self.address} is reached over ZAPI, since REST is not to be had: {error}"
        self._chosen = zapi


def _no_rest(error: MotionError) -> bool:
    """Whether the array is there and has no REST API for this login."""
    if isinstance(error, ApiError):
        return error.status == 403 or error.code in (codes.DENIED, codes.UNSUPPORTED)
    return error.facts.get("kind") in ("login", "not_ontap")
