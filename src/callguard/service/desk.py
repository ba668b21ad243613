"""What every endpoint works at: the guard, what is open, what was counted, who may ask."""

from __future__ import annotations

import asyncio
import json
import logging
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from callguard import as_json
from callguard.errors import CallguardError
from callguard.service.metrics import Metrics
from callguard.service.open_attempts import OpenAttempts
from callguard.watching.counters import Counters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from callguard.guard import Guard
    from callguard.model import Decision
    from callguard.service.limits import Limits
    from callguard.service.tokens import Tokens

log = logging.getLogger("callguard.service")
_NO_STORE: Final = {"cache-control": "no-store"}


class Desk:
    """One service over one guard."""

    def __init__(
        self, guard: Guard, tokens: Tokens | None, limits: Limits, *, consents: bool, hosts: frozenset[str] | None
    ) -> None:
        """Begin with nothing open; see `callguard.service.app`."""
        self.guard, self.tokens, self.limits, self.consents, self.hosts = guard, tokens, limits, consents, hosts
        self.metrics = Metrics()
        self.counters = Counters(guard)
        self.attempts = OpenAttempts(limits.attempts, limits.attempt_s, self.metrics.end)
        self.stopping = False  # not ready any more, though what comes is still answered
        self.renew: Callable[[], Mapping[str, str]] | None = None  # reads the tokens again
        self._problem: Exception | None = None

    @property
    def timezone(self) -> str:
        """The zone in which instants are written: the enterprise's."""
        return self.guard.policy.enterprise.timezone

    def written(self, found: Decision, lang: str) -> str:
        """Write a decision as JSON."""
        return _written(found, self.timezone, lang)

    async def reload(self) -> None:
        """Read the policy, its lists and the tokens again; what cannot be is logged, and what was before stays in force."""
        try:
            await asyncio.to_thread(self.guard.reload)
            if self.renew is not None and self.tokens is not None:
                self.tokens.replace(await asyncio.to_thread(self.renew))
        except (CallguardError, OSError) as error:
            self.metrics.reloads[("failed",)] += 1
            log.error("not reloaded; what was in force before still is: %s", error)  # noqa: TRY400 - no traceback
        else:
            self.metrics.reloads[("done",)] += 1
            log.info("reloaded")

    async def look_after(self) -> None:
        """End attempts that have been open for too long, and log a change of the policy that cannot be read; until cancelled."""
        while True:
            await asyncio.sleep(min(2.0, self.limits.attempt_s / 4))
            await self.attempts.sweep()
            problem = self.guard.reload_problem
            if problem is not None and problem is not self._problem:
                log.error("the policy has changed, and cannot be read; the one before stays in force: %s", problem)
            self._problem = problem


def said(value: Mapping[str, Any], status: int = 200) -> Response:
    """Return a JSON object."""
    return written(json.dumps(value, ensure_ascii=False), status)


def written(text: str, status: int = 200, media: str = "application/json") -> Response:
    """Return a text that nobody is to keep."""
    return Response(text, status, _NO_STORE, media)


word = partial(written, media="text/plain; charset=utf-8")


@lru_cache(maxsize=8_192)
def _written(found: Decision, timezone: str, lang: str) -> str:
    return json.dumps(as_json.decision(found, timezone, lang), ensure_ascii=False)
