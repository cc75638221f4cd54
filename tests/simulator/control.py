# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control routes: what a test or a tutorial does to the simulator that no ONTAP client could do.

They answer JSON below /_control/ on every cluster's port and on a port of their own, which stays
reachable when clusters are down. They ask for no password: the simulator listens on loopback only.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .faults import BadRule, FaultRule
from .model.errors import Refused

if TYPE_CHECKING:
    from .server import Site

Handler = Callable[[Request], Awaitable[Any]]


class Unknown(LookupError):
    """A cluster, SVM, volume or fault that is not there."""


def routes(site: Site) -> list[Route]:
    control = Control(site)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "faults", control.list_faults),
        ("POST", "faults", control.add_faults),
        ("DELETE", "faults", control.clear_faults),
        ("DELETE", "faults/{number:int}", control.remove_fault),
        ("GET", "clock", control.show_clock),
        ("POST", "clock", control.move_clock),
        ("GET", "journal", control.show_journal),
        ("DELETE", "journal", control.clear_journal),
        ("POST", "reset", control.reset),
        ("GET", "state", control.show_state),
        ("POST", "clusters/{name}", control.set_cluster),
        ("POST", "mediators/{address}", control.set_mediator),
        ("POST", "write", control.write),
        ("GET", "content", control.content),
    ]
    return [Route(f"/_control/{path}", _answering(handler), methods=[method]) for method, path, handler in table]


def _answering(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await handler(request))
        except Unknown as problem:
            return JSONResponse({"error": str(problem.args[0])}, 404)
        except Refused as refused:
            return JSONResponse({"error": refused.message, "code": refused.code}, 409)
        except (BadRule, ValueError, TypeError, KeyError, LookupError) as problem:
            return JSONResponse({"error": f"{type(problem).__name__}: {problem}"}, 400)

    return endpoint


