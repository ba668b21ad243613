"""Vapi: calls and campaigns of its assistants, and what its server messages say of them.

`Vapi(token=…, httpx_client=httpx.Client(transport=vapi.transport(guard, campaign="course")))`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from callguard.dialers import httpx as transports
from callguard.dialers.addresses import address
from callguard.dialers.bodies import field, objects, within
from callguard.dialers.knowing import FIELD, KEPT, Known, event_of, heard_of, inside
from callguard.dialers.routes import Api, Reading, requests, text, without
from callguard.judging import Denied
from callguard.targets import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard import Guard
    from callguard.dialers.routes import Allows, Reader
    from callguard.targets import Target

_NO_TELEPHONE: Final = ("vapi.websocket", "daily")
_ENDED: Final = {"customer-busy": "busy", "customer-did-not-answer": "no-answer", "voicemail": "voicemail"}
_ANSWERED: Final = (
    "customer-ended-call",
    "assistant-ended-call",
    "assistant-said-",
    "assistant-forwarded-call",
    "silence-timed-out",
)


# the tools of an assistant by which it calls nobody; hooks and handoffs that act are told by their type, too
_TOOLS: Final = frozenset(
    {
        *("apiRequest", "endCall", "function", "query", "slack.message.send", "sms", "voicemail"),
        *("gohighlevel.calendar.availability.check", "gohighlevel.calendar.event.create", "gohighlevel.contact.create"),
        *(
            "gohighlevel.contact.get",
            "google.calendar.availability.check",
            "google.calendar.event.create",
            "google.sheets.row.append",
        ),
    }
)
_ACTS: Final = frozenset({"transfer", "transferCall", "dtmf", "handoff", "sipRequest", "mcp", "bash", "code", "computer"})


def _tools(fields: dict[str, Any], allows: Allows) -> None:
    """Deny a request that brings an assistant with tools that may call on: transfers, digits, and what is not known."""
    for name, value in within(fields, "metadata", "variableValues"):
        many = value if isinstance(value, list) else [value]
        if (
            (name in ("tools", "tools:append") and any(inside(tool, "type") not in _TOOLS for tool in many if tool))
            or (name == "tool" and isinstance(value, dict) and value.get("type") not in _TOOLS)
            or (name == "type" and isinstance(value, str) and value in _ACTS)
            or (value and name.startswith("forwardingphonenumber"))
            or (value and name.endswith(("destination", "destinations")) and name != "assistantdestinations")
        ) and not allows("tools"):
            raise Denied("command-unreadable", "tools")


def _call(fields: dict[str, Any], allows: Allows) -> Reading:
    if field(fields, "schedulePlan") is not None:
        raise Denied("call-later")
    without(fields, allows, "customerId")
    _tools(fields, allows)
    targets = tuple(_targets(fields, allows))
    if not targets and not _is_elsewhere(fields) and not field(fields, "customerId"):
        raise Unreadable("nobody who is called")
    return Reading(targets=targets, caller_id=_number(fields), carry=partial(_carry, fields), named=_named)


def _campaign(fields: dict[str, Any], allows: Allows) -> Reading:
    if field(fields, "schedulePlan") is not None:
        raise Denied("call-later")
    without(fields, allows, "duplicateFromCampaignId", "predialPlan")
    _tools(fields, allows)
    targets = list(_targets(fields, allows))
    for entry in objects(field(fields, "dialPlan")) if field(fields, "dialPlan") is not None else ():
        targets += _targets(entry, allows)
    if not targets:
        raise Unreadable("nobody who is called")
    return Reading(targets=tuple(targets), named=_named_campaign)


def _targets(fields: dict[str, Any], allows: Allows) -> Iterator[Target]:
    """Yield whom the customers of a request are called at: by number, by SIP, or both."""
    many, one = field(fields, "customers"), field(fields, "customer")
    customers = [] if many is None else objects(many)
    customers += [] if one is None else objects([one])
    for customer in customers:
        without(customer, allows, "extension")  # it is dialled after the answer
        written = [each for each in (field(customer, "number"), field(customer, "sipUri")) if each is not None]
        if not written:
            raise Unreadable("a customer without a number")
        yield from map(address, written)


def _is_elsewhere(fields: dict[str, Any]) -> bool:
    """Return whether a call is one of the web: nobody's telephone rings."""
    return inside(fields, "transport", "provider") in _NO_TELEPHONE


def _number(fields: dict[str, Any]) -> str | None:
    """Return the number that is called from, where the request says it and not an id alone."""
    return text(inside(field(fields, "phoneNumber"), "twilioPhoneNumber"))


def _carry(fields: dict[str, Any], known: Known) -> bool:
    """Put what is known into the assistant's metadata, for a single call of a single assistant."""
    overrides = fields.get("assistantOverrides")
    if "customer" not in fields or fields.get("customers") is not None:
        return False
    if not (fields.get("assistantId") or fields.get("assistant")) or not isinstance(overrides, dict | None):
        return False
    own = (overrides or {}).get("metadata", inside(fields, "assistant", "metadata"))
    if not isinstance(own, dict) and (own is not None or fields.get("assistantId")):
        return False  # it would take the place of what the assistant has
    fields["assistantOverrides"] = {**(overrides or {}), "metadata": {**(own or {}), FIELD: known.only()}}
    return True


def _named(answer: Any) -> list[tuple[str, str | None]]:
    calls = inside(answer, "results")
    found = calls if isinstance(calls, list) else [answer]
    return [(call["id"], _callee(inside(call, "customer"))) for call in found if isinstance(inside(call, "id"), str)]


