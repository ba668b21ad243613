"""Commands that would call one number several times are denied: a decision is for one call, and one call counts."""

import re

import pytest

from callguard.commands import ami_commands, ari_commands, esl_commands
from callguard.commands.ami_wire import Action
from callguard.commands.esl_wire import one
from callguard.judging import Denied, Judge
from samples import CALLER, MOBILE, OTHER, guard

LEG = f"sofia/gateway/trunk/{MOBILE}"
BRIDGE = f"sendmsg u\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: {LEG}"
ENTERED = f"sendmsg u\ncall-command: execute\nexecute-app-name: play_and_get_digits\nexecute-app-arg: 1 1 1 1 # a b c d e {MOBILE}"


def event_socket(text):
    return esl_commands.read(one(f"{text}\n\n".encode()), frozenset())


def manager(name, **more):
    return ami_commands.read(Action((("Action", name), *more.items())), frozenset())


def rest(target):
    return ari_commands.read(ari_commands.operation(ari_commands.Request("POST", f"/ari/{target}")), frozenset())


@pytest.fixture
def judge():
    with guard(extra="[call_log]\nenabled = true\n") as made:
        inside = (re.compile(r"1000|user/1000|PJSIP/1000|.*@ivr"),)
        yield Judge(guard=made, campaign="notice", caller=CALLER, internal=inside)


def calls(judge):
    return len(list(judge.guard.log.search(reason="allowed")))


@pytest.mark.parametrize(
    "asked",
    [
        event_socket(f"{BRIDGE}\nloops: 50"),
        event_socket(f"{BRIDGE}\nLoops: -1"),
        event_socket(f"{BRIDGE}\nloops: 0"),
        event_socket(f"{BRIDGE}\nloops: 1x"),
        event_socket(f"{ENTERED}\nloops: 2"),
        event_socket(f"sendmsg u\ncall-command: execute\nexecute-app-name: transfer\nexecute-app-arg: -both {MOBILE}"),
        event_socket(f"api uuid_broadcast u bridge::{LEG} both"),
        event_socket(f"api uuid_broadcast u bridge::{LEG} BOTH"),
        event_socket(f"bgapi uuid_broadcast u bridge::{LEG} aleg,bleg"),
        event_socket(f"api uuid_broadcast u bridge::{LEG} xbothx"),
        event_socket(f"api expand uuid_broadcast u bridge::{LEG} both"),
        event_socket(f"api uuid_transfer u -both {MOBILE} XML default"),
        event_socket(f"api uuid_transfer u -Both {MOBILE}"),
        event_socket(f"api uuid_dual_transfer u {MOBILE} {MOBILE}"),
        event_socket(f"api uuid_dual_transfer u {MOBILE}/XML/a {MOBILE}/XML/b"),
        event_socket(f"api originate {LEG} &bridge({LEG})"),
        event_socket(f"api originate {LEG} {MOBILE} XML out"),
        event_socket(f"api originate {LEG} &transfer({MOBILE})"),
        manager("Redirect", Channel="a", ExtraChannel="b", Exten=MOBILE, Context="out"),
        manager("Redirect", Channel="a", ExtraChannel="b", Exten=MOBILE, Context="out", ExtraExten=MOBILE, ExtraContext="other"),
        manager("Originate", Channel=f"PJSIP/{MOBILE}@trunk", Exten=MOBILE, Context="out", Priority="1"),
        manager("Originate", Channel=f"PJSIP/{MOBILE}@trunk", Application="Dial", Data=f"PJSIP/{MOBILE}@trunk"),
        manager("Command", Command=f"channel originate PJSIP/{MOBILE}@trunk extension {MOBILE}@out"),
        manager("Command", Command=f"channel originate PJSIP/{MOBILE}@trunk application Dial PJSIP/{MOBILE}@trunk"),
        rest(f"channels?endpoint=PJSIP/{MOBILE}@trunk&extension={MOBILE}&context=out"),
    ],
)
def test_a_number_that_would_be_called_on_two_channels_or_again_is_denied(judge, asked):
    with pytest.raises(Denied, match="call-repeated"):
        judge.place_sync(asked)
    assert calls(judge) == 0


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        (event_socket(BRIDGE), 1),
        (event_socket(f"{BRIDGE}\nloops: 1"), 1),
        (event_socket("sendmsg u\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: user/1000\nloops: 5"), 0),
        (event_socket(f"api uuid_broadcast u bridge::{LEG}"), 1),
        (event_socket(f"api uuid_broadcast u bridge::{LEG} aleg"), 1),
        (event_socket(f"api uuid_broadcast u bridge::{LEG} bleg"), 1),
        (event_socket("api uuid_broadcast u bridge::user/1000 both"), 0),
        (event_socket(f"api uuid_transfer u -bleg {MOBILE}"), 1),
        (event_socket("api uuid_transfer u -both 1000"), 0),
        (event_socket(f"api uuid_dual_transfer u {MOBILE} {OTHER}"), 2),
        (event_socket("api uuid_dual_transfer u 1000 1000"), 0),
        (event_socket(f"api uuid_dual_transfer u 1000 {MOBILE}"), 1),
        (event_socket(f"api originate {LEG}|sofia/gateway/other/{MOBILE} &bridge(user/1000)"), 1),
        (event_socket(f"api originate {LEG} &bridge(sofia/gateway/trunk/{OTHER})"), 2),
        (event_socket(f"api originate {LEG} {MOBILE} XML ivr"), 1),
        (manager("Redirect", Channel="a", Exten=MOBILE, Context="out"), 1),
        (manager("Redirect", Channel="a", ExtraChannel="b", Exten=MOBILE, Context="out", ExtraExten="s", ExtraContext="x"), 1),
        (manager("Redirect", Channel="a", ExtraChannel="b", Exten=MOBILE, Context="out", ExtraExten=OTHER), 2),
        (manager("Originate", Channel=f"PJSIP/{MOBILE}@a&PJSIP/{MOBILE}@b", Exten="s", Context="ivr"), 1),
        (manager("Originate", Channel=f"PJSIP/{MOBILE}@trunk", Exten=MOBILE, Context="ivr"), 1),
        (rest(f"channels?endpoint=PJSIP/{MOBILE}@trunk&extension={OTHER}&context=out"), 2),
    ],
)
def test_what_calls_each_number_once_is_decided(judge, asked, count):
    judge.place_sync(asked).settle_sync("answered")

    assert calls(judge) == count


def test_what_is_played_may_be_played_again():
    assert event_socket("sendmsg u\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: a.wav\nloops: 5") is None
    assert event_socket("api uuid_broadcast u a.wav both").targets == ()
