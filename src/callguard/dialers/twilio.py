"""Twilio: an HTTP client for `twilio.rest.Client` that decides every request which places a call, before it leaves.

It needs the extra `twilio`. What each request does stands in `twilio_tables`; what is in none of them is denied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.dialers.twilio_ends import ended
from callguard.judging import Ask, Denied, Judge
from callguard.targets import Unreadable
from callguard.targets.twiml import twiml as read_twiml

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from twilio.http import HttpClient

    from callguard.guard import Guard

__all__ = ["ended", "http_client", "twiml"]


def http_client(
    guard: Guard,
    *,
    campaign: str | None = None,
    caller: str | None = None,
    allow: Iterable[str] = (),
    internal: Iterable[str | re.Pattern[str]] = (),
    status_callback: str | None = None,
    inner: HttpClient | None = None,
) -> HttpClient:
    """Return what `Client(http_client=…)` accepts, around `inner`, a TwilioHttpClient where none is given.

    A request whose call may not be placed raises DialDenied with its `decision`, or Denied where it could not be decided; nothing
    is sent. `campaign` and `caller` are those of calls that say none, after `callguard.judging.calling`. `internal` are patterns
    of addresses that are not outside, matched whole, as `client:.*`; `allow` names requests that are passed unread, as
    `proxy-Services-Sessions`. `status_callback` is asked of every call that names none, for `ended`.

    ModuleNotFoundError without the extra, PolicyError for an unknown campaign, re.error for a pattern that is none, TypeError for
    a text in place of a list, ValueError for an `inner` that repeats requests by itself.
    """
    _check_installed()
    from twilio.http.http_client import TwilioHttpClient

    from callguard.dialers.twilio_clients import Desk, GuardedAsyncHttpClient, GuardedHttpClient, check_once

    within = TwilioHttpClient() if inner is None else inner
    check_once(within)
    judge = Judge(guard=guard, campaign=campaign, caller=caller, internal=internal, allow=allow)
    desk = Desk(judge, status_callback)
    return (GuardedAsyncHttpClient if getattr(within, "is_async", False) else GuardedHttpClient)(desk, within)


def twiml(
    guard: Guard,
    text: object,
    *,
    campaign: str | None = None,
    caller: str | None = None,
    internal: Iterable[str | re.Pattern[str]] = (),
) -> str:
    """Decide every call of the TwiML that a webhook is about to answer with, and return its text; it may wait for the store.

    `caller` is that of a Dial without `callerId`. DialDenied or Denied, where one of its calls may not be placed.
    """
    _check_installed()
    from callguard.dialers.twilio_clients import place

    judge, written = Judge(guard=guard, campaign=campaign, caller=caller, internal=internal), str(text)
    try:
        placed = place(judge, [Ask(each.targets, caller_id=each.caller) for each in read_twiml(written)])
    except Unreadable:
        raise Denied("target-unreadable") from None
    except Denied as denied:
        raise denied.raised() from None
    for placing in placed:
        placing.settle_sync("unknown")
    return written


def _check_installed() -> None:
    try:
        import twilio.http  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Twilio's library is not installed; install it by: pip install 'callguard-outbound[twilio]'", name=error.name
        ) from error
