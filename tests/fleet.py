"""A fleet for tests: hosts in network namespaces of their own around one PostgreSQL, each a process that does what it is told by lines.

As a program: `fleet.py host POLICY` serves a host, `fleet.py race SHARE TRIES POLICY…` lets dialers race and prints what they won.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any, Final, Self

ROOT: Final = Path(__file__).parent.parent
_numbers = count(1)


class NotPermittedError(Exception):
    """This system lets these tests make no network namespace; the text says why."""


class Network:
    """Namespaces around one, `db`, each joined to it by a link of its own; all are taken away at the end."""

    def __init__(self, *hosts: str) -> None:
        self._prefix = f"cg{os.getpid()}x{next(_numbers)}"
        self._made: list[str] = []
        try:
            self._add("db")
            for i, host in enumerate(hosts, 1):
                self._add(host)
                near, far = f"{self._prefix}{host}"[-15:], "link0"
                ip("-n", self.name("db"), "link", "add", near, "type", "veth", "peer", "name", far, "netns", self.name(host))
                ip("-n", self.name("db"), "address", "add", f"10.203.{i}.1/30", "dev", near)
                ip("-n", self.name(host), "address", "add", f"10.203.{i}.2/30", "dev", far)
                ip("-n", self.name(host), "link", "set", far, "up")
                self.cut(host, on=False)
        except BaseException:
            self.close()
            raise
        self.addresses = {host: f"10.203.{i}.1" for i, host in enumerate(hosts, 1)}

    def name(self, host: str) -> str:
        """Return the name of a namespace."""
        return f"{self._prefix}{host}"

    def within(self, host: str) -> tuple[str, ...]:
        """Return what is put before a command that runs there."""
        return ("ip", "netns", "exec", self.name(host))

    def cut(self, host: str, *, on: bool = True) -> None:
        """Cut a host's link, at the database's end; or mend it."""
        ip("-n", self.name("db"), "link", "set", f"{self._prefix}{host}"[-15:], "down" if on else "up")

    def close(self) -> None:
        """Take everything away; links go with their namespaces."""
        for name in self._made:
            with contextlib.suppress(NotPermittedError):
                ip("netns", "delete", name)
        self._made.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _add(self, host: str) -> None:
        ip("netns", "add", self.name(host))
        self._made.append(self.name(host))
        ip("-n", self.name(host), "link", "set", "lo", "up")


def ip(*words: str) -> None:
    """Run `ip`; NotPermittedError where it is not there, or may not."""
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NotPermittedError("network namespaces need iproute2's `ip`, which is not installed") from None
    said = " ".join(done.stderr.split())
    if done.returncode and any(word in said for word in ("not permitted", "denied", "Read-only", "Unknown device type")):
        raise NotPermittedError(f"network namespaces are not permitted here: `ip {' '.join(words)}` says: {said}")
    if done.returncode:
        raise RuntimeError(f"`ip {' '.join(words)}` failed: {said}")


class Host:
    """A process with a guard of its own, in a namespace or not."""

    def __init__(self, policy: Path, within: tuple[str, ...] = ()) -> None:
        self._process = subprocess.Popen(
            [*within, sys.executable, __file__, "host", str(policy)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        try:
            assert self.hear() == "open"
        except BaseException:
            self.close()
            raise

    def tell(self, what: str, **more: Any) -> None:
        """Ask it to do something, without waiting for its answer."""
        assert self._process.stdin is not None
        print(json.dumps({"what": what, **more}), file=self._process.stdin, flush=True)

    def hear(self) -> Any:
        """Wait for its next answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the host's process has ended"
        return json.loads(line)

    def ask(self, what: str, **more: Any) -> Any:
        """Ask it to do something, and return its answer."""
        self.tell(what, **more)
        return self.hear()

    def close(self) -> None:
        """End it."""
        with self._process, contextlib.suppress(BrokenPipeError):
            assert self._process.stdin is not None
            self._process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(policy: str) -> None:
    """Open a guard, and answer the lines of standard input."""
    from callguard import Guard
    from tests.dying import CALLER

    with Guard.open(policy) as guard:
        line = guard.line(campaign="survey", caller=CALLER)

        def say(answer: Any) -> None:
            print(json.dumps(answer), flush=True)

        def reason(number: int) -> str:
            return str(line.may_dial(f"+{number}").reason.value)

        say("open")
        for text in sys.stdin:
            told = json.loads(text)
            what, number = told["what"], told.get("number", 0)
            if what == "reason":
                say(reason(number))
            elif what == "refuse":
                say([_refused(guard, number + i, told.get("pause", 0.0)) for i in range(told.get("many", 1))])
            elif what == "watch":
                say([_until(lambda n=number + i: reason(n) == "refused", told["seconds"]) for i in range(told["many"])])
            elif what == "until":
                say(_until(lambda n=number, wanted=told["reason"]: reason(n) == wanted, told["seconds"]))
            elif what == "attempt":
                say(_attempted(guard, number))


