# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a cluster is reached, and as whom."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Optional

from ..model.errors import BadInput

_NOT_A_HOST = re.compile(r"[\s/@?#]")


@dataclass(frozen=True)
class Endpoint:
    """The names are those of the module options, see design page "Public interface".

    http_port: None for the port that belongs to the scheme.  use_rest: auto, always or never.
    width: how many requests may be under way at once.
    Raises BadInput for what can never work, so that it is told before anything is sent.
    """

    hostname: str
    username: Optional[str] = None
    password: Optional[str] = field(default=None, repr=False)
    cert_filepath: Optional[str] = None
    key_filepath: Optional[str] = None
    https: bool = True
    http_port: Optional[int] = None
    validate_certs: bool = True
    use_rest: str = "auto"
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 60.0
    width: int = 16

    def __post_init__(self) -> None:
        if not self.hostname or _NOT_A_HOST.search(self.hostname):
            raise BadInput(
                f"hostname {self.hostname!r} is not a host name or address (give it without scheme, port or path)"
            )
        if self.http_port is not None and not 0 < self.http_port < 65536:
            raise BadInput(f"http_port {self.http_port} of {self.hostname} is not between 1 and 65535")
        if not (self.username and self.password) and not self.cert_filepath:
            raise BadInput(f"no login for {self.hostname}: give username and password, or cert_filepath")
        if self.cert_filepath and not self.https:
            raise BadInput(f"cert_filepath for {self.hostname} needs https: true")
        if self.width < 1 or self.connect_timeout_s <= 0 or self.read_timeout_s <= 0:
            raise BadInput(f"width and timeouts for {self.hostname} must be positive")

    @property
    def port(self) -> int:
        return self.http_port or (443 if self.https else 80)

    @property
    def address(self) -> str:
        """`host:port`, as messages name it."""
        host = f"[{self.hostname}]" if ":" in self.hostname and not self.hostname.startswith("[") else self.hostname
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.https else 'http'}://{self.address}"

    @property
    def user(self) -> str:
        """Who logs in, for messages."""
        return self.username or f"of certificate {self.cert_filepath}"
