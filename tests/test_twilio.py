"""Twilio's own library, whose HTTP client is guarded, before a mock server of Twilio's published specification."""

import asyncio
import threading
from contextlib import contextmanager

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.twiml.voice_response import Dial, VoiceResponse
from urllib3.util.retry import Retry

from callguard.dialers.twilio import http_client, twiml
from callguard.errors import CallguardError, DialDenied, PolicyError
from callguard.judging import Denied, calling
from samples import MOBILE, OTHER, POLICY, guard
from twilio_mock import ACCOUNT, TOKEN, AsyncWire, Wire, twilio

PEER = "mock server of the published specification"
TO, TO_TOO, REFUSED, FROM = f"+86{MOBILE}", f"+86{OTHER}", "+8613800130009", "+861085550123"
URL = "https://example.com/voice"
FLOW, SERVICE, WORKSPACE = "FW" + "1" * 32, "VA" + "1" * 32, "WS" + "1" * 32
TASK, RESERVATION, WORKER, CONFERENCE = "WT" + "1" * 32, "WR" + "1" * 32, "WK" + "1" * 32, "CF" + "1" * 32
CALL = "CA" + "1" * 32
LOG = "[call_log]\nenabled = true\n"


class World:
    """A client, what it is guarded by, and what stands at the other end."""

    def __init__(self, mock, found, client):
        self.mock, self.guard, self.client = mock, found, client

    def outcomes(self):
        return [str(entry.outcome) for entry in self.guard.log.search(reason="allowed")]

    def denies(self, place, reason):
        """Hold that a call is denied, and nothing on the wire."""
        before = list(self.mock.served), list(self.mock.refused)
        with pytest.raises(CallguardError) as error:
            place()
        assert (self.mock.served, self.mock.refused) == before
        denied = error.value
        assert reason == (str(denied.decision.reason) if isinstance(denied, DialDenied) else denied.reason)
        assert MOBILE not in str(denied)
        assert OTHER not in str(denied)
        return denied


@contextmanager
def world(*, campaign="notice", caller=FROM, text=POLICY, **more):
    with twilio() as mock, guard(text, extra=LOG) as found:
        found.refuse(REFUSED)
        wire = Wire(mock.port)
        client = Client(ACCOUNT, TOKEN, http_client=http_client(found, campaign=campaign, caller=caller, inner=wire, **more))
        yield World(mock, found, client)
        wire.session.close()


@pytest.fixture
def here():
    with world() as made:
        yield made


def dial(*numbers, **said):
    response = VoiceResponse()
    made = Dial(**said)
    for number in numbers:
        made.number(number)
    response.append(made)
    return str(response)


# --- every way to place a call: one that is allowed reaches the server, one that is denied does not


def of_task(client):
    return client.taskrouter.v1.workspaces(WORKSPACE).tasks(TASK).reservations(RESERVATION)


def of_worker(client):
    return client.taskrouter.v1.workspaces(WORKSPACE).workers(WORKER).reservations(RESERVATION)


