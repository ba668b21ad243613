"""The sidecar: a guard over HTTP, for dialers in any language; needs the extra `serve` (starlette and uvicorn).

`app` is the ASGI application, for those who host it themselves; `callguard serve` hosts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.errors import CallguardError
from callguard.service.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.applications import Starlette

    from callguard.guard import Guard

__all__ = ["Limits", "app", "needed"]


def needed() -> None:
    """Do nothing where the extra `serve` is installed; CallguardError says how to get it."""
    for module in ("starlette", "uvicorn"):
        try:
            __import__(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise CallguardError(f"`{module}` is not installed: `pip install 'callguard-outbound[serve]'`") from None


def app(
    guard: Guard,
    *,
    tokens: Mapping[str, str] | None,
    limits: Limits | None = None,
    consents: bool = False,
    hosts: frozenset[str] | None = None,
) -> Starlette:
    """Return the ASGI application of a guard, which stays the caller's to close.

    `tokens` are bearer tokens by the names of who holds them; None: whoever reaches the application may ask. `consents`: whether
    it takes consents and lifts refusals, too. `hosts`: the host names that it answers to; None: any. CallguardError without the
    extra `serve`; ValueError for a token that cannot be one.
    """
    needed()
    from callguard.service.asgi import build
    from callguard.service.desk import Desk
    from callguard.service.tokens import Tokens

    held = None if tokens is None else Tokens(tokens)
    return build(Desk(guard, held, Limits() if limits is None else limits, consents=consents, hosts=hosts))
