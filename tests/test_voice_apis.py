"""SDKs built on httpx, over real HTTP to a double: what is allowed reaches it, what is denied does not, and is asked once."""

import asyncio
import json

import httpx
import pytest
import retell as retell_sdk
import telnyx as telnyx_sdk
import vapi as vapi_sdk
from vapi.core.api_error import ApiError

from callguard import DialDenied
from callguard.dialers import retell, telnyx, vapi
from callguard.dialers.knowing import KEPT
from callguard.judging import Denied, calling
from samples import CALLER, guard
from voice_api_double import ANSWERS, VoiceApi

pytestmark = pytest.mark.once

LOG = "[call_log]\nenabled = true\n[opt_out]\nkeys = ['9']\n"
FROM = "+861085550123"
GOOD, OTHER, POLICE = "+8613800130001", "+8613800130002", "+86110"
DOUBLE = "protocol double only"


@pytest.fixture
def found():
    with guard(extra=LOG) as made:
        yield made


def outcomes(found):
    return sorted(str(entry.outcome) for entry in found.log.search(reason="allowed"))


# ── one way to call each SDK, sync and async, that tells what came of it


def made(kind, guarded, url, **more):
    transport = {"telnyx": telnyx, "vapi": vapi, "retell": retell}[kind].transport(guarded, **{"campaign": "course"} | more)
    client = httpx.Client(transport=transport, timeout=30, follow_redirects=True)
    if kind == "telnyx":
        return telnyx_sdk.Telnyx(api_key="k", base_url=f"{url}/v2", http_client=client)
    if kind == "retell":
        return retell_sdk.Retell(api_key="k", base_url=url, http_client=client)
    return vapi_sdk.Vapi(token="k", base_url=url, httpx_client=client)


def made_async(kind, guarded, url, **more):
    transport = {"telnyx": telnyx, "vapi": vapi, "retell": retell}[kind].async_transport(guarded, **{"campaign": "course"} | more)
    client = httpx.AsyncClient(transport=transport, timeout=30, follow_redirects=True)
    if kind == "telnyx":
        return client, telnyx_sdk.AsyncTelnyx(api_key="k", base_url=f"{url}/v2", http_client=client)
    if kind == "retell":
        return client, retell_sdk.AsyncRetell(api_key="k", base_url=url, http_client=client)
    return client, vapi_sdk.AsyncVapi(token="k", base_url=url, httpx_client=client)


def dial(client, number):
    return client.calls.dial(connection_id="c", from_=FROM, to=number)


def transfer(client, number):
    return client.calls.actions.transfer("v3:abc", to=number, from_=FROM)


def refer(client, number):
    return client.calls.actions.refer("v3:abc", sip_address=f"sip:{number}@trunk.example")


def texml(client, number):
    return client.texml.accounts.calls.calls("acc", body={"ApplicationSid": "a", "To": number, "From": FROM, "Url": "https://x"})


def texml_call(client, number):
    return client.texml.calls.create("conn", from_=FROM, to=number, url="https://x")


def texml_ai(client, number):
    return client.texml.initiate_ai_call("conn", ai_assistant_id="a", from_=FROM, to=number)


def participant(client, number):
    return client.texml.accounts.conferences.participants.participants("conf", account_sid="acc", from_=FROM, to=number)


def fax(client, number):
    return client.faxes.create(connection_id="c", from_=FROM, to=number, media_url="https://x")


def verification(client, number):
    return client.verifications.trigger_call(phone_number=number, verify_profile_id="p")


def flashcall(client, number):
    return client.verifications.trigger_flashcall(phone_number=number, verify_profile_id="p")


def verified(client, number):
    return client.verified_numbers.create(phone_number=number, verification_method="call")


def hosted(client, number):
    return client.messaging_hosted_number_orders.create_verification_codes("o", phone_numbers=[number], verification_method="call")


def porting(client, number):
    return client.porting_orders.verification_codes.send("o", phone_numbers=[number], verification_method="call")


