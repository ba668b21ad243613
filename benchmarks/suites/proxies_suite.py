"""Guards on the wire: commands a second through `callguard proxy`, beside a relay that reads nothing of them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count, cycle
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import states, worlds
from benchmarks.building import kept
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.serving import Pipe, command, rate, serving

if TYPE_CHECKING:
    from benchmarks.bench import Bench

TOGETHER = 50  # commands under way on a connection
SPANS = (1.0, 0.3)
_POOL = 200_000
_KINDS = {
    "harmless": "harmless commands",
    "denied": "originate commands, denied",
    "allowed": "originate commands, allowed, each counted and logged",
}
_RELAYED = {"harmless": "harmless commands", "denied": "originate commands to one number", "allowed": "originate commands"}
_NAMES = {"ami": "Asterisk's manager", "esl": "FreeSWITCH's event socket"}
_PROTECTED = "110"
_MARKS = {"ami": b"\r\n\r\n", "esl": b"Content-Type: "}
_LOGINS = {
    "ami": b"Action: Login\r\nActionID: login\r\nUsername: dialer\r\nSecret: pw\r\n\r\n",
    "esl": b"auth ClueCon\n\n",
}


def requests(protocol: str, callees: Iterator[str]) -> Mapping[str, Callable[[], bytes]]:
    """Return what makes the next command of each kind."""
    marks = count()
    if protocol == "ami":

        def ami(callee: str) -> bytes:
            told = b"Action: Originate\r\nActionID: %d\r\nChannel: PJSIP/%s@trunk\r\nContext: inside\r\nExten: s\r\nPriority: 1"
            return told % (next(marks), callee.encode()) + b"\r\n\r\n"

        return {
            "harmless": lambda: b"Action: Ping\r\nActionID: %d\r\n\r\n" % next(marks),
            "denied": lambda: ami(_PROTECTED),
            "allowed": lambda: ami(next(callees)),
        }

    def esl(callee: str) -> bytes:
        return b"api originate sofia/gateway/trunk/%s &park()\n\n" % callee.encode()

    return {"harmless": lambda: b"api status\n\n", "denied": lambda: esl(_PROTECTED), "allowed": lambda: esl(next(callees))}


def run(bench: Bench) -> None:
    """Measure each protocol, the guard and the relay in turn."""
    for protocol in _NAMES:
        if bench.wants(f"proxies.{protocol}"):
            with tempfile.TemporaryDirectory(dir=kept(), prefix="proxies-") as name:
                _measure(bench, protocol, Path(name))


def _measure(bench: Bench, protocol: str, folder: Path) -> None:
    policy = folder / "callguard.toml"
    worlds.write_state(policy)
    callees = cycle(states.pool(bench.count(_POOL, 20_000)))
    with ExitStack() as running:
        switch = running.enter_context(serving(["-m", "benchmarks.switches", protocol], folder))
        relay = running.enter_context(serving(["-m", "benchmarks.switches", "relay", switch.rpartition(":")[2]], folder))
        guarded = command(policy, "proxy", protocol, "--listen", "127.0.0.1:0", "--upstream", switch)
        guard = running.enter_context(serving([*guarded, "--campaign", CAMPAIGN, "--caller", CALLER], folder))
        found = asyncio.run(_rates(bench, protocol, {"guard": guard, "relay": relay}, requests(protocol, callees)))
    for kind, words in _KINDS.items():
        for through, values in found[kind].items():
            own = through == "guard"
            title = f"{words}, through the guard" if own else f"{_RELAYED[kind]}, through a relay that reads nothing of them"
            bench.add(f"proxies.{protocol}.{kind}{'' if own else '-relay'}", f"{_NAMES[protocol]}: {title}", "/s", values)


async def _rates(
    bench: Bench, protocol: str, places: Mapping[str, str], asked: Mapping[str, Callable[[], bytes]]
) -> dict[str, dict[str, list[float]]]:
    loop = asyncio.get_running_loop()
    found: dict[str, dict[str, list[float]]] = {kind: {through: [] for through in places} for kind in asked}
    pipes = {}
    for through, place in places.items():
        host, _, port = place.rpartition(":")
        _, pipes[through] = await loop.create_connection(lambda: Pipe(_MARKS[protocol]), host, int(port))
        # Asterisk's greeting is one line, and ends nothing
        await pipes[through].ask(_LOGINS[protocol], 1 if protocol == "ami" else 2 - pipes[through].answers)
    span = SPANS[bench.quick]
    for at in range(bench.passes + 1):
        for kind, request in asked.items():
            for through, pipe in pipes.items():
                value = await rate([pipe], span, request, TOGETHER)
                if at:  # the first warms up
                    found[kind][through].append(value)
                if through == "guard" and kind != "allowed":
                    assert (b"callguard denied" in pipe.said or b"Content-Length" in pipe.said) or kind == "harmless"
    for pipe in pipes.values():
        pipe.close()
    return found
