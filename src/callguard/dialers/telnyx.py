"""Telnyx: Call Control, TeXML, faxes and calls that verify numbers; what its webhooks say of calls.

`Telnyx(http_client=DefaultHttpxClient(transport=telnyx.transport(guard, campaign="course")))`.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from callguard.dialers import httpx as transports
from callguard.dialers.addresses import address, addresses
from callguard.dialers.bodies import field
from callguard.dialers.knowing import KEPT, Known, event_of, heard_of, inside
from callguard.dialers.routes import NOBODY, Api, Reading, text, without
from callguard.dialers.telnyx_tables import HARMLESS, UNKNOWN
from callguard.judging import Denied
from callguard.targets import Unreadable

if TYPE_CHECKING:
    from callguard import Guard
    from callguard.dialers.routes import Allows, Reader

# verbs of TeXML that may call on, by digits too
_DIALS: Final = re.compile(r"dial|refer|enqueue|redirect|sip|connect|conversation|assistant|\bdigits|<!|&", re.IGNORECASE)
# what a request may say of an assistant; its tools, and what brings such, may call
_ASSISTANT: Final = frozenset(
    {
        *("id", "name", "instructions", "greeting", "model", "voice_settings", "transcription", "dynamic_variables"),
        *("openai_api_key_ref", "llm_api_key_ref", "observability_settings"),
    }
)
_ENDED: Final = {
    "normal_clearing": "answered",
    "time_limit": "answered",
    "user_busy": "busy",
    "no_answer": "no-answer",
    "timeout": "no-answer",
    "call_rejected": "rejected",
    "originator_cancel": "no-answer",
    "not_found": "failed",
}
_FAXES: Final = {"fax.delivered": "answered", "fax.failed": "failed"}
_NO_FAX: Final = {"user_busy": "busy", "receiver_no_answer": "no-answer", "receiver_decline": "rejected"}


def _named(answer: Any) -> list[tuple[str, str | None]]:
    id_ = inside(answer, "data", "call_control_id") or inside(answer, "data", "id")
    return [(id_, None)] if isinstance(id_, str) else []


def _state(fields: dict[str, Any], name: str, known: Known) -> bool:
    """Put what is known into a state that comes back with each webhook, where the dialer has left it free."""
    if field(fields, name) is not None:
        return False
    fields[name] = known.packed()
    return True


def _call(fields: dict[str, Any], allows: Allows, *, state: str = "client_state", once: str | None = None) -> Reading:
    # digits after the answer may dial on; a bridge calls from another call's number
    without(fields, allows, "send_digits_on_answer", "bridge_intent")
    _talks(fields, allows)
    return Reading(
        targets=addresses(field(fields, "to")),
        caller_id=text(field(fields, "from")),
        once=once,
        carry=partial(_state, fields, state),
        named=_named,
    )


def _talks(fields: dict[str, Any], allows: Allows) -> Reading:
    """Read a request that has another program talk in a call: denied where it brings tools or digits, by which that may dial on."""
    without(fields, allows, "conversation_relay_config", "enable_dialogflow", "dialogflow_config")
    assistant = field(fields, "assistant")
    if not isinstance(assistant, dict | None):
        raise Unreadable("an assistant that is no object")
    if any(value and name not in _ASSISTANT for name, value in (assistant or {}).items()) and not allows("assistant"):
        raise Denied("command-unreadable", "assistant")
    return NOBODY


def _messages(fields: dict[str, Any], allows: Allows) -> Reading:
    without(fields, allows, "ai_assistant_id")
    return NOBODY


def _refer(fields: dict[str, Any], _: Allows) -> Reading:
    # the state that it takes is that of the call which is there, whose events tell nothing of the new one
    return Reading(targets=addresses(field(fields, "sip_address")), once="command_id")


def _texml(fields: dict[str, Any], allows: Allows) -> Reading:
    _document(fields, allows)
    without(fields, allows, "SendDigits")
    shown, own = text(field(fields, "CallerId")), text(field(fields, "From"))
    return Reading(targets=(address(field(fields, "To")),), caller_id=own or shown)


def _texml_update(fields: dict[str, Any], allows: Allows) -> Reading:
    _document(fields, allows)
    return NOBODY


def _document(fields: dict[str, Any], allows: Allows) -> None:
    document = text(field(fields, "Texml"))
    if document is not None and _DIALS.search(document) and not allows("Texml"):
        raise Denied("command-unreadable", "Texml")


def _verification(fields: dict[str, Any], allows: Allows) -> Reading:
    without(fields, allows, "extension")
    if field(fields, "verification_method") == "sms":
        return NOBODY
    return Reading(targets=addresses(field(fields, "phone_number")))


def _verifications(fields: dict[str, Any], _: Allows) -> Reading:
    if field(fields, "verification_method") == "sms":
        return NOBODY
    return Reading(targets=addresses(field(fields, "phone_numbers")))


def _scheduled(fields: dict[str, Any], _: Allows) -> Reading:
    if field(fields, "telnyx_conversation_channel") in ("sms_chat", "web_chat"):
        return NOBODY
    raise Denied("call-later")


def _denial(why: Denied) -> dict[str, Any]:
    return {"errors": [{"code": "callguard", "title": "The call was denied before it was placed", "detail": str(why)}]}


_PLACES: Final[dict[str, tuple[Reader, str]]] = {
    "POST /calls": (partial(_call, once="command_id"), "every address of `to`"),
    "POST /calls/{}/actions/transfer": (
        partial(_call, state="target_leg_client_state", once="command_id"),
        "`to`; other actions of a call call nobody",
    ),
    "POST /calls/{}/actions/refer": (_refer, "`sip_address`"),
    "POST /calls/{}/actions/answer": (_talks, "nobody; an assistant with tools of its own, or digits by a relay, may dial: denied"),
    "POST /calls/{}/actions/ai_assistant_start": (_talks, "the same"),
    "POST /calls/{}/actions/gather_using_ai": (_talks, "the same"),
    "POST /calls/{}/actions/streaming_start": (_talks, "the same, of Dialogflow"),
    "POST /messaging_profiles": (_messages, "nobody, unless an assistant is to act: denied"),
    "PATCH /messaging_profiles/{}": (_messages, "the same"),
    "POST /texml/calls/{}": (_texml, "`To`; TeXML in the request may not dial on"),
    "POST /texml/ai_calls/{}": (_texml, "the same"),
    "POST /texml/Accounts/{}/Calls": (_texml, "the same"),
    "POST /texml/Accounts/{}/Conferences/{}/Participants": (_texml, "the same"),
    "POST /texml/Accounts/{}/Calls/{}": (_texml_update, "calls nobody, unless its TeXML dials: denied"),
    "POST /faxes": (_call, "`to`: a fax is a call"),
    "POST /verifications/call": (_verification, "`phone_number`"),
    "POST /verifications/flashcall": (_verification, "`phone_number`"),
    "POST /verified_numbers": (_verification, "`phone_number`, unless it gets a message"),
    "POST /messaging_hosted_number_orders/{}/verification_codes": (_verifications, "`phone_numbers`, the same"),
    "POST /porting_orders/{}/verification_codes/send": (_verifications, "`phone_numbers`, the same"),
    "POST /ai/assistants/{}/scheduled_events": (_scheduled, "a call later: denied; a chat is passed"),
}
API: Final = Api(
    name="telnyx",
    hosts=frozenset({"api.telnyx.com"}),
    root="/v2",
    places=_PLACES,
    harmless=HARMLESS,
    unknown=UNKNOWN,
    denial=_denial,
)
transport = partial(transports.transport, api=API)
async_transport = partial(transports.async_transport, api=API)


def heard(guard: Guard, event: Any) -> bool:
    """Take a webhook's event, whose signature was verified: record how a call ended, keep a refusal, return whether there was one.

    `call.hangup`, `call.dtmf.received`, `call.gather.ended`, `fax.delivered` and `fax.failed` of calls that the transport let go;
    all others are left alone. TypeError for what is no event; StateError where a refusal could not be kept.
    """
    data = inside(event_of(event), "data")
    kind, payload = inside(data, "event_type"), inside(data, "payload")
    id_ = inside(payload, "call_control_id") or inside(payload, "fax_id")
    known = Known.unpacked(inside(payload, "client_state")) or KEPT.find(id_)
    said: dict[str, Any] = {"source": f"telnyx {kind}"}
    if kind == "call.hangup":
        cause, status = inside(payload, "hangup_cause"), inside(payload, "sip_hangup_cause")
        said["outcome"] = _ENDED.get(cause, "unknown") if isinstance(cause, str) else "unknown"
        said["sip_status"] = int(status) if isinstance(status, str) and re.fullmatch(r"[1-6][0-9]{2}", status) else None
    elif kind == "call.dtmf.received":
        said["keys"] = inside(payload, "digit")
    elif kind == "call.gather.ended":
        said["keys"] = inside(payload, "digits")
    elif isinstance(kind, str) and kind in _FAXES:
        reason = inside(payload, "failure_reason")
        said["outcome"] = _NO_FAX.get(reason, "failed") if kind == "fax.failed" and isinstance(reason, str) else _FAXES[kind]
    else:
        return False
    if "outcome" not in said and not isinstance(said["keys"], str):
        return False
    return heard_of(guard, known, inside(payload, "to"), **said)
