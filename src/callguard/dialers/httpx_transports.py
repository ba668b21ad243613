"""Requests of httpx: decided, handed on, and what their answers say of the calls."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Final

import attrs
import httpx

from callguard.dialers.bodies import JSON, Body, read_body
from callguard.dialers.knowing import KEPT, Known
from callguard.dialers.resends import Resends, Sending
from callguard.dialers.routes import READING, Reading
from callguard.judging import Ask, Denied
from callguard.judging.judge import names
from callguard.targets import Unreadable

if TYPE_CHECKING:
    from callguard.dialers.routes import Api
    from callguard.judging import Judge, Placing

_LOG: Final = logging.getLogger("callguard.dialers")
_OVERRIDES: Final = ("x-http-method-override", "x-http-method", "x-method-override")
_NOT_PLACED: Final = frozenset({307, 308, 400, 401, 402, 403, 404, 405, 406, 410, 411, 413, 414, 415, 421, 422, 429, 431})
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
_PAST: Final = 2**16  # an answer that is longer is not looked into for ids


@attrs.frozen
class Asked:
    """A request that places calls, as it was read; a copy, which nobody changes while it is decided."""

    request: httpx.Request
    ask: Ask
    reading: Reading
    fields: Body
    sending: Sending | None

    def prepared(self, placing: Placing) -> tuple[httpx.Request, Known | None]:
        """Return the request written anew, and what is known of its calls where that found no room in it."""
        known = Known.of(placing.campaign, placing.references) if len(placing) else None
        if known is not None and self.reading.carry is not None and self.reading.carry(known):
            known = None
        if self.ask.key is not None and self.reading.once is not None and not self.fields.fields.get(self.reading.once):
            self.fields.fields[self.reading.once] = self.ask.key
        return _copy(self.request, self.fields.written()), known


def _copy(request: httpx.Request, content: bytes) -> httpx.Request:
    """Return a request of its own, with this content."""
    lengths = (b"content-length", b"transfer-encoding")
    headers = [(name, value) for name, value in request.headers.raw if name.lower() not in lengths]
    return httpx.Request(request.method, request.url, headers=headers, content=content, extensions=dict(request.extensions))


class Decider:
    """Reads requests, and says what became of the calls; without I/O. `webhooks`: the guard will be told how calls ended."""

    def __init__(self, judge: Judge, api: Api | None, *, raises: bool, webhooks: bool) -> None:
        self.judge, self._api, self._raises, self._webhooks = judge, api, raises, webhooks
        self._resends = Resends()

    def allows(self, name: str) -> bool:
        """Return whether a request, a field or a host is allowed by name."""
        return next(iter(names([name]))) in self.judge.allow

    def read(self, request: httpx.Request) -> Asked | None:
        """Return what a request asks for, None where it is to be passed as it is; Denied for what is not to leave."""
        try:
            return self._read(request)
        except Unreadable:
            raise Denied("command-unreadable") from None

    def _read(self, request: httpx.Request) -> Asked | None:
        api = self._of(request)
        if api is None:
            return None
        if any(name in request.headers for name in _OVERRIDES):
            raise Denied("command-unreadable")
        verb = request.method
        if verb in READING:
            return None
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        read = api.reader(api.request(verb, path), self.allows)
        if read is None:
            return None
        if query or not isinstance(request.stream, httpx.ByteStream):
            raise Unreadable("fields that are not in a body, or a body that is not there yet")
        if "content-encoding" in request.headers:
            raise Unreadable("a body that is encoded")
        content = b"".join(request.stream)
        body = read_body(content, request.headers.get("content-type", "")) if content else Body({}, JSON)
        reading = read(body.fields, self.allows)
        if not content and not reading.targets:
            return None
        sending = self._resends.sending(request, content) if reading.once else None
        ask = Ask(reading.targets, caller_id=reading.caller_id, key=None if sending is None else sending.key)
        return Asked(_copy(request, content), ask, reading, body, sending)

    def _of(self, request: httpx.Request) -> Api | None:
        """Return the API that a request is for; None for a host that is allowed by name."""
        if self._api is not None:
            return self._api
        from callguard.dialers.apis import BY_HOST

        host = request.url.host.lower()
        found = BY_HOST.get(host)
        if found is None and not self.allows(host):
            raise Denied("command-unknown")
        return found

    def denied(self, request: httpx.Request, why: Denied) -> httpx.Response:
        """Answer for the API, so that no SDK tries again; or raise where that is wanted."""
        _LOG.info("denied: %s", why)
        if self._raises:
            raise why.raised() from None
        from callguard.dialers.apis import BY_HOST

        said = {"callguard": {"reason": why.reason, "rule": why.rule}}
        api = BY_HOST.get(request.url.host.lower()) if self._api is None else self._api
        form = {} if api is None else api.denial(why)
        return httpx.Response(403, headers={"x-should-retry": "false"}, json={**form, **said}, request=request)

    def failed(self, asked: Asked, error: BaseException) -> dict[str, Any]:
        """Say how calls ended whose request was not answered: they were not placed, or nobody knows."""
        never = isinstance(error, _NEVER_SENT)
        if isinstance(error, Exception):  # who is cancelled sends nothing again
            self._fail(asked, placed=not never)
        return {"outcome": "failed", "released": True} if never else {"outcome": "unknown"}

    def answered(self, asked: Asked, status: int, *, found: bool) -> dict[str, Any] | None:
        """Say how calls ended by the answer's status; None where they are under way, and a webhook will tell.

        `found`: a webhook can be known to tell of them.
        """
        if 200 <= status < 300:
            return None if found and self._webhooks else {"outcome": "unknown"}
        never = status in _NOT_PLACED
        self._fail(asked, placed=not never)
        return {"outcome": "failed", "released": True} if never else {"outcome": "unknown"}

    def _fail(self, asked: Asked, *, placed: bool) -> None:
        if asked.sending is not None:
            self._resends.failed(asked.sending, placed=placed)

    def keep(self, asked: Asked, known: Known, response: httpx.Response, raw: bytes) -> tuple[httpx.Response, bool]:
        """Keep what is known of the calls by their ids in the answer; return it, which was read, and whether it has all."""
        found = False
        try:
            content = httpx.Response(200, headers=response.headers, content=raw).content
            said = json.loads(content) if len(content) < _PAST else None
            named = asked.reading.named(said)
            for id_, number in named:
                KEPT.keep(id_, Known.of(known.campaign, {number: known.reference(number)}) if number else known)
            found = any(number is None for _, number in named) or len(named) >= len(known.references)
        except (ValueError, TypeError, RecursionError, httpx.HTTPError):
            _LOG.warning("the answer to a call has no ids that could be read")
        body = httpx.ByteStream(raw)
        return httpx.Response(response.status_code, headers=response.headers, stream=body, extensions=response.extensions), found


class GuardedTransport(httpx.BaseTransport):
    """Hands on what was decided."""

    def __init__(self, decider: Decider, inner: httpx.BaseTransport) -> None:
        self._decider, self._inner = decider, inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Decide a request, and hand it on; the answer is the API's, or 403."""
        try:
            asked = self._decider.read(request)
            placing = None if asked is None else self._decider.judge.place_sync(asked.ask)
        except Denied as why:
            return self._decider.denied(request, why)
        if asked is None or placing is None:
            return self._inner.handle_request(request)
        known = None
        try:
            request, known = asked.prepared(placing)
            response = self._inner.handle_request(request)
            raw = None
            if known is not None and 200 <= response.status_code < 300:
                assert isinstance(response.stream, httpx.SyncByteStream)
                raw = b"".join(response.stream)
                response.close()
        except BaseException as error:
            placing.settle_sync(**self._decider.failed(asked, error))
            raise
        status, found = response.status_code, known is None
        if known is not None and raw is not None:
            response, found = self._decider.keep(asked, known, response, raw)
        ended = self._decider.answered(asked, status, found=found)
        if ended is not None:
            placing.settle_sync(**ended)
        return response

    def close(self) -> None:
        """Close the transport within."""
        self._inner.close()


