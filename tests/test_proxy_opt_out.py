"""What callees press and reply in calls through the guards on the wire. The switches are protocol doubles."""

import asyncio
import json

import pytest

from callguard import Reason
from proxy_world import LOG, until, world
from samples import CALLER, guard
from test_proxy_ami import logged_in as ami_logged_in
from test_proxy_ami import originate
from test_proxy_esl import api
from test_proxy_esl import logged_in as esl_logged_in

MOBILE, OTHER = "13800130001", "13800130002"
KEYS = '[opt_out]\nkeys = ["9", "0#"]\n'


def run(scenario):
    return asyncio.run(scenario())


def heeding(protocol, **more):
    return world(protocol, found=guard(extra=LOG + KEYS), **more)


def refused(at, callee=MOBILE):
    return at.guard.may_dial(callee, caller=CALLER, campaign="notice").reason is Reason.REFUSED


async def quiet(at, callee=MOBILE):
    """Wait until everything that was told has been taken; whether the callee has refused then."""
    for connection in tuple(at.server._open.values()):
        await connection.settled()
    return refused(at, callee)


# ── Asterisk


def dtmf(channel, digit, event="DTMFEnd", direction="Received"):
    return f"Event: {event}\r\nUniqueid: {channel}\r\nDigit: {digit}\r\nDirection: {direction}\r\n\r\n"


async def say(at, found, *events, end):
    """Have the switch say something, and wait until the client has it all."""
    for writer in at.switch.writers:
        writer.write("".join(events).encode())
    return await found.until(end)


@pytest.mark.parametrize(
    ("placed", "channel"),
    [({"Async": "true"}, "of-o"), ({"ChannelId": "mine"}, "mine"), ({"ChannelId": "mine", "Async": "true"}, "mine")],
)
def test_a_key_on_the_channel_of_a_call_is_kept_as_a_refusal(placed, channel):
    async def scenario():
        async with heeding("ami") as at:
            found = await ami_logged_in(at)
            await found.send(originate(**placed))
            await found.until("of-o\r\n\r\n" if "Async" in placed else "\r\n\r\n")
            await say(at, found, dtmf(channel, "1"), dtmf(channel, "0"), dtmf(channel, "#"), end="Digit: #")

            await until(lambda: refused(at))
            await until(lambda: at.outcomes() == ["answered" if "Async" in placed else "unknown"])

    run(scenario)


@pytest.mark.parametrize(
    "events",
    [
        [dtmf("of-other", "9")],
        [dtmf("", "9")],
        [dtmf("of-o", "8")],
        [dtmf("of-o", "9", direction="Sent")],
        [dtmf("of-o", "9", event="DTMFBegin")],
        ["Event: Hangup\r\nUniqueid: of-o\r\nCause: 21\r\n\r\n", dtmf("of-o", "9")],
    ],
)
def test_what_is_no_key_of_that_callees_is_none(events):
    async def scenario():
        async with heeding("ami") as at:
            found = await ami_logged_in(at)
            await found.send(originate(Async="true"))
            await found.until("of-o\r\n\r\n")
            await say(at, found, *events, "Event: Mark\r\n\r\n", end="Event: Mark")

            assert not await quiet(at)

    run(scenario)


@pytest.mark.parametrize(
    ("channel", "more", "settings"),
    [
        ("PJSIP/agent", {"Application": "Dial", "Data": f"PJSIP/{MOBILE}@trunk"}, {"internal": ["PJSIP/agent"]}),
        (f"PJSIP/{MOBILE}@trunk", {"Application": "Dial", "Data": f"PJSIP/{OTHER}@trunk"}, {}),
    ],
)
def test_a_channel_that_may_be_somebody_elses_is_not_listened_to(channel, more, settings):
    async def scenario():
        async with heeding("ami", **settings) as at:
            found = await ami_logged_in(at)
            await found.send(
                originate(channel, ChannelId="mine", **{"Async": "true", "Context": None, "Exten": None, "Priority": None, **more})
            )
            assert "Success" in await found.until("of-o\r\n\r\n")
            await say(at, found, dtmf("mine", "9"), dtmf("of-o", "9"), "Event: Mark\r\n\r\n", end="Event: Mark")

            assert not await quiet(at)
            assert not refused(at, OTHER)

    run(scenario)


