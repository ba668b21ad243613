"""Middleware around what places calls: any sync or async callable, decided, counted and logged before it runs."""

from __future__ import annotations

import functools
import inspect
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from callguard.attempt import Attempt
    from callguard.model import Decision
    from callguard.policy import Policy

from callguard import phone
from callguard.errors import DialDenied, PolicyError

_NOT_PLACED: Final = "failed"  # the outcome of a call that another callee's denial has stopped
Source = Any  # the name of a parameter, a function of the arguments, or a fixed value


class Attempts(Protocol):
    """What makes attempts."""

    def __call__(self, callee: Any, *, caller: str, campaign: str) -> Attempt:
        """Return an attempt that has not been entered."""
        ...


def wrap(
    dial: Callable[..., Any],
    attempt: Attempts,
    *,
    callee: Source,
    caller: Source,
    campaign: Source,
    on_denied: Any,
    fixed: Callable[[str, str], None],
    outcome: Callable[[Any], str | None] | None = None,
) -> Callable[..., Any]:
    """Return `dial` behind a guard; `fixed` checks a value that is no parameter's name, when wrapping."""
    if outcome is not None and not callable(outcome):
        raise TypeError(f"`outcome` is a {type(outcome).__name__}; accepted: a function of what the callable returns, or None")
    if on_denied not in ("raise", "return") and not callable(on_denied):
        raise ValueError('`on_denied` is neither "raise" nor "return" nor a function of the Decision')
    signature = inspect.signature(dial)
    of_callee = _reader("callee", callee, signature, None)
    of_caller = _reader("caller", caller, signature, fixed)
    of_campaign = _reader("campaign", campaign, signature, fixed)

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Attempt | Together:
        caller, campaign = of_caller(args, kwargs), of_campaign(args, kwargs)
        attempts = [attempt(each, caller=caller, campaign=campaign) for each in callees(of_callee(args, kwargs))]
        return attempts[0] if len(attempts) == 1 else Together(attempts)

    def denied(decision: Decision) -> Any:
        return decision if on_denied == "return" else on_denied(decision)

    if inspect.iscoroutinefunction(dial) or inspect.iscoroutinefunction(getattr(dial, "__call__", None)):  # noqa: B004

        @functools.wraps(dial)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            entered = begin(args, kwargs)
            try:
                await entered.__aenter__()
            except DialDenied as error:
                if on_denied == "raise":
                    raise
                found = denied(error.decision)
                return await found if inspect.isawaitable(found) else found
            return await _finish(entered, dial(*args, **kwargs), outcome)

        return awaited

    @functools.wraps(dial)
    def called(*args: Any, **kwargs: Any) -> Any:
        entered = begin(args, kwargs)
        try:
            entered.__enter__()
        except DialDenied as error:
            if on_denied == "raise":
                raise
            return denied(error.decision)
        try:
            result = dial(*args, **kwargs)
        except BaseException as error:
            entered.__exit__(type(error), error, error.__traceback__)
            raise
        if inspect.isawaitable(result):
            return _finish(entered, result, outcome)
        try:
            _tell(entered, result, outcome)
        finally:
            entered.__exit__(None, None, None)
        return result

    return called


def check_fixed(policy: Policy, name: str, value: str) -> None:
    """Do nothing for a fixed campaign or caller that the policy has; PolicyError for any other."""
    if name == "campaign":
        policy.campaign(value)
    elif policy.caller(value) is None:
        accepted = ", ".join(phone.mask(known.number) for known in policy.callers)
        raise PolicyError(f"`caller` is neither a parameter of the wrapped callable nor one of the policy's callers: {accepted}")


class Together:
    """The attempts of one call to several: all are entered, or none counts. Whatever one of them raises, all are left."""

    def __init__(self, attempts: list[Attempt]) -> None:
        self._attempts = attempts

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            for each in self._attempts:
                each.__enter__()
                entered.callback(each.__exit__, None, None, None)
                entered.callback(each.outcome, _NOT_PLACED)
                entered.callback(each.release)
            entered.pop_all()
        return self

    def outcome(self, name: str) -> None:
        """Record how the call ended, for each."""
        with ExitStack() as told:
            for each in self._attempts:
                told.callback(each.outcome, name)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with ExitStack() as left:
            for each in self._attempts:
                left.callback(each.__exit__, kind, error, trace)

    async def __aenter__(self) -> Self:
        import asyncio

        async with AsyncExitStack() as entered:
            for each in self._attempts:
                await each.__aenter__()
                entered.push_async_callback(each.__aexit__, None, None, None)
                entered.callback(each.outcome, _NOT_PLACED)
                entered.push_async_callback(asyncio.to_thread, each.release)
            entered.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        async with AsyncExitStack() as left:
            for each in self._attempts:
                left.push_async_callback(each.__aexit__, kind, error, trace)


def callees(value: Any) -> list[Any]:
    """Return whom an argument names: all of a list, of `a<b`, of a switch's channels or dial string; at least one, to be denied.

    What is written in no known form stays as it is, and is read as a number, or denied.
    """
    if isinstance(value, list | tuple | set | frozenset):
        return [callee for each in value for callee in callees(each)] or [""]
    if isinstance(value, str) and "<" in value and "/" not in value:
        return [part.strip() for part in value.split("<")]
    if isinstance(value, str) and "/" in value:
        return _dialled(value)
    return [value]


def _dialled(text: str) -> list[str]:
    """Return the numbers that a switch would dial; the text itself where it, or a part of it, is not known to be one."""
    from callguard.targets import Unreadable
    from callguard.targets.asterisk import channels
    from callguard.targets.dial_strings import dial_string

    for read in (channels, lambda written: dial_string(written).targets):
        try:
            found = read(text)
        except Unreadable:
            continue
        # the same number over two gateways is one call
        return list(dict.fromkeys(target.written if target.number is None else target.number for target in found)) or [text]
    return [text]


def _tell(entered: Attempt | Together, result: Any, outcome: Callable[[Any], str | None] | None) -> None:
    """Record what a result says of the call's end."""
    name = None if outcome is None else outcome(result)
    if name is not None:
        entered.outcome(name)


async def _finish(entered: Attempt | Together, result: Awaitable[Any], outcome: Callable[[Any], str | None] | None) -> Any:
    """Await what a callable returned, and only then leave the attempt."""
    try:
        found = await result
    except BaseException as error:
        await entered.__aexit__(type(error), error, error.__traceback__)
        raise
    try:
        _tell(entered, found, outcome)
    finally:
        await entered.__aexit__(None, None, None)
    return found


def _reader(
    name: str, source: Source, signature: inspect.Signature, fixed: Callable[[str, str], None] | None
) -> Callable[[tuple[Any, ...], dict[str, Any]], Any]:
    """Return how a value is found in a call's arguments; ValueError for a source that is none."""
    if callable(source):
        return lambda args, kwargs: source(*args, **kwargs)
    if isinstance(source, str) and source in signature.parameters:

        def read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            return bound.arguments[source]

        return read
    if fixed is None or not isinstance(source, str):
        accepted = ", ".join(f"`{p}`" for p in signature.parameters)
        raise ValueError(f"`{name}` is neither a function of the arguments nor the name of a parameter; accepted: {accepted}")
    fixed(name, source)
    return lambda _args, _kwargs: source
