"""How much is asked at once, at most."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Limits:
    """Bounds of the service; what is beyond one is answered with an error, and never with an allowed call."""

    body: int = 1 << 20  # bytes of a request's body
    questions: int = 10_000  # callees or questions in one request
    concurrency: int = 256  # requests at once; health is always answered
    connections: int = 1_024  # connections at once, where `callguard serve` hosts
    read_s: float = 10.0  # seconds within which a request's head, and its body, must be here
    attempts: int = 100_000  # attempts without an outcome
    attempt_s: float = 4 * 3_600.0  # seconds after which an attempt without an outcome has ended as `unknown`
