"""What a request of Twilio's library says is read in one way, or it is not sent; what it says is of no call is passed."""

import pytest
from twilio.twiml.voice_response import VoiceResponse

from twilio_mock import ACCOUNT
from twilio_world import CALL, FROM, REFUSED, SERVICE, TO, TO_TOO, URL, dial, of_task, of_worker, world


@pytest.fixture
def here():
    with world() as made:
        yield made


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
