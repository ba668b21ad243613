"""Keys that the callee of a guarded client's call presses: kept as a refusal where the channel is certainly the callee's."""

import asyncio
import threading
from contextlib import suppress

import httpx
import panoramisk
import pytest
from asterisk.manager import Manager, ManagerException

from asterisk_double import Asterisk
from callguard import StateError
from callguard.dialers import panoramisk as with_panoramisk
from callguard.dialers import pyst2 as with_pyst2
from callguard.dialers.ari import Ari
from callguard.judging import Ask, Judge
from callguard.targets.asterisk import channels
from callguard.testing import MemoryStore
from proxy_world import LOG, PATIENCE_S, until
from samples import CALLER, MOBILE, OTHER, guard

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
KEYS = '[opt_out]\nkeys = ["9"]\n'
TRUNK = f"PJSIP/{MOBILE}@trunk"
ORIGINATE = {
    "Action": "Originate",
    "ActionID": "o",
    "Channel": TRUNK,
    "Context": "ivr",
    "Exten": "s",
    "Priority": "1",
    "Async": "true",
}
MARK = "Event: Mark\r\n\r\n"


def dtmf(channel, digit, direction="Received"):
    return f"Event: DTMFEnd\r\nUniqueid: {channel}\r\nDigit: {digit}\r\nDirection: {direction}\r\n\r\n"


PRESSED = dtmf("of-o", "1") + dtmf("of-o", "9")
OTHERS = [dtmf("of-other", "9"), dtmf("of-o", "8"), dtmf("of-o", "9", "Sent"), "Event: Hangup\r\nUniqueid: of-o\r\n\r\n" + PRESSED]


def judge():
    found = guard(extra=LOG + KEYS)
    return Judge(guard=found, campaign="notice", caller=CALLER)


def refused(found, callee=MOBILE):
    return found.guard.may_dial(callee, caller=CALLER, campaign="notice").reason == "refused"


async def tell(switch, events):
    for writer in switch.writers:
        writer.write(events.encode())


async def of_panoramisk(found, events):
    """Place a call, have the switch tell events, and return once all are taken."""
    async with Asterisk() as switch:
        manager = panoramisk.Manager(host="127.0.0.1", port=switch.port, username="u", secret="pw", ping_delay=1000)
        manager.loop = asyncio.get_running_loop()
        with_panoramisk.guarded(manager, found)
        came = asyncio.Event()
        manager.register_event("Mark", lambda *_: came.set())
        await manager.connect()
        await until(lambda: manager.authenticated)
        await manager.send_action(ORIGINATE)
        await tell(switch, events + MARK)
        await asyncio.wait_for(came.wait(), PATIENCE_S)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        taking = [task for task in others if "pressed" in repr(task.get_coro())]
        await asyncio.gather(*taking)
        manager.close()


async def of_pyst2(found, events):
    async with Asterisk() as switch:
        manager, came, answered = with_pyst2.guarded(Manager(), found), threading.Event(), threading.Event()
        manager.register_event("Mark", lambda *_: came.set())
        manager.register_event("OriginateResponse", lambda *_: answered.set())

        def place():
            manager.connect("127.0.0.1", switch.port)
            manager.login("u", "pw")
            manager.send_action(ORIGINATE)
            assert answered.wait(PATIENCE_S)

        await asyncio.to_thread(place)
        await tell(switch, events + MARK)
        assert await asyncio.to_thread(came.wait, PATIENCE_S)
        with suppress(ValueError, OSError, ManagerException):  # it writes on a socket that may be closed by then
            await asyncio.to_thread(manager.close)


@pytest.mark.parametrize("place", [of_panoramisk, of_pyst2])
def test_a_key_on_the_callees_channel_is_kept_as_a_refusal(place):
    found = judge()
    asyncio.run(place(found, PRESSED))

    assert refused(found)


