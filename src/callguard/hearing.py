"""What is heard of a callee in one call: kept at once where it is a refusal, beside the loop where there is one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from callguard.policy.opt_outs import MOST_KEYS

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import Callable
    from typing import TypeAlias

    Hears: TypeAlias = Callable[..., Callable[[], None] | None]  # as a guard's `_hears`


class Hearing:
    """The ear of one attempt; `apart` says that it is in an `async with`, and must not hold up the loop."""

    campaign = ""

    def __init__(self, hears: Hears, callee: str | int) -> None:
        self._hears = hears
        self._callee = callee
        self._keeping: list[Future[None]] = []
        self._one = threading.Lock()  # one after the other, so that the second sees what the first has kept
        self._digits = ""  # keys that were pressed one by one

    def hear(self, *, apart: bool, outcome: str | None = None, keys: str | None = None, sip_status: int | None = None) -> bool:
        """Keep what was said where it is a refusal, and return whether it is; StateError where that cannot be kept.

        `apart`: it is in force here when this returns, and lasts, or StateError is raised, when `kept` returns. It may wait then
        for a thread that is applying records; a loop that is about to end waits till it lasts.
        """
        loop = _loop() if apart else None
        said = {"outcome": outcome, "keys": keys, "sip_status": sip_status}
        keep = self._hears(self._callee, self.campaign, **said, now=loop is not None)
        if keep is None:
            return False
        if loop is None:
            keep()
            return True
        try:
            self._keeping.append(loop.run_in_executor(None, self._keep, keep))
        except RuntimeError:  # the loop is about to end, and takes on nothing more
            keep()
        return True

    def _keep(self, keep: Callable[[], None]) -> None:
        with self._one:
            keep()

    def pressed(self, keys: str, *, apart: bool) -> bool:
        """Do the same for keys: several at once are one entry, of keys told one by one the last ones decide."""
        if not isinstance(keys, str):
            raise TypeError(f"`keys` is a {type(keys).__name__}; accepted: text, as `9`")
        entered = "".join(keys.split())
        if len(entered) != 1:
            self._digits = ""
            return self.hear(keys=entered, apart=apart)
        self._digits = (self._digits + entered)[-MOST_KEYS:]
        return any(self.hear(keys=self._digits[i:], apart=apart) for i in range(len(self._digits)))

    async def kept(self) -> None:
        """Return once all that was a refusal lasts; StateError where it does not. Who is cancelled meanwhile loses nothing."""
        import asyncio

        keeping, self._keeping = self._keeping, []
        if keeping:
            await asyncio.wait(keeping)  # unlike `gather`, it cancels none
            for each in [each.exception() for each in keeping]:
                if each is not None:
                    raise each


def _loop() -> AbstractEventLoop | None:
    """Return the loop that this runs in; None in a thread that has none, and may wait."""
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
