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
        self._calls: dict[str, tuple[Placing | None, bool]] = {}

    def know(self, channel: str, placing: Placing, *, told: bool = True) -> None:
        """Listen to a channel; an id that is known already stays whose it was.

        `told`: if the command fails that is to make the channel, `failed` will follow. Where that of an id that is known would not
        be told, it is nobody's from now on: which of the two has it cannot be said.
        """
        if not channel:
            return
        known = self._calls.get(channel)
        if known is None:
            if len(self._calls) >= _MOST:
                del self._calls[next(iter(self._calls))]
            self._calls[channel] = placing, told
        elif known[0] is not placing and not known[1]:
            self._calls[channel] = None, False

    def forget(self, channel: str) -> None:
        """Listen no more: the channel is gone."""
        self._calls.pop(channel, None)

    def failed(self, placing: Placing) -> None:
        """Listen no more to what was to be a call's channel: there is none, and its id may be another call's next."""
        for channel in [channel for channel, (known, _) in self._calls.items() if known is placing]:
            del self._calls[channel]

    def pressed(self, channel: str, keys: str) -> tuple[Placing, str] | None:
        """Return whose callee pressed which keys; None for a channel that is nobody's here."""
        placing, _ = self._calls.get(channel, (None, False))
        return None if placing is None or not keys else (placing, keys)


def is_callees(targets: tuple[Target, ...], judge: Judge, placing: Placing | None) -> bool:
    """Whether a channel that is made for some targets is certainly that of the one callee who was decided.

    A Local channel is none: the dialplan behind it may call an agent first.
    """
    return (
        placing is not None
        and len(placing) == 1
        and len(targets) == 1
        and targets[0].number is not None
        and not targets[0].written.lower().startswith("local/")
        and not judge.is_inside(targets[0])
    )