def customer(client, number):
    return client.calls.create(assistant_id="a", phone_number_id="p", customer={"number": number})


def customers(client, number):
    return client.calls.create(assistant_id="a", phone_number_id="p", customers=[{"number": OTHER}, {"number": number}])


def sip_customer(client, number):
    return client.calls.create(assistant_id="a", phone_number_id="p", customer={"sipUri": f"sip:{number}@trunk.example"})


def campaign(client, number):
    return client.campaigns.campaign_controller_create(name="n", customers=[{"number": OTHER}, {"number": number}])


def campaign_2(client, number):
    plan = [{"phoneNumberId": "p", "customers": [{"number": number}]}]
    return client.campaigns.campaign_controller_create_v_2(name="n", dial_plan=plan)


def phone_call(client, number):
    return client.call.create_phone_call(from_number=FROM, to_number=number)


def batch(client, number):
    return client.batch_call.create_batch_call(from_number=FROM, tasks=[{"to_number": OTHER}, {"to_number": number}])


def registered(client, number):
    return client.call.register_phone_call(agent_id="a", direction="outbound", from_number=FROM, to_number=number)


def several(client, number):
    return client.calls.dial(connection_id="c", from_=FROM, to=[OTHER, number])


def by_sip(client, number):
    return client.calls.dial(connection_id="c", from_=FROM, to=f"sip:{number}@trunk.example;secure=true")


def raw(client, number):
    return client.post("/calls", body={"to": number, "from": FROM, "connection_id": "c"}, cast_to=object)


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


def is_denied(error):
    status = getattr(error, "status_code", None)
    body = error.response.json() if hasattr(error, "response") else error.body
    return status == 403, body["callguard"]["reason"]


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


def made_and_closed(kind, guarded, url, **more):
    """Return a client that is closed when it is left, with what it is built on."""
    from contextlib import contextmanager

    @contextmanager
    def opened():
        client = made(kind, guarded, url, **more)
        http = client._client_wrapper.httpx_client.httpx_client if kind == "vapi" else client._client
        with http:
            yield client

    return opened()


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
        ("vapi", lambda c: c.campaigns.campaign_controller_update("x", name="y"), "command-unknown"),
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


# ── what becomes of the calls


ONCE = "[call_log]\nenabled = true\n"


def persistent(client, number):
    return client.call.create_phone_call(from_number=FROM, to_number=number, max_retries=2)  # by itself it sends once


@pytest.mark.parametrize(("kind", "call", "field"), [("telnyx", dial, "command_id"), ("retell", persistent, "idempotency_key")])
@pytest.mark.parametrize("failure", [500, "cut"])
def test_a_request_that_an_sdk_sends_again_is_one_call_and_has_one_key(kind, call, field, failure):
    with guard(extra=ONCE) as found, VoiceApi(ANSWERS[kind]) as api:
        api.script = [failure, failure]
        with made_and_closed(kind, found, api.url, campaign="survey") as client:  # one attempt a day
            call(client, GOOD)
            with pytest.raises((telnyx_sdk.PermissionDeniedError, retell_sdk.PermissionDeniedError)) as denied:
                call(client, GOOD)

        assert len(api.seen) == 3
        assert len({body[field] for body in api.bodies}) == 1
    assert is_denied(denied.value)[1] == "attempt-limit"


def test_a_request_that_is_sent_again_without_a_key_is_another_call():
    with guard(extra=ONCE) as found, VoiceApi(ANSWERS["vapi"]) as api:
        api.script = [500]
        with made_and_closed("vapi", found, api.url, campaign="survey", caller=CALLER) as client, pytest.raises(ApiError) as denied:
            customer(client, GOOD)

        assert len(api.seen) == 1
    assert is_denied(denied.value)[1] == "attempt-limit"
    assert outcomes(found) == ["unknown"]


