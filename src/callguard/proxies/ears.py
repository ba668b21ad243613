"""Calls of one connection whose channel is known for certain: what their callees press and reply may be a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from callguard.judging.judge import Judge, Placing
    from callguard.targets import Target

_MOST: Final = 1_000  # channels that are listened to; the oldest is let go of


class Ears:
    """Placed calls by the switch's id of the callee's own channel."""

    def __init__(self) -> None:
        self._calls: dict[str, Placing] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def know(self, channel: str, placing: Placing) -> None:
        """Listen to a channel; an id that is known already stays whose it was."""
        if channel and channel not in self._calls:
            if len(self._calls) >= _MOST:
                del self._calls[next(iter(self._calls))]
            self._calls[channel] = placing

    def forget(self, channel: str) -> None:
        """Listen no more: the channel is gone."""
        self._calls.pop(channel, None)

    def pressed(self, channel: str, keys: str) -> Coroutine[Any, Any, None] | None:
        """Return the work of taking what was pressed; None for a channel that is nobody's here."""
        placing = self._calls.get(channel)
        return None if placing is None or not keys else placing.pressed(keys)

    def replied(self, channel: str, status: str) -> Coroutine[Any, Any, None] | None:
        """Return the work of taking a final SIP reply; None for a channel that is nobody's here."""
        placing = self._calls.get(channel)
        return None if placing is None or not (status.isascii() and status.isdigit()) else placing.replied(int(status))


def is_callees(targets: tuple[Target, ...], judge: Judge, placing: Placing | None) -> bool:
    """Whether a channel that is made for some targets is certainly that of the one callee who was decided."""
    return (
        placing is not None
        and len(placing) == 1
        and len(targets) == 1
        and targets[0].number is not None
        and not judge.is_inside(targets[0])
    )
