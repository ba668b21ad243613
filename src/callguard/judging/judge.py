"""What places calls for others decides by: the policy's guard, and what is said when it is started, or around a call."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs

from callguard.errors import DialDenied
from callguard.finishing import finish
from callguard.judging.denied import Denied

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from callguard import Guard
    from callguard.attempt import Attempt
    from callguard.targets import Target

_LOG: Final = logging.getLogger("callguard.judging")
CAMPAIGN: Final = "CALLGUARD_CAMPAIGN"  # the variables of a call that say what it is for, and from which number
CALLER: Final = "CALLGUARD_CALLER"
_NO_DIGIT: Final = re.compile(r"[^0-9]")
_SAID: Final[ContextVar[tuple[str | None, str | None]]] = ContextVar("callguard.calling", default=(None, None))


@attrs.frozen
class Ask:
    """A command that places calls: whom, and what it says of campaign and caller itself.

    `repeated` are those of its targets that it calls more than once, which nobody outside may be.
    """

    targets: tuple[Target, ...]
    campaign: str | None = None
    caller: str | None = attrs.field(default=None, repr=False)
    caller_id: str | None = attrs.field(default=None, repr=False)
    repeated: tuple[Target, ...] = ()
    key: str | None = attrs.field(default=None, repr=False)  # sent again under the same one within 24 hours, it counts once


@contextmanager
def calling(*, campaign: str | None = None, caller: str | None = None) -> Iterator[None]:
    """Say what the calls placed within are for, and from which number, where the command itself does not say; before any default.

    It holds for this thread or task, and those begun within it.
    """
    before = _SAID.get()
    token = _SAID.set((campaign or before[0], caller or before[1]))
    try:
        yield
    finally:
        _SAID.reset(token)


def names(allowed: Iterable[str]) -> frozenset[str]:
    """Fold the names of commands that are allowed, as they are compared; TypeError for a text, whose letters would be names."""
    if isinstance(allowed, str):
        raise TypeError("`allow` is a text; accepted: a list of names")
    return frozenset(" ".join(each.lower().split()) for each in allowed)


def patterns(written: Iterable[str | re.Pattern[str]]) -> tuple[re.Pattern[str], ...]:
    """Compile patterns; TypeError for a text, whose letters would be patterns, re.error for what is no pattern."""
    if isinstance(written, str):
        raise TypeError("`internal` is a text; accepted: a list of patterns")
    return tuple(map(re.compile, written))


@attrs.frozen(kw_only=True)
class Judge:
    """Decides commands; `internal` are patterns of targets inside, which are matched whole, `allow` names of unknown commands.

    PolicyError for a campaign that the policy does not have, TypeError for a text in place of a list, re.error for no pattern.
    """

    guard: Guard = attrs.field(repr=False)
    campaign: str | None = None
    caller: str | None = attrs.field(default=None, repr=False)
    internal: tuple[re.Pattern[str], ...] = attrs.field(default=(), converter=patterns)
    allow: frozenset[str] = attrs.field(default=(), converter=names)

    def __attrs_post_init__(self) -> None:
        """Look that the campaign is one."""
        if self.campaign is not None:
            self.guard.policy.campaign(self.campaign)

    def is_inside(self, target: Target) -> bool:
        """Return whether a target is an extension inside."""
        return any(pattern.fullmatch(target.written) for pattern in self.internal)

    async def place(self, ask: Ask) -> Placing:
        """Decide, count and log a call to each target outside, or none of them: Denied by the first that is denied.

        Whatever goes wrong is a denial.
        """
        attempts: list[Attempt] = []
        try:
            numbers, campaign, beginning = self._begin(ask)
            for attempt in beginning:
                await attempt.__aenter__()
                attempts.append(attempt)
        except (asyncio.CancelledError, Exception) as error:
            await _take_back(attempts)
            if isinstance(error, asyncio.CancelledError):
                raise
            raise _why(error) from None
        return Placing(tuple(attempts), campaign, numbers)

    def place_sync(self, ask: Ask) -> Placing:
        """Do as `place` does, for who has no loop; it may wait for the store."""
        attempts: list[Attempt] = []
        try:
            numbers, campaign, beginning = self._begin(ask)
            for attempt in beginning:
                attempt.__enter__()
                attempts.append(attempt)
        except BaseException as error:
            with suppress(Exception):
                Placing(tuple(attempts)).settle_sync("failed", released=True)
            if not isinstance(error, Exception):
                raise
            raise _why(error) from None
        return Placing(tuple(attempts), campaign, numbers)

    def _begin(self, ask: Ask) -> tuple[tuple[str, ...], str, list[Attempt]]:
        """Return the numbers outside, what they are called for, and an attempt for each, not entered; Denied if it is not said."""
        numbers = self._outside(ask)
        campaign, caller = self._line(ask) if numbers else ("", "")
        keys = [None if ask.key is None else f"{ask.key}/{i}" for i in range(len(numbers))]
        attempts = [
            self.guard.attempt(number, caller=caller, campaign=campaign, key=key) for number, key in zip(numbers, keys, strict=True)
        ]
        return tuple(numbers), campaign, attempts

    def _outside(self, ask: Ask) -> list[str]:
        """Return the numbers outside, each once however many ways to it are tried.

        Denied for a name that is no target inside, and for a number that is called more than once.
        """
        if any(target.number is not None and not self.is_inside(target) for target in ask.repeated):
            raise Denied("call-repeated")
        numbers = [target.number for target in ask.targets if not self.is_inside(target)]
        found = [number for number in numbers if number is not None]
        if len(found) < len(numbers):
            raise Denied("target-inside")
        return list(dict.fromkeys(found))

    def campaign_of(self, ask: Ask) -> str | None:
        """Return what a command's calls are for, as it says itself, is said around it, or is the default."""
        return ask.campaign or _SAID.get()[0] or self.campaign

    def _line(self, ask: Ask) -> tuple[str, str]:
        said_caller = _SAID.get()[1]
        campaign = self.campaign_of(ask)
        if not campaign:
            raise Denied("campaign-missing")
        if ask.caller and ask.caller_id and not self._same(ask.caller, ask.caller_id):
            raise Denied("caller-conflict")
        caller = ask.caller or ask.caller_id or said_caller or self.caller
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
    """The attempts of a command that was passed on, until the switch or the service says what became of it."""

    def __init__(self, attempts: tuple[Attempt, ...], campaign: str = "", numbers: tuple[str, ...] = ()) -> None:
        self.campaign, self._numbers = campaign, numbers
        self._attempts = self._heard = attempts
        self._said: deque[tuple[str, str | int]] = deque()
        self._order = threading.Lock()

    @property
    def references(self) -> dict[str, str | None]:
        """The log's reference of each number's attempt, for who records the outcome elsewhere; None without a log."""
        return {number: attempt.reference for number, attempt in zip(self._numbers, self._heard, strict=False)}

    def __len__(self) -> int:
        return len(self._attempts)

    async def settle(self, outcome: str, *, released: bool = False) -> None:
        """Record how it ended, once; `released` gives the counts back of what never left. Who waits may be cancelled."""
        attempts, self._attempts = self._attempts, ()
        if attempts:
            await finish(partial(_settle_all, attempts, outcome, released=released))

    async def pressed(self, keys: str) -> None:
        """Take keys that the callee pressed, one after the other, before or after it was settled; of several callees none is."""
        await self._hear("pressed", keys)

    async def replied(self, sip_status: int) -> None:
        """Take the callee's final SIP reply likewise."""
        await self._hear("replied", sip_status)

    async def _hear(self, how: str, what: str | int) -> None:
        self._said.append((how, what))
        await finish(self._hear_all)

    def _hear_all(self) -> None:
        with self._order:
            while self._said:
                self._hear_sync(*self._said.popleft())

    def pressed_sync(self, keys: str) -> None:
        """Do as `pressed` does, for who has no loop, or has it wait, and says one thing after the other."""
        self._hear_sync("pressed", keys)

    def replied_sync(self, sip_status: int) -> None:
        """Do as `replied` does likewise."""
        self._hear_sync("replied", sip_status)

    def _hear_sync(self, how: str, what: str | int) -> None:
        if len(self._heard) != 1:
            return
        try:
            self._heard[0].at_once()
            if getattr(self._heard[0], how)(what):
                _LOG.info("a refusal was kept")
        except Exception as error:  # noqa: BLE001 - what the switch says goes on
            _LOG.error("a refusal could not be kept: %s", type(error).__name__)  # its text may hold a number

    def settle_sync(self, outcome: str, *, released: bool = False) -> None:
        """Do as `settle` does, for who has no loop, or has it wait."""
        attempts, self._attempts = self._attempts, ()
        _settle_all(attempts, outcome, released=released)


