"""A guard on the wire between a double of a switch and whoever connects, in one event loop."""

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from asterisk_double import Asterisk
from callguard.judging.judge import Judge
from callguard.proxies.ami import AmiConnection
from callguard.proxies.esl import EslConnection
from callguard.proxies.server import Address, Server, Settings
from freeswitch_double import FreeSwitch
from samples import CALLER, guard

LOG = "[call_log]\nenabled = true\n"
PATIENCE_S = 30
ROOT = Path(__file__).parent.parent
CLIENTS = ROOT / "tests" / "clients"
# genesis pins what other tools need newer: `make genesis` sets up a Python for it
_GENESIS = os.environ.get("CALLGUARD_GENESIS_PYTHON") or str(ROOT / ".venv-genesis" / "bin" / "python")
GENESIS = _GENESIS if "CALLGUARD_GENESIS_PYTHON" in os.environ or Path(_GENESIS).exists() else ""
NO_GENESIS = "genesis needs a Python of its own, older than 3.13: `make genesis` makes it, CALLGUARD_GENESIS_PYTHON names another"


class World:
    """What a test has at hand."""

    def __init__(self, switch, server, found):
        self.switch, self.server, self.guard = switch, server, found
        self.clients = []

    async def connect(self, **more):
        self.clients.append(Client(*await asyncio.open_connection("127.0.0.1", self.server.port, limit=2**24, **more)))
        return self.clients[-1]

    def outcomes(self):
        """Return the outcome of every attempt that is in the log, oldest first."""
        return [entry.outcome for entry in self.guard.log.search(reason="allowed")]

    async def ends(self, *outcomes):
        """Wait until the attempts ended so."""
        await until(lambda: sorted(map(str, self.outcomes())) == sorted(outcomes))


class Client:
    """Bytes to and from."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def send(self, text):
        self.writer.write(text.encode() if isinstance(text, str) else text)
        await self.writer.drain()

    async def until(self, end):
        return (await asyncio.wait_for(self.reader.readuntil(end.encode()), PATIENCE_S)).decode()

    async def rest(self):
        return (await asyncio.wait_for(self.reader.read(), PATIENCE_S)).decode()

    def close(self):
        self.writer.close()


@asynccontextmanager
async def world(protocol, *, found=None, campaign="notice", caller=CALLER, internal=(), allow=(), **settings):
    """Start a double, and a guard before it."""
    kind, double = {"ami": (AmiConnection, Asterisk), "esl": (EslConnection, FreeSwitch)}[protocol]
    found = guard(extra=LOG) if found is None else found
    judge = Judge(guard=found, campaign=campaign, caller=caller, internal=tuple(map(re.compile, internal)), allow=allow)
    async with double() as switch:
        upstream = Address("127.0.0.1", switch.port)
        server = Server(
            kind, judge, Settings(**{"listen": Address("127.0.0.1", 0), "upstream": upstream, "grace_s": 0.2} | settings)
        )
        await server.start()
        try:
            made = World(switch, server, found)
            yield made
        finally:
            for each in made.clients:
                each.close()
            await server.stop()
            for each in made.clients:
                with suppress(OSError):
                    await each.writer.wait_closed()


async def until(condition):
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - whatever the condition is
            await asyncio.sleep(0.01)


async def client(name, *said, python=sys.executable):
    """Run a client's script in a process of its own, where its own warnings are its own; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        python,
        str(CLIENTS / f"{name}.py"),
        *map(str, said),
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 2 * PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, err.decode()
    return out.decode().splitlines()
