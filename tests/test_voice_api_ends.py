"""What becomes of calls that SDKs on httpx place: the answer, requests that are sent again, and webhooks."""

import asyncio
import json

import httpx
import pytest
import retell as retell_sdk
import telnyx as telnyx_sdk
from vapi.core.api_error import ApiError

from callguard.dialers import retell, telnyx, vapi
from callguard.dialers.httpx_transports import Decider
from callguard.dialers.knowing import KEPT
from callguard.dialers.resends import Resends
from callguard.judging import Judge
from samples import CALLER, guard
from voice_api_double import ANSWERS, VoiceApi
from voice_api_world import (
    FROM,
    GOOD,
    LOG,
    OTHER,
    batch,
    campaign,
    customer,
    customers,
    dial,
    fax,
    is_denied,
    made_and_closed,
    outcomes,
    participant,
    phone_call,
    porting,
    refer,
    registered,
    several,
    texml,
    texml_ai,
    transfer,
    verification,
    verified,
)

pytestmark = pytest.mark.once

ONCE = "[call_log]\nenabled = true\n"


@pytest.fixture
def found():
    with guard(extra=LOG) as made:
        yield made


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
    assert outcomes(found) == ["failed", "unknown"]


def test_a_dialers_own_key_is_left(found):
    with VoiceApi(ANSWERS["telnyx"]) as api, made_and_closed("telnyx", found, api.url) as client:
        client.calls.dial(connection_id="c", from_=FROM, to=GOOD, command_id="mine")

        assert api.bodies[0]["command_id"] == "mine"


def test_a_request_that_is_sent_again_is_the_one_that_failed_last():
    sends, request = Resends(), again(0)
    given_up, failed = sends.sending(request, CONTENT), sends.sending(request, CONTENT)
    sends.failed(given_up, placed=True)
    sends.failed(failed, placed=True)

    assert sends.sending(again(1), CONTENT).key == failed.key
    assert sends.sending(again(0), CONTENT).key not in (given_up.key, failed.key)


def test_a_request_that_failed_for_certain_is_sent_again_as_another_call():
    sends = Resends()
    sends.failed(sends.sending(again(0), CONTENT), placed=True)  # given up
    sends.failed(sends.sending(again(0), CONTENT), placed=False)  # 429

    assert sends.sending(again(1), CONTENT).key not in {each.key for each in waiting(sends)}


def test_a_key_is_not_used_for_longer_than_the_api_knows_it():
    now = [0.0]
    sends = Resends(clock=lambda: now[0])
    first = sends.sending(again(0), CONTENT)
    sends.failed(first, placed=True)
    now[0] = 59.0
    second = sends.sending(again(1), CONTENT)
    sends.failed(second, placed=True)
    now[0] = 60.0

    assert second.key == first.key
    assert sends.sending(again(2), CONTENT).key != first.key


def test_requests_that_are_remembered_are_bounded():
    sends = Resends()
    for _ in range(1000):
        sends.failed(sends.sending(again(0), CONTENT), placed=True)
    alike = len(waiting(sends))
    for i in range(2000):
        sends.failed(sends.sending(again(0), b"%d" % i), placed=True)

    assert alike == 100
    assert len(waiting(sends)) == 1000


CONTENT = b"{}"


def again(count):
    return httpx.Request("POST", "https://api.telnyx.com/v2/calls", headers={"x-stainless-retry-count": str(count)})


def waiting(sends):
    return [each for failed in sends._failed.values() for each in failed]


class Cancelling(httpx.AsyncBaseTransport):
    """Never answers the first request, whose task is cancelled; then all."""

    def __init__(self):
        self.keys, self.came = [], asyncio.Event()

    async def handle_async_request(self, request):
        self.keys.append(json.loads(b"".join(request.stream))["command_id"])
        if len(self.keys) == 1:
            self.came.set()
            await asyncio.Event().wait()
        return httpx.Response(200, json=ANSWERS["telnyx"])


def test_what_was_cancelled_is_not_sent_again(found):
    async def tried():
        inner = Cancelling()
        async with httpx.AsyncClient(transport=telnyx.async_transport(found, campaign="course", inner=inner)) as client:

            def post(count):
                said = {"to": GOOD, "from": FROM}
                return client.post(URL, json=said, headers={"x-stainless-retry-count": str(count)})

            first = asyncio.create_task(post(0))
            await inner.came.wait()
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            await post(1)
        return inner.keys

    first, second = asyncio.run(tried())

    assert first != second
    assert outcomes(found) == ["unknown", "unknown"]


URL = "https://api.telnyx.com/v2/calls"


