"""Retell: calls of its agents, one or many, and what its webhooks say of them.

`Retell(http_client=DefaultHttpxClient(transport=retell.transport(guard, campaign="course")))`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.dialers import httpx as transports
from callguard.dialers.addresses import address
from callguard.dialers.bodies import field, objects
from callguard.dialers.knowing import FIELD, KEPT, Known, event_of, heard_of, inside
from callguard.dialers.routes import NOBODY, Api, Reading, requests, text
from callguard.judging import Denied

if TYPE_CHECKING:
    from callguard import Guard
    from callguard.dialers.routes import Allows, Reader

_ENDED: Final = {
    "dial_busy": "busy",
    "dial_no_answer": "no-answer",
    "dial_failed": "failed",
    "invalid_destination": "failed",
    "telephony_provider_permission_denied": "failed",
    "telephony_provider_unavailable": "failed",
    "sip_routing_error": "failed",
    "network_blocked": "failed",
    "concurrency_limit_reached": "failed",
    "no_valid_payment": "failed",
    "user_declined": "rejected",
    "marked_as_spam": "rejected",
    "voicemail_reached": "voicemail",
    "user_requested_dnc": "do-not-call",
}
_ANSWERED: Final = (
    *("user_hangup", "agent_hangup", "user_requested_callback", "call_transfer", "transfer_bridged", "transfer_cancelled"),
    *("ivr_reached", "inactivity", "max_duration_reached", "manual_stopped", "call_take_over"),
)


def _call(fields: dict[str, Any], _: Allows) -> Reading:
    return Reading(
        targets=(address(field(fields, "to_number")),),
        caller_id=text(field(fields, "from_number")),
        once="idempotency_key",
        carry=partial(_carry, fields),
        named=_named,
    )


def _batch(fields: dict[str, Any], _: Allows) -> Reading:
    if field(fields, "trigger_timestamp") is not None or field(fields, "call_time_window") is not None:
        raise Denied("call-later")
    tasks = objects(field(fields, "tasks"))
    targets = tuple(address(field(task, "to_number")) for task in tasks)
    return Reading(targets=targets, caller_id=text(field(fields, "from_number")), carry=partial(_carry_all, tasks))


def _registered(fields: dict[str, Any], allows: Allows) -> Reading:
    """Read a call that the dialer itself places, and Retell's agent speaks in."""
    return NOBODY if field(fields, "direction") == "inbound" else attrs.evolve(_call(fields, allows), once=None)


def _carry(fields: dict[str, Any], known: Known, number: str | None = None) -> bool:
    """Put what is known into a call's metadata, beside what the dialer has there."""
    own = field(fields, "metadata")
    if not isinstance(own, dict | None):
        return False
    fields["metadata"] = {**(own or {}), FIELD: known.only(number)}
    return True


def _carry_all(tasks: list[dict[str, Any]], known: Known) -> bool:
    room = [_carry(task, known, task["to_number"]) for task in tasks]
    return all(room)


def _named(answer: Any) -> list[tuple[str, str | None]]:
    id_ = inside(answer, "call_id")
    return [(id_, None)] if isinstance(id_, str) else []


def _denial(why: Denied) -> dict[str, Any]:
    return {"status": "error", "message": f"denied before it was placed: {why}"}


