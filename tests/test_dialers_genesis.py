"""genesis, guarded: the real client over TCP, in every way it has to place a call. The switch is a protocol double."""

import asyncio
import json
import re

import pytest

from freeswitch_double import FreeSwitch
from freeswitch_ways import NEVER, PEER, WAYS
from proxy_world import GENESIS, NO_GENESIS, client

pytestmark = [pytest.mark.once, pytest.mark.skipif(not GENESIS, reason=NO_GENESIS)]
ALLOWED = "13800130001"
DENIED = re.compile(r"\b110\b")  # the identifiers of channels may have these digits too
# what its own methods send to place a call, `{}` being the number
METHODS = {
    "Channel.create": "sofia/gateway/create/{} &park()",
    "RingGroup.ring": "sofia/gateway/ring/{} &park()",
    "Consumer.protocol.send": "bgapi originate sofia/gateway/consumer/{} &park()",
    "Session.sendmsg": "execute-app-arg: sofia/gateway/session/{}",
    "Session.send": "api originate sofia/gateway/session/{} &park()",
    "Channel.create of a session": "sofia/gateway/channel/{} &park()",
    "Channel.play_and_get_digits": "1 1 1 5 # p.wav e.wav x 1 1 {}",
}
ALL = {way: command.format(ALLOWED) for way, command in (WAYS | METHODS).items()} | {
    way: passed for way, (passed, _) in NEVER.items()
}
# what the library offers: `decided` may place a call, `harmless` sends what places none, the rest sends nothing
PROTOCOL = {
    "send": "decided",
    "start": "harmless", "stop": "harmless",
    "handler": "", "consume": "", "on": "", "remove": "", "note_peer_loss": "", "raise_if_lost": "", "wait_lost": "",
    "register_channel_handler": "", "unregister_channel_handler": "",
}  # fmt: skip
BALANCER = dict.fromkeys(("decrement", "get_count", "get_least_loaded", "increment"), "")
QUEUE = dict.fromkeys(("enqueue", "release", "wait_and_acquire"), "")
OFFERED = {
    "Inbound": PROTOCOL | {"authenticate": "harmless", "get_channel": "harmless"},
    "Session": PROTOCOL | {"sendmsg": "decided"},
    "Consumer": {"handle": "", "start": "harmless", "stop": "harmless", "wait": ""},
    "Outbound": {"handler": "harmless", "start": "", "stop": ""},
    "Channel": {
        "create": "decided", "bridge": "decided", "play_and_get_digits": "decided",
        "answer": "harmless", "hangup": "harmless", "log": "harmless", "park": "harmless", "playback": "harmless", "say": "harmless",
        "arm_observed_state": "", "attach_lease": "", "from_session": "", "from_snapshot": "", "on_dtmf": "", "wait": "",
    },
    "RingGroup": {"ring": "decided"},
    "ESLEvent": {}, "RingMode": {}, "filtrate": {}, "use_uvloop": {}, "QueueTimeoutError": {}, "QueueSemaphore": {}, "QueueSlot": {},
    "InMemoryLoadBalancer": BALANCER, "RedisLoadBalancer": BALANCER,
    "Queue": {"semaphore": "", "slot": ""},
    "QueueBackend": QUEUE | {"depth": ""}, "InMemoryBackend": QUEUE | {"depth": ""}, "RedisBackend": QUEUE | {"close": ""},
}  # fmt: skip


def told(scenario):
    """Run the client through a scenario; return what came of it, and what reached the switch."""

    async def run():
        async with FreeSwitch() as switch:
            printed = await client("genesis_guarded", switch.port, scenario, python=GENESIS)
            return json.loads(printed[-1]), switch.commands

    return asyncio.run(run())


@pytest.fixture(scope="module")
def ways():
    return told("ways")


def way(name):
    said = {"Session.sendmsg": 'session.sendmsg("execute", "bridge", …)', "Consumer.protocol.send": "consumer.protocol.send(…)"}
    call = said.get(name, f"{name}(…)" if name in METHODS else f'send("{name}")')
    return pytest.param(name, marks=pytest.mark.way("genesis", call, peer=PEER))


@pytest.mark.parametrize("name", [way(name) for name in ALL])
def test_what_may_be_placed_reaches_the_switch_and_what_is_denied_does_not(ways, name):
    report, reached = ways
    came = report["ways"][name]

    assert not came["allowed"].startswith("denied")
    assert [command for command in reached if ALL[name] in command]
    assert came["denied"].startswith("denied: ")
    assert [command for command in reached if DENIED.search(command)] == []


def test_every_way_was_tried(ways):
    report, reached = ways

    assert set(report["ways"]) == set(ALL)
    for _, denied in NEVER.values():
        assert denied not in reached
    assert report["harmless"] == ["+OK", "true"]
    assert "None" not in report["outcomes"]


def test_what_became_of_a_call_is_kept():
    """By the reply, a job, the events of its leg, the end of a bridge; what nobody told by the end is unknown."""
    report, _ = told("ends")

    assert report["outcomes"] == ["answered", "busy", "busy", "no-answer", "unknown"]


def test_there_is_no_way_around():
    report, reached = told("around")

    assert {name: came["denied"] for name, came in report["ways"].items()} == {
        "two as one": "denied: command-unreadable",
        "a body": "denied: command-unreadable (api)",
        "no text": "denied: command-unreadable",
        "the writer": "denied: command-unreadable",
        "what calls are for": "denied: policy-failure",
    }
    assert report["transport"] is False
    assert (report["base"], report["gone"]) == ("ConnectionLost", "ConnectionLost")
    assert report["named"] == "+OK uuid"
    assert reached == ["auth ClueCon", "api originate {CALLGUARD_CAMPAIGN=survey}sofia/gateway/gw/13800130009 &park()"]
    assert report["outcomes"] == ["failed", "unknown"]
    assert report["TypeError"].startswith("a object is no client of genesis; accepted: ")
    assert report["ValueError"].startswith("the client is guarded already")


def test_every_method_is_known():
    """A newer genesis that offers more fails here: it is to be read, and named above."""
    printed = json.loads(asyncio.run(client("genesis_methods", python=GENESIS))[-1])
    offered = {(kind, method) for kind, methods in printed["offered"].items() for method in methods}
    known = {(kind, method) for kind, methods in OFFERED.items() for method in methods}

    assert set(printed["offered"]) == set(OFFERED)
    assert sorted(offered - known) == []
    assert sorted(known - offered) == []
    assert printed["writes"] == ["genesis.protocol.base"]  # one place, behind `send`
