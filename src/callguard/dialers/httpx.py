"""A transport for httpx, and so for the SDKs that are built on it: every request is decided before it leaves.

`Telnyx(http_client=httpx.Client(transport=telnyx.transport(guard, campaign="course")))`: the SDK has no other way to the wire.
What is denied is answered 403 without leaving: SDKs take an exception of a transport for a network that failed, and try again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from callguard.judging import Judge

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    import httpx

    from callguard import Guard
    from callguard.dialers.httpx_transports import Decider
    from callguard.dialers.routes import Api

    OnDenied: TypeAlias = Literal["answer", "raise"]

DENIALS: Final = ("answer", "raise")


def transport(
    guard: Guard,
    *,
    api: Api | None = None,
    campaign: str | None = None,
    caller: str | None = None,
    allow: Iterable[str] = (),
    internal: Iterable[str | re.Pattern[str]] = (),
    inner: httpx.BaseTransport | None = None,
    on_denied: OnDenied = "answer",
    webhooks: bool = False,
) -> httpx.BaseTransport:
    """Return a transport that decides each request, and hands it to `inner`, httpx's own where none is given.

    `api` is the one that all requests are for; without it, it is told by the host, and other hosts are denied. `campaign` and
    `caller` hold where neither the request nor `calling(…)` says them. `allow` are names of unknown requests
    (`POST /calls/{}/actions/send_dtmf`), of fields (`customerId`), and of other hosts; `internal` are patterns of targets inside.
    `on_denied` is `"answer"` (403) or `"raise"`: DialDenied, or Denied where no policy was asked. `webhooks` says that `heard` is
    given those of the API: a call of which one will tell stays open until then; any other is `unknown`, until one tells otherwise.
    ValueError for another word, ImportError without httpx.
    """
    decider = _decider(guard, api, campaign, caller, allow, internal, on_denied, webhooks=webhooks)
    import httpx

    from callguard.dialers.httpx_transports import GuardedTransport

    return GuardedTransport(decider, httpx.HTTPTransport() if inner is None else inner)


def async_transport(
    guard: Guard,
    *,
    api: Api | None = None,
    campaign: str | None = None,
    caller: str | None = None,
    allow: Iterable[str] = (),
    internal: Iterable[str | re.Pattern[str]] = (),
    inner: httpx.AsyncBaseTransport | None = None,
    on_denied: OnDenied = "answer",
    webhooks: bool = False,
) -> httpx.AsyncBaseTransport:
    """Do as `transport` does, for async clients; the guard works beside the loop."""
    decider = _decider(guard, api, campaign, caller, allow, internal, on_denied, webhooks=webhooks)
    import httpx

    from callguard.dialers.httpx_transports import AsyncGuardedTransport

    return AsyncGuardedTransport(decider, httpx.AsyncHTTPTransport() if inner is None else inner)


def _decider(
    guard: Guard,
    api: Api | None,
    campaign: str | None,
    caller: str | None,
    allow: Iterable[str],
    internal: Iterable[str | re.Pattern[str]],
    on_denied: str,
    *,
    webhooks: bool,
) -> Decider:
    if on_denied not in DENIALS:
        raise ValueError('`on_denied` is neither "answer" nor "raise"')
    try:
        import httpx  # noqa: F401 - to say which extra is missing
    except ImportError as error:
        raise ImportError("the transport needs httpx: pip install 'callguard-outbound[httpx]'") from error
    from callguard.dialers.httpx_transports import Decider

    judge = Judge(guard=guard, campaign=campaign, caller=caller, internal=internal, allow=allow)
    return Decider(judge, api, raises=on_denied == "raise", webhooks=webhooks)
