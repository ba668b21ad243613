"""LiveKit: a server client whose every request is decided, those that dial over SIP or WhatsApp above all.

`livekit.guarded(api.LiveKitAPI(), guard, campaign="course")`: what is denied raises DialDenied, or Denied where no policy was
asked.
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from callguard.commands.tables import Tables
from callguard.dialers import sip
from callguard.dialers.addresses import address
from callguard.errors import StateError
from callguard.finishing import finish
from callguard.judging import Ask, Denied, Judge
from callguard.targets import Target, Unreadable
from callguard.targets.target import DIGITS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from callguard import Guard
    from callguard.judging import Placing

Client = TypeVar("Client")
_NUMBER: Final = re.compile(DIGITS)
_GUARDED: Final = "_callguard"
_SERVICES: Final = ("_room", "_ingress", "_egress", "_sip", "_agent_dispatch", "_connector")
# what a server answers before it has tried to dial, where it names no status of SIP
_NOT_PLACED: Final = (
    *("invalid_argument", "malformed", "not_found", "bad_route", "already_exists"),
    *("permission_denied", "unauthenticated", "unimplemented"),
)


def _participant(message: Any, judge: Judge) -> Ask:
    # the first three say whom the call goes to, whatever `sip_call_to` says, the fourth from whom, whatever `sip_number` says; a
    # trunk of the request's own may set any header, and tones after the answer may dial on
    _without(message, judge, "sip_request_uri", "sip_to_header", "to_user_override", "sip_from_header", "trunk", "dtmf")
    if any(not name.lower().startswith("x-") for name in message.headers) and "headers" not in judge.allow:
        raise Denied("command-unreadable", "headers")
    return Ask((_dialled(message.sip_call_to),), caller_id=message.sip_number or None)


def _transfer(message: Any, judge: Judge) -> Ask:
    if any(not name.lower().startswith("x-") for name in message.headers) and "headers" not in judge.allow:
        raise Denied("command-unreadable", "headers")
    return Ask((_dialled(message.transfer_to),))


def _whatsapp(message: Any, judge: Judge) -> Ask:
    _without(message, judge, "agents")
    number = message.whatsapp_to_phone_number
    return Ask((_dialled(number if number.startswith("+") else f"+{number}"),))


def _room(message: Any, judge: Judge) -> Ask:
    _without(message, judge, "agents", "room_preset")
    return Ask(())


def _accepted(message: Any, judge: Judge) -> Ask:
    _without(message, judge, "agents")
    return Ask(())


def _rule(message: Any, judge: Judge) -> Ask:
    for rule in (message, getattr(message, "dispatch_rule", message), getattr(message, "replace", message)):
        _without(rule, judge, "room_preset")
        if getattr(rule, "room_config", None) is not None:
            _without(rule.room_config, judge, "agents")
    return Ask(())


def _dialled(written: str) -> Target:
    """Read a number as the trunk will dial it, or an address."""
    return Target(written, written) if _NUMBER.fullmatch(written) else address(written)


def _without(message: Any, judge: Judge, *names: str) -> None:
    present = {field.name for field, _ in message.ListFields()}
    for name in names:
        if name in present and name not in judge.allow:
            raise Denied("command-unreadable", name)


def _several(service: str, methods: str, why: str) -> dict[str, str]:
    return {f"{service}/{method}".lower(): why for method in methods.split()}


TABLES: Final[Tables[Callable[[Any, Judge], Ask]]] = Tables(
    places={
        "sip/createsipparticipant": (_participant, "`sip_call_to`; what dials elsewhere or sends tones is denied"),
        "sip/transfersipparticipant": (_transfer, "`transfer_to`"),
        "connector/dialwhatsappcall": (_whatsapp, "`whatsapp_to_phone_number`"),
        "connector/acceptwhatsappcall": (_accepted, "calls nobody; with `agents` as `CreateRoom`"),
        "sip/createsipdispatchrule": (_rule, "calls that come; with `agents` or a `room_preset` as `CreateRoom`"),
        "sip/updatesipdispatchrule": (_rule, "the same"),
        "roomservice/createroom": (_room, "calls nobody; with `agents` it has them act, which may call: denied"),
    },
    harmless={
        **_several("SIP", "CreateSIPInboundTrunk UpdateSIPInboundTrunk", "calls that come"),
        **_several("SIP", "ListSIPInboundTrunk ListSIPOutboundTrunk ListSIPDispatchRule", "only shows"),
        **_several("SIP", "DeleteSIPTrunk DeleteSIPDispatchRule", "takes away"),
        **_several("Connector", "DisconnectWhatsAppCall ConnectWhatsAppCall", "acts on calls that are there"),
        **_several("RoomService", "ListRooms DeleteRoom UpdateRoomMetadata ListParticipants GetParticipant", "rooms: calls nobody"),
        **_several("RoomService", "RemoveParticipant ForwardParticipant MoveParticipant MutePublishedTrack", "rooms: calls nobody"),
        **_several("RoomService", "UpdateParticipant UpdateSubscriptions SendData", "rooms: calls nobody"),
        **_several(
            "Egress", "StartRoomCompositeEgress StartWebEgress StartParticipantEgress StartTrackCompositeEgress", "recordings"
        ),
        **_several("Egress", "StartTrackEgress StartEgress UpdateLayout UpdateStream ListEgress StopEgress", "recordings"),
        **_several("Ingress", "CreateIngress UpdateIngress ListIngress DeleteIngress", "streams that come"),
        **_several("AgentDispatchService", "ListDispatch DeleteDispatch", "shows, or takes away"),
    },
    unknown={
        **_several("SIP", "CreateSIPOutboundTrunk UpdateSIPOutboundTrunk", "opens or changes a way to dial"),
        **_several("AgentDispatchService", "CreateDispatch", "has an agent act, which may call"),
        **_several("Connector", "ConnectTwilioCall", "takes part in a call that Twilio places"),
    },
)


def guarded(
    client: Client,
    guard: Guard,
    *,
    campaign: str | None = None,
    caller: str | None = None,
    allow: Iterable[str] = (),
    internal: Iterable[str | re.Pattern[str]] = (),
) -> Client:
    """Put the guard into a LiveKitAPI, and return it; every request of all its services is decided from now on.

    `campaign` and `caller` hold where neither the request nor `calling(…)` says them. `allow` are names of unknown requests
    (`AgentDispatchService/CreateDispatch`) and of fields (`dtmf`); `internal` are patterns of targets inside. TypeError for another
    client, or one of a version that is not known; ValueError for one that has a guard.
    """
    judge = Judge(guard=guard, campaign=campaign, caller=caller, internal=internal, allow=allow)
    services = [getattr(client, name, None) for name in _SERVICES]
    reached = [getattr(service, "_client", None) for service in services]
    others = [name for name, each in vars(client).items() if hasattr(each, "_client") and name not in _SERVICES]
    if others or not all(callable(getattr(each, "request", None)) for each in reached):
        raise TypeError(
            f"the client is a {type(client).__name__} whose services are not known; accepted: a LiveKitAPI of livekit-api 1"
        )
    if any(hasattr(each, _GUARDED) for each in reached):
        raise ValueError("the client has a guard already; accepted: one that has none")
    for each in reached:
        setattr(each, _GUARDED, judge)
        each.request = _decided(each.request, judge)  # type: ignore[union-attr]
    return client


def _decided(request: Callable[..., Awaitable[Any]], judge: Judge) -> Callable[..., Awaitable[Any]]:
    """Return a client's request, decided before it is made."""

    async def decided(service: str, method: str, data: Any, *args: Any, **kwargs: Any) -> Any:
        message = deepcopy(data)  # the caller may change its own while this one is decided
        try:
            ask = _read(f"{service}/{method}", message, judge)
            placing = None if ask is None else await judge.place(ask)
        except Denied as why:
            raise why.raised() from None
        if placing is None:
            return await request(service, method, message, *args, **kwargs)
        return await _placed(request(service, method, message, *args, **kwargs), placing, judge, answered=_waits(message))

    return decided


