"""What replies and events of FreeSWITCH say of calls: only what is certain, and each call's end once."""

import re

import pytest

from callguard.commands import esl_calls, esl_commands
from callguard.commands.esl_calls import Calls
from callguard.commands.esl_wire import Broken, one
from callguard.judging import Judge
from samples import guard

CALL = "sofia/gateway/gw/13800130001"
OTHER = "sofia/gateway/gw/13800130002"


class Placed:
    """As many attempts as numbers outside."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count


class Ear:
    """What was told."""

    def __init__(self):
        self.ends, self.said, self.of = [], [], []

    def settle(self, placing, outcome, *, released=False):
        if placing:
            self.ends.append(f"{outcome}, released" if released else outcome)
            placing.count = 0

    def pressed(self, placing, keys):
        self.said.append(keys)
        self.of.append((placing, keys))

    def replied(self, placing, sip_status):
        self.said.append(sip_status)
        self.of.append((placing, sip_status))


class Told:
    """The calls of a connection, an ear, and what a client sends."""

    def __init__(self, *subscriptions, internal=()):
        self.ear = Ear()
        self.judge = Judge(guard=guard(), internal=tuple(map(re.compile, internal)))
        self.calls = Calls(self.ear, self.judge)
        for line in subscriptions:
            self.calls.passed(one(line.encode() + b"\n\n"), None, None)

    def pass_on(self, text):
        command = one(text.encode() + b"\n\n")
        ask = esl_commands.read(command, frozenset())
        numbers = {target.number for target in ask.targets if not self.judge.is_inside(target)}
        return self.calls.passed(command, ask, Placed(len(numbers)))

    def api(self, text, reply):
        self.calls.replied(self.pass_on(text), reply, api=True)

    def event(self, name, **more):
        self.calls.told({"event-name": name} | {key.replace("_", "-"): value for key, value in more.items()})


def hang_up(told, uuid, cause="NORMAL_CLEARING", answered="0", **more):
    told.calls.told(
        {
            "event-name": "CHANNEL_HANGUP_COMPLETE",
            "unique-id": uuid,
            "hangup-cause": cause,
            "caller-channel-answered-time": answered,
        }
        | more
    )


@pytest.mark.parametrize(
    ("dialled", "reply", "ends"),
    [
        (CALL, "-ERR USER_BUSY", "busy"),
        (CALL, "-ERR NO_ANSWER", "no-answer"),
        (CALL, "-ERR CALL_REJECTED", "rejected"),
        (CALL, "-ERR NORMAL_TEMPORARY_FAILURE", "failed"),
        (CALL, "-USAGE: originate", "failed, released"),
        (f"{CALL}|sofia/gateway/other/13800130001", "-ERR USER_BUSY", "busy"),
        (f"{CALL},{OTHER}", "-ERR USER_BUSY", "failed"),
        (f"{CALL},user/1000", "-ERR USER_BUSY", "failed"),
        ("loopback/13800130001", "-ERR USER_BUSY", "failed"),
    ],
)
def test_why_a_call_failed_is_said_of_one_number_alone(dialled, reply, ends):
    told = Told(internal=["user/1000"])
    told.api(f"api originate {dialled} &park()", reply)

    assert told.ear.ends == [ends]


def test_an_agents_leg_says_nothing_of_the_callee_behind_it():
    told = Told("event plain ALL", internal=["user/1000", "sofia/gateway/gw/1000"])
    told.api(f"api originate user/1000 &bridge({CALL})", "-ERR USER_BUSY")
    told.api(f"api originate sofia/gateway/gw/1000 &bridge({CALL})", "+OK agent")
    told.event("DTMF", unique_id="agent", dtmf_digit="9")

    assert told.ear.ends == ["failed", "unknown"]
    assert told.ear.said == []


def test_a_leg_is_the_callees_where_an_agent_is_behind_it():
    told = Told("event plain DTMF CHANNEL_HANGUP_COMPLETE", internal=["user/1000"])
    told.api(f"api originate {CALL} &bridge(user/1000)", "+OK callee")
    told.event("DTMF", unique_id="callee", dtmf_digit="9")
    told.event("DTMF", unique_id="callee", dtmf_digit="8", dtmf_source="APP")
    told.event("DTMF", unique_id="agent", dtmf_digit="7")
    hang_up(told, "callee", answered="17", variable_sip_term_status="200")
    told.event("DTMF", unique_id="callee", dtmf_digit="6")

    assert told.ear.said == ["9", 200]
    assert told.ear.ends == ["answered"]


@pytest.mark.parametrize(
    ("subscribed", "ends"),
    [
        ((), ["unknown"]),
        (("event plain HEARTBEAT",), ["unknown"]),
        (("event xml ALL",), ["unknown"]),
        (("event plain ALL", "noevents"), ["unknown"]),
        (("event plain ALL", "nixevent ALL"), ["unknown"]),
        (("event plain CHANNEL_HANGUP_COMPLETE", "nixevent CHANNEL_HANGUP_COMPLETE"), ["unknown"]),
        (("event json CHANNEL_HANGUP_COMPLETE",), []),
        (("myevents",), []),
    ],
)
def test_who_is_told_of_no_ends_waits_for_none(subscribed, ends):
    told = Told(*subscribed)
    told.api(f"api originate {CALL} &park()", "+OK leg")

    assert told.ear.ends == ends
    hang_up(told, "leg", answered="17")
    assert told.ear.ends == (ends or ["answered"])


def test_a_job_and_the_leg_it_makes():
    told = Told("event plain BACKGROUND_JOB CHANNEL_HANGUP_COMPLETE")
    told.calls.replied(told.pass_on(f"bgapi originate {CALL} &park()"), "+OK Job-UUID: j1", api=False)
    told.calls.replied(told.pass_on(f"bgapi originate {OTHER} &park()\nJob-UUID: mine"), "+OK Job-UUID: mine", api=False)
    told.calls.told({"event-name": "BACKGROUND_JOB", "job-uuid": "j1", "_body": "+OK leg\n"})
    told.calls.told({"event-name": "BACKGROUND_JOB", "job-uuid": "mine", "_body": "-ERR USER_BUSY\n"})
    told.calls.told({"event-name": "BACKGROUND_JOB", "job-uuid": "nobodys", "_body": "-ERR USER_BUSY\n"})
    hang_up(told, "leg", "ORIGINATOR_CANCEL")

    assert told.ear.ends == ["busy", "no-answer"]


def test_a_leg_named_beforehand_is_followed_before_the_reply():
    told = Told("event plain ALL")
    call = told.pass_on(f"bgapi originate {{origination_uuid=n1}}{CALL} &park()")
    told.event("DTMF", unique_id="n1", dtmf_digit="9")
    hang_up(told, "n1", "USER_BUSY", variable_sip_term_status="486")
    told.calls.replied(call, "+OK Job-UUID: j1", api=False)
    told.calls.told({"event-name": "BACKGROUND_JOB", "job-uuid": "j1", "_body": "-ERR NO_ANSWER\n"})

    assert told.ear.ends == ["busy"]
    assert told.ear.said == ["9", 486]


def originate(number, then):
    return f"{then} originate {{origination_uuid=lead}}sofia/gateway/gw/{number} &park()"


@pytest.mark.parametrize("reply", ["-ERR DESTINATION_OUT_OF_ORDER", "-USAGE: originate"])
def test_the_name_of_a_leg_that_never_was_may_be_the_next_calls(reply):
    told = Told("event plain ALL")
    first, second = told.pass_on(originate("13800130001", "api")), None
    told.calls.replied(first, reply, api=True)
    second = told.pass_on(originate("13800130002", "api"))
    told.event("DTMF", unique_id="lead", dtmf_digit="8")  # the first one's, or the second one's
    told.calls.replied(second, "+OK lead", api=True)
    told.event("DTMF", unique_id="lead", dtmf_digit="9")
    hang_up(told, "lead", answered="17", variable_sip_term_status="200")

    assert told.ear.of == [(second.placing, "9"), (second.placing, 200)]
    assert [end.partition(",")[0] for end in told.ear.ends] == ["failed", "answered"]


def test_why_a_call_failed_is_heard_when_it_hangs_up_after_its_reply():
    told = Told("event plain ALL")
    first = told.pass_on(originate("13800130001", "api"))
    told.calls.replied(first, "-ERR CALL_REJECTED", api=True)
    hang_up(told, "lead", "CALL_REJECTED", variable_sip_term_status="607")
    second = told.pass_on(originate("13800130002", "api"))
    told.event("DTMF", unique_id="lead", dtmf_digit="9")

    assert told.ear.of == [(first.placing, 607), (second.placing, "9")]
    assert told.ear.ends == ["rejected"]


def test_a_guards_own_reply_further_on_is_no_refusal():
    told = Told("event plain ALL")
    told.api(f"api originate {{origination_uuid=n1}}{CALL} &park()", "+OK n1")
    hang_up(told, "n1", "CALL_REJECTED", variable_sip_term_status="608", reason='SIP;cause=608;text="callguard: refused"')

    assert told.ear.said == []
    assert told.ear.ends == ["rejected"]


@pytest.mark.parametrize(
    ("event", "ends"),
    [
        ({"variable_originate_disposition": "USER_BUSY"}, ["busy"]),
        ({"variable_originate_disposition": "call accepted", "variable_dialstatus": "ANSWER"}, ["answered"]),
        ({"variable_originate_disposition": "call accepted", "variable_dialstatus": "EARLY"}, ["unknown"]),
        ({"variable_originate_disposition": "failure"}, ["unknown"]),
        ({"application": "playback"}, []),
        ({"unique-id": "another"}, []),
    ],
)
def test_the_end_of_a_bridge(event, ends):
    told = Told("event plain ALL")
    message = f"sendmsg\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: {CALL}"
    told.calls.own = "u"
    told.calls.replied(told.pass_on(message), "+OK", api=False)
    told.calls.told({"event-name": "CHANNEL_EXECUTE_COMPLETE", "unique-id": "u", "application": "bridge"} | event)

    assert told.ear.ends == ends


def test_what_never_left_is_given_back():
    told = Told()
    message = f"sendmsg u\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: {CALL}"
    told.calls.replied(told.pass_on(message), "-ERR invalid session id [u]", api=False)

    assert told.ear.ends == ["failed, released"]


def test_of_too_many_calls_the_oldest_is_let_go_of(monkeypatch):
    monkeypatch.setattr(esl_calls, "FOLLOWED", 2)
    told = Told("event plain ALL")
    for i in range(3):
        told.api(f"api originate sofia/gateway/gw/1380013000{i} &park()", f"+OK leg{i}")
    assert told.ear.ends == ["unknown"]
    assert len(told.calls.left()) == 2
    assert told.calls.left() == []


@pytest.mark.parametrize("data", [b"", b"api a\n\napi b\n\n", b"api a", b"api a\n\nap", b"api a\nx: 1\nContent-Length: 5\n\nab"])
def test_one_message_is_one(data):
    with pytest.raises(Broken):
        one(data)
    assert one(b"sendmsg u\nContent-Length: 2\n\nab\n\n").body == b"ab"