_PLACES: Final[dict[str, tuple[Reader, str]]] = {
    "POST /v2/create-phone-call": (_call, "`to_number`"),
    "POST /create-batch-call": (_batch, "every task's `to_number`; `trigger_timestamp` and `call_time_window` are later: denied"),
    "POST /v2/register-phone-call": (_registered, "`to_number`, unless `direction` is `inbound`"),
}
_HARMLESS: Final = {
    **requests("POST", "/v3/create-web-call", "in a browser: nobody's telephone rings"),
    **requests("POST", "/v2/listen-live-call/{} /v2/take-over-live-call/{} /v2/stop-call/{}", "acts on calls that are there"),
    **requests("PATCH", "/v2/update-call/{} /v2/update-live-call/{}", "acts on calls that are there"),
    **requests("PUT", "/rerun-call-analysis/{} /rerun-chat-analysis/{}", "looks into what is there"),
    **requests("POST", "/v3/list-calls /v3/list-chats /v2/list-agents /list-contacts", "only shows"),
    **requests("POST", "/create-chat-agent /create-asset", "says what an agent is"),
    **requests("POST", "/create-knowledge-base /add-knowledge-base-sources/{}", "says what an agent is"),
    **requests("PATCH", "/update-chat-agent/{}", "says what an agent is"),
    **requests("POST", "/add-community-voice /clone-voice /search-community-voice", "says what an agent is"),
    **requests("POST", "/create-app /get-app-tool-schema/{} /test-app-auth/{}", "says what an agent may use"),
    **requests("PATCH", "/update-app/{}", "says what an agent may use"),
    **requests("POST", "/create-chat /create-chat-completion /create-sms-chat", "text: calls nobody"),
    **requests("PATCH", "/end-chat/{} /update-chat/{}", "text: calls nobody"),
    **requests("POST", "/create-contact /create-contact-import /upload-contact-import-file", "a list of people: calls nobody"),
    **requests("POST", "/backfill-contact-analysis-data /run-sync-job /update-crm-config", "a list of people: calls nobody"),
    **requests("PATCH", "/update-contact/{}", "a list of people: calls nobody"),
    **requests(
        "POST", "/create-batch-test /create-test-case-definition /agent-playground-completion/{}", "a test by text: calls nobody"
    ),
    **requests("PUT", "/update-test-case-definition/{}", "a test by text: calls nobody"),
}
_UNKNOWN: Final = {
    **requests("POST", "/create-agent /create-agent-version/{} /publish-agent-version/{}", "says whom an agent calls by itself"),
    **requests("POST", "/repair-agent/{} /create-retell-llm", "says whom an agent calls by itself"),
    **requests("POST", "/create-conversation-flow /create-conversation-flow-component", "says whom an agent calls by itself"),
    **requests("PATCH", "/update-agent/{} /update-retell-llm/{}", "says whom an agent calls by itself"),
    **requests(
        "PATCH", "/update-conversation-flow/{} /update-conversation-flow-component/{}", "says whom an agent calls by itself"
    ),
    **requests("POST", "/create-phone-number /import-phone-number", "says to whom calls are forwarded"),
    **requests("PATCH", "/update-phone-number/{}", "says to whom calls are forwarded"),
}
API: Final = Api(
    name="retell",
    hosts=frozenset({"api.retellai.com"}),
    root="",
    places=_PLACES,
    harmless=_HARMLESS,
    unknown=_UNKNOWN,
    denial=_denial,
)
transport = partial(transports.transport, api=API)
async_transport = partial(transports.async_transport, api=API)


def heard(guard: Guard, event: Any) -> bool:
    """Take a webhook's event, whose signature was verified: record how a call ended, keep a refusal, return whether there was one.

    `call_ended`, and `call_analyzed` for a refusal that was told later, of calls that the transport let go; all others are left
    alone. TypeError for what is no event; StateError where a refusal could not be kept.
    """
    found = event_of(event)
    kind, call = found.get("event"), found.get("call")
    if kind not in ("call_ended", "call_analyzed"):
        return False
    known = Known.read(inside(call, "metadata")) or KEPT.find(inside(call, "call_id"))
    reason, milliseconds = inside(call, "disconnection_reason"), inside(call, "duration_ms")
    outcome = _outcome(reason)
    if kind == "call_analyzed" and outcome != "do-not-call":
        return False
    duration = milliseconds / 1000 if isinstance(milliseconds, int | float) and milliseconds >= 0 else None
    return heard_of(guard, known, inside(call, "to_number"), source=f"retell {kind}", outcome=outcome, duration=duration)


def _outcome(reason: Any) -> str:
    if not isinstance(reason, str):
        return "unknown"
    return "answered" if reason in _ANSWERED else _ENDED.get(reason, "unknown")
