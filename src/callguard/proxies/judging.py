"""What a guard on the wire decides by: the policy's guard, and what is said when it is started."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import attrs

from callguard.errors import DialDenied
from callguard.proxies.denied import Denied

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callguard import Guard
    from callguard.attempt import Attempt
    from callguard.targets import Target

_LOG: Final = logging.getLogger("callguard.proxies")
CAMPAIGN: Final = "CALLGUARD_CAMPAIGN"  # the variables of a call that say what it is for, and from which number
CALLER: Final = "CALLGUARD_CALLER"
_NO_DIGIT: Final = re.compile(r"[^0-9]")


@attrs.frozen
class Ask:
    """A command that places calls: whom, and what it says of campaign and caller itself."""

    targets: tuple[Target, ...]
    campaign: str | None = None
    caller: str | None = attrs.field(default=None, repr=False)
    caller_id: str | None = attrs.field(default=None, repr=False)


def names(allowed: Iterable[str]) -> frozenset[str]:
    """Fold the names of commands that are allowed, as they are compared."""
    return frozenset(" ".join(each.lower().split()) for each in allowed)


@attrs.frozen(kw_only=True)
class Judge:
    """Decides commands; `internal` are patterns of targets inside, which are matched whole, `allow` names of unknown commands."""

    guard: Guard = attrs.field(repr=False)
    campaign: str | None = None
    caller: str | None = attrs.field(default=None, repr=False)
    internal: tuple[re.Pattern[str], ...] = ()
    allow: frozenset[str] = attrs.field(default=(), converter=names)

    def is_inside(self, target: Target) -> bool:
        """Return whether a target is an extension inside."""
        return any(pattern.fullmatch(target.written) for pattern in self.internal)

    async def place(self, ask: Ask) -> Placing:
        """Decide, count and log a call to each target outside, or none of them: Denied by the first that is denied.

        Whatever goes wrong is a denial.
        """
        attempts: list[Attempt] = []
        try:
            numbers = self._outside(ask)
            campaign, caller = self._line(ask) if numbers else ("", "")
            for number in numbers:
                attempt = self.guard.attempt(number, caller=caller, campaign=campaign)
                await attempt.__aenter__()
                attempts.append(attempt)
        except Denied:
            await _take_back(attempts)
            raise
        except DialDenied as denied:
            await _take_back(attempts)
            raise Denied(denied.decision.reason.value, denied.decision.rule) from None
        except asyncio.CancelledError:
            await asyncio.shield(_take_back(attempts))
            raise
        except Exception as error:  # noqa: BLE001 - nothing fails open
            _LOG.error("a command could not be decided: %s", type(error).__name__)  # its text may hold a number
            await _take_back(attempts)
            raise Denied("policy-failure") from None
        return Placing(tuple(attempts))

    def _outside(self, ask: Ask) -> list[str]:
        """Return the numbers outside, each once however many ways to it are tried; Denied for a name that is no target inside."""
        numbers = [target.number for target in ask.targets if not self.is_inside(target)]
        found = [number for number in numbers if number is not None]
        if len(found) < len(numbers):
            raise Denied("target-inside")
        return list(dict.fromkeys(found))

    def _line(self, ask: Ask) -> tuple[str, str]:
        campaign = ask.campaign or self.campaign
        if not campaign:
            raise Denied("campaign-missing")
        if ask.caller and ask.caller_id and not self._same(ask.caller, ask.caller_id):
            raise Denied("caller-conflict")
        caller = ask.caller or ask.caller_id or self.caller
        if not caller:
            raise Denied("caller-missing")
        return campaign, caller

    def _same(self, one: str, other: str) -> bool:
        """Return whether two writings are one caller."""
        first, second = self.guard.policy.caller(one), self.guard.policy.caller(other)
        if first is not None and second is not None:
            return first.key == second.key
        return _NO_DIGIT.sub("", one) == _NO_DIGIT.sub("", other)


class Placing:
    """The attempts of a command that was passed on, until the switch says what became of it."""

    def __init__(self, attempts: tuple[Attempt, ...]) -> None:
        self._attempts = attempts

    def __len__(self) -> int:
        return len(self._attempts)

    async def settle(self, outcome: str, *, released: bool = False) -> None:
        """Record how it ended, once; `released` gives the counts back of what never left."""
        attempts, self._attempts = self._attempts, ()
        for attempt in attempts:
            attempt.outcome(outcome)
            try:
                if released:
                    await asyncio.to_thread(attempt.release)
                await attempt.__aexit__(None, None, None)
            except Exception as error:  # noqa: BLE001 - the call was decided; the others' outcomes are kept
                _LOG.warning("an outcome could not be kept: %s", type(error).__name__)


async def _take_back(attempts: list[Attempt]) -> None:
    """Give back the counts of calls that will never be placed."""
    with suppress(Exception):
        await Placing(tuple(attempts)).settle("failed", released=True)
