"""HTTP clients of Twilio's library, with a loop and without, that decide a request before the client within sends it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

import attrs
from twilio.http import AsyncHttpClient, HttpClient

from callguard.dialers import twilio_ends, twilio_requests
from callguard.dialers.retries import sends_again
from callguard.judging import Denied

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callguard.judging import Ask, Judge, Placing

_TIMED_OUT: Final = 408
# no connection was made: requests' error, or what urllib3 or aiohttp say was its reason
_UNCONNECTED: Final = frozenset(
    {
        "ClientConnectorDNSError",
        "ClientConnectorError",
        "ConnectTimeout",
        "ConnectTimeoutError",
        "NameResolutionError",
        "NewConnectionError",
    }
)


def place(judge: Judge, asks: Iterable[Ask]) -> list[Placing]:
    """Decide and count all calls, or none; Denied by the first that is denied."""
    placed: list[Placing] = []
    try:
        for ask in asks:
            placed.append(judge.place_sync(ask))  # noqa: PERF401 - those before one that is denied are given back
    except BaseException:
        for placing in placed:
            placing.settle_sync("failed", released=True)
        raise
    return placed


@attrs.frozen
class Desk:
    """Reads requests, and says what became of their calls."""

    judge: Judge
    status_callback: str | None

    def read(self, method: str, url: str, params: Any, data: Any, headers: Any) -> twilio_requests.Calls | None:
        """Return the calls of a request, None where it has none; Denied where that cannot be said."""
        return twilio_requests.calls(method, url, params, data, headers, allow=self.judge.allow)

    def to_send(self, calls: twilio_requests.Calls, placed: list[Placing]) -> dict[str, Any]:
        """Return the data to be sent, whose status callback says which attempt it is told of."""
        data = dict(calls.data)
        said = data.get("StatusCallback") or self.status_callback
        if calls.told and isinstance(said, str):
            campaign = self.judge.campaign_of(calls.asks[0])
            reference = next(filter(None, placed[0].references.values()), None)
            data["StatusCallback"] = twilio_ends.address(said, reference=reference, campaign=campaign)
        return data

    def answered(self, status: int, data: dict[str, Any], calls: twilio_requests.Calls, placed: list[Placing]) -> _End:
        """Return what an answer means: of a call that was placed, its end is told by a status callback, or by nobody."""
        if 200 <= status < 300:
            return _End(placed[1:] if calls.told and data.get("StatusCallback") else placed, "unknown")
        if 400 <= status < 500 and status != _TIMED_OUT:
            return _End(placed, "failed", released=True)
        return _End(placed, "unknown")

    def broken(self, error: BaseException, placed: list[Placing]) -> _End:
        """Return what no answer means: nothing was placed if no connection was made, else nobody knows."""
        reason = getattr(error.args[0], "reason", None) if error.args else None
        if {type(error).__name__, type(reason).__name__} & _UNCONNECTED:
            return _End(placed, "failed", released=True)
        return _End(placed, "unknown")


@attrs.frozen
class _End:
    """Placings that end now, and how."""

    placed: list[Placing]
    outcome: str
    released: bool = False

    def settle_sync(self) -> None:
        for placing in self.placed:
            placing.settle_sync(self.outcome, released=self.released)

    async def settle(self) -> None:
        for placing in self.placed:
            await placing.settle(self.outcome, released=self.released)


class GuardedHttpClient(HttpClient):  # type: ignore[misc]
    """Sends what its inner client would, if every call of it may be placed."""

    def __init__(self, desk: Desk, inner: HttpClient) -> None:
        super().__init__(_logger_of(inner), is_async=False, timeout=getattr(inner, "timeout", None))
        self._desk, self._inner = desk, inner

    def request(
        self,
        method: str,
        uri: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Any:
        """Send a request; DialDenied or Denied, and nothing sent, where a call of it may not be placed."""
        desk = self._desk
        try:
            calls = desk.read(method, uri, params, data, headers)
            placed = [] if calls is None else place(desk.judge, calls.asks)
        except Denied as denied:
            raise denied.raised() from None
        if calls is None:
            return self._inner.request(method, uri, params, data, headers, auth, timeout, allow_redirects)
        sent = desk.to_send(calls, placed)
        try:
            response = self._inner.request(method, uri, params, sent, headers, auth, timeout, False)
        except BaseException as error:
            desk.broken(error, placed).settle_sync()
            raise
        desk.answered(response.status_code, sent, calls, placed).settle_sync()
        return response


class GuardedAsyncHttpClient(AsyncHttpClient):  # type: ignore[misc]
    """The same for programs with a loop, which it does not block."""

    def __init__(self, desk: Desk, inner: AsyncHttpClient) -> None:
        super().__init__(_logger_of(inner), is_async=True, timeout=getattr(inner, "timeout", None))
        self._desk, self._inner = desk, inner

    async def request(
        self,
        method: str,
        uri: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's
        allow_redirects: bool = False,
    ) -> Any:
        """Send a request; DialDenied or Denied, and nothing sent, where a call of it may not be placed."""
        desk = self._desk
        try:
            calls = desk.read(method, uri, params, data, headers)
            placed = [] if calls is None else await self._place(calls.asks)
        except Denied as denied:
            raise denied.raised() from None
        if calls is None:
            return await self._inner.request(method, uri, params, data, headers, auth, timeout, allow_redirects)
        sent = desk.to_send(calls, placed)
        try:
            response = await self._inner.request(method, uri, params, sent, headers, auth, timeout, False)
        except BaseException as error:
            await asyncio.shield(desk.broken(error, placed).settle())
            raise
        await asyncio.shield(desk.answered(response.status_code, sent, calls, placed).settle())
        return response

    async def _place(self, asks: Iterable[Ask]) -> list[Placing]:
        placed: list[Placing] = []
        try:
            for ask in asks:
                placed.append(await self._desk.judge.place(ask))  # noqa: PERF401
        except BaseException:
            await asyncio.shield(_End(placed, "failed", released=True).settle())
            raise
        return placed

    async def close(self) -> None:
        """Close the client within."""
        await self._inner.close()

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def check_once(inner: HttpClient) -> None:
    """Do nothing for a client that sends a request that places a call once; ValueError for one that repeats it by itself."""
    session = getattr(inner, "session", None)
    repeats = any(sends_again(adapter, "POST") for adapter in getattr(session, "adapters", {}).values())
    if repeats or type(session).__name__ == "RetryClient":
        raise ValueError(
            "`inner` repeats requests by itself, and each could be a call;"
            " accepted: one without retries, or whose retries leave POST out and have `other=0`"
        )


def _logger_of(inner: HttpClient) -> logging.Logger:
    return getattr(inner, "logger", None) or logging.getLogger("twilio.http_client")
