"""SDKs built on httpx, over real HTTP to a double: what is allowed reaches it, what is denied does not, and is asked once."""

import asyncio
import json

import httpx
import pytest
import retell as retell_sdk
import telnyx as telnyx_sdk
from vapi.core.api_error import ApiError

from callguard import DialDenied
from callguard.dialers import telnyx
from callguard.judging import Denied, calling
from samples import CALLER, guard
from voice_api_double import ANSWERS, VoiceApi
from voice_api_world import (
    FROM,
    GOOD,
    LOG,
    OTHER,
    POLICE,
    batch,
    by_sip,
    campaign,
    campaign_2,
    customer,
    customers,
    dial,
    fax,
    flashcall,
    hosted,
    is_denied,
    made_and_closed,
    made_async,
    outcomes,
    participant,
    phone_call,
    porting,
    raw,
    refer,
    registered,
    several,
    sip_customer,
    texml,
    texml_ai,
    texml_call,
    transfer,
    verification,
    verified,
)

pytestmark = pytest.mark.once

DOUBLE = "protocol double only"


@pytest.fixture
def found():
    with guard(extra=LOG) as made:
        yield made


WAYS = [
    ("telnyx", "client.calls.dial(to=…)", dial),
    ("telnyx", "client.calls.dial(to=[…])", several),
    ("telnyx", "client.calls.dial(to='sip:…')", by_sip),
    ("telnyx", "client.calls.actions.transfer(to=…)", transfer),
    ("telnyx", "client.calls.actions.refer(sip_address=…)", refer),
    ("telnyx", "client.texml.accounts.calls.calls(body=…)", texml),
    ("telnyx", "client.texml.calls.create(to=…)", texml_call),
    ("telnyx", "client.texml.initiate_ai_call(to=…)", texml_ai),
    ("telnyx", "client.texml.accounts.conferences.participants.participants(to=…)", participant),
    ("telnyx", "client.faxes.create(to=…)", fax),
    ("telnyx", "client.verifications.trigger_call(phone_number=…)", verification),
    ("telnyx", "client.verifications.trigger_flashcall(phone_number=…)", flashcall),
    ("telnyx", "client.verified_numbers.create(phone_number=…)", verified),
    ("telnyx", "client.messaging_hosted_number_orders.create_verification_codes(phone_numbers=[…])", hosted),
    ("telnyx", "client.porting_orders.verification_codes.send(phone_numbers=[…])", porting),
    ("telnyx", "client.post('/calls', …)", raw),
    ("vapi", "client.calls.create(customer=…)", customer),
    ("vapi", "client.calls.create(customers=[…])", customers),
    ("vapi", "client.calls.create(customer=…), over SIP", sip_customer),
    ("vapi", "client.campaigns.campaign_controller_create(customers=[…])", campaign),
    ("vapi", "client.campaigns.campaign_controller_create_v_2(dial_plan=[…])", campaign_2),
    ("retell", "client.call.create_phone_call(to_number=…)", phone_call),
    ("retell", "client.batch_call.create_batch_call(tasks=[…])", batch),
    ("retell", "client.call.register_phone_call(to_number=…)", registered),
]
MARKED = [
    pytest.param(kind, call, marks=pytest.mark.way(kind.capitalize(), said, peer=DOUBLE), id=f"{kind} {said}")
    for kind, said, call in WAYS
]


class Asked:
    """Counts how often the policy is asked."""

    def __init__(self, guarded, monkeypatch):
        self.times, attempt = 0, guarded.attempt

        def counting(*args, **kwargs):
            self.times += 1
            return attempt(*args, **kwargs)

        monkeypatch.setattr(type(guarded), "attempt", lambda _, *args, **kwargs: counting(*args, **kwargs))


def answers(kind, call):
    return ANSWERS["texml" if call in (texml, texml_call, texml_ai, participant) else kind]


