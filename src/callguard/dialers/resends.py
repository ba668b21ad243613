"""Requests that an SDK sends again, as it does by itself after a time-out or a failure of the API's.

The same request again is the same call only where the API takes it so: it then has a field for a key, which both must have.
"""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

_COUNT: Final = "x-stainless-retry-count"
_MOST: Final = 1000
_ALIKE: Final = 100  # requests of one content that wait at a time
_HOLDS_S: Final = 60.0  # Telnyx takes no later request for the same; Retell does for an hour


@attrs.frozen
class Sending:
    """One time that a request is sent: its key, when that was drawn, and how often it was sent before."""

    key: str
    drawn: float
    count: int
    print: str = attrs.field(repr=False)


class Resends:
    """Remembers requests that failed, until an SDK sends them again: of those of one content, the one that failed last.

    Those before it an SDK may have given up, and no later call is to be taken for one of them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: OrderedDict[tuple[str, int], deque[Sending | None]] = OrderedDict()

    def sending(self, request: httpx.Request, content: bytes) -> Sending:
        """Return the key of a request that is about to be sent: the one that it had, where it is sent again, or a new one."""
        said = request.headers.get(_COUNT, "0")
        count = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0
        print_, now = _print(request, content), self._clock()
        with self._lock:
            failed = self._failed.get((print_, count), deque())
            before = failed.pop() if failed else None
            if not failed:
                self._failed.pop((print_, count), None)
        if before is not None and now - before.drawn < _HOLDS_S:
            return attrs.evolve(before, count=count)
        return Sending(str(uuid.uuid4()), now, count, print_)

    def failed(self, sending: Sending, *, placed: bool) -> None:
        """Remember a request that an SDK may send again; `placed` where its call may have been, and that will be the same one."""
        place = sending.print, sending.count + 1
        with self._lock:
            self._failed.setdefault(place, deque(maxlen=_ALIKE)).append(sending if placed else None)
            self._failed.move_to_end(place)
            while len(self._failed) > _MOST:
                self._failed.popitem(last=False)


def _print(request: httpx.Request, content: bytes) -> str:
    said = (request.method, str(request.url), request.headers.get("authorization", ""))
    return hashlib.sha256("\n".join(said).encode() + b"\n" + content).hexdigest()
