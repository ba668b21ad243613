"""The OpenAPI description, made of the same tables that check requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from callguard.model import Reason
from callguard.service.fields import schema_of
from callguard.service.metrics import MEDIA as METRICS
from callguard.service.operations import operations
from callguard.service.reading import FORM, JSON
from callguard.service.trouble import CODES
from callguard.service.trouble import MEDIA as PROBLEM

if TYPE_CHECKING:
    from callguard.policy import Policy
    from callguard.service.desk import Desk
    from callguard.service.operations import Operation

Tree = dict[str, Any]

_TEXT: Final = "text/plain"
_INSTANT: Final[Tree] = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
_ALWAYS: Final = ("unreadable", "unauthorized", "foreign", "slow", "too-large", "media-type", "fields", "internal", "busy")
_BODILESS: Final = ("slow", "too-large", "media-type")


def _closed(**properties: Tree) -> Tree:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _ref(name: str) -> Tree:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT_OR_NULL: Final[Tree] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
_REASON: Final[Tree] = {"type": "string", "enum": [reason.value for reason in Reason]}
_COUNTS: Final[Tree] = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}

SCHEMAS: Final[dict[str, Tree]] = {
    "Decision": _closed(
        allowed={"type": "boolean", "description": "Whether the call may be placed."},
        reason=_ref("Reason"),
        rule={**_TEXT_OR_NULL, "description": "The rule that denied; null when allowed."},
        message={"type": "string", "description": "One plain sentence."},
        retry_at={**_INSTANT, "description": "The first instant at which this rule may answer differently."},
        holds_until={**_INSTANT, "description": "The first instant at which the whole answer may change by time alone."},
        provisional={"type": "boolean", "description": "Whether it rests on a calendar that is not published yet."},
    ),
    "Reason": _REASON,
    "Decisions": {
        "anyOf": [
            _closed(counts=_COUNTS, decisions={"type": "array", "items": _ref("Decision")}),
            _closed(counts=_COUNTS, reasons={"type": "array", "items": _ref("Reason")}),
        ]
    },
    "Explanation": _closed(
        decision=_ref("Decision"),
        next_allowed=_INSTANT,
        place=_closed(
            country=_TEXT_OR_NULL,
            province=_TEXT_OR_NULL,
            zones={"type": "array", "items": {"type": "string"}},
            told=_TEXT_OR_NULL,
        ),
        findings={"type": "array", "items": _ref("Finding")},
    ),
    "Finding": _closed(
        rule={"type": "string"},
        reason=_ref("Reason"),
        status={"type": "string", "enum": ["passes", "denies", "does-not-apply"]},
        facts={"type": "object"},
        citation={"type": "string"},
        until=_INSTANT,
    ),
    "NextAllowed": _closed(next_allowed=_INSTANT),
    "Attempt": _closed(
        attempt={**_TEXT_OR_NULL, "description": "The id, where the call may be placed."},
        shadow={
            "type": "boolean",
            "description": "Whether the call may be placed although it was denied: its campaign does not enforce.",
        },
        decision=_ref("Decision"),
    ),
    "Ended": {
        "type": "object",
        "properties": {"ended": {"const": True}, "outcome": {"type": "string"}, "released": {"const": True}},
        "required": ["ended"],
        "additionalProperties": False,
    },
    "Kept": _closed(kept={"const": True}, scope={"type": "string"}),
    "Live": _closed(live={"const": True}),
    "Ready": _closed(
        ready={"type": "boolean"},
        why={"enum": [None, "stopping", Reason.STATE_STALE.value, Reason.LOG_UNAVAILABLE.value]},
    ),
    "Description": {"type": "object", "properties": {"openapi": {"type": "string"}}, "required": ["openapi"]},
    "Problem": {
        "type": "object",
        "description": "A problem (RFC 9457). It never says what a field held.",
        "properties": {
            "type": {"const": "about:blank"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": list(CODES)},
            "detail": {"type": "string"},
            "errors": {
                "type": "array",
                "items": _closed(field={"type": "string"}, found={"type": "string"}, accepted={"type": "string"}),
            },
            "denied_here": {
                "type": "boolean",
                "description": "Of a refusal that could not be written: whether this host denies the number from now on, "
                "keeps it in its spool, and sends it later.",
            },
        },
        "required": ["type", "title", "status", "code", "detail"],
        "additionalProperties": False,
    },
}


def describe(desk: Desk) -> Tree:
    """Return the description of a service, with the campaigns and scopes of the policy in force."""
    from callguard import __version__

    paths: Tree = {}
    policy = desk.guard.policy
    for operation in operations(desk.limits):
        paths.setdefault(operation.path, {})[operation.method] = _operation(desk, operation, policy)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "callguard",
            "version": __version__,
            "description": "May this call be placed, now? Whatever is not a plain yes is a no: no answer, no call.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(desk: Desk, operation: Operation, policy: Policy) -> Tree:
    found: Tree = {
        "operationId": operation.name,
        "summary": operation.says,
        "security": [] if operation.open or desk.tokens is None else [{"token": []}],
        "responses": _responses(desk, operation),
    }
    schema = schema_of(operation.fields, policy)
    parameters = []
    if "{id}" in operation.path:
        parameters.append(
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{24}$"}}
        )
    if operation.method == "get":
        required = schema.get("required", [])
        for name, each in schema["properties"].items():
            parameters.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in required,
                    "description": each["description"],
                    "schema": _in_query(each),
                }
            )
    elif operation.fields:
        content = {JSON: {"schema": schema}}
        if operation.name != "decide-many":
            content[FORM] = {"schema": {**schema, "properties": {k: _in_query(v) for k, v in schema["properties"].items()}}}
        found["requestBody"] = {"required": "required" in schema, "content": content}
    return {**found, "parameters": parameters} if parameters else found


def _in_query(schema: Tree) -> Tree:
    """Return a schema as a form or a query can keep it: without null."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if not kinds:
        return rest
    return {**kinds[0], **rest} if len(kinds) == 1 else {"anyOf": kinds, **rest}


def _responses(desk: Desk, operation: Operation) -> Tree:
    found: Tree = {}
    for status, name in operation.answers.items():
        content: Tree = (
            {METRICS.partition(";")[0]: {"schema": {"type": "string"}}} if name == "Metrics" else {JSON: {"schema": _ref(name)}}
        )
        if operation.text:
            content[_TEXT] = {"schema": {"type": "string"}}
        found[str(status)] = {"description": f"{name}; as text: {operation.text}" if operation.text else name, "content": content}
    codes = ["foreign", "internal"] if operation.open else [*_ALWAYS, *operation.troubles]
    for code in codes:
        if (operation.method == "get" and code in _BODILESS) or (code == "unauthorized" and desk.tokens is None):
            continue
        status, title = CODES[code]
        told = found.setdefault(str(status), {"description": title, "content": {}})
        if title not in told["description"]:
            told["description"] += f"; {title}"
        told["content"][PROBLEM] = {"schema": _ref("Problem")}
        if code == "busy":
            told["headers"] = {"retry-after": {"description": "Seconds to wait.", "schema": {"type": "string"}}}
        if code == "unauthorized":
            told["headers"] = {"www-authenticate": {"description": "How to ask.", "schema": {"type": "string"}}}
    return found
