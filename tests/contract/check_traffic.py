# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check recorded ONTAP traffic (REST and ZAPI) against the facts in rest.json and zapi.json.

Input: JSON lines, one exchange each.
  REST: {"method","path","query":{..},"request":<json|null>,"status":int,"response":<json|null>}
  ZAPI: {"zapi":"<request xml>","response":"<response xml>"}
A REST line with status and response null is request-only: just the request is checked.
Optional keys: "headers" (request headers; X-Dot-SVM-* stands in for svm.name), "note", "source".
Every violation is one line; the last line is `N exchanges, M violations`; exit 1 when M > 0.
Python 3.10+, standard library only.
"""

import argparse
import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ET
from pathlib import Path

UUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
DATETIME = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$")
DURATION = re.compile(r"^-?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+[DH])?(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$")
SIZE = re.compile(r"^-?\d+(\.\d+)?\s*([KMGTP]B?)?$", re.I)
DIGITS = re.compile(r"^\d+$")
BOOLS = ("true", "false")


def ontap_type(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def show(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


class Rest:
    def __init__(self, facts, ignore_rejected=False):
        self.f = facts
        self.conv = facts["conventions"]
        self.ignore_rejected = ignore_rejected
        self.parents = {}
        self.routes = []
        for path, ep in facts["endpoints"].items():
            parts = path.strip("/").split("/")
            self.routes.append((sum(p.startswith("{") for p in parts), parts, path, ep))
        self.routes.sort(key=lambda r: (r[0], -len(r[1]), r[2]))

    # ---- routing
    def route(self, path):
        parts = [p for p in path.split("/") if p]
        if parts[:1] == ["api"]:
            parts = parts[1:]
        for _literals, tmpl, name, ep in self.routes:
            if ep.get("open"):
                if parts[: len(tmpl) - 1] == tmpl[:-1] and len(parts) >= len(tmpl):
                    return name, ep, {}
                continue
            if len(tmpl) != len(parts):
                continue
            keys = {}
            for t, p in zip(tmpl, parts):
                if t.startswith("{"):
                    keys[t[1:-1]] = urllib.parse.unquote(p)
                elif t != p:
                    break
            else:
                return name, ep, keys
        return None, None, {}

    def fields(self, schema):
        return self.f["schemas"][schema]["fields"] if schema else {}

    def known(self, schema, name):
        """A field path, or an object that has fields below it."""
        fields = self.fields(schema)
        if name in fields or name == "_links" or "._links" in name:
            return True
        if schema not in self.parents:
            self.parents[schema] = {p.rsplit(".", i)[0] for p in fields for i in range(1, p.count(".") + 1)}
        return name in self.parents[schema]

    # ---- one exchange
    def check(self, ex):
        out = []
        method = str(ex.get("method", "")).upper()
        raw = str(ex.get("path", ""))
        path, _mark, qs = raw.partition("?")
        query = list(urllib.parse.parse_qsl(qs, keep_blank_values=True))
        q = ex.get("query") or {}
        if not isinstance(q, dict):
            return ["query is not an object"]
        for k, v in q.items():
            query += [(k, x) for x in (v if isinstance(v, list) else [v])]
        if method == "OPTIONS":
            return out
        name, ep, keys = self.route(path)
        if ep is None:
            return [f"unknown endpoint {path}"]
        op = ep["methods"].get("GET" if method == "HEAD" else method)
        if op is None:
            if ex.get("status") == 405:
                return self.error_body(ex.get("response"))
            return [f"{method} is not a method of {name}"]
        status = ex.get("status")
        unanswered = status is None and ex.get("response") is None
        if not unanswered and (not isinstance(status, int) or isinstance(status, bool)):
            return [f"status {show(status)} is not an integer"]
        rejected = not unanswered and status >= 400
        if not (rejected and self.ignore_rejected):
            for key, value in keys.items():
                if (key == "uuid" or key.endswith(".uuid")) and value != "*" and not UUID.match(value):
                    out.append(f"path key {key}={value} is not a UUID")
            if not ep.get("open"):
                out += self.check_query(method, ep, op, query)
                out += self.check_request(method, ep, op, ex.get("request"), ex.get("headers") or {}, dict(query))
        if method == "HEAD" or unanswered:
            return out
        if rejected:
            return out + self.error_body(ex.get("response"))
        if not ep.get("open"):
            out += self.check_response(method, ep, op, status, ex.get("response"), dict(query))
        return out

    # ---- query
    def check_query(self, method, ep, op, query):
        out = []
        schema = ep.get("schema")
        coll = ep.get("kind") == "collection"
        params = op.get("params", {})
        glob = self.conv["global_query"]
        known_filters = set(self.f["filter_sets"].get(op.get("filters", ""), ()))
        verb = "GET" if method == "HEAD" else method
        for k, v in query:
            text = "" if v is None else (str(v).lower() if isinstance(v, bool) else str(v))
            d = params.get(k)
            if d is None and k == "$orderBy":
                d, k = glob["order_by"], "order_by"
            if d is None and k in glob and coll and verb in glob[k].get("tolerated_on", ()):
                d = glob[k]
            if d is None and k in glob and verb in glob[k]["methods"]:
                scope = glob[k].get("scope")
                if scope == "collection" and not coll and k != "max_records":
                    out.append(f"query {k} is for collections only")
                    continue
                if scope is None or scope == "collection":
                    d = glob[k]
            if d is not None:
                if k == "fields":
                    out += self.field_names(k, text, schema, ep)
                elif k == "order_by":
                    for item in text.split(","):
                        parts = item.split()
                        if not parts or not self.known(schema, parts[0]):
                            out.append(f"order_by names unknown field {item.strip() or '(empty)'}")
                        elif len(parts) > 2 or (len(parts) == 2 and parts[1].lower() not in ("asc", "desc")):
                            out.append(f"order_by direction is not asc or desc: {item.strip()}")
                else:
                    out += self.query_value(k, text, d)
                continue
            if k.startswith("start."):
                continue
            if verb in ("GET", "PATCH", "DELETE") and (coll or verb == "GET"):
                if self.known(schema, k) or k in known_filters:
                    out += self.filter_value(k, text, self.fields(schema).get(k, {}))
                    continue
            out.append(f"unknown query parameter {k}")
        return out

    def field_names(self, k, text, schema, ep):
        out = []
        for f in text.split(","):
            f = f.strip().lstrip("!")
            if f in ("*", "**") or (f.endswith(".*") and self.known(schema, f[:-2])):
                continue
            if not f or not self.known(schema, f):
                out.append(f"fields names unknown field {f or '(empty)'}")
        return out

    @staticmethod
    def query_value(k, text, d):
        t = d.get("type")
        if t == "boolean" and text.lower() not in BOOLS:
            return [f"query {k}={text} is not true or false"]
        if t == "integer":
            if not re.match(r"^-?\d+$", text):
                return [f"query {k}={text} is not an integer"]
            if "min" in d and int(text) < d["min"] or "max" in d and int(text) > d["max"]:
                return [f"query {k}={text} is outside {d.get('min', '')}..{d.get('max', '')}"]
        if d.get("enum") and text not in d["enum"]:
            return [f"query {k}={text} is not one of {'|'.join(d['enum'])}"]
        return []

    @staticmethod
    def filter_value(k, text, d):
        if d.get("t") not in ("boolean",) and not d.get("enum"):
            return []
        if '"' in text or "{" in text:
            return []
        for alt in text.split("|"):
            alt = alt.strip().lstrip("!")
            if not alt or alt == "null" or any(c in alt for c in "*<>") or ".." in alt:
                continue
            if d.get("t") == "boolean" and alt.lower() not in BOOLS:
                return [f"filter {k}={text} is not a boolean"]
            if d.get("enum") and alt not in d["enum"]:
                return [f"filter {k}={text} is not one of {'|'.join(d['enum'])}"]
        return []

    # ---- request body
    def check_request(self, method, ep, op, body, headers, query):
        if method in ("GET", "HEAD"):
            return ["a body is not allowed on " + method] if body not in (None, {}, "") else []
        bd = op.get("body")
        if method == "DELETE":
            if body in (None, {}, ""):
                return []
            if bd and bd.get("schema") and not bd.get("records") and isinstance(body, dict):
                return self.one_body(body, bd["schema"], op, method, headers, query, "")
            if not (bd and bd.get("records") and isinstance(body, dict) and set(body) == {"records"}):
                return ["a body is not allowed on this DELETE (only records on a collection)"]
            return self.bulk(body["records"], ep, op, "DELETE", headers, query)
        if body in (None, "") or ep.get("raw_content") and isinstance(body, str):
            body = {}
        if not isinstance(body, dict):
            return [f"request body is {ontap_type(body)}, not object"]
        if bd is None:
            return [f"{method} takes no body"] if body else []
        if bd.get("records") and "records" in body:
            extra = [k for k in body if k != "records"]
            out = [f"{k} beside records" for k in extra]
            return out + self.bulk(body["records"], ep, op, method, headers, query)
        return self.one_body(body, bd.get("schema") or ep.get("schema"), op, method, headers, query, "")

    def bulk(self, records, ep, op, method, headers, query):
        if not isinstance(records, list):
            return [f"records is {ontap_type(records)}, not array"]
        out = []
        schema = op["body"].get("schema") or ep.get("schema")
        for i, r in enumerate(records):
            if not isinstance(r, dict):
                out.append(f"records[{i}] is {ontap_type(r)}, not object")
                continue
            where = f"records[{i}]."
            if method == "DELETE":
                out += [f"{where}{k} is not a field" for k in r if not self.known(schema, k)]
                continue
            out += self.one_body(r, schema, op, method, headers, query, where)
        return out

    def one_body(self, body, schema, op, method, headers, query, where):
        out, seen = [], set()
        # a dotted query parameter (restore_to.snapshot.name) may come in the body: manila does so
        dotted = [k for k, d in op.get("params", {}).items() if "." in k or d.get("in_body")]
        body = {
            k: v
            for k, v in body.items()
            if k not in dotted and not any(d.startswith(k + ".") for d in dotted if not self.known(schema, k))
        }
        self.walk_request(body, "", schema, "P" if method == "POST" else "M", out, seen, where, bool(where))
        if method == "POST":
            svm = any(str(h).lower().startswith("x-dot-svm") for h in headers)
            for group in op.get("required", []) or [[x] for x in op.get("required_schema", [])]:
                if svm and any(g.startswith("svm.") for g in group):
                    continue
                if not any(s == g or s.startswith(g + ".") for g in group for s in seen):
                    out.append(f"{where}missing required {' or '.join(group)}")
        return out

    def walk_request(self, obj, prefix, schema, flag, out, seen, where, bulk):
        fields = self.fields(schema)
        for key, value in obj.items():
            p = prefix + key
            d = fields.get(p)
            label = where + p
            if d is None and self.known(schema, p) and isinstance(value, dict):
                self.walk_request(value, p + ".", schema, flag, out, seen, where, bulk)
                continue
            if d is None:
                out.append(f"unknown body field {label}")
                continue
            seen.add(p)
            if value is None:
                if "rw" in d and flag not in d["rw"] and d["t"] != "object":
                    out.append(f"body field {label} is not writable by {'POST' if flag == 'P' else 'PATCH'}")
                continue
            if d["t"] == "object" and isinstance(value, str) and d.get("shorthand"):
                seen.add(p + "." + d["shorthand"])
                continue
            leaf = d["t"] != "object" or d.get("array") and not isinstance(value, list)
            if not self.writable(d, flag):
                key_of_bulk = bulk and p in ("uuid", "name", "id", "index") and flag == "M"
                if not key_of_bulk and (leaf or not value or "rw" in d):
                    out.append(f"body field {label} is not writable by {'POST' if flag == 'P' else 'PATCH'}")
                    continue
            if d.get("array"):
                if not isinstance(value, list):
                    out.append(f"body field {label} is {ontap_type(value)}, not array")
                    continue
                for item in value:
                    if d["t"] == "object" and isinstance(item, dict):
                        self.walk_request(item, p + ".", schema, flag, out, seen, where, bulk)
                    else:
                        self.value(d, item, label, out, request=True)
            elif d["t"] == "object" and isinstance(value, dict):
                if any(f.startswith(p + ".") for f in fields):
                    self.walk_request(value, p + ".", schema, flag, out, seen, where, bulk)
            else:
                self.value(d, value, label, out, request=True)

    @staticmethod
    def writable(d, flag):
        if "rw" in d:
            return flag in d["rw"]
        return not d.get("ro")

    # ---- values
    @staticmethod
    def value(d, v, label, out, request):
        t, kind = d["t"], ontap_type(v)
        kind_of = "body field" if request else "response field"
        if t == "any" or v is None:
            return
        ok = {
            "string": kind == "string",
            "integer": kind == "integer",
            "number": kind in ("integer", "number"),
            "boolean": kind == "boolean",
            "object": kind == "object",
        }.get(t, True)
        if not ok and request:
            if t == "boolean" and kind == "string" and v.lower() in BOOLS:
                return
            if t in ("integer", "number") and kind == "string" and SIZE.match(v):
                return
            if t == "string" and kind == "integer" and d.get("numeric"):
                return
        if not ok:
            out.append(f"{kind_of} {label} is {kind}, not {t}: {show(v)}")
            return
        if (
            d.get("enum")
            and v not in d["enum"]
            and not (request and str(v).lower() in [*d["enum"], *d.get("enum_alias", ())])
        ):
            out.append(f"{kind_of} {label}={show(v)} is not one of {'|'.join(map(str, d['enum']))}")
            return
        if t == "integer" and ("min" in d and v < d["min"] or "max" in d and v > d["max"]):
            out.append(f"{kind_of} {label}={v} is outside {d.get('min', '')}..{d.get('max', '')}")
        if t == "string" and "maxlen" in d and len(v) > d["maxlen"]:
            out.append(f"{kind_of} {label} is longer than {d['maxlen']}")
        if request or t != "string":
            return
        fmt = d.get("format")
        bad = (
            fmt == "uuid"
            and not UUID.match(v)
            or fmt == "date-time"
            and not DATETIME.match(v)
            or fmt == "iso8601-duration"
            and not DURATION.match(v)
        )
        if bad:
            out.append(f"response field {label}={show(v)} is not {fmt}")

    # ---- response
    @staticmethod
    def error_body(body):
        if not isinstance(body, dict) or not isinstance(body.get("error"), dict):
            return ['error body is not {"error":{"message","code"}}']
        out, e = [], body["error"]
        for k in e:
            if k not in ("message", "code", "target", "arguments"):
                out.append(f"error has unknown key {k}")
        if not isinstance(e.get("message"), str):
            out.append("error.message is not a string")
        if not isinstance(e.get("code"), str) or not DIGITS.match(e["code"]):
            out.append(f"error.code {show(e.get('code'))} is not a string of digits")
        if "target" in e and not isinstance(e["target"], str):
            out.append("error.target is not a string")
        args = e.get("arguments", [])
        if not isinstance(args, list) or any(not isinstance(a, dict) or set(a) - {"code", "message"} for a in args):
            out.append("error.arguments is not a list of {code,message}")
        return out

    def check_response(self, method, ep, op, status, body, query):
        responses = op.get("responses", {})
        out = []
        r = responses.get(str(status))
        if r is None:
            want = "/".join(sorted(responses)) or "none"
            what = (
                "a synchronous operation answered 202"
                if status == 202 and op.get("mode") == "sync"
                else f"status {status} is not documented (want {want})"
            )
            out.append(what)
            r = next((x for c, x in sorted(responses.items()) if c != "202"), {})
        if status == 202:
            return out + self.job_body(body)
        if body in (None, ""):
            if r.get("schema") or (method == "GET" and "envelope" in r):
                out.append("response body is missing")
            return out
        if ep.get("raw_content") and isinstance(body, str):
            return out
        if not isinstance(body, dict):
            return out + [f"response body is {ontap_type(body)}, not object"]
        if method != "GET":
            allowed = {"records", "num_records", "job", "jobs", "_links", "error", "warning"} | set(
                r.get("envelope", ())
            )
            if r.get("schema") and "records" not in body and "job" not in body:
                self.record(body, r["schema"], "", out)
                return out
            out += [f"response has unknown key {k}" for k in body if k not in allowed]
            if "job" in body or "jobs" in body:
                out += self.job_body(body)
            if "records" in body:
                out += self.records(body, r.get("records") or ep.get("schema"), False)
            return out
        if "envelope" in r:
            out += [f"response has unknown key {k}" for k in body if k not in set(r["envelope"]) | {"error"}]
            count_only = str(query.get("return_records", "true")).lower() == "false"
            return out + self.records(body, r["records"], not count_only)
        if r.get("schema"):
            self.record(body, r["schema"], "", out)
        return out

    def records(self, body, schema, need):
        out = []
        recs = body.get("records")
        if recs is None:
            if need:
                out.append("collection answer has no records")
        elif not isinstance(recs, list):
            return [f"records is {ontap_type(recs)}, not array"]
        n = body.get("num_records")
        if n is None:
            out.append("collection answer has no num_records")
        elif not isinstance(n, int) or isinstance(n, bool):
            out.append(f"num_records {show(n)} is not an integer")
        elif recs is not None and n != len(recs):
            out.append(f"num_records {n} but {len(recs)} records")
        if "_links" in body:
            self.links(body["_links"], "_links", out)
        for i, rec in enumerate(recs or []):
            if not isinstance(rec, dict):
                out.append(f"records[{i}] is {ontap_type(rec)}, not object")
            else:
                self.record(rec, schema, f"records[{i}].", out)
        return out

    def record(self, obj, schema, label, out, prefix=""):
        fields = self.fields(schema)
        for key, value in obj.items():
            p = prefix + key
            if key == "_links":
                self.links(value, label + p, out)
                continue
            d = fields.get(p)
            if d is None:
                if self.known(schema, p) and isinstance(value, dict):
                    self.record(value, schema, label, out, p + ".")
                else:
                    out.append(f"unknown response field {label}{p}")
                continue
            if value is None:
                continue
            if d.get("rw") is not None and "G" not in d["rw"] and d["rw"]:
                out.append(f"response field {label}{p} is never returned (write only)")
                continue
            if d.get("array"):
                if not isinstance(value, list):
                    out.append(f"response field {label}{p} is {ontap_type(value)}, not array")
                    continue
                for item in value:
                    if d["t"] == "object" and isinstance(item, dict):
                        self.record(item, schema, label, out, p + ".")
                    else:
                        self.value(d, item, label + p, out, request=False)
            elif d["t"] == "object" and isinstance(value, dict):
                if any(f.startswith(p + ".") for f in fields):
                    self.record(value, schema, label, out, p + ".")
            else:
                self.value(d, value, label + p, out, request=False)

    @staticmethod
    def links(value, label, out):
        if not isinstance(value, dict):
            out.append(f"{label} is not an object of links")
            return
        for k, v in value.items():
            if not isinstance(v, dict) or not isinstance(v.get("href"), str):
                out.append(f"{label}.{k} has no href string")

    def job_body(self, body):
        jobs = None
        if isinstance(body, dict):
            jobs = [body["job"]] if "job" in body else body.get("jobs")
        if not isinstance(jobs, list) or not jobs:
            return ["asynchronous answer (202) has no job"]
        out = []
        for j in jobs:
            if not isinstance(j, dict) or not isinstance(j.get("uuid"), str) or not UUID.match(j["uuid"]):
                out.append("job.uuid is not a UUID")
                continue
            if "_links" in j:
                self.links(j["_links"], "job._links", out)
                href = (j["_links"].get("self") or {}).get("href", "") if isinstance(j["_links"], dict) else ""
                if href and not href.rstrip("/").endswith("/cluster/jobs/" + j["uuid"]):
                    out.append(f"job._links.self.href {href} is not the job's")
            if set(j) - {"uuid", "_links"}:
                out.append(f"job link has unknown keys {', '.join(sorted(set(j) - {'uuid', '_links'}))}")
        return out


class Zapi:
    def __init__(self, facts, ignore_rejected=False):
        self.apis, self.types = facts["apis"], facts["types"]
        self.ignore_rejected = ignore_rejected

    @staticmethod
    def tag(el):
        return el.tag.rsplit("}", 1)[-1]

    @staticmethod
    def rejected(answer):
        """Whether *answer* is a whole refusal: with a number and a reason."""
        try:
            (results,) = ET.fromstring(answer or "")
        except (ET.ParseError, TypeError, ValueError):
            return False
        number, reason = results.get("errno") or "", results.get("reason")
        return results.get("status") == "failed" and bool(DIGITS.match(number)) and bool(reason)

    def check(self, ex):
        if self.ignore_rejected and self.rejected(ex.get("response")):
            return []
        try:
            req = ET.fromstring(ex["zapi"])
        except (ET.ParseError, TypeError) as e:
            return [f"request is not XML: {e}"]
        if self.tag(req) == "netapp":
            if len(req) != 1:
                return ["request must hold one API element"]
            req = req[0]
        name = self.tag(req)
        api = self.apis.get(name)
        if api is None:
            return [f"unknown ZAPI {name}"]
        out = []
        present = set()
        for c in req:
            k = self.tag(c)
            present.add(k)
            d = api["in"].get(k)
            if d is None:
                out.append(f"{name}: unknown input element {k}")
            else:
                self.element(c, d, f"{name}: {k}", out)
        out += [f"{name}: missing required {k}" for k, d in api["in"].items() if d.get("required") and k not in present]
        try:
            res = ET.fromstring(ex.get("response") or "")
        except (ET.ParseError, TypeError) as e:
            return out + [f"{name}: response is not XML: {e}"]
        if self.tag(res) != "netapp" or len(res) != 1 or self.tag(res[0]) != "results":
            return out + [f"{name}: response is not <netapp><results>"]
        res = res[0]
        status = res.get("status")
        if status not in ("passed", "failed"):
            return out + [f"{name}: results status {status!r} is not passed or failed"]
        if status == "failed":
            if not DIGITS.match(res.get("errno") or ""):
                out.append(f"{name}: failed without a numeric errno")
            if not res.get("reason"):
                out.append(f"{name}: failed without a reason")
            return out
        for c in res:
            k = self.tag(c)
            d = api["out"].get(k)
            if d is None:
                out.append(f"{name}: unknown output element {k}")
            else:
                self.element(c, d, f"{name}: {k}", out)
        if api["kind"] == "iter-get":
            n = res.findtext("{*}num-records")
            if n is None:
                out.append(f"{name}: iter answer has no num-records")
            else:
                lst = res.find("{*}attributes-list")
                have = 0 if lst is None else len(lst)
                if DIGITS.match(n) and int(n) != have:
                    out.append(f"{name}: num-records {n} but {have} in attributes-list")
        return out

    def element(self, el, d, label, out):
        t = d.get("type")
        text = (el.text or "").strip()
        if isinstance(t, dict):
            wraps, inner = t.get("wraps"), t.get("type")
            if t.get("fields"):
                for c in el:
                    sub = t["fields"].get(self.tag(c))
                    if sub is None:
                        out.append(f"{label}: unknown element {self.tag(c)}")
                    else:
                        self.element(c, sub, f"{label}.{self.tag(c)}", out)
                return
            for c in el:
                k = self.tag(c)
                if wraps and k not in (wraps, inner):
                    out.append(f"{label}: child {k}, not {wraps}")
                elif isinstance(inner, str) and inner in self.types:
                    self.typed(c, inner, f"{label}.{k}", out)
                elif len(c) == 0:
                    self.element(c, {"type": inner}, f"{label}.{k}", out)
            return
        if t in self.types:
            wraps = d.get("wraps", t)
            kids = [self.tag(c) for c in el]
            if kids and all(k in (t, wraps) for k in kids):
                for c in el:
                    self.typed(c, t, f"{label}.{self.tag(c)}", out)
            elif d.get("array") and kids:
                for k in kids:
                    if k not in (t, wraps):
                        out.append(f"{label}: child {k}, not {wraps}")
            else:
                self.typed(el, t, label, out)
            return
        if d.get("array"):
            return
        if t == "boolean" and text and text not in BOOLS:
            out.append(f"{label}: {text!r} is not true or false")
        elif t == "integer" and text and not re.match(r"^-?\d+$", text):
            out.append(f"{label}: {text!r} is not an integer")
        if d.get("closed") and text and text not in d["enum"] and not any(c in text for c in "*|!<>"):
            out.append(f"{label}: {text!r} is not one of {'|'.join(d['enum'])}")

    def typed(self, el, t, label, out):
        fields = self.types[t]
        for c in el:
            k = self.tag(c)
            d = fields.get(k)
            if d is None:
                out.append(f"{label}: unknown element {k}")
            else:
                self.element(c, d, f"{label}.{k}", out)


class Checker:
    def __init__(self, folder, ignore_rejected=False):
        folder = Path(folder)
        self.rest = Rest(json.loads((folder / "rest.json").read_text("utf-8")), ignore_rejected)
        self.zapi = Zapi(json.loads((folder / "zapi.json").read_text("utf-8")), ignore_rejected)

    def exchange(self, ex):
        if not isinstance(ex, dict):
            return "?", ["exchange is not an object"]
        if "zapi" in ex:
            return "ZAPI", self.zapi.check(ex)
        return f"{ex.get('method')} {ex.get('path')}", self.rest.check(ex)

    def lines(self, lines):
        n = bad = 0
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            n += 1
            try:
                ex = json.loads(line)
            except ValueError as e:
                what, found = "?", [f"not JSON: {e}"]
            else:
                what, found = self.exchange(ex)
            for f in found:
                bad += 1
                print(f"line {number}: {what}: {f}")
        print(f"{n} exchanges, {bad} violations")
        return bad


# ---------------------------------------------------------------- self-test (own data)
U1, U2, U3 = ("11111111-2222-3333-4444-55555555555" + c for c in "abc")


def job(uuid=U3):
    return {"job": {"uuid": uuid, "_links": {"self": {"href": f"/api/cluster/jobs/{uuid}"}}}}


def rest(method, path, query=None, request=None, status=200, response=None):
    return {
        "method": method,
        "path": path,
        "query": query or {},
        "request": request,
        "status": status,
        "response": response,
    }


def zapi(req, res):
    ns = 'version="1.191" xmlns="http://www.netapp.com/filer/admin"'
    return {"zapi": f"<netapp {ns}>{req}</netapp>", "response": f"<netapp {ns}>{res}</netapp>"}


REL = "/api/snapmirror/relationships"
RELATION = {
    "uuid": U1,
    "source": {"path": "vs_a:pool1", "svm": {"name": "vs_a"}, "cluster": {"name": "east"}},
    "destination": {"path": "vs_b:pool1", "svm": {"name": "vs_b", "uuid": U2}},
    "policy": {"name": "Asynchronous", "type": "async", "uuid": U2},
    "state": "snapmirrored",
    "healthy": True,
    "lag_time": "PT2M10S",
    "transfer": {
        "state": "success",
        "bytes_transferred": 4096,
        "end_time": "2026-01-02T03:04:05+00:00",
        "total_duration": "PT7S",
        "uuid": U3,
    },
    "_links": {"self": {"href": f"{REL}/{U1}"}},
}
GOOD = [
    rest(
        "GET",
        "/api/cluster",
        {"fields": "version,name"},
        None,
        200,
        {
            "name": "east",
            "uuid": U1,
            "version": {"full": "NetApp Release 9.15.1", "generation": 9, "major": 15, "minor": 1},
        },
    ),
    rest(
        "GET",
        REL,
        {
            "destination.path": "vs_b:*",
            "fields": "state,lag_time,transfer.state",
            "max_records": 20,
            "return_timeout": "30",
        },
        None,
        200,
        {"records": [RELATION], "num_records": 1, "_links": {"self": {"href": REL}}},
    ),
    rest(
        "GET",
        REL + "/",
        {"list_destinations_only": "true", "state": "!broken_off|paused"},
        None,
        200,
        {"records": [], "num_records": 0},
    ),
    rest("GET", f"{REL}/{U1}", {"fields": "**"}, None, 200, RELATION),
    rest("GET", REL, {"return_records": False}, None, 200, {"num_records": 7}),
    rest(
        "POST",
        REL,
        {"return_timeout": 0},
        {"source": {"path": "vs_a:pool1"}, "destination": {"path": "vs_b:pool1"}, "policy": {"name": "Asynchronous"}},
        202,
        job(),
    ),
    rest(
        "POST",
        REL,
        {"return_records": "true"},
        {
            "source.path": "vs_a:",
            "destination.path": "vs_b:",
            "create_destination": {"enabled": "true"},
            "state": "snapmirrored",
        },
        201,
        {"num_records": 1, "records": [{"uuid": U1}]},
    ),
    rest("PATCH", f"{REL}/{U1}", {}, {"state": "snapmirrored"}, 202, job()),
    rest("PATCH", f"{REL}/{U1}", {"force": "true", "return_timeout": 120}, {"state": "broken_off"}, 200, {}),
    rest("PATCH", f"{REL}/{U1}", {}, {"transfer_schedule": {"uuid": None, "name": None}, "throttle": 0}, 200, None),
    rest(
        "PATCH",
        REL,
        {"destination.svm.name": "vs_b", "continue_on_failure": True},
        {"state": "paused"},
        202,
        {"jobs": [job()["job"]], "num_records": 1},
    ),
    rest("PATCH", REL, {}, {"records": [{"uuid": U1, "state": "paused"}]}, 202, job()),
    rest("DELETE", f"{REL}/{U1}", {"source_only": "true"}, None, 202, job()),
    rest("DELETE", f"{REL}/{U1}?destination_only=true", {}, None, 200, {}),
    rest("POST", f"{REL}/{U1}/transfers", {}, {}, 201, {}),
    rest(
        "GET",
        f"{REL}/{U1}/transfers",
        {"fields": "*"},
        None,
        200,
        {
            "records": [{"uuid": U2, "state": "transferring", "bytes_transferred": 1, "total_duration": "PT1S"}],
            "num_records": 1,
        },
    ),
    rest("PATCH", f"{REL}/{U1}/transfers/{U2}", {}, {"state": "hard_aborted"}, 200, {}),
    rest(
        "POST",
        "/api/storage/volumes",
        {},
        {"name": "pool1", "type": "dp", "size": "20GB", "svm": {"name": "vs_b"}, "aggregates": [{"name": "a1"}]},
        202,
        job(),
    ),
    rest("PATCH", f"/api/storage/volumes/{U1}", {}, {"nas.path": "/pool1"}, 200, {}),
    rest("PATCH", f"/api/storage/volumes/{U1}", {}, {"restore_to": {"snapshot": {"name": "s1"}}}, 202, job()),
    rest("POST", "/api/storage/volumes/*/snapshots", {}, {"records": [{"volume.uuid": U1, "name": "s1"}]}, 202, job()),
    rest("PATCH", f"{REL}/{U1}", {}, {"state": "paused"}, None, None),
    rest(
        "GET",
        "/api/storage/volumes",
        {"svm.name": "vs_b", "size": ">1GB", "order_by": "size desc,name"},
        None,
        200,
        {
            "records": [
                {"uuid": U1, "name": "pool1", "size": 21474836480, "type": "dp", "state": "online", "style": "flexvol"}
            ],
            "num_records": 1,
        },
    ),
    rest(
        "GET",
        f"/api/cluster/jobs/{U3}",
        {"fields": "state,error,message"},
        None,
        200,
        {"uuid": U3, "state": "failure", "code": 6619637, "message": "x", "error": {"code": "6619637", "message": "x"}},
    ),
    rest(
        "POST",
        "/api/svm/peers",
        {},
        {
            "svm": {"name": "vs_b"},
            "peer": {"svm": {"name": "vs_a"}, "cluster": {"name": "east"}},
            "applications": ["snapmirror"],
        },
        202,
        job(),
    ),
    rest(
        "POST",
        REL,
        {},
        {"source": {"path": "vs_a:p"}, "destination": {"path": "vs_b:p"}},
        409,
        {"error": {"message": "exists", "code": "6619637", "target": "destination.path"}},
    ),
    rest("GET", "/api/private/cli/volume", {"fields": "anything"}, None, 200, {"records": []}),
    zapi(
        "<snapmirror-get-iter><max-records>50</max-records><query><snapmirror-info>"
        "<source-vserver>vs_a</source-vserver></snapmirror-info></query></snapmirror-get-iter>",
        '<results status="passed"><attributes-list><snapmirror-info><mirror-state>snapmirrored</mirror-state>'
        "<relationship-status>idle</relationship-status><is-healthy>true</is-healthy><lag-time>12</lag-time>"
        "</snapmirror-info></attributes-list><num-records>1</num-records></results>",
    ),
    zapi(
        "<snapmirror-update><destination-volume>p</destination-volume><destination-vserver>vs_b</destination-vserver></snapmirror-update>",
        '<results status="passed"><result-operation-id>1</result-operation-id><result-status>succeeded</result-status></results>',
    ),
    zapi(
        "<volume-mount><volume-name>p</volume-name><junction-path>/p</junction-path></volume-mount>",
        '<results status="failed" errno="13001" reason="no"/>',
    ),
    zapi(
        "<lun-map><path>/vol/v/l</path><initiator-group>ig</initiator-group><lun-id>3</lun-id></lun-map>",
        '<results status="passed"><lun-id-assigned>3</lun-id-assigned></results>',
    ),
    zapi(
        "<lun-unmap><path>/vol/v/l</path><initiator-group>ig</initiator-group></lun-unmap>",
        '<results status="failed" errno="9016" reason="no map"/>',
    ),
    zapi(
        "<qtree-list-iter><query><qtree-info><volume>v</volume></qtree-info></query></qtree-list-iter>",
        '<results status="passed"><attributes-list><qtree-info><qtree>q</qtree><volume>v</volume></qtree-info>'
        "</attributes-list><num-records>1</num-records></results>",
    ),
    rest(
        "POST",
        "/api/storage/namespaces",
        {"return_records": "true"},
        {"svm": {"name": "vs_b"}, "name": "/vol/pool1/ns1", "os_type": "linux", "space": {"size": 1073741824}},
        201,
        {"num_records": 1, "records": [{"uuid": U1, "name": "/vol/pool1/ns1"}]},
    ),
    rest(
        "POST",
        "/api/storage/volumes/",
        {},
        {
            "name": "pool1",
            "type": "dp",
            "style": "flexvol",
            "size": 21474836480,
            "svm.name": "vs_b",
            "aggregates": [{"name": "a1"}],
            "efficiency": {"dedupe": "background", "compression": "background"},
        },
        202,
        job(),
    ),
    rest(
        "PATCH",
        "/api/storage/volumes/",
        {"name": "pool1", "fields": "uuid,style"},
        {"efficiency": {"dedupe": "background"}},
        202,
        job(),
    ),
    rest(
        "POST",
        "/api/protocols/nvme/subsystem-maps",
        {},
        {"svm": {"name": "vs_b"}, "namespace": {"name": "/vol/pool1/ns1"}, "subsystem": {"name": "sub1"}},
        201,
        {"num_records": 1},
    ),
    rest(
        "POST",
        "/api/storage/quota/rules",
        {},
        {
            "svm.name": "vs_b",
            "volume.name": "pool1",
            "type": "tree",
            "qtree": {"name": ""},
            "space": {"hard_limit": 1073741824},
        },
        202,
        job(),
    ),
    rest(
        "POST", "/api/protocols/cifs/shares", {}, {"svm": {"name": "vs_b"}, "name": "docs", "path": "/pool1"}, 201, {}
    ),
    rest("PATCH", f"/api/protocols/cifs/shares/{U1}/docs/acls/everyone/windows", {}, {"permission": "read"}, 200, {}),
    rest(
        "DELETE",
        f"/api/protocols/cifs/services/{U1}",
        {"force": "true"},
        {"ad_domain": {"user": "u", "password": "p"}},
        202,
        job(),
    ),
    rest("PATCH", f"/api/storage/volumes/{U1}/files/dir%2Ff", {"byte_offset": 10}, "raw bytes", 200, {}),
    rest(
        "GET",
        f"/api/storage/volumes/{U1}/files/dir%2Ff",
        {"return_metadata": "true"},
        None,
        200,
        {"records": [{"path": "dir", "name": "f", "type": "file", "size": 12}], "num_records": 1},
    ),
    rest("PATCH", f"/api/svm/migrations/{U1}", {"action": "pause"}, {}, 202, job()),
    rest(
        "GET",
        f"/api/security/roles/{U1}/mover/privileges/%2Fapi%2Fsnapmirror",
        {},
        None,
        200,
        {"path": "/api/snapmirror", "access": "all"},
    ),
    rest(
        "GET",
        "/api/support/ems/events",
        {"message.name": "snapmirror.*", "order_by": "time desc"},
        None,
        200,
        {
            "records": [
                {
                    "index": 1,
                    "time": "2026-01-02T03:04:05+00:00",
                    "message": {"name": "snapmirror.dst.x", "severity": "error"},
                    "node": {"name": "n1"},
                }
            ],
            "num_records": 1,
        },
    ),
]


def body(**change):
    return {"source": {"path": "vs_a:p"}, "destination": {"path": "vs_b:p"}, **change}


def page(**change):
    return {"records": [{**RELATION, **change}], "num_records": 1}


BAD = [
    ("unknown endpoint", rest("GET", "/api/snapmirror/relations", response={"records": [], "num_records": 0})),
    ("is not a method", rest("DELETE", "/api/cluster", response={})),
    ("unknown query parameter", rest("GET", REL, {"destination_volume": "x"}, None, 200, page())),
    ("unknown query parameter", rest("DELETE", f"{REL}/{U1}", {"force": "true"}, None, 202, job())),
    ("is outside", rest("PATCH", f"{REL}/{U1}", {"return_timeout": 500}, {"state": "paused"}, 202, job())),
    ("is not true or false", rest("DELETE", f"{REL}/{U1}", {"source_only": "yes"}, None, 202, job())),
    ("fields names unknown", rest("GET", REL, {"fields": "state,mirror_state"}, None, 200, page())),
    ("is not one of", rest("GET", REL, {"state": "broken-off"}, None, 200, page())),
    ("order_by", rest("GET", REL, {"order_by": "lag_time down"}, None, 200, page())),
    ("unknown body field", rest("POST", REL, {}, body(schedule="hourly"), 202, job())),
    ("not writable by PATCH", rest("PATCH", f"{REL}/{U1}", {}, {"healthy": True}, 202, job())),
    ("not writable by POST", rest("POST", REL, {}, body(quick_resync=True), 202, job())),
    ("not writable by PATCH", rest("PATCH", f"{REL}/{U1}", {}, {"restore": True}, 202, job())),
    ("missing required", rest("POST", REL, {}, {"source": {"path": "vs_a:p"}}, 202, job())),
    (
        "missing required",
        rest("POST", "/api/storage/volumes", {}, {"name": "p", "aggregates": [{"name": "a"}]}, 202, job()),
    ),
    ("not integer", rest("PATCH", f"{REL}/{U1}", {}, {"throttle": "fast"}, 202, job())),
    ("is not one of", rest("PATCH", f"{REL}/{U1}", {}, {"state": "broken-off"}, 202, job())),
    (
        "not array",
        rest(
            "POST",
            "/api/svm/peers",
            {},
            {"svm": {"name": "a"}, "peer": {"svm": {"name": "b"}}, "applications": "snapmirror"},
            202,
            job(),
        ),
    ),
    ("body is not allowed", rest("GET", REL, {}, {"state": "paused"}, 200, page())),
    ("takes no body|body is not allowed", rest("DELETE", f"{REL}/{U1}", {}, {"destination_only": True}, 202, job())),
    ("is not a UUID", rest("GET", REL + "/vs_b:p", {}, None, 200, RELATION)),
    ("unknown response field", rest("GET", REL, {}, None, 200, page(mirror_state="x"))),
    ("response field .* not boolean", rest("GET", REL, {}, None, 200, page(healthy="true"))),
    ("response field .* is not one of", rest("GET", REL, {}, None, 200, page(state="Snapmirrored"))),
    ("is not iso8601-duration", rest("GET", REL, {}, None, 200, page(lag_time="130"))),
    ("never returned", rest("GET", REL, {}, None, 200, page(restore_to_snapshot="s"))),
    ("num_records", rest("GET", REL, {}, None, 200, {"records": [RELATION], "num_records": 2})),
    ("no records", rest("GET", REL, {}, None, 200, {"num_records": 2})),
    ("has no job", rest("PATCH", f"{REL}/{U1}", {}, {"state": "paused"}, 202, {})),
    ("job.uuid", rest("PATCH", f"{REL}/{U1}", {}, {"state": "paused"}, 202, {"job": {"uuid": "17"}})),
    ("answered 202", rest("PATCH", f"{REL}/{U1}/transfers/{U2}", {}, {"state": "aborted"}, 202, job())),
    ("is not documented", rest("POST", REL, {}, body(), 200, {})),
    ("error body is not", rest("GET", f"{REL}/{U1}", {}, None, 404, {"message": "gone", "code": 4})),
    ("not a string of digits", rest("GET", f"{REL}/{U1}", {}, None, 404, {"error": {"message": "gone", "code": 4}})),
    (
        "unknown key",
        rest("GET", f"{REL}/{U1}", {}, None, 404, {"error": {"message": "gone", "code": "4", "detail": "x"}}),
    ),
    ("unknown ZAPI", zapi("<snapmirror-show/>", '<results status="passed"/>')),
    (
        "unknown input element",
        zapi("<snapmirror-break><force>true</force></snapmirror-break>", '<results status="passed"/>'),
    ),
    (
        "missing required",
        zapi("<volume-mount><volume-name>p</volume-name></volume-mount>", '<results status="passed"/>'),
    ),
    (
        "is not an integer",
        zapi(
            "<snapmirror-modify><max-transfer-rate>x</max-transfer-rate></snapmirror-modify>",
            '<results status="passed"/>',
        ),
    ),
    (
        "is not one of",
        zapi(
            "<snapmirror-get-iter/>",
            '<results status="passed"><attributes-list><snapmirror-info><mirror-state>broken_off</mirror-state>'
            "</snapmirror-info></attributes-list><num-records>1</num-records></results>",
        ),
    ),
    ("numeric errno", zapi("<snapmirror-get-iter/>", '<results status="failed" reason="x"/>')),
    ("no num-records", zapi("<volume-get-iter/>", '<results status="passed"><attributes-list/></results>')),
    (
        "missing required initiator-group",
        zapi(
            "<lun-map><path>/vol/v/l</path></lun-map>",
            '<results status="passed"><lun-id-assigned>0</lun-id-assigned></results>',
        ),
    ),
    (
        "is not an integer",
        zapi(
            "<lun-map><path>/vol/v/l</path><initiator-group>ig</initiator-group></lun-map>",
            '<results status="passed"><lun-id-assigned>x</lun-id-assigned></results>',
        ),
    ),
    (
        "unknown ZAPI",
        zapi("<vserver-start-async><vserver-name>v</vserver-name></vserver-start-async>", '<results status="passed"/>'),
    ),
    ("no num-records", zapi("<qtree-list-iter/>", '<results status="passed"><attributes-list/></results>')),
    (
        "missing required space.size or clone",
        rest(
            "POST",
            "/api/storage/namespaces",
            {},
            {"svm": {"name": "vs_b"}, "name": "/vol/p/n", "os_type": "linux"},
            202,
            job(),
        ),
    ),
    (
        "not writable by POST",
        rest(
            "POST",
            "/api/storage/namespaces",
            {},
            {"svm": {"name": "vs_b"}, "name": "/vol/p/n", "os_type": "linux", "space": {"size": 4096, "used": 1}},
            202,
            job(),
        ),
    ),
    (
        "unknown body field",
        rest(
            "POST",
            "/api/protocols/cifs/shares",
            {},
            {"svm": {"name": "vs_b"}, "name": "docs", "path": "/pool1", "share_name": "docs"},
            201,
            {},
        ),
    ),
    (
        "is not one of",
        rest(
            "POST",
            f"/api/protocols/cifs/shares/{U1}/docs/acls",
            {},
            {"user_or_group": "everyone", "permission": "write"},
            201,
            {},
        ),
    ),
    ("is not one of", rest("PATCH", f"/api/svm/migrations/{U1}", {"action": "abort"}, {}, 202, job())),
    ("is not a method", rest("POST", "/api/support/ems/events", {}, {}, 201, {})),
    ("not <netapp><results>", {"zapi": "<system-get-version/>", "response": "<results/>"}),
]


def self_test(checker):
    wrong = 0
    for ex in GOOD:
        what, found = checker.exchange(json.loads(json.dumps(ex)))
        if found:
            wrong += 1
            print(f"self-test: good exchange refused: {what}: {found}")
    for want, ex in BAD:
        what, found = checker.exchange(json.loads(json.dumps(ex)))
        if not any(re.search(want, f) for f in found):
            wrong += 1
            print(f"self-test: planted '{want}' missed in {what}: {found}")
        elif len(found) > 1:
            print(f"self-test: note: planted '{want}' gives {len(found)} lines: {found}")
    print(f"self-test: {len(GOOD)} good, {len(BAD)} planted, {wrong} wrong")
    return wrong


def main(argv=None):
    ap = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    ap.add_argument("log", nargs="*", help="JSONL traffic logs (- for standard input)")
    ap.add_argument(
        "--contract", default=str(Path(__file__).resolve().parent), help="folder of rest.json and zapi.json"
    )
    ap.add_argument(
        "--ignore-rejected",
        action="store_true",
        help="leave out request checks where the answer is 400 or above (negative tests)",
    )
    ap.add_argument("--self-test", action="store_true", help="check the checker")
    a = ap.parse_args(argv)
    checker = Checker(a.contract, a.ignore_rejected)
    if a.self_test:
        return 1 if self_test(checker) else 0
    if not a.log:
        ap.error("give a log, or --self-test")
    lines = []
    for name in a.log:
        if name == "-":
            lines += sys.stdin.read().splitlines()
        else:
            lines += Path(name).read_text("utf-8").splitlines()
    return 1 if checker.lines(lines) else 0


if __name__ == "__main__":
    sys.exit(main())
