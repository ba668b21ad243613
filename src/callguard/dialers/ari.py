"""Asterisk's REST interface (ARI): every request of a client is decided before it is sent.

For asyncari, and for clients of httpx, requests and aiohttp that talk to Asterisk's ARI and nothing else. What is not allowed
raises where it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs

from callguard.commands import ari_commands
from callguard.commands.ari_commands import CREATE, Operation, Request
from callguard.commands.ari_following import Channels
from callguard.commands.ears import is_callees
from callguard.dialers.retries import sends_again
from callguard.judging.denied import Denied

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from callguard.commands.ami_following import End
    from callguard.judging.judge import Ask, Judge, Placing


class Ari:
    """A judge before the ARI of one Asterisk, for as many clients as there are.

    A channel that was created by one of them may be dialled by any other. What is denied raises DialDenied where the policy
    decided, else Denied, and is not sent.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._channels = Channels()

    # ---- clients

    def guarded(self, client: Any) -> Any:
        """Put it into an asyncari Client, an httpx Client or AsyncClient, or a requests Session; return the same client.

        TypeError for another. For aiohttp, see `middleware`. The events of asyncari tell how calls end.
        """
        kinds = {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(client).__mro__}
        if "asyncari.Client" in kinds:
            return self._asyncari(client)
        if kinds & {"httpx.Client", "httpx.AsyncClient"}:
            kind = Transport if "httpx.Client" in kinds else AsyncTransport
            client._transport = kind(self, client._transport)  # noqa: SLF001 - there is no other way into one that is there
            client._mounts = {on: inner and kind(self, inner) for on, inner in client._mounts.items()}  # noqa: SLF001
            return client
        if "requests.Session" in kinds:
            adapter_of = client.get_adapter
            client.get_adapter = lambda url: _Adapter(self, adapter_of(url))
            return client
        raise TypeError(f"`client` is a {type(client).__name__}; accepted: a client of asyncari or httpx, a Session of requests")

    def _asyncari(self, client: Any) -> Any:
        self.guarded(client.swagger.http_client.session)
        process = client.process_ws
        self._channels.events = True

        async def process_ws(event: Mapping[str, Any]) -> Any:
            await self.told_in_loop(event)
            return await process(event)

        client.process_ws = process_ws
        return client

    async def middleware(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """Decide a request of aiohttp: `ClientSession(middlewares=(ari.middleware,))`, the last of them."""
        body = await request.body.as_bytes() if hasattr(request.body, "as_bytes") else request.body
        url = request.url
        asked = self.asked(request.method, url.raw_path_qs, request.headers.get("Content-Type", ""), body)
        await asked.place()
        try:
            answer = await handler(request)
            told = await answer.read() if asked.waits else b""
        except BaseException:
            await asked.lost()
            raise
        await asked.answered(answer.status, told)
        return answer

    # ---- what is alike in all of them

    def asked(self, method: str, target: str, content_type: str, body: Any) -> Asked:
        """Read a request, whose body is bytes, text or None; DialDenied, Denied."""
        try:
            asked = ari_commands.operation(Request(method, target, content_type, _bytes(body)))
            return Asked(self._judge, self._channels, asked, self._channels.ask(asked, self._judge.allow))
        except Denied as why:
            raise why.raised() from None

    def told(self, event: Mapping[str, Any]) -> None:
        """Take an event of ARI's websocket, decoded from JSON: it may tell how a call ended, or what the callee pressed.

        After the first, all ends are awaited. It may wait for the store, and is kept, or the log says that it is not, when this
        returns; in a loop, `told_in_loop` waits beside it.
        """
        self._channels.events = True
        end, pressed = self._channels.told(event), self._channels.pressed(event)
        if end is not None:
            _settle(end)
        if pressed is not None:
            pressed[0].pressed_sync(pressed[1])

    async def told_in_loop(self, event: Mapping[str, Any]) -> None:
        """Do as `told` does, without holding up the loop; await it for one event after the other."""
        self._channels.events = True
        end, pressed = self._channels.told(event), self._channels.pressed(event)
        if end is not None:
            await end.placing.settle(end.outcome, released=end.released)
        if pressed is not None:
            await pressed[0].pressed(pressed[1])

    def close(self) -> None:
        """Wait for no more ends: those calls ended `unknown`."""
        for end in self._channels.left():
            _settle(end)


def _bytes(body: Any) -> bytes:
    if not isinstance(body, bytes | str | None):
        raise Denied("command-unreadable")
    return body.encode() if isinstance(body, str) else body or b""


def _settle(end: End) -> None:
    end.placing.settle_sync(end.outcome, released=end.released)


@attrs.define
class Asked:
    """A request on its way."""

    _judge: Judge
    _channels: Channels
    _operation: Operation
    _ask: Ask | None
    _placing: Placing | None = None

    @property
    def places(self) -> bool:
        """Whether it may place a call."""
        return self._ask is not None

    @property
    def waits(self) -> bool:
        """Whether its answer is to be read."""
        return bool(self._placing) or self._operation.name == CREATE

    @property
    def _callees(self) -> bool:
        """Whether the channel is certainly the one callee's."""
        return self._ask is not None and is_callees(self._ask.targets, self._judge, self._placing)

    def place_sync(self) -> None:
        """Decide, count and log; DialDenied, Denied."""
        try:
            self._placing = None if self._ask is None else self._judge.place_sync(self._ask)
        except Denied as why:
            raise why.raised() from None
        if self._placing:
            self._channels.sent()

    async def place(self) -> None:
        """Do the same in a loop."""
        try:
            self._placing = None if self._ask is None else await self._judge.place(self._ask)
        except Denied as why:
            raise why.raised() from None
        if self._placing:
            self._channels.sent()

    def answered_sync(self, status: int, body: bytes) -> None:
        """Take the answer."""
        end = self._channels.answered(self._operation, self._placing, status, body, callees=self._callees)
        if end is not None:
            _settle(end)

    async def answered(self, status: int, body: bytes) -> None:
        """Do the same in a loop."""
        end = self._channels.answered(self._operation, self._placing, status, body, callees=self._callees)
        if end is not None:
            await end.placing.settle(end.outcome, released=end.released)

    def lost_sync(self) -> None:
        """Say that there is no answer: whether it was done is not known."""
        if self._placing:
            self._channels.lost()
            self._placing.settle_sync("unknown")

    async def lost(self) -> None:
        """Do the same in a loop."""
        if self._placing:
            self._channels.lost()
            await self._placing.settle("unknown")


class Transport:
    """A transport of httpx: `httpx.Client(transport=Transport(ari, httpx.HTTPTransport()))`."""

    def __init__(self, ari: Ari, inner: Any) -> None:
        self._ari, self._inner = ari, inner

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._inner.__exit__(*raised)

    def close(self) -> None:
        """Close what is guarded."""
        self._inner.close()

    def handle_request(self, request: Any) -> Any:
        """Decide a request, and send it."""
        asked = self._ari.asked(*_of_httpx(request, request.read()))
        asked.place_sync()
        try:
            answer = self._inner.handle_request(request)
            if asked.waits:
                answer.read()
        except BaseException:
            asked.lost_sync()
            raise
        asked.answered_sync(answer.status_code, answer.content if asked.waits else b"")
        return answer


class AsyncTransport:
    """A transport of httpx for loops: `httpx.AsyncClient(transport=AsyncTransport(ari, httpx.AsyncHTTPTransport()))`."""

    def __init__(self, ari: Ari, inner: Any) -> None:
        self._ari, self._inner = ari, inner

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._inner.__aexit__(*raised)

    async def aclose(self) -> None:
        """Close what is guarded."""
        await self._inner.aclose()

    async def handle_async_request(self, request: Any) -> Any:
        """Decide a request, and send it."""
        asked = self._ari.asked(*_of_httpx(request, await request.aread()))
        await asked.place()
        try:
            answer = await self._inner.handle_async_request(request)
            if asked.waits:
                await answer.aread()
        except BaseException:
            await asked.lost()
            raise
        await asked.answered(answer.status_code, answer.content if asked.waits else b"")
        return answer


def _of_httpx(request: Any, body: bytes) -> tuple[str, str, str, bytes]:
    return request.method, request.url.raw_path.decode("ascii"), request.headers.get("Content-Type", ""), body


class _Adapter:
    """An adapter of requests."""

    def __init__(self, ari: Ari, inner: Any) -> None:
        self._ari, self._inner = ari, inner

    def send(self, request: Any, **more: Any) -> Any:
        """Decide a request, and send it; Denied `call-repeated` for one that places a call and may be sent twice."""
        asked = self._ari.asked(request.method, request.path_url, request.headers.get("Content-Type", ""), request.body)
        if asked.places and sends_again(self._inner, request.method):
            raise Denied("call-repeated")
        asked.place_sync()
        try:
            answer = self._inner.send(request, **more)
            told = answer.content if asked.waits else b""
        except BaseException:
            asked.lost_sync()
            raise
        asked.answered_sync(answer.status_code, told)
        return answer

    def close(self) -> None:
        """Close what is guarded."""
        self._inner.close()