@pytest.mark.parametrize(("kind", "call"), MARKED)
def test_each_way_to_call_is_decided(kind, call, found, monkeypatch):
    asked = Asked(found, monkeypatch)
    with VoiceApi(answers(kind, call)) as api, made_and_closed(kind, found, api.url, caller=CALLER) as client:
        call(client, GOOD)
        allowed, times = len(api.seen), asked.times
        with pytest.raises((telnyx_sdk.PermissionDeniedError, retell_sdk.PermissionDeniedError, ApiError)) as denied:
            call(client, POLICE)

        assert allowed == 1
        assert len(api.seen) == 1
    assert is_denied(denied.value) == (True, "protected-number")
    assert asked.times - times <= 2  # one for each callee; no retries
    assert asked.times - times == times


@pytest.mark.parametrize(("kind", "call"), [param for param in MARKED if param.values[1] is not raw])
def test_each_way_to_call_is_decided_in_a_loop(kind, call, found):
    async def both():
        with VoiceApi(answers(kind, call)) as api:
            http, client = made_async(kind, found, api.url, caller=CALLER)
            async with http:
                await call(client, GOOD)
                with pytest.raises((telnyx_sdk.PermissionDeniedError, retell_sdk.PermissionDeniedError, ApiError)) as denied:
                    await call(client, POLICE)
            return len(api.seen), denied.value

    reached, denied = asyncio.run(both())

    assert reached == 1
    assert is_denied(denied) == (True, "protected-number")


# ── what is denied otherwise


