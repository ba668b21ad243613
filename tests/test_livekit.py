"""LiveKit's client over real HTTP to a double of its server, that reads the messages as the server would."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from livekit import api
from livekit.protocol import agent_dispatch, connector_whatsapp, models, room, sip

from callguard import DialDenied
from callguard.dialers import livekit
from callguard.judging import Denied
from samples import CALLER, guard

pytestmark = pytest.mark.once

LOG = "[call_log]\nenabled = true\n"
GOOD, POLICE = "+8613800130001", "110"
DOUBLE = "protocol double only"
MESSAGES = {
    "CreateSIPParticipant": (sip.CreateSIPParticipantRequest, sip.SIPParticipantInfo),
    "TransferSIPParticipant": (sip.TransferSIPParticipantRequest, sip.TransferSIPParticipantResponse),
    "DialWhatsAppCall": (connector_whatsapp.DialWhatsAppCallRequest, connector_whatsapp.DialWhatsAppCallResponse),
    "AcceptWhatsAppCall": (connector_whatsapp.AcceptWhatsAppCallRequest, connector_whatsapp.AcceptWhatsAppCallResponse),
    "CreateSIPDispatchRule": (sip.CreateSIPDispatchRuleRequest, sip.SIPDispatchRuleInfo),
    "CreateRoom": (room.CreateRoomRequest, models.Room),
    "ListRooms": (room.ListRoomsRequest, room.ListRoomsResponse),
    "CreateDispatch": (agent_dispatch.CreateAgentDispatchRequest, agent_dispatch.AgentDispatch),
}


class World:
    """A client with its guard; `seen` are the methods and messages that reached the server, `fails` what it answers instead."""

    def __init__(self, found):
        self.guard, self.seen, self.fails = found, [], []
        self.client = None

    async def answer(self, request):
        method = request.path.rpartition("/")[2]
        asked, answered = MESSAGES[method]
        self.seen.append((method, asked.FromString(await request.read())))
        if self.fails:
            status, body = self.fails.pop(0)
            return web.json_response(body, status=status)
        return web.Response(body=answered().SerializeToString(), content_type="application/protobuf")

    def outcomes(self):
        return sorted(str(entry.outcome) for entry in self.guard.log.search(reason="allowed"))


@asynccontextmanager
async def world(*, extra=LOG, **more):
    with guard(extra=extra) as found:
        made = World(found)
        app = web.Application()
        app.router.add_post("/twirp/{name:.*}", made.answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        try:
            async with api.LiveKitAPI(f"http://127.0.0.1:{port}", "key", "s" * 32, failover=False) as client:
                made.client = livekit.guarded(client, found, **{"campaign": "course", "caller": CALLER} | more)
                yield made
        finally:
            await runner.cleanup()


def participant(number, **more):
    return sip.CreateSIPParticipantRequest(sip_trunk_id="t", sip_call_to=number, room_name="r", **more)


async def dial(client, number):
    return await client.sip.create_sip_participant(participant(number))


async def dial_and_wait(client, number):
    return await client.sip.create_sip_participant(participant(number, wait_until_answered=True))


async def transfer(client, number):
    ask = sip.TransferSIPParticipantRequest(participant_identity="i", room_name="r", transfer_to=f"sip:{number}@trunk.example")
    return await client.sip.transfer_sip_participant(ask)


async def transfer_tel(client, number):
    tel = f"tel:{number}" if number.startswith("+") else "tel:+86110"
    return await client.sip.transfer_sip_participant(
        sip.TransferSIPParticipantRequest(participant_identity="i", room_name="r", transfer_to=tel)
    )


async def whatsapp(client, number):
    to = number if number.startswith("+") else "86110"
    return await client.connector.dial_whatsapp_call(connector_whatsapp.DialWhatsAppCallRequest(whatsapp_to_phone_number=to))


WAYS = [
    ("client.sip.create_sip_participant(sip_call_to=…)", dial),
    ("client.sip.create_sip_participant(wait_until_answered=True)", dial_and_wait),
    ("client.sip.transfer_sip_participant(transfer_to='sip:…')", transfer),
    ("client.sip.transfer_sip_participant(transfer_to='tel:…')", transfer_tel),
    ("client.connector.dial_whatsapp_call(whatsapp_to_phone_number=…)", whatsapp),
]


@pytest.mark.parametrize(
    "call", [pytest.param(call, marks=pytest.mark.way("LiveKit", said, peer=DOUBLE), id=said) for said, call in WAYS]
)
def test_each_way_to_call_is_decided(call):
    async def both():
        async with world() as found:
            await call(found.client, GOOD)
            with pytest.raises(DialDenied) as denied:
                await call(found.client, POLICE)
            return len(found.seen), denied.value.decision.reason, found.outcomes()

    reached, reason, outcomes = asyncio.run(both())

    assert reached == 1
    assert reason == "protected-number"
    assert outcomes == ["answered" if call is dial_and_wait else "unknown"]


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"dtmf": "1"}, "dtmf"),
        ({"to_user_override": "110"}, "to_user_override"),
        ({"sip_request_uri": sip.SIPRequestDest(raw="sip:110@x")}, "sip_request_uri"),
        ({"sip_to_header": sip.SIPNamedDest(raw="sip:110@x")}, "sip_to_header"),
        ({"sip_from_header": sip.SIPNamedDest(raw="sip:110@x")}, "sip_from_header"),
        ({"trunk": sip.SIPOutboundConfig(hostname="x", attributes_to_headers={"a": "Route"})}, "trunk"),
        ({"headers": {"Route": "<sip:x>"}}, "headers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_dials_elsewhere_than_it_says_does_not_leave(more, rule):
    async def tried(**said):
        async with world(**said) as found:
            try:
                await found.client.sip.create_sip_participant(participant(GOOD, **more))
            except Denied as why:
                return len(found.seen), why.reason, why.rule
            return len(found.seen), None, None

    assert asyncio.run(tried()) == (0, "command-unreadable", rule)
    assert asyncio.run(tried(allow=[rule])) == (1, None, None)


@pytest.mark.parametrize("number", ["", "sip:110", "+86 138", "a b", "1000"])
def test_a_target_that_is_none_does_not_leave(number):
    async def tried():
        async with world() as found:
            with pytest.raises((Denied, DialDenied)):
                await dial(found.client, number)
            return found.seen

    assert asyncio.run(tried()) == []


def test_a_field_that_the_library_does_not_know_does_not_leave():
    async def tried():
        async with world() as found:
            odd = participant(GOOD)
            odd.MergeFromString(b"\xaa\x3e\x03110")  # field 997, text
            with pytest.raises(Denied, match="command-unreadable"):
                await found.client.sip.create_sip_participant(odd)
            return found.seen

    assert asyncio.run(tried()) == []


@pytest.mark.parametrize("call", ["participant", "transfer"])
def test_what_leaves_is_what_was_decided_though_the_message_is_changed_meanwhile(call):
    messages = {
        "participant": participant(GOOD, headers={"X-Own": "1"}),
        "transfer": sip.TransferSIPParticipantRequest(transfer_to=f"tel:{GOOD}", headers={"X-Own": "1"}),
    }

    async def tried():
        async with world() as found:
            message = messages[call]
            client = found.client.sip
            ask = client.create_sip_participant if call == "participant" else client.transfer_sip_participant
            sending = asyncio.create_task(ask(message))
            await asyncio.sleep(0)  # it was read, and is decided in a thread
            field = "sip_call_to" if call == "participant" else "transfer_to"
            before = getattr(message, field)
            setattr(message, field, "tel:+86110")
            message.headers["Route"] = "<sip:x>"
            await sending
            return [(getattr(each, field), dict(each.headers)) for _, each in found.seen], before

    reached, before = asyncio.run(tried())

    assert reached == [(before, {"X-Own": "1"})]


AGENTS = [agent_dispatch.RoomAgentDispatch(agent_name="a")]
WITH_AGENTS = {
    "dial": connector_whatsapp.DialWhatsAppCallRequest(whatsapp_to_phone_number=GOOD, agents=AGENTS),
    "accept": connector_whatsapp.AcceptWhatsAppCallRequest(whatsapp_call_id="c", agents=AGENTS),
    "rule": sip.CreateSIPDispatchRuleRequest(
        dispatch_rule=sip.SIPDispatchRuleInfo(room_config=room.RoomConfiguration(agents=AGENTS))
    ),
    "preset": sip.CreateSIPDispatchRuleRequest(room_preset="p"),
    "replaced": sip.UpdateSIPDispatchRuleRequest(
        replace=sip.SIPDispatchRuleInfo(room_config=room.RoomConfiguration(agents=AGENTS))
    ),
    "rule without": sip.CreateSIPDispatchRuleRequest(dispatch_rule=sip.SIPDispatchRuleInfo(name="r")),
    "accept without": connector_whatsapp.AcceptWhatsAppCallRequest(whatsapp_call_id="c"),
}


@pytest.mark.parametrize("asked", WITH_AGENTS)
def test_agents_that_a_request_sends_may_call(asked):
    message = WITH_AGENTS[asked]
    methods = {
        "dial": ("Connector", "DialWhatsAppCall"),
        "accept": ("Connector", "AcceptWhatsAppCall"),
        "replaced": ("SIP", "UpdateSIPDispatchRule"),
    }
    service, method = methods.get(asked.partition(" ")[0], ("SIP", "CreateSIPDispatchRule"))

    async def tried():
        async with world() as found:
            try:
                await found.client.sip._client.request(service, method, message, {}, type(message))
            except Denied as why:
                return len(found.seen), why.reason
            return len(found.seen), None

    assert asyncio.run(tried()) == ((1, None) if "without" in asked else (0, "command-unreadable"))


def test_what_is_unknown_passes_when_it_is_allowed_and_the_harmless_passes():
    async def tried(**said):
        async with world(**said) as found:
            await found.client.room.list_rooms(room.ListRoomsRequest())
            await found.client.room.create_room(room.CreateRoomRequest(name="r"))
            results = []
            for call in (
                lambda: found.client.agent_dispatch.create_dispatch(agent_dispatch.CreateAgentDispatchRequest(room="r")),
                lambda: found.client.room.create_room(
                    room.CreateRoomRequest(agents=[agent_dispatch.RoomAgentDispatch(agent_name="a")])
                ),
            ):
                try:
                    await call()
                    results.append("passed")
                except Denied as why:
                    results.append(why.reason)
            return results, len(found.seen)

    assert asyncio.run(tried()) == (["command-unknown", "command-unreadable"], 2)
    assert asyncio.run(tried(allow=["AgentDispatchService/CreateDispatch", "agents"])) == (["passed", "passed"], 4)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (400, {"code": "invalid_argument", "msg": "no"}, "failed"),
        (503, {"code": "unavailable", "msg": "no"}, "unknown"),
        (503, {"code": "unavailable", "msg": "busy", "meta": {"sip_status_code": "486"}}, "busy"),
    ],
)
def test_what_the_server_says_is_the_outcome(status, body, outcome):
    async def tried():
        async with world(campaign="survey") as found:
            found.fails = [(status, body)]
            with pytest.raises(api.ServerError):
                await dial(found.client, GOOD)
            ended = found.outcomes()
            counted = False
            try:
                await dial(found.client, GOOD)
            except DialDenied:
                counted = True
            return ended, counted

    assert asyncio.run(tried()) == ([outcome], outcome != "failed")


def test_a_status_that_the_policy_takes_for_a_refusal_is_kept():
    async def tried():
        async with world() as found:
            found.fails = [(503, {"code": "unavailable", "msg": "unwanted", "meta": {"sip_status_code": "607"}})]
            with pytest.raises(api.ServerError):
                await dial_and_wait(found.client, GOOD)
            with pytest.raises(DialDenied) as denied:
                await dial(found.client, GOOD)
            return denied.value.decision.reason

    assert asyncio.run(tried()) == "refused"


def test_only_a_client_that_is_known_takes_a_guard_and_only_one():
    async def tried():
        async with world() as found:
            with pytest.raises(ValueError, match="has a guard already"):
                livekit.guarded(found.client, found.guard)
            with pytest.raises(TypeError, match="whose services are not known"):
                livekit.guarded(found, found.guard)
            with pytest.raises(TypeError, match="allow"):
                livekit.guarded(found.client, found.guard, allow="dtmf")

    asyncio.run(tried())
