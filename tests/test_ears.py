"""Whose channel is listened to, by Asterisk's manager and by ARI: nobody's but that of the one callee, while it is there."""

import pytest

from callguard.commands.ami_following import Following
from callguard.commands.ami_wire import Action, Answer
from callguard.commands.ari_commands import Operation
from callguard.commands.ari_following import Channels
from callguard.commands.ears import is_callees
from callguard.judging import Judge
from callguard.targets.asterisk import channels
from samples import MOBILE, guard


class Placed:
    """One attempt."""

    def __init__(self, name):
        self.name = name

    def __len__(self):
        return 1


@pytest.fixture
def judge():
    with guard() as made:
        yield Judge(guard=made)


class At:
    """The calls of a connection to Asterisk's manager."""

    def __init__(self, judge):
        self.following = Following(judge)

    def place(self, name, **more):
        said = {
            "Action": "Originate",
            "ActionID": name,
            "ChannelId": "lead",
            "Channel": f"PJSIP/{MOBILE}@t",
            "Async": "true",
        } | more
        self.following.placed(Action(tuple((key, value) for key, value in said.items() if value)), Placed(name))

    def tell(self, **said):
        return self.following.told(Answer(b"", said))

    def heard(self, channel="lead"):
        pressed = self.following.pressed(
            Answer(b"", {"event": "DTMFEnd", "uniqueid": channel, "digit": "9", "direction": "Received"})
        )
        return pressed and pressed[0].name


@pytest.mark.parametrize(
    "told",
    [
        {"response": "Error", "message": "Originate failed"},
        {"response": "Error", "message": "Permission denied"},
        {"event": "OriginateResponse", "response": "Failure", "reason": "5", "uniqueid": "lead"},
    ],
)
def test_the_name_of_a_channel_that_is_not_there_may_be_the_next_calls(judge, told):
    at = At(judge)
    at.place("first")
    assert at.heard() == "first"
    at.tell(actionid="first", **told)
    assert at.heard() is None
    at.place("second")
    assert at.heard() == "second"


def test_a_channel_that_is_there_stays_whose_it_was(judge):
    at = At(judge)
    at.place("first")
    at.place("second")
    at.tell(actionid="second", response="Error", message="Channel exists already")

    assert at.heard() == "first"


@pytest.mark.parametrize("unnamed", [None, "of-another"])
def test_where_no_failure_would_be_told_a_name_that_comes_twice_is_nobodys(judge, unnamed):
    at = At(judge)
    at.place("of-another", ChannelId="other")
    at.place("first", ActionID=unnamed)
    assert at.heard() == "first"
    at.place("second")
    assert at.heard() is None
    at.following.pressed(Answer(b"", {"event": "Hangup", "uniqueid": "lead"}))
    at.place("third")
    assert at.heard() == "third"


@pytest.mark.parametrize("channel", [f"Local/{MOBILE}@agent-first", f"local/{MOBILE}@agent-first/n"])
def test_a_local_channel_is_no_callees(judge, channel):
    at = At(judge)
    at.place("first", Channel=channel)
    at.tell(actionid="first", event="OriginateResponse", response="Success", uniqueid="of-first")

    assert at.heard() is None
    assert at.heard("of-first") is None
    assert not is_callees(channels(channel), judge, Placed("first"))
    assert is_callees(channels(f"PJSIP/{MOBILE}@local"), judge, Placed("first"))


def test_a_channel_of_aris_that_is_gone_before_the_answer_is_not_listened_to(judge):
    asked = Operation("post /channels", {}, {"app": "a"})
    for ended, heard in (({"type": "ChannelDestroyed", "cause": 17}, None), ({"type": "StasisStart"}, "first")):
        channels = Channels()
        channels.events = True
        channels.sent()
        event = ended | {"channel": {"id": "lead", "state": "Up"}}
        channels.told(event)
        channels.pressed(event)
        channels.answered(asked, Placed("first"), 200, b'{"id": "lead"}', callees=True)
        pressed = channels.pressed({"type": "ChannelDtmfReceived", "digit": "9", "channel": {"id": "lead"}})

        assert (pressed and pressed[0].name) == heard
