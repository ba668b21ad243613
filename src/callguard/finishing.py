"""Work beside a loop that is done to its end, whoever waits for it."""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")


async def finish(work: Callable[[], Found]) -> Found:
    """Do a work in a thread, and return what it returns.

    Who waits may be cancelled, once or again, and the loop may end: neither keeps it from being begun, and done.
    """
    import asyncio

    try:
        doing = asyncio.get_running_loop().run_in_executor(None, copy_context().run, work)
    except RuntimeError:  # the loop is about to end, and takes on nothing more
        return work()
    return await asyncio.shield(doing)  # a cancelled future would not be begun
