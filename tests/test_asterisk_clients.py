"""The managers of panoramisk and pyst2 and a socket through the proxy, before a real Asterisk: whom its trunk was to call."""

import asyncio
import gc
from contextlib import suppress

import pytest

from asterisk_real import MISSING, ROOT, asterisk
from asterisk_ways import ALLOWED, DENIED, NAMES, WAYS, held, judge, reached
from callguard import DialDenied
from callguard.dialers import panoramisk, pyst2
from callguard.judging import Denied
from callguard.proxies.server import Address
from proxy_world import PATIENCE_S, until, world
from test_proxy_ami import logged_in

pytestmark = [pytest.mark.once, pytest.mark.skipif(not ROOT, reason=MISSING)]


def shows(dialer, call):
    """Mark a test with each way, as a client writes it."""

    def marked(test):
        for name in NAMES:
            test = pytest.mark.way(dialer, call.format(name), peer="Asterisk 16")(test)
        return test

    return marked


def closed(manager):
    """Close a manager of pyst2, which writes on a socket that the switch may have closed by then."""
    from asterisk.manager import ManagerException

    with suppress(ValueError, OSError, ManagerException):
        manager.close()


def ended(found):
    """Return how the calls ended that were let go, once all of them did."""
    outcomes = [entry.outcome for entry in found.log.search(reason="allowed")]
    return None not in outcomes and sorted(outcomes)


@shows("Asterisk, through `callguard proxy ami`", "Action: {}")
def test_a_socket_through_the_proxy():
    async def scenario():
        inside = [r"Local/s@hold"]
        async with asterisk() as real, world("ami", upstream=Address("127.0.0.1", real.port), internal=inside) as at:
            found = await logged_in(at)

            async def send(told, mark):
                await found.send("".join(f"{name}: {value}\r\n" for name, value in {**told, "ActionID": mark}.items()) + "\r\n")

            await send(held("hold"), "hold")
            while "Event: OriginateResponse" not in (told := await found.until("\r\n\r\n")):
                pass
            live = told.partition("Channel: ")[2].partition("\r\n")[0]
            for i, (name, way) in enumerate(WAYS.items()):
                await send(way(DENIED, live), f"d{i}")
                while f"ActionID: d{i}\r\n" not in (told := await found.until("\r\n\r\n")):
                    pass
                assert "callguard denied: protected-number" in told, name
                await send(way(ALLOWED, live), f"a{i}")
                await reached(real, ALLOWED)

    asyncio.run(scenario())


async def connected(real, kind, found):
    manager = kind(host="127.0.0.1", port=real.port, username="u", secret="pw", ping_delay=1000, events="on")
    manager.loop = asyncio.get_running_loop()
    panoramisk.guarded(manager, judge(found))
    await manager.connect()
    await until(lambda: manager.authenticated)
    return manager


@shows("panoramisk", "Manager.send_action: {}")
@pytest.mark.way("panoramisk", "Manager.send_command(…)", peer="Asterisk 16")
@pytest.mark.way("panoramisk", "CallManager.send_originate(…)", peer="Asterisk 16")
def test_panoramisk():
    from panoramisk.call_manager import CallManager

    found = judge().guard

    async def scenario():
        async with asterisk() as real:
            manager = await connected(real, CallManager, found)
            told = await manager.send_action(held("hold"))
            live = told[-1].channel
            for name, way in WAYS.items():
                with pytest.raises(DialDenied) as denied:
                    await manager.send_action(way(DENIED, live))
                assert denied.value.decision.reason == "protected-number", name
                manager.send_action(way(ALLOWED, live))
                await reached(real, ALLOWED)
            command = "channel originate PJSIP/{}@trunk application Wait 1"
            with pytest.raises(DialDenied):
                await manager.send_command(command.format(DENIED))
            manager.send_command(command.format(ALLOWED))
            await reached(real, ALLOWED)
            with pytest.raises(DialDenied):
                await manager.send_originate(WAYS[NAMES[0]](DENIED, live))
            await asyncio.wait_for(manager.send_originate(WAYS[NAMES[0]](ALLOWED, live)), PATIENCE_S)
            await reached(real, ALLOWED)
            with pytest.raises(Denied, match="command-unknown"):
                await manager.send_agi_command(live, f"EXEC Dial PJSIP/{ALLOWED}@trunk")
            answer = await manager.send_action({"Action": "CoreShowChannels"})
            assert answer[0].response == "Success"
            await until(lambda: "failed" in (ended(found) or ()))
            manager.close()

    asyncio.run(scenario())
    assert ended(found)
    assert len(ended(found)) == len(WAYS) + 2


@shows("pyst2", "Manager.send_action: {}")
@pytest.mark.way("pyst2", "Manager.originate(…)", peer="Asterisk 16")
@pytest.mark.way("pyst2", "Manager.command(…)", peer="Asterisk 16")
@pytest.mark.way("pyst2", "Manager.redirect(…)", peer="Asterisk 16")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pyst2():
    from asterisk.manager import Manager

    found = judge().guard

    def methods(manager, n, live):
        yield lambda: manager.originate(f"PJSIP/{n}@trunk", "s", context="hold", priority="1", run_async=True)
        yield lambda: manager.command(f"channel originate PJSIP/{n}@trunk application Wait 1")
        yield lambda: manager.redirect(live, n, context="out")

    async def scenario():
        async with asterisk() as real:
            manager = pyst2.guarded(Manager(), judge(found))
            manager.connect("127.0.0.1", real.port)
            lives = []
            manager.register_event("OriginateResponse", lambda event, _: lives.append(event.headers["Channel"]))
            try:
                await asyncio.to_thread(manager.login, "u", "pw")
                await asyncio.to_thread(manager.send_action, held("hold"))
                await until(lambda: lives)
                live = lives[0]
                asked = [(lambda n, w=way: manager.send_action(w(n, live))) for way in WAYS.values()]
                asked += [(lambda n, i=i: [*methods(manager, n, live)][i]()) for i in range(3)]
                for way in asked:
                    with pytest.raises(DialDenied) as denied:
                        await asyncio.to_thread(way, DENIED)
                    assert denied.value.decision.reason == "protected-number"
                    await asyncio.to_thread(way, ALLOWED)
                    await reached(real, ALLOWED)
                with pytest.raises(Denied, match="command-unknown"):
                    manager.playdtmf(live, "1")
                await until(lambda: "failed" in [entry.outcome for entry in found.log.search(reason="allowed")])
            finally:
                await asyncio.to_thread(closed, manager)

    asyncio.run(scenario())
    gc.collect()  # its __del__ warns
    assert ended(found)
    assert len(ended(found)) == len(WAYS) + 3