def _named_campaign(answer: Any) -> list[tuple[str, str | None]]:
    id_ = inside(answer, "id")
    return [(id_, None)] if isinstance(id_, str) else []


def _callee(customer: Any) -> str | None:
    """Return where a customer is called: a number, or an address of SIP; None where there is neither."""
    found = inside(customer, "number") or inside(customer, "sipUri")
    return found if isinstance(found, str) else None


def _denial(why: Denied) -> dict[str, Any]:
    return {"statusCode": 403, "error": "Forbidden", "message": f"denied before it was placed: {why}"}


_PLACES: Final[dict[str, tuple[Reader, str]]] = {
    "POST /call": (_call, "`customer` and all `customers`; `schedulePlan` is later, `customerId` unreadable: denied"),
    "POST /campaign": (_campaign, "all `customers`, and those of `dialPlan`; `schedulePlan` is later: denied"),
    "POST /v2/campaign": (_campaign, "the same"),
}
_HARMLESS: Final = {
    **requests("PATCH", "/call/{}", "changes the name of a call that is there"),
    **requests("POST", "/structured-output /file", "says what an assistant is"),
    **requests("PATCH", "/structured-output/{} /file/{}", "says what an assistant is"),
    **requests("POST", "/assistant/background-sound/validate /structured-output/run", "looks into what is there"),
    **requests(
        "POST", "/v2/knowledge-base /v2/knowledge-base/{}/file /v2/knowledge-base/{}/file/{}/retry", "what an assistant knows"
    ),
    **requests("PATCH", "/v2/knowledge-base/{}", "what an assistant knows"),
    **requests("POST", "/chat /chat/responses /session", "text: calls nobody"),
    **requests("PATCH", "/session/{}", "text: calls nobody"),
    **requests("POST", "/analytics /reporting/board /reporting/insight /reporting/insight/preview", "reports"),
    **requests("POST", "/reporting/insight/{}/run /observability/scorecard", "reports"),
    **requests("PATCH", "/reporting/board/{} /reporting/insight/{} /observability/scorecard/{}", "reports"),
    **requests("POST", "/eval /eval/simulation /eval/simulation/personality /eval/simulation/scenario", "says what a test is"),
    **requests("POST", "/eval/simulation/scenario/generate /eval/simulation/suite", "says what a test is"),
    **requests("POST", "/eval/simulation/suite/{}/duplicate /eval/simulation/run/{}/item/{}/generate", "says what a test is"),
    **requests("PATCH", "/eval/{} /eval/simulation/{} /eval/simulation/personality/{}", "says what a test is"),
    **requests("PATCH", "/eval/simulation/scenario/{} /eval/simulation/suite/{}", "says what a test is"),
    **requests("PATCH", "/eval/simulation/run/{} /eval/simulation/run/{}/item/{}", "ends a test"),
}
_UNKNOWN: Final = {
    **requests("POST", "/assistant /squad /tool", "says whom an assistant calls by itself"),
    **requests("PATCH", "/assistant/{} /squad/{} /tool/{}", "says whom an assistant calls by itself"),
    **requests("PATCH", "/campaign/{} /v2/campaign/{}", "changes whom a campaign calls, and when"),
    **requests("POST", "/phone-number", "says to whom calls are forwarded"),
    **requests("PATCH", "/phone-number/{}", "says to whom calls are forwarded"),
    **requests("POST", "/eval/run /eval/simulation/run", "has an assistant act, which may call"),
    **requests("POST", "/traffic-allocations", "changes which assistant a call has"),
    **requests("POST", "/provider/{}/{}", "does what another service offers"),
    **requests("PATCH", "/provider/{}/{}/{}", "does what another service offers"),
}
API: Final = Api(
    name="vapi",
    hosts=frozenset({"api.vapi.ai", "api.eu.vapi.ai"}),
    root="",
    places=_PLACES,
    harmless=_HARMLESS,
    unknown=_UNKNOWN,
    denial=_denial,
)
transport = partial(transports.transport, api=API)
async_transport = partial(transports.async_transport, api=API)


def heard(guard: Guard, event: Any) -> bool:
    """Take a server message whose sender was verified: record how a call ended, keep a refusal, return whether there was one.

    `end-of-call-report` of calls that the transport let go; all others are left alone. TypeError for what is no message; StateError
    where a refusal could not be kept.
    """
    message = inside(event_of(event), "message")
    if inside(message, "type") != "end-of-call-report":
        return False
    call = inside(message, "call")
    known = (
        Known.read(inside(call, "assistantOverrides", "metadata"))
        or Known.read(inside(message, "assistant", "metadata"))
        or KEPT.find(inside(call, "id"))
        or KEPT.find(inside(call, "campaignId"))
    )
    seconds = inside(message, "durationSeconds")
    callee = _callee(inside(message, "customer")) or _callee(inside(call, "customer"))
    return heard_of(
        guard,
        known,
        callee,
        source="vapi end-of-call-report",
        outcome=_outcome(inside(message, "endedReason")),
        duration=seconds if isinstance(seconds, int | float) and seconds >= 0 else None,
    )


def _outcome(reason: Any) -> str:
    if not isinstance(reason, str):
        return "unknown"
    if reason in _ENDED:
        return _ENDED[reason]
    return "answered" if reason.startswith(_ANSWERED) else "failed" if "error" in reason else "unknown"