WAYS = {
    "client.calls.create(to=…)": lambda client, to: client.calls.create(to=to, from_=FROM, url=URL),
    "client.calls.create(to='sip:NUMBER@trunk')": lambda client, to: client.calls.create(
        to=f"sip:{to}@trunk.example.com", from_=FROM, url=URL
    ),
    "client.calls.create(to='whatsapp:…')": lambda client, to: client.calls.create(to=f"whatsapp:{to}", from_=FROM, url=URL),
    "client.calls.create(twiml='<Dial>…')": lambda client, to: client.calls.create(to=TO, from_=FROM, twiml=dial(to)),
    "client.calls(sid).update(twiml='<Dial>…')": lambda client, to: client.calls(CALL).update(twiml=dial(to)),
    "client.calls(sid).update(twiml='<Refer>…')": lambda client, to: client.calls(CALL).update(
        twiml=f"<Response><Refer><Sip>sip:{to}@pbx.example.com</Sip></Refer></Response>"
    ),
    "client.conferences(sid).participants.create(to=…)": lambda client, to: client.conferences(CONFERENCE).participants.create(
        to=to, from_=FROM
    ),
    "client.validation_requests.create(phone_number=…)": lambda client, to: client.validation_requests.create(phone_number=to),
    "client.verify.v2.services(sid).verifications.create(to=…, channel='call')": lambda client, to: client.verify.v2.services(
        SERVICE
    ).verifications.create(to=to, channel="call"),
    "client.verify.v2.services(sid).verifications.create(to=…, channel='auto')": lambda client, to: client.verify.v2.services(
        SERVICE
    ).verifications.create(to=to, channel="auto"),
    "client.studio.v2.flows(sid).executions.create(to=…)": lambda client, to: client.studio.v2.flows(FLOW).executions.create(
        to=to, from_=FROM
    ),
    "client.studio.v1.flows(sid).executions.create(to=…)": lambda client, to: client.studio.v1.flows(FLOW).executions.create(
        to=to, from_=FROM
    ),
    "client.studio.v1.flows(sid).engagements.create(to=…)": lambda client, to: client.studio.v1.flows(FLOW).engagements.create(
        to=to, from_=FROM
    ),
    "….tasks(sid).reservations(sid).update(instruction='call')": lambda client, to: of_task(client).update(
        instruction="call", call_to=to, call_from=FROM, call_url=URL
    ),
    "….tasks(sid).reservations(sid).update(instruction='dequeue')": lambda client, to: of_task(client).update(
        instruction="dequeue", dequeue_to=to, dequeue_from=FROM
    ),
    "….tasks(sid).reservations(sid).update(instruction='conference')": lambda client, to: of_task(client).update(
        instruction="conference", to=to, from_=FROM
    ),
    "….workers(sid).reservations(sid).update(instruction='conference')": lambda client, to: of_worker(client).update(
        instruction="conference", to=to, from_=FROM
    ),
}


MARKED = [pytest.param(place, id=call, marks=pytest.mark.way("Twilio", call, peer=PEER)) for call, place in WAYS.items()]


@pytest.mark.parametrize("place", MARKED)
def test_an_allowed_call_reaches_twilio_and_a_denied_one_does_not(here, place):
    place(here.client, TO_TOO)

    assert len(here.mock.served) == 1
    assert here.mock.refused == []
    assert set(here.outcomes()) == {"unknown"}
    here.denies(lambda: place(here.client, REFUSED), "refused")


@pytest.mark.way("Twilio", "Client(http_client=…around AsyncTwilioHttpClient).calls.create_async(to=…)", peer=PEER)
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # of aiohttp, that Twilio's library uses them
@pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning")
def test_a_client_with_a_loop_is_guarded_as_well():
    async def play(mock, found):
        async with http_client(found, campaign="notice", caller=FROM, inner=AsyncWire(mock.port)) as guarded:
            client = Client(ACCOUNT, TOKEN, http_client=guarded)
            made = await client.calls.create_async(to=TO, from_=FROM, twiml=dial(TO_TOO))
            assert made.to == TO
            with pytest.raises(DialDenied) as denied:
                await client.calls.create_async(to=TO, from_=FROM, twiml=dial(TO_TOO, REFUSED))
            assert denied.value.decision.reason == "refused"
            mock.failing = [429, 503]
            for _ in range(2):
                with pytest.raises(TwilioRestException):
                    await client.calls.create_async(to=TO, from_=FROM, url=URL)
            await client.messages.create_async(to=TO, from_=FROM, body="no call")

    with twilio() as mock, guard(extra=LOG) as found:
        found.refuse(REFUSED)
        asyncio.run(play(mock, found))

        assert [path.rpartition("/")[2] for _, path, _ in mock.served] == ["Calls.json"] * 3 + ["Messages.json"]
        assert sorted(str(entry.outcome) for entry in found.log.search(reason="allowed")) == ["failed"] * 3 + ["unknown"] * 3


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning")
def test_a_call_whose_task_is_cancelled_on_the_way_is_counted():
    arrived, go_on = threading.Event(), threading.Event()

    async def play(mock, found):
        async with http_client(found, campaign="notice", caller=FROM, inner=AsyncWire(mock.port)) as guarded:
            client = Client(ACCOUNT, TOKEN, http_client=guarded)
            task = asyncio.create_task(client.calls.create_async(to=TO, from_=FROM, url=URL))
            assert await asyncio.to_thread(arrived.wait, 60)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    def answer(*_):
        arrived.set()
        go_on.wait(60)

    with twilio() as mock, guard(extra=LOG) as found:
        mock.answer = answer
        try:
            asyncio.run(play(mock, found))
        finally:
            go_on.set()

        assert [entry.outcome for entry in found.log.search(reason="allowed")] == ["unknown"]


