"""What becomes of the attempt of a request that places a call: counted, given back, or open until Twilio tells."""

import asyncio

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.twiml.voice_response import VoiceResponse
from urllib3.util.retry import Retry

from callguard.dialers.twilio import http_client, twiml
from callguard.errors import DialDenied
from callguard.judging import Denied, calling
from samples import MOBILE, guard
from twilio_mock import AsyncWire, Wire
from twilio_world import FROM, REFUSED, TO, URL, dial, world


@pytest.fixture
def here():
    with world() as made:
        yield made


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
        http_client(found, inner=Wire(1, max_retries=Retry(2, other=0)))  # only what had not left is tried again
        for repeats in (2, Retry(1, allowed_methods=None), Retry(None, read=1, other=0, allowed_methods={"POST"})):
            with pytest.raises(ValueError, match="repeats requests by itself"):
                http_client(found, inner=Wire(1, max_retries=repeats))

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