def _refused(guard: Any, number: int, pause: float) -> tuple[float, str | None]:
    """Refuse, and return the instant of the return, and what was raised; the monotonic clock is the same in all processes."""
    from callguard import StateError

    time.sleep(pause)
    try:
        guard.refuse(f"+{number}", source="fleet")
    except StateError as error:
        return time.monotonic(), str(error)
    return time.monotonic(), None


def _until(true: Any, seconds: float) -> float | None:
    """Return the instant at which something was true, None where it was not in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return None
        time.sleep(0.0005)
    return time.monotonic()


def _attempted(guard: Any, number: int) -> str:
    from callguard import DialDenied
    from tests.dying import CALLER

    try:
        with guard.attempt(f"+{number}", caller=CALLER, campaign="survey"):
            return "allowed"
    except DialDenied as error:
        return str(error.decision.reason.value)


def race(share: int, tries: int, policies: list[str], first: int = 8_613_800_200_000) -> dict[str, Any]:
    """Let a dialer a policy call the same numbers one after another, all of them at the same time; return how often each was allowed.

    `share` numbers, each called `tries` times by each dialer. Each sees the others' last slot as free as it can be.
    """
    from callguard import Guard

    Guard.open(policies[0]).close()  # so that no child has to import, or to make the tables
    start, go = os.pipe()
    began, children = time.monotonic(), []
    for i, policy in enumerate(policies):
        ours, its = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.close(go)
                with Guard.open(policy) as guard:
                    os.write(its, b"!")
                    os.read(start, 1)
                    reasons = [_attempted(guard, first + n) for n in range(share) for _ in range(tries)]
                text = json.dumps(reasons)
            except BaseException as error:  # noqa: BLE001 - told to the parent
                text = json.dumps([f"{i}: {error!r}"])
            with os.fdopen(its, "w") as stream:
                stream.write(text)
            os._exit(0)
        os.close(its)
        children.append((pid, os.fdopen(ours, "rb")))
    os.close(start)
    ready = [stream.read(1) for _, stream in children]
    opened = time.monotonic()
    os.close(go)
    told = [
        json.loads(stream.read() if mark == b"!" else mark + stream.read())
        for mark, (_, stream) in zip(ready, children, strict=True)
    ]
    took = time.monotonic() - opened
    for pid, stream in children:
        stream.close()
        os.waitpid(pid, 0)
    allowed, reasons = [0] * share, dict[str, int]()
    for each in told:
        for i, reason in enumerate(each):
            reasons[reason] = reasons.get(reason, 0) + 1
            if reason == "allowed":
                allowed[i // tries] += 1
    return {"allowed": allowed, "reasons": reasons, "seconds": took, "opening": opened - began}


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    if sys.argv[1] == "host":
        serve(sys.argv[2])
    else:
        print(json.dumps(race(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])))
