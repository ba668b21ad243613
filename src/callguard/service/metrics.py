"""What the service counts, in the text format of Prometheus. No number of a callee or caller stands in it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Final

from callguard.watching.counters import exactly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MEDIA: Final = "text/plain; version=0.0.4; charset=utf-8"
OUTCOMES: Final = ("answered", "no-answer", "busy", "rejected", "voicemail", "failed", "unknown", "released")
_BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds

Labels = tuple[str, ...]


class Histogram:
    """How long requests took."""

    def __init__(self) -> None:
        """Begin with none."""
        self.counts = [0] * (len(_BOUNDS) + 1)
        self.sum = 0.0

    def took(self, seconds: float) -> None:
        """Count a request."""
        self.counts[bisect_left(_BOUNDS, seconds)] += 1
        self.sum += seconds

    def lines(self, name: str, label: str) -> Iterator[str]:
        """Yield the samples."""
        so_far = 0
        for bound, count in zip((*map(str, _BOUNDS), "+Inf"), self.counts, strict=True):
            so_far += count
            yield f'{name}_bucket{{{label},le="{bound}"}} {so_far}'
        yield f"{name}_sum{{{label}}} {self.sum:.6f}"
        yield f"{name}_count{{{label}}} {so_far}"


class Metrics:
    """The counters of one process; they are only touched on its event loop."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self.decisions: Counter[Labels] = Counter()  # endpoint, reason
        self.requests: Counter[Labels] = Counter()  # endpoint, status
        self.ended: Counter[Labels] = Counter()  # outcome
        self.kept: Counter[Labels] = Counter()  # kind
        self.reloads: Counter[Labels] = Counter()  # result
        self.seconds: dict[str, Histogram] = {}
        self.in_flight = 0

    def took(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self.requests[endpoint, str(status)] += 1
        self.seconds.setdefault(endpoint, Histogram()).took(seconds)

    def end(self, outcome: str) -> None:
        """Count an attempt that has ended; names of the users' own are `other`."""
        self.ended[(outcome if outcome in OUTCOMES else "other",)] += 1

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Write all of it; `gauges` are what stands now, each with its help."""
        lines: list[str] = []

        def write(name: str, kind: str, about: str, samples: Iterable[str]) -> None:
            lines.extend((f"# HELP {name} {about}", f"# TYPE {name} {kind}", *samples))

        for name, about, names, counter in (
            (
                "callguard_decisions_total",
                "Decisions, by the endpoint that asked and the reason.",
                ("endpoint", "reason"),
                self.decisions,
            ),
            ("callguard_attempts_ended_total", "Attempts that have ended, by outcome.", ("outcome",), self.ended),
            ("callguard_records_total", "Refusals, lifts and consents that were kept.", ("kind",), self.kept),
            ("callguard_requests_total", "Requests that were answered.", ("endpoint", "status"), self.requests),
            ("callguard_reloads_total", "Reloads that the service was told to do.", ("result",), self.reloads),
        ):
            write(name, "counter", about, _samples(name, names, counter))
        name = "callguard_request_seconds"
        samples = (line for endpoint, took in sorted(self.seconds.items()) for line in took.lines(name, f'endpoint="{endpoint}"'))
        write(name, "histogram", "How long requests took, in seconds.", samples)
        for name, (about, value) in {
            "callguard_requests_in_flight": ("Requests that are under way.", self.in_flight),
            **gauges,
        }.items():
            write(name, "gauge", about, [f"{name} {exactly(value)}"])
        return "\n".join(lines) + "\n"


def _samples(name: str, names: Labels, counter: Counter[Labels]) -> Iterator[str]:
    for values, count in sorted(counter.items()):
        labels = ",".join(f'{label}="{value}"' for label, value in zip(names, values, strict=True))
        yield f"{name}{{{labels}}} {count}"