@pytest.mark.parametrize(
    ("kind", "call", "reason"),
    [
        ("telnyx", lambda c: dial(c, "13800130001"), "target-inside"),  # without + it is read otherwise by Telnyx
        ("telnyx", lambda c: dial(c, f"{GOOD},200"), "command-unreadable"),
        ("telnyx", lambda c: dial(c, []), "command-unreadable"),
        ("telnyx", lambda c: c.calls.dial(connection_id="c", from_=FROM, to=GOOD, send_digits_on_answer="1"), "command-unreadable"),
        ("telnyx", lambda c: c.calls.dial(connection_id="c", from_=FROM, to=GOOD, extra_body={"To": POLICE}), "command-unreadable"),
        (
            "telnyx",
            lambda c: c.calls.dial(connection_id="c", from_=FROM, to=GOOD, extra_query={"to": POLICE}),
            "command-unreadable",
        ),
        ("telnyx", lambda c: c.calls.actions.send_dtmf("v3:abc", digits="1"), "command-unknown"),
        ("telnyx", lambda c: c.post("/new_calls", body={}, cast_to=object), "command-unknown"),
        ("telnyx", lambda c: c.post("//calls", body={}, cast_to=object), "command-unknown"),
        ("telnyx", lambda c: c.post("/calls/", body={}, cast_to=object), "command-unknown"),
        ("telnyx", lambda c: c.post("/conferences/%2e%2e", body={}, cast_to=object), "command-unknown"),
        ("telnyx", lambda c: texml_call_with(c, "<Response><Dial>+86110</Dial></Response>"), "command-unreadable"),
        ("telnyx", lambda c: texml_call_with(c, "<Response><Play digits='1'/></Response>"), "command-unreadable"),
        ("telnyx", lambda c: texml_call_with(c, "<Response><Connect><Relay/></Connect></Response>"), "command-unreadable"),
        ("telnyx", lambda c: assisted(c.calls.dial, connection_id="c", from_=FROM, to=GOOD), "command-unreadable"),
        ("telnyx", lambda c: assisted(c.calls.actions.answer, "v3:abc"), "command-unreadable"),
        ("telnyx", lambda c: assisted(c.calls.actions.start_ai_assistant, "v3:abc"), "command-unreadable"),
        ("telnyx", lambda c: assisted(c.calls.actions.gather_using_ai, "v3:abc", parameters={}), "command-unreadable"),
        (
            "telnyx",
            lambda c: c.calls.actions.answer("v3:abc", conversation_relay_config={"url": "wss://x"}),
            "command-unreadable",
        ),
        ("telnyx", lambda c: c.calls.actions.start_streaming("v3:abc", enable_dialogflow=True), "command-unreadable"),
        ("telnyx", lambda c: c.messaging_profiles.update("x", ai_assistant_id="a"), "command-unreadable"),
        (
            "telnyx",
            lambda c: c.notification_channels.create(channel_type_id="voice", channel_destination=POLICE),
            "command-unknown",
        ),
        ("telnyx", lambda c: c.texml_applications.update("x", friendly_name="x", voice_url="https://x"), "command-unknown"),
        ("telnyx", lambda c: schedule(c, "phone_call"), "call-later"),
        ("vapi", lambda c: c.calls.create(assistant_id="a", customer_id="x"), "command-unreadable"),
        ("vapi", lambda c: c.calls.create(assistant_id="a"), "command-unreadable"),
        ("vapi", lambda c: c.calls.create(assistant_id="a", customers=[{"name": "nobody"}]), "command-unreadable"),
        ("vapi", lambda c: c.calls.create(assistant_id="a", customer={"number": GOOD, "extension": "1"}), "command-unreadable"),
        (
            "vapi",
            lambda c: c.calls.create(customer={"number": GOOD}, schedule_plan={"earliestAt": "2026-12-01T00:00:00Z"}),
            "call-later",
        ),
        (
            "vapi",
            lambda c: with_tool(c, {"type": "transferCall", "destinations": [{"type": "number", "number": POLICE}]}),
            "command-unreadable",
        ),
        ("vapi", lambda c: with_tool(c, {"type": "dtmf"}), "command-unreadable"),
        ("vapi", lambda c: with_tool(c, {"type": "new"}), "command-unreadable"),
        (
            "vapi",
            lambda c: c.calls.create(
                assistant_id="a",
                customers=[
                    {"number": GOOD, "assistantOverrides": {"hooks": [{"on": "call.ending", "do": [{"type": "transfer"}]}]}}
                ],
            ),
            "command-unreadable",
        ),
        ("vapi", lambda c: c.campaigns.campaign_controller_update("x", name="y"), "command-unknown"),
        ("vapi", lambda c: c.assistants.update("x", name="y"), "command-unknown"),
        ("retell", lambda c: c.agent.update("x", agent_name="y"), "command-unknown"),
        (
            "retell",
            lambda c: c.batch_call.create_batch_call(from_number=FROM, tasks=[{"to_number": GOOD}], trigger_timestamp=1),
            "call-later",
        ),
        ("retell", lambda c: c.batch_call.create_batch_call(from_number=FROM, tasks=[]), "command-unreadable"),
        ("retell", lambda c: c.call.register_phone_call(agent_id="a"), "command-unreadable"),
        ("retell", lambda c: phone_call(c, "+001"), "command-unreadable"),
    ],
)
def test_what_cannot_be_decided_does_not_leave(kind, call, reason, found):
    with VoiceApi(ANSWERS[kind]) as api, made_and_closed(kind, found, api.url, caller=CALLER) as client:
        with pytest.raises((telnyx_sdk.PermissionDeniedError, retell_sdk.PermissionDeniedError, ApiError)) as denied:
            call(client)

        assert api.seen == []
    assert is_denied(denied.value) == (True, reason)
    assert outcomes(found) == []


def with_tool(client, tool):
    model = {"provider": "openai", "model": "gpt-4o", "tools": [tool]}
    return client.calls.create(customer={"number": GOOD}, assistant={"model": model})


def assisted(call, *args, **more):
    transfer = {"type": "transfer", "transfer": {"targets": [{"to": POLICE}], "from": FROM}}
    return call(*args, assistant={"id": "a", "tools": [transfer]}, **more)


def texml_call_with(client, document):
    return client.texml.calls.create("conn", from_=FROM, to=GOOD, texml=document)


def schedule(client, channel):
    return client.ai.assistants.scheduled_events.create(
        "a",
        scheduled_at_fixed_datetime="2026-12-01T00:00:00Z",
        telnyx_agent_target=FROM,
        telnyx_conversation_channel=channel,
        telnyx_end_user_target=GOOD,
    )


BODY = {"to": GOOD, "from": FROM}


class Parts:
    """A body that is sent as it is made."""

    def __init__(self, *parts):
        self.parts = parts

    def __iter__(self):
        return iter(self.parts)


