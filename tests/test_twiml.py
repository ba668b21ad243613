"""Whom Twilio is told to call: addresses and TwiML, read in one way or not at all."""

import pytest
from twilio.twiml.voice_response import Connect, Dial, Gather, VoiceResponse

from callguard.targets import Target, Unreadable
from callguard.targets.twiml import address, caller, check_keys, twiml

NUMBER = "+8613800130001"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (NUMBER, NUMBER),
        (" +86 138-0013-0001 ", NUMBER),
        ("+1 (415) 555.0100", "+14155550100"),
        (f"whatsapp:{NUMBER}", NUMBER),
        (f"sip:{NUMBER}@trunk.example.com", NUMBER),
        (f"SIPS:{NUMBER}@trunk.example.com:5061;transport=tls?X-Account=7", NUMBER),
        ("sip:13800130001@trunk.example.com", "13800130001"),
        ("sip:alice@pbx.example.com", None),
        ("client:alice?shape=round", None),
        ("client:+8613800130001", None),
        ("app:AP" + "1" * 32, None),
        ("sim:DE" + "1" * 32, None),
    ],
)
def test_an_address_is_a_number_or_a_name_inside(text, number):
    assert address(text) == Target(text.strip(" "), number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "13800130001",
        "+86138O0130001",
        "+８６13800130001",
        "+8613800130001\n",
        "+86138+0013",
        "alice",
        "client:",
        "client:a b",
        "h323:alice",
        "sip:+86138;x=1@t",
        "sip:+8613800130001@t;user=phone",
        "sip:a@b@c",
        "sip:alice",
        "tel:+8613800130001",
        "whatsapp:13800130001",
    ],
)
def test_any_other_address_is_unreadable(text):
    with pytest.raises(Unreadable):
        address(text)


def test_a_caller_is_a_number_or_a_name_that_says_none():
    assert caller("+86 10 8555 0123") == "+861085550123"
    assert caller("client:alice") is None
    assert caller("sip:alice@pbx.example.com") is None
    assert caller("whatsapp:+861085550123") == "+861085550123"
    for text in ("01085550123", "anonymous", "Xinghe", "tel:+861085550123"):
        with pytest.raises(Unreadable):
            caller(text)


def test_keys_of_an_extension_are_no_number():
    check_keys("ww12#4*w56")
    for keys in ("1234567", "ww86 138", "1;2"):
        with pytest.raises(Unreadable):
            check_keys(keys)


def numbers(text):
    return [(tuple(target.number or target.written for target in each.targets), each.caller) for each in twiml(str(text))]


def test_all_that_a_dial_calls_is_read_with_its_caller():
    made = VoiceResponse()
    made.say("one moment")
    made.dial(NUMBER, caller_id="+861085550123")
    several = Dial()
    several.number("+8613800130002", send_digits="ww12")
    several.client("alice")
    several.client().identity("bob")
    several.sip("sip:+8613800130003@trunk.example.com")
    several.sim("DE" + "1" * 32)
    several.application().application_sid("AP" + "1" * 32)
    several.whats_app("+8613800130004")
    several.conference("room")
    several.queue("waiting")
    made.append(several)
    made.refer().sip("sip:1001@pbx.example.com")

    assert numbers(made) == [
        ((NUMBER,), "+861085550123"),
        (
            (
                "+8613800130002",
                "client:alice",
                "client:bob",
                "+8613800130003",
                f"sim:DE{'1' * 32}",
                f"app:AP{'1' * 32}",
                "+8613800130004",
            ),
            None,
        ),
        (("1001",), None),
    ]


def test_what_calls_nobody_is_read_as_nobody():
    made = VoiceResponse()
    gather = Gather(action="https://example.com/keys")
    gather.say("press nine")
    made.append(gather)
    connect = Connect()
    connect.stream(url="wss://example.com/media")
    made.append(connect)
    made.play(digits="w1")
    made.redirect("https://example.com/more")
    made.hangup()

    assert numbers(made) == []
    assert numbers('<?xml version="1.0" encoding="UTF-8"?><Response/>') == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not XML",
        "<Response>",
        "<response/>",
        "<Response>text</Response>",
        "<Response><dial>+8613800130001</dial></Response>",
        "<Response><Teleport/></Response>",
        "<Response><Say><Dial>+8613800130001</Dial></Say></Response>",
        "<Response><Gather><Refer/></Gather></Response>",
        "<Response><Connect><Number>+8613800130001</Number></Connect></Response>",
        "<Response><Dial>13800130001</Dial></Response>",
        "<Response><Dial>+8613800130001 +8613800130002</Dial></Response>",
        "<Response><Dial><Number/></Dial></Response>",
        "<Response><Dial><Number><b>+8613800130001</b></Number></Dial></Response>",
        "<Response><Dial><Number sendDigits='13800130001'>+8613800130002</Number></Dial></Response>",
        "<Response><Dial><Phone>+8613800130001</Phone></Dial></Response>",
        "<Response><Dial><Client>alice<Identity>bob</Identity></Client></Dial></Response>",
        "<Response><Dial><Client/></Dial></Response>",
        "<Response><Dial callerId='anonymous'>+8613800130001</Dial></Response>",
        "<Response><Refer><Number>+8613800130001</Number></Refer></Response>",
        "<Response><Play digits='13800130001'/></Response>",
        "<Response xmlns='urn:x'><Dial>+8613800130001</Dial></Response>",
        "<!DOCTYPE Response [<!ENTITY n '+8613800130001'>]><Response><Dial>&n;</Dial></Response>",
        "<?xml version='1.0' encoding='utf-7'?><Response/>",
    ],
)
def test_twiml_that_cannot_be_read_for_certain_is_unreadable(text):
    with pytest.raises(Unreadable) as unreadable:
        twiml(text)
    assert "138" not in str(unreadable.value)
