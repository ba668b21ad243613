"""Dialers that are killed: forked from a process that has everything imported, they write down what was acknowledged to them."""

from __future__ import annotations

import os
import random
import select
import signal
import time
from typing import TYPE_CHECKING

import attrs

from callguard import DialDenied, Guard, Policy
from callguard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CALLER = "01085550123"
FIRST = 8_613_800_130_000
CALLEES = 400  # few, so that limits are met
POLICY = """
version = 1
[enterprise]
name = "Xinghe"
[state]
{state}
[call_log]
key_file = "callguard.key"
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2025-05-01
[[callers]]
number = "010-8555-0123"
filed = 2024-01-20
[[campaigns]]
name = "notice"
purpose = "notification"
[[campaigns]]
name = "survey"
purpose = "survey"
limits = [{{ attempts = 2, per = "1 day" }}]
"""


def write_policy(folder: Path, state: str = 'path = "state"') -> Path:
    """Write a policy and its key; its campaigns have no window, so that the hour of the test does not matter."""
    from callguard.sealing import new_key

    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "callguard.key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(new_key() + "\n", encoding="ascii")
    path = folder / "callguard.toml"
    path.write_text(POLICY.format(state=state), encoding="utf-8")
    return path


@attrs.define
class Acknowledged:
    """What dialers were told is kept: refusals by number, attempts as callee and key, denials by a limit."""

    refused: set[int] = attrs.field(factory=set)
    placed: list[tuple[int, str]] = attrs.field(factory=list)
    limited: int = 0
    failed: list[str] = attrs.field(factory=list)
    ready: int = 0

    def take(self, line: str) -> None:
        """Read one line of a dialer's."""
        what, *rest = line.split()
        if what == "refused":
            self.refused.add(int(rest[0]))
        elif what == "placed":
            self.placed.append((int(rest[0]), rest[1]))
        elif what == "limited":
            self.limited += 1
        elif what == "ready":
            self.ready += 1
        else:
            self.failed.append(line)


def dial_until_killed(policy: Path, tell: Callable[[str], object], seed: int, *, rounds: int = 1_000_000) -> None:
    """Refuse and place calls, and tell of each only after callguard has returned."""
    chance = random.Random(seed)
    with Guard.open(policy) as guard:
        tell("ready")
        for i in range(rounds):
            if chance.random() < 0.4:
                number = FIRST + 100_000 + chance.randrange(10_000_000)
                guard.refuse(f"+{number}", source="soak")
                tell(f"refused {number}")
                continue
            number, key = FIRST + chance.randrange(CALLEES), f"{seed}-{i}"
            try:
                with guard.attempt(f"+{number}", caller=CALLER, campaign="survey", key=key) as attempt:
                    tell(f"placed {number} {key}")
                    attempt.outcome("answered", duration=1.5)
            except DialDenied as error:
                if error.decision.reason.value != "attempt-limit":
                    tell(f"denied {error.decision.reason.value}")
                else:
                    tell("limited")


def warm(policy: Path) -> None:
    """Import and read whatever a dialer needs, so that those forked later lose no time with it."""
    import callguard.state.opening  # noqa: F401

    with Guard(Policy.load(policy)) as guard, guard.attempt(f"+{FIRST}", caller=CALLER, campaign="survey"):
        pass


class Dialer:
    """A forked process that dials; `fault` is a step of the store's at which it kills itself, the n-th time that it gets there."""

    def __init__(self, policy: Path, seed: int, fault: tuple[str, int] | None = None) -> None:
        self._read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._read)
            code = 1
            try:
                if fault is not None:
                    _die_at(*fault)
                dial_until_killed(policy, lambda line: os.write(write, f"{line}\n".encode()), seed)
            except BaseException as error:  # noqa: BLE001 - a child must not come back into the test
                os.write(write, f"error {type(error).__name__}: {error}"[:400].replace("\n", " ").encode() + b"\n")
            finally:
                os._exit(code)
        os.close(write)
        self._left = b""
        self.over = False

    def hear(self, acknowledged: Acknowledged, seconds: float = 0.0) -> None:
        """Take what it has told, waiting so long at most for the first word; what was cut off was never told."""
        while not self.over and select.select([self._read], [], [], seconds)[0]:
            data = os.read(self._read, 1 << 16)
            if not data:
                self.over = True
                break
            *lines, self._left = (self._left + data).split(b"\n")
            for line in lines:
                acknowledged.take(line.decode())
            seconds = 0.0

    def kill(self, acknowledged: Acknowledged) -> None:
        """Kill it, and take what it told before."""
        os.kill(self.pid, signal.SIGKILL)
        self.mourn(acknowledged)

    def mourn(self, acknowledged: Acknowledged) -> int:
        """Wait for its end, take what it told before, and return the signal that ended it; 0 for none."""
        while not self.over:
            self.hear(acknowledged, 5.0)
        os.close(self._read)
        status = os.waitpid(self.pid, 0)[1]
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _die_at(step: str, times: int) -> None:
    from callguard.state import database

    left = times

    def fault(reached: str) -> None:
        nonlocal left
        if reached == step:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    database.fault = fault


def kill_rounds(policy: Path, rounds: int, *, dialers: int = 3, seed: int = 0, longest: float = 0.06) -> Acknowledged:
    """Let dialers dial and kill each at a random instant, again and again; return what was acknowledged to any of them."""
    warm(policy)
    chance, acknowledged = random.Random(seed), Acknowledged()
    for turn in range(rounds):
        alive = [Dialer(policy, seed + 1_000_003 * turn + i) for i in range(dialers)]
        want = acknowledged.ready + 1
        while acknowledged.ready < want and not all(dialer.over for dialer in alive):
            for dialer in alive:
                dialer.hear(acknowledged, 0.01)
        for dialer in alive:
            time.sleep(chance.random() * longest / dialers)
            dialer.kill(acknowledged)
    return acknowledged


def lost(policy: Path, acknowledged: Acknowledged) -> list[str]:
    """Return everything that was acknowledged and is not there, or is there too often; empty where all is well."""
    found: list[str] = []
    with Guard.open(policy) as guard:
        line = guard.line(campaign="notice", caller=CALLER)
        found += [
            f"a refusal is lost ({number % 1000})"
            for number in acknowledged.refused
            if line.may_dial(f"+{number}").reason.value != "refused"
        ]
        log = guard.log
        assert log is not None
        placed: dict[int, int] = {}
        keys: dict[str, int] = {}
        for entry in log.search(campaign="survey", reason="allowed"):
            placed[entry.callee] = placed.get(entry.callee, 0) + 1
            keys[entry.key] = keys.get(entry.key, 0) + 1
        found += [f"a logged attempt is lost ({key})" for _, key in acknowledged.placed if keys.get(key) != 1]
        found += [f"{count} attempts where 2 are the limit" for count in placed.values() if count > 2]
        verified = log.verify()
        found += [str(problem) for problem in verified.faults]
    return found


def wait_for(seconds: float, true: Callable[[], bool]) -> float | None:
    """Return how long it took until something was true, None where it never was."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if true():
            return time.monotonic() - start
        time.sleep(0.002)
    return None


__all__ = ["CALLER", "FIRST", "Acknowledged", "Dialer", "StateError", "kill_rounds", "lost", "wait_for", "write_policy"]