@pytest.mark.parametrize(
    "more",
    [
        {"content": b'{"to": "+8613800130001", "to": "+86110"}', "headers": {"content-type": "application/json"}},
        {"content": json.dumps(BODY).encode("utf-16"), "headers": {"content-type": "application/json"}},
        {"content": json.dumps(BODY).encode(), "headers": {"content-type": "application/json; charset=utf-16"}},
        {"content": json.dumps(BODY).encode(), "headers": {"content-type": "application/json", "content-encoding": "gzip"}},
        {"content": json.dumps(BODY).encode()},
        {"content": Parts(json.dumps(BODY).encode()), "headers": {"content-type": "application/json"}},
        {"content": b'{"to": "+8613800130001", "timeout_secs": 1e999}', "headers": {"content-type": "application/json"}},
        {"content": b'{"to": "\\ud800"}', "headers": {"content-type": "application/json"}},
        {"content": b"[" * 100_000, "headers": {"content-type": "application/json"}},
        {"content": b'["+8613800130001"]', "headers": {"content-type": "application/json"}},
        {"data": BODY, "files": {"media": b"x"}},
        {"content": b"to=%2B8613800130001&to=%2B86110", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"json": {"to": 8613800130001}},
        {"json": {"to": {"number": GOOD}}},
        {"json": {"to": [GOOD, None]}},
        {"json": {"from": FROM}},
        {"json": BODY, "headers": {"x-http-method-override": "GET"}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_body_that_can_be_read_in_two_ways_does_not_leave(more, found):
    with VoiceApi({}) as api, httpx.Client(transport=telnyx.transport(found, campaign="course")) as client:
        answer = client.post(f"{api.url}/v2/calls", **more)

        assert api.seen == []
    assert answer.status_code == 403
    assert answer.headers["x-should-retry"] == "false"
    assert answer.json()["callguard"]["reason"] == "command-unreadable"


def test_a_form_is_decided_too(found):
    fields = {"To": GOOD, "From": FROM, "Url": "https://x"}
    with VoiceApi({}) as api, httpx.Client(transport=telnyx.transport(found, campaign="course")) as client:
        let_go = client.post(f"{api.url}/v2/texml/Accounts/a/Calls", data=fields)
        denied = client.post(f"{api.url}/v2/texml/Accounts/a/Calls", data=fields | {"To": POLICE})

        assert (let_go.status_code, denied.status_code) == (200, 403)
        assert [dict(httpx.QueryParams(content.decode())) for _, _, content, _ in api.seen] == [fields]


def test_what_does_no_harm_passes_as_it_is(found):
    with VoiceApi({"data": []}) as api, httpx.Client(transport=telnyx.transport(found)) as client:
        for verb, path in (("GET", "/v2/calls/x"), ("POST", "/v2/calls/v3:x/actions/hangup"), ("DELETE", "/v2/media/x")):
            assert client.request(verb, api.url + path).status_code == 200

        assert [path for _, path, _, _ in api.seen] == ["/v2/calls/x", "/v2/calls/v3:x/actions/hangup", "/v2/media/x"]


def test_an_assistant_that_is_there_may_speak_in_a_call(found):
    with VoiceApi({"data": {"result": "ok"}}) as api, made_and_closed("telnyx", found, api.url) as client:
        client.calls.actions.answer("v3:abc")
        client.calls.actions.answer("v3:abc", assistant={"id": "a", "greeting": "hello"})
        client.calls.actions.start_ai_assistant("v3:abc", assistant={"id": "a", "tools": []})
        client.calls.actions.start_streaming("v3:abc", stream_url="wss://x")
        client.messaging_profiles.update("x", name="y")
        client._client.post(f"{api.url}/v2/calls/v3:abc/actions/answer")

        assert len(api.seen) == 6
        assert [content for _, _, content, _ in api.seen][-1] == b""
    assert outcomes(found) == []


def test_an_assistant_of_vapi_may_bring_tools_by_which_it_calls_nobody(found):
    function = {"type": "function", "function": {"name": "weather"}}
    transfer = {"type": "transferCall", "destinations": [{"type": "number", "number": OTHER}]}
    with VoiceApi(ANSWERS["vapi"]) as api:
        with made_and_closed("vapi", found, api.url, caller=CALLER) as client:
            with_tool(client, function)
            client.calls.create(
                assistant_id="a",
                customer={"number": GOOD},
                assistant_overrides={"variableValues": {"destination": "Beijing", "type": "transfer"}},
            )
        with made_and_closed("vapi", found, api.url, caller=CALLER, allow=["tools"]) as client:
            with_tool(client, transfer)

        assert len(api.seen) == 3


def test_what_is_unknown_passes_when_it_is_allowed_by_name(found):
    allow = ["POST /calls/{}/actions/send_dtmf", "send_digits_on_answer"]
    with VoiceApi(ANSWERS["telnyx"]) as api, made_and_closed("telnyx", found, api.url, allow=allow) as client:
        client.calls.actions.send_dtmf("v3:abc", digits="1")
        client.calls.dial(connection_id="c", from_=FROM, to=GOOD, send_digits_on_answer="1")

        assert len(api.seen) == 2


def test_extensions_inside_pass_by_a_pattern(found):
    with (
        VoiceApi(ANSWERS["telnyx"]) as api,
        made_and_closed("telnyx", found, api.url, internal=["sip:1[0-9]{3}@pbx[.]example"]) as client,
    ):
        dial(client, "sip:1000@pbx.example")

        assert len(api.seen) == 1
    assert outcomes(found) == []


def test_a_call_in_the_web_rings_nobody(found):
    with VoiceApi(ANSWERS["vapi"]) as api, made_and_closed("vapi", found, api.url) as client:
        client.calls.create(assistant_id="a", transport={"provider": "vapi.websocket"})

        assert len(api.seen) == 1
    assert outcomes(found) == []


def test_without_an_api_it_is_told_by_the_host_and_others_are_denied(found):
    from callguard.dialers import httpx as guarded

    inner = httpx.MockTransport(lambda request: httpx.Response(200, json={}, request=request))
    said = {"campaign": "course", "caller": CALLER, "inner": inner}
    with httpx.Client(transport=guarded.transport(found, allow=["hooks.example"], **said)) as client:
        statuses = [
            client.post("https://api.telnyx.com/v2/calls", json={"to": GOOD, "from": FROM}).status_code,
            client.post(
                "https://api.retellai.com/v2/create-phone-call", json={"to_number": POLICE, "from_number": FROM}
            ).status_code,
            client.post("https://api.vapi.ai/call", json={"customer": {"number": OTHER}}).status_code,
            client.post("https://other.example/call", json={}).status_code,
            client.post("https://hooks.example/call", json={}).status_code,
        ]

    assert statuses == [200, 403, 200, 403, 200]


# ── campaigns and callers


def test_the_caller_is_the_requests_and_the_campaign_what_is_said_around_it(found):
    with VoiceApi(ANSWERS["telnyx"]) as api, made_and_closed("telnyx", found, api.url, campaign=None) as client:
        with pytest.raises(telnyx_sdk.PermissionDeniedError, match="campaign-missing"):
            dial(client, GOOD)
        with calling(campaign="course"):
            dial(client, GOOD)
            with pytest.raises(telnyx_sdk.PermissionDeniedError) as denied:
                client.calls.dial(connection_id="c", from_="+861085550199", to=GOOD)

        assert len(api.seen) == 1
    assert is_denied(denied.value)[1].startswith("caller")


def test_denials_are_raised_where_exceptions_pass(found):
    with httpx.Client(transport=telnyx.transport(found, campaign="course", on_denied="raise")) as client:
        with pytest.raises(DialDenied) as denied:
            client.post("http://127.0.0.1:9/v2/calls", json={"to": POLICE, "from": FROM})
        with pytest.raises(Denied, match="command-unknown"):
            client.post("http://127.0.0.1:9/v2/other", json={})

    assert denied.value.decision.reason == "protected-number"


def test_arguments_that_are_none_are_errors(found):
    with pytest.raises(ValueError, match="on_denied"):
        telnyx.transport(found, on_denied="return")
    with pytest.raises(TypeError, match="allow"):
        telnyx.transport(found, allow="customerId")