def _read(name: str, data: Any, judge: Judge) -> Ask | None:
    """Return whom a request calls; None where it is passed as it is, Denied for what is not to leave."""
    read = TABLES.reader(name)
    if read is None:
        if TABLES.is_harmless(name) or name.lower() in judge.allow:
            return None
        raise Denied("command-unknown")
    if _is_odd(data):
        raise Denied("command-unreadable")
    try:
        return read(data, judge)
    except Unreadable:
        raise Denied("target-unreadable") from None


def _is_odd(data: Any) -> bool:
    """Return whether a message has fields that this version of the library does not know."""
    from google.protobuf.unknown_fields import UnknownFieldSet

    return len(UnknownFieldSet(data)) > 0


def _waits(data: Any) -> bool:
    return bool(getattr(data, "wait_until_answered", False))


async def _placed(request: Awaitable[Any], placing: Placing, judge: Judge, *, answered: bool) -> Any:
    """Make a request, and record what became of its call: by its status of SIP, where the server names it."""
    callees, campaign = list(placing.references), placing.campaign
    try:
        found = await request
    except BaseException as error:
        status = _status(error)
        code = getattr(error, "code", None)
        outcome = "unknown" if status is None else sip.ended(status)
        released = status is None and code in _NOT_PLACED
        await placing.settle("failed" if released else outcome, released=released)
        if status is not None:
            await finish(partial(_heard, judge.guard, callees, campaign, status))
        raise
    await placing.settle("answered" if answered else "unknown")
    return found


def _status(error: BaseException) -> int | None:
    said = getattr(error, "metadata", None)
    status = said.get("sip_status_code") if isinstance(said, dict) else None
    return int(status) if isinstance(status, str) and re.fullmatch(r"[3-6][0-9]{2}", status) else None


def _heard(guard: Guard, callees: list[str], campaign: str, status: int) -> None:
    """Keep a refusal that the status of SIP says."""
    import logging

    for callee in callees:
        try:
            guard.heard(callee, campaign=campaign, sip_status=status, source=f"livekit sip {status}")
        except (StateError, ValueError) as error:
            logging.getLogger("callguard.dialers").warning("a refusal could not be kept: %s", type(error).__name__)