class AsyncGuardedTransport(httpx.AsyncBaseTransport):
    """Hands on what was decided, in a loop."""

    def __init__(self, decider: Decider, inner: httpx.AsyncBaseTransport) -> None:
        self._decider, self._inner = decider, inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Decide a request, and hand it on; the answer is the API's, or 403."""
        try:
            asked = self._decider.read(request)
            placing = None if asked is None else await self._decider.judge.place(asked.ask)
        except Denied as why:
            return self._decider.denied(request, why)
        if asked is None or placing is None:
            return await self._inner.handle_async_request(request)
        known = None
        try:
            request, known = asked.prepared(placing)
            response = await self._inner.handle_async_request(request)
            raw = None
            if known is not None and 200 <= response.status_code < 300:
                assert isinstance(response.stream, httpx.AsyncByteStream)
                raw = b"".join([part async for part in response.stream])
                await response.aclose()
        except BaseException as error:
            await placing.settle(**self._decider.failed(asked, error))
            raise
        status, found = response.status_code, known is None
        if known is not None and raw is not None:
            response, found = self._decider.keep(asked, known, response, raw)
        ended = self._decider.answered(asked, status, found=found)
        if ended is not None:
            await placing.settle(**ended)
        return response

    async def aclose(self) -> None:
        """Close the transport within."""
        await self._inner.aclose()