@pytest.mark.parametrize(
    ("status", "outcome", "counts"),
    [(422, "failed", False), (404, "failed", False), (409, "unknown", True), (500, "unknown", True)],
)
def test_what_was_certainly_not_placed_does_not_count(status, outcome, counts):
    with guard(extra=ONCE) as found, VoiceApi(ANSWERS["telnyx"]) as api:
        api.script = [status]
        with made_and_closed("telnyx", found, api.url, campaign="survey") as client:
            once = client.with_options(max_retries=0)
            with pytest.raises(telnyx_sdk.APIStatusError):
                dial(once, GOOD)
            first = outcomes(found)
            if counts:
                with pytest.raises(telnyx_sdk.PermissionDeniedError):
                    dial(once, GOOD)
            else:
                dial(once, GOOD)

    assert first == [outcome]


def test_a_server_that_is_not_there_placed_nothing(found):
    with made_and_closed("telnyx", found, "http://127.0.0.1:9") as client, pytest.raises(telnyx_sdk.APIConnectionError):
        dial(client.with_options(max_retries=0), GOOD)

    assert outcomes(found) == ["failed"]


def test_a_redirect_is_decided_anew_and_counts_once():
    with guard(extra=ONCE) as found, VoiceApi(ANSWERS["telnyx"]) as api:
        api.script = [307]
        with made_and_closed("telnyx", found, api.url, campaign="survey") as client:
            dial(client, GOOD)

        assert len(api.seen) == 2
    assert outcomes(found) == ["None", "failed"]


def test_a_dialers_own_key_is_left(found):
    with VoiceApi(ANSWERS["telnyx"]) as api, made_and_closed("telnyx", found, api.url) as client:
        client.calls.dial(connection_id="c", from_=FROM, to=GOOD, command_id="mine")

        assert api.bodies[0]["command_id"] == "mine"


# ── webhooks


def hangup(state, *, to=GOOD, cause="user_busy", id_="v3:double", **more):
    payload = {"call_control_id": id_, "client_state": state, "to": to, "hangup_cause": cause, **more}
    return {"data": {"event_type": "call.hangup", "payload": payload}}


def test_telnyx_tells_how_each_call_ended(found):
    with VoiceApi(ANSWERS["telnyx"]) as api, made_and_closed("telnyx", found, api.url) as client:
        several(client, GOOD)
        state = api.bodies[0]["client_state"]
    before = outcomes(found)

    assert not telnyx.heard(found, hangup(state))
    assert not telnyx.heard(found, hangup(state, to=OTHER, cause="normal_clearing"))
    assert before == ["None", "None"]
    assert outcomes(found) == ["answered", "busy"]


def test_telnyx_tells_of_a_call_whose_state_is_the_dialers(found):
    with VoiceApi(ANSWERS["telnyx"]) as api, made_and_closed("telnyx", found, api.url) as client:
        answer = client.calls.dial(connection_id="c", from_=FROM, to=GOOD, client_state="bWluZQ==")

        assert api.bodies[0]["client_state"] == "bWluZQ=="
    assert answer.data.call_control_id == "v3:double"
    assert not telnyx.heard(found, hangup("bWluZQ==", cause="no_answer"))
    assert outcomes(found) == ["no-answer"]


def test_a_key_that_the_policy_has_is_a_refusal(found):
    with VoiceApi(ANSWERS["telnyx"]) as api, made_and_closed("telnyx", found, api.url) as client:
        dial(client, GOOD)
        pressed = {"client_state": api.bodies[0]["client_state"], "to": GOOD, "call_control_id": "v3:double", "digit": "9"}

        assert telnyx.heard(found, {"data": {"event_type": "call.dtmf.received", "payload": pressed}})
        with pytest.raises(telnyx_sdk.PermissionDeniedError) as denied:
            dial(client, GOOD)
    assert is_denied(denied.value)[1] == "refused"


