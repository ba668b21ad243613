"""The ASGI application: each request is let in, read, checked and answered; whatever goes wrong, nothing is allowed."""

from __future__ import annotations

import asyncio
import traceback
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from callguard.errors import CallguardError, StateError
from callguard.service import reading
from callguard.service.desk import log
from callguard.service.fields import check
from callguard.service.operations import operations
from callguard.service.trouble import Trouble, of_status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from starlette.requests import Request

    from callguard.service.desk import Desk
    from callguard.service.operations import Operation

_GONE: Final = 499  # whoever asked has gone; nobody reads it
_CHALLENGE: Final = {"www-authenticate": 'Bearer realm="callguard"'}


def build(desk: Desk) -> Starlette:
    """Return the application of a desk, which stands in its `state.desk`."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations(desk.limits):
        by_path.setdefault(operation.path, {})[operation.method.upper()] = operation

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        desk.stopping = False
        looking = asyncio.create_task(desk.look_after())
        try:
            yield
        finally:
            desk.stopping = True
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            await desk.attempts.close()

    app = Starlette(
        routes=[Route(path, _endpoint(desk, methods), methods=list(methods)) for path, methods in by_path.items()],
        exception_handlers={HTTPException: _by_framework, Exception: _unexpected},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.desk = desk
    return app


def _endpoint(desk: Desk, methods: Mapping[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        operation = methods[request.method if request.method in methods else "GET"]
        began = perf_counter()
        response = await _answered(desk, operation, request)
        desk.metrics.took(operation.name, response.status_code, perf_counter() - began)
        return response

    return serve


async def _answered(desk: Desk, operation: Operation, request: Request) -> Response:
    try:
        return await _let_in(desk, operation, request)
    except Trouble as trouble:
        return trouble.response()
    except ClientDisconnect:
        return Response(status_code=_GONE)
    except StateError as error:
        return Trouble("state", str(error), headers={"retry-after": "5"}).response()
    except CallguardError:  # a reload took away what had been checked
        return Trouble("busy", "the policy has just changed; ask again", headers={"retry-after": "1"}).response()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no yes
        return await _unexpected(request, error, operation.name)


async def _let_in(desk: Desk, operation: Operation, request: Request) -> Response:
    """Answer a request of whoever may ask, as far as there is room for it."""
    _is_no_web_page(desk, request)
    if operation.open:
        return await operation.handle(desk, {}, "json")
    holder = None
    if desk.tokens is not None:
        holder = desk.tokens.holder(request.headers.get("authorization"))
        if holder is None:
            raise Trouble(
                "unauthorized", "accepted: `Authorization: Bearer TOKEN`, a token that the service holds", headers=_CHALLENGE
            )
    if operation.consents and not desk.consents:
        raise Trouble("consents-off", "it was started without them; accepted: `callguard serve --consents`")
    if desk.metrics.in_flight >= desk.limits.concurrency:
        raise Trouble("busy", f"accepted: {desk.limits.concurrency} at once", headers={"retry-after": "1"})
    desk.metrics.in_flight += 1
    try:
        return await _asked(desk, operation, request, holder)
    finally:
        desk.metrics.in_flight -= 1


async def _asked(desk: Desk, operation: Operation, request: Request, holder: str | None) -> Response:
    given: dict[str, Any] = check(
        await reading.given(request, desk.limits, in_query=operation.method == "get"), operation.fields, desk.guard.policy
    )
    accepts = request.headers.get("accept", "")
    form = given.pop("as", "text" if operation.text and "text/plain" in accepts and "json" not in accepts else "json")
    if holder is not None and any(field.name == "source" for field in operation.fields):
        given.setdefault("source", holder)
    return await operation.handle(desk, {**given, **request.path_params}, form)


def _is_no_web_page(desk: Desk, request: Request) -> None:
    """Do nothing for a request of a program; a page in somebody's browser is not to ask on their behalf."""
    headers = request.headers
    host = headers.get("host", "").rpartition("@")[2]
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    if "origin" in headers or "sec-fetch-site" in headers or (desk.hosts is not None and name.lower() not in desk.hosts):
        raise Trouble("foreign", "accepted: programs, that send no `Origin`, and name the host as it was started")


async def _by_framework(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return of_status(error.status_code, error.headers).response()


async def _unexpected(request: Request, error: Exception, name: str | None = None) -> Response:  # noqa: ARG001
    """Log where something went wrong, but not what it was told, which may be a callee; answer 500."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s at %s\n%s", type(error).__name__, name or "no endpoint", where)
    return Trouble("internal", "the log says where").response()