# --- what a call is for, and from which number


def test_without_a_campaign_or_a_caller_nothing_is_placed():
    with world(campaign=None, caller=None) as here:
        here.denies(lambda: here.client.calls.create(to=TO, from_=FROM, url=URL), "campaign-missing")
        with calling(campaign="notice"):
            here.client.calls.create(to=TO, from_=FROM, url=URL)
            here.denies(lambda: here.client.calls(CALL).update(twiml=dial(TO)), "caller-missing")
            here.client.calls(CALL).update(twiml=dial(TO, caller_id=FROM))
            here.denies(lambda: here.client.calls(CALL).update(twiml=dial(TO, caller_id="anonymous")), "target-unreadable")
        with pytest.raises(PolicyError):
            http_client(here.guard, campaign="no-such-campaign", inner=Wire(here.mock.port))


def test_the_number_it_is_placed_from_is_the_one_that_the_request_says(here):
    refused = here.denies(lambda: here.client.calls.create(to=TO, from_="+861085550199", url=URL), "caller-unknown")
    assert refused.decision is not None
    here.denies(lambda: here.client.calls.create(to=TO, from_=FROM, caller_id="+861085550124", url=URL), "caller-conflict")
    here.denies(lambda: here.client.calls.create(to=TO, from_="01085550123", url=URL), "command-unreadable")
    here.denies(lambda: here.client.calls.create(to=TO, from_="client:alice", caller_id="+861085550199", url=URL), "caller-unknown")
    here.client.calls.create(to=TO, from_="client:alice", caller_id=FROM, url=URL)
    here.client.calls.create(to=TO, from_="client:alice", url=URL)  # the default

    assert here.mock.called() == [TO, TO]


# --- whom it calls


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("13800130001", "target-unreadable"),  # without `+` it is a number of the United States to Twilio
        ("110", "target-unreadable"),
        ("", "target-unreadable"),
        ("+0138", "target-unreadable"),
        ("+86 138\n0013 0001", "target-unreadable"),
        (["+8613800130001", "+8613800130002"], "target-unreadable"),
        ("sip:%2B8613800130001@trunk", "target-unreadable"),
        ("sip:110@trunk.example.com", "protected-number"),
        ("tel:+8613800130001", "target-unreadable"),
        ("+8613800130001,+8613800130002", "target-unreadable"),
        ("client:alice", "target-inside"),
        ("sip:alice@pbx.example.com", "target-inside"),
        ("app:AP" + "1" * 32, "target-inside"),
    ],
)
def test_an_address_that_is_no_number_outside_is_not_called(here, to, reason):
    here.denies(lambda: here.client.calls.create(to=to, from_=FROM, url=URL), reason)


def test_an_address_inside_is_called_where_a_pattern_has_all_of_it():
    with world(internal=["client:.*", r"sip:1\d{3}@pbx\.example\.com", "worker:.*"]) as here:
        here.client.calls.create(to="client:alice", from_=FROM, url=URL)
        here.client.calls.create(to="sip:1001@pbx.example.com", from_=FROM, url=URL)
        of_worker(here.client).update(instruction="conference")
        here.denies(lambda: here.client.calls.create(to="sip:1001@pbx.example.org", from_=FROM, url=URL), "invalid-number")

        assert here.outcomes() == []
        assert len(here.mock.served) == 3


