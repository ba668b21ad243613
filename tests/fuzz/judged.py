"""A judge whose guard allows two numbers and no other, and keeps what it allowed."""

from __future__ import annotations

import re
from types import SimpleNamespace

from callguard.judging.denied import Denied
from callguard.judging.judge import Judge

GOOD = frozenset({"13800130001", "+8613800130002"})
AGENT = re.compile(r"agent[0-9]?")
INTERNAL = (
    re.compile(r"(?:PJSIP|SIP|Local|user|loopback)/agent[0-9]?(?:@inside(?:\.example)?)?"),
    re.compile(r"agent[0-9]?(?:@inside)?"),
)
CALLER = "01085550123"
CALLERS = frozenset({CALLER, "01085550124"})


class Guard:
    """In a guard's place; `placed` has callee and caller of each attempt that was allowed."""

    def __init__(self):
        self.placed = []
        self.policy = SimpleNamespace(caller=lambda _: None, campaign=lambda _: None, has=lambda _: True)

    def attempt(self, callee, *, caller, campaign, key=None):
        if callee not in GOOD or caller not in CALLERS or campaign not in {"notice", "survey"}:
            raise Denied("another")
        return Attempt(self, callee, caller)


class Attempt:
    """One of it."""

    reference = None

    def __init__(self, guard, callee, caller):
        self._guard, self._said = guard, (callee, caller)

    def __enter__(self):
        self._guard.placed.append(self._said)
        return self

    def __exit__(self, *_):
        pass

    def outcome(self, name):
        pass

    def release(self):
        pass


def judge():
    """Return a judge, with a default campaign and caller."""
    return Judge(guard=Guard(), campaign="notice", caller=CALLER, internal=INTERNAL)


class Wire:
    """A client's connection through the guard, without sockets: what was sent to the switch, message by message."""

    def __init__(self, kind):
        self._judge = judge()
        self._connection = kind((None, SimpleNamespace(write=lambda _: None)), self._judge, login_s=1.0)
        self._reader = self._connection.requests()
        self.sent = []  # bytes, and the attempts that were placed for them

    def feed(self, data):
        """Do as the connection does with what a client sends."""
        for message in self._reader.feed(data):
            placed = self._judge.guard.placed = []
            try:
                ask = self._connection.read(message)
                if ask is not None:
                    self._judge.place_sync(ask)
            except Denied as why:
                self._connection.denied(message, why)
                placed = []
            else:
                self._connection.to_switch(self._connection.passed(message, ask, None))
            out, self._connection._out = self._connection._out, []
            self.sent.append((b"".join(out), placed))

    @property
    def broken(self):
        return self._reader.broken


def through(kind, data):
    """Send bytes through the guard at once, and in small parts; the same must come of both. Return what was sent."""
    one, many = Wire(kind), Wire(kind)
    one.feed(data)
    step = 1 + sum(data[:8]) % 97
    for at in range(0, len(data), step):
        many.feed(data[at : at + step])
    assert one.sent == many.sent, "the same messages, however the bytes are cut"
    assert (one.broken is None) == (many.broken is None)
    return one.sent


def answered(reader, data):
    """Read what a switch sends: whole messages are given on as they came, until one has no end."""
    from callguard.commands.ami_wire import Broken

    try:
        found = reader.feed(data)
    except Broken:
        return []
    assert data.startswith(b"".join(answer.raw for answer in found))
    return found