def test_vapi_tells_by_metadata_and_by_the_calls_id(found):
    answer = {"results": [{"id": "v-1", "customer": {"number": OTHER}}, {"id": "v-2", "customer": {"number": GOOD}}], "errors": []}
    with VoiceApi(answer) as api, made_and_closed("vapi", found, api.url, caller=CALLER) as client:
        customers(client, GOOD)
    with VoiceApi(ANSWERS["vapi"]) as api, made_and_closed("vapi", found, api.url, caller=CALLER) as client:
        client.calls.create(assistant_id="a", customer={"number": "+8613800130003"}, assistant_overrides={"metadata": {"own": 1}})
        metadata = api.bodies[0]["assistantOverrides"]["metadata"]

    def report(number, reason, **call):
        message = {"type": "end-of-call-report", "endedReason": reason, "customer": {"number": number}, "call": call}
        return vapi.heard(found, {"message": message})

    assert metadata["own"] == 1
    assert not report(OTHER, "customer-busy", id="v-1")
    assert not report(GOOD, "customer-did-not-answer", id="v-2")
    assert not report("+8613800130003", "customer-ended-call", id="v-3", assistantOverrides={"metadata": metadata})
    assert outcomes(found) == ["answered", "busy", "no-answer"]


def test_retell_tells_and_a_refusal_to_the_agent_is_kept(found):
    with VoiceApi(ANSWERS["retell"]) as api, made_and_closed("retell", found, api.url) as client:
        client.call.create_phone_call(from_number=FROM, to_number=GOOD, metadata={"own": 1})
        metadata = api.bodies[0]["metadata"]
        call = {
            "call_id": "r",
            "to_number": GOOD,
            "metadata": metadata,
            "disconnection_reason": "user_requested_dnc",
            "duration_ms": 1500,
        }

        assert metadata["own"] == 1
        assert retell.heard(found, {"event": "call_ended", "call": call})
        with pytest.raises(retell_sdk.PermissionDeniedError) as denied:
            phone_call(client, GOOD)
    assert is_denied(denied.value)[1] == "refused"
    assert outcomes(found) == ["do-not-call"]


def test_each_call_of_a_batch_has_its_own_reference(found):
    with VoiceApi(ANSWERS["retell"]) as api, made_and_closed("retell", found, api.url) as client:
        batch(client, GOOD)
        tasks = api.bodies[0]["tasks"]
    for task, reason in zip(tasks, ("dial_busy", "voicemail_reached"), strict=True):
        call = {"to_number": task["to_number"], "metadata": task["metadata"], "disconnection_reason": reason}
        retell.heard(found, {"event": "call_ended", "call": call})

    assert outcomes(found) == ["busy", "voicemail"]


@pytest.mark.parametrize("heard", [telnyx.heard, vapi.heard, retell.heard])
@pytest.mark.parametrize(
    "event",
    [
        {},
        {"data": {"event_type": "call.hangup", "payload": {"to": GOOD, "client_state": "e30="}}},
        {"data": {"event_type": "call.hangup", "payload": {"to": GOOD, "client_state": "%"}}},
        {"data": {"event_type": "call.dtmf.received", "payload": {"digit": 9, "client_state": {}}}},
        {"message": {"type": "end-of-call-report", "call": {"id": []}, "customer": []}},
        {"event": "call_ended", "call": {"metadata": {"callguard": {"campaign": 1}}}},
        {"event": "call_ended", "call": {"to_number": GOOD, "metadata": {"callguard": {"campaign": "gone", "calls": {"x": "no"}}}}},
    ],
    ids=str,
)
def test_events_of_nobody_are_left_alone(heard, event, found):
    assert not heard(found, event)
    assert outcomes(found) == []


@pytest.mark.parametrize("heard", [telnyx.heard, vapi.heard, retell.heard])
def test_what_is_no_event_is_an_error(heard, found):
    with pytest.raises(TypeError, match="the event is a str"):
        heard(found, "call.hangup")


def test_what_is_kept_in_memory_is_bounded():
    from callguard.dialers.knowing import Kept, Known

    kept = Kept()
    for i in range(10_001):
        kept.keep(str(i), Known("course", {}))

    assert kept.find("0") is None
    assert kept.find("10000") is not None
    assert KEPT is not kept
