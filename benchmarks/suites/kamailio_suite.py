"""Calls a second through Kamailio, SIPp on both sides: the guard in the proxy, beside the same script that only says yes, or no."""

from __future__ import annotations

import csv
import importlib.util
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import data, states, worlds
from benchmarks.building import kept
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.serving import ROOT
from benchmarks.worlds import World

if TYPE_CHECKING:
    from benchmarks.bench import Bench

USERS = 50  # calls under way
CALLS = (2_000, 300)
_MOST = "10m"  # listed numbers
_SCENARIOS = Path(__file__).parent.parent / "sip"
_FLOOR = Path(__file__).parent.parent / "kamailio_yes.py"
_LONGEST_S = 120
_PROXIES = ("", "unlogged", "yes", "no")  # the first is the guard with all that a policy may have
_TITLES = {
    "allowed": "calls that are let through, from INVITE to BYE: decided, counted, logged, and how they ended logged",
    "allowed-unlogged": "the same calls, decided and counted, without a call log",
    "allowed-yes": "the same calls, each let through by a script that asks nobody",
    "denied": "INVITEs that are declined, the callee on a list: decided and logged",
    "denied-unlogged": "the same INVITEs, decided, without a call log",
    "denied-no": "the same INVITEs, each declined by a script that asks nobody",
}


def run(bench: Bench) -> None:
    """Measure them in turn; where Kamailio or SIPp is not here, say so."""
    if not bench.wants("kamailio"):
        return
    peers = _peers()
    why = peers.missing()
    if why is not None:
        bench.skip("kamailio", why)
        return
    size = min(bench.sizes[-1], _MOST, key=data.SIZES.__getitem__)
    with tempfile.TemporaryDirectory(dir=kept(), prefix="kamailio-") as name:
        _measure(bench, peers, size, Path(name))


def _peers() -> Any:
    """Return the tests' own Kamailio, by the file in which it stands."""
    spec = importlib.util.spec_from_file_location("callguard_tests_kamailio", ROOT / "tests" / "kamailio.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _measure(bench: Bench, peers: Any, size: str, folder: Path) -> None:
    calls = bench.count(*CALLS)
    callees = _callees(folder, size, calls)
    found: dict[str, list[float]] = {name: [] for name in _TITLES}
    with ExitStack() as running:
        proxies = {says: running.enter_context(_proxy(peers, size, folder / (says or "full"), says)) for says in _PROXIES}
        for at in range(bench.passes + 1):
            for name in _TITLES:
                scenario, _, says = name.partition("-")
                value = _rate(proxies[says], peers, scenario, callees[scenario], calls if at else calls // 4)
                if at:  # the first warms up
                    found[name].append(value)
    for name, title in _TITLES.items():
        bench.add(f"kamailio.{name}", f"{title}; {data.words(size)} listed", "/s", found[name])


def _callees(folder: Path, size: str, calls: int) -> dict[str, Path]:
    """Write the callees of both kinds for SIPp: some that may be called, some that are listed."""
    line = worlds.line(World("cn", size))
    kinds = {
        "allowed": [callee for callee in states.pool(2 * calls) if line.may_dial(callee)],
        "denied": data.texts(data.listed("cn", size)[:: data.SIZES[size] // calls]),
    }
    found = {}
    for kind, callees in kinds.items():
        assert len(callees) >= calls // 2
        found[kind] = folder / f"{kind}.csv"
        found[kind].write_text("SEQUENTIAL\n" + "".join(f"{callee}\n" for callee in callees), "ascii")
    return found


@contextmanager
def _proxy(peers: Any, size: str, folder: Path, says: str) -> Iterator[Any]:
    """Start a Kamailio with a policy of its own, or one that says yes or no, and let SIPp answer what it lets through."""
    folder.mkdir()
    policy = folder / "callguard.toml"
    worlds.write_full(policy, World("cn", size), logged=says != "unlogged")
    more = {"script": _FLOOR, "CALLGUARD_SAYS": says} if says in {"yes", "no"} else {}
    proxy = peers.Kamailio(folder, CALLGUARD_POLICY=str(policy), CALLGUARD_CAMPAIGN=CAMPAIGN, **more)
    with ExitStack() as running:
        running.callback(proxy.stop)
        assert proxy.is_up(), proxy.said()[-500:]
        with (folder / "trunk.out").open("wb") as out:
            trunk = running.enter_context(subprocess.Popen(_sipp(peers, "trunk", proxy.trunk), stdout=out, stderr=out, cwd=folder))
        running.callback(trunk.kill)
        yield proxy


def _sipp(peers: Any, scenario: str, port: int) -> list[str]:
    media = str(peers.media_port())
    return ["sipp", "-sf", str(_SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port), "-mp", media, "-nostdin"]


def _rate(proxy: Any, peers: Any, scenario: str, callees: Path, calls: int) -> float:
    """Return how many calls a second SIPp gets done, with so many under way all the time; AssertionError where one fails."""
    statistics = proxy.folder / f"{scenario}.stat"
    statistics.unlink(missing_ok=True)
    words = [
        *_sipp(peers, scenario, peers.free_port()),
        *("-inf", str(callees), "-key", "caller", CALLER.replace("-", ""), "-m", str(calls), "-users", str(USERS)),
        *("-trace_stat", "-stf", str(statistics), "-fd", "1", "-timeout", str(_LONGEST_S), "-timeout_error", "-trace_err"),
        f"127.0.0.1:{proxy.port}",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=proxy.folder, timeout=2 * _LONGEST_S)
    assert done.returncode == 0, f"SIPp, {scenario}: {done.returncode}; {proxy.said()[-500:]}"
    with statistics.open(encoding="utf-8") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    assert int(last["SuccessfulCall(C)"]) == calls, "every call went as it should"
    return float(last["CallRate(C)"])