def _settle_all(attempts: tuple[Attempt, ...], outcome: str, *, released: bool) -> None:
    with ExitStack() as all_of_them:
        for attempt in reversed(attempts):
            all_of_them.callback(_settle, attempt, outcome, released=released)


def _settle(attempt: Attempt, outcome: str, *, released: bool) -> None:
    """Record how an attempt ended, and leave it whatever of that fails."""
    try:
        with ExitStack() as left:
            left.callback(attempt.__exit__, None, None, None)
            if released:
                left.callback(attempt.release)
            attempt.at_once()
            attempt.outcome(outcome)
    except Exception as error:  # noqa: BLE001 - the call was decided; the others' outcomes are kept
        _LOG.warning("an outcome could not be kept: %s", type(error).__name__)


def _why(error: Exception) -> Denied:
    """Return the denial that a failure to decide, or a decision, comes to."""
    if isinstance(error, Denied):
        return error
    if isinstance(error, DialDenied):
        return Denied(error.decision.reason.value, error.decision.rule, error.decision)
    _LOG.error("a command could not be decided: %s", type(error).__name__)  # its text may hold a number
    return Denied("policy-failure")


async def _take_back(attempts: list[Attempt]) -> None:
    """Give back the counts of calls that will never be placed."""
    await Placing(tuple(attempts)).settle("failed", released=True)