def test_a_workers_own_address_is_not_known_and_an_instruction_that_is_not_known_is_no_good(here):
    here.denies(lambda: of_worker(here.client).update(instruction="conference"), "target-inside")
    here.denies(lambda: of_task(here.client).update(instruction="call", call_url=URL), "target-inside")
    here.denies(lambda: of_task(here.client).update(instruction="teleport", to=TO), "command-unknown")
    of_task(here.client).update(reservation_status="accepted")

    assert len(here.mock.served) == 1


def test_every_number_in_twiml_is_decided_and_one_denial_stops_all(here):
    here.denies(lambda: here.client.calls.create(to=TO, from_=FROM, twiml=dial(TO_TOO, REFUSED)), "refused")
    assert here.outcomes() == ["failed", "failed"]
    here.client.calls.create(to=TO, from_=FROM, twiml=dial(TO, TO_TOO))

    assert here.mock.called() == [TO]
    assert sorted(here.outcomes()) == ["failed"] * 2 + ["unknown"] * 3


def test_twiml_is_decided_by_the_caller_of_its_dial(here):
    here.denies(
        lambda: here.client.calls.create(to=TO, from_=FROM, twiml=dial(TO_TOO, caller_id="+861085550199")), "caller-unknown"
    )


def test_twiml_that_is_given_as_an_object_is_sent_as_it_was_read(here):
    response = VoiceResponse()
    response.dial(TO_TOO)
    here.client.calls.create(to=TO, from_=FROM, twiml=response)

    assert f"<Dial>{TO_TOO}</Dial>" in here.mock.served[0][2]["Twiml"]
    assert here.outcomes() == ["unknown", "unknown"]


def test_keys_that_may_dial_on_are_not_sent(here):
    here.denies(lambda: here.client.calls.create(to=TO, from_=FROM, url=URL, send_digits="ww13800130001"), "target-unreadable")
    here.client.calls.create(to=TO, from_=FROM, url=URL, send_digits="ww1234#")


def test_a_twimlet_says_whom_to_call_and_is_denied_unless_allowed():
    forward = "http://twimlets.com/forward?PhoneNumber=%2B8613800130009"
    with world() as here:
        here.denies(lambda: here.client.calls.create(to=TO, from_=FROM, url=forward), "command-unreadable")
        here.denies(lambda: here.client.calls(CALL).update(url=forward), "command-unreadable")
        here.client.calls(CALL).update(url=URL)  # what it answers cannot be seen here
    with world(allow=["twimlets"]) as here:
        here.client.calls.create(to=TO, from_=FROM, url=forward)
        assert here.mock.called() == [TO]


# --- what is no call, or not known


def test_what_places_no_call_is_passed(here):
    here.client.messages.create(to=REFUSED, from_=FROM, body="no call")
    here.client.verify.v2.services(SERVICE).verifications.create(to=REFUSED, channel="sms")
    here.client.proxy.v1.services("KS" + "1" * 32).sessions.create(mode="message-only")
    here.client.calls(CALL).fetch()
    here.client.calls(CALL).update(status="completed")

    assert len(here.mock.served) == 5
    assert here.outcomes() == []


