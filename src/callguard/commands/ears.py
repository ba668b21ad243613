"""Calls of one connection whose channel is known for certain: what their callees press may be a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.judging.judge import Judge, Placing
    from callguard.targets import Target

_MOST: Final = 1_000  # channels that are listened to; the oldest is let go of


class Ears:
    """Placed calls by the switch's id of the callee's own channel."""

    def __init__(self) -> None:
        self._calls: dict[str, Placing] = {}

    def know(self, channel: str, placing: Placing) -> None:
        """Listen to a channel; an id that is known already stays whose it was."""
        if channel and channel not in self._calls:
            if len(self._calls) >= _MOST:
                del self._calls[next(iter(self._calls))]
            self._calls[channel] = placing

    def forget(self, channel: str) -> None:
        """Listen no more: the channel is gone."""
        self._calls.pop(channel, None)

    def pressed(self, channel: str, keys: str) -> tuple[Placing, str] | None:
        """Return whose callee pressed which keys; None for a channel that is nobody's here."""
        placing = self._calls.get(channel)
        return None if placing is None or not keys else (placing, keys)


def is_callees(targets: tuple[Target, ...], judge: Judge, placing: Placing | None) -> bool:
    """Whether a channel that is made for some targets is certainly that of the one callee who was decided."""
    return (
        placing is not None
        and len(placing) == 1
        and len(targets) == 1
        and targets[0].number is not None
        and not judge.is_inside(targets[0])
    )
