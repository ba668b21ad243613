"""Requests that an SDK sends again, as it does by itself after a time-out or a failure of the API's.

The same request again is the same call only where the API takes it so: it then has a field for a key, which both must have.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx

_COUNT: Final = "x-stainless-retry-count"
_MOST: Final = 1000


class Resends:
    """Remembers the keys of requests of which nobody knows what became of them, until they are sent again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: OrderedDict[tuple[str, int], list[str]] = OrderedDict()

    def key(self, request: httpx.Request, content: bytes) -> tuple[int, str | None]:
        """Return how often an SDK says to have sent a request before, and its key: the one it had, or a new one."""
        said = request.headers.get(_COUNT, "0")
        count = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0
        print_ = _print(request, content), count
        with self._lock:
            waiting = self._waiting.pop(print_, [])
            if waiting and count:
                key = waiting.pop(0)
                if waiting:
                    self._waiting[print_] = waiting
                return count, key
        return count, str(uuid.uuid4())

    def keep(self, request: httpx.Request, key: str | None, count: int) -> None:
        """Remember a key, for the next time that the request is sent."""
        if key is None:
            return
        print_ = _print(request, b"".join(request.stream)), count + 1  # type: ignore[arg-type]
        with self._lock:
            self._waiting.setdefault(print_, []).append(key)
            while len(self._waiting) > _MOST:
                self._waiting.popitem(last=False)


def _print(request: httpx.Request, content: bytes) -> str:
    said = (request.method, str(request.url), request.headers.get("authorization", ""))
    return hashlib.sha256("\n".join(said).encode() + b"\n" + content).hexdigest()
