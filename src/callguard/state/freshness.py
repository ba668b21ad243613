"""How long what is known may be answered from: a deadline on the guard's clock, held against one that nobody sets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from callguard.model import FOREVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard._core.line import Pulse

AHEAD_S: Final = 60.0  # how far the store's newest record may be ahead of the clock
_BOOT: Final = getattr(time, "CLOCK_BOOTTIME", None)


def since_boot() -> float:
    """Return seconds of a clock that nobody sets, and that goes on while the machine sleeps, where the system has one."""
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)


class Freshness:
    """Moves a pulse's deadline: `max_staleness` seconds after the newest question that the store has answered was sent.

    On the system's clock the deadline is an instant, set anew by each `tick`, since that clock may be set; on another one it is
    FOREVER while fresh. It is 0 when not, and while the store's newest record is more than a minute ahead of the clock. One thread
    tells, any may ask.
    """

    def __init__(
        self,
        pulse: Pulse,
        clock: Callable[[], float],
        max_staleness: float,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = since_boot,
    ) -> None:
        """Begin with nothing known; `clock` is the guard's, the system's where it is `wall` itself."""
        self._pulse = pulse
        self._clock = clock
        self._max = max_staleness
        self._of_system = clock is wall
        self._monotonic = monotonic
        self._since: float | None = None  # when the newest question was sent that has been answered
        self._not_before = float("-inf")  # answers to older questions came too late
        self._newest = 0.0
        pulse.deadline = 0

    def asked(self) -> float:
        """Return the instant for `answered`; to be taken before the question is sent."""
        return self._monotonic()

    def answered(self, asked: float, newest_stored: float) -> None:
        """Tell that the store has answered a question, and when its newest record was stored, 0 where it has none."""
        if asked >= self._not_before:
            self._since = asked if self._since is None else max(self._since, asked)
            self._newest = newest_stored
        self.tick()

    def tick(self) -> None:
        """Set the deadline anew, by the clocks as they are now."""
        until, left = self._look()
        self._pulse.deadline = until if left > 0 else 0  # no instant in the past, to which the clock might be set back

    def lost(self) -> None:
        """Tell that nothing is known any more, until a question sent after this is answered."""
        self._since = None
        self._not_before = self._monotonic()
        self._pulse.deadline = 0

    def until(self) -> float:
        """Return the instant from which what is known may be out of date, perhaps a past one; 0 while it is not known at all."""
        return self._look()[0]

    def _look(self) -> tuple[float, float]:
        """Return what `until` does, and how many seconds are left till then."""
        since, now = self._since, self._clock()
        if since is None or self._newest - now > AHEAD_S:
            return 0, 0
        left = since + self._max - self._monotonic()  # read after the clock: a pause between the two only shortens it
        if self._of_system:
            return now + left, left
        return (FOREVER if left > 0 else 0), left