# ── FreeSWITCH


def event(name, media="text/event-plain", **headers):
    said = {
        "Event-Name": name,
        **{key.replace("_", "-", 1) if key != "variable_sip_term_status" else key: value for key, value in headers.items()},
    }
    plain = "".join(f"{key}: {value}\n" for key, value in said.items()) + "\n"
    body = json.dumps(said) if media == "text/event-json" else plain
    return f"Content-Length: {len(body.encode())}\nContent-Type: {media}\n\n{body}"


MARK = event("HEARTBEAT")


@pytest.mark.parametrize("media", ["text/event-plain", "text/event-json"])
@pytest.mark.parametrize("how", ["api", "bgapi", "told"])
def test_digits_of_a_channel_are_kept_as_a_refusal(media, how):
    async def scenario():
        async with heeding("esl") as at:
            found = await esl_logged_in(at)
            told = "{origination_uuid=uuid}" if how == "told" else ""
            line = f"originate {told}sofia/gateway/gw/{MOBILE} &park()"
            if how == "bgapi":
                await found.send(f"bgapi {line}\n\n")
                await found.until("+OK uuid")
            else:
                assert await api(found, line) == "+OK uuid"
            digits = [event("DTMF", media, Unique_ID="uuid", DTMF_Digit=digit, DTMF_Source="RTP") for digit in "10"]
            hash_ = event("DTMF", media, Unique_ID="uuid", DTMF_Digit="#" if "json" in media else "%23")
            await say(at, found, *digits, hash_, MARK, end="HEARTBEAT")

            await until(lambda: refused(at))

    run(scenario)


@pytest.mark.parametrize(
    ("status", "kept"), [("607", True), ("608", True), ("603", False), ("200", False), ("", False), ("x", False)]
)
def test_a_reply_that_is_a_refusal_is_kept_where_the_channel_is_known(status, kept):
    async def scenario():
        async with heeding("esl") as at:
            found = await esl_logged_in(at)
            await api(found, f"originate {{origination_uuid=mine}}sofia/gateway/gw/{MOBILE} &park()")
            await say(
                at,
                found,
                event("CHANNEL_HANGUP_COMPLETE", Unique_ID="mine", variable_sip_term_status=status),
                MARK,
                end="HEARTBEAT",
            )

            if kept:
                await until(lambda: refused(at))
            else:
                assert not await quiet(at)

    run(scenario)


@pytest.mark.parametrize(
    "events",
    [
        [event("DTMF", Unique_ID="another", DTMF_Digit="9")],
        [event("DTMF", Unique_ID="uuid", DTMF_Digit="9", DTMF_Source="APP")],
        [event("DTMF", "text/event-xml", Unique_ID="uuid", DTMF_Digit="9")],
        [
            event(
                "CHANNEL_HANGUP_COMPLETE",
                Unique_ID="uuid",
                variable_sip_term_status="608",
                Reason='SIP;cause=608;text="callguard: refused"',
            )
        ],
        [event("CHANNEL_HANGUP_COMPLETE", Unique_ID="uuid"), event("DTMF", Unique_ID="uuid", DTMF_Digit="9")],
        [
            'Content-Length: 7\nContent-Type: text/event-json\n\n["DTMF"',
            'Content-Length: 8\nContent-Type: text/event-json\n\n["DTMF"]',
        ],
    ],
)
def test_what_is_not_that_callees_word_is_none(events):
    async def scenario():
        async with heeding("esl") as at:
            found = await esl_logged_in(at)
            assert await api(found, f"originate sofia/gateway/gw/{MOBILE} &park()") == "+OK uuid"
            await say(at, found, *events, MARK, end="HEARTBEAT")

            assert not await quiet(at)

    run(scenario)


def test_of_two_callees_nobody_knows_who_pressed():
    async def scenario():
        async with heeding("esl") as at:
            found = await esl_logged_in(at)
            await api(found, f"originate sofia/gateway/gw/{MOBILE}|sofia/gateway/gw/{OTHER} &park()")
            await say(at, found, event("DTMF", Unique_ID="uuid", DTMF_Digit="9"), MARK, end="HEARTBEAT")

            assert not await quiet(at)
            assert not refused(at, OTHER)

    run(scenario)
