"""What Twilio tells of a call: its status callback says how it ended, and what the callee pressed."""

from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from callguard.dialers.twilio import ended, http_client
from callguard.dialers.twilio_ends import _Said, address
from callguard.dialers.twilio_requests import _Reader
from samples import MOBILE, ask, guard
from twilio_mock import ACCOUNT, TOKEN, Wire, server, twilio

LOG = '[call_log]\nenabled = true\n[opt_out]\nkeys = ["9"]\n'
TO, FROM = f"+86{MOBILE}", "+861085550123"


@contextmanager
def webhook(found, problems):
    """Serve a status callback that checks the signature, as the guide shows; give its address."""

    def handle(method, host, target, body, headers):
        form, query = dict(parse_qsl(body, keep_blank_values=True)), dict(parse_qsl(urlsplit(target).query))
        if not RequestValidator(TOKEN).validate(f"http://{headers['Host']}{target}", form, headers["X-Twilio-Signature"]):
            problems.append("signature")
            return 403, {}
        ended(found, form, query)
        return 200, {}

    with server(handle) as port:
        yield f"http://127.0.0.1:{port}/ended?tenant=a"


@contextmanager
def world(**more):
    problems = []
    with twilio() as mock, guard(extra=LOG) as found, webhook(found, problems) as url:
        wire = Wire(mock.port)
        client = Client(
            ACCOUNT, TOKEN, http_client=http_client(found, campaign="notice", caller=FROM, inner=wire, status_callback=url, **more)
        )
        yield mock, found, client, url
        mock.ended()
        assert problems == []
        wire.session.close()


@pytest.mark.parametrize(
    ("said", "outcome", "duration"),
    [
        ({"CallStatus": "completed", "CallDuration": "42"}, "answered", 42.0),
        ({"CallStatus": "completed", "AnsweredBy": "machine_start"}, "voicemail", None),
        ({"CallStatus": "busy", "SipResponseCode": "486"}, "busy", None),
        ({"CallStatus": "no-answer"}, "no-answer", None),
        ({"CallStatus": "canceled"}, "no-answer", None),
        ({"CallStatus": "failed", "SipResponseCode": "404"}, "failed", None),
        ({"CallStatus": "failed", "SipResponseCode": "603"}, "rejected", None),
        ({"CallStatus": "ringing"}, "None", None),
    ],
)
def test_a_status_callback_ends_the_attempt_that_placed_the_call(said, outcome, duration):
    with world() as (mock, found, client, _):
        client.calls.create(to=TO, from_=FROM, url="https://example.com/voice")
        client.conferences("CF" + "1" * 32).participants.create(to=TO, from_=FROM)
        assert [entry.outcome for entry in found.log.search(reason="allowed")] == [None, None]
        for sid in mock.open:
            mock.tell(sid, **said)

        assert mock.told == [200, 200]
        entries = found.log.search(reason="allowed")
        assert [str(entry.outcome) for entry in entries] == [outcome, outcome]
        assert {entry.duration for entry in found.log.search(reason="allowed")} == {duration}
        assert ask(found, campaign="notice") == "allowed"


@pytest.mark.parametrize("said", [{"CallStatus": "in-progress", "Digits": "9"}, {"CallStatus": "failed", "SipResponseCode": "607"}])
def test_a_refusal_that_is_pressed_or_replied_is_kept_before_the_callback_is_answered(said):
    with world() as (mock, found, client, _):
        client.calls.create(to=TO, from_=FROM, url="https://example.com/voice")
        mock.tell(next(iter(mock.open)), **said)

        assert ask(found, campaign="notice") == "refused"


def test_a_callback_of_ones_own_keeps_what_it_says_and_carries_the_reference():
    with world() as (mock, found, client, url):
        own = url.replace("tenant=a", "tenant=b") + "#rc=2"
        client.calls.create(to=TO, from_=FROM, url="https://example.com/voice", status_callback=own)
        sent = mock.served[0][2]["StatusCallback"]

        assert sent.startswith(own.removesuffix("#rc=2") + "&callguard=")
        assert sent.endswith("#rc=2")
        assert MOBILE not in sent
        query = dict(parse_qsl(urlsplit(sent).query))
        assert query["tenant"] == "b"
        assert query["callguard_campaign"] == "notice"
        found.log.end_of(query["callguard"], "answered")
        assert [entry.outcome for entry in found.log.search(reason="allowed")] == ["answered"]


def test_without_a_log_or_a_callback_nothing_is_awaited():
    with twilio() as mock, guard() as found:
        client = Client(ACCOUNT, TOKEN, http_client=http_client(found, campaign="notice", inner=Wire(mock.port)))
        client.calls.create(to=TO, from_=FROM, url="https://example.com/voice", status_callback="https://example.com/ended")

        assert mock.served[0][2]["StatusCallback"] == "https://example.com/ended?callguard_campaign=notice"
        assert ended(found, {"CallStatus": "busy", "To": TO}) == "busy"
        client.http_client._inner.session.close()


def test_the_action_of_a_gather_is_heard():
    with guard(extra=LOG) as found:
        assert ended(found, {"CallStatus": "in-progress", "Digits": "1", "To": TO}, campaign="notice") is None
        assert ask(found, campaign="notice") == "allowed"
        assert ended(found, {"CallStatus": "in-progress", "Digits": "9", "To": TO}) is None  # nobody says of which campaign
        assert ask(found, campaign="notice") == "allowed"
        ended(
            found, {"CallStatus": "in-progress", "Digits": "9", "To": FROM, "From": TO, "Direction": "inbound"}, campaign="notice"
        )
        assert ask(found, campaign="notice") == "refused"


def test_a_sip_address_and_one_of_whatsapp_are_heard_as_the_number_in_them():
    for to in (f"sip:{TO}@trunk.example.com", f"whatsapp:{TO}"):
        with guard(extra=LOG) as found:
            ended(found, {"CallStatus": "in-progress", "Digits": "9", "To": to}, campaign="notice")

            assert ask(found, campaign="notice") == "refused"


def test_a_reference_that_is_none_is_an_error_after_the_refusal_was_kept():
    with guard(extra=LOG) as found:
        with pytest.raises(ValueError, match="reference"):
            ended(found, {"CallStatus": "failed", "SipResponseCode": "607", "To": TO}, {"callguard": "x"}, campaign="notice")

        assert ask(found, campaign="notice") == "refused"


class Several(dict):
    """A form as frameworks have it: lists within, of which `get` returns the first."""

    def get(self, key, default=None):
        return super().get(key, [default])[0]


def test_forms_of_frameworks_are_read_by_their_get():
    with guard(extra=LOG) as found:
        said = Several(CallStatus=["in-progress"], Digits=["9"], To=[TO])
        ended(found, said, Several(callguard_campaign=["notice"]))
        assert ask(found, campaign="notice") == "refused"
        with pytest.raises(TypeError, match="`SipResponseCode` is a list"):
            ended(found, {"SipResponseCode": ["607"]})


def test_an_address_with_nothing_to_say_stays_as_it_is():
    assert address("https://example.com/a", reference=None, campaign=None) == "https://example.com/a"


def test_what_is_read_shows_no_number():
    said = _Said({"To": TO, "Digits": "9"}, {"callguard": "reference"})
    read = _Reader("api-Accounts-Calls", "", "calls", {"To": TO}, frozenset())

    assert MOBILE not in repr(said) + repr(read)
    assert said["To"] == read.data["To"] == TO
