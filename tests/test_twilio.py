"""Every way to place a call with Twilio's own library is decided, before a mock server of Twilio's published specification."""

import asyncio
import threading

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from callguard.dialers.twilio import http_client
from callguard.errors import DialDenied, PolicyError
from callguard.judging import calling
from samples import guard
from twilio_mock import ACCOUNT, TOKEN, AsyncWire, Wire, twilio
from twilio_world import CALL, CONFERENCE, FLOW, FROM, LOG, REFUSED, SERVICE, TO, TO_TOO, URL, dial, of_task, of_worker, world

PEER = "mock server of the published specification"


@pytest.fixture
def here():
    with world() as made:
        yield made


# --- every way to place a call: one that is allowed reaches the server, one that is denied does not


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
