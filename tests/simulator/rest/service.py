# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster's REST API without HTTP: a call goes in, an answer or unfinished jobs come out.

Whoever calls holds the world's lock; nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ..contract import Contract, ContractBroken, Endpoint, Operation, Version, version_of
from ..model.errors import Refused
from . import bodies, fields, paging, queries
from .calls import Answer, Call, Pending, Target, at, href, refusal
from .filters import compile_filter
from .outcome import Outcome
from .resource import Resource, Written

_UUID_LENGTH = 36
# From 9.12.1 on, the source's side of mirrors is only there without a tunnel (manila leaves it off for that).
_NO_TUNNEL_TO_SOURCE: Version = (9, 12, 1)
_AT_SOURCE = ("list_destinations_only", "source_only", "source_info_only")
_BULK_SINCE: Version = (9, 10, 1)


class RestService:
    """Answers calls for one cluster. resources: the classes of everything that is simulated."""

    def __init__(self, contract: Contract, cluster: Any, resources: Iterable[type[Resource]]) -> None:
        self.contract = contract
        self.cluster = cluster
        self._resources: dict[str, Resource] = {}
        for kind in resources:
            resource = kind(cluster)
            self._resources[kind.path] = resource
            self._resources[kind.path + "".join(f"/{{{name}}}" for name in kind.key)] = resource

    @property
    def version(self) -> Version:
        return version_of(self.cluster.version)

    def answer(self, call: Call) -> Answer | Pending:
        try:
            return self._answer(call)
        except Refused as refused:
            return refusal(refused)

    def _answer(self, call: Call) -> Answer | Pending:
        routed = self.contract.route(call.path)
        if routed is None or routed[0].since > self.version:
            raise Refused("3", "API not found", status=404)
        endpoint, keys = routed
        allowed = _allowed(endpoint)
        if call.method == "OPTIONS":
            return Answer(200, None, {"Allow": ", ".join(allowed)})
        method = "GET" if call.method == "HEAD" else call.method
        operation = endpoint.operations.get(method)
        if operation is None:
            raise Refused("3", f"{call.method} is not supported on this path", status=405)
        target = self._target(endpoint, operation, keys)
        query = queries.parse(call.pairs, self.contract, endpoint, operation, self.version)
        self._tunnel(call, endpoint, query)
        body = bodies.parse(call.body)
        if query.flow.get("validate_only"):
            raise Refused("3", "validate_only is not simulated", "validate_only", status=405)
        if method == "GET":
            return self._get(call, target, query, body)
        if method == "POST":
            return self._post(call, target, query, body)
        return self._change(call, target, query, body)

    # ---- what the path means
    def _target(self, endpoint: Endpoint, operation: Operation, keys: Mapping[str, str]) -> Target:
        resource = self._resources.get(endpoint.path)
        if resource is None:
            raise Refused("3", f"{endpoint.path} is part of ONTAP but not of this simulator", status=501)
        for name, text in keys.items():
            if (name == "uuid" or name.endswith(".uuid")) and text != "*" and len(text) != _UUID_LENGTH:
                raise Refused("262197", f'The value "{text}" is invalid for field "{name}" (<UUID>)', name)
        own = resource.key if endpoint.path != resource.path else ()
        return Target(
            endpoint,
            operation,
            resource,
            scope={name: text for name, text in keys.items() if name not in own},
            keys={name: keys[name] for name in own},
        )

    def _tunnel(self, call: Call, endpoint: Endpoint, query: queries.Query) -> None:
        """X-Dot-SVM-* confines a call to one SVM."""
        for prop, text in (("name", call.svm_name), ("uuid", call.svm_uuid)):
            if text is None or endpoint.schema is None:
                continue
            if not any(getattr(svm, prop) == text for svm in self.cluster.svms.values()):
                raise Refused("2621462", f'SVM "{text}" does not exist.', f"X-Dot-SVM-{prop}", status=404)
            at_source = any(query.params.get(name) for name in _AT_SOURCE) and self.version < _NO_TUNNEL_TO_SOURCE
            side = "source" if at_source else "destination"
            own = [prop] if endpoint.schema.name == "svm" else [f"svm.{prop}", f"{side}.svm.{prop}"]
            for name in own:
                if name in endpoint.schema.fields:
                    query.filters.append(compile_filter(name, f'"{text}"', endpoint.schema.fields[name]))
                    break

    # ---- reading
    def _get(self, call: Call, target: Target, query: queries.Query, body: Any) -> Answer:
        if body not in (None, {}):
            raise Refused("262198", "A body is not allowed on GET")
        endpoint, schema = target.endpoint, target.endpoint.schema
        assert schema is not None
        keys = fields.keys_of(endpoint, target.resource)
        chosen = fields.selection(
            endpoint, target.operation, self.version, keys, query.flow.get("fields"), query.lenient
        )
        if not endpoint.is_collection:
            return self._one(call, target, query, chosen)
        documents = self._matching(target, query)
        if not query.returns_records(True):
            return Answer(200, {"num_records": len(documents)})
        shown, start = paging.page(documents, query, schema, keys)
        records = [self._shown(document, target, chosen, call.links) for document in shown]
        answer: dict[str, Any] = {"records": records, "num_records": len(records)}
        path = "/api" + call.path.rstrip("/")
        links = {"self": {"href": paging.link(path, call.pairs)}} if call.links else {}
        if start is not None:
            links["next"] = {"href": paging.link(path, call.pairs, start)}
        return Answer(200, {**answer, "_links": links} if links else answer)

    def _one(self, call: Call, target: Target, query: queries.Query, chosen: fields.Selection) -> Answer:
        document = self._find(target, target.keys, query)
        return Answer(200, self._shown(document, target, chosen, call.links))

    def _shown(
        self, document: Mapping[str, Any], target: Target, chosen: fields.Selection, links: bool
    ) -> dict[str, Any]:
        assert target.endpoint.schema is not None
        shown = fields.project(document, chosen, target.endpoint.schema.root)
        if links and "_links" in target.endpoint.schema.fields:
            shown["_links"] = {"self": {"href": href(target, document)}}
        return shown

    def _matching(self, target: Target, query: queries.Query) -> list[Mapping[str, Any]]:
        documents = self._documents(target, query, query.literals())
        return [document for document in documents if query.matches(document)] if query.filters else list(documents)

    def _documents(
        self, target: Target, query: queries.Query, wanted: Mapping[str, frozenset[str]]
    ) -> Iterable[Mapping[str, Any]]:
        if wanted:
            found = target.resource.select(target.scope, query.params, wanted)
            if found is not None:
                return found
        return target.resource.records(target.scope, query.params)

    def _find(
        self, target: Target, keys: Mapping[str, Any], query: queries.Query, to_write: bool = False
    ) -> Mapping[str, Any]:
        """The one record with these keys, which are enough *to_write*. Raises Refused, not found."""
        schema = target.endpoint.schema
        assert schema is not None
        named = {name: str(value) for name, value in keys.items() if name in schema.fields}
        wanted = {name: frozenset({value}) for name, value in named.items()}
        found = target.resource.keys(target.scope, wanted) if to_write and not query.filters else None
        for document in self._documents(target, query, wanted) if found is None else found:
            if all(at(document, name) == value for name, value in named.items()) and query.matches(document):
                return document
        raise Refused("4", "entry doesn't exist", next(iter(keys), None), status=404)

    # ---- writing
    def _post(self, call: Call, target: Target, query: queries.Query, body: Any) -> Answer | Pending:
        work: list[Callable[[], Written]] = []
        records = _bulk(body, target.operation, self.version)
        for raw in [_object(body)] if records is None else records:
            raw = self._in_svm(call, target, raw)
            document, inside = self._read(target, query, raw, bulk=records is not None)
            params = {**query.params, **inside}
            work.append(partial(target.resource.create, target.scope, document, params))
        return self._run(call, target, query, work, whole=records is not None)

    def _in_svm(self, call: Call, target: Target, raw: dict[str, Any]) -> dict[str, Any]:
        """The SVM of X-Dot-SVM-* owns what a POST creates without naming one."""
        schema = target.operation.body_schema
        given = {"name": call.svm_name} if call.svm_name else {"uuid": call.svm_uuid} if call.svm_uuid else None
        named = any(name == "svm" or name.startswith("svm.") for name in raw)
        if given is None or named or schema is None or "svm.name" not in schema.fields:
            return raw
        return {**raw, "svm": given}

    def _change(self, call: Call, target: Target, query: queries.Query, body: Any) -> Answer | Pending:
        """PATCH and DELETE of one record, of all that match a query, or of named `records`."""
        whole = target.endpoint.is_collection
        records = _bulk(body, target.operation, self.version) if whole else None
        if call.method == "DELETE" and records is None and body not in (None, {}):
            if target.operation.body is None or not target.operation.body.get("schema"):
                raise Refused("262198", "A body is not allowed on DELETE")
        if records is not None:
            work = [self._step(call, target, query, raw, self._named(target, query, raw)) for raw in records]
        elif whole:
            if not query.filters:
                raise Refused("2", f"{call.method} of a collection needs a query or records")
            raw = _object(body)
            found = self._matching(target, query)
            work = [self._step(call, target, query, raw, partial(dict, document)) for document in found]
            if not work:
                self._read(target, query, raw, bulk=False)
        else:
            work = [self._step(call, target, query, _object(body), lambda: self._find(target, target.keys, query))]
        return self._run(call, target, query, work, whole)

    def _step(
        self,
        call: Call,
        target: Target,
        query: queries.Query,
        raw: dict[str, Any],
        find: Callable[[], Mapping[str, Any]],
    ) -> Callable[[], Written]:
        """Check the body now, find the record and change it later."""
        if call.method == "DELETE":
            return lambda: target.resource.delete(target.scope, find(), query.params)
        bulk = target.endpoint.is_collection
        body, inside = self._read(target, query, raw, bulk)
        params = {**query.params, **inside}
        return lambda: target.resource.modify(target.scope, find(), body, params)

    def _named(self, target: Target, query: queries.Query, raw: dict[str, Any]) -> Callable[[], Mapping[str, Any]]:
        """A finder of the record that one of `records` names, whose keys leave the body."""
        flat = _flat(raw)
        keys = {name: flat[name] for name in (*target.resource.key, "name") if name in flat}
        if not any(name in keys for name in target.resource.key):
            raise Refused("2", f'The field "{target.resource.key[0]}" is missing', target.resource.key[0])
        keys = {name: value for name, value in keys.items() if name in target.resource.key}
        for name in keys:
            if name in target.resource.key:
                bodies.take(raw, name)
        return lambda: self._find(target, keys, query, to_write=True)

    def _read(
        self, target: Target, query: queries.Query, raw: dict[str, Any], bulk: bool
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        if target.operation.body is None:
            if raw:
                raise Refused("262179", f"{target.operation.method} takes no body here")
            return {}, {}
        document, inside = bodies.read(raw, target.operation, self.version, bulk=bulk, lenient=query.lenient)
        params = {
            name: queries.typed(
                name, value if isinstance(value, str) else _json_text(value), target.operation.params[name]
            )
            for name, value in inside.items()
        }
        return document, params

    def _run(
        self, call: Call, target: Target, query: queries.Query, work: list[Callable[[], Written]], whole: bool
    ) -> Answer | Pending:
        """Do the work in order; without continue_on_failure the first refusal ends it."""
        done: list[Written] = []
        refused: Refused | None = None
        for step in work:
            try:
                done.append(step())
            except Refused as problem:
                refused = refused or problem
                if not query.flow.get("continue_on_failure"):
                    break
        outcome = Outcome(self.contract, call, target, query, done, refused, whole)
        jobs = [each.job for each in done if each.job is not None]
        if not jobs or (refused is not None and not query.flow.get("continue_on_failure")):
            return outcome.answer()
        if not target.operation.asynchronous or 202 not in target.operation.answers:
            raise ContractBroken(f"{call.method} {target.endpoint.path} is never asynchronous")
        timeout_s = query.flow.get("return_timeout", 15 if whole and call.method != "POST" else 0)
        return Pending(jobs, timeout_s, lambda: outcome.answer(jobs, waited=timeout_s > 0))


def _allowed(endpoint: Endpoint) -> list[str]:
    methods = set(endpoint.operations) | {"OPTIONS"} | ({"HEAD"} if "GET" in endpoint.operations else set())
    return sorted(methods)


def _object(body: Any) -> dict[str, Any]:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise Refused("262199", "The body is not a JSON object")
    return body


def _bulk(body: Any, operation: Operation, version: Version) -> list[dict[str, Any]] | None:
    """The `records` of a body, None for a body without them."""
    if not isinstance(body, dict) or "records" not in body or not (operation.body or {}).get("records"):
        return None
    if version < _BULK_SINCE:
        raise Refused("262179", 'Unexpected argument "records".', "records")
    others = [name for name in body if name != "records"]
    if others:
        raise Refused("262186", f'Field "{others[0]}" cannot be used with field "records"', others[0])
    if not isinstance(body["records"], list):
        raise Refused("262197", 'The value of field "records" is not an array', "records")
    return [_object(record) for record in body["records"]]


def _flat(raw: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in raw.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat


def _json_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
