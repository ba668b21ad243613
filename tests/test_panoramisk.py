"""The guard in panoramisk's managers, before a double of Asterisk: what is sent, what raises, and how calls end."""

import asyncio
import inspect
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import panoramisk
import pytest
from panoramisk import ami_protocol, call_manager, manager

from asterisk_double import Asterisk
from callguard import DialDenied
from callguard.dialers.panoramisk import guarded
from callguard.judging import Denied, Judge, calling
from proxy_world import LOG, until
from samples import CALLER, MOBILE, OTHER, guard

TRUNK = f"PJSIP/{MOBILE}@trunk"
POLICE = "PJSIP/110@trunk"
# every public method of the installed library, and what it does
METHODS = {
    "Manager": {
        "send_action": "decided",
        "send_command": "decided",
        "send_agi_command": "denied",
        "send_awaiting_actions": "decided",
        "connection_made": "harmless",
        "connect": "harmless",
        "connection_lost": "harmless",
        "login": "harmless",
        "ping": "harmless",
        "run_forever": "harmless",
        "register_event": "harmless",
        "dispatch": "harmless",
        "close": "harmless",
        "from_config": "harmless",
    },
    "CallManager": {
        "send_originate": "decided",
        "set_result": "harmless",
        "clean_originate": "harmless",
        "handle_calls": "harmless",
    },
    "AMIProtocol": {
        "send": "decided",
        "connection_made": "harmless",
        "connection_lost": "harmless",
        "data_received": "harmless",
        "handle_message": "harmless",
        "close": "harmless",
    },
}


class At:
    """A manager before a double."""

    def __init__(self, manager, switch, found):
        self.manager, self.switch, self.guard = manager, switch, found

    async def ends(self, *outcomes):
        await until(lambda: sorted(str(e.outcome) for e in self.guard.log.search(reason="allowed")) == sorted(outcomes))


@asynccontextmanager
async def world(kind=panoramisk.Manager, *, campaign="notice", late=False, allow=()):
    found = guard(extra=LOG)
    judge = Judge(guard=found, campaign=campaign, caller=CALLER, allow=allow)
    async with Asterisk() as switch:
        made = kind(host="127.0.0.1", port=switch.port, username="u", secret="pw", ping_delay=1000)
        made.loop = asyncio.get_running_loop()
        if not late:
            assert guarded(made, judge) is made
        await made.connect()
        await until(lambda: made.authenticated)
        if late:
            guarded(made, judge)
        try:
            yield At(made, switch, found)
        finally:
            made.close()


def originate(channel=TRUNK, **more):
    return {"Action": "Originate", "Channel": channel, "Context": "ivr", "Exten": "s", "Priority": "1", "Async": "false"} | more


@pytest.mark.way("panoramisk", "Manager.send_action: Originate, Channel", peer="protocol double only")
@pytest.mark.parametrize("late", [False, True])
def test_what_is_allowed_is_sent_and_what_is_denied_raises(late):
    async def scenario():
        async with world(late=late) as at:
            assert (await at.manager.send_action(originate())).success
            with pytest.raises(DialDenied) as denied:
                await at.manager.send_action(originate(POLICE))
            assert denied.value.decision.reason == "protected-number"
            with pytest.raises(DialDenied):
                await at.manager.send_action(originate(f"PJSIP/{OTHER}@trunk&{POLICE}"))
            with pytest.raises(Denied, match="command-unknown"):
                await at.manager.send_agi_command("PJSIP/1", "EXEC Dial")
            with pytest.raises(Denied, match="command-unknown"):
                await at.manager.send_command("dialplan reload")
            with pytest.raises(DialDenied):
                await at.manager.send_command(f"channel originate {POLICE} application Wait")
            assert (await at.manager.send_action({"Action": "Ping"})).success
            assert [action["Channel"] for action in at.switch.named("Originate")] == [TRUNK]
            assert at.switch.named("Command") == at.switch.named("AGI") == []
            await at.ends("unknown", "failed")

    asyncio.run(scenario())


@pytest.mark.way("panoramisk", "CallManager.send_originate(…)", peer="protocol double only")
def test_a_call_manager_raises_as_well_and_does_not_wait_for_ever():
    async def scenario():
        async with world(call_manager.CallManager) as at:
            with pytest.raises(DialDenied):
                await asyncio.wait_for(at.manager.send_originate(originate(POLICE)), 30)
            placed = await asyncio.wait_for(at.manager.send_originate(originate()), 30)
            assert placed.action_id == at.switch.named("Originate")[0]["ActionID"]
            await at.ends("answered")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({}, "unknown"),
        ({"Context": "broken"}, "failed"),
        ({"Async": "true"}, "answered"),
        ({"Async": "true", "Account": "5"}, "busy"),
        ({"Async": "true", "Account": "3"}, "no-answer"),
    ],
)
def test_the_outcome_is_what_the_switch_says(more, outcome):
    async def scenario():
        async with world() as at:
            await at.manager.send_action(originate(**more))
            await at.ends(outcome)

    asyncio.run(scenario())


