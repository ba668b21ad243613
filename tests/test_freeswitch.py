"""A real FreeSWITCH, where `CALLGUARD_FREESWITCH` names one: through the guard on the wire, and by both guarded clients."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import pytest

from callguard.judging.judge import Judge
from callguard.proxies.esl import EslConnection
from callguard.proxies.server import Address, Server, Settings
from freeswitch_real import ROOT, Watching, freeswitch
from proxy_world import GENESIS, NO_GENESIS, Client, client, until
from samples import CALLER, guard

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not ROOT, reason="CALLGUARD_FREESWITCH names no folder that a FreeSWITCH was installed to"),
]
PEER = "FreeSWITCH 1.11"


@asynccontextmanager
async def watched():
    """Start a switch, and yield its port and whom its calls leave for."""
    async with freeswitch() as port:
        watching = Watching()
        task = asyncio.create_task(watching.watch(port))
        try:
            yield port, watching.called
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def told(name, **python):
    async def run():
        async with watched() as (port, called):
            printed = await client(name, port, "real", **python)
            await until(lambda: called.count("13800130009") >= 1)
            return json.loads(printed[-1]), called

    return asyncio.run(run())


@pytest.mark.skipif(not GENESIS, reason=NO_GENESIS)
@pytest.mark.way("genesis", "send(api originate)", peer=PEER)
@pytest.mark.way("genesis", "Channel.create(…)", peer=PEER)
@pytest.mark.way("genesis", 'session.sendmsg("execute", "bridge", …)', peer=PEER)
def test_genesis():
    report, called = told("genesis_guarded", python=GENESIS)

    assert {name: came["denied"] for name, came in report["ways"].items()} == dict.fromkeys(
        ("api originate", "Channel.create", "Session.sendmsg"), "denied: protected-number (protected-number)"
    )
    assert report["outcomes"] == ["answered", "answered", "answered", "busy", "busy"]
    assert report["refused"] == "refused"
    assert {"13800130001", "13800130002", "13800130009"} <= set(called)
    assert "110" not in called


@pytest.mark.way("greenswitch", "send(api originate)", peer=PEER)
@pytest.mark.way("greenswitch", "OutboundSession.bridge(…)", peer=PEER)
def test_greenswitch():
    report, called = told("greenswitch_guarded")

    assert {name: came["denied"] for name, came in report["ways"].items()} == dict.fromkeys(
        ("api originate", "OutboundSession.bridge"), "denied: protected-number (protected-number)"
    )
    assert report["outcomes"] == ["answered", "answered", "busy", "busy"]
    assert report["refused"] == "refused"
    assert {"13800130001", "13800130002", "13800130009"} <= set(called)
    assert "110" not in called


@pytest.mark.way("FreeSWITCH, through `callguard proxy esl`", "api originate", peer=PEER)
@pytest.mark.way("FreeSWITCH, through `callguard proxy esl`", "bgapi originate", peer=PEER)
def test_the_guard_on_the_wire():
    """A denied API is echoed by the switch in its turn, a denied job by its event; what became of the others is kept."""

    async def scenario():
        found = guard(extra='[call_log]\nenabled = true\n[opt_out]\nkeys = ["9"]\n')
        judge = Judge(guard=found, campaign="notice", caller=CALLER)
        async with watched() as (port, called):
            settings = Settings(listen=Address("127.0.0.1", 0), upstream=Address("127.0.0.1", port), grace_s=0.2)
            server = Server(EslConnection, judge, settings)
            await server.start()
            at = Client(*await asyncio.open_connection("127.0.0.1", server.port, limit=2**24))
            try:
                await at.send("auth ClueCon\n\nevent plain ALL\n\n")
                await at.send(
                    "api originate sofia/gateway/gw/13800130001 &park()\n\napi originate sofia/gateway/gw/110 &park()\n\n"
                )
                assert "+OK" in await at.until("CALLGUARD_DENIED protected-number")
                await at.send("bgapi originate sofia/gateway/gw/110 &park()\n\n")
                await at.until("Event-Name: BACKGROUND_JOB")
                await at.until("-ERR CALLGUARD_DENIED protected-number")
                await at.send("bgapi originate sofia/gateway/gw/13800130009 &park()\n\n")
                await at.send("api originate sofia/gateway/gw/13800130002 &park()\n\n")
                await until(
                    lambda: (
                        sorted(str(entry.outcome) for entry in found.log.search(reason="allowed"))
                        == ["answered", "answered", "busy"]
                    )
                )
                await until(lambda: not found.may_dial("13800130009", caller=CALLER, campaign="notice"))
            finally:
                at.close()
                await server.stop()
                with suppress(OSError):
                    await at.writer.wait_closed()
            assert {"13800130001", "13800130002", "13800130009"} <= set(called)
            assert "110" not in called

    asyncio.run(scenario())