@pytest.mark.parametrize("events", OTHERS)
@pytest.mark.parametrize("place", [of_panoramisk, of_pyst2])
def test_what_is_no_key_of_that_callees_is_none(place, events):
    found = judge()
    asyncio.run(place(found, events))

    assert not refused(found)


def ari(found, events, *, endpoint=TRUNK, **more):
    """Place a call by ARI, and tell its events."""
    made = Ari(found)
    client = made.guarded(httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"id": "mine"}))))
    with client:
        client.post("http://127.0.0.1:8088/ari/channels", params={"endpoint": endpoint, "app": "ours", **more})
    for event in events:
        made.told(event)
    made.close()


class Broken(MemoryStore):
    """Keeps no refusal."""

    def append(self, records):
        raise StateError("the disk is full")


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("store", [MemoryStore, Broken])
def test_in_a_loop_a_refusal_lasts_or_is_told_of_when_the_event_has_been_taken(store, waits, caplog):
    made = Ari(Judge(guard=guard(extra=LOG + KEYS, store=store()), campaign="notice", caller=CALLER))

    async def take(event):
        if waits:
            await made.told_in_loop(event)
        else:
            made.told(event)

    async def scenario():
        inner = httpx.MockTransport(lambda _: httpx.Response(200, json={"id": "mine"}))
        async with made.guarded(httpx.AsyncClient(transport=inner)) as client:
            await take({})
            await client.post("http://127.0.0.1:8088/ari/channels", params={"endpoint": TRUNK, "app": "ours"})
            await take(press("mine", "9"))
            told = [record.getMessage() for record in caplog.records]
            if store is Broken:
                assert "a refusal could not be kept: StateError" in told
            else:
                assert [record.source for _, record in made._judge.guard._generation.store.follow(0)] == ["keys 9"]
            await take({"type": "ChannelDestroyed", "cause": 17, "channel": {"id": "mine"}})
            assert [entry.outcome for entry in made._judge.guard.log.search(reason="allowed")] == ["busy"]

    asyncio.run(scenario())


@pytest.mark.parametrize("store", [MemoryStore, Broken])
def test_an_outcome_that_is_a_refusal_is_kept_before_settle_sync_returns_in_a_loop_too(store, caplog):
    found = Judge(guard=guard(extra=LOG + KEYS, store=store()), campaign="notice", caller=CALLER)

    async def scenario():
        placing = await found.place(Ask(channels(TRUNK)))
        placing.settle_sync("dnc")
        kept = [record.source for _, record in found.guard._generation.store.follow(0)]
        assert kept == ([] if store is Broken else ["outcome dnc"])

    asyncio.run(scenario())
    assert [entry.outcome for entry in found.guard.log.search(reason="allowed")] == ["dnc"]
    assert (["an outcome could not be kept: StateError"] if store is Broken else []) == [
        record.getMessage() for record in caplog.records if record.levelname == "WARNING"
    ]


def press(channel, digit, kind="ChannelDtmfReceived"):
    return {"type": kind, "digit": digit, "channel": {"id": channel}}


def test_ari_tells_keys_too():
    found = judge()
    ari(found, [press("mine", "1"), press("mine", "9")])

    assert refused(found)


@pytest.mark.parametrize(
    ("events", "more"),
    [
        ([press("another", "9")], {}),
        ([press("mine", "8")], {}),
        ([press("mine", "9", "ChannelTalkingStarted")], {}),
        ([press("mine", None)], {}),
        ([{"type": "ChannelDtmfReceived", "digit": "9"}, {"type": "ChannelDtmfReceived", "digit": "9", "channel": {"id": 7}}], {}),
        ([{"type": "ChannelDestroyed", "channel": {"id": "mine"}}, press("mine", "9")], {}),
        ([press("mine", "9")], {"app": "", "extension": OTHER, "context": "out"}),
    ],
)
def test_what_ari_tells_of_others_is_no_refusal(events, more):
    found = judge()
    ari(found, events, **more)

    assert not refused(found)
    assert not refused(found, OTHER)