def test_what_leaves_is_what_was_decided_though_the_request_is_changed_meanwhile(found):
    reached = []

    def inner(request):
        reached.append(
            (str(request.url), json.loads(b"".join(request.stream))["to"], request.headers.get("x-own"), request.extensions)
        )
        return httpx.Response(200, json=ANSWERS["telnyx"])

    async def tried():
        request = httpx.Request("POST", URL, json={"to": GOOD, "from": FROM}, headers={"x-own": "1"})
        async with telnyx.async_transport(found, campaign="course", inner=httpx.MockTransport(inner)) as transport:
            sending = asyncio.create_task(transport.handle_async_request(request))
            await asyncio.sleep(0)  # it was read, and is decided in a thread
            request.url = httpx.URL("https://api.telnyx.com/v2/new_calls")
            request.stream = httpx.ByteStream(b'{"to": "+86110"}')
            request.headers["x-own"] = "2"
            request.extensions["target"] = b"/v2/new_calls"
            await sending

    asyncio.run(tried())

    assert reached == [(URL, GOOD, "1", {})]


def test_what_a_request_is_read_into_shows_no_number(found):
    decider = Decider(Judge(guard=found, campaign="course"), telnyx.API, raises=False, webhooks=False)
    asked = decider.read(httpx.Request("POST", URL, json={"to": GOOD, "from": FROM}))

    assert GOOD[3:] not in repr(asked)
    assert FROM[3:] not in repr(asked)


# ── webhooks


@pytest.mark.parametrize(
    ("kind", "call", "told"),
    [
        ("telnyx", dial, True),
        ("telnyx", several, True),
        ("telnyx", transfer, True),
        ("telnyx", fax, True),
        ("telnyx", refer, False),
        ("telnyx", texml, False),
        ("telnyx", texml_ai, False),
        ("telnyx", participant, False),
        ("telnyx", verification, False),
        ("telnyx", verified, False),
        ("telnyx", porting, False),
        ("vapi", customer, True),
        ("vapi", customers, True),
        ("vapi", campaign, True),
        ("retell", phone_call, True),
        ("retell", batch, True),
        ("retell", registered, True),
    ],
)
def test_a_call_stays_open_only_where_a_webhook_will_tell(kind, call, told, found):
    with VoiceApi(ANSWERS[kind]) as api:
        with made_and_closed(kind, found, api.url, caller=CALLER) as client:
            call(client, GOOD)
        without = outcomes(found)
        with made_and_closed(kind, found, api.url, caller=CALLER, webhooks=True) as client:
            call(client, GOOD)
        with_webhooks = outcomes(found)

    assert set(without) == {"unknown"}
    assert with_webhooks.count("None") == (len(without) if told else 0)


@pytest.mark.parametrize("webhooks", [False, True])
def test_a_webhook_tells_of_a_call_that_stayed_open_and_of_one_that_was_unknown(webhooks, found):
    with VoiceApi(ANSWERS["telnyx"]) as api, made_and_closed("telnyx", found, api.url, webhooks=webhooks) as client:
        dial(client, GOOD)
        state = api.bodies[0]["client_state"]

    assert not telnyx.heard(found, hangup(state))
    assert outcomes(found) == ["busy"]


def test_the_state_of_a_call_that_refers_is_left(found):
    with VoiceApi(ANSWERS["telnyx"]) as api, made_and_closed("telnyx", found, api.url, caller=CALLER) as client:
        refer(client, GOOD)

        assert "client_state" not in api.bodies[0]
    assert outcomes(found) == ["unknown"]


@pytest.mark.parametrize(
    ("kind", "reason", "outcome"),
    [("delivered", None, "answered"), ("failed", "user_busy", "busy"), ("failed", "fax_signaling_error", "failed")],
)
@pytest.mark.parametrize("own", [False, True])
def test_telnyx_tells_how_a_fax_ended(kind, reason, outcome, own, found):
    state = {"client_state": "bWluZQ=="} if own else {}
    with VoiceApi({"data": {"id": "fax-double"}}) as api, made_and_closed("telnyx", found, api.url, webhooks=True) as client:
        client.faxes.create(connection_id="c", from_=FROM, to=GOOD, media_url="https://x", **state)
        said = {"client_state": api.bodies[0]["client_state"], "fax_id": "fax-double", "to": GOOD, "failure_reason": reason}

    assert not telnyx.heard(found, {"data": {"event_type": f"fax.{kind}", "payload": said}})
    assert outcomes(found) == [outcome]


SIP_GOOD, SIP_OTHER = f"sip:{GOOD}@10.0.0.1:5060", f"sip:{OTHER}@10.0.0.2"


