"""What clients of FreeSWITCH's event socket have in common: what they send is read and decided, and goes through once."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from callguard.commands import esl_commands
from callguard.commands.ami_wire import Broken
from callguard.commands.esl_calls import Call, Calls
from callguard.commands.esl_wire import Command, one
from callguard.commands.tables import folded
from callguard.judging.denied import Denied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from callguard.judging.judge import Ask, Judge, Placing

OURS: Final = "_callguard"  # the attribute of a guarded client that has its connection, of a server its judge
REPLIES: Final = frozenset({"command/reply", "api/response"})
END: Final = "\n\n"  # what clients write behind what they are told to send
# what a client may do with its connection besides writing to it
_NO_WRITING: Final = folded(
    "close closed connect drain fileno get_extra_info getpeername getsockname getsockopt gettimeout is_closing"
    " recv recv_into setblocking setsockopt settimeout shutdown wait_closed"
)


def is_new(thing: Any, judge: Judge, what: str) -> bool:
    """Return whether a client or server has no judge yet; ValueError where it has another."""
    before = thing.__dict__.get(OURS)
    if before is None:
        return True
    if getattr(before, "judge", before) is not judge:
        raise ValueError(f"the {what} is guarded already, by another judge; accepted: one judge for each")
    return False


class Connection:
    """One connection of a client: how it is decided, and what became of what it placed.

    `beside` runs what may wait for the store, without waiting for it.
    """

    def __init__(self, judge: Judge, beside: Callable[[Callable[[], None]], None]) -> None:
        self.judge = judge
        self.calls: Calls[Placing] = Calls(self, judge)
        self._beside = beside
        self._decided: list[bytes] = []
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._working = False

    def read(self, text: str) -> tuple[Command, Ask | None]:
        """Return what a client is told to send, and whom it calls; Denied where it is not one command, or is denied by itself."""
        try:
            command = one((text + END).encode())
        except (Broken, UnicodeEncodeError):
            raise Denied("command-unreadable") from None
        return command, esl_commands.read(command, self.judge.allow)

    @contextmanager
    def sending(self, command: Command, ask: Ask | None, placing: Placing | None) -> Iterator[tuple[str, Call[Placing] | None]]:
        """Let a command through once: its text, written anew from what was read, and the call that its reply is for."""
        text = command.encode().decode()
        text = text if command.body else text.removesuffix(END)
        data = (text + END).encode()
        call = self.calls.passed(command, ask, placing)
        self._decided.append(data)
        try:
            yield text, call
        except BaseException:
            if placing:
                never = data in self._decided
                self.settle(placing, "failed" if never else "unknown", released=never)
            raise
        finally:
            if data in self._decided:
                self._decided.remove(data)

    def take(self, data: bytes) -> None:
        """Take what is written to the wire; Denied where nobody decided it."""
        if data not in self._decided:
            raise Denied("command-unreadable")
        self._decided.remove(data)

    def told(self, headers: Mapping[str, Any], body: str) -> None:
        """Take an event that the client was told."""
        if self.calls.awaits(str(headers.get("Event-Name", "")).encode()):
            said = {name.lower(): value[0] if isinstance(value, list) else value for name, value in headers.items()}
            self.calls.told({name: value for name, value in said.items() if isinstance(value, str)} | {"_body": body})

    def leave(self) -> None:
        """Record that the end of what is still open will not be known."""
        for placing in self.calls.left():
            self.settle(placing, "unknown")

    def settle(self, placing: Placing, outcome: str, *, released: bool = False) -> None:
        """Record how what was placed ended."""
        if placing:
            self._in_turn(partial(placing.settle_sync, outcome, released=released))

    def pressed(self, placing: Placing, keys: str) -> None:
        """Take what a callee pressed."""
        self._in_turn(partial(placing.pressed_sync, keys))

    def replied(self, placing: Placing, sip_status: int) -> None:
        """Take a callee's final SIP reply."""
        self._in_turn(partial(placing.replied_sync, sip_status))

    def _in_turn(self, work: Callable[[], None]) -> None:
        """Do one thing after the other, beside what the client does: keys have an order."""
        with self._lock:
            self._waiting.append(work)
            if self._working:
                return
            self._working = True
        try:
            self._beside(self._work)
        except RuntimeError:  # the loop is about to end, and takes on nothing more
            self._work()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._working = False
                    return
                work = self._waiting.popleft()
            work()


class Gate:
    """What a client writes to: only what was decided goes through, whichever of the client's methods writes it."""

    def __init__(self, wire: Any, connection: Connection, turn: AbstractContextManager[Any] | None = None) -> None:
        self._wire, self._connection, self._turn = wire, connection, turn

    def write(self, data: bytes) -> None:
        """Write what was decided; Denied for anything else."""
        self._connection.take(bytes(data))
        self._wire.write(data)

    def send(self, data: bytes) -> int:
        """Send what was decided, all of it and nothing in between; Denied for anything else."""
        self._connection.take(bytes(data))
        try:
            with self._turn or nullcontext():
                self._wire.sendall(data)
        except BaseException:
            self._wire.close()  # a part may have left, and what comes next would be read as the rest of it
            raise
        return len(data)

    def makefile(self, mode: str = "r", *args: Any, **more: Any) -> Any:
        """Return a file to read from; Denied for one to write to."""
        if set(mode) - set("rbt"):
            raise Denied("command-unreadable")
        return self._wire.makefile(mode, *args, **more)

    def __getattr__(self, name: str) -> Any:
        if name not in _NO_WRITING:
            raise AttributeError(f"`{name}` of a guarded connection; accepted: the client's own `send`")
        return getattr(self._wire, name)
