"""Middleware around what places calls: any sync or async callable, decided, counted and logged before it runs."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from callguard.attempt import Attempt
    from callguard.model import Decision

from callguard.errors import DialDenied

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
) -> Callable[..., Any]:
    """Return `dial` behind a guard; `fixed` checks a value that is no parameter's name, when wrapping."""
    if on_denied not in ("raise", "return") and not callable(on_denied):
        raise ValueError('`on_denied` is neither "raise" nor "return" nor a function of the Decision')
    signature = inspect.signature(dial)
    of_callee = _reader("callee", callee, signature, None)
    of_caller = _reader("caller", caller, signature, fixed)
    of_campaign = _reader("campaign", campaign, signature, fixed)

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Attempt:
        return attempt(of_callee(args, kwargs), caller=of_caller(args, kwargs), campaign=of_campaign(args, kwargs))

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
            return await _finish(entered, dial(*args, **kwargs))

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
            return _finish(entered, result)
        entered.__exit__(None, None, None)
        return result

    return called


async def _finish(entered: Attempt, result: Awaitable[Any]) -> Any:
    """Await what a callable returned, and only then leave the attempt."""
    try:
        found = await result
    except BaseException as error:
        await entered.__aexit__(type(error), error, error.__traceback__)
        raise
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
