"""A span of OpenTelemetry for each attempt, from entering to its end; needs the extra `otel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.errors import CallguardError
from callguard.observing import Observer

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.trace import Span, Tracer, TracerProvider

    from callguard.guard import Guard
    from callguard.observing import Ended, Seen

NAME: Final = "callguard.attempt"


def trace(guard: Guard, *, provider: TracerProvider | None = None) -> Callable[[], None]:
    """Make a span of each attempt from now on, by a provider of tracers or the global one; return what ends that.

    A span's parent is what is current where the attempt is entered, sync or async. It holds reason, rule, campaign, and what the
    candidate says; no number. CallguardError without the extra `otel`.
    """
    try:
        from opentelemetry import trace as api
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "opentelemetry":
            raise
        raise CallguardError("`opentelemetry-api` is not installed: `pip install 'callguard-outbound[otel]'`") from None
    return guard.observe(_Spans(api.get_tracer("callguard", tracer_provider=provider)))


class _Spans(Observer):
    """Begins a span when an attempt was decided, as of when it was begun, and ends it with the attempt."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def entered(self, seen: Seen) -> Callable[[Ended], None] | None:
        said: dict[str, str | bool] = {
            "callguard.campaign": seen.campaign,
            "callguard.reason": seen.reason.value,
            "callguard.allowed": seen.placed,
            "callguard.shadow": seen.shadow,
        }
        if seen.rule is not None:
            said["callguard.rule"] = seen.rule
        if seen.candidate is not None:
            said |= {"callguard.candidate.reason": seen.candidate, "callguard.candidate.changes": seen.changes}
        span = self._tracer.start_span(NAME, attributes=said, start_time=seen.began)
        if seen.placed:
            return _ending(span)
        span.end()
        return None


def _ending(span: Span) -> Callable[[Ended], None]:
    def ended(how: Ended) -> None:
        span.set_attribute("callguard.outcome", how.outcome)
        if how.released:
            span.set_attribute("callguard.released", value=True)
        span.end()

    return ended
