"""How the service is: alive, ready, its counters, its description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard.service.desk import said, written
from callguard.service.metrics import MEDIA

if TYPE_CHECKING:
    from starlette.responses import Response

    from callguard.service.desk import Desk

Given = dict[str, Any]


async def live(desk: Desk, given: Given, form: str) -> Response:  # noqa: ARG001
    """Say that the process answers."""
    return said({"live": True})


async def ready(desk: Desk, given: Given, form: str) -> Response:  # noqa: ARG001
    """Say whether calls may be allowed here, and if not, why not."""
    why = _why(desk)
    return said({"ready": why is None, "why": why}, 200 if why is None else 503)


def _why(desk: Desk) -> str | None:
    if desk.stopping:
        return "stopping"
    found = desk.guard.ailment
    return None if found is None else found.value


async def metrics(desk: Desk, given: Given, form: str) -> Response:  # noqa: ARG001
    """Write the counters."""
    gauges = {
        "callguard_open_attempts": ("Attempts without an outcome.", float(len(desk.attempts))),
        "callguard_ready": ("Whether calls may be allowed here.", float(_why(desk) is None)),
        "callguard_policy_refused": (
            "Whether the policy has changed, and could not be read.",
            float(desk.guard.reload_problem is not None),
        ),
        "callguard_warnings": ("What the guard wants a person to know.", float(len(desk.guard.warnings))),
    }
    return written(desk.metrics.text(gauges) + desk.counters.text(), media=MEDIA)


async def description(desk: Desk, given: Given, form: str) -> Response:  # noqa: ARG001
    """Return the OpenAPI description."""
    from callguard.service.openapi import describe

    return said(describe(desk))
