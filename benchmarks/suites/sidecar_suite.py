"""The sidecar: decisions a second, one by one and many at once, beside an endpoint of the same server that does nothing."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import states, worlds
from benchmarks.building import kept
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.serving import Pipe, command, rate, serving

if TYPE_CHECKING:
    from benchmarks.bench import Bench

CONNECTIONS = 8
SPANS = (1.0, 0.3)
_PLACES = {"unix": "a Unix socket", "loopback": "loopback"}
_MANY = (100, 1_000)
_MARK = b"HTTP/1.1 200"
WRK_S = (3, 1)
_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_ERRORS = re.compile(r"Non-2xx or 3xx responses: ([0-9]+)|Socket errors: (.*)")
_SCRIPT = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{}'
"""


def run(bench: Bench) -> None:
    """Measure each way to reach it; with wrk where that is installed, too."""
    for place in _PLACES:
        if bench.wants(f"sidecar.{place}"):
            _reached(bench, place)
    if bench.wants("sidecar.wrk"):
        if shutil.which("wrk") is None:
            bench.skip("sidecar.wrk", "wrk is not installed: apt-get install wrk")
        else:
            _reached(bench, "wrk")


def _reached(bench: Bench, place: str) -> None:
    with tempfile.TemporaryDirectory(dir=kept(), prefix="sidecar-") as name:
        folder = Path(name)
        policy = folder / "callguard.toml"
        worlds.write_state(policy)
        listen = ["--socket", str(folder / "callguard.sock")] if place == "unix" else ["--listen", "127.0.0.1:0"]
        with serving(command(policy, "serve", *listen), folder) as listening:
            if place == "wrk":
                _by_wrk(bench, folder, listening)
            else:
                asyncio.run(_by_connections(bench, place, folder, listening))


def _callees() -> Callable[[], str]:
    found = cycle(states.pool(10_000))
    return lambda: next(found)


def _call(callee: str) -> dict[str, str]:
    return {"callee": callee, "caller": CALLER, "campaign": CAMPAIGN}


def _post(path: str, given: dict[str, object]) -> bytes:
    body = json.dumps(given).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _by_connections(bench: Bench, place: str, folder: Path, listening: str) -> None:
    loop = asyncio.get_running_loop()
    pipes = []
    for _ in range(CONNECTIONS):
        if place == "unix":
            _, pipe = await loop.create_unix_connection(lambda: Pipe(_MARK), str(folder / "callguard.sock"))
        else:
            host, _, port = listening.removeprefix("http://").rstrip("/").rpartition(":")
            _, pipe = await loop.create_connection(lambda: Pipe(_MARK), host, int(port))
        pipes.append(pipe)
    callee = _callees()

    def many(size: int) -> Callable[[], bytes]:
        fixed = {"callees": [callee() for _ in range(size)], "caller": CALLER, "campaign": CAMPAIGN, "reasons_only": True}
        told = _post("/v1/decide/many", fixed)
        return lambda: told

    asked: dict[str, tuple[Callable[[], bytes], int, str]] = {
        "nothing": (
            lambda: b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
            1,
            "requests that ask nothing (`/health/live`)",
        ),
        "decide": (lambda: _post("/v1/decide", dict(_call(callee()))), 1, "decisions, one a request"),
        **{f"many-{size}": (many(size), size, f"decisions, {size:,} a request, reasons only") for size in _MANY},
    }
    found: dict[str, list[float]] = {name: [] for name in asked}
    span = SPANS[bench.quick]
    for at in range(bench.passes + 1):
        for name, (request, each, _) in asked.items():
            value = await rate(pipes, span, request, 1)
            if at:  # the first warms up
                found[name].append(value * each)
    for pipe in pipes:
        pipe.close()
    for name, (_, _, words) in asked.items():
        bench.add(f"sidecar.{place}.{name}", f"{_PLACES[place]}: {words}", "/s", found[name])


def _by_wrk(bench: Bench, folder: Path, listening: str) -> None:
    address = listening if listening.startswith("http") else f"http://{listening}"
    script = folder / "decide.lua"
    callee = states.pool(1)[0]
    script.write_text(_SCRIPT.format(json.dumps(_call(callee))), "utf-8")
    found: dict[str, list[float]] = {"nothing": [], "decide": []}
    for at in range(bench.passes + 1):
        for name, arguments in (("nothing", [f"{address}/health/live"]), ("decide", ["-s", str(script), f"{address}/v1/decide"])):
            ran = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WRK_S[bench.quick]}s", *arguments]
            said = subprocess.run(ran, capture_output=True, text=True, check=True).stdout
            value = _RATE.search(said)
            wrong = _ERRORS.search(said)
            assert value is not None, "wrk says how many requests a second there were"
            assert wrong is None, f"every request is answered, and not {wrong and wrong[0]}"
            if at:
                found[name].append(float(value[1]))
    bench.add("sidecar.wrk.nothing", "wrk over loopback: requests that ask nothing (`/health/live`)", "/s", found["nothing"])
    bench.add("sidecar.wrk.decide", "wrk over loopback: decisions, one a request", "/s", found["decide"])