def test_telnyx_tells_of_calls_by_sip():
    with (
        guard(extra=LOG) as found,
        VoiceApi(ANSWERS["telnyx"]) as api,
        made_and_closed("telnyx", found, api.url, webhooks=True) as client,
    ):
        dial(client, [SIP_GOOD, SIP_OTHER])
        state = api.bodies[0]["client_state"]
        pressed = {"client_state": state, "to": SIP_OTHER, "digits": "9"}

        assert not telnyx.heard(found, hangup(state, to=SIP_GOOD))
        assert telnyx.heard(found, {"data": {"event_type": "call.gather.ended", "payload": pressed}})
        assert not telnyx.heard(found, hangup(state, to=SIP_OTHER, cause="normal_clearing"))
        assert outcomes(found) == ["answered", "busy"]
        with pytest.raises(telnyx_sdk.PermissionDeniedError) as denied:
            dial(client, OTHER)
    assert is_denied(denied.value)[1] == "refused"


@pytest.mark.parametrize("overrides", [{}, {"metadata": {}}], ids=["by its id", "by metadata"])
def test_vapi_tells_of_a_call_by_sip(overrides, found):
    said = {"sipUri": SIP_GOOD}
    with VoiceApi(ANSWERS["vapi"]) as api, made_and_closed("vapi", found, api.url, caller=CALLER, webhooks=True) as client:
        client.calls.create(assistant_id="a", customer=said, assistant_overrides=overrides)
        call = {"id": "vapi-double", "assistantOverrides": api.bodies[0].get("assistantOverrides"), "customer": said}
    message = {"type": "end-of-call-report", "endedReason": "customer-busy", "call": call}

    assert not vapi.heard(found, {"message": message})
    assert outcomes(found) == ["busy"]


def test_vapi_tells_of_several_calls_by_sip(found):
    answer = {"results": [{"id": "v-1", "customer": {"sipUri": SIP_OTHER}}, {"id": "v-2", "customer": {"sipUri": SIP_GOOD}}]}
    with VoiceApi(answer) as api, made_and_closed("vapi", found, api.url, caller=CALLER, webhooks=True) as client:
        client.calls.create(assistant_id="a", customers=[{"sipUri": SIP_GOOD}, {"sipUri": SIP_OTHER}])
    for id_, reason in (("v-1", "customer-busy"), ("v-2", "customer-did-not-answer")):
        call = {"id": id_, "customer": {"sipUri": SIP_OTHER if id_ == "v-1" else SIP_GOOD}}
        vapi.heard(found, {"message": {"type": "end-of-call-report", "endedReason": reason, "call": call}})

    assert {entry.callee: entry.outcome for entry in found.log.search(reason="allowed")} == {
        int(OTHER): "busy",
        int(GOOD): "no-answer",
    }


def test_calls_of_which_one_has_no_id_are_unknown_until_a_webhook_tells(found):
    answer = {"results": [{"id": "v-1", "customer": {"number": OTHER}}], "errors": [{}]}
    with VoiceApi(answer) as api, made_and_closed("vapi", found, api.url, caller=CALLER, webhooks=True) as client:
        customers(client, GOOD)
    before = outcomes(found)
    call = {"id": "v-1", "customer": {"number": OTHER}}
    vapi.heard(found, {"message": {"type": "end-of-call-report", "endedReason": "customer-busy", "call": call}})

    assert before == ["unknown", "unknown"]
    assert outcomes(found) == ["busy", "unknown"]


def test_vapi_tells_of_the_calls_of_a_campaign(found):
    with VoiceApi(ANSWERS["vapi"]) as api, made_and_closed("vapi", found, api.url, caller=CALLER, webhooks=True) as client:
        campaign(client, GOOD)
    for number, reason in ((GOOD, "customer-busy"), (OTHER, "customer-did-not-answer")):
        call = {"id": "another", "campaignId": "vapi-double", "customer": {"number": number}}
        vapi.heard(found, {"message": {"type": "end-of-call-report", "endedReason": reason, "call": call}})

    assert outcomes(found) == ["busy", "no-answer"]


def test_a_call_whose_callee_the_webhook_does_not_name_is_told_of(found):
    with VoiceApi(ANSWERS["vapi"]) as api, made_and_closed("vapi", found, api.url, caller=CALLER, webhooks=True) as client:
        customer(client, GOOD)
    message = {"type": "end-of-call-report", "endedReason": "customer-busy", "call": {"id": "vapi-double"}}

    assert not vapi.heard(found, {"message": message})
    assert outcomes(found) == ["busy"]


def hangup(state, *, to=GOOD, cause="user_busy", id_="v3:double", **more):
    payload = {"call_control_id": id_, "client_state": state, "to": to, "hangup_cause": cause, **more}
    return {"data": {"event_type": "call.hangup", "payload": payload}}


def test_telnyx_tells_how_each_call_ended(found):
    with VoiceApi(ANSWERS["telnyx"]) as api, made_and_closed("telnyx", found, api.url, webhooks=True) as client:
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