def test_what_is_not_known_is_denied_unless_it_is_allowed_by_name():
    def session(client):
        client.proxy.v1.services("KS" + "1" * 32).sessions.create(mode="voice-only")

    with world() as here:
        denied = here.denies(lambda: session(here.client), "command-unknown")
        assert denied.rule == "proxy-Services-Sessions"
        here.denies(lambda: here.client.flex_api.v1.interaction.create(channel={"type": "voice"}), "command-unknown")
        here.denies(lambda: here.client.request("POST", "https://robocall.twilio.com/v1/Calls", data={}), "command-unknown")
        here.denies(
            lambda: here.client.request("POST", f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Calls"), "target-unreadable"
        )
        here.denies(
            lambda: here.client.request("POST", f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/Calls"), "command-unknown"
        )
    with world(allow=["Proxy-Services-Sessions"]) as here:
        session(here.client)
        assert len(here.mock.served) == 1


BASE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}"
GOOD = {"To": TO, "From": FROM, "Url": URL}


@pytest.mark.parametrize(
    ("method", "url", "more", "reason"),
    [
        ("POST", f"{BASE}/Messages/../Calls.json", {"data": GOOD}, "command-unreadable"),
        ("POST", f"{BASE}/Messages/%2e%2e/Calls.json", {"data": GOOD}, "command-unreadable"),
        ("POST", f"{BASE}/Messages%2f..%2fCalls.json", {"data": GOOD}, "command-unreadable"),
        ("POST", f"{BASE}//Calls.json", {"data": GOOD}, "command-unreadable"),
        ("POST", f"{BASE}/Messages/\\..\\Calls.json", {"data": GOOD}, "command-unreadable"),
        (
            "POST",
            f"https://lookups.twilio.com@api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Calls.json",
            {"data": GOOD},
            "command-unreadable",
        ),
        (
            "POST",
            f"https://lookups.twilio.com#@api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Calls.json",
            {"data": GOOD},
            "command-unreadable",
        ),
        ("POST", f"http://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Calls.json", {"data": GOOD}, "command-unreadable"),
        ("POST", "https://example.com/", {"data": GOOD}, "command-unreadable"),
        ("POST", f"https://lookups.api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Calls.json", {"data": GOOD}, "command-unreadable"),
        (
            "POST",
            f"https://api.twilio.com.example.com/2010-04-01/Accounts/{ACCOUNT}/Calls.json",
            {"data": GOOD},
            "command-unreadable",
        ),
        ("POST", f"{BASE}/Calls.json#", {"data": GOOD}, "command-unreadable"),
        ("POST", f"{BASE}/Calls.json", {"data": {**GOOD, "Url": "http://[x"}}, "command-unreadable"),
        (
            "POST",
            "https://verify.twilio.com/v2/Services/VA1/Verifications",
            {"data": {"To": TO, "Channel": ["sms"]}},
            "target-unreadable",
        ),
        ("POST", f"{BASE}/Calls.json?To=%2B8613800130002", {"data": GOOD}, "command-unreadable"),
        ("POST", f"{BASE}/Calls.json", {"data": GOOD, "params": {"To": TO_TOO}}, "command-unreadable"),
        ("POST", f"{BASE}/Calls.json", {"data": list(GOOD.items())}, "command-unreadable"),
        ("POST", f"{BASE}/Calls.json", {"data": {**GOOD, "to": TO_TOO}}, "command-unreadable"),
        ("POST", f"{BASE}/Calls.json", {"data": {**GOOD, "Participants": TO_TOO}}, "command-unreadable"),
        ("PUT", f"{BASE}/Calls.json", {"data": {**GOOD, "To": REFUSED}}, "refused"),
        ("post", f"{BASE}/Calls.json", {"data": {**GOOD, "To": REFUSED}}, "refused"),
        ("POST", f"{BASE}/Calls.json", {"data": {**GOOD, "Url": ["x"]}}, "command-unreadable"),
        ("GET", f"{BASE}/Calls.json", {"params": {"_method": "POST", **GOOD}}, "command-unreadable"),
        ("GET", f"{BASE}/Calls.json", {"headers": {"X-HTTP-Method-Override": "POST"}, "data": GOOD}, "command-unreadable"),
        (
            "POST",
            "https://api.dublin.ie1.twilio.com/2010-04-01/Accounts/" + ACCOUNT + "/Calls.json",
            {"data": {**GOOD, "To": REFUSED}},
            "refused",
        ),
    ],
)
def test_a_request_of_ones_own_making_is_read_as_it_will_be_understood_or_denied(here, method, url, more, reason):
    here.denies(lambda: here.client.request(method, url, **more), reason)


def test_a_parameter_that_is_not_known_may_be_allowed():
    with world(allow=["api-Accounts-Calls Shape"]) as here:
        here.client.request("POST", f"{BASE}/Calls.json", data={**GOOD, "Shape": "round"})

        # it reached the server, which does not know it either
        assert len(here.mock.refused) == 1


# --- the life of an attempt


@pytest.mark.parametrize(
    ("status", "outcome", "counted"),
    [(400, "failed", False), (429, "failed", False), (408, "unknown", True), (500, "unknown", True)],
)
def test_a_count_is_given_back_where_twilio_certainly_placed_no_call(status, outcome, counted):
    with world(campaign="survey") as here:  # once a day
        here.mock.failing = [status]
        with pytest.raises(TwilioRestException):
            here.client.calls.create(to=TO, from_=FROM, url=URL)

        assert here.outcomes() == [outcome]
        if counted:
            here.denies(lambda: here.client.calls.create(to=TO, from_=FROM, url=URL), "attempt-limit")
        else:
            here.client.calls.create(to=TO, from_=FROM, url=URL)
            assert sorted(here.outcomes()) == ["failed", "unknown"]


def test_what_never_left_is_given_back_and_what_broke_on_the_way_is_not():
    with world(campaign="survey") as here:
        wire = here.client.http_client._inner
        port, wire.port = wire.port, 1  # nobody listens
        with pytest.raises(OSError, match="Connection"):
            here.client.calls.create(to=TO, from_=FROM, url=URL)
        assert here.outcomes() == ["failed"]
        wire.port = port
        here.mock.answer = lambda *_: None  # the line goes dead
        with pytest.raises(OSError, match="Connection"):
            here.client.calls.create(to=TO, from_=FROM, url=URL)
        assert sorted(here.outcomes()) == ["failed", "unknown"]
        here.denies(lambda: here.client.calls.create(to=TO, from_=FROM, url=URL), "attempt-limit")


def test_a_client_that_repeats_requests_by_itself_is_not_taken():
    with guard() as found:
        for repeats in (2, Retry(total=1, allowed_methods=None)):
            wire = Wire(1, max_retries=repeats)
            if isinstance(repeats, int):
                http_client(found, inner=wire)  # only what had not left is tried again
            else:
                with pytest.raises(ValueError, match="repeats requests by itself"):
                    http_client(found, inner=wire)

        async def waiting():
            wire = AsyncWire(1, max_retries=2)
            try:
                with pytest.raises(ValueError, match="repeats requests by itself"):
                    http_client(found, inner=wire)
            finally:
                await wire.close()

        asyncio.run(waiting())


def test_a_campaign_that_does_not_enforce_lets_go(here):
    with calling(campaign="shadow"):
        here.client.calls.create(to=TO, from_=FROM, url=URL)

    assert here.mock.called() == [TO]


def test_what_cannot_be_decided_is_denied_and_says_no_more(here, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError(f"a text with {MOBILE}")

    monkeypatch.setattr(here.guard, "attempt", broken)
    denied = here.denies(lambda: here.client.calls.create(to=TO, from_=FROM, url=URL), "policy-failure")

    assert isinstance(denied, Denied)


# --- TwiML of one's own webhook


def test_the_twiml_of_a_webhook_is_decided_before_it_is_answered(here):
    said = twiml(here.guard, VoiceResponse(), campaign="notice")
    assert said.endswith("<Response />")
    assert twiml(here.guard, dial(TO), campaign="notice", caller=FROM) == dial(TO)
    assert here.outcomes() == ["unknown"]
    with pytest.raises(DialDenied):
        twiml(here.guard, dial(TO, REFUSED), campaign="notice", caller=FROM)
    with pytest.raises(Denied, match="caller-missing"):
        twiml(here.guard, dial(TO), campaign="notice")
    with pytest.raises(Denied, match="target-unreadable"):
        twiml(here.guard, "<Response><Teleport>+8613800130001</Teleport></Response>", campaign="notice", caller=FROM)