class Control:
    """The handlers; each takes the request and gives the answer's JSON."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def list_faults(self, request: Request) -> Any:
        return {"faults": self.site.faults.rules()}

    async def add_faults(self, request: Request) -> Any:
        """One rule, or {"faults": [rules]}."""
        body = await _json(request)
        rules = [FaultRule.from_dict(raw) for raw in body.get("faults", [body])]
        return {"ids": [self.site.faults.add(rule) for rule in rules]}

    async def clear_faults(self, request: Request) -> Any:
        self.site.faults.clear()
        return {}

    async def remove_fault(self, request: Request) -> Any:
        if not self.site.faults.remove(request.path_params["number"]):
            raise Unknown(f"there is no fault {request.path_params['number']}")
        return {}

    async def show_clock(self, request: Request) -> Any:
        now = self.site.clock.now()
        return {"now": now, "iso": datetime.fromtimestamp(now, timezone.utc).isoformat()}

    async def move_clock(self, request: Request) -> Any:
        """{"advance": seconds} or {"now": unix seconds}; time only goes forward."""
        body = await _json(request)
        with self.site.locked() as world:
            seconds = float(body["now"]) - world.clock.now() if "now" in body else float(body["advance"])
            world.clock.advance(seconds)
            world.settle()
        return await self.show_clock(request)

    async def show_journal(self, request: Request) -> Any:
        """Filters: cluster, method, path (glob), writes=1, since=N, and count=1 for the number alone."""
        query = request.query_params
        entries = self.site.journal.entries(
            cluster=query.get("cluster"),
            method=query.get("method"),
            path=query.get("path"),
            writes=None if "writes" not in query else query["writes"] in ("1", "true"),
            since=int(query.get("since", 0)),
        )
        if query.get("count") in ("1", "true"):
            return {"count": len(entries)}
        return {"count": len(entries), "entries": [entry.as_dict() for entry in entries]}

    async def clear_journal(self, request: Request) -> Any:
        self.site.journal.clear()
        return {}

    async def reset(self, request: Request) -> Any:
        await self.site.reset()
        return {}

    async def set_cluster(self, request: Request) -> Any:
        """{"up": false, "how": "refuse" | "hang"} or {"up": true}."""
        name, body = request.path_params["name"], await _json(request)
        if name not in self.site.world.clusters:
            raise Unknown(f"there is no cluster {name}")
        if not isinstance(body.get("up"), bool):
            raise ValueError('say {"up": true} or {"up": false, "how": "refuse"}')
        if body["up"]:
            await self.site.set_up(name)
        else:
            await self.site.set_down(name, body.get("how", "refuse"))
        return {"name": name, "up": body["up"], "how": self.site.how_down(name)}

    async def set_mediator(self, request: Request) -> Any:
        """{"up": false} or {"up": true}: whether the clusters reach the mediator at that address."""
        address, body = request.path_params["address"], await _json(request)
        if not isinstance(body.get("up"), bool):
            raise ValueError('say {"up": true} or {"up": false}')
        with self.site.locked() as world:
            world.settle()
            known = {each.address for cluster in world.clusters.values() for each in cluster.mediators.values()}
            if address not in known:
                raise Unknown(f"there is no mediator {address}")
            (world.mediators_down.discard if body["up"] else world.mediators_down.add)(address)
        return {"address": address, "up": body["up"]}

    async def write(self, request: Request) -> Any:
        """{"cluster", "svm", "volume", "marker", "size_bytes"?, "via"?}: a write that can be recognised later.

        via: "nfs", "smb" or "lun", which the volume must be served by; left out, it need only be writable.
        """
        body = await _json(request)
        with self.site.locked() as world:
            world.settle()
            volume = self._volume(body["cluster"], body["svm"], body["volume"])
            more: dict[str, Any] = {"size_bytes": int(body["size_bytes"])} if "size_bytes" in body else {}
            more.update({"via": str(body["via"])} if "via" in body else {})
            volume.write(str(body["marker"]), **more)
            return {"markers": list(volume.content())}

    async def content(self, request: Request) -> Any:
        """What can be read in a volume now: ?cluster=&svm=&volume=."""
        query = request.query_params
        with self.site.locked() as world:
            world.settle()
            return {"markers": list(self._volume(query["cluster"], query["svm"], query["volume"]).content())}

    async def show_state(self, request: Request) -> Any:
        with self.site.locked() as world:
            world.settle()
            return {
                "now": world.clock.now(),
                "clusters": {
                    name: {
                        "up": cluster.up,
                        "how": self.site.how_down(name),
                        "version": cluster.version,
                        "svms": {svm: _svm(found) for svm, found in cluster.svms.items()},
                        "mirrors": {each.destination_path: _mirror(each) for each in cluster.relationships.values()},
                    }
                    for name, cluster in world.clusters.items()
                },
            }

    def _volume(self, cluster: str, svm: str, volume: str) -> Any:
        try:
            return self.site.world.clusters[cluster].svms[svm].volumes[volume]
        except KeyError as missing:
            raise Unknown(f"there is no {cluster}:{svm}:{volume}, {missing} is unknown") from missing


def _svm(svm: Any) -> dict[str, Any]:
    return {
        "state": svm.state,
        "subtype": svm.subtype,
        "volumes": {
            name: {
                "uuid": volume.uuid,
                "type": str(volume.type),
                "state": str(volume.state),
                "junction": volume.junction,
                "markers": _markers(volume),
            }
            for name, volume in svm.volumes.items()
        },
    }


def _markers(volume: Any) -> list[str] | None:
    """None where nothing can be read, as in a volume that is offline."""
    try:
        return list(volume.content())
    except Refused:
        return None


def _mirror(relationship: Any) -> dict[str, Any]:
    return {
        "uuid": relationship.uuid,
        "source": relationship.source_path,
        "state": str(relationship.state),
        "healthy": relationship.healthy,
        "lag_s": relationship.lag_s(),
    }


async def _json(request: Request) -> dict[str, Any]:
    raw = await request.body()
    body = json.loads(raw) if raw.strip() else {}
    if not isinstance(body, dict):
        raise ValueError("the body is not a JSON object")
    return body
