"""The guard before a real Asterisk, where `CALLGUARD_ASTERISK` names a root folder that has one (see asterisk_real.py)."""

import asyncio

import pytest

from asterisk_real import MISSING, ROOT, asterisk
from callguard.proxies.server import Address
from proxy_world import client, world
from test_proxy_ami import MOBILE, logged_in, originate

pytestmark = [pytest.mark.once, pytest.mark.skipif(not ROOT, reason=MISSING)]


def run(scenario, **more):
    async def within():
        async with asterisk() as real, world("ami", upstream=Address("127.0.0.1", real.port), **more) as at:
            at.real = real
            await scenario(at)

    asyncio.run(within())


async def response(found, mark):
    """Read on to the answer of an action."""
    while True:
        message = await found.until("\r\n\r\n")
        if message.startswith("Response") and f"ActionID: {mark}\r\n" in message:
            return message


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({}, "unknown"),
        ({"Async": "true"}, "answered"),
        ({"Async": "true", "channel": "Local/13800130002@trunk"}, "busy"),
        ({"channel": "Local/13800130002@trunk"}, "failed"),
        ({"Context": "nowhere"}, "failed"),
        ({"Application": "Playback", "Data": "tt-monkeys", "Context": None, "Exten": None, "Priority": None}, "unknown"),
    ],
)
def test_what_is_allowed_is_placed_and_its_outcome_kept(more, outcome):
    async def scenario(at):
        found = await logged_in(at)
        await found.send(originate(**{"channel": f"Local/{MOBILE}@trunk"} | more))
        assert f"Response: {'Error' if outcome == 'failed' else 'Success'}" in await response(found, "o")
        await at.ends(outcome)

    run(scenario)


def test_what_is_denied_makes_no_channel():
    async def scenario(at):
        found = await logged_in(at)
        for mark, channel in (("a", "Local/110@trunk"), ("b", f"Local/{MOBILE}@trunk&Local/110@trunk"), ("c", "Local/s@ivr")):
            await found.send(originate(channel, mark))
            assert "callguard denied" in await response(found, mark)
        await found.send("Action: Command\r\nActionID: d\r\nCommand: core show channels count\r\n\r\n")
        assert "0 calls processed" in await response(found, "d")

    run(scenario)


def test_an_action_that_is_passed_is_understood():
    async def scenario(at):
        found = await logged_in(at)
        for mark, action in enumerate(("Ping", "CoreStatus", "ListCommands", "Status", "CoreShowChannels")):
            await found.send(f"Action: {action}\r\nActionID: m{mark}\r\n\r\n")
            assert "Response: Success" in await response(found, f"m{mark}")

    run(scenario)


def test_the_tables_have_every_action_that_it_has():
    from callguard.commands.ami_commands import TABLES

    async def scenario(at):
        found = await logged_in(at)
        await found.send("Action: ListCommands\r\nActionID: l\r\n\r\n")
        told = await response(found, "l")
        names = [line.partition(":")[0].lower() for line in told.split("\r\n") if "(Priv:" in line]
        assert len(names) > 50
        assert [name for name in names if name not in {*TABLES.places, *TABLES.harmless, *TABLES.unknown}] == []

    run(scenario)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=pytest.mark.way(f"Asterisk, through `callguard proxy ami`, by {name}", call, peer="Asterisk 16"), id=name
        )
        for name, call in (("panoramisk", "Manager.send_action: Originate, Channel"), ("pyst2", "Manager.originate(…)"))
    ],
)
def test_real_clients_before_a_real_switch(name):
    async def scenario(at):
        printed = await client(f"with_{name}", at.server.port)
        assert printed[0] == "Success"
        assert "Error|callguard denied: protected-number (protected-number)" in printed

    run(scenario)