def test_when_the_connection_ends_outcomes_are_unknown():
    async def scenario():
        async with world() as at:
            waits = at.manager.send_action(originate(Async="yes"))  # the double sends no event for `yes`
            await until(lambda: at.switch.named("Originate"))
            at.manager.close()
            await at.ends("unknown")
            waits.cancel()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "told",
    [
        originate(Account=f"x\r\n\r\nAction: Originate\r\nChannel: {POLICE}"),
        originate(Account="x\r\nApplication: System"),
        originate(Account="x" * 2_000),
        originate(Variable=["A=1", "SHELL(x)=1"]),
        {"Action": ["Ping", "Originate"]},
    ],
)
def test_what_is_not_one_clear_action_is_denied(told):
    async def scenario():
        async with world() as at:
            with pytest.raises(Denied) as denied:
                await at.manager.send_action(told)
            assert denied.value.reason in {"command-unreadable", "command-unknown"}
            assert at.switch.named("Originate") == []

    asyncio.run(scenario())


def test_who_waits_no_longer_places_nothing():
    async def scenario():
        async with world() as at:
            at.manager.send_action(originate()).cancel()
            await at.ends("failed")
            assert [entry.released is not None for entry in at.guard.log.search(reason="allowed")] == [True]
            assert at.switch.named("Originate") == []

    asyncio.run(scenario())


def test_who_waits_no_longer_places_nothing_though_the_loop_ends(monkeypatch):
    found = guard(extra=LOG)
    judge = Judge(guard=found, campaign="notice", caller=CALLER)
    going = threading.Event()

    async def scenario():
        real, here, placed = Judge.place, asyncio.get_running_loop(), asyncio.Event()

        async def place(self, ask):
            placing = await real(self, ask)
            here.set_default_executor(ThreadPoolExecutor(1))
            here.run_in_executor(None, going.wait, 30)  # no thread is free for what is kept
            placed.set()
            return placing

        monkeypatch.setattr(Judge, "place", place)
        async with Asterisk() as switch:
            made = panoramisk.Manager(host="127.0.0.1", port=switch.port, username="u", secret="pw", ping_delay=1000)
            made.loop = here
            guarded(made, judge)
            await made.connect()
            await until(lambda: made.authenticated)
            made.send_action(originate()).cancel()
            await placed.wait()
            placing = next(task for task in asyncio.all_tasks() if "_Wire._place" in repr(task.get_coro()))
            placing.cancel()
            await asyncio.wait([placing])
            going.set()
            assert switch.named("Originate") == []
            made.close()

    asyncio.run(scenario())
    assert [(entry.outcome, entry.released is not None) for entry in found.log.search(reason="allowed")] == [("failed", True)]


def test_an_action_that_is_changed_while_it_is_decided_is_not_sent():
    async def scenario():
        async with world() as at:
            action = panoramisk.actions.Action(originate())
            waits = at.manager.send_action(action)
            action["Channel"] = POLICE
            with pytest.raises(Denied, match="command-unreadable"):
                await waits
            await at.ends("failed")
            assert at.switch.named("Originate") == []

    asyncio.run(scenario())


def test_a_connection_that_ends_while_it_is_decided_places_nothing():
    async def scenario():
        async with world() as at:
            waits = at.manager.send_action(originate())
            at.manager.close()
            with pytest.raises(ConnectionResetError):
                await waits
            await at.ends("failed")

    asyncio.run(scenario())


def test_what_is_allowed_by_name_is_sent_and_what_is_said_around_a_call_holds():
    async def scenario():
        async with world(campaign=None, allow=("Setvar",)) as at:
            assert (await at.manager.send_action({"Action": "Setvar", "Variable": "A", "Value": "1"})).success
            with pytest.raises(Denied, match="campaign-missing"):
                await at.manager.send_action(originate())
            with calling(campaign="survey"):
                await at.manager.send_action(originate())
            assert [entry.campaign for entry in at.guard.log.search(reason="allowed")] == ["survey"]

    asyncio.run(scenario())


def test_another_manager_is_none():
    with pytest.raises(TypeError, match="accepted: a panoramisk Manager"):
        guarded(object(), Judge(guard=guard()))


@pytest.mark.parametrize(
    "kind", [panoramisk.Manager, call_manager.CallManager, ami_protocol.AMIProtocol], ids=lambda kind: kind.__name__
)
def test_every_method_of_the_library_is_known(kind):
    found = {name for name, _ in inspect.getmembers(kind, callable) if name[0] != "_" and name in vars(kind)}

    assert found == set(METHODS[kind.__name__])


def test_all_that_the_library_writes_goes_through_what_is_guarded():
    written = [
        (module.__name__, line.strip())
        for module in (manager, ami_protocol, call_manager)
        for line in inspect.getsource(module).splitlines()
        if re.search(r"transport\.(write|send)|\.write\(str", line)
    ]

    assert written == [("panoramisk.ami_protocol", "self.transport.write(str(data).encode(encoding))")]
    assert "self.transport.write" in inspect.getsource(ami_protocol.AMIProtocol.send)
